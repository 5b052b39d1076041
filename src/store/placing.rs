//! What placing a message needs to know: which message of ours it answers, whether it was logged before,
//! and which cases it may belong to.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Result, Row};
use super::link::{all, optional, statements};
use super::rows::many;
use super::{MessageKind, Tx};
use crate::domain::contact::Suggestion;
use crate::domain::ids::{CaseId, CaseRef, ContactId, Digest, EmailAddress, LetterId};

statements! {
    FIND_SENT = "-- store::placing::find_sent
        SELECT kind, case_id, letter_id, envelope_to FROM outbox WHERE message_id = $1";
    LIKE = "-- store::placing::like
        SELECT canonical, id FROM contacts WHERE canonical IN ($1)";
    NAMED_LIKE = "-- store::placing::named_like
        SELECT message_id, min(id) FROM contacts WHERE message_id IN ($1) GROUP BY message_id";
    CASE_OF_REFERENCE = "-- store::placing::case_of_reference
        SELECT id FROM cases WHERE reference_year = $1 AND reference_number = $2";
    SENDERS_WITH_CASES = "-- store::placing::senders_with_cases
        SELECT DISTINCT lower(resident_email) FROM cases WHERE lower(resident_email) IN ($1)";
    CASES_OF_SENDER = "-- store::placing::cases_of_sender
        SELECT cases.id, reference_year, reference_number, resident_email, subject
        FROM cases JOIN contacts ON contacts.id = opened_by
        WHERE lower(resident_email) = $1 ORDER BY cases.id DESC LIMIT $2";
    // An untyped list needs the casts; a condition keeps SQLite from taking ON CONFLICT for a join's ON.
    SUGGEST = "-- store::placing::suggest
        INSERT INTO contact_suggestions (contact_id, case_id, reason)
        SELECT CAST(column1 AS BIGINT), cases.id, column4 FROM (VALUES ($1, $2, $3, $4)) AS suggested
            JOIN cases ON reference_year = CAST(column2 AS BIGINT) AND reference_number = CAST(column3 AS BIGINT)
        WHERE true ON CONFLICT DO NOTHING";
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

/// A case of somebody who writes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOfSender {
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

    /// The contacts with any of these canonical digests.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn copies_of(&mut self, canonical: &[Digest]) -> Result<BTreeMap<Digest, ContactId>> {
        let found: Vec<(Vec<u8>, i64)> = many!(self.conn(), LIKE, canonical, |one| [one]).await?;
        let digest = |(digest, id): (Vec<u8>, i64)| {
            Ok((Row { table: "contacts", key: &id }.digest("canonical", &digest)?, ContactId(id)))
        };
        found.into_iter().map(digest).collect()
    }

    /// The first contacts with any of these Message-IDs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts_named(&mut self, message_ids: &[&str]) -> Result<BTreeMap<String, ContactId>> {
        let found: Vec<(String, i64)> = many!(self.conn(), NAMED_LIKE, message_ids, |one| [one]).await?;
        Ok(found.into_iter().map(|(message_id, id)| (message_id, ContactId(id))).collect())
    }

    /// The case with this reference.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_of_reference(&mut self, reference: CaseRef) -> Result<Option<CaseId>> {
        let found: Option<(i64,)> = optional!(self.conn(), CASE_OF_REFERENCE, reference.year(), reference.number())?;
        Ok(found.map(|(id,)| CaseId(id)))
    }

    /// Those of these senders who have a case, in small letters.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn senders_with_cases(&mut self, senders: &[&EmailAddress]) -> Result<BTreeSet<String>> {
        let keys: Vec<String> = senders.iter().map(|sender| sender.as_str().to_ascii_lowercase()).collect();
        let found: Vec<(String,)> = many!(self.conn(), SENDERS_WITH_CASES, keys.as_slice(), |key| [key]).await?;
        Ok(found.into_iter().map(|(sender,)| sender).collect())
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
                cases.push(CaseOfSender { reference: reference(row, year, number)?, subject });
            }
        }
        Ok(cases)
    }

    /// Notes that contacts may belong to cases. The first reason given stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggest(&mut self, suggestions: &[(ContactId, Suggestion)]) -> Result<()> {
        let _: Vec<()> = many!(self.conn(), SUGGEST, suggestions, |(contact, suggestion)| [
            contact,
            suggestion.case.year(),
            suggestion.case.number(),
            suggestion.reason,
        ])
        .await?;
        Ok(())
    }
}
