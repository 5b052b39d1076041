//! The two stages of the complaint procedure. Nothing else can be expressed: there is no informal
//! stage and no third one (Code 5.2, 5.3).

use std::fmt;

/// A stage of the complaint procedure (Code 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Stage 1 (Code 6.2 to 6.9).
    One,
    /// Stage 2, the final one (Code 6.10 to 6.20).
    Two,
}

impl Stage {
    /// 1 or 2.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The stage with this number.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage {}", self.number())
    }
}
