//! Cases: one row for each, with its current stage. A row changes only together with the events that
//! say why: [`Tx::open_cases`] and [`Tx::save_case`] write both.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::{Result, Row, StoreError};
use super::history;
use super::link::{Conn, all, execute, one, optional, statements};
use super::rows::many;
use super::stored::{DefinitionColumn, ExtensionItem, FactsColumn};
use super::{Store, Tx, people, to_json};
use crate::domain::case::{Acknowledged, Case, ResponseDue, StageRecord};
use crate::domain::circumstances::Circumstances;
use crate::domain::events::CaseEvent;
use crate::domain::ids::{CaseId, CaseRef, ContactId, LetterId, OfficerId};
use crate::domain::letter::LetterKind;
use crate::domain::people::{Actor, Handler, Resident};
use crate::domain::stage::Stage;
use crate::domain::triage::{Triage, Triaged};

/// The columns of a [`StoredCase`], between a verb before them and what follows.
macro_rules! columns {
    ($before:literal $(, $after:literal)*) => {
        concat!(
            $before,
            " id, reference_year, reference_number, opened_by, resident_name, resident_email, triage,
                definition, stage, received_at, acknowledge_by, acknowledged_letter, acknowledged_at, respond_by,
                original_respond_by, counted_respond_by, strict_respond_by, extensions, handler_id, handler_name,
                handler_email, facts ",
            $($after),*
        )
    };
}

/// A query for [`StoredCase`]s.
macro_rules! select {
    ($rest:literal) => {
        columns!("SELECT", " FROM cases ", $rest)
    };
}

pub(super) use {columns, select};

