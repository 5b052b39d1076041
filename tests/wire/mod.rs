//! The wire to the mail server, with everything that can happen to it: cut, reset, stalled, slow, and
//! with a server that says what it should not.

mod cuts;
mod injected;
mod large;
mod watching;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use complaintsd::ingest::{self, Ingest, Logbook};
use complaintsd::letters::desk::Desk;
use complaintsd::mailbox::{AfterStoring, ImapSecurity, ImapSettings, JunkFolders};
use complaintsd::store::Store;
use secrecy::SecretString;
use tempfile::TempDir;

use crate::support::clock::{TestClock, morning};
use crate::support::dovecot::{Dovecot, PASSWORD, USER};
use crate::support::furniture::address;

/// How a test reads this Dovecot at this port, its own or a proxy's.
fn settings(dovecot: &Dovecot, port: u16) -> ImapSettings {
    ImapSettings {
        name: "complaints".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security: ImapSecurity::Tls,
        username: USER.to_owned(),
        sign_in: SecretString::from(PASSWORD).into(),
        folders: vec!["INBOX".to_owned()],
        junk: JunkFolders::AsTheServerSays,
        ca_file: Some(dovecot.ca().file().to_owned()),
        after: AfterStoring::Flag("complaintsd".to_owned()),
        max_message_size: 150_000_000,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
        one_idle: complaintsd::mailbox::ONE_IDLE,
    }
}

/// A fresh database that is gone afterwards, in memory where the system has a folder for that.
async fn fresh_store() -> (TempDir, Store) {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
    let url = format!("sqlite://{}", folder.path().join("complaints.db").display());
    (folder, Store::connect(&url).await.unwrap())
}

/// What takes mail into this database.
fn intake(store: &Store, desk: &Desk) -> Ingest {
    let clock = Arc::new(TestClock::showing(morning(jiff::civil::date(2026, 11, 2))));
    let logbook = Logbook {
        store: store.clone(),
        clock: clock.clone(),
        code: Arc::clone(&desk.code),
        calendar: Arc::clone(&desk.calendar),
        ours: vec![address("complaints@landlord.example")],
        reader: ingest::read,
        hand_over: Arc::new(crate::support::furniture::word_lists()),
        trusted: std::collections::BTreeMap::new(),
    };
    Ingest::new(store.clone(), clock, logbook)
}

/// Puts so many different messages into the INBOX.
fn fill(dovecot: &Dovecot, messages: usize) {
    for number in 0..messages {
        let bytes = format!(
            "From: resident{number}@example.org\r\nTo: complaints@landlord.example\r\nSubject: Damp\r\n\
             Message-ID: <{number}@example.org>\r\n\r\nMessage {number}.\r\n"
        );
        dovecot.deliver("INBOX", bytes.as_bytes(), SystemTime::now());
    }
}
