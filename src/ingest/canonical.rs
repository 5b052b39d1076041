//! One message that reached us by two ways, told from two messages: the digest of what its sender wrote,
//! without what mail servers put in front of it (lessons 32).
//!
//! Invariant: different messages never have the same digest. It covers the whole body and every field a
//! sender writes, and only a message that names its Message-ID, date and sender has one.

use sha2::{Digest as _, Sha256};

use crate::domain::ids::Digest;

use super::headers::Headers;
use super::structure;

/// The fields a sender writes and no mail server on the way changes.
const FIELDS: [&str; 16] = [
    "Message-ID",
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Resent-Message-ID",
    "Resent-From",
];

/// The digest, if the message identifies itself.
#[must_use]
pub fn canonical(bytes: &[u8]) -> Option<Digest> {
    let bytes = structure::normalised(bytes);
    let headers = Headers::of(&bytes);
    let named = |name: &str| headers.all(name).next().is_some_and(|value| !value.trim_ascii().is_empty());
    if headers.cut || !["Message-ID", "Date", "From"].into_iter().all(named) {
        return None;
    }
    // Hashed as it goes: a copy of a large message would double what it takes.
    let mut written = Sha256::new();
    for name in FIELDS {
        for value in headers.all(name) {
            written.update(name.as_bytes());
            written.update(b":");
            for word in value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
                written.update(b" ");
                written.update(word);
            }
            written.update(b"\n");
        }
    }
    written.update(b"\n");
    // Servers differ in line ends, and in empty lines at the end.
    let body = bytes.get(headers.body_at..).unwrap_or_default().trim_ascii_end();
    for line in body.split(|&byte| byte == b'\n') {
        written.update(line.strip_suffix(b"\r").unwrap_or(line));
        written.update(b"\n");
    }
    Some(<[u8; 32]>::from(written.finalize()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "Received: from a by b\r\nDelivered-To: complaints@landlord.example\r\nFrom: ann@example.org\r\n\
        To: complaints@landlord.example,\r\n repairs@landlord.example\r\nSubject: Damp\r\nDate: Mon, 2 Nov 2026 09:14:00 +0000\r\n\
        Message-ID: <m1@example.org>\r\n\r\nThe wall is wet.\r\nAnd the floor.\r\n";

    #[test]
    fn copies_that_came_by_different_ways_have_the_same_digest() {
        let first = canonical(MESSAGE.as_bytes());
        assert!(first.is_some());
        let other_way = MESSAGE
            .replace("from a by b", "from c by d\r\n\twith ESMTPS")
            .replace(
                "Delivered-To: complaints@",
                "X-Spam-Score: 0.1\r\nReturn-Path: <ann@example.org>\r\nDelivered-To: repairs@",
            )
            .replace(",\r\n repairs", ",\r\n\trepairs");
        assert_eq!(canonical(other_way.as_bytes()), first);
        assert_eq!(canonical(MESSAGE.replace("\r\n", "\n").as_bytes()), first);
        assert_eq!(canonical(format!("{MESSAGE}\r\n\r\n").as_bytes()), first);
    }

    #[test]
    fn whatever_the_sender_wrote_otherwise_makes_another_message() {
        let first = canonical(MESSAGE.as_bytes());
        for (from, to) in [
            ("ann@", "ben@"),
            ("m1@", "m2@"),
            ("09:14", "09:15"),
            ("Damp", "Mould"),
            ("wet.", "wet!"),
            ("wall is", "wall  is"),
            ("repairs@", "rent@"),
            ("Subject", "Reply-To: cy@example.org\r\nSubject"),
        ] {
            let other = MESSAGE.replace(from, to);
            assert!(other != MESSAGE && canonical(other.as_bytes()) != first, "{from}");
        }
    }

    #[test]
    fn a_message_that_does_not_identify_itself_has_none() {
        for field in [
            "Message-ID: <m1@example.org>\r\n",
            "Date: Mon, 2 Nov 2026 09:14:00 +0000\r\n",
            "From: ann@example.org\r\n",
        ] {
            assert_eq!(canonical(MESSAGE.replace(field, "").as_bytes()), None, "{field}");
            let name = field.split(':').next().unwrap();
            assert_eq!(canonical(MESSAGE.replace(field, &format!("{name}: \r\n")).as_bytes()), None, "{field}");
        }
        assert_eq!(canonical(b""), None);
    }
}
