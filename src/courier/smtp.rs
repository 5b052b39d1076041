//! The SMTP courier: one connection and one transaction for each message, so that a refusal has one
//! message, one recipient and one phase.
//!
//! Invariants: certificates are always checked; a password travels only inside TLS; what is not
//! clearly accepted after the final dot is not accepted; what is unclear is temporary.

mod sign_in;

use std::error::Error as _;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::ExposeSecret;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::line_stream::LineStream;
use super::{Courier, CourierError, Envelope, ascii_address, may_travel, one_line};
use crate::domain::delivery::Handover;
use crate::domain::ids::EmailAddress;
use crate::oauth::SignIn;

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314 §3.3), usually port 465.
    Tls,
    /// Plain at first, then STARTTLS, which must be offered (RFC 3207), usually port 587.
    StartTls,
    /// No TLS and no sign-in: a mail server on this machine, reached over the loopback.
    LocalRelay,
}

/// How long each phase may take. The defaults are those of RFC 5321 §4.5.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpTimeouts {
    /// To find the host and connect.
    pub connect: Duration,
    /// For the greeting, TLS, sign-in, sender or recipient to be answered.
    pub command: Duration,
    /// For DATA to be answered.
    pub data: Duration,
    /// For the text to be sent and, after the final dot, answered.
    pub end_of_data: Duration,
}

impl Default for SmtpTimeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(30), command: seconds(5 * 60), data: seconds(2 * 60), end_of_data: seconds(10 * 60) }
    }
}

/// Where the mail server is and how to use it.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Name or IP address; the certificate must be for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the way is protected.
    pub security: SmtpSecurity,
    /// The name to sign in with, and what goes with it.
    pub sign_in: Option<(String, SignIn)>,
    /// PEM file of certificate authorities to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long each phase may take.
    pub timeouts: SmtpTimeouts,
}

/// Hands messages to a mail server.
pub struct SmtpCourier {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
}

impl fmt::Debug for SmtpCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpCourier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// How long to say goodbye. The answer changes nothing.
const GOODBYE: Duration = Duration::from_secs(5);

/// What we were doing when something was answered, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Greeting,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Data,
    Text,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "our greeting",
            Self::StartTls => "STARTTLS",
            Self::SignIn => "our sign-in",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Data => "DATA",
            Self::Text => "the message",
        })
    }
}

impl SmtpCourier {
    /// Checks the settings and reads the certificate authority; connects to nothing.
    ///
    /// # Errors
    /// [`CourierError::Settings`] for a password that would travel without TLS, a local relay that
    /// is not local, or a certificate file that cannot be used.
    pub fn new(settings: SmtpSettings) -> Result<Self, CourierError> {
        let SmtpSettings { host, port, security, sign_in, .. } = &settings;
        let fault = |words: &str| Err(CourierError::Settings(format!("mail server {host}:{port}: {words}")));
        let tls = if *security == SmtpSecurity::LocalRelay {
            if sign_in.is_some() {
                return fault("a password is never sent without TLS; use tls or starttls, or set no sign-in");
            }
            let address: Option<IpAddr> = host.parse().ok();
            if !address.map_or(host == "localhost", |address| address.is_loopback()) {
                return fault("a local relay must be localhost, 127.0.0.1 or ::1; use tls or starttls for others");
            }
            None
        } else {
            Some(tls_parameters(&settings)?)
        };
        Ok(Self { settings, tls })
    }

    fn place(&self) -> String {
        format!("{}:{}", self.settings.host, self.settings.port)
    }

    /// Connects and protects the connection. The error is the answer to give.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Handover> {
        let limits = self.settings.timeouts;
        let unreachable = |error: &dyn fmt::Display| {
            let place = self.place();
            Handover::TemporaryFailure(format!("cannot reach {place}: {error}; check host, port, DNS and firewall"))
        };
        let addresses: Vec<SocketAddr> =
            timeout(limits.connect, lookup_host((self.settings.host.as_str(), self.settings.port)))
                .await
                .map_err(|late| unreachable(&late))?
                .map_err(|error| unreachable(&error))?
                .filter(|address| self.tls.is_some() || address.ip().is_loopback())
                .collect();

