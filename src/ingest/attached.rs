//! Attachments taken out on demand, and attached messages opened, three deep and deeper.

use super::corpus::corpus;
use super::{attachment, html_body, inline_pictures, nested, read};
use crate::domain::ids::EmailAddress;

/// A message within a message within a message, each with a file of its own.
fn three_deep() -> String {
    let innermost = "From: Caretaker <caretaker@example.net>\r\nSubject: Boiler log\r\nDate: Mon, 2 Nov 2026 09:00:00 +0000\r\n\
                     Message-ID: <3@example.net>\r\nContent-Type: multipart/mixed; boundary=i3\r\n\r\n\
                     --i3\r\n\r\nThe boiler failed on Friday.\r\n\
                     --i3\r\nContent-Type: text/csv; name=log.csv; charset=windows-1252\r\nContent-Transfer-Encoding: base64\r\n\
                     Content-Disposition: attachment\r\n\r\nZGF0ZTtwcmljZQo0IE5vdjuAMjAK\r\n--i3--\r\n";
    let middle = format!(
        "From: Repairs <repairs@example.com>\r\nSubject: Fwd: Boiler log\r\nMessage-ID: <2@example.com>\r\n\
         Content-Type: multipart/mixed; boundary=i2\r\n\r\n--i2\r\n\r\nAs promised.\r\n\
         --i2\r\nContent-Type: message/rfc822\r\n\r\n{innermost}\r\n--i2--\r\n"
    );
    format!(
        "From: Ann <ann@example.org>\r\nSubject: My heating\r\nMessage-ID: <1@example.org>\r\n\
         Content-Type: multipart/mixed; boundary=i1\r\n\r\n--i1\r\n\r\nPlease see what they wrote.\r\n\
         --i1\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n\
         --i1\r\nContent-Type: message/rfc822\r\n\r\n{middle}\r\n--i1--\r\n"
    )
}

/// lessons 54, and line 7 of the ledger: attachments are parts of the raw message.
#[test]
fn every_listed_attachment_can_be_taken_out_as_it_was_listed() {
    for (name, bytes) in corpus() {
        let reading = read(&bytes);
        for (place, listed) in reading.attachments.iter().enumerate() {
            let taken =
                attachment(&bytes, &[place]).unwrap_or_else(|| panic!("{name}: {listed:?} cannot be taken out"));
            assert_eq!((&taken.name, &taken.media_type), (&listed.name, &listed.media_type), "{name}");
            assert_eq!(taken.bytes.len() as u64, listed.size, "{name}: {listed:?}");
        }
        assert_eq!(attachment(&bytes, &[reading.attachments.len()]), None, "{name}");
    }
}

/// lessons 54: nested three deep.
#[test]
fn an_attached_message_is_read_as_a_message_of_its_own_at_any_depth() {
    let outer = three_deep();
    let middle = nested(outer.as_bytes(), &[1]).unwrap();
    assert_eq!(middle.from.unwrap().as_str(), "repairs@example.com");
    assert_eq!((middle.subject.as_str(), middle.text.as_str()), ("Fwd: Boiler log", "As promised."));
    let innermost = nested(outer.as_bytes(), &[1, 0]).unwrap();
    assert_eq!(innermost.from_name, "Caretaker");
    assert_eq!(innermost.text, "The boiler failed on Friday.");
    assert_eq!(innermost.attachments.len(), 1);
    let log = attachment(outer.as_bytes(), &[1, 0, 0]).unwrap();
    assert_eq!((log.name.as_str(), log.media_type.as_str()), ("log.csv", "text/csv"));
    assert_eq!(log.bytes, b"date;price\n4 Nov;\x8020\n", "in the charset it was written in");
}

#[test]
fn what_is_no_message_and_what_is_not_there_opens_as_nothing() {
    let outer = three_deep();
    assert!(nested(outer.as_bytes(), &[0]).is_none(), "a picture is no message");
    assert!(attachment(outer.as_bytes(), &[0, 0]).is_none());
    assert!(nested(outer.as_bytes(), &[]).is_none());
    assert!(attachment(outer.as_bytes(), &[2]).is_none());
    assert!(attachment(outer.as_bytes(), &[1, 0, 0, 0]).is_none());
    assert!(attachment(b"", &[0]).is_none());
}

#[test]
fn the_html_is_given_as_it_was_written() {
    let message = "From: a@example.org\nContent-Type: text/html; charset=windows-1252\n\
                   Content-Transfer-Encoding: quoted-printable\n\n<p onclick=3D\"x()\">Caf=E9</p>";
    assert_eq!(html_body(message.as_bytes()).unwrap(), "<p onclick=\"x()\">Café</p>");
    assert_eq!(html_body(b"From: a@example.org\n\nplain"), None);
    assert_eq!(html_body(b""), None);
}

/// lessons 56: a Content-ID may be missing, or be used twice.
#[test]
fn pictures_are_found_by_their_content_id_and_the_first_of_two_counts() {
    let part = |id: &str, kind: &str, body: &str| format!("--x\r\nContent-Type: {kind}\r\n{id}\r\n{body}\r\n");
    let message = [
        "From: a@example.org\r\nContent-Type: multipart/related; boundary=x\r\n\r\n".to_owned(),
        part("", "text/html", "<img src=cid:wall@a>"),
        part("Content-ID: <wall@a>\r\n", "image/png", "one"),
        part("Content-ID: <wall@a>\r\n", "image/png", "two"),
        part("", "image/png", "three"),
        part("Content-ID: door\r\n", "image/jpeg", "four"),
        part("Content-ID: <letter@a>\r\n", "application/pdf", "five"),
        "--x--\r\n".to_owned(),
    ];
    let pictures = inline_pictures(message.concat().as_bytes());
    let found: Vec<_> = pictures.iter().map(|(id, bytes)| (id.as_str(), bytes.as_slice())).collect();
    assert_eq!(found, [("door", &b"four"[..]), ("wall@a", b"one")]);
    assert!(inline_pictures(b"").is_empty());
}

