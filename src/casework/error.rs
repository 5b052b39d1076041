//! Why an officer's act was not carried out. Nothing has changed then.

use crate::courier::message::ComposeError;
use crate::domain::channel::EntryRefusal;
use crate::domain::commands::Refusal;
use crate::domain::decision::DecisionRefusal;
use crate::domain::incident::IncidentRefusal;
use crate::letters::RenderFault;
use crate::store::StoreError;
use crate::typesetting::PrintFault;

/// Why an officer's act was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CaseworkError {
    /// The rules say no; the words say what would make it possible.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The contact cannot be decided like this.
    #[error(transparent)]
    Undecidable(#[from] DecisionRefusal),
    /// The contact cannot be entered like this.
    #[error(transparent)]
    Entry(#[from] EntryRefusal),
    /// The incident cannot be declared or ended like this.
    #[error(transparent)]
    Incident(#[from] IncidentRefusal),
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// There is no such letter.
    #[error("there is no such letter")]
    NoSuchLetter,
    /// There is no such case.
    #[error("there is no such case")]
    NoSuchCase,
    /// There is no such officer.
    #[error("there is no such officer: choose the handler from the list")]
    NoSuchOfficer,
    /// The template cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderFault),
    /// The letter cannot be made into a message.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The letter goes by post and cannot be printed.
    #[error("the letter goes by post and cannot be printed: {0}")]
    Print(#[from] PrintFault),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
