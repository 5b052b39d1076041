//! The lists of words that must not wait: the built-in ones find what domain knowledge names, and a list
//! that is broken or would find nothing stops the program with file and line.

use super::{EXAMPLE, Folder, example};
use crate::config::Receipt;
use crate::domain::contact::Reading;
use crate::domain::hand_over::{Haste, WordLists};

fn with_lists(lists: &str) -> Folder {
    let folder = Folder::new();
    folder.file("words.toml", lists);
    folder
}

fn config(folder: &Folder) -> String {
    let text = EXAMPLE.replace("# lists = \"hand-over-words.toml\"", "lists = \"words.toml\"");
    assert!(text.contains("words.toml"));
    assert!(folder.0.path().exists());
    text
}

const SOUND: &str =
    "[[marks]]\nname = \"hazard\"\ntitle = \"Hazard\"\nurgent = true\nwords = [\"mould\", \"no heating\"]\n";

fn marks(lists: &WordLists, text: &str) -> Vec<String> {
    let found = lists.find(&Reading { text: text.to_owned(), ..Reading::default() });
    found.into_iter().map(|mark| mark.list).collect()
}

#[test]
fn the_built_in_lists_find_hazards_requests_for_data_and_breaches() {
    let (_folder, config) = example();
    let lists = &config.hand_over;
    let names: Vec<&str> = lists.lists().iter().map(|list| list.name.as_str()).collect();
    assert_eq!(names, ["hazard", "subject-access", "data-breach"]);
    let hasty = lists.lists().iter().map(|list| list.haste).collect::<Vec<_>>();
    assert_eq!(hasty, [Haste::Urgent, Haste::Noticed, Haste::Urgent]);
    assert!(lists.lists().iter().all(|list| list.notify == config.team.email), "the team is told when nobody is named");
    // Domain knowledge: what a complaints mailbox must hand over at once (SI 2025/1042).
    for text in [
        "damp",
        "black mould",
        "condensation",
        "a leak",
        "no heating",
        "the electrics spark",
        "fire",
        "I smell gas",
        "the ceiling",
        "asthma",
        "her breathing",
        "my baby",
        "so cold",
        "the stairs",
        "rats",
        "cockroaches",
    ] {
        assert_eq!(marks(lists, text), ["hazard"], "{text}");
    }
    assert_eq!(marks(lists, "This is a subject access request under UK law."), ["subject-access"]);
    assert_eq!(marks(lists, "I got another tenant's letter."), ["data-breach"]);
    assert_eq!(marks(lists, "The rent statement is late again."), Vec::<String>::new());
}

#[test]
fn lists_of_ones_own_replace_the_built_in_ones() {
    let folder = with_lists(&format!("{SOUND}notify = \"duty@example.org\"\n"));
    let text = config(&folder).replace("# notify = \"repairs-duty@example.org\"", "notify = \"other@example.org\"");
    let lists = folder.load(&text).unwrap().config.hand_over;
    assert_eq!(lists.lists().len(), 1);
    assert_eq!(lists.lists()[0].notify.as_str(), "duty@example.org");
    folder.file("words.toml", SOUND);
    assert_eq!(folder.load(&text).unwrap().config.hand_over.lists()[0].notify.as_str(), "other@example.org");
}

#[test]
fn a_broken_or_empty_list_is_named_with_file_and_line() {
    for (broken, line, what) in [
        ("", None, "no list of words stands here"),
        ("[[marks]]\n[[marks", Some(2), "TOML"),
        (&SOUND.replace("[\"mould\", \"no heating\"]", "[]"), Some(5), "not a list of lines"),
        (&SOUND.replace("\"mould\"", "\" - \""), Some(5), "word 1 has no letter"),
        (&SOUND.replace("\"mould\"", "7"), Some(5), "not a list of lines"),
        (&SOUND.replace("words", "word"), Some(5), "did you mean 'words'?"),
        (&SOUND.replace("name = \"hazard\"\n", ""), Some(1), "missing; add name"),
        (&SOUND.replace("\"hazard\"", "\"Big Hazard\""), Some(2), "small letters"),
        (&SOUND.replace("= true", "= \"yes\""), Some(4), "true or false"),
        (&format!("{SOUND}{SOUND}"), Some(7), "stands above"),
        (&format!("{SOUND}notify = \"nobody\""), Some(6), "not an e-mail address"),
    ] {
        let folder = with_lists(broken);
        let faults = folder.faults(&config(&folder));
        let found = faults.iter().any(|fault| {
            let right_line = line.is_none() || fault.line == line;
            fault.file.ends_with("words.toml") && right_line && fault.to_string().contains(what)
        });
        assert!(found, "{broken}: {faults:#?}");
    }
    let folder = Folder::new();
    assert!(folder.faults(&config(&folder))[0].to_string().contains("cannot be read"));
}

#[test]
fn no_receipt_is_sent_unless_somebody_asks_for_it() {
    let (_folder, config) = example();
    assert_eq!(config.receipt, Receipt::Off);
    let folder = Folder::new();
    let on = EXAMPLE.replace("# enabled = false", "enabled = true");
    assert_eq!(folder.load(&on).unwrap().config.receipt, Receipt::Sent { per_hour: 60 });
    let few = on.replace("# per_hour = 60", "per_hour = 5");
    assert_eq!(folder.load(&few).unwrap().config.receipt, Receipt::Sent { per_hour: 5 });
    assert!(folder.faults(&on.replace("# per_hour = 60", "per_hour = 0"))[0].to_string().contains("from 1 to"));
}
