//! Contacts: one row for each message logged, with what was read of it. The bytes stand in
//! `raw_messages`; attachments are described here and never stored a second time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::{Result, Row};
use super::history::{append_record, read_actor};
use super::link::{Conn, all, execute, one, optional, statements};
use super::rows::many;
use super::stored::{AttachmentItem, BounceItem, MarkItem, SenderCheckItem};
use super::{Store, Tx, search, to_json};
use crate::domain::channel::{Channel, FirstReceipt, Taken};
use crate::domain::contact::{Contact, ContactKind, Decided, Decision, Intake, Mark, NewContact, Reading, Sorted};
use crate::domain::ids::{CaseId, CaseRef, ContactId, Digest, RawId};
use crate::domain::people::Actor;
use crate::domain::records::RecordEvent;
use crate::domain::waiting::Waiting;

/// A query for [`StoredContact`]s.
macro_rules! select_contacts {
    ($rest:literal) => {
        select_contacts!("body", $rest)
    };
    ($body:literal, $rest:literal) => {
        concat!(
            "SELECT contacts.id, contacts.received_at, intake, kind, reason, bounce, sender, marks, from_email,
                from_name, subject, ", $body, ", message_id, answers, attachments, problems, tasks, waiting, decision,
                decision_reason, decider_kind, decider_id, decider_name, decided_at, channel, taken_by, first_received_at,
                first_received_by, first_received_reason, reference_year, reference_number
            FROM contacts LEFT JOIN cases ON cases.id = contacts.case_id ",
            $rest
        )
    };
}

pub(super) use select_contacts;

