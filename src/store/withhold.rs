//! What does not go out: messages that were approved and are held at the last moment, and drafts that nobody needs.
//! Neither is ever claimed, and neither is lost.

use jiff::Timestamp;

use super::Tx;
use super::error::Result;
use super::link::{execute, statements};
use crate::domain::ids::{LetterId, OutboxId};

statements! {
    WITHHOLD = "-- store::withhold::withhold
        UPDATE outbox SET state = 'failed', answer = $2, done_at = $3 WHERE id = $1 AND state = 'claimed'";
    // The state makes room for another letter of its kind.
    DISCARD = "-- store::withhold::discard
        UPDATE letters SET state = 'not-delivered', discarded_at = $2, updated_at = $2 WHERE id = $1 AND state = 'draft'";
}

impl Tx {
    /// Holds a claimed message for good, with the reason. `false` when it is not claimed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withhold(&mut self, id: OutboxId, why: &str, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), WITHHOLD, id, why, at)? == 1)
    }

    /// Draft to discarded. `false` when it was not a draft.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn discard_letter(&mut self, id: LetterId, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), DISCARD, id, at)? == 1)
    }
}
