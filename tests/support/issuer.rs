//! An issuer of tokens of the test's own: a token endpoint, and a place where Dovecot asks whether a
//! token is good. It misbehaves as told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde_json::json;

use super::ports;

/// The application.
pub const CLIENT: &str = "11112222-bbbb-3333-cccc-4444dddd5555";
/// Its secret.
pub const SECRET: &str = "client~secret+canary/&=%";
/// The refresh token of the first consent.
pub const CONSENT: &str = "consent-canary-0";

/// What the token endpoint does instead of the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Says this status with HTML.
    Status(u16),
    /// Says 400 with this error.
    Error(&'static str),
    /// Says something that is no JSON.
    Garbage,
    /// Says far too much.
    Huge,
    /// Sends elsewhere.
    Redirect,
    /// Never ends its answer.
    Stall,
}

struct Desk {
    act: Option<Act>,
    /// How long a token says it lives, and how long it is good for.
    said: Duration,
    believed: Duration,
    /// Whether each refresh token serves once.
    rotates: bool,
    refresh_tokens: BTreeSet<String>,
    tokens: BTreeMap<String, Instant>,
    secret: String,
    roles: Option<Vec<String>>,
    asked: usize,
    form: BTreeMap<String, String>,
    /// Whose mail the tokens open.
    user: String,
}

/// A running issuer; ended when dropped.
pub struct Issuer {
    desk: Arc<Mutex<Desk>>,
    folder: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
    /// Its port on 127.0.0.1.
    pub port: u16,
}

impl Issuer {
    /// Starts one whose tokens open this user's mail for an hour.
    pub async fn start(user: &str) -> Self {
        let hour = Duration::from_secs(3600);
        let desk = Arc::new(Mutex::new(Desk {
            act: None,
            said: hour,
            believed: hour,
            rotates: false,
            refresh_tokens: [CONSENT.to_owned()].into(),
            tokens: BTreeMap::new(),
            secret: SECRET.to_owned(),
            roles: None,
            asked: 0,
            form: BTreeMap::new(),
            user: user.to_owned(),
        }));
        let routes = Router::new()
            .route("/token", post(token))
            .route("/introspect", get(introspect))
            .with_state(Arc::clone(&desk));
        let port = ports::free();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path(), 0o755);
        Self { desk, folder, task, port }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// Where tokens are asked for.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }

    /// From now on it does this; `None` is the usual.
    pub fn acts(&self, act: impl Into<Option<Act>>) {
        self.desk().act = act.into();
    }

    /// New tokens say that they live so long, and are good for so long.
    pub fn lifetimes(&self, said: Duration, believed: Duration) {
        let mut desk = self.desk();
        (desk.said, desk.believed) = (said, believed);
    }

    /// Each refresh token serves once from now on.
    pub fn rotates(&self) {
        self.desk().rotates = true;
    }

    /// New tokens say that the application has these roles.
    pub fn grants(&self, roles: &[&str]) {
        self.desk().roles = Some(roles.iter().map(|role| (*role).to_owned()).collect());
    }

    /// Ends all that was granted: refresh tokens and tokens.
    pub fn revoke(&self) {
        let mut desk = self.desk();
        desk.refresh_tokens.clear();
        desk.tokens.clear();
    }

    /// Ends the tokens that are out.
    pub fn end_tokens(&self) {
        self.desk().tokens.clear();
    }

    /// A new consent with this refresh token.
    pub fn consents(&self, token: &str) {
        self.desk().refresh_tokens.insert(token.to_owned());
    }

    /// Another secret from now on.
    pub fn wants_secret(&self, secret: &str) {
        secret.clone_into(&mut self.desk().secret);
    }

    /// How often a token was asked for.
    pub fn asked(&self) -> usize {
        self.desk().asked
    }

    /// What the last one who asked sent.
    pub fn form(&self) -> BTreeMap<String, String> {
        self.desk().form.clone()
    }

