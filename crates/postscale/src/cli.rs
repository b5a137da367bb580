//! The command line: what was asked for, and what the exit code says of how it went.
//!
//! 0 done, 1 failed, 2 usage or configuration, 3 state: set up already, migrations pending.

use std::{
    io::Write as _,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{
    commands,
    config::{Config, ConfigError, Mode, page},
    dev, logging,
};

/// An open e-mail platform.
#[derive(Parser)]
#[command(name = "postscale", version, about, disable_help_subcommand = true)]
struct Arguments {
    /// Settings file (TOML); the environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a complete instance on this machine, with demo data; nothing leaves it.
    Dev,
    /// Runs a node: HTTP, SMTP and background work.
    Serve,
    /// Creates the first organization and its owner; the password comes on standard input.
    Setup(commands::SetupArguments),
    /// Applies pending migrations.
    Migrate {
        /// Only reports them: exit code 3 when there are any.
        #[arg(long)]
        check: bool,
    },
    /// Prints every HTTP route.
    Routes {
        /// As a JSON list.
        #[arg(long)]
        json: bool,
    },
    /// Prints the OpenAPI document.
    Openapi,
    /// Prints every setting with its default and its meaning.
    Settings,
    /// What an operator does to an instance; it is in the audit log.
    #[command(subcommand)]
    Admin(AdminCommand),
}

#[derive(Subcommand)]
enum AdminCommand {
    /// The audit logs.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Lets an owner in again who lost password, second factor or mailbox: the new password comes on
    /// standard input, the second factor is removed, every session of theirs ends. API keys stay.
    OwnerReset(commands::OwnerResetArguments),
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Says whether the logs are as they were written: exit code 1 when one was changed.
    Verify {
        /// As a JSON list.
        #[arg(long)]
        json: bool,
    },
}

/// The instance is not in the state a command needs: exit code 3.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StateError(pub String);

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            // Help and version are no mistakes and go to standard output.
            let shown = usage.print();
            return ExitCode::from(if shown.is_ok() && !usage.use_stderr() {
                0
            } else {
                2
            });
        }
    };
    match execute(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let line = format!("postscale: {error:#}\n");
            let told = std::io::stderr().write_all(line.as_bytes());
            let code = exit_code(&error);
            ExitCode::from(if told.is_ok() { code } else { code.max(1) })
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<ConfigError>() {
        2
    } else if error.is::<StateError>() {
        3
    } else {
        1
    }
}

fn execute(arguments: &Arguments) -> Result<()> {
    let file = arguments.config.as_deref();
    match &arguments.command {
        Command::Routes { json } => commands::routes(*json),
        Command::Openapi => commands::openapi(),
        Command::Settings => print(&page()),
        Command::Dev => on_a_node(Mode::Dev, file, dev::run),
        Command::Serve => on_a_node(Mode::Serve, file, commands::serve),
        Command::Setup(setup) => {
            on_a_node(Mode::Tool, file, |config| commands::setup(config, setup))
        }
        Command::Migrate { check } => {
            on_a_node(Mode::Tool, file, |config| commands::migrate(config, *check))
        }
        Command::Admin(AdminCommand::Audit(AuditCommand::Verify { json })) => {
            on_a_node(Mode::Tool, file, |config| {
                commands::audit_verify(config, *json)
            })
        }
        Command::Admin(AdminCommand::OwnerReset(reset)) => on_a_node(Mode::Tool, file, |config| {
            commands::owner_reset(config, reset)
        }),
    }
}

/// Runs a command that works with an instance: configured, logging, asynchronous.
fn on_a_node<F: Future<Output = Result<()>>>(
    mode: Mode,
    file: Option<&Path>,
    command: impl FnOnce(Config) -> F,
) -> Result<()> {
    let config = Config::load(mode, file)?;
    logging::start(&config.log);
    // One more than there are cores: SQLite's commit waits for the disk in one of them.
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores + 1)
        .enable_all()
        .build()?;
    let done = runtime.block_on(command(config));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    done
}

/// Writes to standard output. That nobody reads it to the end is no failure of ours.
pub fn print(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
