//! Notices about contacts. One to the team for each rung before an acknowledgement would be due, were
//! what nobody has decided about a complaint (1.6, 6.2): whatever waits with the same date stands in
//! one, so that junk makes no flood; nearer to the day the manager hears of it, and of the cases that nobody
//! has triaged. And, at once, one for each list of words that must not wait.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Notice, ReminderError, Reminders};
use crate::domain::case::Case;
use crate::domain::contact::Contact;
use crate::domain::deadlines::{self, Duty};
use crate::domain::reminders::{Rung, due_rung};
use crate::domain::stage::Stage;
use crate::domain::triage::Triage;
use crate::letters::WaitingContactsView;
use crate::letters::contact_notices::WaitingRow;

/// So many contacts that wait are looked at: the longest waiting.
const MOST: usize = 5_000;

/// So many contacts stand in one notice; its page has them all.
pub(super) const IN_A_NOTICE: usize = 50;

impl Reminders {
    /// What waits for a decision and belongs to no case, by the day an acknowledgement would be due.
    pub(super) async fn undecided(&self) -> Result<BTreeMap<Date, Vec<Contact>>, ReminderError> {
        let mut by_date: BTreeMap<Date, Vec<Contact>> = BTreeMap::new();
        for contact in self.store.waiting_contacts(MOST).await? {
            let due = deadlines::first_due(&self.code, &self.calendar, Stage::One, contact.received_at);
            if let Some(due) = due.ok().filter(|_| contact.case.is_none()) {
                by_date.entry(due.by).or_default().push(contact);
            }
        }
        Ok(by_date)
    }

    /// The reminders of what waits for a decision.
    pub(super) async fn waiting(
        &self,
        undecided: &BTreeMap<Date, Vec<Contact>>,
        today: Date,
    ) -> Result<Vec<Notice>, ReminderError> {
        let mut notices = Vec::new();
        // What is late stands in the daily list.
        for (by, contacts) in undecided.range(today..) {
            let rung = due_rung(self.office(), &self.rungs.acknowledge, *by, today)?;
            let Some(Rung { before, .. }) = rung else { continue };
            let key = format!("waiting-{by}-{}", before.0);
            if self.store.was_queued(&key).await? {
                continue;
            }
            let shown: Vec<&Contact> = contacts.iter().take(IN_A_NOTICE).collect();
            let left = deadlines::time_left(&self.calendar, today, *by);
            let view = WaitingContactsView::new(&shown, contacts.len(), (*by, &left), self.pages());
            let rendered = self.templates.render(&view)?;
            notices.push(Notice { key, to: self.addresses.team.clone(), rendered, reminded: None });
        }
        Ok(notices)
    }

    /// What nobody has decided, to the manager, before its acknowledgement falls due (6.2): contacts that belong
    /// to no case, and cases that nobody has triaged or that wait to be triaged again (1.5).
    pub(super) async fn escalated(
        &self,
        cases: &[Case],
        undecided: &BTreeMap<Date, Vec<Contact>>,
        today: Date,
    ) -> Result<Vec<Notice>, ReminderError> {
        let mut untriaged: BTreeMap<Date, Vec<&Case>> = BTreeMap::new();
        for case in cases {
            match case.next_deadline() {
                Some((Duty::Acknowledge, Some(by))) if case.triage == Triage::ToBeTriaged => {
                    untriaged.entry(by).or_default().push(case);
                }
                Some((Duty::Triage, Some(by))) => untriaged.entry(by).or_default().push(case),
                _ => {}
            }
        }
        let days: BTreeSet<Date> = undecided.keys().chain(untriaged.keys()).copied().collect();
        let mut notices = Vec::new();
        for by in days.range(today..).copied() {
            let rung = due_rung(self.office(), &self.rungs.undecided, by, today)?;
            let Some(Rung { before, .. }) = rung else { continue };
            let key = format!("undecided-{by}-{}", before.0);
            if self.store.was_queued(&key).await? {
                continue;
            }
            let contacts: Vec<&Contact> = undecided.get(&by).into_iter().flatten().collect();
            let cases = untriaged.remove(&by).unwrap_or_default();
            let left = deadlines::time_left(&self.calendar, today, by);
            let shown = contacts.get(..IN_A_NOTICE).unwrap_or(&contacts);
            let named = cases.get(..IN_A_NOTICE).unwrap_or(&cases);
            let view = WaitingContactsView::new(shown, contacts.len(), (by, &left), self.pages());
            let rendered = self.templates.render(&view.with_cases(named, cases.len(), self.pages()))?;
            notices.push(Notice { key, to: self.addresses.manager.clone(), rendered, reminded: None });
        }
        Ok(notices)
    }

    /// What is late among it, for the daily list.
    pub(super) fn late(&self, undecided: &BTreeMap<Date, Vec<Contact>>, today: Date) -> Vec<WaitingRow> {
        let late = undecided.range(..today).flat_map(|(_, contacts)| contacts);
        late.take(IN_A_NOTICE).map(|contact| WaitingRow::new(contact, self.pages())).collect()
    }

    pub(super) fn pages(&self) -> Option<&str> {
        self.addresses.pages.as_deref()
    }
}
