//! The command line's words make sense together, and its answers are the domain's.

use clap::{CommandFactory as _, Parser as _};
use serde_json::Value;

use super::args::Arguments;
use super::{Exit, run};
use crate::clock::SystemClock;

fn ask(words: &str) -> Result<String, String> {
    let words = std::iter::once("complaintsd").chain(words.split_whitespace());
    let arguments = Arguments::try_parse_from(words).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    match run(&arguments, &SystemClock, &mut out) {
        Ok(exit) => {
            assert_eq!(exit, Exit::Done);
            Ok(String::from_utf8(out).unwrap())
        }
        Err(error) => Err(format!("{error:#}")),
    }
}

fn ask_json(words: &str) -> Value {
    serde_json::from_str(&ask(&format!("{words} --json")).unwrap()).unwrap()
}

#[test]
fn the_commands_are_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_of_the_first_light_is_there() {
    for words in [
        "run",
        "demo --dir d --listen 127.0.0.1:0",
        "check --connect",
        "poll",
        "draft",
        "send",
        "remind --dry-run",
        "ingest",
        "ingest a.eml b.eml",
        "contact list --json",
        "contact show 1 --raw",
        "case list --json",
        "case show CMP-2026-00042-B --json",
        "case record CMP-2026-00042-B circumstance kind=adjustment --as a@example.org",
        "contact log --channel phone --received 2026-11-20T14:30:00Z --taken-by Sam --as a@example.org",
        "contact first-received 1 --at 2026-11-20T14:30:00Z --by Sam --reason stamped --as a@example.org",
        "incident show",
        "incident texts",
        "letter list --json",
        "letter show 1 --format html",
        "officer add ann@example.org --name Ann --role officer",
        "officer list --json",
        "officer disable ann@example.org",
        "deadlines --received 2026-11-22T10:00:00Z --division scotland",
        "deadlines --from 2026-11-22 --working-days 5",
        "audit verify --full --json",
        "run --config somewhere.toml",
    ] {
        let words = std::iter::once("complaintsd").chain(words.split_whitespace());
        let parsed = Arguments::try_parse_from(words.clone());
        let wrong_reference = parsed.as_ref().is_err_and(|error| error.to_string().contains("check for a mistyped"));
        assert!(parsed.is_ok() || wrong_reference, "{parsed:?}");
    }
}

#[test]
fn working_days_are_counted_from_a_date_or_from_an_instants_london_date() {
    let by_date = ask_json("deadlines --from 2026-12-18 --working-days 10");
    assert_eq!(by_date["due_on"], "2027-01-06");
    assert_eq!(by_date["division"], "england-and-wales");
    // 00:30 in London on 1 July is still 30 June in UTC.
    let by_instant = ask_json("deadlines --from 2026-06-30T23:30:00Z --working-days 1");
    assert_eq!((&by_instant["from"], &by_instant["due_on"]), (&"2026-07-01".into(), &"2026-07-02".into()));
    let scotland = ask_json("deadlines --from 2026-06-12 --working-days 1 --division scotland");
    assert_eq!(scotland["due_on"], "2026-06-16");
    assert_eq!(scotland["skipped"][2]["why"], "World Cup bank holiday");
}

#[test]
fn a_cases_dates_come_with_their_explanations() {
    let dates = ask_json("deadlines --received 2026-12-18T16:45:00Z");
    assert_eq!(dates["received_on"], "2026-12-18");
    assert_eq!(dates["acknowledge_by"], "2026-12-29");
    assert_eq!(dates["respond_by"], "2027-01-13");
    assert_eq!(dates["extended_to_at_latest"], "2027-01-27");
    let told = dates["explanation"]["acknowledge_by"].to_string();
    assert!(told.contains("Friday 25 December 2026 is not counted: bank holiday (Christmas Day)"), "{told}");
    assert!(told.contains("provision 6.2"));
    let second = ask_json("deadlines --received 2026-12-18T16:45:00Z --stage 2");
    assert_eq!(second["respond_by"], "2027-01-27");
}

#[test]
fn past_the_last_known_bank_holiday_no_date_is_given() {
    let told = ask("deadlines --from 2028-12-20 --working-days 30").unwrap_err();
    assert!(told.starts_with("not covered") && told.contains("install a newer bank-holiday file"), "{told}");
    let dates = ask_json("deadlines --received 2028-12-11T09:00:00Z");
    assert_eq!(dates["acknowledge_by"], "2028-12-18");
    assert_eq!(dates["respond_by"], Value::Null);
    assert!(dates["explanation"]["respond_by"][0].as_str().unwrap().starts_with("not covered"));
}

#[test]
fn wrong_words_say_what_to_write() {
    for (words, told) in [
        ("deadlines --received 2026-11-22T10:00:00", "with its offset"),
        ("deadlines --from 2026-13-22 --working-days 1", "For example, 27 3 2027"),
        ("deadlines --from 2026-11-22", "--working-days"),
        ("deadlines --from 2026-11-22 --working-days -1", "--working-days"),
        ("deadlines --from 2026-11-22 --received 2026-11-22T10:00:00Z --working-days 1", "cannot be used with"),
        ("deadlines --received 2026-11-22T10:00:00Z --division wales", "use england-and-wales, scotland"),
        ("case show CMP-2026-00042", "looks like CMP-2026-00042-K"),
        ("officer add ann --name Ann --role officer", "name@example.org"),
        ("deadlines", "required"),
    ] {
        let answer = ask(words).unwrap_err();
        assert!(answer.contains(told), "{words}: {answer}");
    }
}
