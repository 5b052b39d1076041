//! A resident's language chooses the words of their letters; where there are none, the officer is told.

use std::sync::Arc;

use complaintsd::domain::circumstances::{LetterFormat, Preferences, PreferredContact};
use complaintsd::domain::commands::{CaseCommand, PeopleCommand};
use complaintsd::domain::language::{Languages, entry};
use complaintsd::domain::letter::LetterKind;
use complaintsd::letters::{Shelf, Templates};
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, stories};

stories!(a_letter_goes_in_the_residents_language_or_says_that_it_does_not);

async fn a_letter_goes_in_the_residents_language_or_says_that_it_does_not(scene: &mut Scene) {
    let folder = tempfile::tempdir().unwrap();
    let built_in = include_dir::include_dir!("$CARGO_MANIFEST_DIR/letter-templates");
    built_in.extract(folder.path()).unwrap();
    let kind = folder.path().join("stage-1-acknowledgement");
    let words = std::fs::read_to_string(kind.join("letter.md.hbs")).unwrap();
    std::fs::write(kind.join("letter.cy.md.hbs"), words.replace("# We are looking into your", "# Eich cwyn: your"))
        .unwrap();
    std::fs::write(kind.join("subject.cy.hbs"), "Eich cwyn {{reference}}").unwrap();
    scene.desk.templates = Arc::new(Shelf::new(Templates::load(Some(folder.path())).unwrap()));
    scene.desk.languages = Arc::new(Languages::new(entry("cy: Welsh, Cymraeg")));

    scene.clock.set(morning(date(2026, 11, 2)));
    let (case, letter) = scene.a_complaint().await;
    let prefer = |language: &str| {
        let preferences = Preferences {
            contact: PreferredContact::ALL[0],
            format: LetterFormat::Standard,
            language: language.to_owned(),
        };
        CaseCommand::People(PeopleCommand::Prefer(preferences))
    };
    let casework = scene.casework();
    let noted = |remarks: &[complaintsd::store::StoredRemark]| {
        remarks.iter().filter(|one| one.rule == "language").map(|one| one.title.clone()).collect::<Vec<_>>().join(" ")
    };
    casework.act(&scene.officer, case.reference, prefer("Cymraeg")).await.unwrap();
    let content = scene.write(letter.id).await.content;
    assert!(
        content.subject.starts_with("Eich cwyn CMP-") && content.html.contains("lang=\"cy\""),
        "{}",
        content.subject
    );
    assert!(noted(&content.remarks).contains("which the rules of writing do not know"), "{:?}", content.remarks);
    let progress = casework.begin_telling(&scene.officer, case.reference, LetterKind::ProgressUpdate).await.unwrap();
    let content = scene.letter(progress).await.content;
    assert!(content.html.contains("lang=\"en-GB\""));
    assert!(noted(&content.remarks).contains("no words of this letter in Cymraeg"), "{:?}", content.remarks);

    // The letter follows the record until it is approved.
    casework.act(&scene.officer, case.reference, prefer("")).await.unwrap();
    assert!(scene.letter(letter.id).await.content.subject.starts_with("Your "), "in English again");
    casework.act(&scene.officer, case.reference, prefer("Welsh")).await.unwrap();
    scene.approve(letter.id).await.unwrap();
    scene.send().await;
    let sent = complaintsd::ingest::read(&scene.courier.given_to("ann@example.org").pop().unwrap());
    assert!(sent.subject.starts_with("Eich cwyn"), "{}", sent.subject);
}
