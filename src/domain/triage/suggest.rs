//! What the words of a message suggest that it is, with the reason. A suggestion, never a decision: nothing
//! is closed, hidden or delayed by it, and in doubt it says complaint.

use super::TriageKind;
use crate::domain::case::Case;
use crate::domain::contact::{Contact, ContactKind, Reading, Sorted};
use crate::domain::phrases::{Ours, Phrases};
use crate::domain::words;

/// One list of phrases and what they are a sign of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Its name, such as `dissatisfaction`.
    pub name: String,
    /// What a message with one of its phrases may be.
    pub suggests: TriageKind,
    /// What the phrases say, as the end of "it says …:", such as `it is not satisfied`.
    pub because: String,
    /// The provision that makes it count, such as `1.2`.
    pub provision: String,
    /// The phrases.
    pub phrases: Vec<String>,
}

/// What a message may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// What.
    pub kind: TriageKind,
    /// Why, with the phrases found.
    pub reason: String,
    /// Whether it has words of a complaint, whatever is suggested: then the choice to complain is offered
    /// (1.3).
    pub dissatisfied: bool,
}

/// The lists of phrases, ready to be looked for. The first list with a find suggests what a message is;
/// all finds stand in the reason.
#[derive(Debug, Clone, Default)]
pub struct TriageWords {
    signs: Vec<Sign>,
    phrases: Phrases,
}

impl TriageWords {
    /// These lists, the first of which counts most.
    #[must_use]
    pub fn new(signs: Vec<Sign>, ours: Ours) -> Self {
        let phrases = Phrases::new(signs.iter().map(|sign| sign.phrases.as_slice()), ours).deaf_to_our_names();
        Self { signs, phrases }
    }

    /// The lists.
    #[must_use]
    pub fn signs(&self) -> &[Sign] {
        &self.signs
    }

    /// What a message may be, by its words and by what it was sorted as.
    #[must_use]
    pub fn suggest(&self, sorted: &Sorted, reading: &Reading) -> Suggested {
        let found = self.signs.iter().zip(self.phrases.find(reading)).filter(|(_, places)| !places.is_empty());
        let (mut first, mut reasons, mut dissatisfied) = (None, Vec::new(), false);
        for (sign, places) in found {
            first = first.or(Some(sign.suggests));
            dissatisfied |= sign.suggests == TriageKind::Complaint;
            let said = places.iter().filter_map(|place| sign.phrases.get(*place)).map(|phrase| format!("“{phrase}”"));
            let said = words::list(&said.collect::<Vec<_>>());
            reasons.push(format!("it has {said}: {} ({})", sign.because, sign.provision));
        }
        // A resident may well write by way of a machine: only words of a complaint speak against one.
        if is_automatic(sorted.kind) && !dissatisfied {
            first = Some(TriageKind::Automatic);
            reasons.insert(0, sorted.reason.clone());
        }
        let kind = first.unwrap_or(TriageKind::Complaint);
        if reasons.is_empty() {
            reasons.push(
                "it has none of the phrases that are looked for: in doubt it is a complaint, which need not use the \
                 word (1.3)"
                    .to_owned(),
            );
        }
        Suggested { kind, reason: reasons.join("; "), dissatisfied }
    }

    /// What a case may be: by the message that waits, else by the one that opened it. Words of a complaint in
    /// any other of its messages are told, too. `None` when it has no message left.
    #[must_use]
    pub fn of_case(&self, case: &Case, contacts: &[Contact]) -> Option<Suggested> {
        let asked = case.triaged.first_again().map_or(case.opened_by, |again| again.contact);
        let looked_at = contacts.iter().find(|contact| contact.id == asked).or(contacts.first())?;
        let mut suggested = self.suggest(&looked_at.sorted, &looked_at.reading);
        for other in contacts.iter().filter(|contact| contact.id != looked_at.id) {
            let one = self.suggest(&other.sorted, &other.reading);
            if one.dissatisfied {
                suggested.dissatisfied = true;
                suggested.reason += &format!("; of contact {}: {}", other.id, one.reason);
            }
        }
        Some(suggested)
    }
}

const fn is_automatic(kind: ContactKind) -> bool {
    match kind {
        ContactKind::AutomaticReply
        | ContactKind::Bounce
        | ContactKind::DeliveryDelay
        | ContactKind::DeliveryReport
        | ContactKind::ReadReceipt
        | ContactKind::Challenge
        | ContactKind::OwnMail => true,
        ContactKind::New
        | ContactKind::Reply
        | ContactKind::Forwarded
        | ContactKind::List
        | ContactKind::Invitation => false,
    }
}
