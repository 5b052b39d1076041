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
                let words = words_of(phrase);
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
            self.find_in(&words_of(passage), &mut found);
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

    fn find_in(&self, words: &[String], found: &mut [Vec<usize>]) {
        for (at, word) in words.iter().enumerate() {
            for (list, place, phrase) in self.phrases.get(word).into_iter().flatten() {
                let here = words.get(at..at.saturating_add(phrase.len()));
                if let Some(places) = found.get_mut(*list).filter(|_| here == Some(phrase.as_slice())) {
                    places.push(*place);
                }
            }
        }
    }
}

/// The words of a text as they are compared: small letters, without accents, apostrophes and plural.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut push = |word: &mut String| {
        if !word.is_empty() {
            words.push(singular(std::mem::take(word)));
        }
    };
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter) && !is_invisible(*letter)) {
        match letter {
            '\'' | '\u{2019}' | '\u{2bc}' => {}
            letter if letter.is_alphanumeric() => word.extend(letter.to_lowercase()),
            _ => push(&mut word),
        }
    }
    push(&mut word);
    words
}

/// Soft hyphens and their like, which stand inside words and are not seen.
const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A word without a simple plural ending; both sides of a comparison pass through here.
fn singular(word: String) -> String {
    if word.chars().count() <= 3 {
        return word;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let sibilant = ["ches", "shes", "sses", "xes", "zes"].iter().any(|ending| word.ends_with(ending));
    let stem = if sibilant { word.strip_suffix("es") } else { word.strip_suffix('s') };
    match stem {
        Some(stem) if !stem.ends_with('s') || sibilant => stem.to_owned(),
        _ => word,
    }
}
