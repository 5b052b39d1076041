//! Reaching a server: its name, then each of its addresses, all within one time. The system is told
//! to notice by itself when the other end is gone, also while nothing is said.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

use super::error::{MailboxFault, brief};

/// After so long without a word the system asks whether the other end is still there, and asks again
/// after [`PROBE`], [`PROBES`] times.
const QUIET: Duration = Duration::from_secs(30);
const PROBE: Duration = Duration::from_secs(10);
const PROBES: u32 = 3;

/// How long what we sent may go without the other system's word that it came (RFC 5482).
const UNHEARD: Duration = Duration::from_secs(30);

/// Connects within `patience`. With several addresses, one that does not answer leaves time for the
/// next one.
pub(super) async fn reach(host: &str, port: u16, patience: Duration) -> Result<TcpStream, MailboxFault> {
    let unreachable = |reason: &str| MailboxFault::Unreachable { reason: brief(reason) };
    let late = format!("no answer within {} s", patience.as_secs());
    let deadline = Instant::now() + patience;
    let addresses: Vec<_> = timeout(patience, lookup_host((host, port)))
        .await
        .map_err(|_| unreachable(&late))?
        .map_err(|error| unreachable(&error.to_string()))?
        .collect();
    let mut reason = "its name has no address".to_owned();
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let others = u32::try_from(addresses.len().saturating_sub(tried)).unwrap_or(u32::MAX).max(1);
        match timeout(left / others, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Without these everything works, only a lost connection is noticed later.
                if let Err(error) = set_up(&tcp) {
                    tracing::debug!(error = %error, "the connection could not be set up in full");
                }
                return Ok(tcp);
            }
            Ok(Err(error)) => reason = error.to_string(),
            Err(_elapsed) => reason.clone_from(&late),
        }
    }
    Err(unreachable(&reason))
}

fn set_up(tcp: &TcpStream) -> io::Result<()> {
    // Commands are short and each waits for its answer, so delaying them only costs time.
    tcp.set_nodelay(true)?;
    let socket = SockRef::from(tcp);
    let keepalive = TcpKeepalive::new().with_time(QUIET).with_interval(PROBE).with_retries(PROBES);
    socket.set_tcp_keepalive(&keepalive)?;
    socket.set_tcp_user_timeout(Some(UNHEARD))
}
