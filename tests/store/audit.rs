//! What no case has stands in the same chain; whatever is changed beneath the history or what hangs on it
//! is found, on the real databases.

use complaintsd::domain::chain::Checkpoint;
use complaintsd::domain::channel::{Channel, FirstReceipt, Taken};
use complaintsd::domain::contact::{Decided, Decision};
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::{ContactId, Digest, EmailAddress, LetterId, OfficerId};
use complaintsd::domain::incident::NewIncident;
use complaintsd::domain::letter::LetterKind;
use complaintsd::domain::people::{Actor, Role};
use complaintsd::store::{
    Audit, BadLine, Broken, Depth, HistoryCheck, MessageKind, Misfit, NewMessage, NewOfficer, NewVersion,
    ReceiptOutcome,
};
use jiff::civil::date;
use proptest::prelude::Strategy as _;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::bench::{Bench, address, at, grace, on_both};

on_both!(
    what_belongs_to_no_case_has_its_lines_in_the_same_chain,
    how_a_contact_came_and_each_incident_have_their_lines,
    a_hundred_changes_beneath_the_history_are_all_found,
    a_chain_cut_off_with_its_head_is_found_by_a_checkpoint,
    a_day_has_one_checkpoint_and_nobody_changes_it,
    what_hangs_on_the_history_is_held_against_its_digests,
);

async fn check(bench: &Bench) -> HistoryCheck {
    bench.store.verify_history().await.unwrap()
}

async fn lines(bench: &Bench) -> i64 {
    let HistoryCheck::Sound { lines, .. } = check(bench).await else { panic!("{:?}", check(bench).await) };
    lines
}

async fn head(bench: &Bench) -> Checkpoint {
    let HistoryCheck::Sound { lines, head } = check(bench).await else { panic!("{:?}", check(bench).await) };
    Checkpoint { sequence: lines, hash: head }
}

/// The history may be changed from here on.
async fn lift_the_guard(bench: &Bench) {
    let off = if bench.is_postgres() {
        "ALTER TABLE history DISABLE TRIGGER ALL; ALTER TABLE history_checkpoints DISABLE TRIGGER ALL"
    } else {
        "DROP TRIGGER history_is_never_changed; DROP TRIGGER history_is_never_deleted;
         DROP TRIGGER history_checkpoints_are_never_changed; DROP TRIGGER history_checkpoints_are_never_deleted"
    };
    bench.meddle(off).await.unwrap();
}

fn robin() -> NewOfficer {
    NewOfficer {
        email: address("robin@example.com"),
        name: "Robin Achebe".to_owned(),
        role: Role::Officer,
        password_hash: "$argon2id$one".to_owned(),
    }
}

