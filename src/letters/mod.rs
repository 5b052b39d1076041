//! Letters to residents and notices to the landlord's own people: from a view of a case to the text
//! and HTML that are approved and sent. The same view and templates always give the same bytes, and
//! no value can become anything but words.

pub mod alarm_notice;
pub mod answers;
pub mod contact_notices;
pub mod context;
pub mod desk;
pub mod digest_notice;
pub mod draft;
mod elements;
pub mod escape;
mod formats;
pub mod incident_notice;
mod judging;
mod lint;
mod loading;
pub mod notices;
pub mod printing;
mod samples;
pub mod shelf;
mod spliced;
pub mod task_notice;
pub mod telling;
pub mod templates;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use alarm_notice::{AlarmRow, AlarmsView};
pub use answers::{RefusalView, ResponseView};
pub use contact_notices::{HandOverListView, HandOverView, ReceiptView, WaitingContactsView};
pub use context::{AcknowledgementView, CommonView, ExtensionParts, ExtensionView, OfficersParts, Setting, View};
pub use digest_notice::DigestView;
pub use formats::Formatted;
pub use incident_notice::IncidentView;
pub use notices::{CheckpointView, Due, OverdueListView, ReminderView};
pub use shelf::Shelf;
pub use task_notice::TaskView;
pub use telling::TellView;
pub use templates::{RenderFault, TemplateFault, Templates};

use crate::domain::code::HandlingCode;
use crate::domain::ids::Digest;
use crate::domain::letter::{ElementCheck, LetterKind, NoticeKind, check_elements};
use crate::domain::words;

/// The language of every letter that has no words in another.
pub const ENGLISH: &str = "en-GB";

/// What a folder in `letter-templates/` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A letter to a resident.
    Letter(LetterKind),
    /// A message to the landlord's own people.
    Notice(NoticeKind),
}

impl Kind {
    /// All kinds.
    #[must_use]
    pub fn all() -> Vec<Self> {
        LetterKind::ALL.map(Self::Letter).into_iter().chain(NoticeKind::ALL.map(Self::Notice)).collect()
    }

    /// The folder in `letter-templates/`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Letter(kind) => kind.key(),
            Self::Notice(kind) => kind.key(),
        }
    }
}

/// The text names no kind of letter or notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind '{asked}'; the kinds are {}", known())]
pub struct UnknownKind {
    asked: String,
}

fn known() -> String {
    words::list(&Kind::all().iter().map(ToString::to_string).collect::<Vec<_>>())
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().into_iter().find(|kind| kind.key() == text).ok_or_else(|| UnknownKind { asked: text.to_owned() })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A letter or notice as rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What it is.
    pub kind: Kind,
    /// The subject: one line without control characters.
    pub subject: String,
    /// The Markdown it was made from.
    pub markdown: String,
    /// Plain text.
    pub text: String,
    /// The language of its words, as HTML names it.
    pub language: String,
    /// A complete HTML document; empty where the resident needs plain text and nothing beside it.
    pub html: String,
    /// What each marked element says, as plain text; empty when it says nothing.
    pub passages: BTreeMap<String, String>,
    /// The digest of the templates used.
    pub template_digest: Digest,
}

impl Rendered {
    /// The digest of what the resident will read: subject, text and HTML, each preceded by its
    /// length in bytes (eight bytes, big-endian). An approval binds to it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_texts([&self.subject, &self.text, &self.html].map(String::as_str))
    }
}

/// What the Code requires of this letter, each with the passage that says it or none. A notice needs
/// nothing.
#[must_use]
pub fn checked(code: &HandlingCode, rendered: &Rendered) -> Vec<ElementCheck> {
    match rendered.kind {
        Kind::Letter(kind) => check_elements(code.required(kind), &rendered.passages),
        Kind::Notice(_) => Vec::new(),
    }
}
