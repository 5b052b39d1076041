//! A case: one complaint carried through its stages. Its state is what its events made of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::WorkingDays;
use super::circumstances::Circumstances;
use super::deadlines::Duty;
use super::definition::{Definition, Point};
use super::events::CaseEvent;
use super::exclusion::Exclusion;
use super::ids::{CaseId, CaseRef, ContactId, LetterId, OfficerId};
use super::letter::Purpose;
use super::outcome::{Action, Outcome};
use super::people::{Handler, Resident};
use super::stage::Stage;
use super::triage::{Triage, TriageKind, Triaged};

mod due;
mod on_the_way;

pub use on_the_way::OnTheWay;

/// The acknowledgement of a stage, once the mail server has accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The letter.
    pub letter: LetterId,
    /// When it was accepted.
    pub at: Timestamp,
}

/// A response or a refusal, once the mail server has accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentLetter {
    /// The letter.
    pub letter: LetterId,
    /// When it was accepted.
    pub at: Timestamp,
}

/// When a response is due. Exists once the stage is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseDue {
    /// The working date: from the acknowledgement, or as extended.
    pub by: Date,
    /// The date before any extension.
    pub original_by: Date,
    /// The same as it is counted with the bank holidays known now: later than what the resident was told
    /// when a new one was proclaimed since.
    pub counted_by: Date,
    /// Counted from the day the acknowledgement was due, when it was late.
    pub strict_by: Option<Date>,
}

/// An extension the resident has been told of (6.4, 6.15, 5.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The letter that told them.
    pub letter: LetterId,
    /// Why, specific to this case.
    pub reason: String,
    /// The new date.
    pub new_by: Date,
    /// How often the resident is updated meanwhile, as agreed with them (5.9).
    pub updates: String,
    /// How many working days lie between two updates, when that was agreed.
    pub every: Option<WorkingDays>,
    /// When the next update is due.
    pub update_by: Option<Date>,
    /// Why it is a second one or goes beyond the limit; blank for any other.
    pub exceptional: String,
}

/// A resident's wish to have the complaint looked at again, or what may be one, until an officer decides
/// (6.10). No reason is needed (6.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageTwoRequest {
    /// The contact.
    pub contact: ContactId,
    /// When it was received: day 0 of stage 2.
    pub received_at: Timestamp,
    /// When the acknowledgement would be due (6.11).
    pub acknowledge_by: Option<Date>,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// What was learned from it beyond the case (9.1); blank when it was opened in error.
    pub learning: String,
    /// Why it should not have been opened; blank for any other.
    pub in_error: String,
}

/// A correction of the receipt that one officer proposed and nobody has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Which stage; once the case is at another, nobody can confirm it.
    pub stage: Stage,
    /// When the stage is said to have been received.
    pub received_at: Timestamp,
    /// How that is known.
    pub reason: String,
    /// Whoever proposed it; anybody else may confirm it.
    pub by: OfficerId,
    /// Their name at the time.
    pub by_name: String,
}

/// One stage of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRecord {
    /// Which stage.
    pub stage: Stage,
    /// When it was received; its London date is day 0.
    pub received_at: Timestamp,
    /// When the acknowledgement is due; `None` when the calendar did not reach that far.
    pub acknowledge_by: Option<Date>,
    /// The acknowledgement, once sent.
    pub acknowledged: Option<Acknowledged>,
    /// When the response is due, once acknowledged and covered by the calendar.
    pub response_due: Option<ResponseDue>,
    /// The extensions sent, oldest first.
    pub extensions: Vec<Extension>,
    /// Who handles this stage.
    pub handler: Option<Handler>,
    /// The outcome, as far as it has been written.
    pub outcome: Option<Outcome>,
    /// The response, once sent. Answered is not closed: what it promised is still to be done (6.6).
    pub answered: Option<SentLetter>,
    /// Who approved the response.
    pub approver: Option<OfficerId>,
    /// Who handled this stage, wrote its outcome or approved its letters: none of them takes part in the next
    /// (6.13).
    pub took_part: BTreeSet<OfficerId>,
}

impl StageRecord {
    /// Whether this officer took part in this stage. Of a stage from before everybody was kept, the last handler
    /// and whoever approved the response are known.
    #[must_use]
    pub fn had(&self, officer: OfficerId) -> bool {
        let handled = self.handler.as_ref().is_some_and(|handler| handler.officer == officer);
        handled || self.approver == Some(officer) || self.took_part.contains(&officer)
    }

    /// The response as it is due after the receipt was corrected: where it is counted from the acknowledgement
    /// that stays where it is, and so does what an extension letter promised.
    fn receipt_corrected(&mut self, respond_by: Option<Date>, strict_by: Option<Date>) {
        let promised = self.response_due.filter(|_| !self.extensions.is_empty()).map(|due| due.by);
        self.response_due = match respond_by {
            Some(by) => Some(ResponseDue { by: promised.unwrap_or(by), original_by: by, counted_by: by, strict_by }),
            None => self.response_due.map(|due| ResponseDue { strict_by, ..due }),
        };
    }

