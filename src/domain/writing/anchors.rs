//! Where phrases of the rules may stand. Each phrase is looked up by one of its words, so that every word
//! of a letter is looked at once, however many phrases there are: nearly all of them are said nowhere.
//!
//! Invariant: a phrase that stands in a segment is among that segment's candidates.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::text::Segment;
use super::{Look, WritingRule};

/// A phrase that may stand in a segment: the places of its rule, of the segment and of the phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub rule: usize,
    pub segment: usize,
    pub phrase: usize,
}

/// The phrases that may not be said, by their words.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors {
    /// Rules and phrases by a word of each.
    by_word: HashMap<String, Vec<(usize, usize)>>,
    /// Those that have no word, only signs.
    wordless: Vec<(usize, usize)>,
}

impl Anchors {
    pub fn of(rules: &[WritingRule]) -> Self {
        let mut all = Vec::new();
        for (rule, WritingRule { look, .. }) in rules.iter().enumerate() {
            let Look::Never { phrases, .. } = look else { continue };
            all.extend(phrases.iter().enumerate().map(|(phrase, words)| ((rule, phrase), words)));
        }
        // A word that many phrases share is one that letters are full of, such as "stage": each phrase is
        // looked up by its rarest.
        let mut shared: HashMap<&str, usize> = HashMap::new();
        for word in all.iter().flat_map(|(_, phrase)| phrase.words()) {
            *shared.entry(word).or_default() += 1;
        }
        let mut anchors = Self::default();
        for (place, phrase) in &all {
            let rarest = phrase.words().min_by_key(|word| (shared.get(word), Reverse(word.len())));
            let places = match rarest {
                Some(word) => anchors.by_word.entry(word.to_owned()).or_default(),
                None => &mut anchors.wordless,
            };
            places.push(*place);
        }
        anchors
    }

    /// What may stand in these segments: by rule, segment and phrase.
    pub fn candidates(&self, all: &[Segment<'_>]) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (segment, Segment { words, .. }) in all.iter().enumerate() {
            let anchored = words.iter().filter_map(|word| self.by_word.get(&*word.low));
            let here = anchored.chain([&self.wordless]).flatten();
            found.extend(here.map(|&(rule, phrase)| Candidate { rule, segment, phrase }));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Those of one rule.
pub(super) fn of_rule(candidates: &[Candidate], rule: usize) -> &[Candidate] {
    let start = candidates.partition_point(|one| one.rule < rule);
    let rest = candidates.get(start..).unwrap_or_default();
    rest.get(..rest.partition_point(|one| one.rule == rule)).unwrap_or_default()
}
