//! The bytes that leave: addressed to one resident, threaded with their message, with every passage
//! the Code asks for in both forms.

use complaintsd::ingest;
use complaintsd::store::Letter;
use mail_parser::MessageParser;

use crate::support::scene::{Scene, mail, stories};

stories!(
    an_outgoing_letter_answers_the_residents_message,
    text_and_html_say_everything_that_was_checked,
    a_residents_header_tricks_stay_words,
);

/// The unfolded lines of the header.
fn header(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).expect("ASCII");
    let (header, _) = text.split_once("\r\n\r\n").unwrap();
    header.replace("\r\n ", " ").split("\r\n").map(ToOwned::to_owned).collect()
}

fn line<'a>(header: &'a [String], name: &str) -> &'a str {
    let found: Vec<_> = header.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect();
    let [one] = found.as_slice() else { panic!("{name}: {found:?}") };
    one
}

/// Approves and sends the newest draft: the letter and its bytes.
async fn sent(scene: &mut Scene) -> (Letter, Vec<u8>) {
    scene.poll().await;
    scene.draft().await;
    let letter = scene.store.letters(1).await.unwrap().pop().unwrap();
    scene.write(letter.id).await;
    scene.approve(letter.id).await.unwrap();
    assert_eq!(scene.send().await.accepted, 1);
    let (envelope, bytes) = scene.courier.given().pop().unwrap();
    assert_eq!(envelope.from.as_str(), "complaints@landlord.example");
    assert_eq!(envelope.to.as_str(), "ann@example.org");
    (scene.letter(letter.id).await, bytes)
}

async fn an_outgoing_letter_answers_the_residents_message(scene: &mut Scene) {
    scene.arrives(&mail(
        &[
            ("From", "Ann Poole <ann@example.org>"),
            ("Cc", "ben@example.org"),
            ("Message-ID", "<third@example.org>"),
            ("In-Reply-To", "<second@example.org>"),
            ("References", "<first@example.org> <second@example.org>"),
        ],
        "Damp.",
    ));
    let (letter, bytes) = sent(scene).await;
    let header = header(&bytes);
    assert_eq!(line(&header, "In-Reply-To"), "<third@example.org>");
    assert_eq!(line(&header, "References"), "<first@example.org> <second@example.org> <third@example.org>");
    assert_eq!(line(&header, "To"), "\"Ann Poole\" <ann@example.org>");
    assert_eq!(line(&header, "From"), "\"Example Homes complaints\" <complaints@landlord.example>");
    assert_eq!(line(&header, "Date"), "Mon, 2 Nov 2026 10:00:00 +0000");
    assert!(line(&header, "Subject").contains(&letter.case_ref.to_string()));
    let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    assert_eq!(line(&header, "Message-ID"), format!("<{}>", message.message.message_id));
    assert!(message.message.message_id.ends_with("@landlord.example"));
    for copy in ["Cc:", "Bcc:", "Auto-Submitted:"] {
        assert!(!header.iter().any(|line| line.starts_with(copy)), "{copy}");
    }
    assert!(!String::from_utf8(bytes).unwrap().contains("ben@example.org"));
}

/// Only letters and digits, so that line breaks, mark-up and quotation marks do not matter.
fn bare(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

fn without_tags(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let words: String = body.split('<').filter_map(|piece| piece.split_once('>').map(|(_, words)| words)).collect();
    [("&#39;", "'"), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(words, |words, (entity, character)| words.replace(entity, character))
}

async fn text_and_html_say_everything_that_was_checked(scene: &mut Scene) {
    scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>"), ("Message-ID", "<one@example.org>")], "Damp."));
    let (letter, bytes) = sent(scene).await;
    let message = MessageParser::default().parse(&bytes).unwrap();
    let text = bare(&message.body_text(0).unwrap());
    let html = bare(&without_tags(&message.body_html(0).unwrap()));
    assert_eq!(text, bare(&letter.content.text), "what was approved is what was sent");
    let sent = message.body_html(0).unwrap().replace("\r\n", "\n");
    assert!(sent.trim_end() == letter.content.html.trim_end(), "the HTML is what was approved");
    assert_eq!(letter.content.elements.len(), 12);
    for element in &letter.content.elements {
        let passage = element.passage.as_ref().unwrap();
        // A passage of several places is told in pieces.
        for piece in passage.lines() {
            assert!(text.contains(&bare(piece)), "{} is not in the text: {piece}", element.id);
            assert!(html.contains(&bare(piece)), "{} is not in the HTML: {piece}", element.id);
        }
    }
}

/// Lessons 44.
async fn a_residents_header_tricks_stay_words(scene: &mut Scene) {
    let name = "=?utf-8?q?Ann=0D=0ABcc=3A_all=40example=2Ecom?= <ann@example.org>";
    let subject = "=?utf-8?q?Damp=0D=0AX-Evil=3A_yes?=";
    scene.arrives(&mail(&[("From", name), ("Subject", subject), ("Message-ID", "<a b\u{7}@x>")], "Damp."));
    let (_, bytes) = sent(scene).await;
    for line in header(&bytes) {
        assert!(!line.starts_with("Bcc:") && !line.starts_with("X-Evil:"), "{line}");
    }
    let reading = ingest::read(&bytes);
    assert_eq!(reading.from.unwrap().as_str(), "complaints@landlord.example");
}
