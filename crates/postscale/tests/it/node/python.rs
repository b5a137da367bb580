//! Foreign implementations, in a Python that `cargo xtask test` prepares.

use std::process::Stdio;

use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, process::Command};

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
    let mut child = Command::new(python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}
