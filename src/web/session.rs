//! Sessions: a random token in a cookie, of which only the digest is stored; how long a session
//! lives; and the two checks that a request which changes something comes from a page of ours.
//!
//! Invariant: whoever reads the database can neither sign in with what stands there nor forge a form.

use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::domain::ids::Digest;
pub use crate::domain::origin::PublicOrigin;

/// A session ends when it was not used for this long.
pub const IDLE: SignedDuration = SignedDuration::from_mins(60);

/// A session ends after this long however much it is used.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);

/// Whether a session begun and last used at these instants may still be used.
#[must_use]
pub fn is_live(begun_at: Timestamp, used_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(used_at) < IDLE && now.duration_since(begun_at) < ABSOLUTE
}

/// The secret in an officer's cookie: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(secret)")
    }
}

impl SessionToken {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn fresh() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// The synchroniser token that every form of this session carries. It is derived, so nothing need
    /// be stored; it tells nothing of the session's secret.
    #[must_use]
    pub fn csrf(&self) -> String {
        let digest = Sha256::new_with_prefix(b"complaintsd form token\0").chain_update(self.0).finalize();
        data_encoding::BASE64URL_NOPAD.encode(&digest)
    }

    /// Whether a form carries this session's token; compared in constant time.
    #[must_use]
    pub fn allows(&self, csrf: &str) -> bool {
        self.csrf().as_bytes().ct_eq(csrf.as_bytes()).into()
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    fn encode(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.0)
    }
}

impl PublicOrigin {
    /// The cookie's name. `__Host-` binds it to this host and to TLS; a browser takes such a cookie
    /// only over https, so a trial over plain http on this machine uses the bare name.
    fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-complaintsd" } else { "complaintsd" }
    }

    fn cookie(&self, value: String) -> Cookie<'static> {
        Cookie::build((self.cookie_name(), value))
            .path("/")
            .http_only(true)
            .secure(self.is_https())
            .same_site(SameSite::Strict)
            .build()
    }

    /// The cookie that begins a session. It ends with the browser, and on the server before that.
    pub fn begin(&self, jar: CookieJar, token: &SessionToken) -> CookieJar {
        jar.add(self.cookie(token.encode()))
    }

    /// Takes the cookie away.
    pub fn end(&self, jar: CookieJar) -> CookieJar {
        jar.remove(self.cookie(String::new()))
    }

    /// The token that a request carries.
    #[must_use]
    pub fn token(&self, jar: &CookieJar) -> Option<SessionToken> {
        SessionToken::parse(jar.get(self.cookie_name())?.value())
    }

    /// Whether a request that changes something was made by a page of ours, as the browser tells it:
    /// `Sec-Fetch-Site` where it is sent, `Origin` elsewhere. A request with neither is not believed.
    #[must_use]
    pub fn sent_from_here(&self, headers: &HeaderMap) -> bool {
        let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        match (value("sec-fetch-site"), value(header::ORIGIN.as_str())) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => origin.eq_ignore_ascii_case(self.as_str()),
            (None, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn https() -> PublicOrigin {
        "https://complaints.example.org".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_session_ends_after_an_idle_hour_and_after_twelve_hours() {
        let begun: Timestamp = "2026-03-06T09:00:00Z".parse().unwrap();
        let after = |minutes: i64| begun + SignedDuration::from_mins(minutes);
        assert!(is_live(begun, begun, after(59)));
        assert!(!is_live(begun, begun, after(60)));
        assert!(is_live(begun, after(700), after(719)));
        assert!(!is_live(begun, after(719), after(720)));
    }

    #[test]
    fn the_cookie_is_bound_to_host_and_tls_and_hidden_from_scripts() {
        let token = SessionToken::fresh().unwrap();
        let jar = https().begin(CookieJar::new(), &token);
        let cookie = jar.get("__Host-complaintsd").unwrap().to_string();
        for part in ["; HttpOnly", "; SameSite=Strict", "; Secure", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie} lacks {part}");
        }
        assert!(!cookie.contains("Domain"));
        assert_eq!(https().token(&jar), Some(token));
    }

    #[test]
    fn only_this_sessions_form_token_is_allowed() {
        let (one, other) = (SessionToken::fresh().unwrap(), SessionToken::fresh().unwrap());
        assert!(one.allows(&one.csrf()));
        for wrong in [other.csrf(), String::new(), one.encode(), one.digest().to_string()] {
            assert!(!one.allows(&wrong));
        }
    }

    #[test]
    fn requests_from_other_sites_are_not_believed() {
        let here = https();
        assert!(here.sent_from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(here.sent_from_here(&headers(&[("origin", "https://complaints.example.org")])));
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://complaints.example.org")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "http://complaints.example.org")],
            &[],
        ] {
            assert!(!here.sent_from_here(&headers(foreign)), "{foreign:?}");
        }
    }
}
