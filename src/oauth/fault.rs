//! Why there is no token, each in words that say what to do. An endpoint's own words are not among
//! them, since it was told secrets: only its error code, cut to what RFC 6749 §5.2 allows.

use std::path::PathBuf;
use std::time::Duration;

/// There is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sign-in '{name}': {host} {fault}")]
pub struct TokenError {
    /// The source's name in the configuration.
    pub name: String,
    /// The endpoint's host.
    pub host: String,
    /// What went wrong.
    pub fault: TokenFault,
}

/// What went wrong; reads on from the endpoint's host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// No connection, or it broke.
    #[error("cannot be reached ({0}): check the network and token_endpoint; it will be tried again")]
    Unreachable(String),
    /// TLS or the certificate is not acceptable.
    #[error("was not trusted, no secret was sent ({0}): check token_endpoint and ca_file of [[oauth]]")]
    Untrusted(String),
    /// No complete answer in time.
    #[error("gave no token within {} s: it will be tried again", .0.as_secs_f32())]
    TimedOut(Duration),
    /// It cannot answer now.
    #[error("cannot give a token now (status {status}): it will be tried again")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer makes no sense.
    #[error("gave an answer that cannot be used ({0}): check token_endpoint; it will be tried again")]
    Nonsense(&'static str),
    /// It says no.
    #[error("refused a token ({said}): {remedy}")]
    Refused {
        /// Its error code.
        said: String,
        /// Whether it is the grant that is no longer good (`invalid_grant`), so that another may be.
        grant_is_bad: bool,
        /// What to do.
        remedy: &'static str,
    },
    /// A secret's file cannot be used.
    #[error("was not asked, {} cannot be used ({reason}): put the secret there, readable by complaintsd", path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The refresh token in use could not be read from the database.
    #[error("was not asked, the refresh token in use cannot be read ({0}): check the database; it will be tried again")]
    NotRead(String),
    /// The newest refresh token is in memory only.
    #[error(
        "gave a new refresh token that could not be kept ({0}): check the database; until it is kept a restart may need a new consent"
    )]
    NotKept(String),
}

impl TokenFault {
    /// Whether waiting alone will not help.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::Untrusted(_) | Self::Refused { .. } | Self::SecretFile { .. })
    }
}
