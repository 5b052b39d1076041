//! How a letter is written: rules about words, openings, sentences and promises, held against the text
//! a resident will read, officers' words included. The rules are data; nothing here knows a phrase.
//! What a resident has said, repeated to them, is never held against the letter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;

use super::code::Provision;
use super::letter::{LetterKind, Shortfall};

mod anchors;
mod phrase;
mod promises;
mod readable;
#[cfg(test)]
mod tests;
mod text;

pub use phrase::{Phrase, PhraseFault};

use anchors::{Anchors, Candidate, of_rule};
use text::{Segment, segments};

/// The most remarks of one rule in one letter; more would say nothing new.
const MOST: usize = 10;

/// What a remark does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// The letter cannot be approved.
    Blocking,
    /// An officer is told, and decides.
    Advisory,
}

impl Force {
    /// The name in the rules' files and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Advisory => "advisory",
        }
    }
}

/// When something must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// When at least one point is upheld, wholly or partly.
    SomethingUpheld,
}

/// What a rule looks for.
#[derive(Debug, Clone)]
pub enum Look {
    /// None of these may be said.
    Never {
        /// What may not be said.
        phrases: Vec<Phrase>,
        /// A sentence that says one of these is passed over.
        unless: Vec<Phrase>,
        /// Whether it may not even be said in the resident's own words.
        reach: Reach,
    },
    /// At least one of these must be said.
    Must {
        /// What must be said.
        phrases: Vec<Phrase>,
        /// Within so many words from the beginning.
        within: Option<usize>,
        /// When.
        when: When,
    },
    /// No sentence may have more words than this.
    Sentence(usize),
    /// Nobody older than this should be needed to read it, in years.
    ReadingAge(u32),
    /// Capital letters that stand for words must be explained, but for these.
    Acronyms(BTreeSet<String>),
    /// A sentence that says one of these and names a day to come must name the day of an action.
    Promises(Vec<Phrase>),
}

/// How far a forbidden phrase reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Into what the landlord says.
    OurWords,
    /// Into what the resident has said, too.
    Everywhere,
}

/// A rule about how letters are written.
#[derive(Debug, Clone)]
pub struct WritingRule {
    /// Its name.
    pub id: String,
    /// What is wrong when it finds something, in words an officer uses.
    pub title: String,
    /// The provision it follows, or how strong the advice is.
    pub provision: Provision,
    /// How to mend it.
    pub remedy: String,
    /// What a remark does.
    pub force: Force,
    /// The letters it is for; none is all.
    pub letters: Vec<LetterKind>,
    /// What it looks for.
    pub look: Look,
}

/// All rules, and which elements repeat what the resident has said.
#[derive(Debug, Clone, Default)]
pub struct WritingRules {
    /// The rules, in the order of their files.
    pub rules: Vec<WritingRule>,
    /// Elements whose passages are the resident's own matter.
    pub residents_words: BTreeSet<String>,
    anchors: Anchors,
}

/// Where something was upheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upheld {
    /// At least one point is.
    Something,
    /// None is, or nothing is decided in this letter.
    #[default]
    Nothing,
}

/// A letter to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Its kind.
    pub kind: LetterKind,
    /// Its subject.
    pub subject: &'a str,
    /// Its plain text.
    pub text: &'a str,
    /// What its marked elements say.
    pub passages: &'a BTreeMap<String, String>,
    /// Names that are no acronyms, and not of a person who is blamed.
    pub names: &'a [&'a str],
    /// Whether something is upheld.
    pub upheld: Upheld,
    /// The day it goes out.
    pub sent_on: Date,
    /// The days of its actions, and the dates it gives by itself.
    pub dates: &'a [Date],
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The rule.
    pub rule: String,
    /// What it does.
    pub force: Force,
    /// The provision, or how strong the advice is.
    pub provision: Provision,
    /// What is wrong.
    pub title: String,
    /// The words it is about; empty where something is missing.
    pub words: String,
    /// The sentence they stand in; empty where something is missing.
    pub sentence: String,
    /// The line of the plain text, from 1; `None` for the subject, or where something is missing.
    pub line: Option<usize>,
    /// How to mend it.
    pub remedy: String,
}

impl Remark {
    /// A blocking remark as something that keeps the letter from being approved.
    #[must_use]
    pub fn shortfall(&self) -> Option<Shortfall> {
        (self.force == Force::Blocking).then(|| Shortfall {
            element: self.rule.clone(),
            provision: self.provision.clone(),
            title: if self.words.is_empty() {
                self.title.clone()
            } else {
                format!("{}: “{}”", self.title, self.words)
            },
            remedy: self.remedy.clone(),
        })
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.title)?;
        if !self.words.is_empty() {
            write!(f, ": “{}”", self.words)?;
        }
        write!(f, " ({}); {}", self.provision, self.remedy)
    }
}

/// A text cut up, and which phrases of the rules may stand in it.
struct Text<'a> {
    segments: Vec<Segment<'a>>,
    candidates: Vec<Candidate>,
}

