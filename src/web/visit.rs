//! The door: who is there, and whether what they send comes from a page of ours. What changes
//! something must come from our own site, from a live session of an active account, and carry that
//! session's token; only then does a handler see the form.

use axum::Form;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use jiff::SignedDuration;
use serde::Deserialize;

use super::app::App;
use super::fault::Fault;
use super::letter_form::Posted;
use super::page::{Notice, SignedIn};
use super::session::{SessionToken, is_live};
use crate::domain::channel::EnteredFile;
use crate::domain::people::{Officer, Standing};

/// A session's last use is noted this often: each note is a write.
const NOTE_USE_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Where contacts are entered by hand, with files.
pub(super) const ENTRY_PATH: &str = "/contacts/new";

/// A contact entered by hand is no larger, files included.
const LARGEST_ENTRY: usize = 25 * 1024 * 1024;

/// The files of a posted form.
#[derive(Debug, Clone, Default)]
pub struct PostedFiles(pub Vec<EnteredFile>);

/// An officer who has signed in.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who.
    pub officer: Officer,
    pub(super) token: SessionToken,
    /// How many contacts wait for an officer, for the menu.
    to_decide: i64,
    /// The incident that stands, for every page (8.5).
    incident: Option<String>,
}

impl Visit {
    /// As the pages show it.
    pub(super) fn signed_in(&self) -> SignedIn {
        SignedIn {
            name: self.officer.name.clone(),
            csrf: self.token.csrf(),
            to_decide: self.to_decide,
            incident: self.incident.clone(),
        }
    }
}

/// What an address may ask after its `?`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    told: String,
    /// Sign-in: where to go afterwards.
    pub next: String,
    /// Contacts: only those before this number.
    pub before: String,
    /// A letter: this version.
    pub version: String,
    /// An acknowledgement: so many rows for points.
    pub points: String,
    /// An acknowledgement: so many rows for outcomes.
    pub outcomes: String,
    /// A contact to be entered: about this case.
    pub case: String,
}

impl Asked {
    /// What the last act did.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        Notice::from_key(&self.told)
    }
}

/// An address that tells what was done.
pub(super) fn telling(path: &str, notice: Notice) -> Redirect {
    Redirect::to(&format!("{path}?told={}", notice.key()))
}

/// Lets a request that changes something pass only when a page of ours has sent it.
pub async fn ours_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || app.site.origin.sent_from_here(request.headers()) {
        next.run(request).await
    } else {
        Fault::Forged.into_response()
    }
}

/// Lets an officer pass and sends everybody else to the sign-in page. What is posted is read here.
pub async fn officers_only(State(app): State<App>, jar: CookieJar, request: Request, next: Next) -> Response {
    match visit(&app, &jar).await {
        Ok(Some(visit)) => admit(visit, request, next).await,
        Ok(None) => to_sign_in(&app, &request).into_response(),
        Err(fault) => fault.into_response(),
    }
}

/// Who is there: a live session of an account that may be used.
pub(super) async fn visit(app: &App, jar: &CookieJar) -> Result<Option<Visit>, Fault> {
    let Some(token) = app.site.origin.token(jar) else { return Ok(None) };
    let now = app.casework.clock.now();
    let Some(session) = app.casework.store.session(token.digest()).await? else { return Ok(None) };
    if session.officer.standing == Standing::Disabled || !is_live(session.created_at, session.seen_at, now) {
        return Ok(None);
    }
    if now.duration_since(session.seen_at) >= NOTE_USE_EVERY
        && let Err(error) = note_use(app, &token).await
    {
        // The page does not wait for a busy database: the session only ends a little sooner.
        tracing::warn!(%error, "The use of a session could not be noted");
    }
    let to_decide = app.casework.store.waiting_count().await?;
    let incident = app.casework.store.incident().await?.map(|incident| incident.in_words());
    Ok(Some(Visit { officer: session.officer, token, to_decide, incident }))
}

async fn note_use(app: &App, token: &SessionToken) -> Result<(), crate::store::StoreError> {
    let mut tx = app.casework.store.begin().await?;
    tx.touch_session(token.digest(), app.casework.clock.now()).await?;
    tx.commit().await
}

