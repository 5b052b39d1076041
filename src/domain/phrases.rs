//! Phrases looked for in what somebody wrote: by whole words, whatever their case, accents or simple
//! plural, and only in the sender's own words. Finding nothing means nothing.

use std::collections::BTreeMap;

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

impl Ours {
    /// A text in small letters without our addresses and names: who writes to complaints@ or quotes it has not
    /// said anything by that.
    fn taken_out(&self, text: &str) -> String {
        let addresses = self.addresses.iter().map(|address| address.as_str().to_lowercase());
        let names = self.names.iter().map(|name| name.trim().to_lowercase());
        let mut ours: Vec<String> = addresses.chain(names).filter(|one| one.chars().count() > 3).collect();
        // The longer first: one may stand in another.
        ours.sort_by_key(|one| std::cmp::Reverse(one.len()));
        ours.iter().fold(text.to_lowercase(), |text, one| text.replace(one, " "))
    }
}

/// Lists of phrases, ready to be looked for.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    ours: Ours,
    lists: usize,
    /// By first word: the list, the place of the phrase in it, and all of its words.
    by_first: BTreeMap<String, Vec<(usize, usize, Vec<String>)>>,
}

impl Phrases {
    /// These lists; a phrase without a letter or digit is passed over.
    #[must_use]
    pub fn new<'a>(lists: impl IntoIterator<Item = &'a [String]>, ours: Ours) -> Self {
        let mut all = Self { ours, ..Self::default() };
        for (at, list) in lists.into_iter().enumerate() {
            all.lists = at + 1;
            for (place, phrase) in list.iter().enumerate() {
                let words = words_of(phrase);
                if let Some(first) = words.first() {
                    all.by_first.entry(first.clone()).or_default().push((at, place, words));
                }
            }
        }
        all
    }

    /// Which phrases of each list stand in the subject, in the sender's own words and in those of attached
    /// texts and messages: their places in the list, each once, in order.
    #[must_use]
    pub fn find(&self, reading: &Reading) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new(); self.lists];
        if self.by_first.is_empty() {
            return found;
        }
        let answer = !reading.answers.is_empty();
        let mut passages = own_words::of(&reading.text, Whose::Others, answer, &self.ours);
        passages.push(reading.subject.clone());
        for AttachedText { from, text } in &reading.attached {
            let ours = from.as_ref().is_some_and(|from| self.ours.addresses.iter().any(|our| our.same_mailbox(from)));
            let whose = if ours { Whose::Ours } else { Whose::Others };
            passages.extend(own_words::of(text, whose, false, &self.ours));
        }
        for passage in &passages {
            self.find_in(&words_of(&self.ours.taken_out(passage)), &mut found);
        }
        for places in &mut found {
            places.sort_unstable();
            places.dedup();
        }
        found
    }

    fn find_in(&self, words: &[String], found: &mut [Vec<usize>]) {
        for (at, word) in words.iter().enumerate() {
            for (list, place, phrase) in self.by_first.get(word).into_iter().flatten() {
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
