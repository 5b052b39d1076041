//! `complaintsd check`: finds everything that would go wrong later, and says it all at once.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret as _;

use super::Exit;
use super::args::Check;
use crate::clock::{Clock, SystemClock};
use crate::config::{
    self, Config, ConfigFault, CourierWay, Database, Loaded, Mailbox, MailboxSource, Oauth, Provider, SignIn,
    Surroundings, Weight,
};
use crate::daemon::house;
use crate::daemon::sign_ins::SignIns;
use crate::domain::words;
use crate::letters::Kind;
use crate::mailbox::{MailSource, MailboxError};
use crate::oauth::RefreshTokens;
use crate::store::{Alarm, Store};
use crate::web::samples::every_page;

/// What a check found: that all is well, in words, or the faults, each naming file or host and the
/// remedy.
type Found = Result<String, Vec<String>>;

/// Checks the configuration and everything it names; with `--connect` the servers, too.
pub(super) async fn run(
    check: &Check,
    file: &Path,
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let Loaded { config, concerns } = config::load(file, surroundings)?;
    let mut found = vec![("templates".to_owned(), templates(&config)), ("pages".to_owned(), pages(&config))];
    if check.connect {
        let opened = open_database(&config.database).await;
        let sign_ins = sign_ins(&config, opened.as_ref().ok());
        if let Ok(store) = &opened {
            alarms(store, out).await?;
        }
        found.push(("database".to_owned(), database(&config.database, opened.as_ref().map_err(Vec::clone))));
        for table in &config.oauth {
            found.push((format!("sign-in '{}'", table.name), token(&config, table, &sign_ins).await));
        }
        for one in &config.mailboxes {
            found.push((format!("mailbox '{}'", one.name), mailbox(one, &sign_ins).await));
        }
        found.push(("courier".to_owned(), courier(&config, &sign_ins).await));
        if let Some(scanner) = house::scanner(&config) {
            let well = scanner.probe().await.map_err(|error| vec![format!("{error}: attachments are withheld")]);
            found.push(("virus scanner".to_owned(), well.map(|version| format!("{version} answers"))));
        }
    }
    let mut grave = report(&concerns, out)?;
    for (name, faults) in found.iter().filter_map(|(name, found)| Some((name, found.as_ref().err()?))) {
        grave = true;
        faults.iter().try_for_each(|fault| writeln!(out, "fault: {name}: {fault}"))?;
    }
    writeln!(out, "{}: configuration read", file.display())?;
    let rules = &config.rules;
    writeln!(out, "Code: {}", rules.code.title)?;
    let (division, to) = (rules.calendar.division(), words::date(rules.calendar.covered_to()));
    writeln!(out, "bank holidays for {division}: known to {to}")?;
    for ombudsman in std::iter::once(&config.ombudsman).chain(&config.council_ombudsman) {
        if let Some(on) = ombudsman.verified_on {
            writeln!(out, "{}: details checked on {}", ombudsman.name, words::date(on))?;
        }
    }
    for table in &config.oauth {
        writeln!(out, "{}", limits(table))?;
    }
    for (name, well) in found.iter().filter_map(|(name, found)| Some((name, found.as_ref().ok()?))) {
        writeln!(out, "{name}: {well}")?;
    }
    writeln!(out, "{}", if grave { "There are faults, see above." } else { "No faults." })?;
    Ok(if grave { Exit::Usage } else { Exit::Done })
}

/// Prints what is wrong; says whether some work cannot be done.
fn report(concerns: &[ConfigFault], out: &mut dyn Write) -> std::io::Result<bool> {
    for concern in concerns {
        let word = if concern.weight == Weight::Warning { "warning" } else { "fault" };
        writeln!(out, "{word}: {concern}")?;
    }
    Ok(concerns.iter().any(|concern| concern.weight > Weight::Warning))
}

/// The templates, rendered with samples and held against the Code.
fn templates(config: &Config) -> Found {
    let place = config.templates.as_ref().map_or_else(|| "built in".to_owned(), |dir| dir.display().to_string());
    match house::desk(config) {
        Ok(_) => Ok(format!("{} kinds rendered with samples ({place})", Kind::all().len())),
        Err(error) => Err(error.root_cause().to_string().lines().map(str::to_owned).collect()),
    }
}

/// The officers' pages, each written with sample contents.
fn pages(config: &Config) -> Found {
    match every_page(&house::site(config), str::to_owned) {
        Ok(pages) => Ok(format!("{} written with samples, for {}", pages.len(), config.web.public_url.as_str())),
        Err(error) => Err(vec![error.to_string()]),
    }
}

/// Opens the database as the daemon would.
async fn open_database(database: &Database) -> Result<Store, Vec<String>> {
    let fault = |error: anyhow::Error| vec![format!("{error:#}")];
    let store = Store::connect(database.url().expose_secret()).await.map_err(|error| fault(error.into()))?;
    store.ping().await.map_err(|error| fault(error.into()))?;
    Ok(store)
}

fn database(database: &Database, opened: Result<&Store, Vec<String>>) -> Found {
    let kind = match database {
        Database::Sqlite(_) => "SQLite",
        Database::Postgres(_) => "PostgreSQL",
    };
    opened.map(|store| format!("{kind} answers ({})", store.name()))
}

