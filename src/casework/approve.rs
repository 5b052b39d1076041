//! Approval: an officer approves exactly the text they saw. Version and digest must match what is
//! stored, and what is stored must be what the facts make today; then the letter is frozen, the
//! event appended and the complete message put in the outbox, in one transaction.

use super::{Casework, CaseworkError, actor, facts};
use crate::courier::message::{self, MessageKind, MessageParts};
use crate::domain::approval::Authority;
use crate::domain::case::Case;
use crate::domain::commands::{CaseCommand, Refusal};
use crate::domain::contact::Reading;
use crate::domain::events::CaseEvent;
use crate::domain::ids::{Digest, EmailAddress, LetterId};
use crate::domain::letter::LetterState;
use crate::domain::parts::LetterParts;
use crate::domain::people::{Actor, Officer};
use crate::letters::draft::{overtaken, version};
use crate::store::{self, Letter, NewMessage};

/// What the officer saw and approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// The letter.
    pub letter: LetterId,
    /// The version on the page.
    pub version: u32,
    /// The digest on the page.
    pub digest: Digest,
}

impl Casework {
    /// Approves a letter and puts it in the outbox.
    ///
    /// A letter whose text has been overtaken (its dates count from the day it goes out) gets a new
    /// version and the approval is refused, so that the officer reads what would be sent.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is sent then.
    pub async fn approve(&self, officer: &Officer, approval: Approval) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        // Before the transaction: inside one, nothing may wait for a second connection.
        let opening = self.opening(approval.letter).await?;
        let mut tx = self.store.begin().await?;
        let (letter, case) = self.load(&mut tx, approval.letter).await?;
        let parts = LetterParts::from_map(&letter.content.parts);
        let written = self.desk.write(letter.kind, &case, &parts, now)?;
        if letter.state == LetterState::Draft && overtaken(&written, &letter.content) {
            let newest = tx.add_version(letter.id, &version(written, &parts), &Actor::Daemon, now).await?;
            tx.commit().await?;
            let newest = newest.unwrap_or(letter.version);
            return Err(Refusal::Changed { seen: approval.version, now: newest }.into());
        }
        let command = CaseCommand::Approve {
            letter: facts(&letter),
            seen: (approval.version, approval.digest),
            shortfalls: written.shortfalls(),
            extension: parts.extension(),
            ours: self.sender.ours.clone(),
            authority: Authority { rules: self.approval.clone(), author: tx.last_author(letter.id).await? },
        };
        let (case, events) = self.decide_all(officer, case, vec![command])?;
        let Some(to) = events.iter().find_map(recipient) else { return Err(Refusal::NoAddress.into()) };
        let message = self.message(&letter, &case, opening, to, now)?;
        tx.freeze_letter(letter.id, &actor(officer), now).await?;
        tx.save_case(&case, &events, &actor(officer), now).await?;
        tx.queue(&message).await?;
        tx.commit().await?;
        tracing::info!(
            case.ref = %case.reference, letter.id = letter.id.0, letter.kind = letter.kind.key(),
            officer.id = officer.id.0, "Letter approved"
        );
        Ok(())
    }

    /// The message that opened the letter's case.
    async fn opening(&self, letter: LetterId) -> Result<Option<Reading>, CaseworkError> {
        let letter = self.store.letter(letter).await?.ok_or(CaseworkError::NoSuchLetter)?;
        let case = self.store.case(letter.case).await?.ok_or(CaseworkError::NoSuchCase)?;
        Ok(self.store.contact(case.opened_by).await?.map(|contact| contact.reading))
    }

    /// The complete message, with everything in it that every attempt to send it will carry.
    fn message(
        &self,
        letter: &Letter,
        case: &Case,
        opening: Option<Reading>,
        to: EmailAddress,
        now: jiff::Timestamp,
    ) -> Result<NewMessage, CaseworkError> {
        let answered = opening.as_ref().and_then(|reading| reading.message_id.clone());
        let earlier = opening.into_iter().flat_map(|reading| reading.answers.into_iter().rev());
        let message = message::compose(&MessageParts {
            from: (self.sender.name.clone(), self.sender.address.clone()),
            to: (case.people.letters_to(&case.resident, self.desk.rules(now).today()).0.to_owned(), to.clone()),
            reply_to: self.sender.reply_to.clone(),
            subject: letter.content.subject.clone(),
            text: letter.content.text.clone(),
            html: Some(letter.content.html.clone()),
            message_id: message::new_message_id(self.store.token_key(), self.sender.domain())?,
            date: now,
            references: earlier.chain(answered.clone()).collect(),
            in_reply_to: answered,
            kind: MessageKind::Letter,
        })?;
        Ok(NewMessage {
            kind: store::MessageKind::Letter,
            letter: Some(letter.id),
            case: Some(case.id),
            dedupe_key: format!("letter-{}", letter.id),
            envelope_from: self.sender.address.clone(),
            envelope_to: to,
            message_id: message.message_id,
            bytes: message.bytes,
            at: now,
        })
    }
}

fn recipient(event: &CaseEvent) -> Option<EmailAddress> {
    match event {
        CaseEvent::LetterApproved { to, .. } => Some(to.clone()),
        _ => None,
    }
}