statements! {
    INSERT = "-- store::contacts::insert
        INSERT INTO contacts (raw_id, received_at, logged_at, kind, reason, from_email, from_name, subject, body,
            message_id, answers, attachments, problems, tasks, intake, bounce, sender, marks, canonical, waiting)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        RETURNING raw_id, id";
    SET_CASE = "-- store::contacts::set_case
        UPDATE contacts SET case_id = $2 WHERE id = $1";
    TAKE_UP = "-- store::contacts::take_up
        UPDATE contacts SET intake = 'inbox', waiting = NULL WHERE id = $1";
    SET_WAITING = "-- store::contacts::set_waiting
        UPDATE contacts SET waiting = $2 WHERE id = $1";
    TAKEN = "-- store::contacts::taken
        UPDATE contacts SET channel = $2, taken_by = $3 WHERE id = $1";
    FIRST_RECEIVED = "-- store::contacts::first_received
        UPDATE contacts SET first_received_at = $2, first_received_by = $3, first_received_reason = $4 WHERE id = $1";
    LOAD = concat!("-- store::contacts::load\n", select_contacts!("WHERE contacts.id = $1"));
    RAW_ID = "-- store::contacts::raw_id
        SELECT raw_id FROM contacts WHERE id = $1";
    OF_DIGEST = "-- store::contacts::of_digest
        SELECT contact_id FROM mail_ledger JOIN raw_messages ON raw_messages.id = raw_id
        WHERE sha256 = $1 AND contact_id IS NOT NULL ORDER BY mail_ledger.id LIMIT 1";
    PAGE = concat!("-- store::contacts::page\n", select_contacts!("WHERE contacts.id < $1 ORDER BY contacts.id DESC LIMIT $2"));
    OF_CASE = concat!(
        "-- store::contacts::of_case\n",
        select_contacts!("WHERE contacts.case_id = $1 ORDER BY contacts.received_at, contacts.id")
    );
    // Without the text, which may be long and no list shows.
    WAITING = concat!(
        "-- store::contacts::waiting\n",
        select_contacts!("'' AS body", "WHERE waiting IS NOT NULL AND decided_at IS NULL
            ORDER BY contacts.received_at, contacts.id LIMIT $1")
    );
    MARKED = "-- store::contacts::marked
        SELECT id, marks FROM contacts WHERE marks <> '[]' AND intake <> 'historic' AND logged_at >= $1 ORDER BY id";
    WAITING_COUNT = "-- store::contacts::waiting_count
        SELECT count(*) FROM contacts WHERE waiting IS NOT NULL AND decided_at IS NULL";
    MARKS_OF_CASES = "-- store::contacts::marks_of_cases
        SELECT case_id, marks FROM contacts WHERE marks <> '[]'
            AND case_id IN (SELECT id FROM cases WHERE ended_at IS NULL ORDER BY next_due NULLS FIRST, id LIMIT $1) ORDER BY id";
}

/// A contact as its row and its case's reference.
#[derive(sqlx::FromRow)]
pub(super) struct StoredContact {
    id: i64,
    received_at: i64,
    intake: String,
    kind: String,
    reason: String,
    bounce: Option<String>,
    sender: Option<String>,
    marks: String,
    from_email: Option<String>,
    from_name: String,
    subject: String,
    body: String,
    message_id: Option<String>,
    answers: String,
    attachments: String,
    problems: String,
    tasks: String,
    waiting: Option<String>,
    decision: Option<String>,
    decision_reason: Option<String>,
    decider_kind: Option<String>,
    decider_id: Option<i64>,
    decider_name: Option<String>,
    decided_at: Option<i64>,
    channel: String,
    taken_by: Option<String>,
    first_received_at: Option<i64>,
    first_received_by: Option<String>,
    first_received_reason: Option<String>,
    reference_year: Option<i64>,
    reference_number: Option<i64>,
}

impl StoredContact {
    pub(super) fn read(self) -> Result<Contact> {
        let row = Row { table: "contacts", key: &self.id };
        let attachments: Vec<AttachmentItem> = row.json("attachments", &self.attachments)?;
        let bounce = self.bounce.map(|bounce| row.json::<BounceItem>("bounce", &bounce)).transpose()?;
        let sender = self.sender.map(|sender| row.json::<SenderCheckItem>("sender", &sender)).transpose()?;
        let decided = match (self.decision, self.decider_kind, self.decided_at) {
            (Some(decision), Some(kind), Some(at)) => Some(Decided {
                decision: row.some("decision", Decision::from_key(&decision))?,
                reason: self.decision_reason.unwrap_or_default(),
                by: read_actor(row, "decider_kind", &kind, self.decider_id, self.decider_name.unwrap_or_default())?,
                at: row.instant("decided_at", at)?,
            }),
            (None, None, None) => None,
            _ => return Err(row.bad("decision")),
        };
        let channel: Channel = row.parse("channel", &self.channel)?;
        let taken = self.taken_by.map(|by| Taken { channel, by });
        let first_receipt = match (self.first_received_at, self.first_received_by) {
            (Some(at), Some(by)) => {
                let reason = self.first_received_reason.unwrap_or_default();
                Some(FirstReceipt { at: row.instant("first_received_at", at)?, by, reason })
            }
            (None, None) => None,
            _ => return Err(row.bad("first_received_at")),
        };
        let waiting = self.waiting.map(|waiting| row.some("waiting", Waiting::from_key(&waiting))).transpose()?;
        let case = match (self.reference_year, self.reference_number) {
            (Some(year), Some(number)) => {
                Some(CaseRef::new(row.number("case_id", year)?, row.number("case_id", number)?))
            }
            _ => None,
        };
        Ok(Contact {
            id: ContactId(self.id),
            received_at: row.instant("received_at", self.received_at)?,
            intake: row.some("intake", Intake::from_key(&self.intake))?,
            sorted: Sorted {
                kind: row.some("kind", ContactKind::from_key(&self.kind))?,
                reason: self.reason,
                bounce: bounce.map(|BounceItem(bounce)| bounce),
            },
            sender: sender.map(|SenderCheckItem(check)| check),
            marks: marks(&self.id, &self.marks)?,
            reading: Reading {
                from: self.from_email.map(|email| row.parse("from_email", &email)).transpose()?,
                from_name: self.from_name,
                subject: self.subject,
                text: self.body,
                message_id: self.message_id,
                answers: row.json("answers", &self.answers)?,
                attachments: attachments.into_iter().map(|AttachmentItem(item)| item).collect(),
                problems: row.json("problems", &self.problems)?,
                tasks: row.json("tasks", &self.tasks)?,
                attached: Vec::new(),
                words: String::new(),
            },
            case,
            waiting,
            decided,
            taken,
            first_receipt,
        })
    }
}

/// A contact to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Its bytes.
    pub raw: RawId,
    /// The same for every copy of the message.
    pub canonical: Option<Digest>,
    /// What is known of it; its number is what logging gives it.
    pub contact: Contact,
}

