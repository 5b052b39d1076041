//! Declared incidents (8.5). One stands at most.

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::{Result, Row};
use super::history::append_record;
use super::link::{all, execute, one, optional, statements};
use super::{Store, Tx};
use crate::domain::incident::{Incident, NewIncident};
use crate::domain::people::Actor;
use crate::domain::records::RecordEvent;

/// A query for [`StoredIncident`]s.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, what, began_on, back_by, told, declared_by, declared_at, ended_on FROM incidents ", $rest)
    };
}

statements! {
    DECLARE = "-- store::incidents::declare
        INSERT INTO incidents (what, began_on, back_by, told, declared_by, declared_at) VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING id";
    END = "-- store::incidents::end
        UPDATE incidents SET ended_on = $2 WHERE id = $1 AND ended_on IS NULL";
    STANDING = concat!("-- store::incidents::standing\n", select!("WHERE ended_on IS NULL"));
    LIST = concat!("-- store::incidents::list\n", select!("ORDER BY id DESC LIMIT 50"));
}

#[derive(sqlx::FromRow)]
struct StoredIncident {
    id: i64,
    what: String,
    began_on: String,
    back_by: String,
    told: String,
    declared_by: String,
    declared_at: i64,
    ended_on: Option<String>,
}

impl StoredIncident {
    fn read(self) -> Result<Incident> {
        let row = Row { table: "incidents", key: &self.id };
        Ok(Incident {
            id: self.id,
            what: self.what,
            began_on: row.parse("began_on", &self.began_on)?,
            back_by: row.parse("back_by", &self.back_by)?,
            told: self.told,
            declared_by: self.declared_by,
            declared_at: row.instant("declared_at", self.declared_at)?,
            ended_on: self.ended_on.map(|on| row.parse("ended_on", &on)).transpose()?,
        })
    }
}

impl Tx {
    /// Keeps a declared incident.
    ///
    /// # Errors
    /// When one stands already, or the database fails.
    pub async fn declare_incident(&mut self, new: &NewIncident, by: &Actor, at: Timestamp) -> Result<i64> {
        let NewIncident { what, began_on, back_by, told } = new.clone();
        let (incident,): (i64,) = one!(self.conn(), DECLARE, what, began_on, back_by, told, by.to_string(), at)?;
        append_record(self, &RecordEvent::IncidentDeclared { incident, what, began_on, back_by, told }, by, at)?;
        Ok(incident)
    }

    /// Ends an incident. `false` when it had ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_incident(&mut self, incident: i64, on: Date, by: &Actor, at: Timestamp) -> Result<bool> {
        let ended = execute!(self.conn(), END, incident, on)? == 1;
        if ended {
            append_record(self, &RecordEvent::IncidentEnded { incident, on }, by, at)?;
        }
        Ok(ended)
    }
}

impl Store {
    /// The incident that stands.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn incident(&self) -> Result<Option<Incident>> {
        let found: Option<StoredIncident> = optional!(self.reader().await?.conn(), STANDING)?;
        found.map(StoredIncident::read).transpose()
    }

    /// All incidents, newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn incidents(&self) -> Result<Vec<Incident>> {
        let found: Vec<StoredIncident> = all!(self.reader().await?.conn(), LIST)?;
        found.into_iter().map(StoredIncident::read).collect()
    }
}
