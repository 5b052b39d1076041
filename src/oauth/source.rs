//! Where a token comes from: from memory while it is fresh, else from the endpoint, asked by one at a
//! time. Times are measured by the monotonic clock from the moment of asking, so a wrong wall clock
//! changes nothing; a server that thinks otherwise gets one new token.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use url::form_urlencoded;

use super::answer::{self, Granted};
use super::{Grant, RefreshTokens, TokenError, TokenFault, TokenSettings, endpoint, keeping};

/// A token is renewed so long before its end, or a quarter of its life before if that is less.
const RENEW_AHEAD: Duration = Duration::from_secs(5 * 60);

/// After failures the endpoint is left alone: at first and at most so long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// A token to sign in with.
#[derive(Debug, Clone)]
pub struct AccessToken {
    secret: SecretString,
    renew_at: Instant,
    ends_at: Instant,
}

impl AccessToken {
    /// The token itself.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// From when on whoever signed in with it should do so anew: the server may end the session then.
    #[must_use]
    pub fn renew_at(&self) -> Instant {
        self.renew_at
    }

    /// What the application itself may do by this token: the `roles` of Microsoft's (a JWT). `None` for
    /// a token that does not say. Only to explain a refusal: what counts is the server's answer.
    #[must_use]
    pub fn roles(&self) -> Option<Vec<String>> {
        let claims = self.secret.expose_secret().split('.').nth(1)?;
        let claims = data_encoding::BASE64URL_NOPAD.decode(claims.trim_end_matches('=').as_bytes()).ok()?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        let roles = claims.get("roles").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        Some(roles.iter().filter_map(|role| role.as_str().map(ToOwned::to_owned)).collect())
    }
}

/// Gives out tokens of one application, for all who sign in by it.
#[derive(Clone)]
pub struct TokenSource(Arc<Inner>);

struct Inner {
    settings: TokenSettings,
    kept: Arc<dyn RefreshTokens>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    trouble: Option<Trouble>,
    /// A sealed refresh token that could not be kept yet: the newest of all.
    not_kept: Option<Vec<u8>>,
}

struct Trouble {
    fault: TokenFault,
    failures: u32,
    again_at: Instant,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenSource").field(&self.0.settings).finish()
    }
}

impl TokenSource {
    /// A source that asks nothing yet. Refresh tokens are kept in `kept`.
    #[must_use]
    pub fn new(settings: TokenSettings, kept: Arc<dyn RefreshTokens>) -> Self {
        Self(Arc::new(Inner { settings, kept, state: Mutex::default() }))
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// By what right it asks.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.0.settings.grant
    }

    /// A token: the one at hand while it is fresh, else a new one, else the one at hand until its end.
    ///
    /// # Errors
    /// When there is none. After a failure the endpoint is left alone for a while, longer each time;
    /// until then the same failure is told again.
    pub async fn token(&self) -> Result<AccessToken, TokenError> {
        self.renewed().await.0
    }

    /// The same, with what was wrong although there is a token.
    pub async fn renewed(&self) -> (Result<AccessToken, TokenError>, Option<TokenError>) {
        let inner = Arc::clone(&self.0);
        // A task of its own: whoever waits may give up, but a new refresh token must not be lost then.
        let renewed = tokio::spawn(async move { inner.current().await }).await;
        let (token, fault) = renewed.unwrap_or_else(|_| (None, Some(TokenFault::Nonsense("reading it failed"))));
        let fault = fault.map(|fault| self.error(fault));
        match (token, fault) {
            (Some(token), fault) => (Ok(token), fault),
            (None, Some(fault)) => (Err(fault.clone()), Some(fault)),
            (None, None) => (Err(self.error(TokenFault::Nonsense("there is no token in it"))), None),
        }
    }

    /// Says that a server did not take this token, whatever its lifetime: it is not given out again.
    pub async fn refused(&self, token: &AccessToken) {
        let mut state = self.0.state.lock().await;
        if state.token.as_ref().is_some_and(|held| held.secret.expose_secret() == token.secret.expose_secret()) {
            state.token = None;
        }
    }

    fn error(&self, fault: TokenFault) -> TokenError {
        let host = self.0.settings.endpoint.host_str().unwrap_or_default().to_owned();
        TokenError { name: self.0.settings.name.clone(), host, fault }
    }
}

