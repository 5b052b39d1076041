//! Whether the history is as it was written, and whether what hangs on it still fits: read in one view of
//! the database, page by page, so that a daemon that writes meanwhile is neither held up nor mistaken for
//! a change. And the checkpoints that tell what the chain was on some day.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::audit_records::Told;
use super::error::{Result, Row, StoreError};
use super::history::{StoredLine, select};
use super::link::{Conn, Snapshot, all, execute, one, optional, statements};
use super::stored::Event;
use super::{Store, Tx, raw};
use crate::domain::chain::{BadLine, Broken, ChainLine, Checkpoint, HistoryCheck, Walk};
use crate::domain::events::CaseEvent;
use crate::domain::ids::{ContactId, Digest, LetterId, OfficerId};

statements! {
    PAGE = concat!("-- store::audit::page\n", select!("WHERE sequence > $1 ORDER BY sequence LIMIT $2"));
    HEAD = "-- store::audit::head
        SELECT sequence, hash FROM history_head WHERE id = 1";
    CHECKPOINTS = "-- store::audit::checkpoints
        SELECT taken_on, taken_at, sequence, hash FROM history_checkpoints ORDER BY sequence, taken_at";
    TAKEN = "-- store::audit::taken
        SELECT count(*) FROM history_checkpoints WHERE taken_on = $1";
    TAKE = "-- store::audit::take
        INSERT INTO history_checkpoints (taken_on, taken_at, sequence, hash) VALUES ($1, $2, $3, $4)
        ON CONFLICT (taken_on) DO NOTHING";
    DIGEST = "-- store::audit::digest
        SELECT digest FROM letter_versions WHERE letter_id = $1 AND version = $2";
    VERSIONS = "-- store::audit::versions
        SELECT letter_id, version, digest, subject, body_text, body_html FROM letter_versions
        WHERE (letter_id, version) > ($1, $2) ORDER BY letter_id, version LIMIT $3";
    OUTBOX = "-- store::audit::outbox
        SELECT id, bytes, sha256 FROM outbox WHERE id > $1 ORDER BY id LIMIT $2";
    RAW = "-- store::audit::raw
        SELECT id FROM raw_messages WHERE id > $1 ORDER BY id LIMIT $2";
}

/// Lines of history in a page.
const LINES: usize = 2_000;
/// Letters and messages in a page: each may be large.
const ROWS: usize = 50;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The history itself.
    Chain,
    /// Also letters, messages sent and messages received.
    Full,
}

/// A checkpoint that is kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenCheckpoint {
    /// The day, in London.
    pub on: Date,
    /// When.
    pub at: Timestamp,
    /// What the last line was.
    pub checkpoint: Checkpoint,
}

/// Something that no longer fits the history, or its own digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// A version of a letter is not the one whose digest was approved, by this line of the history.
    Approval {
        /// The line.
        sequence: i64,
        /// The letter.
        letter: LetterId,
        /// The version.
        version: i64,
    },
    /// The text of a version of a letter does not fit its digest.
    Version {
        /// The letter.
        letter: LetterId,
        /// The version.
        version: i64,
    },
    /// The bytes of a message in the outbox do not fit their digest.
    Outbox(i64),
    /// The bytes of a message that was received do not fit their digest.
    Raw(i64),
    /// What became of a contact, how it came or when it was first received is not what the history tells.
    Contact(ContactId),
    /// An incident is not the one that the history tells of.
    Incident(i64),
    /// An account is not the one that the history tells of.
    Account(OfficerId),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approval { sequence, letter, version } => {
                write!(f, "letter {letter}, version {version}: not what was approved by line {sequence} of the history")
            }
            Self::Version { letter, version } => {
                write!(f, "letter {letter}, version {version}: its text does not fit its digest")
            }
            Self::Outbox(id) => write!(f, "message {id} of the outbox: its bytes do not fit their SHA-256"),
            Self::Raw(id) => write!(f, "received message {id}: its bytes do not fit their SHA-256"),
            Self::Contact(id) => {
                write!(
                    f,
                    "contact {id}: what was decided of it, how it came or its receipt is not as the history tells"
                )
            }
            Self::Incident(id) => write!(f, "incident {id}: not as the history tells"),
            Self::Account(id) => {
                write!(f, "account {id}: its address, name, role or standing is not as the history tells")
            }
        }
    }
}

