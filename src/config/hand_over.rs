//! Reads the lists of words that must not wait, and the settings of the receipt. A list that would
//! find nothing is a fault: it would look like safety.

use std::path::Path;

use super::data::{self, Data};
use super::faults::Ledger;
use super::read::email;
use super::reader::{Document, Section};
use super::settings::Receipt;
use super::{Place, data::HAND_OVER_WORDS};
use crate::domain::hand_over::{Haste, WordList};
use crate::domain::ids::EmailAddress;

/// So many messages an hour are told of one by one, unless the configuration says otherwise.
const PER_HOUR: u32 = 30;

/// The lists of `[hand_over]`, and how many messages an hour are told of one by one; `team` is told when
/// nobody else is named.
pub(super) fn word_lists(
    mut section: Section<'_>,
    place: &Place,
    team: Option<&EmailAddress>,
    ledger: &Ledger,
) -> Option<(Vec<WordList>, u32)> {
    let file = section.text("lists").map(|name| place.folder.join(name));
    let notify = email(&mut section, "notify").or_else(|| team.cloned());
    let per_hour = section.number("per_hour", 1..=10_000).unwrap_or(PER_HOUR);
    section.finish();
    let data = match &file {
        Some(file) => {
            read_file(file, "put it there, or leave `lists` out of [hand_over] for the built-in lists", ledger)?
        }
        None => data::built_in(HAND_OVER_WORDS)?,
    };
    Some((lists(&data, notify.as_ref(), ledger)?, per_hour))
}

/// A file of lists, whole.
pub(super) fn read_file(file: &Path, remedy: &str, ledger: &Ledger) -> Option<Data> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(Data { file: file.to_owned(), text }),
        Err(error) => {
            ledger.unusable(file, format!("cannot be read ({error})"), remedy);
            None
        }
    }
}

fn lists(data: &Data, notify: Option<&EmailAddress>, ledger: &Ledger) -> Option<Vec<WordList>> {
    let document = Document::parse(&data.file, &data.text, ledger);
    let mut root = document.root();
    let sections = root.sections("marks");
    if sections.is_empty() {
        let remedy = "add [[marks]] tables with name, title, urgent and words";
        root.fault("marks", "no list of words stands here", remedy);
    }
    let mut names: Vec<String> = Vec::new();
    let mut lists = Vec::new();
    for mut section in sections {
        let name = section.parsed("name", name, "write a short name such as \"hazard\"");
        if section.text("name").is_none() {
            section.required("name", "\"hazard\"");
        }
        if let Some(twice) = name.as_ref().filter(|name| names.contains(name)) {
            section.fault("name", format!("a list named '{twice}' stands above"), "give each list a name of its own");
        }
        names.extend(name.clone());
        lists.push(list(section, name, notify));
    }
    root.finish();
    lists.into_iter().collect()
}

fn name(text: &str) -> Result<String, &'static str> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let sound = text.len() <= 40 && text.bytes().all(fits);
    if sound { Ok(text.to_owned()) } else { Err("may hold small letters, digits and hyphens, 40 at most") }
}

fn list(mut section: Section<'_>, name: Option<String>, otherwise: Option<&EmailAddress>) -> Option<WordList> {
    let title = section.required("title", "\"Possible hazard in a home\"");
    let haste = match section.flag("urgent") {
        Some(false) => Haste::Noticed,
        _ => Haste::Urgent,
    };
    let notify = email(&mut section, "notify").or_else(|| otherwise.cloned());
    let words = section.lines("words");
    must_find("words", words.iter().flatten(), &section);
    section.finish();
    Some(WordList { name: name?, title: title?, words: words?, haste, notify: notify? })
}

/// Notes each phrase that would find nothing.
pub(super) fn must_find<'a>(key: &str, phrases: impl Iterator<Item = &'a String>, section: &Section<'_>) {
    for (place, blank) in phrases.enumerate() {
        if !blank.chars().any(char::is_alphanumeric) {
            let what = format!("word {} has no letter: it would find nothing", place + 1);
            section.fault(key, what, "remove it, or write a word");
        }
    }
}

/// `[receipt]`
pub(super) fn receipt(mut section: Section<'_>) -> Receipt {
    let enabled = section.flag("enabled").unwrap_or(false);
    let per_hour = section.number("per_hour", 1..=10_000).unwrap_or(60);
    section.finish();
    if enabled { Receipt::Sent { per_hour } } else { Receipt::Off }
}
