//! Entering what reached the landlord other than by e-mail (3.1), and declaring that a colleague had
//! received a message before (3.2).

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;

use super::app::App;
use super::contact::number;
use super::fault::Fault;
use super::form::{self, Block, FieldLook, FieldView, FormView};
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{FieldErrors, Notice};
use super::visit::{Asked, ENTRY_PATH, PostedFiles, Visit, telling};
use crate::casework::record::{DATE_FAULT, DATE_HINT, Field, Filled, Input, date};
use crate::casework::{CaseworkError, Destination};
use crate::domain::channel::{Channel, Entered, EnteredFile, FirstReceipt, Taken};
use crate::domain::post::PostalAddress;
use crate::domain::words;
use crate::ingest;

pub(super) const fn field(id: &'static str, label: &'static str, hint: &'static str, input: Input) -> Field {
    Field { id, label, hint, input }
}

pub(super) const DAY: Field = field("day", "Received on: the true day, whenever you enter it", DATE_HINT, Input::Date);
pub(super) const TIME: Field = field("time", "At", "London time, for example 14:30", Input::Line);
const TAKEN_BY: Field = field("taken-by", "Taken by", "Whoever of our people received it (3.2)", Input::Line);

const ENTRY: &[Field] = &[
    field("channel", "How it came", "", Input::Choice(Channel::entered)),
    DAY,
    TIME,
    TAKEN_BY,
    field("name", "Resident’s name", "May be left blank", Input::Line),
    field("email", "Resident’s e-mail address", "May be left blank", Input::Line),
    field("reach", "Other ways to reach them", "Telephone, for example", Input::Line),
    field("postal", "Postal address", "May be left blank. Without the name, in lines as on an envelope", Input::Text),
    field("subject", "What it is about, in a few words", "", Input::Line),
    field("text", "What was said or written", "In the resident’s words as far as you can", Input::Text),
    field(
        "case",
        "Reference of the case it belongs to",
        "Leave blank to open a new case. Its dates count from the true receipt.",
        Input::Line,
    ),
];

const RECEIPT: &[Field] = &[
    DAY,
    TIME,
    TAKEN_BY,
    field("reason", "How that is known", "For example: stamped by reception, the colleague’s note", Input::Text),
];

/// `GET /contacts/new`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let filled = Filled::from([
        ("case".to_owned(), asked.case),
        ("taken-by".to_owned(), visit.officer.name.clone()),
        ("once".to_owned(), BASE32_NOPAD.encode(&random)),
    ]);
    let view = entry_view(&filled, FieldErrors::default());
    form::show(&app, &visit, None, &view)
}

