//! The settings as plain values, checked. The daemon maps them to what each door wants: config knows
//! no other door.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Date;
use secrecy::SecretString;
use url::Url;

use crate::domain::calendar::WorkingDays;
use crate::domain::ids::EmailAddress;
use crate::domain::origin::PublicOrigin;
use crate::domain::reminders::DigestTo;

/// What the program is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Real residents.
    Production,
    /// Trying things out.
    Test,
    /// `complaintsd demo`.
    Demo,
}

/// Where reminders go when nobody else is responsible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The team address: reminders while a stage has no handler.
    pub email: EmailAddress,
    /// The manager's address: the daily list of what is overdue.
    pub manager_email: EmailAddress,
    /// Who is told of alarms: what complaintsd depends on fails.
    pub operators_email: EmailAddress,
}

/// Which database.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file of ours; the path is absolute.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, with its password.
    Postgres(SecretString),
}

impl Database {
    /// The URL by which the store is opened. It may hold a password.
    #[must_use]
    pub fn url(&self) -> SecretString {
        match self {
            Self::Sqlite(file) => SecretString::from(format!("sqlite://{}", file.display())),
            Self::Postgres(url) => url.clone(),
        }
    }
}

/// One mailbox that is read.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Its name in the ledger. Renaming it makes it a new mailbox.
    pub name: String,
    /// Where the messages are.
    pub source: MailboxSource,
    /// How long to wait between two passes.
    pub poll_every: SignedDuration,
    /// Messages received before this London date are historic: logged, but opening nothing. Without it
    /// a mailbox that holds such messages is not begun.
    pub cut_over: Option<Date>,
    /// The names of the mail servers whose word about a sender counts (RFC 8601); the empty one stands for
    /// a server that writes no name.
    pub trusted_authserv_ids: Vec<String>,
    /// Above this size, in bytes, a message is left where it is and only its beginning is fetched.
    pub max_message_size: u64,
}

/// Where a mailbox's messages are.
#[derive(Debug, Clone)]
pub enum MailboxSource {
    /// On an IMAP server.
    Imap(Imap),
    /// In a Maildir.
    Maildir {
        /// The folder that holds `new` and `cur`; absolute.
        path: PathBuf,
    },
}

/// An IMAP server and how to sign in.
#[derive(Debug, Clone)]
pub struct Imap {
    /// Host name; the certificate must be for it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: ImapSecurity,
    /// User name.
    pub username: String,
    /// What goes with it.
    pub sign_in: SignIn,
    /// The folders where complaints are expected; at least one.
    pub folders: Vec<String>,
    /// The folders where the server puts what it takes for junk; `None` is where the server says.
    pub junk_folders: Option<Vec<String>>,
    /// Further certificate authorities to trust, PEM.
    pub ca_file: Option<PathBuf>,
    /// What to do on the server with a message that is safely stored.
    pub after: AfterStored,
}

/// With what somebody signs in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// With a password.
    Password(SecretString),
    /// With a token from here.
    Oauth(Arc<Oauth>),
}

/// Where tokens come from, one `[[oauth]]` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oauth {
    /// Its name, by which refresh tokens are kept.
    pub name: String,
    /// Whose.
    pub provider: Provider,
    /// The endpoint that gives tokens; https, or on this machine in tests.
    pub token_endpoint: Url,
    /// The application.
    pub client_id: String,
    /// The file with its secret.
    pub client_secret_file: Option<PathBuf>,
    /// When that secret ends.
    pub client_secret_expires: Option<Date>,
    /// The file with the refresh token of a person's consent; without it the application signs in by
    /// its own right.
    pub refresh_token_file: Option<PathBuf>,
    /// What the tokens are for.
    pub scopes: Vec<String>,
    /// Further certificate authorities to trust, PEM.
    pub ca_file: Option<PathBuf>,
}

/// Who gives tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Microsoft 365.
    Microsoft,
    /// Google Workspace.
    Google,
    /// Somebody else, or a server of the landlord's own.
    Other,
}

/// How a connection to an IMAP server is protected. There is no third way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapSecurity {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, required.
    StartTls,
}

/// What to do on the server with a message that is safely stored. Never `\Seen`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterStored {
    /// Nothing.
    Leave,
    /// Set this keyword.
    Flag(String),
    /// Move it to this folder.
    Move(String),
}

/// How letters leave.
#[derive(Debug, Clone)]
pub struct Courier {
    /// Through which courier.
    pub way: CourierWay,
    /// The sender of every letter.
    pub from: EmailAddress,
    /// The sender's name.
    pub from_name: String,
    /// Where answers go, when not to `from`. It should be a mailbox that is read.
    pub reply_to: Option<EmailAddress>,
    /// How long a letter whose hand-over is in doubt waits for evidence before the same bytes are
    /// handed over again.
    pub on_doubt_wait: SignedDuration,
}

/// Through which courier letters leave.
#[derive(Debug, Clone)]
pub enum CourierWay {
    /// To a mail server.
    Smtp(Smtp),
    /// Into a folder, one file a letter. Refused in production.
    Spool {
        /// The folder; absolute.
        path: PathBuf,
    },
}

/// A mail server and how to sign in.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Host name; the certificate must be for it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// User name and what goes with it, when the server wants them.
    pub sign_in: Option<(String, SignIn)>,
    /// Further certificate authorities to trust, PEM.
    pub ca_file: Option<PathBuf>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// None, and no password: only to a relay on this machine.
    LocalRelay,
}

/// The officers' pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How officers reach the pages.
    pub public_url: PublicOrigin,
}

/// Where ClamAV's clamd listens: on this machine, because what it is sent is not protected on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clamd {
    /// On a Unix socket; the path is absolute.
    Unix(PathBuf),
    /// On a port.
    Tcp(SocketAddr),
}

/// When handlers are reminded. The rungs stand the earliest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminders {
    /// Working days before an acknowledgement is due.
    pub acknowledge: Vec<WorkingDays>,
    /// Working days before a response is due.
    pub respond: Vec<WorkingDays>,
    /// Working days before a review is due (5.10, 5.14).
    pub review: Vec<WorkingDays>,
    /// Working days before a date that the Ombudsman set.
    pub ombudsman: Vec<WorkingDays>,
    /// Working days before an acknowledgement is due at which the manager hears of what nobody has decided.
    pub undecided: Vec<WorkingDays>,
    /// Days on which the landlord's office is closed: reminders come before them, deadlines stay.
    pub closed: BTreeSet<Date>,
    /// Who gets a digest, if somebody does.
    pub digest: Option<DigestTo>,
}

/// The automatic receipt, which acknowledges nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// None is sent.
    Off,
    /// It is sent to who writes a new message.
    Sent {
        /// So many in an hour and from a mailbox at most.
        per_hour: u32,
    },
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// To the journal when systemd started us, otherwise text.
    Auto,
    /// To systemd's journal.
    Journald,
    /// One JSON object a line, on standard error.
    Json,
    /// Plain text on standard error.
    Text,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Someone must act.
    Error,
    /// Someone should look.
    Warn,
    /// What was done.
    Info,
    /// How it was done.
    Debug,
    /// Every step.
    Trace,
}
