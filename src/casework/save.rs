//! Saving what an officer wrote on a letter's page, and beginning an extension. Each save that
//! changes the text is a new version with a new digest.

use super::{Casework, CaseworkError, actor, facts, must_be_draft};
use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand, LetterFacts, Refusal, Rules, check_extension, extension_possible};
use crate::domain::definition::Definition;
use crate::domain::events::CaseEvent;
use crate::domain::ids::{CaseRef, EmailAddress, LetterId, OfficerId};
use crate::domain::letter::{LetterKind, LetterState, Purpose};
use crate::domain::parts::LetterParts;
use crate::domain::people::{Actor, Officer};
use crate::domain::stage::Stage;
use crate::letters::draft::version;
use crate::store::Letter;

/// What the acknowledgement's page holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcknowledgementForm {
    /// The resident's name.
    pub resident_name: String,
    /// Where the letter goes; `None` leaves the address as it is.
    pub resident_email: Option<EmailAddress>,
    /// The complaint definition (5.6, 5.7).
    pub definition: Definition,
    /// The handler, once chosen.
    pub handler: Option<OfficerId>,
    /// A free paragraph.
    pub extra: String,
    /// Adjustments agreed with the resident (5.10).
    pub adjustments: String,
}

impl Casework {
    /// Saves the acknowledgement's page.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is saved then.
    pub async fn save_acknowledgement(
        &self,
        officer: &Officer,
        letter: LetterId,
        form: AcknowledgementForm,
    ) -> Result<(), CaseworkError> {
        let mut commands = vec![
            CaseCommand::NameResident { name: form.resident_name },
            CaseCommand::Define { definition: form.definition },
        ];
        commands.extend(form.resident_email.map(|email| CaseCommand::AddressResident { email }));
        if let Some(handler) = form.handler {
            let officer = self.store.officer(handler).await?.ok_or(CaseworkError::NoSuchOfficer)?;
            commands.push(CaseCommand::AssignHandler { officer });
        }
        let parts = LetterParts { extra: form.extra, adjustments: form.adjustments, ..LetterParts::default() };
        self.save(officer, letter, commands, parts).await
    }

    /// Saves the parts of a letter. What they say is held against the Code when it is approved.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is saved then.
    pub async fn save_parts(
        &self,
        officer: &Officer,
        letter: LetterId,
        parts: LetterParts,
    ) -> Result<(), CaseworkError> {
        self.save(officer, letter, Vec::new(), parts).await
    }

    async fn save(
        &self,
        officer: &Officer,
        letter: LetterId,
        commands: Vec<CaseCommand>,
        parts: LetterParts,
    ) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let (letter, case) = self.load(&mut tx, letter).await?;
        must_be_draft(&letter)?;
        let (case, mut events) = self.decide_all(officer, case, commands)?;
        let written = self.desk.write(letter.kind, &case, &parts, now)?;
        let digest = written.rendered.digest();
        if digest != letter.content.digest || parts.to_map() != letter.content.parts {
            // Who only chooses a handler, or corrects a name, has written nothing.
            let wrote = parts.to_map() != letter.content.parts
                || events.iter().any(|event| matches!(event, CaseEvent::Defined { .. }));
            let author = if wrote { actor(officer) } else { Actor::Daemon };
            let number = tx.add_version(letter.id, &version(written, &parts), &author, now).await?;
            let number = number.ok_or(Refusal::NotADraft(letter.state))?;
            let drafted = LetterFacts { version: number, digest, ..facts(&letter) };
            let note = CaseCommand::NoteDraft { letter: drafted };
            events.extend(commands::decide(self.desk.rules(now).by(officer), &case, note)?);
        }
        tx.save_case(&case, &events, &actor(officer), now).await?;
        self.settle_alarms(&mut tx, &case, &events).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins an extension letter, or goes on with the one begun.
    ///
    /// # Errors
    /// [`CaseworkError`] when no extension is possible (6.4, 6.15): nothing to extend or too late.
    pub async fn begin_extension(&self, officer: &Officer, reference: CaseRef) -> Result<LetterId, CaseworkError> {
        self.begin(officer, reference, LetterKind::extension, |rules, case| extension_possible(rules, case).map(|_| ()))
            .await
    }

