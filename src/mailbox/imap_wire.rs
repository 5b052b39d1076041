//! The wire to an IMAP server: connecting, signing in, and one way to run a command.
//!
//! Nothing counts as an answer but the tagged line of the command that was sent: end of stream, BYE,
//! BAD, a late or unreadable line, or a parser that panics is a fault. Every wait is bounded: for the
//! next byte, and for the whole answer. The password is only sent inside TLS with a checked
//! certificate. Bytes from the server never get into an error.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_imap::Session;
use async_imap::error::Error as ImapError;
use futures::FutureExt;
use imap_proto::{MailboxDatum, Outcome, RequestId, Response, ResponseCode, Status};
use rustls::CertificateError;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::backoff::asked_to_wait;
use super::error::{MailboxFault, brief};
use super::imap_reach::reach;
use super::imap_settings::{ImapSecurity, ImapSettings};
use super::imap_sign_in::{self, SignedIn};
use super::imap_stream::Bounded;

/// A signed-in connection.
#[derive(Debug)]
pub(super) struct Wire {
    session: Session<Bounded<TlsStream<TcpStream>>>,
    signed_in: SignedIn,
    patience: Duration,
    /// Whether the server has spoken of messages (EXISTS, RECENT) since this was last looked at.
    news: bool,
}

/// The tagged line of a command.
#[derive(Debug)]
pub(super) enum Answer {
    /// OK, and whether it said READ-ONLY.
    Done {
        /// The folder was opened for reading only.
        read_only: bool,
    },
    /// NO, with the server's words.
    Refused(String),
}

impl Answer {
    /// Makes a NO an error that will be tried again.
    pub(super) fn done(self, doing: &'static str) -> Result<(), MailboxFault> {
        match self {
            Self::Done { .. } => Ok(()),
            Self::Refused(reason) => Err(MailboxFault::Refused { doing, reason }),
        }
    }
}

