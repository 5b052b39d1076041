//! Letters from templates to bytes.

mod broken;
mod escaping;
mod languages;
mod letters;
mod telling;
mod writing;

use std::collections::BTreeMap;

use super::*;
use crate::domain::calendar::{Counting, WorkingDays};
use crate::domain::code::{FactStanding, Provision, RequiredElement, RespondFrom, StageTimes, Timescale};
use crate::domain::writing::WritingRules;

/// The Code, with the letters as the configuration has them.
fn code() -> HandlingCode {
    let time = |days, provision: &str| Timescale {
        days: WorkingDays(days),
        provision: Provision(provision.to_owned()),
        standing: FactStanding::Confirmed,
    };
    let file: toml::Table =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/codes/housing-ombudsman-2024.toml")).parse().unwrap();
    let required = |kind: LetterKind| {
        let elements = file["letters"][kind.key()].as_array().unwrap();
        elements
            .iter()
            .map(|element| {
                let text = |key: &str| element[key].as_str().unwrap().to_owned();
                RequiredElement {
                    id: text("element"),
                    provision: Provision(text("provision")),
                    title: text("title"),
                    remedy: text("remedy"),
                }
            })
            .collect::<Vec<_>>()
    };
    HandlingCode {
        id: "housing-ombudsman-2024".to_owned(),
        title: "Complaint Handling Code".to_owned(),
        counting: Counting::EventIsDayZero,
        stage_one: StageTimes {
            respond_from: RespondFrom::Acknowledgement,
            acknowledge: Some(time(5, "6.2")),
            respond: time(10, "6.3"),
            extension: time(10, "6.4"),
        },
        stage_two: StageTimes {
            respond_from: RespondFrom::Acknowledgement,
            acknowledge: Some(time(5, "6.11")),
            respond: time(20, "6.14"),
            extension: time(20, "6.15"),
        },
        time_limit: None,
        letters: LetterKind::ALL.map(|kind| (kind, required(kind))).into_iter().collect::<BTreeMap<_, _>>(),
    }
}

fn rules() -> WritingRules {
    crate::config::built_in_writing_rules().unwrap()
}

fn built_in() -> Templates {
    Templates::load(None).unwrap_or_else(|faults| panic!("{}", lines(&faults)))
}

fn lines(faults: &[TemplateFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
