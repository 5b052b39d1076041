//! Reads the phrases by which the kind of a message is suggested. A list that would find nothing is a
//! fault, and so is a file that cannot find dissatisfaction: it would look like safety (1.2).

use super::data::{self, TRIAGE_WORDS};
use super::faults::Ledger;
use super::reader::{Document, Section};
use super::{Place, hand_over};
use crate::domain::phrases::Ours;
use crate::domain::triage::{Sign, TriageKind, TriageWords};

/// The signs of `[triage]`.
pub(super) fn signs(mut section: Section<'_>, place: &Place, ledger: &Ledger) -> Option<Vec<Sign>> {
    let file = section.text("words").map(|name| place.folder.join(name));
    section.finish();
    let remedy = "put it there, or leave `words` out of [triage] for the built-in lists";
    let data = match &file {
        Some(file) => hand_over::read_file(file, remedy, ledger)?,
        None => data::built_in(TRIAGE_WORDS)?,
    };
    let document = Document::parse(&data.file, &data.text, ledger);
    let mut root = document.root();
    let (mut signs, mut known): (Vec<Option<Sign>>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    for mut section in root.sections("signs") {
        let sign = sign(&mut section);
        if let Some(sign) = &sign {
            if signs.iter().flatten().any(|other: &Sign| other.name == sign.name) {
                let what = format!("a list named '{}' stands above", sign.name);
                section.fault("name", what, "give each list a name of its own");
            }
            for phrase in &sign.phrases {
                if let Some((_, list)) = known.iter().find(|(other, _)| other == phrase) {
                    let what = format!("'{phrase}' stands in the list '{list}' already");
                    section.fault("phrases", what, "leave it in one of them: a phrase is one sign");
                }
                known.push((phrase.clone(), sign.name.clone()));
            }
        }
        section.finish();
        signs.push(sign);
    }
    if !signs.iter().any(|sign| sign.as_ref().is_none_or(|sign| sign.suggests == TriageKind::Complaint)) {
        let remedy = "add a [[signs]] table with suggests = \"complaint\" and the phrases of dissatisfaction (1.2)";
        root.fault("signs", "no list suggests a complaint", remedy);
    }
    root.finish();
    signs.into_iter().collect()
}

fn sign(section: &mut Section<'_>) -> Option<Sign> {
    let name = section.required("name", "\"dissatisfaction\"");
    if section.text("suggests").is_none() {
        section.required("suggests", "\"complaint\"");
    }
    let known = TriageKind::ALL.iter().map(|kind| kind.key()).collect::<Vec<_>>().join(", ");
    let suggests = section.parsed("suggests", str::parse, &format!("write one of {known}"));
    let because = section.required("because", "\"it says that somebody is not satisfied\"");
    let provision = section.required("provision", "\"1.2\"");
    let phrases = section.lines("phrases");
    hand_over::must_find("phrases", phrases.iter().flatten(), section);
    Some(Sign { name: name?, suggests: suggests?, because: because?, provision: provision?, phrases: phrases? })
}

/// The signs that come with the program.
pub(super) fn built_in(ours: Ours, ledger: &Ledger) -> Option<TriageWords> {
    let empty = Document::parse(std::path::Path::new("(built in)"), "", ledger);
    let place = Place { folder: std::path::PathBuf::new(), credentials: None };
    let signs = signs(empty.root().section("triage"), &place, ledger)?;
    Some(TriageWords::new(signs, ours))
}
