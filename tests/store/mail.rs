//! Raw messages, the mailbox ledger and contacts: nothing lost, nothing twice.

use std::collections::BTreeMap;

use complaintsd::domain::contact::{
    Bounce, Contact, ContactKind, FailedRecipient, Failure, Intake, Mark, NewContact, Reading, SenderCheck,
    SenderVerdict, Sorted,
};
use complaintsd::domain::ids::{CaseId, ContactId, Digest, RawId};
use complaintsd::domain::people::Actor;
use complaintsd::domain::waiting::Waiting;
use complaintsd::store::{LedgerEntry, Ledgered, RawSeen, StoreError, Taken};

use crate::support::postgres::until_a_lock_is_waited_for;

use super::bench::{Bench, at, logged_as, new_message, on_both, opened, reading};

on_both!(
    raw_messages_come_back_byte_for_byte,
    a_changed_raw_message_is_noticed,
    many_messages_at_once_are_kept_like_each_alone,
    the_ledger_notes_a_message_once,
    a_message_is_dealt_with_once,
    the_server_is_told_once,
    contacts_come_back_as_logged,
    the_nul_character_is_left_out,
    what_is_not_committed_never_happened,
);

/// Bytes that do not compress, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

async fn raw_messages_come_back_byte_for_byte(bench: Bench) {
    let mib = 1024 * 1024;
    for bytes in [Vec::new(), b"\0\r\n\xff".to_vec(), vec![b'a'; mib], noise(mib + 1), noise(3 * mib)] {
        let mut tx = bench.store.begin().await.unwrap();
        let first = tx.put_raw(&bytes, at(0)).await.unwrap();
        let again = tx.put_raw(&bytes, at(1)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((first.seen, again.seen), (RawSeen::New, RawSeen::Before));
        assert_eq!(first.id, again.id);
        assert!(bench.store.raw(first.id).await.unwrap() == Some(bytes), "other bytes came back");
    }
    assert_eq!(bench.store.raw(RawId(99)).await.unwrap(), None);
}

async fn a_changed_raw_message_is_noticed(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    let one = tx.put_raw(&noise(3000), at(0)).await.unwrap().id;
    let other = tx.put_raw(&noise(2999), at(0)).await.unwrap().id;
    tx.commit().await.unwrap();
    let swap = format!(
        "UPDATE raw_chunks SET data = (SELECT data FROM raw_chunks WHERE raw_id = {other}) WHERE raw_id = {one}"
    );
    bench.meddle(&swap).await.unwrap();
    let error = bench.store.raw(one).await.unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { table: "raw_chunks", .. }), "{error:?}");
    bench.meddle(&format!("DELETE FROM raw_chunks WHERE raw_id = {other}")).await.unwrap();
    assert!(bench.store.raw(other).await.is_err());
}

async fn entry(bench: &Bench, uid: u32, name: &str) -> LedgerEntry {
    let mut tx = bench.store.begin().await.unwrap();
    let raw = tx.put_raw(format!("{uid}{name}").as_bytes(), at(0)).await.unwrap().id;
    tx.commit().await.unwrap();
    let folder = if name.is_empty() { "INBOX" } else { "" };
    LedgerEntry {
        mailbox: "complaints".to_owned(),
        folder: folder.to_owned(),
        uid_validity: u32::from(name.is_empty()) * u32::MAX,
        uid,
        name: name.to_owned(),
        raw,
        internal_date: at(5),
        intake: Intake::Junk,
    }
}

