//! Triage: what a case is. The words suggest it, each with its reason; an officer decides, with theirs, and
//! can decide anew at any time (1.2 to 1.6, 6.1).
//!
//! Invariant: a suggestion is a value that nothing acts on. Until an officer has decided otherwise a case is
//! a complaint whose clock runs, and what turned out to be something else comes back as soon as the resident
//! writes again.

use jiff::Timestamp;
use jiff::civil::Date;

use super::ids::{CaseRef, ContactId};
use super::keyed::keyed;

mod suggest;

pub use suggest::{Sign, Suggested, TriageWords};

keyed! {
    /// What a case can be.
    pub enum TriageKind, "kind" {
        /// An expression of dissatisfaction, however made (1.2).
        Complaint => "complaint", "complaint";
        /// It asks for something to be put right (1.4).
        ServiceRequest => "service-request", "service request";
        /// What somebody wrote in a survey (1.6).
        SurveyComment => "survey-comment", "survey comment";
        /// It asks a question.
        Enquiry => "enquiry", "enquiry";
        /// Somebody else looks after it.
        NotForUs => "not-for-us", "not for us";
        /// A machine wrote it.
        Automatic => "automatic", "automatic message";
    }
}

keyed! {
    /// How much something weighs (6.1).
    pub enum Weight, "weight" {
        /// Little.
        Low => "low", "low";
        /// Some.
        Medium => "medium", "medium";
        /// Much.
        High => "high", "high";
    }
}

keyed! {
    /// What a resident said when they were offered the choice to complain (1.3).
    pub enum Answer, "answer" {
        /// They have not answered yet.
        NoAnswerYet => "no-answer-yet", "they have not answered yet";
        /// They do not want to complain.
        Declined => "declined", "they do not want to complain";
        /// They do.
        Complain => "complain", "they want to complain";
    }
}

/// Whether an officer has said what a case is. The clock does not wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Triage {
    /// Nobody has decided yet: it counts as a complaint.
    ToBeTriaged,
    /// An officer has decided.
    As(TriageKind),
}

impl Triage {
    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ToBeTriaged => "to-be-triaged",
            Self::As(kind) => kind.key(),
        }
    }

    /// The triage with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        if key == Self::ToBeTriaged.key() { Some(Self::ToBeTriaged) } else { key.parse().ok().map(Self::As) }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::ToBeTriaged => "to be triaged",
            Self::As(kind) => kind.words(),
        }
    }

    /// Whether an officer has decided that it is something else than a complaint.
    #[must_use]
    pub const fn is_other(self) -> bool {
        !matches!(self, Self::ToBeTriaged | Self::As(TriageKind::Complaint))
    }
}

/// What orders the queue among cases due on the same day (6.1): never a reason to miss a date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weights {
    /// How much there is to look into.
    pub complexity: Option<Weight>,
    /// How vulnerable the household is.
    pub vulnerability: Option<Weight>,
    /// What may happen while they wait.
    pub risk: Option<Weight>,
}

impl Weights {
    /// These, and where they say nothing, the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            complexity: self.complexity.or(other.complexity),
            vulnerability: self.vulnerability.or(other.vulnerability),
            risk: self.risk.or(other.risk),
        }
    }

    /// Its place among those due on the same day, 0 to 26: risk weighs most, then vulnerability, then
    /// complexity. What nobody has weighed counts as medium, so that it sinks below nothing.
    #[must_use]
    pub fn urgency(self) -> u8 {
        let value = |weight: Option<Weight>| match weight {
            Some(Weight::Low) => 0,
            Some(Weight::Medium) | None => 1,
            Some(Weight::High) => 2,
        };
        value(self.risk) * 9 + value(self.vulnerability) * 3 + value(self.complexity)
    }

    /// In words; empty when nothing was weighed.
    #[must_use]
    pub fn in_words(self) -> String {
        let named = [("complexity", self.complexity), ("vulnerability", self.vulnerability), ("risk", self.risk)];
        let said = named.iter().filter_map(|(name, weight)| weight.map(|weight| format!("{name} {}", weight.words())));
        said.collect::<Vec<_>>().join(", ")
    }
}

/// Whether the resident was offered the choice to complain (1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// No.
    NotOffered,
    /// Yes, and this is what they said.
    Offered(Answer),
}

/// Who follows up what is not a complaint, and when it is looked at again (1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// A person or a team.
    pub owner: String,
    /// When it is reviewed next.
    pub review_by: Date,
}

/// What an officer decided a case to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageDecision {
    /// What it is.
    pub kind: TriageKind,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What the words suggested, when they were looked at.
    pub suggested: Option<Suggested>,
    /// Whether the resident was offered the choice to complain.
    pub choice: Choice,
    /// Who follows it up.
    pub follow_up: Option<FollowUp>,
}

/// A message to what is not a complaint: it may be one, until an officer has looked at it (1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// The message.
    pub contact: ContactId,
    /// When it was received: day 0, if it is a complaint.
    pub received_at: Timestamp,
    /// When the acknowledgement would be due.
    pub acknowledge_by: Option<Date>,
}

/// What triage has recorded of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Triaged {
    /// The newest decision; `None` also where a complaint was taken up by defining it.
    pub decision: Option<TriageDecision>,
    /// What orders the queue.
    pub weights: Weights,
    /// Messages since it was decided to be something else.
    pub again: Vec<Again>,
    /// The complaints raised from it.
    pub raised: Vec<CaseRef>,
    /// What it was raised from.
    pub from: Option<CaseRef>,
}

impl Triaged {
    /// The first message that waits to be triaged anew.
    #[must_use]
    pub fn first_again(&self) -> Option<&Again> {
        self.again.iter().min_by_key(|again| again.received_at)
    }

    /// Who follows it up.
    #[must_use]
    pub fn follow_up(&self) -> Option<&FollowUp> {
        self.decision.as_ref().and_then(|decision| decision.follow_up.as_ref())
    }
}

#[cfg(test)]
mod tests;
