//! The outcome of a stage: a finding with its reasons for every point of the definition (6.7), what is
//! offered to put things right (7.1 to 7.3) and what is promised. The overall decision is never written
//! down: it follows from the findings.

use std::fmt;

use jiff::civil::Date;

use super::definition::Definition;
use super::ids::LetterId;

/// What was found of a point, or overall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// The resident is right.
    Upheld,
    /// In part.
    PartlyUpheld,
    /// Nothing was found to be wrong.
    NotUpheld,
}

impl Finding {
    /// All findings.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::PartlyUpheld, Self::NotUpheld];

    /// The name in the database, in forms and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::PartlyUpheld => "partly-upheld",
            Self::NotUpheld => "not-upheld",
        }
    }

    /// The finding with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.key() == key)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Upheld => "upheld",
            Self::PartlyUpheld => "partly upheld",
            Self::NotUpheld => "not upheld",
        })
    }
}

/// The answer to one point of the definition (6.7).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The number of the point it answers; 0 until it is bound to one.
    pub point: u32,
    /// What was found; `None` until decided.
    pub finding: Option<Finding>,
    /// Why.
    pub reasons: String,
    /// The policy, law or good practice it rests on; blank where there is none to cite.
    pub cited: String,
}

/// The eight kinds of remedy (7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemedyKind {
    /// Saying sorry.
    Apology,
    /// Acknowledging where things have gone wrong.
    Acknowledgement,
    /// An explanation, assistance or reasons.
    Explanation,
    /// Taking action where there has been delay.
    ActionOnDelay,
    /// Reconsidering or changing a decision.
    Reconsideration,
    /// Amending a record, or adding a correction to it.
    Correction,
    /// Money.
    Money,
    /// Changing policies, procedures or practice.
    ChangedPractice,
}

impl RemedyKind {
    /// All kinds, in the order of the Code.
    pub const ALL: [Self; 8] = [
        Self::Apology,
        Self::Acknowledgement,
        Self::Explanation,
        Self::ActionOnDelay,
        Self::Reconsideration,
        Self::Correction,
        Self::Money,
        Self::ChangedPractice,
    ];

    /// The name in the database, in forms and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Apology => "apology",
            Self::Acknowledgement => "acknowledgement",
            Self::Explanation => "explanation",
            Self::ActionOnDelay => "action-on-delay",
            Self::Reconsideration => "reconsideration",
            Self::Correction => "correction",
            Self::Money => "money",
            Self::ChangedPractice => "changed-practice",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

impl fmt::Display for RemedyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apology => "an apology",
            Self::Acknowledgement => "acknowledging what went wrong",
            Self::Explanation => "an explanation, help or reasons",
            Self::ActionOnDelay => "action to end a delay",
            Self::Reconsideration => "looking at a decision again",
            Self::Correction => "correcting a record",
            Self::Money => "money",
            Self::ChangedPractice => "changing how we work",
        })
    }
}

/// An amount of money in pence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pence(pub u64);

impl fmt::Display for Pence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "£{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// One thing offered to put things right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Which of the eight kinds.
    pub kind: RemedyKind,
    /// What will be or has been done (7.3).
    pub what: String,
    /// The effect on the resident that it answers (7.2).
    pub impact: String,
    /// For money: how much.
    pub amount: Option<Pence>,
    /// By when (7.3); `None` when it is done with the letter itself.
    pub by: Option<Date>,
}

/// Something promised that is still to be done (6.6, 7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// What.
    pub what: String,
    /// Who does it.
    pub owner: String,
    /// By when.
    pub by: Date,
}

/// The outcome of a stage, as far as it has been written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The answers, each bound to its point.
    pub answers: Vec<Answer>,
    /// What is offered.
    pub remedies: Vec<Remedy>,
    /// Why nothing is offered, when something was upheld and nothing is.
    pub no_remedy: String,
    /// What is still to be done.
    pub promises: Vec<Promise>,
}

