//! Phrases as the rules' files write them: words, and a few signs that stand for words. `#` is a
//! number, `*` up to four words of any kind, `{date}` a day such as 4 December, `{name}` a person's name.

use super::text::Word;

/// How many words `*` may stand for.
const GAP: usize = 4;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const TITLES: [&str; 5] = ["mr", "mrs", "ms", "miss", "dr"];
const NUMBERS: [&str; 23] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "sixty",
];
/// Words that begin with a capital letter only because they begin a sentence.
const BEGINNINGS: [&str; 34] = [
    "the", "a", "an", "our", "your", "my", "his", "her", "their", "this", "that", "these", "those", "we", "you", "i",
    "he", "she", "they", "it", "and", "but", "if", "when", "as", "at", "in", "on", "by", "for", "from", "dear", "so",
    "what",
];

/// A phrase to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Number,
    Gap,
    Date,
    Name,
}

/// A phrase that would find nothing, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhraseFault {
    /// No word.
    #[error("has no word: it would find nothing, or everything")]
    NoWord,
    /// A gap at an end.
    #[error("begins or ends with *, which adds nothing")]
    GapAtTheEnd,
    /// Something in braces that is no sign.
    #[error("has braces around something other than date or name")]
    UnknownSign,
}

impl std::str::FromStr for Phrase {
    type Err = PhraseFault;

    fn from_str(text: &str) -> Result<Self, PhraseFault> {
        let mut pieces = Vec::new();
        for part in text.split_whitespace() {
            pieces.push(match part {
                "#" => Piece::Number,
                "*" => Piece::Gap,
                "{date}" => Piece::Date,
                "{name}" => Piece::Name,
                _ if part.contains(['{', '}']) => return Err(PhraseFault::UnknownSign),
                _ => match part.trim_matches(|c: char| !c.is_alphanumeric()) {
                    "" => continue,
                    word => Piece::Word(word.to_lowercase().replace('\u{2019}', "'")),
                },
            });
        }
        if pieces.iter().all(|piece| matches!(piece, Piece::Gap | Piece::Number)) {
            return Err(PhraseFault::NoWord);
        }
        if pieces.first() == Some(&Piece::Gap) || pieces.last() == Some(&Piece::Gap) {
            return Err(PhraseFault::GapAtTheEnd);
        }
        Ok(Self(pieces))
    }
}

impl Phrase {
    /// Its words, each of which must stand where it is said.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word.as_str()),
            _ => None,
        })
    }

    /// The words, as written, where the phrase is said first. A name with one of `names` in it is none.
    pub(super) fn find(&self, words: &[Word<'_>], names: &[&str]) -> Option<String> {
        (0..words.len()).find_map(|start| {
            let here = words.get(start..)?;
            let length = matched(&self.0, here, names)?;
            Some(here.iter().take(length).map(|word| word.raw).collect::<Vec<_>>().join(" "))
        })
    }
}

/// How many words these pieces take from the beginning of the words.
fn matched(pieces: &[Piece], words: &[Word<'_>], names: &[&str]) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else { return Some(0) };
    let after = |taken: usize| Some(taken + matched(rest, words.get(taken..)?, names)?);
    match piece {
        Piece::Word(word) => words.first().filter(|first| *first.low == **word).and_then(|_| after(1)),
        Piece::Number => words.first().filter(|first| is_number(&first.low)).and_then(|_| after(1)),
        Piece::Gap => (0..=GAP).find_map(after),
        Piece::Date => date(words).and_then(|_| after(2)),
        Piece::Name => name(words, names).and_then(|()| after(2)),
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit()) || NUMBERS.contains(&word)
}

/// The day and the month, from 1, that the words begin with.
pub(super) fn date(words: &[Word<'_>]) -> Option<(i8, i8)> {
    let (day, month) = (words.first()?, words.get(1)?);
    let digits = day.low.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let day = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = (1..).zip(MONTHS).find(|(_, name)| **name == *month.low)?.0;
    Some((day, month))
}

/// Whether the words begin with a person's name.
fn name(words: &[Word<'_>], names: &[&str]) -> Option<()> {
    let (first, second) = (words.first()?, words.get(1)?);
    let known = |word: &Word<'_>| names.contains(&word.raw);
    let capital = |word: &Word<'_>| {
        word.raw.starts_with(char::is_uppercase) && word.raw.chars().any(char::is_lowercase) && !known(word)
    };
    let named = TITLES.contains(&&*first.low) || (capital(first) && !BEGINNINGS.contains(&&*first.low));
    (named && capital(second)).then_some(())
}
