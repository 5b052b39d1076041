//! What can go wrong with a mailbox, each in one line that names the mailbox, the server and the
//! remedy. No variant ever holds a password or bytes of a message: a server's own words are cut short.

use std::time::Duration;

use super::backoff::asked_to_wait;
use crate::oauth::TokenError;
use crate::tls::TlsError;

/// A mailbox could not be read or marked.
#[derive(Debug, thiserror::Error)]
#[error("mailbox '{mailbox}': {place} {fault}")]
pub struct MailboxError {
    /// The mailbox's name in the configuration.
    pub mailbox: String,
    /// The server as host:port, or the Maildir's path.
    pub place: String,
    /// What went wrong.
    pub fault: MailboxFault,
}

/// What went wrong; reads on from the server's name.
#[derive(Debug, thiserror::Error)]
pub enum MailboxFault {
    /// No connection.
    #[error("cannot be reached ({reason}): check host and port, and that the mail server is running")]
    Unreachable {
        /// The system's words.
        reason: String,
    },
    /// Our own TLS settings cannot be used.
    #[error("cannot be checked, {0}")]
    Authorities(TlsError),
    /// The server's certificate or TLS itself is not acceptable.
    #[error("was not trusted, no password was sent ({reason}): {remedy}")]
    Tls {
        /// What was wrong.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// STARTTLS is configured and the server will not do it.
    #[error(
        "does not offer STARTTLS, no password was sent ({reason}): check port, or set security = \"tls\" with port 993"
    )]
    NoStartTls {
        /// The server's words.
        reason: String,
    },
    /// User name or password refused.
    #[error("refused the sign-in for {username}: check username and password_file")]
    SignInRefused {
        /// The configured user.
        username: String,
    },
    /// There is no token to sign in with.
    #[error("cannot be signed in to, {0}")]
    NoToken(Box<TokenError>),
    /// A new token refused.
    #[error(
        "refused the token of sign-in '{source_name}' for {username}{said}: check username, and that the application \
         or the person who consented may use this mailbox by IMAP (docs/SIGN-IN.md)"
    )]
    TokenRefused {
        /// The configured user.
        username: String,
        /// The sign-in's name in the configuration.
        source_name: String,
        /// The status in the server's challenge, if it gave one.
        said: String,
    },
    /// The server does not do the configured kind of sign-in.
    #[error("does not offer this sign-in: {remedy}")]
    NoSuchSignIn {
        /// What to do.
        remedy: &'static str,
    },
    /// The folder cannot be opened.
    #[error("does not open the folder '{folder}' ({reason}): check that it exists, and folder in the configuration")]
    NoFolder {
        /// The configured folder.
        folder: String,
        /// The server's words.
        reason: String,
    },
    /// Stored messages cannot be marked as configured. They are stored all the same.
    #[error("did not {doing} ({reason}): {remedy}")]
    NotMarked {
        /// What we asked for.
        doing: String,
        /// The server's words.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A command was answered NO.
    #[error("refused to {doing} ({reason}): it will be tried again")]
    Refused {
        /// What we asked for.
        doing: &'static str,
        /// The server's words.
        reason: String,
    },
    /// The server's answer makes no sense.
    #[error("could not be understood when asked to {doing} ({reason}): it will be tried again")]
    Protocol {
        /// What we asked for.
        doing: &'static str,
        /// What was wrong with the answer; never the answer itself.
        reason: String,
    },
    /// The connection ended.
    #[error("ended the connection when asked to {doing} ({reason}): it will be tried again")]
    Lost {
        /// What we asked for.
        doing: &'static str,
        /// The server's parting words, or the system's.
        reason: String,
    },
    /// No answer in time.
    #[error("did not {doing} within {} s: it will be tried again", patience.as_secs())]
    TimedOut {
        /// What we asked for.
        doing: &'static str,
        /// How long we waited.
        patience: Duration,
    },
    /// A Maildir or a file in it cannot be used.
    #[error("cannot be used, {what} ({reason}): {remedy}")]
    Files {
        /// Which folder or file.
        what: String,
        /// The system's words.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl MailboxFault {
    /// Whether waiting alone will not help: somebody must change the configuration or the server.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::Authorities(_)
            | Self::Tls { .. }
            | Self::NoStartTls { .. }
            | Self::SignInRefused { .. }
            | Self::TokenRefused { .. }
            | Self::NoSuchSignIn { .. }
            | Self::NoFolder { .. }
            | Self::NotMarked { .. }
            | Self::Files { .. } => true,
            Self::NoToken(error) => error.fault.needs_a_person(),
            Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Protocol { .. }
            | Self::Lost { .. }
            | Self::TimedOut { .. } => false,
        }
    }
}

impl MailboxFault {
    /// How long the server asked us to wait before we come again, if it did.
    #[must_use]
    pub fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { reason, .. } | Self::Protocol { reason, .. } | Self::Lost { reason, .. } => {
                asked_to_wait(reason)
            }
            _ => None,
        }
    }
}

/// A server's words made fit for one line: cut short, and without control characters.
pub(super) fn brief(words: &str) -> String {
    const LONGEST: usize = 120;
    let mut line: String = words.trim().chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.is_empty() {
        line.push_str("no reason given");
    } else if words.trim().chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn a_servers_words_are_cut_to_one_short_line() {
        assert_eq!(brief("Down\r\nfor repair\u{1b}[2J"), "Down  for repair [2J");
        assert_eq!(brief(&"ë".repeat(500)).chars().count(), 121);
        assert_eq!(brief("  "), "no reason given");
    }
}
