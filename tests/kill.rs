//! The daemon killed at random moments of reading and sending, more than a hundred times: nothing is
//! lost, nothing is doubled, and every copy of a letter is the same, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use complaintsd::casework::{AcknowledgementForm, Approval, Casework};
use complaintsd::domain::contact::ContactKind;
use complaintsd::domain::definition::{Definition, Point, Responsibility};
use complaintsd::domain::ids::{Digest, LetterId};
use complaintsd::domain::letter::LetterState;
use complaintsd::domain::people::Officer;
use complaintsd::store::{HistoryCheck, Store};

use crate::support::dovecot::Dovecot;
use crate::support::postfix::Postfix;
use crate::support::postgres;
use crate::support::service::Service;

/// How often the daemon is killed on SQLite.
const KILLS: u64 = 110;

/// How often on PostgreSQL, where it is the same program with another store.
const KILLS_ON_POSTGRESQL: u64 = 30;

/// How many messages a resident writes between two kills.
const MESSAGES_A_KILL: u64 = 2;

/// How long the daemon may need at the end to catch up.
const CATCHING_UP: Duration = Duration::from_secs(120);

fn message(number: u64) -> Vec<u8> {
    let body = "The lift in our block has been out of order for two weeks.\r\n".repeat(1 + (number % 40) as usize);
    format!(
        "From: Resident {number} <resident{number}@example.com>\r\nTo: complaints@example.org\r\n\
         Subject: The lift, again ({number})\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <lift-{number}@example.com>\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Numbers that look random and are the same in every run.
fn shuffled(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// An officer completes and approves every draft there is. A draft that changes meanwhile waits for
/// the next turn.
async fn approve_all(casework: &Casework, officer: &Officer) {
    for id in casework.store.drafts().await.unwrap() {
        let form = AcknowledgementForm {
            resident_name: "A Resident".to_owned(),
            resident_email: None,
            definition: Definition {
                points: vec![Point {
                    number: 0,
                    text: "The lift has been out of order for two weeks.".to_owned(),
                    responsibility: Responsibility::Ours,
                }],
                outcomes: vec!["The lift is repaired.".to_owned()],
            },
            handler: Some(officer.id),
            extra: String::new(),
            adjustments: String::new(),
        };
        if casework.save_acknowledgement(officer, id, form).await.is_ok() {
            let letter = casework.store.letter(id).await.unwrap().unwrap();
            let approval = Approval { letter: id, version: letter.version, digest: letter.content.digest };
            casework.approve(officer, approval).await.unwrap();
        }
    }
}

async fn settled(store: &Store, messages: usize) -> bool {
    let letters = store.letters(usize::MAX).await.unwrap();
    letters.len() == messages
        && letters.iter().all(|letter| letter.state == LetterState::Sent)
        && store.outbox_waiting().await.unwrap().queued == 0
}

/// How long the daemon may live this time: mostly short, so that starting up is hit too.
fn life(kill: u64) -> Duration {
    Duration::from_millis(30 + shuffled(kill) % 900)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_the_daemon_loses_nothing_and_doubles_nothing() {
    killed(KILLS, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_on_postgresql_the_daemon_loses_nothing_and_doubles_nothing() {
    killed(KILLS_ON_POSTGRESQL, Some(&postgres::database())).await;
}

async fn killed(kills: u64, database: Option<&str>) {
    let (dovecot, postfix) = tokio::task::spawn_blocking(|| (Dovecot::start(), Postfix::start())).await.unwrap();
    let service = Service::new(&dovecot, postfix.relay, database);
    service.add_officer("officer@example.com", "Robin Achebe", "officer", "correct horse battery");
    let casework = service.casework().await;
    let officer = casework.store.officers().await.unwrap().remove(0);

    let mut sent = BTreeSet::new();
    for kill in 0..kills {
        for number in kill * MESSAGES_A_KILL..(kill + 1) * MESSAGES_A_KILL {
            let bytes = message(number);
            sent.insert(Digest::of(&bytes));
            dovecot.deliver("INBOX", &bytes, SystemTime::now());
        }
        let daemon = service.start();
        let end = Instant::now() + life(kill);
        approve_all(&casework, &officer).await;
        tokio::time::sleep_until(end.into()).await;
        daemon.kill();
    }

    let daemon = service.start_ready();
    let deadline = Instant::now() + CATCHING_UP;
    while !settled(&casework.store, sent.len()).await {
        assert!(Instant::now() < deadline, "not settled: {}", tail(&service.log()));
        approve_all(&casework, &officer).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(daemon.stop().success());

    // Every message is one contact, byte for byte, and one case.
    let contacts = casework.store.contacts(None, usize::MAX).await.unwrap();
    let mut logged = BTreeSet::new();
    for contact in &contacts {
        let raw = casework.store.contact_raw_id(contact.id).await.unwrap().unwrap();
        let bytes = casework.store.raw(raw).await.unwrap().unwrap();
        if contact.sorted.kind == ContactKind::New {
            assert!(logged.insert(Digest::of(&bytes)), "contact {} is doubled", contact.id);
        }
    }
    assert_eq!(logged, sent, "every message delivered is logged, and nothing else");
    let cases = casework.store.work_list(usize::MAX).await.unwrap();
    assert_eq!(cases.len(), sent.len());
    assert!(cases.iter().all(|case| case.current.acknowledged.is_some()));

    // Every approved letter arrived; a kill makes at most one more copy, the same to the last byte.
    let mut approved: BTreeMap<String, (LetterId, Vec<u8>)> = BTreeMap::new();
    for letter in casework.store.letters(usize::MAX).await.unwrap() {
        let message = casework.store.outbox_message(letter.id).await.unwrap().unwrap().message;
        approved.insert(message.message_id.clone(), (letter.id, message.bytes));
    }
    let mut copies: BTreeMap<LetterId, u64> = BTreeMap::new();
    let deadline = Instant::now() + CATCHING_UP;
    while copies.len() < approved.len() {
        assert!(Instant::now() < deadline, "{} of {} letters arrived", copies.len(), approved.len());
        copies.clear();
        for copy in postfix.received() {
            let text = String::from_utf8_lossy(&copy);
            let known = approved.iter().find(|(id, _)| text.contains(&format!("<{id}>")));
            let Some((_, (id, bytes))) = known else {
                // Only reminders to the landlord's own people are not letters.
                assert!(!text.contains("\r\nDelivered-To: resident"), "a resident received what nobody approved");
                continue;
            };
            assert!(copy.ends_with(bytes), "a copy of letter {id} is not what was approved");
            *copies.entry(*id).or_default() += 1;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(copies.len(), approved.len(), "letters lost");
    let extra: u64 = copies.values().map(|count| count - 1).sum();
    assert!(extra <= kills, "{extra} extra copies after {kills} kills");
    assert!(matches!(casework.store.verify_history().await.unwrap(), HistoryCheck::Sound { .. }));
    eprintln!(
        "{kills} kills: {} messages, 0 lost, 0 doubled; {} letters, 0 lost, {extra} extra identical copies",
        sent.len(),
        approved.len()
    );
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(40).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
