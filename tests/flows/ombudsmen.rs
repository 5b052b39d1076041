//! A council answers for some points as a landlord and for others otherwise: letters name the Ombudsman for each.

use std::sync::Arc;

use complaintsd::casework::CaseworkError;
use complaintsd::domain::commands::{CaseCommand, PeopleCommand, Refusal};
use complaintsd::domain::landlord::{Jurisdiction, Ombudsman};
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, stories};

stories!(a_letter_names_the_ombudsman_of_each_point);

async fn a_letter_names_the_ombudsman_of_each_point(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let (case, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;
    let (officer, reference) = (scene.officer.clone(), case.reference);
    let address = |point, jurisdiction| CaseCommand::People(PeopleCommand::AddressPoint { point, jurisdiction });
    let beyond = scene.casework().act(&officer, reference, address(3, Jurisdiction::Council)).await.unwrap_err();
    assert!(beyond.to_string().contains("there is no point 3"), "{beyond}");
    scene.casework().act(&officer, reference, address(2, Jurisdiction::Council)).await.unwrap();

    // Nobody has configured the other Ombudsman: the letter lacks it, and says so.
    match scene.approve(letter.id).await {
        Err(CaseworkError::Refused(Refusal::Shortfalls(shortfalls))) => {
            assert_eq!(shortfalls[0].element, "ombudsman", "{shortfalls:?}");
        }
        other => panic!("{other:?}"),
    }
    let main = (*scene.desk.ombudsman).clone();
    let council = Ombudsman { name: "Local Government and Social Care Ombudsman".to_owned(), ..main };
    scene.desk.council_ombudsman = Some(Arc::new(council));
    let text = scene.write(letter.id).await.content.text.replace('\n', " ");
    for words in [
        "Housing Ombudsman Service about point 1 of your complaint",
        "Local Government and Social Care Ombudsman about point 2 of your complaint",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    scene.casework().act(&officer, reference, address(2, Jurisdiction::Landlord)).await.unwrap();
    let text = scene.letter(letter.id).await.content.text;
    assert!(!text.contains("Local Government"), "every point is the landlord's again: {text}");
    scene.approve(letter.id).await.unwrap();
}
