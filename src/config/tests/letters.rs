//! What letters are held against and what they print: rules of writing, and the Ombudsmen's details.

use super::{EXAMPLE, Folder, Loaded};
use crate::domain::writing::Force;

const RULE: &str = r#"
[[rules]]
rule = "no-jargon"
force = "blocking"
provision = "recommended"
title = "Uses jargon"
remedy = "Say it plainly."
never = ["void"]
"#;

fn own_rules() -> String {
    EXAMPLE.replace("# writing_rules = ", "writing_rules = ")
}

#[test]
fn the_built_in_rules_of_writing_are_sound_and_a_folder_of_ones_own_takes_their_place() {
    let built_in = Folder::new().load(EXAMPLE).unwrap().config.writing;
    assert!(built_in.rules.len() > 20 && built_in.residents_words.contains("definition"));
    let folder = Folder::new();
    folder.file("writing-rules/ours.toml", RULE);
    folder.file("writing-rules/README.md", "not a rule");
    let writing = folder.load(&own_rules()).unwrap().config.writing;
    assert_eq!(
        writing.rules.iter().map(|rule| (rule.id.as_str(), rule.force)).collect::<Vec<_>>(),
        [("no-jargon", Force::Blocking)]
    );
}

#[test]
fn a_broken_rule_of_writing_is_refused_with_file_and_line() {
    let cases = [
        (RULE.replace("[\"void\"]", "[\"…\"]"), "has no word: it would find nothing"),
        (RULE.replace("[\"void\"]", "[\"* void\"]"), "begins or ends with *"),
        (RULE.replace("[\"void\"]", "[\"{day} void\"]"), "has braces around something other than date or name"),
        (RULE.replace("[\"void\"]", "[]"), "it would find nothing; write phrases, or remove the rule"),
        (RULE.replace("[\"void\"]", "\"void\""), "not a list of texts"),
        (RULE.replace("never", "nevr"), "unknown key; did you mean 'never'?"),
        (RULE.replace("never = [\"void\"]", ""), "a rule looks for exactly one thing; write one of: never, must"),
        (format!("{RULE}sentence = 40\n"), "a rule looks for exactly one thing"),
        (format!("{RULE}letters = [\"stage-3\"]\n"), "no such kind of letter; use some of: stage-1-ack"),
        (RULE.replace("force = \"blocking\"\n", ""), "rules.1.force: missing"),
        (RULE.replace("\"blocking\"", "\"hard\""), "write one of: blocking, advisory"),
        (RULE.replace("rule = \"no-jargon\"\n", ""), "rules.1.rule: missing"),
        (format!("{RULE}{RULE}"), "a rule named 'no-jargon' stands above"),
    ];
    for (content, told) in cases {
        let folder = Folder::new();
        folder.file("writing-rules/ours.toml", &content);
        let faults = folder.faults(&own_rules());
        let found = faults.iter().find(|fault| fault.to_string().contains(told));
        assert!(found.is_some_and(|fault| fault.line.is_some()), "{told}: {faults:#?}");
        assert!(faults[0].to_string().contains("ours.toml"), "{faults:#?}");
    }
}

#[test]
fn a_folder_without_rules_of_writing_is_refused() {
    let folder = Folder::new();
    folder.file("writing-rules/README.md", "nothing");
    assert!(folder.faults(&own_rules())[0].to_string().contains("holds no file with rules"));
}

/// What nobody could confirm stands in no file, so that no letter prints it.
#[test]
fn each_ombudsman_is_built_in_with_nothing_but_confirmed_facts() {
    for (id, name, phone, lines) in [
        ("housing-ombudsman", "Housing Ombudsman Service", "0300 111 3000", 4),
        ("lgsco", "Local Government and Social Care Ombudsman", "0300 061 0614", 3),
        ("spso", "Scottish Public Services Ombudsman", "0800 377 7330", 1),
        ("psow", "Public Services Ombudsman for Wales", "0300 790 0203", 0),
        ("nipso", "Northern Ireland Public Services Ombudsman", "", 0),
    ] {
        let text = EXAMPLE.replace("# ombudsman = \"housing-ombudsman\"", &format!("ombudsman = \"{id}\""));
        let ombudsman = Folder::new().load(&text).unwrap().config.ombudsman;
        assert_eq!((ombudsman.name.as_str(), ombudsman.phone.as_str(), ombudsman.address.len()), (name, phone, lines));
        assert!(!ombudsman.how.contains('@') && ombudsman.website.starts_with("https://"), "{ombudsman:?}");
    }
}

#[test]
fn a_council_has_a_second_ombudsman_whose_details_are_watched_too() {
    let folder = Folder::new();
    let main = include_str!("../../../config/ombudsmen/housing-ombudsman.toml");
    let council = include_str!("../../../config/ombudsmen/lgsco.toml");
    let example = EXAMPLE.replace("# ombudsmen = ", "ombudsmen = ");
    let example = example.replace("# council_ombudsman = ", "council_ombudsman = ");
    folder.file("ombudsmen/housing-ombudsman.toml", main);
    folder.file("ombudsmen/lgsco.toml", &council.replace("verified_on = 2026", "verified_on = 2024"));
    let Loaded { config, concerns, .. } = folder.load(&example).unwrap();
    assert_eq!(config.council_ombudsman.unwrap().name, "Local Government and Social Care Ombudsman");
    let said = concerns.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("lgsco.toml") && said.contains("last checked on 22 November 2024"), "{said}");
    // What nobody has checked is never printed.
    let unchecked: Vec<&str> = council.lines().filter(|line| !line.starts_with("verified_on")).collect();
    folder.file("ombudsmen/lgsco.toml", &unchecked.join("\n"));
    let faults = folder.load(&example).unwrap_err().to_string();
    assert!(faults.contains("lgsco.toml") && faults.contains("verified_on"), "{faults}");
}

#[test]
fn an_ombudsmans_details_are_good_until_their_review() {
    let ombudsman = Folder::new().load(EXAMPLE).unwrap().config.ombudsman;
    let (on, by) = ombudsman.verified_on.zip(ombudsman.review_by).unwrap();
    assert!(by > on && ombudsman.unchecked(by).is_none());
    let words = ombudsman.unchecked(by.tomorrow().unwrap()).unwrap();
    assert!(words.contains("Housing Ombudsman Service") && words.contains("22 November 2026"), "{words}");
}

#[test]
fn details_checked_in_the_future_are_pointed_out() {
    let folder = Folder::new();
    let good = include_str!("../../../config/ombudsmen/housing-ombudsman.toml");
    folder.file("ombudsmen/housing-ombudsman.toml", &good.replace("verified_on = 2026", "verified_on = 2062"));
    // The slip may be the clock's: letters can still be written.
    let Loaded { concerns, .. } = folder.load(&EXAMPLE.replace("# ombudsmen = ", "ombudsmen = ")).unwrap();
    assert!(concerns[0].to_string().contains("22 November 2062 is still to come"), "{concerns:#?}");
}
