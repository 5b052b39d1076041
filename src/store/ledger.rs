//! The mailbox ledger: every message ever seen on a server, and what became of it. A row is written
//! with the raw bytes, before anything reads them; the server is told only afterwards. A row leaves
//! the state `stored` once, whoever tries. When another message is found at a position that has a row,
//! the row is set aside and keeps its history.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{all, execute, one, optional, statements};
use super::{Store, Tx};
use crate::domain::contact::Intake;
use crate::domain::ids::{ContactId, LedgerId, RawId};

statements! {
    ADD = "-- store::ledger::add
        INSERT INTO mail_ledger (mailbox, folder, uid_validity, uid, name, raw_id, internal_date, intake, state, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'stored', 0)
        ON CONFLICT (mailbox, folder, uid_validity, uid, name, replaced) DO NOTHING";
    AT = "-- store::ledger::at
        SELECT id, raw_id, intake FROM mail_ledger
        WHERE mailbox = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4 AND name = $5 AND replaced = 0";
    SET_ASIDE = "-- store::ledger::set_aside
        UPDATE mail_ledger SET replaced = id WHERE id = $1";
    VANISHED = "-- store::ledger::vanished
        INSERT INTO mail_ledger (mailbox, folder, uid_validity, uid, name, internal_date, intake, state, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, 'inbox', 'vanished', 0)
        ON CONFLICT (mailbox, folder, uid_validity, uid, name, replaced) DO NOTHING";
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
    FINISH = "-- store::ledger::finish
        UPDATE mail_ledger SET state = $2, contact_id = $3 WHERE id = $1 AND state = 'stored'";
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

/// Whether the ledger knew a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ledgered {
    /// It is new.
    Added,
    /// It was there.
    Known,
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
    /// Notes a message found on a server. Noting it twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_add(&mut self, entry: &LedgerEntry) -> Result<Ledgered> {
        let LedgerEntry { mailbox, folder, uid_validity, uid, name, raw, internal_date, intake } = entry;
        let added =
            execute!(self.conn(), ADD, mailbox, folder, uid_validity, uid, name, raw, internal_date, intake.key())?;
        Ok(if added == 1 { Ledgered::Added } else { Ledgered::Known })
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

    /// Notes that a message became a contact. `false` when it was dealt with before, by another
    /// process or an earlier run: then undo the transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_done(&mut self, id: LedgerId, contact: ContactId) -> Result<bool> {
        Ok(execute!(self.conn(), FINISH, id, "done", contact)? == 1)
    }

    /// Notes that a message has the same bytes as the one that became this contact. `false` as for
    /// [`Tx::ledger_done`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_duplicate(&mut self, id: LedgerId, contact: ContactId) -> Result<bool> {
        Ok(execute!(self.conn(), FINISH, id, "duplicate", contact)? == 1)
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
