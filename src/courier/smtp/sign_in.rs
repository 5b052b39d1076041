//! Signing in to a mail server: by password, or by token (AUTH XOAUTH2). A token that is refused is
//! renewed once. What is sent here is secret and some servers repeat it, so of an answer to a token
//! only the numbers are told.

use std::error::Error as _;

use data_encoding::BASE64;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Phase, SmtpCourier};
use crate::domain::delivery::Handover;
use crate::oauth::{AccessToken, SignIn, TokenSource, xoauth2};

/// What a server said to a token.
enum Said {
    Yes,
    /// No, by these numbers, such as `535 5.7.3`.
    No(String),
}

impl SmtpCourier {
    /// Connects, protects the connection and signs in. The error is the answer to give.
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, Handover> {
        match &self.settings.sign_in {
            None => self.connect().await,
            Some((name, SignIn::Password(password))) => {
                let mut connection = self.connect().await?;
                let credentials = Credentials::new(name.clone(), password.expose_secret().to_owned());
                let signing_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
                self.within(Phase::SignIn, self.settings.timeouts.command, signing_in).await?;
                Ok(connection)
            }
            Some((name, SignIn::Tokens(source))) => self.open_by_token(name, source).await,
        }
    }

    async fn open_by_token(&self, name: &str, source: &TokenSource) -> Result<AsyncSmtpConnection, Handover> {
        let mut renewed = false;
        loop {
            // Without a token no message can go: it is no message's fault.
            let token = source.token().await.map_err(|error| Handover::CourierFault(error.to_string()))?;
            let mut connection = self.connect().await?;
            if !connection.server_info().supports_auth_mechanism(Mechanism::Xoauth2) {
                let words = format!("{} offers no sign-in by token (XOAUTH2); check host and port", self.place());
                return Err(Handover::CourierFault(words));
            }
            match self.show_token(&mut connection, name, &token).await? {
                Said::Yes => return Ok(connection),
                Said::No(_) if !renewed => {
                    renewed = true;
                    source.refused(&token).await;
                    self.goodbye(connection).await;
                }
                Said::No(numbers) => return Err(Handover::CourierFault(self.refusal(name, source, &numbers))),
            }
        }
    }

    async fn show_token(
        &self,
        connection: &mut AsyncSmtpConnection,
        name: &str,
        token: &AccessToken,
    ) -> Result<Said, Handover> {
        let response = BASE64.encode(xoauth2(name, token).expose_secret().as_bytes());
        // A token is longer than a command line may be, so it waits for the server's question (RFC 4954
        // §4). The second question is a reason in JSON: after an empty line the server says no.
        let mut next = vec![SecretString::from("\r\n"), SecretString::from(response + "\r\n")];
        let mut line = SecretString::from("AUTH XOAUTH2\r\n");
        loop {
            let limit = self.settings.timeouts.command;
            let Ok(answer) = tokio::time::timeout(limit, connection.command(line.expose_secret())).await else {
                let words = format!("{} did not answer our sign-in within {limit:?}", self.place());
                return Err(Handover::TemporaryFailure(words));
            };
            match answer {
                Ok(answer) if answer.has_code(235) => return Ok(Said::Yes),
                Ok(answer) => match next.pop().filter(|_| answer.has_code(334)) {
                    Some(response) => line = response,
                    None => return Err(self.unclear(Phase::SignIn, &answer)),
                },
                Err(error) => match error.status().map(u16::from) {
                    Some(code @ 500..) => {
                        let words = error.source().map(ToString::to_string).unwrap_or_default();
                        return Ok(Said::No(format!("{code}{}", enhanced(&words))));
                    }
                    Some(code) => {
                        let words = format!("{} refused our sign-in for now: {code}", self.place());
                        return Err(Handover::TemporaryFailure(words));
                    }
                    None => {
                        let words = format!("connection to {} failed at our sign-in", self.place());
                        return Err(Handover::TemporaryFailure(words));
                    }
                },
            }
        }
    }

    fn refusal(&self, name: &str, source: &TokenSource, numbers: &str) -> String {
        let remedy = if numbers.ends_with(" 5.7.139") {
            "SMTP sign-in may be switched off for this mailbox or the whole tenant"
        } else {
            "check username, and that the application or the person who consented may send as this mailbox"
        };
        let (place, source) = (self.place(), source.name());
        format!("{place} refused the token of sign-in '{source}' for {name}: {numbers}; {remedy} (docs/SIGN-IN.md)")
    }
}

/// The enhanced status code (RFC 3463) that an answer begins with, with a space before it.
fn enhanced(words: &str) -> String {
    let first = words.split_whitespace().next().unwrap_or_default();
    let is_code = first.len() <= 11
        && first.split('.').count() == 3
        && first.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if is_code { format!(" {first}") } else { String::new() }
}
