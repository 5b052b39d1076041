//! Letters: drafted once for each stage, written by an officer, approved exactly as read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use complaintsd::casework::{AcknowledgementForm, Approval, CaseworkError};
use complaintsd::domain::commands::{CaseCommand, ExclusionCommand, Refusal};
use complaintsd::domain::definition::{Definition, Point, Responsibility};
use complaintsd::domain::delivery::Handover;
use complaintsd::domain::exclusion::{Ground, Refused};
use complaintsd::domain::ids::Digest;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::parts::LetterParts;
use complaintsd::domain::people::Actor;
use complaintsd::letters::desk::Desk;
use complaintsd::letters::draft::Drafted;
use complaintsd::letters::{Shelf, Templates};
use complaintsd::store::{Letter, OutboxState};
use jiff::civil::date;

use crate::support::clock::{at, morning};
use crate::support::scene::{Scene, full_form, mail, seen, stories};

stories!(
    a_stage_gets_one_draft_and_only_one,
    what_is_missing_shows_with_its_provision_until_it_is_written,
    each_save_that_changes_something_is_a_new_version,
    an_approval_binds_version_and_digest,
    what_was_read_before_midnight_is_not_approved_after_it,
    fifty_approvals_at_once_send_one_letter,
    a_letter_is_made_again_byte_for_byte_from_the_words_it_was_made_from,
    an_incomplete_letter_is_not_approved,
    a_letter_without_an_address_is_not_approved,
    an_address_the_officer_found_is_where_the_letter_goes,
    a_sent_letter_and_its_definition_stand,
    nothing_that_an_approved_letter_says_changes_before_the_mail_server_has_answered,
);

const ACKNOWLEDGEMENT: LetterKind = LetterKind::StageOneAcknowledgement;

fn missing(letter: &Letter) -> Vec<&str> {
    let missing = letter.content.elements.iter().filter(|element| element.passage.is_none());
    missing.map(|element| element.id.as_str()).collect()
}

