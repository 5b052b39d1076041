//! Letters and the outbox: one live letter of a kind, frozen once, sent once.

use std::collections::{BTreeMap, BTreeSet};

use complaintsd::domain::delivery::Next;
use complaintsd::domain::ids::{CaseId, Digest, LetterId};
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::people::Actor;
use complaintsd::store::{
    DeliveryLine, MessageKind, NewMessage, NewVersion, OutboxState, OutboxWaiting, Queued, Recovered, SentMessage,
    StoredElement, StoredRemark,
};

use super::bench::{Bench, address, at, grace, on_both};

const KIND: LetterKind = LetterKind::StageOneAcknowledgement;

on_both!(
    a_letter_goes_from_draft_to_sent,
    only_one_letter_of_a_kind_is_live,
    cases_that_need_a_letter_are_found,
    a_message_is_queued_once_and_delivered,
    a_failed_attempt_is_tried_again_with_the_same_bytes,
    after_a_stop_only_what_was_handed_over_is_in_doubt,
    two_senders_never_claim_the_same_message,
    changed_bytes_are_not_sent,
    our_own_message_ids_lead_to_the_case,
);

fn version(text: &str) -> NewVersion {
    let element = |passage: Option<&str>| StoredElement {
        id: "definition".to_owned(),
        provision: "5.6".to_owned(),
        title: "The complaint definition".to_owned(),
        remedy: "Write it.".to_owned(),
        passage: passage.map(ToOwned::to_owned),
    };
    NewVersion {
        digest: Digest::of(text.as_bytes()),
        subject: "Your complaint CMP-2026-00001-A".to_owned(),
        markdown: format!("# {text}"),
        text: text.to_owned(),
        html: format!("<h1>{text}</h1>"),
        template_digest: Digest::of(b"template"),
        elements: vec![element(None), element(Some("The roof"))],
        parts: BTreeMap::from([("paragraph".to_owned(), "We are sorry.".to_owned())]),
        remarks: vec![StoredRemark {
            rule: "informal-or-formal".to_owned(),
            blocking: true,
            provision: "5.2".to_owned(),
            title: "Speaks of informal complaints".to_owned(),
            words: "informal complaint".to_owned(),
            sentence: "This is an informal complaint".to_owned(),
            line: Some(3),
            remedy: "Say: your complaint.".to_owned(),
        }],
    }
}

async fn draft(bench: &Bench, case: CaseId) -> Option<LetterId> {
    let mut tx = bench.store.begin().await.unwrap();
    let letter = tx.add_letter(case, KIND, &version("one"), &Actor::Daemon, at(10)).await.unwrap();
    tx.commit().await.unwrap();
    letter
}

async fn a_letter_goes_from_draft_to_sent(bench: Bench) {
    let case = bench.open_case(1).await;
    let id = draft(&bench, case.id).await.unwrap();
    let letter = bench.store.letter(id).await.unwrap().unwrap();
    assert_eq!((letter.case, letter.case_ref, letter.kind), (case.id, case.reference, KIND));
    assert_eq!((letter.state, letter.version, &letter.content), (LetterState::Draft, 1, &version("one")));
    assert_eq!((letter.author, letter.approved, letter.updated_at), (Actor::Daemon, None, at(10)));

    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.add_version(id, &version("two"), &grace(), at(11)).await.unwrap(), Some(2));
    let letter = tx.letter_for_update(id).await.unwrap().unwrap();
    assert_eq!((letter.version, &letter.content, letter.author), (2, &version("two"), grace()));
    assert!(!tx.letter_sent(id, at(12)).await.unwrap(), "a draft is not sent");
    assert!(!tx.letter_not_delivered(id, at(12)).await.unwrap());
    assert!(tx.freeze_letter(id, &grace(), at(12)).await.unwrap());
    assert!(!tx.freeze_letter(id, &grace(), at(13)).await.unwrap(), "it is approved once");
    assert_eq!(tx.add_version(id, &version("three"), &grace(), at(13)).await.unwrap(), None);
    tx.commit().await.unwrap();
    let letter = bench.store.letter(id).await.unwrap().unwrap();
    assert_eq!((letter.state, letter.version, letter.approved), (LetterState::Approved, 2, Some((grace(), at(12)))));

    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.letter_sent(id, at(14)).await.unwrap());
    assert!(!tx.letter_sent(id, at(15)).await.unwrap());
    tx.commit().await.unwrap();
    let letter = bench.store.letter(id).await.unwrap().unwrap();
    assert_eq!((letter.state, letter.sent_at, letter.updated_at), (LetterState::Sent, Some(at(14)), at(14)));
    assert_eq!(bench.store.letters_of_case(case.id).await.unwrap(), std::slice::from_ref(&letter));
    assert_eq!(bench.store.letters(5).await.unwrap(), [letter]);
    assert_eq!(bench.store.letter(LetterId(99)).await.unwrap(), None);
}

