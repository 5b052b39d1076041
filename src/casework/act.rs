//! What an officer asks of a case. Drafts that speak of what has changed are written anew in the same
//! transaction; nothing else changes.

use super::{Casework, CaseworkError, actor, facts};
use crate::domain::case::Case;
use crate::domain::commands::{
    self, CaseCommand, ExclusionCommand, LetterFacts, OnRecord, OutcomeCommand, PeopleCommand, StageTwoCommand,
    response_possible,
};
use crate::domain::exclusion::{EarlierCase, Ground, Refused};
use crate::domain::ids::{CaseId, CaseRef, LetterId};
use crate::domain::letter::{LetterKind, LetterState};
use crate::domain::outcome::Outcome;
use crate::domain::parts::LetterParts;
use crate::domain::people::{Actor, Officer};
use crate::letters::draft::version;
use crate::store::{Letter, Tx};

impl Casework {
    /// Asks this of a case, and gives the case as it is then. Asked twice, what has happened already does
    /// not happen again.
    ///
    /// # Errors
    /// [`CaseworkError`]: there is no such case, the Code or the case stands in the way, or the database
    /// fails; nothing has changed then.
    pub async fn act(
        &self,
        officer: &Officer,
        reference: CaseRef,
        command: CaseCommand,
    ) -> Result<Case, CaseworkError> {
        let id = self.store.case_by_ref(reference).await?.ok_or(CaseworkError::NoSuchCase)?.id;
        let command = match command {
            CaseCommand::People(PeopleCommand::CarryOver { from, known: None }) => {
                let known = self.store.case_by_ref(from).await?.as_ref().map(OnRecord::of);
                CaseCommand::People(PeopleCommand::CarryOver { from, known })
            }
            other => other,
        };
        // Before the transaction: inside one, nothing may wait for a second connection.
        let drafts = self.store.letters_of_case(id).await?;
        let mut tx = self.store.begin().await?;
        // Letters are locked before their case, here as everywhere.
        let mut letters = Vec::new();
        for draft in drafts.into_iter().filter(|letter| letter.state == LetterState::Draft) {
            letters.extend(tx.letter_for_update(draft.id).await?);
        }
        // Who changes only facts, such as the handler, has written nothing.
        let author = if command.writes() { actor(officer) } else { Actor::Daemon };
        let case = self.carry_out(&mut tx, officer, id, command).await?;
        for letter in letters.into_iter().filter(|letter| letter.state == LetterState::Draft) {
            self.write_anew(&mut tx, (officer, &author), &case, letter).await?;
        }
        tx.commit().await?;
        Ok(case)
    }

    /// Writes the outcome of the current stage; once it is complete, the response is begun.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub async fn record_outcome(
        &self,
        officer: &Officer,
        reference: CaseRef,
        outcome: Outcome,
    ) -> Result<Option<LetterId>, CaseworkError> {
        let today = self.desk.rules(self.clock.now()).today();
        let lacks_nothing = |case: &Case| {
            case.current.outcome.as_ref().is_some_and(|outcome| case.outcome_lacks(outcome, today).is_empty())
        };
        let command = CaseCommand::Outcome(OutcomeCommand::Record(outcome));
        let case = self.act(officer, reference, command).await?;
        if lacks_nothing(&case) && response_possible(&case).is_ok() {
            return self.begin_response(officer, reference).await.map(Some);
        }
        Ok(None)
    }

    /// Proposes to refuse the complaint, or stage 2, and begins the letter that another officer approves.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub async fn propose_refusal(
        &self,
        officer: &Officer,
        reference: CaseRef,
        refused: Refused,
        ground: Ground,
        (reasons, discretion): (String, String),
    ) -> Result<LetterId, CaseworkError> {
        let earlier = match &ground {
            Ground::ConsideredBefore { earlier } => {
                self.store.case_by_ref(*earlier).await?.as_ref().map(EarlierCase::of)
            }
            _ => None,
        };
        let propose = ExclusionCommand::Propose { refused, ground, reasons, discretion, earlier };
        self.act(officer, reference, CaseCommand::Exclusion(propose)).await?;
        let kind = match refused {
            Refused::Complaint => LetterKind::RefusalToAccept,
            Refused::Escalation => LetterKind::RefusalToEscalate,
        };
        self.begin(officer, reference, |_| kind, |_, _| Ok(())).await
    }

    /// Takes a case to stage 2. A contact that asks for it gives the date it was received.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub async fn escalate(
        &self,
        officer: &Officer,
        reference: CaseRef,
        command: StageTwoCommand,
    ) -> Result<Case, CaseworkError> {
        self.act(officer, reference, CaseCommand::StageTwo(command)).await
    }

    /// Asks one thing of a case and saves what comes of it.
    pub(super) async fn carry_out(
        &self,
        tx: &mut Tx,
        officer: &Officer,
        case: CaseId,
        command: CaseCommand,
    ) -> Result<Case, CaseworkError> {
        let case = self.load_case(tx, case).await?;
        let (case, events) = self.decide_all(officer, case, vec![command])?;
        tx.save_case(&case, &events, &actor(officer), self.clock.now()).await?;
        self.settle_alarms(tx, &case, &events).await?;
        Ok(case)
    }

    /// A draft whose facts have changed gets a new version.
    async fn write_anew(
        &self,
        tx: &mut Tx,
        (officer, author): (&Officer, &Actor),
        case: &Case,
        letter: Letter,
    ) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        let parts = LetterParts::from_map(&letter.content.parts);
        let written = self.desk.write(letter.kind, case, &parts, now)?;
        let digest = written.rendered.digest();
        if digest == letter.content.digest {
            return Ok(());
        }
        let Some(number) = tx.add_version(letter.id, &version(written, &parts), author, now).await? else {
            return Ok(());
        };
        let note = CaseCommand::NoteDraft { letter: LetterFacts { version: number, digest, ..facts(&letter) } };
        let events = commands::decide(self.desk.rules(now).by(officer), case, note)?;
        tx.save_case(case, &events, &actor(officer), now).await?;
        Ok(())
    }
}
