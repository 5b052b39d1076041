//! The courier: the door through which complete messages leave the house.
//!
//! Invariant: a courier never changes the bytes it is given. Nothing but CRLF line ends and ASCII
//! goes through, so no message can smuggle a second one past the server (RFC 5321 §2.3.8, §4.1.1.4).

mod line_stream;
pub mod message;
pub mod smtp;
pub mod spool;

use async_trait::async_trait;

use crate::domain::delivery::Handover;
use crate::domain::ids::EmailAddress;

pub use smtp::{SmtpCourier, SmtpSecurity, SmtpSettings, SmtpTimeouts};
pub use spool::SpoolCourier;

/// Hands messages to the outside. One of the three seams where tests may put something else.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Hands over one complete RFC 5322 message, byte for byte, to one recipient.
    async fn hand_over(&self, envelope: &Envelope, bytes: &[u8]) -> Handover;

    /// Connects and signs in without sending anything; says in one line what answered.
    ///
    /// # Errors
    /// When the courier could not hand anything over now, with host or folder and the remedy.
    async fn probe(&self) -> Result<String, CourierError>;
}

/// Who a message is from and to, as the mail server is told (RFC 5321 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where delivery failures are reported to.
    pub from: EmailAddress,
    /// The one recipient.
    pub to: EmailAddress,
}

/// Why a courier cannot be used. The words name the host, file or folder, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    /// The settings contradict each other or name something unusable.
    #[error("{0}")]
    Settings(String),
    /// Nobody answers, or the answer is "not now".
    #[error("{0}")]
    Unavailable(String),
    /// The server is there and refuses us: TLS, certificate or sign-in.
    #[error("{0}")]
    Refused(String),
}

/// The address in ASCII, with an international domain as A-labels (RFC 5890), so that servers
/// without SMTPUTF8 take it. `None` when the local part is not ASCII.
fn ascii_address(address: &EmailAddress) -> Option<String> {
    let (local, domain) = address.as_str().rsplit_once('@')?;
    if !local.is_ascii() {
        return None;
    }
    if domain.is_ascii() {
        return Some(address.as_str().to_owned());
    }
    Some(format!("{local}@{}", idna::domain_to_ascii(domain).ok()?))
}

/// Whether these bytes may travel: ASCII, CRLF at the end, and no CR or LF on its own.
fn may_travel(bytes: &[u8]) -> bool {
    let whole_line = |line: &[u8]| {
        line.strip_suffix(b"\r\n").is_some_and(|text| text.is_ascii() && !text.contains(&b'\r') && !text.contains(&0))
    };
    !bytes.is_empty() && bytes.split_inclusive(|byte| *byte == b'\n').all(whole_line)
}

/// Somebody else's words on one line of at most 500 characters, without control characters.
fn one_line(words: &str) -> String {
    let words: Vec<&str> =
        words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ascii_with_crlf_line_ends_may_travel() {
        assert!(may_travel(b"Subject: a\r\n\r\nb\r\n"));
        for bad in [&b""[..], b"a", b"a\n", b"a\r", b"a\rb\r\n", b"a\n.\r\n", b"a\r\r\n", b"\xc3\xa9\r\n", b"\0\r\n"] {
            assert!(!may_travel(bad), "{bad:?}");
        }
    }

    #[test]
    fn an_international_domain_travels_as_a_labels_and_an_international_local_part_not_at_all() {
        let address = |text: &str| ascii_address(&text.parse().unwrap());
        assert_eq!(address("amina@bücher.example").unwrap(), "amina@xn--bcher-kva.example");
        assert_eq!(address("amina@example.org").unwrap(), "amina@example.org");
        assert_eq!(address("ämina@example.org"), None);
    }
}
