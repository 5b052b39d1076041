//! What an officer or the daemon may ask of a case. [`decide`] answers with what happens or with a
//! [`Refusal`] that names the provision in the way and says what would make it possible.

use jiff::Timestamp;
use jiff::civil::Date;

use super::approval::Authority;
use super::calendar::{WorkingCalendar, WorkingDays};
use super::case::Case;
use super::code::{HandlingCode, Provision};
use super::contact::{Contact, ContactKind};
use super::deadlines;
use super::definition::{Definition, Point};
use super::events::CaseEvent;
use super::ids::{CaseRef, ContactId, Digest, EmailAddress, LetterId};
use super::letter::{LetterKind, LetterState, Shortfall};
use super::people::{Handler, Officer, Resident, Standing};
use super::stage::Stage;
use super::words;

mod closing;
mod corrections;
mod dates;
mod defining;
mod exclusion;
mod letters;
mod outcome;
mod people;
mod post;
mod refusal;
mod stage_two;
mod triage;

pub use corrections::{Correcting, CorrectionRefusal};
pub use exclusion::ExclusionCommand;
pub use letters::{check_extension, extension_possible, may_go_out, recipient};
pub use outcome::{OutcomeCommand, response_possible};
pub use people::{OnRecord, PeopleCommand, PeopleRefusal};
pub use post::{PostCommand, PostRefusal, way};
pub use refusal::Refusal;
pub use stage_two::StageTwoCommand;
pub use triage::{Content, TriageAsked, TriageCommand, TriageRefusal, suits};

/// The rules and the moment a decision is made with.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The Code.
    pub code: &'a HandlingCode,
    /// The working days.
    pub calendar: &'a WorkingCalendar,
    /// Now.
    pub now: Timestamp,
    /// The officer who asks; `None` is the daemon itself.
    pub officer: Option<&'a Officer>,
}

impl<'a> Rules<'a> {
    /// The same, asked by this officer.
    #[must_use]
    pub const fn by(self, officer: &'a Officer) -> Self {
        Self { officer: Some(officer), ..self }
    }

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
    /// About the outcome of the current stage and what it promised.
    Outcome(OutcomeCommand),
    /// About stage 2.
    StageTwo(StageTwoCommand),
    /// About refusing the complaint, or stage 2.
    Exclusion(ExclusionCommand),
    /// About what the case is.
    Triage(TriageCommand),
    /// Take a new point into the complaint (6.8).
    AddPoint {
        /// The point.
        point: Point,
        /// Why it belongs to this complaint.
        reason: String,
    },
    /// The resident was told how it goes (5.9).
    NoteUpdate {
        /// How and what.
        how: String,
    },
    /// Note something.
    Note {
        /// What.
        text: String,
    },
    /// Close the case.
    Close {
        /// What was learned from it beyond the case (9.1).
        learning: String,
    },
    /// Close a case that should not have been opened.
    CloseInError {
        /// Why.
        reason: String,
    },
    /// Count the date that is due anew, with the bank holidays known now.
    Recount,
    /// Correct when the current stage was received, by two persons.
    CorrectReceived(Correcting),
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
        /// Our own addresses: no letter goes there.
        ours: Vec<EmailAddress>,
        /// Who may approve what, and who wrote it.
        authority: Authority,
    },
    /// About a letter on paper.
    Post(PostCommand),
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
    /// Discard a draft that nobody needs.
    Discard {
        /// The draft.
        letter: LetterFacts,
        /// Why.
        reason: String,
    },
    /// An approved letter is about to leave: it is held if it may no longer go where it was to go.
    LetterLeaves {
        /// The letter.
        letter: LetterFacts,
        /// Where it is to go.
        to: EmailAddress,
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
    /// Something about the people of the case.
    People(PeopleCommand),
}

