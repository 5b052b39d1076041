//! What residents attach: saved and never shown, under a clean name; looked at only as pictures that we
//! have drawn, or as text.

use std::io::Cursor;

use data_encoding::BASE64;
use image::{ImageFormat, Rgb, RgbImage};

use super::house::{Answer, House};

/// A part of a message: its headers and its bytes.
pub fn part(headers: &str, bytes: &[u8]) -> String {
    let lines: Vec<String> =
        BASE64.encode(bytes).as_bytes().chunks(76).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    format!("{headers}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n", lines.join("\r\n"))
}

pub fn attached(media_type: &str, name: &str, bytes: &[u8]) -> String {
    part(&format!("Content-Type: {media_type}\r\nContent-Disposition: attachment; filename={name}"), bytes)
}

/// A message with these parts.
pub fn message(boundary: &str, parts: &[String]) -> Vec<u8> {
    let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
    format!(
        "From: Ann Poole <ann@example.org>\r\nTo: complaints@landlord.example\r\nSubject: Damp\r\n\
         Message-ID: <{boundary}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n"
    )
    .into_bytes()
}

pub const WORDS: &str = "Content-Type: text/plain; charset=utf-8\r\n\r\nSee attached.";

pub fn photograph() -> Vec<u8> {
    let mut bytes = Vec::new();
    let wall = RgbImage::from_fn(2_000, 100, |x, y| Rgb([(x % 256) as u8, y as u8, 90]));
    wall.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

fn must_be_harmless(answer: &Answer, what: &str) {
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "no-store")] {
        assert_eq!(answer.header(name), Some(value), "{what}: {}", answer.head);
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
    if answer.status == 200 {
        assert!(policy.ends_with("sandbox"), "{what}: {policy}");
    } else {
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{what}");
        assert_eq!(answer.header("content-disposition"), None, "{what}");
    }
}

