//! The mailbox ledger: every message ever seen on a server, and what became of it. A row is written
//! with the raw bytes, before anything reads them; the server is told only afterwards. A row leaves
//! the state `stored` once, whoever tries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{all, execute, one, statements};
use super::{LedgerEntry, Store, Tx};
use crate::domain::contact::Intake;
use crate::domain::ids::{ContactId, LedgerId, RawId};

statements! {
    TOLD = "-- store::ledger::told
        UPDATE mail_ledger SET internal_date = $2, size = $3 WHERE id = $1 AND replaced = 0";
    STANDING = "-- store::ledger::standing
        SELECT id, uid, name, internal_date, size, state FROM mail_ledger
        WHERE mailbox = $1 AND folder = $2 AND uid_validity = $3 AND replaced = 0";
    HIGHEST = "-- store::ledger::highest
        SELECT max(uid) FROM mail_ledger WHERE mailbox = $1 AND folder = $2 AND uid_validity = $3";
    COUNTS = "-- store::ledger::counts
        SELECT uid_validity, state, count(*) FROM mail_ledger WHERE mailbox = $1 AND folder = $2
        GROUP BY uid_validity, state";
    UNREAD = "-- store::ledger::unread
        SELECT id, mailbox, folder, uid_validity, uid, name, raw_id, internal_date, intake, attempts
        FROM mail_ledger WHERE state = 'stored' ORDER BY id LIMIT $1";
    UNREAD_OF = "-- store::ledger::unread_of
        SELECT id, mailbox, folder, uid_validity, uid, name, raw_id, internal_date, intake, attempts
        FROM mail_ledger WHERE state = 'stored' AND raw_id = $1 ORDER BY id";
    ATTEMPT = "-- store::ledger::attempt
        UPDATE mail_ledger SET attempts = attempts + 1 WHERE id BETWEEN $1 AND $2";
    ATTEMPT_BACK = "-- store::ledger::attempt_back
        UPDATE mail_ledger SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0";
    // An update that changes nothing locks the row on PostgreSQL; SQLite has locked everything.
    LOCK = "-- store::ledger::lock
        UPDATE mail_ledger SET state = state WHERE id BETWEEN $1 AND $2 AND state = 'stored' RETURNING id";
    // The contacts of their own bytes.
    DONE = "-- store::ledger::done
        UPDATE mail_ledger
        SET state = 'done', contact_id = (SELECT contacts.id FROM contacts WHERE contacts.raw_id = mail_ledger.raw_id)
        WHERE id BETWEEN $1 AND $2 AND state = 'stored'";
    DUPLICATE = "-- store::ledger::duplicate
        UPDATE mail_ledger SET state = 'duplicate', contact_id = $2 WHERE id = $1 AND state = 'stored'";
    UNMARKED = "-- store::ledger::unmarked
        SELECT id, uid, name FROM mail_ledger
        WHERE mailbox = $1 AND folder = $2 AND uid_validity = $3 AND replaced = 0 AND marked_at IS NULL
            AND state <> 'vanished' AND contact_id IS NOT NULL
            AND raw_id NOT IN (SELECT id FROM raw_messages WHERE rest IS NOT NULL)
        ORDER BY id";
    MARK = "-- store::ledger::mark
        UPDATE mail_ledger SET marked_at = $3 WHERE id BETWEEN $1 AND $2 AND marked_at IS NULL";
    CONTACTS_OF_RAWS = "-- store::ledger::contacts_of_raws
        SELECT raw_id, id FROM contacts
        WHERE raw_id IN (SELECT raw_id FROM mail_ledger WHERE id BETWEEN $1 AND $2 AND state = 'stored')";
}

/// What the ledger knows of a message beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its line.
    pub id: LedgerId,
    /// Its UID; 0 for sources other than IMAP.
    pub uid: u32,
    /// Its name; empty for IMAP.
    pub name: String,
    /// When its server took it, by the server's last account.
    pub internal_date: Timestamp,
    /// Its size in bytes, by the server's last account.
    pub size: Option<u64>,
    /// How far it has come.
    pub state: LedgerState,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerState {
    /// Its bytes are kept; it waits to be read.
    Stored,
    /// It became a contact.
    Done,
    /// Its bytes had become a contact before.
    Duplicate,
    /// It was gone before it could be fetched.
    Vanished,
}

