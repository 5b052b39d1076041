//! Correcting when the current stage of a case was received (3.2, 6.2): one officer proposes, another
//! confirms what they saw, and every date follows. A due date cannot be set by itself.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Timestamp;

use super::app::App;
use super::case::found;
use super::enter::{DAY, TIME, field, filled, instant};
use super::fault::Fault;
use super::form::{self, Block, FieldView, Fields, FormView};
use super::letter_form::Posted;
use super::page::{FieldErrors, Notice};
use super::visit::{Asked, Visit};
use crate::casework::record::{Field, Filled, Input};
use crate::domain::case::Case;
use crate::domain::commands::{CaseCommand, Correcting};
use crate::domain::words;

const FIELDS: &[Field] = &[
    DAY,
    TIME,
    field("reason", "How that is known", "For example: stamped by reception, a colleague’s note", Input::Text),
];

/// `GET /cases/{reference}/received`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let case = found(&app, &reference).await?;
    form::show(&app, &visit, asked.notice(), &view(&case, &Filled::new(), Fields(None), FieldErrors::default()))
}

/// `POST /cases/{reference}/received`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let case = found(&app, &reference).await?;
    let mut errors = FieldErrors::default();
    if let Some(step) = step(&posted, &mut errors) {
        let done = app.casework.act(&visit.officer, case.reference, CaseCommand::CorrectReceived(step)).await;
        let there = format!("/cases/{}", case.reference);
        if let Some(gone) = form::after(done.map(|_| None), (&there, Notice::CaseChanged), &mut errors)? {
            return Ok(gone);
        }
    }
    form::again(&app, &visit, &view(&case, &filled(FIELDS, &posted), Fields(Some(&posted)), errors))
}

/// What was asked; `None`, and an error, when it cannot be told.
fn step(posted: &Posted, errors: &mut FieldErrors) -> Option<Correcting> {
    let pressed = posted.get("do");
    match pressed.split_once(' ').map_or((pressed.as_str(), ""), |(verb, seen)| (verb, seen)) {
        ("confirm", seen) => {
            let seen: Option<Timestamp> = seen.parse().ok();
            seen.map(|received_at| Correcting::Confirm { received_at })
        }
        ("drop", _) => Some(Correcting::Drop { reason: posted.get("drop-reason") }),
        _ => match instant(&filled(FIELDS, posted)) {
            Ok(received_at) => Some(Correcting::Propose { received_at, reason: posted.get("reason") }),
            Err(faults) => {
                (&faults).into_iter().for_each(|fault| errors.add(fault.field.clone(), fault.text.clone()));
                None
            }
        },
    }
}

fn view(case: &Case, filled: &Filled, fields: Fields<'_>, errors: FieldErrors) -> FormView {
    let mut blocks = Vec::new();
    if let Some(proposed) = &case.correction {
        let title = format!("{} proposed: received {}", proposed.by_name, words::instant(proposed.received_at));
        let confirm = format!("confirm {}", proposed.received_at);
        blocks.push(Block::of(title, Vec::new(), &confirm, "Confirm it: every date follows"));
        let why = fields.line("drop-reason", "If it is not right: why", "", "");
        blocks.push(Block::of("", vec![why], "drop", "Drop the proposal"));
    }
    let inputs = FIELDS.iter().map(|field| FieldView::of(field, filled, &[])).collect();
    blocks.push(Block::of("Propose a correction", inputs, "propose", "Propose it"));
    let recorded = words::instant(case.current.received_at);
    let mut intro = vec![
        format!("The record says that {} was received {recorded}.", case.current.stage),
        "One officer proposes and another confirms. Every date is then counted anew, and what stood before stays in \
         the history (6.2). A due date cannot be set by itself: for more time to respond, extend it (6.4, 6.15)."
            .to_owned(),
    ];
    intro.extend(case.correction.as_ref().map(|proposed| format!("How it is known: {}", proposed.reason)));
    FormView { intro, blocks, errors, ..FormView::about(case, "Correct when it was received", "received") }
}
