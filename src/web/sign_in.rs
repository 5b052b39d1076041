//! Signing in and out. The sign-in page is the only one, with its style sheet, that a stranger can
//! read; in words, status and time it tells nobody whether an account exists.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::CookieJar;
use jiff::Timestamp;

use super::app::App;
use super::fault::Fault;
use super::letter_form::Posted;
use super::page::{FieldErrors, Notice, Place, Shell};
use super::password;
use super::session::{ABSOLUTE, IDLE, SessionToken};
use super::visit::{Asked, Visit, own_path, telling, visit};
use crate::domain::ids::{Digest, EmailAddress};
use crate::domain::people::{Officer, Standing};
use crate::store::SignIn;

/// The sign-in page.
#[derive(Debug, Clone, Default)]
pub struct SignInView {
    /// The address that was entered, kept after a mistake.
    pub email: String,
    /// Where to go afterwards: a path of ours, or empty for the work list.
    pub next: String,
    /// What was wrong.
    pub errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a SignInView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &SignInView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}

/// `GET /sign-in`
///
/// # Errors
/// [`Fault`]
pub async fn show(State(app): State<App>, jar: CookieJar, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let next = own_path(&asked.next).unwrap_or_default();
    if visit(&app, &jar).await?.is_some() {
        return Ok(Redirect::to(if next.is_empty() { "/work" } else { &next }).into_response());
    }
    page(&app, asked.notice(), &SignInView { next, ..SignInView::default() })
}

/// `POST /sign-in`
///
/// # Errors
/// [`Fault`]
pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    // A password is taken as it is: white space may belong to it.
    let secret = fields.iter().find(|(name, _)| name == "password").map(|(_, value)| value.clone());
    let posted = Posted(fields);
    let next = own_path(&posted.get("next")).unwrap_or_default();
    let mut view = SignInView { email: posted.get("email"), next, errors: FieldErrors::default() };
    let now = app.casework.clock.now();
    match attempt(&app, &view.email, secret.unwrap_or_default(), peer.ip(), now).await? {
        Attempt::Officer(officer) => {
            let token = begin(&app, &officer, &jar, now).await?;
            let to = if view.next.is_empty() { "/work" } else { &view.next };
            Ok((app.site.origin.begin(jar, &token), Redirect::to(to)).into_response())
        }
        Attempt::Wrong => {
            view.errors.add("email", "The email address or the password is wrong. Check both and try again");
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, None, &view)?).into_response())
        }
        Attempt::MustWait => {
            let minutes = password::WINDOW.as_mins();
            view.errors.add("email", format!("Too many attempts failed. Wait {minutes} minutes and try again"));
            let again = [(header::RETRY_AFTER, HeaderValue::from(password::WINDOW.as_secs().unsigned_abs()))];
            Ok((StatusCode::TOO_MANY_REQUESTS, again, page(&app, None, &view)?).into_response())
        }
    }
}

/// `POST /sign-out`
///
/// # Errors
/// [`Fault`]
pub async fn sign_out(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    jar: CookieJar,
) -> Result<Response, Fault> {
    let mut tx = app.casework.store.begin().await?;
    tx.delete_session(visit.token.digest()).await?;
    tx.commit().await?;
    tracing::info!(officer.id = visit.officer.id.0, "Officer signed out");
    Ok((app.site.origin.end(jar), telling("/sign-in", Notice::SignedOut)).into_response())
}

fn page(app: &App, notice: Option<Notice>, view: &SignInView) -> Result<Response, Fault> {
    Ok(Html(html(Shell { site: &app.site, officer: None, notice }, view)?).into_response())
}

/// What came of an attempt.
enum Attempt {
    Officer(Box<Officer>),
    Wrong,
    MustWait,
}

async fn attempt(app: &App, email: &str, secret: String, from: IpAddr, now: Timestamp) -> Result<Attempt, Fault> {
    let store = &app.casework.store;
    // Never closed, so a permit always comes; should it not, the guess is not checked.
    let Ok(_turn) = app.guesses.acquire().await else { return Ok(Attempt::Wrong) };
    let (account, address) = (of_account(email), from_address(app, from));
    let since = now.saturating_sub(password::WINDOW).unwrap_or(now);
    let of_account = store.failed_sign_ins(&account, since).await?;
    let from_address = match &address {
        Some(address) => store.failed_sign_ins(address, since).await?,
        None => 0,
    };
    if password::must_wait(of_account, from_address) {
        tracing::warn!("Too many attempts to sign in; this one was not looked at");
        return Ok(Attempt::MustWait);
    }
    let found = match email.parse::<EmailAddress>() {
        Ok(email) => store.officer_by_email(&email).await?,
        Err(_) => None,
    };
    let (officer, hash) = found.unzip();
    let fits = password::verify(secret, hash).await;
    let officer = officer.filter(|officer| fits && officer.standing == Standing::Active);
    let outcome = if officer.is_some() { SignIn::Succeeded } else { SignIn::Failed };
    let mut tx = store.begin().await?;
    tx.forget_sign_ins(since).await?;
    for subject in [Some(account), address].into_iter().flatten() {
        tx.record_sign_in(&subject, now, outcome).await?;
    }
    tx.commit().await?;
    Ok(officer.map_or(Attempt::Wrong, |officer| Attempt::Officer(Box::new(officer))))
}

/// What failures of an account are counted by, whether or not there is one. A digest, because people
/// type their password into the wrong field.
fn of_account(email: &str) -> String {
    format!("account {}", Digest::of(email.to_lowercase().as_bytes()))
}

/// What failures from an address are counted by. Over https there is a proxy before us, since we speak
/// plain http only: every request then comes from the proxy, whose failures would lock everybody
/// out, and what a header says of where it came from is not believed.
fn from_address(app: &App, from: IpAddr) -> Option<String> {
    (!app.site.origin.is_https()).then(|| format!("address {from}"))
}

/// Begins a session with a token that nobody has seen before, ends the one the browser came with and
/// those that are over.
async fn begin(app: &App, officer: &Officer, jar: &CookieJar, now: Timestamp) -> Result<SessionToken, Fault> {
    let token = SessionToken::fresh()?;
    let before = |age| now.saturating_sub(age).unwrap_or(now);
    let mut tx = app.casework.store.begin().await?;
    if let Some(old) = app.site.origin.token(jar) {
        tx.delete_session(old.digest()).await?;
    }
    tx.delete_expired_sessions(before(ABSOLUTE), before(IDLE)).await?;
    // The form token is derived from the session's, so there is none to store.
    tx.add_session(token.digest(), officer.id, now).await?;
    tx.commit().await?;
    tracing::info!(officer.id = officer.id.0, "Officer signed in");
    Ok(token)
}