/// `POST /contacts/new`
///
/// # Errors
/// [`Fault`]
pub async fn enter(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Extension(posted): Extension<Posted>,
    Extension(PostedFiles(files)): Extension<PostedFiles>,
) -> Result<Response, Fault> {
    let mut filled = filled(ENTRY, &posted);
    filled.insert("once".to_owned(), posted.get("once"));
    let had_files = !files.is_empty();
    let mut errors = match entry(&filled, files) {
        Ok((entry, to)) => {
            let reader = (ingest::read as crate::casework::Reader, &*app.hand_over);
            match app.casework.enter_contact(&visit.officer, &entry, &to, reader).await {
                Ok((_, Some(case))) => return Ok(telling(&format!("/cases/{case}"), Notice::Entered).into_response()),
                Ok((id, None)) => return Ok(telling(&format!("/contacts/{id}"), Notice::Entered).into_response()),
                Err(CaseworkError::Entry(refusal)) => one("", sentence(&refusal)),
                Err(CaseworkError::NoSuchCase) => one("case", "There is no case with this reference"),
                Err(CaseworkError::Compose(fault)) => one("email", sentence(&fault)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(errors) => errors,
    };
    if had_files {
        errors.add("files", "Select the files again: a browser does not keep them");
    }
    let view = entry_view(&filled, errors);
    form::again(&app, &visit, &view)
}

/// `GET /contacts/{id}/first-receipt`
///
/// # Errors
/// [`Fault`]
pub async fn show_receipt(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    app.casework.store.contact(id).await?.ok_or(Fault::NotFound)?;
    let view = receipt_view(id.0, &Filled::new(), FieldErrors::default());
    form::show(&app, &visit, None, &view)
}

/// `POST /contacts/{id}/first-receipt`
///
/// # Errors
/// [`Fault`]
pub async fn declare_receipt(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let filled = filled(RECEIPT, &posted);
    let errors = match instant(&filled) {
        Ok(at) => {
            let first = FirstReceipt { at, by: get(&filled, "taken-by"), reason: get(&filled, "reason") };
            match app.casework.declare_first_receipt(&visit.officer, id, first).await {
                Ok(case) => {
                    let back = case.map_or_else(|| format!("/contacts/{id}"), |case| format!("/cases/{case}"));
                    return Ok(telling(&back, Notice::ReceiptDeclared).into_response());
                }
                Err(CaseworkError::Entry(refusal)) => one("", sentence(&refusal)),
                Err(CaseworkError::Refused(refusal)) => one("", sentence(&refusal)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(errors) => errors,
    };
    let view = receipt_view(id.0, &filled, errors);
    form::again(&app, &visit, &view)
}

fn one(id: &str, text: impl Into<String>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    errors.add(id, text);
    errors
}

pub(super) fn filled(fields: &[Field], posted: &Posted) -> Filled {
    fields.iter().map(|field| (field.id.to_owned(), posted.get(field.id))).collect()
}

fn get(filled: &Filled, id: &str) -> String {
    filled.get(id).cloned().unwrap_or_default()
}

/// The instant in the fields of day and time.
pub(super) fn instant(filled: &Filled) -> Result<Timestamp, FieldErrors> {
    let mut errors = FieldErrors::default();
    let day = date(&get(filled, "day"));
    if day.is_none() {
        errors.add("day", DATE_FAULT);
    }
    let text = get(filled, "time").replace('.', ":");
    let time = text
        .split_once(':')
        .and_then(|(hour, minute)| jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
    if time.is_none() {
        errors.add("time", "Enter the time in hours and minutes, for example 14:30");
    }
    let (Some(day), Some(time)) = (day, time) else { return Err(errors) };
    words::in_london(day, time).ok_or_else(|| one("day", DATE_FAULT))
}

fn entry(filled: &Filled, files: Vec<EnteredFile>) -> Result<(Entered, Destination), FieldErrors> {
    let mut errors = FieldErrors::default();
    let channel: Option<Channel> = get(filled, "channel").parse().ok();
    if channel.is_none() {
        errors.add("channel", "Select how it came");
    }
    let received_at = instant(filled);
    if let Err(faults) = &received_at {
        faults.into_iter().for_each(|fault| errors.add(fault.field.clone(), fault.text.clone()));
    }
    let text = get(filled, "email");
    let email = match text.parse() {
        _ if text.is_empty() => None,
        Ok(email) => Some(email),
        Err(_) => {
            errors.add("email", "Enter an e-mail address such as name@example.com, or leave it blank");
            None
        }
    };
    let text = get(filled, "postal");
    let postal = match text.parse::<PostalAddress>() {
        _ if text.trim().is_empty() => None,
        Ok(postal) => Some(postal),
        Err(fault) => {
            errors.add("postal", sentence(&fault));
            None
        }
    };
    let text = get(filled, "case");
    let to = match text.parse() {
        _ if text.is_empty() => Destination::OpenCase,
        Ok(case) => Destination::AddTo(case),
        Err(fault) => {
            errors.add("case", sentence(&fault));
            Destination::OpenCase
        }
    };
    match (channel, received_at) {
        (Some(channel), Ok(received_at)) if errors.is_empty() => {
            let taken = Taken { channel, by: get(filled, "taken-by") };
            let [name, reach, subject, text, once] =
                ["name", "reach", "subject", "text", "once"].map(|id| get(filled, id));
            Ok((Entered { taken, received_at, name, email, reach, postal, subject, text, files, once }, to))
        }
        _ => Err(errors),
    }
}

fn entry_view(filled: &Filled, errors: FieldErrors) -> FormView {
    let mut fields: Vec<FieldView> = ENTRY.iter().map(|field| FieldView::of(field, filled, &[])).collect();
    fields.push(FieldView {
        id: "files".to_owned(),
        label: "Files".to_owned(),
        hint: "Scans, photos; 25 MB in all at most".to_owned(),
        value: String::new(),
        look: FieldLook::Files,
    });
    FormView {
        title: "Log a call, letter or visit".to_owned(),
        intro: vec![
            "A complaint can come any way and to any of our people (3.1, 3.2). It is dealt with like an e-mail from here.".to_owned(),
        ],
        action: ENTRY_PATH.to_owned(),
        files: true,
        hidden: vec![("once".to_owned(), get(filled, "once"))],
        blocks: vec![Block::of("", fields, "log", "Log it")],
        errors,
        ..FormView::default()
    }
}

fn receipt_view(id: i64, filled: &Filled, errors: FieldErrors) -> FormView {
    let fields = RECEIPT.iter().map(|field| FieldView::of(field, filled, &[])).collect();
    FormView {
        title: "Received by a colleague before".to_owned(),
        caption: format!("Contact {id}"),
        about: format!("/contacts/{id}"),
        intro: vec![
            "The clock runs from the day any of our people first received the complaint (3.2). An earlier receipt \
             moves the dates of the case; a later one never does."
                .to_owned(),
        ],
        action: format!("/contacts/{id}/first-receipt"),
        blocks: vec![Block::of("", fields, "declare", "Declare it")],
        errors,
        ..FormView::default()
    }
}

/// The page with invented content.
pub(super) fn sample(texts: super::samples::Texts) -> FormView {
    let filled = ENTRY.iter().map(|field| (field.id.to_owned(), texts("Grace Okafor"))).collect();
    let mut errors = FieldErrors::default();
    errors.add("day", DATE_FAULT);
    entry_view(&filled, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_and_time_are_those_of_london() {
        let read = |day: &str, time: &str| {
            instant(&Filled::from([("day".to_owned(), day.to_owned()), ("time".to_owned(), time.to_owned())]))
        };
        assert_eq!(read("1 7 2026", "14:30"), Ok("2026-07-01T13:30:00Z".parse().unwrap()));
        assert_eq!(read("1 12 2026", "9.05"), Ok("2026-12-01T09:05:00Z".parse().unwrap()));
        assert_eq!(read("25 10 2026", "1:30"), Ok("2026-10-25T00:30:00Z".parse().unwrap()), "the earlier of the two");
        for (day, time) in [("", "9:00"), ("1 7 2026", ""), ("1 7 2026", "25:00"), ("31 6 2026", "9:00")] {
            assert!(read(day, time).is_err(), "{day} {time}");
        }
    }
}
