//! Sign-in by tokens, as an operator writes it: little for Microsoft and Google, and every fault named.

use super::{EXAMPLE, Folder, only};
use crate::config::{Config, ConfigFault, CourierWay, Imap, MailboxSource, Oauth, SignIn, Smtp, SmtpSecurity, Weight};

const MICROSOFT: &str = "provider = \"microsoft\"\ntenant = \"example.onmicrosoft.com\"\nclient_id = \"c\"\n\
                         client_secret_file = \"client-secret\"\n";
const GOOGLE: &str = "provider = \"google\"\nclient_id = \"c\"\nclient_secret_file = \"client-secret\"\n\
                      refresh_token_file = \"refresh-token\"\n";

/// The example with this table, and mailbox and courier that sign in by `name`, with as few keys as may be.
fn text(table: &str, name: &str) -> String {
    let oauth = format!("oauth = \"{name}\"");
    let text = ["host = \"imap.example.org\"", "host = \"smtp.example.org\""]
        .iter()
        .fold(EXAMPLE.to_owned(), |text, line| text.replace(line, ""));
    let text =
        text.replace("password_file = \"imap-password\"", &oauth).replace("password_file = \"smtp-password\"", &oauth);
    format!("{text}\n[[oauth]]\n{table}")
}

fn read(table: &str, name: &str) -> Config {
    let loaded = Folder::new().load(&text(table, name)).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(loaded.concerns, Vec::new());
    loaded.config
}

fn faults(table: &str) -> Vec<ConfigFault> {
    Folder::new().faults(&text(table, "microsoft"))
}

fn parts(config: &Config) -> (&Oauth, &Imap, &Smtp) {
    let (MailboxSource::Imap(imap), CourierWay::Smtp(smtp)) = (&config.mailboxes[0].source, &config.courier.way) else {
        panic!("IMAP and SMTP")
    };
    let (SignIn::Oauth(reading), Some((_, SignIn::Oauth(sending)))) = (&imap.sign_in, &smtp.sign_in) else {
        panic!("tokens")
    };
    assert_eq!((reading, sending), (&config.oauth[0], &config.oauth[0]));
    (reading, imap, smtp)
}

#[test]
fn for_microsoft_the_tenant_and_the_application_are_enough() {
    let config = read(MICROSOFT, "microsoft");
    let (oauth, imap, smtp) = parts(&config);
    let endpoint = "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token";
    assert_eq!(oauth.token_endpoint.as_str(), endpoint);
    assert_eq!(oauth.scopes, ["https://outlook.office365.com/.default"]);
    assert_eq!((imap.host.as_str(), imap.port), ("outlook.office365.com", 993));
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("smtp.office365.com", 587, SmtpSecurity::StartTls));
    let by_consent = format!("{MICROSOFT}refresh_token_file = \"refresh-token\"").replace("client_secret_file", "# ");
    let config = read(&by_consent, "microsoft");
    assert!(parts(&config).0.scopes.iter().any(|scope| scope == "offline_access"));
}

#[test]
fn for_google_the_application_and_a_consent_are_enough() {
    let config = read(GOOGLE, "google");
    let (oauth, imap, smtp) = parts(&config);
    assert_eq!((oauth.token_endpoint.as_str(), &oauth.scopes), ("https://oauth2.googleapis.com/token", &Vec::new()));
    assert_eq!((imap.host.as_str(), imap.port), ("imap.gmail.com", 993));
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("smtp.gmail.com", 465, SmtpSecurity::Tls));
    let told = Folder::new().faults(&text(&GOOGLE.replace("refresh_token_file", "# "), "google"));
    assert!(told.iter().any(|fault| fault.to_string().contains("by a person's consent only")), "{told:?}");
}

