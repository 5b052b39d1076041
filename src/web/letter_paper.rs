//! A letter on paper: the version an officer sees, as a PDF to be saved, printed and posted. A draft
//! says on every page that it is one, for nothing leaves without approval.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::fault::Fault;
use super::files::to_be_saved;
use super::letter_page::{Stored, sentence};
use super::page::{Place, Shell};
use super::visit::{Asked, Visit};
use crate::domain::circumstances::LetterFormat;
use crate::domain::letter::LetterState;
use crate::letters::printing::{self, Printed};
use crate::typesetting::PrintFault;

/// What is told when a letter cannot be printed.
#[derive(Debug, Clone)]
pub struct NotPrintedView {
    /// The letter.
    pub letter: i64,
    /// The case's reference.
    pub reference: String,
    /// Why, as sentences.
    pub why: Vec<String>,
}

#[derive(Template)]
#[template(path = "not_printed.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a NotPrintedView,
}

/// The page in place of a PDF.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &NotPrintedView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}

/// `GET /letters/{id}/pdf/{print}?version=`: the version asked for on paper; `print` is `standard` or
/// `large-print`.
///
/// # Errors
/// [`Fault`]
pub async fn download(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((id, print)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let format = match print.parse() {
        Ok(format @ (LetterFormat::Standard | LetterFormat::LargePrint)) => format,
        _ => return Err(Fault::NotFound),
    };
    let Stored { letter, case } = Stored::load(&app, &id).await?;
    let view = |why| NotPrintedView { letter: letter.id.0, reference: letter.case_ref.to_string(), why };
    let instead = |status: StatusCode, why: Vec<String>| {
        let mut page = app.page(&visit, None, |shell| html(shell, &view(why)))?;
        *page.status_mut() = status;
        Ok(page)
    };
    if asked.version != letter.version.to_string() {
        let why = "This version has been replaced. Go back to the letter to see the newest one.".to_owned();
        return instead(StatusCode::CONFLICT, vec![why]);
    }
    let (landlord, reference) = (app.casework.desk.landlord.clone(), letter.case_ref);
    let to = case.people.letters_to(&case.resident, app.rules().today()).0.to_owned();
    let address = case.people.address_lines(app.today()).to_vec();
    let content = letter.content.clone();
    let mark = (letter.state == LetterState::Draft).then_some(printing::DRAFT);
    let print = move || {
        let letter = Printed {
            subject: &content.subject,
            markdown: &content.markdown,
            language: printing::language_of(&content.html),
            reference: &reference.to_string(),
            mark,
            landlord: &landlord,
            to: &to,
            address: &address,
        };
        printing::print(&letter, format)
    };
    let printed = match app.leave().await {
        Ok(leave) => app.take_apart(&leave, print).await,
        Err(late) => Err(late),
    };
    match printed {
        Ok(Ok(bytes)) => {
            let large = if format == LetterFormat::LargePrint { "-large-print" } else { "" };
            let draft = if mark.is_some() { "draft-" } else { "" };
            let name = format!("{draft}letter-{}-{reference}{large}.pdf", letter.id);
            let headers: [(HeaderName, String); 3] = [
                (header::CONTENT_TYPE, "application/pdf".to_owned()),
                (header::CONTENT_DISPOSITION, to_be_saved(&name)),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
            ];
            Ok((headers, bytes).into_response())
        }
        Ok(Err(fault)) => {
            if !matches!(fault, PrintFault::NoShape(_)) {
                tracing::error!(letter.id = letter.id.0, error = %fault, "A letter could not be printed");
            }
            let why = format!("{}.", sentence(&fault));
            instead(StatusCode::UNPROCESSABLE_ENTITY, vec![why, "It can still be sent by e-mail.".to_owned()])
        }
        Err(_) => instead(StatusCode::SERVICE_UNAVAILABLE, vec!["It took too long. Try again in a minute.".to_owned()]),
    }
}
