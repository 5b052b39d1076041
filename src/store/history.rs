//! What happened to the cases, for ever. Each line's hash covers the line before it, so that a line
//! changed, removed or slipped in later is found by [`Store::verify_history`]. Lines are numbered
//! from 1 without gaps, on both databases: the head row is updated in the appending transaction.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::error::{Result, Row, StoreError};
use super::link::{all, execute, one, statements};
use super::param::Param;
use super::rows::many;
use super::stored::Event;
use super::{Store, Tx};
use crate::domain::events::{CaseEvent, HistoryLine};
use crate::domain::ids::{CaseId, Digest, OfficerId};
use crate::domain::people::Actor;

/// A query for [`StoredLine`]s.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash FROM history ",
            $rest
        )
    };
}

statements! {
    // An update that changes nothing locks the row on PostgreSQL; SQLite has locked everything.
    TAKE_HEAD = "-- store::history::take_head
        UPDATE history_head SET sequence = sequence WHERE id = 1 RETURNING sequence, hash";
    APPEND = "-- store::history::append
        INSERT INTO history (sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    SET_HEAD = "-- store::history::set_head
        UPDATE history_head SET sequence = $1, hash = $2 WHERE id = 1";
    OF_CASE = concat!("-- store::history::of_case\n", select!("WHERE case_id = $1 ORDER BY sequence"));
    PAGE = concat!("-- store::history::page\n", select!("WHERE sequence > $1 ORDER BY sequence LIMIT $2"));
    HEAD = "-- store::history::head
        SELECT sequence, hash FROM history_head WHERE id = 1";
}

/// What the walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryCheck {
    /// Every line is as it was written.
    Sound {
        /// How many lines there are.
        lines: i64,
        /// The hash of the last one; 32 zero bytes when there is none.
        head: Digest,
    },
    /// Something has been changed.
    Broken {
        /// The first line that does not fit.
        sequence: i64,
        /// What is wrong with it.
        fault: BadLine,
    },
}

/// What is wrong with a line of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLine {
    /// The line is missing.
    Missing,
    /// The line does not follow the one before it.
    DoesNotFollow,
    /// The line's contents do not fit its hash.
    Changed,
    /// The last line is not the one noted as the last.
    NotTheHead,
}

#[derive(sqlx::FromRow)]
struct StoredLine {
    sequence: i64,
    at: i64,
    case_id: i64,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_name: String,
    kind: String,
    payload: String,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl StoredLine {
    /// SHA-256 over a label, the previous hash and each field with its length before it, so that no
    /// two different lines give the same bytes.
    fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(b"complaintsd-history-v1");
        hash.update(&self.previous);
        let actor_id = self.actor_id.map_or_else(String::new, |id| id.to_string());
        for field in [
            &self.sequence.to_string(),
            &self.at.to_string(),
            &self.case_id.to_string(),
            &self.actor_kind,
            &actor_id,
            &self.actor_name,
            &self.kind,
            &self.payload,
        ] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        Digest::from(<[u8; 32]>::from(hash.finalize()))
    }

    fn read(self) -> Result<HistoryLine> {
        let row = Row { table: "history", key: &self.sequence };
        let Event(event) = row.json("payload", &self.payload)?;
        Ok(HistoryLine {
            sequence: self.sequence,
            at: row.instant("at", self.at)?,
            actor: read_actor(row, "actor_kind", &self.actor_kind, self.actor_id, self.actor_name)?,
            event,
        })
    }
}

/// An actor as its three columns: kind, account, name at the time.
pub(super) fn actor_columns(actor: &Actor) -> (&'static str, Option<OfficerId>, &str) {
    match actor {
        Actor::Daemon => ("daemon", None, ""),
        Actor::Officer { id, name } => ("officer", Some(*id), name),
    }
}

/// The actor of three columns.
pub(super) fn read_actor(
    row: Row<'_>,
    column: &'static str,
    kind: &str,
    id: Option<i64>,
    name: String,
) -> Result<Actor> {
    match (kind, id) {
        ("daemon", None) => Ok(Actor::Daemon),
        ("officer", Some(id)) => Ok(Actor::Officer { id: OfficerId(id), name }),
        _ => Err(row.bad(column)),
    }
}

/// The newest line, as a transaction that appends holds it.
pub(super) struct Head {
    sequence: i64,
    hash: Vec<u8>,
}

