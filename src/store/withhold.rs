//! Messages that were approved and are held at the last moment: never handed over, and never claimed again.

use jiff::Timestamp;

use super::Tx;
use super::error::Result;
use super::link::{execute, statements};
use crate::domain::ids::OutboxId;

statements! {
    WITHHOLD = "-- store::withhold::withhold
        UPDATE outbox SET state = 'failed', answer = $2, done_at = $3 WHERE id = $1 AND state = 'claimed'";
}

impl Tx {
    /// Holds a claimed message for good, with the reason. `false` when it is not claimed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withhold(&mut self, id: OutboxId, why: &str, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), WITHHOLD, id, why, at)? == 1)
    }
}