#[test]
fn what_is_written_goes_before_what_is_usual() {
    let table =
        format!("{MICROSOFT}name = \"m365\"\nscopes = \"a  b\"\ntoken_endpoint = \"https://login.example.org/t\"");
    let text = text(&table, "m365").replace("# security = \"tls\"", "security = \"tls\"\nhost = \"mail.example.org\"");
    let config = Folder::new().load(&text).unwrap().config;
    let (oauth, imap, smtp) = parts(&config);
    assert_eq!((oauth.name.as_str(), oauth.token_endpoint.as_str()), ("m365", "https://login.example.org/t"));
    assert_eq!(oauth.scopes, ["a", "b"]);
    assert_eq!((imap.host.as_str(), smtp.host.as_str()), ("mail.example.org", "mail.example.org"));
    assert_eq!((smtp.port, smtp.security), (465, SmtpSecurity::Tls));
}

#[test]
fn secrets_go_to_https_only_or_to_this_machine_in_a_test() {
    let named = |url: &str| format!("{MICROSOFT}token_endpoint = \"{url}\"");
    for url in [
        "http://login.example.org/token",
        "http://127.0.0.1:8000/token",
        "https://user:pass@login.example.org/token",
        "https://login.example.org/token#x",
        "ftp://login.example.org/token",
        "login.example.org",
        "https://",
    ] {
        let told = faults(&named(url));
        assert!(told.iter().any(|fault| fault.key == "oauth.1.token_endpoint"), "{url}: {told:?}");
    }
    let in_test = |url: &str| text(&named(url), "microsoft").replace("\"production\"", "\"test\"");
    for url in ["http://127.0.0.1:8000/token", "http://localhost:8000/token", "http://[::1]:8000/token"] {
        Folder::new().load(&in_test(url)).unwrap();
    }
    Folder::new().faults(&in_test("http://127.0.0.1.example.org/token"));
}

#[test]
fn each_fault_of_a_sign_in_names_its_key_and_remedy() {
    let without = |key: &str| {
        let lines = MICROSOFT.lines().filter(|line| !line.starts_with(key));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    for (table, told) in [
        (without("tenant"), "oauth.1.tenant: missing"),
        (without("client_id"), "oauth.1.client_id: missing"),
        (without("client_secret_file"), "oauth.1.client_secret_file: missing"),
        (MICROSOFT.replace("example.onmicrosoft.com", "common"), "oauth.1.tenant: this names no tenant"),
        (MICROSOFT.replace("example.onmicrosoft.com", "a/../b"), "oauth.1.tenant: this names no tenant"),
        (MICROSOFT.replace("\"microsoft\"", "\"yahoo\""), "oauth.1.provider: 'yahoo' is not known here"),
        (MICROSOFT.replace("client-secret", "nowhere"), "nowhere cannot be read"),
        (MICROSOFT.replace("\"microsoft\"", "\"other\""), "oauth.1.token_endpoint: missing"),
        (format!("{MICROSOFT}\n[[oauth]]\n{MICROSOFT}"), "oauth.2.name: two [[oauth]] tables have this name"),
        (format!("{MICROSOFT}client_secret_expires = \"soon\""), "oauth.1.client_secret_expires: not a date"),
        (format!("{MICROSOFT}name = \"m365\""), "mailbox.1.oauth: no [[oauth]] table has the name 'microsoft'"),
    ] {
        let found = faults(&table);
        let fault = found.iter().find(|fault| fault.to_string().contains(told));
        assert!(fault.is_some_and(|fault| fault.line.is_some()), "{told}: {found:#?}");
    }
    let both = text(MICROSOFT, "microsoft").replace("# folders =", "password_file = \"imap-password\"\n# folders =");
    assert!(only(&Folder::new().faults(&both)).contains("mailbox.1.password_file: there is oauth, too"));
}

#[test]
fn a_client_secret_that_ends_soon_is_a_warning() {
    let concerns = |ends_on: &str| {
        let table = format!("{MICROSOFT}client_secret_expires = {ends_on}");
        Folder::new().load(&text(&table, "microsoft")).unwrap().concerns
    };
    assert_eq!(concerns("2026-12-24"), Vec::new());
    let told = concerns("2026-12-23");
    assert_eq!(told[0].weight, Weight::Warning);
    assert!(told[0].to_string().contains("the client secret expires on 23 December 2026"), "{told:?}");
    assert!(concerns("2026-11-22")[0].to_string().contains("expired on 22 November 2026"));
}