impl LedgerState {
    fn read(row: Row<'_>, key: &str) -> Result<Self> {
        match key {
            "stored" => Ok(Self::Stored),
            "done" => Ok(Self::Done),
            "duplicate" => Ok(Self::Duplicate),
            "vanished" => Ok(Self::Vanished),
            _ => Err(row.bad("state")),
        }
    }
}

/// A message that waits to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its line.
    pub id: LedgerId,
    /// The message.
    pub entry: LedgerEntry,
    /// How often reading has been begun.
    pub attempts: u32,
}

/// A message that is dealt with, of which the server has not been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmarked {
    /// Its line.
    pub id: LedgerId,
    /// Its UID; 0 for sources other than IMAP.
    pub uid: u32,
    /// Its name; empty for IMAP.
    pub name: String,
}

/// What a transaction has taken of the messages that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Those it got.
    pub ids: BTreeSet<LedgerId>,
    /// The contacts that the same bytes had become before.
    pub contacts: BTreeMap<RawId, ContactId>,
}

#[derive(sqlx::FromRow)]
struct StoredLine {
    id: i64,
    mailbox: String,
    folder: String,
    uid_validity: i64,
    uid: i64,
    name: String,
    raw_id: i64,
    internal_date: i64,
    intake: String,
    attempts: i64,
}

#[derive(sqlx::FromRow)]
struct StoredStanding {
    id: i64,
    uid: i64,
    name: String,
    internal_date: i64,
    size: Option<i64>,
    state: String,
}

impl StoredStanding {
    fn read(self) -> Result<Standing> {
        let row = Row { table: "mail_ledger", key: &self.id };
        Ok(Standing {
            id: LedgerId(self.id),
            uid: row.number("uid", self.uid)?,
            name: self.name,
            internal_date: row.instant("internal_date", self.internal_date)?,
            size: self.size.map(|size| row.number("size", size)).transpose()?,
            state: LedgerState::read(row, &self.state)?,
        })
    }
}

impl StoredLine {
    fn read(self) -> Result<LedgerRow> {
        let row = Row { table: "mail_ledger", key: &self.id };
        Ok(LedgerRow {
            id: LedgerId(self.id),
            attempts: row.number("attempts", self.attempts)?,
            entry: LedgerEntry {
                uid_validity: row.number("uid_validity", self.uid_validity)?,
                uid: row.number("uid", self.uid)?,
                raw: RawId(self.raw_id),
                internal_date: row.instant("internal_date", self.internal_date)?,
                intake: row.some("intake", Intake::from_key(&self.intake))?,
                mailbox: self.mailbox,
                folder: self.folder,
                name: self.name,
            },
        })
    }
}

/// Numbers as runs without gaps, each as its first and last: the lines of a batch mostly are one run,
/// and one statement does for it.
fn runs(ids: &[LedgerId]) -> Vec<(LedgerId, LedgerId)> {
    let mut runs: Vec<(LedgerId, LedgerId)> = Vec::new();
    for &id in ids.iter().collect::<BTreeSet<_>>() {
        match runs.last_mut() {
            Some((_, last)) if last.0 + 1 == id.0 => *last = id,
            _ => runs.push((id, id)),
        }
    }
    runs
}