fn marks(key: &i64, json: &str) -> Result<Vec<Mark>> {
    let items: Vec<MarkItem> = Row { table: "contacts", key }.json("marks", json)?;
    Ok(items.into_iter().map(|MarkItem(mark)| mark).collect())
}

fn items<T: Clone, I>(of: &[T], item: fn(T) -> I) -> Vec<I> {
    of.iter().cloned().map(item).collect()
}

fn item<T: Clone, I: serde::Serialize>(
    column: &'static str,
    of: Option<&T>,
    item: fn(T) -> I,
) -> Result<Option<String>> {
    of.cloned().map(|one| to_json("contacts", column, &item(one))).transpose()
}

/// A contact, on whichever connection.
pub(super) async fn load(mut conn: Conn<'_>, id: ContactId) -> Result<Option<Contact>> {
    let found: Option<StoredContact> = optional!(conn, LOAD, id)?;
    found.map(StoredContact::read).transpose()
}

impl Tx {
    /// Logs a contact. The same message is logged once: see [`Tx::copies_of`].
    ///
    /// # Errors
    /// When the message has a contact already, or the database fails.
    pub async fn add_contact(&mut self, raw: RawId, new: &NewContact, logged_at: Timestamp) -> Result<ContactId> {
        let contact = Contact::new(ContactId(0), new.clone());
        let mut rows = [ContactRow { raw, canonical: new.canonical, contact }];
        self.add_contacts(&mut rows, logged_at).await?;
        let [ContactRow { contact, .. }] = rows;
        Ok(contact.id)
    }

    /// Logs several contacts, and gives each its number.
    ///
    /// # Errors
    /// When one of the messages has a contact already, or the database fails.
    pub async fn add_contacts(&mut self, rows: &mut [ContactRow], logged_at: Timestamp) -> Result<()> {
        let added: Vec<(i64, i64)> = many!(self.conn(), INSERT, &*rows, |ContactRow { raw, canonical, contact }| [
            raw,
            contact.received_at,
            logged_at,
            contact.sorted.kind.key(),
            contact.sorted.reason,
            contact.reading.from,
            contact.reading.from_name,
            contact.reading.subject,
            contact.reading.text,
            contact.reading.message_id,
            to_json("contacts", "answers", &contact.reading.answers)?,
            to_json("contacts", "attachments", &items(&contact.reading.attachments, AttachmentItem))?,
            to_json("contacts", "problems", &contact.reading.problems)?,
            to_json("contacts", "tasks", &contact.reading.tasks)?,
            contact.intake.key(),
            item("bounce", contact.sorted.bounce.as_ref(), BounceItem)?,
            item("sender", contact.sender.as_ref(), SenderCheckItem)?,
            to_json("contacts", "marks", &items(&contact.marks, MarkItem))?,
            canonical,
            contact.waiting.map(Waiting::key),
        ])
        .await?;
        let ids: BTreeMap<i64, i64> = added.into_iter().collect();
        for ContactRow { raw, contact, .. } in &mut *rows {
            let id = ids.get(&raw.0).ok_or_else(|| Row { table: "contacts", key: raw }.bad("raw_id"))?;
            contact.id = ContactId(*id);
        }
        search::index(self.conn(), rows).await
    }

