//! Deciding what a case is (1.2 to 1.6, 6.1). That it is no complaint is never decided in silence: there is a
//! reason, the resident's choice to complain is on record, and whoever writes again is looked at again.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Refusal, Rules, not_blank, not_refused, nothing_on_the_way};
use crate::domain::case::Case;
use crate::domain::deadlines;
use crate::domain::events::{CaseEvent, TriageEvent};
use crate::domain::ids::{CaseRef, ContactId};
use crate::domain::letter::LetterKind;
use crate::domain::stage::Stage;
use crate::domain::triage::{Again, Answer, Choice, FollowUp, Suggested, Triage, TriageDecision, TriageKind, Weights};
use crate::domain::words;

/// What is asked in triage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriageCommand {
    /// Decide what the case is, or decide it anew.
    Decide(TriageAsked),
    /// A message has come in: to what is not a complaint, it may be one (1.5).
    Consider {
        /// The message.
        contact: ContactId,
        /// When it was received.
        received_at: Timestamp,
    },
    /// A complaint is raised from a message to what is not one.
    Raise {
        /// The message.
        contact: ContactId,
        /// The complaint it becomes.
        complaint: CaseRef,
        /// Why.
        reason: String,
    },
    /// This case is the complaint that was raised.
    RaisedFrom {
        /// What from.
        request: CaseRef,
        /// What was weighed there.
        weights: Weights,
        /// Why.
        reason: String,
    },
    /// Finish what is not a complaint.
    Finish {
        /// What was done.
        how: String,
        /// What the resident says of it.
        content: Content,
    },
}

/// What an officer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageAsked {
    /// What it is.
    pub kind: TriageKind,
    /// Why.
    pub reason: String,
    /// Whether the resident was offered the choice to complain.
    pub choice: Choice,
    /// Who follows it up.
    pub follow_up: Option<FollowUp>,
    /// What orders the queue; what it leaves out stays as it was.
    pub weights: Weights,
    /// What the words of the message suggest.
    pub suggested: Option<Suggested>,
}

crate::domain::keyed::keyed! {
    /// Whether the resident is content with what was done (1.5).
    pub enum Content, "answer" {
        /// They are.
        Yes => "yes", "the resident is content";
        /// They are not.
        No => "no", "the resident is not content";
        /// They were asked and have not answered.
        NoAnswer => "no-answer", "the resident was asked and has not answered";
    }
}

/// Why triage cannot go on like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriageRefusal {
    /// The complaint was taken up.
    #[error(
        "the resident was told on {} that this is a complaint, so it stays one: answer it; what is not to be taken up \
         is refused with its ground (2.1)", words::date(*.0)
    )]
    TakenUp(Date),
    /// The choice to complain was not offered.
    #[error(
        "offer the resident the choice to complain first, and record what they say (1.3); {}",
        if *.dissatisfied { "the message has words of a complaint" } else { "a service request is recorded with it (1.4)" }
    )]
    ChoiceNotOffered {
        /// Whether the message has words of a complaint.
        dissatisfied: bool,
    },
    /// The resident wants to complain.
    #[error("the resident wants to complain, so it is a complaint (1.2, 1.3): decide that it is one")]
    WantsToComplain,
    /// The review is in the past.
    #[error("the next review cannot be on {}, which is past: choose a day to come (1.4)", words::date(*.0))]
    ReviewPast(Date),
    /// It is not a complaint.
    #[error("this was decided to be: {}. A complaint is answered by it only after triage as a complaint (1.2)", .0.words())]
    NotAComplaint(Triage),
    /// The letter answers something else.
    #[error("a {letter} answers only what an officer decided to be that; this is: {} (1.4, 1.6)", .now.words())]
    AnswersSomethingElse {
        /// The letter.
        letter: LetterKind,
        /// What the case is.
        now: Triage,
    },
    /// It is a complaint already.
    #[error("this is a complaint already, or counts as one until it is triaged (1.2): answer it here")]
    AComplaint,
    /// The message opened the case.
    #[error(
        "contact {0} opened this case: triage the case as a complaint, which keeps its date (1.2), and log what is to be \
         put right as a contact of its own"
    )]
    OpenedTheCase(ContactId),
    /// The message is not part of the case.
    #[error("contact {0} is not part of this case: log what the resident said with this case first (1.5)")]
    NotInTheCase(ContactId),
    /// No message is waiting.
    #[error("no message waits to be triaged here: name the contact in which the resident complains (1.5)")]
    NothingWaits,
    /// A message is waiting.
    #[error("contact {0} waits to be triaged: decide first whether it is a complaint (1.5)")]
    Waits(ContactId),
    /// The resident is not content.
    #[error("the resident is not content: raise a complaint from this, or triage it as one (1.5)")]
    NotContent,
}

