//! A proxy before an IMAP server that does to a connection what networks and bad servers do: cut it,
//! reset it, stall it, slow it down, put lines in between. It ends TLS on both sides, with a
//! certificate of the test's authority, and so knows where the protocol's lines end.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::dovecot::Dovecot;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Server,
    Client,
}

/// Where in what one side says. A unit is a line, or the content of a literal.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// So many bytes beyond (or before, negative) the end of this unit; the first is 0.
    Unit(usize, i8),
    /// After so many bytes.
    Byte(usize),
    /// Before each unit that begins like this.
    Before(&'static str),
}

/// What happens there.
#[derive(Debug, Clone)]
pub enum Then {
    /// Both connections are closed, without a word.
    Cut,
    /// The client's is reset.
    Reset,
    /// Nothing more is passed on, and nothing is closed before the client closes it.
    Stall,
    /// These bytes are put in, and the rest follows.
    Insert(Vec<u8>),
}

/// What happens to one connection.
#[derive(Debug, Clone)]
pub enum Fault {
    None,
    Break {
        from: From,
        at: At,
        then: Then,
    },
    /// What the server says comes in slices of so many bytes, with a pause after each.
    Slices {
        bytes: usize,
        pause: Duration,
    },
}

/// One unit that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub length: usize,
    /// How the unit begins.
    pub start: String,
}

/// What both sides said on one connection.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub server: Vec<Unit>,
    pub client: Vec<Unit>,
}

/// A running proxy, ended when dropped.
pub struct FaultProxy {
    pub port: u16,
    plan: Arc<Mutex<Vec<Fault>>>,
    otherwise: Arc<Mutex<Fault>>,
    records: Arc<Mutex<Vec<Record>>>,
    stalled: watch::Sender<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl FaultProxy {
    /// Starts one on a free port.
    pub async fn start(dovecot: &Dovecot) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, connector, to) = (acceptor(dovecot), connector(dovecot), dovecot.imaps_port);
        let plan: Arc<Mutex<Vec<Fault>>> = Arc::default();
        let records: Arc<Mutex<Vec<Record>>> = Arc::default();
        let (stalled, stall) = watch::channel(0);
        let otherwise = Arc::new(Mutex::new(Fault::None));
        let rest = Arc::clone(&otherwise);
        let (plans, notes) = (Arc::clone(&plan), Arc::clone(&records));
        let task = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let fault = {
                    let mut plan = plans.lock().unwrap();
                    if plan.is_empty() { rest.lock().unwrap().clone() } else { plan.remove(0) }
                };
                let number = {
                    let mut notes = notes.lock().unwrap();
                    notes.push(Record::default());
                    notes.len() - 1
                };
                let pair = Pair { fault, number, records: Arc::clone(&notes), stall: stall.clone() };
                let (acceptor, connector) = (acceptor.clone(), connector.clone());
                tokio::spawn(async move {
                    // Ends that come early are what this is for.
                    let _ = pair.run(tcp, acceptor, connector, to).await;
                });
            }
        });
        Self { port, plan, otherwise, records, stalled, task }
    }

    /// What happens to the next connections, in order; later ones are left in peace.
    pub fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.plan.lock().unwrap() = faults.into_iter().collect();
    }

    /// Every connection from now on is cut before the server says something that begins like this.
    pub fn always_cut_before(&self, start: Option<&'static str>) {
        let cut = |start| Fault::Break { from: From::Server, at: At::Before(start), then: Then::Cut };
        *self.otherwise.lock().unwrap() = start.map_or(Fault::None, cut);
    }

    /// Every connection that is open now passes nothing on any more, and stays open. New ones do.
    pub fn stall_open_connections(&self) {
        self.stalled.send_modify(|times| *times += 1);
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.records.lock().unwrap().len()
    }

    /// How often servers have said something that begins like this.
    pub fn said(&self, start: &str) -> usize {
        let records = self.records.lock().unwrap();
        records.iter().flat_map(|record| &record.server).filter(|unit| unit.start.starts_with(start)).count()
    }

    /// What was said on the connections so far, and forgets it.
    pub fn records(&self) -> Vec<Record> {
        std::mem::take(&mut self.records.lock().unwrap())
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(dovecot: &Dovecot) -> TlsAcceptor {
    let issued = dovecot.ca().issue();
    let chain = vec![CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()))
}

