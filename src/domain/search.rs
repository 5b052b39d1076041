//! Words to find things by. Messages and what officers type are cut into the same words: in lower
//! case, without accents (Welsh, Polish and other Latin letters), each at most `MAX_WORD` long.
//!
//! Invariant: a word holds only ASCII letters and digits, and characters beyond ASCII. It can
//! therefore mean nothing to a query language; and splitting words again at spaces gives them back.

use std::collections::{BTreeSet, HashSet};

use unicode_normalization::UnicodeNormalization as _;

use super::ids::CaseRef;

/// How many characters of a word count.
const MAX_WORD: usize = 40;

/// How many bytes of words one message can be found by: PostgreSQL keeps at most a megabyte.
const MAX_WORDS: usize = 256 * 1024;

/// How many words of a query count.
const MAX_QUERY: usize = 20;

/// From this length on a word also finds those that begin with it, such as `leak` finds `leaking`.
const PREFIX_FROM: usize = 3;

/// What an officer looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    /// The case references in it: each finds its case.
    pub references: Vec<CaseRef>,
}

impl Query {
    /// What was typed; `None` when there is no word in it.
    #[must_use]
    pub fn of(typed: &str) -> Option<Self> {
        let folded = folded(typed);
        let words: BTreeSet<String> = folded.split_whitespace().map(str::to_owned).collect();
        let references: BTreeSet<CaseRef> = typed
            .split_whitespace()
            .filter_map(|word| word.parse().ok().or_else(|| CaseRef::without_check(word)))
            .collect();
        let words: Vec<String> = words.into_iter().take(MAX_QUERY).collect();
        (!words.is_empty()).then(|| Self { words, references: references.into_iter().collect() })
    }

    /// The words, and whether each may be the beginning of one.
    pub fn words(&self) -> impl Iterator<Item = (&str, bool)> {
        // Scripts without spaces have words of one character.
        let beginning = |word: &str| word.chars().count() >= PREFIX_FROM || !word.is_ascii();
        self.words.iter().map(move |word| (word.as_str(), beginning(word)))
    }

    /// Whether every word of the query stands in a text: for short texts that are in no index.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        let text = folded(text);
        self.words().all(|(wanted, beginning)| {
            text.split_whitespace().any(|word| if beginning { word.starts_with(wanted) } else { word == wanted })
        })
    }
}

/// The words of some texts, each once, parted by spaces. Of very long texts not every word is kept.
#[must_use]
pub fn words<'x>(texts: impl IntoIterator<Item = &'x str>) -> String {
    let mut all = String::new();
    for text in texts {
        fold(text, &mut all);
        all.push(' ');
    }
    let mut seen = HashSet::with_capacity(all.len() / 8);
    let mut out = String::with_capacity(all.len() / 2);
    for word in all.split_ascii_whitespace().filter(|word| seen.insert(*word)) {
        if out.len() + word.len() >= MAX_WORDS {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn folded(text: &str) -> String {
    let mut out = String::new();
    fold(text, &mut out);
    out
}

/// Appends a text as its words, parted by spaces. Every message passes through here.
fn fold(text: &str, out: &mut String) {
    out.reserve(text.len());
    let mut length = 0;
    for character in text.chars() {
        match character {
            // Nearly all there is.
            'a'..='z' | '0'..='9' => add(character, &mut length, out),
            'A'..='Z' => add(character.to_ascii_lowercase(), &mut length, out),
            '\0'..='\x7F' => end(&mut length, out),
            // These part no word.
            '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => {}
            _ => {
                let plain = std::iter::once(character).nfkd().filter(|letter| !is_accent(*letter));
                for letter in plain.flat_map(char::to_lowercase) {
                    match unaccented(letter) {
                        "" => push(letter, &mut length, out),
                        letters => letters.chars().for_each(|letter| push(letter, &mut length, out)),
                    }
                }
            }
        }
    }
}

fn push(letter: char, length: &mut usize, out: &mut String) {
    if letter.is_alphanumeric() {
        add(letter, length, out);
    } else {
        end(length, out);
    }
}

fn add(letter: char, length: &mut usize, out: &mut String) {
    *length += 1;
    if *length <= MAX_WORD {
        out.push(letter);
    }
}

fn end(length: &mut usize, out: &mut String) {
    if *length > 0 {
        out.push(' ');
        *length = 0;
    }
}

/// Marks that are put on letters and may be left out: Latin accents, Arabic vowel signs.
const fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}')
}

/// Latin letters that are accented without being made of a letter and an accent.
const fn unaccented(letter: char) -> &'static str {
    match letter {
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ø' => "o",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_stand_once() {
        assert_eq!(
            words(["The damp, the DAMP!", "Tŷ Ŵyn", "Łódź Świętej Straße"]),
            "the damp ty wyn lodz swietej strasse"
        );
        assert_eq!(words(["ann@example.org", "O’Hara’s 12A"]), "ann example org o hara s 12a");
        assert_eq!(words(["شِكوى 投诉 ﬁre"]), "شكوى 投诉 fire");
        assert_eq!(words([""]), "");
    }

    #[test]
    fn a_query_finds_beginnings_and_no_accents() {
        let finds = |typed: &str, text: &str| Query::of(typed).unwrap().finds(text);
        assert!(finds("zielin", "Tomasz Zieliński") && finds("ZIELIŃSKI tomasz", "Tomasz Zieliński"));
        assert!(finds("to", "to all") && !finds("to", "Tomasz"), "short words are whole words");
        assert!(!finds("tomasz okafor", "Tomasz Zieliński"));
        assert!(finds("محمد", "محمد حسين"));
        assert_eq!(Query::of(" \"*-() "), None);
    }

    #[test]
    fn a_case_reference_is_seen_wherever_it_stands() {
        let reference = CaseRef::new(2026, 42);
        let query = Query::of(&format!("see {} please", reference.to_string().to_lowercase())).unwrap();
        assert_eq!(query.references, [reference]);
        for unfinished in ["CMP-2026-00042", "cmp-2026-00042-"] {
            assert_eq!(Query::of(unfinished).unwrap().references, [reference], "to look for it, its number is enough");
        }
        for mistyped in ["CMP-2026-00042-?", "CMP-2026-00042-A", "CMP-2026-42", "CMP-2026"] {
            assert!(Query::of(mistyped).unwrap().references.is_empty(), "{mistyped}");
        }
    }

    #[test]
    fn words_are_bounded_and_hold_nothing_but_letters_and_digits() {
        let long: String = (0..200_000).map(|n| format!("w{n}x ")).collect();
        assert!(words([long.as_str()]).len() <= MAX_WORDS);
        let hostile = words(["\" OR 1=1 -- ' :* & | ! <-> \\ NEAR( \0 \u{202E}", &"a".repeat(1_000)]);
        assert_eq!(hostile, format!("or 1 near {}", "a".repeat(MAX_WORD)));
    }
}