pub(super) fn decide(rules: Rules<'_>, case: &Case, command: TriageCommand) -> Result<Vec<CaseEvent>, Refusal> {
    let event = match command {
        TriageCommand::Decide(asked) => return decided(rules, case, asked),
        TriageCommand::Consider { contact, received_at } => {
            let known = case.triaged.again.iter().any(|again| again.contact == contact);
            if known || !case.triage.is_other() {
                return Ok(Vec::new());
            }
            let due = deadlines::first_due(rules.code, rules.calendar, Stage::One, received_at);
            let acknowledge_by = due.ok().map(|due| due.by);
            TriageEvent::Again { again: Again { contact, received_at, acknowledge_by } }
        }
        TriageCommand::Raise { contact, complaint, reason } => {
            if !case.triage.is_other() {
                return Err(TriageRefusal::AComplaint.into());
            }
            if contact == case.opened_by {
                return Err(TriageRefusal::OpenedTheCase(contact).into());
            }
            if !case.contacts.contains(&contact) {
                return Err(TriageRefusal::NotInTheCase(contact).into());
            }
            not_blank(&reason, "why this is a complaint", "1.5")?;
            TriageEvent::Raised { contact, complaint, reason }
        }
        TriageCommand::RaisedFrom { request, weights, reason } => TriageEvent::RaisedFrom { request, weights, reason },
        TriageCommand::Finish { how, content } => {
            if !case.triage.is_other() {
                return Err(TriageRefusal::AComplaint.into());
            }
            if let Some(again) = case.triaged.first_again() {
                return Err(TriageRefusal::Waits(again.contact).into());
            }
            if content == Content::No {
                return Err(TriageRefusal::NotContent.into());
            }
            if case.ended_at().is_some() {
                return Ok(Vec::new());
            }
            not_blank(&how, "what was done", "1.4")?;
            TriageEvent::Finished { at: rules.now, how: format!("{}; {}", how.trim(), content.words()) }
        }
    };
    Ok(vec![CaseEvent::Triage(event)])
}

fn decided(rules: Rules<'_>, case: &Case, asked: TriageAsked) -> Result<Vec<CaseEvent>, Refusal> {
    not_refused(case)?;
    // What was opened in error has nothing left to decide about.
    let in_error = case.closed.as_ref().is_some_and(|closed| !closed.in_error.is_empty());
    if let Some(at) = case.ended_at().filter(|_| in_error || !case.triage.is_other()) {
        return Err(Refusal::Ended(words::london_date(at)));
    }
    not_blank(&asked.reason, "the reason for your decision", "1.2")?;
    let weights = asked.weights.or(case.triaged.weights);
    let follow_up = match asked.kind {
        TriageKind::Complaint => {
            for (weight, what) in [
                (weights.complexity, "how complex it is"),
                (weights.vulnerability, "how vulnerable the household is"),
                (weights.risk, "what risk there is while they wait"),
            ] {
                not_blank(weight.map_or("", |weight| weight.key()), what, "6.1")?;
            }
            None
        }
        _ => not_a_complaint(rules, case, &asked)?,
    };
    let decision = TriageDecision {
        kind: asked.kind,
        reason: asked.reason.trim().to_owned(),
        by: rules.officer.map_or_else(String::new, |officer| officer.name.clone()),
        at: rules.now,
        suggested: asked.suggested,
        choice: asked.choice,
        follow_up,
    };
    // A second press of the button decides nothing new.
    let again = |before: &TriageDecision| TriageDecision { at: rules.now, ..before.clone() } == decision;
    let same = case.triaged.decision.as_ref().is_some_and(again) && case.triaged.weights == weights;
    if same && case.triaged.again.is_empty() && case.triage == Triage::As(decision.kind) {
        return Ok(Vec::new());
    }
    Ok(vec![CaseEvent::Triage(TriageEvent::Decided { decision, weights })])
}

/// Who follows up what is decided to be something else, once nothing stands in the way of that.
fn not_a_complaint(rules: Rules<'_>, case: &Case, asked: &TriageAsked) -> Result<Option<FollowUp>, Refusal> {
    let stage = case.first.as_ref().unwrap_or(&case.current);
    let told = stage.acknowledged.map(|done| done.at).or(stage.answered.map(|done| done.at));
    if let Some(at) = told {
        return Err(TriageRefusal::TakenUp(words::london_date(at)).into());
    }
    nothing_on_the_way(case)?;
    let dissatisfied = asked.suggested.as_ref().is_some_and(|suggested| suggested.dissatisfied);
    let request = asked.kind == TriageKind::ServiceRequest;
    match asked.choice {
        Choice::Offered(Answer::Complain) => return Err(TriageRefusal::WantsToComplain.into()),
        // A machine has nobody to offer it to, and writes no words of a complaint.
        Choice::NotOffered if request || dissatisfied => {
            return Err(TriageRefusal::ChoiceNotOffered { dissatisfied }.into());
        }
        Choice::NotOffered | Choice::Offered(_) => {}
    }
    match &asked.follow_up {
        None if request => {
            not_blank("", "who owns the service request, and when it is reviewed next", "1.4")?;
            Ok(None)
        }
        None => Ok(None),
        Some(FollowUp { owner, review_by }) => {
            not_blank(owner, "who owns it", "1.4")?;
            if *review_by < rules.today() {
                return Err(TriageRefusal::ReviewPast(*review_by).into());
            }
            Ok(Some(FollowUp { owner: owner.trim().to_owned(), review_by: *review_by }))
        }
    }
}

/// Whether a letter of this kind suits what the case is: one about a complaint only a complaint, and what
/// answers a service request or a survey comment only that. A restriction is told of whatever the case is.
///
/// # Errors
/// The [`Refusal`] that says what the case is.
pub fn suits(case: &Case, letter: LetterKind) -> Result<(), Refusal> {
    match letter.answers() {
        Some(kind) if case.triage == Triage::As(kind) => Ok(()),
        Some(_) => Err(TriageRefusal::AnswersSomethingElse { letter, now: case.triage }.into()),
        None if letter == LetterKind::RestrictionNotice => Ok(()),
        None => complaint(case),
    }
}

/// Whether it is, or counts as, a complaint.
pub(super) fn complaint(case: &Case) -> Result<(), Refusal> {
    if case.triage.is_other() { Err(TriageRefusal::NotAComplaint(case.triage).into()) } else { Ok(()) }
}
