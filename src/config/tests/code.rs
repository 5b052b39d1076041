//! The complaint handling codes in their files.

use jiff::civil::date;

use super::{EXAMPLE, Folder};
use crate::config::built_in_rules;
use crate::domain::calendar::Division;

#[test]
fn the_built_in_rules_are_those_of_the_code() {
    let rules = built_in_rules(Division::Scotland).unwrap();
    let days = |stage: &crate::domain::code::StageTimes| {
        [stage.acknowledge.as_ref().unwrap(), &stage.respond, &stage.extension]
            .map(|time| (time.days.0, time.provision.to_string()))
    };
    let expect = |times: [(u32, &str); 3]| times.map(|(days, provision)| (days, provision.to_owned()));
    assert_eq!(days(&rules.code.stage_one), expect([(5, "6.2"), (10, "6.3"), (10, "6.4")]));
    assert_eq!(days(&rules.code.stage_two), expect([(5, "6.11"), (20, "6.14"), (20, "6.15")]));
    // Proclaimed on 4 February 2026 and only in the overlay.
    assert_eq!(rules.calendar.is_working_day(date(2026, 6, 15)), Ok(false));
    let england = built_in_rules(Division::EnglandAndWales).unwrap();
    assert_eq!(england.calendar.is_working_day(date(2026, 6, 15)), Ok(true));
    assert_eq!(england.calendar.covered_to(), date(2028, 12, 26));
}

/// Regimes are data: another one is another file.
#[test]
fn another_regime_is_another_file() {
    let load = |id: &str| {
        let text = EXAMPLE.replace("# code = \"housing-ombudsman-2024\"", &format!("code = \"{id}\""));
        let loaded = Folder::new().load(&text).unwrap();
        let unconfirmed = loaded.concerns.iter().filter(|one| one.key.ends_with("unconfirmed")).count();
        (loaded.config.rules.code, unconfirmed)
    };
    let (council, unconfirmed) = load("lgsco-2024");
    assert_eq!((council.stage_one.acknowledge.unwrap().days.0, council.stage_two.respond.days.0), (5, 20));
    assert_eq!(unconfirmed, 1);
    let (scotland, unconfirmed) = load("spso-mchp");
    assert_eq!((scotland.stage_one.acknowledge, scotland.stage_one.respond.days.0), (None, 5));
    assert_eq!(scotland.stage_two.acknowledge.unwrap().days.0, 3);
    assert_eq!(unconfirmed, 5);
    assert_eq!(scotland.letters, council.letters);
}

#[test]
fn a_broken_code_is_refused_with_file_and_line() {
    let good = include_str!("../../../config/codes/housing-ombudsman-2024.toml");
    let text = EXAMPLE.replace("# codes = ", "codes = ");
    let cases = [
        (good.replace("working_days = 20, provision = \"6.14\"", "working_days = 20"), "stage-2.respond.provision"),
        (good.replace("working_days = 5, provision = \"6.2\"", "provision = \"6.2\""), "working_days: missing"),
        (good.replace("[stage-2]", "[stage-3]"), "unknown key; did you mean 'stage-"),
        (good.replace("letters.stage-1-extension", "letters.stage-1-extensoin"), "nothing is required"),
        (good.replace("id = \"housing", "id = \"other-housing"), "this file is not housing-ombudsman-2024"),
        (
            good.replace("[stage-1]\nacknowledge = {", "[stage-1]\nacknowledgement = \"none\"\n# {"),
            "no acknowledgement to count",
        ),
        (good.replace("[stage-1]\n", "[stage-1]\nacknowledgement = \"none\"\n"), "stage-1.acknowledge: unknown key"),
        (good.replace("counting =", "letters_as_in = \"nowhere-2024\"\ncounting ="), "there is no 'nowhere-2024'"),
    ];
    for (content, told) in cases {
        let folder = Folder::new();
        folder.file("codes/housing-ombudsman-2024.toml", &content);
        let faults = folder.faults(&text);
        let found = faults.iter().find(|fault| fault.to_string().contains(told));
        assert!(found.is_some_and(|fault| fault.line.is_some()), "{told}: {faults:#?}");
    }
}
