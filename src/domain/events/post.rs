//! What happens to a letter on paper after its approval.

use jiff::civil::Date;

use super::open_ended;
use crate::domain::case::Case;
use crate::domain::ids::LetterId;
use crate::domain::letter::LetterKind;
use crate::domain::post::{PostalAddress, Posting};
use crate::domain::words;

/// What happened to a letter on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostEvent {
    /// An officer recorded that it was posted. What follows from that is an event of its own.
    Posted {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// When, by whom and how.
        posting: Posting,
        /// Where to.
        address: PostalAddress,
    },
    /// The post brought it back: it did not reach the resident.
    Returned {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// When it came back.
        on: Date,
        /// What the post says, such as `addressee gone away`.
        reason: String,
        /// Where it had gone.
        address: PostalAddress,
    },
    /// It was not posted after all.
    Withdrawn {
        /// The letter.
        letter: LetterId,
        /// Its kind.
        kind: LetterKind,
        /// Why.
        reason: String,
    },
}

impl PostEvent {
    /// Changes the case as it happened.
    pub(in crate::domain) fn apply(&self, mut case: Case) -> Case {
        if let Self::Returned { letter, on, address, .. } = self {
            case.unsend(*letter);
            if let Some(postal) = case.people.postal.as_mut().filter(|postal| postal.address == *address) {
                postal.returned_on = Some(*on);
            }
        }
        case
    }

    /// What happened, in a sentence for officers.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Posted { kind, posting, .. } => {
                let class = Some(&posting.class).filter(|class| !class.is_empty());
                let class = class.map_or_else(String::new, |class| format!(" ({class})"));
                format!("The {kind} was posted {} by {}{class}.", words::instant(posting.at), posting.by)
            }
            Self::Returned { kind, on, reason, .. } => format!(
                "The {kind} came back by post on {}: {}. It counts as not sent; ask the resident for another address.",
                words::date(*on),
                open_ended(reason)
            ),
            Self::Withdrawn { kind, reason, .. } => {
                format!("The {kind} was withdrawn before it was posted: {}.", open_ended(reason))
            }
        }
    }
}
