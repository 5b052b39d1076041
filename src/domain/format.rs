//! The format a resident needs a letter in. What a letter says never depends on it.

/// How a letter is made for its reader (Equality Act 2010 s 20, Code 5.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LetterFormat {
    /// Text and HTML in ordinary sizes.
    #[default]
    Standard,
    /// At least 18 points, flowing over as many pages as that takes.
    LargePrint,
    /// Plain text and nothing beside it.
    PlainText,
}

impl LetterFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Standard, Self::LargePrint, Self::PlainText];

    /// The name in records and on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::LargePrint => "large-print",
            Self::PlainText => "plain-text",
        }
    }

    /// The format with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.key() == key)
    }
}

/// What goes with a letter sent by e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// Nothing: text and HTML are the letter.
    Nothing,
    /// The same letter as a PDF.
    Pdf,
}
