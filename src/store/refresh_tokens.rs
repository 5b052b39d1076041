//! The newest refresh token of each source of sign-ins. What is kept is sealed: this module cannot
//! read it.

use jiff::Timestamp;

use super::error::Result;
use super::link::{execute, optional, statements};
use super::{Store, Tx};

statements! {
    KEEP = "-- store::refresh_tokens::keep
        INSERT INTO refresh_tokens (source, sealed, kept_at) VALUES ($1, $2, $3)
        ON CONFLICT (source) DO UPDATE SET sealed = excluded.sealed, kept_at = excluded.kept_at";
    LOAD = "-- store::refresh_tokens::load
        SELECT sealed FROM refresh_tokens WHERE source = $1";
}

impl Tx {
    /// Keeps a source's newest refresh token in place of the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_refresh_token(&mut self, source: &str, sealed: &[u8], at: Timestamp) -> Result<()> {
        execute!(self.conn(), KEEP, source, sealed, at).map(|_| ())
    }
}

impl Store {
    /// A source's newest refresh token, if it was ever replaced.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh_token(&self, source: &str) -> Result<Option<Vec<u8>>> {
        let found: Option<(Vec<u8>,)> = optional!(self.reader().await?.conn(), LOAD, source)?;
        Ok(found.map(|(sealed,)| sealed))
    }
}
