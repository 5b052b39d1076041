//! What an officer asks of a case and nothing besides the case changes.

use super::{Casework, CaseworkError, actor};
use crate::domain::case::Case;
use crate::domain::commands::CaseCommand;
use crate::domain::ids::{CaseId, CaseRef};
use crate::domain::people::Officer;
use crate::store::Tx;

impl Casework {
    /// Asks this of a case, and gives the case as it is then. Asked twice, what has happened already does
    /// not happen again.
    ///
    /// # Errors
    /// [`CaseworkError`]: there is no such case, the Code or the case stands in the way, or the database
    /// fails; nothing has changed then.
    pub async fn act(
        &self,
        officer: &Officer,
        reference: CaseRef,
        command: CaseCommand,
    ) -> Result<Case, CaseworkError> {
        let id = self.store.case_by_ref(reference).await?.ok_or(CaseworkError::NoSuchCase)?.id;
        let mut tx = self.store.begin().await?;
        let case = self.carry_out(&mut tx, officer, id, command).await?;
        tx.commit().await?;
        Ok(case)
    }

    /// Asks one thing of a case and saves what comes of it.
    pub(super) async fn carry_out(
        &self,
        tx: &mut Tx,
        officer: &Officer,
        case: CaseId,
        command: CaseCommand,
    ) -> Result<Case, CaseworkError> {
        let case = self.load_case(tx, case).await?;
        let (case, events) = self.decide_all(officer, case, vec![command])?;
        tx.save_case(&case, &events, &actor(officer), self.clock.now()).await?;
        Ok(case)
    }
}
