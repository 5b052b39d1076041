//! Recording something of the people of a case: one page for each thing, made from its fields.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::app::App;
use super::case::found;
use super::fault::Fault;
use super::form::{self, Block, FieldView, FormView};
use super::letter_form::Posted;
use super::page::{FieldErrors, Notice};
use super::visit::Visit;
use crate::casework::record::{Filled, Record};
use crate::domain::case::Case;
use crate::domain::people::Officer;
use crate::domain::people_events::disclosure;
use crate::domain::words;

/// `GET /cases/{reference}/record/{what}`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((reference, what)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (case, record) = asked(&app, &reference, &what).await?;
    let officers = app.casework.store.officers().await?;
    let view = view(&app, &case, record, &Filled::new(), &officers, FieldErrors::default());
    form::show(&app, &visit, None, &view)
}

/// `POST /cases/{reference}/record/{what}`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((reference, what)): Path<(String, String)>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let (case, record) = asked(&app, &reference, &what).await?;
    let officers = app.casework.store.officers().await?;
    let filled: Filled = record.fields().iter().map(|field| (field.id.to_owned(), posted.get(field.id))).collect();
    let mut errors = FieldErrors::default();
    match record.command(&filled, &officers) {
        Err(faults) => faults.into_iter().for_each(|(id, text)| errors.add(id, text)),
        Ok(command) => {
            let done = app.casework.act(&visit.officer, case.reference, command).await.map(|_| None);
            let there = format!("/cases/{}", case.reference);
            if let Some(gone) = form::after(done, (&there, Notice::Recorded), &mut errors)? {
                return Ok(gone);
            }
        }
    }
    let view = view(&app, &case, record, &filled, &officers, errors);
    form::again(&app, &visit, &view)
}

async fn asked(app: &App, reference: &str, what: &str) -> Result<(Case, Record), Fault> {
    let record: Record = what.parse().map_err(|_| Fault::NotFound)?;
    Ok((found(app, reference).await?, record))
}

fn view(
    app: &App,
    case: &Case,
    record: Record,
    filled: &Filled,
    officers: &[Officer],
    errors: FieldErrors,
) -> FormView {
    let fields = record.fields().iter().map(|field| FieldView::of(field, filled, officers)).collect();
    FormView {
        intro: intro(app, case, record),
        blocks: vec![Block::of("", fields, "record", "Record")],
        errors,
        ..FormView::about(case, record.words(), &format!("record/{record}"))
    }
}

/// What the officer must know, and what is on record to be referred to by number.
fn intro(app: &App, case: &Case, record: Record) -> Vec<String> {
    let (people, today) = (&case.people, app.today());
    match record {
        Record::Circumstance => {
            vec!["Write what the resident told us and no more: it is seen only on this case.".to_owned()]
        }
        Record::Representative => {
            vec!["Until consent is recorded nothing is disclosed, and letters go to the resident (3.6).".to_owned()]
        }
        Record::Consent => (1..)
            .zip(&people.representatives)
            .map(|(number, one): (usize, _)| format!("{number}. {}: {}.", one.name, disclosure(one, today)))
            .collect(),
        Record::Restriction => {
            vec!["A restriction never stops a message or the clock of a complaint (5.14, 5.15).".to_owned()]
        }
        Record::OmbudsmanDone => (1..)
            .zip(&people.ombudsman)
            .filter(|(_, item)| item.done.is_none())
            .map(|(number, item): (usize, _)| {
                let due = item.due_by.map_or_else(String::new, |by| format!(", due by {}", words::weekday_date(by)));
                format!("{number}. {} {}{due}.", item.kind.words(), item.reference)
            })
            .collect(),
        _ => Vec::new(),
    }
}
