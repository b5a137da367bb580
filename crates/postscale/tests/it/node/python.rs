//! Foreign implementations, in a Python that `cargo xtask test` prepares.

use serde_json::Value;
use tokio::process::Command;

use super::script::fed;

/// Names the interpreter. Without it these tests fail: what is not tried is not compatible.
const PYTHON: &str = "POSTSCALE_TEST_PYTHON";

/// Runs a script that reads JSON from its standard input; it must end well.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration but their environment"
)]
pub async fn run(script: &str, input: &Value) -> String {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| {
        panic!("{PYTHON} is not set: it must be a Python with `postscale` and `dkimpy`")
    });
    let mut command = Command::new(python);
    command.args(["-c", script]);
    fed(command, input.to_string().as_bytes()).await
}
