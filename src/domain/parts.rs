//! The parts of a letter that an officer writes on its page. What belongs to the case (definition,
//! handler, resident's name) is kept with the case, not here.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::calendar::WorkingDays;
use super::commands::ExtensionTerms;

/// What an officer has written for one letter. Blank until written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterParts {
    /// A free paragraph.
    pub extra: String,
    /// Adjustments agreed with this resident (5.10).
    pub adjustments: String,
    /// Extension: why more time is needed, specific to this case (6.4).
    pub reason: String,
    /// Extension: the new date (6.4).
    pub new_by: Option<Date>,
    /// Extension: how often and how the resident is updated, as agreed with them (5.9).
    pub updates: String,
    /// Extension: how many working days lie between two updates, when that was agreed.
    pub every: Option<u32>,
    /// Extension: why it is a second one, or goes beyond the limit.
    pub exceptional: String,
}

impl LetterParts {
    /// The parts that are not blank, by name: the form in which they are stored.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, String> {
        [
            ("extra", self.extra.trim().to_owned()),
            ("adjustments", self.adjustments.trim().to_owned()),
            ("reason", self.reason.trim().to_owned()),
            ("new_by", self.new_by.map(|by| by.to_string()).unwrap_or_default()),
            ("updates", self.updates.trim().to_owned()),
            ("every", self.every.map(|every| every.to_string()).unwrap_or_default()),
            ("exceptional", self.exceptional.trim().to_owned()),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
    }

    /// The parts from their stored form; a part that is not there is blank.
    #[must_use]
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| map.get(name).cloned().unwrap_or_default();
        Self {
            extra: text("extra"),
            adjustments: text("adjustments"),
            reason: text("reason"),
            new_by: text("new_by").parse().ok(),
            updates: text("updates"),
            every: text("every").parse().ok(),
            exceptional: text("exceptional"),
        }
    }

    /// The terms of an extension, once a date has been chosen.
    #[must_use]
    pub fn extension(&self) -> Option<ExtensionTerms> {
        self.new_by.map(|new_by| ExtensionTerms {
            reason: self.reason.trim().to_owned(),
            new_by,
            updates: self.updates.trim().to_owned(),
            every: self.every.map(WorkingDays),
            exceptional: self.exceptional.trim().to_owned(),
        })
    }
}
