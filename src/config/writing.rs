//! Reads the rules of writing. A rule that could find nothing is a fault: it would look like care.

use std::collections::BTreeSet;

use super::data::Data;
use super::faults::Ledger;
use super::reader::{Document, Section};
use crate::domain::code::Provision;
use crate::domain::letter::LetterKind;
use crate::domain::writing::{Force, Look, Phrase, Reach, When, WritingRule, WritingRules};

/// The keys of which a rule has exactly one.
const LOOKS: [&str; 6] = ["never", "must", "sentence", "reading_age", "acronyms", "promises"];

/// The rules of all these files.
pub(super) fn read(files: &[Data], ledger: &Ledger) -> Option<WritingRules> {
    let mut rules: Vec<Option<WritingRule>> = Vec::new();
    let mut names = BTreeSet::new();
    let mut residents_words = BTreeSet::new();
    for data in files {
        let document = Document::parse(&data.file, &data.text, ledger);
        let mut root = document.root();
        residents_words.extend(root.names("residents_words"));
        for mut section in root.sections("rules") {
            let id = section.required("rule", "\"a-short-name\"");
            if let Some(twice) = id.as_ref().filter(|id| !names.insert((*id).clone())) {
                section.fault(
                    "rule",
                    format!("a rule named '{twice}' stands above"),
                    "give each rule a name of its own",
                );
            }
            rules.push(rule(section, id));
        }
        root.finish();
    }
    let rules = rules.into_iter().collect::<Option<Vec<_>>>()?;
    Some(WritingRules::new(rules, residents_words))
}

fn rule(mut section: Section<'_>, id: Option<String>) -> Option<WritingRule> {
    section.required("force", "\"blocking\" or \"advisory\"");
    let force = section.choice("force", &[Force::Blocking, Force::Advisory].map(|force| (force.key(), force)));
    let provision = section.required("provision", "\"5.2\"");
    let title = section.required("title", "\"what is wrong, in an officer's words\"");
    let remedy = section.required("remedy", "\"how to mend it\"");
    let letters = letters(&mut section);
    let look = look(&mut section);
    section.finish();
    Some(WritingRule {
        id: id?,
        title: title?,
        provision: Provision(provision?),
        remedy: remedy?,
        force: force?,
        letters: letters?,
        look: look?,
    })
}

fn letters(section: &mut Section<'_>) -> Option<Vec<LetterKind>> {
    let names = section.names("letters");
    let kinds: Option<Vec<LetterKind>> = names.iter().map(|name| name.parse().ok()).collect();
    if kinds.is_none() {
        let known: Vec<&str> = LetterKind::ALL.iter().map(|kind| kind.key()).collect();
        section.fault("letters", "there is no such kind of letter", format!("use some of: {}", known.join(", ")));
    }
    kinds
}

fn look(section: &mut Section<'_>) -> Option<Look> {
    let never = phrases(section, "never");
    let unless = phrases(section, "unless").unwrap_or_default();
    let reach = if section.flag("everywhere") == Some(true) { Reach::Everywhere } else { Reach::OurWords };
    let must = phrases(section, "must");
    let within = section.number("within_words", 1..=1000).map(|words| words as usize);
    let when = section.choice("when", &[("always", When::Always), ("something-upheld", When::SomethingUpheld)])?;
    let sentence = section.number("sentence", 10..=200).map(|words| words as usize);
    let reading_age = section.number("reading_age", 8..=30);
    let acronyms = section.texts("acronyms").map(|known| known.into_iter().collect());
    let promises = phrases(section, "promises");
    let looks = [
        never.map(|phrases| Look::Never { phrases, unless, reach }),
        must.map(|phrases| Look::Must { phrases, within, when }),
        sentence.map(Look::Sentence),
        reading_age.map(Look::ReadingAge),
        acronyms.map(Look::Acronyms),
        promises.map(Look::Promises),
    ];
    let mut looks = looks.into_iter().flatten();
    match (looks.next(), looks.next()) {
        (Some(look), None) => Some(look),
        _ => {
            section.fault("rule", "a rule looks for exactly one thing", format!("write one of: {}", LOOKS.join(", ")));
            None
        }
    }
}

/// Phrases; absent, or every one of them unusable, is `None`.
fn phrases(section: &mut Section<'_>, key: &'static str) -> Option<Vec<Phrase>> {
    let texts = section.texts(key)?;
    let mut phrases = Vec::new();
    for text in texts {
        match text.parse::<Phrase>() {
            Ok(phrase) => phrases.push(phrase),
            Err(fault) => section.fault(key, format!("'{text}' {fault}"), "write words that a letter could contain"),
        }
    }
    if phrases.is_empty() {
        section.fault(key, "no phrase stands here: it would find nothing", "write phrases, or remove the rule");
    }
    Some(phrases)
}
