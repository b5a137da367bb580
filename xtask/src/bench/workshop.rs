//! A temporary directory, child processes that end with it, and the programs of the `bench`
//! workspace.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell::{self, Program, program};

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A directory on a disk (not in memory: durability is what is measured), removed at the end.
pub(super) struct Workshop {
    directory: PathBuf,
}

impl Workshop {
    pub(super) fn open(name: &str) -> Result<Self> {
        let name = format!("postscale-bench-{}-{name}", std::process::id());
        let directory = Path::new("/var/tmp").join(name);
        fs::create_dir(&directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        // Servers drop their privileges and must still reach what is theirs.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755))?;
        Ok(Self { directory })
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            println!("cannot remove {}: {error}", self.directory.display());
        }
    }
}

/// A running server of ours or a peer's. Ended by its id when dropped, and by the kernel should we
/// be killed.
pub(super) struct Server {
    child: Child,
}

impl Server {
    /// Starts it with its output in a file.
    pub(super) fn start(
        executable: &Path,
        configure: impl Fn(&mut Command),
        log: &Path,
    ) -> Result<Self> {
        let output = fs::File::create(log)?;
        let mut command = bound_to_us(executable);
        configure(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", executable.display()))?;
        Ok(Self { child })
    }

    /// Starts one that prints its address as its first line.
    pub(super) fn start_announced(executable: &Path, argument: &Path) -> Result<(Self, String)> {
        let mut command = bound_to_us(executable);
        command
            .arg(argument)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", executable.display()))?;
        let output = child.stdout.take().context("no output to read")?;
        let server = Self { child };
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok((server, address.trim().to_owned()))
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        program("kill", ["-TERM", &self.child.id().to_string()]).run()?;
        let stopped = wait_until(STOP_LIMIT, || Ok(self.child.try_wait()?.is_some()))?;
        if !stopped {
            self.child.kill()?;
            self.child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            println!("cannot stop process {}: {error:#}", self.child.id());
        }
    }
}

fn bound_to_us(executable: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]).arg(executable);
    command
}

/// Asks until the answer is yes; no when the limit has passed.
pub(super) fn wait_until(limit: Duration, mut ask: impl FnMut() -> Result<bool>) -> Result<bool> {
    let deadline = Instant::now() + limit;
    while !ask()? {
        if Instant::now() > deadline {
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(true)
}

/// Waits until somebody listens there.
pub(super) fn wait_for_listener(address: &str) -> Result<()> {
    if !wait_until(START_LIMIT, || Ok(TcpStream::connect(address).is_ok()))? {
        bail!("nobody listens on {address}");
    }
    Ok(())
}

pub(super) fn free_address() -> Result<String> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .to_string())
}

/// A program of the `bench` workspace, built when needed.
pub(super) fn bench_program(name: &str) -> Result<PathBuf> {
    let target = shell::target_directory().join("bench");
    let build = [
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        "bench/Cargo.toml",
        "--bin",
    ];
    shell::cargo(build)
        .args([name])
        .args(["--target-dir"])
        .args([&target])
        .run()?;
    Ok(target.join("release").join(name))
}

/// The release binary of the product.
pub(super) fn product() -> Result<PathBuf> {
    shell::cargo(["build", "--release", "--locked", "-p", "postscale"]).run()?;
    Ok(shell::target_directory().join("release").join("postscale"))
}

/// The version of an installed Debian package.
pub(super) fn package_version(package: &str) -> Result<String> {
    let query: Program = program("dpkg-query", ["-W", "-f", "${Version}", package]);
    Ok(format!("{package} {}", query.output()?))
}
