//! The complaint definition: our numbered statement of the complaint and of the outcomes sought
//! (Code 5.6), with who is responsible for each point (5.7).

use std::fmt;

/// Who is responsible for what a point complains about (Code 5.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Responsibility {
    /// The landlord.
    Ours,
    /// Somebody else, who is named.
    NotOurs {
        /// Who is responsible.
        whose: String,
    },
    /// Not known yet; the letter says that we are finding out.
    Unclear,
}

/// One numbered point of a complaint definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// What the resident complains about, in our words.
    pub text: String,
    /// Who is responsible for it.
    pub responsibility: Responsibility,
}

/// A complaint definition. Points are numbered by their place, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// The points, in order.
    pub points: Vec<Point>,
    /// The outcomes the resident seeks, in order.
    pub outcomes: Vec<String>,
}

impl Definition {
    /// Whether nothing has been written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty() && self.outcomes.is_empty()
    }

    /// The definition without blank points and outcomes, and with white space trimmed.
    #[must_use]
    pub fn tidied(self) -> Self {
        let points = self
            .points
            .into_iter()
            .map(|point| Point { text: point.text.trim().to_owned(), ..point })
            .filter(|point| !point.text.is_empty())
            .collect();
        let outcomes = self
            .outcomes
            .into_iter()
            .map(|outcome| outcome.trim().to_owned())
            .filter(|outcome| !outcome.is_empty())
            .collect();
        Self { points, outcomes }
    }
}

impl fmt::Display for Responsibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => f.write_str("us"),
            Self::NotOurs { whose } => write!(f, "not us, but {whose}"),
            Self::Unclear => f.write_str("not clear yet"),
        }
    }
}