async fn only_one_letter_of_a_kind_is_live(bench: Bench) {
    let (one, other) = (bench.open_case(1).await.id, bench.open_case(2).await.id);
    let id = draft(&bench, one).await.unwrap();
    assert_eq!(draft(&bench, one).await, None);
    assert!(draft(&bench, other).await.is_some());
    let mut tx = bench.store.begin().await.unwrap();
    let extension = tx.add_letter(one, LetterKind::StageOneExtension, &version("x"), &grace(), at(1)).await.unwrap();
    assert!(extension.is_some());
    tx.freeze_letter(id, &grace(), at(12)).await.unwrap();
    assert_eq!(tx.add_letter(one, KIND, &version("x"), &grace(), at(13)).await.unwrap(), None);
    assert!(tx.letter_not_delivered(id, at(14)).await.unwrap());
    assert!(tx.add_letter(one, KIND, &version("x"), &grace(), at(15)).await.unwrap().is_some());
    tx.commit().await.unwrap();
    let states: Vec<_> = bench.store.letters_of_case(one).await.unwrap().into_iter().map(|one| one.state).collect();
    assert_eq!(states, [LetterState::NotDelivered, LetterState::Draft, LetterState::Draft]);
}

async fn cases_that_need_a_letter_are_found(bench: Bench) {
    let mut cases = Vec::new();
    for number in 1..=3 {
        cases.push(bench.open_case(number).await);
    }
    draft(&bench, cases[1].id).await.unwrap();
    let mut tx = bench.store.begin().await.unwrap();
    let mut done = cases[2].clone();
    done.current.acknowledged = Some(complaintsd::domain::case::Acknowledged { letter: LetterId(1), at: at(1) });
    tx.save_case(&done, &[], &grace(), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let lacking = async |kind, after| bench.store.cases_without_letter(kind, after, 1).await.unwrap();
    assert_eq!(lacking(KIND, CaseId(0)).await, [(cases[0].clone(), None)]);
    assert_eq!(lacking(KIND, cases[0].id).await, []);
    assert_eq!(lacking(LetterKind::StageOneExtension, CaseId(0)).await, [(cases[0].clone(), None)]);

    let LetterId(first) = draft(&bench, cases[0].id).await.unwrap();
    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.freeze_letter(LetterId(first), &grace(), at(2)).await.unwrap());
    assert!(tx.letter_not_delivered(LetterId(first), at(3)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(lacking(KIND, CaseId(0)).await, [(cases[0].clone(), Some(LetterId(first)))], "with the one before");
}

fn notice(key: &str, queued_at: i64) -> NewMessage {
    NewMessage {
        kind: MessageKind::Notice,
        letter: None,
        case: None,
        dedupe_key: key.to_owned(),
        envelope_from: address("complaints@example.com"),
        envelope_to: address("team@example.com"),
        message_id: format!("{key}@example.com"),
        bytes: format!("Subject: {key}\r\n\r\n\0\r\n").into_bytes(),
        at: at(queued_at),
    }
}

async fn queue(bench: &Bench, message: &NewMessage) -> Queued {
    let mut tx = bench.store.begin().await.unwrap();
    let queued = tx.queue(message).await.unwrap();
    tx.commit().await.unwrap();
    queued
}

async fn a_message_is_queued_once_and_delivered(bench: Bench) {
    let case = bench.open_case(1).await.id;
    let letter = draft(&bench, case).await.unwrap();
    let message =
        NewMessage { kind: MessageKind::Letter, letter: Some(letter), case: Some(case), ..notice("letter-1", 0) };
    assert_eq!(queue(&bench, &message).await, Queued::Queued);
    assert_eq!(queue(&bench, &NewMessage { bytes: b"other".to_vec(), ..message.clone() }).await, Queued::AlreadyQueued);
    assert!(bench.store.was_queued("letter-1").await.unwrap());
    assert!(!bench.store.was_queued("letter-2").await.unwrap());
    let waiting = bench.store.outbox_waiting().await.unwrap();
    assert_eq!(waiting, OutboxWaiting { queued: 1, in_doubt: 0, oldest: Some(at(0)) });

    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.claim(at(-1), 9).await.unwrap().is_empty(), "it is not due yet");
    let claimed = tx.claim(at(0), 9).await.unwrap().remove(0);
    assert_eq!((&claimed.message, claimed.state, claimed.attempts), (&message, OutboxState::Claimed, 0));
    assert!(!tx.record_delivery(claimed.id, Next::Done, "250 ok", at(2)).await.unwrap(), "not handed over yet");
    assert!(tx.mark_handed(claimed.id, at(1)).await.unwrap());
    assert!(!tx.mark_handed(claimed.id, at(1)).await.unwrap(), "it is handed over once");
    assert!(tx.record_delivery(claimed.id, Next::Done, "250 ok", at(2)).await.unwrap());
    assert!(!tx.record_delivery(claimed.id, Next::GiveUp, "550", at(3)).await.unwrap());
    tx.commit().await.unwrap();

    let sent = bench.store.outbox_message(letter).await.unwrap().unwrap();
    assert_eq!(
        (sent.state, sent.attempts, sent.first_at, sent.done_at),
        (OutboxState::Accepted, 1, Some(at(1)), Some(at(2)))
    );
    assert_eq!((&sent.message, sent.answer.as_deref()), (&message, Some("250 ok")));
    assert_eq!(bench.store.outbox_waiting().await.unwrap(), OutboxWaiting::default());
    assert_eq!(bench.store.outbox_message(LetterId(99)).await.unwrap(), None);
}

async fn a_failed_attempt_is_tried_again_with_the_same_bytes(bench: Bench) {
    let message = notice("n", 0);
    queue(&bench, &message).await;
    let mut id = None;
    for (attempt, next) in [Next::RetryAt(at(100)), Next::RetryAt(at(200)), Next::GiveUp].into_iter().enumerate() {
        let due = 100 * i64::try_from(attempt).unwrap();
        let now = at(due);
        let mut tx = bench.store.begin().await.unwrap();
        assert!(tx.claim(at(due - 1), 1).await.unwrap().is_empty(), "it is not due yet");
        let claimed = tx.claim(now, 1).await.unwrap().remove(0);
        assert_eq!((&claimed.message, claimed.attempts), (&message, u32::try_from(attempt).unwrap()));
        assert_eq!(claimed.first_at, (attempt > 0).then_some(at(0)));
        tx.mark_handed(claimed.id, now).await.unwrap();
        tx.record_delivery(claimed.id, next, &format!("45{attempt} later"), now).await.unwrap();
        tx.commit().await.unwrap();
        id = Some(claimed.id);
    }
    let line = |attempt: u32, micros, result: &str| DeliveryLine {
        attempt,
        at: at(micros),
        result: result.to_owned(),
        answer: format!("45{} later", attempt - 1),
    };
    let log = bench.store.delivery_log(id.unwrap()).await.unwrap();
    assert_eq!(log, [line(1, 0, "queued"), line(2, 100, "queued"), line(3, 200, "failed")]);
    assert_eq!(bench.store.outbox_waiting().await.unwrap(), OutboxWaiting::default());
}

async fn after_a_stop_only_what_was_handed_over_is_in_doubt(bench: Bench) {
    for (key, queued_at) in [("a", 0), ("b", 1), ("c", 2)] {
        queue(&bench, &notice(key, queued_at)).await;
    }
    let mut tx = bench.store.begin().await.unwrap();
    let claimed = tx.claim(at(5), 2).await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.message.dedupe_key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    tx.mark_handed(claimed[0].id, at(5)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.recover(at(900)).await.unwrap(), Recovered { requeued: 1, in_doubt: 1 });
    assert_eq!(tx.recover(at(999)).await.unwrap(), Recovered { requeued: 0, in_doubt: 0 });
    tx.commit().await.unwrap();
    let waiting = bench.store.outbox_waiting().await.unwrap();
    assert_eq!(waiting, OutboxWaiting { queued: 2, in_doubt: 1, oldest: Some(at(0)) });

    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.requeue_doubtful(at(899)).await.unwrap(), 0);
    assert_eq!(tx.claim(at(899), 9).await.unwrap().len(), 2);
    assert_eq!(tx.requeue_doubtful(at(900)).await.unwrap(), 1);
    let again = tx.claim(at(900), 9).await.unwrap().remove(0);
    assert_eq!((again.message, again.attempts), (notice("a", 0), 1));
}

