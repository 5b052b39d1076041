//! Letters that tell or ask something: begun when there is a reason to, as often as needed, each proven
//! and read before it is approved. None of them moves a date.

use complaintsd::casework::CaseworkError;
use complaintsd::domain::commands::{CaseCommand, PeopleCommand, Refusal};
use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::parts::LetterParts;
use complaintsd::domain::representative::{Authority, Consent, Representative, Scope};
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, stories};

stories!(
    a_progress_update_is_sent_as_often_as_needed_and_moves_no_date,
    what_is_written_against_the_code_is_not_approved,
    what_stands_on_record_need_not_be_written_again,
    each_letter_that_tells_something_can_be_begun_and_lacks_the_officers_words,
);

fn update() -> LetterParts {
    LetterParts {
        reason: "Our surveyor measured the damp on Monday.".to_owned(),
        updates: "She sends us her report this week.".to_owned(),
        new_by: Some(date(2026, 11, 13)),
        ..LetterParts::default()
    }
}

/// What keeps the letter from being approved.
async fn in_the_way(scene: &Scene, letter: LetterId) -> Vec<String> {
    match scene.approve(letter).await {
        Ok(()) => Vec::new(),
        Err(CaseworkError::Refused(Refusal::Shortfalls(shortfalls))) => {
            shortfalls.into_iter().map(|shortfall| shortfall.element).collect()
        }
        Err(other) => panic!("{other:?}"),
    }
}

async fn a_progress_update_is_sent_as_often_as_needed_and_moves_no_date(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let case = scene.an_acknowledged_case().await;
    let due = case.next_deadline();
    let (casework, officer) = (scene.casework(), scene.officer.clone());
    let begin = || casework.begin_telling(&officer, case.reference, LetterKind::ProgressUpdate);
    let first = begin().await.unwrap();
    assert_eq!(begin().await.unwrap(), first, "one that has not gone out is gone on with");
    assert_eq!(in_the_way(scene, first).await, ["done", "next", "next-update"]);

    casework.save_parts(&officer, first, update()).await.unwrap();
    assert_eq!(in_the_way(scene, first).await, Vec::<String>::new());
    assert_eq!(begin().await.unwrap(), first, "nor has one that is only approved");
    assert_eq!(scene.send().await.accepted, 1);
    assert_eq!(scene.letter(first).await.state, LetterState::Sent);
    assert_eq!(scene.now(&case).await.next_deadline(), due);
    let sent = scene.courier.given_to("ann@example.org").pop().unwrap();
    let text = complaintsd::ingest::read(&sent).text;
    assert!(text.contains("Our surveyor measured the damp") && text.contains("by Friday 13 November 2026"), "{text}");

    let second = begin().await.unwrap();
    assert_ne!(second, first);
    assert!(scene.letter(second).await.content.parts.is_empty(), "what was told is not told again");
}

async fn what_is_written_against_the_code_is_not_approved(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let case = scene.an_acknowledged_case().await;
    let (casework, officer) = (scene.casework(), scene.officer.clone());
    let letter = casework.begin_telling(&officer, case.reference, LetterKind::ProgressUpdate).await.unwrap();
    let wrong = LetterParts { extra: "Your formal complaint is with our operative.".to_owned(), ..update() };
    casework.save_parts(&officer, letter, wrong).await.unwrap();
    let remarks = scene.letter(letter).await.content.remarks;
    let found: Vec<(&str, bool)> = remarks.iter().map(|one| (one.rule.as_str(), one.blocking)).collect();
    assert_eq!(found, [("informal-or-formal", true), ("jargon", false)]);
    assert_eq!(in_the_way(scene, letter).await, ["informal-or-formal"]);
    assert!(scene.store.outbox_message(letter).await.unwrap().is_none());

    // What is advisory is the officer's to decide.
    let better = LetterParts { extra: "Your complaint is with our operative.".to_owned(), ..update() };
    casework.save_parts(&officer, letter, better).await.unwrap();
    assert_eq!(in_the_way(scene, letter).await, Vec::<String>::new());
    assert_eq!(scene.letter(letter).await.content.remarks.len(), 1);
}

/// 3.6, 5.14, 5.15.
async fn what_stands_on_record_need_not_be_written_again(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let case = scene.an_acknowledged_case().await;
    let (casework, officer) = (scene.casework(), scene.officer.clone());
    let named = |name: &str, consent| Representative {
        name: name.to_owned(),
        email: None,
        authority: Authority::PowerOfAttorney,
        scope: Scope::Letters,
        consent,
        expires_on: None,
        ended: None,
    };
    let consent = Consent { on: date(2026, 11, 1), evidence: "signed form".to_owned() };
    let restrict = PeopleCommand::Restrict {
        what: "Please write to us instead of phoning.".to_owned(),
        reason: "You shouted at us on 30 October.".to_owned(),
        evidence: "Our note of the call.".to_owned(),
        equality: "You told us of your hearing loss, so we write plainly.".to_owned(),
        review_by: date(2027, 2, 1),
    };
    for command in [
        PeopleCommand::NameRepresentative(named("Ben Poole", None)),
        PeopleCommand::NameRepresentative(named("Cara Poole", Some(consent))),
        restrict,
    ] {
        casework.act(&officer, case.reference, CaseCommand::People(command)).await.unwrap();
    }
    let begin = |kind| casework.begin_telling(&officer, case.reference, kind);
    for (kind, says) in [
        (LetterKind::ConsentRequest, &["Ben Poole (power of attorney)", "letters about it to them"][..]),
        (
            LetterKind::RestrictionNotice,
            &["You shouted at us", "Our note of the call", "write to us instead", "hearing loss", "1 February 2027"],
        ),
    ] {
        let letter = begin(kind).await.unwrap();
        let text = scene.letter(letter).await.content.text.replace('\n', " ");
        for words in says {
            assert!(text.contains(words), "{kind}, {words}: {text}");
        }
        assert!(!text.contains("Cara"), "whose consent is here is not asked about: {text}");
        assert_eq!(in_the_way(scene, letter).await, Vec::<String>::new(), "{kind}");
    }
    scene.send().await;
    // What the officer writes goes before it.
    let letter = begin(LetterKind::RestrictionNotice).await.unwrap();
    let own = LetterParts { updates: "Please call on Fridays only.".to_owned(), ..LetterParts::default() };
    casework.save_parts(&officer, letter, own).await.unwrap();
    let text = scene.letter(letter).await.content.text;
    assert!(text.contains("on Fridays only") && !text.contains("write to us instead"), "{text}");
}

async fn each_letter_that_tells_something_can_be_begun_and_lacks_the_officers_words(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let case = scene.an_acknowledged_case().await;
    for kind in LetterKind::telling().filter(|kind| kind.answers().is_none()) {
        let letter = scene.casework().begin_telling(&scene.officer, case.reference, kind).await.unwrap();
        assert!(!in_the_way(scene, letter).await.is_empty(), "{kind}");
    }
}
