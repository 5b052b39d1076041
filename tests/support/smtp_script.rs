//! A mail server that misbehaves exactly as told, one answer for each step, and writes down what it
//! was told. For what a real server cannot be made to do at will.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::ca::Issued;

/// What to do at a step instead of the usual.
#[derive(Debug, Clone)]
pub enum Act {
    /// Say this, with CRLF added.
    Say(String),
    /// Close the connection.
    Drop,
    /// Say nothing, for ever.
    Stall,
}

/// Whether and when the server speaks TLS.
pub enum Way {
    /// Never.
    Plain,
    /// After STARTTLS.
    StartTls(Issued),
    /// From the first byte.
    Tls(Issued),
}

/// A running server; stopped on drop.
pub struct SmtpScript {
    /// Its port on 127.0.0.1.
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

/// The steps: `GREETING`, the command verbs in capitals, and `TEXT` for the final dot.
pub type Acts = BTreeMap<&'static str, Act>;

impl SmtpScript {
    /// Starts a server that does these things instead of the usual.
    pub async fn start(way: Way, acts: Acts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, way) = (Arc::new(Mutex::new(Vec::new())), Arc::new(way));
        let session = Session { acts: Arc::new(acts), heard: Arc::clone(&heard) };
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(session.clone().serve(tcp, Arc::clone(&way)));
            }
        });
        Self { port, heard, task }
    }

    /// Every line any client has sent, commands and text.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Whether a command with this verb has been heard.
    pub fn heard_verb(&self, verb: &str) -> bool {
        self.heard().iter().any(|line| line.starts_with(verb))
    }
}

impl Drop for SmtpScript {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Session {
    acts: Arc<Acts>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Session {
    async fn serve(self, tcp: TcpStream, way: Arc<Way>) {
        match &*way {
            Way::Plain => {
                self.talk(&mut BufReader::new(tcp), "250 ok").await;
            }
            Way::StartTls(issued) => {
                let mut plain = BufReader::new(tcp);
                if self.talk(&mut plain, "250-ok\r\n250 STARTTLS").await.is_some()
                    && let Ok(tls) = acceptor(issued).accept(plain.into_inner()).await
                {
                    self.converse(&mut BufReader::new(tls), "250-ok\r\n250 AUTH PLAIN LOGIN XOAUTH2").await;
                }
            }
            Way::Tls(issued) => {
                if let Ok(tls) = acceptor(issued).accept(tcp).await {
                    self.talk(&mut BufReader::new(tls), "250-ok\r\n250 AUTH PLAIN LOGIN XOAUTH2").await;
                }
            }
        }
    }

    /// Greets, then converses.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>, ehlo: &str) -> Option<()> {
        self.act(stream, "GREETING", "220 script").await?;
        self.converse(stream, ehlo).await
    }

    /// Answers commands; something when TLS comes next, nothing when the conversation is over.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>, ehlo: &str) -> Option<()> {
        loop {
            let line = self.hear(stream).await?;
            match line.split(' ').next().unwrap_or_default() {
                "EHLO" => self.act(stream, "EHLO", ehlo).await?,
                "STARTTLS" => {
                    self.act(stream, "STARTTLS", "220 go on").await?;
                    return Some(());
                }
                "AUTH" => self.act(stream, "AUTH", "235 welcome").await?,
                "MAIL" => self.act(stream, "MAIL", "250 sender ok").await?,
                "RCPT" => self.act(stream, "RCPT", "250 recipient ok").await?,
                "DATA" if self.act(stream, "DATA", "354 go on").await? => {
                    while self.hear(stream).await? != "." {}
                    self.act(stream, "TEXT", "250 queued as SCRIPT1").await?
                }
                "QUIT" => {
                    self.act(stream, "QUIT", "221 bye").await?;
                    return None;
                }
                _ => true,
            };
        }
    }

    async fn hear<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>) -> Option<String> {
        let mut line = String::new();
        let read = stream.read_line(&mut line).await.ok()?;
        let line = line.trim_end().to_owned();
        self.heard.lock().unwrap().push(line.clone());
        (read > 0).then_some(line)
    }

    /// Does what the script says for a step. Whether the usual was said; `None` ends the connection.
    async fn act<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        step: &str,
        usual: &str,
    ) -> Option<bool> {
        let (words, is_usual) = match self.acts.get(step) {
            None => (usual, true),
            Some(Act::Say(words)) => (words.as_str(), false),
            Some(Act::Drop) => return None,
            Some(Act::Stall) => std::future::pending().await,
        };
        stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).await.ok()?;
        stream.get_mut().flush().await.ok()?;
        Some(is_usual)
    }
}

fn acceptor(issued: &Issued) -> TlsAcceptor {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
