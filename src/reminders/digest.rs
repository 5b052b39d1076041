//! The manager's digest: once a day or a week, to whoever the configuration names. Found by state: the key in
//! the outbox is the day or the week it is of, so after downtime the one that is missing comes, once.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Notice, ReminderError, Reminders};
use crate::domain::case::Case;
use crate::domain::contact::Contact;
use crate::domain::deadlines::{self, Duty};
use crate::domain::outcome::ActionState;
use crate::domain::reminders::{DigestTo, Every};
use crate::domain::triage::Triage;
use crate::letters::DigestView;
use crate::letters::digest_notice::{DigestHandler, DigestRow, Digested};

/// So many days ahead are looked at.
const AHEAD: i64 = 7;

/// So many drafts are looked at: the oldest.
const MOST_DRAFTS: usize = 500;

impl Reminders {
    /// The digest, unless nobody wants it, it has been queued, or the office is closed today.
    pub(super) async fn digest(
        &self,
        cases: &[Case],
        undecided: &BTreeMap<Date, Vec<Contact>>,
        today: Date,
    ) -> Result<Option<Notice>, ReminderError> {
        let Some(DigestTo { address, every }) = &self.addresses.digest else { return Ok(None) };
        let key = match every {
            Every::Day => format!("digest-{today}"),
            Every::Week => {
                let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
                format!("digest-week-{monday}")
            }
        };
        if !self.office().may_be_at_work(today) || self.store.was_queued(&key).await? {
            return Ok(None);
        }
        let until = today.saturating_add(AHEAD.days());
        let mut all = self.of_cases(cases, today, until);
        all.waiting = undecided.values().map(Vec::len).sum();
        for letter in self.store.draft_letters(MOST_DRAFTS).await? {
            if letter.content.lacks_nothing() {
                let (reference, what) = (letter.case_ref.to_string(), letter.kind.to_string());
                let url = self.pages().map(|pages| format!("{pages}/letters/{}", letter.id));
                all.ready.push(DigestRow { reference, what, by: String::new(), left: String::new(), owner: None, url });
            }
        }
        let rendered = self.templates.render(&DigestView::new(*every, (today, until), all, self.pages()))?;
        Ok(Some(Notice { key, to: address.clone(), rendered, reminded: None }))
    }

    fn of_cases(&self, cases: &[Case], today: Date, until: Date) -> Digested {
        let mut all = Digested { open: cases.len(), ..Digested::default() };
        let mut handlers: BTreeMap<&str, DigestHandler> = BTreeMap::new();
        for case in cases {
            let handler = case.current.handler.as_ref().map(|handler| handler.name.as_str());
            let row = |what: String, by: Date, owner: Option<&str>| DigestRow {
                reference: case.reference.to_string(),
                what,
                by: crate::domain::words::weekday_date(by),
                left: deadlines::time_left(&self.calendar, today, by),
                owner: owner.map(ToOwned::to_owned),
                url: self.page(case),
            };
            let deadline = case.next_deadline();
            all.untriaged += usize::from(match deadline {
                Some((Duty::Triage, _)) => true,
                Some((Duty::Acknowledge, _)) => case.triage == Triage::ToBeTriaged,
                _ => false,
            });
            let late = matches!(deadline, Some((_, Some(by))) if by < today);
            // Each action has its own line.
            if let Some((duty, Some(by))) = deadline.filter(|(duty, _)| *duty != Duty::Act) {
                let line = row(format!("{} {}", case.current.stage, duty.noun()), by, handler);
                match by {
                    _ if late => all.overdue.push(line),
                    _ if by <= until => all.due.push(line),
                    _ => {}
                }
            }
            let open = case.actions.iter().filter(|action| action.state == ActionState::Open);
            let near = open.filter(|action| action.promise.by <= until);
            all.actions.extend(near.map(|action| {
                let owner = Some(action.promise.owner.as_str());
                row(format!("action {}", action.number), action.promise.by, owner)
            }));
            let name = handler.unwrap_or("No handler yet");
            let entry = handlers.entry(name).or_insert(DigestHandler { name: name.to_owned(), open: 0, late: 0 });
            entry.open += 1;
            entry.late += usize::from(late);
        }
        all.handlers = handlers.into_values().collect();
        all
    }
}
