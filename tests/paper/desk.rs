//! Printing at the command line and from an officer's page, and a PDF that goes with a letter.

use std::process::Command;

use complaintsd::domain::ids::CaseRef;
use complaintsd::domain::letter::Attach;
use mail_parser::{MessageParser, MimeHeaders as _};

use super::{Pdf, collapsed};
use crate::support::office::{Office, message};
use crate::support::scene::Scene;
use crate::web::house::House;

#[test]
fn a_stored_letter_is_printed_at_the_command_line() {
    let office = Office::new();
    office.give("ingest", &message("Damp", "The bedroom wall is black again.")).done();
    office.run("draft").done();
    let reference = office.run("case list --json").done().json()[0]["reference"].as_str().unwrap().to_owned();
    for (words, more) in [("letter pdf 1".to_owned(), ""), (format!("letter pdf {reference}"), " --large-print")] {
        let file = office.path("letter.pdf");
        let done = office.run(&format!("{words} --output {}{more}", file.display())).done();
        assert!(done.text().contains("It is a draft: do not post it."), "{}", done.text());
        let pdf = Pdf::of(std::fs::read(&file).unwrap());
        let words = pdf.words();
        assert!(words.contains("Draft, not approved: do not send") && words.contains(&reference), "{words}");
        assert!(words.contains("Dear ") && words.contains("Page 1 of "), "{words}");
    }
    let nowhere = CaseRef::new(2026, 99_999);
    let missing = format!("letter pdf {nowhere} --output x.pdf");
    for (words, told) in [
        ("letter pdf 7 --output x.pdf", "there is no letter 7"),
        (&missing, "there is no case CMP-2026-99999-"),
        ("letter pdf 1 --output /nowhere/x.pdf", "cannot write /nowhere/x.pdf: name a file in a folder that is there"),
    ] {
        let answer = office.run(words);
        assert!(answer.status == 1 && answer.err.contains(told), "{words}: {}", answer.err);
    }
    assert_eq!(office.run("letter pdf one --output x.pdf").status, 2);
}

#[test]
fn templates_are_looked_at_in_every_form_and_checked() {
    let office = Office::new();
    let shown = office.run("letters preview stage-1-acknowledgement").done();
    assert!(shown.text().contains("Dear Siân O'Hara"), "{}", shown.text());
    let shown = office.run("letters preview reminder --format html --large-print").done();
    assert!(shown.text().starts_with("<!DOCTYPE html>") && shown.text().contains("font-size:24px"));
    let printed = office.run("letters preview stage-1-extension --format pdf --large-print").done();
    let words = Pdf::of(printed.out).words();
    assert!(words.contains("Preview: do not send") && words.contains("Siân O'Hara"), "{words}");
    let unknown = office.run("letters preview stage-9");
    assert!(unknown.status == 2 && unknown.err.contains("stage-1-acknowledgement"), "{}", unknown.err);

    office.give("ingest", &message("Damp", "The bedroom wall is black again.")).done();
    let case = office.run("case list --json").done().json()[0]["reference"].as_str().unwrap().to_owned();
    let shown = office.run(&format!("letters preview stage-1-acknowledgement --case {case}")).done();
    assert!(shown.text().contains(&case) && shown.err.contains("Shortfall: "), "{}\n{}", shown.text(), shown.err);
    let not = office.run(&format!("letters preview reminder --case {case}"));
    assert!(not.status == 1 && not.err.contains("leave --case out"), "{}", not.err);

    let checked = office.run("letters check").done();
    assert!(checked.text().ends_with("nothing found.\n"), "{}", checked.text());
}

