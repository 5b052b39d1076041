//! Reads TOML key by key, so that every fault of a file is found in one reading, each with its line.
//! A key nobody asked for is a fault, with the nearest known key as a suggestion.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::faults::{ConfigFault, Ledger, Weight};

/// One TOML file being read.
#[derive(Debug)]
pub(super) struct Document<'a> {
    file: &'a Path,
    text: &'a str,
    ledger: &'a Ledger,
    root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Parses the text; syntax faults are noted and what could be read is read.
    pub(super) fn parse(file: &'a Path, text: &'a str, ledger: &'a Ledger) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Self { file, text, ledger, root: root.into_inner() };
        for error in errors {
            let what = error.message().replace('\n', " ");
            let at = error.span().map(|span| document.line(&span));
            document.note(at, String::new(), what, "correct the TOML here", Weight::Unusable);
        }
        document
    }

    /// The top of the file.
    pub(super) fn root(&self) -> Section<'_> {
        Section { document: self, path: String::new(), line: None, table: Some(&self.root), asked: BTreeSet::new() }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
    }

    fn note(
        &self,
        line: Option<usize>,
        key: String,
        what: impl Into<String>,
        remedy: impl Into<String>,
        weight: Weight,
    ) {
        let (what, remedy) = (what.into(), remedy.into());
        self.ledger.note(ConfigFault { file: self.file.to_owned(), line, key, what, remedy, weight });
    }
}

/// One table of a file. An absent table reads as one in which every key is absent.
#[derive(Debug)]
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    path: String,
    line: Option<usize>,
    table: Option<&'a DeTable<'a>>,
    asked: BTreeSet<&'static str>,
}

