//! The shape of the house, held: which way imports point, which crate comes in by which door, where
//! SQL may stand, and what every file and every kind of letter must have.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use complaintsd::domain::letter::{LetterKind, NoticeKind};

/// Modules from the ground up. A module may import those of lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("domain", 0),
    ("clock", 1),
    ("config", 1),
    ("courier", 1),
    ("mailbox", 1),
    ("oauth", 1),
    ("scanner", 1),
    ("demo_messages", 1),
    ("store", 1),
    ("tls", 1),
    ("typesetting", 1),
    ("viewing", 1),
    ("casework", 2),
    ("export", 2),
    ("ingest", 2),
    ("letters", 2),
    ("outbox", 2),
    ("receipts", 2),
    ("reminders", 2),
    ("report", 2),
    ("web", 3),
    ("logging", 3),
    ("daemon", 4),
    ("demo", 5),
    ("cli", 6),
];

/// Imports on one floor that are wanted, with the reason.
const SIDEWAYS: &[(&str, &str)] = &[
    ("casework", "letters"),  // the text that is approved is checked again
    ("receipts", "letters"),  // the receipt's words are the landlord's too
    ("reminders", "letters"), // a reminder's words are the landlord's too
    ("mailbox", "tls"),       // one way to check certificates
    ("oauth", "tls"),         // the same
    ("mailbox", "oauth"),     // a mailbox may want a token
    ("courier", "oauth"),     // so may a mail server, the same one
];

/// A crate that touches the world or a format, and the modules it may be named in.
const CRATE_DOORS: &[(&str, &[&str])] = &[
    ("async_imap", &["mailbox"]),
    ("imap_proto", &["mailbox"]),
    ("tokio_rustls", &["mailbox", "oauth"]),
    ("socket2", &["mailbox"]),
    ("rustls", &["tls", "mailbox", "oauth"]),
    ("hyper", &["oauth"]),
    ("hyper_util", &["oauth"]),
    ("http_body_util", &["oauth"]),
    ("ring", &["oauth", "tls"]),
    ("url", &["config", "oauth"]),
    ("rustls_platform_verifier", &["tls"]),
    ("lettre", &["courier"]),
    ("sqlx", &["store"]),
    ("zstd", &["store"]),
    ("mail_parser", &["ingest"]),
    ("bcder", &["ingest"]),
    ("html2text", &["ingest"]),
    ("ammonia", &["viewing"]),
    ("image", &["viewing"]),
    ("encoding_rs", &["ingest"]),
    ("handlebars", &["letters"]),
    ("pulldown_cmark", &["letters"]),
    ("typst", &["typesetting"]),
    ("typst_layout", &["typesetting"]),
    ("typst_pdf", &["typesetting"]),
    ("axum", &["web"]),
    ("axum_extra", &["web"]),
    ("askama", &["web"]),
    ("tower_http", &["web"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("toml", &["config"]),
    ("tracing_subscriber", &["logging"]),
    ("tracing_journald", &["logging"]),
];

/// What the core may name besides itself: nothing that reads, waits, asks the time or serialises.
const CORE_CRATES: [&str; 9] =
    ["std", "core", "aho_corasick", "jiff", "thiserror", "sha2", "hmac", "data_encoding", "unicode_normalization"];

struct Source {
    path: PathBuf,
    module: String,
    /// The text up to the first test module, without comments.
    code: String,
    text: String,
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files_below(Path::new("src"), &mut paths);
    assert!(paths.len() > 20, "src/ was not found");
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let tests: BTreeSet<PathBuf> = paths.iter().zip(&texts).flat_map(|(path, text)| test_files(path, text)).collect();
    let is_test = |path: &PathBuf| path.ancestors().any(|part| tests.contains(part) || part.ends_with("tests"));
    paths.iter().zip(texts).map(|(path, text)| source(path.clone(), text, is_test(path))).collect()
}

/// The files that a module declares for tests only: `#[cfg(test)] mod name;`.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let is_root = path.file_name().is_some_and(|name| name == "mod.rs" || name == "lib.rs");
    let folder = if is_root { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let declared = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.lines().next()?.strip_suffix(';'));
    let names = declared.filter_map(|line| line.split_once("mod ").map(|(_, name)| name));
    names.flat_map(|name| [folder.join(format!("{name}.rs")), folder.join(name)]).collect()
}

fn source(path: PathBuf, text: String, is_test: bool) -> Source {
    let place = path.strip_prefix("src").unwrap();
    let module = place.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
    let code = if is_test { "" } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default() };
    let code = code.lines().map(without_comment).collect::<Vec<_>>().join("\n");
    Source { path, module, code, text }
}

fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The names after each `prefix`, also those in braces: `crate::{a::b, c}` names `a` and `c`.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(first_names(list)),
            None => names.extend(rest.split(|letter| !is_word(letter)).next().map(ToOwned::to_owned)),
        }
    }
    names.remove("");
    names
}

/// The first name of each item of a brace list, up to its closing brace.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut item, mut names) = (0, String::new(), Vec::new());
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(letter),
            _ => {}
        }
    }
    names.push(item);
    let first = |item: String| item.trim().split(|letter| !is_word(letter)).next().unwrap_or_default().to_owned();
    names.into_iter().map(first).collect()
}

