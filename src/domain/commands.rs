//! What an officer or the daemon may ask of a case. [`decide`] answers with what happens or with a
//! [`Refusal`] that names the provision in the way and says what would make it possible.

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::{NotCovered, WorkingCalendar};
use super::case::{Case, Moved};
use super::code::{HandlingCode, Provision};
use super::contact::{Contact, ContactKind};
use super::deadlines::{self, Deadline, Duty};
use super::definition::Definition;
use super::events::CaseEvent;
use super::ids::{CaseRef, ContactId, Digest, EmailAddress, LetterId};
use super::letter::{LetterKind, LetterState, Shortfall};
use super::people::{Handler, Officer, Resident, Standing};
use super::stage::Stage;
use super::words;

/// The rules and the moment a decision is made with.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The Code.
    pub code: &'a HandlingCode,
    /// The working days.
    pub calendar: &'a WorkingCalendar,
    /// Now.
    pub now: Timestamp,
}

impl Rules<'_> {
    /// Today in London.
    #[must_use]
    pub fn today(&self) -> Date {
        words::london_date(self.now)
    }
}

/// What is asked of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseCommand {
    /// Add a further contact.
    AddContact {
        /// The contact.
        contact: ContactId,
        /// Why it belongs here.
        reason: String,
    },
    /// A contact turns out to belong to another case.
    MoveContact {
        /// The contact.
        contact: ContactId,
        /// The other case.
        to: CaseRef,
        /// Why it belongs there.
        reason: String,
    },
    /// Define the complaint (5.6, 5.7). Blank points are dropped.
    Define {
        /// The definition, whole.
        definition: Definition,
    },
    /// Correct the resident's name.
    NameResident {
        /// The name.
        name: String,
    },
    /// Correct the address letters go to.
    AddressResident {
        /// The address.
        email: EmailAddress,
    },
    /// Make an officer the handler of the current stage.
    AssignHandler {
        /// The officer.
        officer: Officer,
    },
    /// Count the date that is due anew, with the bank holidays known now.
    Recount,
    /// Note that a draft was made or changed.
    NoteDraft {
        /// The draft.
        letter: LetterFacts,
    },
    /// Approve a letter.
    Approve {
        /// The letter as it stands now.
        letter: LetterFacts,
        /// The version and digest the officer saw.
        seen: (u32, Digest),
        /// What it still lacks.
        shortfalls: Vec<Shortfall>,
        /// For an extension: what it says.
        extension: Option<ExtensionTerms>,
    },
    /// The mail server accepted an approved letter.
    LetterAccepted {
        /// The letter.
        letter: LetterFacts,
        /// For an extension: what it said.
        extension: Option<ExtensionTerms>,
        /// When it was accepted.
        at: Timestamp,
    },
    /// The mail server refused an approved letter for good.
    LetterRefused {
        /// The letter.
        letter: LetterFacts,
        /// The server's words.
        answer: String,
    },
    /// A letter that had been accepted came back undelivered.
    LetterBounced {
        /// The letter.
        letter: LetterFacts,
        /// Whom it did not reach.
        recipient: String,
        /// The enhanced status code (RFC 3463), if there is one.
        status: Option<String>,
    },
}

/// What a decision needs to know of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterFacts {
    /// The letter.
    pub id: LetterId,
    /// Its kind.
    pub kind: LetterKind,
    /// Where it stands.
    pub state: LetterState,
    /// Its newest version.
    pub version: u32,
    /// The digest of that version.
    pub digest: Digest,
}

/// What an extension letter says (6.4, 5.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionTerms {
    /// Why, specific to this case.
    pub reason: String,
    /// The new date.
    pub new_by: Date,
    /// How often and how the resident is updated, as agreed with them.
    pub updates: String,
}

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
    /// The calendar does not reach.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
}

fn list(shortfalls: &[Shortfall]) -> String {
    words::list(&shortfalls.iter().map(|one| format!("{} ({})", one.title, one.provision)).collect::<Vec<_>>())
}

/// The event that opens a case at stage 1 from a resident's message. A calendar that ends too early
/// must not stop a complaint from being logged: the date is then left open.
#[must_use]
pub fn open_case(rules: Rules<'_>, reference: CaseRef, contact: &Contact) -> CaseEvent {
    open_case_for(rules, reference, contact, complainant(contact))
}

/// The same for a resident who may not be the sender.
#[must_use]
pub fn open_case_for(rules: Rules<'_>, reference: CaseRef, contact: &Contact, resident: Resident) -> CaseEvent {
    let due = deadlines::acknowledge_by(rules.code, rules.calendar, Stage::One, contact.received_at);
    CaseEvent::Opened {
        reference,
        contact: contact.id,
        stage: Stage::One,
        received_at: contact.received_at,
        acknowledge_by: due.ok().map(|due| due.by),
        resident,
    }
}

