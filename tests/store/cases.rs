//! Cases and their events: what is saved is what comes back.

use complaintsd::domain::approval::Overridden;
use complaintsd::domain::calendar::WorkingDays;
use complaintsd::domain::case::{Case, Correction, Moved};
use complaintsd::domain::code::Provision;
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::definition::{Definition, Point, Responsibility};
use complaintsd::domain::events::{CaseEvent, ExclusionEvent, OutcomeEvent, PostEvent, StageTwoEvent};
use complaintsd::domain::exclusion::{Exclusion, Ground, Refused};
use complaintsd::domain::ids::{CaseId, CaseRef, ContactId, Digest, LetterId, OfficerId};
use complaintsd::domain::letter::LetterKind;
use complaintsd::domain::outcome::{Answer, Finding, Outcome, Pence, Promise, Remedy, RemedyKind};
use complaintsd::domain::people::{Actor, Handler, Resident};
use complaintsd::domain::people_events::PeopleEvent;
use complaintsd::domain::post::{PostalAddress, Posting};
use complaintsd::domain::stage::Stage;
use complaintsd::store::HistoryCheck;
use jiff::civil::date;

use super::bench::{Bench, address, at, grace, logged_as, new_message, on_both, opened, reading};

on_both!(
    every_event_and_what_it_made_come_back,
    a_case_is_found_by_its_reference,
    the_work_list_begins_with_the_most_urgent,
    concurrent_writers_lose_nothing,
    a_transaction_that_reads_first_can_still_write,
);

fn mill_lane() -> PostalAddress {
    "12 Mill Lane, Exampleton, EX1 2AB".parse().unwrap()
}

fn promise() -> Promise {
    Promise { what: "Mend the roof".to_owned(), owner: "Sam".to_owned(), by: date(2027, 2, 1) }
}

fn outcome() -> Outcome {
    let answer = |finding| Answer { point: 2, finding, reasons: "Seen.".to_owned(), cited: "Policy 4".to_owned() };
    let remedy = |kind| Remedy {
        kind,
        what: "Paid".to_owned(),
        impact: "Cold".to_owned(),
        amount: Some(Pence(5_000)),
        by: Some(date(2027, 2, 1)),
    };
    Outcome {
        answers: Finding::ALL.map(Some).into_iter().chain([None]).map(answer).collect(),
        remedies: RemedyKind::ALL.map(remedy).to_vec(),
        no_remedy: "None.".to_owned(),
        promises: vec![promise()],
    }
}

fn proposed(refused: Refused, ground: Ground) -> CaseEvent {
    CaseEvent::Exclusion(ExclusionEvent::Proposed {
        exclusion: Exclusion {
            refused,
            ground,
            reasons: "On its merits.".to_owned(),
            discretion: "Considered.".to_owned(),
            proposed_by: Some(OfficerId(7)),
            told: None,
            requests: Vec::new(),
        },
    })
}

