//! Letters that come back: what never reached the resident counts as not sent, once, and only on the word
//! of a report that knows the letter and names its recipient.

use complaintsd::domain::case::Case;
use complaintsd::domain::contact::{Contact, ContactKind};
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::waiting::Waiting;
use complaintsd::ingest::Pass;
use jiff::civil::{Date, date};

use crate::support::clock::morning;
use crate::support::scene::{Scene, mail, stories};

stories!(
    an_acknowledgement_that_came_back_counts_as_not_sent_and_is_drafted_again,
    two_reports_of_one_failure_undo_a_letter_once,
    an_extension_that_came_back_did_not_move_the_date,
    a_report_that_gave_up_after_temporary_failures_undoes_the_letter_too,
    a_delay_and_a_report_of_delivery_are_notes_and_nothing_more,
    a_report_that_is_not_about_our_letter_to_its_recipient_undoes_nothing,
);

const MON_2_NOV: Date = date(2026, 11, 2);
const TUE_3_NOV: Date = date(2026, 11, 3);
const MON_9_NOV: Date = date(2026, 11, 9);
const MON_16_NOV: Date = date(2026, 11, 16);
const TUE_24_NOV: Date = date(2026, 11, 24);

/// A report in the standard form (RFC 3464) about the message with this Message-ID.
fn report(message_id: &str, recipient: &str, action: &str, status: &str, number: usize) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery System)\r\n\
         To: complaints@landlord.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <report-{number}@mx.example.net>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\n<{recipient}>: 550 {status} User unknown\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nTo: {recipient}\r\nMessage-ID:\r\n <{message_id}>\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

async fn message_id(scene: &Scene, letter: LetterId) -> String {
    scene.store.outbox_message(letter).await.unwrap().unwrap().message.message_id
}

async fn acknowledged(scene: &mut Scene) -> (Case, LetterId, String) {
    scene.clock.set(morning(MON_2_NOV));
    let case = scene.an_acknowledged_case().await;
    let letter = case.current.acknowledged.unwrap().letter;
    let id = message_id(scene, letter).await;
    scene.clock.set(morning(TUE_3_NOV));
    (case, letter, id)
}

async fn last(scene: &Scene) -> Contact {
    scene.contacts().await.pop().unwrap()
}

/// lessons 39.
async fn an_acknowledgement_that_came_back_counts_as_not_sent_and_is_drafted_again(scene: &mut Scene) {
    let (case, letter, id) = acknowledged(scene).await;
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(MON_16_NOV))));
    scene.arrives(&report(&id, "ann@example.org", "failed", "5.1.1", 1));
    assert_eq!(scene.poll().await, Pass { kept: 1, contacts: 1, cases: 0, duplicates: 0 });

    let now = scene.now(&case).await;
    assert_eq!(now.next_deadline(), Some((Duty::Acknowledge, Some(MON_9_NOV))), "the clock was not met");
    assert_eq!((now.current.acknowledged, now.current.response_due), (None, None));
    assert_eq!(scene.letter(letter).await.state, LetterState::NotDelivered);
    let events = scene.events(&case).await;
    let Some(CaseEvent::LetterBounced { letter: about, recipient, status, .. }) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!((*about, recipient.as_str(), status.as_deref()), (letter, "ann@example.org", Some("5.1.1")));
    let bounce = last(scene).await;
    assert_eq!((bounce.sorted.kind, bounce.case, bounce.waiting), (ContactKind::Bounce, Some(case.reference), None));
    assert_eq!(scene.alarms().await, [format!("undelivered-{}", case.reference)]);

    // The officer writes again, beginning with the same parts.
    assert_eq!(scene.draft().await.new, 1);
    let again = scene.letters(&case, LetterKind::StageOneAcknowledgement).await.pop().unwrap();
    assert_eq!((again.state, again.id == letter), (LetterState::Draft, false));
    assert_eq!(again.content.parts, scene.letter(letter).await.content.parts);
    scene.approve(again.id).await.unwrap();
    scene.send().await;
    let now = scene.now(&case).await;
    assert_eq!(now.current.acknowledged.unwrap().letter, again.id);
    assert_eq!(scene.alarms().await, Vec::<String>::new());

    // A late report about the first letter changes nothing.
    scene.arrives(&report(&id, "ann@example.org", "failed", "5.1.1", 2));
    scene.poll().await;
    let after = scene.now(&case).await;
    assert_eq!(complaintsd::domain::case::Case { contacts: now.contacts.clone(), ..after }, now);
    assert_eq!(last(scene).await.case, Some(case.reference));
}

async fn two_reports_of_one_failure_undo_a_letter_once(scene: &mut Scene) {
    let (case, _, id) = acknowledged(scene).await;
    for number in 0..3 {
        scene.arrives(&report(&id, "ann@example.org", "failed", "5.1.1", number));
    }
    assert_eq!(scene.poll().await.contacts, 3);
    let bounced = |event: &&CaseEvent| matches!(event, CaseEvent::LetterBounced { .. });
    assert_eq!(scene.events(&case).await.iter().filter(bounced).count(), 1);
    assert_eq!(scene.draft().await.new, 1);
    assert_eq!(scene.draft().await.new, 0);
}