    /// Takes back what a letter did that never reached the resident. Without its acknowledgement a stage
    /// has no response date, nor anything to extend (6.2, 6.3); the day the acknowledgement is due never
    /// moved. A date nobody was told of was not extended (6.4, 6.5).
    fn unsend(&mut self, letter: LetterId) {
        if self.acknowledged.is_some_and(|done| done.letter == letter) {
            self.acknowledged = None;
            self.response_due = None;
            self.extensions.clear();
        }
        if self.answered.is_some_and(|done| done.letter == letter) {
            self.answered = None;
        }
        let told = self.extensions.len();
        self.extensions.retain(|extension| extension.letter != letter);
        if let Some(due) = self.response_due.as_mut().filter(|_| self.extensions.len() < told) {
            due.by = self.extensions.last().map_or(due.original_by.min(due.counted_by), |extension| extension.new_by);
        }
    }
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its row; 0 until it is stored.
    pub id: CaseId,
    /// Its reference.
    pub reference: CaseRef,
    /// The contact that opened it.
    pub opened_by: ContactId,
    /// Who complains.
    pub resident: Resident,
    /// Whether it has been triaged, and what it is.
    pub triage: Triage,
    /// What triage has recorded of it.
    pub triaged: Triaged,
    /// The complaint definition.
    pub definition: Definition,
    /// The stage it is at.
    pub current: StageRecord,
    /// Stage 1, once the case is at stage 2.
    pub first: Option<StageRecord>,
    /// When the current stage is said to have been received, until a second person has confirmed it.
    pub correction: Option<Correction>,
    /// What is recorded of its people.
    pub people: Circumstances,
    /// A refusal that is proposed, or of which the resident has been told.
    pub exclusion: Option<Exclusion>,
    /// The letter that was approved and has not gone yet.
    pub on_the_way: Option<OnTheWay>,
    /// Its contacts.
    pub contacts: BTreeSet<ContactId>,
    /// What may be requests for stage 2, until decided.
    pub requests: Vec<StageTwoRequest>,
    /// What was promised, from its first number on.
    pub actions: Vec<Action>,
    /// How it ended.
    pub closed: Option<Closed>,
}

impl Case {
    /// The case as its opening event makes it.
    #[must_use]
    pub fn opened(id: CaseId, event: &CaseEvent) -> Option<Self> {
        let CaseEvent::Opened { reference, contact, stage, received_at, acknowledge_by, respond_by, resident } = event
        else {
            return None;
        };
        Some(Self {
            id,
            reference: *reference,
            opened_by: *contact,
            resident: resident.clone(),
            triage: Triage::ToBeTriaged,
            triaged: Triaged::default(),
            definition: Definition::default(),
            current: StageRecord {
                stage: *stage,
                received_at: *received_at,
                acknowledge_by: *acknowledge_by,
                acknowledged: None,
                response_due: respond_by.map(|by| ResponseDue { by, original_by: by, counted_by: by, strict_by: None }),
                extensions: Vec::new(),
                handler: None,
                outcome: None,
                answered: None,
                approver: None,
                took_part: BTreeSet::new(),
            },
            first: None,
            correction: None,
            people: Circumstances::default(),
            exclusion: None,
            on_the_way: None,
            contacts: BTreeSet::from([*contact]),
            requests: Vec::new(),
            actions: Vec::new(),
            closed: None,
        })
    }

