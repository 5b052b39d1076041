//! A stored letter in the other formats its reader may need: in large print, and on paper. Everything
//! is made from the Markdown that was approved, so every format says the same.

use super::Rendered;
use super::formats::paper::parted;
use super::formats::{self, Block, Formatted, Inline, Tree};
use crate::domain::circumstances::LetterFormat;
use crate::domain::landlord::Landlord;
use crate::typesetting::{self, Print, PrintFault, Sheet};

/// A letter that is to be printed, and what stands around it on paper.
#[derive(Debug, Clone, Copy)]
pub struct Printed<'a> {
    /// Its subject: what the document is called.
    pub subject: &'a str,
    /// Its words.
    pub markdown: &'a str,
    /// Their language, as HTML names it.
    pub language: &'a str,
    /// The case's reference, for the foot of every page.
    pub reference: &'a str,
    /// What every page of a letter says that must not leave the house, such as a draft.
    pub mark: Option<&'a str>,
    /// Who writes.
    pub landlord: &'a Landlord,
    /// The name of whom it is written to.
    pub to: &'a str,
    /// The lines of their postal address, once it is known.
    pub address: &'a [String],
}

/// What every page of a draft says.
pub const DRAFT: &str = "Draft, not approved: do not send";

/// The language of a stored letter, which its HTML names; English where it has no HTML beside its text.
#[must_use]
pub fn language_of(html: &str) -> &str {
    let (_, rest) = html.split_once("<html lang=\"").unwrap_or_default();
    rest.split_once('"').map_or(super::ENGLISH, |(tag, _)| tag)
}

/// The letter, in words of this language, in a format.
#[must_use]
pub fn formatted(subject: &str, markdown: &str, language: &str, format: LetterFormat) -> Formatted {
    formats::format(&formats::tree(markdown), (subject, language), format)
}

/// The same words in the format that their reader needs.
#[must_use]
pub fn in_format(rendered: Rendered, format: LetterFormat) -> Rendered {
    if format == LetterFormat::Standard {
        return rendered;
    }
    let Formatted { text, html } = formatted(&rendered.subject, &rendered.markdown, &rendered.language, format);
    Rendered { text, html: html.unwrap_or_default(), ..rendered }
}

/// The letter as a PDF, in large print where that is wanted. Ordinary work of some milliseconds: never
/// on a thread that serves others.
///
/// # Errors
/// [`PrintFault`], which names characters that cannot be printed.
pub fn print(letter: &Printed<'_>, format: LetterFormat) -> Result<Vec<u8>, PrintFault> {
    let print = if format == LetterFormat::LargePrint { Print::Large } else { Print::Standard };
    let title = if letter.subject.is_empty() { letter.reference } else { letter.subject };
    let mut tree = formats::tree(letter.markdown);
    let letterhead = letterhead(letter.landlord, print);
    drop_sender(&mut tree, &letter.landlord.name);
    typesetting::print(&Sheet {
        title: if letter.mark.is_some() { format!("Draft: {title}") } else { title.to_owned() },
        print,
        language: letter.language.to_owned(),
        mark: letter.mark.map(ToOwned::to_owned),
        letterhead,
        to: lines(std::iter::once(letter.to).chain(letter.address.iter().map(String::as_str)), print),
        foot: letter.reference.to_owned(),
        body: tree.to_paper(title, print),
    })
}

/// What keeps these words from being printed, if anything does: characters that no font of ours has.
#[must_use]
pub fn unprintable(words: &str) -> Option<PrintFault> {
    let missing = typesetting::without_shape(words);
    (!missing.is_empty()).then_some(PrintFault::NoShape(missing))
}

fn letterhead(landlord: &Landlord, print: Print) -> Vec<String> {
    let address = landlord.address.join(", ");
    let website = landlord.website.as_deref().unwrap_or_default();
    lines([landlord.name.as_str(), &address, &landlord.phone, landlord.email.as_str(), website], print)
}

/// The lines that say something, without what no letter may contain.
fn lines<'a>(all: impl IntoIterator<Item = &'a str>, print: Print) -> Vec<String> {
    let lines = all.into_iter().map(super::escape::one_line).filter(|line| !line.is_empty());
    lines.map(|line| parted(&line, print)).collect()
}

/// The letterhead says who writes: a letter that begins with the same words need not say it again.
fn drop_sender(tree: &mut Tree, landlord: &str) {
    if let Some(Block::Paragraph(words)) = tree.blocks.first_mut()
        && let [Inline::Text(first), Inline::Break, _, ..] = words.as_slice()
        && first.trim() == landlord.trim()
    {
        words.drain(..2);
    }
}
