//! Attachments taken out on demand, and attached messages opened, three deep and deeper.

use super::corpus::corpus;
use super::{attachment, html_body, inline_pictures, nested, read};

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
