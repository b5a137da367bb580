//! A private PostgreSQL for one test run: its own directory, port, socket and password.
//!
//! It never touches a cluster of the machine. The server is our child and asks the kernel to be
//! interrupted when we die, so that not even a killed run leaves it behind.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell::{Program, program};
use crate::testing::packages;
use crate::tree;

/// Debian keeps each major version in a directory of its own.
const INSTALLED: &str = "/usr/lib/postgresql";
/// The oldest major version that the product supports.
const VERSION_MIN: u32 = 15;
/// Every test opens a few connections of its own, and they run side by side.
const CONNECTIONS_MAX: &str = "max_connections=400";
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Another program may take the free port between our look and PostgreSQL's bind.
const START_ATTEMPTS: usize = 3;

pub(crate) struct Server {
    child: Child,
    directory: PathBuf,
    port: u16,
    password: String,
}

impl Server {
    /// Makes a cluster in a temporary directory and waits until it answers.
    pub(crate) fn start() -> Result<Self> {
        remove_leftovers()?;
        let programs = programs()?;
        let password = random_password()?;
        let directory = make_cluster(&programs, &password)?;
        for _ in 0..START_ATTEMPTS {
            let port = free_port()?;
            let child = spawn(&programs, &directory, port)?;
            let mut server = Self {
                child,
                directory: directory.clone(),
                port,
                password: password.clone(),
            };
            if server.wait_until_ready(&programs)? {
                return Ok(server);
            }
            // It gave up, which is what a taken port looks like; its directory is used again.
            server.directory = PathBuf::new();
        }
        let log = tree::read_if_present(&directory.join("log"))?.unwrap_or_default();
        fs::remove_dir_all(&directory)?;
        bail!("PostgreSQL does not start:\n{log}")
    }

    /// Where tests reach it, as the superuser that makes and drops their databases.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        )
    }

    /// Makes an empty database and tells where it is.
    pub(crate) fn create_database(&self, name: &str) -> Result<String> {
        let url = self.url();
        let create = format!("CREATE DATABASE {name}");
        let sql = ["--quiet", "--dbname", &url, "--command", &create];
        program(programs()?.join("psql"), sql).run()?;
        let server = url.strip_suffix("postgres").unwrap_or(&url);
        Ok(format!("{server}{name}"))
    }

    /// True once it answers, false when it has exited.
    fn wait_until_ready(&mut self, programs: &Path) -> Result<bool> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            let port = self.port.to_string();
            let probe = ["-q", "-h", "127.0.0.1", "-p", &port];
            if program(programs.join("pg_isready"), probe).succeeds() {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!(
            "PostgreSQL does not answer within {} s",
            START_LIMIT.as_secs()
        )
    }

    /// A fast shutdown: sessions are ended, the server stops by itself, or is killed at the limit.
    fn stop(&mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        if self.child.try_wait()?.is_none() {
            program("kill", ["-INT", &pid]).run()?;
        }
        let deadline = Instant::now() + STOP_LIMIT;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.child.kill()?;
                self.child.wait()?;
            }
            thread::sleep(Duration::from_millis(20));
        }
        if !self.directory.as_os_str().is_empty() {
            fs::remove_dir_all(&self.directory)?;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            println!("could not stop PostgreSQL cleanly: {error:#}");
        }
    }
}

/// The directory with the newest installed server programs.
pub(crate) fn programs() -> Result<PathBuf> {
    let entries = fs::read_dir(INSTALLED).with_context(|| format!("there is no {INSTALLED}"))?;
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| *version >= VERSION_MIN)
        .map(|version| {
            (
                version,
                Path::new(INSTALLED).join(version.to_string()).join("bin"),
            )
        })
        .filter(|(_, directory)| directory.join("initdb").exists())
        .max()
        .map(|(_, directory)| directory)
        .with_context(|| format!("{INSTALLED} holds no server of version {VERSION_MIN} or later"))
}

/// As root the server runs as Debian's own user, because it refuses to run as root.
fn as_server_user(executable: &Path) -> Result<Program> {
    let mut program = program("setpriv", ["--pdeathsig", "INT"]);
    if packages::is_root()? {
        program = program.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    // Somewhere that user may be: our own directory is often closed to it.
    Ok(program.args([executable]).directory(Path::new("/")))
}

fn make_cluster(programs: &Path, password: &str) -> Result<PathBuf> {
    let directory = directory_of(std::process::id());
    fs::create_dir(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let password_file = directory.join("password");
    tree::write(&password_file, password)?;
    fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600))?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))?;
    if packages::is_root()? {
        program("chown", ["-R", "postgres:postgres"])
            .args([&directory])
            .run()?;
    }
    // A cleartext password over loopback: each test connects anew, and SCRAM costs a debug build
    // tens of milliseconds per connection.
    as_server_user(&programs.join("initdb"))?
        .args([
            "--username=postgres",
            "--auth=password",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .args(["--no-sync", "--pwfile"])
        .args([&password_file])
        .args([OsStr::new("--pgdata"), directory.join("data").as_os_str()])
        .output()?;
    Ok(directory)
}

fn spawn(programs: &Path, directory: &Path, port: u16) -> Result<Child> {
    let log = fs::File::create(directory.join("log"))?;
    let sockets = format!("unix_socket_directories={}", directory.display());
    // Nothing here must outlive a crash, and waiting for the disk is most of a test's time.
    let settings = [
        "listen_addresses=127.0.0.1",
        &sockets,
        CONNECTIONS_MAX,
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ];
    let mut program = as_server_user(&programs.join("postgres"))?
        .args([OsStr::new("-D"), directory.join("data").as_os_str()])
        .args(["-p", &port.to_string()]);
    for setting in settings {
        program = program.args(["-c", setting]);
    }
    let mut command = program.into_command();
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    command.spawn().context("cannot start postgres")
}

const DIRECTORY_PREFIX: &str = "postscale-test-postgres-";

fn directory_of(pid: u32) -> PathBuf {
    std::env::temp_dir().join(format!("{DIRECTORY_PREFIX}{pid}"))
}

/// Removes the directories of runs that were killed; their servers ended with them.
fn remove_leftovers() -> Result<()> {
    for entry in fs::read_dir(std::env::temp_dir())?.flatten() {
        let name = entry.file_name();
        let pid = name
            .to_str()
            .and_then(|name| name.strip_prefix(DIRECTORY_PREFIX));
        let Some(pid) = pid.and_then(|pid| pid.parse::<u32>().ok()) else {
            continue;
        };
        if !Path::new("/proc").join(pid.to_string()).exists() {
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn random_password() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
