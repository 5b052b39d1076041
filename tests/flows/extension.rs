//! An extension: begun and approved before the date it moves, once, within the Code's limit; and it
//! counts only when the mail server had it in time (6.4).

use complaintsd::casework::CaseworkError;
use complaintsd::domain::case::{Case, Moved};
use complaintsd::domain::code::Provision;
use complaintsd::domain::commands::Refusal;
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::delivery::Handover;
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::parts::LetterParts;
use jiff::civil::{Date, date};

use crate::support::clock::{at, morning};
use crate::support::scene::{Scene, seen, stories};

stories!(
    an_extension_sent_in_time_moves_the_date,
    an_extension_is_begun_once_and_only_while_there_is_time,
    the_new_date_keeps_to_the_limits,
    an_extension_accepted_too_late_does_not_move_the_date,
    a_second_extension_is_refused,
    an_extension_that_was_refused_can_be_written_again,
);

// Received and acknowledged on Monday 2 November, so the response is due ten working days later.
const MON_2_NOV: Date = date(2026, 11, 2);
const FRI_13_NOV: Date = date(2026, 11, 13);
const MON_16_NOV: Date = date(2026, 11, 16);
const TUE_17_NOV: Date = date(2026, 11, 17);
const FRI_27_NOV: Date = date(2026, 11, 27);
const MON_30_NOV: Date = date(2026, 11, 30);
const TUE_1_DEC: Date = date(2026, 12, 1);

fn terms(new_by: Date) -> LetterParts {
    LetterParts {
        reason: "The surveyor's damp readings take a week.".to_owned(),
        new_by: Some(new_by),
        updates: "Every Friday by telephone.".to_owned(),
        ..LetterParts::default()
    }
}

async fn case_due_on_16_november(scene: &mut Scene) -> Case {
    scene.clock.set(morning(MON_2_NOV));
    let case = scene.an_acknowledged_case().await;
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(MON_16_NOV))));
    case
}

async fn begin(scene: &Scene, case: &Case) -> Result<LetterId, Refusal> {
    match scene.casework().begin_extension(&scene.officer, case.reference).await {
        Ok(letter) => Ok(letter),
        Err(CaseworkError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other:?}"),
    }
}

async fn write(scene: &Scene, letter: LetterId, parts: LetterParts) {
    scene.casework().save_parts(&scene.officer, letter, parts).await.unwrap();
}

async fn approve(scene: &Scene, letter: LetterId) -> Result<(), Refusal> {
    match scene.approve(letter).await {
        Ok(()) => Ok(()),
        Err(CaseworkError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other:?}"),
    }
}

async fn an_extension_sent_in_time_moves_the_date(scene: &mut Scene) {
    let case = case_due_on_16_november(scene).await;
    scene.clock.set(at(MON_16_NOV, 23, 0));
    let letter = begin(scene, &case).await.unwrap();
    write(scene, letter, terms(FRI_27_NOV)).await;
    approve(scene, letter).await.unwrap();
    assert_eq!(scene.now(&case).await.next_deadline(), Some((Duty::Respond, Some(MON_16_NOV))), "approved is not sent");
    scene.clock.set(at(MON_16_NOV, 23, 59));
    assert_eq!(scene.send().await.accepted, 1);

    let case = scene.now(&case).await;
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(FRI_27_NOV))));
    assert_eq!(case.current.response_due.unwrap().original_by, MON_16_NOV);
    let [extension] = case.current.extensions.as_slice() else { panic!("{:?}", case.current.extensions) };
    assert_eq!(extension.updates, "Every Friday by telephone.");
    let sent = scene.courier.given_to("ann@example.org").pop().unwrap();
    let text = complaintsd::ingest::read(&sent).text;
    assert!(text.contains("Friday 27 November 2026") && text.contains("damp readings"), "{text}");
}

async fn an_extension_is_begun_once_and_only_while_there_is_time(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (unacknowledged, _) = scene.a_complaint().await;
    assert_eq!(begin(scene, &unacknowledged).await, Err(Refusal::NothingToExtend));

    let case = case_due_on_16_november(scene).await;
    scene.clock.set(morning(MON_16_NOV));
    let letter = begin(scene, &case).await.unwrap();
    assert_eq!(begin(scene, &case).await, Ok(letter));
    write(scene, letter, terms(FRI_27_NOV)).await;

    scene.clock.set(at(TUE_17_NOV, 0, 1));
    assert_eq!(begin(scene, &case).await, Err(Refusal::TooLateToExtend(MON_16_NOV)));
    scene.draft().await;
    assert_eq!(approve(scene, letter).await, Err(Refusal::TooLateToExtend(MON_16_NOV)));
    assert_eq!(scene.letter(letter).await.state, LetterState::Draft);
}

fn cite() -> Provision {
    Provision("6.4".to_owned())
}