async fn many_messages_at_once_are_kept_like_each_alone(bench: Bench) {
    // More than go into one statement, and more bytes than go into one; each third is the same as the first.
    let messages: Vec<Vec<u8>> = (0..400).map(|n| noise(1000 + if n % 3 == 0 { 0 } else { n * 7 })).collect();
    let bytes: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let mut tx = bench.store.begin().await.unwrap();
    let put = tx.put_raws(&bytes, at(0)).await.unwrap();
    let entry = |uid: u32, raw| LedgerEntry {
        mailbox: "complaints".to_owned(),
        folder: "INBOX".to_owned(),
        uid_validity: 7,
        // The last but one and the last stand at one position.
        uid: uid.min(398),
        name: String::new(),
        raw,
        internal_date: at(5),
        intake: Intake::Inbox,
    };
    let entries: Vec<LedgerEntry> = (0..).zip(&put).map(|(uid, put)| entry(uid, put.id)).collect();
    let added = tx.ledger_add_all(&entries).await.unwrap();
    let again = tx.ledger_add_all(&entries[..300]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(put[0].seen, RawSeen::New);
    for (n, put) in put.iter().enumerate().skip(1) {
        let expected = if n % 3 == 0 { RawSeen::Before } else { RawSeen::New };
        assert_eq!((put.seen, n % 3 == 0), (expected, put.id == RawId(entries[0].raw.0)), "{n}");
        assert!(bench.store.raw(put.id).await.unwrap().as_ref() == Some(&messages[n]), "{n}");
    }
    let known = added.iter().filter(|added| **added == Ledgered::Known).count();
    assert_eq!((known, added[399]), (1, Ledgered::Known));
    assert!(again.iter().all(|again| *again == Ledgered::Known));
    assert_eq!(bench.store.ledger_standing("complaints", "INBOX", 7).await.unwrap().len(), 399);
}

async fn the_ledger_notes_a_message_once(bench: Bench) {
    let entries = [entry(&bench, 4_000_000_000, "").await, entry(&bench, 3, "").await, entry(&bench, 0, "cur-1").await];
    for expected in [Ledgered::Added, Ledgered::Known] {
        let mut tx = bench.store.begin().await.unwrap();
        for entry in &entries {
            assert_eq!(tx.ledger_add(entry).await.unwrap(), expected);
        }
        tx.commit().await.unwrap();
    }
    let store = &bench.store;
    let standing = store.ledger_standing("complaints", "INBOX", u32::MAX).await.unwrap();
    let mut uids: Vec<u32> = standing.iter().map(|row| row.uid).collect();
    uids.sort_unstable();
    assert_eq!(uids, [3, 4_000_000_000]);
    assert_eq!(store.ledger_highest("complaints", "INBOX", u32::MAX).await.unwrap(), 4_000_000_000);
    assert_eq!(store.ledger_highest("complaints", "INBOX", 1).await.unwrap(), 0);
    let names = store.ledger_standing("complaints", "", 0).await.unwrap();
    assert_eq!(names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["cur-1"]);
    let unread = store.ledger_unread(10).await.unwrap();
    assert_eq!(unread.iter().map(|row| row.entry.clone()).collect::<Vec<_>>(), entries);
    assert_eq!(store.ledger_unread(2).await.unwrap(), unread[..2]);
}

async fn logged(bench: &Bench, raw: RawId) -> ContactId {
    let mut tx = bench.store.begin().await.unwrap();
    let contact = tx.add_contact(raw, &logged_as(at(5), new_message(), reading()), at(6)).await.unwrap();
    tx.commit().await.unwrap();
    contact
}

async fn a_message_is_dealt_with_once(bench: Bench) {
    let entry = entry(&bench, 1, "").await;
    let mut tx = bench.store.begin().await.unwrap();
    tx.ledger_add(&entry).await.unwrap();
    tx.commit().await.unwrap();
    let row = bench.store.ledger_unread(1).await.unwrap().remove(0);
    assert_eq!(row.attempts, 0);

    let mut tx = bench.store.begin().await.unwrap();
    tx.ledger_attempt(&[row.id]).await.unwrap();
    tx.ledger_attempt(&[row.id]).await.unwrap();
    let taken = tx.ledger_take(&[row.id]).await.unwrap();
    assert_eq!(taken, Taken { ids: [row.id].into(), contacts: BTreeMap::new() });
    tx.commit().await.unwrap();
    assert_eq!(bench.store.ledger_unread(1).await.unwrap()[0].attempts, 2);

    let contact = logged(&bench, entry.raw).await;
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.ledger_take(&[row.id]).await.unwrap().contacts, [(entry.raw, contact)].into());
    assert_eq!(tx.ledger_done(&[row.id]).await.unwrap(), 1);
    assert_eq!(tx.ledger_done(&[row.id]).await.unwrap(), 0);
    assert!(!tx.ledger_duplicate(row.id, contact).await.unwrap());
    tx.commit().await.unwrap();
    assert!(bench.store.ledger_unread(1).await.unwrap().is_empty());

    let mut tx = bench.store.begin().await.unwrap();
    assert!(
        tx.add_contact(entry.raw, &logged_as(at(5), new_message(), reading()), at(6)).await.is_err(),
        "a second contact"
    );
}

