//! What the history says of contacts, incidents and accounts, held against their rows: a decision, a receipt, an
//! incident or a role that was changed behind the daemon's back is found, and one that no line tells of, too.

use std::collections::BTreeMap;

use super::audit::Misfit;
use super::error::Result;
use super::link::{Conn, all, statements};
use super::stored_records::Record;
use crate::domain::chain::ChainLine;
use crate::domain::ids::{ContactId, OfficerId};
use crate::domain::records::RecordEvent;

statements! {
    CONTACTS = "-- store::audit_records::contacts
        SELECT id, decision, decision_reason, CASE WHEN taken_by IS NULL THEN NULL ELSE channel END, taken_by,
            first_received_at, first_received_by, first_received_reason FROM contacts
        WHERE id > $1 AND (decision IS NOT NULL OR taken_by IS NOT NULL OR first_received_at IS NOT NULL)
        ORDER BY id LIMIT $2";
    INCIDENTS = "-- store::audit_records::incidents
        SELECT id, what, began_on, back_by, told, ended_on FROM incidents ORDER BY id";
    OFFICERS = "-- store::audit_records::officers
        SELECT id, email, name, role, CASE WHEN disabled_at IS NULL THEN 'no' ELSE 'yes' END FROM officers ORDER BY id";
}

/// Contacts in a page.
const ROWS: usize = 2_000;

/// The kinds of line that tell something a row holds.
const KINDS: [&str; 7] = [
    "contact-decided",
    "contact-taken",
    "first-receipt-declared",
    "incident-declared",
    "incident-ended",
    "officer-added",
    "officer-disabled",
];

/// What is known of one contact.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contact {
    decided: Option<(String, String)>,
    taken: Option<(String, String)>,
    first: Option<(i64, String, String)>,
}

/// What, since when, until when, how it was told of, and its last day.
type Incident = ([String; 4], Option<String>);

/// Address, name, role, and whether it is switched off.
type Account = [String; 4];

/// What the lines say.
#[derive(Debug, Default)]
pub(super) struct Told {
    contacts: BTreeMap<i64, Contact>,
    incidents: BTreeMap<i64, Incident>,
    accounts: BTreeMap<i64, Account>,
}

#[derive(sqlx::FromRow)]
struct ContactRow(
    i64,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
);

impl Told {
    /// Takes in a line of the history, if it is about one of these. A line whose facts cannot be read says nothing.
    pub(super) fn line(&mut self, line: &ChainLine) {
        if line.case_id.is_some() || !KINDS.contains(&line.kind.as_str()) {
            return;
        }
        if let Ok(Record(event)) = serde_json::from_str(&line.payload) {
            self.event(event);
        }
    }

    fn event(&mut self, event: RecordEvent) {
        match event {
            RecordEvent::ContactDecided { contact: ContactId(id), decision, reason } => {
                self.contacts.entry(id).or_default().decided = Some((decision.key().to_owned(), reason));
            }
            RecordEvent::ContactTaken { contact: ContactId(id), channel, by } => {
                self.contacts.entry(id).or_default().taken = Some((channel.key().to_owned(), by));
            }
            RecordEvent::FirstReceiptDeclared { contact: ContactId(id), at, by, reason } => {
                self.contacts.entry(id).or_default().first = Some((at.as_microsecond(), by, reason));
            }
            RecordEvent::IncidentDeclared { incident, what, began_on, back_by, told } => {
                let facts = [what, began_on.to_string(), back_by.to_string(), told];
                self.incidents.insert(incident, (facts, None));
            }
            RecordEvent::IncidentEnded { incident, on } => {
                if let Some((_, ended)) = self.incidents.get_mut(&incident) {
                    *ended = Some(on.to_string());
                }
            }
            RecordEvent::OfficerAdded { officer: OfficerId(id), email, name, role } => {
                let facts = [email.as_str().to_owned(), name, role.key().to_owned(), "no".to_owned()];
                self.accounts.insert(id, facts);
            }
            RecordEvent::OfficerDisabled { officer: OfficerId(id) } => {
                if let Some([.., disabled]) = self.accounts.get_mut(&id) {
                    "yes".clone_into(disabled);
                }
            }
            RecordEvent::ReceiptDecided { .. }
            | RecordEvent::PasswordChanged { .. }
            | RecordEvent::IncidentTextApproved { .. } => {}
        }
    }

    /// Holds it against the rows: how many rows there are, and which do not fit.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn held(mut self, conn: &mut Conn<'_>) -> Result<(u64, Vec<Misfit>)> {
        let (mut rows, mut misfits, mut after) = (0, Vec::new(), 0);
        loop {
            let page: Vec<ContactRow> = all!(*conn, CONTACTS, after, ROWS)?;
            let Some(last) = page.last() else { break };
            after = last.0;
            for ContactRow(id, decision, reason, channel, taken_by, at, by, why) in page {
                rows += 1;
                let stored = Contact {
                    decided: decision.map(|decision| (decision, reason.unwrap_or_default())),
                    taken: channel.zip(taken_by),
                    first: at.map(|at| (at, by.unwrap_or_default(), why.unwrap_or_default())),
                };
                if self.contacts.remove(&id).unwrap_or_default() != stored {
                    misfits.push(Misfit::Contact(ContactId(id)));
                }
            }
        }
        misfits.extend(self.contacts.into_keys().map(|id| Misfit::Contact(ContactId(id))));
        let stored: Vec<(i64, String, String, String, String, Option<String>)> = all!(*conn, INCIDENTS)?;
        for (id, what, began_on, back_by, told, ended_on) in stored {
            rows += 1;
            if self.incidents.remove(&id) != Some(([what, began_on, back_by, told], ended_on)) {
                misfits.push(Misfit::Incident(id));
            }
        }
        misfits.extend(self.incidents.into_keys().map(Misfit::Incident));
        let stored: Vec<(i64, String, String, String, String)> = all!(*conn, OFFICERS)?;
        for (id, email, name, role, disabled) in stored {
            rows += 1;
            if self.accounts.remove(&id) != Some([email, name, role, disabled]) {
                misfits.push(Misfit::Account(OfficerId(id)));
            }
        }
        misfits.extend(self.accounts.into_keys().map(|id| Misfit::Account(OfficerId(id))));
        Ok((rows, misfits))
    }
}
