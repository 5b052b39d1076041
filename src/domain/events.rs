//! What can happen to a case. Events are facts: written once, never changed.

use jiff::Timestamp;
use jiff::civil::Date;

use super::approval::Overridden;
use super::calendar::WorkingDays;
use super::case::{Correction, Moved};
use super::deadlines::Duty;
use super::definition::{Definition, Point};
use super::ids::{CaseRef, ContactId, Digest, EmailAddress, LetterId, OfficerId};
use super::letter::LetterKind;
use super::people::{Actor, Handler, Resident};
use super::people_events::PeopleEvent;
use super::stage::Stage;
use super::words;

mod exclusion;
pub(super) mod outcome;
mod post;
mod sentences;
mod stage_two;
mod triage;

pub use exclusion::ExclusionEvent;
pub use outcome::OutcomeEvent;
pub use post::PostEvent;
pub use stage_two::StageTwoEvent;
pub use triage::TriageEvent;

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseEvent {
    /// A contact opened the case.
    Opened {
        /// Its reference.
        reference: CaseRef,
        /// The contact.
        contact: ContactId,
        /// The stage it opened at.
        stage: Stage,
        /// When the contact was received.
        received_at: Timestamp,
        /// When the acknowledgement is due; `None` when the calendar does not reach that far.
        acknowledge_by: Option<Date>,
        /// When the response is due, in a regime that counts it from receipt and when the calendar reaches
        /// that far.
        respond_by: Option<Date>,
        /// Who complains.
        resident: Resident,
    },
    /// A further contact was added.
    ContactAdded {
        /// The contact.
        contact: ContactId,
        /// Why it belongs here.
        reason: String,
    },
    /// An officer found that a contact belongs to another case. This one stays open.
    ContactMoved {
        /// The contact.
        contact: ContactId,
        /// Where it belongs.
        to: CaseRef,
        /// Why.
        reason: String,
    },
    /// An officer defined the complaint (5.6, 5.7).
    Defined {
        /// The definition, whole.
        definition: Definition,
        /// The points that are no longer in it, each of which takes its answer along.
        withdrawn: Vec<Point>,
    },
    /// An officer corrected the resident's name.
    ResidentNamed {
        /// The name.
        name: String,
    },
    /// An officer corrected the address letters go to.
    ResidentAddressed {
        /// The address.
        email: EmailAddress,
    },
    /// A stage got its handler.
    HandlerAssigned {
        /// The stage.
        stage: Stage,
        /// The handler.
        handler: Handler,
    },
    /// A draft was made or changed.
    LetterDrafted {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// The version.
        version: u32,
    },
    /// An officer approved exactly this text.
    LetterApproved {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// The version.
        version: u32,
        /// The digest of what was approved.
        digest: Digest,
        /// To whom it goes by e-mail; `None` goes by post.
        to: Option<EmailAddress>,
        /// Who approved it; `None` in lines from before this was kept.
        by: Option<OfficerId>,
        /// What it may lack all the same.
        overridden: Vec<Overridden>,
    },
    /// The acknowledgement has gone: the mail server accepted it, or it was posted (6.2, 6.11).
    AcknowledgementSent {
        /// The stage.
        stage: Stage,
        /// The letter.
        letter: LetterId,
        /// When.
        at: Timestamp,
        /// When the response is due; `None` when the calendar does not reach that far.
        respond_by: Option<Date>,
        /// The strict date, when the acknowledgement was late.
        strict_by: Option<Date>,
    },
    /// An extension letter has gone (6.4, 6.15).
    ExtensionSent {
        /// The stage.
        stage: Stage,
        /// The letter.
        letter: LetterId,
        /// When.
        at: Timestamp,
        /// The date before.
        previous_by: Date,
        /// The new date.
        new_by: Date,
        /// The reason the resident was given.
        reason: String,
        /// How often the resident is updated (5.9).
        updates: String,
        /// Whether it moved the date.
        moved: Moved,
        /// How many working days lie between two updates.
        every: Option<WorkingDays>,
        /// When the first update is due.
        update_by: Option<Date>,
        /// Why it is a second one or goes beyond the limit.
        exceptional: String,
    },
    /// About a letter on paper.
    Post(PostEvent),
    /// About the outcome of a stage and what follows from it.
    Outcome(OutcomeEvent),
    /// About stage 2.
    StageTwo(StageTwoEvent),
    /// About a refusal.
    Exclusion(ExclusionEvent),
    /// About what the case is.
    Triage(TriageEvent),
    /// A new point was taken into the complaint before the stage 1 response (6.8).
    PointAdded {
        /// The point.
        point: Point,
        /// Why it belongs to this complaint.
        reason: String,
    },
    /// The resident was told how it goes (5.9).
    UpdateGiven {
        /// How and what.
        how: String,
        /// When the next update is due.
        next_by: Option<Date>,
    },
    /// An officer noted something.
    Noted {
        /// What.
        text: String,
    },
    /// The case was closed.
    Closed {
        /// When.
        at: Timestamp,
        /// What was learned beyond the case (9.1).
        learning: String,
        /// Why it should not have been opened; blank for any other.
        in_error: String,
    },
    /// The mail server refused a letter for good.
    LetterNotDelivered {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// The server's words.
        answer: String,
    },
    /// An officer discarded a draft that nobody needs.
    LetterDiscarded {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// Its version.
        version: u32,
        /// Why.
        reason: String,
    },
    /// A letter was approved and never handed over, because it is no longer lawful that it goes where it was to go.
    LetterHeld {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// Why.
        why: String,
    },
    /// A letter that the mail server had accepted came back: it did not reach the resident.
    LetterBounced {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// Whom it did not reach, as the report says.
        recipient: String,
        /// The enhanced status code (RFC 3463), if the report gave one.
        status: Option<String>,
    },
    /// A date was counted anew, because other bank holidays are known than when it was recorded.
    DateRecounted {
        /// What is due.
        duty: Duty,
        /// The date recorded before; `None` when the calendar did not reach that far.
        recorded_by: Option<Date>,
        /// The date as it is counted now. A date the resident was told stays the target unless this one
        /// is earlier.
        counted_by: Date,
        /// For a response after a late acknowledgement: the strict date as it is counted now.
        strict_by: Option<Date>,
        /// The bank holidays that the counting passes over now, in words.
        why: String,
    },
    /// An officer said when the current stage was received; a second person has to confirm it.
    CorrectionProposed {
        /// What was proposed, why and by whom.
        correction: Correction,
    },
    /// What was proposed was taken back, or not agreed with.
    CorrectionDropped {
        /// What was proposed.
        received_at: Timestamp,
        /// Why not.
        reason: String,
    },
    /// A second person confirmed when the stage was received, and its dates were counted from then.
    ReceiptCorrected {
        /// The stage.
        stage: Stage,
        /// The receipt as it was recorded before.
        previous_at: Timestamp,
        /// The receipt.
        received_at: Timestamp,
        /// What was due first, counted from the receipt before; `None` when the calendar did not reach that far.
        previous_by: Option<Date>,
        /// When the acknowledgement is due; `None` in a regime that asks for none.
        acknowledge_by: Option<Date>,
        /// When the response is due, in a regime that counts it from receipt.
        respond_by: Option<Date>,
        /// After an acknowledgement that was late: the strict date of the response.
        strict_by: Option<Date>,
        /// How the receipt is known.
        reason: String,
        /// Who proposed it.
        proposed_by: String,
    },
    /// A reminder was queued for the handler.
    Reminded {
        /// What is due.
        duty: Duty,
        /// When.
        by: Date,
        /// To whom.
        to: EmailAddress,
    },
    /// Something happened to the people of the case.
    People(PeopleEvent),
}