fn refusal(result: Result<(), CaseworkError>) -> Refusal {
    match result {
        Err(CaseworkError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn a_stage_gets_one_draft_and_only_one(scene: &mut Scene) {
    scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>")], "Damp."));
    scene.poll().await;
    assert_eq!(scene.draft().await, Drafted { new: 1, renewed: 0 });
    assert_eq!(scene.draft().await, Drafted::default());
    let case = scene.cases().await.pop().unwrap();
    let letters = scene.store.letters_of_case(case.id).await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{} letters", letters.len()) };
    assert_eq!((letter.kind, letter.state, letter.version), (ACKNOWLEDGEMENT, LetterState::Draft, 1));
    assert_eq!(letter.author, Actor::Daemon);

    // Drafts made side by side are one draft as well.
    scene.arrives(&mail(&[("From", "ben@example.org")], "Rats."));
    scene.poll().await;
    let (one, other) = (scene.drafting(), scene.drafting());
    let (one, other) = tokio::join!(one.run_once(), other.run_once());
    assert_eq!(one.unwrap().new + other.unwrap().new, 1);
}

async fn what_is_missing_shows_with_its_provision_until_it_is_written(scene: &mut Scene) {
    let (_, letter) = scene.a_complaint().await;
    assert_eq!(missing(&letter), ["definition", "responsibility", "outcomes", "handler"]);
    let definition = letter.content.elements.iter().find(|element| element.id == "definition").unwrap();
    assert_eq!(definition.provision, "5.6");
    assert!(!definition.remedy.is_empty());

    let written = scene.write(letter.id).await;
    assert_eq!(missing(&written), Vec::<&str>::new());
    for words in ["Damp in the back bedroom", "Exampleton Council", "A dry wall", "Priya Nair", "large print"] {
        assert!(written.content.text.contains(words), "{words}");
    }
}

async fn each_save_that_changes_something_is_a_new_version(scene: &mut Scene) {
    let (case, draft) = scene.a_complaint().await;
    let first = scene.write(draft.id).await;
    assert_eq!(first.version, 2);
    assert_ne!(first.content.digest, draft.content.digest);
    assert_eq!(first.author, Actor::Officer { id: scene.officer.id, name: scene.officer.name.clone() });
    let events = scene.events(&case).await.len();

    let again = scene.write(draft.id).await;
    assert_eq!((again.version, again.content.digest), (2, first.content.digest));
    assert_eq!(scene.events(&case).await.len(), events, "nothing happened, so nothing is written down");

    let form = AcknowledgementForm { extra: "A surveyor comes on Friday.".to_owned(), ..full_form(&scene.officer) };
    scene.casework().save_acknowledgement(&scene.officer, draft.id, form).await.unwrap();
    let third = scene.letter(draft.id).await;
    assert_eq!(third.version, 3);
    assert_ne!(third.content.digest, first.content.digest);
}

/// Lessons 43.
async fn an_approval_binds_version_and_digest(scene: &mut Scene) {
    let (_, draft) = scene.a_complaint().await;
    let read = seen(&scene.write(draft.id).await);
    let form = AcknowledgementForm { extra: "Something else.".to_owned(), ..full_form(&scene.officer) };
    scene.casework().save_acknowledgement(&scene.officer, draft.id, form).await.unwrap();

    let casework = scene.casework();
    let stale = casework.approve(&scene.officer, read).await;
    assert_eq!(refusal(stale), Refusal::Changed { seen: 2, now: 3 });
    let newest = seen(&scene.letter(draft.id).await);
    for wrong in [
        Approval { digest: read.digest, ..newest },
        Approval { version: 2, ..newest },
        Approval { digest: Digest::of(b"something else"), ..newest },
    ] {
        let wrong = casework.approve(&scene.officer, wrong).await;
        assert!(matches!(refusal(wrong), Refusal::Changed { .. }));
    }
    assert_eq!(scene.letter(draft.id).await.state, LetterState::Draft);
    assert!(scene.store.outbox_message(draft.id).await.unwrap().is_none());
    casework.approve(&scene.officer, newest).await.unwrap();
}

async fn what_was_read_before_midnight_is_not_approved_after_it(scene: &mut Scene) {
    let (tue_3_nov, wed_4_nov) = (date(2026, 11, 3), date(2026, 11, 4));
    scene.clock.set(morning(tue_3_nov));
    let (_, draft) = scene.a_complaint().await;
    let read = seen(&scene.write(draft.id).await);
    scene.clock.set(at(wed_4_nov, 0, 1));
    let late = scene.casework().approve(&scene.officer, read).await;
    assert_eq!(refusal(late), Refusal::Changed { seen: 2, now: 3 });
    let renewed = scene.letter(draft.id).await;
    assert_eq!(renewed.version, 3);
    assert!(renewed.content.text.contains("Wednesday 18 November 2026"), "ten working days from the new day");
    assert_eq!(renewed.author, Actor::Daemon, "the officer wrote nothing");
    assert_eq!(scene.draft().await, Drafted::default(), "it is up to date already");
    scene.approve(draft.id).await.unwrap();

    // The draft pass notices by itself, too.
    let (_, other) = scene.a_complaint().await;
    scene.clock.set(morning(date(2026, 11, 5)));
    assert_eq!(scene.draft().await, Drafted { new: 0, renewed: 1 });
    assert_eq!(scene.letter(other.id).await.version, 2);
}

async fn fifty_approvals_at_once_send_one_letter(scene: &mut Scene) {
    let (case, draft) = scene.a_complaint().await;
    let read = seen(&scene.write(draft.id).await);
    let officer = Arc::new(scene.officer.clone());
    let approvals: Vec<_> = (0..50)
        .map(|_| {
            let (casework, officer) = (scene.casework(), Arc::clone(&officer));
            tokio::spawn(async move { casework.approve(&officer, read).await })
        })
        .collect();
    let mut approved = 0;
    for approval in approvals {
        match approval.await.unwrap() {
            Ok(()) => approved += 1,
            Err(CaseworkError::Refused(Refusal::NotADraft(LetterState::Approved))) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(approved, 1);
    let waiting = scene.store.outbox_waiting().await.unwrap();
    assert_eq!((waiting.queued, waiting.in_doubt), (1, 0));
    assert_eq!(scene.letters(&case, ACKNOWLEDGEMENT).await.len(), 1);
    assert_eq!(scene.send().await.accepted, 1);
    assert_eq!(refusal(scene.approve(draft.id).await), Refusal::NotADraft(LetterState::Sent));
    assert_eq!(scene.courier.given().len(), 1);
}

async fn an_incomplete_letter_is_not_approved(scene: &mut Scene) {
    let (_, draft) = scene.a_complaint().await;
    let refused = refusal(scene.approve(draft.id).await);
    let words = refused.to_string();
    let Refusal::Shortfalls(shortfalls) = refused else { panic!("{words}") };
    let found: Vec<_> = shortfalls.iter().map(|one| (one.element.as_str(), one.provision.0.as_str())).collect();
    assert_eq!(found, [("definition", "5.6"), ("responsibility", "5.7"), ("outcomes", "5.6"), ("handler", "guidance")]);
    assert!(words.contains("5.7"), "{words}");
    assert_eq!(scene.letter(draft.id).await.state, LetterState::Draft);
    assert!(scene.store.outbox_message(draft.id).await.unwrap().is_none());
}

async fn a_letter_without_an_address_is_not_approved(scene: &mut Scene) {
    scene.arrives(include_bytes!("../mail/unusable-from.eml"));
    scene.poll().await;
    scene.draft().await;
    let case = scene.cases().await.pop().unwrap();
    let draft = scene.letters(&case, ACKNOWLEDGEMENT).await.pop().unwrap();
    scene.write(draft.id).await;
    assert_eq!(refusal(scene.approve(draft.id).await), Refusal::NoAddress);
    assert_eq!(scene.letter(draft.id).await.state, LetterState::Draft);
}

async fn an_address_the_officer_found_is_where_the_letter_goes(scene: &mut Scene) {
    scene.arrives(b"Subject: my bins\r\n\r\nNobody has emptied them. You have my number.");
    scene.poll().await;
    scene.draft().await;
    let case = scene.cases().await.pop().unwrap();
    let letter = scene.letters(&case, ACKNOWLEDGEMENT).await.pop().unwrap();
    let email = Some("dee@example.net".parse().unwrap());
    let form = AcknowledgementForm { resident_email: email, ..full_form(&scene.officer) };
    scene.casework().save_acknowledgement(&scene.officer, letter.id, form).await.unwrap();
    scene.approve(letter.id).await.unwrap();
    scene.send().await;
    assert_eq!(scene.courier.given_to("dee@example.net").len(), 1);
}

async fn a_sent_letter_and_its_definition_stand(scene: &mut Scene) {
    let (_, letter) = scene.an_approved_acknowledgement().await;
    let (text, digest) = (letter.content.text.clone(), letter.content.digest);
    for state in [LetterState::Approved, LetterState::Sent] {
        let mut form = full_form(&scene.officer);
        form.definition.points.pop();
        let saved = scene.casework().save_acknowledgement(&scene.officer, letter.id, form).await;
        assert_eq!(refusal(saved), Refusal::NotADraft(state));
        scene.send().await;
    }
    scene.clock.set(morning(date(2026, 11, 30)));
    scene.draft().await;
    let sent = scene.letter(letter.id).await;
    assert_eq!((sent.content.text, sent.content.digest), (text, digest));
    let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    assert_eq!(message.state, OutboxState::Accepted);
}

/// 5.6, 6.7: what has been approved may be with the resident any moment.
async fn nothing_that_an_approved_letter_says_changes_before_the_mail_server_has_answered(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let (case, letter) = scene.an_approved_acknowledgement().await;
    let (casework, officer) = (scene.casework(), scene.officer.clone());
    let point = Point { number: 0, text: "Something else.".to_owned(), responsibility: Responsibility::Ours };
    let define = CaseCommand::Define { definition: Definition { points: vec![point], outcomes: Vec::new() } };
    let refuse = CaseCommand::Exclusion(ExclusionCommand::Propose {
        refused: Refused::Complaint,
        ground: Ground::Policy { clause: "Section 8".to_owned() },
        reasons: "It is before the tribunal.".to_owned(),
        discretion: String::new(),
        earlier: None,
    });
    for command in [define.clone(), refuse] {
        let refused = casework.act(&officer, case.reference, command).await.unwrap_err();
        assert!(matches!(refused, CaseworkError::Refused(Refusal::OnTheWay(ACKNOWLEDGEMENT))), "{refused:?}");
    }
    assert_eq!(scene.now(&case).await.on_the_way.unwrap().letter, letter.id);
    // Refused by the mail server, it is as if it had never been approved.
    scene.courier.will_answer([Handover::PermanentFailure("550 5.1.1 No such user".to_owned())]);
    scene.send().await;
    casework.act(&officer, case.reference, define).await.unwrap();
    let now = scene.now(&case).await;
    assert_eq!((now.definition.points[0].text.as_str(), now.on_the_way), ("Something else.", None));
}

/// Issue 5: a letter keeps the version of its template, and that makes the same letter however the words have
/// changed since.
async fn a_letter_is_made_again_byte_for_byte_from_the_words_it_was_made_from(scene: &mut Scene) {
    let folder = |changes: &BTreeMap<String, String>| {
        let built_in = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/letter-templates"));
        let folder = tempfile::tempdir().unwrap();
        for kind in std::fs::read_dir(built_in).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(files) = std::fs::read_dir(&kind) else { continue };
            std::fs::create_dir(folder.path().join(kind.file_name().unwrap())).unwrap();
            for file in files.map(|entry| entry.unwrap().path()) {
                std::fs::copy(&file, folder.path().join(file.strip_prefix(built_in).unwrap())).unwrap();
            }
        }
        for (file, text) in changes {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        Templates::load(Some(folder.path())).unwrap()
    };
    let file = "stage-1-acknowledgement/letter.md.hbs".to_owned();
    let text = std::fs::read_to_string(format!("{}/letter-templates/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let ours = text.replace("Thank you for telling us", "Thank you for taking the time to tell us");
    assert_ne!(ours, text);
    let templates = folder(&BTreeMap::from([(file, ours)]));
    scene.store.keep_templates(&templates.editions(), scene.clock_now()).await.unwrap();
    scene.desk.templates.replace(templates);
    let (_, letter) = scene.an_approved_acknowledgement().await;
    assert!(letter.content.text.contains("taking the time"));

    // The landlord has other words by now; those of the letter are kept.
    let edition = scene.store.template_edition(letter.content.template_digest).await.unwrap().unwrap();
    let desk = Desk { templates: Arc::new(Shelf::new(folder(&edition))), ..scene.desk.clone() };
    let case = scene.store.case(letter.case).await.unwrap().unwrap();
    let parts = LetterParts::from_map(&letter.content.parts);
    let (_, approved_at) = letter.approved.clone().unwrap();
    let again = desk.write(letter.kind, &case, &parts, approved_at).unwrap().rendered;
    assert_eq!((again.digest(), &again.text), (letter.content.digest, &letter.content.text));
    assert_eq!((&again.html, &again.markdown), (&letter.content.html, &letter.content.markdown));
    let today = crate::support::furniture::desk();
    assert_ne!(today.write(letter.kind, &case, &parts, approved_at).unwrap().rendered.digest(), letter.content.digest);
}