impl Tx {
    /// Keeps what the server says of a message now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_told(&mut self, id: LedgerId, internal_date: Timestamp, size: Option<u64>) -> Result<()> {
        let size = size.map(|size| i64::try_from(size).unwrap_or(i64::MAX));
        execute!(self.conn(), TOLD, id, internal_date, size).map(|_| ())
    }

    /// Counts one more attempt at reading each of these messages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_attempt(&mut self, ids: &[LedgerId]) -> Result<()> {
        for (first, last) in runs(ids) {
            execute!(self.conn(), ATTEMPT, first, last)?;
        }
        Ok(())
    }

    /// Takes back one attempt at reading a message: it failed for another's fault.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_attempt_back(&mut self, id: LedgerId) -> Result<()> {
        execute!(self.conn(), ATTEMPT_BACK, id).map(|_| ())
    }

    /// Takes these waiting messages for this transaction, and says which of them it got (another
    /// process may have dealt with one meanwhile: then leave it), and which of their bytes had become
    /// a contact before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_take(&mut self, ids: &[LedgerId]) -> Result<Taken> {
        let mut taken = Taken::default();
        for (first, last) in runs(ids) {
            let got: Vec<(i64,)> = all!(self.conn(), LOCK, first, last)?;
            taken.ids.extend(got.into_iter().map(|(id,)| LedgerId(id)));
            let before: Vec<(i64, i64)> = all!(self.conn(), CONTACTS_OF_RAWS, first, last)?;
            taken.contacts.extend(before.into_iter().map(|(raw, id)| (RawId(raw), ContactId(id))));
        }
        Ok(taken)
    }

    /// Notes that these messages became contacts, each the one of its bytes, and says how many had not been
    /// dealt with before, by another process or an earlier run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_done(&mut self, ids: &[LedgerId]) -> Result<u64> {
        let mut done = 0;
        for (first, last) in runs(ids) {
            done += execute!(self.conn(), DONE, first, last)?;
        }
        Ok(done)
    }

    /// Notes that a message is the same as the one that became this contact. `false` when it was dealt with
    /// before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_duplicate(&mut self, id: LedgerId, contact: ContactId) -> Result<bool> {
        Ok(execute!(self.conn(), DUPLICATE, id, contact)? == 1)
    }

    /// Notes that the server has been told of these messages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_marked(&mut self, ids: &[LedgerId], at: Timestamp) -> Result<()> {
        for (first, last) in runs(ids) {
            execute!(self.conn(), MARK, first, last, at)?;
        }
        Ok(())
    }
}

impl Store {
    /// What the ledger knows of a folder's messages in one of its UIDVALIDITY epochs.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn ledger_standing(&self, mailbox: &str, folder: &str, uid_validity: u32) -> Result<Vec<Standing>> {
        let lines: Vec<StoredStanding> = all!(self.reader().await?.conn(), STANDING, mailbox, folder, uid_validity)?;
        lines.into_iter().map(StoredStanding::read).collect()
    }

    /// The highest UID noted for a folder in one of its UIDVALIDITY epochs; 0 when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_highest(&self, mailbox: &str, folder: &str, uid_validity: u32) -> Result<u32> {
        let (highest,): (Option<i64>,) = one!(self.reader().await?.conn(), HIGHEST, mailbox, folder, uid_validity)?;
        Row { table: "mail_ledger", key: &mailbox }.number("uid", highest.unwrap_or(0))
    }

    /// How many messages of a folder there are by epoch (UIDVALIDITY) and state.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn ledger_counts(&self, mailbox: &str, folder: &str) -> Result<BTreeMap<(u32, LedgerState), usize>> {
        let counts: Vec<(i64, String, i64)> = all!(self.reader().await?.conn(), COUNTS, mailbox, folder)?;
        let row = Row { table: "mail_ledger", key: &mailbox };
        let count = |(epoch, state, count): (i64, String, i64)| {
            Ok(((row.number("uid_validity", epoch)?, LedgerState::read(row, &state)?), row.number("id", count)?))
        };
        counts.into_iter().map(count).collect()
    }

    /// Messages that wait to be read, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_unread(&self, limit: usize) -> Result<Vec<LedgerRow>> {
        let lines: Vec<StoredLine> = all!(self.reader().await?.conn(), UNREAD, limit)?;
        lines.into_iter().map(StoredLine::read).collect()
    }

    /// The lines of one message that wait to be read.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn ledger_unread_of(&self, raw: RawId) -> Result<Vec<LedgerRow>> {
        let lines: Vec<StoredLine> = all!(self.reader().await?.conn(), UNREAD_OF, raw)?;
        lines.into_iter().map(StoredLine::read).collect()
    }

    /// Messages of a folder that are dealt with and of which the server has not been told. Those that
    /// are kept only in part stay on the server as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_unmarked(&self, mailbox: &str, folder: &str, uid_validity: u32) -> Result<Vec<Unmarked>> {
        let lines: Vec<(i64, i64, String)> =
            all!(self.reader().await?.conn(), UNMARKED, mailbox, folder, uid_validity)?;
        lines
            .into_iter()
            .map(|(id, uid, name)| {
                let uid = Row { table: "mail_ledger", key: &id }.number("uid", uid)?;
                Ok(Unmarked { id: LedgerId(id), uid, name })
            })
            .collect()
    }
}
