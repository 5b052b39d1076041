//! Entries of the mailbox ledger: what was found at which position. When another message is found at a
//! position that has a row, the row is set aside and keeps its history.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Tx;
use super::error::{Result, Row};
use super::link::{execute, optional, statements};
use super::rows::many;
use crate::domain::contact::Intake;
use crate::domain::ids::{LedgerId, RawId};

statements! {
    ADD = "-- store::entries::add
        INSERT INTO mail_ledger (mailbox, folder, uid_validity, uid, name, raw_id, internal_date, intake, state, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'stored', 0)
        ON CONFLICT (mailbox, folder, uid_validity, uid, name, replaced) DO NOTHING
        RETURNING uid, name";
    AT = "-- store::entries::at
        SELECT id, raw_id, intake FROM mail_ledger
        WHERE mailbox = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4 AND name = $5 AND replaced = 0";
    SET_ASIDE = "-- store::entries::set_aside
        UPDATE mail_ledger SET replaced = id WHERE id = $1";
    VANISHED = "-- store::entries::vanished
        INSERT INTO mail_ledger (mailbox, folder, uid_validity, uid, name, internal_date, intake, state, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, 'inbox', 'vanished', 0)
        ON CONFLICT (mailbox, folder, uid_validity, uid, name, replaced) DO NOTHING";
}

/// A message as found on a server, its bytes stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The mailbox's key in the configuration.
    pub mailbox: String,
    /// The IMAP folder; empty for other sources.
    pub folder: String,
    /// The folder's UIDVALIDITY (RFC 3501 §2.3.1.1); 0 for other sources.
    pub uid_validity: u32,
    /// The message's UID; 0 for other sources.
    pub uid: u32,
    /// The file's name without flags for a Maildir, the digest for a pipe; empty for IMAP.
    pub name: String,
    /// The bytes.
    pub raw: RawId,
    /// When the server took it (INTERNALDATE).
    pub internal_date: Timestamp,
    /// How it came in.
    pub intake: Intake,
}

/// A row of the ledger, by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerAt {
    /// Its line.
    pub id: LedgerId,
    /// The bytes; `None` when the message vanished before it was fetched.
    pub raw: Option<RawId>,
    /// How it came in.
    pub intake: Intake,
}

/// Whether the ledger knew a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ledgered {
    /// It is new.
    Added,
    /// It was there.
    Known,
}

impl Tx {
    /// Notes a message found on a server. Noting it twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_add(&mut self, entry: &LedgerEntry) -> Result<Ledgered> {
        let added = self.ledger_add_all(std::slice::from_ref(entry)).await?;
        Ok(added.first().copied().unwrap_or(Ledgered::Known))
    }

    /// The same for several messages of one folder, each in turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_add_all(&mut self, entries: &[LedgerEntry]) -> Result<Vec<Ledgered>> {
        let added: Vec<(i64, String)> = many!(self.conn(), ADD, entries, |entry| [
            entry.mailbox,
            entry.folder,
            entry.uid_validity,
            entry.uid,
            entry.name,
            entry.raw,
            entry.internal_date,
            entry.intake.key(),
        ])
        .await?;
        let mut added: BTreeSet<(i64, String)> = added.into_iter().collect();
        // Of several at one position the first is the one that was added.
        let is_added = |entry: &LedgerEntry| added.remove(&(entry.uid.into(), entry.name.clone()));
        Ok(entries.iter().map(is_added).map(|new| if new { Ledgered::Added } else { Ledgered::Known }).collect())
    }

    /// The row that stands at an entry's position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_at(&mut self, entry: &LedgerEntry) -> Result<Option<LedgerAt>> {
        let LedgerEntry { mailbox, folder, uid_validity, uid, name, .. } = entry;
        let found: Option<(i64, Option<i64>, String)> =
            optional!(self.conn(), AT, mailbox, folder, uid_validity, uid, name)?;
        let Some((id, raw, intake)) = found else { return Ok(None) };
        let intake = Row { table: "mail_ledger", key: &id }.some("intake", Intake::from_key(&intake))?;
        Ok(Some(LedgerAt { id: LedgerId(id), raw: raw.map(RawId), intake }))
    }

    /// Sets a row aside: another message stands at its position now. What became of it stays written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_set_aside(&mut self, id: LedgerId) -> Result<()> {
        execute!(self.conn(), SET_ASIDE, id).map(|_| ())
    }

    /// Notes a message that was gone before it could be fetched. `false` when its position has a row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_vanished(
        &mut self,
        mailbox: &str,
        folder: &str,
        uid_validity: u32,
        uid: u32,
        name: &str,
        at: Timestamp,
    ) -> Result<bool> {
        Ok(execute!(self.conn(), VANISHED, mailbox, folder, uid_validity, uid, name, at)? == 1)
    }
}
