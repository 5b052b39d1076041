//! The door to the virus scanner: ClamAV's clamd, over its socket on this machine.
//!
//! Invariant: bytes are clean only when clamd says so in the very words of its protocol (clamd(8),
//! INSTREAM). Everything else, silence included, is an error, and what asked withholds the bytes.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

/// How many bytes are sent in one piece.
const PIECE: usize = 64 * 1024;

/// The longest answer that is read; clamd's are one line.
const LONGEST_ANSWER: u64 = 4_096;

/// Where clamd listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClamdPlace {
    /// On a Unix socket.
    Unix(PathBuf),
    /// On a port of this machine.
    Tcp(SocketAddr),
}

/// A virus scanner.
#[derive(Debug, Clone)]
pub struct Scanner {
    /// Where clamd listens.
    pub place: ClamdPlace,
    /// How long one scan may take, connecting included.
    pub patience: Duration,
}

/// What the scanner says of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing known was found.
    Clean,
    /// This was found.
    Infected {
        /// The name of the signature, cleaned.
        signature: String,
    },
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum ScannerError {
    /// It cannot be reached, or hung up.
    #[error("the virus scanner does not answer ({0})")]
    Unreachable(#[from] io::Error),
    /// It took too long.
    #[error("the virus scanner took too long")]
    TooSlow,
    /// It reads no more than its `StreamMaxLength`.
    #[error("the virus scanner does not take files of this size")]
    TooLarge,
    /// It answered something else.
    #[error("the virus scanner gave no verdict: {0}")]
    NoVerdict(String),
}

impl Scanner {
    /// Has these bytes scanned.
    ///
    /// # Errors
    /// [`ScannerError`]: then nothing is known of the bytes.
    pub async fn scan(&self, bytes: &[u8]) -> Result<Verdict, ScannerError> {
        let answer = self.ask(b"zINSTREAM\0", Some(bytes)).await?;
        let said = answer.strip_prefix("stream: ").unwrap_or(&answer);
        match said.strip_suffix(" FOUND") {
            Some(signature) => Ok(Verdict::Infected { signature: signature.to_owned() }),
            None if said == "OK" => Ok(Verdict::Clean),
            None if said.contains("size limit exceeded") => Err(ScannerError::TooLarge),
            None => Err(ScannerError::NoVerdict(answer)),
        }
    }

    /// Has a few harmless bytes scanned, and gives clamd's own words on its version and signatures.
    ///
    /// # Errors
    /// [`ScannerError`]
    pub async fn probe(&self) -> Result<String, ScannerError> {
        match self.scan(b"complaintsd").await? {
            Verdict::Clean => self.ask(b"zVERSION\0", None).await,
            Verdict::Infected { signature } => {
                Err(ScannerError::NoVerdict(format!("it takes the word complaintsd for {signature}")))
            }
        }
    }

    async fn ask(&self, command: &[u8], bytes: Option<&[u8]>) -> Result<String, ScannerError> {
        let asked = async {
            match &self.place {
                ClamdPlace::Unix(path) => talk(UnixStream::connect(path).await?, command, bytes).await,
                ClamdPlace::Tcp(address) => talk(TcpStream::connect(address).await?, command, bytes).await,
            }
        };
        tokio::time::timeout(self.patience, asked).await.map_err(|_| ScannerError::TooSlow)?
    }
}

/// One question and its answer: one line, ended by NUL, without anything that could not be printed.
async fn talk<S>(mut stream: S, command: &[u8], bytes: Option<&[u8]>) -> Result<String, ScannerError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let sent = send(&mut stream, command, bytes).await;
    // A clamd that has seen enough answers and hangs up while we are still sending: its answer counts.
    let mut answer = Vec::new();
    let heard = (&mut stream).take(LONGEST_ANSWER).read_to_end(&mut answer).await;
    let Some(line) = answer.strip_suffix(b"\0") else {
        sent.and(heard.map(drop))?;
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    };
    if line.ends_with(b"OK") {
        // Praise for what it has not read to the end is worth nothing.
        sent?;
    }
    Ok(String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).collect())
}

async fn send<S>(stream: &mut S, command: &[u8], bytes: Option<&[u8]>) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    stream.write_all(command).await?;
    if let Some(bytes) = bytes {
        for piece in bytes.chunks(PIECE) {
            // A piece is far shorter than 4 GiB.
            stream.write_all(&u32::try_from(piece.len()).unwrap_or_default().to_be_bytes()).await?;
            stream.write_all(piece).await?;
        }
        stream.write_all(&[0; 4]).await?;
    }
    stream.flush().await
}
