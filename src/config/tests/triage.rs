//! The phrases of triage: a list that is broken, finds nothing or leaves dissatisfaction out stops the program
//! with file and line.

use super::{EXAMPLE, Folder, example};
use crate::domain::triage::TriageKind;

const SOUND: &str = "[[signs]]\nname = \"unhappy\"\nsuggests = \"complaint\"\nbecause = \"it is not satisfied\"\n\
                     provision = \"1.2\"\nphrases = [\"not happy\", \"fed up\"]\n";

fn config() -> String {
    let text = EXAMPLE.replace("# words = \"triage-words.toml\"", "words = \"triage.toml\"");
    assert!(text.contains("triage.toml"));
    text
}

#[test]
fn phrases_of_ones_own_replace_the_built_in_ones() {
    let (_folder, built_in) = example();
    assert!(built_in.triage.signs().len() > 5);
    let folder = Folder::new();
    folder.file("triage.toml", SOUND);
    let triage = folder.load(&config()).unwrap().config.triage;
    let [sign] = triage.signs() else { panic!("{triage:?}") };
    assert_eq!((sign.name.as_str(), sign.suggests), ("unhappy", TriageKind::Complaint));
}

#[test]
fn broken_phrases_are_named_with_file_and_line() {
    for (broken, line, what) in [
        ("", None, "no list suggests a complaint"),
        ("[[signs]]\n[[signs", Some(2), "TOML"),
        (&SOUND.replace("\"complaint\"", "\"enquiry\""), None, "no list suggests a complaint"),
        (&SOUND.replace("\"complaint\"", "\"grumble\""), Some(3), "survey-comment"),
        (&SOUND.replace("suggests = \"complaint\"\n", ""), Some(1), "missing; add suggests"),
        (&SOUND.replace("\"fed up\"", "\" ! \""), Some(6), "word 2 has no letter"),
        (&SOUND.replace("\"fed up\"", "\"not happy\""), Some(6), "stands in the list 'unhappy' already"),
        (&SOUND.replace("phrases", "phrase"), Some(6), "did you mean 'phrases'?"),
        (&SOUND.replace("provision = \"1.2\"\n", ""), Some(1), "missing; add provision"),
        (&format!("{SOUND}{}", SOUND.replace("not happy", "x").replace("fed up", "y")), Some(8), "stands above"),
    ] {
        let folder = Folder::new();
        folder.file("triage.toml", broken);
        let faults = folder.faults(&config());
        let found = faults.iter().any(|fault| {
            let right_line = line.is_none() || fault.line == line;
            fault.file.ends_with("triage.toml") && right_line && fault.to_string().contains(what)
        });
        assert!(found, "{broken}: {faults:#?}");
    }
    let folder = Folder::new();
    assert!(folder.faults(&config())[0].to_string().contains("cannot be read"));
}
