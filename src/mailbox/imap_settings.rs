//! What an operator says about an IMAP mailbox. There is no setting for a connection without TLS, and
//! none that would touch the flags which belong to the people who read the mailbox.

use std::path::PathBuf;
use std::time::Duration;

use crate::oauth::SignIn;

/// How long one IDLE lasts. Servers may hang up after half an hour (RFC 2177 §3), and some stop telling
/// long before.
pub const ONE_IDLE: Duration = Duration::from_secs(9 * 60);

/// How to reach an IMAP mailbox.
#[derive(Debug, Clone)]
pub struct ImapSettings {
    /// The mailbox's name in configuration and ledger.
    pub name: String,
    /// The server's name, which its certificate must carry, or its address.
    pub host: String,
    /// Its port: 993 for TLS, 143 for STARTTLS.
    pub port: u16,
    /// How TLS begins.
    pub security: ImapSecurity,
    /// Who signs in.
    pub username: String,
    /// With what.
    pub sign_in: SignIn,
    /// The folders where complaints are expected, in plain Unicode.
    pub folders: Vec<String>,
    /// The folders where the server puts what it takes for junk.
    pub junk: JunkFolders,
    /// A private certificate authority, PEM, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// What happens to a message on the server once it is stored.
    pub after: AfterStoring,
    /// Above this size, in bytes, a message is left on the server and only its beginning is fetched.
    pub max_message_size: u64,
    /// How long to wait for the connection and for TLS.
    pub connect_timeout: Duration,
    /// How long to wait for the server to say anything.
    pub read_timeout: Duration,
    /// How long one IDLE lasts before it is asked for again: [`ONE_IDLE`] everywhere but in tests.
    pub one_idle: Duration,
}

/// Where the server puts what it takes for junk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JunkFolders {
    /// Wherever the server says (`\\Junk`, RFC 6154); nowhere, if it does not say.
    AsTheServerSays,
    /// In these, in plain Unicode.
    Named(Vec<String>),
}

/// How TLS begins. There is no way without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapSecurity {
    /// From the first byte (RFC 8314).
    Tls,
    /// After a STARTTLS command; without TLS nobody signs in.
    StartTls,
}

/// What happens to a message on the server once it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterStoring {
    /// Nothing.
    Leave,
    /// It gets this keyword, or `\Flagged` or `\Answered`.
    Flag(String),
    /// It moves to this folder of the same account.
    MoveTo(String),
}

impl AfterStoring {
    /// Whether this can be asked of a server: a flag must be one IMAP word, and neither `\Seen`,
    /// which belongs to the people who read the mailbox, nor `\Deleted`.
    ///
    /// # Errors
    /// One line that says what to change.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Flag(flag) => {
                let word = flag.strip_prefix('$').unwrap_or(flag);
                let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
                if plain || ["\\flagged", "\\answered"].contains(&flag.to_ascii_lowercase().as_str()) {
                    Ok(())
                } else {
                    Err(format!("'{flag}' cannot be used as a flag: use a word such as $ComplaintStored, or \\Flagged"))
                }
            }
            Self::MoveTo(folder) if folder.is_empty() => Err("the folder to move to has no name".to_owned()),
            Self::Leave | Self::MoveTo(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AfterStoring;

    #[test]
    fn seen_and_deleted_are_never_used_as_a_mark() {
        for good in ["$ComplaintStored", "Logged", "\\Flagged", "\\answered"] {
            AfterStoring::Flag(good.to_owned()).check().unwrap();
        }
        for bad in ["\\Seen", "\\Deleted", "\\seen", "", "$", "two words", "a)\r\nx LOGOUT", "\\*"] {
            AfterStoring::Flag(bad.to_owned()).check().unwrap_err();
        }
    }
}
