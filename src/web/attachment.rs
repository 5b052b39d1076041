//! Files that residents sent: the original message and its attachments, taken out of it on demand, and
//! small pictures of them. A file is saved, never shown; a picture is one that we have drawn.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::contact::number;
use super::fault::Fault;
use super::files::{to_be_saved, way};
use super::visit::Visit;
use super::withheld::{self, Leave, Withheld};
use crate::domain::ids::ContactId;
use crate::ingest::{self, AttachmentBytes};
use crate::viewing::{self, NoPreview, Preview};

/// What a file may do, should a browser show it after all: nothing.
pub(super) const NOTHING: &str = "default-src 'none'; sandbox";

/// The longest side of a small picture, in pixels: enough to judge a wall by.
const SIDE: u32 = 1_200;

/// `GET /contacts/{id}/raw`: the message byte for byte.
///
/// # Errors
/// [`Fault`]
pub async fn raw(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let _leave = match app.leave().await {
        Ok(leave) => leave,
        Err(why) => return withheld::page(&app, &visit, id, why),
    };
    let bytes = app.original(id).await?;
    match app.scanned(id, &bytes).await {
        Ok(()) => Ok(saved(&format!("contact-{id}.eml"), bytes)),
        Err(why) => withheld::page(&app, &visit, id, why),
    }
}

/// `GET /contacts/{id}/attachments/{part}`: one attachment byte for byte.
///
/// # Errors
/// [`Fault`]
pub async fn download(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((id, part)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let found = match app.leave().await {
        Ok(leave) => file(&app, &leave, id, &part).await?,
        Err(why) => Err(why),
    };
    match found {
        Ok(file) => Ok(saved(&file.name, file.bytes)),
        Err(why) => withheld::page(&app, &visit, id, why),
    }
}

/// `GET /contacts/{id}/attachments/{part}/preview`: a small picture of an attachment, drawn anew. What
/// cannot be drawn is a picture of the words that say why.
///
/// # Errors
/// [`Fault`]
pub async fn preview(State(app): State<App>, Path((id, part)): Path<(String, String)>) -> Result<Response, Fault> {
    let id = number(&id)?;
    let drawn = match app.leave().await {
        Ok(leave) => draw(&app, &leave, id, &part).await?,
        Err(why) => Err(why),
    };
    match drawn {
        Ok(Ok(drawn)) => {
            let headers = [(header::CONTENT_TYPE, drawn.media_type), (header::CONTENT_SECURITY_POLICY, NOTHING)];
            Ok((headers, drawn.bytes).into_response())
        }
        Ok(Err(why)) => {
            let words = [format!("No small picture: {why}."), "Download the file to look at it.".to_owned()];
            withheld::picture(StatusCode::OK, &words)
        }
        Err(why) => withheld::picture(why.status(), &why.words()),
    }
}

/// The small picture of an attachment.
async fn draw(
    app: &App,
    leave: &Leave,
    id: ContactId,
    part: &str,
) -> Result<Result<Result<Preview, NoPreview>, Withheld>, Fault> {
    Ok(match file(app, leave, id, part).await? {
        Ok(file) => app.take_apart(leave, move || viewing::preview(&file.bytes, SIDE)).await,
        Err(why) => Err(why),
    })
}

/// An attachment, scanned.
async fn file(app: &App, leave: &Leave, id: ContactId, part: &str) -> Result<Result<AttachmentBytes, Withheld>, Fault> {
    let way = way(part).ok_or(Fault::NotFound)?;
    let message = app.original(id).await?;
    let found = match app.take_apart(leave, move || ingest::attachment(&message, &way)).await {
        Ok(found) => found.ok_or(Fault::NotFound)?,
        Err(why) => return Ok(Err(why)),
    };
    Ok(app.scanned(id, &found.bytes).await.map(|()| found))
}

fn saved(name: &str, bytes: Vec<u8>) -> Response {
    let headers: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, to_be_saved(name)),
        (header::CONTENT_SECURITY_POLICY, NOTHING.to_owned()),
    ];
    (headers, bytes).into_response()
}

impl App {
    /// A contact's message as it arrived.
    pub(super) async fn original(&self, id: ContactId) -> Result<Vec<u8>, Fault> {
        let store = &self.casework.store;
        let raw = store.contact_raw_id(id).await?.ok_or(Fault::NotFound)?;
        store.raw(raw).await?.ok_or(Fault::NotFound)
    }
}
