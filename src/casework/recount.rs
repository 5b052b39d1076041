//! Dates counted anew when other bank holidays are known. Only what is still to be met moves, each move
//! is a line of history, and running again changes nothing.

use super::{Casework, CaseworkError};
use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand};
use crate::domain::events::CaseEvent;
use crate::domain::ids::CaseRef;
use crate::domain::people::Actor;

impl Casework {
    /// Counts the dates of all open cases anew, and says what happened to which case.
    ///
    /// # Errors
    /// When the database fails; the cases before are done, and running again does the others.
    pub async fn recount(&self) -> Result<Vec<(CaseRef, CaseEvent)>, CaseworkError> {
        let mut happened = Vec::new();
        for found in self.store.work_list(usize::MAX).await? {
            let now = self.clock.now();
            let recount = |case: &Case| commands::decide(self.desk.rules(now), case, CaseCommand::Recount);
            if recount(&found)?.is_empty() {
                continue;
            }
            let mut tx = self.store.begin().await?;
            let case = self.load_case(&mut tx, found.id).await?;
            let events = recount(&case)?;
            let case = events.iter().fold(case, Case::apply);
            tx.save_case(&case, &events, &Actor::Daemon, now).await?;
            tx.commit().await?;
            happened.extend(events.into_iter().map(|event| (case.reference, event)));
        }
        Ok(happened)
    }
}
