//! How hard a text is to read. Both measures are rough, and meant to be: they point at a letter worth
//! reading again, and decide nothing.

use std::collections::BTreeSet;

use super::text::{Segment, Word};

/// Fewer words than this say nothing about a text.
const TOO_FEW: usize = 50;

/// The age at which a child at school in Britain reads such sentences, in years: the grade of Flesch and
/// Kincaid, and five.
pub(super) fn age(all: &[Segment<'_>]) -> Option<u32> {
    let sentences: Vec<&Segment<'_>> = all.iter().filter(|one| one.ended && one.words.len() > 2).collect();
    let words: Vec<&Word<'_>> =
        sentences.iter().flat_map(|one| &one.words).filter(|word| word.low.chars().all(char::is_alphabetic)).collect();
    if words.len() < TOO_FEW {
        return None;
    }
    let syllables: u32 = words.iter().map(|word| syllables(&word.low)).sum();
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let grade =
        0.39 * count(words.len()) / count(sentences.len()) + 11.8 * f64::from(syllables) / count(words.len()) - 15.59;
    let age = (grade + 5.0).round().clamp(5.0, 99.0);
    (5..=99).find(|years| f64::from(*years) >= age)
}

/// Groups of vowels, without a silent e at the end.
fn syllables(word: &str) -> u32 {
    let vowel = |c: char| {
        let welsh = matches!(c, '\u{e2}' | '\u{e9}' | '\u{f4}' | '\u{ee}' | '\u{177}' | '\u{175}');
        welsh || matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
    };
    let mut groups = 0;
    let mut inside = false;
    for c in word.chars() {
        let now = vowel(c);
        groups += u32::from(now && !inside);
        inside = now;
    }
    let silent = word.ends_with('e') && !word.ends_with("le") && groups > 1;
    (groups - u32::from(silent)).max(1)
}

/// Words in capital letters that nothing explains, each once, with the sentence it stands in first.
pub(super) fn acronyms<'s, 'a>(
    all: &'s [Segment<'a>],
    known: &BTreeSet<String>,
    names: &[&str],
) -> Vec<(String, &'s Segment<'a>)> {
    let names: BTreeSet<&str> = names.iter().flat_map(|name| name.split_whitespace()).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for segment in all {
        // A line in capitals shouts; it abbreviates nothing.
        if segment.words.len() > 2 && segment.words.iter().all(|word| !word.raw.chars().any(char::is_lowercase)) {
            continue;
        }
        for (at, word) in segment.words.iter().enumerate() {
            let letters = word.raw.len();
            let capitals = word.raw.bytes().all(|byte| byte.is_ascii_uppercase()) && (2..=6).contains(&letters);
            if !capitals || known.contains(word.raw) || names.contains(word.raw) || !seen.insert(word.raw) {
                continue;
            }
            // Explained before, "Damp Response Team (DRT)", or after, "DRT (Damp Response Team)".
            let after = segment.words.get(at + 1).is_some_and(|next| next.bracketed);
            if !word.bracketed && !after {
                found.push((word.raw.to_owned(), segment));
            }
        }
    }
    found
}