/// Who complains, as far as the message says. A colleague who passes a message on is not the resident, and
/// who wrote the original is for an officer to confirm: until then no letter can go out.
#[must_use]
pub fn complainant(contact: &Contact) -> Resident {
    match contact.sorted.kind {
        ContactKind::Forwarded => Resident { name: String::new(), email: None },
        _ => Resident { name: contact.reading.from_name.clone(), email: contact.reading.from.clone() },
    }
}

/// What happens when this is asked of the case now.
///
/// # Errors
/// A [`Refusal`]; the case is then unchanged.
pub fn decide(rules: Rules<'_>, case: &Case, command: CaseCommand) -> Result<Vec<CaseEvent>, Refusal> {
    match command {
        CaseCommand::AddContact { contact, reason } => Ok(vec![CaseEvent::ContactAdded { contact, reason }]),
        CaseCommand::MoveContact { contact, to, reason } => Ok(vec![CaseEvent::ContactMoved { contact, to, reason }]),
        CaseCommand::Define { definition } => define(case, definition.tidied()),
        CaseCommand::AddressResident { email } => Ok(if case.resident.email.as_ref() == Some(&email) {
            Vec::new()
        } else {
            vec![CaseEvent::ResidentAddressed { email }]
        }),
        CaseCommand::NameResident { name } => {
            let name = name.trim().to_owned();
            Ok(if name == case.resident.name { Vec::new() } else { vec![CaseEvent::ResidentNamed { name }] })
        }
        CaseCommand::AssignHandler { officer } => assign(case, officer),
        CaseCommand::Recount => Ok(recount(rules, case)),
        CaseCommand::NoteDraft { letter } => {
            Ok(vec![CaseEvent::LetterDrafted { letter: letter.id, kind: letter.kind, version: letter.version }])
        }
        CaseCommand::Approve { letter, seen, shortfalls, extension } => {
            approve(rules, case, &letter, seen, shortfalls, extension.as_ref())
        }
        CaseCommand::LetterAccepted { letter, extension, at } => accepted(rules, case, &letter, extension, at),
        CaseCommand::LetterRefused { letter, answer } => {
            Ok(vec![CaseEvent::LetterNotDelivered { letter: letter.id, kind: letter.kind, answer }])
        }
        // A second report about the same letter finds it not delivered already: nothing is undone twice.
        CaseCommand::LetterBounced { letter, .. } if letter.state != LetterState::Sent => Ok(Vec::new()),
        CaseCommand::LetterBounced { letter: LetterFacts { id: letter, kind, .. }, recipient, status } => {
            Ok(vec![CaseEvent::LetterBounced { letter, kind, recipient, status }])
        }
    }
}

fn define(case: &Case, definition: Definition) -> Result<Vec<CaseEvent>, Refusal> {
    if definition == case.definition {
        return Ok(Vec::new());
    }
    if case.current.acknowledged.is_some() {
        return Err(Refusal::DefinitionFixed);
    }
    Ok(vec![CaseEvent::Defined { definition }])
}

fn assign(case: &Case, officer: Officer) -> Result<Vec<CaseEvent>, Refusal> {
    if officer.standing == Standing::Disabled {
        return Err(Refusal::Disabled(officer.name));
    }
    let handler = Handler { officer: officer.id, name: officer.name, email: officer.email };
    if case.current.handler.as_ref() == Some(&handler) {
        return Ok(Vec::new());
    }
    Ok(vec![CaseEvent::HandlerAssigned { stage: case.current.stage, handler }])
}

/// Only the date still to be met is counted anew: what has been met or missed stays as it was judged.
fn recount(rules: Rules<'_>, case: &Case) -> Vec<CaseEvent> {
    let Rules { code, calendar, .. } = rules;
    let stage = &case.current;
    let (duty, recorded_by, counted, strict_by) = match stage.acknowledged {
        None => {
            let counted = deadlines::acknowledge_by(code, calendar, stage.stage, stage.received_at);
            (Duty::Acknowledge, stage.acknowledge_by, counted, None)
        }
        Some(acknowledged) => {
            let on = words::london_date(acknowledged.at);
            let counted = deadlines::respond_by(code, calendar, stage.stage, on);
            let strict = strict_by(rules, stage.stage, stage.acknowledge_by, on);
            (Duty::Respond, stage.response_due.map(|due| due.counted_by), counted, strict)
        }
    };
    // Where the calendar does not reach, what is recorded is all there is.
    let Ok(counted) = counted else { return Vec::new() };
    if recorded_by == Some(counted.by) {
        return Vec::new();
    }
    let (counted_by, why) = (counted.by, words::list(&counted.bank_holidays));
    let why = if why.is_empty() { "no bank holiday is passed over".to_owned() } else { format!("{why} not counted") };
    vec![CaseEvent::DateRecounted { duty, recorded_by, counted_by, strict_by, why }]
}