async fn admit(visit: Visit, mut request: Request, next: Next) -> Response {
    if *request.method() == Method::POST {
        let (parts, body) = request.into_parts();
        let rebuilt = Request::from_parts(parts.clone(), body);
        let media_type =
            parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let files = parts.uri.path() == ENTRY_PATH && media_type.starts_with("multipart/form-data");
        let read = if files { with_files(rebuilt).await } else { without_files(rebuilt).await };
        let (fields, files) = match read {
            Ok(read) => read,
            Err(rejection) => return rejection,
        };
        if !visit.token.allows(&fields.get("csrf")) {
            return Fault::Forged.into_response();
        }
        request = Request::from_parts(parts, axum::body::Body::empty());
        request.extensions_mut().insert(fields);
        request.extensions_mut().insert(PostedFiles(files));
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    request.extensions_mut().insert(visit);
    next.run(request).await
}

async fn without_files(request: Request) -> Result<(Posted, Vec<EnteredFile>), Response> {
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
    form.map(|Form(fields)| (Posted(fields), Vec::new())).map_err(axum::response::IntoResponse::into_response)
}

/// The one form that takes files, in memory: they are kept in the database and nowhere else.
async fn with_files(mut request: Request) -> Result<(Posted, Vec<EnteredFile>), Response> {
    DefaultBodyLimit::max(LARGEST_ENTRY).apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(axum::response::IntoResponse::into_response)?;
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(axum::response::IntoResponse::into_response)? {
        let (id, name) = (field.name().unwrap_or_default().to_owned(), field.file_name().map(ToOwned::to_owned));
        let media_type = field.content_type().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(axum::response::IntoResponse::into_response)?;
        match name {
            // A browser sends an empty file for a field nobody has filled in.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) => files.push(EnteredFile { name, media_type, bytes: bytes.to_vec() }),
            None => fields.push((id, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok((Posted(fields), files))
}

/// The way to the sign-in page, and afterwards back to where the officer was.
fn to_sign_in(app: &App, request: &Request) -> Redirect {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let back = if reads {
        request.uri().path_and_query().map(|path| path.as_str().to_owned())
    } else {
        // The page that held the form. Its address is told to us and to nobody else.
        let referrer = request.headers().get(header::REFERER).and_then(|from| from.to_str().ok());
        referrer.and_then(|from| from.strip_prefix(app.site.origin.as_str())).map(ToOwned::to_owned)
    };
    let back = back.filter(|back| back != "/").and_then(|back| own_path(&back)).unwrap_or_default();
    let told = if reads { "" } else { Notice::SessionEnded.key() };
    let query = [("told", told), ("next", back.as_str())].into_iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = query.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    Redirect::to(
        if query.is_empty() { "/sign-in".to_owned() } else { format!("/sign-in?{}", query.join("&")) }.as_str(),
    )
}

/// A path of ours and nothing else: no host, however it is written.
pub(super) fn own_path(path: &str) -> Option<String> {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let rooted = path.starts_with('/') && !path.starts_with("//");
    let uri = path.parse::<Uri>().ok().filter(|_| plain && rooted && path.len() <= 500)?;
    let foreign = uri.scheme().is_some() || uri.authority().is_some();
    (!foreign).then(|| path.to_owned())
}

/// A text for use as one value after `?`.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_ours_is_returned_to() {
        for path in ["/work", "/letters/12?points=4", "/cases/CMP-2026-00042-P"] {
            assert_eq!(own_path(path).as_deref(), Some(path));
        }
        let foreign =
            ["", "work", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y", "/ä", "/\t/x"];
        for path in foreign {
            assert_eq!(own_path(path), None, "{path}");
        }
        assert_eq!(own_path(&format!("/{}", "x".repeat(600))), None);
    }

    #[test]
    fn a_value_in_an_address_ends_where_it_should() {
        assert_eq!(encoded("/letters/1?points=4&x=#y"), "/letters/1%3Fpoints%3D4%26x%3D%23y");
    }
}