impl CaseCommand {
    /// Whether what is asked brings words of the officer's that stand in letters: whoever asks it is then an author
    /// of the letters it changes.
    #[must_use]
    pub const fn writes(&self) -> bool {
        matches!(
            self,
            Self::Define { .. }
                | Self::AddPoint { .. }
                | Self::Outcome(OutcomeCommand::Record(_) | OutcomeCommand::AddAction(_))
                | Self::Exclusion(ExclusionCommand::Propose { .. })
        )
    }
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
    /// How many working days lie between two updates, when that was agreed.
    pub every: Option<WorkingDays>,
    /// Why it is a second one, or goes beyond the limit; blank for any other.
    pub exceptional: String,
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
    let Rules { code, calendar, .. } = rules;
    let acknowledge = deadlines::acknowledge_by(code, calendar, Stage::One, contact.receipt_at());
    let respond = deadlines::respond_by_at_receipt(code, calendar, Stage::One, contact.receipt_at());
    let by = |due: Result<Option<deadlines::Deadline>, _>| due.ok().flatten().map(|due| due.by);
    CaseEvent::Opened {
        reference,
        contact: contact.id,
        stage: Stage::One,
        received_at: contact.receipt_at(),
        acknowledge_by: by(acknowledge),
        respond_by: by(respond),
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
        CaseCommand::Define { definition } => defining::define(case, definition.tidied()),
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
        CaseCommand::Outcome(command) => outcome::decide(rules, case, command),
        CaseCommand::StageTwo(command) => stage_two::decide(rules, case, command),
        CaseCommand::Exclusion(command) => exclusion::decide(rules, case, command),
        CaseCommand::Triage(command) => triage::decide(rules, case, command),
        CaseCommand::AddPoint { point, reason } => defining::add_point(case, point, reason),
        CaseCommand::NoteUpdate { how } => closing::update(rules, case, how),
        CaseCommand::Note { text } => {
            not_blank(&text, "what to note", "5.12")?;
            Ok(vec![CaseEvent::Noted { text }])
        }
        CaseCommand::Close { learning } => closing::close(rules, case, learning),
        CaseCommand::CloseInError { reason } => closing::close_in_error(rules, case, reason),
        CaseCommand::Recount => Ok(dates::recount(rules, case)),
        CaseCommand::CorrectReceived(step) => corrections::correct(rules, case, step),
        CaseCommand::NoteDraft { letter } => {
            Ok(vec![CaseEvent::LetterDrafted { letter: letter.id, kind: letter.kind, version: letter.version }])
        }
        CaseCommand::Approve { letter, seen, shortfalls, extension, ours, authority } => {
            letters::allowed(rules, case, letter.kind, &authority)?;
            let overridden = |shortfalls| letters::overridden(rules, &authority, shortfalls);
            letters::approve(rules, case, &letter, seen, (shortfalls, overridden), extension.as_ref(), &ours)
        }
        CaseCommand::Post(command) => post::decide(rules, case, command),
        CaseCommand::LetterAccepted { letter, extension, at } => letters::accepted(rules, case, &letter, extension, at),
        CaseCommand::LetterRefused { letter, answer } => {
            Ok(vec![CaseEvent::LetterNotDelivered { letter: letter.id, kind: letter.kind, answer }])
        }
        CaseCommand::Discard { letter, reason } => letters::discard(&letter, reason),
        CaseCommand::LetterLeaves { letter, to } => Ok(letters::leaves(rules, case, &letter, &to)),
        // A second report about the same letter finds it not delivered already: nothing is undone twice.
        CaseCommand::LetterBounced { letter, .. } if letter.state != LetterState::Sent => Ok(Vec::new()),
        CaseCommand::LetterBounced { letter: LetterFacts { id: letter, kind, .. }, recipient, status } => {
            Ok(vec![CaseEvent::LetterBounced { letter, kind, recipient, status }])
        }
        CaseCommand::People(command) => {
            Ok(people::decide(rules, case, command)?.into_iter().map(CaseEvent::People).collect())
        }
    }
}

/// Nothing that an approved letter says changes before it has gone.
fn nothing_on_the_way(case: &Case) -> Result<(), Refusal> {
    case.on_the_way.map_or(Ok(()), |waits| Err(Refusal::OnTheWay(waits.kind)))
}

fn assign(case: &Case, officer: Officer) -> Result<Vec<CaseEvent>, Refusal> {
    if officer.standing == Standing::Disabled {
        return Err(Refusal::Disabled(officer.name));
    }
    open(case)?;
    people::may_handle(case, &officer)?;
    stage_two::independent(case, officer.id, &officer.name)?;
    let handler = Handler { officer: officer.id, name: officer.name, email: officer.email };
    if case.current.handler.as_ref() == Some(&handler) {
        return Ok(Vec::new());
    }
    Ok(vec![CaseEvent::HandlerAssigned { stage: case.current.stage, handler }])
}

/// Whether the case is at work.
fn open(case: &Case) -> Result<(), Refusal> {
    match case.ended_at() {
        Some(at) => Err(Refusal::Ended(words::london_date(at))),
        None => Ok(()),
    }
}

/// Whether the complaint has been taken up, or may still be.
fn not_refused(case: &Case) -> Result<(), Refusal> {
    match case.ended_at().filter(|_| case.is_refused()) {
        Some(at) => Err(Refusal::RefusedAlready(words::london_date(at))),
        None => Ok(()),
    }
}

/// Whether a text says something.
fn not_blank(text: &str, what: &'static str, provision: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Missing { what, provision: Provision(provision.to_owned()) });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
