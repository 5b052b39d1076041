//! A message as its sender formatted it: sanitised, in a frame that may do nothing, under a policy of
//! its own that allows no script, no request and no style but ours. The text view is the default.

use std::sync::LazyLock;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse as _, Response};
use data_encoding::BASE64;

use super::app::App;
use super::contact::number;
use super::fault::Fault;
use super::page::{Place, Shell};
use super::visit::Visit;
use crate::domain::ids::Digest;
use crate::ingest;
use crate::viewing::{Pictures, sanitised};

/// How a formatted message looks.
const STYLE: &str = "body{margin:12px;color:#0b0c0c;font:16px/1.5 \"Helvetica Neue\",Helvetica,Arial,sans-serif;\
    overflow-wrap:break-word}img{max-width:100%;height:auto}table{border-collapse:collapse}td,th{padding:2px 6px;\
    vertical-align:top;text-align:start}blockquote{margin:0 0 0 8px;padding-left:10px;border-left:3px solid #b1b4b6}\
    pre{white-space:pre-wrap}.address{color:#505a5f;overflow-wrap:anywhere}.note{padding:8px 12px;\
    border-left:5px solid #b1b4b6}";

const TOO_LONG: &str =
    "<p class=\"note\">This took too long. Read the message’s text instead, or try again in a minute.</p>";

/// What a formatted message may do: be looked at. `sandbox` holds also when it is opened alone.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64.encode(Digest::of(STYLE.as_bytes()).as_bytes());
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'none'; \
         frame-ancestors 'self'; base-uri 'none'; sandbox"
    )
});

/// Whether a message has a formatted form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It has one.
    Formatted,
    /// It is text and nothing else.
    TextOnly,
}

/// A message as its sender formatted it.
#[derive(Debug, Clone)]
pub struct FormattedView {
    /// The contact.
    pub contact: i64,
    /// The subject; may be empty.
    pub subject: String,
    /// Whether there is anything to see.
    pub form: Form,
}

#[derive(Template)]
#[template(path = "formatted.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a FormattedView,
}

/// The page around the frame.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &FormattedView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Contacts, view }.render()
}

/// `GET /contacts/{id}/formatted`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let contact = app.casework.store.contact(id).await?.ok_or(Fault::NotFound)?;
    // A message that cannot be read in time has a frame that says so.
    let formatted = match app.leave().await {
        Ok(leave) => {
            let message = app.original(id).await?;
            app.take_apart(&leave, move || ingest::html_body(&message).is_some()).await.unwrap_or(true)
        }
        Err(_) => true,
    };
    let form = if formatted { Form::Formatted } else { Form::TextOnly };
    let view = FormattedView { contact: id.0, subject: contact.reading.subject, form };
    app.page(&visit, None, |shell| html(shell, &view))
}

/// `GET /contacts/{id}/html`: what stands in the frame.
///
/// # Errors
/// [`Fault`]
pub async fn frame(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Fault> {
    let id = number(&id)?;
    let Ok(leave) = app.leave().await else { return Ok(in_frame(TOO_LONG)) };
    let message = app.original(id).await?;
    let pictures_may_be_seen = app.scanned(id, &message).await.is_ok();
    let made = app.take_apart(&leave, move || {
        let html = ingest::html_body(&message)?;
        let pictures = if pictures_may_be_seen { ingest::inline_pictures(&message) } else { Default::default() };
        Some(sanitised(&html, Pictures::new(pictures)))
    });
    let body = match made.await {
        Ok(Some(Ok(body))) if pictures_may_be_seen => body,
        Ok(Some(Ok(body))) => format!(
            "<p class=\"note\">Pictures are withheld: the virus scanner has not found this message clean.</p>{body}"
        ),
        Ok(Some(Err(_))) => {
            "<p class=\"note\">The layout of this message is too complicated to be shown. Read its text instead.</p>"
                .to_owned()
        }
        Ok(None) => return Err(Fault::NotFound),
        Err(_) => TOO_LONG.to_owned(),
    };
    Ok(in_frame(&body))
}

/// A formatted message for its frame. Whatever its body holds, it can do nothing here.
pub fn in_frame(body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>Message</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body dir=\"auto\">{body}</body></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, POLICY.as_str())], Html(page)).into_response()
}
