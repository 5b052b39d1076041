//! What the letter pages share: which letter it is, the rendered text in its frame, the element
//! checks, and approval, which is bound to the version and digest the officer saw.

use askama::Template;

use super::letter_form::{AcknowledgementForm, ExtensionForm, PlainForm};
use super::page::{FieldErrors, Place, Shell};
use crate::domain::ids::Digest;
use crate::domain::letter::ElementCheck;

/// A letter as both kinds of page show it.
#[derive(Debug, Clone)]
pub struct LetterHead {
    /// Its number.
    pub id: i64,
    /// The case reference.
    pub reference: String,
    /// The kind in words, such as `stage 1 acknowledgement`.
    pub kind: String,
    /// To whom it goes; `None` stands in the way of approval.
    pub to: Option<String>,
    /// The newest version.
    pub version: u32,
    /// The digest of that version.
    pub digest: Digest,
    /// What it must contain, and whether it does.
    pub checks: Vec<ElementCheck>,
    /// What else stands in the way of sending it, as a sentence without its full stop.
    pub in_the_way: Option<String>,
    /// The contact that opened the case.
    pub contact: i64,
    /// What the resident wrote in it, to read beside the letter.
    pub message: String,
    /// How many attachments it has.
    pub attachments: usize,
    /// What was found wrong with it, such as an address that nobody reads.
    pub problems: Vec<String>,
}

impl LetterHead {
    /// How many required elements are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.checks.iter().filter(|check| check.passage.is_none()).count()
    }
}

/// The acknowledgement page.
#[derive(Debug, Clone)]
pub struct AcknowledgementView {
    /// The letter.
    pub letter: LetterHead,
    /// Its parts.
    pub form: AcknowledgementForm,
    /// Who may be chosen as handler: account number and name.
    pub officers: Vec<(String, String)>,
    /// What was wrong with the form, or why the letter was not approved.
    pub errors: FieldErrors,
}

/// The extension page.
#[derive(Debug, Clone)]
pub struct ExtensionView {
    /// The letter.
    pub letter: LetterHead,
    /// Its parts.
    pub form: ExtensionForm,
    /// The date the response is due now, in words.
    pub due: String,
    /// The latest lawful date in words with its provision, or why there is none.
    pub latest: Result<String, String>,
    /// What was wrong with the form, or why the letter was not approved.
    pub errors: FieldErrors,
}

/// A letter whose facts are written elsewhere: only its free parts are written here.
#[derive(Debug, Clone)]
pub struct PlainLetterView {
    /// The letter.
    pub letter: LetterHead,
    /// Its parts.
    pub form: PlainForm,
    /// Where its facts are written: path and words.
    pub written_at: Option<(String, &'static str)>,
    /// Why the letter was not approved.
    pub errors: FieldErrors,
}

/// A letter that can no longer be changed.
#[derive(Debug, Clone)]
pub struct SentLetterView {
    /// The letter.
    pub letter: LetterHead,
    /// Where it stands, in words, such as `approved, waiting to be sent`.
    pub state: String,
    /// Whether an officer must act because the mail server refused it.
    pub refused: bool,
    /// Who approved it and when, in words.
    pub approved: String,
    /// The attempts at handing it over, in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt at handing a letter to the mail server.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When it was answered, in words.
    pub at: String,
    /// The mail server's words.
    pub answer: String,
}

#[derive(Template)]
#[template(path = "acknowledgement.html")]
struct AcknowledgementPage<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a AcknowledgementView,
}

#[derive(Template)]
#[template(path = "extension.html")]
struct ExtensionPage<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a ExtensionView,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct PlainLetterPage<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a PlainLetterView,
}

#[derive(Template)]
#[template(path = "sent_letter.html")]
struct SentLetterPage<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a SentLetterView,
}

/// The page on which an acknowledgement is written and approved.
///
/// # Errors
/// When the template cannot be written.
pub fn acknowledgement_html(shell: Shell<'_>, view: &AcknowledgementView) -> Result<String, askama::Error> {
    AcknowledgementPage { shell, place: Place::Elsewhere, view }.render()
}

/// The page on which an extension letter is written and approved.
///
/// # Errors
/// When the template cannot be written.
pub fn extension_html(shell: Shell<'_>, view: &ExtensionView) -> Result<String, askama::Error> {
    ExtensionPage { shell, place: Place::Elsewhere, view }.render()
}

/// The page of a letter whose facts are written elsewhere.
///
/// # Errors
/// When the template cannot be written.
pub fn plain_html(shell: Shell<'_>, view: &PlainLetterView) -> Result<String, askama::Error> {
    PlainLetterPage { shell, place: Place::Elsewhere, view }.render()
}

/// The page of a letter that has been approved.
///
/// # Errors
/// When the template cannot be written.
pub fn sent_html(shell: Shell<'_>, view: &SentLetterView) -> Result<String, askama::Error> {
    SentLetterPage { shell, place: Place::Elsewhere, view }.render()
}
