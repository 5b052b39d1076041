//! The command line: thin. It reads the words, calls the module that does the work and prints. The
//! only place that writes to standard output.

pub mod args;
mod check;
mod deadlines;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;

use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigFaults, DEFAULT_FILE, Surroundings};
use args::{Arguments, Command};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// What was asked is done.
    Done,
    /// It could not be done.
    Failed,
    /// Wrong usage or configuration; clap uses the same number.
    Usage,
    /// It could not be done now and may be tried again (`EX_TEMPFAIL` of sysexits).
    Temporary,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Temporary => 75,
        })
    }
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => finish(run(&arguments, &SystemClock, &mut std::io::stdout().lock())).into(),
        Err(usage) => {
            // Help and version are "errors" of clap with status 0, printed where they belong.
            let printed = usage.print();
            if printed.is_err() {
                Exit::Failed.into()
            } else {
                u8::try_from(usage.exit_code()).map_or(Exit::Usage.into(), ExitCode::from)
            }
        }
    }
}

/// Does what was asked.
///
/// # Errors
/// Whatever stood in the way; [`ConfigFaults`] among them end with status 2.
pub fn run(arguments: &Arguments, clock: &dyn Clock, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let surroundings = Surroundings::at(clock.now());
    match &arguments.command {
        Command::Check(words) => check::run(words, &config_file(arguments), &surroundings, out),
        Command::Deadlines(words) => deadlines::run(words, deadlines_config(arguments).as_deref(), out),
        _ => anyhow::bail!("this version cannot do that yet"),
    }
}

/// Says what went wrong and turns it into a status.
fn finish(result: anyhow::Result<Exit>) -> Exit {
    let error = match result {
        Ok(exit) => return exit,
        Err(error) => error,
    };
    let closed = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(closed) {
        return Exit::Done; // whoever read our output has seen enough
    }
    if let Some(faults) = error.downcast_ref::<ConfigFaults>() {
        eprintln!("{faults}");
        return Exit::Usage;
    }
    eprintln!("complaintsd: {error:#}");
    Exit::Failed
}

/// `--config`, else `$COMPLAINTSD_CONFIG`, when one of them is given.
fn named_config(arguments: &Arguments) -> Option<PathBuf> {
    let from_environment = || std::env::var_os("COMPLAINTSD_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from);
    arguments.config.clone().or_else(from_environment)
}

/// The configuration file.
fn config_file(arguments: &Arguments) -> PathBuf {
    named_config(arguments).unwrap_or_else(|| PathBuf::from(DEFAULT_FILE))
}

/// The configuration for a command that can do without one.
fn deadlines_config(arguments: &Arguments) -> Option<PathBuf> {
    named_config(arguments).or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|file| Path::exists(file)))
}
