//! What happened to a case, in sentences for officers that are too long to stand among the others.

use jiff::civil::Date;

use super::{CaseEvent, open_ended};
use crate::domain::deadlines::Duty;
use crate::domain::definition::{Definition, Point};
use crate::domain::words;

/// A definition, in a sentence, and what is no longer in it.
pub(super) fn defined(definition: &Definition, withdrawn: &[Point]) -> String {
    let gone = |point: &Point| format!(" Point {} was withdrawn: {}.", point.number, open_ended(&point.text));
    let (points, outcomes) = (definition.points.len(), definition.outcomes.len());
    let (points, outcomes) = (words::counted(points, "point"), words::counted(outcomes, "outcome"));
    format!("Complaint defined: {points}, {outcomes} sought.{}", withdrawn.iter().map(gone).collect::<String>())
}

/// A date counted anew, in a sentence.
pub(super) fn recounted(duty: Duty, recorded_by: Option<Date>, counted_by: Date, why: &str) -> String {
    let what = if duty == Duty::Acknowledge { "acknowledgement" } else { "response" };
    let before = recorded_by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date);
    let now = words::weekday_date(counted_by);
    let told = match (duty, recorded_by) {
        (Duty::Respond, Some(before)) if before < counted_by => " The date the resident was told stays the target.",
        _ => "",
    };
    format!("The {what} was due: {before}. With the bank holidays known now it is due {now}: {why}.{told}")
}

/// A letter that did not reach the resident; empty for any other event.
pub(super) fn undelivered(event: &CaseEvent) -> String {
    match event {
        CaseEvent::LetterNotDelivered { kind, answer, .. } => {
            format!("The {kind} was not delivered. The mail server said: {answer}")
        }
        CaseEvent::LetterDiscarded { kind, version, reason, .. } => {
            format!("The draft of the {kind}, version {version}, was discarded: {}.", open_ended(reason))
        }
        CaseEvent::LetterHeld { kind, why, .. } => {
            format!("The {kind} was approved and has not been sent: {}.", open_ended(why))
        }
        CaseEvent::LetterBounced { kind, recipient, status, .. } => {
            let status = status.as_ref().map_or_else(String::new, |status| format!(" (status {status})"));
            format!("The {kind} did not reach {recipient}{status}. It counts as not sent.")
        }
        _ => String::new(),
    }
}
