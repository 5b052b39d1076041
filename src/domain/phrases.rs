//! Phrases looked for in what somebody wrote: by whole words, whatever their case, accents or simple
//! plural, and only in the sender's own words. Finding nothing means nothing.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use self::own_words::Whose;
use super::contact::{AttachedText, Reading};
use super::ids::EmailAddress;

mod own_words;

/// Whose letters a resident may quote: words in those are ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ours {
    /// Our addresses.
    pub addresses: Vec<EmailAddress>,
    /// The names beside them.
    pub names: Vec<String>,
}

/// Parts passages: no phrase has it, so none runs on from one passage into the next.
const PASSAGE_END: char = '\n';

/// Lists of phrases, ready to be looked for: all of them at once, in one walk over a text.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    ours: Ours,
    /// What is taken out of a text before it is read, in small letters, the longest first.
    taken_out: Vec<String>,
    lists: usize,
    /// Finds the folded phrases, each between blanks; `None` when there are none.
    finder: Option<AhoCorasick>,
    /// For each phrase of the finder its list and its place in it.
    places: Vec<(usize, usize)>,
}

impl Phrases {
    /// These lists; a phrase without a letter or digit is passed over.
    #[must_use]
    pub fn new<'a>(lists: impl IntoIterator<Item = &'a [String]>, ours: Ours) -> Self {
        let mut all = Self { ours, ..Self::default() };
        let mut phrases = Vec::new();
        for (at, list) in lists.into_iter().enumerate() {
            all.lists = at + 1;
            for (place, phrase) in list.iter().enumerate() {
                let mut words = " ".to_owned();
                fold(phrase, &mut words);
                if words.len() > 1 {
                    phrases.push(words);
                    all.places.push((at, place));
                }
            }
        }
        // It could only fail for phrases of gigabytes.
        all.finder = Some(phrases).filter(|phrases| !phrases.is_empty()).and_then(|it| AhoCorasick::new(it).ok());
        all
    }

    /// Which phrases of each list stand in the subject, in the sender's own words and in those of attached
    /// texts and messages: their places in the list, each once, in order.
    #[must_use]
    pub fn find(&self, reading: &Reading) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new(); self.lists];
        let Some(finder) = &self.finder else { return found };
        let answer = !reading.answers.is_empty();
        let mut passages = own_words::of(&reading.text, Whose::Others, answer, &self.ours);
        passages.push(reading.subject.clone());
        for AttachedText { from, text } in &reading.attached {
            let ours = from.as_ref().is_some_and(|from| self.ours.addresses.iter().any(|our| our.same_mailbox(from)));
            let whose = if ours { Whose::Ours } else { Whose::Others };
            passages.extend(own_words::of(text, whose, false, &self.ours));
        }
        let mut folded = String::with_capacity(passages.iter().map(|passage| passage.len() + 3).sum());
        for passage in &passages {
            folded.push(' ');
            fold(&self.without_our_names(passage), &mut folded);
            folded.push(PASSAGE_END);
        }
        for hit in finder.find_overlapping_iter(&folded) {
            let Some((list, place)) = self.places.get(hit.pattern().as_usize()) else { continue };
            found.get_mut(*list).into_iter().for_each(|places| places.push(*place));
        }
        for places in &mut found {
            places.sort_unstable();
            places.dedup();
        }
        found
    }

    /// The same, but our own addresses and names say nothing where they stand: whoever writes to complaints@ or
    /// quotes it has not complained by that.
    #[must_use]
    pub fn deaf_to_our_names(self) -> Self {
        let addresses = self.ours.addresses.iter().map(|address| address.as_str().to_lowercase());
        let names = self.ours.names.iter().map(|name| name.trim().to_lowercase());
        let mut taken_out: Vec<String> = addresses.chain(names).filter(|one| one.chars().count() > 3).collect();
        // The longer first: one may stand in another.
        taken_out.sort_by_key(|one| std::cmp::Reverse(one.len()));
        Self { taken_out, ..self }
    }

    fn without_our_names<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.taken_out.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(self.taken_out.iter().fold(text.to_lowercase(), |text, one| text.replace(one, " ")))
    }
}

/// Appends a text as its words are compared, each followed by a blank: small letters, without accents,
/// apostrophes and plural. Every message passes through here.
fn fold(text: &str, out: &mut String) {
    let mut start = out.len();
    for letter in text.chars() {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'A'..='Z' => out.push(letter.to_ascii_lowercase()),
            '\'' | '\u{2019}' => {}
            '\0'..='\x7f' => end_word(out, &mut start),
            _ => {
                let plain =
                    std::iter::once(letter).nfkd().filter(|one| !is_combining_mark(*one) && !is_invisible(*one));
                plain.for_each(|one| fold_one(one, out, &mut start));
            }
        }
    }
    end_word(out, &mut start);
}

fn fold_one(letter: char, out: &mut String, start: &mut usize) {
    match letter {
        '\'' | '\u{2019}' | '\u{2bc}' => {}
        letter if letter.is_alphanumeric() => out.extend(letter.to_lowercase()),
        _ => end_word(out, start),
    }
}

/// Ends the word that began at `start`, if one did.
fn end_word(out: &mut String, start: &mut usize) {
    if out.len() > *start {
        make_singular(out, *start);
        out.push(' ');
        *start = out.len();
    }
}

/// Soft hyphens and their like, which stand inside words and are not seen.
const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Takes a simple plural ending off the word that begins at `start`; both sides of a comparison pass
/// through here.
fn make_singular(out: &mut String, start: usize) {
    let word = out.get(start..).unwrap_or_default();
    if !word.ends_with('s') || word.chars().count() <= 3 {
        return;
    }
    let ies = word.ends_with("ies");
    let sibilant = ["ches", "shes", "sses", "xes", "zes"].iter().any(|ending| word.ends_with(ending));
    let ending = if ies {
        3
    } else if sibilant {
        2
    } else {
        usize::from(!word.ends_with("ss"))
    };
    out.truncate(out.len() - ending);
    if ies {
        out.push('y');
    }
}

#[cfg(test)]
mod tests;