impl Wire {
    /// Connects, begins TLS, signs in; with a new token once more if the one at hand is not taken.
    pub(super) async fn connect(settings: &ImapSettings) -> Result<Self, MailboxFault> {
        let mut tried = None;
        loop {
            let with = SignedIn::with(&settings.sign_in).await?;
            let (tls, can) = open(settings).await?;
            let signing_in = imap_sign_in::sign_in(tls, &can, settings, &with);
            match guarded("sign in", settings.read_timeout, signing_in).await? {
                Ok(session) => {
                    return Ok(Self { session, signed_in: with, patience: settings.read_timeout, news: false });
                }
                Err(fault @ MailboxFault::TokenRefused { .. }) if tried.is_none() => {
                    tracing::debug!(mailbox = settings.name, "The token was refused; asking for another");
                    with.refused().await;
                    tried = Some(fault);
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Whether it is time to sign in anew: soon the server may end the session.
    pub(super) fn is_stale(&self) -> bool {
        self.signed_in.is_stale()
    }

    /// Runs one command to its tagged line; what comes before it goes to `each`. `extra` is the time
    /// allowed for the whole answer beyond the usual; without a byte from the server the usual time is
    /// all there is.
    pub(super) async fn command(
        &mut self,
        doing: &'static str,
        command: &str,
        extra: Duration,
        each: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Answer, MailboxFault> {
        let deadline = self.deadline(extra);
        let sent = self.begin(doing, command).await?;
        self.finish(doing, &sent, deadline, each).await
    }

    /// Until when an answer may take that is allowed so much time beyond the usual.
    pub(super) fn deadline(&self, extra: Duration) -> Instant {
        Instant::now() + self.patience + extra
    }

    /// Sends a command.
    pub(super) async fn begin(&mut self, doing: &'static str, command: &str) -> Result<RequestId, MailboxFault> {
        let sent = guarded(doing, self.patience, self.session.run_command(command)).await?;
        sent.map_err(|error| unsent(doing, error))
    }

    /// Sends a line that belongs to a command under way.
    pub(super) async fn say(&mut self, doing: &'static str, line: &str) -> Result<(), MailboxFault> {
        let sent = guarded(doing, self.patience, self.session.run_command_untagged(line)).await?;
        sent.map_err(|error| unsent(doing, error))
    }

    /// Reads up to the tagged line of a command that was sent.
    pub(super) async fn finish(
        &mut self,
        doing: &'static str,
        sent: &RequestId,
        deadline: Instant,
        mut each: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Answer, MailboxFault> {
        let mut look = |response: &Response<'_>| match response {
            Response::Done { tag, .. } if tag != sent => {
                Some(Err(protocol(doing, "the answer belongs to another command")))
            }
            Response::Done { status: Status::Ok, outcome, .. } => {
                Some(Ok(Answer::Done { read_only: outcome.code == Some(ResponseCode::ReadOnly) }))
            }
            Response::Done { status: Status::No, outcome, .. } => Some(refused(doing, words(outcome))),
            Response::Done { outcome, .. } => {
                Some(Err(protocol(doing, &format!("the server said BAD: {}", words(outcome)))))
            }
            untagged => {
                each(untagged);
                None
            }
        };
        loop {
            if let Some(answer) = self.response(doing, deadline, &mut look).await? {
                return answer;
            }
        }
    }

    /// The next response: waited for as long as bytes come, and never past the deadline.
    async fn response<T>(
        &mut self,
        doing: &'static str,
        deadline: Instant,
        mut look: impl FnMut(&Response<'_>) -> T + Send,
    ) -> Result<T, MailboxFault> {
        let began = Instant::now();
        loop {
            let heard = self.session.get_ref().received();
            let left = deadline.saturating_duration_since(Instant::now());
            match self.next(doing, self.patience.min(left), &mut look).await {
                Err(MailboxFault::TimedOut { .. }) if Instant::now() >= deadline => {
                    return Err(MailboxFault::TimedOut { doing, patience: began.elapsed() });
                }
                Err(MailboxFault::TimedOut { .. }) if self.session.get_ref().received() > heard => {}
                looked => return looked,
            }
        }
    }

    /// Looks at the next response, if it comes within a time. A wait that ends too early loses no bytes.
    pub(super) async fn next<T>(
        &mut self,
        doing: &'static str,
        within: Duration,
        look: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, MailboxFault> {
        let response = guarded(doing, within, self.session.read_response())
            .await?
            .map_err(|error| broken(doing, &error))?
            .ok_or_else(|| lost(doing, "without an answer"))?;
        match response.parsed() {
            Response::Data { status: Status::Bye, outcome } => {
                let reason = words(outcome);
                if reason.contains("AccessTokenExpired") {
                    self.signed_in.refused().await;
                }
                return Err(lost(doing, &reason));
            }
            Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_)) => self.news = true,
            _ => {}
        }
        Ok(look(response.parsed()))
    }

    /// Whether the server has spoken of messages since the last time this was asked.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }
}

/// Connects and begins TLS. Gives what the server can do before anybody has signed in, in capitals.
async fn open(settings: &ImapSettings) -> Result<(TlsStream<TcpStream>, String), MailboxFault> {
    let config = crate::tls::client_config(settings.ca_file.as_deref()).map_err(MailboxFault::Authorities)?;
    let name = ServerName::try_from(settings.host.clone())
        .map_err(|_| MailboxFault::Unreachable { reason: "the host is not a valid name".to_owned() })?;
    let mut tcp = reach(&settings.host, settings.port, settings.connect_timeout).await?;
    let patience = settings.read_timeout;
    if settings.security == ImapSecurity::StartTls {
        guarded("offer STARTTLS", patience, start_tls(&mut tcp)).await??;
    }
    let handshake = TlsConnector::from(Arc::clone(&config)).connect(name, tcp);
    let mut tls = guarded("begin TLS", settings.connect_timeout, handshake).await?.map_err(tls_fault)?;
    if settings.security == ImapSecurity::Tls {
        guarded("greet", patience, greeting(&mut tls)).await??;
    }
    let can = guarded("list its capabilities", patience, capabilities(&mut tls)).await??;
    Ok((tls, can))
}

/// What the server can do, asked after TLS has begun: what was said in clear counts for nothing
/// (RFC 9051 §6.2.1).
async fn capabilities(tls: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<String, MailboxFault> {
    const DOING: &str = "list its capabilities";
    const MOST_LINES: usize = 100;
    tls.write_all(b"c1 CAPABILITY\r\n").await.map_err(|error| broken(DOING, &error))?;
    tls.flush().await.map_err(|error| broken(DOING, &error))?;
    let mut can = String::new();
    for _line in 0..MOST_LINES {
        let line = read_line(tls, DOING).await?.to_ascii_uppercase();
        if let Some(list) = line.strip_prefix("* CAPABILITY ") {
            can = format!(" {list} ");
        } else if line.starts_with("* BYE") {
            return Err(lost(DOING, &line));
        } else if line.starts_with("C1 ") {
            // A server that will not say is taken at its usual word.
            return Ok(can);
        } else if !line.starts_with("* ") {
            return Err(protocol(DOING, "the answer is not IMAP"));
        }
    }
    Err(protocol(DOING, "the answer does not end"))
}

/// Bounds the time of a step, and makes a panic in the protocol parser a fault of this connection.
async fn guarded<T>(doing: &'static str, patience: Duration, step: impl Future<Output = T>) -> Result<T, MailboxFault> {
    match tokio::time::timeout(patience, AssertUnwindSafe(step).catch_unwind()).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_panic)) => Err(protocol(doing, "the protocol parser failed on it")),
        Err(_elapsed) => Err(MailboxFault::TimedOut { doing, patience }),
    }
}

/// Asks for TLS in the clear. Read a byte at a time, so that anything injected behind the server's
/// OK is left for the TLS handshake to choke on (RFC 9051 §11.3). PREAUTH would mean a session
/// without TLS, so it is refused like everything that is not OK.
async fn start_tls(tcp: &mut TcpStream) -> Result<(), MailboxFault> {
    const DOING: &str = "offer STARTTLS";
    greeting(tcp).await?;
    tcp.write_all(b"s1 STARTTLS\r\n").await.map_err(|error| broken(DOING, &error))?;
    loop {
        let line = read_line(tcp, DOING).await?;
        if let Some(answer) = line.strip_prefix("s1 ") {
            return if keyword(answer) == "OK" {
                Ok(())
            } else {
                Err(MailboxFault::NoStartTls { reason: brief(answer) })
            };
        }
        if !line.starts_with("* ") {
            return Err(protocol(DOING, "the answer is not IMAP"));
        }
    }
}

async fn greeting(stream: &mut (impl AsyncRead + Unpin)) -> Result<(), MailboxFault> {
    const DOING: &str = "greet";
    let line = read_line(stream, DOING).await?;
    let said = line.strip_prefix("* ").unwrap_or_default();
    match keyword(said).as_str() {
        "OK" => Ok(()),
        "BYE" => Err(lost(DOING, said)),
        _ => Err(protocol(DOING, "the greeting is not that of an IMAP server that wants a sign-in")),
    }
}

fn keyword(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}

async fn read_line(stream: &mut (impl AsyncRead + Unpin), doing: &'static str) -> Result<String, MailboxFault> {
    const LONGEST: usize = 8192;
    let mut line = Vec::new();
    while line.len() < LONGEST {
        match stream.read_u8().await.map_err(|error| broken(doing, &error))? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            byte => line.push(byte),
        }
    }
    Err(protocol(doing, "the line does not end"))
}

/// A NO that only asks us to wait is not the answer to what was asked.
fn refused(doing: &'static str, reason: String) -> Result<Answer, MailboxFault> {
    if asked_to_wait(&reason).is_some() {
        Err(MailboxFault::Refused { doing, reason })
    } else {
        Ok(Answer::Refused(reason))
    }
}

fn unsent(doing: &'static str, error: ImapError) -> MailboxFault {
    match error {
        ImapError::Io(error) => broken(doing, &error),
        _ => lost(doing, "the command could not be sent"),
    }
}

fn words(outcome: &Outcome<'_>) -> String {
    brief(outcome.information.as_deref().unwrap_or_default())
}

pub(super) fn protocol(doing: &'static str, reason: &str) -> MailboxFault {
    MailboxFault::Protocol { doing, reason: reason.to_owned() }
}

pub(super) fn lost(doing: &'static str, reason: &str) -> MailboxFault {
    MailboxFault::Lost { doing, reason: brief(reason) }
}

/// A parse error's text holds the whole buffer, that is other people's mail: only its kind is told.
pub(super) fn broken(doing: &'static str, error: &io::Error) -> MailboxFault {
    match error.kind() {
        io::ErrorKind::Other => protocol(doing, "the answer is not IMAP"),
        io::ErrorKind::FileTooLarge => protocol(doing, "the answer is larger than what was asked for"),
        kind => lost(doing, &kind.to_string()),
    }
}

fn tls_fault(error: io::Error) -> MailboxFault {
    use CertificateError as Certificate;
    let kind = error.kind();
    let Some(cause) = error.into_inner().and_then(|inner| inner.downcast::<rustls::Error>().ok()) else {
        return lost("begin TLS", &kind.to_string());
    };
    let (reason, remedy) = match *cause {
        rustls::Error::InvalidCertificate(Certificate::UnknownIssuer | Certificate::BadSignature) => (
            "its certificate is signed by no authority known here".to_owned(),
            "name the file of the private CA in ca_file, or put a public certificate on the server",
        ),
        rustls::Error::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => (
            "its certificate has expired".to_owned(),
            "renew the certificate on the server, and check this machine's clock",
        ),
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => ("its certificate is for another name".to_owned(), "check that host is the name in the certificate"),
        rustls::Error::InvalidCertificate(other) => {
            (brief(&other.to_string()), "put a valid certificate on the server")
        }
        rustls::Error::InvalidMessage(_) => ("its answer is not TLS".to_owned(), "check port and security"),
        other => (brief(&other.to_string()), "check the TLS settings of the server"),
    };
    MailboxFault::Tls { reason, remedy }
}
