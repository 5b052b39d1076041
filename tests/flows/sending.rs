//! Letters out: a letter has left when the mail server says so, and only then does the next clock
//! start. Until then it is tried again, always with the same bytes.

use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::delivery::Handover;
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::outbox::{OutboxError, Sent};
use complaintsd::store::OutboxState;
use jiff::SignedDuration;
use jiff::civil::{Date, date};

use crate::support::clock::{at, morning};
use crate::support::scene::{DOUBT, Scene, killed_when, stories};

stories!(
    acceptance_acknowledges_the_stage_and_starts_the_response,
    a_late_acknowledgement_buys_no_time,
    a_temporary_failure_is_tried_again_with_the_same_bytes,
    after_five_days_a_letter_is_given_up,
    a_refused_letter_raises_an_alarm_and_a_fresh_draft_appears,
    a_refused_reminder_raises_an_alarm,
    a_fault_of_the_courier_stops_the_pass_and_uses_nobodys_patience_up,
    what_was_handed_over_when_we_stopped_is_sent_again_after_a_wait,
    an_answer_that_leaves_it_open_is_asked_again_after_the_wait,
    what_was_only_claimed_when_we_stopped_is_sent_at_once,
    an_answer_that_could_not_be_recorded_does_not_strand_the_letter,
    a_second_acceptance_changes_nothing,
);

const ACKNOWLEDGEMENT: LetterKind = LetterKind::StageOneAcknowledgement;
const MON_2_NOV: Date = date(2026, 11, 2);
const MON_9_NOV: Date = date(2026, 11, 9);
const ACCEPTED: Sent = Sent { accepted: 1, deferred: 0, failed: 0 };
const DEFERRED: Sent = Sent { accepted: 0, deferred: 1, failed: 0 };

fn temporary() -> Handover {
    Handover::TemporaryFailure("451 4.7.1 Try again later".to_owned())
}

/// Lessons 40.
async fn acceptance_acknowledges_the_stage_and_starts_the_response(scene: &mut Scene) {
    let (fri_6_nov, fri_20_nov) = (date(2026, 11, 6), date(2026, 11, 20));
    scene.clock.set(morning(date(2026, 11, 4)));
    let (case, letter) = scene.an_approved_acknowledgement().await;
    assert_eq!(case.current.acknowledged, None, "approved is not sent");

    scene.clock.set(at(fri_6_nov, 23, 30));
    assert_eq!(scene.send().await, ACCEPTED);
    let case = scene.now(&case).await;
    let acknowledged = case.current.acknowledged.unwrap();
    assert_eq!((acknowledged.letter, acknowledged.at), (letter.id, at(fri_6_nov, 23, 30)));
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(fri_20_nov))));
    assert_eq!(case.current.response_due.unwrap().strict_by, None);
    let sent = scene.letter(letter.id).await;
    assert_eq!((sent.state, sent.sent_at), (LetterState::Sent, Some(at(fri_6_nov, 23, 30))));
    let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    assert_eq!(message.answer.as_deref(), Some("250 2.0.0 Ok: queued"));
    assert_eq!(scene.send().await, Sent::default());
    assert_eq!(scene.courier.given().len(), 1);
}

async fn a_late_acknowledgement_buys_no_time(scene: &mut Scene) {
    let (thu_12_nov, mon_23_nov, thu_26_nov) = (date(2026, 11, 12), date(2026, 11, 23), date(2026, 11, 26));
    scene.clock.set(morning(MON_2_NOV));
    let (_, letter) = scene.a_complaint().await;
    scene.clock.set(morning(thu_12_nov));
    scene.write(letter.id).await;
    scene.approve(letter.id).await.unwrap();
    scene.send().await;
    let case = scene.cases().await.pop().unwrap();
    assert_eq!(case.current.acknowledge_by, Some(MON_9_NOV));
    let due = case.current.response_due.unwrap();
    assert_eq!((due.by, due.strict_by), (thu_26_nov, Some(mon_23_nov)));
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(mon_23_nov))), "the earlier of the two is met");
}

async fn a_temporary_failure_is_tried_again_with_the_same_bytes(scene: &mut Scene) {
    let (case, letter) = scene.an_approved_acknowledgement().await;
    scene.courier.will_answer([temporary(), temporary(), temporary()]);
    for (wait, alarmed) in [(1, false), (2, false), (5, true)] {
        assert_eq!(scene.send().await, DEFERRED);
        assert_eq!(!scene.alarms().await.is_empty(), alarmed);
        scene.clock.forward(SignedDuration::from_mins(wait) - SignedDuration::from_secs(1));
        assert_eq!(scene.send().await, Sent::default(), "too early");
        scene.clock.forward(SignedDuration::from_secs(1));
    }
    assert_eq!(scene.now(&case).await.current.acknowledged, None);
    assert_eq!(scene.send().await, ACCEPTED);
    assert_eq!(scene.alarms().await, Vec::<String>::new(), "sending works again");

    let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    let given = scene.courier.given();
    assert_eq!(given.len(), 4);
    assert!(given.iter().all(|(_, bytes)| *bytes == message.message.bytes));
    let log = scene.store.delivery_log(message.id).await.unwrap();
    let results: Vec<_> = log.iter().map(|line| (line.attempt, line.result.as_str())).collect();
    assert_eq!(results, [(1, "queued"), (2, "queued"), (3, "queued"), (4, "accepted")]);
    assert_eq!(log[0].answer, "451 4.7.1 Try again later");
}

