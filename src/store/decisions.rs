//! Contacts that belong to no case: which of them wait for an officer, and what the officer decided.

use super::error::{Result, Row};
use super::history::{actor_columns, append_record};
use super::link::{all, execute, statements};
use super::{Store, Tx, contacts};
use crate::domain::contact::{Contact, Decided, Suggestion};
use crate::domain::ids::{CaseRef, ContactId};
use crate::domain::records::RecordEvent;

statements! {
    // An update that changes nothing locks the row on PostgreSQL; SQLite has locked everything.
    LOCK = "-- store::decisions::lock
        UPDATE contacts SET decision = decision WHERE id = $1";
    DECIDE = "-- store::decisions::decide
        UPDATE contacts SET decision = $2, decision_reason = $3, decider_kind = $4, decider_id = $5,
            decider_name = $6, decided_at = $7
        WHERE id = $1";
    SUGGESTIONS = "-- store::decisions::suggestions
        SELECT reference_year, reference_number, reason FROM contact_suggestions
        JOIN cases ON cases.id = contact_suggestions.case_id WHERE contact_id = $1 ORDER BY case_id DESC";
}

impl Tx {
    /// A contact to be decided about: locked until this transaction ends.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn contact_for_update(&mut self, id: ContactId) -> Result<Option<Contact>> {
        execute!(self.conn(), LOCK, id)?;
        contacts::load(self.conn(), id).await
    }

    /// Keeps what an officer decided about a contact, in place of what was decided before; the history keeps
    /// both.
    ///
    /// # Errors
    /// When there is no such contact, or the database fails.
    pub async fn contact_decided(&mut self, id: ContactId, decided: &Decided) -> Result<()> {
        let (kind, officer, name) = actor_columns(&decided.by);
        let decision = decided.decision.key();
        let saved = execute!(self.conn(), DECIDE, id, decision, decided.reason, kind, officer, name, decided.at)?;
        if saved != 1 {
            return Err(Row { table: "contacts", key: &id }.bad("id"));
        }
        let Decided { decision, reason, by, at } = decided;
        let event = RecordEvent::ContactDecided { contact: id, decision: *decision, reason: reason.clone() };
        append_record(self, &event, by, *at)
    }
}

impl Store {
    /// The cases a contact may belong to, newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn suggestions(&self, contact: ContactId) -> Result<Vec<Suggestion>> {
        let found: Vec<(i64, i64, String)> = all!(self.reader().await?.conn(), SUGGESTIONS, contact)?;
        let row = Row { table: "contact_suggestions", key: &contact };
        let suggestion = |(year, number, reason)| {
            let case = CaseRef::new(row.number("case_id", year)?, row.number("case_id", number)?);
            Ok(Suggestion { case, reason })
        };
        found.into_iter().map(suggestion).collect()
    }
}
