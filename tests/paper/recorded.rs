//! The form of a letter follows what is recorded for the resident (Code 5.10), and nobody chooses it
//! again for each letter.

use complaintsd::domain::case::Case;
use complaintsd::domain::circumstances::{LetterFormat, Preferences, PreferredContact};
use complaintsd::domain::commands::{CaseCommand, PeopleCommand};
use complaintsd::domain::letter::Attach;
use mail_parser::{Message, MessageParser, MimeHeaders as _};

use super::Pdf;
use crate::support::furniture::seen;
use crate::support::office::{Office, message};
use crate::support::scene::Scene;
use crate::web::house::House;

fn needs(format: LetterFormat) -> CaseCommand {
    let preferences = Preferences { contact: PreferredContact::Email, format, language: String::new() };
    CaseCommand::People(PeopleCommand::Prefer(preferences))
}

/// The message that carries the acknowledgement of a resident who needs this format.
async fn sent(scene: &mut Scene, format: LetterFormat, attach: Attach) -> Vec<u8> {
    let (case, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;
    let mut casework = scene.casework();
    casework.sender.attach = attach;
    casework.act(&scene.officer, case.reference, needs(format)).await.unwrap();
    casework.approve(&scene.officer, seen(&scene.letter(letter.id).await)).await.unwrap();
    scene.send().await;
    scene.courier.given().pop().unwrap().1
}

fn read(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

fn html(message: &Message<'_>) -> Option<String> {
    let part = message.parts.iter().find(|part| part.is_text_html())?;
    part.text_contents().map(ToOwned::to_owned)
}

#[tokio::test]
async fn a_resident_who_needs_large_print_gets_it_without_anyone_choosing() {
    let mut scene = Scene::on_sqlite().await;
    let bytes = sent(&mut scene, LetterFormat::LargePrint, Attach::Nothing).await;
    let message = read(&bytes);
    assert!(html(&message).unwrap().contains("font-size:24px"), "18 points on the screen, too");
    let file = message.attachment(0).unwrap();
    assert_eq!(file.content_type().unwrap().subtype(), Some("pdf"));
    let pdf = Pdf::of(file.contents().to_vec());
    assert!(pdf.sizes().iter().all(|size| *size >= 18.0), "{:?}", pdf.sizes());
    let words = pdf.words();
    assert!(words.contains("Damp in the back bedroom") && words.contains("asked for: large print"), "{words}");
    assert!(!words.contains("not approved"));
}

#[tokio::test]
async fn a_resident_who_needs_plain_text_gets_text_and_nothing_beside_it() {
    let mut scene = Scene::on_sqlite().await;
    let bytes = sent(&mut scene, LetterFormat::PlainText, Attach::Pdf).await;
    let message = read(&bytes);
    assert!(message.parts.len() == 1 && html(&message).is_none() && message.attachment_count() == 0);
    assert!(message.body_text(0).unwrap().contains("Damp in the back bedroom"));
}

#[tokio::test]
async fn everybody_else_gets_an_ordinary_letter_with_a_pdf_where_that_is_configured() {
    for (attach, files) in [(Attach::Nothing, 0), (Attach::Pdf, 1)] {
        let mut scene = Scene::on_sqlite().await;
        let bytes = sent(&mut scene, LetterFormat::Braille, attach).await;
        let message = read(&bytes);
        assert_eq!(message.attachment_count(), files);
        assert!(html(&message).unwrap().contains("font-size:18px"));
    }
}

/// What was approved is what the resident needed then: a need recorded afterwards asks for a new look.
#[tokio::test]
async fn a_need_recorded_after_the_officer_has_read_the_letter_makes_a_new_version() {
    let mut scene = Scene::on_sqlite().await;
    let (case, letter) = scene.a_complaint().await;
    let read = scene.write(letter.id).await;
    scene.casework().act(&scene.officer, case.reference, needs(LetterFormat::PlainText)).await.unwrap();
    let refused = scene.casework().approve(&scene.officer, seen(&read)).await.unwrap_err();
    assert!(refused.to_string().contains("version"), "{refused}");
    assert!(scene.letter(letter.id).await.content.html.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_officer_sees_what_the_resident_needs_and_what_goes_out() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let case: Case = house.scene.cases().await.pop().unwrap();
    let page = async || officer.get(&format!("/letters/{letter}")).await;
    assert!(!page().await.has("This resident needs"));
    for (format, told) in [
        (LetterFormat::LargePrint, "needs large print: the letter goes out in it"),
        (LetterFormat::Braille, "needs braille: have the letter put into it as well"),
        (LetterFormat::PlainText, "needs plain text: the letter goes out as text alone"),
    ] {
        house.scene.casework().act(&house.scene.officer, case.reference, needs(format)).await.unwrap();
        let page = page().await;
        assert!(page.has(told), "{}", page.body);
    }
    let version = house.scene.letter(letter).await.version;
    let shown = officer.get(&format!("/letters/{letter}/preview?version={version}")).await;
    assert_eq!(shown.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(shown.has("Damp in the back bedroom") && !shown.body.contains('<'), "{}", shown.body);
}

#[test]
fn a_letter_for_posting_is_printed_as_the_resident_needs_it() {
    let office = Office::new();
    office.give("officer add priya@example.org --name Priya --role officer", b"correct horse battery\n").done();
    office.give("ingest", &message("Damp", "The bedroom wall is black again.")).done();
    office.run("draft").done();
    let case = office.run("case list --json").done().json()[0]["reference"].as_str().unwrap().to_owned();
    let file = office.path("letter.pdf");
    let printed = || {
        office.run(&format!("letter pdf {case} --output {}", file.display())).done();
        Pdf::of(std::fs::read(&file).unwrap()).sizes()
    };
    assert!(printed().contains(&11.0));
    let officer = "--as priya@example.org";
    office.run(&format!("case record {case} preference contact=post format=large-print {officer}")).done();
    assert!(printed().iter().all(|size| *size >= 18.0));
}
