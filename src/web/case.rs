//! One case: what is due and how each date was worked out, the complaint definition, letters,
//! contacts and everything that has happened.

use askama::Template;

use super::contacts::ContactRow;
use super::page::{Due, Place, Shell};
use crate::domain::definition::Point;

/// One case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its reference.
    pub reference: String,
    /// The resident's name; may be empty.
    pub resident: String,
    /// Where letters go.
    pub email: Option<String>,
    /// The stage in words.
    pub stage: String,
    /// The triage state in words.
    pub triage: String,
    /// The handler's name.
    pub handler: Option<String>,
    /// The dates of the stage, in their order.
    pub dates: Vec<DateView>,
    /// The numbered points.
    pub points: Vec<Point>,
    /// The outcomes sought.
    pub outcomes: Vec<String>,
    /// The letters, oldest first.
    pub letters: Vec<LetterRow>,
    /// Whether more time can be given.
    pub extension: ExtensionOffer,
    /// The contacts, newest first.
    pub contacts: Vec<ContactRow>,
    /// What happened, newest first.
    pub history: Vec<HappenedView>,
}

/// One date of a stage.
#[derive(Debug, Clone)]
pub struct DateView {
    /// What it is, such as `Acknowledgement due`.
    pub what: String,
    /// The date in words.
    pub date: String,
    /// How much time is left, while the duty is open.
    pub due: Option<Due>,
    /// How it was worked out, one sentence a line; empty for a plain fact.
    pub explanation: Vec<String>,
}

/// One letter of the case.
#[derive(Debug, Clone)]
pub struct LetterRow {
    /// Its number.
    pub id: i64,
    /// Its kind in words.
    pub kind: String,
    /// Where it stands, in words.
    pub state: String,
}

/// Whether the response date can be moved now.
#[derive(Debug, Clone)]
pub enum ExtensionOffer {
    /// It can, up to this date in words.
    Possible {
        /// The latest date.
        latest: String,
        /// Where the Code says so.
        provision: String,
    },
    /// An extension letter is being written already; the list of letters has it.
    Begun,
    /// It cannot, and why.
    Impossible(String),
}

/// One line of the history.
#[derive(Debug, Clone)]
pub struct HappenedView {
    /// When, in words.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub what: String,
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a CaseView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &CaseView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}