/// So many were looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hanging {
    /// Approvals.
    pub approvals: u64,
    /// Versions of letters.
    pub versions: u64,
    /// Messages in the outbox.
    pub outbox: u64,
    /// Messages received.
    pub raw: u64,
    /// Contacts that were decided, entered or received earlier, incidents and accounts.
    pub records: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// About the history.
    pub check: HistoryCheck,
    /// The checkpoints kept in the database, oldest first; the history was held against each.
    pub taken: Vec<TakenCheckpoint>,
    /// How much of what hangs on it was looked at.
    pub hanging: Hanging,
    /// What of it does not fit.
    pub misfits: Vec<Misfit>,
}

#[derive(sqlx::FromRow)]
struct StoredCheckpoint {
    taken_on: String,
    taken_at: i64,
    sequence: i64,
    hash: Vec<u8>,
}

impl StoredCheckpoint {
    fn read(self) -> Result<TakenCheckpoint> {
        let row = Row { table: "history_checkpoints", key: &self.taken_on };
        Ok(TakenCheckpoint {
            on: row.parse("taken_on", &self.taken_on)?,
            at: row.instant("taken_at", self.taken_at)?,
            checkpoint: Checkpoint { sequence: self.sequence, hash: row.digest("hash", &self.hash)? },
        })
    }
}

/// The note of the last line; `None` when there is none that can be read.
async fn head(conn: &mut Conn<'_>) -> Result<Option<Checkpoint>> {
    let found: Option<(i64, Vec<u8>)> = optional!(*conn, HEAD)?;
    let known = |(sequence, hash): (i64, Vec<u8>)| Some((sequence, <[u8; 32]>::try_from(hash).ok()?));
    Ok(found.and_then(known).map(|(sequence, hash)| Checkpoint { sequence, hash: Digest::from(hash) }))
}

