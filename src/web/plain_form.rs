//! A page that is one plain form: blocks of fields, each block with its button. It needs no JavaScript, and
//! shows again what was typed whenever something stands in the way.

use askama::Template;

use super::letter_form::Posted;
use super::page::{FieldErrors, Place, Shell};

/// The page.
#[derive(Debug, Clone)]
pub struct FormView {
    /// The case's reference.
    pub reference: String,
    /// What the page is for.
    pub heading: String,
    /// What to know before filling it in.
    pub intro: Vec<String>,
    /// Where it is posted.
    pub action: String,
    /// The blocks, in order.
    pub blocks: Vec<Block>,
    /// What was wrong.
    pub errors: FieldErrors,
}

/// Fields that belong together.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its heading.
    pub title: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The button below it: its value and words.
    pub button: Option<(String, String)>,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in the form.
    pub id: String,
    /// Its label.
    pub label: String,
    /// What helps to fill it in.
    pub hint: String,
    /// What it holds.
    pub value: String,
    /// How it is filled in.
    pub kind: FieldKind,
}

/// How a field is filled in.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// One line.
    Line,
    /// Several lines.
    Lines,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
}

/// Makes fields that hold what was posted, else what is stored.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub Option<&'a Posted>);

impl Fields<'_> {
    fn of(self, id: &str, label: &str, hint: &str, stored: &str, kind: FieldKind) -> Field {
        let value = self.0.map_or_else(|| stored.to_owned(), |posted| posted.get(id));
        Field { id: id.to_owned(), label: label.to_owned(), hint: hint.to_owned(), value, kind }
    }

    /// One line.
    pub fn line(self, id: &str, label: &str, hint: &str, stored: &str) -> Field {
        self.of(id, label, hint, stored, FieldKind::Line)
    }

    /// Several lines.
    pub fn lines(self, id: &str, label: &str, hint: &str, stored: &str) -> Field {
        self.of(id, label, hint, stored, FieldKind::Lines)
    }

    /// A date.
    pub fn date(self, id: &str, label: &str, stored: &str) -> Field {
        self.of(id, label, "Year, month and day, for example 2026-03-27", stored, FieldKind::Line)
    }

    /// One of these.
    pub fn choice(self, id: &str, label: &str, choices: Vec<(String, String)>, stored: &str) -> Field {
        self.of(id, label, "", stored, FieldKind::Choice(choices))
    }
}

#[derive(Template)]
#[template(path = "plain_form.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a FormView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &FormView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}