async fn the_server_is_told_once(bench: Bench) {
    let (one, two) = (entry(&bench, 1, "").await, entry(&bench, 2, "").await);
    let contact = logged(&bench, one.raw).await;
    let mut tx = bench.store.begin().await.unwrap();
    tx.ledger_add(&one).await.unwrap();
    tx.ledger_add(&two).await.unwrap();
    tx.commit().await.unwrap();
    let unmarked = || bench.store.ledger_unmarked("complaints", "INBOX", u32::MAX);
    assert!(unmarked().await.unwrap().is_empty(), "nothing is dealt with yet");

    let rows = bench.store.ledger_unread(2).await.unwrap();
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.ledger_done(&[rows[0].id]).await.unwrap(), 1);
    tx.ledger_duplicate(rows[1].id, contact).await.unwrap();
    tx.commit().await.unwrap();
    let waiting = unmarked().await.unwrap();
    assert_eq!(waiting.iter().map(|line| line.uid).collect::<Vec<_>>(), [1, 2]);

    let mut tx = bench.store.begin().await.unwrap();
    tx.ledger_marked(&[waiting[0].id], at(9)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(unmarked().await.unwrap(), waiting[1..]);
}

async fn contacts_come_back_as_logged(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    let mut ids = Vec::new();
    for (place, kind) in ContactKind::ALL.into_iter().enumerate() {
        let raw = tx.put_raw(&[u8::try_from(place).unwrap()], at(0)).await.unwrap().id;
        let bounce = (kind == ContactKind::Bounce).then(a_bounce);
        let sorted = Sorted { kind, reason: format!("it is a {kind}"), bounce };
        let reading = if place == 0 { Reading::default() } else { reading() };
        let new = NewContact {
            intake: Intake::ALL[place % Intake::ALL.len()],
            sender: (place % 2 == 0).then(|| SenderCheck {
                verdict: [SenderVerdict::Verified, SenderVerdict::Failed, SenderVerdict::Unknown][place % 3],
                reason: "dmarc=pass".to_owned(),
            }),
            marks: vec![Mark { list: "hazard".to_owned(), words: vec!["mould".to_owned(), "no heating".to_owned()] }],
            ..logged_as(at(5), sorted, reading)
        };
        ids.push((tx.add_contact(raw, &new, at(6)).await.unwrap(), raw, new));
    }
    let case = tx.open_case(&opened(1, ids[5].0), &Actor::Daemon, at(7)).await.unwrap();
    tx.contact_set_case(ids[4].0, case.id).await.unwrap();
    assert!(tx.contact_set_case(ContactId(99), case.id).await.is_err());
    for (place, waiting) in Waiting::ALL.into_iter().enumerate() {
        tx.contact_waits(ids[place].0, waiting).await.unwrap();
    }
    assert!(tx.contact_waits(ContactId(99), Waiting::List).await.is_err());
    tx.commit().await.unwrap();

    let store = &bench.store;
    for (place, (id, raw, new)) in ids.iter().enumerate() {
        let contact = store.contact(*id).await.unwrap().unwrap();
        let case = (place == 4 || place == 5).then_some(case.reference);
        let waiting = Waiting::ALL.get(place).copied();
        assert_eq!(contact, Contact { case, waiting, ..Contact::new(*id, new.clone()) });
        assert_eq!(store.contact_raw_id(*id).await.unwrap(), Some(*raw));
    }
    assert_eq!(store.contact(ContactId(99)).await.unwrap(), None);
    let numbers = |contacts: Vec<complaintsd::domain::contact::Contact>| -> Vec<i64> {
        contacts.into_iter().map(|contact| contact.id.0).collect()
    };
    assert_eq!(numbers(store.contacts(None, 4).await.unwrap()), [12, 11, 10, 9]);
    assert_eq!(numbers(store.contacts(Some(ContactId(3)), 4).await.unwrap()), [2, 1]);
    assert_eq!(numbers(store.contacts_of_case(case.id).await.unwrap()), [5, 6]);
    assert!(store.contacts_of_case(CaseId(99)).await.unwrap().is_empty());
}

