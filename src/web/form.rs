//! A page that is one form, made from its fields as data: for what is recorded of a case, contacts that
//! are entered by hand, and incidents. What was typed is never lost.

use askama::Template;

use super::page::{FieldErrors, Place, Shell};
use crate::casework::record::{Field, Filled, Input};
use crate::domain::people::{Officer, Standing};

/// A page that is one form.
#[derive(Debug, Clone, Default)]
pub struct FormView {
    /// The heading.
    pub title: String,
    /// What stands above it, such as a case reference; may be empty.
    pub caption: String,
    /// What the officer must know first, one paragraph a line.
    pub intro: Vec<String>,
    /// Where it goes.
    pub action: String,
    /// Whether files can be added.
    pub files: bool,
    /// What the form carries besides: name and value.
    pub hidden: Vec<(String, String)>,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// The words on the button.
    pub button: String,
    /// What was wrong.
    pub errors: FieldErrors,
}

/// One field.
#[derive(Debug, Clone)]
pub struct FieldView {
    /// Its name.
    pub id: String,
    /// Its label.
    pub label: String,
    /// A hint; may be empty.
    pub hint: String,
    /// What stands in it.
    pub value: String,
    /// How it is shown.
    pub look: FieldLook,
}

/// How a field is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldLook {
    /// One line.
    Line,
    /// Several lines.
    Text,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
    /// Files from the officer's machine.
    Files,
}

impl FieldView {
    /// A field as filled in; `officers` can be chosen from.
    #[must_use]
    pub fn of(field: &Field, filled: &Filled, officers: &[Officer]) -> Self {
        let pair = |(key, words): (&str, &str)| (key.to_owned(), words.to_owned());
        let look = match field.input {
            Input::Line | Input::Date => FieldLook::Line,
            Input::Text => FieldLook::Text,
            Input::Choice(choices) => FieldLook::Choice(choices().into_iter().map(pair).collect()),
            Input::Officer => {
                let active = officers.iter().filter(|officer| officer.standing == Standing::Active);
                FieldLook::Choice(active.map(|one| (one.email.to_string(), one.name.clone())).collect())
            }
        };
        Self {
            id: field.id.to_owned(),
            label: field.label.to_owned(),
            hint: field.hint.to_owned(),
            value: filled.get(field.id).cloned().unwrap_or_default(),
            look,
        }
    }
}

#[derive(Template)]
#[template(path = "form.html")]
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
