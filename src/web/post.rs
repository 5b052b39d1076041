//! Letters on paper: the PDF as it was approved, and what an officer records of it: that it was posted, that it
//! came back, that it is not to be posted.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::enter::instant;
use super::fault::Fault;
use super::files::to_be_saved;
use super::form::{self, Block, Fields, FormView};
use super::letter_form::Posted;
use super::letter_page::{Stored, sentence};
use super::page::{Due, FieldErrors, Notice};
use super::visit::{Visit, telling};
use crate::casework::CaseworkError;
use crate::casework::record::{DATE_FAULT, Filled, date};
use crate::domain::case::Case;
use crate::domain::keyed::keyed;
use crate::domain::letter::LetterState;
use crate::domain::post::{self, PostRules, Posting};
use crate::domain::words;
use crate::store::{Letter, Post};

keyed! {
    /// What can be recorded of a letter on paper.
    pub enum OnPaper, "thing to record of a letter" {
        /// It was posted.
        Posted => "posted", "It was posted";
        /// The post brought it back.
        Returned => "returned", "It came back by post";
        /// It is not to be posted.
        Withdrawn => "withdrawn", "It is not to be posted";
    }
}

/// What a letter's page says of its way on paper.
#[derive(Debug, Clone, Default)]
pub struct PostView {
    /// Where it goes, in one line; empty while no postal address is known.
    pub to: String,
    /// How it was posted, once that is recorded.
    pub posted: String,
    /// By when it must be posted, while it waits for that.
    pub waits: Option<Due>,
    /// Whether it can be posted in place of an e-mail that has not gone.
    pub instead: bool,
    /// Whether it may come back.
    pub may_return: bool,
}

impl PostView {
    /// Of an approved letter; `None` when it went by e-mail.
    #[must_use]
    pub fn of(app: &App, letter: &Letter, case: &Case, on_paper: Option<&Post>) -> Option<Self> {
        let posting = on_paper.and_then(|post| post.posting.as_ref());
        let Some(post) = on_paper else {
            let to = case.people.address_lines(app.today()).join(", ");
            return (letter.state == LetterState::Approved).then(|| Self { to, instead: true, ..Self::default() });
        };
        let rules = app.rules();
        let by = |(_, at): &(_, jiff::Timestamp)| {
            let by = post::to_go_by(&app.casework.post, rules.calendar, case, letter.kind, *at);
            Due::seen_from(rules.today(), by, rules.calendar)
        };
        Some(Self {
            to: post.address.to_string(),
            posted: posting.map(posted_words).unwrap_or_default(),
            waits: letter.approved.as_ref().filter(|_| letter.state == LetterState::Approved).map(by),
            instead: false,
            may_return: letter.state == LetterState::Sent,
        })
    }
}

/// How a letter was posted, in words.
pub(super) fn posted_words(posting: &Posting) -> String {
    let class = if posting.class.is_empty() { String::new() } else { format!(", {}", posting.class) };
    format!("posted {} by {}{class}", words::instant(posting.at), posting.by)
}

/// `GET /letters/{id}/print`: the PDF as it was approved.
///
/// # Errors
/// [`Fault`]
pub async fn print(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Fault> {
    let Stored { letter, .. } = Stored::load(&app, &id).await?;
    let pdf = app.casework.store.print_of(letter.id).await?.ok_or(Fault::NotFound)?;
    let headers: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, to_be_saved(&format!("letter-{}-{}.pdf", letter.id, letter.case_ref))),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((headers, pdf).into_response())
}

/// `GET /letters/{id}/post/{what}`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((id, what)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let what: OnPaper = what.parse().map_err(|_| Fault::NotFound)?;
    let stored = Stored::load(&app, &id).await?;
    let view = view(&stored, what, &app.casework.post, &visit.officer.name, None);
    form::show(&app, &visit, None, &view)
}

/// `POST /letters/{id}/post/{what}`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((id, what)): Path<(String, String)>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let what: OnPaper = what.parse().map_err(|_| Fault::NotFound)?;
    let stored = Stored::load(&app, &id).await?;
    let (officer, letter) = (&visit.officer, stored.letter.id);
    let mut errors = FieldErrors::default();
    let done = match what {
        OnPaper::Posted => {
            let filled: Filled = ["day", "time"].map(|id| (id.to_owned(), posted.get(id))).into();
            match instant(&filled) {
                Ok(at) => {
                    let posting = Posting { at, by: posted.get("by"), class: posted.get("class") };
                    Some(app.casework.posted(officer, letter, posting).await.map(drop))
                }
                Err(faults) => {
                    errors = faults;
                    None
                }
            }
        }
        OnPaper::Returned => match date(&posted.get("day")) {
            Some(on) => Some(app.casework.returned(officer, letter, on, posted.get("reason")).await),
            None => {
                errors.add("day", DATE_FAULT);
                None
            }
        },
        OnPaper::Withdrawn => Some(app.casework.withdraw(officer, letter, posted.get("reason")).await),
    };
    match done {
        Some(Ok(())) => return Ok(telling(&format!("/letters/{letter}"), Notice::Recorded).into_response()),
        Some(Err(CaseworkError::Refused(refusal))) => errors.add("", sentence(&refusal)),
        Some(Err(error @ CaseworkError::Print(_))) => errors.add("", sentence(&error)),
        Some(Err(error)) => return Err(error.into()),
        None => {}
    }
    let view = FormView { errors, ..view(&stored, what, &app.casework.post, &officer.name, Some(&posted)) };
    form::again(&app, &visit, &view)
}

fn view(stored: &Stored, what: OnPaper, rules: &PostRules, officer: &str, posted: Option<&Posted>) -> FormView {
    let (letter, fields) = (&stored.letter, Fields(posted));
    let (intro, inputs) = match what {
        OnPaper::Posted => {
            let mut inputs = vec![
                fields.date("day", "Posted on", None),
                fields.line("time", "At", "London time, for example 14:30", ""),
                fields.line("by", "Posted by", "Whoever put it in the post", officer),
            ];
            if !rules.classes.is_empty() {
                let classes = rules.classes.iter().map(|class| (class.clone(), class.clone())).collect();
                inputs.push(fields.choice("class", "Class of post", classes, ""));
            }
            let intro = "The letter counts as sent from this moment, and the dates that follow from it are counted from \
                         this day. An e-mail of it that still waits is withdrawn.";
            (intro, inputs)
        }
        OnPaper::Returned => {
            let reason = fields.line("reason", "What the post says", "For example: addressee gone away", "");
            let intro = "The letter then counts as not sent, as if it had never gone, however long ago it was posted. \
                         Ask the resident for another address.";
            (intro, vec![fields.date("day", "Came back on", None), reason])
        }
        OnPaper::Withdrawn => {
            let intro = "Only for a letter that has not left the house. A new one can be written then.";
            (intro, vec![fields.lines("reason", "Why it is not posted", "", "")])
        }
    };
    FormView {
        title: what.words().to_owned(),
        caption: format!("The {} of {}", letter.kind, letter.case_ref),
        about: format!("/letters/{}", letter.id),
        intro: vec![intro.to_owned()],
        action: format!("/letters/{}/post/{what}", letter.id),
        blocks: vec![Block::of("", inputs, "record", "Record")],
        ..FormView::default()
    }
}