async fn account(bench: &Bench) -> OfficerId {
    let mut tx = bench.store.begin().await.unwrap();
    let id = tx.add_officer(&robin(), &Actor::Operator, at(10)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    id
}

async fn decide(bench: &Bench, contact: ContactId, reason: &str) {
    let decided = Decided { decision: Decision::NothingToDo, reason: reason.to_owned(), by: grace(), at: at(20) };
    let mut tx = bench.store.begin().await.unwrap();
    tx.contact_decided(contact, &decided).await.unwrap();
    tx.commit().await.unwrap();
}

/// A case with some lines, and as many that belong to none.
async fn filled(bench: &Bench) {
    let robin = account(bench).await;
    for number in 1..=3 {
        let case = bench.open_case(number).await;
        let mut tx = bench.store.begin().await.unwrap();
        let events =
            [CaseEvent::ResidentNamed { name: "A".to_owned() }, CaseEvent::ResidentNamed { name: "B".to_owned() }];
        tx.save_case(&case, &events, &grace(), at(50)).await.unwrap();
        tx.set_password(robin, "$argon2id$two", &Actor::Operator, at(51)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn what_belongs_to_no_case_has_its_lines_in_the_same_chain(bench: Bench) {
    let case = bench.open_case(1).await;
    assert_eq!(lines(&bench).await, 1);
    let robin = account(&bench).await;
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.add_officer(&self::robin(), &Actor::Operator, at(11)).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(lines(&bench).await, 2, "an account that was there already is no line");
    decide(&bench, case.opened_by, "An advertisement").await;
    let to: EmailAddress = address("sian.ohara@example.org");
    for expected in [true, false] {
        let mut tx = bench.store.begin().await.unwrap();
        let noted = tx.note_receipt(case.opened_by, ReceiptOutcome::Sent(&to), "complaints", at(21)).await.unwrap();
        assert_eq!(noted, expected);
        tx.commit().await.unwrap();
    }
    assert_eq!(lines(&bench).await, 4);
    let mut tx = bench.store.begin().await.unwrap();
    tx.set_password(robin, "$argon2id$two", &grace(), at(22)).await.unwrap();
    tx.disable_officer(robin, &Actor::Operator, at(23)).await.unwrap();
    tx.disable_officer(robin, &Actor::Operator, at(24)).await.unwrap();
    drop(tx);
    assert_eq!(lines(&bench).await, 4, "what is not committed has no line");
    let mut tx = bench.store.begin().await.unwrap();
    tx.set_password(robin, "$argon2id$two", &grace(), at(22)).await.unwrap();
    tx.disable_officer(robin, &Actor::Operator, at(23)).await.unwrap();
    tx.disable_officer(robin, &Actor::Operator, at(24)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(lines(&bench).await, 6);
    assert_eq!(bench.store.history(case.id).await.unwrap().len(), 1, "a case's history is its own");
    let expected = [
        (2, None, "operator", None, "", "officer-added"),
        (3, None, "officer", Some(7), "Grace Adeyemi", "contact-decided"),
        (4, None, "daemon", None, "", "receipt-decided"),
        (5, None, "officer", Some(7), "Grace Adeyemi", "password-changed"),
        (6, None, "operator", None, "", "officer-disabled"),
    ];
    let expected = expected.map(|(sequence, case, actor, id, name, kind): (i64, Option<i64>, _, Option<i64>, _, _)| {
        (sequence, case, String::from(actor), id, String::from(name), String::from(kind))
    });
    let sql = "SELECT sequence, case_id, actor_kind, actor_id, actor_name, kind FROM history WHERE sequence > 1
        ORDER BY sequence";
    assert_eq!(bench.ask::<(i64, Option<i64>, String, Option<i64>, String, String)>(sql).await, expected);
    let payloads: Vec<(String,)> =
        bench.ask("SELECT payload FROM history WHERE kind = 'contact-decided' OR kind = 'officer-added'").await;
    assert!(payloads.iter().any(|(payload,)| payload.contains("An advertisement")), "{payloads:?}");
    assert!(payloads.iter().any(|(payload,)| payload.contains("robin@example.com")), "{payloads:?}");
    assert!(!payloads.iter().any(|(payload,)| payload.contains("argon2")), "{payloads:?}");
}

/// 3.1, 3.2, 8.5: who took a contact, when it first came and what kept us from complying moves dates or
/// explains them, so nobody changes it unseen.
async fn how_a_contact_came_and_each_incident_have_their_lines(bench: Bench) {
    let case = bench.open_case(1).await;
    let taken = Taken { channel: Channel::Phone, by: "Sam".to_owned() };
    let first = FirstReceipt { at: at(1), by: "The caretaker".to_owned(), reason: "Stamped".to_owned() };
    let new = NewIncident {
        what: "The housing system was encrypted.".to_owned(),
        began_on: date(2026, 12, 1),
        back_by: date(2026, 12, 11),
        told: "Notice on the website.".to_owned(),
    };
    let mut tx = bench.store.begin().await.unwrap();
    tx.contact_taken(case.opened_by, &taken, &grace(), at(30)).await.unwrap();
    tx.contact_first_received(case.opened_by, &first, &grace(), at(31)).await.unwrap();
    let incident = tx.declare_incident(&new, &grace(), at(32)).await.unwrap();
    for on in [date(2026, 12, 9), date(2026, 12, 10)] {
        tx.end_incident(incident, on, &grace(), at(33)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(lines(&bench).await, 5, "an incident that had ended is no line");
    let sql = "SELECT kind, actor_name, payload FROM history WHERE sequence > 1 ORDER BY sequence";
    let told = bench.ask::<(String, String, String)>(sql).await;
    let expected = [
        ("contact-taken", "\"by\":\"Sam\""),
        ("first-receipt-declared", "The caretaker"),
        ("incident-declared", "Notice on the website."),
        ("incident-ended", "2026-12-09"),
    ];
    for ((kind, actor, payload), (wanted, words)) in told.iter().zip(expected) {
        assert_eq!((kind.as_str(), actor.as_str()), (wanted, "Grace Adeyemi"));
        assert!(payload.contains(words), "{payload}");
    }
    rows_are_held_against_their_lines(&bench, case.opened_by, incident).await;
}

/// Each row changed beneath the history is found, and nothing else.
async fn rows_are_held_against_their_lines(bench: &Bench, contact: ContactId, incident: i64) {
    let robin = account(bench).await;
    decide(bench, contact, "Answered by telephone").await;
    let full = async || bench.store.audit(&[], Depth::Full).await.unwrap();
    let sound = full().await;
    assert_eq!((&sound.misfits[..], sound.hanging.records), (&[][..], 3));
    let ContactId(id) = contact;
    for (table, change, back, found) in [
        ("contacts", "decision_reason = 'None'", "decision_reason = 'Answered by telephone'", Misfit::Contact(contact)),
        ("contacts", "taken_by = NULL", "taken_by = 'Sam'", Misfit::Contact(contact)),
        (
            "contacts",
            "first_received_at = first_received_at + 1",
            "first_received_at = first_received_at - 1",
            Misfit::Contact(contact),
        ),
        ("incidents", "began_on = '2026-11-01'", "began_on = '2026-12-01'", Misfit::Incident(incident)),
        ("incidents", "ended_on = NULL", "ended_on = '2026-12-09'", Misfit::Incident(incident)),
        ("officers", "role = 'manager'", "role = 'officer'", Misfit::Account(robin)),
        ("officers", "disabled_at = 1", "disabled_at = NULL", Misfit::Account(robin)),
    ] {
        let row = match table {
            "contacts" => id,
            "incidents" => incident,
            _ => robin.0,
        };
        bench.meddle(&format!("UPDATE {table} SET {change} WHERE id = {row}")).await.unwrap();
        let now = full().await;
        assert_eq!(now.misfits, [found], "{change}");
        assert!(matches!(now.check, HistoryCheck::Sound { .. }), "the history itself is as it was");
        bench.meddle(&format!("UPDATE {table} SET {back} WHERE id = {row}")).await.unwrap();
    }
    bench.meddle(&format!("DELETE FROM incidents WHERE id = {incident}")).await.unwrap();
    assert_eq!(full().await.misfits, [Misfit::Incident(incident)], "nor can one be taken out");
}

/// One change beneath the history, as SQL: of a column, or of a line's place or being.
fn change((what, line, other): (usize, i64, i64)) -> String {
    let set = |assignment: &str| format!("UPDATE history SET {assignment} WHERE sequence = {line}");
    let copy = |sequence: i64| {
        format!(
            "INSERT INTO history (sequence, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash)
             SELECT {sequence}, at, case_id, actor_kind, actor_id, actor_name, kind, payload, previous, hash
             FROM history WHERE sequence = {line}"
        )
    };
    match what {
        0 => set(&format!("sequence = sequence + {}", 100 * other)),
        1 => set(&format!("at = at - {other}")),
        2 => set("case_id = CASE WHEN case_id IS NULL THEN 1 ELSE NULL END"),
        3 => set("actor_kind = CASE actor_kind WHEN 'daemon' THEN 'operator' ELSE 'daemon' END"),
        4 => set(&format!("actor_id = CASE WHEN actor_id IS NULL THEN {other} ELSE actor_id + {other} END")),
        5 => set("actor_name = actor_name || ' '"),
        6 => set("kind = kind || 'x'"),
        7 => set("payload = replace(payload, '}', ' }')"),
        8 => set(&format!("previous = (SELECT hash FROM history WHERE sequence = {line})")),
        9 => set("hash = previous"),
        10 => format!("DELETE FROM history WHERE sequence = {line}"),
        11 => copy(-other),
        12 => copy(100 + other),
        13 => format!(
            "UPDATE history SET sequence = 1000 WHERE sequence = {line};
             UPDATE history SET sequence = {line} WHERE sequence = {0};
             UPDATE history SET sequence = {0} WHERE sequence = 1000",
            line % 13 + 1
        ),
        14 => format!("DELETE FROM history WHERE sequence > {line}"),
        15 => format!("UPDATE history_head SET sequence = sequence - {other}"),
        16 => format!("UPDATE history_head SET sequence = {0}; DELETE FROM history WHERE sequence > {0}", line.min(12)),
        _ => "DELETE FROM history_head".to_owned(),
    }
}

async fn a_hundred_changes_beneath_the_history_are_all_found(bench: Bench) {
    filled(&bench).await;
    assert_eq!(lines(&bench).await, 13);
    lift_the_guard(&bench).await;
    let save = "CREATE TABLE saved AS SELECT * FROM history; CREATE TABLE saved_head AS SELECT * FROM history_head";
    bench.meddle(save).await.unwrap();
    let restore = "DELETE FROM history; INSERT INTO history SELECT * FROM saved;
        DELETE FROM history_head; INSERT INTO history_head SELECT * FROM saved_head";
    let mut runner = TestRunner::deterministic();
    let drawn = (0_usize..18, 1_i64..=13, 1_i64..=9);
    for round in 0..100 {
        let (drawn, line, other) = drawn.new_tree(&mut runner).unwrap().current();
        // Each kind at least once.
        let what = if round < 18 { round } else { drawn };
        // Behind the last line there is nothing to cut off.
        let line = if what == 14 { line.min(12) } else { line };
        let change = change((what, line, other));
        bench.meddle(&change).await.unwrap_or_else(|error| panic!("{error}: {change}"));
        assert!(matches!(check(&bench).await, HistoryCheck::Broken(_)), "{change}");
        bench.meddle(restore).await.unwrap();
    }
    assert_eq!(lines(&bench).await, 13);
}

/// PostgreSQL takes no text that is none.
#[tokio::test]
async fn a_line_that_cannot_be_read_is_found() {
    let bench = Bench::sqlite().await;
    filled(&bench).await;
    lift_the_guard(&bench).await;
    bench.meddle("UPDATE history SET payload = CAST(x'ff' AS TEXT) WHERE sequence = 5").await.unwrap();
    assert_eq!(check(&bench).await, HistoryCheck::Broken(Broken { sequence: 5, fault: BadLine::Unreadable }));
}

async fn audit(bench: &Bench, kept: &[Checkpoint]) -> HistoryCheck {
    bench.store.audit(kept, Depth::Chain).await.unwrap().check
}

async fn a_chain_cut_off_with_its_head_is_found_by_a_checkpoint(bench: Bench) {
    filled(&bench).await;
    let mut tx = bench.store.begin().await.unwrap();
    let kept = tx.take_checkpoint(date(2026, 12, 21), at(60)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept, head(&bench).await);
    bench.open_case(9).await;
    assert_eq!(audit(&bench, &[kept]).await, check(&bench).await, "what is appended later is no change");

    lift_the_guard(&bench).await;
    let cut_off = "DELETE FROM history WHERE sequence > 11; UPDATE history_head SET sequence = 11,
        hash = (SELECT hash FROM history WHERE sequence = 11)";
    bench.meddle(cut_off).await.unwrap();
    let expected = HistoryCheck::Broken(Broken { sequence: 12, fault: BadLine::EndsBefore(kept) });
    assert_eq!(check(&bench).await, expected, "the checkpoint in the database tells");
    bench.meddle("DELETE FROM history_checkpoints").await.unwrap();
    assert_eq!(lines(&bench).await, 11, "nothing in the database tells any more");
    assert_eq!(audit(&bench, &[kept]).await, expected, "one kept elsewhere does");

    // Written anew from here on, by the program itself.
    bench.open_case(10).await;
    bench.open_case(11).await;
    bench.open_case(12).await;
    assert_eq!(lines(&bench).await, 14);
    let expected = HistoryCheck::Broken(Broken { sequence: 13, fault: BadLine::NotAsCheckpointed(kept) });
    assert_eq!(audit(&bench, &[kept]).await, expected);
}

async fn a_day_has_one_checkpoint_and_nobody_changes_it(bench: Bench) {
    let (monday, tuesday) = (date(2026, 12, 21), date(2026, 12, 22));
    let take = async |on, micros| {
        let mut tx = bench.store.begin().await.unwrap();
        let taken = tx.take_checkpoint(on, at(micros)).await.unwrap();
        tx.commit().await.unwrap();
        taken
    };
    assert!(!bench.store.has_checkpoint(monday).await.unwrap());
    assert_eq!(take(monday, 1).await, Some(Checkpoint::beginning()));
    assert!(bench.store.has_checkpoint(monday).await.unwrap());
    bench.open_case(1).await;
    assert_eq!(take(monday, 2).await, None);
    let second = take(tuesday, 3).await.unwrap();
    assert_eq!(second, head(&bench).await);
    let Audit { taken, .. } = bench.store.audit(&[], Depth::Chain).await.unwrap();
    let taken: Vec<_> = taken.iter().map(|taken| (taken.on, taken.at, taken.checkpoint)).collect();
    assert_eq!(taken, [(monday, at(1), Checkpoint::beginning()), (tuesday, at(3), second)]);
    for attempt in ["UPDATE history_checkpoints SET sequence = 0", "DELETE FROM history_checkpoints"] {
        let error = bench.meddle(attempt).await.unwrap_err();
        assert!(error.to_string().contains("history is append-only"), "{attempt}: {error}");
    }
}

fn version() -> NewVersion {
    let (subject, text, html) = ("Your complaint", "Dear all,\n", "<p>Dear all,</p>");
    NewVersion {
        digest: Digest::of_texts([subject, text, html]),
        subject: subject.to_owned(),
        markdown: text.to_owned(),
        text: text.to_owned(),
        html: html.to_owned(),
        template_digest: Digest::of(b""),
        elements: Vec::new(),
        parts: std::collections::BTreeMap::new(),
        remarks: Vec::new(),
    }
}

async fn what_hangs_on_the_history_is_held_against_its_digests(bench: Bench) {
    let case = bench.open_case(1).await;
    let kind = LetterKind::StageOneAcknowledgement;
    let mut tx = bench.store.begin().await.unwrap();
    let letter = tx.add_letter(case.id, kind, &version(), &grace(), at(5)).await.unwrap().unwrap();
    let to = address("sian.ohara@example.org");
    let (digest, overridden) = (version().digest, Vec::new());
    let approved =
        CaseEvent::LetterApproved { letter, kind, version: 1, digest, to: Some(to.clone()), by: None, overridden };
    tx.save_case(&case, &[approved], &grace(), at(6)).await.unwrap();
    let message = NewMessage {
        kind: MessageKind::Letter,
        letter: Some(letter),
        case: Some(case.id),
        dedupe_key: "letter-1".to_owned(),
        envelope_from: address("complaints@example.com"),
        envelope_to: to,
        message_id: "one@example.com".to_owned(),
        bytes: b"Subject: Your complaint\r\n\r\nDear all,\r\n".to_vec(),
        at: at(6),
    };
    tx.queue(&message).await.unwrap();
    // Three chunks.
    tx.put_raw(&vec![b'x'; 2_500_000], at(7)).await.unwrap();
    tx.commit().await.unwrap();

    let full = async || bench.store.audit(&[], Depth::Full).await.unwrap();
    let sound = full().await;
    assert_eq!((&sound.misfits[..], sound.hanging.approvals, sound.hanging.versions), (&[][..], 1, 1));
    assert_eq!((sound.hanging.outbox, sound.hanging.raw), (1, 2));

    let LetterId(id) = letter;
    let approval = Misfit::Approval { sequence: 2, letter, version: 1 };
    let text = Misfit::Version { letter, version: 1 };
    let other = if bench.is_postgres() { "'\\x00'" } else { "x'00'" };
    for (change, back, found) in [
        ("body_text = body_text || ' '".to_owned(), "body_text = rtrim(body_text, ' ')", vec![text]),
        (format!("digest = {other}"), "", vec![approval, text]),
    ] {
        bench.meddle(&format!("UPDATE letter_versions SET {change} WHERE letter_id = {id}")).await.unwrap();
        assert_eq!(full().await.misfits, found, "{change}");
        if !back.is_empty() {
            bench.meddle(&format!("UPDATE letter_versions SET {back} WHERE letter_id = {id}")).await.unwrap();
        }
    }
    bench.meddle("DELETE FROM letter_versions").await.unwrap();
    assert_eq!(full().await.misfits, [approval]);
    bench.meddle(&format!("UPDATE outbox SET bytes = {other}")).await.unwrap();
    assert_eq!(full().await.misfits, [approval, Misfit::Outbox(1)]);
    bench.meddle("DELETE FROM raw_chunks WHERE raw_id = 2 AND place = 2").await.unwrap();
    assert_eq!(full().await.misfits, [approval, Misfit::Outbox(1), Misfit::Raw(2)]);
    assert!(matches!(full().await.check, HistoryCheck::Sound { .. }));
}