/// lessons 75 and reliability 2.5: on every file of every kind, and on every error.
#[tokio::test(flavor = "multi_thread")]
async fn every_file_is_saved_byte_for_byte_and_never_shown_whatever_its_kind() {
    let kinds = [
        ("text/html", "letter.html"),
        ("image/svg+xml", "plan.svg"),
        ("application/pdf", "gp.pdf"),
        ("application/xhtml+xml", "a.xhtml"),
        ("text/xml", "a.xml"),
        ("text/javascript", "a.js"),
        ("application/x-msdownload", "a.exe"),
        ("application/zip", "a.zip"),
        ("audio/amr", "note.amr"),
        ("video/mp4", "leak.mp4"),
        ("image/heic", "IMG_1.HEIC"),
        ("image/png", "wall.png"),
        ("application/x-unknown", "winmail.xyz"),
    ];
    let bytes = b"<script>alert(1)</script>\0\xff\r\n%PDF";
    let mut parts = vec![WORDS.to_owned()];
    parts.extend(kinds.map(|(kind, name)| attached(kind, name, bytes)));
    let mut house = House::open().await;
    house.scene.arrives(&message("b", &parts));
    house.scene.poll().await;
    let officer = house.officer().await;
    let page = officer.get("/contacts/1").await;
    for (place, (kind, name)) in kinds.into_iter().enumerate() {
        let href = format!("/contacts/1/attachments/{place}");
        assert!(page.has(&format!("href=\"{href}\"")), "{kind} is not offered");
        let file = officer.get(&href).await;
        must_be_harmless(&file, kind);
        assert_eq!(file.header("content-type"), Some("application/octet-stream"), "{kind}");
        let saved = format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
        assert_eq!(file.header("content-disposition"), Some(saved.as_str()), "{kind}");
        assert_eq!(file.bytes, bytes, "{kind}");
        // None of them holds a picture, whatever it calls itself.
        let preview = officer.get(&format!("{href}/preview")).await;
        assert_eq!((preview.status, preview.header("content-type")), (200, Some("image/svg+xml")), "{kind}");
        assert!(preview.has("not a kind of picture that is shown here"), "{kind}: {}", preview.body);
        must_be_harmless(&preview, kind);
    }
    must_be_harmless(&officer.get("/contacts/1/raw").await, "raw");
    for path in [
        "attachments/13",
        "attachments/0.0",
        "attachments/x",
        "attachments/-1",
        "attachments/0/message",
        "attachments/99/preview",
    ] {
        let answer = officer.get(&format!("/contacts/1/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
        must_be_harmless(&answer, path);
    }
    assert!(page.has("There is no small picture of this kind (HEIC)"), "lessons 61");
}

/// lessons 57, 76.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_one_clean_name_in_one_line_whatever_was_written() {
    let long = "x".repeat(10_000);
    let names = [
        "\"../../etc/passwd\"",
        "\"C:\\\\Windows\\\\a.txt\"",
        "\"CON.txt\"",
        "\"a\0b.txt\"",
        "\"\u{202e}gpj.exe\"",
        "\"a\\\"; filename=b.exe\"",
        "\"<img src=x onerror=alert(1)>.png\"",
        "\"=?utf-8?Q?a=0D=0ASet-Cookie:_x=3Dy?=\"",
        &format!("\"{long}.pdf\""),
        "\"\"",
    ];
    let mut parts = vec![WORDS.to_owned()];
    parts.extend(names.map(|name| attached("application/octet-stream", name, b"x")));
    let mut house = House::open().await;
    house.scene.arrives(&message("b", &parts));
    house.scene.poll().await;
    let officer = house.officer().await;
    let page = officer.get("/contacts/1").await;
    assert!(!page.has("<img src=x") && !page.has("\u{202e}"), "{}", page.body);
    let mut lines = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        let file = officer.get(&format!("/contacts/1/attachments/{place}")).await;
        assert_eq!(file.status, 200, "{name}: {}", file.head);
        let saved = file.header("content-disposition").unwrap();
        let plain = saved.strip_prefix("attachment; filename=\"").and_then(|rest| rest.split('"').next()).unwrap();
        assert!(!plain.contains(['/', '\\', ':']) && plain != ".." && !plain.is_empty(), "{name}: {saved}");
        assert!(saved.len() < 1_100, "{name}: {} bytes", saved.len());
        lines.push(file.head.lines().count());
        assert_eq!(file.header("set-cookie"), None, "{}", file.head);
    }
    assert!(lines.iter().all(|count| *count == lines[0]), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_is_looked_at_as_a_smaller_one_that_we_have_drawn() {
    let mut house = House::open().await;
    let file = photograph();
    let parts = [
        WORDS.to_owned(),
        attached("image/png", "wall.png", &file),
        attached("application/octet-stream", "x.JPG", &file[..99]),
    ];
    house.scene.arrives(&message("b", &parts));
    house.scene.poll().await;
    let officer = house.officer().await;
    assert!(officer.get("/contacts/1").await.has("<img src=\"/contacts/1/attachments/0/preview\""));
    let preview = officer.get("/contacts/1/attachments/0/preview").await;
    assert_eq!((preview.status, preview.header("content-type")), (200, Some("image/jpeg")), "{}", preview.head);
    must_be_harmless(&preview, "preview");
    let drawn = image::load_from_memory(&preview.bytes).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (1_200, 60));
    let damaged = officer.get("/contacts/1/attachments/1/preview").await;
    assert!(damaged.has("the picture is damaged") && damaged.has("Download the file"), "{}", damaged.body);
}

/// lessons 54: three deep, each read as text, its files in reach.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_within_a_message_within_a_message_is_read_as_text() {
    let inner = |boundary, words: &str, more: Option<Vec<u8>>| {
        let text = format!("Content-Type: text/html\r\n\r\n<script>alert(1)</script><p>{words}");
        let more =
            more.map(|bytes| format!("Content-Type: message/rfc822\r\n\r\n{}", String::from_utf8(bytes).unwrap()));
        let file = attached("text/csv", &format!("{boundary}.csv"), words.as_bytes());
        message(boundary, &[Some(text), Some(file), more].into_iter().flatten().collect::<Vec<_>>())
    };
    let whole = inner(
        "b1",
        "First",
        Some(inner("b2", "Second", Some(inner("b3", "Third", Some(inner("b4", "Fourth", None)))))),
    );
    let mut house = House::open().await;
    house.scene.arrives(&whole);
    house.scene.poll().await;
    let officer = house.officer().await;
    let mut page = officer.get("/contacts/1").await;
    for (way, words) in [("1", "Second"), ("1.1", "Third"), ("1.1.1", "Fourth")] {
        let href = format!("/contacts/1/attachments/{way}/message");
        assert!(page.has(&format!("href=\"{href}\"")), "{way} is not offered: {}", page.body);
        page = officer.get(&href).await;
        assert!(page.status == 200 && page.has(words) && !page.has("<script"), "{way}: {}", page.body);
        let file = officer.get(&format!("/contacts/1/attachments/{way}.0")).await;
        assert_eq!((file.status, file.body.as_str()), (200, words), "{way}");
    }
}

/// lessons 60: a message with many attachments stays usable; each is fetched only when it is seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_photographs_are_listed_and_drawn_when_they_come_into_sight() {
    let mut parts = vec![WORDS.to_owned()];
    let file = photograph();
    parts.extend((0..100).map(|number| attached("image/png", &format!("{number}.png"), &file)));
    let mut house = House::open().await;
    house.scene.arrives(&message("b", &parts));
    house.scene.poll().await;
    let page = house.officer().await.get("/contacts/1").await;
    assert_eq!(page.body.matches("loading=\"lazy\"").count(), 100);
    assert!(page.body.len() < 150_000, "{}", page.body.len());
}
