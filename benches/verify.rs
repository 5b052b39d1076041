//! How fast `complaintsd audit verify` walks the history: a database of invented lines, verified as the
//! command does it, on SQLite. Wanted: 100,000 lines a second.
//!
//! `cargo bench --bench verify`; after `--` may follow how many thousand lines there are.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on should stop loudly"
)]

use std::time::Instant;

use complaintsd::domain::contact::{ContactKind, Intake, NewContact, Reading, Sorted};
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::{CaseRef, Digest, LetterId, OfficerId};
use complaintsd::domain::letter::LetterKind;
use complaintsd::domain::people::{Actor, Resident};
use complaintsd::domain::stage::Stage;
use complaintsd::store::{HistoryCheck, Store};
use jiff::Timestamp;

const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|word| word.parse::<i64>().ok());
    let thousands = asked.unwrap_or(300);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Store::connect(&format!("sqlite://{}", folder.path().join("complaints.db").display())).await.unwrap();
    let lines = fill(&store, thousands).await;
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let check = store.verify_history().await.unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        assert!(matches!(check, HistoryCheck::Sound { lines: walked, .. } if walked == lines), "{check:?}");
        #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
        rates.push(lines as f64 / seconds);
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "{lines} lines: {:.0} a second (median of {ROUNDS}; {:.0} to {:.0}; wanted: 100000)",
        rates[ROUNDS / 2],
        rates[0],
        rates[ROUNDS - 1]
    );
}

/// So many thousand lines of about the length that approvals have; how many there are.
async fn fill(store: &Store, thousands: i64) -> i64 {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let mut tx = store.begin().await.unwrap();
    let raw = tx.put_raw(b"Subject: Damp\r\n\r\nThe wall is wet.", now).await.unwrap().id;
    let contact = NewContact {
        received_at: now,
        intake: Intake::Inbox,
        sorted: Sorted { kind: ContactKind::New, reason: "a person wrote".to_owned(), bounce: None },
        sender: None,
        marks: Vec::new(),
        canonical: None,
        reading: Reading::default(),
    };
    let contact = tx.add_contact(raw, &contact, now).await.unwrap();
    let opened = CaseEvent::Opened {
        reference: CaseRef::new(2026, 1),
        contact,
        stage: Stage::One,
        received_at: now,
        acknowledge_by: None,
        respond_by: None,
        resident: Resident { name: "Siân O'Hara".to_owned(), email: None },
    };
    let case = tx.open_case(&opened, &Actor::Daemon, now).await.unwrap();
    tx.commit().await.unwrap();
    let actor = Actor::Officer { id: OfficerId(7), name: "Grace Adeyemi".to_owned() };
    let approved = CaseEvent::LetterApproved {
        letter: LetterId(1),
        kind: LetterKind::StageOneAcknowledgement,
        version: 3,
        digest: Digest::of(b"the text"),
        to: Some("sian.ohara@example.org".parse().unwrap()),
        by: None,
        overridden: Vec::new(),
    };
    let thousand = vec![approved; 1000];
    for _ in 0..thousands {
        let mut tx = store.begin().await.unwrap();
        tx.save_case(&case, &thousand, &actor, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    1 + thousands * 1000
}
