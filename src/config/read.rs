//! From the sections of the configuration file to settings. Each function reads one table whole, so
//! that all its faults are noted before it gives up.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use jiff::civil::Date;
use secrecy::SecretString;

use super::Place;
use super::faults::Weight;
use super::mailboxes;
use super::oauth::{self, Oauths};
use super::reader::Section;
use super::secrets;
use super::settings::{
    AfterStored, Clamd, Courier, CourierWay, Database, Environment, Imap, ImapSecurity, Log, LogFormat, LogLevel,
    Mailbox, MailboxSource, Provider, SignIn, Smtp, SmtpSecurity, Team, Web,
};
use crate::domain::ids::EmailAddress;
use crate::domain::landlord::Landlord;
use crate::domain::origin::PublicOrigin;

const MEGABYTE: u64 = 1_000_000;

const ADDRESS: &str = "\"complaints@example.org\"";

/// The file of the embedded database when none is named: the unit's StateDirectory.
const DATABASE: &str = "/var/lib/complaintsd/complaintsd.db";

pub(super) fn email(section: &mut Section<'_>, key: &'static str) -> Option<EmailAddress> {
    let address = |text: &str| match text.parse::<EmailAddress>() {
        Ok(address) if address.as_str().rsplit_once('@').is_some_and(|(local, _)| local.is_ascii()) => Ok(address),
        Ok(_) => Err("has letters before the @ that mail servers do not take".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    section.parsed(key, address, "write one address such as name@example.org")
}

fn required_email(section: &mut Section<'_>, key: &'static str) -> Option<EmailAddress> {
    section.required(key, ADDRESS)?;
    email(section, key)
}

fn duration(section: &mut Section<'_>, key: &'static str, otherwise: SignedDuration) -> SignedDuration {
    let positive = |text: &str| match text.parse::<SignedDuration>() {
        Ok(duration) if duration > SignedDuration::ZERO => Ok(duration),
        Ok(_) => Err("must be longer than nothing".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    section.parsed(key, positive, "write a duration such as \"60s\" or \"10m\"").unwrap_or(otherwise)
}

/// A size such as "150MB", in bytes.
fn size(section: &mut Section<'_>, key: &'static str, otherwise: u64) -> u64 {
    let bytes = |text: &str| {
        let number = text.strip_suffix("MB").map_or("", str::trim);
        number
            .parse()
            .ok()
            .filter(|size| (1..=2_000).contains(size))
            .map(|size: u64| size * MEGABYTE)
            .ok_or("not a size")
    };
    section.parsed(key, bytes, "write whole megabytes such as \"150MB\", from 1MB to 2000MB").unwrap_or(otherwise)
}

fn port(section: &mut Section<'_>, otherwise: u16) -> u16 {
    section.number("port", 1..=65535).and_then(|port| u16::try_from(port).ok()).unwrap_or(otherwise)
}

/// A path, relative to the configuration file's folder.
pub(super) fn path(section: &mut Section<'_>, key: &'static str, place: &Place) -> Option<PathBuf> {
    section.text(key).map(|text| place.folder.join(text))
}

pub(super) fn folder(section: &mut Section<'_>, key: &'static str, place: &Place) -> Option<PathBuf> {
    let path = path(section, key, place)?;
    if !path.is_dir() {
        section.fault(key, format!("{} is not a folder", path.display()), "create it, or correct the name");
    }
    Some(path)
}

pub(super) fn ca_file(section: &mut Section<'_>, place: &Place) -> Option<PathBuf> {
    let path = path(section, "ca_file", place)?;
    if let Err(error) = std::fs::File::open(&path) {
        let what = format!("{} cannot be read ({error})", path.display());
        section.fault("ca_file", what, "put the certificates there, or leave the key out");
    }
    Some(path)
}

pub(super) fn landlord(mut section: Section<'_>) -> Option<Landlord> {
    let name = section.required("name", "\"Example Homes\"");
    let address = section.lines("address");
    let phone = section.required("phone", "\"020 7946 0000\"");
    let email = required_email(&mut section, "email");
    let website = section.text("website");
    let policy = section.required("complaints_policy_url", "\"https://www.example.org/complaints\"");
    section.finish();
    Some(Landlord {
        name: name?,
        address: address?,
        phone: phone?,
        email: email?,
        website,
        complaints_policy_url: Some(policy?),
    })
}

pub(super) fn team(mut section: Section<'_>) -> Option<Team> {
    let email = required_email(&mut section, "email");
    let manager_email = required_email(&mut section, "manager_email");
    let operators = self::email(&mut section, "operators_email");
    section.finish();
    let (email, manager_email) = (email?, manager_email?);
    Some(Team { email, operators_email: operators.unwrap_or_else(|| manager_email.clone()), manager_email })
}

pub(super) fn database(mut section: Section<'_>, place: &Place) -> Option<Database> {
    let password = secrets::read(&mut section, "password_file", place);
    let url = section.text("url").unwrap_or_else(|| format!("sqlite:{DATABASE}"));
    let database = if let Some(file) = url.strip_prefix("sqlite:") {
        let file = file.strip_prefix("//").unwrap_or(file);
        Some(Database::Sqlite(place.folder.join(file)))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        with_password(&mut section, &url, password).map(Database::Postgres)
    } else {
        section.fault("url", "neither SQLite nor PostgreSQL", "write sqlite:FILE or postgres://USER@HOST/DATABASE");
        None
    };
    section.finish();
    database
}

/// Puts the password of `password_file` into a PostgreSQL URL.
fn with_password(section: &mut Section<'_>, url: &str, password: Option<SecretString>) -> Option<SecretString> {
    use secrecy::ExposeSecret as _;
    let Some(password) = password else { return Some(SecretString::from(url)) };
    let parts = url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?)));
    let Some((scheme, (user, rest))) = parts.filter(|(_, (user, _))| !user.contains([':', '/'])) else {
        let remedy = "write postgres://USER@HOST/DATABASE, the password is put in from password_file";
        section.fault("url", "has no user, or a password of its own", remedy);
        return None;
    };
    let encoded: String = password.expose_secret().bytes().map(percent).collect();
    Some(SecretString::from(format!("{scheme}://{user}:{encoded}@{rest}")))
}

/// One byte as it may stand in a URL (RFC 3986 §2.1).
fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

pub(super) fn mailboxes(sections: Vec<Section<'_>>, place: &Place, oauths: &Oauths, today: Date) -> Vec<Mailbox> {
    let mut mailboxes: Vec<Mailbox> = Vec::new();
    for mut section in sections {
        let name = mailboxes::name(&mut section, &mailboxes);
        let cut_over = mailboxes::cut_over(&mut section, today);
        let poll_every = duration(&mut section, "poll_every", SignedDuration::from_secs(60));
        let trusted_authserv_ids = trusted(&mut section);
        let max_message_size = size(&mut section, "max_message_size", 150 * MEGABYTE);
        let source = match section.choice("kind", &[("imap", Kind::Imap), ("maildir", Kind::Maildir)]) {
            Some(Kind::Imap) => imap(&mut section, place, oauths).map(MailboxSource::Imap),
            Some(Kind::Maildir) => {
                section.required("path", "\"the folder that holds new and cur\"");
                folder(&mut section, "path", place).map(|path| MailboxSource::Maildir { path })
            }
            None => None,
        };
        if let Some(source) = &source {
            mailboxes::must_be_the_only_one(&section, source, &mailboxes);
        }
        section.finish();
        if let (Some(name), Some(source)) = (name, source) {
            mailboxes.push(Mailbox { name, source, poll_every, cut_over, max_message_size, trusted_authserv_ids });
        }
    }
    mailboxes
}

/// The mail servers whose word about a sender counts. "unnamed" is one that writes no name of its own.
fn trusted(section: &mut Section<'_>) -> Vec<String> {
    let names = section.names("trusted_authserv_ids");
    names.into_iter().map(|name| if name == "unnamed" { String::new() } else { name }).collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Imap,
    Maildir,
}

#[derive(Clone, Copy)]
enum Way {
    Smtp,
    Spool,
}

fn imap(section: &mut Section<'_>, place: &Place, oauths: &Oauths) -> Option<Imap> {
    let sign_in = oauth::sign_in(section, place, oauths);
    if section.text("oauth").is_none() {
        section.required("password_file", "\"imap-password\"");
    }
    let host = match provider(sign_in.as_ref()).and_then(Provider::imap_host) {
        Some(usual) => Some(section.text("host").unwrap_or_else(|| usual.to_owned())),
        None => section.required("host", "\"imap.example.org\""),
    };
    let security = section.choice("security", &[("tls", ImapSecurity::Tls), ("starttls", ImapSecurity::StartTls)]);
    let port = port(section, if security == Some(ImapSecurity::StartTls) { 143 } else { 993 });
    let username = section.required("username", ADDRESS);
    let (folders, junk_folders) = mailboxes::folders(section);
    let ca_file = ca_file(section, place);
    let read: Vec<&String> = folders.iter().chain(junk_folders.iter().flatten()).collect();
    let after = after_stored(section, &read);
    Some(Imap {
        host: host?,
        port,
        security: security?,
        username: username?,
        sign_in: sign_in?,
        folders,
        junk_folders,
        ca_file,
        after: after?,
    })
}

/// Whose tokens, when tokens it is.
fn provider(sign_in: Option<&SignIn>) -> Option<Provider> {
    match sign_in {
        Some(SignIn::Oauth(oauth)) => Some(oauth.provider),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum After {
    Flag,
    Leave,
    Move,
}

fn after_stored(section: &mut Section<'_>, read: &[&String]) -> Option<AfterStored> {
    let flag = section.text("flag").unwrap_or_else(|| "complaintsd".to_owned());
    let move_to = section.text("move_to");
    // A keyword, not a system flag: `\Seen` belongs to people and `\Deleted` loses mail (RFC 9051 §2.3.2).
    if !flag.chars().all(|letter| letter.is_ascii_alphanumeric() || "$-_.".contains(letter)) {
        section.fault("flag", "not a keyword", "write letters, digits, '$', '-', '_' or '.', no backslash");
    }
    match section.choice("after", &[("flag", After::Flag), ("leave", After::Leave), ("move", After::Move)])? {
        After::Move if move_to.is_none() => {
            section.fault("move_to", "missing", "name the folder that stored messages are moved to");
            None
        }
        After::Move if move_to.as_ref().is_some_and(|folder| read.contains(&folder)) => {
            section.fault("move_to", "a folder that is read", "name another folder");
            None
        }
        After::Move => move_to.map(AfterStored::Move),
        After::Flag => Some(AfterStored::Flag(flag)),
        After::Leave => Some(AfterStored::Leave),
    }
}

pub(super) fn courier(
    mut section: Section<'_>,
    place: &Place,
    environment: Option<Environment>,
    oauths: &Oauths,
) -> Option<Courier> {
    let from = required_email(&mut section, "from");
    let from_name = section.required("from_name", "\"Example Homes complaints team\"");
    let reply_to = email(&mut section, "reply_to");
    let on_doubt_wait = duration(&mut section, "on_doubt_wait", SignedDuration::from_mins(10));
    let way = match section.choice("kind", &[("smtp", Way::Smtp), ("spool", Way::Spool)]) {
        Some(Way::Smtp) => smtp(&mut section, place, oauths).map(CourierWay::Smtp),
        Some(Way::Spool) => {
            if environment == Some(Environment::Production) {
                let what = "the spool sends nothing, and environment is \"production\"";
                section.fault("kind", what, "set kind = \"smtp\" and name the mail server");
            }
            section.required("path", "\"spool\"");
            path(&mut section, "path", place).map(|path| CourierWay::Spool { path })
        }
        None => None,
    };
    section.finish();
    Some(Courier { way: way?, from: from?, from_name: from_name?, reply_to, on_doubt_wait })
}

fn smtp(section: &mut Section<'_>, place: &Place, oauths: &Oauths) -> Option<Smtp> {
    let sign_in = oauth::sign_in(section, place, oauths);
    let preset = provider(sign_in.as_ref()).and_then(Provider::smtp_host);
    let host = match preset {
        Some((usual, _)) => Some(section.text("host").unwrap_or_else(|| usual.to_owned())),
        None => section.required("host", "\"smtp.example.org\""),
    };
    let choices =
        [("tls", SmtpSecurity::Tls), ("starttls", SmtpSecurity::StartTls), ("local-relay", SmtpSecurity::LocalRelay)];
    let security = match preset {
        Some((_, usual)) if section.text("security").is_none() => Some(usual),
        _ => section.choice("security", &choices),
    };
    let usual = match security {
        Some(SmtpSecurity::StartTls) => 587,
        Some(SmtpSecurity::LocalRelay) => 25,
        _ => 465,
    };
    let port = port(section, usual);
    let username = section.text("username");
    let named = section.text("password_file").is_some() || section.text("oauth").is_some();
    if username.is_none() && named {
        section.fault("username", "missing", "a password or token needs a user name");
    }
    if username.is_some() && !named {
        section.fault("password_file", "missing", "a user name needs a password, or oauth");
    }
    let ca_file = ca_file(section, place);
    if security == Some(SmtpSecurity::LocalRelay) {
        if username.is_some() {
            let what = "a password would cross the connection in clear";
            section.fault("username", what, "leave it out, or set security = \"starttls\"");
        }
        if host.as_deref().is_some_and(|host| !is_local(host)) {
            let remedy = "name localhost, or set security = \"starttls\" or \"tls\"";
            section.fault("host", "letters would leave this machine unprotected", remedy);
        }
    }
    Some(Smtp { host: host?, port, security: security?, sign_in: username.zip(sign_in), ca_file })
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub(super) fn web(mut section: Section<'_>, environment: Option<Environment>) -> Option<Web> {
    let listen = section.text("listen").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listen = listen.parse::<SocketAddr>();
    if listen.is_err() {
        section.fault("listen", "not an address and port", "write such as \"127.0.0.1:8080\"");
    }
    let listen = listen.ok()?;
    let public_url = section.text("public_url").unwrap_or_else(|| format!("http://{listen}"));
    let public_url = public_url.parse::<PublicOrigin>();
    if public_url.is_err() {
        let what = "neither https:// and a host, nor http:// on this machine";
        section.fault("public_url", what, "write such as \"https://complaints.example.org\"");
    }
    if environment == Some(Environment::Production) && public_url.as_ref().is_ok_and(|url| !url.is_https()) {
        let what = "officers' passwords would cross the network in clear unless the pages are used on this machine";
        let remedy = "put a TLS proxy in front and write its https:// address";
        section.report("public_url", what, remedy, Weight::Warning);
    }
    section.finish();
    Some(Web { listen, public_url: public_url.ok()? })
}

pub(super) fn scanner(mut section: Section<'_>, place: &Place) -> Option<Clamd> {
    let clamd = |text: &str| match text.split_once(':') {
        Some(("unix", path)) if !path.is_empty() => Ok(Clamd::Unix(place.folder.join(path))),
        Some(("tcp", address)) => match address.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Clamd::Tcp(address)),
            Ok(_) => Err("attachments would leave this machine unprotected"),
            Err(_) => Err("not an address and port"),
        },
        _ => Err("neither unix: nor tcp:"),
    };
    let clamd = section.parsed("clamd", clamd, "write \"unix:/run/clamav/clamd.ctl\" or \"tcp:127.0.0.1:3310\"");
    section.finish();
    clamd
}

pub(super) fn log(mut section: Section<'_>) -> Option<Log> {
    let formats = [
        ("auto", LogFormat::Auto),
        ("journald", LogFormat::Journald),
        ("json", LogFormat::Json),
        ("text", LogFormat::Text),
    ];
    let levels = [
        ("info", LogLevel::Info),
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
    ];
    let format = section.choice("format", &formats);
    let level = section.choice("level", &levels);
    section.finish();
    Some(Log { format: format?, level: level? })
}

/// The folder a configuration file stands in, absolute.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    absolute.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned)
}
