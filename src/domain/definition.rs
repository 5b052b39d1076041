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
    /// Its number in the case, to which its answer is bound; 0 until it is taken into the complaint.
    pub number: u32,
    /// What the resident complains about, in our words.
    pub text: String,
    /// Who is responsible for it.
    pub responsibility: Responsibility,
}

/// A complaint definition. Its points are numbered by their place until the resident has been told of them;
/// then each keeps its number, whatever becomes of the others.
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

    /// With a number for every point that has none: the one that the point at its place would have in a
    /// definition nobody has changed, as all had that were stored before points kept their numbers.
    #[must_use]
    pub fn numbered(mut self) -> Self {
        for (place, point) in (1..).zip(&mut self.points) {
            if point.number == 0 {
                point.number = place;
            }
        }
        self
    }

    /// The number that the next point gets.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.points.iter().map(|point| point.number).max().unwrap_or(0).saturating_add(1)
    }

    /// The point with this number.
    #[must_use]
    pub fn point(&self, number: u32) -> Option<&Point> {
        self.points.iter().find(|point| point.number == number)
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
