//! The pages as a service: what they work with, every route with who may use it, and serving until
//! told to stop.
//!
//! Invariant: every route that is not listed as open passes the door in [`super::visit`], so that a
//! handler cannot forget to ask who is there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use jiff::civil::Date;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::page::{Notice, Shell, Site};
use super::visit::{self, Visit};
use super::{
    assets, attachment, case, contact, contact_decision, contacts, correct, enter, fault::Fault, formatted, incident,
    layers, letter_page, letter_paper, letter_post, nested, next, outcome, post as paper_post, record, search, sign_in,
    to_decide, triage, work_list,
};
use crate::casework::Casework;
use crate::domain::commands::Rules;
use crate::domain::hand_over::WordLists;
use crate::scanner::Scanner;

/// So many passwords are checked at the same time: each takes a processor and 19 MiB.
const GUESSES_AT_ONCE: usize = 2;

/// So many messages are taken apart at the same time: a large picture takes 100 MB while it is drawn.
const TAKEN_APART_AT_ONCE: usize = 2;

/// How long requests that are under way may take once we are told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// How the pages are set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What all pages have in common.
    pub site: Site,
    /// Words that must not wait.
    pub hand_over: WordLists,
    /// What every file passes before an officer gets it.
    pub scanner: Option<Scanner>,
}

/// What the pages work with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(super) casework: Casework,
    pub(super) site: Arc<Site>,
    pub(super) hand_over: Arc<WordLists>,
    pub(super) guesses: Arc<Semaphore>,
    pub(super) scanner: Option<Arc<Scanner>>,
    pub(super) taking_apart: Arc<Semaphore>,
}

impl App {
    /// The pages over this casework.
    #[must_use]
    pub fn new(casework: Casework, settings: Settings) -> Self {
        Self {
            casework,
            site: Arc::new(settings.site),
            hand_over: Arc::new(settings.hand_over),
            guesses: Arc::new(Semaphore::new(GUESSES_AT_ONCE)),
            scanner: settings.scanner.map(Arc::new),
            taking_apart: Arc::new(Semaphore::new(TAKEN_APART_AT_ONCE)),
        }
    }

    /// The rules at this moment.
    pub(super) fn rules(&self) -> Rules<'_> {
        self.casework.desk.rules(self.casework.clock.now())
    }

    /// Today in London.
    pub(super) fn today(&self) -> Date {
        self.rules().today()
    }

    /// A page for an officer: `html` makes it from what all pages share.
    pub(super) fn page(
        &self,
        visit: &Visit,
        notice: Option<Notice>,
        html: impl FnOnce(Shell<'_>) -> Result<String, askama::Error>,
    ) -> Result<Response, Fault> {
        let officer = visit.signed_in();
        Ok(Html(html(Shell { site: &self.site, officer: Some(&officer), notice })?).into_response())
    }
}

impl FromRef<App> for Arc<Site> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.site)
    }
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the pages.
    Anybody,
    /// An officer who has signed in.
    Officers,
}

/// One route.
pub struct Route {
    /// Its path.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// The methods it answers to.
    pub methods: &'static [Method],
    handler: MethodRouter<App>,
}

const READ: &[Method] = &[Method::GET];
const WRITE: &[Method] = &[Method::POST];
const BOTH: &[Method] = &[Method::GET, Method::POST];

/// Every route there is.
#[must_use]
pub fn routes() -> Vec<Route> {
    use Access::{Anybody, Officers};
    let route = |path, access, methods, handler| Route { path, access, methods, handler };
    vec![
        route("/assets/{name}", Anybody, READ, get(assets::get)),
        route("/sign-in", Anybody, BOTH, get(sign_in::show).post(sign_in::sign_in)),
        route("/", Officers, READ, get(|| async { Redirect::to("/work") })),
        route("/sign-out", Officers, WRITE, post(sign_in::sign_out)),
        route("/work", Officers, READ, get(work_list::show)),
        route("/to-decide", Officers, READ, get(to_decide::show)),
        route("/contacts", Officers, READ, get(contacts::show)),
        route("/contacts/new", Officers, BOTH, get(enter::show).post(enter::enter)),
        route("/contacts/{id}", Officers, READ, get(contact::show)),
        route("/contacts/{id}/first-receipt", Officers, BOTH, get(enter::show_receipt).post(enter::declare_receipt)),
        route("/contacts/{id}/decision", Officers, WRITE, post(contact_decision::decide)),
        route("/contacts/{id}/raw", Officers, READ, get(attachment::raw)),
        route("/contacts/{id}/formatted", Officers, READ, get(formatted::show)),
        route("/contacts/{id}/html", Officers, READ, get(formatted::frame)),
        route("/contacts/{id}/attachments/{part}", Officers, READ, get(attachment::download)),
        route("/contacts/{id}/attachments/{part}/preview", Officers, READ, get(attachment::preview)),
        route("/contacts/{id}/attachments/{part}/message", Officers, READ, get(nested::show)),
        route("/search", Officers, READ, get(search::show)),
        route("/cases/{reference}", Officers, READ, get(case::show)),
        route("/cases/{reference}/outcome", Officers, BOTH, get(outcome::show).post(outcome::save)),
        route("/cases/{reference}/triage", Officers, BOTH, get(triage::show).post(triage::act)),
        route("/cases/{reference}/next", Officers, BOTH, get(next::show).post(next::act)),
        route("/cases/{reference}/received", Officers, BOTH, get(correct::show).post(correct::act)),
        route("/cases/{reference}/extension", Officers, WRITE, post(case::extend)),
        route("/cases/{reference}/record/{what}", Officers, BOTH, get(record::show).post(record::act)),
        route("/incident", Officers, BOTH, get(incident::show).post(incident::act)),
        route("/cases/{reference}/letters", Officers, WRITE, post(case::tell)),
        route("/letters/{id}", Officers, BOTH, get(letter_page::show).post(letter_post::act)),
        route("/letters/{id}/preview", Officers, READ, get(letter_page::preview)),
        route("/letters/{id}/pdf/{print}", Officers, READ, get(letter_paper::download)),
        route("/letters/{id}/print", Officers, READ, get(paper_post::print)),
        route("/letters/{id}/post/{what}", Officers, BOTH, get(paper_post::show).post(paper_post::act)),
    ]
}

/// All pages, with everything that every answer carries.
pub fn router(app: App) -> Router {
    let (mut open, mut closed) = (Router::new(), Router::new());
    for Route { path, access, handler, .. } in routes() {
        match access {
            Access::Anybody => open = open.route(path, handler),
            Access::Officers => closed = closed.route(path, handler),
        }
    }
    let closed = closed.route_layer(from_fn_with_state(app.clone(), visit::officers_only));
    let routes = open.merge(closed).layer(from_fn_with_state(app.clone(), visit::ours_only));
    layers::wrap(routes, Arc::clone(&app.site)).with_state(app)
}

/// Serves the pages until told to stop, then lets the requests under way finish.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, app: App, stop: CancellationToken) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        result = served => result,
        () = late => Ok(()),
    }
}
