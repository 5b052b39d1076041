//! Receipts: which new cases have no decision about one yet, what was decided, and what the next
//! decision needs to know.

use jiff::Timestamp;

use super::error::{Result, Row};
use super::history::append_record;
use super::link::{all, execute, one, optional, statements};
use super::{Store, Tx, raw};
use crate::domain::ids::{ContactId, EmailAddress, RawId};
use crate::domain::people::Actor;
use crate::domain::records::RecordEvent;

statements! {
    PENDING = "-- store::receipts::pending
        SELECT contacts.id FROM contacts JOIN cases ON cases.opened_by = contacts.id
        WHERE contacts.logged_at >= $1
            AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipts.contact_id = contacts.id)
        ORDER BY contacts.id LIMIT $2";
    MAILBOX = "-- store::receipts::mailbox
        SELECT mailbox FROM mail_ledger JOIN contacts ON contacts.raw_id = mail_ledger.raw_id
        WHERE contacts.id = $1 ORDER BY mail_ledger.id LIMIT 1";
    RAW = "-- store::receipts::raw
        SELECT raw_id FROM contacts WHERE id = $1";
    NOTE = "-- store::receipts::note
        INSERT INTO receipts (contact_id, at, mailbox, outcome, recipient) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (contact_id) DO NOTHING";
    LAST_TO = "-- store::receipts::last_to
        SELECT at FROM receipts WHERE recipient = $1 AND outcome = 'sent' ORDER BY at DESC LIMIT 1";
    COUNT = "-- store::receipts::count
        SELECT count(*) FROM receipts WHERE at > $1 AND outcome = $2 AND mailbox = $3";
    COUNT_ALL = "-- store::receipts::count_all
        SELECT count(*) FROM receipts WHERE at > $1 AND outcome = $2";
    SINCE = "-- store::receipts::since
        SELECT receipts_since FROM installation WHERE id = 1";
    SWITCH_ON = "-- store::receipts::switch_on
        UPDATE installation SET receipts_since = $1 WHERE id = 1 AND receipts_since IS NULL";
    SWITCH_OFF = "-- store::receipts::switch_off
        UPDATE installation SET receipts_since = NULL WHERE id = 1 AND receipts_since IS NOT NULL";
}

/// The outcome of a receipt that was sent.
const SENT: &str = "sent";

/// What was decided about a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptOutcome<'a> {
    /// It was put in the outbox, to this address.
    Sent(&'a EmailAddress),
    /// There is none, for this reason.
    Withheld(&'static str),
}

impl Store {
    /// Contacts logged since this instant that opened a case and about whose receipt nothing is decided.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipts_pending(&self, since: Timestamp, limit: usize) -> Result<Vec<ContactId>> {
        let found: Vec<(i64,)> = all!(self.reader().await?.conn(), PENDING, since, limit)?;
        Ok(found.into_iter().map(|(id,)| ContactId(id)).collect())
    }

    /// Since when receipts are switched on: from now, if they were off.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn receipts_on(&self, now: Timestamp) -> Result<Timestamp> {
        let (since,): (Option<i64>,) = one!(self.reader().await?.conn(), SINCE)?;
        let Some(since) = since else {
            let mut tx = self.begin().await?;
            execute!(tx.conn(), SWITCH_ON, now)?;
            tx.commit().await?;
            return Ok(now);
        };
        Row { table: "installation", key: &1 }.instant("receipts_since", since)
    }

    /// Notes that receipts are switched off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipts_off(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        execute!(tx.conn(), SWITCH_OFF)?;
        tx.commit().await
    }

    /// The mailbox a contact first came by.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contact_mailbox(&self, contact: ContactId) -> Result<String> {
        let found: Option<(String,)> = optional!(self.reader().await?.conn(), MAILBOX, contact)?;
        Ok(found.map(|(mailbox,)| mailbox).unwrap_or_default())
    }

    /// The beginning of a contact's message, a mebibyte at most; empty when it is not kept.
    ///
    /// # Errors
    /// When the bytes make no sense or the database fails.
    pub async fn contact_head(&self, contact: ContactId) -> Result<Vec<u8>> {
        let mut reader = self.reader().await?;
        let (id,): (i64,) = one!(reader.conn(), RAW, contact)?;
        raw::first_chunk(&mut reader.conn(), RawId(id)).await
    }

    /// How many receipts were withheld by the breaker since this instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipts_withheld_since(&self, at: Timestamp, outcome: &str) -> Result<i64> {
        let (count,): (i64,) = one!(self.reader().await?.conn(), COUNT_ALL, at, outcome)?;
        Ok(count)
    }
}

impl Tx {
    /// When this sender last got a receipt.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn last_receipt_to(&mut self, address: &EmailAddress) -> Result<Option<Timestamp>> {
        let key = address.as_str().to_lowercase();
        let found: Option<(i64,)> = optional!(self.conn(), LAST_TO, key)?;
        found.map(|(at,)| Row { table: "receipts", key: &"recipient" }.instant("at", at)).transpose()
    }

    /// How many receipts this mailbox sent since this instant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipts_sent_since(&mut self, at: Timestamp, mailbox: &str) -> Result<u32> {
        let (count,): (i64,) = one!(self.conn(), COUNT, at, SENT, mailbox)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Keeps what was decided about a contact's receipt. `false` when that had been decided before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_receipt(
        &mut self,
        contact: ContactId,
        outcome: ReceiptOutcome<'_>,
        mailbox: &str,
        at: Timestamp,
    ) -> Result<bool> {
        let (outcome, recipient) = match outcome {
            ReceiptOutcome::Sent(to) => (SENT, Some(to.as_str().to_lowercase())),
            ReceiptOutcome::Withheld(why) => (why, None),
        };
        let noted = execute!(self.conn(), NOTE, contact, at, mailbox, outcome, recipient)? == 1;
        if noted {
            let event = RecordEvent::ReceiptDecided { contact, outcome: outcome.to_owned() };
            append_record(self, &event, &Actor::Daemon, at)?;
        }
        Ok(noted)
    }
}
