//! The mail corpus, read and compared with what was expected of it, and broken in many ways.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::Ours;
use crate::domain::contact::{ContactKind, Reading};
use crate::domain::token::TokenKey;

pub(super) fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "eml"));
    files.sort();
    files.iter().map(|file| (file.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(file).unwrap())).collect()
}

fn ours() -> Ours {
    Ours { addresses: vec!["complaints@landlord.example".parse().unwrap()], key: TokenKey::new([1; 32]) }
}

/// A reading and its kind as text, for comparing.
pub(crate) fn told(bytes: &[u8]) -> String {
    let reading = super::read(bytes);
    let sorted = super::sort(bytes, &reading, &ours());
    let mut out = format!("kind: {}: {}\n", sorted.kind, sorted.reason);
    let from = reading.from.as_ref().map_or("unknown", |address| address.as_str());
    writeln!(out, "from: {from} ({:?})\nsubject: {:?}", reading.from_name, reading.subject).unwrap();
    writeln!(out, "id: {}", reading.message_id.as_deref().unwrap_or("none")).unwrap();
    if !reading.answers.is_empty() {
        writeln!(out, "answers: {}", reading.answers.join(" ")).unwrap();
    }
    for attachment in &reading.attachments {
        writeln!(out, "attachment: {} ({}, {} bytes)", attachment.name, attachment.media_type, attachment.size)
            .unwrap();
    }
    for problem in &reading.problems {
        writeln!(out, "problem: {problem}").unwrap();
    }
    for task in &reading.tasks {
        writeln!(out, "task: {task}").unwrap();
    }
    for line in reading.text.lines() {
        writeln!(out, "| {line}").unwrap();
    }
    out
}

fn assert_sound(reading: &Reading) {
    let controls = |text: &str, allowed: &str| text.chars().any(|c| c.is_control() && !allowed.contains(c));
    assert!(!controls(&reading.text, "\n\t"), "{:?}", reading.text);
    for line in reading.problems.iter().chain(&reading.answers).chain(&reading.message_id) {
        assert!(!controls(line, ""), "{line:?}");
    }
    assert!(!controls(&reading.subject, "") && !controls(&reading.from_name, ""));
    for attachment in &reading.attachments {
        let name = &attachment.name;
        assert!(
            !name.is_empty() && name.len() <= 255 && !controls(name, "") && !name.contains(['/', '\\']),
            "{name:?}"
        );
        assert!(!controls(&attachment.media_type, ""));
    }
}

/// Lessons 48, 51.
#[test]
fn every_message_of_the_corpus_reads_as_expected() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/mail/expected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, bytes) in corpus() {
            assert_sound(&super::read(&bytes));
            insta::assert_snapshot!(name, told(&bytes));
        }
    });
}

#[test]
fn every_message_of_the_corpus_is_explained() {
    let readme = include_str!("../../tests/mail/README.md");
    for (name, _) in corpus() {
        assert!(readme.contains(&format!("`{name}.eml`")), "tests/mail/README.md does not say why {name}.eml exists");
    }
}

#[test]
fn a_corpus_message_cut_anywhere_is_still_read() {
    for (_, bytes) in corpus() {
        for end in (0..bytes.len().min(4_000)).step_by(7) {
            assert_sound(&super::read(&bytes[..end]));
        }
    }
}