    /// Makes a contact part of a case. Opening a case and adding a contact to one do this
    /// themselves.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_set_case(&mut self, contact: ContactId, case: CaseId) -> Result<()> {
        if execute!(self.conn(), SET_CASE, contact, case)? == 1 {
            Ok(())
        } else {
            Err(Row { table: "contacts", key: &contact }.bad("id"))
        }
    }

    /// Notes that a contact stands in the inbox, too, so that it no longer waits for having come another
    /// way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_taken_up(&mut self, contact: ContactId) -> Result<()> {
        execute!(self.conn(), TAKE_UP, contact).map(|_| ())
    }

    /// Notes how a contact came and who took it, when an officer entered it (3.1).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_taken(
        &mut self,
        contact: ContactId,
        taken: &Taken,
        officer: &Actor,
        at: Timestamp,
    ) -> Result<()> {
        let Taken { channel, by } = taken.clone();
        execute!(self.conn(), TAKEN, contact, channel.key(), by)?;
        append_record(self, &RecordEvent::ContactTaken { contact, channel, by }, officer, at)
    }

    /// Notes when a colleague had first received a contact (3.2).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_first_received(
        &mut self,
        contact: ContactId,
        first: &FirstReceipt,
        officer: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let FirstReceipt { at, by, reason } = first.clone();
        execute!(self.conn(), FIRST_RECEIVED, contact, at, by, reason)?;
        append_record(self, &RecordEvent::FirstReceiptDeclared { contact, at, by, reason }, officer, now)
    }

    /// Says what an officer is to decide about a contact.
    ///
    /// # Errors
    /// When there is no such contact, or the database fails.
    pub async fn contact_waits(&mut self, contact: ContactId, waiting: Waiting) -> Result<()> {
        if execute!(self.conn(), SET_WAITING, contact, waiting.key())? == 1 {
            Ok(())
        } else {
            Err(Row { table: "contacts", key: &contact }.bad("id"))
        }
    }
}

impl Store {
    /// A contact.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn contact(&self, id: ContactId) -> Result<Option<Contact>> {
        load(self.reader().await?.conn(), id).await
    }

    /// The contact that the message with this digest became.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_of_digest(&self, digest: Digest) -> Result<Option<ContactId>> {
        let found: Option<(i64,)> = optional!(self.reader().await?.conn(), OF_DIGEST, digest)?;
        Ok(found.map(|(id,)| ContactId(id)))
    }

    /// Where a contact's bytes are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_raw_id(&self, id: ContactId) -> Result<Option<RawId>> {
        let found: Option<(i64,)> = optional!(self.reader().await?.conn(), RAW_ID, id)?;
        Ok(found.map(|(raw,)| RawId(raw)))
    }

    /// Contacts with a number below `before` (all, when `None`), newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn contacts(&self, before: Option<ContactId>, limit: usize) -> Result<Vec<Contact>> {
        let before = before.map_or(i64::MAX, |id| id.0);
        let found: Vec<StoredContact> = all!(self.reader().await?.conn(), PAGE, before, limit)?;
        found.into_iter().map(StoredContact::read).collect()
    }

    /// The contacts that wait for an officer, longest ago received first, each without its text.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn waiting_contacts(&self, limit: usize) -> Result<Vec<Contact>> {
        let found: Vec<StoredContact> = all!(self.reader().await?.conn(), WAITING, limit)?;
        found.into_iter().map(StoredContact::read).collect()
    }

    /// The contacts logged since this instant that have words which must not wait, and those; what is
    /// historic has waited long.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn marked_contacts(&self, since: Timestamp) -> Result<Vec<(ContactId, Vec<Mark>)>> {
        let found: Vec<(i64, String)> = all!(self.reader().await?.conn(), MARKED, since)?;
        found.into_iter().map(|(id, json)| Ok((ContactId(id), marks(&id, &json)?))).collect()
    }

    /// How many contacts wait for an officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_count(&self) -> Result<i64> {
        let (count,): (i64,) = one!(self.reader().await?.conn(), WAITING_COUNT)?;
        Ok(count)
    }

    /// The marks on the contacts of as many cases as stand on a work list of this length.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn marks_of_cases(&self, limit: usize) -> Result<BTreeMap<CaseId, Vec<Mark>>> {
        let found: Vec<(i64, String)> = all!(self.reader().await?.conn(), MARKS_OF_CASES, limit)?;
        let mut of_cases: BTreeMap<CaseId, Vec<Mark>> = BTreeMap::new();
        for (case, json) in found {
            of_cases.entry(CaseId(case)).or_default().extend(marks(&case, &json)?);
        }
        Ok(of_cases)
    }

    /// The contacts of a case, in the order they were received.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn contacts_of_case(&self, case: CaseId) -> Result<Vec<Contact>> {
        let found: Vec<StoredContact> = all!(self.reader().await?.conn(), OF_CASE, case)?;
        found.into_iter().map(StoredContact::read).collect()
    }
}
