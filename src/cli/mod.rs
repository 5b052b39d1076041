//! The command line: thin. It reads the words, calls the module that does the work and prints. The
//! only place that writes to standard output.

pub mod args;
mod audit;
mod bank_holidays;
mod case;
mod case_act;
mod case_args;
mod case_text;
mod check;
mod contact;
mod dates;
mod deadlines;
mod decide;
mod demo;
mod draft;
mod import;
mod ingest;
mod letter;
mod letter_pdf;
mod letters;
mod officer;
mod open;
pub mod people;
mod poll;
mod post;
mod print;
mod progress;
mod reconcile;
mod remind;
mod run;
mod search;
mod send;
#[cfg(test)]
mod tests;
mod triage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;

use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigFaults, DEFAULT_FILE, Surroundings};
use crate::daemon::house::House;
use crate::ingest::IngestError;
use crate::letters::draft::DraftError;
use crate::outbox::OutboxError;
use crate::receipts::ReceiptError;
use crate::reminders::ReminderError;
use crate::store::StoreError;
use args::{Arguments, Command, LetterPost};
use open::Records;

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
    open::block_on(answer(arguments, clock, out))
}

async fn answer(arguments: &Arguments, clock: &dyn Clock, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let now = clock.now();
    let file = config_file(arguments);
    let config = || open::config(&file, now);
    let records = async || Records::open(config()?).await;
    let house = async || House::open(config()?).await;
    match &arguments.command {
        Command::Check(words) => check::run(words, &file, &Surroundings::at(now), out).await,
        Command::Deadlines(words) => deadlines::run(words, deadlines_config(arguments).as_deref(), out),
        Command::BankHolidays(words) => bank_holidays::run(words, &file, now, out).await,
        Command::Audit(words) => audit::run(words, &records().await?, out).await,
        Command::Poll(words) => poll::run(words, &records().await?, out).await,
        Command::Reconcile(words) => reconcile::run(words, &records().await?, out).await,
        Command::Import(words) => import::run(words, &records().await?, out).await,
        Command::Ingest { files } => {
            ingest::keep_what_is_not_logged(async { ingest::run(files, &records().await?, out).await }.await)
        }
        Command::Draft => draft::run(&house().await?, out).await,
        Command::Send => send::run(&house().await?, out).await,
        Command::Remind(words) => remind::run(words, &house().await?, out).await,
        Command::Search(words) => search::run(words, &records().await?, out).await,
        Command::Contact(words) => contact::run(words, &records().await?, out).await,
        Command::Case(args::Case::Act(act)) => case_act::run(act, &house().await?, out).await,
        Command::Letter(args::Letter::Approve { id, digest, override_missing, officer }) => {
            case_act::approve((*id, *digest), override_missing.clone(), officer, &house().await?, out).await
        }
        Command::Letter(args::Letter::Discard { id, reason, officer }) => {
            case_act::discard(*id, reason, officer, &house().await?, out).await
        }
        Command::Letter(args::Letter::Post(LetterPost::ToPost(words))) => {
            post::waiting(words, &records().await?, out).await
        }
        Command::Letter(args::Letter::Post(words)) => post::run(words, &house().await?, out).await,
        Command::Letters(args::Letters::Overridden(words)) => post::overridden(words, &records().await?, out).await,
        Command::Case(words) => case::run(words, &records().await?, now, out).await,
        Command::Letter(words) => letter::run(words, &records().await?, now, out).await,
        Command::Letters(words) => letters::run(words, config()?, now, out).await,
        Command::Officer(words) => officer::run(words, &records().await?, now, out).await,
        Command::Incident(words) => people::incident(words, &records().await?, out).await,
        Command::Run => run::run(House::open_to_serve(config()?).await?).await,
        Command::Demo(words) => demo::run(words, now, out).await,
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
    if is_temporary(&error) { Exit::Temporary } else { Exit::Failed }
}

/// Whether the database stood in the way and trying again later may help.
fn is_temporary(error: &anyhow::Error) -> bool {
    let wrapped = || match error.downcast_ref()? {
        IngestError::Store(cause) => Some(cause),
        IngestError::Mailbox(_) | IngestError::Partly { .. } => None,
    };
    let drafting = || match error.downcast_ref()? {
        DraftError::Store(cause) => Some(cause),
        DraftError::Render(_) => None,
    };
    let sending = || match error.downcast_ref()? {
        OutboxError::Store(cause) => Some(cause),
        OutboxError::Courier(_) => None,
    };
    let reminding = || match error.downcast_ref()? {
        ReminderError::Store(cause) => Some(cause),
        _ => None,
    };
    let receipting = || match error.downcast_ref()? {
        ReceiptError::Store(cause) => Some(cause),
        _ => None,
    };
    let cause =
        error.downcast_ref().or_else(receipting).or_else(wrapped).or_else(drafting).or_else(sending).or_else(reminding);
    cause.is_some_and(StoreError::is_temporary)
}

/// Says that a running daemon does this work itself.
fn daemon_does(what: &str) -> Exit {
    eprintln!("complaintsd: complaintsd is running on this database and {what} itself");
    Exit::Temporary
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
