//! Signing in: sessions, attempts, and the request keys that make a second press of a button do
//! nothing. A session is found by the SHA-256 of its cookie, so that the table opens no door.

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{execute, one, optional, statements};
use super::{Store, Tx};
use crate::domain::ids::{Digest, OfficerId};
use crate::domain::people::Officer;

statements! {
    INSERT = "-- store::sessions::insert
        INSERT INTO sessions (token_hash, officer_id, created_at, seen_at) VALUES ($1, $2, $3, $3)";
    LOAD = "-- store::sessions::load
        SELECT officer_id, created_at, seen_at FROM sessions WHERE token_hash = $1";
    TOUCH = "-- store::sessions::touch
        UPDATE sessions SET seen_at = $2 WHERE token_hash = $1";
    DELETE = "-- store::sessions::delete
        DELETE FROM sessions WHERE token_hash = $1";
    DELETE_OF = "-- store::sessions::delete_of
        DELETE FROM sessions WHERE officer_id = $1";
    DELETE_EXPIRED = "-- store::sessions::delete_expired
        DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2";
    RECORD_ATTEMPT = "-- store::sessions::record_attempt
        INSERT INTO sign_in_attempts (subject, at, outcome) VALUES ($1, $2, $3)";
    FAILED_SINCE = "-- store::sessions::failed_since
        SELECT count(*) FROM sign_in_attempts WHERE subject = $1 AND at >= $2 AND outcome = 'failed'";
    FORGET_ATTEMPTS = "-- store::sessions::forget_attempts
        DELETE FROM sign_in_attempts WHERE at < $1";
}

/// A session. Whether it is still good is for the caller to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who signed in.
    pub officer: Officer,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When they were last seen.
    pub seen_at: Timestamp,
}

/// What came of an attempt to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// The password was right.
    Succeeded,
    /// It was not, or there is no such account.
    Failed,
}

impl Tx {
    /// Begins a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&mut self, token: Digest, officer: OfficerId, at: Timestamp) -> Result<()> {
        execute!(self.conn(), INSERT, token, officer, at).map(|_| ())
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(&mut self, token: Digest, at: Timestamp) -> Result<()> {
        execute!(self.conn(), TOUCH, token, at).map(|_| ())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_session(&mut self, token: Digest) -> Result<()> {
        execute!(self.conn(), DELETE, token).map(|_| ())
    }

    /// Ends all sessions of an officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_sessions_of(&mut self, officer: OfficerId) -> Result<()> {
        execute!(self.conn(), DELETE_OF, officer).map(|_| ())
    }

    /// Ends the sessions begun before one instant, or last seen before another, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_expired_sessions(&mut self, begun_before: Timestamp, seen_before: Timestamp) -> Result<u64> {
        execute!(self.conn(), DELETE_EXPIRED, begun_before, seen_before)
    }

    /// Notes an attempt to sign in. `subject` is what is counted: an account or an address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_sign_in(&mut self, subject: &str, at: Timestamp, outcome: SignIn) -> Result<()> {
        let outcome = match outcome {
            SignIn::Succeeded => "succeeded",
            SignIn::Failed => "failed",
        };
        execute!(self.conn(), RECORD_ATTEMPT, subject, at, outcome).map(|_| ())
    }

    /// Forgets attempts to sign in before this instant, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_sign_ins(&mut self, before: Timestamp) -> Result<u64> {
        execute!(self.conn(), FORGET_ATTEMPTS, before)
    }
}

impl Store {
    /// The session with this token.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn session(&self, token: Digest) -> Result<Option<Session>> {
        let found: Option<(i64, i64, i64)> = optional!(self.reader().await?.conn(), LOAD, token)?;
        let Some((officer, created_at, seen_at)) = found else { return Ok(None) };
        let row = Row { table: "sessions", key: &token };
        let officer = self.officer(OfficerId(officer)).await?;
        Ok(Some(Session {
            officer: row.some("officer_id", officer)?,
            created_at: row.instant("created_at", created_at)?,
            seen_at: row.instant("seen_at", seen_at)?,
        }))
    }

    /// How many attempts to sign in failed for this subject at or after an instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failed_sign_ins(&self, subject: &str, since: Timestamp) -> Result<i64> {
        let (count,): (i64,) = one!(self.reader().await?.conn(), FAILED_SINCE, subject, since)?;
        Ok(count)
    }
}