    /// Writes an extension letter whole. Terms that could not be offered now are refused here, not only when the
    /// letter is approved; that a manager must approve it is for the approval.
    ///
    /// # Errors
    /// [`CaseworkError`] when no extension is possible, or not on these terms (6.4, 6.15, 5.9); nothing is written
    /// then.
    pub async fn write_extension(
        &self,
        officer: &Officer,
        reference: CaseRef,
        parts: LetterParts,
    ) -> Result<LetterId, CaseworkError> {
        let terms = parts.extension();
        let possible = |rules: Rules<'_>, case: &Case| match &terms {
            Some(terms) => check_extension(Rules { officer: None, ..rules }, case, terms),
            None => extension_possible(rules, case).map(|_| ()),
        };
        let letter = self.begin(officer, reference, LetterKind::extension, possible).await?;
        self.save_parts(officer, letter, parts).await?;
        Ok(letter)
    }

    /// Discards a draft that nobody needs. It is kept, and its kind can be begun again.
    ///
    /// # Errors
    /// [`CaseworkError`] when it is no draft, or is owed to the resident.
    pub async fn discard(&self, officer: &Officer, letter: LetterId, reason: &str) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let (letter, case) = self.load(&mut tx, letter).await?;
        let command = CaseCommand::Discard { letter: facts(&letter), reason: reason.trim().to_owned() };
        let (case, events) = self.decide_all(officer, case, vec![command])?;
        tx.discard_letter(letter.id, now).await?;
        tx.save_case(&case, &events, &actor(officer), now).await?;
        tx.commit().await?;
        tracing::info!(
            case.ref = %case.reference, letter.id = letter.id.0, letter.kind = letter.kind.key(),
            officer.id = officer.id.0, "Draft discarded"
        );
        Ok(())
    }

    /// Begins the response of the current stage, or goes on with the one begun.
    ///
    /// # Errors
    /// [`CaseworkError`] when the stage is not acknowledged, or answered already.
    pub async fn begin_response(&self, officer: &Officer, reference: CaseRef) -> Result<LetterId, CaseworkError> {
        self.begin(officer, reference, LetterKind::response, |_, case| commands::response_possible(case)).await
    }

    /// Begins a letter that tells or asks something, or goes on with the one begun. It may be sent again.
    ///
    /// # Errors
    /// [`CaseworkError`] when the case is something that this letter does not suit.
    pub async fn begin_telling(
        &self,
        officer: &Officer,
        reference: CaseRef,
        kind: LetterKind,
    ) -> Result<LetterId, CaseworkError> {
        self.begin(officer, reference, |_| kind, |_, case| commands::suits(case, kind)).await
    }

    /// Begins a letter of the current stage when `possible`, or goes on with the one begun. After one that
    /// could not be delivered the next begins with the same parts.
    pub(super) async fn begin(
        &self,
        officer: &Officer,
        reference: CaseRef,
        kind: impl Fn(Stage) -> LetterKind,
        possible: impl Fn(Rules<'_>, &Case) -> Result<(), Refusal>,
    ) -> Result<LetterId, CaseworkError> {
        let now = self.clock.now();
        let found = self.store.case_by_ref(reference).await?.ok_or(CaseworkError::NoSuchCase)?;
        let letters = self.store.letters_of_case(found.id).await?;
        let mut tx = self.store.begin().await?;
        let case = self.load_case(&mut tx, found.id).await?;
        let kind = kind(case.current.stage);
        possible(self.desk.rules(now).by(officer), &case)?;
        let again = kind.purpose() == Purpose::Tell;
        let begun = if again { tx.open_letter(case.id, kind).await? } else { tx.live_letter(case.id, kind).await? };
        if let Some(letter) = begun {
            return Ok(letter);
        }
        // What was told before is not told again, unless it never arrived.
        let undelivered = |letter: &Letter| !again || letter.state == LetterState::NotDelivered;
        let earlier = letters.into_iter().rfind(|letter| letter.kind == kind).filter(undelivered);
        let parts = earlier.map(|letter| LetterParts::from_map(&letter.content.parts)).unwrap_or_default();
        let written = self.desk.write(kind, &case, &parts, now)?;
        let digest = written.rendered.digest();
        let added = tx.add_letter(case.id, kind, &version(written, &parts), &actor(officer), now).await?;
        // The case is locked and has no live letter of this kind, so there is room for one.
        let id = added.ok_or(CaseworkError::NoSuchLetter)?;
        let letter = LetterFacts { id, kind, state: LetterState::Draft, version: 1, digest };
        let (case, events) = self.decide_all(officer, case, vec![CaseCommand::NoteDraft { letter }])?;
        tx.save_case(&case, &events, &actor(officer), now).await?;
        tx.commit().await?;
        Ok(id)
    }
}
