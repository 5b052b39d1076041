//! What the letter pages share: which letter it is, the rendered text in its frame, the element
//! checks, and approval, which is bound to the version and digest the officer saw.

use askama::Template;

use super::letter_form::{AcknowledgementForm, ExtensionForm, PlainForm};
use super::page::{FieldErrors, Place, Shell};
use super::post::PostView;
use crate::domain::ids::Digest;
use crate::domain::letter::{ElementCheck, LetterKind};
use crate::domain::writing::{Force, Remark};

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
    /// In which form the resident needs it, as a sentence, when not as any letter.
    pub needs: Option<String>,
    /// What it must contain, and whether it does.
    pub checks: Vec<ElementCheck>,
    /// Whether somebody senior may have it sent without what is missing.
    pub overridable: bool,
    /// What the rules of writing find in it.
    pub remarks: Vec<Remark>,
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

    /// How many remarks keep it from being sent.
    #[must_use]
    pub fn blocking(&self) -> usize {
        self.remarks.iter().filter(|remark| remark.force == Force::Blocking).count()
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
    /// What its fields are called.
    pub labels: Labels,
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

impl ExtensionView {
    /// Whether the letter moves a date.
    #[must_use]
    pub fn extends(&self) -> bool {
        self.labels == Labels::of(LetterKind::StageOneExtension)
    }
}

/// What the fields of an extension, or of a letter that tells or asks something, are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// The title of the page.
    pub title: &'static str,
    /// The first text, and a hint.
    pub told: (&'static str, &'static str),
    /// The second text, and a hint; none when there is none.
    pub next: Option<(&'static str, &'static str)>,
    /// The day, and a hint; none when there is none.
    pub by: Option<(&'static str, &'static str)>,
    /// The free passage, and a hint.
    pub paragraph: (&'static str, &'static str),
}

const FREE: (&str, &str) = ("Anything else to say (optional)", "A paragraph of your own.");
const EXAMPLE: &str = "For example, 27 3 2026.";

impl Labels {
    /// Of this kind of letter.
    #[must_use]
    pub const fn of(kind: LetterKind) -> Self {
        let blank =
            Self { title: "Letter", told: ("What you tell the resident", ""), next: None, by: None, paragraph: FREE };
        match kind {
            LetterKind::StageOneExtension | LetterKind::StageTwoExtension => Self {
                title: "Extension",
                told: (
                    "Why more time is needed (6.4)",
                    "Specific to this complaint. Holidays and workload are no good reason.",
                ),
                next: Some((
                    "Updates until then (5.9)",
                    "How often and how, as agreed with the resident, in a sentence. For example: We will email you \
                     every Friday.",
                )),
                by: Some(("New response date", EXAMPLE)),
                paragraph: ("Anything else to say (optional)", "For example what has been done so far."),
            },
            LetterKind::ClarificationRequest => Self {
                title: "Question to the resident",
                told: ("What you would like to know (5.6)", "Each question so that a few words can answer it."),
                ..blank
            },
            LetterKind::ConsentRequest => Self {
                title: "Request for consent",
                told: (
                    "Who would like to act for the resident (3.6)",
                    "How they are related, and how they asked. Left blank, the newest on record without consent is named.",
                ),
                ..blank
            },
            LetterKind::ProgressUpdate => Self {
                title: "Progress update",
                told: ("What has happened since the last update (5.9)", "Say what was done and when."),
                next: Some(("What happens next", "Say who does what.")),
                by: Some(("Next update by", EXAMPLE)),
                ..blank
            },
            LetterKind::OverdueApology => Self {
                title: "Apology for a late answer",
                told: ("Why the answer is late", "As plainly as you would say it to the resident."),
                next: Some(("What you do until then (optional)", "")),
                by: Some(("The answer comes by", EXAMPLE)),
                ..blank
            },
            LetterKind::ActionsComplete => Self {
                title: "Notice that actions are done",
                told: ("What was done, and when (6.6)", "Each action with its day and what shows it."),
                next: Some(("What was done otherwise than promised (optional)", "And why.")),
                ..blank
            },
            LetterKind::TriageReply => Self {
                title: "Reply to a service request",
                told: ("What happens next", "Who does what, and when the resident hears of it."),
                by: Some(("Expected to be done by (optional)", EXAMPLE)),
                ..blank
            },
            LetterKind::SurveySignpost => Self {
                title: "Answer to a survey comment",
                told: ("What you say to their comment (optional)", "How to complain stands in the letter already."),
                ..blank
            },
            LetterKind::RestrictionNotice => Self {
                title: "Restriction notice",
                told: (
                    "What happened (5.14)",
                    "What the resident did and when. Left blank, the restriction on record is used.",
                ),
                next: Some((
                    "What is restricted",
                    "Left blank, what stands on record: which channel, which times, which person.",
                )),
                by: Some(("Reviewed by", "Left blank, the day on record.")),
                paragraph: (
                    "How you considered the Equality Act (5.15)",
                    "Disability, health and other circumstances, and why this is proportionate.",
                ),
            },
            _ => blank,
        }
    }
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
    /// Its way on paper, if it goes or may go so.
    pub post: Option<PostView>,
    /// What it went without, and who decided that.
    pub overridden: Vec<String>,
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