statements! {
    // Locks the year's row, as an update that changes nothing does on PostgreSQL.
    TAKE_NUMBER = "-- store::cases::take_number
        INSERT INTO case_numbers (year, last) VALUES ($1, 0)
        ON CONFLICT (year) DO UPDATE SET last = case_numbers.last RETURNING last";
    SET_NUMBER = "-- store::cases::set_number
        UPDATE case_numbers SET last = $2 WHERE year = $1";
    INSERT = "-- store::cases::insert
        INSERT INTO cases (reference_year, reference_number, opened_by, resident_name, resident_email, triage,
            definition, stage, received_at, acknowledge_by, respond_by, original_respond_by, counted_respond_by,
            extensions, next_duty, next_due)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        RETURNING opened_by, id";
    SET_OPENED = "-- store::cases::set_opened
        UPDATE contacts SET case_id = (SELECT max(cases.id) FROM cases WHERE opened_by = contacts.id)
        WHERE id IN ($1)";
    UPDATE = "-- store::cases::update
        UPDATE cases SET resident_name = $2, resident_email = $3, triage = $4, definition = $5, stage = $6,
            received_at = $7, acknowledge_by = $8, acknowledged_letter = $9, acknowledged_at = $10, respond_by = $11,
            original_respond_by = $12, strict_respond_by = $13, extensions = $14, handler_id = $15,
            handler_name = $16, handler_email = $17, next_duty = $18, next_due = $19, counted_respond_by = $20,
            facts = $21, ended_at = $22, urgency = $23
        WHERE id = $1";
    // An update that changes nothing locks the row on PostgreSQL; SQLite has locked everything.
    LOCK = concat!("-- store::cases::lock\n", columns!("UPDATE cases SET stage = stage WHERE id IN ($1) RETURNING"));
    LOAD = concat!("-- store::cases::load\n", select!("WHERE id = $1"));
    FIND = "-- store::cases::find
        SELECT id FROM cases WHERE reference_year = $1 AND reference_number = $2";
    WORK_LIST = concat!("-- store::cases::work_list\n", select!("WHERE ended_at IS NULL ORDER BY next_due NULLS FIRST, urgency DESC, id LIMIT $1"));
    WITHOUT_LETTER = concat!("-- store::cases::without_letter\n", columns!("SELECT", ",
            (SELECT max(letters.id) FROM letters WHERE letters.case_id = cases.id AND letters.stage = cases.stage
                AND letters.kind = $2) AS earlier
        FROM cases WHERE acknowledged_at IS NULL AND ended_at IS NULL AND triage IN ('to-be-triaged', 'complaint')
            AND stage = $1 AND id > $3
            AND NOT EXISTS (SELECT 1 FROM letters WHERE letters.case_id = cases.id AND letters.stage = cases.stage
                AND letters.kind = $2 AND letters.state <> 'not-delivered')
        ORDER BY id LIMIT $4"));
    // As the index cases_answered has it; what was a survey comment has ended with the decision.
    WITHOUT_REPLY = concat!("-- store::cases::without_reply\n", columns!("SELECT", ",
            (SELECT max(letters.id) FROM letters WHERE letters.case_id = cases.id AND letters.kind = $2) AS earlier
        FROM cases WHERE triage IN ('service-request', 'survey-comment') AND triage = $1 AND id > $3
            AND (ended_at IS NULL OR triage = 'survey-comment')
            AND NOT EXISTS (SELECT 1 FROM letters WHERE letters.case_id = cases.id AND letters.kind = $2
                AND letters.state <> 'not-delivered')
        ORDER BY id LIMIT $4"));
}

#[derive(sqlx::FromRow)]
pub(super) struct StoredCase {
    id: i64,
    reference_year: i64,
    reference_number: i64,
    opened_by: i64,
    resident_name: String,
    resident_email: Option<String>,
    triage: String,
    definition: String,
    stage: i64,
    received_at: i64,
    acknowledge_by: Option<String>,
    acknowledged_letter: Option<i64>,
    acknowledged_at: Option<i64>,
    respond_by: Option<String>,
    original_respond_by: Option<String>,
    counted_respond_by: Option<String>,
    strict_respond_by: Option<String>,
    extensions: String,
    handler_id: Option<i64>,
    handler_name: Option<String>,
    handler_email: Option<String>,
    facts: String,
}

const OPENS_NOTHING: StoreError = StoreError::Unstorable { table: "cases", column: "opened_by" };

/// A case without a letter of some kind, and the newest of that kind that could not be delivered.
#[derive(sqlx::FromRow)]
struct Lacking {
    #[sqlx(flatten)]
    case: StoredCase,
    earlier: Option<i64>,
}

impl StoredCase {
    pub(super) fn read(self) -> Result<Case> {
        let row = Row { table: "cases", key: &self.id };
        let date = |column, text: Option<String>| text.map(|text| row.parse::<Date>(column, &text)).transpose();
        let acknowledged = match (self.acknowledged_letter, self.acknowledged_at) {
            (Some(letter), Some(at)) => {
                Some(Acknowledged { letter: LetterId(letter), at: row.instant("acknowledged_at", at)? })
            }
            (None, None) => None,
            _ => return Err(row.bad("acknowledged_letter")),
        };
        let respond_by = date("respond_by", self.respond_by)?;
        let original_by = date("original_respond_by", self.original_respond_by)?;
        let counted_by = date("counted_respond_by", self.counted_respond_by)?;
        let strict_by = date("strict_respond_by", self.strict_respond_by)?;
        let response_due = match (respond_by, original_by) {
            (Some(by), Some(original_by)) => {
                Some(ResponseDue { by, original_by, counted_by: counted_by.unwrap_or(original_by), strict_by })
            }
            (None, None) => None,
            _ => return Err(row.bad("original_respond_by")),
        };
        let handler = match (self.handler_id, self.handler_name, self.handler_email) {
            (Some(id), Some(name), Some(email)) => {
                Some(Handler { officer: OfficerId(id), name, email: row.parse("handler_email", &email)? })
            }
            (None, None, None) => None,
            _ => return Err(row.bad("handler_id")),
        };
        let DefinitionColumn(definition) = row.json("definition", &self.definition)?;
        let extensions: Vec<ExtensionItem> = row.json("extensions", &self.extensions)?;
        let facts: FactsColumn = row.json("facts", &self.facts)?;
        let definition = definition.numbered();
        Ok(facts.into_case(Case {
            id: CaseId(self.id),
            reference: CaseRef::new(
                row.number("reference_year", self.reference_year)?,
                row.number("reference_number", self.reference_number)?,
            ),
            opened_by: ContactId(self.opened_by),
            resident: Resident {
                name: self.resident_name,
                email: self.resident_email.map(|email| row.parse("resident_email", &email)).transpose()?,
            },
            triage: row.some("triage", Triage::from_key(&self.triage))?,
            triaged: Triaged::default(),
            definition,
            current: StageRecord {
                stage: row.some("stage", Stage::from_number(self.stage))?,
                received_at: row.instant("received_at", self.received_at)?,
                acknowledge_by: date("acknowledge_by", self.acknowledge_by)?,
                acknowledged,
                response_due,
                extensions: extensions.into_iter().map(|ExtensionItem(extension)| extension).collect(),
                handler,
                outcome: None,
                answered: None,
                approver: None,
                took_part: BTreeSet::new(),
            },
            first: None,
            correction: None,
            people: Circumstances::default(),
            exclusion: None,
            on_the_way: None,
            contacts: BTreeSet::from([ContactId(self.opened_by)]),
            requests: Vec::new(),
            actions: Vec::new(),
            closed: None,
        }))
    }
}

/// What is due next, as the work list sorts by it: a case in which nothing is due comes after all others.
fn next(case: &Case) -> (&'static str, Option<Date>) {
    case.next_deadline().map_or(("none", Some(Date::MAX)), |(duty, due)| (duty.key(), due))
}

fn extensions_column(case: &Case) -> Result<String> {
    let items: Vec<_> = case.current.extensions.iter().cloned().map(ExtensionItem).collect();
    to_json("cases", "extensions", &items)
}

async fn load(mut conn: Conn<'_>, id: CaseId) -> Result<Option<Case>> {
    let found: Option<StoredCase> = optional!(conn, LOAD, id)?;
    found.map(StoredCase::read).transpose()
}

/// Notes the numbers a transaction has used up, before it is committed.
pub(super) async fn write_numbers(tx: &mut Tx) -> Result<()> {
    for (year, last) in std::mem::take(&mut tx.numbers) {
        execute!(tx.conn(), SET_NUMBER, year, last)?;
    }
    Ok(())
}

impl Tx {
    /// The next number of a year of receipt, from 1 without gaps: a number is used up only when this
    /// transaction is committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_case_number(&mut self, year: u16) -> Result<u32> {
        let last = match self.numbers.get(&year) {
            Some(last) => *last,
            None => {
                let (last,): (i64,) = one!(self.conn(), TAKE_NUMBER, year)?;
                Row { table: "case_numbers", key: &year }.number("last", last)?
            }
        };
        self.numbers.insert(year, last + 1);
        Ok(last + 1)
    }

    /// Opens a case: its row, its first line of history, and its contact's place in it. `event` is
    /// the [`CaseEvent::Opened`] that was decided.
    ///
    /// # Errors
    /// When the event opens nothing, or the database fails.
    pub async fn open_case(&mut self, event: &CaseEvent, actor: &Actor, at: Timestamp) -> Result<Case> {
        let mut opened = self.open_cases(std::slice::from_ref(event), actor, at).await?;
        opened.pop().ok_or(OPENS_NOTHING)
    }

    /// Opens several cases, each by a contact of its own.
    ///
    /// # Errors
    /// When an event opens nothing, or the database fails.
    pub async fn open_cases(&mut self, events: &[CaseEvent], actor: &Actor, at: Timestamp) -> Result<Vec<Case>> {
        let opened: Option<Vec<Case>> = events.iter().map(|event| Case::opened(CaseId(0), event)).collect();
        let mut cases = opened.ok_or(OPENS_NOTHING)?;
        let added: Vec<(i64, i64)> = many!(self.conn(), INSERT, cases.as_slice(), |case| [
            case.reference.year(),
            case.reference.number(),
            case.opened_by,
            case.resident.name,
            case.resident.email,
            case.triage.key(),
            to_json("cases", "definition", &DefinitionColumn(case.definition.clone()))?,
            case.current.stage.number(),
            case.current.received_at,
            case.current.acknowledge_by,
            case.current.response_due.map(|due| due.by),
            case.current.response_due.map(|due| due.original_by),
            case.current.response_due.map(|due| due.counted_by),
            extensions_column(case)?,
            next(case).0,
            next(case).1,
        ])
        .await?;
        let ids: BTreeMap<i64, i64> = added.into_iter().collect();
        for case in &mut cases {
            let id =
                ids.get(&case.opened_by.0).ok_or_else(|| Row { table: "cases", key: &case.opened_by }.bad("id"))?;
            case.id = CaseId(*id);
        }
        let _: Vec<()> = many!(self.conn(), SET_OPENED, cases.as_slice(), |case| [case.opened_by]).await?;
        for (case, event) in cases.iter().zip(events) {
            history::append(self, case.id, event, actor, at)?;
        }
        Ok(cases)
    }

    /// A case to be changed: locked until this transaction ends.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn case_for_update(&mut self, id: CaseId) -> Result<Option<Case>> {
        Ok(self.cases_for_update(&[id].into()).await?.remove(&id))
    }

    /// Cases to be changed: locked until this transaction ends, in the order of their numbers.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn cases_for_update(&mut self, ids: &BTreeSet<CaseId>) -> Result<BTreeMap<CaseId, Case>> {
        let ids: Vec<CaseId> = ids.iter().copied().collect();
        // PostgreSQL locks the rows of one statement in any order; SQLite has locked everything.
        let together = if matches!(self.conn(), Conn::Sqlite(_)) { ids.len().max(1) } else { 1 };
        let mut cases = BTreeMap::new();
        for ids in ids.chunks(together) {
            let found: Vec<StoredCase> = many!(self.conn(), LOCK, ids, |id| [id]).await?;
            for stored in found {
                let case = stored.read()?;
                cases.insert(case.id, case);
            }
        }
        Ok(cases)
    }

    /// Appends to the history of a case, locked by [`Tx::cases_for_update`], an event that leaves the case
    /// as it is.
    ///
    /// # Errors
    /// When the event cannot be stored.
    pub fn note_event(&mut self, case: &Case, event: &CaseEvent, actor: &Actor, at: Timestamp) -> Result<()> {
        debug_assert_eq!(&case.clone().apply(event), case, "an event that changes the case is saved with it");
        history::append(self, case.id, event, actor, at)
    }

    /// Saves a case as its events made it, and the events. A contact that was added becomes part of
    /// the case.
    ///
    /// # Errors
    /// When there is no such case, or the database fails.
    pub async fn save_case(&mut self, case: &Case, events: &[CaseEvent], actor: &Actor, at: Timestamp) -> Result<()> {
        let (duty, due) = next(case);
        let response = case.current.response_due;
        let handler = case.current.handler.as_ref();
        let saved = execute!(
            self.conn(),
            UPDATE,
            case.id,
            case.resident.name,
            case.resident.email,
            case.triage.key(),
            to_json("cases", "definition", &DefinitionColumn(case.definition.clone()))?,
            case.current.stage.number(),
            case.current.received_at,
            case.current.acknowledge_by,
            case.current.acknowledged.map(|done| done.letter),
            case.current.acknowledged.map(|done| done.at),
            response.map(|due| due.by),
            response.map(|due| due.original_by),
            response.and_then(|due| due.strict_by),
            extensions_column(case)?,
            handler.map(|handler| handler.officer),
            handler.map(|handler| &handler.name),
            handler.map(|handler| &handler.email),
            duty,
            due,
            response.map(|due| due.counted_by),
            to_json("cases", "facts", &FactsColumn::of(case))?,
            case.ended_at(),
            case.triaged.weights.urgency(),
        )?;
        people::note_next_task(self, case).await?;
        if saved != 1 {
            return Err(Row { table: "cases", key: &case.id }.bad("id"));
        }
        for event in events {
            if let CaseEvent::ContactAdded { contact, .. } = event {
                self.contact_set_case(*contact, case.id).await?;
            }
            history::append(self, case.id, event, actor, at)?;
        }
        Ok(())
    }
}

impl Store {
    /// A case.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn case(&self, id: CaseId) -> Result<Option<Case>> {
        load(self.reader().await?.conn(), id).await
    }

    /// The case with this reference.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn case_by_ref(&self, reference: CaseRef) -> Result<Option<Case>> {
        let mut reader = self.reader().await?;
        let found: Option<(i64,)> = optional!(reader.conn(), FIND, reference.year(), reference.number())?;
        match found {
            Some((id,)) => load(reader.conn(), CaseId(id)).await,
            None => Ok(None),
        }
    }

    /// The cases, most urgent first: those whose date the calendar could not tell come before all, and of
    /// those due on the same day the one that weighs most (6.1).
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn work_list(&self, limit: usize) -> Result<Vec<Case>> {
        let found: Vec<StoredCase> = all!(self.reader().await?.conn(), WORK_LIST, limit)?;
        found.into_iter().map(StoredCase::read).collect()
    }

    /// Cases beyond `after` that lack this letter, oldest first: for an acknowledgement those at its stage that
    /// are not acknowledged, for what answers a service request or a survey comment those decided to be that.
    /// A letter that could not be delivered does not count, and the newest of those is given with its
    /// case.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn cases_without_letter(
        &self,
        kind: LetterKind,
        after: CaseId,
        limit: usize,
    ) -> Result<Vec<(Case, Option<LetterId>)>> {
        let (stage, mut reader) = (kind.stage().number(), self.reader().await?);
        let found: Vec<Lacking> = match kind.answers() {
            Some(triage) => all!(reader.conn(), WITHOUT_REPLY, triage.key(), kind, after, limit)?,
            None => all!(reader.conn(), WITHOUT_LETTER, stage, kind, after, limit)?,
        };
        found.into_iter().map(|Lacking { case, earlier }| Ok((case.read()?, earlier.map(LetterId)))).collect()
    }
}
