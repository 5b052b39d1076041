//! Alarms that stand, to whoever runs complaintsd: by the mail server, so by a way that needs no mailbox.
//! One message has all that stand: a fault with many faces makes no flood. Once they have stood for
//! [`SETTLED`], again for each that is new, and once a day until all are gone.

use jiff::{SignedDuration, Timestamp};

use super::{Notice, ReminderError, Reminders};
use crate::domain::words;
use crate::letters::AlarmsView;

/// What mends itself sooner wakes nobody.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);

/// So many alarms stand in one message; the work list has them all.
const IN_A_NOTICE: usize = 50;

impl Reminders {
    /// The message about the alarms that stand, unless these have been told of today.
    pub(super) async fn alarms(&self, now: Timestamp) -> Result<Option<Notice>, ReminderError> {
        let mut alarms = self.store.alarms().await?;
        alarms.retain(|alarm| now.duration_since(alarm.since_at) >= SETTLED);
        let Some(newest) = alarms.iter().map(|alarm| alarm.since_at).max() else { return Ok(None) };
        let key = format!("alarms-{}-{}", words::london_date(now), newest.as_microsecond());
        if self.store.was_queued(&key).await? {
            return Ok(None);
        }
        let shown = alarms.iter().take(IN_A_NOTICE).map(|alarm| (alarm.text.as_str(), alarm.since_at));
        let rendered = self.templates.render(&AlarmsView::new(shown, alarms.len(), self.pages()))?;
        Ok(Some(Notice { key, to: self.addresses.operators.clone(), rendered, reminded: None }))
    }
}
