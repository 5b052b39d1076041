//! Letters on paper: printed when they are approved, sent once an officer has recorded their posting, taken
//! back when the post returns them. A letter that the mail server does not take can be posted instead; its
//! e-mail is then withdrawn, unless it is being handed over at that moment: then both are in the record.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Casework, CaseworkError, actor, facts};
use crate::domain::case::Case;
use crate::domain::circumstances::LetterFormat;
use crate::domain::commands::{CaseCommand, PostCommand, PostRefusal, Refusal};
use crate::domain::ids::LetterId;
use crate::domain::parts::LetterParts;
use crate::domain::people::Officer;
use crate::domain::post::{PostalAddress, Posting};
use crate::letters::printing::{self, Printed};
use crate::store::Letter;
use crate::typesetting::PrintFault;

/// What became of the e-mail of a letter that was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Email {
    /// It had none.
    None,
    /// It was withdrawn before the mail server took it.
    Withdrawn,
    /// It is being handed over: the resident may get both.
    UnderWay,
}

impl Casework {
    /// Records that a letter was posted: from then on it is sent.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is recorded then.
    pub async fn posted(&self, officer: &Officer, id: LetterId, posting: Posting) -> Result<Email, CaseworkError> {
        let now = self.clock.now();
        let post = self.store.post(id).await?;
        let mut tx = self.store.begin().await?;
        let (letter, case) = self.load(&mut tx, id).await?;
        let approved_at = letter.approved.as_ref().map_or(now, |(_, at)| *at);
        let by_email = post.is_none();
        let address = match post {
            Some(post) => post.address,
            None => self.address(&case, now).ok_or(Refusal::NoPostalAddress)?,
        };
        let command = CaseCommand::Post(PostCommand::Posted {
            letter: facts(&letter),
            extension: LetterParts::from_map(&letter.content.parts).extension(),
            approved_at,
            address: address.clone(),
            posting: posting.clone(),
            classes: self.post.classes.clone(),
        });
        let (case, events) = self.decide_all(officer, case, vec![command])?;
        let mut email = Email::None;
        if by_email {
            let pdf = self.print(&letter, &case, &address.0, now).await?;
            tx.keep_print(id, &address, &pdf, now).await?;
            let why = "Withdrawn: the letter was posted instead.";
            email = if tx.withdraw_message(id, why, now).await? { Email::Withdrawn } else { Email::UnderWay };
        }
        tx.letter_posted(id, &posting).await?;
        tx.letter_sent(id, posting.at).await?;
        tx.save_case(&case, &events, &actor(officer), now).await?;
        tx.clear_alarm(&unsent(id)).await?;
        tx.clear_alarm(&undelivered(&case)).await?;
        tx.commit().await?;
        tracing::info!(case.ref = %case.reference, letter.id = id.0, officer.id = officer.id.0, "Letter posted");
        Ok(email)
    }

    /// Records that a posted letter came back, however late: it counts as not sent.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is recorded then.
    pub async fn returned(
        &self,
        officer: &Officer,
        id: LetterId,
        on: Date,
        reason: String,
    ) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        let post = self.store.post(id).await?;
        let mut tx = self.store.begin().await?;
        let (letter, case) = self.load(&mut tx, id).await?;
        let posted = post.and_then(|post| post.posting.map(|posting| (posting.at, post.address)));
        let command = PostCommand::Returned { letter: facts(&letter), posted, on, reason };
        let (case, events) = self.decide_all(officer, case, vec![CaseCommand::Post(command)])?;
        tx.letter_returned(id, now).await?;
        tx.save_case(&case, &events, &actor(officer), now).await?;
        let text = format!(
            "The {} of {} came back by post: the resident has not received it. Ask for another address, record it, \
             and send the letter again.",
            letter.kind, case.reference
        );
        tx.raise_alarm(&undelivered(&case), &text, now).await?;
        tx.commit().await?;
        tracing::error!(case.ref = %case.reference, letter.id = id.0, "A letter came back by post; an officer must act");
        Ok(())
    }

    /// Takes back a letter that waits to be posted: it is not, and a new one can be written.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is recorded then.
    pub async fn withdraw(&self, officer: &Officer, id: LetterId, reason: String) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        let post = self.store.post(id).await?;
        let mut tx = self.store.begin().await?;
        let (letter, case) = self.load(&mut tx, id).await?;
        let command = PostCommand::Withdraw { letter: facts(&letter), reason };
        let (case, events) = self.decide_all(officer, case, vec![CaseCommand::Post(command)])?;
        if post.is_none() {
            return Err(Refusal::from(PostRefusal::ByEmail).into());
        }
        tx.letter_not_delivered(id, now).await?;
        tx.save_case(&case, &events, &actor(officer), now).await?;
        tx.clear_alarm(&unsent(id)).await?;
        tx.commit().await?;
        tracing::info!(case.ref = %case.reference, letter.id = id.0, officer.id = officer.id.0, "Letter withdrawn");
        Ok(())
    }

    fn address(&self, case: &Case, now: Timestamp) -> Option<PostalAddress> {
        let lines = case.people.address_lines(self.desk.rules(now).today());
        (!lines.is_empty()).then(|| PostalAddress(lines.to_vec()))
    }

    /// A letter as it is printed to be posted, in large print where the resident needs it.
    pub(super) async fn print(
        &self,
        letter: &Letter,
        case: &Case,
        address: &[String],
        now: Timestamp,
    ) -> Result<Vec<u8>, PrintFault> {
        let format = match case.people.letter_format() {
            LetterFormat::LargePrint => LetterFormat::LargePrint,
            _ => LetterFormat::Standard,
        };
        let (content, to, address) = (letter.content.clone(), self.addressee(case, now).to_owned(), address.to_vec());
        let (landlord, reference) = (Arc::clone(&self.desk.landlord), case.reference.to_string());
        let print = move || {
            let letter = Printed {
                subject: &content.subject,
                markdown: &content.markdown,
                language: printing::language_of(&content.html),
                reference: &reference,
                mark: None,
                landlord: &landlord,
                to: &to,
                address: &address,
            };
            printing::print(&letter, format)
        };
        let printed = tokio::task::spawn_blocking(print).await;
        printed.unwrap_or_else(|stopped| Err(PrintFault::Layout(stopped.to_string())))
    }
}

/// The alarm about a letter that has not gone and must.
#[must_use]
pub fn unsent(letter: LetterId) -> String {
    format!("unsent-{letter}")
}

fn undelivered(case: &Case) -> String {
    format!("undelivered-{}", case.reference)
}
