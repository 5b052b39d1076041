//! The demo: a folder with a configuration, a mailbox of invented messages, and officers to sign in
//! as. Only what is missing is made, so that a second start goes on where the first one stopped.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::config::{self, Environment};
use crate::daemon::house::House;
use crate::demo_messages::{MESSAGES, message_bytes};
use crate::domain::people::{Actor, Role};
use crate::domain::words;
use crate::store::NewOfficer;
use crate::web::password;

/// So many days before the first start the sample messages begin at the earliest.
const SAMPLES_FROM: i64 = 30;

/// The configuration written for the demo.
const CONFIG: &str = include_str!("../config/demo.toml");

/// The officers one can sign in as; both have the same password.
pub const OFFICERS: [(&str, &str, Role); 2] = [
    ("sam.okafor@landlord.example", "Sam Okafor", Role::Officer),
    ("jo.lindqvist@landlord.example", "Jo Lindqvist", Role::Manager),
];

/// The demo's folder, ready.
#[derive(Debug)]
pub struct Demo {
    /// The configuration file.
    pub config: PathBuf,
    /// The folder letters are written to.
    pub spool: PathBuf,
    /// The officers' password.
    pub password: String,
}

/// Makes the folder what a demo needs, leaving alone what is there.
///
/// # Errors
/// When the folder is something else's, or cannot be written.
pub fn prepare(dir: &Path, listen: SocketAddr, now: Timestamp) -> anyhow::Result<Demo> {
    let config = dir.join("complaintsd.toml");
    let foreign = !config.exists() && fs::read_dir(dir).is_ok_and(|mut files| files.next().is_some());
    anyhow::ensure!(
        !foreign,
        "{} holds other files and no demo: choose an empty or new folder with --dir",
        dir.display()
    );
    if config.exists() {
        // Officers with a known password are added to what it names, and its letters are sent.
        anyhow::ensure!(
            config::load_environment(&config)? == Environment::Demo,
            "{} is not a demo's configuration: choose an empty or new folder with --dir",
            config.display()
        );
    }
    let spool = dir.join("spool");
    for folder in [dir, &spool] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mailbox = dir.join("mailbox");
    if !mailbox.exists() {
        fill(&mailbox, now).with_context(|| format!("cannot write the sample mailbox {}", mailbox.display()))?;
    }
    let password = password(&dir.join("password.txt")).context("cannot keep the demo's password")?;
    // Written last: with the configuration there, the folder is a demo's.
    let text = if config.exists() { relisten(&fs::read_to_string(&config)?, listen) } else { fresh(listen, now) };
    fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
    Ok(Demo { config, spool, password })
}

/// The sample messages were received in the days before the first start, and are to open cases.
fn fresh(listen: SocketAddr, now: Timestamp) -> String {
    let cut_over = words::london_date(now).saturating_sub(SAMPLES_FROM.days());
    CONFIG.replace("{listen}", &listen.to_string()).replace("{cut_over}", &cut_over.to_string())
}

/// The configuration with another address to listen on, everything else as the reader left it.
fn relisten(text: &str, listen: SocketAddr) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with("listen = ") {
            out.push_str(&format!("listen = \"{listen}\""));
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// A Maildir with the sample messages. A file's modification time is when it was received.
fn fill(mailbox: &Path, now: Timestamp) -> anyhow::Result<()> {
    let unfinished = mailbox.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(unfinished.join(folder))?;
    }
    for (name, template, minutes) in MESSAGES {
        let received_at = now.checked_sub(SignedDuration::from_mins(*minutes))?;
        let name = format!("{}.{}.demo", received_at.as_second(), name.trim_end_matches(".eml"));
        let mut file = fs::File::create(unfinished.join("new").join(name))?;
        file.write_all(&message_bytes(template, received_at))?;
        file.set_modified(SystemTime::from(received_at))?;
    }
    fs::rename(&unfinished, mailbox)?;
    Ok(())
}

/// The password of this demo: made at the first start, kept in a file only its owner can read.
fn password(file: &Path) -> anyhow::Result<String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Ok(kept) = fs::read_to_string(file) {
        return Ok(kept.trim().to_owned());
    }
    let mut random = [0_u8; 10];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let fresh = BASE32_NOPAD.encode(&random).to_lowercase();
    let mut options = fs::OpenOptions::new();
    writeln!(options.write(true).create_new(true).mode(0o600).open(file)?, "{fresh}")?;
    Ok(fresh)
}

/// Makes the officers' accounts, where they are not there yet.
///
/// # Errors
/// When the database fails.
pub async fn add_officers(house: &House, secret: &str) -> anyhow::Result<()> {
    for (email, name, role) in OFFICERS {
        let email = email.parse()?;
        if house.store.officer_by_email(&email).await?.is_some() {
            continue;
        }
        let password_hash = password::hash(secret.to_owned()).await?;
        let mut tx = house.store.begin().await?;
        let new = NewOfficer { email, name: name.to_owned(), role, password_hash };
        tx.add_officer(&new, &Actor::Operator, house.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_keeps_everything_and_takes_the_new_address() {
        let dir = tempfile::tempdir().unwrap();
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let first = prepare(dir.path(), "127.0.0.1:8080".parse().unwrap(), now).unwrap();
        let edited = fs::read_to_string(&first.config).unwrap().replace("Alderbrook Homes\"", "Brackenhill Homes\"");
        fs::write(&first.config, edited).unwrap();
        let second = prepare(dir.path(), "127.0.0.1:9090".parse().unwrap(), now).unwrap();
        let text = fs::read_to_string(&second.config).unwrap();
        assert!(text.contains("listen = \"127.0.0.1:9090\"") && text.contains("Brackenhill Homes"), "{text}");
        assert_eq!(first.password, second.password);
        assert_eq!(fs::read_dir(dir.path().join("mailbox/new")).unwrap().count(), MESSAGES.len());
    }

    #[tokio::test]
    async fn the_sample_messages_are_logged_and_open_their_cases() {
        let dir = tempfile::tempdir().unwrap();
        let now = jiff::Timestamp::from_second(1_795_000_000).unwrap();
        let demo = prepare(dir.path(), "127.0.0.1:8080".parse().unwrap(), now).unwrap();
        let loaded = config::load(&demo.config, &config::Surroundings { now, credentials: None }).unwrap();
        let house = House::open(loaded.config).await.unwrap();
        let mailbox = &house.config.mailboxes[0];
        let mut source = crate::daemon::house::source(mailbox, &house.sign_ins);
        let pass = house.ingest().from_cut_over(mailbox.cut_over).run_once(source.as_mut(), &|_| ()).await.unwrap();
        assert_eq!((pass.contacts, pass.cases), (MESSAGES.len(), MESSAGES.len() - 2));
    }

    #[test]
    fn a_real_installation_is_not_taken_for_a_demo() {
        let dir = tempfile::tempdir().unwrap();
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let real = fresh("127.0.0.1:8080".parse().unwrap(), Timestamp::UNIX_EPOCH)
            .replace("environment = \"demo\"", "environment = \"test\"");
        fs::write(dir.path().join("complaintsd.toml"), &real).unwrap();
        let refused = prepare(dir.path(), "127.0.0.1:9090".parse().unwrap(), now).unwrap_err();
        assert!(refused.to_string().contains("--dir"), "{refused}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(dir.path().join("complaintsd.toml")).unwrap(), real);
    }

    #[test]
    fn a_folder_of_somebody_elses_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("precious.txt"), "mine").unwrap();
        let refused = prepare(dir.path(), "127.0.0.1:8080".parse().unwrap(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(refused.to_string().contains("--dir"), "{refused}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
