//! Reading what a token endpoint says (RFC 6749 §5.1, §5.2): a token, "not now", or no with what to
//! do about it. Microsoft's error numbers only choose the words of the remedy, never what is done.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::TokenFault;
use super::endpoint::Answer;

/// A token that says no lifetime is taken to live so long.
const USUAL_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// No token is believed to live longer.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// No token is longer, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// What an endpoint gave.
#[derive(Debug)]
pub(super) struct Granted {
    pub access_token: SecretString,
    pub lifetime: Duration,
    /// The refresh token to use from now on, if it is another one.
    pub refresh_token: Option<SecretString>,
}

/// The fields that are used. No `Debug`: it holds secrets.
#[derive(Deserialize)]
struct Fields {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    refresh_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Reads an answer.
pub(super) fn read(answer: &Answer) -> Result<Granted, TokenFault> {
    let fields: Option<Fields> = serde_json::from_slice(&answer.body).ok();
    let busy = TokenFault::Busy { status: answer.status, retry_after: answer.retry_after };
    match (answer.status, fields) {
        (200, Some(fields)) if fields.error.is_none() => granted(fields),
        (200, None) => Err(TokenFault::Nonsense("it is not a token in JSON")),
        (408 | 429 | 500.., _) => Err(busy),
        (300..=399, _) => Err(TokenFault::Nonsense("it leads elsewhere, and no redirect is followed")),
        (_, Some(fields)) => Err(refused(&fields).unwrap_or(busy)),
        (404 | 405 | 410, None) => Err(TokenFault::Nonsense("there is no token endpoint at this address")),
        _ => Err(busy),
    }
}

fn granted(fields: Fields) -> Result<Granted, TokenFault> {
    let nonsense = |what| Err(TokenFault::Nonsense(what));
    let Some(access_token) = fields.access_token else { return nonsense("there is no token in it") };
    if !fields.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return nonsense("its token is not a bearer token");
    }
    // Anything else could break out of the sign-in it is put into.
    if !usable(&access_token) {
        return nonsense("its token has letters that no token has, or too many");
    }
    let seconds = match &fields.expires_in {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
        None => None,
    };
    let refresh_token = fields.refresh_token.filter(|token| usable(token));
    Ok(Granted {
        access_token: SecretString::from(access_token),
        lifetime: seconds.map_or(USUAL_LIFETIME, Duration::from_secs).min(LONGEST_LIFETIME),
        refresh_token: refresh_token.map(SecretString::from),
    })
}

