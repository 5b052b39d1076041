//! Reads a complaint handling code and an Ombudsman's details from their files. Every number of days
//! must carry its provision, and every kind of letter must require something: a letter without
//! requirements would pass every check.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::data::Data;
use super::faults::{Ledger, Weight};
use super::reader::{Document, Section};
use crate::domain::calendar::{Counting, WorkingDays};
use crate::domain::code::{
    FactStanding, HandlingCode, Provision, RequiredElement, RespondFrom, StageTimes, TimeLimit, Timescale,
};
use crate::domain::landlord::Ombudsman;
use crate::domain::letter::LetterKind;
use crate::domain::words;

/// The Code in this file; `other` opens the file of another one.
pub(super) fn read(
    data: &Data,
    id: &str,
    other: &dyn Fn(&str) -> Option<Data>,
    ledger: &Ledger,
) -> Option<HandlingCode> {
    let document = Document::parse(&data.file, &data.text, ledger);
    let mut root = document.root();
    check_id(&mut root, id);
    let title = root.required("title", "\"the Code's full title\"");
    let counting = root.choice("counting", &[("day-0", Counting::EventIsDayZero), ("day-1", Counting::EventIsDayOne)]);
    let stage_one = stage(root.section("stage-1"));
    let stage_two = stage(root.section("stage-2"));
    let limit = root.section("time-limit");
    let time_limit = if limit.is_there() { Some(time_limit(limit)?) } else { None };
    let letters = match root.text("letters_as_in") {
        Some(like) => {
            let found = other(&like);
            if found.is_none() {
                root.fault(
                    "letters_as_in",
                    format!("there is no '{like}'"),
                    "name another regime's file, without .toml",
                );
            }
            found.map(|data| {
                let document = Document::parse(&data.file, &data.text, ledger);
                letters(document.root().section("letters"))
            })
        }
        None => Some(letters(root.section("letters"))),
    };
    root.finish();
    Some(HandlingCode {
        id: id.to_owned(),
        title: title?,
        counting: counting?,
        stage_one: stage_one?,
        stage_two: stage_two?,
        time_limit,
        letters: letters?,
    })
}

/// How far back a complaint may reach; a Code need not say (2.3).
fn time_limit(mut section: Section<'_>) -> Option<TimeLimit> {
    let months = section.required_number("months", 1..=120);
    let provision = section.required("provision", "\"2.3\"");
    section.finish();
    Some(TimeLimit { months: i32::try_from(months?).ok()?, provision: Provision(provision?) })
}

/// The file says which one it is, so that a copy under a wrong name is noticed.
fn check_id(root: &mut Section<'_>, id: &str) {
    let example = format!("\"{id}\"");
    if root.required("id", &example).is_some_and(|found| found != id) {
        root.fault("id", format!("this file is not {id}"), format!("write id = {example}, or choose another file"));
    }
}

fn stage(mut section: Section<'_>) -> Option<StageTimes> {
    // A regime that asks for no acknowledgement at a stage says so: a forgotten one is a fault.
    let acknowledge = match section.choice("acknowledgement", &[("required", true), ("none", false)])? {
        true => timescale(section.section("acknowledge")).map(Some),
        false => Some(None),
    };
    let respond_from = section.choice(
        "respond_from",
        &[("acknowledgement", RespondFrom::Acknowledgement), ("receipt", RespondFrom::Receipt)],
    );
    let respond = timescale(section.section("respond"));
    let extension = timescale(section.section("extension"));
    if matches!((&acknowledge, respond_from), (Some(None), Some(RespondFrom::Acknowledgement))) {
        section.fault(
            "respond_from",
            "there is no acknowledgement to count from at this stage",
            "write respond_from = \"receipt\"",
        );
    }
    section.finish();
    let (acknowledge, respond_from) = (acknowledge?, respond_from?);
    Some(StageTimes { acknowledge, respond: respond?, respond_from, extension: extension? })
}

fn timescale(mut section: Section<'_>) -> Option<Timescale> {
    let days = section.required_number("working_days", 1..=250);
    let provision = section.required("provision", "\"6.2\"");
    let standing = match section.flag("unconfirmed") {
        Some(true) => FactStanding::Unconfirmed,
        _ => FactStanding::Confirmed,
    };
    if standing == FactStanding::Unconfirmed {
        let remedy = "check it against the published text, then remove 'unconfirmed' from a copy of this file";
        section.report("unconfirmed", "nobody has confirmed this number of days", remedy, Weight::Warning);
    }
    section.finish();
    Some(Timescale { days: WorkingDays(days?), provision: Provision(provision?), standing })
}

fn letters(mut section: Section<'_>) -> BTreeMap<LetterKind, Vec<RequiredElement>> {
    let mut letters = BTreeMap::new();
    for kind in LetterKind::ALL {
        let required: Vec<RequiredElement> = section.sections(kind.key()).into_iter().filter_map(element).collect();
        if required.is_empty() {
            section.fault(
                kind.key(),
                format!("nothing is required of the {kind}"),
                format!("add [[letters.{}]] tables with element, provision, title and remedy", kind.key()),
            );
        }
        for (at, one) in required.iter().enumerate() {
            if required.iter().take(at).any(|earlier| earlier.id == one.id) {
                section.fault(kind.key(), format!("element '{}' stands twice", one.id), "remove one of the two");
            }
        }
        letters.insert(kind, required);
    }
    section.finish();
    letters
}

fn element(mut section: Section<'_>) -> Option<RequiredElement> {
    let id = section.required("element", "\"case-reference\"");
    let provision = section.required("provision", "\"5.6\"");
    let title = section.required("title", "\"what it is, in an officer's words\"");
    let remedy = section.required("remedy", "\"what to write when it is missing\"");
    section.finish();
    Some(RequiredElement { id: id?, provision: Provision(provision?), title: title?, remedy: remedy? })
}

/// The Ombudsman in this file; details that nobody has checked for long are warned of.
pub(super) fn ombudsman(data: &Data, id: &str, today: Date, ledger: &Ledger) -> Option<Ombudsman> {
    let document = Document::parse(&data.file, &data.text, ledger);
    let mut root = document.root();
    check_id(&mut root, id);
    let name = root.required("name", "\"Housing Ombudsman Service\"");
    // What nobody could confirm is left out of the file, so that no letter prints it.
    let phone = root.text("phone").unwrap_or_default();
    let address = root.texts("address").unwrap_or_default();
    let website = root.required("website", "\"https://www.example.org\"");
    let how = root.required("how_to_complain", "\"how a resident brings a complaint\"");
    let verified_on = root.date("verified_on");
    let review_after = root.required_number("review_after_days", 1..=1000);
    let source = root.required("source", "\"where the facts were checked\"");
    let review_by = verified_on.zip(review_after).map(|(on, days)| on.saturating_add(i64::from(days).days()));
    if let Some(on) = verified_on.filter(|_| review_by.is_some_and(|by| by < today)) {
        let what = format!("these details were last checked on {}", words::date(on));
        root.report("verified_on", what, "check them and change the date", Weight::Warning);
    }
    if let Some(fault) = verified_on.filter(|on| *on > today) {
        let what = format!("{} is still to come", words::date(fault));
        let remedy = "write the day on which somebody checked these details, or set this machine's clock";
        root.report("verified_on", what, remedy, Weight::Warning);
    }
    root.finish();
    source?; // where the facts were checked must be said, but nothing prints it
    Some(Ombudsman {
        name: name?,
        phone,
        address,
        website: website?,
        how: how?,
        verified_on: Some(verified_on?),
        review_by: Some(review_by?),
    })
}
