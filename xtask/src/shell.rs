//! Running other programs: one builder with the error texts and the timing lines in one place.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The program a user would have typed, kept beside the command for error texts.
pub(crate) struct Program {
    command: Command,
    shown: String,
}

/// The cargo that runs this program, started in the root of the workspace.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Program {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut program = Program::named(cargo, "cargo").args(arguments);
    program.command.current_dir(root());
    program
}

/// A program found in `PATH`.
pub(crate) fn program<const N: usize>(name: impl AsRef<OsStr>, arguments: [&str; N]) -> Program {
    let shown = name.as_ref().to_string_lossy().into_owned();
    Program::named(name, &shown).args(arguments)
}

impl Program {
    fn named(name: impl AsRef<OsStr>, shown: &str) -> Self {
        Self {
            command: Command::new(name),
            shown: shown.to_owned(),
        }
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        for argument in arguments {
            self.shown.push(' ');
            self.shown.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    pub(crate) fn envs<'a>(
        mut self,
        pairs: impl IntoIterator<Item = &'a (String, String)>,
    ) -> Self {
        self.command
            .envs(pairs.into_iter().map(|(name, value)| (name, value)));
        self
    }

    pub(crate) fn directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    fn status(&mut self) -> Result<ExitStatus> {
        self.command
            .status()
            .with_context(|| format!("cannot start `{}`", self.shown))
    }

    /// Runs it with our own output; a failure names the command.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.status()?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown);
        }
        Ok(())
    }

    /// Runs it as the last act: its exit code becomes ours.
    pub(crate) fn exit_code(mut self) -> Result<ExitCode> {
        let code = self
            .status()?
            .code()
            .and_then(|code| u8::try_from(code).ok());
        Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
    }

    /// Runs it and keeps what it prints, unless it fails: then all of it is shown.
    pub(crate) fn run_quietly(mut self) -> Result<()> {
        let output = self
            .command
            .output()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        if !output.status.success() {
            println!("{}", String::from_utf8_lossy(&output.stdout));
            println!("{}", String::from_utf8_lossy(&output.stderr));
            bail!("`{}` failed ({})", self.shown, output.status);
        }
        Ok(())
    }

    /// Runs it silently; true when it exists and succeeds.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.command.status().is_ok_and(|status| status.success())
    }

    /// Runs it and returns what it printed; on failure what it complained about.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!(
                "`{}` failed ({}): {}",
                self.shown,
                output.status,
                complaint.trim()
            );
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed something that is not UTF-8", self.shown))
    }

    /// For programs that keep running: the caller owns the child.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }
}

/// Announces a step, runs it and says how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {name}");
    let start = Instant::now();
    let result = work().with_context(|| format!("step failed: {name}"));
    if result.is_ok() {
        println!("    {name}: {:.1} s", start.elapsed().as_secs_f64());
    }
    result
}

/// The root of the workspace this program was built from.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent()
        .expect("BUG: xtask lies inside the workspace")
        .to_path_buf()
}

/// Where cargo puts what it builds, and where we keep what outlives a run.
pub(crate) fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}

/// An executable file in `PATH` or in the directories Debian keeps daemons in.
pub(crate) fn find_executable(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/bin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}