/// One of each kind but the opening, with all their variants.
pub(super) fn events(further: ContactId) -> Vec<CaseEvent> {
    let point = |responsibility| Point {
        number: 0,
        text: "The roof \"leaks\"\n\u{1f327} since May".to_owned(),
        responsibility,
    };
    let extension = |moved| CaseEvent::ExtensionSent {
        stage: Stage::One,
        letter: LetterId(2),
        at: at(20),
        previous_by: date(2027, 1, 15),
        new_by: date(2027, 1, 29),
        reason: "the surveyor comes on 20 January".to_owned(),
        updates: "each Friday by e-mail".to_owned(),
        every: Some(WorkingDays(3)),
        update_by: Some(date(2026, 11, 20)),
        exceptional: String::new(),
        moved,
    };
    let handler =
        Handler { officer: OfficerId(7), name: "Grace Adeyemi".to_owned(), email: address("g.a@example.com") };
    let (letter, kind) = (LetterId(1), LetterKind::StageOneAcknowledgement);
    let mut all = vec![
        CaseEvent::ContactAdded { contact: further, reason: "an answer to our letter".to_owned() },
        CaseEvent::Defined {
            definition: Definition {
                points: vec![
                    point(Responsibility::Ours),
                    point(Responsibility::NotOurs { whose: "the water company".to_owned() }),
                    point(Responsibility::Unclear),
                ],
                outcomes: vec!["A dry ceiling".to_owned()],
            },
            withdrawn: vec![point(Responsibility::Unclear)],
        },
        CaseEvent::ContactMoved { contact: further, to: CaseRef::new(2026, 7), reason: "a neighbour’s".to_owned() },
        CaseEvent::ResidentNamed { name: "Siân O’Hara".to_owned() },
        CaseEvent::ResidentAddressed { email: "sian@example.org".parse().unwrap() },
        CaseEvent::HandlerAssigned { stage: Stage::One, handler },
        CaseEvent::LetterDrafted { letter, kind, version: 3 },
        CaseEvent::LetterApproved {
            letter,
            kind,
            version: 3,
            digest: Digest::of(b"x"),
            to: Some(address("a@example.org")),
            by: Some(OfficerId(7)),
            overridden: Vec::new(),
        },
        CaseEvent::AcknowledgementSent {
            stage: Stage::One,
            letter,
            at: at(10),
            respond_by: Some(date(2027, 1, 15)),
            strict_by: Some(date(2027, 1, 14)),
        },
        extension(Moved::NoTooLate),
        extension(Moved::Yes),
        CaseEvent::PointAdded { point: point(Responsibility::Ours), reason: "the same roof".to_owned() },
        CaseEvent::UpdateGiven { how: "by telephone".to_owned(), next_by: Some(date(2027, 1, 20)) },
        CaseEvent::Noted { text: "The neighbour has seen it, too".to_owned() },
        CaseEvent::Outcome(OutcomeEvent::Recorded { stage: Stage::One, outcome: outcome(), by: Some(OfficerId(1)) }),
        CaseEvent::Outcome(OutcomeEvent::ResponseSent {
            stage: Stage::One,
            letter: LetterId(9),
            at: at(30),
            due_by: Some(date(2027, 1, 29)),
        }),
        CaseEvent::Outcome(OutcomeEvent::ActionAdded { number: 2, promise: promise() }),
        CaseEvent::Outcome(OutcomeEvent::ActionDone {
            number: 1,
            on: date(2027, 2, 1),
            evidence: "a photograph".to_owned(),
        }),
        CaseEvent::Outcome(OutcomeEvent::OverdueTold {
            duty: Duty::Respond,
            due_by: date(2026, 12, 8),
            letter: LetterId(4),
            at: at(8),
        }),
        CaseEvent::Outcome(OutcomeEvent::ActionCarriedOver { number: 2, reason: "next year's works".to_owned() }),
        CaseEvent::StageTwo(StageTwoEvent::Requested { contact: further, received_at: at(40), acknowledge_by: None }),
        CaseEvent::StageTwo(StageTwoEvent::NotRequested { contact: further, reason: "a thank-you".to_owned() }),
        CaseEvent::StageTwo(StageTwoEvent::Requested {
            contact: further,
            received_at: at(41),
            acknowledge_by: Some(date(2027, 2, 8)),
        }),
        proposed(Refused::Escalation, Ground::Court { claim: "K01".to_owned(), filed_on: date(2026, 12, 1) }),
        CaseEvent::Exclusion(ExclusionEvent::Told { refused: Refused::Escalation, letter: LetterId(10), at: at(42) }),
        CaseEvent::Exclusion(ExclusionEvent::Overturned { reason: "determination".to_owned() }),
        proposed(Refused::Complaint, Ground::Policy { clause: "8.1".to_owned() }),
        CaseEvent::Exclusion(ExclusionEvent::Withdrawn { reason: "a mistake".to_owned() }),
        proposed(Refused::Complaint, Ground::ConsideredBefore { earlier: CaseRef::new(2026, 8) }),
        proposed(
            Refused::Complaint,
            Ground::TooLate { happened_on: date(2024, 1, 1), aware_on: Some(date(2024, 2, 1)) },
        ),
        CaseEvent::Closed { at: at(43), learning: "inspections".to_owned(), in_error: String::new() },
        CaseEvent::StageTwo(StageTwoEvent::Opened {
            received_at: at(44),
            acknowledge_by: Some(date(2027, 2, 8)),
            contact: Some(further),
        }),
        correction(at(-5)),
        CaseEvent::CorrectionDropped { received_at: at(-5), reason: "another’s".to_owned() },
        correction(at(-6)),
        corrected(),
        CaseEvent::Reminded { duty: Duty::Acknowledge, by: date(2026, 12, 30), to: address("team@example.com") },
        CaseEvent::Reminded { duty: Duty::Respond, by: date(2027, 1, 15), to: address("team@example.com") },
    ];
    all.extend(by_post(letter, kind));
    all.extend(undelivered(kind));
    all.extend(super::people::events());
    all
}

