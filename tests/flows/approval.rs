//! Who may approve what, by the landlord's own rules: money within the limit of a role, and authors.

use complaintsd::casework::{AcknowledgementForm, CaseworkError};
use complaintsd::domain::approval::{ApprovalRefusal, ApprovalRules, Authors};
use complaintsd::domain::commands::{CaseCommand, Refusal};
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::LetterState;
use complaintsd::domain::outcome::{Answer, Finding, Outcome, Pence, Remedy, RemedyKind};
use complaintsd::domain::people::{Actor, Officer, Role};
use complaintsd::store::NewOfficer;

use crate::support::scene::{Scene, address, full_form, seen, stories};

stories!(
    money_beyond_a_role_is_approved_by_somebody_above_it,
    where_authors_may_not_approve_somebody_else_does_though_the_date_was_renewed,
    what_is_missing_is_overridden_only_where_allowed_by_somebody_senior_and_with_a_reason,
);

async fn hired(scene: &Scene, email: &str, role: Role) -> Officer {
    let new =
        NewOfficer { email: address(email), name: "Owen Hughes".to_owned(), role, password_hash: "none".to_owned() };
    let mut tx = scene.store.begin().await.unwrap();
    let id = tx.add_officer(&new, &Actor::Operator, scene.clock_now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    scene.store.officer(id).await.unwrap().unwrap()
}

async fn approve(scene: &Scene, by: &Officer, letter: LetterId) -> Result<(), CaseworkError> {
    scene.casework().approve(by, seen(&scene.letter(letter).await)).await
}

fn refusal(result: Result<(), CaseworkError>) -> ApprovalRefusal {
    match result {
        Err(CaseworkError::Refused(Refusal::Approval(refusal))) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// 4.2: authority to put things right, with somebody above it.
async fn money_beyond_a_role_is_approved_by_somebody_above_it(scene: &mut Scene) {
    scene.approval.limits.insert(Role::Officer, Pence(10_000));
    let case = scene.an_acknowledged_case().await;
    let answer = Answer {
        point: 0,
        finding: Some(Finding::Upheld),
        reasons: "We came three times too late.".to_owned(),
        cited: String::new(),
    };
    let money = |pence| Remedy {
        kind: RemedyKind::Money,
        what: "We pay you this for the cold winter.".to_owned(),
        impact: "The bedroom could not be used.".to_owned(),
        amount: Some(Pence(pence)),
        by: None,
    };
    let sorry = Remedy { kind: RemedyKind::Apology, what: "We are sorry.".to_owned(), amount: None, ..money(0) };
    let outcome = Outcome {
        answers: vec![answer; case.definition.points.len()],
        remedies: vec![sorry, money(6_000), money(4_001)],
        ..Outcome::default()
    };
    let letter = scene.casework().record_outcome(&scene.officer, case.reference, outcome).await.unwrap().unwrap();
    let refused = refusal(approve(scene, &scene.officer, letter).await);
    assert!(matches!(refused, ApprovalRefusal::OverLimit { offered: Pence(10_001), limit: Pence(10_000), .. }));
    assert!(refused.to_string().contains("senior approver, complaints officer or manager"), "{refused}");
    assert_eq!(scene.letter(letter).await.state, LetterState::Draft);
    assert_eq!(scene.courier.given().len(), 1, "only the acknowledgement has gone");

    let senior = hired(scene, "owen@landlord.example", Role::SeniorApprover).await;
    approve(scene, &senior, letter).await.unwrap();
    assert_eq!(scene.letter(letter).await.state, LetterState::Approved);
    scene.must_be_sound().await;
}

async fn where_authors_may_not_approve_somebody_else_does_though_the_date_was_renewed(scene: &mut Scene) {
    scene.approval = ApprovalRules { authors: Authors::MayNotApprove, ..ApprovalRules::default() };
    let (_, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;
    assert_eq!(refusal(approve(scene, &scene.officer, letter.id).await), ApprovalRefusal::Author);
    // The daemon writes it anew for the next day; it is theirs all the same.
    scene.clock.forward(jiff::SignedDuration::from_hours(24));
    scene.draft().await;
    assert_eq!(scene.letter(letter.id).await.author, Actor::Daemon);
    assert_eq!(refusal(approve(scene, &scene.officer, letter.id).await), ApprovalRefusal::Author);
    // 5.8: whoever only says who handles it has written nothing of it.
    let owen = hired(scene, "owen@landlord.example", Role::Officer).await;
    let assign = CaseCommand::AssignHandler { officer: owen.clone() };
    scene.casework().act(&owen, letter.case_ref, assign).await.unwrap();
    assert_eq!(scene.letter(letter.id).await.author, Actor::Daemon, "written anew, with another handler's name");
    approve(scene, &owen, letter.id).await.unwrap();
    scene.must_be_sound().await;
}

/// Issue 5: an override is possible only where configured, and stays with the letter, in the history and counted.
async fn what_is_missing_is_overridden_only_where_allowed_by_somebody_senior_and_with_a_reason(scene: &mut Scene) {
    let (case, letter) = scene.a_complaint().await;
    let form = AcknowledgementForm { handler: None, ..full_form(&scene.officer) };
    scene.casework().save_acknowledgement(&scene.officer, letter.id, form).await.unwrap();
    let letter = scene.letter(letter.id).await;
    let missing: Vec<String> =
        letter.content.elements.iter().filter(|one| one.passage.is_none()).map(|one| one.id.clone()).collect();
    assert_eq!(missing, ["handler"]);
    let senior = hired(scene, "owen@landlord.example", Role::SeniorApprover).await;
    let approve = async |scene: &Scene, by: &Officer, reason: Option<&str>| {
        scene.casework().approve_overriding(by, seen(&letter), reason.map(ToOwned::to_owned)).await
    };
    let why = "The team answers while the handler is chosen.";
    let reason = Some(why);
    let fixed = refusal(approve(scene, &senior, reason).await);
    assert!(fixed.to_string().contains("may_override"), "{fixed}");

    scene.approval.may_override.insert("handler".to_owned());
    let lacks = approve(scene, &senior, None).await;
    assert!(matches!(lacks, Err(CaseworkError::Refused(Refusal::Shortfalls(_)))), "{lacks:?}");
    assert_eq!(refusal(approve(scene, &scene.officer, reason).await), ApprovalRefusal::NotSenior);
    assert_eq!(refusal(approve(scene, &senior, Some(" ")).await), ApprovalRefusal::NoReason);
    assert!(scene.store.overrides().await.unwrap().is_empty());

    approve(scene, &senior, reason).await.unwrap();
    let kept = scene.store.overrides_of(letter.id).await.unwrap();
    let kept: Vec<(&str, &str, &str)> = kept
        .iter()
        .map(|one| (one.overridden.element.as_str(), one.overridden.reason.as_str(), one.officer_name.as_str()))
        .collect();
    assert_eq!(kept, [("handler", why, "Owen Hughes")]);
    assert_eq!(scene.store.overrides().await.unwrap().len(), 1, "counted");
    let words: Vec<String> = scene.events(&case).await.iter().map(CaseEvent::in_words).collect();
    assert!(words.iter().any(|words| words.contains("Without “") && words.contains("while the handler")), "{words:?}");
}
