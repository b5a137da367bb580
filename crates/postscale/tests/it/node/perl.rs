//! Another foreign implementation: Perl's Mail::DKIM, which `cargo xtask test` installs.

use std::process::Stdio;

use tokio::{io::AsyncWriteExt as _, process::Command};

/// Runs a script that reads its standard input; it must end well.
pub async fn run(script: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("perl")
        .args(["-e", script, "--"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).await.unwrap();
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
