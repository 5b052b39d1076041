//! Triage as an officer asks for it: what the words suggest is looked up at the moment of the decision and
//! kept with it, and a complaint raised from something else is a case of its own, with the day its message
//! was received.

use super::{Casework, CaseworkError, actor};
use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand, TriageAsked, TriageCommand, TriageRefusal};
use crate::domain::ids::{CaseRef, ContactId};
use crate::domain::people::Officer;
use crate::domain::triage::Suggested;
use crate::domain::words;
use crate::store::StoreError;

impl Casework {
    /// Decides what a case is, or decides it anew.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing has changed then.
    pub async fn triage(
        &self,
        officer: &Officer,
        reference: CaseRef,
        asked: TriageAsked,
    ) -> Result<Case, CaseworkError> {
        let case = self.store.case_by_ref(reference).await?.ok_or(CaseworkError::NoSuchCase)?;
        let suggested = self.suggested(&case).await?;
        let asked = TriageAsked { suggested, ..asked };
        self.act(officer, reference, CaseCommand::Triage(TriageCommand::Decide(asked))).await
    }

    /// What the words of a case suggest that it is: those of the message that waits, else of the one that
    /// opened it. `None` when it has no message left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggested(&self, case: &Case) -> Result<Option<Suggested>, StoreError> {
        Ok(self.triage.of_case(case, &self.store.contacts_of_case(case.id).await?))
    }

    /// Raises a complaint from a message to what is not one (1.5): a new case, received when that message was.
    /// What was asked for goes on in its own. Without a contact named it is the first that waits.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing has changed then.
    pub async fn raise_complaint(
        &self,
        officer: &Officer,
        reference: CaseRef,
        contact: Option<ContactId>,
        reason: &str,
    ) -> Result<CaseRef, CaseworkError> {
        let now = self.clock.now();
        let id = self.store.case_by_ref(reference).await?.ok_or(CaseworkError::NoSuchCase)?.id;
        let mut tx = self.store.begin().await?;
        let request = self.load_case(&mut tx, id).await?;
        let waits = request.triaged.first_again().map(|again| again.contact);
        let contact = contact.or(waits).ok_or(commands::Refusal::Triage(TriageRefusal::NothingWaits))?;
        let contact = tx.contact_for_update(contact).await?.ok_or(CaseworkError::NoSuchContact)?;
        if let Some(raised) = contact.case.filter(|case| request.triaged.raised.contains(case)) {
            return Ok(raised);
        }
        let year = u16::try_from(words::london_date(contact.receipt_at()).year()).unwrap_or(0);
        let complaint = CaseRef::new(year, tx.next_case_number(year).await?);
        let raise = TriageCommand::Raise { contact: contact.id, complaint, reason: reason.to_owned() };
        self.carry_out(&mut tx, officer, id, CaseCommand::Triage(raise)).await?;
        let rules = self.desk.rules(now);
        let opened = commands::open_case_for(rules, complaint, &contact, request.resident.clone());
        let case = tx.open_case(&opened, &actor(officer), now).await?;
        let from = TriageCommand::RaisedFrom {
            request: reference,
            weights: request.triaged.weights,
            reason: reason.to_owned(),
        };
        self.carry_out(&mut tx, officer, case.id, CaseCommand::Triage(from)).await?;
        tx.commit().await?;
        tracing::info!(
            case.ref = %complaint, contact.id = contact.id.0, officer.id = officer.id.0,
            "A complaint was raised from what was not one"
        );
        Ok(complaint)
    }
}
