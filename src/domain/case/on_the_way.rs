//! A letter that has been approved and has not gone yet. What it says cannot be taken back, so until the mail
//! server has answered, or it has been posted, nothing that it says changes, and no letter that says otherwise is approved.

use super::Case;
use crate::domain::events::{CaseEvent, ExclusionEvent, OutcomeEvent, PostEvent};
use crate::domain::ids::LetterId;
use crate::domain::letter::{LetterKind, Purpose};

/// A letter on its way. Letters that only tell or ask something are none: the case does not follow from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnTheWay {
    /// The letter.
    pub letter: LetterId,
    /// Its kind.
    pub kind: LetterKind,
}

impl Case {
    /// Notes which letter is on its way after an event.
    pub(super) fn note_on_the_way(&mut self, event: &CaseEvent) {
        self.on_the_way = match event {
            CaseEvent::LetterApproved { letter, kind, .. } if kind.purpose() != Purpose::Tell => {
                Some(OnTheWay { letter: *letter, kind: *kind })
            }
            CaseEvent::AcknowledgementSent { .. }
            | CaseEvent::ExtensionSent { .. }
            | CaseEvent::Outcome(OutcomeEvent::ResponseSent { .. })
            | CaseEvent::Exclusion(ExclusionEvent::Told { .. }) => None,
            CaseEvent::LetterNotDelivered { letter, .. }
            | CaseEvent::LetterHeld { letter, .. }
            | CaseEvent::Post(PostEvent::Withdrawn { letter, .. }) => {
                self.on_the_way.filter(|waits| waits.letter != *letter)
            }
            // What rested on the letter that came back is looked at again.
            CaseEvent::LetterBounced { kind, .. } | CaseEvent::Post(PostEvent::Returned { kind, .. })
                if kind.purpose() != Purpose::Tell =>
            {
                None
            }
            _ => self.on_the_way,
        };
    }
}
