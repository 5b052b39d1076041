//! A *no*, with the provision in the way and what would make it possible.

use jiff::civil::Date;

use super::CorrectionRefusal;
use crate::domain::calendar::NotCovered;
use crate::domain::code::Provision;
use crate::domain::letter::{LetterKind, LetterState, Shortfall};
use crate::domain::stage::Stage;
use crate::domain::words;

/// A *no*: what stands in the way and what would make it possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Required contents are missing.
    #[error("the letter is not complete: {}", list(.0))]
    Shortfalls(Vec<Shortfall>),
    /// The letter changed since the officer looked.
    #[error(
        "the letter has changed since you opened it: you saw version {seen}, it is now version {now}; \
         read the new version and approve that"
    )]
    Changed {
        /// The version the officer saw.
        seen: u32,
        /// The version it is now.
        now: u32,
    },
    /// The letter is no longer a draft.
    #[error("this letter is {} already; one letter of each kind goes out", .0.key())]
    NotADraft(LetterState),
    /// The stage is acknowledged already.
    #[error("this stage was acknowledged on {}; it is acknowledged once (6.2)", words::date(*.0))]
    AlreadyAcknowledged(Date),
    /// There is nothing to extend before the acknowledgement.
    #[error("send the acknowledgement first: there is no response date to extend yet (6.3)")]
    NothingToExtend,
    /// The response date has passed.
    #[error(
        "the response was due on {}: an extension can only be given before the due date (6.4); \
         respond now and tell the resident why it is late", words::date(*.0)
    )]
    TooLateToExtend(Date),
    /// A second extension.
    #[error("the response has been extended once already, to {} (6.4)", words::date(*.0))]
    ExtendedAlready(Date),
    /// The new date is not later than the date it replaces.
    #[error("the new date must be after {}", words::date(*.0))]
    NotLater(Date),
    /// The new date is beyond the limit.
    #[error("the new date can be {} at the latest ({provision})", words::date(*.limit))]
    BeyondLimit {
        /// The latest date.
        limit: Date,
        /// Where the Code says so.
        provision: Provision,
    },
    /// The new date is not a working day.
    #[error("{} is not a working day: choose a working day", words::weekday_date(*.0))]
    NotAWorkingDay(Date),
    /// A field is blank.
    #[error("{what} is missing ({provision})")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Where the Code asks for it.
        provision: Provision,
    },
    /// Nobody to write to.
    #[error("there is no e-mail address to send this letter to: enter the resident’s e-mail address")]
    NoAddress,
    /// The account cannot be used.
    #[error("{0} cannot be the handler: the account is disabled")]
    Disabled(String),
    /// The definition is fixed once the acknowledgement has been approved.
    #[error("the complaint definition was sent to the resident with the acknowledgement and stands (5.6)")]
    DefinitionFixed,
    /// The receipt cannot be corrected like this.
    #[error(transparent)]
    Correction(#[from] CorrectionRefusal),
    /// The letter belongs to another stage than the case is at.
    #[error("the case is at {stage}: the {letter} belongs to another stage")]
    OtherStage {
        /// The letter.
        letter: LetterKind,
        /// Where the case is.
        stage: Stage,
    },
    /// The stage has been answered.
    #[error("this stage was answered on {}; there is one response to a stage", words::date(*.0))]
    AlreadyAnswered(Date),
    /// There is no response before the acknowledgement.
    #[error("send the acknowledgement first: it defines what the response answers (6.2, 6.11)")]
    NotAcknowledged,
    /// The outcome is not complete.
    #[error("the outcome is not complete: enter {}", words::list(.0))]
    OutcomeIncomplete(Vec<String>),
    /// The calendar does not reach.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
}

fn list(shortfalls: &[Shortfall]) -> String {
    words::list(&shortfalls.iter().map(|one| format!("{} ({})", one.title, one.provision)).collect::<Vec<_>>())
}
