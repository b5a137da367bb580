//! Another foreign implementation: Perl's Mail::DKIM, which `cargo xtask test` installs.

use tokio::process::Command;

use super::script::fed;

/// Runs a script that reads its standard input; it must end well.
pub async fn run(script: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut perl = Command::new("perl");
    perl.args(["-e", script, "--"]).args(arguments);
    fed(perl, input).await
}
