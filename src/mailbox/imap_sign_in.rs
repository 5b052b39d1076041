//! Signing in: LOGIN or AUTHENTICATE PLAIN with a password, AUTHENTICATE XOAUTH2 with a token, always
//! inside TLS. What is sent here is secret, and some servers repeat it: their words are left out of
//! every error.

use std::time::Instant;

use async_imap::error::Error as ImapError;
use async_imap::{Authenticator, Client, Session};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::backoff::asked_to_wait;
use super::error::MailboxFault;
use super::imap_settings::ImapSettings;
use super::imap_stream::Bounded;
use super::imap_wire::{broken, lost, protocol};
use crate::oauth::{AccessToken, SignIn, TokenSource, xoauth2};

const DOING: &str = "sign in";

/// With what a connection is signed in.
#[derive(Debug)]
pub(super) enum SignedIn {
    Password(SecretString),
    Token(TokenSource, AccessToken),
}

impl SignedIn {
    /// The password, or a token that is good now.
    pub(super) async fn with(sign_in: &SignIn) -> Result<Self, MailboxFault> {
        Ok(match sign_in {
            SignIn::Password(password) => Self::Password(password.clone()),
            SignIn::Tokens(source) => {
                let token = source.token().await.map_err(|error| MailboxFault::NoToken(Box::new(error)))?;
                Self::Token(source.clone(), token)
            }
        })
    }

    /// The server does not take this token, or no longer.
    pub(super) async fn refused(&self) {
        if let Self::Token(source, token) = self {
            source.refused(token).await;
        }
    }

    /// Whether the token comes to its end.
    pub(super) fn is_stale(&self) -> bool {
        matches!(self, Self::Token(_, token) if Instant::now() >= token.renew_at())
    }
}

/// Signs in. `can` is what the server said it can do, in capitals.
pub(super) async fn sign_in(
    tls: TlsStream<TcpStream>,
    can: &str,
    settings: &ImapSettings,
    with: &SignedIn,
) -> Result<Session<Bounded<TlsStream<TcpStream>>>, MailboxFault> {
    let (client, username) = (Client::new(Bounded::new(tls)), &settings.username);
    let offers = |capability: &str| can.split_whitespace().any(|one| one == capability);
    match with {
        SignedIn::Password(password) if offers("LOGINDISABLED") && offers("AUTH=PLAIN") => {
            // RFC 4616 §2.
            let response = SecretString::from(format!("\0{username}\0{}", password.expose_secret()));
            let sasl = &mut Sasl { response: Some(response), challenge: Vec::new() };
            client.authenticate("PLAIN", sasl).await.map_err(|(error, _)| fault(&error, settings, with, ""))
        }
        SignedIn::Password(_) if offers("LOGINDISABLED") => {
            Err(MailboxFault::NoSuchSignIn { remedy: "it takes no password; sign in with tokens, see docs/SIGN-IN.md" })
        }
        SignedIn::Token(..) if !can.is_empty() && !offers("AUTH=XOAUTH2") => {
            Err(MailboxFault::NoSuchSignIn { remedy: "it takes no tokens (XOAUTH2); check host, or use a password" })
        }
        SignedIn::Password(password) => client
            .login(username, password.expose_secret())
            .await
            .map_err(|(error, _)| fault(&error, settings, with, "")),
        SignedIn::Token(_, token) => {
            let sasl = &mut Sasl { response: Some(xoauth2(username, token)), challenge: Vec::new() };
            let signed_in = client.authenticate("XOAUTH2", &mut *sasl).await;
            signed_in.map_err(|(error, _)| fault(&error, settings, with, &status(&sasl.challenge)))
        }
    }
}

/// Answers the server's first question with the secret, and the second, which is an error in JSON,
/// with an empty line; then the server says NO.
struct Sasl {
    response: Option<SecretString>,
    challenge: Vec<u8>,
}

impl Authenticator for &mut Sasl {
    type Response = Vec<u8>;

    fn process(&mut self, challenge: &[u8]) -> Vec<u8> {
        match self.response.take() {
            Some(response) => response.expose_secret().as_bytes().to_vec(),
            None => {
                self.challenge = challenge.to_vec();
                Vec::new()
            }
        }
    }
}

/// The status number in a server's error challenge, such as ` (status 401)`; nothing else of it.
fn status(challenge: &[u8]) -> String {
    let challenge: Option<serde_json::Value> = serde_json::from_slice(challenge).ok();
    let status = challenge.as_ref().and_then(|challenge| challenge.get("status")?.as_str()?.parse::<u16>().ok());
    status.map_or_else(String::new, |status| format!(" (status {status})"))
}

fn fault(error: &ImapError, settings: &ImapSettings, with: &SignedIn, said: &str) -> MailboxFault {
    match error {
        ImapError::No(words) if asked_to_wait(words).is_some() => {
            // In words of ours that ask for the same wait.
            let wait = asked_to_wait(words).unwrap_or_default().as_millis();
            let reason = format!("the server is not available now; suggested backoff time: {wait} milliseconds");
            MailboxFault::Refused { doing: DOING, reason }
        }
        ImapError::No(_) | ImapError::Validate(_) => match with {
            SignedIn::Password(_) => MailboxFault::SignInRefused { username: settings.username.clone() },
            SignedIn::Token(source, _) => MailboxFault::TokenRefused {
                username: settings.username.clone(),
                source_name: source.name().to_owned(),
                said: said.to_owned(),
            },
        },
        ImapError::Io(error) => broken(DOING, error),
        ImapError::ConnectionLost => lost(DOING, "without an answer"),
        _ => match with {
            SignedIn::Password(_) => protocol(DOING, "the server does not accept the LOGIN command"),
            SignedIn::Token(..) => protocol(DOING, "the server does not accept XOAUTH2"),
        },
    }
}
