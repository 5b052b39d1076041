//! Passwords: Argon2id, and the rule that slows guessing. An unknown account costs as much time as a
//! wrong password, so that nobody can find out who has one.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use jiff::SignedDuration;

/// The shortest password that is taken (NIST SP 800-63B: length, not composition).
pub const SHORTEST: usize = 12;

/// The longest password that is taken, in bytes: longer ones only cost time.
pub const LONGEST: usize = 1_000;

/// Failures older than this no longer count.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// This many failures within the window make the next attempt wait.
const FAILURES: i64 = 10;

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {SHORTEST} characters or more, and no more than {LONGEST} bytes")]
    Length,
    /// The hash function failed.
    #[error("hashing the password failed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The worker was lost.
    #[error("hashing the password was interrupted")]
    Interrupted,
}

/// Checked against when there is no such account. No password fits it: it is made from random bytes
/// that nobody keeps.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).ok()?;
    Argon2::default().hash_password(&secret).ok().map(|hash| hash.to_string())
});

/// The hash to store for a password, in PHC format.
///
/// # Errors
/// [`PasswordError`]
pub async fn hash(password: String) -> Result<String, PasswordError> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(PasswordError::Length);
    }
    let work = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError::Interrupted)?.map_err(PasswordError::Hash)
}

/// Whether a password belongs to a stored hash; `None` stands for an account that does not exist, which
/// takes the same time and never fits. A hash that cannot be read never fits either.
pub async fn verify(password: String, stored: Option<String>) -> bool {
    let work = move || {
        let known = stored.is_some();
        let Some(hash) = stored.as_deref().or(NOBODY.as_deref()) else { return false };
        let fits = password.len() <= LONGEST
            && PasswordHash::new(hash)
                .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        fits && known
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(false)
}

/// Whether the next attempt must wait: ten failures within the window, of one account or from one
/// address, whichever has more. Both are counted for accounts that do not exist, too.
#[must_use]
pub const fn must_wait(of_account: i64, from_address: i64) -> bool {
    of_account >= FAILURES || from_address >= FAILURES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_hash_and_nothing_else_does() {
        let stored = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse battery".to_owned(), Some(stored.clone())).await);
        assert!(!verify("correct horse batterz".to_owned(), Some(stored)).await);
        assert!(!verify("anything".to_owned(), None).await);
        assert!(!verify("anything".to_owned(), Some("not a hash".to_owned())).await);
    }

    #[tokio::test]
    async fn short_passwords_are_refused() {
        assert!(matches!(hash("elevenchars".to_owned()).await, Err(PasswordError::Length)));
    }

    #[test]
    fn the_eleventh_attempt_within_a_quarter_of_an_hour_waits() {
        assert!(!must_wait(9, 9));
        assert!(must_wait(10, 0));
        assert!(must_wait(0, 10));
    }
}
