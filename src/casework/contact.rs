//! An officer decides about a contact that belongs to no case: it opens one, is added to one, or
//! nothing is to be done. Its own transaction looks again at what has been decided meanwhile, so that
//! of two officers the second is told of the first, and a second press of the button does nothing.

use std::collections::BTreeSet;

use super::{Casework, CaseworkError, actor};
use crate::domain::commands::{self, CaseCommand, StageTwoCommand, TriageCommand};
use crate::domain::contact::Contact;
use crate::domain::decision::{self, Asked, Choice, Complainant, Verdict};
use crate::domain::ids::{CaseId, CaseRef, ContactId};
use crate::domain::people::Officer;
use crate::domain::words;
use crate::store::Tx;

impl Casework {
    /// Carries out an officer's decision about a contact; answers with the case it is part of now.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing has changed then.
    pub async fn decide_contact(
        &self,
        officer: &Officer,
        id: ContactId,
        asked: &Asked,
    ) -> Result<Option<CaseRef>, CaseworkError> {
        let now = self.clock.now();
        // Before the transaction: inside one, nothing may wait for a second connection.
        let target = match asked.choice {
            Choice::AddTo(case) => Some(self.store.case_by_ref(case).await?.ok_or(CaseworkError::NoSuchCase)?.id),
            Choice::OpenCase(_) | Choice::NothingToDo => None,
        };
        let before = self.store.contact(id).await?.ok_or(CaseworkError::NoSuchContact)?.case;
        let before = match before {
            Some(case) => self.store.case_by_ref(case).await?.map(|case| case.id),
            None => None,
        };
        let by = actor(officer);
        let mut tx = self.store.begin().await?;
        // In the order of their numbers: two acts on the same two cases must not wait for each other.
        let cases: BTreeSet<CaseId> = target.into_iter().chain(before).collect();
        for case in cases {
            self.load_case(&mut tx, case).await?;
        }
        let contact = tx.contact_for_update(id).await?.ok_or(CaseworkError::NoSuchContact)?;
        let decided = match decision::decide(&contact, asked, &by, now)? {
            Verdict::DoneBefore(case) => return Ok(case),
            Verdict::Decide(decided) => decided,
        };
        tx.contact_decided(id, &decided).await?;
        let case = match (asked.choice, target) {
            (Choice::OpenCase(complainant), _) => {
                Some(self.open_from(&mut tx, &contact, complainant, officer, &decided.reason).await?)
            }
            (Choice::AddTo(to), Some(target)) => {
                let reason = decided.reason;
                if let Some(before) = before.filter(|_| contact.case.is_some()) {
                    let leave = CaseCommand::MoveContact { contact: id, to, reason: reason.clone() };
                    self.carry_out(&mut tx, officer, before, leave).await?;
                }
                self.carry_out(&mut tx, officer, target, CaseCommand::AddContact { contact: id, reason }).await?;
                let consider = StageTwoCommand::Consider { contact: id, received_at: contact.received_at };
                self.carry_out(&mut tx, officer, target, CaseCommand::StageTwo(consider)).await?;
                let consider = TriageCommand::Consider { contact: id, received_at: contact.receipt_at() };
                self.carry_out(&mut tx, officer, target, CaseCommand::Triage(consider)).await?;
                Some(to)
            }
            (Choice::AddTo(_) | Choice::NothingToDo, _) => contact.case,
        };
        tx.commit().await?;
        tracing::info!(
            contact.id = id.0, officer.id = officer.id.0, decision = decided.decision.key(),
            case.ref = case.map(|case| case.to_string()), "Contact decided"
        );
        Ok(case)
    }

    /// Opens a case whose clock runs from the contact's receipt (6.2), even if that is long past.
    pub(super) async fn open_from(
        &self,
        tx: &mut Tx,
        contact: &Contact,
        complainant: Complainant,
        officer: &Officer,
        reason: &str,
    ) -> Result<CaseRef, CaseworkError> {
        let now = self.clock.now();
        let year = u16::try_from(words::london_date(contact.receipt_at()).year()).unwrap_or(0);
        let reference = CaseRef::new(year, tx.next_case_number(year).await?);
        let resident = decision::resident(contact, complainant);
        let opened = commands::open_case_for(self.desk.rules(now), reference, contact, resident);
        let case = tx.open_case(&opened, &actor(officer), now).await?;
        let why = CaseCommand::AddContact { contact: contact.id, reason: reason.to_owned() };
        self.carry_out(tx, officer, case.id, why).await?;
        Ok(reference)
    }
}