/// The crates a file names: in `use` lines, and as paths `name::` anywhere.
fn crates_named(code: &str) -> BTreeSet<String> {
    let mut names = names_after(code, "use ");
    names.extend(names_after(code, "extern crate "));
    for (at, _) in code.match_indices("::") {
        let before = &code[..at];
        let start = before.rfind(|letter| !is_word(letter)).map_or(0, |at| at + 1);
        let is_path_start = !before[..start].ends_with("::");
        if is_path_start {
            names.insert(before[start..].to_owned());
        }
    }
    names
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

#[test]
fn every_module_has_its_floor() {
    for source in sources() {
        let known = matches!(source.module.as_str(), "lib" | "main") || floor(&source.module).is_some();
        assert!(known, "{}: say in tests/layers.rs on which floor the module stands", source.path.display());
    }
}

#[test]
fn imports_only_point_downwards() {
    for source in sources().iter().filter(|source| !matches!(source.module.as_str(), "lib" | "main")) {
        let mut named = names_after(&source.code, "crate::");
        named.extend(names_after(&source.code, "complaintsd::"));
        named.remove(&source.module);
        for other in named {
            let sideways = SIDEWAYS.contains(&(source.module.as_str(), other.as_str()));
            let Some(below) = floor(&other) else { continue };
            let here = floor(&source.module).unwrap();
            let clock = other == "clock" && here > 0;
            assert!(below < here || sideways || clock, "{} imports {other}", source.path.display());
        }
    }
}

#[test]
fn each_crate_that_touches_the_world_comes_in_by_its_door() {
    let mut doors_used = BTreeSet::new();
    for source in sources() {
        let named = crates_named(&source.code);
        for &(name, doors) in CRATE_DOORS {
            if named.contains(name) {
                doors_used.insert(name);
                let allowed = doors.contains(&source.module.as_str());
                assert!(allowed, "{} names {name}, which belongs in {doors:?}", source.path.display());
            }
        }
    }
    assert!(doors_used.contains("clap") && doors_used.contains("toml"), "the reading of crates is broken");
}

#[test]
fn the_core_imports_nothing_that_acts() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let dependencies: BTreeSet<String> = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    assert!(dependencies.contains("jiff"));
    for source in sources().iter().filter(|source| source.module == "domain") {
        for name in crates_named(&source.code).intersection(&dependencies) {
            assert!(CORE_CRATES.contains(&name.as_str()), "{} names {name}", source.path.display());
        }
        for forbidden in ["async fn", ".await", "std::fs", "std::net", "std::env", "std::process", "std::thread"] {
            assert!(!source.code.contains(forbidden), "{} has {forbidden}", source.path.display());
        }
    }
}

#[test]
fn sql_stands_only_in_the_store() {
    let words = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "-- store::"];
    for source in sources().iter().filter(|source| source.module != "store") {
        for line in source.code.lines() {
            let starts = |word: &&str| line.trim_start().starts_with(*word) || line.contains(&format!("\"{word}"));
            let sql = words.iter().any(starts);
            assert!(!sql, "{}: {line}", source.path.display());
        }
    }
}

#[test]
fn every_letter_and_notice_has_its_template() {
    let letters = LetterKind::ALL.map(LetterKind::key);
    let notices = NoticeKind::ALL.map(NoticeKind::key);
    for key in letters.into_iter().chain(notices) {
        let folder = Path::new("letter-templates").join(key);
        let templates = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        assert!(templates.count() > 0, "{} is empty", folder.display());
    }
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut paths = Vec::new();
    for folder in ["src", "tests"] {
        files_below(Path::new(folder), &mut paths);
    }
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with //!", path.display());
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines", path.display());
    }
}

#[test]
fn only_the_clock_asks_the_time_and_only_the_command_line_prints() {
    for source in sources() {
        let may_print = matches!(source.module.as_str(), "cli" | "main");
        for (word, allowed) in [
            ("SystemTime::now", false),
            ("Timestamp::now", source.module == "clock"),
            ("Zoned::now", false),
            ("println!", may_print),
        ] {
            let found = source.code.match_indices(word).any(|(at, _)| !source.code[..at].ends_with(is_word));
            assert!(!found || allowed, "{} has {word}", source.path.display());
        }
        assert!(!source.text.contains("#![allow"), "{} switches lints off", source.path.display());
    }
}

#[test]
fn the_reading_of_imports_sees_nested_lists_and_paths() {
    let code = "use crate::{config::{self, Log}, store, letters::x};\nfn f() { crate::web::page(); mycrate::y(); }";
    let named = names_after(code, "crate::");
    assert_eq!(named.iter().map(String::as_str).collect::<Vec<_>>(), ["config", "letters", "store", "web"]);
    let named = crates_named("use {sqlx::Row, toml as t};\nfn f() -> lettre::Message { a::handlebars::b() }");
    assert!(["sqlx", "toml", "lettre"].iter().all(|name| named.contains(*name)), "{named:?}");
    assert!(!named.contains("handlebars"));
}
