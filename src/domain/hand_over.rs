//! Words in a message that must not wait for triage: a hazard in a home (Awaab's Law, SI 2025/1042), a
//! request for personal data, a data breach. Finding is by whole words, whatever their case, accents
//! or simple plural. It never says that anything is *not* urgent: no words found means nothing.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use self::own_words::Whose;
use super::contact::{AttachedText, Mark, Reading};
use super::ids::EmailAddress;

mod own_words;
#[cfg(test)]
mod tests;

/// One list of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordList {
    /// Its name, as marks keep it, such as `hazard`.
    pub name: String,
    /// What it is called on pages and in notices, such as `Possible hazard in a home`.
    pub title: String,
    /// The words and phrases.
    pub words: Vec<String>,
    /// How pressing it is.
    pub haste: Haste,
    /// Who is told at once.
    pub notify: EmailAddress,
}

/// How pressing the words of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// Somebody must look at once.
    Urgent,
    /// It must be noticed, within days.
    Noticed,
}

/// Whose letters a resident may quote: words in those are ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ours {
    /// Our addresses.
    pub addresses: Vec<EmailAddress>,
    /// The names beside them.
    pub names: Vec<String>,
}

/// All lists, ready to be looked for.
#[derive(Debug, Clone, Default)]
pub struct WordLists {
    lists: Vec<WordList>,
    ours: Ours,
    /// By first word: the list, the place of the phrase in it, and all of its words.
    phrases: BTreeMap<String, Vec<(usize, usize, Vec<String>)>>,
}

impl WordLists {
    /// These lists; a phrase without a letter or digit is passed over.
    #[must_use]
    pub fn new(lists: Vec<WordList>, ours: Ours) -> Self {
        let mut phrases: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (at, list) in lists.iter().enumerate() {
            for (place, phrase) in list.words.iter().enumerate() {
                let words: Vec<String> = folded(phrase).split_ascii_whitespace().map(str::to_owned).collect();
                if let Some(first) = words.first() {
                    phrases.entry(first.clone()).or_default().push((at, place, words));
                }
            }
        }
        Self { lists, ours, phrases }
    }

    /// The lists.
    #[must_use]
    pub fn lists(&self) -> &[WordList] {
        &self.lists
    }

    /// The list of this name, unless the configuration has lost it.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&WordList> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// Whether a mark is urgent. One whose list is no longer known is.
    #[must_use]
    pub fn is_urgent(&self, mark: &Mark) -> bool {
        self.list(&mark.list).is_none_or(|list| list.haste == Haste::Urgent)
    }

    /// What is found in the subject, in the sender's own words and in those of attached texts and
    /// messages: a mark for each list with a find.
    #[must_use]
    pub fn find(&self, reading: &Reading) -> Vec<Mark> {
        if self.phrases.is_empty() {
            return Vec::new();
        }
        let mut found = vec![Vec::new(); self.lists.len()];
        let answer = !reading.answers.is_empty();
        let mut passages = own_words::of(&reading.text, Whose::Others, answer, &self.ours);
        passages.push(reading.subject.clone());
        for AttachedText { from, text } in &reading.attached {
            let ours = from.as_ref().is_some_and(|from| self.ours.addresses.iter().any(|our| our.same_mailbox(from)));
            let whose = if ours { Whose::Ours } else { Whose::Others };
            passages.extend(own_words::of(text, whose, false, &self.ours));
        }
        for passage in &passages {
            let passage = folded(passage);
            self.find_in(&passage.split_ascii_whitespace().collect::<Vec<_>>(), &mut found);
        }
        let marks = self.lists.iter().zip(found).filter(|(_, places)| !places.is_empty());
        marks
            .map(|(list, mut places)| {
                places.sort_unstable();
                places.dedup();
                let words = places.iter().filter_map(|place: &usize| list.words.get(*place).cloned()).collect();
                Mark { list: list.name.clone(), words }
            })
            .collect()
    }

    fn find_in(&self, words: &[&str], found: &mut [Vec<usize>]) {
        for (at, word) in words.iter().enumerate() {
            for (list, place, phrase) in self.phrases.get(*word).into_iter().flatten() {
                let here = words.get(at..at.saturating_add(phrase.len())).unwrap_or_default();
                if let Some(places) = found.get_mut(*list).filter(|_| phrase.iter().eq(here)) {
                    places.push(*place);
                }
            }
        }
    }
}

/// A text as its words are compared, parted by spaces: small letters, without accents, apostrophes and
/// plural. Every message passes through here.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut start = 0;
    for letter in text.chars() {
        if letter.is_ascii() {
            fold(letter, &mut out, &mut start);
        } else {
            let plain = std::iter::once(letter).nfkd().filter(|one| !is_combining_mark(*one) && !is_invisible(*one));
            plain.for_each(|one| fold(one, &mut out, &mut start));
        }
    }
    end_word(&mut out, &mut start);
    out
}

fn fold(letter: char, out: &mut String, start: &mut usize) {
    match letter {
        'a'..='z' | '0'..='9' => out.push(letter),
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
