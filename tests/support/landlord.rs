//! A landlord with officers and one complaint, driven at the command line on any day.

use std::fs;

use serde_json::Value;

use super::office::{Answer, Office, TUE_24_NOV, message};

/// A Wednesday, six working days after the Tuesday.
pub const WED_2_DEC: &str = "2026-12-02 10:00:00";

/// Two points, one of them not ours.
pub const DEFINITION: &str = r#"{"points": [{"text": "The lift was out of order for nine days.",
    "responsibility": "ours"}, {"text": "The street lamp flickers.", "responsibility": "not-ours",
    "whose": "the county council"}], "outcomes": ["An apology."]}"#;

/// The outcome for both points.
pub const OUTCOME: &str = r#"{"answers": [
    {"finding": "upheld", "reasons": "Our log shows nine days.", "cited": "Repairs policy, section 4"},
    {"finding": "not-upheld", "reasons": "The county council looks after it."}],
    "remedies": [{"kind": "money", "what": "We will pay this to you", "impact": "Nine days of stairs.",
    "pence": 5000, "by": "2026-12-11"}],
    "actions": [{"what": "Inspect the lift", "owner": "Sam Example", "by": "2026-12-18"}]}"#;

/// A landlord with three officers, a manager and one complaint of Monday 23 November.
pub struct Landlord {
    /// The folder and the program.
    pub office: Office,
    /// The case of the complaint.
    pub reference: String,
}

impl Landlord {
    /// The complaint has come and its acknowledgement is drafted.
    pub fn new(office: Office) -> Self {
        for (who, role) in [("ann", "officer"), ("ben", "officer"), ("cas", "officer"), ("mia", "manager")] {
            let words = format!("officer add {who}@example.org --name {who} --role {role}");
            office.give(&words, b"correct horse battery\n").done();
        }
        office.give("ingest", &message("Lift", "The lift is out of order again.")).done();
        office.run("draft").done();
        for (name, text) in [("definition.json", DEFINITION), ("outcome.json", OUTCOME)] {
            fs::write(office.path(name), text).unwrap();
        }
        let listed = office.run("case list --json").done().json();
        let reference = listed[0]["reference"].as_str().unwrap().to_owned();
        Self { office, reference }
    }

    /// Where a file of the office is.
    pub fn file(&self, name: &str) -> String {
        self.office.path(name).display().to_string()
    }

    /// `case VERB REF … --as WHO@example.org`.
    pub fn case(&self, day: &str, verb: &str, rest: &str, who: &str) -> Answer {
        self.office.run_on(day, &format!("case {verb} {} {rest} --as {who}@example.org", self.reference))
    }

    /// `case show --json`.
    pub fn shown(&self, day: &str) -> Value {
        self.office.run_on(day, &format!("case show {} --json", self.reference)).done().json()
    }

    /// Approves the newest draft of a kind, brought up to date, and sends it.
    pub fn send(&self, day: &str, kind: &str, who: &str) -> Answer {
        self.office.run_on(day, "draft").done();
        let letters = self.office.run_on(day, "letter list --json").done().json();
        let fits = |letter: &&Value| letter["kind"] == kind && letter["state"] == "draft";
        let letter = letters.as_array().unwrap().iter().find(fits).unwrap_or_else(|| panic!("no draft of the {kind}"));
        let words = format!(
            "letter approve {} --digest {} --as {who}@example.org",
            letter["id"],
            letter["digest"].as_str().unwrap()
        );
        let answer = self.office.run_on(day, &words);
        if answer.status == 0 {
            // A minute later: each command begins at the time of day given.
            let later = day.replace(":00:00", ":01:00");
            assert_eq!(self.office.run_on(&later, "send").done().text(), "accepted 1, deferred 0, failed 0\n");
        }
        answer
    }

    /// Acknowledged on Tuesday 24 November, handled by ann: the answer is due on Tuesday 8 December.
    pub fn acknowledged(office: Office) -> Self {
        let landlord = Self::new(office);
        landlord.case(TUE_24_NOV, "define", &landlord.file("definition.json"), "ann").done();
        landlord.case(TUE_24_NOV, "assign", "--to ann@example.org", "mia").done();
        landlord.send(TUE_24_NOV, "stage-1-acknowledgement", "ann").done();
        landlord
    }

    /// Answered at stage 1 on Wednesday 2 December: handled by ann, approved by ben.
    pub fn answered(office: Office) -> Self {
        let landlord = Self::acknowledged(office);
        let begun = landlord.case(WED_2_DEC, "outcome", &landlord.file("outcome.json"), "ann").done();
        assert!(begun.text().contains("letter 2 is a draft"), "{}", begun.text());
        landlord.send(WED_2_DEC, "stage-1-response", "ben").done();
        landlord
    }

    /// What `remind` sends on a day: to whom, and the subject.
    pub fn reminders(&self, day: &str) -> Vec<(String, String)> {
        let told = self.office.run_on(day, "remind --json").done().json();
        let text = |notice: &Value, key: &str| notice[key].as_str().unwrap().to_owned();
        told.as_array().unwrap().iter().map(|notice| (text(notice, "to"), text(notice, "subject"))).collect()
    }
}

/// It was refused with these words.
pub fn refused(answer: &Answer, words: &str) {
    assert_eq!(answer.status, 1, "{}", answer.text());
    assert!(answer.err.contains(words), "{words}: {}", answer.err);
}