fn connector(dovecot: &Dovecot) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(dovecot.ca().file()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// One client and the server it talks to.
struct Pair {
    fault: Fault,
    number: usize,
    records: Arc<Mutex<Vec<Record>>>,
    stall: watch::Receiver<u64>,
}

impl Pair {
    async fn run(mut self, tcp: TcpStream, acceptor: TlsAcceptor, connector: TlsConnector, to: u16) -> io::Result<()> {
        tcp.set_nodelay(true)?;
        let server = TcpStream::connect(("127.0.0.1", to)).await?;
        server.set_nodelay(true)?;
        let mut server = connector.connect("localhost".try_into().unwrap(), server).await?;
        let mut client = acceptor.accept(tcp).await?;
        self.stall.mark_unchanged();
        let (mut says, mut asks) = (Side::new(From::Server, &self.fault), Side::new(From::Client, &self.fault));
        let (mut one, mut other) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
        loop {
            let (side, from, end) = tokio::select! {
                read = server.read(&mut one) => (&mut says, From::Server, read.map(|length| one[..length].to_vec())?),
                read = client.read(&mut other) => (&mut asks, From::Client, read.map(|length| other[..length].to_vec())?),
                _ = self.stall.changed() => return until_given_up(&mut client).await,
            };
            if end.is_empty() {
                let rest = std::mem::take(&mut side.pending);
                if from == From::Server {
                    client.write_all(&rest).await?
                } else {
                    server.write_all(&rest).await?
                }
                return Ok(());
            }
            let (pass, then) = side.take(&end, |unit| self.note(from, unit));
            match (&self.fault, from) {
                (Fault::Slices { bytes, pause }, From::Server) => {
                    for slice in pass.chunks(*bytes) {
                        client.write_all(slice).await?;
                        client.flush().await?;
                        tokio::time::sleep(*pause).await;
                    }
                }
                (_, From::Server) => client.write_all(&pass).await?,
                (_, From::Client) => server.write_all(&pass).await?,
            }
            client.flush().await?;
            server.flush().await?;
            match then {
                None | Some(Then::Insert(_)) => {}
                Some(Then::Cut) => return Ok(()),
                Some(Then::Reset) => return client.get_ref().0.set_zero_linger(),
                Some(Then::Stall) => return until_given_up(&mut client).await,
            }
        }
    }

    fn note(&self, from: From, unit: &[u8]) {
        let unit =
            Unit { length: unit.len(), start: String::from_utf8_lossy(&unit[..unit.len().min(80)]).into_owned() };
        let mut records = self.records.lock().unwrap();
        let Some(record) = records.get_mut(self.number) else { return };
        match from {
            From::Server => record.server.push(unit),
            From::Client => record.client.push(unit),
        }
    }
}

/// Passes nothing on, until the client hangs up.
async fn until_given_up(client: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut nothing = [0; 1024];
    while client.read(&mut nothing).await? > 0 {}
    Ok(())
}

/// What one side says, cut into units.
struct Side {
    at: Option<(At, Then)>,
    pending: Vec<u8>,
    /// The next unit is a literal of this length.
    literal: Option<usize>,
    units: usize,
    bytes: usize,
}

impl Side {
    fn new(from: From, fault: &Fault) -> Self {
        let at = match fault {
            Fault::Break { from: whose, at, then } if *whose == from => Some((*at, then.clone())),
            _ => None,
        };
        Self { at, pending: Vec::new(), literal: None, units: 0, bytes: 0 }
    }

    /// What may be passed on of what came, and what happens then.
    fn take(&mut self, came: &[u8], note: impl Fn(&[u8])) -> (Vec<u8>, Option<Then>) {
        self.pending.extend_from_slice(came);
        let mut pass = Vec::new();
        // One unit more than the last is looked at, so that a break may come behind its end.
        while let Some(unit) = self.next_unit() {
            note(&unit);
            let (number, before) = (self.units, self.bytes);
            self.units += 1;
            self.bytes += unit.len();
            let here = match self.at {
                Some((At::Unit(wanted, delta), _)) if delta <= 0 && number == wanted => {
                    Some(unit.len() - usize::from(delta.unsigned_abs()).min(unit.len()))
                }
                Some((At::Unit(wanted, delta), _)) if delta > 0 && number == wanted + 1 => {
                    Some(usize::from(delta.unsigned_abs()).min(unit.len()))
                }
                Some((At::Before(start), _)) if unit.starts_with(start.as_bytes()) => Some(0),
                Some((At::Byte(wanted), _)) if wanted < before + unit.len() => Some(wanted.saturating_sub(before)),
                _ => None,
            };
            let Some(length) = here else {
                pass.extend_from_slice(&unit);
                continue;
            };
            let (_, then) = self.at.take().unwrap();
            pass.extend_from_slice(&unit[..length]);
            if let Then::Insert(bytes) = &then {
                pass.extend_from_slice(bytes);
            }
            if matches!(then, Then::Insert(_)) {
                pass.extend_from_slice(&unit[length..]);
                continue;
            }
            return (pass, Some(then));
        }
        (pass, None)
    }

    fn next_unit(&mut self) -> Option<Vec<u8>> {
        let length = match self.literal {
            Some(length) => (self.pending.len() >= length).then_some(length)?,
            None => self.pending.iter().position(|byte| *byte == b'\n')? + 1,
        };
        let unit: Vec<u8> = self.pending.drain(..length).collect();
        self.literal = match self.literal {
            Some(_) => None,
            None => announced(&unit),
        };
        Some(unit)
    }
}

fn announced(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line).ok()?.trim_end_matches(['\r', '\n']).strip_suffix('}')?;
    line.rsplit_once('{')?.1.trim_end_matches('+').parse().ok()
}