        let hello = ClientId::default();
        let mut connection = if self.settings.security == SmtpSecurity::Tls {
            let tls = self.tls.clone();
            let connecting =
                AsyncSmtpConnection::connect_tokio1(addresses.as_slice(), Some(limits.connect), &hello, tls, None);
            self.within(Phase::Greeting, limits.connect.saturating_add(limits.command), connecting).await?
        } else {
            let stream = timeout(limits.connect, TcpStream::connect(addresses.as_slice()))
                .await
                .map_err(|late| unreachable(&late))?
                .map_err(|error| unreachable(&error))?;
            // Without this every message waits for a delayed ACK before its final dot.
            stream.set_nodelay(true).map_err(|error| unreachable(&error))?;
            let connecting = AsyncSmtpConnection::connect_with_transport(Box::new(LineStream::new(stream)), &hello);
            self.within(Phase::Greeting, limits.command, connecting).await?
        };
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.settings.security, self.tls.clone()) {
            if !connection.can_starttls() {
                return Err(Handover::CourierFault(format!(
                    "{} does not offer STARTTLS, so nothing was sent; check the port, or use tls",
                    self.place()
                )));
            }
            self.within(Phase::StartTls, limits.command, connection.starttls(tls, &hello)).await?;
        }
        Ok(connection)
    }

    /// One mail transaction. The answer is the server's words after the final dot.
    async fn transact(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: Address,
        to: Address,
        bytes: &[u8],
    ) -> Result<String, Handover> {
        let limits = self.settings.timeouts;
        // The client library ends the text with CRLF itself; our last one would become an empty line.
        let text = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);

        let answer = connection.command(Mail::new(Some(from), vec![]));
        self.completed(Phase::Sender, &self.within(Phase::Sender, limits.command, answer).await?)?;
        let answer = connection.command(Rcpt::new(to, vec![]));
        self.completed(Phase::Recipient, &self.within(Phase::Recipient, limits.command, answer).await?)?;
        let answer = self.within(Phase::Data, limits.data, connection.command(Data)).await?;
        if !answer.has_code(354) {
            return Err(self.unclear(Phase::Data, &answer));
        }
        let answer = self.within(Phase::Text, limits.end_of_data, connection.message(text)).await?;
        self.completed(Phase::Text, &answer)?;
        let words: Vec<&str> = answer.message().collect();
        Ok(one_line(&format!("{} {}", answer.code(), words.join(" "))))
    }

    /// Waits for an answer at most so long; turns everything but a positive answer into ours.
    async fn within<T>(
        &self,
        phase: Phase,
        limit: Duration,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Handover> {
        match timeout(limit, answer).await {
            Ok(answer) => answer.map_err(|error| self.trouble(phase, &error)),
            Err(_late) => {
                let place = self.place();
                Err(unanswered(phase, format!("{place} did not answer {phase} within {limit:?}")))
            }
        }
    }

    /// Only 2xx completes a command.
    fn completed(&self, phase: Phase, answer: &Response) -> Result<(), Handover> {
        let done = answer.code().severity == Severity::PositiveCompletion;
        if done { Ok(()) } else { Err(self.unclear(phase, answer)) }
    }

    fn unclear(&self, phase: Phase, answer: &Response) -> Handover {
        Handover::TemporaryFailure(format!("{} answered {} to {phase}, which is unclear", self.place(), answer.code()))
    }

    /// What an error means: whose fault it is and whether to try again.
    fn trouble(&self, phase: Phase, error: &Error) -> Handover {
        let place = self.place();
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let cause = self.without_secret(&one_line(&cause));
        let Some(code) = error.status().map(u16::from) else {
            return if phase == Phase::SignIn && error.is_client() {
                Handover::CourierFault(format!(
                    "{place} offers no sign-in by password (PLAIN, LOGIN); check the port, or sign in with tokens"
                ))
            } else if is_tls_failure(error) {
                Handover::CourierFault(format!(
                    "no safe connection to {place}: {cause}; check the host name, port, certificate and CA file"
                ))
            } else {
                unanswered(phase, format!("connection to {place} failed at {phase}: {cause}"))
            };
        };
        let words = format!("{place} refused {phase}: {code} {cause}");
        match (phase, code) {
            (_, 421) => Handover::TemporaryFailure(words),
            // RFC 4954 §6: these are about our sign-in, in whatever phase they come.
            (Phase::SignIn, _) | (_, 530 | 534 | 535 | 538) => {
                Handover::CourierFault(format!("{words}; check user name and password"))
            }
            (_, 400..=499) => Handover::TemporaryFailure(words),
            (Phase::Greeting | Phase::StartTls, _) => {
                Handover::CourierFault(format!("{words}; check that this server may be used from here"))
            }
            _ => Handover::PermanentFailure(words),
        }
    }

    /// A server that repeats the password in its answer must not put it into our records.
    fn without_secret(&self, words: &str) -> String {
        match &self.settings.sign_in {
            Some((_, SignIn::Password(password))) if !password.expose_secret().is_empty() => {
                words.replace(password.expose_secret(), "[hidden]")
            }
            _ => words.to_owned(),
        }
    }

    async fn goodbye(&self, mut connection: AsyncSmtpConnection) {
        let _ = timeout(GOODBYE.min(self.settings.timeouts.command), connection.quit()).await;
    }
}

