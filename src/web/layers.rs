//! What every answer carries and every request meets: headers that tell the browser to run nothing and
//! to tell nobody, limits on size and time, and a plain page instead of a bare error or a panic.
//!
//! Invariant: no answer leaves without these headers, errors and panics included.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::page::{Place, Shell, Site};

/// No form of ours is larger: a definition of a hundred long points fits many times.
const LARGEST_BODY: usize = 1024 * 1024;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a page may do: show its own style and pictures, send forms to us, hold our letter frame.
/// There is no script at all.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                           frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Two years without plain http, as browsers ask for. Subdomains are the landlord's, not ours to bind.
const TLS_ONLY: &str = "max-age=63072000";

/// What a letter in its frame may do: look like a letter. `sandbox` holds also when it is opened alone.
const LETTER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
                                 frame-ancestors 'self'; base-uri 'none'; sandbox";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: under it browsers send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];

/// The routes with everything that all of them share.
pub fn wrap<S: Clone + Send + Sync + 'static>(routes: Router<S>, site: Arc<Site>) -> Router<S> {
    routes
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(site, finish))
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // What was said is not logged: it may hold a resident's data. The place is enough, and the
    // default panic hook has printed it.
    tracing::error!("a page panicked; the officer was shown an error page");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// A rendered letter for its frame. Its own policy lets it look like a letter and do nothing else.
pub fn letter_in_frame(html: String) -> Response {
    let policy = HeaderValue::from_static(LETTER_POLICY);
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

/// Turns bare errors into pages and sets the headers.
async fn finish(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind == "text/html; charset=utf-8" || kind == "image/svg+xml");
    if (status.is_client_error() || status.is_server_error()) && !is_page {
        let again = response.headers_mut().remove(header::RETRY_AFTER);
        response = error_page(&site, status);
        response.headers_mut().extend(again.map(|again| (header::RETRY_AFTER, again)));
    }
    set_headers(response.headers_mut(), &site);
    response
}

fn set_headers(headers: &mut HeaderMap, site: &Site) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.origin.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
    }
    // A route may set a policy of its own (the letter's frame) or let itself be kept (assets).
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: Shell<'a>,
    place: Place,
    heading: &'a str,
    lines: &'a [&'a str],
}

/// The page for an error. It shows nothing of the request and nothing of the fault.
pub fn error_page(site: &Site, status: StatusCode) -> Response {
    let (heading, lines): (&str, &[&str]) = match status {
        StatusCode::FORBIDDEN => (
            "This was not done",
            &[
                "The form may have been open for too long, or it came from somewhere else.",
                "Go back, reload the page and try again.",
            ],
        ),
        StatusCode::NOT_FOUND => (
            "Page not found",
            &["If you typed the address, check it. If you followed a link, tell whoever gave it to you."],
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("That is too much text", &["Nothing was saved. Shorten it and try again."]),
        StatusCode::TOO_MANY_REQUESTS => ("Too many attempts", &["Wait fifteen minutes and try again."]),
        StatusCode::SERVICE_UNAVAILABLE => (
            "This cannot be shown now",
            &["complaintsd could not reach its database or took too long. Nothing is lost.", "Try again in a minute."],
        ),
        status if status.is_client_error() => {
            ("That could not be understood", &["Nothing was changed. Go back and try again."])
        }
        _ => (
            "Sorry, something went wrong",
            &["Nothing was sent. Try again; if it happens again, tell the person who runs complaintsd."],
        ),
    };
    let shell = Shell { site, officer: None, notice: None };
    match (ErrorPage { shell, place: Place::Elsewhere, heading, lines }).render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_) => (status, heading.to_owned()).into_response(),
    }
}