/// A letter that goes by post, and what was missing in it.
fn by_post(letter: LetterId, kind: LetterKind) -> [CaseEvent; 5] {
    [
        CaseEvent::LetterApproved {
            letter,
            kind,
            version: 4,
            digest: Digest::of(b"y"),
            to: None,
            by: Some(OfficerId(7)),
            overridden: vec![Overridden {
                element: "handler".to_owned(),
                provision: Provision("6.2".to_owned()),
                title: "Who deals with it".to_owned(),
                reason: "Nobody is chosen yet".to_owned(),
            }],
        },
        CaseEvent::People(PeopleEvent::Postal { address: mill_lane() }),
        CaseEvent::Post(PostEvent::Posted {
            letter,
            kind,
            posting: Posting { at: at(3), by: "Sam".to_owned(), class: "First class".to_owned() },
            address: mill_lane(),
        }),
        CaseEvent::Post(PostEvent::Withdrawn { letter, kind, reason: "a slip".to_owned() }),
        CaseEvent::Post(PostEvent::Returned {
            letter,
            kind,
            on: date(2027, 1, 4),
            reason: "gone away".to_owned(),
            address: mill_lane(),
        }),
    ]
}

/// Letters that did not reach the resident, each in its way.
fn undelivered(kind: LetterKind) -> [CaseEvent; 5] {
    [
        CaseEvent::LetterNotDelivered {
            letter: LetterId(2),
            kind: LetterKind::StageOneExtension,
            answer: "550 5.1.1 no such user".to_owned(),
        },
        CaseEvent::LetterBounced {
            letter: LetterId(7),
            kind: LetterKind::StageOneExtension,
            recipient: "sian@example.org".to_owned(),
            status: Some("5.1.1".to_owned()),
        },
        CaseEvent::LetterBounced { letter: LetterId(3), kind, recipient: "Siân <?>".to_owned(), status: None },
        CaseEvent::LetterDiscarded { letter: LetterId(5), kind, version: 2, reason: "said by telephone".to_owned() },
        CaseEvent::LetterHeld { letter: LetterId(4), kind, why: "consent ended".to_owned() },
    ]
}

fn corrected() -> CaseEvent {
    CaseEvent::ReceiptCorrected {
        stage: Stage::One,
        previous_at: at(0),
        received_at: at(-6),
        previous_by: Some(date(2026, 12, 30)),
        acknowledge_by: Some(date(2026, 12, 29)),
        respond_by: Some(date(2027, 1, 14)),
        strict_by: Some(date(2027, 1, 13)),
        reason: "A caretaker took it".to_owned(),
        proposed_by: "Grace Adeyemi".to_owned(),
    }
}

fn correction(received_at: jiff::Timestamp) -> CaseEvent {
    CaseEvent::CorrectionProposed {
        correction: Correction {
            stage: Stage::One,
            received_at,
            reason: "A caretaker took it".to_owned(),
            by: OfficerId(7),
            by_name: "Grace Adeyemi".to_owned(),
        },
    }
}

async fn further_contact(bench: &Bench) -> ContactId {
    let mut tx = bench.store.begin().await.unwrap();
    let raw = tx.put_raw(b"a further message", at(0)).await.unwrap().id;
    let contact = tx.add_contact(raw, &logged_as(at(8), new_message(), reading()), at(9)).await.unwrap();
    tx.commit().await.unwrap();
    contact
}