impl Outcome {
    /// The answer to a point.
    #[must_use]
    pub fn answer(&self, point: u32) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.point == point)
    }

    /// With each answer that names no point bound to the point at its place, as all were that were stored
    /// before answers named theirs.
    #[must_use]
    pub fn bound_to(mut self, definition: &Definition) -> Self {
        for (answer, point) in self.answers.iter_mut().zip(&definition.points) {
            if answer.point == 0 {
                answer.point = point.number;
            }
        }
        self
    }

    /// The same where the definition is no longer known: points were numbered by their place.
    #[must_use]
    pub fn bound_by_place(mut self) -> Self {
        for (place, answer) in (1..).zip(&mut self.answers) {
            if answer.point == 0 {
                answer.point = place;
            }
        }
        self
    }

    /// The overall decision; `None` until every point has its finding.
    #[must_use]
    pub fn decision(&self) -> Option<Finding> {
        let findings: Vec<Finding> = self.answers.iter().map(|answer| answer.finding).collect::<Option<_>>()?;
        let first = *findings.first()?;
        Some(if findings.iter().all(|finding| *finding == first) { first } else { Finding::PartlyUpheld })
    }

    /// What is missing before a response can rest on it, each with its provision; empty when nothing is.
    #[must_use]
    pub fn lacks(&self, definition: &Definition) -> Vec<String> {
        let mut lacks = Vec::new();
        if self.answers.len() > definition.points.len() {
            lacks.push("one answer for each point and no more: there are more answers than points (6.7)".to_owned());
        }
        for number in definition.points.iter().map(|point| point.number) {
            let answer = self.answer(number);
            if answer.is_none_or(|answer| answer.finding.is_none()) {
                lacks.push(format!("a finding for point {number} (6.7)"));
            }
            if answer.is_none_or(|answer| answer.reasons.trim().is_empty()) {
                lacks.push(format!("the reasons for point {number} (6.7)"));
            }
        }
        if self.upholds() && self.offers_nothing() {
            lacks.push("a remedy, or why there is none (7.1)".to_owned());
        }
        for (number, remedy) in (1..).zip(&self.remedies) {
            if remedy.what.trim().is_empty() {
                lacks.push(format!("what remedy {number} is (7.3)"));
            }
            if remedy.impact.trim().is_empty() {
                lacks.push(format!("the effect on the resident that remedy {number} answers (7.2)"));
            }
            if remedy.kind == RemedyKind::Money && remedy.amount.is_none_or(|amount| amount.0 == 0) {
                lacks.push(format!("the amount of remedy {number} (7.1)"));
            }
        }
        for (number, promise) in (1..).zip(&self.promises) {
            if promise.what.trim().is_empty() || promise.owner.trim().is_empty() {
                lacks.push(format!("what action {number} is and who does it (7.3)"));
            }
        }
        lacks
    }

    /// Whether a point is upheld, even in part.
    #[must_use]
    pub fn upholds(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer.finding, Some(Finding::Upheld | Finding::PartlyUpheld)))
    }

    /// Whether nothing is offered, and no reason given for it.
    #[must_use]
    pub fn offers_nothing(&self) -> bool {
        self.remedies.is_empty() && self.no_remedy.trim().is_empty()
    }

    /// What is to be done once the response has gone: what was promised, and whatever is offered by a day,
    /// which the handler sees to (6.6, 7.3).
    #[must_use]
    pub fn to_be_done(&self, handler: &str) -> Vec<Promise> {
        let offered = self.remedies.iter().filter_map(|remedy| {
            let amount = remedy.amount.map(|amount| format!(", {amount}")).unwrap_or_default();
            Some(Promise { what: format!("{}{amount}", remedy.what), owner: handler.to_owned(), by: remedy.by? })
        });
        self.promises.iter().cloned().chain(offered).collect()
    }

    /// All money offered.
    #[must_use]
    pub fn money(&self) -> Pence {
        Pence(
            self.remedies.iter().filter_map(|remedy| remedy.amount).fold(0, |sum, amount| sum.saturating_add(amount.0)),
        )
    }
}

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionState {
    /// Still to be done.
    Open,
    /// Done.
    Done {
        /// When.
        on: Date,
        /// What shows it.
        evidence: String,
    },
    /// It goes on outside this case.
    CarriedOver {
        /// Where to, and why.
        reason: String,
    },
}

/// Something promised to the resident and tracked until it is done (6.6, 6.17, 7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its number in the case, from 1; never used twice.
    pub number: u32,
    /// What was promised.
    pub promise: Promise,
    /// The response that promised it; `None` when it was added later.
    pub letter: Option<LetterId>,
    /// Where it stands.
    pub state: ActionState,
}

#[cfg(test)]
mod tests;
