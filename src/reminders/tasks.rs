//! Reminders of what is due on a case beside its own dates: reviews of adjustments and restrictions
//! (5.10, 5.14) and the dates the Ombudsman sets. One for each rung; the case's own clock knows nothing of
//! them.

use jiff::civil::Date;

use super::{Notice, ReminderError, Reminders};
use crate::domain::circumstances::TaskKind;
use crate::domain::deadlines;
use crate::domain::reminders::{Rung, due_rung};
use crate::letters::TaskView;

/// So many cases are looked at: those with the earliest dates.
const MOST: usize = 5_000;

impl Reminders {
    /// The reminders of tasks that are due today.
    pub(super) async fn tasks(&self, today: Date) -> Result<Vec<Notice>, ReminderError> {
        let mut notices = Vec::new();
        for case in self.store.cases_with_tasks(Date::MAX, MOST).await? {
            for task in case.people.tasks() {
                let rungs = match task.kind {
                    TaskKind::Review => &self.rungs.review,
                    TaskKind::Ombudsman => &self.rungs.ombudsman,
                };
                // What lies beyond the bank holidays that are known is not near.
                let Ok(Some(Rung { before, .. })) = due_rung(self.office(), rungs, task.by, today) else { continue };
                let key = format!("task-{}-{}-{}-{}", case.reference, task.key, task.by, before.0);
                if self.store.was_queued(&key).await? {
                    continue;
                }
                let left = deadlines::time_left(&self.calendar, today, task.by);
                let view = TaskView::new(case.reference, &task, &left, self.page(&case));
                let (rendered, to) = (self.templates.render(&view)?, self.recipient(&case).await?);
                notices.push(Notice { key, to, rendered, reminded: None });
            }
        }
        Ok(notices)
    }
}