async fn every_event_and_what_it_made_come_back(bench: Bench) {
    let mut expected = bench.open_case(42).await;
    let further = further_contact(&bench).await;
    let mut told = vec![opened(42, expected.opened_by)];
    for (place, event) in events(further).into_iter().enumerate() {
        let mut tx = bench.store.begin().await.unwrap();
        let case = tx.case_for_update(expected.id).await.unwrap().unwrap();
        assert_eq!(case, expected, "before {event:?}");
        expected = case.apply(&event);
        let actor = if place == 0 { Actor::Daemon } else { grace() };
        tx.save_case(&expected, std::slice::from_ref(&event), &actor, at(100)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(bench.store.case(expected.id).await.unwrap().as_ref(), Some(&expected), "after {event:?}");
        told.push(event);
    }
    assert_eq!(expected.first.as_ref().unwrap().extensions.len(), 1);
    assert_eq!(bench.store.contact(further).await.unwrap().unwrap().case, Some(expected.reference));

    let history = bench.store.history(expected.id).await.unwrap();
    assert_eq!(history.iter().map(|line| line.event.clone()).collect::<Vec<_>>(), told);
    assert_eq!(
        history.iter().map(|line| line.sequence).collect::<Vec<_>>(),
        (1_i64..).take(told.len()).collect::<Vec<_>>()
    );
    assert_eq!((&history[0].actor, history[0].at), (&Actor::Daemon, at(3)));
    assert_eq!((&history[2].actor, history[2].at), (&grace(), at(100)));
}

async fn a_case_is_found_by_its_reference(bench: Bench) {
    let case = bench.open_case(42).await;
    assert_eq!(bench.store.case_by_ref(case.reference).await.unwrap(), Some(case.clone()));
    assert_eq!(bench.store.case_by_ref(CaseRef::new(2025, 42)).await.unwrap(), None);
    assert_eq!(bench.store.case(CaseId(99)).await.unwrap(), None);
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.case_for_update(CaseId(99)).await.unwrap(), None);
    assert!(tx.save_case(&Case { id: CaseId(99), ..case.clone() }, &[], &grace(), at(0)).await.is_err());
    let not_opening = CaseEvent::ResidentNamed { name: String::new() };
    assert!(tx.open_case(&not_opening, &grace(), at(0)).await.is_err());
    drop(tx);
    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.open_case(&opened(42, case.opened_by), &grace(), at(0)).await.is_err(), "a reference is given once");
}

async fn the_work_list_begins_with_the_most_urgent(bench: Bench) {
    let dates = [Some(date(2027, 1, 10)), None, Some(date(2026, 12, 31)), Some(date(2027, 1, 9))];
    for (number, acknowledge_by) in (1..).zip(dates) {
        let case = bench.open_case(number).await;
        let mut tx = bench.store.begin().await.unwrap();
        let mut case = tx.case_for_update(case.id).await.unwrap().unwrap();
        case.current.acknowledge_by = acknowledge_by;
        case.resident = Resident { name: String::new(), email: None };
        tx.save_case(&case, &[], &grace(), at(0)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let list = bench.store.work_list(10).await.unwrap();
    let order: Vec<u32> = list.iter().map(|case| case.reference.number()).collect();
    assert_eq!(order, [2, 3, 4, 1]);
    assert_eq!(list[0].resident, Resident { name: String::new(), email: None });
    assert_eq!(bench.store.work_list(2).await.unwrap(), list[..2]);
}

async fn concurrent_writers_lose_nothing(bench: Bench) {
    const WRITERS: i64 = 8;
    const EACH: i64 = 20;
    let case = bench.open_case(1).await.id;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        // Half of them are another process.
        let store = if writer % 2 == 0 { bench.store.clone() } else { bench.second().await };
        writers.push(tokio::spawn(async move {
            for _ in 0..EACH {
                let mut tx = store.begin().await.unwrap();
                let before = tx.case_for_update(case).await.unwrap().unwrap();
                // Only one who read the newest name can add to it.
                let event = CaseEvent::ResidentNamed { name: format!("{}+", before.resident.name) };
                let after = before.apply(&event);
                tx.save_case(&after, &[event], &grace(), at(0)).await.unwrap();
                tx.next_case_number(2030).await.unwrap();
                tx.commit().await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let after = bench.store.case(case).await.unwrap().unwrap();
    assert_eq!(after.resident.name.matches('+').count(), usize::try_from(WRITERS * EACH).unwrap());
    let check = bench.store.verify_history().await.unwrap();
    assert!(matches!(check, HistoryCheck::Sound { lines, .. } if lines == WRITERS * EACH + 1), "{check:?}");
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(i64::from(tx.next_case_number(2030).await.unwrap()), WRITERS * EACH + 1);
}

async fn a_transaction_that_reads_first_can_still_write(bench: Bench) {
    let mut writers = Vec::new();
    for _ in 0..4 {
        let store = bench.second().await;
        writers.push(tokio::spawn(async move {
            for _ in 0..20 {
                let mut tx = store.begin().await.unwrap();
                assert_eq!(tx.find_sent_message(&["nothing-of-ours@example.org".to_owned()]).await.unwrap(), None);
                tx.next_case_number(2030).await.unwrap();
                tx.commit().await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
}