/// Appends one line.
pub(super) async fn append(tx: &mut Tx, case: CaseId, event: &CaseEvent, actor: &Actor, at: Timestamp) -> Result<()> {
    append_all(tx, &[(case, event)], actor, at).await
}

/// Appends lines, in their order. The head row is locked by the first line of a transaction and stays so
/// until it ends: lines are written in the order of their numbers.
pub(super) async fn append_all(
    tx: &mut Tx,
    events: &[(CaseId, &CaseEvent)],
    actor: &Actor,
    at: Timestamp,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut head = match tx.head.take() {
        Some(head) => head,
        None => {
            let (sequence, hash): (i64, Vec<u8>) = one!(tx.conn(), TAKE_HEAD)?;
            Head { sequence, hash }
        }
    };
    let (actor_kind, actor_id, actor_name) = actor_columns(actor);
    let mut lines = Vec::with_capacity(events.len());
    for (case, event) in events {
        let unstorable = StoreError::Unstorable { table: "history", column: "payload" };
        let Ok(facts) = serde_json::to_value(Event((*event).clone())) else { return Err(unstorable) };
        let Some(kind) = facts.get("kind").and_then(serde_json::Value::as_str) else { return Err(unstorable) };
        let mut line = StoredLine {
            sequence: head.sequence + 1,
            at: at.as_microsecond(),
            case_id: case.0,
            actor_kind: actor_kind.to_owned(),
            actor_id: actor_id.map(|id| id.0),
            // As it is bound, or the hash would not fit what is stored.
            actor_name: actor_name.param(),
            kind: kind.to_owned(),
            payload: facts.to_string(),
            previous: head.hash,
            hash: Vec::new(),
        };
        line.hash = line.digest().as_bytes().to_vec();
        head = Head { sequence: line.sequence, hash: line.hash.clone() };
        lines.push(line);
    }
    let _: Vec<()> = many!(tx.conn(), APPEND, lines.as_slice(), |line| [
        line.sequence,
        line.at,
        line.case_id,
        line.actor_kind,
        line.actor_id,
        line.actor_name,
        line.kind,
        line.payload,
        line.previous,
        line.hash,
    ])
    .await?;
    tx.head = Some(head);
    Ok(())
}

/// Notes the newest line of a transaction as the last, before it is committed.
pub(super) async fn write_head(tx: &mut Tx) -> Result<()> {
    if let Some(Head { sequence, hash }) = tx.head.take() {
        execute!(tx.conn(), SET_HEAD, sequence, hash)?;
    }
    Ok(())
}

impl Store {
    /// What happened to a case, oldest first.
    ///
    /// # Errors
    /// When a line makes no sense or the database fails.
    pub async fn history(&self, case: CaseId) -> Result<Vec<HistoryLine>> {
        let lines: Vec<StoredLine> = all!(self.reader().await?.conn(), OF_CASE, case)?;
        lines.into_iter().map(StoredLine::read).collect()
    }

    /// Walks the whole chain and says whether every line is as it was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_history(&self) -> Result<HistoryCheck> {
        const PAGE_SIZE: usize = 500;
        let mut reader = self.reader().await?;
        // The head first: lines appended while we walk are beyond it.
        let (lines, head): (i64, Vec<u8>) = one!(reader.conn(), HEAD)?;
        let mut sequence = 0;
        let mut previous = vec![0; 32];
        while sequence < lines {
            let page: Vec<StoredLine> = all!(reader.conn(), PAGE, sequence, PAGE_SIZE)?;
            if page.is_empty() {
                return Ok(HistoryCheck::Broken { sequence: sequence + 1, fault: BadLine::Missing });
            }
            for line in page {
                if sequence == lines {
                    break;
                }
                sequence += 1;
                let fault = if line.sequence != sequence {
                    BadLine::Missing
                } else if line.previous != previous {
                    BadLine::DoesNotFollow
                } else if line.hash != line.digest().as_bytes() {
                    BadLine::Changed
                } else {
                    previous = line.hash;
                    continue;
                };
                return Ok(HistoryCheck::Broken { sequence, fault });
            }
        }
        let noted = Row { table: "history_head", key: &1 }.digest("hash", &head)?;
        if previous == head {
            Ok(HistoryCheck::Sound { lines, head: noted })
        } else {
            Ok(HistoryCheck::Broken { sequence, fault: BadLine::NotTheHead })
        }
    }
}