    /// The case after an event. Total: an event that has happened is never refused.
    #[must_use]
    pub fn apply(mut self, event: &CaseEvent) -> Self {
        self.note_on_the_way(event);
        match event {
            CaseEvent::Defined { definition, .. } => {
                self.triage = Triage::As(TriageKind::Complaint);
                self.definition = definition.clone().numbered();
                // What is no longer asked is not answered.
                if let Some(outcome) = &mut self.current.outcome {
                    outcome.answers.retain(|answer| self.definition.point(answer.point).is_some());
                }
            }
            CaseEvent::ResidentNamed { name } => self.resident.name.clone_from(name),
            CaseEvent::ResidentAddressed { email } => self.resident.email = Some(email.clone()),
            CaseEvent::HandlerAssigned { handler, .. } => {
                self.current.handler = Some(handler.clone());
                self.current.took_part.insert(handler.officer);
                self.people.handler_left = None;
            }
            CaseEvent::People(event) => event.apply(&mut self),
            CaseEvent::AcknowledgementSent { letter, at, respond_by, strict_by, .. } => {
                self.current.acknowledged = Some(Acknowledged { letter: *letter, at: *at });
                self.current.response_due =
                    respond_by.map(|by| ResponseDue { by, original_by: by, counted_by: by, strict_by: *strict_by });
            }
            CaseEvent::ExtensionSent {
                letter, reason, new_by, updates, moved, every, update_by, exceptional, ..
            } => {
                if let (Some(due), Moved::Yes) = (self.current.response_due.as_mut(), moved) {
                    due.by = *new_by;
                    self.current.extensions.push(Extension {
                        letter: *letter,
                        reason: reason.clone(),
                        new_by: *new_by,
                        updates: updates.clone(),
                        every: *every,
                        update_by: *update_by,
                        exceptional: exceptional.clone(),
                    });
                }
            }
            // What only tells or asks something decides nothing of the stage.
            CaseEvent::LetterApproved { kind, by, .. } if kind.purpose() != Purpose::Tell => {
                self.current.took_part.extend(*by);
                if kind.purpose() == Purpose::Respond {
                    self.current.approver = *by;
                }
            }
            CaseEvent::LetterBounced { letter, .. } => self.unsend(*letter),
            CaseEvent::PointAdded { point, .. } => {
                let number = if point.number == 0 { self.definition.next_number() } else { point.number };
                self.definition.points.push(Point { number, ..point.clone() });
            }
            CaseEvent::UpdateGiven { next_by, .. } => {
                if let Some(extension) = self.current.extensions.last_mut() {
                    extension.update_by = *next_by;
                }
            }
            CaseEvent::ContactAdded { contact, .. } => {
                self.contacts.insert(*contact);
            }
            CaseEvent::ContactMoved { contact, .. } => {
                self.contacts.remove(contact);
                self.requests.retain(|request| request.contact != *contact);
                self.triaged.again.retain(|again| again.contact != *contact);
            }
            CaseEvent::CorrectionProposed { correction } => self.correction = Some(correction.clone()),
            CaseEvent::CorrectionDropped { .. } => self.correction = None,
            CaseEvent::ReceiptCorrected { received_at, acknowledge_by, respond_by, strict_by, .. } => {
                self.correction = None;
                self.current.received_at = *received_at;
                self.current.acknowledge_by = *acknowledge_by;
                self.current.receipt_corrected(*respond_by, *strict_by);
            }
            CaseEvent::Post(event) => return event.apply(self),
            CaseEvent::Outcome(event) => return event.apply(self),
            CaseEvent::StageTwo(event) => return event.apply(self),
            CaseEvent::Exclusion(event) => return event.apply(self),
            CaseEvent::Triage(event) => return event.apply(self),
            CaseEvent::Closed { at, learning, in_error } => {
                self.closed = Some(Closed { at: *at, learning: learning.clone(), in_error: in_error.clone() });
            }
            CaseEvent::DateRecounted { duty: Duty::Acknowledge, counted_by, .. } => {
                self.current.acknowledge_by = Some(*counted_by);
            }
            CaseEvent::DateRecounted { counted_by, strict_by, .. } => {
                self.current.response_due = Some(match self.current.response_due {
                    None => ResponseDue {
                        by: *counted_by,
                        original_by: *counted_by,
                        counted_by: *counted_by,
                        strict_by: *strict_by,
                    },
                    Some(due) => ResponseDue {
                        // What an extension letter promised stays; otherwise an earlier date counts at once.
                        by: if self.current.extensions.is_empty() { due.by.min(*counted_by) } else { due.by },
                        counted_by: *counted_by,
                        strict_by: *strict_by,
                        ..due
                    },
                });
            }
            CaseEvent::Opened { .. }
            | CaseEvent::Noted { .. }
            | CaseEvent::LetterDrafted { .. }
            | CaseEvent::LetterApproved { .. }
            | CaseEvent::LetterNotDelivered { .. }
            | CaseEvent::LetterHeld { .. }
            | CaseEvent::LetterDiscarded { .. }
            | CaseEvent::Reminded { .. } => {}
        }
        self
    }
}

impl Case {
    /// Takes back what a letter did that never reached the resident: a stage is not answered, and nothing is
    /// refused, by a letter that came back.
    pub(in crate::domain) fn unsend(&mut self, letter: LetterId) {
        if self.current.answered.is_some_and(|done| done.letter == letter) {
            self.actions.retain(|action| action.letter != Some(letter));
            self.closed = None;
        }
        if let Some(exclusion) = self.exclusion.as_mut().filter(|it| it.told.is_some_and(|told| told.letter == letter))
        {
            exclusion.told = None;
            self.requests.append(&mut exclusion.requests);
        }
        self.current.unsend(letter);
    }
}

/// Whether an extension letter moved the date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It was accepted by the mail server in time.
    Yes,
    /// It was accepted after the date had passed: the date stands, and this is a breach (6.4).
    NoTooLate,
}

#[cfg(test)]
mod tests;
