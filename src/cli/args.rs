//! The command line's words. Nothing is done here; `--help` is this file read aloud.

mod deadlines;
mod letters;
mod post;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::case_args::CaseAct;
use crate::casework::record::{self, DATE_HINT};
use crate::domain::chain::Checkpoint;
use crate::domain::ids::{CaseRef, ContactId, EmailAddress};
use crate::domain::people::Role;
use crate::domain::words;
pub use deadlines::Deadlines;
pub use letters::{Letter, LetterForm, LetterPdf, Letters, Preview, PreviewForm, WhichLetter};
pub use post::{LetterPost, LetterPosted, LetterReturned, LetterWithdraw};

/// Complaint handling for UK social landlords, by the Complaint Handling Code.
///
/// Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 75 failed for now (try again).
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub struct Arguments {
    /// The configuration [default: $COMPLAINTSD_CONFIG, else /etc/complaintsd/complaintsd.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: read mail, draft, send, remind, serve the pages
    Run,
    /// Try it out: no server needed, invented messages, letters go to a folder
    Demo(Demo),
    /// Check configuration, Code, calendar, templates and pages; report all faults at once
    Check(Check),
    /// Read the mailboxes once
    Poll(Poll),
    /// Compare what stands in the mailboxes with the ledger; read nothing
    ///
    /// Works while the daemon runs. Exit status 1 when a message stands on a server that should have been
    /// taken before and was not, or a folder cannot be opened: the next pass fetches such messages.
    Reconcile(List),
    /// Log mail from before: mbox files, Maildirs, folders of .eml files, single messages
    ///
    /// Everything is logged; nothing opens a case unless --since says from which day on. A message's day
    /// is that of the mbox's separator line, else of its topmost Received field, else of its file, never
    /// that of its Date field. Works while the daemon runs. Stopped, the same command goes on where it
    /// was: what is logged already is passed over. Exit status 1 when something was left out.
    Import(Import),
    /// Draft the acknowledgements that are missing, once
    Draft,
    /// Hand the approved letters to the mail server, once
    Send,
    /// Send the reminders that are due, once
    ///
    /// A daemon that runs on this database sends what is put in the outbox here; otherwise it is sent
    /// at once, with whatever else waits there.
    Remind(Remind),
    /// Log messages from files, or from standard input
    ///
    /// Works while the daemon runs. The same bytes again are not logged twice. Exit status 0 only once
    /// every message is committed; 75 when it may be tried again; 1 when a file cannot be read or is
    /// empty (the other files are logged all the same); 2 when standard input is empty.
    Ingest {
        /// Raw e-mail messages (RFC 5322), one a file
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Find contacts by their words, and cases by their reference or resident
    ///
    /// Every word must stand in the sender, the subject, the text, the quoted text or the attachments.
    /// From three letters on the beginning of a word is enough; accents do not matter.
    Search(Search),
    /// Contacts: every message, logged whatever it is
    #[command(subcommand)]
    Contact(Contact),
    /// Cases
    #[command(subcommand)]
    Case(Case),
    /// Letters
    #[command(subcommand)]
    Letter(Letter),
    /// Letter templates: look at them, hold them against the Code
    #[command(subcommand)]
    Letters(Letters),
    /// Officers' accounts
    #[command(subcommand)]
    Officer(Officer),
    /// A time in which we cannot comply with the Code (8.5)
    #[command(subcommand)]
    Incident(super::people::Incident),
    /// Bank holidays
    #[command(subcommand)]
    BankHolidays(BankHolidays),
    /// The history: whether it is as it was written
    #[command(subcommand)]
    Audit(Audit),
    /// Work out a case's dates, or count working days; needs no configuration
    Deadlines(Deadlines),
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where everything is kept; running again continues there
    #[arg(long, value_name = "DIR", default_value = "complaintsd-demo")]
    pub dir: PathBuf,
    /// Where the pages are served
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// `poll`.
#[derive(Debug, Args)]
pub struct Poll {
    /// Only count what would be taken, and from when it is; take and mark nothing
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: print JSON
    #[arg(long, requires = "dry_run")]
    pub json: bool,
}

/// `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// mbox files, Maildirs, folders of .eml files, single messages
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Open no case, whatever the day; this is what happens without --since, too
    #[arg(long, conflicts_with = "since")]
    pub historic: bool,
    /// Open cases for messages received on this day or later, as for any other mail
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub since: Option<Date>,
    /// Only count
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Also sign in to the mailboxes, the mail server and the database
    #[arg(long)]
    pub connect: bool,
}

/// `remind`.
#[derive(Debug, Args)]
pub struct Remind {
    /// Only show what would be sent
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `search`.
#[derive(Debug, Args)]
pub struct Search {
    /// Words, a name or a case reference
    #[arg(required = true, value_name = "WORDS")]
    pub words: Vec<String>,
    /// How many contacts are shown, newest first
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = limit)]
    pub limit: usize,
    /// Only contacts with a lower number than this: the next page
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<i64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A list.
#[derive(Debug, Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `contact`.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// List the contacts, newest last
    List(List),
    /// Decide what becomes of a contact that belongs to no case, or waits for a decision
    ///
    /// For the person who runs complaintsd: it acts as the officer named, and the history says that it
    /// was done at the command line.
    Decide(Decide),
    /// Log a call, letter, visit or other contact (3.1); what was said stands on standard input
    ///
    /// It opens a case, or joins one, and its dates count from when it was truly received. The same again is
    /// logged once.
    Log(Box<super::people::ContactLog>),
    /// Declare that a colleague had received a contact before it reached the mailbox (3.2)
    FirstReceived(super::people::FirstReceived),
    /// Show one contact
    Show {
        /// Its number
        id: ContactId,
        /// Write the message exactly as it arrived
        #[arg(long, conflicts_with = "json")]
        raw: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// `contact decide`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("decision").required(true))]
pub struct Decide {
    /// The contact's number
    pub id: ContactId,
    /// Open a case from it; its dates count from the day the contact was received
    #[arg(long, group = "decision")]
    pub open_case: bool,
    /// Somebody else than the sender complains: name and address are left to be written
    #[arg(long, requires = "open_case")]
    pub for_somebody_else: bool,
    /// Add it to this case
    #[arg(long, value_name = "REF", group = "decision")]
    pub case: Option<CaseRef>,
    /// Nothing is to be done about it
    #[arg(long, group = "decision")]
    pub nothing_to_do: bool,
    /// Why; it stands in the history
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The officer who decides
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
    /// Decide although somebody has decided already
    #[arg(long)]
    pub anew: bool,
}

/// `case`.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// List the open cases, most urgent deadline first
    List(List),
    /// Record something of the people of a case: adjustments, representatives, restrictions, the Ombudsman
    Record(super::people::CaseRecord),
    /// Show one case with its dates, how each was worked out, and its history
    Show {
        /// Its reference, such as CMP-2026-00042-K
        #[arg(value_name = "REF")]
        reference: CaseRef,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What changes a case.
    #[command(flatten)]
    Act(CaseAct),
}

/// `officer`.
#[derive(Debug, Subcommand)]
pub enum Officer {
    /// Add an account
    ///
    /// The password is the line on standard input, of 12 characters or more. At a terminal, or when
    /// standard input is empty, one is generated and shown once.
    Add {
        /// The sign-in name, and where reminders go
        email: EmailAddress,
        /// The name in letters and history
        #[arg(long)]
        name: String,
        /// What the officer may do: officer, senior-approver, complaints-officer or manager
        #[arg(long)]
        role: Role,
    },
    /// List the accounts
    List(List),
    /// Switch an account off
    Disable {
        /// The sign-in name
        email: EmailAddress,
    },
}

/// `bank-holidays`.
#[derive(Debug, Subcommand)]
pub enum BankHolidays {
    /// Install a newer bank-holiday file and count the dates of open cases anew
    ///
    /// The file is the one at www.gov.uk/bank-holidays.json, downloaded by you. One that is empty, malformed
    /// or knows less than the file in use is refused. A date that a resident was told stays the target.
    /// Start a running daemon again afterwards, so that new cases are counted with it.
    Update {
        /// The downloaded file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `audit`.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Say whether every line of the history is as it was written
    ///
    /// Finds any line that was changed, removed, slipped in, moved or cut off, and names the first. Works
    /// while the daemon runs. Whoever can write to the database could also write all of the history anew: that
    /// is told by a checkpoint that was kept elsewhere. Each day's checkpoint goes to the log, and by mail to
    /// the address set in the audit section of the configuration. Exit status 1 when something is found.
    Verify {
        /// A checkpoint that was kept elsewhere, as the log or the mail has it; may be given again
        #[arg(long = "checkpoint", value_name = "SEQUENCE:HASH")]
        checkpoints: Vec<Checkpoint>,
        /// Also hold letters, messages sent and messages received against their digests
        #[arg(long)]
        full: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// So many rows.
fn limit(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|limit| (1..=10_000).contains(limit))
        .ok_or_else(|| "write a number from 1 to 10000".to_owned())
}

/// An instant with its offset (RFC 3339).
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write an instant with its offset, such as 2026-11-22T23:30:00Z".to_owned())
}

/// A date as people write it.
pub(super) fn date(text: &str) -> Result<Date, String> {
    record::date(text).ok_or_else(|| format!("write a date. {DATE_HINT}"))
}

/// An instant, or the beginning of a day in London.
pub(super) fn received(text: &str) -> Result<Timestamp, String> {
    if text.contains('T') {
        return instant(text);
    }
    words::beginning_of(date(text)?).ok_or_else(|| "this day has no beginning in London".to_owned())
}

/// A date as it is, an instant as its London date.
fn day(text: &str) -> Result<Date, String> {
    if text.contains('T') { instant(text).map(words::london_date) } else { date(text) }
}
