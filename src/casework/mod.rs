//! One officer's act: load, decide, save, in one transaction. What is approved is checked again
//! here, on the text itself, and its complete bytes enter the outbox with the approval.

mod act;
mod approve;
mod contact;
mod enter;
mod error;
mod incident;
mod people;
mod post;
pub mod record;
mod recount;
mod save;
mod triage;

use std::sync::Arc;

pub use approve::Approval;
pub use enter::{DESK, Destination, Reader};
pub use error::CaseworkError;
pub use incident::IncidentText;
pub use post::{Email, unsent};
pub use save::AcknowledgementForm;

use crate::clock::Clock;
use crate::domain::approval::ApprovalRules;
use crate::domain::case::Case;
use crate::domain::commands::{self, CaseCommand, LetterFacts};
use crate::domain::ids::{CaseId, EmailAddress, LetterId};
use crate::domain::letter::Attach;
use crate::domain::letter::LetterState;
use crate::domain::people::{Actor, Officer};
use crate::domain::post::PostRules;
use crate::domain::triage::TriageWords;
use crate::letters::desk::Desk;
use crate::store::{Letter, Store, Tx};

/// Whose name and address letters carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The address letters come from, and where delivery failures go.
    pub address: EmailAddress,
    /// The name beside it.
    pub name: String,
    /// Where answers go, when not to `address`.
    pub reply_to: Option<EmailAddress>,
    /// What goes with a letter.
    pub attach: Attach,
    /// All addresses of ours, to which no letter goes.
    pub ours: Vec<EmailAddress>,
}

impl Sender {
    /// The domain our Message-IDs are made in.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }
}

/// Where officers' acts are carried out.
#[derive(Clone)]
pub struct Casework {
    /// Where cases are kept.
    pub store: Store,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// What letters are made from.
    pub desk: Desk,
    /// Whose name letters carry.
    pub sender: Sender,
    /// What the words of a message suggest that it is.
    pub triage: Arc<TriageWords>,
    /// Who may approve what.
    pub approval: ApprovalRules,
    /// How letters are posted.
    pub post: PostRules,
}

impl Casework {
    async fn load(&self, tx: &mut Tx, letter: LetterId) -> Result<(Letter, Case), CaseworkError> {
        let letter = tx.letter_for_update(letter).await?.ok_or(CaseworkError::NoSuchLetter)?;
        let case = self.load_case(tx, letter.case).await?;
        Ok((letter, case))
    }

    async fn load_case(&self, tx: &mut Tx, case: CaseId) -> Result<Case, CaseworkError> {
        tx.case_for_update(case).await?.ok_or(CaseworkError::NoSuchCase)
    }

    /// Asks each of the case in turn; the first refusal refuses all.
    fn decide_all(
        &self,
        officer: &Officer,
        case: Case,
        commands: Vec<CaseCommand>,
    ) -> Result<(Case, Vec<crate::domain::events::CaseEvent>), CaseworkError> {
        let rules = self.desk.rules(self.clock.now()).by(officer);
        let mut case = case;
        let mut happened = Vec::new();
        for command in commands {
            let events = commands::decide(rules, &case, command)?;
            case = events.iter().fold(case, Case::apply);
            happened.extend(events);
        }
        Ok((case, happened))
    }
}

/// An officer as the doer of something.
fn actor(officer: &Officer) -> Actor {
    Actor::Officer { id: officer.id, name: officer.name.clone() }
}

/// What a decision needs to know of a letter.
fn facts(letter: &Letter) -> LetterFacts {
    LetterFacts {
        id: letter.id,
        kind: letter.kind,
        state: letter.state,
        version: letter.version,
        digest: letter.content.digest,
    }
}

/// Refuses to change what is no longer a draft.
const fn must_be_draft(letter: &Letter) -> Result<(), CaseworkError> {
    match letter.state {
        LetterState::Draft => Ok(()),
        state => Err(CaseworkError::Refused(commands::Refusal::NotADraft(state))),
    }
}
