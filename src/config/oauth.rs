//! `[[oauth]]`: where tokens come from, with what is usual for Microsoft and Google filled in, so that
//! an operator writes only what is the landlord's own; and the two ways to sign in.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use url::{Host, Url};

use super::Place;
use super::faults::Weight;
use super::read::ca_file;
use super::reader::Section;
use super::secrets;
use super::settings::{Environment, Oauth, Provider, SignIn, SmtpSecurity};
use crate::domain::words;

/// The end of a client secret is told so many days ahead.
const TOLD_AHEAD: i32 = 30;

/// The tables that could be read, and the names of all.
#[derive(Debug, Default)]
pub(super) struct Oauths {
    pub tables: Vec<Arc<Oauth>>,
    names: Vec<String>,
}

impl Provider {
    const fn key(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Google => "google",
            Self::Other => "other",
        }
    }

    /// Where its mailboxes are.
    pub(super) const fn imap_host(self) -> Option<&'static str> {
        match self {
            Self::Microsoft => Some("outlook.office365.com"),
            Self::Google => Some("imap.gmail.com"),
            Self::Other => None,
        }
    }

    /// Where its users hand in mail.
    pub(super) const fn smtp_host(self) -> Option<(&'static str, SmtpSecurity)> {
        match self {
            Self::Microsoft => Some(("smtp.office365.com", SmtpSecurity::StartTls)),
            Self::Google => Some(("smtp.gmail.com", SmtpSecurity::Tls)),
            Self::Other => None,
        }
    }

    /// What its tokens are for. An application of its own right names no more than the service; a
    /// person's consent names each right.
    const fn scopes(self, by_consent: bool) -> &'static str {
        match (self, by_consent) {
            (Self::Microsoft, false) => "https://outlook.office365.com/.default",
            (Self::Microsoft, true) => {
                "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
            }
            // Google's refresh tokens carry theirs.
            (Self::Google | Self::Other, _) => "",
        }
    }
}

/// Reads all tables.
pub(super) fn read(sections: Vec<Section<'_>>, place: &Place, environment: Option<Environment>, today: Date) -> Oauths {
    let mut oauths = Oauths::default();
    for mut section in sections {
        let table = one(&mut section, place, environment, today, &mut oauths.names);
        section.finish();
        oauths.tables.extend(table.map(Arc::new));
    }
    oauths
}

fn one(
    section: &mut Section<'_>,
    place: &Place,
    environment: Option<Environment>,
    today: Date,
    names: &mut Vec<String>,
) -> Option<Oauth> {
    section.required("provider", "\"microsoft\", \"google\" or \"other\"");
    let providers = [Provider::Microsoft, Provider::Google, Provider::Other].map(|one| (one.key(), one));
    let provider = section.choice("provider", &providers);
    let name = section.text("name").or_else(|| provider.map(|provider| provider.key().to_owned()));
    if name.as_ref().is_some_and(|name| names.contains(name)) {
        section.fault("name", "two [[oauth]] tables have this name", "give each a name of its own");
    }
    names.extend(name.clone());
    let token_endpoint = endpoint(section, provider, environment);
    let client_id = section.required("client_id", "\"the application's identifier\"");
    let client_secret_file = secrets::file(section, "client_secret_file", place);
    let refresh_token_file = secrets::file(section, "refresh_token_file", place);
    needs(section, provider);
    let client_secret_expires = expiry(section, today);
    let by_consent = section.text("refresh_token_file").is_some();
    let scopes = section.text("scopes");
    let usual = provider.map_or("", |provider| provider.scopes(by_consent));
    let scopes = scopes.as_deref().unwrap_or(usual).split_whitespace().map(ToOwned::to_owned).collect();
    let ca_file: Option<PathBuf> = ca_file(section, place);
    Some(Oauth {
        name: name?,
        provider: provider?,
        token_endpoint: token_endpoint?,
        client_id: client_id?,
        client_secret_file,
        client_secret_expires,
        refresh_token_file,
        scopes,
        ca_file,
    })
}

