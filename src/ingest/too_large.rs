//! The alarm about messages that were too large to be fetched. Each is a contact with its beginning, so
//! nothing waits for this; but somebody should know soon, and may want another limit.

use jiff::{SignedDuration, Timestamp};

use crate::store::{Store, StoreError};

const ALARM: &str = "messages-too-large";

/// How long after a message the alarm stands. Its contact says the same for ever.
const STANDS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Raises the alarm while there was such a message in the last week, and ends it afterwards.
pub(super) async fn alarm(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let count = store.beginnings_since(now.saturating_sub(STANDS).unwrap_or(now)).await?;
    if count == 0 && store.alarms().await?.iter().all(|alarm| alarm.key != ALARM) {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    if count == 0 {
        tx.clear_alarm(ALARM).await?;
    } else {
        let text = format!(
            "Messages too large to be fetched came in the last 7 days: {count}. Each is logged with its beginning only \
             and its contact says where the whole one is: an officer must open it there. To fetch the next ones whole, \
             raise max_message_size of the mailbox."
        );
        tx.raise_alarm(ALARM, &text, now).await?;
    }
    tx.commit().await
}
