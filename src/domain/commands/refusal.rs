//! A *no*, with the provision in the way and what would make it possible.

use jiff::civil::Date;

use super::CorrectionRefusal;
use super::people::PeopleRefusal;
use super::post::PostRefusal;
use super::triage::TriageRefusal;
use crate::domain::approval::ApprovalRefusal;
use crate::domain::calendar::NotCovered;
use crate::domain::code::Provision;
use crate::domain::ids::{CaseRef, ContactId, EmailAddress};
use crate::domain::letter::{LetterKind, LetterState, Shortfall};
use crate::domain::stage::Stage;
use crate::domain::words;

/// A *no*: what stands in the way and what would make it possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Required contents are missing.
    #[error("the letter cannot go out yet: {}", list(.0))]
    Shortfalls(Vec<Shortfall>),
    /// The letter changed since the officer looked.
    #[error("{}", changed(*.seen, *.now))]
    Changed {
        /// The version the officer saw.
        seen: u32,
        /// The version it is now.
        now: u32,
    },
    /// The letter is no longer a draft.
    #[error("this letter is {} already; one letter of each kind goes out", .0.key())]
    NotADraft(LetterState),
    /// What is owed is not discarded.
    #[error(
        "the {0} is owed to the resident and is not discarded (6.2, 6.3, 6.11, 6.14): change it, or decide that the case \
         is no complaint (1.2)"
    )]
    Owed(LetterKind),
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
    /// A second extension without an exceptional reason.
    #[error(
        "the response has been extended once already, to {} ({provision}): a second extension needs an exceptional \
         reason and a manager to approve it", words::date(*.to)
    )]
    ExtendedAlready {
        /// To when.
        to: Date,
        /// Where the Code limits it.
        provision: Provision,
    },
    /// An exceptional extension by somebody who is not senior.
    #[error(
        "a second extension, or one beyond the limit, is approved by a manager or another senior officer ({provision}): ask one"
    )]
    NeedsAManager {
        /// Where the Code limits it.
        provision: Provision,
    },
    /// The new date is not later than the date it replaces.
    #[error("the new date must be after {}, when the response is due now ({provision}): choose a later one", words::date(*.than))]
    NotLater {
        /// When it is due now.
        than: Date,
        /// Where the Code speaks of extensions.
        provision: Provision,
    },
    /// The new date is beyond the limit.
    #[error(
        "the new date can be {} at the latest ({provision}); a later one needs an exceptional reason and a manager \
         to approve it", words::date(*.limit)
    )]
    BeyondLimit {
        /// The latest date.
        limit: Date,
        /// Where the Code says so.
        provision: Provision,
    },
    /// The new date is not a working day.
    #[error("{} is not a working day: choose a working day ({provision})", words::weekday_date(*.on))]
    NotAWorkingDay {
        /// The day.
        on: Date,
        /// Where the Code speaks of extensions.
        provision: Provision,
    },
    /// A field is blank.
    #[error("enter {what} ({provision})")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Where the Code asks for it.
        provision: Provision,
    },
    /// Nobody to write to.
    #[error("there is no address to send this letter to: enter the resident’s e-mail address or postal address")]
    NoAddress,
    /// Letters go by post, and nobody knows where to.
    #[error("this resident’s letters go by post, and there is no postal address that holds: record where they live")]
    NoPostalAddress,
    /// A letter to ourselves would reach no resident.
    #[error("{0} is an address of ours, not the resident’s: enter the resident’s e-mail address")]
    OurAddress(EmailAddress),
    /// A letter that nobody reads acknowledges nothing.
    #[error("nobody reads mail to {0}: ask the resident for an address they read, and enter that")]
    NobodyReads(EmailAddress),
    /// A letter that has been approved says otherwise.
    #[error(
        "the {0} has been approved and is on its way: what it says stands until the mail server has taken it or \
         refused it, or its posting is recorded (5.6, 6.7); wait for that"
    )]
    OnTheWay(LetterKind),
    /// The account cannot be used.
    #[error("{0} cannot be the handler: the account is disabled")]
    Disabled(String),
    /// The definition is fixed once the acknowledgement has been approved.
    #[error(
        "the complaint definition was sent to the resident with the acknowledgement and stands (5.6); until the \
         stage 1 response a related new point can be added to it (6.8)"
    )]
    DefinitionFixed,
    /// The receipt cannot be corrected like this.
    #[error(transparent)]
    Correction(#[from] CorrectionRefusal),
    /// Not this officer's to approve.
    #[error(transparent)]
    Approval(#[from] ApprovalRefusal),
    /// Something about a letter on paper.
    #[error(transparent)]
    Post(#[from] PostRefusal),
    /// Something about the people of the case.
    #[error(transparent)]
    People(#[from] PeopleRefusal),
    /// Triage cannot go on like this.
    #[error(transparent)]
    Triage(#[from] TriageRefusal),
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
    /// A new point after the stage 1 response.
    #[error(
        "stage 1 has been answered: a new point is a new complaint, so open a case for it; what the resident is \
         not content with goes to stage 2 (6.8)"
    )]
    TooLateForANewPoint,
    /// Whoever decided at stage 1 may not decide at stage 2.
    #[error(
        "{0} took part in stage 1, as a handler, by writing its outcome or by approving a letter of it, and can \
         neither handle stage 2 nor write or approve its answer: choose somebody else (6.13)"
    )]
    DecidedAtStageOne(String),
    /// Stage 2 before the stage 1 response.
    #[error("stage 1 has not been answered: send its response first; stage 2 looks at it again (6.10)")]
    NotAnswered,
    /// Closing before the response.
    #[error("the complaint has not been answered: send the response first (6.3, 6.14)")]
    NotAnsweredYet,
    /// Stage 2 of a case that is there already.
    #[error("the case is at stage 2: there is no further stage (5.3); what comes next is the Ombudsman (6.19)")]
    NoThirdStage,
    /// A refusal at stage 2.
    #[error("the complaint was taken up and is at stage 2: it can only be answered (6.10, 5.3)")]
    AtStageTwo,
    /// A request that would be older than the answer it asks to look at again.
    #[error(
        "stage 1 was answered on {}: a request for stage 2 cannot have been received before that (6.10); enter the \
         day on which the resident asked, or asked again, after the answer", words::date(*.0)
    )]
    BeforeTheAnswer(Date),
    /// A day that no calendar of ours reaches back to.
    #[error(
        "{} lies before {}, the first day that the calendar covers, so no date can be counted from it (6.2): check \
         the year", words::date(*.on), words::date(*.from)
    )]
    LongAgo {
        /// The day.
        on: Date,
        /// The first day covered.
        from: Date,
    },
    /// An answer to a point that is not there.
    #[error("there is no point {0} in the complaint definition: answer the points that it has (6.7)")]
    NoSuchPoint(u32),
    /// Two answers to one point.
    #[error("point {0} has two answers: give each point one (6.7)")]
    AnsweredTwice(u32),
    /// Nobody decided whether a message asks for stage 2.
    #[error("decide first whether contact {0} asks for stage 2 (6.10)")]
    StageTwoUndecided(ContactId),
    /// A contact of another case.
    #[error("contact {0} is not part of this case: join it to the case first (6.10)")]
    NotInTheCase(ContactId),
    /// Something promised is still to be done.
    #[error("still to be done or carried over: action {} (6.6, 7.3)", words::list(.0))]
    ActionsOpen(Vec<String>),
    /// There is no open action with this number.
    #[error("there is no open action {0} in this case")]
    NoSuchAction(u32),
    /// The case has ended.
    #[error("the case ended on {}: a new matter is a new case; an unhappy reply can go to stage 2 (6.10)", words::date(*.0))]
    Ended(Date),
    /// A case that is not empty cannot have been opened in error.
    #[error("the case has {}: move them where they belong first (5.12)", words::counted(*.0, "contact"))]
    HasContacts(usize),
    /// A day that the letter promises, and that is over.
    #[error("{} is over: promise a day that is still to come (5.9)", words::date(*.0))]
    PromisedForThePast(Date),
    /// A date that has not come yet.
    #[error("{} has not come yet: check the date", words::date(*.0))]
    InTheFuture(Date),
    /// No refusal has been proposed.
    #[error("propose the refusal first, with its ground and reasons (2.1)")]
    NotProposed,
    /// The resident has been told of a refusal.
    #[error("the resident was told of the refusal on {}; only the Ombudsman's decision undoes it (2.4)", words::date(*.0))]
    RefusedAlready(Date),
    /// There is no refusal to overturn.
    #[error("nothing has been refused in this case, so there is nothing to overturn (2.4)")]
    NothingRefused,
    /// The proposer may not approve.
    #[error("you proposed this refusal: another officer approves it (2.1)")]
    SecondPerson,
    /// The complaint came in time.
    #[error(
        "the complaint is in time: it would have been up to {}, counted from the later of the event and the day the \
         resident knew of it (2.3)", words::date(*.0)
    )]
    InTime(Date),
    /// The Code in force sets no time limit.
    #[error("the Code in force sets no time limit for complaints: choose another ground (2.2)")]
    NoTimeLimit,
    /// A case cannot have been considered before in itself.
    #[error("enter the earlier case in which it was considered, not this one (2.2)")]
    TheSameCase,
    /// The earlier case does not exist.
    #[error("there is no case {0}: enter the case in which the complaint was considered before (2.2)")]
    NoEarlierCase(CaseRef),
    /// The earlier case is somebody else's.
    #[error(
        "case {0} is of another resident: only what was considered for this one has been considered before (2.2); \
         check the reference, or correct the resident’s name or address"
    )]
    EarlierOfAnother(CaseRef),
    /// The earlier case was never answered.
    #[error(
        "case {0} has not been answered, so the complaint has not been considered there (2.2): answer it there, or \
         take this one up"
    )]
    EarlierNotAnswered(CaseRef),
    /// The calendar does not reach.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
}

fn changed(seen: u32, now: u32) -> String {
    if seen == now {
        return format!(
            "the digest is not that of the letter as it stands, version {now}: the text has changed since, or the digest \
             is another letter’s. Read the letter and approve what you read"
        );
    }
    format!(
        "the letter has changed since you opened it: you saw version {seen}, it is now version {now}; read the new \
         version and approve that"
    )
}

fn list(shortfalls: &[Shortfall]) -> String {
    words::list(&shortfalls.iter().map(|one| format!("{} ({})", one.title, one.provision)).collect::<Vec<_>>())
}
