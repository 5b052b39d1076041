//! A newer bank-holiday file at the command line: refused unless it is sound, and every date it moves is
//! told and kept.

use std::fs;

use serde_json::{Value, json};

use crate::support::office::{Office, TUE_24_NOV, message};

const IN_USE: &str = include_str!("../config/bank-holidays/gov-uk.json");

/// The file in use, changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(IN_USE).unwrap();
    change(&mut file);
    file.to_string()
}

fn events(file: &mut Value) -> &mut Vec<Value> {
    file["england-and-wales"]["events"].as_array_mut().unwrap()
}

fn office() -> Office {
    let office = Office::new();
    office.reword("[landlord]", "[paths]\nbank_holidays = \"bank-holidays\"\n\n[landlord]");
    office
}

fn update(office: &Office, text: &str) -> crate::support::office::Answer {
    fs::write(office.path("downloaded.json"), text).unwrap();
    office.run_on(TUE_24_NOV, "bank-holidays update downloaded.json")
}

#[test]
fn a_newly_proclaimed_holiday_moves_open_cases_visibly() {
    let office = Office::new();
    office.give("ingest", &message("Damp", "The bedroom wall is black again.")).done();
    let reference = office.run("case list --json").done().json()[0]["reference"].as_str().unwrap().to_owned();
    let refused = update(&office, IN_USE);
    assert_eq!(refused.status, 2, "{}", refused.err);
    assert!(refused.err.contains("add bank_holidays = \"bank-holidays\" under [paths]"), "{}", refused.err);

    office.reword("[landlord]", "[paths]\nbank_holidays = \"bank-holidays\"\n\n[landlord]");
    let newer = changed(|file| {
        events(file).push(json!({ "title": "A day of thanks", "date": "2026-11-27", "notes": "", "bunting": true }));
    });
    let told = update(&office, &newer).done();
    assert!(
        told.text().contains("England and Wales: new: Friday 27 November 2026 (A day of thanks)"),
        "{}",
        told.text()
    );
    let moved = "The acknowledgement was due: Monday 30 November 2026. With the bank holidays known now it is due \
                 Tuesday 1 December 2026: 27 November 2026 (A day of thanks) not counted.";
    assert!(told.text().contains(&format!("{reference}: {moved}\nCases whose date moved: 1\n")), "{}", told.text());
    assert_eq!(fs::read_to_string(office.path("bank-holidays/gov-uk.json")).unwrap(), newer);

    let case = office.run(&format!("case show {reference} --json")).done().json();
    assert_eq!(case["acknowledge_by"], "2026-12-01");
    let history = case["history"].as_array().unwrap();
    assert_eq!(history.last().unwrap()["words"], moved);
    assert!(case["deadlines"]["acknowledge_by"]["explanation"].to_string().contains("A day of thanks"));

    // The same file again, and a day that is taken back.
    let again = update(&office, &newer).done();
    assert!(
        again.text().contains("It says what the file before said.\nCases whose date moved: 0\n"),
        "{}",
        again.text()
    );
}

#[test]
fn a_file_that_knows_less_is_refused_and_the_one_in_use_stays() {
    let office = office();
    update(&office, IN_USE).done();
    let less = |change: fn(&mut Vec<Value>)| changed(|file| change(events(file)));
    for (text, wrong) in [
        (String::new(), "not in the shape of GOV.UK's bank-holiday file"),
        ("{}".to_owned(), "england-and-wales: no bank holidays for this division"),
        ("[1]".to_owned(), "not in the shape of GOV.UK's bank-holiday file"),
        ("<!DOCTYPE html>".to_owned(), "not in the shape of GOV.UK's bank-holiday file"),
        (less(Vec::clear), "england-and-wales: no bank holidays for this division"),
        (
            less(|days| days.retain(|day| !day["date"].as_str().unwrap().starts_with("2028"))),
            "earlier than the file in use",
        ),
        (
            less(|days| days.retain(|day| day["date"] != "2027-08-30")),
            "it knows 7 bank holidays of 2027, the file in use knows 8",
        ),
        (less(|days| days.retain(|day| day["date"].as_str().unwrap() > "2026")), "it begins in 2026"),
        (less(|days| days[0]["date"] = "2026-6-15".into()), "'2026-6-15' (New Year’s Day) is not a date"),
    ] {
        let refused = update(&office, &text);
        assert_eq!(refused.status, 2, "{wrong}: {}", refused.text());
        assert!(refused.err.contains("downloaded.json") && refused.err.contains(wrong), "{wrong}: {}", refused.err);
        assert_eq!(fs::read_to_string(office.path("bank-holidays/gov-uk.json")).unwrap(), IN_USE);
    }
    let missing = office.run("bank-holidays update nowhere.json");
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("nowhere.json: cannot be read"), "{}", missing.err);
    // GOV.UK drops years long past; a holiday may move within its year.
    let younger = less(|days| {
        days.retain(|day| day["date"].as_str().unwrap() > "2019");
        let may = days.iter_mut().find(|day| day["date"] == "2027-05-03").unwrap();
        may["date"] = "2027-05-07".into();
    });
    let told = update(&office, &younger).done();
    assert!(told.text().contains("England and Wales: new: Friday 7 May 2027"), "{}", told.text());
    assert!(told.text().contains("no longer a bank holiday: Monday 3 May 2027"), "{}", told.text());
    assert_eq!(fs::read_to_string(office.path("bank-holidays/gov-uk.json.before")).unwrap(), IN_USE);
}