/// The stricter response date after a late acknowledgement.
fn strict_by(rules: Rules<'_>, stage: Stage, acknowledge_by: Option<Date>, acknowledged_on: Date) -> Option<Date> {
    let due = acknowledge_by.filter(|by| acknowledged_on > *by)?;
    deadlines::strict_respond_by(rules.code, rules.calendar, stage, due).ok().map(|due| due.by)
}

fn approve(
    rules: Rules<'_>,
    case: &Case,
    letter: &LetterFacts,
    seen: (u32, Digest),
    shortfalls: Vec<Shortfall>,
    extension: Option<&ExtensionTerms>,
) -> Result<Vec<CaseEvent>, Refusal> {
    if letter.state != LetterState::Draft {
        return Err(Refusal::NotADraft(letter.state));
    }
    if seen != (letter.version, letter.digest) {
        return Err(Refusal::Changed { seen: seen.0, now: letter.version });
    }
    match letter.kind {
        LetterKind::StageOneAcknowledgement => {
            if let Some(done) = case.current.acknowledged {
                return Err(Refusal::AlreadyAcknowledged(words::london_date(done.at)));
            }
        }
        LetterKind::StageOneExtension => {
            let terms = extension.ok_or_else(|| missing("the reason and the new date", rules))?;
            check_extension(rules, case, terms)?;
        }
    }
    if !shortfalls.is_empty() {
        return Err(Refusal::Shortfalls(shortfalls));
    }
    let to = case.resident.email.clone().ok_or(Refusal::NoAddress)?;
    Ok(vec![CaseEvent::LetterApproved {
        letter: letter.id,
        kind: letter.kind,
        version: letter.version,
        digest: letter.digest,
        to,
    }])
}

fn missing(what: &'static str, rules: Rules<'_>) -> Refusal {
    Refusal::Missing { what, provision: rules.code.times(Stage::One).extension.provision.clone() }
}

/// The latest date an extension of the current stage could give now.
///
/// # Errors
/// A [`Refusal`] when no extension is possible: nothing to extend, too late, extended already.
pub fn extension_possible(rules: Rules<'_>, case: &Case) -> Result<Deadline, Refusal> {
    let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
    if let Some(last) = case.current.extensions.last() {
        return Err(Refusal::ExtendedAlready(last.new_by));
    }
    if rules.today() > due.by {
        return Err(Refusal::TooLateToExtend(due.by));
    }
    Ok(deadlines::extension_limit(rules.code, rules.calendar, case.current.stage, due.original_by.min(due.counted_by))?)
}

/// Whether these terms may be offered now (6.4, 5.9).
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn check_extension(rules: Rules<'_>, case: &Case, terms: &ExtensionTerms) -> Result<(), Refusal> {
    let limit = extension_possible(rules, case)?;
    let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
    if terms.new_by <= due.by {
        return Err(Refusal::NotLater(due.by));
    }
    if terms.new_by > limit.by {
        return Err(Refusal::BeyondLimit { limit: limit.by, provision: limit.provision });
    }
    if !rules.calendar.is_working_day(terms.new_by)? {
        return Err(Refusal::NotAWorkingDay(terms.new_by));
    }
    if terms.reason.trim().is_empty() {
        return Err(missing("the reason for the extension", rules));
    }
    if terms.updates.trim().is_empty() {
        return Err(Refusal::Missing {
            what: "how often the resident will be updated, as agreed with them",
            provision: Provision("5.9".to_owned()),
        });
    }
    Ok(())
}

fn accepted(
    rules: Rules<'_>,
    case: &Case,
    letter: &LetterFacts,
    extension: Option<ExtensionTerms>,
    at: Timestamp,
) -> Result<Vec<CaseEvent>, Refusal> {
    if letter.state == LetterState::Sent {
        return Ok(Vec::new()); // heard twice, as after a crash: the first time stands
    }
    let stage = letter.kind.stage();
    let on = words::london_date(at);
    match letter.kind {
        LetterKind::StageOneAcknowledgement => {
            let respond_by = deadlines::respond_by(rules.code, rules.calendar, stage, on).ok().map(|due| due.by);
            let strict_by = strict_by(rules, stage, case.current.acknowledge_by, on);
            Ok(vec![CaseEvent::AcknowledgementSent { stage, letter: letter.id, at, respond_by, strict_by }])
        }
        LetterKind::StageOneExtension => {
            let terms = extension.ok_or_else(|| missing("the reason and the new date", rules))?;
            let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
            let moved = if on > due.by { Moved::NoTooLate } else { Moved::Yes };
            Ok(vec![CaseEvent::ExtensionSent {
                stage,
                letter: letter.id,
                at,
                previous_by: due.by,
                new_by: terms.new_by,
                reason: terms.reason,
                updates: terms.updates,
                moved,
            }])
        }
    }
}

#[cfg(test)]
mod tests;
