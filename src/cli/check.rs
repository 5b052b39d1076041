//! `complaintsd check`: finds everything that would go wrong later, and says it all at once.

use std::io::Write;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::Exit;
use super::args::Check;
use crate::config::{self, Config, ConfigFault, Database, Loaded, Mailbox, MailboxSource, Surroundings, Weight};
use crate::daemon::house;
use crate::domain::words;
use crate::letters::Kind;
use crate::mailbox::{MailSource, MailboxError};
use crate::store::Store;
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
        found.push(("database".to_owned(), database(&config.database).await));
        for one in &config.mailboxes {
            found.push((format!("mailbox '{}'", one.name), mailbox(one).await));
        }
        found.push(("courier".to_owned(), courier(&config).await));
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
    if let Some(on) = config.ombudsman.verified_on {
        writeln!(out, "{}: details checked on {}", config.ombudsman.name, words::date(on))?;
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
async fn database(database: &Database) -> Found {
    let kind = match database {
        Database::Sqlite(_) => "SQLite",
        Database::Postgres(_) => "PostgreSQL",
    };
    let fault = |error: anyhow::Error| vec![format!("{error:#}")];
    let store = Store::connect(database.url().expose_secret()).await.map_err(|error| fault(error.into()))?;
    store.ping().await.map_err(|error| fault(error.into()))?;
    Ok(format!("{kind} answers ({})", store.name()))
}

/// Signs in and opens the folders; reads nothing.
async fn mailbox(mailbox: &Mailbox) -> Found {
    let mut source = house::source(mailbox);
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
async fn courier(config: &Config) -> Found {
    let courier = house::courier(config).map_err(|error| vec![format!("{error:#}")])?;
    courier.probe().await.map_err(|error| vec![error.to_string()])
}
