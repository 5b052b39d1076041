//! Message-IDs that only this installation can issue: 160 random bits and an HMAC of them.
//!
//! Invariant: [`TokenKey::issued`] is true of nobody else's Message-ID (HMAC-SHA-256, 128 bits). Who shows
//! one has it from a message of ours: its recipient, or a mail server it passed. The key is never shown.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The installation's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey([u8; 32]);

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(secret)")
    }
}

/// Length of the HMAC in a Message-ID, in bytes.
const TAG: usize = 16;

impl TokenKey {
    /// The key made of these bytes, which must be random.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A Message-ID `random.hmac@domain`, without angle brackets.
    #[must_use]
    pub fn message_id(&self, random: &[u8; 20], domain: &str) -> String {
        let random = BASE32_NOPAD.encode(random).to_ascii_lowercase();
        let tag = self.mac(&random, domain).finalize().into_bytes();
        let tag = BASE32_NOPAD.encode(tag.get(..TAG).unwrap_or(&tag)).to_ascii_lowercase();
        format!("{random}.{tag}@{domain}")
    }

    /// Whether this installation issued a Message-ID (without angle brackets).
    #[must_use]
    pub fn issued(&self, message_id: &str) -> bool {
        let Some((local, domain)) = message_id.split_once('@') else { return false };
        let Some((random, tag)) = local.split_once('.') else { return false };
        let Ok(tag) = BASE32_NOPAD.decode(tag.to_ascii_uppercase().as_bytes()) else { return false };
        tag.len() == TAG && self.mac(random, domain).verify_truncated_left(&tag).is_ok()
    }

    fn mac(&self, random: &str, domain: &str) -> Hmac<Sha256> {
        // A key shorter than a block is filled up with zeros (RFC 2104 §2).
        let block: [u8; 64] = std::array::from_fn(|at| self.0.get(at).copied().unwrap_or(0));
        let mut mac = Hmac::<Sha256>::new(&block.into());
        // What the key is for, so that no other use of it could ever make the same.
        for part in ["complaintsd Message-ID", random, domain] {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> TokenKey {
        TokenKey::new([byte; 32])
    }

    #[test]
    fn only_the_installation_that_issued_a_message_id_knows_it() {
        let id = key(1).message_id(&[7; 20], "landlord.example");
        assert!(key(1).issued(&id), "{id}");
        assert!(!key(2).issued(&id));
        assert_eq!(id.split('@').next().unwrap().len(), 32 + 1 + 26);
    }

    #[test]
    fn no_character_of_a_message_id_can_be_changed() {
        let id = key(1).message_id(&[7; 20], "landlord.example");
        for at in 0..id.len() {
            for other in ["a", "7", ".", "@", "="] {
                let mut changed = id.clone();
                changed.replace_range(at..=at, other);
                assert!(changed == id || !key(1).issued(&changed), "{changed}");
            }
            assert!(!key(1).issued(&id[..at]), "{}", &id[..at]);
        }
        for none in ["", "@", ".", ".@", "a.b@c", "mzxw6ytboi4tqnrsgq3dknzyha2tmmbr@landlord.example"] {
            assert!(!key(1).issued(none), "{none}");
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        assert_eq!(format!("{:?}", key(65)), "TokenKey(secret)");
    }
}
