//! Which contacts wait for an officer, and for what.
//!
//! Invariant: whatever may be a person's words and belongs to no case waits; nothing waits only
//! because a machine spoke. Nothing from before the landlord began with this system waits.

use std::fmt;

use super::contact::{Contact, ContactKind, Intake, Suggestion};

/// What an officer is to decide about a contact. It may have opened a case of its own all the same:
/// the clock does not wait for the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waiting {
    /// The mail server took it for junk.
    Junk,
    /// It may belong to a case: see its suggestions.
    Suggestion,
    /// Something must be done before it can be read or answered: see its tasks.
    Task,
    /// A report of failure about no letter of ours.
    Bounce,
    /// Mail to a list, which may carry a complaint.
    List,
    /// An invitation to a meeting.
    Invitation,
    /// A mail system asks whether a person wrote to it.
    Challenge,
    /// A person's message that belongs to no case.
    NoCase,
}

impl Waiting {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Junk,
        Self::Suggestion,
        Self::Task,
        Self::Bounce,
        Self::List,
        Self::Invitation,
        Self::Challenge,
        Self::NoCase,
    ];

    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::Suggestion => "suggestion",
            Self::Task => "task",
            Self::Bounce => "bounce",
            Self::List => "list",
            Self::Invitation => "invitation",
            Self::Challenge => "challenge",
            Self::NoCase => "no-case",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|waiting| waiting.key() == key)
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Junk => "the mail server took it for junk",
            Self::Suggestion => "it may belong to a case",
            Self::Task => "something must be done about it",
            Self::Bounce => "it reports a failure about no letter of ours",
            Self::List => "it was sent to a list",
            Self::Invitation => "it is an invitation",
            Self::Challenge => "a mail system asks whether a person wrote to it",
            Self::NoCase => "it belongs to no case",
        })
    }
}

impl Contact {
    /// What an officer is to decide about this contact with these suggestions; `None` when nothing is.
    #[must_use]
    pub fn awaits_decision(&self, suggestions: &[Suggestion]) -> Option<Waiting> {
        if self.decided.is_some() || self.intake == Intake::Historic {
            return None;
        }
        let kind = self.sorted.kind;
        if self.case.is_none() && self.intake == Intake::Junk && from_a_person(kind) {
            return Some(Waiting::Junk);
        }
        if !suggestions.is_empty() {
            return Some(Waiting::Suggestion);
        }
        if !self.reading.tasks.is_empty() {
            return Some(Waiting::Task);
        }
        if self.case.is_some() {
            return None;
        }
        match kind {
            ContactKind::New | ContactKind::Reply | ContactKind::Forwarded => Some(Waiting::NoCase),
            ContactKind::Bounce => Some(Waiting::Bounce),
            ContactKind::List => Some(Waiting::List),
            ContactKind::Invitation => Some(Waiting::Invitation),
            ContactKind::Challenge => Some(Waiting::Challenge),
            ContactKind::AutomaticReply
            | ContactKind::DeliveryDelay
            | ContactKind::DeliveryReport
            | ContactKind::ReadReceipt
            | ContactKind::OwnMail => None,
        }
    }
}

/// Whether a message of this kind may carry a person's words.
const fn from_a_person(kind: ContactKind) -> bool {
    matches!(
        kind,
        ContactKind::New | ContactKind::Reply | ContactKind::Forwarded | ContactKind::List | ContactKind::Invitation
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::{Decided, Decision, NewContact, Reading, Sorted};
    use crate::domain::ids::{CaseRef, ContactId};
    use crate::domain::people::Actor;

    fn contact(kind: ContactKind, intake: Intake) -> Contact {
        let sorted = Sorted { kind, reason: "as it looks".to_owned(), bounce: None };
        let new = NewContact {
            received_at: jiff::Timestamp::UNIX_EPOCH,
            intake,
            sorted,
            sender: None,
            marks: Vec::new(),
            canonical: None,
            reading: Reading::default(),
        };
        Contact::new(ContactId(1), new)
    }

    fn in_a_case(kind: ContactKind, intake: Intake) -> Contact {
        Contact { case: Some(CaseRef::new(2026, 1)), ..contact(kind, intake) }
    }

    fn suggestion() -> Suggestion {
        Suggestion { case: CaseRef::new(2026, 1), reason: "its subject names CMP-2026-00001".to_owned() }
    }

    #[test]
    fn what_belongs_to_no_case_waits_unless_only_a_machine_spoke() {
        let waiting = |kind| contact(kind, Intake::Inbox).awaits_decision(&[]);
        assert_eq!(waiting(ContactKind::New), Some(Waiting::NoCase));
        assert_eq!(waiting(ContactKind::Forwarded), Some(Waiting::NoCase));
        assert_eq!(waiting(ContactKind::Reply), Some(Waiting::NoCase));
        assert_eq!(waiting(ContactKind::Bounce), Some(Waiting::Bounce));
        assert_eq!(waiting(ContactKind::List), Some(Waiting::List));
        assert_eq!(waiting(ContactKind::Invitation), Some(Waiting::Invitation));
        assert_eq!(waiting(ContactKind::Challenge), Some(Waiting::Challenge));
        for machine in [
            ContactKind::AutomaticReply,
            ContactKind::DeliveryDelay,
            ContactKind::DeliveryReport,
            ContactKind::ReadReceipt,
            ContactKind::OwnMail,
        ] {
            assert_eq!(waiting(machine), None, "{machine}");
            assert_eq!(contact(machine, Intake::Junk).awaits_decision(&[]), None, "{machine} in junk");
        }
    }

    #[test]
    fn what_belongs_to_a_case_waits_only_for_a_suggestion_or_a_task() {
        for kind in ContactKind::ALL {
            for intake in [Intake::Inbox, Intake::Junk] {
                let mut contact = in_a_case(kind, intake);
                assert_eq!(contact.awaits_decision(&[]), None, "{kind}");
                contact.reading.tasks.push("Ask for it again unencrypted.".to_owned());
                assert_eq!(contact.awaits_decision(&[]), Some(Waiting::Task), "{kind}");
                assert_eq!(contact.awaits_decision(&[suggestion()]), Some(Waiting::Suggestion), "{kind}");
            }
        }
    }

    #[test]
    fn a_persons_message_in_junk_waits_whatever_else_is_known_of_it() {
        let contact = contact(ContactKind::New, Intake::Junk);
        assert_eq!(contact.awaits_decision(&[]), Some(Waiting::Junk));
        assert_eq!(contact.awaits_decision(&[suggestion()]), Some(Waiting::Junk));
    }

    #[test]
    fn historic_and_decided_contacts_never_wait() {
        for kind in ContactKind::ALL {
            let mut one = contact(kind, Intake::Historic);
            one.reading.tasks.push("Ask for it again unencrypted.".to_owned());
            assert_eq!(one.awaits_decision(&[suggestion()]), None, "{kind}");
            one.intake = Intake::Junk;
            one.decided = Some(Decided {
                decision: Decision::NothingToDo,
                reason: "An advertisement.".to_owned(),
                by: Actor::Daemon,
                at: jiff::Timestamp::UNIX_EPOCH,
            });
            assert_eq!(one.awaits_decision(&[suggestion()]), None, "{kind}");
        }
    }

    #[test]
    fn every_reason_has_its_key() {
        for waiting in Waiting::ALL {
            assert_eq!(Waiting::from_key(waiting.key()), Some(waiting));
        }
    }
}
