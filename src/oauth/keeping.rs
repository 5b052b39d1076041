//! Refresh tokens that an endpoint has put in place of the one it was given. They are kept outside
//! this door (in the database), sealed with a key made from the first one: a copy of the database is
//! no sign-in, and a new consent in the file makes what was kept for the old one void.

use async_trait::async_trait;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// Keeps one sealed refresh token for each source, over restarts.
#[async_trait]
pub trait RefreshTokens: Send + Sync {
    /// What is kept for this source.
    ///
    /// # Errors
    /// When it cannot be looked up, in words.
    async fn load(&self, source: &str) -> Result<Option<Vec<u8>>, String>;

    /// Keeps this in place of what was kept, durably once it returns.
    ///
    /// # Errors
    /// When it cannot be kept, in words.
    async fn keep(&self, source: &str, sealed: &[u8]) -> Result<(), String>;
}

/// Seals a refresh token for this source with the first one, of the file.
pub(super) fn seal(source: &str, first: &SecretString, token: &SecretString) -> Option<Vec<u8>> {
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).ok()?;
    let mut sealed = token.expose_secret().as_bytes().to_vec();
    let lock = Nonce::assume_unique_for_key(nonce);
    key(first)?.seal_in_place_append_tag(lock, Aad::from(source), &mut sealed).ok()?;
    Some([&nonce[..], &sealed].concat())
}

/// Opens it again; `None` when it was sealed for another source or with another first token.
pub(super) fn open(source: &str, first: &SecretString, sealed: &[u8]) -> Option<SecretString> {
    let (nonce, text) = sealed.split_first_chunk::<12>()?;
    let mut text = text.to_vec();
    let lock = Nonce::assume_unique_for_key(*nonce);
    let opened = key(first)?.open_in_place(lock, Aad::from(source), &mut text).ok()?;
    std::str::from_utf8(opened).ok().map(SecretString::from)
}

/// Refresh tokens are long and random, so one hash makes a key of them.
fn key(first: &SecretString) -> Option<LessSafeKey> {
    let digest = Sha256::new().chain_update("complaintsd refresh token\0").chain_update(first.expose_secret());
    UnboundKey::new(&AES_256_GCM, &digest.finalize()).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret as _, SecretString};

    use super::{open, seal};

    #[test]
    fn a_kept_token_opens_only_for_its_source_and_its_consent() {
        let [first, next] = ["first", "next"].map(SecretString::from);
        let sealed = seal("microsoft", &first, &next).unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"next"));
        assert_eq!(open("microsoft", &first, &sealed).unwrap().expose_secret(), "next");
        assert!(open("google", &first, &sealed).is_none());
        assert!(open("microsoft", &next, &sealed).is_none());
        assert!(open("microsoft", &first, &sealed[..sealed.len() - 1]).is_none());
        assert!(open("microsoft", &first, b"").is_none());
        assert_ne!(sealed, seal("microsoft", &first, &next).unwrap(), "a nonce of its own each time");
    }
}
