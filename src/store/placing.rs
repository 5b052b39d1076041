//! What placing a message needs to know: which message of ours it answers, whether it was logged before,
//! and which cases it may belong to.

use super::error::{Result, Row};
use super::link::{all, execute, one, optional, statements};
use super::{MessageKind, Tx};
use crate::domain::ids::{CaseId, CaseRef, ContactId, Digest, EmailAddress, LetterId};

statements! {
    FIND_SENT = "-- store::placing::find_sent
        SELECT kind, case_id, letter_id, envelope_to FROM outbox WHERE message_id = $1";
    ALIKE = "-- store::placing::alike
        SELECT (SELECT id FROM contacts WHERE canonical = $1), (SELECT id FROM contacts WHERE message_id = $2 LIMIT 1)";
    CASE_OF_REFERENCE = "-- store::placing::case_of_reference
        SELECT id FROM cases WHERE reference_year = $1 AND reference_number = $2";
    CASES_OF_SENDER = "-- store::placing::cases_of_sender
        SELECT cases.id, reference_year, reference_number, resident_email, subject
        FROM cases JOIN contacts ON contacts.id = opened_by
        WHERE lower(resident_email) = $1 ORDER BY cases.id DESC LIMIT $2";
    SUGGEST = "-- store::placing::suggest
        INSERT INTO contact_suggestions (contact_id, case_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
}

/// A message of ours that a contact may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// What kind it is.
    pub kind: MessageKind,
    /// The case it was about, when it was about one.
    pub case: Option<CaseId>,
    /// The letter, when it was one.
    pub letter: Option<LetterId>,
    /// To whom it went.
    pub to: EmailAddress,
}

/// What was logged before that a message may be the same as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Alike {
    /// The contact with the same message, as it came by another way.
    pub message: Option<ContactId>,
    /// A contact with the same Message-ID.
    pub message_id: Option<ContactId>,
}

/// A case of somebody who writes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOfSender {
    /// The case.
    pub id: CaseId,
    /// Its reference.
    pub reference: CaseRef,
    /// The subject of the message that opened it.
    pub subject: String,
}

fn reference(row: Row<'_>, year: i64, number: i64) -> Result<CaseRef> {
    Ok(CaseRef::new(row.number("reference_year", year)?, row.number("reference_number", number)?))
}

impl Tx {
    /// The first message of ours among these Message-IDs (without angle brackets), if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_sent_message(&mut self, message_ids: &[String]) -> Result<Option<SentMessage>> {
        for message_id in message_ids {
            let found: Option<(String, Option<i64>, Option<i64>, String)> =
                optional!(self.conn(), FIND_SENT, message_id)?;
            if let Some((kind, case, letter, to)) = found {
                let row = Row { table: "outbox", key: message_id };
                return Ok(Some(SentMessage {
                    kind: row.some("kind", MessageKind::from_key(&kind))?,
                    case: case.map(CaseId),
                    letter: letter.map(LetterId),
                    to: row.parse("envelope_to", &to)?,
                }));
            }
        }
        Ok(None)
    }

    /// What was logged before with the same canonical digest or the same Message-ID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts_like(&mut self, canonical: Option<Digest>, message_id: Option<&str>) -> Result<Alike> {
        let (message, message_id): (Option<i64>, Option<i64>) = one!(self.conn(), ALIKE, canonical, message_id)?;
        Ok(Alike { message: message.map(ContactId), message_id: message_id.map(ContactId) })
    }

    /// The case with this reference.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_of_reference(&mut self, reference: CaseRef) -> Result<Option<CaseId>> {
        let found: Option<(i64,)> = optional!(self.conn(), CASE_OF_REFERENCE, reference.year(), reference.number())?;
        Ok(found.map(|(id,)| CaseId(id)))
    }

    /// The newest cases whose letters go to this address.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn cases_of_sender(&mut self, sender: &EmailAddress, limit: usize) -> Result<Vec<CaseOfSender>> {
        let key = sender.as_str().to_ascii_lowercase();
        let found: Vec<(i64, i64, i64, String, String)> = all!(self.conn(), CASES_OF_SENDER, key, limit)?;
        let mut cases = Vec::new();
        for (id, year, number, email, subject) in found {
            let row = Row { table: "cases", key: &id };
            let email: EmailAddress = row.parse("resident_email", &email)?;
            if email.same_mailbox(sender) {
                cases.push(CaseOfSender { id: CaseId(id), reference: reference(row, year, number)?, subject });
            }
        }
        Ok(cases)
    }

    /// Notes that a contact may belong to a case. The first reason given stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggest(&mut self, contact: ContactId, case: CaseId, reason: &str) -> Result<()> {
        execute!(self.conn(), SUGGEST, contact, case, reason).map(|_| ())
    }
}
