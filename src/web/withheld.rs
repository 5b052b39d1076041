//! Why a file is not handed out, and the work on files that needs bounds: the virus scanner before it,
//! and a time limit around whatever takes a message apart.
//!
//! Invariant: where a scanner is configured, no byte of a file reaches an officer's browser unless the
//! scanner has found it clean just now.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::OwnedSemaphorePermit;

use super::app::App;
use super::fault::Fault;
use super::page::{Place, Shell};
use super::visit::Visit;
use crate::domain::ids::ContactId;
use crate::scanner::{ScannerError, Verdict};

/// How long taking a message apart may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a file is not handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withheld {
    /// The scanner found this.
    Infected {
        /// The signature's name.
        signature: String,
    },
    /// The scanner takes nothing of this size.
    TooLargeToScan,
    /// The scanner gave no verdict.
    NotScanned,
    /// Taking it out of its message took too long.
    TookTooLong,
}

impl Withheld {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Infected { .. } | Self::TooLargeToScan => StatusCode::FORBIDDEN,
            Self::NotScanned | Self::TookTooLong => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What happened, and what to do.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Infected { signature } => vec![
                format!("The virus scanner found this in it: {signature}."),
                "Ask the resident to send it again in another form, such as a photograph or a printed copy. Their \
                 message has been logged and its text can be read: the case goes on without the file."
                    .to_owned(),
            ],
            Self::TooLargeToScan => vec![
                "It is too large for the virus scanner, so nobody knows whether it is safe.".to_owned(),
                "Tell the person who runs complaintsd: clamd’s StreamMaxLength must be raised.".to_owned(),
            ],
            Self::NotScanned => vec![
                "The virus scanner does not answer, so nobody knows whether it is safe.".to_owned(),
                "Nothing is lost. Try again in a few minutes; if it still cannot be had, tell the person who runs \
                 complaintsd."
                    .to_owned(),
            ],
            Self::TookTooLong => vec![
                "It could not be taken out of its message in time.".to_owned(),
                "Nothing is lost. Try again in a minute, or download the original message.".to_owned(),
            ],
        }
    }
}

/// What is told in place of a file.
#[derive(Debug, Clone)]
pub struct WithheldView {
    /// The contact it came with.
    pub contact: i64,
    /// Why, and what to do.
    pub why: Withheld,
}

#[derive(Template)]
#[template(path = "withheld.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a WithheldView,
}

/// Words as a picture.
#[derive(Template)]
#[template(path = "in-words.svg", escape = "html")]
struct InWords<'a> {
    lines: &'a [String],
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &WithheldView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Contacts, view }.render()
}

/// The page in place of a file.
pub(super) fn page(app: &App, visit: &Visit, contact: ContactId, why: Withheld) -> Result<Response, Fault> {
    let status = why.status();
    let view = WithheldView { contact: contact.0, why };
    let mut response = app.page(visit, None, |shell| html(shell, &view))?;
    *response.status_mut() = status;
    ask_again_later(&mut response);
    Ok(response)
}

/// In place of a small picture: the words as a picture, because a page that shows pictures shows
/// nothing else there.
pub(super) fn picture(status: StatusCode, words: &[String]) -> Result<Response, Fault> {
    let lines: Vec<String> = words.iter().flat_map(|words| wrapped(words)).collect();
    let drawn = InWords { lines: &lines }.render()?;
    let headers =
        [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, super::attachment::NOTHING)];
    let mut response = (status, headers, drawn).into_response();
    ask_again_later(&mut response);
    Ok(response)
}

fn ask_again_later(response: &mut Response) {
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
}

/// Words in lines as wide as the picture.
fn wrapped(words: &str) -> Vec<String> {
    const WIDTH: usize = 60;
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

impl App {
    /// Passes when no scanner is configured, or when it finds these bytes clean.
    pub(super) async fn scanned(&self, contact: ContactId, bytes: &[u8]) -> Result<(), Withheld> {
        let Some(scanner) = &self.scanner else { return Ok(()) };
        match scanner.scan(bytes).await {
            Ok(Verdict::Clean) => Ok(()),
            Ok(Verdict::Infected { signature }) => {
                tracing::warn!(
                    contact.id = contact.0,
                    signature,
                    "The virus scanner found something; the file is withheld"
                );
                Err(Withheld::Infected { signature })
            }
            Err(ScannerError::TooLarge) => {
                tracing::error!(
                    contact.id = contact.0,
                    "A file is withheld: it is larger than clamd's StreamMaxLength"
                );
                Err(Withheld::TooLargeToScan)
            }
            Err(error) => {
                tracing::error!(
                    contact.id = contact.0,
                    error = error.to_string(),
                    "A file is withheld: the virus scanner gave no verdict"
                );
                Err(Withheld::NotScanned)
            }
        }
    }

    /// Waits until one more message may be held in memory. Ask before loading it: how many are held at
    /// the same time bounds the memory that pages take.
    pub(super) async fn leave(&self) -> Result<Leave, Withheld> {
        let leave = Arc::clone(&self.taking_apart).acquire_owned();
        let leave = tokio::time::timeout(PATIENCE, leave).await.ok().and_then(Result::ok);
        leave.map(|permit| Leave(Arc::new(permit))).ok_or_else(too_long)
    }

    /// Takes a message apart on a thread of its own. Work that runs over its time is given up by the
    /// page, but goes on counting against what may run at the same time.
    pub(super) async fn take_apart<T: Send + 'static>(
        &self,
        leave: &Leave,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Withheld> {
        let leave = leave.clone();
        let work = move || {
            let _leave = leave;
            work()
        };
        let done = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(work)).await;
        done.ok().and_then(Result::ok).ok_or_else(too_long)
    }
}

/// Leave to hold one message in memory. It ends when the last of its copies is dropped.
#[derive(Clone)]
pub(super) struct Leave(#[expect(dead_code, reason = "held, never looked at")] Arc<OwnedSemaphorePermit>);

fn too_long() -> Withheld {
    tracing::warn!("A message could not be taken apart in time");
    Withheld::TookTooLong
}
