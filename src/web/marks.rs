//! Words that must not wait, as pages show them: what they may mean, and the words themselves.

use crate::domain::contact::Mark;
use crate::domain::hand_over::WordLists;

/// The finds of one list.
#[derive(Debug, Clone)]
pub struct MarkView {
    /// What they may mean, such as `Possible hazard in a home`.
    pub title: String,
    /// The words found.
    pub words: String,
    /// Whether somebody must look at once.
    pub urgent: bool,
}

impl MarkView {
    /// Marks as pages show them, urgent ones first.
    #[must_use]
    pub fn all(lists: &WordLists, marks: &[Mark]) -> Vec<Self> {
        let view = |mark: &Mark| Self {
            title: lists.list(&mark.list).map_or_else(|| mark.list.clone(), |list| list.title.clone()),
            words: mark.words.join(", "),
            urgent: lists.is_urgent(mark),
        };
        let mut views: Vec<Self> = marks.iter().map(view).collect();
        views.sort_by_key(|view| !view.urgent);
        views
    }

    /// The finds of several messages together, each word once.
    #[must_use]
    pub fn together<'a>(lists: &WordLists, marks: impl IntoIterator<Item = &'a Mark>) -> Vec<Self> {
        let mut joined: Vec<Mark> = Vec::new();
        for mark in marks {
            if let Some(same) = joined.iter_mut().find(|same| same.list == mark.list) {
                let new = mark.words.iter().filter(|word| !same.words.contains(word)).cloned().collect::<Vec<_>>();
                same.words.extend(new);
            } else {
                joined.push(mark.clone());
            }
        }
        Self::all(lists, &joined)
    }
}