/// Whether a row was found and makes no sense, such as text that is not UTF-8.
fn is_unreadable(error: &StoreError) -> bool {
    let StoreError::Statement { source, .. } = error else { return false };
    matches!(source, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
}

/// What was found about what hangs on the history.
#[derive(Default)]
struct Findings {
    hanging: Hanging,
    misfits: Vec<Misfit>,
    told: Told,
}

/// Walks to the end, or to the first line that does not fit.
async fn walk(
    snapshot: &mut Snapshot,
    mut walk: Walk,
    mut findings: Option<&mut Findings>,
) -> Result<std::result::Result<Checkpoint, Broken>> {
    // A line could be slipped in before the first.
    let mut after = i64::MIN;
    let mut size = LINES;
    loop {
        let page: Result<Vec<StoredLine>> = all!(snapshot.conn(), PAGE, after, size);
        let page = match page {
            Ok(page) => page,
            // Once more line by line, up to the one that cannot be read.
            Err(error) if is_unreadable(&error) && size > 1 => {
                size = 1;
                continue;
            }
            Err(error) if is_unreadable(&error) => {
                return Ok(Err(Broken { sequence: walk.next(), fault: BadLine::Unreadable }));
            }
            Err(error) => return Err(error),
        };
        if page.is_empty() {
            return Ok(walk.end());
        }
        for line in page.into_iter().map(ChainLine::from) {
            if let Err(broken) = walk.step(&line) {
                return Ok(Err(broken));
            }
            after = line.sequence;
            if let Some(findings) = &mut findings {
                findings.told.line(&line);
                findings.approval(&mut snapshot.conn(), &line).await?;
            }
        }
    }
}

impl Findings {
    /// Holds what was approved against the letter as it stands.
    async fn approval(&mut self, conn: &mut Conn<'_>, line: &ChainLine) -> Result<()> {
        let row = Row { table: "history", key: &line.sequence };
        if line.case_id.is_none() || line.kind != "letter-approved" {
            return Ok(());
        }
        let Event(CaseEvent::LetterApproved { letter, version, digest, .. }) = row.json("payload", &line.payload)?
        else {
            return Err(row.bad("kind"));
        };
        let stored: Option<(Vec<u8>,)> = optional!(*conn, DIGEST, letter, version)?;
        self.hanging.approvals += 1;
        if stored.is_none_or(|(stored,)| stored != digest.as_bytes()) {
            self.misfits.push(Misfit::Approval { sequence: line.sequence, letter, version: i64::from(version) });
        }
        Ok(())
    }

    async fn versions(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        let mut after = (0, 0);
        loop {
            let page: Vec<(i64, i64, Vec<u8>, String, String, String)> = all!(*conn, VERSIONS, after.0, after.1, ROWS)?;
            let Some((letter, version, ..)) = page.last() else { return Ok(()) };
            after = (*letter, *version);
            for (letter, version, digest, subject, text, html) in page {
                self.hanging.versions += 1;
                if digest != Digest::of_texts([&subject, &text, &html].map(String::as_str)).as_bytes() {
                    self.misfits.push(Misfit::Version { letter: LetterId(letter), version });
                }
            }
        }
    }

    async fn outbox(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        let mut after = 0;
        loop {
            let page: Vec<(i64, Vec<u8>, Vec<u8>)> = all!(*conn, OUTBOX, after, ROWS)?;
            let Some((last, ..)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, bytes, sha256) in page {
                self.hanging.outbox += 1;
                if sha256 != Digest::of(&bytes).as_bytes() {
                    self.misfits.push(Misfit::Outbox(id));
                }
            }
        }
    }

    async fn raw(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        let mut after = 0;
        loop {
            let page: Vec<(i64,)> = all!(*conn, RAW, after, LINES)?;
            let Some((last,)) = page.last() else { return Ok(()) };
            after = *last;
            for (id,) in page {
                self.hanging.raw += 1;
                if !raw::fits(conn, id).await? {
                    self.misfits.push(Misfit::Raw(id));
                }
            }
        }
    }
}

impl Store {
    /// Walks the whole history and says whether every line is as it was written. The history is held
    /// against the checkpoints in the database and those in `kept`, which were kept elsewhere.
    ///
    /// # Errors
    /// When a checkpoint or an approval makes no sense, or the database fails.
    pub async fn audit(&self, kept: &[Checkpoint], depth: Depth) -> Result<Audit> {
        let mut snapshot = self.db.snapshot().await?;
        let head = head(&mut snapshot.conn()).await?;
        let taken: Vec<StoredCheckpoint> = all!(snapshot.conn(), CHECKPOINTS)?;
        let taken = taken.into_iter().map(StoredCheckpoint::read).collect::<Result<Vec<_>>>()?;
        let mut findings = Findings::default();
        let full = depth == Depth::Full;
        let walked = match head {
            Some(head) => {
                let known = taken.iter().map(|taken| taken.checkpoint).chain(kept.iter().copied());
                walk(&mut snapshot, Walk::new(head, known), full.then_some(&mut findings)).await?
            }
            None => Err(Broken { sequence: 0, fault: BadLine::NoHead }),
        };
        let check = match walked {
            Ok(Checkpoint { sequence: lines, hash: head }) => HistoryCheck::Sound { lines, head },
            Err(broken) => HistoryCheck::Broken(broken),
        };
        // Of a history that does not fit, nothing that it tells later is known.
        if full && matches!(check, HistoryCheck::Sound { .. }) {
            let (rows, misfits) = std::mem::take(&mut findings.told).held(&mut snapshot.conn()).await?;
            findings.hanging.records = rows;
            findings.misfits.extend(misfits);
        }
        // The rest is written once and never changed: a view that is held for hours is not needed for it.
        drop(snapshot);
        if full {
            let mut reader = self.reader().await?;
            findings.versions(&mut reader.conn()).await?;
            findings.outbox(&mut reader.conn()).await?;
            findings.raw(&mut reader.conn()).await?;
        }
        let Findings { hanging, misfits, .. } = findings;
        Ok(Audit { check, taken, hanging, misfits })
    }

    /// Walks the whole history and says whether every line is as it was written.
    ///
    /// # Errors
    /// As [`audit`](Self::audit).
    pub async fn verify_history(&self) -> Result<HistoryCheck> {
        Ok(self.audit(&[], Depth::Chain).await?.check)
    }

    /// What the last line is now.
    ///
    /// # Errors
    /// When there is no note of it, or the database fails.
    pub async fn history_head(&self) -> Result<Checkpoint> {
        let noted = head(&mut self.reader().await?.conn()).await?;
        Row { table: "history_head", key: &1 }.some("hash", noted)
    }

    /// Whether this day has its checkpoint.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_checkpoint(&self, on: Date) -> Result<bool> {
        let (taken,): (i64,) = one!(self.reader().await?.conn(), TAKEN, on)?;
        Ok(taken > 0)
    }
}

impl Tx {
    /// Keeps what the last line is now as this day's checkpoint; `None` when the day has one.
    ///
    /// # Errors
    /// When there is no note of the last line, or the database fails.
    pub async fn take_checkpoint(&mut self, on: Date, at: Timestamp) -> Result<Option<Checkpoint>> {
        let noted = head(&mut self.conn()).await?;
        let checkpoint = Row { table: "history_head", key: &1 }.some("hash", noted)?;
        let taken = execute!(self.conn(), TAKE, on, at, checkpoint.sequence, checkpoint.hash)?;
        Ok((taken == 1).then_some(checkpoint))
    }
}