async fn the_new_date_keeps_to_the_limits(scene: &mut Scene) {
    let case = case_due_on_16_november(scene).await;
    scene.clock.set(morning(FRI_13_NOV));
    let letter = begin(scene, &case).await.unwrap();
    let Err(Refusal::Missing { provision, .. }) = approve(scene, letter).await else { panic!("not refused") };
    assert_eq!(provision.0, "6.4");

    write(scene, letter, terms(TUE_1_DEC)).await;
    let Err(Refusal::BeyondLimit { limit, provision }) = approve(scene, letter).await else { panic!("not refused") };
    assert_eq!((limit, provision.0.as_str()), (MON_30_NOV, "6.4"));
    write(scene, letter, terms(MON_16_NOV)).await;
    assert_eq!(approve(scene, letter).await, Err(Refusal::NotLater { than: MON_16_NOV, provision: cite() }));
    let sat_28_nov = date(2026, 11, 28);
    write(scene, letter, terms(sat_28_nov)).await;
    assert_eq!(approve(scene, letter).await, Err(Refusal::NotAWorkingDay { on: sat_28_nov, provision: cite() }));
    for lacking in [
        LetterParts { reason: " ".to_owned(), ..terms(FRI_27_NOV) },
        LetterParts { updates: String::new(), ..terms(FRI_27_NOV) },
        LetterParts { new_by: None, ..terms(FRI_27_NOV) },
    ] {
        write(scene, letter, lacking).await;
        assert!(matches!(approve(scene, letter).await, Err(Refusal::Missing { .. })));
    }
    assert!(scene.store.outbox_message(letter).await.unwrap().is_none());
    write(scene, letter, terms(date(2026, 11, 30))).await;
    approve(scene, letter).await.unwrap();
}

async fn an_extension_accepted_too_late_does_not_move_the_date(scene: &mut Scene) {
    let case = case_due_on_16_november(scene).await;
    scene.clock.set(morning(MON_16_NOV));
    let letter = begin(scene, &case).await.unwrap();
    write(scene, letter, terms(FRI_27_NOV)).await;
    approve(scene, letter).await.unwrap();
    scene.courier.will_answer([Handover::TemporaryFailure("421 Down for the night".to_owned())]);
    scene.send().await;
    scene.clock.set(at(TUE_17_NOV, 0, 5));
    assert_eq!(scene.send().await.accepted, 1);

    assert_eq!(scene.letter(letter).await.state, LetterState::Sent);
    let case = scene.now(&case).await;
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(MON_16_NOV))));
    assert!(case.current.extensions.is_empty());
    let last = scene.events(&case).await.pop().unwrap();
    assert!(matches!(last, CaseEvent::ExtensionSent { moved: Moved::NoTooLate, .. }));
    assert_eq!(begin(scene, &case).await, Err(Refusal::TooLateToExtend(MON_16_NOV)));
}

async fn a_second_extension_is_refused(scene: &mut Scene) {
    let case = case_due_on_16_november(scene).await;
    scene.clock.set(morning(FRI_13_NOV));
    let letter = begin(scene, &case).await.unwrap();
    write(scene, letter, terms(FRI_27_NOV)).await;
    approve(scene, letter).await.unwrap();
    scene.send().await;
    assert_eq!(approve(scene, letter).await, Err(Refusal::NotADraft(LetterState::Sent)));
    let second = begin(scene, &case).await.unwrap();
    assert_ne!(second, letter);
    write(scene, second, terms(MON_30_NOV)).await;
    let refused = approve(scene, second).await;
    assert!(matches!(refused, Err(Refusal::ExtendedAlready { to: FRI_27_NOV, .. })), "{refused:?}");
    assert_eq!(scene.letters(&case, LetterKind::StageOneExtension).await.len(), 2);
}

async fn an_extension_that_was_refused_can_be_written_again(scene: &mut Scene) {
    let case = case_due_on_16_november(scene).await;
    scene.clock.set(morning(FRI_13_NOV));
    let letter = begin(scene, &case).await.unwrap();
    write(scene, letter, terms(FRI_27_NOV)).await;
    let read = seen(&scene.letter(letter).await);
    scene.casework().approve(&scene.officer, read).await.unwrap();
    scene.courier.will_answer([Handover::PermanentFailure("552 5.2.2 Mailbox full".to_owned())]);
    assert_eq!(scene.send().await.failed, 1);
    assert_eq!(scene.now(&case).await.next_deadline(), Some((Duty::Respond, Some(MON_16_NOV))));

    let fresh = begin(scene, &case).await.unwrap();
    assert_ne!(fresh, letter);
    assert_eq!(scene.letter(fresh).await.content.digest, read.digest, "nothing the officer wrote is lost");
    approve(scene, fresh).await.unwrap();
    scene.send().await;
    assert_eq!(scene.now(&case).await.next_deadline(), Some((Duty::Respond, Some(FRI_27_NOV))));
}