impl WritingRules {
    /// These rules; `residents_words` are the elements whose passages are the resident's own matter.
    #[must_use]
    pub fn new(rules: Vec<WritingRule>, residents_words: BTreeSet<String>) -> Self {
        let anchors = Anchors::of(&rules);
        Self { rules, residents_words, anchors }
    }

    fn read<'a>(&self, segments: Vec<Segment<'a>>) -> Text<'a> {
        Text { candidates: self.anchors.candidates(&segments), segments }
    }

    /// What the rules find in a letter: blocking remarks first, then in the order of the rules.
    #[must_use]
    pub fn check(&self, letter: &Reading<'_>) -> Vec<Remark> {
        let mut all = segments(letter.subject, 0);
        all.extend(segments(letter.text, 1));
        let theirs = letter.passages.iter().filter(|(id, _)| self.residents_words.contains(*id));
        let theirs = theirs.flat_map(|(_, passage)| segments(passage, 1)).collect();
        let (whole, theirs) = (self.read(all), self.read(theirs));
        let mut found: Vec<Remark> = self
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.letters.is_empty() || rule.letters.contains(&letter.kind))
            .flat_map(|(at, rule)| rule.find(at, letter, &whole, &theirs))
            .collect();
        found.sort_by_key(|remark| remark.force);
        found
    }

    /// What may be said in no letter, held against a text that is not a letter: the line and the remark.
    #[must_use]
    pub fn check_source(&self, text: &str) -> Vec<Remark> {
        let all = self.read(segments(text, 1));
        let rules = self.rules.iter().enumerate();
        rules
            .filter(|(_, rule)| rule.force == Force::Blocking && rule.letters.is_empty())
            .filter_map(|(at, rule)| match &rule.look {
                Look::Never { phrases, unless, .. } => Some(rule.said(at, phrases, unless, &all, &[])),
                _ => None,
            })
            .flatten()
            .collect()
    }
}

impl WritingRule {
    fn remark(&self, words: impl Into<String>, segment: Option<&Segment<'_>>) -> Remark {
        Remark {
            rule: self.id.clone(),
            force: self.force,
            provision: self.provision.clone(),
            title: self.title.clone(),
            words: words.into(),
            sentence: segment.map(|segment| segment.quoted()).unwrap_or_default(),
            line: segment.map(|segment| segment.line).filter(|line| *line > 0),
            remedy: self.remedy.clone(),
        }
    }

    /// What this rule, the one at this place, finds.
    fn find(&self, at: usize, letter: &Reading<'_>, whole: &Text<'_>, theirs: &Text<'_>) -> Vec<Remark> {
        let all = whole.segments.as_slice();
        let mut found = match &self.look {
            Look::Never { phrases, unless, reach } => {
                let spared: usize = match reach {
                    Reach::Everywhere => 0,
                    Reach::OurWords => self.said(at, phrases, unless, theirs, letter.names).len(),
                };
                // What the resident has said stands in the letter once, before what is said about it.
                self.said(at, phrases, unless, whole, letter.names).into_iter().skip(spared).collect()
            }
            Look::Must { phrases, within, when } => {
                let wanted = *when == When::Always || letter.upheld == Upheld::Something;
                let said =
                    || text::opening(all, *within).any(|part| phrases.iter().any(|one| one.find(part, &[]).is_some()));
                if wanted && !said() { vec![self.remark("", None)] } else { Vec::new() }
            }
            Look::Sentence(most) => {
                let long = all.iter().filter(|segment| segment.words.len() > *most);
                long.map(|segment| self.remark(format!("{} words", segment.words.len()), Some(segment))).collect()
            }
            Look::ReadingAge(most) => readable::age(all)
                .filter(|age| age > most)
                .map(|age| self.remark(format!("about {age} years"), None))
                .into_iter()
                .collect(),
            Look::Acronyms(known) => {
                let unknown = readable::acronyms(all, known, letter.names);
                unknown.into_iter().map(|(word, segment)| self.remark(word, Some(segment))).collect()
            }
            Look::Promises(phrases) => {
                let open = promises::without_action(all, phrases, letter.sent_on, letter.dates);
                open.into_iter().map(|(words, segment)| self.remark(words, Some(segment))).collect()
            }
        };
        found.truncate(MOST);
        found
    }

    /// Each sentence that says one of these phrases, which are those of the rule at this place.
    fn said(&self, at: usize, phrases: &[Phrase], unless: &[Phrase], text: &Text<'_>, names: &[&str]) -> Vec<Remark> {
        let candidates = of_rule(&text.candidates, at);
        if candidates.is_empty() {
            return Vec::new();
        }
        let names: Vec<&str> = names.iter().flat_map(|name| name.split_whitespace()).collect();
        let said = |here: &[Candidate]| {
            let segment = text.segments.get(here.first()?.segment)?;
            let stands = |phrase: &Phrase| phrase.find(&segment.words, &names);
            let words = here.iter().find_map(|one| stands(phrases.get(one.phrase)?))?;
            unless.iter().all(|phrase| stands(phrase).is_none()).then(|| self.remark(words, Some(segment)))
        };
        candidates.chunk_by(|one, next| one.segment == next.segment).filter_map(said).collect()
    }
}
