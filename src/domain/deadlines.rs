//! From what has happened, the Code and the calendar to dates, each with its explanation.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::{Counted, Counting, DayOff, NotCovered, Skipped, WorkingCalendar};
use super::code::{FactStanding, HandlingCode, Provision, RespondFrom, Timescale};
use super::stage::Stage;
use super::words;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// To acknowledge, define and log (6.2, 6.11).
    Acknowledge,
    /// To respond in full (6.3, 6.14).
    Respond,
    /// To tell the resident how it goes, as agreed with an extension (5.9).
    Update,
    /// To decide whether a message asks for stage 2 (6.10), before its acknowledgement would be due (6.11).
    DecideOnStageTwo,
    /// To do what was promised (6.6, 7.3).
    Act,
    /// To decide whether a message to what is no complaint is one (1.5), before its acknowledgement would be due.
    Triage,
    /// To look again at what is followed up (1.4).
    Review,
}

impl Duty {
    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Respond => "respond",
            Self::Update => "update",
            Self::DecideOnStageTwo => "decide-on-stage-2",
            Self::Act => "act",
            Self::Triage => "triage",
            Self::Review => "review",
        }
    }

    /// What is due, as a noun.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledgement",
            Self::Respond => "response",
            Self::Update => "update to the resident",
            Self::DecideOnStageTwo => "decision whether the resident asks for stage 2",
            Self::Act => "action promised to the resident",
            Self::Triage => "decision whether this is a complaint now",
            Self::Review => "review of what is not a complaint",
        }
    }

    /// What is to be done, as an order.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Acknowledge => "Acknowledge",
            Self::Respond => "Respond",
            Self::Update => "Update the resident",
            Self::DecideOnStageTwo => "Decide on stage 2",
            Self::Act => "Do what was promised",
            Self::Triage => "Triage again",
            Self::Review => "Review",
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A date, met if done by its end, and how it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The date.
    pub by: Date,
    /// The provision that sets it.
    pub provision: Provision,
    /// How it was reached, one sentence a line.
    pub explanation: Vec<String>,
    /// The bank holidays passed over on the way: day and title.
    pub bank_holidays: Vec<String>,
}

/// When a stage's acknowledgement is due, counted from its receipt (6.2, 6.11); `None` in a regime that
/// asks for none at this stage.
///
/// # Errors
/// [`NotCovered`] when the calendar ends too early.
pub fn acknowledge_by(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    received_at: Timestamp,
) -> Result<Option<Deadline>, NotCovered> {
    let Some(time) = &code.times(stage).acknowledge else { return Ok(None) };
    let counted = calendar.count(words::london_date(received_at), time.days, code.counting)?;
    Ok(Some(deadline(code, time, &counted, "Received")))
}

/// What a stage owes first, counted from its receipt: the acknowledgement, or the response in a regime
/// that asks for no acknowledgement.
///
/// # Errors
/// [`NotCovered`] when the calendar ends too early.
pub fn first_due(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    received_at: Timestamp,
) -> Result<Deadline, NotCovered> {
    match acknowledge_by(code, calendar, stage, received_at)? {
        Some(due) => Ok(due),
        None => respond_by_from_receipt(code, calendar, stage, received_at),
    }
}

/// When a stage's response is due, counted from what the regime counts it from: the day its
/// acknowledgement was sent (6.3, 6.14), or its receipt.
///
/// # Errors
/// [`NotCovered`] when the calendar ends too early.
pub fn respond_by(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    received_at: Timestamp,
    acknowledged_on: Date,
) -> Result<Deadline, NotCovered> {
    match code.times(stage).respond_from {
        RespondFrom::Acknowledgement => respond(code, calendar, stage, acknowledged_on, "Acknowledged"),
        RespondFrom::Receipt => respond_by_from_receipt(code, calendar, stage, received_at),
    }
}

/// When a stage's response is due in a regime that counts it from receipt; `None` in others, where it is
/// known only once the stage is acknowledged.
///
/// # Errors
/// [`NotCovered`] when the calendar ends too early.
pub fn respond_by_at_receipt(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    received_at: Timestamp,
) -> Result<Option<Deadline>, NotCovered> {
    match code.times(stage).respond_from {
        RespondFrom::Acknowledgement => Ok(None),
        RespondFrom::Receipt => respond_by_from_receipt(code, calendar, stage, received_at).map(Some),
    }
}

/// The strict response date, counted from the day the acknowledgement was *due*: a late
/// acknowledgement must not buy time. `None` in a regime where it cannot, because the response is counted
/// from receipt.
///
/// # Errors
/// [`NotCovered`] when the calendar ends too early.
pub fn strict_respond_by(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    acknowledge_by: Date,
) -> Result<Option<Deadline>, NotCovered> {
    match code.times(stage).respond_from {
        RespondFrom::Acknowledgement => {
            respond(code, calendar, stage, acknowledge_by, "Strict date: the acknowledgement was due").map(Some)
        }
        RespondFrom::Receipt => Ok(None),
    }
}

fn respond(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    from: Date,
    event: &str,
) -> Result<Deadline, NotCovered> {
    let time = &code.times(stage).respond;
    let counted = calendar.count(from, time.days, Counting::EventIsDayZero)?;
    Ok(deadline(code, time, &counted, event))
}

fn respond_by_from_receipt(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    received_at: Timestamp,
) -> Result<Deadline, NotCovered> {
    let time = &code.times(stage).respond;
    let counted = calendar.count(words::london_date(received_at), time.days, code.counting)?;
    Ok(deadline(code, time, &counted, "Received"))
}

/// The latest date an extension may give, counted from the original due date (6.4, 6.15).
///
/// # Errors
/// [`NotCovered`] when the calendar ends too early.
pub fn extension_limit(
    code: &HandlingCode,
    calendar: &WorkingCalendar,
    stage: Stage,
    original_by: Date,
) -> Result<Deadline, NotCovered> {
    let time = &code.times(stage).extension;
    let counted = calendar.count(original_by, time.days, Counting::EventIsDayZero)?;
    Ok(deadline(code, time, &counted, "The response was first due"))
}

fn deadline(code: &HandlingCode, time: &Timescale, counted: &Counted, event: &str) -> Deadline {
    let provision = &time.provision;
    let mut explanation = counted.explain(event);
    explanation.push(format!("{}, provision {provision}.", code.title));
    if time.standing == FactStanding::Unconfirmed {
        explanation.push(format!("Nobody has confirmed yet that it is {}.", time.days));
    }
    let holiday = |skipped: &Skipped| match &skipped.why {
        DayOff::BankHoliday(title) => Some(format!("{} ({title})", words::date(skipped.on))),
        DayOff::Weekend(_) => None,
    };
    let bank_holidays = counted.skipped.iter().filter_map(holiday).collect();
    Deadline { by: counted.due_on, provision: provision.clone(), explanation, bank_holidays }
}

/// How much time is left, in words: `3 working days left`, `due today`, `overdue by 1 working day`.
#[must_use]
pub fn time_left(calendar: &WorkingCalendar, today: Date, by: Date) -> String {
    if by == today {
        return "due today".to_owned();
    }
    let Ok(left) = calendar.days_left(today, by) else {
        return if by < today { "overdue".to_owned() } else { format!("due {}", words::date(by)) };
    };
    let days = words::working_days(u32::try_from(left.unsigned_abs()).unwrap_or(u32::MAX));
    match (by < today, left) {
        // Due on a Friday, looked at on the Saturday: no working day has passed yet.
        (true, 0) => "overdue".to_owned(),
        (true, _) => format!("overdue by {days}"),
        (false, _) => format!("{days} left"),
    }
}