/// An event with who, when and its place in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// Its place in the landlord's whole history, from 1 without gaps.
    pub sequence: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: CaseEvent,
}

/// A reason without a full stop of its own.
fn open_ended(reason: &str) -> &str {
    reason.trim_end().trim_end_matches('.')
}

impl CaseEvent {
    /// What happened, in a sentence for officers.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Opened { contact, stage, received_at, acknowledge_by, respond_by, .. } => {
                let due = match (acknowledge_by, respond_by) {
                    (Some(by), _) => format!("Acknowledgement due: {}.", words::weekday_date(*by)),
                    (None, Some(by)) => format!("Response due: {}.", words::weekday_date(*by)),
                    (None, None) => "Acknowledgement due: not covered by the calendar.".to_owned(),
                };
                let received = words::instant(*received_at);
                format!("Opened at {stage} from contact {contact}, received {received}. {due}")
            }
            Self::ContactAdded { contact, reason } => format!("Contact {contact} added: {}.", open_ended(reason)),
            Self::ContactMoved { contact, to, reason } => {
                format!("Contact {contact} was moved to case {to}: {}. This case stays open.", open_ended(reason))
            }
            Self::Defined { definition, withdrawn } => sentences::defined(definition, withdrawn),
            Self::ResidentNamed { .. } => "The resident’s name was corrected.".to_owned(),
            Self::ResidentAddressed { email } => format!("Letters now go to {email}."),
            Self::HandlerAssigned { stage, handler } => format!("{} handles {stage}.", handler.name),
            Self::LetterDrafted { kind, version, .. } => format!("Draft of the {kind}, version {version}."),
            Self::LetterApproved { kind, version, digest, to, overridden, .. } => {
                let post = if to.is_some() { "" } else { " It goes by post, and is sent once it has been posted." };
                let lacks: String = overridden.iter().map(|one| format!(" {one}.")).collect();
                format!("The {kind} was approved: version {version}, digest {digest}.{post}{lacks}")
            }
            Self::AcknowledgementSent { at, respond_by, strict_by, .. } => {
                let due = respond_by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date);
                let strict = strict_by.map_or_else(String::new, |strict| {
                    format!(
                        " The acknowledgement was late: counted from the day it was due, the response is due {}.",
                        words::weekday_date(strict)
                    )
                });
                format!("Acknowledgement sent {}. Response due: {due}.{strict}", words::instant(*at))
            }
            Self::ExtensionSent { at, previous_by, new_by, moved, exceptional, .. } => match moved {
                Moved::Yes => {
                    format!(
                        "Extension sent {}. The response moves from {} to {}.",
                        words::instant(*at),
                        words::weekday_date(*previous_by),
                        words::weekday_date(*new_by)
                    ) + &if exceptional.is_empty() {
                        String::new()
                    } else {
                        format!(" Exceptionally: {}.", open_ended(exceptional))
                    }
                }
                Moved::NoTooLate => format!(
                    "The extension letter left {}, after the response was due on {}. The date does not move.",
                    words::instant(*at),
                    words::weekday_date(*previous_by)
                ),
            },
            Self::Post(event) => event.in_words(),
            Self::Outcome(event) => event.in_words(),
            Self::StageTwo(event) => event.in_words(),
            Self::Exclusion(event) => event.in_words(),
            Self::Triage(event) => event.in_words(),
            Self::PointAdded { reason, .. } => format!("A point was added: {}.", open_ended(reason)),
            Self::UpdateGiven { how, next_by } => {
                let next =
                    next_by.map_or_else(String::new, |by| format!(" Next update by {}.", words::weekday_date(by)));
                format!("The resident was told how it goes: {}.{next}", open_ended(how))
            }
            Self::Noted { text } => format!("Note: {}.", open_ended(text)),
            Self::Closed { learning, in_error, .. } if in_error.is_empty() => {
                format!("Closed. What was learned: {}.", open_ended(learning))
            }
            Self::Closed { in_error, .. } => format!("Closed: opened in error. {}.", open_ended(in_error)),
            Self::LetterNotDelivered { .. }
            | Self::LetterDiscarded { .. }
            | Self::LetterHeld { .. }
            | Self::LetterBounced { .. } => sentences::undelivered(self),
            Self::DateRecounted { duty, recorded_by, counted_by, why, .. } => {
                sentences::recounted(*duty, *recorded_by, *counted_by, why)
            }
            Self::CorrectionProposed { correction: Correction { received_at, reason, .. } } => format!(
                "It is proposed to correct the receipt to {}: {}. A second person must confirm it.",
                words::instant(*received_at),
                open_ended(reason)
            ),
            Self::CorrectionDropped { received_at, reason } => {
                format!("The receipt is not corrected to {}: {}.", words::instant(*received_at), open_ended(reason))
            }
            Self::ReceiptCorrected {
                stage,
                previous_at,
                received_at,
                previous_by,
                acknowledge_by,
                respond_by,
                reason,
                proposed_by,
                ..
            } => {
                let date =
                    |by: Option<Date>| by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date);
                let what = if acknowledge_by.is_some() { "acknowledgement" } else { "response" };
                let (before, now) = (date(*previous_by), date(acknowledge_by.or(*respond_by)));
                format!(
                    "The receipt of {stage} was corrected from {} to {}, as {proposed_by} proposed: {}. The {what} \
                     was due: {before}. Counted from the receipt it is due: {now}.",
                    words::instant(*previous_at),
                    words::instant(*received_at),
                    open_ended(reason),
                )
            }
            Self::Reminded { duty, by, to } => {
                format!("Reminder to {to}: {duty} by {}.", words::weekday_date(*by))
            }
            Self::People(event) => event.in_words(),
        }
    }
}