/// A date the resident was never told of was not extended (6.4).
async fn an_extension_that_came_back_did_not_move_the_date(scene: &mut Scene) {
    let (case, _, _) = acknowledged(scene).await;
    scene.extended_to(&case, TUE_24_NOV).await;
    assert_eq!(scene.now(&case).await.next_deadline(), Some((Duty::Respond, Some(TUE_24_NOV))));
    let letter = scene.letters(&case, LetterKind::StageOneExtension).await.pop().unwrap();
    let id = message_id(scene, letter.id).await;
    scene.arrives(&report(&id, "ann@example.org", "failed", "5.2.2", 1));
    scene.poll().await;
    let now = scene.now(&case).await;
    assert_eq!(now.next_deadline(), Some((Duty::Respond, Some(MON_16_NOV))));
    assert!(now.current.extensions.is_empty() && now.current.acknowledged.is_some());

    // It was not used up: another one may be given, and reaches them.
    scene.extended_to(&case, TUE_24_NOV).await;
    assert_eq!(scene.now(&case).await.next_deadline(), Some((Duty::Respond, Some(TUE_24_NOV))));
    scene.arrives(&report(&id, "ann@example.org", "failed", "5.2.2", 2));
    scene.poll().await;
    assert_eq!(
        scene.now(&case).await.next_deadline(),
        Some((Duty::Respond, Some(TUE_24_NOV))),
        "the first one's report"
    );
}

async fn a_report_that_gave_up_after_temporary_failures_undoes_the_letter_too(scene: &mut Scene) {
    let (case, letter, id) = acknowledged(scene).await;
    scene.arrives(&report(&id, "ANN@example.org", "failed", "4.4.7", 1));
    scene.poll().await;
    assert_eq!(scene.letter(letter).await.state, LetterState::NotDelivered, "nobody tries any more");
    assert_eq!(scene.now(&case).await.next_deadline().unwrap().0, Duty::Acknowledge);
}

/// lessons 39: delayed is a note only.
async fn a_delay_and_a_report_of_delivery_are_notes_and_nothing_more(scene: &mut Scene) {
    let (case, letter, id) = acknowledged(scene).await;
    for (number, (action, status, kind)) in
        [("delayed", "4.4.1", ContactKind::DeliveryDelay), ("delivered", "2.0.0", ContactKind::DeliveryReport)]
            .into_iter()
            .enumerate()
    {
        scene.arrives(&report(&id, "ann@example.org", action, status, number));
        scene.poll().await;
        let note = last(scene).await;
        assert_eq!((note.sorted.kind, note.case, note.waiting), (kind, Some(case.reference), None));
    }
    assert_eq!(scene.letter(letter).await.state, LetterState::Sent);
    let now = scene.now(&case).await;
    assert_eq!(complaintsd::domain::case::Case { contacts: case.contacts.clone(), ..now }, case);
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

async fn a_report_that_is_not_about_our_letter_to_its_recipient_undoes_nothing(scene: &mut Scene) {
    let (case, letter, id) = acknowledged(scene).await;
    let forged = id.replace(id.get(..1).unwrap(), if id.starts_with('a') { "b" } else { "a" });
    scene.arrives(&report(&forged, "ann@example.org", "failed", "5.1.1", 1));
    scene.arrives(&report(
        "mzxw6ytboi4tqnrsgq3dknzyha2tmmbr@landlord.example",
        "ann@example.org",
        "failed",
        "5.1.1",
        2,
    ));
    scene.arrives(&report(&id, "ben@example.org", "failed", "5.1.1", 3));
    // A person who says so is a person.
    let answered = format!("<{id}>");
    scene.arrives(&mail(
        &[
            ("From", "A Stranger <stranger@example.com>"),
            ("In-Reply-To", &answered),
            ("Subject", "Undelivered Mail Returned to Sender"),
        ],
        "<ann@example.org>: 550 5.1.1 User unknown",
    ));
    assert_eq!(scene.poll().await.contacts, 4);
    assert_eq!(scene.letter(letter).await.state, LetterState::Sent);
    assert_eq!(scene.now(&case).await, case);
    let contacts = scene.contacts().await;
    let waiting: Vec<_> = contacts[1..].iter().map(|contact| (contact.sorted.kind, contact.waiting)).collect();
    assert_eq!(
        waiting,
        [
            (ContactKind::Bounce, Some(Waiting::Bounce)),
            (ContactKind::Bounce, Some(Waiting::Bounce)),
            (ContactKind::Bounce, Some(Waiting::Suggestion)),
            (ContactKind::New, Some(Waiting::Suggestion)),
        ]
    );
    let suggested = scene.store.suggestions(contacts[3].id).await.unwrap();
    assert!(suggested[0].case == case.reference && suggested[0].reason.contains("ben@example.org"), "{suggested:?}");
}
