//! An IMAP server that misbehaves as told. It signs anybody in and has an INBOX; answers of the test
//! come first, each once, in the order of the commands they wait for.

use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::ca::Issued;

/// One answer: to the first command that holds `to`, the bytes of `say`. In them `TAG` stands for
/// the command's tag; after `CLOSE` the connection is closed, after `HANG` nothing more is said.
#[derive(Clone, Copy)]
pub struct Answer {
    pub to: &'static str,
    pub say: &'static str,
}

/// How the server begins.
#[derive(Clone, Copy)]
pub enum Begin {
    /// With TLS.
    Tls,
    /// In the clear with this greeting, and with TLS after a STARTTLS that it answers OK.
    Clear(&'static str),
}

/// A running server, ended when dropped.
pub struct ImapScript {
    pub port: u16,
    heard: Arc<Mutex<String>>,
    task: tokio::task::JoinHandle<()>,
}

impl ImapScript {
    /// Starts one on a free port.
    pub async fn start(begin: Begin, certificate: &Issued, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let chain = vec![CertificateDer::from_pem_slice(certificate.certificate_pem.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let heard = Arc::new(Mutex::new(String::new()));
        let (mut script, hears) = (answers.to_vec(), Arc::clone(&heard));
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                // A client that hangs up is what most of these tests are about.
                let _ = serve(tcp, begin, &acceptor, &mut script, &hears).await;
            }
        });
        Self { port, heard, task }
    }

    /// Every line that came from the client, in clear or inside TLS.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for ImapScript {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut tcp: TcpStream,
    begin: Begin,
    acceptor: &TlsAcceptor,
    script: &mut Vec<Answer>,
    heard: &Mutex<String>,
) -> std::io::Result<()> {
    if let Begin::Clear(greeting) = begin {
        tcp.write_all(greeting.as_bytes()).await?;
        if !talk(&mut tcp, script, heard).await? {
            return Ok(());
        }
        let mut tls = acceptor.accept(tcp).await?;
        return talk(&mut tls, script, heard).await.map(drop);
    }
    let mut tls = acceptor.accept(tcp).await?;
    tls.write_all(b"* OK ready\r\n").await?;
    talk(&mut tls, script, heard).await.map(drop)
}

/// Answers commands until the connection ends, or (true) TLS is to begin.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    script: &mut Vec<Answer>,
    heard: &Mutex<String>,
) -> std::io::Result<bool> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut raw = Vec::new();
        if stream.read_until(b'\n', &mut raw).await? == 0 {
            return Ok(false);
        }
        let line = String::from_utf8_lossy(&raw).into_owned();
        heard.lock().unwrap().push_str(&line);
        let tag = line.split(' ').next().unwrap().to_owned();
        let scripted = script.iter().any(|answer| line.contains(answer.to));
        if line.contains("AUTHENTICATE") && !scripted {
            stream.write_all(b"+ \r\n").await?;
            stream.flush().await?;
            let mut secret = Vec::new();
            stream.read_until(b'\n', &mut secret).await?;
            heard.lock().unwrap().push_str(&String::from_utf8_lossy(&secret));
        }
        let say = match script.iter().position(|answer| line.contains(answer.to)) {
            Some(place) => script.remove(place).say,
            None => usual(&line),
        };
        let (say, ending) = match (say.split_once("CLOSE"), say.split_once("HANG")) {
            (Some((say, _)), _) => (say, "CLOSE"),
            (_, Some((say, _))) => (say, "HANG"),
            _ => (say, ""),
        };
        stream.write_all(say.replace("TAG", &tag).as_bytes()).await?;
        stream.flush().await?;
        match ending {
            "CLOSE" => return Ok(false),
            "HANG" => std::future::pending().await,
            _ if line.contains("STARTTLS") && say.starts_with("TAG OK") => return Ok(true),
            _ => {}
        }
    }
}

fn usual(line: &str) -> &'static str {
    let command = line.split(' ').nth(1).unwrap_or_default().trim();
    match command {
        "CAPABILITY" => "* CAPABILITY IMAP4rev1 UIDPLUS AUTH=XOAUTH2\r\nTAG OK done\r\n",
        "SELECT" | "EXAMINE" => "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] stable\r\nTAG OK [READ-WRITE] open\r\n",
        "UID" if line.contains("SEARCH") => "* SEARCH 1 2 3\r\nTAG OK done\r\n",
        "UID" if line.contains("RFC822.SIZE") => "TAG OK done\r\n",
        "UID" if line.contains("BODY.PEEK[]") => ALL_THREE,
        _ => "TAG OK done\r\n",
    }
}

/// The usual answer to a fetch: three messages.
const ALL_THREE: &str = "* 1 FETCH (UID 1 INTERNALDATE \" 1-Dec-2025 09:00:00 +0000\" BODY[] {3}\r\none)\r\n\
     * 2 FETCH (UID 2 INTERNALDATE \" 2-Dec-2025 09:00:00 +0000\" BODY[] {3}\r\ntwo)\r\n\
     * 3 FETCH (UID 3 INTERNALDATE \" 3-Dec-2025 09:00:00 +0000\" BODY[] {5}\r\nthree)\r\nTAG OK done\r\n";
