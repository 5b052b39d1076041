//! A page that is one form, made from its fields as data: blocks of fields, each with a button of its own
//! if it needs one. It works without JavaScript, and shows again what was typed whenever something stands
//! in the way.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;

use super::app::App;
use super::fault::Fault;
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{FieldErrors, Notice, Place, Shell};
use super::visit::{Visit, telling};
use crate::casework::CaseworkError;
use crate::casework::record::{self, DATE_FAULT, DATE_HINT, Filled, Input};
use crate::domain::case::Case;
use crate::domain::ids::LetterId;
use crate::domain::people::{Officer, Standing};

/// A page that is one form.
#[derive(Debug, Clone, Default)]
pub struct FormView {
    /// The heading.
    pub title: String,
    /// What stands above it, such as a case reference; may be empty.
    pub caption: String,
    /// Where the caption leads; may be empty.
    pub about: String,
    /// What the officer must know first, one paragraph a line.
    pub intro: Vec<String>,
    /// What must be done elsewhere before: address and words.
    pub first: Option<(String, String)>,
    /// Where it goes.
    pub action: String,
    /// Whether files can be added.
    pub files: bool,
    /// What the form carries besides: name and value.
    pub hidden: Vec<(String, String)>,
    /// The blocks of fields, in order.
    pub blocks: Vec<Block>,
    /// What was wrong.
    pub errors: FieldErrors,
}

/// Fields that belong together.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its heading; may be empty.
    pub title: String,
    /// Its fields.
    pub fields: Vec<FieldView>,
    /// The button below it: its value and words.
    pub button: Option<(String, String)>,
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

impl FormView {
    /// A form about a case.
    #[must_use]
    pub fn about(case: &Case, title: impl Into<String>, page: &str) -> Self {
        let about = format!("/cases/{}", case.reference);
        let (caption, action) = (format!("Case {}", case.reference), format!("{about}/{page}"));
        Self { title: title.into(), caption, about, action, ..Self::default() }
    }

    /// The look of its buttons: one alone is what the page is for.
    #[must_use]
    pub fn button_class(&self) -> &'static str {
        let alone = self.blocks.iter().filter(|block| block.button.is_some()).count() == 1;
        if alone { "govuk-button" } else { "govuk-button govuk-button--secondary" }
    }
}

impl Block {
    /// Fields with a button below them.
    #[must_use]
    pub fn of(title: impl Into<String>, fields: Vec<FieldView>, value: &str, words: &str) -> Self {
        Self { button: Some((value.to_owned(), words.to_owned())), ..Self::plain(title, fields) }
    }

    /// Fields that a button further down sends.
    #[must_use]
    pub fn plain(title: impl Into<String>, fields: Vec<FieldView>) -> Self {
        Self { title: title.into(), fields, button: None }
    }
}

impl FieldView {
    /// A field as filled in; `officers` can be chosen from.
    #[must_use]
    pub fn of(field: &record::Field, filled: &Filled, officers: &[Officer]) -> Self {
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

/// Makes fields that hold what was posted, else what is stored.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub Option<&'a Posted>);

impl Fields<'_> {
    fn of(self, id: &str, label: &str, hint: &str, stored: &str, look: FieldLook) -> FieldView {
        let value = self.0.map_or_else(|| stored.to_owned(), |posted| posted.get(id));
        FieldView { id: id.to_owned(), label: label.to_owned(), hint: hint.to_owned(), value, look }
    }

    /// One line.
    pub fn line(self, id: &str, label: &str, hint: &str, stored: &str) -> FieldView {
        self.of(id, label, hint, stored, FieldLook::Line)
    }

    /// Several lines.
    pub fn lines(self, id: &str, label: &str, hint: &str, stored: &str) -> FieldView {
        self.of(id, label, hint, stored, FieldLook::Text)
    }

    /// A date.
    pub fn date(self, id: &str, label: &str, stored: Option<Date>) -> FieldView {
        let stored = stored.map(|date| date.strftime("%-d %-m %Y").to_string()).unwrap_or_default();
        self.of(id, label, DATE_HINT, &stored, FieldLook::Line)
    }

    /// One of these.
    pub fn choice(self, id: &str, label: &str, choices: Vec<(String, String)>, stored: &str) -> FieldView {
        self.of(id, label, "", stored, FieldLook::Choice(choices))
    }
}

/// A date as entered; `None` when the field is blank or, with an error, when it is no date.
pub(super) fn date(text: &str, field: &str, errors: &mut FieldErrors) -> Option<Date> {
    let date = record::date(text);
    if date.is_none() && !text.is_empty() {
        errors.add(field, DATE_FAULT);
    }
    date
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

/// The page, and what the last act did.
pub(super) fn show(app: &App, visit: &Visit, told: Option<Notice>, view: &FormView) -> Result<Response, Fault> {
    app.page(visit, told, |shell| html(shell, view))
}

/// The page once more, with what stood in the way.
pub(super) fn again(app: &App, visit: &Visit, view: &FormView) -> Result<Response, Fault> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(app, visit, None, view)?).into_response())
}

/// Where an act on a case leads: to the letter it began, else there. `None`, and an error, when it was
/// refused: then the form is shown again.
pub(super) fn after(
    done: Result<Option<LetterId>, CaseworkError>,
    (path, notice): (&str, Notice),
    errors: &mut FieldErrors,
) -> Result<Option<Response>, Fault> {
    match done {
        Ok(Some(letter)) => Ok(Some(telling(&format!("/letters/{letter}"), Notice::Saved).into_response())),
        Ok(None) => Ok(Some(telling(path, notice).into_response())),
        Err(CaseworkError::Refused(refusal)) => {
            errors.add("", sentence(&refusal));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
