//! Words in a message that must not wait for triage: a hazard in a home (Awaab's Law, SI 2025/1042), a
//! request for personal data, a data breach. It never says that anything is *not* urgent: no words found means nothing.

use super::contact::{Mark, Reading};
use super::ids::EmailAddress;
use super::phrases::{Ours, Phrases};

#[cfg(test)]
mod tests;

/// One list of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordList {
    /// Its name, as marks keep it, such as `hazard`.
    pub name: String,
    /// What it is called on pages and in notices, such as `Possible hazard in a home`.
    pub title: String,
    /// The words and phrases.
    pub words: Vec<String>,
    /// How pressing it is.
    pub haste: Haste,
    /// Who is told at once.
    pub notify: EmailAddress,
}

/// How pressing the words of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// Somebody must look at once.
    Urgent,
    /// It must be noticed, within days.
    Noticed,
}

/// All lists, ready to be looked for.
#[derive(Debug, Clone, Default)]
pub struct WordLists {
    lists: Vec<WordList>,
    phrases: Phrases,
}

impl WordLists {
    /// These lists; a phrase without a letter or digit is passed over.
    #[must_use]
    pub fn new(lists: Vec<WordList>, ours: Ours) -> Self {
        let phrases = Phrases::new(lists.iter().map(|list| list.words.as_slice()), ours);
        Self { lists, phrases }
    }

    /// The lists.
    #[must_use]
    pub fn lists(&self) -> &[WordList] {
        &self.lists
    }

    /// The list of this name, unless the configuration has lost it.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&WordList> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// Whether a mark is urgent. One whose list is no longer known is.
    #[must_use]
    pub fn is_urgent(&self, mark: &Mark) -> bool {
        self.list(&mark.list).is_none_or(|list| list.haste == Haste::Urgent)
    }

    /// What is found in a message: a mark for each list with a find.
    #[must_use]
    pub fn find(&self, reading: &Reading) -> Vec<Mark> {
        let found = self.lists.iter().zip(self.phrases.find(reading)).filter(|(_, places)| !places.is_empty());
        found
            .map(|(list, places)| {
                let words = places.iter().filter_map(|place| list.words.get(*place).cloned()).collect();
                Mark { list: list.name.clone(), words }
            })
            .collect()
    }
}