/// lessons 60: 70 and more attachments are each listed and taken out.
#[test]
fn seventy_attachments_are_listed_and_any_one_taken_out() {
    let parts: String =
        (0..75).map(|n| format!("--b\r\nContent-Type: image/jpeg; name=photo{n}.jpg\r\n\r\nphoto {n}\r\n")).collect();
    let message = format!("From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n");
    assert_eq!(read(message.as_bytes()).attachments.len(), 75);
    assert_eq!(attachment(message.as_bytes(), &[74]).unwrap().bytes, b"photo 74");
}

/// lessons 62 and 54: words of text attachments and of attached messages are found, folded quotations'
/// too.
#[test]
fn a_message_is_found_by_the_words_of_its_attachments() {
    let words = read(three_deep().as_bytes()).words;
    for word in ["ann", "heating", "png", "repairs", "promised", "boiler", "friday", "csv"] {
        assert!(words.split(' ').any(|known| known == word), "{word}: {words}");
    }
    let diary = read(include_bytes!("../../tests/mail/text-attached.eml")).words;
    assert!(diary.contains("stopcock") && diary.contains("cafe") && diary.contains("diary"), "{diary}");
    let unreadable = super::reading_of_unreadable(b"From: Ann <ann@example.org>\nSubject: Damp\n\n", "It broke.").words;
    assert_eq!(unreadable, "ann example org damp");
}

/// What must not wait may stand in an attachment; what the sender attached from us is told apart.
#[test]
fn what_attached_texts_and_messages_say_is_kept_apart_with_its_sender() {
    let reading = read(three_deep().as_bytes());
    let said = reading.attached.iter().map(|said| (said.from.as_ref().map(EmailAddress::as_str), said.text.as_str()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            (Some("repairs@example.com"), "Fwd: Boiler log\n\nAs promised."),
            (Some("caretaker@example.net"), "Boiler log\n\nThe boiler failed on Friday."),
            (None, "date;price\n4 Nov;€20\n"),
        ]
    );
    let diary = read(include_bytes!("../../tests/mail/text-attached.eml")).attached;
    assert!(diary.iter().any(|said| said.from.is_none() && said.text.contains("stopcock")), "{diary:?}");
    let header = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nReturned.\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: mould\r\n--b--\r\n";
    assert!(read(header).attached.is_empty(), "the header of what came back is nobody's words");
}

/// lessons 53: an opaque signature is taken off wherever it stands.
#[test]
fn the_content_of_a_signature_is_read_and_opened() {
    let whole = include_bytes!("../../tests/mail/smime-opaque.eml");
    let taken = attachment(whole, &[0]).unwrap();
    assert_eq!((taken.name.as_str(), taken.bytes.len()), ("hall.jpg", 6));
    let footer = include_bytes!("../../tests/mail/smime-opaque-with-footer.eml");
    let inside = nested(footer, &[0]).unwrap();
    assert_eq!(inside.text, "The ceiling in the hall has come down.");
    assert_eq!(inside.attachments[0].name, "hall.jpg");
    for end in 0..whole.len() {
        let _ = read(&whole[..end]);
    }
}

/// The packed file of a message of the corpus.
fn packed() -> Vec<u8> {
    let message = include_str!("../../tests/mail/winmail-packed.eml");
    let encoded = message.rsplit("\r\n\r\n").next().unwrap().split("--w--").next().unwrap();
    mail_parser::decoders::base64::base64_decode(encoded.as_bytes()).unwrap()
}

/// lessons 52: what Outlook packed is taken out, and no broken file breaks the reader.
#[test]
fn packed_attachments_are_taken_out() {
    let packed = include_bytes!("../../tests/mail/winmail-packed.eml");
    let names: Vec<String> = read(packed).attachments.into_iter().map(|attachment| attachment.name).collect();
    assert_eq!(names, ["Küche – Łódź.jpg", "Earlier letter.txt", "inner.txt"]);
    assert_eq!(attachment(packed, &[0]).unwrap().bytes, b"\xff\xd8\xff\xe0kitchen");
    assert_eq!(attachment(packed, &[1]).unwrap().bytes, b"Inner words");
    assert_eq!(attachment(packed, &[2]).unwrap().bytes, b"deep");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 1_000, ..Default::default() })]

    #[test]
    fn no_packed_file_breaks_the_reader(edits in proptest::collection::vec((0..1_000_usize, proptest::prelude::any::<u8>()), 1..20), cut in 0..1_200_usize) {
        let mut bytes = packed();
        for (at, byte) in edits {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        bytes.truncate(cut);
        let _ = super::tnef::unpack(&bytes);
        let _ = super::rtf::decompress(&bytes).map(|rtf| super::rtf::words(&rtf));
        let _ = super::rtf::words(&bytes);
        let _ = super::smime::signed_content(&bytes);
    }

    #[test]
    fn no_bytes_break_the_reader_of_signatures(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), nested in 0..50_000_usize) {
        let _ = super::smime::signed_content(&bytes);
        let mut deep = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x01\x2a\xa0\x80".to_vec();
        deep.extend(b"\x24\x80".repeat(nested));
        deep.extend(bytes);
        let _ = super::smime::signed_content(&deep);
    }
}