fn usable(token: &str) -> bool {
    (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `None` when it is no refusal but "not now", or says no error at all.
fn refused(fields: &Fields) -> Option<TokenFault> {
    let error = fields.error.as_deref()?;
    if matches!(error, "temporarily_unavailable" | "server_error") {
        return None;
    }
    let is_code = error.len() <= 60 && error.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let error = if is_code { error } else { "an error without a code" };
    let number = fields.error_description.as_deref().and_then(microsoft_number);
    let said = match number {
        Some(number) => format!("{error}, AADSTS{number}, see https://login.microsoftonline.com/error?code={number}"),
        None => error.to_owned(),
    };
    let remedy = number.and_then(remedy_by_number).unwrap_or_else(|| remedy_by_code(error));
    Some(TokenFault::Refused { said, grant_is_bad: error == "invalid_grant", remedy })
}

/// `AADSTS7000215: Invalid client secret …` → 7000215.
fn microsoft_number(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

fn remedy_by_number(number: u32) -> Option<&'static str> {
    Some(match number {
        90002 | 900_023 => "the tenant is wrong: check tenant in [[oauth]]",
        700_016 => "this tenant does not know the application: check client_id and tenant in [[oauth]]",
        7_000_215 => "the client secret is wrong: put its value (not its identifier) into client_secret_file",
        7_000_222 => "the client secret has expired: make a new one, and put its value into client_secret_file",
        65001 => "consent is missing: let an administrator grant the application's permissions",
        50173 | 70008 | 70043 | 700_082 | 50078 | 50076 => {
            "the consent has ended: sign in once more and put the new refresh token into refresh_token_file"
        }
        _ => return None,
    })
}

fn remedy_by_code(error: &str) -> &'static str {
    match error {
        "invalid_grant" => {
            "the consent was revoked or has ended: sign in once more and put the new refresh token into \
             refresh_token_file"
        }
        "invalid_client" => "the application or its secret is wrong: check client_id and client_secret_file",
        "unauthorized_client" => {
            "the application may not sign in like this: check client_id and tenant, and grant its permissions"
        }
        "invalid_scope" => "the scopes are wrong: check scopes in [[oauth]]",
        _ => "check [[oauth]] against docs/SIGN-IN.md",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret as _;

    use super::{Answer, TokenFault, read};

    fn said(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: body.as_bytes().to_vec() }
    }

    fn lifetime(expires_in: &str) -> u64 {
        let body = format!(r#"{{"access_token": "abc", "token_type": "bearer"{expires_in}}}"#);
        read(&said(200, &body)).unwrap().lifetime.as_secs()
    }

    #[test]
    fn a_lifetime_is_read_as_number_or_text_and_never_believed_without_end() {
        assert_eq!(lifetime(r#", "expires_in": 3599"#), 3599);
        assert_eq!(lifetime(r#", "expires_in": "3599""#), 3599);
        assert_eq!(lifetime(""), 300);
        assert_eq!(lifetime(r#", "expires_in": -1"#), 300);
        assert_eq!(lifetime(r#", "expires_in": 99999999999"#), 86_400);
    }

    #[test]
    fn what_is_no_token_is_not_used_as_one() {
        let odd = [
            r#"{"access_token": "a\u0001b", "token_type": "Bearer"}"#.to_owned(),
            r#"{"access_token": "a b", "token_type": "Bearer"}"#.to_owned(),
            r#"{"access_token": "", "token_type": "Bearer"}"#.to_owned(),
            format!(r#"{{"access_token": "{}", "token_type": "Bearer"}}"#, "a".repeat(20_000)),
            r#"{"access_token": "abc", "token_type": "mac"}"#.to_owned(),
            r#"{"access_token": "abc"}"#.to_owned(),
            r#"{"token_type": "Bearer"}"#.to_owned(),
            "[]".to_owned(),
            "<html>Sign in</html>".to_owned(),
            String::new(),
        ];
        for body in odd {
            let fault = read(&said(200, &body)).unwrap_err();
            assert!(matches!(fault, TokenFault::Nonsense(_)), "{body}: {fault:?}");
        }
        let body = r#"{"access_token": "abc", "token_type": "Bearer", "refresh_token": "new\r\n"}"#;
        let granted = read(&said(200, body)).unwrap();
        assert!(granted.refresh_token.is_none() && granted.access_token.expose_secret() == "abc");
    }

    #[test]
    fn a_refusal_says_what_to_do_and_never_the_endpoints_own_words() {
        let cases = [
            (
                r#"{"error": "invalid_client", "error_description": "AADSTS7000215: Bad secret canary"}"#,
                "secret is wrong",
            ),
            (r#"{"error": "invalid_client", "error_description": "AADSTS7000222: canary"}"#, "has expired"),
            (r#"{"error": "invalid_request", "error_description": "AADSTS90002: Tenant canary"}"#, "tenant is wrong"),
            (
                r#"{"error": "unauthorized_client", "error_description": "AADSTS700016: canary"}"#,
                "client_id and tenant",
            ),
            (r#"{"error": "invalid_grant", "error_description": "AADSTS65001: canary"}"#, "consent is missing"),
            (r#"{"error": "invalid_grant", "error_description": "canary revoked"}"#, "refresh_token_file"),
            (r#"{"error": "invalid_client"}"#, "client_secret_file"),
            (r#"{"error": "the canary sings"}"#, "docs/SIGN-IN.md"),
        ];
        for (body, remedy) in cases {
            let fault = read(&said(400, body)).unwrap_err();
            let words = fault.to_string();
            assert!(words.contains(remedy) && !words.contains("canary"), "{words}");
            assert!(fault.needs_a_person(), "{words}");
        }
    }

    #[test]
    fn an_endpoint_in_trouble_is_asked_again() {
        let html = "<html>Bad gateway</html>";
        for (status, body) in [
            (500, html),
            (503, r#"{"error": "invalid_grant"}"#),
            (429, html),
            (400, r#"{"error": "temporarily_unavailable"}"#),
            (400, html),
            (302, ""),
            (404, html),
        ] {
            let fault = read(&said(status, body)).unwrap_err();
            assert!(!fault.needs_a_person(), "{status} {body}: {fault:?}");
        }
        let asked = Answer { retry_after: Some(Duration::from_secs(7)), ..said(429, "") };
        let wait = Some(Duration::from_secs(7));
        assert_eq!(read(&asked).unwrap_err(), TokenFault::Busy { status: 429, retry_after: wait });
    }
}