#[test]
fn a_template_that_breaks_the_code_is_found_with_its_file_and_the_status_says_so() {
    let office = Office::new();
    let copied = Command::new("cp").arg("-r").arg("letter-templates").arg(office.path("letter-templates")).status();
    assert!(copied.unwrap().success());
    office.reword("[log]", "[letters]\ntemplates = \"letter-templates\"\n\n[log]");
    office.run("letters check").done();
    let file = office.path("letter-templates/stage-1-acknowledgement/letter.md.hbs");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("{{> ombudsman}}", "This is a formal complaint.")).unwrap();
    let found = office.run("letters check");
    assert_eq!(found.status, 1);
    let told = found.text();
    assert!(told.contains("stage-1-acknowledgement/letter.md.hbs") && told.contains("'formal complaint'"), "{told}");
    let rows = office.run("letters check --json").json();
    assert!(rows[0]["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{rows}");
    std::fs::write(&file, format!("{text}\u{7}{}", "> ".repeat(40))).unwrap();
    let told = office.run("letters check").text().to_owned();
    assert!(told.contains("control character") && told.contains(", line "), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_prints_the_version_on_the_page_and_no_other() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let version = house.scene.letter(letter).await.version;
    let page = officer.get(&format!("/letters/{letter}")).await;
    let path = |print: &str, version: u32| format!("/letters/{letter}/pdf/{print}?version={version}");
    assert!(page.has(&path("standard", version)) && page.has(&path("large-print", version)), "{}", page.body);
    let draft = officer.get(&path("standard", version)).await;
    assert_eq!((draft.status, draft.header("content-type")), (200, Some("application/pdf")), "{}", draft.head);
    let name = draft.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"draft-letter-1-CMP-"), "{name}");
    assert_eq!(draft.header("cache-control"), Some("no-store"));
    assert!(Pdf::of(draft.bytes).words().contains("not approved"));

    house.scene.approve(letter).await.unwrap();
    let large = officer.get(&path("large-print", version)).await;
    assert!(large.header("content-disposition").unwrap().contains("large-print.pdf"), "{}", large.head);
    let words = Pdf::of(large.bytes).words();
    assert!(words.contains("Damp in the back bedroom") && !words.contains("not approved"), "{words}");

    assert_eq!(officer.get(&path("standard", version + 1)).await.status, 409);
    assert_eq!(officer.get(&path("plain-text", version)).await.status, 404);
    assert_eq!(officer.get(&path("huge", version)).await.status, 404);
    assert_eq!(officer.get(&format!("/letters/77/pdf/standard?version={version}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_no_font_can_print_says_so_and_goes_all_the_same() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    house.scene.write(letter.id).await;
    let mut casework = house.scene.casework();
    casework.sender.attach = Attach::Pdf;
    let officer = house.officer().await;
    let answer =
        crate::web::house::Desk::at(&officer, letter.id).await.with("resident", "王小明").press(&officer, "save").await;
    assert_eq!(answer.status, 303);
    let stored = house.scene.letter(letter.id).await;
    let page = officer.get(&format!("/letters/{}/pdf/standard?version={}", letter.id, stored.version)).await;
    assert_eq!(page.status, 422);
    assert!(page.has("王") && page.has("U+738B") && page.has("by e-mail"), "{}", page.body);

    let approval =
        complaintsd::casework::Approval { letter: letter.id, version: stored.version, digest: stored.content.digest };
    casework.approve(&house.scene.officer, approval).await.unwrap();
    let queued = house.scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&queued.message.bytes).contains("application/pdf"));
}

#[tokio::test]
async fn a_pdf_goes_with_a_letter_where_that_is_configured_in_the_bytes_that_were_approved() {
    let mut scene = Scene::on_sqlite().await;
    let (_, letter) = scene.a_complaint().await;
    let letter = scene.write(letter.id).await;
    let mut casework = scene.casework();
    casework.sender.attach = Attach::Pdf;
    let approval =
        complaintsd::casework::Approval { letter: letter.id, version: letter.version, digest: letter.content.digest };
    casework.approve(&scene.officer, approval).await.unwrap();
    let queued = scene.store.outbox_message(letter.id).await.unwrap().unwrap().message.bytes;
    scene.send().await;
    let given = scene.courier.given();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].1, queued, "what is sent is what was approved");

    let message = MessageParser::default().parse(&queued).unwrap();
    assert!(message.content_type().is_some_and(|kind| kind.subtype() == Some("mixed")));
    assert!(message.body_text(0).unwrap().contains("Damp in the back bedroom"));
    assert!(message.body_html(0).unwrap().contains("Damp in the back bedroom"));
    assert_eq!(message.attachment_count(), 1);
    let file = message.attachment(0).unwrap();
    assert!(file.attachment_name().is_some_and(|name| name.starts_with("letter-CMP-") && name.ends_with(".pdf")));
    let pdf = Pdf::of(file.contents().to_vec());
    let text = collapsed(&letter.content.text);
    let words = pdf.words();
    for sentence in ["Damp in the back bedroom", "Your right to go to the Ombudsman"] {
        assert!(words.contains(sentence) && text.contains(sentence), "{words}");
    }
    assert!(!words.contains("not approved"));
}
