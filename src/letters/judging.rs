//! Whether templates that render also say what they must, and nothing that a letter must not say.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::escape;
use super::formats::{Refused, Tree};
use super::templates::{TemplateFault, Templates, name, samples};
use super::{Kind, Rendered};
use crate::domain::code::HandlingCode;
use crate::domain::letter::{LetterKind, Purpose};
use crate::domain::writing::{Force, Reading, Remark, Upheld, WritingRules};

impl Templates {
    /// What a complete letter of this kind must say, and in its first lines, for it to be approved.
    pub(super) fn check_opening(&self, writing: &WritingRules, letter: LetterKind, faults: &mut Vec<TemplateFault>) {
        let kind = Kind::Letter(letter);
        let Some(Ok((rendered, _))) = samples(kind).first().map(|sample| self.render_value(kind, None, sample)) else {
            return;
        };
        let upheld = if letter.purpose() == Purpose::Respond { Upheld::Something } else { Upheld::Nothing };
        let (subject, text, passages) = (rendered.subject.as_str(), rendered.text.as_str(), &rendered.passages);
        let sample =
            Reading { kind: letter, subject, text, passages, names: &[], upheld, sent_on: Date::ZERO, dates: &[] };
        // What it must not say is looked for in the files, where it has a line.
        let unsaid =
            writing.check(&sample).into_iter().filter(|one| one.force == Force::Blocking && one.line.is_none());
        faults.extend(unsaid.filter(|remark| remark.words.is_empty()).map(
            |Remark { title, remedy, provision, .. }| TemplateFault {
                file: self.file(kind),
                line: None,
                what: format!("{title} ({provision})"),
                remedy,
            },
        ));
    }

    /// Whether every required element is marked, and says what the case says, in every language.
    pub(super) fn check_letter(&self, code: &HandlingCode, letter: LetterKind, faults: &mut Vec<TemplateFault>) {
        for language in self.languages(Kind::Letter(letter)) {
            self.check_words(code, letter, language.as_deref(), faults);
        }
    }

    fn check_words(
        &self,
        code: &HandlingCode,
        letter: LetterKind,
        language: Option<&str>,
        faults: &mut Vec<TemplateFault>,
    ) {
        let kind = Kind::Letter(letter);
        let file = self.files.get(&name(kind, language)).cloned().unwrap_or_default();
        let required = code.required(letter);
        let marks = match language {
            Some(tag) => self.translated.get(&(kind, tag.to_owned())),
            None => self.marks.get(&kind),
        };
        let marks = marks.map_or(&[][..], Vec::as_slice);
        for mark in marks.iter().filter(|mark| required.iter().all(|element| element.id != mark.id)) {
            let known: Vec<&str> = required.iter().map(|element| element.id.as_str()).collect();
            faults.push(TemplateFault {
                file: mark.file.clone(),
                line: Some(mark.line),
                what: format!("the Code knows no element '{}' of the {letter}", mark.id),
                remedy: format!("use one of: {}", known.join(", ")),
            });
        }
        let mut add = |what: String, remedy: String| {
            faults.push(TemplateFault { file: file.clone(), line: None, what, remedy });
        };
        let passages: Vec<BTreeMap<String, String>> = samples(kind)
            .iter()
            .filter_map(|sample| self.render_value(kind, language, sample).ok())
            .map(|(rendered, _)| rendered.passages)
            .collect();
        let says = |passages: Option<&BTreeMap<String, String>>, id: &str| {
            passages.and_then(|passages| passages.get(id)).is_some_and(|passage| escape::says_something(passage))
        };
        for element in required {
            let (id, provision) = (element.id.as_str(), &element.provision);
            if !marks.iter().any(|mark| mark.id == id) {
                add(
                    format!("nothing is marked as '{id}' ({}; {provision})", element.title),
                    format!("mark the passage that says it: {{{{#element \"{id}\"}}}}…{{{{/element}}}}"),
                );
            } else if !says(passages.first(), id) {
                add(
                    format!("the passage marked as '{id}' says nothing ({}; {provision})", element.title),
                    "write the words inside the mark".to_owned(),
                );
            } else if from_the_case(letter).contains(&id) && says(passages.last(), id) {
                add(
                    format!("the passage marked as '{id}' says something even when the case does not ({provision})"),
                    "put inside the mark only what comes from the case".to_owned(),
                );
            }
        }
    }
}

/// The elements whose words must come from the case or from configuration, so that a template cannot
/// satisfy the Code with words of its own.
const fn from_the_case(kind: LetterKind) -> &'static [&'static str] {
    match kind.purpose() {
        Purpose::Acknowledge => &[
            "case-reference",
            "received",
            "definition",
            "responsibility",
            "outcomes",
            "response-date",
            "extension",
            "handler",
            "independence",
            "ombudsman",
        ],
        Purpose::Extend => {
            &["case-reference", "reason", "original-date", "new-date", "updates", "handler", "ombudsman"]
        }
        Purpose::Respond => {
            &["case-reference", "definition", "decision", "reasons", "remedy", "actions", "handler", "ombudsman"]
        }
        Purpose::Tell => &[
            "case-reference",
            "received",
            "questions",
            "who",
            "done",
            "next",
            "answer-date",
            "next-update",
            "missed-date",
            "answered",
            "reason",
            "new-date",
            "behaviour",
            "restriction",
            "equality",
            "review",
            "next-steps",
            "owner",
            "next-date",
            "handler",
            "ombudsman",
        ],
        Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
            &["case-reference", "ground", "reasons", "discretion", "handler", "ombudsman"]
        }
    }
}

/// A remark in the text of a template, as a fault of its file.
pub(super) fn said(file: &str, remark: Remark) -> TemplateFault {
    let what = format!("says '{}': {} ({})", remark.words, remark.title, remark.provision);
    TemplateFault { file: file.to_owned(), line: remark.line, what, remedy: remark.remedy }
}

/// Judges what a complete sample became.
pub(super) fn judge(kind: Kind, rendered: &Rendered, tree: &Tree, sample: &Value, add: &mut impl FnMut(String, &str)) {
    if tree.titles() != 1 {
        add(format!("has {} titles", tree.titles()), "begin exactly one line with '# '");
    }
    for refused in &tree.refused {
        match refused {
            Refused::Html => add("contains HTML".to_owned(), "write Markdown"),
            Refused::Picture => add("contains a picture".to_owned(), "letters fetch nothing: say it in words"),
            Refused::Link => {
                add("links to something else".to_owned(), "link only to https://, mailto: and tel: addresses");
            }
            Refused::Depth => {
                add("has lists or quotations within each other without end".to_owned(), "write them one after another");
            }
            Refused::Code => add("contains program code".to_owned(), "begin no line with four blanks and use no `"),
        }
    }
    let reference = sample.get("reference").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, Kind::Letter(_)) && !rendered.subject.contains(reference) {
        add("the subject lacks the case reference".to_owned(), "write {{reference}} in subject.hbs");
    }
    if rendered.subject.is_empty() {
        add("the subject is empty".to_owned(), "write a line in subject.hbs");
    }
}