impl<'a> Section<'a> {
    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn find(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key);
        self.find(key)
    }

    /// Notes a fault of a key, at its line or else at its table's.
    pub(super) fn fault(&self, key: &str, what: impl Into<String>, remedy: impl Into<String>) {
        self.report(key, what, remedy, Weight::Unusable);
    }

    /// Notes something of a key.
    pub(super) fn report(&self, key: &str, what: impl Into<String>, remedy: impl Into<String>, weight: Weight) {
        let line = self.find(key).map(|value| self.document.line(&value.span())).or(self.line);
        self.document.note(line, self.key(key), what, remedy, weight);
    }

    fn wrong_type(&self, key: &str, found: &DeValue<'_>, wanted: &str) {
        self.fault(key, format!("this is {}", with_article(found.type_str())), format!("write {wanted}"));
    }

    /// Text that is not blank; absent is `None`.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)?.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.fault(key, "the text is empty", "fill it in, or leave the key out");
                None
            }
            DeValue::String(text) => Some(text.trim().to_owned()),
            other => {
                self.wrong_type(key, other, "text in quotation marks");
                None
            }
        }
    }

    /// Text that must be there. `example` says what to write.
    pub(super) fn required(&mut self, key: &'static str, example: &str) -> Option<String> {
        if self.take(key).is_none() {
            self.fault(key, "missing", format!("add {key} = {example}"));
        }
        self.text(key)
    }

    /// Text made into a value; a refusal is noted in its own words.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        remedy: &str,
    ) -> Option<T> {
        let text = self.text(key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(key, error.to_string(), remedy);
                None
            }
        }
    }

    /// One of some words; the first stands when the key is absent.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        if self.take(key).is_none() {
            return choices.first().map(|(_, value)| *value);
        }
        let text = self.text(key)?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if chosen.is_none() {
            self.fault(key, format!("'{text}' is not known here"), format!("write one of: {}", words.join(", ")));
        }
        chosen
    }

    /// True or false; absent is `None`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        match self.take(key)?.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                self.wrong_type(key, other, "true or false, without quotation marks");
                None
            }
        }
    }

    /// A whole number within limits; absent is `None`.
    pub(super) fn number(&mut self, key: &'static str, within: RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(key)?.get_ref();
        let number = whole(value).filter(|number| within.contains(number));
        if number.is_none() {
            self.fault(key, "not usable", format!("write a whole number from {} to {}", within.start(), within.end()));
        }
        number
    }

    /// A whole number within limits that must be there.
    pub(super) fn required_number(&mut self, key: &'static str, within: RangeInclusive<u32>) -> Option<u32> {
        if self.take(key).is_none() {
            self.fault(
                key,
                "missing",
                format!("add {key} = a whole number from {} to {}", within.start(), within.end()),
            );
        }
        self.number(key, within)
    }

    /// A list of whole numbers; absent is `None`.
    pub(super) fn numbers(&mut self, key: &'static str) -> Option<Vec<u32>> {
        let value = self.take(key)?.get_ref();
        let numbers = value.as_array().and_then(|list| list.iter().map(|item| whole(item.get_ref())).collect());
        if numbers.is_none() {
            self.fault(key, "not a list of whole numbers", "write a list such as [3, 2, 1, 0]");
        }
        numbers
    }

    /// A list of texts, or one text; must be there.
    pub(super) fn lines(&mut self, key: &'static str) -> Option<Vec<String>> {
        let Some(value) = self.take(key) else {
            self.fault(key, "missing", "write a list of lines in quotation marks");
            return None;
        };
        let lines: Option<Vec<String>> = match value.get_ref() {
            DeValue::Array(list) => list.iter().map(|item| item.get_ref().as_str().map(ToOwned::to_owned)).collect(),
            DeValue::String(text) => Some(text.lines().map(ToOwned::to_owned).collect()),
            _ => None,
        };
        let lines = lines.filter(|lines| lines.iter().any(|line| !line.trim().is_empty()));
        if lines.is_none() {
            self.fault(key, "not a list of lines", "write a list of lines in quotation marks");
        }
        lines
    }

    /// A list of names; none when the key is not there.
    pub(super) fn names(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let names: Option<Vec<String>> = value.get_ref().as_array().and_then(|list| {
            list.iter().map(|item| item.get_ref().as_str().map(|name| name.trim().to_owned())).collect()
        });
        let names = names.filter(|names| names.iter().all(|name| !name.is_empty()));
        if names.is_none() {
            self.fault(key, "not a list of names", "write names in quotation marks, with commas, in [ ]");
        }
        names.unwrap_or_default()
    }

    /// A date, as TOML writes one; must be there.
    pub(super) fn date(&mut self, key: &'static str) -> Option<Date> {
        let value = self.take(key);
        let date = value.and_then(|value| match value.get_ref() {
            DeValue::Datetime(when) => when.to_string().parse().ok(),
            _ => None,
        });
        if date.is_none() {
            self.fault(key, "not a date", "write a date such as 2026-11-22, without quotation marks");
        }
        date
    }

    /// A date, bare or in quotation marks; absent is `None`.
    pub(super) fn optional_date(&mut self, key: &'static str) -> Option<Date> {
        let date = match self.take(key)?.get_ref() {
            DeValue::Datetime(when) => when.to_string().parse().ok(),
            DeValue::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.fault(key, "not a date", "write a date such as 2026-11-22");
        }
        date
    }

    /// A list of texts, each of them not blank; absent is `None`.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.take(key)?.get_ref();
        let text = |item: &Spanned<DeValue<'_>>| {
            item.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
        };
        let list = value.as_array();
        let texts = list.and_then(|list| list.iter().map(text).collect());
        let blank = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().is_some_and(|text| text.trim().is_empty());
        if list.is_some_and(|list| list.iter().any(blank)) {
            self.fault(key, "one of its texts is empty", "write a text between the quotation marks, or remove them");
        } else if texts.is_none() {
            self.fault(key, "not a list of texts", "write texts in quotation marks, with commas, in [ ]");
        }
        texts
    }

    /// A table inside this one.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'a> {
        let value = self.take(key);
        let table = value.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            self.wrong_type(key, value.get_ref(), &format!("a table: [{}]", self.key(key)));
        }
        let line = value.map(|value| self.document.line(&value.span()));
        Section { document: self.document, path: self.key(key), line, table, asked: BTreeSet::new() }
    }

    /// Whether the file has this table.
    pub(super) const fn is_there(&self) -> bool {
        self.line.is_some()
    }

    /// The tables of an array of tables, `[[key]]`.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value.get_ref(), &format!("a list of tables: [[{}]]", self.key(key)));
            return Vec::new();
        };
        let place = |(at, item): (usize, &'a Spanned<DeValue<'a>>)| Section {
            document: self.document,
            path: format!("{}.{}", self.key(key), at + 1),
            line: Some(self.document.line(&item.span())),
            table: item.get_ref().as_table(),
            asked: BTreeSet::new(),
        };
        list.iter().enumerate().map(place).collect()
    }

    /// Ends the reading of this table: every key that was not asked for is a fault. Returns the keys
    /// that are known here.
    pub(super) fn finish(self) -> BTreeSet<&'static str> {
        for (name, _) in self.table.into_iter().flatten() {
            let key = name.get_ref().as_ref();
            if self.asked.contains(key) {
                continue;
            }
            let remedy = nearest(key, &self.asked).map_or_else(
                || format!("known here: {}", self.asked.iter().copied().collect::<Vec<_>>().join(", ")),
                |known| format!("did you mean '{known}'?"),
            );
            let line = Some(self.document.line(&name.span()));
            self.document.note(line, self.key(key), "unknown key", remedy, Weight::Unusable);
        }
        self.asked
    }
}

fn whole(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The known key that differs by at most a third of the letters.
fn nearest(key: &str, known: &BTreeSet<&'static str>) -> Option<&'static str> {
    let (best, distance) =
        known.iter().map(|candidate| (*candidate, distance(key, candidate))).min_by_key(|(_, distance)| *distance)?;
    (distance <= best.len().div_ceil(3)).then_some(best)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (at, from) in left.chars().enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        let mut next = vec![before];
        for (to, above) in right.chars().zip(row.iter().copied().skip(1)) {
            let cost = diagonal + usize::from(from != to);
            diagonal = above;
            before = cost.min(above + 1).min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