#[async_trait]
impl Courier for SmtpCourier {
    async fn hand_over(&self, envelope: &Envelope, bytes: &[u8]) -> Handover {
        if !may_travel(bytes) {
            return Handover::PermanentFailure("the message is not ASCII with CRLF line ends".to_owned());
        }
        let (Some(from), Some(to)) = (address(&envelope.from), address(&envelope.to)) else {
            return Handover::PermanentFailure(
                "the address of sender or recipient is not ASCII before the @".to_owned(),
            );
        };
        let mut connection = match self.open().await {
            Ok(connection) => connection,
            Err(answer) => return answer,
        };
        let answer = self.transact(&mut connection, from, to, bytes).await;
        self.goodbye(connection).await;
        answer.map_or_else(|refusal| refusal, Handover::Accepted)
    }

    async fn probe(&self) -> Result<String, CourierError> {
        // Somebody is waiting at a terminal: not as long as for a message.
        let limit = self.settings.timeouts.connect.saturating_mul(2);
        let opened = timeout(limit, self.open()).await.unwrap_or_else(|_| {
            Err(Handover::TemporaryFailure(format!(
                "{} did not greet us within {limit:?}; check the port",
                self.place()
            )))
        });
        let connection = opened.map_err(|answer| match answer {
            Handover::TemporaryFailure(words) | Handover::InDoubt(words) => CourierError::Unavailable(words),
            Handover::Accepted(words) | Handover::PermanentFailure(words) | Handover::CourierFault(words) => {
                CourierError::Refused(words)
            }
        })?;
        self.goodbye(connection).await;
        let tls = if self.tls.is_some() { "over TLS" } else { "as local relay" };
        let signed_in = if self.settings.sign_in.is_some() { ", signed in" } else { "" };
        Ok(format!("{} answers {tls}{signed_in}", self.place()))
    }
}

/// No answer. After the final dot the server may have the message although it did not say so.
fn unanswered(phase: Phase, words: String) -> Handover {
    if phase == Phase::Text {
        Handover::InDoubt(format!("{words}; it may have accepted the message all the same"))
    } else {
        Handover::TemporaryFailure(words)
    }
}

/// A failed handshake or certificate check, which the client library reports as a connection error.
fn is_tls_failure(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData) {
            return true;
        }
        source = cause.source();
    }
    error.is_tls()
}

fn address(address: &EmailAddress) -> Option<Address> {
    let text = ascii_address(address)?;
    let (local, domain) = text.rsplit_once('@')?;
    // `EmailAddress` allows no white space, controls or brackets. The client library's own check
    // refuses addresses that exist, such as `a..b@`; whether one exists is for the server to say.
    Some(Address::new_dangerous(local, domain))
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, CourierError> {
    let SmtpSettings { host, port, ca_file, .. } = settings;
    let builder = TlsParametersBuilder::new(host.clone());
    let builder = match ca_file {
        // Beside the system's authorities, as for mailboxes.
        Some(path) => builder.add_root_certificate(certificate_authority(path)?),
        None => builder,
    };
    builder.build().map_err(|error| {
        let cause = one_line(&error.to_string());
        CourierError::Settings(format!(
            "mail server {host}:{port}: cannot prepare TLS: {cause}; check the CA file, or install ca-certificates"
        ))
    })
}

fn certificate_authority(path: &Path) -> Result<Certificate, CourierError> {
    let fault = |words: &str| CourierError::Settings(format!("CA file {}: {words}", path.display()));
    let pem = std::fs::read(path).map_err(|error| fault(&error.to_string()))?;
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(fault("holds no PEM certificate"));
    }
    Certificate::from_pem(&pem).map_err(|_| fault("holds a certificate that cannot be read"))
}