/// The alarms that stand: what the daemon found, which what is checked here may have mended.
async fn alarms(store: &Store, out: &mut dyn Write) -> anyhow::Result<()> {
    for Alarm { text, since_at, .. } in store.alarms().await? {
        writeln!(out, "alarm since {}: {text}", words::instant(since_at))?;
    }
    Ok(())
}

/// What ends one day.
fn limits(table: &Oauth) -> String {
    let host = table.token_endpoint.host_str().unwrap_or_default();
    let by = if table.refresh_token_file.is_some() { "a person's consent" } else { "the application's own right" };
    let secret = match (table.client_secret_expires, &table.client_secret_file) {
        (Some(ends_on), _) => format!("client secret expires on {}", words::date(ends_on)),
        (None, Some(_)) => "client secret without known end (client_secret_expires)".to_owned(),
        (None, None) => "no client secret".to_owned(),
    };
    format!("sign-in '{}': tokens of {host} by {by}; {secret}", table.name)
}

/// Refresh tokens that can be neither looked up nor kept: nothing may be asked that would replace one.
struct OutOfReach;

#[async_trait]
impl RefreshTokens for OutOfReach {
    async fn load(&self, _source: &str) -> Result<Option<Vec<u8>>, String> {
        Err("the database is out of reach".to_owned())
    }

    async fn keep(&self, _source: &str, _sealed: &[u8]) -> Result<(), String> {
        Err("the database is out of reach".to_owned())
    }
}

fn sign_ins(config: &Config, store: Option<&Store>) -> SignIns {
    match store {
        Some(store) => house::sign_ins(config, store, &(Arc::new(SystemClock) as Arc<dyn Clock>)),
        None => SignIns::new(&config.oauth, Arc::new(OutOfReach)),
    }
}

/// Asks for a token, and looks whether the permissions it needs were granted.
async fn token(config: &Config, table: &Oauth, sign_ins: &SignIns) -> Found {
    let token = sign_ins.source(table).token().await;
    let token = token.map_err(|error| vec![format!("{} {}", error.host, error.fault)])?;
    // Microsoft gives tokens without any consent, too, and the mail servers then refuse them without a word.
    let by_own_right = table.provider == Provider::Microsoft && table.refresh_token_file.is_none();
    let roles = token.roles().filter(|_| by_own_right);
    let lacks = |role: &str| roles.as_ref().is_some_and(|roles| !roles.iter().any(|one| one == role));
    let missing: Vec<&str> = permissions(config, &table.name).into_iter().filter(|role| lacks(role)).collect();
    match missing.as_slice() {
        [] => Ok("a token was given".to_owned()),
        missing => Err(vec![format!(
            "a token was given, but without {}: consent is missing; add the permission to the application and let \
             an administrator grant it (docs/SIGN-IN.md)",
            missing.join(" and ")
        )]),
    }
}

/// What Microsoft calls the permissions that this table's users need.
fn permissions(config: &Config, name: &str) -> Vec<&'static str> {
    let is_it = |sign_in: &SignIn| matches!(sign_in, SignIn::Oauth(table) if table.name == name);
    let reads = config
        .mailboxes
        .iter()
        .any(|mailbox| matches!(&mailbox.source, MailboxSource::Imap(imap) if is_it(&imap.sign_in)));
    let sends = matches!(&config.courier.way, CourierWay::Smtp(smtp) if smtp.sign_in.as_ref().is_some_and(|(_, with)| is_it(with)));
    let needed = [(reads, "IMAP.AccessAsApp"), (sends, "SMTP.SendAsApp")];
    needed.into_iter().filter_map(|(needed, role)| needed.then_some(role)).collect()
}

/// Signs in and opens the folders; reads nothing.
async fn mailbox(mailbox: &Mailbox, sign_ins: &SignIns) -> Found {
    let mut source = house::source(mailbox, sign_ins);
    let opened = open_all(source.as_mut()).await;
    source.close().await;
    let folders = opened?;
    Ok(match &mailbox.source {
        MailboxSource::Imap(imap) => {
            let names: Vec<String> = folders.iter().map(|name| format!("'{name}'")).collect();
            let noun = if names.len() == 1 { "folder" } else { "folders" };
            format!("signed in to {}:{}, {noun} {} opened", imap.host, imap.port, words::list(&names))
        }
        MailboxSource::Maildir { path } => format!("{} can be read", path.display()),
    })
}

/// Opens each folder; everything that is wrong with any of them.
async fn open_all(source: &mut dyn MailSource) -> Result<Vec<String>, Vec<String>> {
    // The mailbox is named in front already.
    let told = |error: MailboxError| format!("{} {}", error.place, error.fault);
    let folders = source.folders().await.map_err(|error| vec![told(error)])?;
    let mut faults = Vec::new();
    for folder in &folders {
        match source.open(folder).await {
            Ok(opened) => faults.extend(opened.problem),
            Err(error) => faults.push(told(error)),
        }
    }
    let names = folders.into_iter().map(|folder| folder.name).collect();
    if faults.is_empty() { Ok(names) } else { Err(faults) }
}

/// Connects and signs in; sends nothing.
async fn courier(config: &Config, sign_ins: &SignIns) -> Found {
    let courier = house::courier(config, sign_ins).map_err(|error| vec![format!("{error:#}")])?;
    courier.probe().await.map_err(|error| vec![error.to_string()])
}
