//! The texts about an incident (8.5): written from what was declared, approved as they were read, and nothing
//! is sent by itself.

use complaintsd::casework::{CaseworkError, IncidentText};
use complaintsd::domain::ids::{Digest, OfficerId};
use complaintsd::domain::incident::{Audience, IncidentRefusal, NewIncident};
use complaintsd::domain::people::{Officer, Role};
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, stories};

stories!(
    what_is_told_of_an_incident_is_written_for_each_who_is_told_and_approved_as_it_was_read,
    nothing_is_told_where_nothing_was_declared,
);

async fn texts(scene: &Scene) -> Vec<IncidentText> {
    scene.casework().incident_texts().await.unwrap()
}

async fn what_is_told_of_an_incident_is_written_for_each_who_is_told_and_approved_as_it_was_read(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    scene.a_complaint().await;
    let casework = scene.casework();
    let lead =
        Officer { id: OfficerId(99), name: "Lena Lead".to_owned(), role: Role::Manager, ..scene.officer.clone() };
    let new = NewIncident {
        what: "Our housing system is locked.".to_owned(),
        began_on: date(2026, 11, 2),
        back_by: date(2026, 11, 13),
        told: "A notice stands on our website.".to_owned(),
    };
    casework.declare_incident(&lead, &new).await.unwrap();
    let drafts = texts(scene).await;
    assert_eq!(drafts.iter().map(|text| text.audience).collect::<Vec<_>>(), Audience::ALL);
    for text in &drafts {
        let words = text.text.replace('\n', " ");
        assert!(
            words.contains("Our housing system is locked.") && words.contains("Friday 13 November 2026"),
            "{words}"
        );
        assert!(!words.contains("Ann") && !words.contains("CMP-"), "no resident is named: {words}");
        assert!(text.approved.is_none());
    }
    let to_the_ombudsman = drafts.into_iter().next().unwrap();
    assert!(to_the_ombudsman.text.contains("One complaint that is open"), "{}", to_the_ombudsman.text);

    let approve = |by: Officer, read: Digest| {
        let casework = scene.casework();
        async move { casework.approve_incident_text(&by, Audience::Ombudsman, read).await }
    };
    let refused = |done: Result<(), CaseworkError>| match done {
        Err(CaseworkError::Incident(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    let officer = scene.officer.clone();
    let read = to_the_ombudsman.digest;
    assert_eq!(refused(approve(officer, read).await), IncidentRefusal::TextNotSenior);
    assert_eq!(refused(approve(lead.clone(), Digest::of(b"older")).await), IncidentRefusal::TextChanged);
    approve(lead.clone(), read).await.unwrap();
    approve(lead.clone(), read).await.unwrap();
    assert_eq!(scene.send().await.accepted, 0, "nothing goes out by itself");

    // What is approved stays as it was read; what is not follows the day.
    scene.clock.set(morning(date(2026, 11, 4)));
    let later = texts(scene).await;
    assert_eq!((later[0].digest, &later[0].text), (read, &to_the_ombudsman.text));
    assert_eq!(later[0].approved.as_ref().unwrap().approved_by, "Lena Lead");
    assert!(later[2].text.contains("4 November 2026"), "{}", later[2].text);

    scene.casework().end_incident(&lead).await.unwrap();
    let over = texts(scene).await;
    for text in &over {
        let words = text.text.replace('\n', " ");
        assert!(words.contains("again") && text.approved.is_none(), "it is over, and that is another text: {words}");
    }
    approve(lead, over[0].digest).await.unwrap();
    scene.must_be_sound().await;
}

async fn nothing_is_told_where_nothing_was_declared(scene: &mut Scene) {
    assert!(texts(scene).await.is_empty());
    let done = scene.casework().approve_incident_text(&scene.officer, Audience::Website, Digest::of(b"x")).await;
    assert!(matches!(done, Err(CaseworkError::Incident(IncidentRefusal::None))), "{done:?}");
}
