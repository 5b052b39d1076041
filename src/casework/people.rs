//! Officers who leave, and handlers who can no longer act.

use super::{Casework, CaseworkError};
use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand, PeopleCommand};
use crate::domain::events::CaseEvent;
use crate::domain::ids::CaseRef;
use crate::domain::people::{Actor, Officer};
use crate::domain::people_events::PeopleEvent;
use crate::store::{StoreError, Tx};

impl Casework {
    /// Switches an officer's account off, ends its sessions, and takes their cases from them at once: each
    /// stands without a handler, under an alarm, until another is assigned. `None` when it was off.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn disable_officer(&self, officer: &Officer, by: &Actor) -> Result<Option<Vec<CaseRef>>, CaseworkError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let cases = tx.cases_of_handler(officer.id).await?;
        let mut left = Vec::with_capacity(cases.len());
        let mut locked = Vec::with_capacity(cases.len());
        for id in cases {
            locked.push(self.load_case(&mut tx, id).await?);
        }
        if !tx.disable_officer(officer.id, by, now).await? {
            tx.commit().await?;
            return Ok(None);
        }
        for case in locked {
            let why = "the account was switched off".to_owned();
            let command = CaseCommand::People(PeopleCommand::ClearHandler { officer: officer.id, why });
            let events = commands::decide(self.desk.rules(now), &case, command)?;
            let case = events.iter().fold(case, Case::apply);
            tx.save_case(&case, &events, &Actor::Daemon, now).await?;
            self.settle_alarms(&mut tx, &case, &events).await?;
            left.push(case.reference);
        }
        tx.commit().await?;
        tracing::info!(officer.id = officer.id.0, cases = left.len(), "Account switched off");
        Ok(Some(left))
    }

    /// An alarm stands while a handler has left and no other is assigned.
    pub(super) async fn settle_alarms(&self, tx: &mut Tx, case: &Case, events: &[CaseEvent]) -> Result<(), StoreError> {
        let key = format!("no-handler-{}", case.reference);
        for event in events {
            match event {
                CaseEvent::People(PeopleEvent::HandlerCleared { name, why, .. }) => {
                    let text = format!(
                        "{} has no handler: {name} can no longer act ({why}). Assign another at once.",
                        case.reference
                    );
                    tx.raise_alarm(&key, &text, self.clock.now()).await?;
                    tracing::error!(case.ref = %case.reference, "A case has lost its handler; an officer must act");
                }
                CaseEvent::HandlerAssigned { .. } => {
                    tx.clear_alarm(&key).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
