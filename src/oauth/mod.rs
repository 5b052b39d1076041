//! The door to token endpoints (OAuth 2.0, RFC 6749): access tokens for mailboxes and mail servers
//! that take no password, by client credentials or by a refresh token.
//!
//! Invariants: access tokens are only in memory; a refresh token that replaces the one in use is kept,
//! sealed, before anything is done with what came beside it; no secret ever gets into an error or the
//! log, nor do an endpoint's own words.

mod answer;
mod endpoint;
mod fault;
mod keeping;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub use fault::{TokenError, TokenFault};
pub use keeping::RefreshTokens;
pub use source::{AccessToken, TokenSource};

/// How somebody signs in to a mailbox or a mail server.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// With a password.
    Password(SecretString),
    /// With an access token: the SASL mechanism XOAUTH2.
    Tokens(TokenSource),
}

impl From<SecretString> for SignIn {
    fn from(password: SecretString) -> Self {
        Self::Password(password)
    }
}

/// Where access tokens come from, and by what right.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// The name in the configuration.
    pub name: String,
    /// The endpoint that gives tokens; `https`, or `http` on this machine in tests.
    pub endpoint: Url,
    /// The application's identifier.
    pub client_id: String,
    /// The file with the application's secret. It is read at each request, so that a new one serves at once.
    pub client_secret_file: Option<PathBuf>,
    /// By what right.
    pub grant: Grant,
    /// What the tokens are for; empty leaves it to the endpoint.
    pub scopes: Vec<String>,
    /// Certificate authorities to trust beside the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take, from connecting to the last byte.
    pub timeout: Duration,
}

/// By what right tokens are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The application's own (RFC 6749 §4.4).
    ClientCredentials,
    /// A person's, given once (RFC 6749 §6). The file holds the refresh token that was given then; the
    /// endpoint may replace it.
    RefreshToken(PathBuf),
}

/// What a client says first in XOAUTH2, before base64. It holds the token.
#[must_use]
pub fn xoauth2(username: &str, token: &AccessToken) -> SecretString {
    SecretString::from(format!("user={username}\x01auth=Bearer {}\x01\x01", token.secret().expose_secret()))
}