/// Messages built to keep a reader busy, and whether their text can still be shown.
fn hostile() -> Vec<(&'static str, String)> {
    let head = "From: a@example.org\nMessage-ID: <m@example.org>\nDate: x\nSubject: s\n";
    let multipart = |inside: &str| format!("{head}Content-Type: multipart/mixed; boundary=b\n\n--b\n{inside}");
    let nested: String =
        (0..10_000).map(|n| format!("--b{n}\nContent-Type: multipart/mixed; boundary=b{}\n\n", n + 1)).collect();
    vec![
        ("a million header lines", format!("{head}{}\ntext", "X-Line: value\n".repeat(1_000_000))),
        ("a header line of 10 MB", format!("{head}X-Line: {}\n\ntext", "=?utf-8?q?a".repeat(1_000_000))),
        ("encoded words without end", format!("{}{head}\ntext", "Subject: =?utf-8?q?a?= \n".repeat(10_000))),
        ("100,000 parts", multipart(&"Content-Type: image/png\n\nx\n--b\n".repeat(100_000))),
        ("100,000 empty texts", multipart(&"\n\n--b\n".repeat(100_000))),
        (
            "10,000 multiparts within each other",
            format!("{head}Content-Type: multipart/mixed; boundary=b0\n\n{nested}"),
        ),
        (
            "10,000 messages within each other",
            multipart(&"Content-Type: message/rfc822\n\nSubject: x\n".repeat(10_000)),
        ),
        (
            "100,000 boundaries that never come",
            multipart(&"Content-Type: multipart/mixed; boundary=no\n\n--b\n".repeat(100_000)),
        ),
        (
            "50,000 continued parameters",
            format!("{head}Content-Type: text/plain{}\n\ntext", ";\n a*1=b".repeat(50_000)),
        ),
        ("40,000 nested blocks", format!("{head}Content-Type: text/html\n\n{}text", "<div>".repeat(40_000))),
        (
            "unclosed quotes and comments",
            format!("{head}Content-Type: text/html\n\ntext{}", "<p a=\"<!--<style".repeat(100_000)),
        ),
        (
            "open formatting",
            format!("{head}Content-Type: text/html\n\ntext{}", "<b><font color=1><table><td></b><p>".repeat(50_000)),
        ),
        ("20 MB of text", format!("{head}\n{}", "text \u{e9}\n".repeat(2_500_000))),
    ]
}

/// Lessons 58.
#[test]
fn hostile_messages_are_read_in_seconds() {
    for (name, message) in hostile() {
        let begun = std::time::Instant::now();
        let reading = super::read(message.as_bytes());
        let sorted = super::sort(message.as_bytes(), &reading, &ours());
        let taken = begun.elapsed();
        println!("{name}: {} KB in {taken:?}; {:?}", message.len() / 1024, reading.problems);
        assert_sound(&reading);
        assert_eq!(sorted.kind, ContactKind::New, "{name}");
        assert_eq!(reading.from.as_ref().map(|from| from.as_str()), Some("a@example.org"), "{name}");
        assert!(
            taken.as_secs() < 60,
            "{name} took {taken:?}; the debug build is some ten times slower than the real one"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_reading(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let reading = super::read(&bytes);
        assert_sound(&reading);
        assert!(!super::sort(&bytes, &reading, &ours()).reason.is_empty());
        assert_sound(&super::reading_of_unreadable(&bytes, "It broke."));
    }

    #[test]
    fn broken_corpus_messages_give_a_reading(
        file in any::<proptest::sample::Index>(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..4_usize), 1..30),
    ) {
        let corpus = corpus();
        let mut bytes = file.get(&corpus).1.clone();
        for (at, byte, edit) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                // Repeat a stretch: doubled boundaries, headers and parts.
                _ => { let stretch = bytes[at..(at + usize::from(byte)).min(bytes.len())].to_vec(); bytes.splice(at..at, stretch); }
            }
        }
        let reading = super::read(&bytes);
        assert_sound(&reading);
        assert!(!super::sort(&bytes, &reading, &ours()).reason.is_empty());
        assert_sound(&super::reading_of_unreadable(&bytes, "It broke."));
    }

    #[test]
    fn header_values_never_break_out_of_their_line(value in "\\PC*[\r\n\0\u{202E}]{0,3}\\PC*") {
        let message = format!("From: {value}\r\nSubject: {value}\r\nMessage-ID: <{value}>\r\n\r\n{value}");
        assert_sound(&super::read(message.as_bytes()));
    }
}
