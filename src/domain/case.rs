//! A case: one complaint carried through its stages. Its state is what its events made of it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::deadlines::Duty;
use super::definition::Definition;
use super::events::CaseEvent;
use super::exclusion::Exclusion;
use super::ids::{CaseId, CaseRef, ContactId, LetterId, OfficerId};
use super::outcome::Outcome;
use super::people::{Handler, Resident};
use super::stage::Stage;

/// Whether an officer has said what this is. The clock does not wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Triage {
    /// Nobody has looked yet.
    ToBeTriaged,
    /// An officer has defined it as a complaint.
    Complaint,
}

impl Triage {
    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ToBeTriaged => "to-be-triaged",
            Self::Complaint => "complaint",
        }
    }

    /// The triage with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::ToBeTriaged, Self::Complaint].into_iter().find(|triage| triage.key() == key)
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::ToBeTriaged => "to be triaged",
            Self::Complaint => "complaint",
        }
    }
}

/// The acknowledgement of a stage, once the mail server has accepted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The letter.
    pub letter: LetterId,
    /// When it was accepted.
    pub at: Timestamp,
}

/// The response of a stage, once the mail server has accepted it. Answered is not closed: what it promised
/// is still to be done (6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
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
    /// The response, once sent.
    pub answered: Option<Answered>,
}

impl StageRecord {
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
    /// Whether it has been triaged.
    pub triage: Triage,
    /// The complaint definition.
    pub definition: Definition,
    /// The stage it is at.
    pub current: StageRecord,
    /// Stage 1, once the case is at stage 2.
    pub first: Option<StageRecord>,
    /// When the current stage is said to have been received, until a second person has confirmed it.
    pub correction: Option<Correction>,
    /// A refusal that is proposed, or of which the resident has been told.
    pub exclusion: Option<Exclusion>,
}

impl Case {
    /// What is due next and when; `None` when the calendar did not reach that far.
    ///
    /// After a late acknowledgement the earlier of the two response dates is the one to meet.
    #[must_use]
    pub fn next_deadline(&self) -> (Duty, Option<Date>) {
        let stage = &self.current;
        // Without an acknowledgement to wait for, the response is due from the beginning.
        if stage.acknowledged.is_none() && (stage.acknowledge_by.is_some() || stage.response_due.is_none()) {
            return (Duty::Acknowledge, stage.acknowledge_by);
        }
        let by = stage.response_due.map(|due| match due.strict_by {
            Some(strict) if stage.extensions.is_empty() => strict.min(due.by),
            _ => due.by,
        });
        (Duty::Respond, by)
    }

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
            },
            first: None,
            correction: None,
            exclusion: None,
        })
    }

    /// The case after an event. Total: an event that has happened is never refused.
    #[must_use]
    pub fn apply(mut self, event: &CaseEvent) -> Self {
        match event {
            CaseEvent::Defined { definition } => {
                self.triage = Triage::Complaint;
                self.definition = definition.clone();
            }
            CaseEvent::ResidentNamed { name } => self.resident.name.clone_from(name),
            CaseEvent::ResidentAddressed { email } => self.resident.email = Some(email.clone()),
            CaseEvent::HandlerAssigned { handler, .. } => self.current.handler = Some(handler.clone()),
            CaseEvent::AcknowledgementSent { letter, at, respond_by, strict_by, .. } => {
                self.current.acknowledged = Some(Acknowledged { letter: *letter, at: *at });
                self.current.response_due =
                    respond_by.map(|by| ResponseDue { by, original_by: by, counted_by: by, strict_by: *strict_by });
            }
            CaseEvent::ExtensionSent { letter, reason, new_by, updates, moved, .. } => {
                if let (Some(due), Moved::Yes) = (self.current.response_due.as_mut(), moved) {
                    due.by = *new_by;
                    self.current.extensions.push(Extension {
                        letter: *letter,
                        reason: reason.clone(),
                        new_by: *new_by,
                        updates: updates.clone(),
                    });
                }
            }
            CaseEvent::LetterBounced { letter, .. } => self.current.unsend(*letter),
            CaseEvent::CorrectionProposed { correction } => self.correction = Some(correction.clone()),
            CaseEvent::CorrectionDropped { .. } => self.correction = None,
            CaseEvent::ReceiptCorrected { received_at, acknowledge_by, respond_by, strict_by, .. } => {
                self.correction = None;
                self.current.received_at = *received_at;
                self.current.acknowledge_by = *acknowledge_by;
                self.current.receipt_corrected(*respond_by, *strict_by);
            }
            CaseEvent::Outcome(event) => return event.apply(self),
            CaseEvent::DateRecounted { duty: Duty::Acknowledge, counted_by, .. } => {
                self.current.acknowledge_by = Some(*counted_by);
            }
            CaseEvent::DateRecounted { duty: Duty::Respond, counted_by, strict_by, .. } => {
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
            | CaseEvent::ContactAdded { .. }
            | CaseEvent::ContactMoved { .. }
            | CaseEvent::LetterDrafted { .. }
            | CaseEvent::LetterApproved { .. }
            | CaseEvent::LetterNotDelivered { .. }
            | CaseEvent::Reminded { .. } => {}
        }
        self
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
mod tests {
    use jiff::civil::date;

    use super::*;

    fn stage(extensions: &[(i64, Date)]) -> StageRecord {
        let original_by = date(2026, 11, 16);
        let extension = |&(letter, new_by): &(i64, Date)| Extension {
            letter: LetterId(letter),
            reason: String::new(),
            new_by,
            updates: String::new(),
        };
        StageRecord {
            stage: Stage::One,
            received_at: Timestamp::UNIX_EPOCH,
            acknowledge_by: Some(date(2026, 11, 9)),
            acknowledged: Some(Acknowledged { letter: LetterId(1), at: Timestamp::UNIX_EPOCH }),
            response_due: Some(ResponseDue {
                by: extensions.last().map_or(original_by, |(_, by)| *by),
                original_by,
                counted_by: original_by,
                strict_by: None,
            }),
            extensions: extensions.iter().map(extension).collect(),
            handler: None,
            outcome: None,
            answered: None,
        }
    }

    /// 6.2, 6.3, 6.4.
    #[test]
    fn a_letter_that_never_arrived_takes_back_what_it_did_and_nothing_else() {
        let (first, second) = ((2, date(2026, 11, 24)), (3, date(2026, 11, 27)));
        let without = |extensions: &[(i64, Date)], letter| {
            let mut stage = stage(extensions);
            stage.unsend(LetterId(letter));
            stage
        };
        let acknowledgement = without(&[first], 1);
        assert_eq!((acknowledgement.acknowledged, acknowledgement.response_due), (None, None));
        assert!(acknowledgement.extensions.is_empty());
        assert_eq!(acknowledgement.acknowledge_by, Some(date(2026, 11, 9)));
        assert_eq!(without(&[first], 2), stage(&[]));
        assert_eq!(without(&[first, second], 3), stage(&[first]));
        assert_eq!(without(&[first, second], 2), stage(&[second]));
        assert_eq!(without(&[first], 9), stage(&[first]));
    }
}