fn a_bounce() -> Bounce {
    let failed = |address: &str, status: Option<&str>, failure| FailedRecipient {
        address: address.to_owned(),
        status: status.map(str::to_owned),
        failure,
    };
    Bounce {
        recipients: vec![
            failed("gone@example.org", Some("5.1.1"), Failure::Permanent),
            failed("full@example.org", None, Failure::Temporary),
        ],
        original_message_id: Some("ours@example.com".to_owned()),
    }
}

async fn the_nul_character_is_left_out(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    let raw = tx.put_raw(b"\0", at(0)).await.unwrap().id;
    let hostile = Reading {
        text: "one\0two".to_owned(),
        subject: "\0".to_owned(),
        problems: vec!["a \0 in the text, and a literal \\u0000".to_owned()],
        ..reading()
    };
    let id = tx.add_contact(raw, &logged_as(at(5), new_message(), hostile.clone()), at(6)).await.unwrap();
    tx.commit().await.unwrap();
    let stored = bench.store.contact(id).await.unwrap().unwrap().reading;
    assert_eq!((stored.text.as_str(), stored.subject.as_str()), ("onetwo", ""));
    assert_eq!(stored.problems, hostile.problems);
}

async fn what_is_not_committed_never_happened(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    let raw = tx.put_raw(b"lost", at(0)).await.unwrap().id;
    assert_eq!(tx.next_case_number(2026).await.unwrap(), 1);
    drop(tx);
    assert_eq!(bench.store.raw(raw).await.unwrap(), None);
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.next_case_number(2026).await.unwrap(), 1, "no gap");
    assert_eq!(tx.next_case_number(2026).await.unwrap(), 2);
    assert_eq!(tx.next_case_number(2027).await.unwrap(), 1);
}

/// Two processes may log two copies of one message at the same time: whoever is second looks again.
#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_the_second_of_two_who_log_the_same_message_may_try_again() {
    let bench = Bench::postgres().await;
    let mut first = bench.store.begin().await.unwrap();
    let raws = [first.put_raw(b"one", at(0)).await.unwrap().id, first.put_raw(b"two", at(0)).await.unwrap().id];
    first.commit().await.unwrap();
    let copy = NewContact { canonical: Some(Digest::of(b"the same")), ..logged_as(at(0), new_message(), reading()) };
    for (raw, other, new) in [
        (raws[0], raws[1], copy.clone()),
        (raws[1], raws[1], NewContact { canonical: Some(Digest::of(b"another")), ..copy.clone() }),
    ] {
        let mut first = bench.store.begin().await.unwrap();
        first.add_contact(raw, &new, at(1)).await.unwrap();
        let (second, new) = (bench.second().await, new.clone());
        let second = tokio::spawn(async move {
            let mut tx = second.begin().await.unwrap();
            tx.add_contact(other, &NewContact { received_at: at(2), ..new }, at(2)).await.unwrap_err()
        });
        until_a_lock_is_waited_for(&bench.url).await;
        first.commit().await.unwrap();
        let error = second.await.unwrap();
        assert!(error.is_temporary(), "{error:?}");
    }
}