    /// Whether a token is good now.
    pub fn takes(&self, token: &str) -> bool {
        self.desk().takes(token)
    }

    /// The refresh tokens that are good now.
    pub fn refresh_tokens(&self) -> Vec<String> {
        self.desk().refresh_tokens.iter().cloned().collect()
    }

    /// Lines for a Dovecot that takes its tokens.
    pub fn dovecot(&self) -> String {
        let file = self.folder.path().join("oauth2.conf");
        let lines = format!(
            "introspection_mode = auth\nintrospection_url = http://127.0.0.1:{}/introspect\n\
             username_attribute = username\nactive_attribute = active\nactive_value = true\n",
            self.port
        );
        std::fs::write(&file, lines).unwrap();
        open_to_all(&file, 0o644);
        format!(
            "auth_mechanisms = plain login xoauth2\npassdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {}\n}}\n\
             service anvil {{\n unix_listener anvil-auth-penalty {{\n  mode = 0\n }}\n}}\n",
            file.display()
        )
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn open_to_all(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

impl Desk {
    fn takes(&self, token: &str) -> bool {
        self.tokens.get(token).is_some_and(|ends_at| Instant::now() < *ends_at)
    }

    fn answer(&mut self, form: &BTreeMap<String, String>) -> Response {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let refuses = |error: &str, said: &str| {
            (StatusCode::BAD_REQUEST, axum_json(&json!({ "error": error, "error_description": said }))).into_response()
        };
        if field("client_id") != CLIENT || field("client_secret") != self.secret {
            return refuses("invalid_client", &format!("AADSTS7000215: not {}", field("client_secret")));
        }
        let mut said = json!({ "token_type": "Bearer", "expires_in": self.said.as_secs_f64().ceil() as u64 });
        if field("grant_type") == "refresh_token" {
            if !self.refresh_tokens.contains(field("refresh_token")) {
                return refuses("invalid_grant", &format!("{} was revoked", field("refresh_token")));
            }
            if self.rotates {
                self.refresh_tokens.remove(field("refresh_token"));
                let next = format!("consent-canary-{}", self.asked);
                said["refresh_token"] = next.clone().into();
                self.refresh_tokens.insert(next);
            }
        }
        let claims = json!({ "roles": self.roles.clone().unwrap_or_default() }).to_string();
        let claims = data_encoding::BASE64URL_NOPAD.encode(claims.as_bytes());
        // As long as Microsoft's are.
        let token = format!("access-canary.{claims}.{:04}{}", self.asked, "x".repeat(2000));
        self.tokens.insert(token.clone(), Instant::now() + self.believed);
        said["access_token"] = token.into();
        axum_json(&said)
    }
}

fn axum_json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn token(State(desk): State<Arc<Mutex<Desk>>>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let act = {
        let mut desk = desk.lock().unwrap();
        desk.asked += 1;
        desk.form.clone_from(&form);
        desk.act
    };
    match act {
        None => desk.lock().unwrap().answer(&form),
        Some(Act::Status(status)) => {
            (StatusCode::from_u16(status).unwrap(), "<html>Sorry, access-canary</html>").into_response()
        }
        Some(Act::Error(error)) => (StatusCode::BAD_REQUEST, axum_json(&json!({ "error": error }))).into_response(),
        Some(Act::Garbage) => "access-canary".into_response(),
        Some(Act::Huge) => format!("{{\"access_token\": \"{}\"}}", "canary".repeat(1_000_000)).into_response(),
        Some(Act::Redirect) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/token")]).into_response(),
        Some(Act::Stall) => std::future::pending().await,
    }
}

async fn introspect(State(desk): State<Arc<Mutex<Desk>>>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let desk = desk.lock().unwrap();
    match shown {
        Some(token) if desk.takes(token) => axum_json(&json!({ "active": true, "username": desk.user })),
        _ => axum_json(&json!({ "active": false })),
    }
}
