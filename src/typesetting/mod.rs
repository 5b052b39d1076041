//! Letters on paper: from the words of a letter to a tagged PDF (PDF/UA-1), by Typst. The layout is
//! `letter.typ`; the letter comes to it as data and never becomes part of it, so no word of a resident
//! or an officer can be read as layout. Nothing is read but that layout and our own fonts: no file, no
//! network, no font of the machine, so the same letter gives the same bytes everywhere.

#[cfg(feature = "pdf")]
mod press;

use serde::Serialize;

/// A letter to be printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sheet {
    /// What the document is called in a reader's window: the subject.
    pub title: String,
    /// The language of its words, such as `en-GB`: a screen reader reads them by it.
    pub language: String,
    /// How large its words are.
    pub print: Print,
    /// What stands at the head of every page of a letter that must not leave the house.
    pub mark: Option<String>,
    /// The letterhead, a line each: the landlord's name first.
    pub letterhead: Vec<String>,
    /// Whom it goes to, a line each, where the window of an envelope shows it.
    pub to: Vec<String>,
    /// What stands at the foot of every page beside the page's number: the case's reference.
    pub foot: String,
    /// The letter itself.
    pub body: Vec<Block>,
}

/// How large the words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Print {
    /// 11 points.
    Standard,
    /// 18 points and more, flowing over as many pages as that takes.
    Large,
}

/// A block of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A heading and its level, from 1; no level is left out on the way down (PDF/UA).
    Heading(u8, Vec<Words>),
    /// A paragraph.
    Paragraph(Vec<Words>),
    /// A list, numbered from a number or with bullets: the blocks of each item.
    List(Option<u64>, Vec<Vec<Block>>),
    /// A quotation.
    Quote(Vec<Block>),
    /// A line across.
    Rule,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Words {
    /// Words.
    Text(String),
    /// Important words.
    Strong(Vec<Words>),
    /// Stressed words.
    Emphasis(Vec<Words>),
    /// A link and its words.
    Link(String, Vec<Words>),
    /// The line ends here.
    Break,
}

/// Why a letter cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintFault {
    /// Our fonts have no shape for some characters; what they name would be missing on paper.
    #[error("no font has {}; write {} in other letters", named(.0), if .0.len() == 1 { "it" } else { "them" })]
    NoShape(Vec<char>),
    /// The layout failed, or the rules of PDF/UA would be broken: a fault of ours.
    #[error("the letter cannot be laid out: {0}")]
    Layout(String),
    /// The program was built without the feature `pdf`.
    #[error("this complaintsd was built without PDF: build it with the feature `pdf`")]
    NotBuilt,
}

/// Up to five characters with their numbers.
fn named(characters: &[char]) -> String {
    let mut names: Vec<String> =
        characters.iter().take(5).map(|c| format!("'{c}' (U+{:04X})", u32::from(*c))).collect();
    if characters.len() > names.len() {
        names.push(format!("{} more", characters.len() - names.len()));
    }
    crate::domain::words::list(&names)
}

/// The characters of a text that no font of ours can show: a letter with them cannot be printed.
#[must_use]
pub fn without_shape(text: &str) -> Vec<char> {
    #[cfg(feature = "pdf")]
    return press::without_shape(text);
    #[cfg(not(feature = "pdf"))]
    {
        let _ = text;
        Vec::new()
    }
}

/// Prints a letter: the bytes of a PDF. It takes some milliseconds of work and waits for nothing; the
/// first one takes longer, because the fonts are read then.
///
/// # Errors
/// [`PrintFault`]
pub fn print(sheet: &Sheet) -> Result<Vec<u8>, PrintFault> {
    #[cfg(feature = "pdf")]
    return press::print(sheet);
    #[cfg(not(feature = "pdf"))]
    {
        let _ = sheet;
        Err(PrintFault::NotBuilt)
    }
}
