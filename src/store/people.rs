//! Cases found by their people: whose reviews and Ombudsman dates come up, who handles them, whose
//! resident has others.

use jiff::civil::Date;

use super::cases::{StoredCase, columns, select};
use super::error::Result;
use super::link::{all, execute, statements};
use super::{Store, Tx};
use crate::domain::case::Case;
use crate::domain::ids::{CaseId, OfficerId};

statements! {
    NEXT_TASK = "-- store::people::next_task
        UPDATE cases SET next_task = $2 WHERE id = $1";
    WITH_TASKS = concat!(
        "-- store::people::with_tasks\n",
        select!("WHERE next_task IS NOT NULL AND next_task <= $1 ORDER BY next_task, id LIMIT $2")
    );
    OF_HANDLER = "-- store::people::of_handler
        SELECT id FROM cases WHERE handler_id = $1 ORDER BY id";
    OF_RESIDENT = concat!(
        "-- store::people::of_resident\n",
        select!("WHERE lower(resident_email) = $1 AND id <> $2 ORDER BY id DESC LIMIT $3")
    );
    OF_NAME = concat!(
        "-- store::people::of_name\n",
        select!("WHERE lower(resident_name) = $1 AND id <> $2 ORDER BY id DESC LIMIT $3")
    );
}

/// Notes the earliest date of a case beside its own, by which it is found.
pub(super) async fn note_next_task(tx: &mut Tx, case: &Case) -> Result<()> {
    let next: Option<Date> = case.people.tasks().first().map(|task| task.by);
    execute!(tx.conn(), NEXT_TASK, case.id, next).map(|_| ())
}

impl Tx {
    /// The cases an officer handles at their current stage.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_handler(&mut self, officer: OfficerId) -> Result<Vec<CaseId>> {
        let found: Vec<(i64,)> = all!(self.conn(), OF_HANDLER, officer)?;
        Ok(found.into_iter().map(|(id,)| CaseId(id)).collect())
    }
}

impl Store {
    /// The cases with a review or a date of the Ombudsman by this day, the earliest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn cases_with_tasks(&self, until: Date, limit: usize) -> Result<Vec<Case>> {
        let found: Vec<StoredCase> = all!(self.reader().await?.conn(), WITH_TASKS, until, limit)?;
        found.into_iter().map(StoredCase::read).collect()
    }

    /// Other cases of the same resident, by the address, newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn other_cases(&self, case: &Case, limit: usize) -> Result<Vec<Case>> {
        let mut reader = self.reader().await?;
        let found: Vec<StoredCase> = match &case.resident.email {
            Some(email) => all!(reader.conn(), OF_RESIDENT, email.as_str().to_lowercase(), case.id, limit)?,
            // Whoever telephones or writes on paper is known by their name.
            None => all!(reader.conn(), OF_NAME, case.resident.name.trim().to_lowercase(), case.id, limit)?,
        };
        let found = found.into_iter().map(StoredCase::read).collect::<Result<Vec<_>>>()?;
        Ok(found.into_iter().filter(|other| other.resident.is_the_same_as(&case.resident)).collect())
    }
}
