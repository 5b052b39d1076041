//! When a complaint was received is corrected by two officers, and every date follows.

use complaintsd::casework::CaseworkError;
use complaintsd::domain::case::Case;
use complaintsd::domain::commands::{CaseCommand, Correcting, CorrectionRefusal, Refusal};
use complaintsd::domain::events::{CaseEvent, HistoryLine};
use complaintsd::domain::people::{Actor, Officer, Role};
use complaintsd::store::NewOfficer;
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, address, stories};

stories!(a_receipt_is_corrected_by_two_officers_and_the_old_date_stays_in_the_history);

async fn correct(scene: &Scene, by: &Officer, case: &Case, step: Correcting) -> Result<Case, CaseworkError> {
    scene.casework().act(by, case.reference, CaseCommand::CorrectReceived(step)).await
}

/// 3.2: a colleague took the complaint on the Friday before it came here.
async fn a_receipt_is_corrected_by_two_officers_and_the_old_date_stays_in_the_history(scene: &mut Scene) {
    let (friday, monday) = (morning(date(2026, 10, 30)), morning(date(2026, 11, 2)));
    scene.clock.set(monday);
    let (case, _) = scene.a_complaint().await;
    let recorded = case.current.received_at;
    let priya = scene.officer.clone();
    let owen = NewOfficer {
        email: address("owen@landlord.example"),
        name: "Owen Hughes".to_owned(),
        role: Role::Officer,
        password_hash: "none".to_owned(),
    };
    let mut tx = scene.store.begin().await.unwrap();
    let owen = tx.add_officer(&owen, &Actor::Operator, monday).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let owen = scene.store.officer(owen).await.unwrap().unwrap();

    let reason = "The caretaker was told on Friday".to_owned();
    let propose = Correcting::Propose { received_at: friday, reason };
    correct(scene, &priya, &case, propose.clone()).await.unwrap();
    correct(scene, &priya, &case, propose).await.unwrap();
    assert_eq!(scene.now(&case).await.current, case.current, "nothing moves yet");
    let confirm = Correcting::Confirm { received_at: friday };
    let refused = correct(scene, &priya, &case, confirm.clone()).await.unwrap_err();
    let same_person = Refusal::Correction(CorrectionRefusal::SamePerson);
    assert!(matches!(&refused, CaseworkError::Refused(refusal) if *refusal == same_person), "{refused}");
    correct(scene, &owen, &case, confirm.clone()).await.unwrap();
    correct(scene, &owen, &case, confirm).await.unwrap();

    let now = scene.now(&case).await;
    assert_eq!((now.current.received_at, now.correction.clone()), (friday, None));
    assert_eq!(now.next_deadline().unwrap().1, Some(date(2026, 11, 6)), "a day before it was");
    assert_eq!(scene.store.work_list(9).await.unwrap()[0].next_deadline(), now.next_deadline());
    let history = scene.store.history(case.id).await.unwrap();
    // The draft, whose dates have changed, is written anew in the same act; beside that:
    let is_draft = |line: &&HistoryLine| matches!(line.event, CaseEvent::LetterDrafted { .. });
    let acts = history.iter().rev().filter(|line| !is_draft(line));
    let told: Vec<String> = acts.take(2).map(|line| line.event.in_words()).collect();
    assert!(told[0].contains("as Priya Nair proposed: The caretaker was told on Friday."), "{}", told[0]);
    let before = complaintsd::domain::words::instant(recorded);
    assert!(told[0].contains(&format!("corrected from {before} to ")), "{}", told[0]);
    assert!(told[0].contains("was due: Monday 9 November 2026"), "{}", told[0]);
    assert!(told[1].contains("A second person must confirm it."), "{}", told[1]);
    assert_eq!(history.last().unwrap().actor, Actor::Officer { id: owen.id, name: owen.name.clone() });
    assert_eq!(history.iter().filter(|line| line.event.in_words().contains("corrected from")).count(), 1);
}
