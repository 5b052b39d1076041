//! What happened, for ever, in one chain: to cases, and to contacts and accounts that no case has. Each
//! line's hash covers the line before it ([`crate::domain::chain`]), so that a line changed, removed or
//! slipped in later is found by [`Store::verify_history`]. Lines are numbered from 1 without gaps, on both
//! databases: a transaction's lines are written as it commits, when nothing is left to wait for, and
//! update the head row.

use jiff::Timestamp;

use super::error::{Result, Row, StoreError};
use super::link::{all, execute, one, statements};
use super::param::Param;
use super::rows::many;
use super::stored::Event;
use super::stored_records::Record;
use super::{Store, Tx};
use crate::domain::chain::ChainLine;
use crate::domain::events::{CaseEvent, HistoryLine};
use crate::domain::ids::{CaseId, OfficerId};
use crate::domain::people::Actor;
use crate::domain::records::RecordEvent;

/// A query for [`StoredLine`]s.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash FROM history ",
            $rest
        )
    };
}
pub(super) use select;

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
}

#[derive(sqlx::FromRow)]
pub(super) struct StoredLine {
    sequence: i64,
    at: i64,
    case_id: Option<i64>,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_name: String,
    kind: String,
    payload: String,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl From<StoredLine> for ChainLine {
    fn from(stored: StoredLine) -> Self {
        let StoredLine { sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash } =
            stored;
        Self { sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash }
    }
}

fn read(line: ChainLine) -> Result<HistoryLine> {
    let row = Row { table: "history", key: &line.sequence };
    let Event(event) = row.json("payload", &line.payload)?;
    Ok(HistoryLine {
        sequence: line.sequence,
        at: row.instant("at", line.at)?,
        actor: read_actor(row, "actor_kind", &line.actor_kind, line.actor_id, line.actor_name)?,
        event,
    })
}

/// An actor as its three columns: kind, account, name at the time.
pub(super) fn actor_columns(actor: &Actor) -> (&'static str, Option<OfficerId>, &str) {
    match actor {
        Actor::Daemon => ("daemon", None, ""),
        Actor::Operator => ("operator", None, ""),
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
        ("operator", None) => Ok(Actor::Operator),
        ("officer", Some(id)) => Ok(Actor::Officer { id: OfficerId(id), name }),
        _ => Err(row.bad(column)),
    }
}

/// Notes what happened to a case, to be written as this transaction commits.
pub(super) fn append(tx: &mut Tx, case: CaseId, event: &CaseEvent, actor: &Actor, at: Timestamp) -> Result<()> {
    note(tx, Some(case), serde_json::to_value(Event(event.clone())), actor, at)
}

/// Notes what happened to a contact or an account, to be written as this transaction commits.
pub(super) fn append_record(tx: &mut Tx, event: &RecordEvent, actor: &Actor, at: Timestamp) -> Result<()> {
    note(tx, None, serde_json::to_value(Record(event.clone())), actor, at)
}

/// Number and hashes are left open until the line before is known.
fn note(
    tx: &mut Tx,
    case: Option<CaseId>,
    facts: serde_json::Result<serde_json::Value>,
    actor: &Actor,
    at: Timestamp,
) -> Result<()> {
    let unstorable = StoreError::Unstorable { table: "history", column: "payload" };
    let Ok(facts) = facts else { return Err(unstorable) };
    let Some(kind) = facts.get("kind").and_then(serde_json::Value::as_str) else { return Err(unstorable) };
    let (actor_kind, actor_id, actor_name) = actor_columns(actor);
    tx.lines.push(ChainLine {
        sequence: 0,
        at: at.as_microsecond(),
        case_id: case.map(|case| case.0),
        actor_kind: actor_kind.to_owned(),
        actor_id: actor_id.map(|id| id.0),
        // As it is bound, or the hash would not fit what is stored.
        actor_name: actor_name.param(),
        kind: kind.to_owned(),
        payload: facts.to_string(),
        previous: Vec::new(),
        hash: Vec::new(),
    });
    Ok(())
}

/// Writes a transaction's lines, before it is committed. The head row is locked from here to the end, so
/// that lines are written in the order of their numbers and nobody who holds it waits for anything else.
pub(super) async fn write_lines(tx: &mut Tx) -> Result<()> {
    let mut lines = std::mem::take(&mut tx.lines);
    if lines.is_empty() {
        return Ok(());
    }
    let (mut sequence, mut hash): (i64, Vec<u8>) = one!(tx.conn(), TAKE_HEAD)?;
    for line in &mut lines {
        line.sequence = sequence + 1;
        line.previous = hash;
        line.hash = line.digest().as_bytes().to_vec();
        (sequence, hash) = (line.sequence, line.hash.clone());
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
    execute!(tx.conn(), SET_HEAD, sequence, hash).map(drop)
}

impl Store {
    /// What happened to a case, oldest first.
    ///
    /// # Errors
    /// When a line makes no sense or the database fails.
    pub async fn history(&self, case: CaseId) -> Result<Vec<HistoryLine>> {
        let lines: Vec<StoredLine> = all!(self.reader().await?.conn(), OF_CASE, case)?;
        lines.into_iter().map(ChainLine::from).map(read).collect()
    }
}