/// Which secrets there must be.
fn needs(section: &mut Section<'_>, provider: Option<Provider>) {
    let has_secret = section.text("client_secret_file").is_some();
    let has_refresh = section.text("refresh_token_file").is_some();
    if provider == Some(Provider::Google) && !has_refresh {
        let what = "missing: Google gives tokens for a mailbox by a person's consent only";
        section.fault("refresh_token_file", what, "add refresh_token_file = \"refresh-token\", see docs/SIGN-IN.md");
    }
    if !has_secret && (!has_refresh || provider == Some(Provider::Google)) {
        section.fault("client_secret_file", "missing", "add client_secret_file = \"client-secret\"");
    }
}

fn endpoint(section: &mut Section<'_>, provider: Option<Provider>, environment: Option<Environment>) -> Option<Url> {
    let named = section.text("token_endpoint");
    let tenant = section.text("tenant");
    if let Some(tenant) = &tenant {
        let is_name = tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        if provider.is_some_and(|provider| provider != Provider::Microsoft) {
            section.fault("tenant", "only Microsoft has tenants", "leave it out");
        } else if !is_name || ["common", "organizations", "consumers"].contains(&tenant.as_str()) {
            let remedy = "write the directory (tenant) ID, or its domain such as example.onmicrosoft.com";
            section.fault("tenant", "this names no tenant", remedy);
            return None;
        }
    }
    let text = match (named, provider?) {
        (Some(named), _) => named,
        (None, Provider::Google) => "https://oauth2.googleapis.com/token".to_owned(),
        (None, Provider::Microsoft) => {
            let tenant = section.required("tenant", "\"example.onmicrosoft.com\" or the directory (tenant) ID")?;
            format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
        }
        (None, Provider::Other) => {
            section.fault("token_endpoint", "missing", "add token_endpoint = \"https://login.example.org/token\"");
            return None;
        }
    };
    let url = Url::parse(&text).ok().filter(|url| is_safe(url, environment));
    if url.is_none() {
        let what = "not an https:// address without user, password or fragment: secrets go there";
        section.fault("token_endpoint", what, "write such as \"https://login.example.org/token\"");
    }
    url
}

/// Secrets travel there: only by TLS, or within this machine when something is tried out.
fn is_safe(url: &Url, environment: Option<Environment>) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let in_clear = url.scheme() == "http" && loopback && environment == Some(Environment::Test);
    bare && (url.scheme() == "https" || in_clear)
}

fn expiry(section: &mut Section<'_>, today: Date) -> Option<Date> {
    let ends_on = section.optional_date("client_secret_expires")?;
    let left = (ends_on - today).get_days();
    if left <= TOLD_AHEAD {
        let what = match left {
            ..0 => format!("the client secret expired on {}", words::date(ends_on)),
            _ => format!("the client secret expires on {}", words::date(ends_on)),
        };
        let remedy = "make a new one, put its value into client_secret_file, and write the new date";
        section.report("client_secret_expires", what, remedy, Weight::Warning);
    }
    Some(ends_on)
}

/// By `oauth` or by `password_file`, not both; `None` when neither stands there or one is wrong.
pub(super) fn sign_in(section: &mut Section<'_>, place: &Place, oauths: &Oauths) -> Option<SignIn> {
    let name = section.text("oauth");
    let Some(name) = name else { return secrets::read(section, "password_file", place).map(SignIn::Password) };
    if section.text("password_file").is_some() {
        section.fault("password_file", "there is oauth, too", "leave one of them out");
    }
    if !oauths.names.contains(&name) {
        let remedy = match oauths.names.join(", ") {
            known if known.is_empty() => "add an [[oauth]] table".to_owned(),
            known => format!("write one of: {known}"),
        };
        section.fault("oauth", format!("no [[oauth]] table has the name '{name}'"), remedy);
    }
    oauths.tables.iter().find(|table| table.name == name).map(|table| SignIn::Oauth(Arc::clone(table)))
}
