//! Approval: an officer approves exactly the text they saw. Version and digest must match what is
//! stored, and what is stored must be what the facts make today; then the letter is frozen, the
//! event appended and the complete message put in the outbox, or the PDF kept to be posted, in one
//! transaction.

use jiff::Timestamp;

use super::{Casework, CaseworkError, actor, facts};
use crate::courier::message::{self, Attached, MessageKind, MessageParts};
use crate::domain::approval::{Authority, Overridden};
use crate::domain::case::Case;
use crate::domain::circumstances::LetterFormat;
use crate::domain::commands::{CaseCommand, Refusal};
use crate::domain::contact::Reading;
use crate::domain::events::{CaseEvent, OutcomeEvent};
use crate::domain::ids::{Digest, EmailAddress, LetterId, OfficerId};
use crate::domain::letter::{Attach, LetterState, Purpose};
use crate::domain::parts::LetterParts;
use crate::domain::people::{Actor, Officer};
use crate::domain::post::PostalAddress;
use crate::letters::draft::{overtaken, version};
use crate::store::{self, Letter, NewMessage};
use crate::typesetting::PrintFault;

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
        self.approve_overriding(officer, approval, None).await
    }

    /// The same; with a reason, a letter may lack what the landlord allows somebody senior to leave out.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is sent then.
    pub async fn approve_overriding(
        &self,
        officer: &Officer,
        approval: Approval,
        overriding: Option<String>,
    ) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        // Before the transaction: inside one, nothing may wait for a second connection.
        let opening = self.opening(approval.letter).await?;
        let writer = self.writer(approval.letter).await?;
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
            authority: Authority {
                rules: self.approval.clone(),
                authors: tx.last_author(letter.id).await?.into_iter().chain(writer).collect(),
                overriding,
            },
        };
        let (case, events) = self.decide_all(officer, case, vec![command])?;
        let Some((to, overridden)) = events.iter().find_map(approved) else { return Err(Refusal::NoAddress.into()) };
        tx.freeze_letter(letter.id, &actor(officer), now).await?;
        tx.keep_overrides(letter.id, overridden, officer, now).await?;
        match to {
            Some(to) => {
                let attached = self.on_paper(&letter, &case, now).await;
                tx.queue(&self.message((&letter, &case), opening, (to.clone(), attached), now)?).await?;
            }
            None => {
                let address = PostalAddress(case.people.address_lines(self.desk.rules(now).today()).to_vec());
                let pdf = self.print(&letter, &case, &address.0, now).await?;
                tx.keep_print(letter.id, &address, &pdf, now).await?;
            }
        }
        tx.save_case(&case, &events, &actor(officer), now).await?;
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

    /// For a response: who wrote the outcome that it tells, whoever began the letter.
    async fn writer(&self, letter: LetterId) -> Result<Option<OfficerId>, CaseworkError> {
        let letter = self.store.letter(letter).await?.ok_or(CaseworkError::NoSuchLetter)?;
        if letter.kind.purpose() != Purpose::Respond {
            return Ok(None);
        }
        let history = self.store.history(letter.case).await?;
        Ok(history.iter().rev().find_map(|line| match &line.event {
            CaseEvent::Outcome(OutcomeEvent::Recorded { stage, by, .. }) if *stage == letter.kind.stage() => *by,
            _ => None,
        }))
    }

    /// The letter as a PDF, where it is to go with the message: always to a resident who needs large
    /// print, never to one who needs plain text, to others where it is configured. A letter that cannot be
    /// printed goes without one: its text and HTML say the same, and a resident must not wait for a font.
    async fn on_paper(&self, letter: &Letter, case: &Case, now: Timestamp) -> Option<Attached> {
        let format = case.people.letter_format();
        match (format, self.sender.attach) {
            (LetterFormat::LargePrint, _) => {}
            (LetterFormat::PlainText, _) | (_, Attach::Nothing) => return None,
            (_, Attach::Pdf) => {}
        }
        let name = format!("letter-{}.pdf", case.reference);
        let address = case.people.address_lines(self.desk.rules(now).today());
        match self.print(letter, case, address, now).await.map_err(|fault| without_characters(&fault)) {
            Ok(bytes) => Some(Attached { name, media_type: "application/pdf", bytes }),
            Err(error) => {
                tracing::warn!(
                    case.ref = %case.reference, letter.id = letter.id.0, error,
                    "A letter goes without its PDF: it could not be printed"
                );
                None
            }
        }
    }

    /// The name of whom letters go to today.
    pub(super) fn addressee<'a>(&self, case: &'a Case, now: Timestamp) -> &'a str {
        case.people.letters_to(&case.resident, self.desk.rules(now).today()).0
    }

    /// The complete message, with everything in it that every attempt to send it will carry.
    fn message(
        &self,
        (letter, case): (&Letter, &Case),
        opening: Option<Reading>,
        (to, attached): (EmailAddress, Option<Attached>),
        now: Timestamp,
    ) -> Result<NewMessage, CaseworkError> {
        let answered = opening.as_ref().and_then(|reading| reading.message_id.clone());
        let earlier = opening.into_iter().flat_map(|reading| reading.answers.into_iter().rev());
        let parts = MessageParts {
            from: (self.sender.name.clone(), self.sender.address.clone()),
            to: (self.addressee(case, now).to_owned(), to.clone()),
            reply_to: self.sender.reply_to.clone(),
            subject: letter.content.subject.clone(),
            text: letter.content.text.clone(),
            html: Some(letter.content.html.clone()).filter(|html| !html.is_empty()),
            message_id: message::new_message_id(self.store.token_key(), self.sender.domain())?,
            date: now,
            references: earlier.chain(answered.clone()).collect(),
            in_reply_to: answered,
            kind: MessageKind::Letter,
        };
        let message = message::compose_with(&parts, attached.as_ref())?;
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

/// Where an approved letter goes, `None` by post, and what it goes without.
fn approved(event: &CaseEvent) -> Option<(&Option<EmailAddress>, &[Overridden])> {
    match event {
        CaseEvent::LetterApproved { to, overridden, .. } => Some((to, overridden)),
        _ => None,
    }
}

/// A fault as the log may have it: without the characters, which may be a name's.
fn without_characters(fault: &PrintFault) -> String {
    match fault {
        PrintFault::NoShape(_) => "no font has some of its characters".to_owned(),
        other => other.to_string(),
    }
}