impl Inner {
    /// The token there is, and what is wrong. Whoever comes while one asks waits for the same answer.
    async fn current(&self) -> (Option<AccessToken>, Option<TokenFault>) {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        let fresh = state.token.as_ref().is_some_and(|token| now < token.renew_at);
        let waiting = state.trouble.as_ref().is_some_and(|trouble| now < trouble.again_at);
        if !waiting && (!fresh || state.not_kept.is_some()) {
            let done = if fresh { Ok(()) } else { self.renew(&mut state).await };
            let done = match done {
                Ok(()) => self.keep(&mut state).await,
                refused => refused,
            };
            let failures = state.trouble.take().map_or(0, |trouble| trouble.failures);
            state.trouble = done.err().map(|fault| Trouble::after(failures.saturating_add(1), fault));
        }
        let valid = state.token.clone().filter(|token| Instant::now() < token.ends_at);
        (valid, state.trouble.as_ref().map(|trouble| trouble.fault.clone()))
    }

    async fn renew(&self, state: &mut State) -> Result<(), TokenFault> {
        let asked_at = Instant::now();
        let granted = match &self.settings.grant {
            Grant::ClientCredentials => self.ask(&[("grant_type", "client_credentials")]).await?,
            Grant::RefreshToken(file) => {
                let first = read_secret(file).await?;
                let (granted, used) = self.refresh(state, &first).await?;
                let replaced = |next: &&SecretString| next.expose_secret() != used.expose_secret();
                if let Some(next) = granted.refresh_token.as_ref().filter(replaced) {
                    state.not_kept = keeping::seal(&self.settings.name, &first, next);
                }
                granted
            }
        };
        let ahead = RENEW_AHEAD.min(granted.lifetime / 4);
        state.token = Some(AccessToken {
            secret: granted.access_token,
            renew_at: asked_at + (granted.lifetime - ahead),
            ends_at: asked_at + granted.lifetime,
        });
        tracing::debug!(oauth = self.settings.name, lifetime_s = granted.lifetime.as_secs(), "Token renewed");
        Ok(())
    }

    /// Asks with the newest refresh token, and with the older ones if that is no longer good.
    async fn refresh(&self, state: &State, first: &SecretString) -> Result<(Granted, SecretString), TokenFault> {
        let kept = self.kept.load(&self.settings.name).await.map_err(TokenFault::NotRead)?;
        let open = |sealed: &Vec<u8>| keeping::open(&self.settings.name, first, sealed);
        let newest = state.not_kept.as_ref().and_then(open);
        let mut candidates: Vec<SecretString> = newest.into_iter().chain(kept.as_ref().and_then(open)).collect();
        candidates.push(first.clone());
        let mut refused = None;
        for token in candidates {
            let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())];
            match self.ask(&form).await {
                Err(fault @ TokenFault::Refused { grant_is_bad: true, .. }) => refused = refused.or(Some(fault)),
                Err(fault) => return Err(fault),
                Ok(granted) => return Ok((granted, token)),
            }
        }
        Err(refused.unwrap_or(TokenFault::Nonsense("there is no token in it")))
    }

    async fn ask(&self, grant: &[(&str, &str)]) -> Result<Granted, TokenFault> {
        let secret = match &self.settings.client_secret_file {
            Some(file) => Some(read_secret(file).await?),
            None => None,
        };
        let form = self.form(grant, secret.as_ref());
        answer::read(&endpoint::post(&self.settings, &form).await?)
    }

    fn form(&self, grant: &[(&str, &str)], secret: Option<&SecretString>) -> SecretString {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(grant).append_pair("client_id", &self.settings.client_id);
        if let Some(secret) = secret {
            form.append_pair("client_secret", secret.expose_secret());
        }
        if !self.settings.scopes.is_empty() {
            form.append_pair("scope", &self.settings.scopes.join(" "));
        }
        SecretString::from(form.finish())
    }

    /// Keeps the newest refresh token.
    async fn keep(&self, state: &mut State) -> Result<(), TokenFault> {
        if let Some(sealed) = &state.not_kept {
            self.kept.keep(&self.settings.name, sealed).await.map_err(TokenFault::NotKept)?;
            state.not_kept = None;
        }
        Ok(())
    }
}

impl Trouble {
    fn after(failures: u32, fault: TokenFault) -> Self {
        let mut wait = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_WAIT);
        if let TokenFault::Busy { retry_after: Some(asked), .. } = &fault {
            wait = wait.max(*asked).min(LONGEST_WAIT);
        }
        Self { fault, failures, again_at: Instant::now() + wait }
    }
}

async fn read_secret(file: &std::path::Path) -> Result<SecretString, TokenFault> {
    let unusable = |reason: String| TokenFault::SecretFile { path: file.to_owned(), reason };
    let text = tokio::fs::read_to_string(file).await.map_err(|error| unusable(error.to_string()))?;
    let secret = SecretString::from(text.trim_end_matches(['\r', '\n']));
    if secret.expose_secret().is_empty() { Err(unusable("it is empty".to_owned())) } else { Ok(secret) }
}
