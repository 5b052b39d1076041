//! Once a day in London: what the last line of the history is, to the log and to whoever keeps it. Told
//! where nobody who can write to the database can change it, it shows later whether the history was cut
//! off or written anew. Found by state: after downtime the day that it is gets its checkpoint, once.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Notice, ReminderError, Reminders};
use crate::domain::chain::Checkpoint;
use crate::domain::words;
use crate::letters::{CheckpointView, RenderFault};

impl Reminders {
    /// Takes today's checkpoint unless it has been taken; the notice that was queued, if somebody keeps them.
    pub(super) async fn checkpoint(&self, now: Timestamp) -> Result<Option<Notice>, ReminderError> {
        let today = words::london_date(now);
        if self.store.has_checkpoint(today).await? {
            return Ok(None);
        }
        let mut tx = self.store.begin().await?;
        let Some(checkpoint) = tx.take_checkpoint(today, now).await? else { return Ok(None) };
        let notice = self.checkpoint_notice(checkpoint, today)?;
        if let Some(notice) = &notice {
            tx.queue(&self.message(notice, now)?).await?;
        }
        // Before it is committed: rather twice in the log than never. It is true either way.
        tracing::info!(
            target: "complaintsd::checkpoint", { history.sequence = checkpoint.sequence, history.hash = %checkpoint.hash },
            "Checkpoint of the history, taken {now}: {checkpoint}"
        );
        tx.commit().await?;
        Ok(notice)
    }

    /// The notice that [`checkpoint`](Self::checkpoint) would queue now.
    pub(super) async fn checkpoint_planned(&self, today: Date) -> Result<Option<Notice>, ReminderError> {
        if self.addresses.checkpoint.is_none() || self.store.has_checkpoint(today).await? {
            return Ok(None);
        }
        Ok(self.checkpoint_notice(self.store.history_head().await?, today)?)
    }

    fn checkpoint_notice(&self, checkpoint: Checkpoint, today: Date) -> Result<Option<Notice>, RenderFault> {
        let Some(to) = self.addresses.checkpoint.clone() else { return Ok(None) };
        let rendered = self.templates.render(&CheckpointView::new(today, checkpoint))?;
        Ok(Some(Notice { key: format!("checkpoint-{today}"), to, rendered, reminded: None }))
    }
}