async fn after_five_days_a_letter_is_given_up(scene: &mut Scene) {
    let (_, letter) = scene.an_approved_acknowledgement().await;
    scene.courier.will_answer([temporary(), temporary(), temporary()]);
    for _ in 0..2 {
        assert_eq!(scene.send().await, DEFERRED);
        scene.clock.forward(SignedDuration::from_hours(61));
    }
    assert_eq!(scene.send().await, Sent { accepted: 0, deferred: 0, failed: 1 });
    assert_eq!(scene.letter(letter.id).await.state, LetterState::NotDelivered);
}

async fn a_refused_letter_raises_an_alarm_and_a_fresh_draft_appears(scene: &mut Scene) {
    let (case, letter) = scene.an_approved_acknowledgement().await;
    scene.courier.will_answer([Handover::PermanentFailure("550 5.1.1 No such user".to_owned())]);
    assert_eq!(scene.send().await, Sent { accepted: 0, deferred: 0, failed: 1 });
    assert_eq!(scene.letter(letter.id).await.state, LetterState::NotDelivered);
    let now = scene.now(&case).await;
    assert_eq!((now.current.acknowledged, now.next_deadline()), (None, case.next_deadline()));
    let Some(CaseEvent::LetterNotDelivered { answer, .. }) = scene.events(&case).await.pop() else {
        panic!("not in the history")
    };
    assert_eq!(answer, "550 5.1.1 No such user");
    let alarm = format!("undelivered-{}", case.reference);
    assert_eq!(scene.alarms().await, [alarm]);

    assert_eq!(scene.draft().await.new, 1);
    assert_eq!(scene.draft().await.new, 0);
    let letters = scene.letters(&case, ACKNOWLEDGEMENT).await;
    let [_, fresh] = letters.as_slice() else { panic!("{} letters", letters.len()) };
    assert_eq!((fresh.state, fresh.version), (LetterState::Draft, 1));
    assert_eq!(fresh.content.text, letter.content.text, "nothing the officer wrote is lost");

    scene.approve(fresh.id).await.unwrap();
    assert_eq!(scene.send().await, ACCEPTED);
    assert_eq!(scene.now(&case).await.current.acknowledged.unwrap().letter, fresh.id);
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

async fn a_refused_reminder_raises_an_alarm(scene: &mut Scene) {
    scene.a_complaint().await;
    scene.clock.set(morning(date(2026, 11, 5)));
    scene.reminders().run_once().await.unwrap();
    scene.courier.will_answer([Handover::PermanentFailure("550 5.1.1 No such user".to_owned())]);
    assert_eq!(scene.send().await.failed, 1);
    assert_eq!(scene.alarms().await, ["notices-team@landlord.example"]);
    scene.clock.set(morning(MON_9_NOV));
    let told = scene.reminders().run_once().await.unwrap();
    assert_eq!(told.iter().filter(|notice| notice.subject.starts_with("Alarm")).count(), 1);
    assert_eq!(scene.send().await.accepted, 2, "the alarm, and the next reminder");
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

async fn a_fault_of_the_courier_stops_the_pass_and_uses_nobodys_patience_up(scene: &mut Scene) {
    scene.an_approved_acknowledgement().await;
    scene.an_approved_acknowledgement().await;
    let fault = || Handover::CourierFault("535 5.7.8 <ann@example.org>: sign-in refused".to_owned());
    for _ in 0..12 {
        scene.courier.will_answer([fault()]);
        let given = scene.courier.given().len();
        let stopped = scene.outbox().run_once().await;
        // These words go to the log, where no resident is named.
        let Err(OutboxError::Courier(words)) = stopped else { panic!("{stopped:?}") };
        assert!(words.contains("535") && !words.contains("ann@example.org"), "{words}");
        assert_eq!(scene.courier.given().len(), given + 1, "the second letter is not tried");
        assert_eq!(scene.alarms().await, ["courier"]);
        scene.clock.forward(SignedDuration::from_hours(12));
    }
    // Six days later the password is put right. One letter is greylisted, and that is no reason to
    // give it up.
    scene.courier.will_answer([temporary()]);
    assert_eq!(scene.send().await, Sent { accepted: 1, deferred: 1, failed: 0 });
    scene.clock.forward(SignedDuration::from_hours(2));
    assert_eq!(scene.send().await, ACCEPTED);
    assert_eq!(scene.alarms().await, Vec::<String>::new());
    assert!(scene.cases().await.iter().all(|case| case.current.acknowledged.is_some()));
}

/// Hands the one waiting letter over and dies before the answer is there.
async fn dies_in_the_hand_over(scene: &Scene) {
    let given = scene.courier.given().len();
    let outbox = scene.outbox();
    let ended = killed_when(|| scene.courier.given().len() > given, outbox.run_once()).await;
    assert!(ended.is_none(), "the run ended before it could be killed");
}

async fn what_was_handed_over_when_we_stopped_is_sent_again_after_a_wait(scene: &mut Scene) {
    let (case, letter) = scene.an_approved_acknowledgement().await;
    dies_in_the_hand_over(scene).await;
    let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    assert_eq!(message.state, OutboxState::Handed);
    assert_eq!(scene.send().await, Sent::default(), "another pass leaves it alone");

    scene.outbox().recover().await.unwrap();
    assert_eq!(scene.store.outbox_waiting().await.unwrap().in_doubt, 1);
    scene.clock.forward(DOUBT - SignedDuration::from_secs(1));
    assert_eq!(scene.send().await, Sent::default());
    scene.clock.forward(SignedDuration::from_secs(1));
    assert_eq!(scene.send().await, ACCEPTED);
    let given = scene.courier.given();
    assert_eq!(given.len(), 2);
    assert_eq!(given[0], given[1]);
    assert_eq!(given[0].1, message.message.bytes);
    assert!(scene.now(&case).await.current.acknowledged.is_some());
}

async fn an_answer_that_leaves_it_open_is_asked_again_after_the_wait(scene: &mut Scene) {
    let (case, _) = scene.an_approved_acknowledgement().await;
    scene.courier.will_answer([Handover::InDoubt("connection lost after the last line".to_owned())]);
    assert_eq!(scene.send().await, DEFERRED);
    scene.clock.forward(DOUBT - SignedDuration::from_secs(1));
    assert_eq!(scene.send().await, Sent::default());
    scene.clock.forward(SignedDuration::from_secs(1));
    assert_eq!(scene.send().await, ACCEPTED);
    let given = scene.courier.given();
    assert_eq!((given.len(), &given[0]), (2, &given[1]));
    assert!(scene.now(&case).await.current.acknowledged.is_some());
}

async fn what_was_only_claimed_when_we_stopped_is_sent_at_once(scene: &mut Scene) {
    scene.an_approved_acknowledgement().await;
    let mut tx = scene.store.begin().await.unwrap();
    assert_eq!(tx.claim(scene.clock_now(), 1).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    assert_eq!(scene.send().await, Sent::default());
    scene.outbox().recover().await.unwrap();
    assert_eq!(scene.send().await, ACCEPTED);
    assert_eq!(scene.courier.given().len(), 1);
}

async fn an_answer_that_could_not_be_recorded_does_not_strand_the_letter(scene: &mut Scene) {
    let (case, _) = scene.an_approved_acknowledgement().await;
    dies_in_the_hand_over(scene).await;
    // The process lives on: nobody calls `recover`.
    scene.clock.forward(SignedDuration::from_hours(1));
    assert_eq!(scene.send().await, Sent::default());
    assert_eq!(scene.store.outbox_waiting().await.unwrap().in_doubt, 1);
    scene.clock.forward(DOUBT);
    assert_eq!(scene.send().await, ACCEPTED);
    assert!(scene.now(&case).await.current.acknowledged.is_some());
}

async fn a_second_acceptance_changes_nothing(scene: &mut Scene) {
    let (case, letter) = scene.an_approved_acknowledgement().await;
    assert_eq!(scene.send().await, ACCEPTED);
    let (before, events) = (scene.now(&case).await, scene.events(&case).await);
    let first = scene.letter(letter.id).await;

    scene.clock.forward(SignedDuration::from_hours(48));
    // A second sender that had taken the same message gets its answer now.
    let copy = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    scene.outbox().record(&copy, &Handover::Accepted("250 2.0.0 Ok".to_owned())).await.unwrap();
    scene.outbox().record(&copy, &Handover::PermanentFailure("550 5.1.1 No".to_owned())).await.unwrap();
    assert_eq!(scene.now(&case).await, before);
    assert_eq!(scene.events(&case).await, events);
    assert_eq!(scene.letter(letter.id).await, first);
}

#[tokio::test]
async fn an_answer_is_recorded_though_the_database_is_in_trouble_and_nothing_goes_twice() {
    let mut scene = Scene::on_postgresql().await;
    let (case, _) = scene.an_approved_acknowledgement().await;
    scene.no_room_for(1, "INSERT", "delivery_log").await;
    assert_eq!(scene.send().await, ACCEPTED);
    assert!(scene.now(&case).await.current.acknowledged.is_some());
    scene.clock.forward(SignedDuration::from_hours(2));
    assert_eq!(scene.send().await, Sent::default());
    assert_eq!(scene.courier.given().len(), 1);
    scene.must_be_sound().await;
}