async fn two_senders_never_claim_the_same_message(bench: Bench) {
    const MESSAGES: usize = 120;
    for number in 0..MESSAGES {
        queue(&bench, &notice(&format!("n{number}"), 0)).await;
    }
    let mut senders = Vec::new();
    for sender in 0..6 {
        let store = if sender % 2 == 0 { bench.store.clone() } else { bench.second().await };
        senders.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let mut tx = store.begin().await.unwrap();
                let claimed = tx.claim(at(9), 7).await.unwrap();
                tx.commit().await.unwrap();
                mine.extend(claimed.iter().map(|one| one.id));
                if claimed.is_empty() {
                    return mine;
                }
            }
        }));
    }
    let mut all = Vec::new();
    for sender in senders {
        all.extend(sender.await.unwrap());
    }
    let mut tx = bench.store.begin().await.unwrap();
    all.extend(tx.claim(at(9), MESSAGES).await.unwrap().iter().map(|one| one.id));
    assert_eq!(all.len(), MESSAGES);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), MESSAGES);
}

async fn changed_bytes_are_not_sent(bench: Bench) {
    queue(&bench, &notice("n", 0)).await;
    let other = if bench.is_postgres() { "'\\x41'" } else { "x'41'" };
    bench.meddle(&format!("UPDATE outbox SET bytes = {other}")).await.unwrap();
    let mut tx = bench.store.begin().await.unwrap();
    let error = tx.claim(at(9), 1).await.unwrap_err();
    assert!(error.to_string().contains("table outbox, column bytes, row 1"), "{error}");
}

async fn our_own_message_ids_lead_to_the_case(bench: Bench) {
    let case = bench.open_case(1).await.id;
    let letter = draft(&bench, case).await;
    let message = NewMessage { kind: MessageKind::Letter, letter, case: Some(case), ..notice("letter-1", 0) };
    queue(&bench, &message).await;
    queue(&bench, &notice("overdue", 0)).await;
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    let mut tx = bench.store.begin().await.unwrap();
    let found = tx.find_sent_message(&ids(&["x@example.org", "letter-1@example.com"])).await.unwrap();
    let to = address("team@example.com");
    assert_eq!(found, Some(SentMessage { kind: MessageKind::Letter, case: Some(case), letter, to: to.clone() }));
    let found = tx.find_sent_message(&ids(&["overdue@example.com", "y@example.org"])).await.unwrap();
    assert_eq!(found, Some(SentMessage { kind: MessageKind::Notice, case: None, letter: None, to }));
    assert_eq!(tx.find_sent_message(&[]).await.unwrap(), None);
}
