//! Text as sentences and words. Lines of a paragraph belong together however they are broken; a list
//! item is a sentence of its own.

use std::borrow::Cow;

/// How many words most sentences have at most.
const USUAL: usize = 16;

/// A word as it is written and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// As written, without the punctuation around it.
    pub raw: &'a str,
    /// In small letters, with straight apostrophes.
    pub low: Cow<'a, str>,
    /// Whether something in brackets begins with it.
    pub bracketed: bool,
}

/// A sentence, or what stands by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    /// Its words.
    pub words: Vec<Word<'a>>,
    /// The line it begins in; 0 for a text that has no lines.
    pub line: usize,
    /// Whether it ends as sentences do.
    pub ended: bool,
}

impl Segment<'_> {
    /// As an officer recognises it: the first words of it.
    pub fn quoted(&self) -> String {
        const ENOUGH: usize = 30;
        let mut quoted = self.words.iter().take(ENOUGH).map(|word| word.raw).collect::<Vec<_>>().join(" ");
        if self.words.len() > ENOUGH {
            quoted.push_str(" …");
        }
        quoted
    }
}

/// The segments of a text whose first line has this number; 0 is a text without lines.
pub(super) fn segments(text: &str, first: usize) -> Vec<Segment<'_>> {
    let mut found = Vec::new();
    let mut open: Option<Segment<'_>> = None;
    for (at, line) in text.lines().enumerate() {
        let number = if first == 0 { 0 } else { first.saturating_add(at) };
        let trimmed = line.trim_start_matches(['>', ' ', '\t']);
        let rule = trimmed.chars().all(|c| matches!(c, '=' | '-' | ' '));
        let item = without_marker(trimmed);
        if rule || item.is_some() || trimmed.starts_with('#') {
            found.extend(open.take());
        }
        if rule {
            continue;
        }
        for part in item.unwrap_or(trimmed).split_whitespace() {
            let new = || Segment { words: Vec::with_capacity(USUAL), line: number, ended: false };
            let segment = open.get_or_insert_with(new);
            let raw = part.trim_matches(|c: char| !c.is_alphanumeric());
            if !raw.is_empty() {
                segment.words.push(Word { raw, low: lowered(raw), bracketed: part.starts_with('(') });
            }
            if part.trim_end_matches([')', '"', '\u{201d}', '\u{2019}', '*']).ends_with(['.', '!', '?', ';']) {
                segment.ended = true;
                found.extend(open.take());
            }
        }
    }
    found.extend(open);
    found.retain(|segment| !segment.words.is_empty());
    found
}

/// In small letters, with straight apostrophes: as nearly all words are written anyway.
fn lowered(word: &str) -> Cow<'_, str> {
    if !word.is_ascii() {
        Cow::Owned(word.to_lowercase().replace('\u{2019}', "'"))
    } else if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// What follows the bullet or number of a list item.
fn without_marker(line: &str) -> Option<&str> {
    let bare = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest =
        if bare.len() == line.len() { line.strip_prefix(['*', '-', '+'])? } else { bare.strip_prefix(['.', ')'])? };
    rest.starts_with(' ').then_some(rest)
}

/// The words of the text's beginning: all of them, or the first so many. The subject is not among them.
pub(super) fn opening<'s, 'a>(
    all: &'s [Segment<'a>],
    within: Option<usize>,
) -> impl Iterator<Item = &'s [Word<'a>]> + use<'s, 'a> {
    let mut left = within.unwrap_or(usize::MAX);
    all.iter().filter(|segment| segment.line > 0).map_while(move |segment| {
        let take = segment.words.len().min(left);
        left -= take;
        segment.words.get(..take).filter(|words| !words.is_empty())
    })
}
