//! A case's deadlines with how each was worked out, for `case show`. The date given is the one that is
//! recorded; the explanation is worked out anew, and says so when the two differ.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::config::Rules;
use crate::domain::calendar::NotCovered;
use crate::domain::case::Case;
use crate::domain::deadlines::{self, Deadline};
use crate::domain::words;

/// One deadline.
pub(super) struct Told {
    /// The name in JSON.
    pub key: &'static str,
    /// The name in words.
    pub title: &'static str,
    /// The recorded date; `None` when the calendar did not reach that far.
    pub by: Option<Date>,
    /// The provision, when the calendar reaches that far.
    pub provision: Option<String>,
    /// How it was worked out, a sentence each.
    pub explanation: Vec<String>,
}

/// The deadlines of the current stage, in their order.
pub(super) fn of(case: &Case, rules: &Rules) -> Vec<Told> {
    let Rules { code, calendar } = rules;
    let stage = &case.current;
    let worked_out = deadlines::acknowledge_by(code, calendar, stage.stage, stage.received_at);
    let mut all = vec![told("acknowledge_by", "Acknowledge by", stage.acknowledge_by, worked_out)];
    let Some(acknowledged) = stage.acknowledged else { return all };
    let due = stage.response_due;
    let on = words::london_date(acknowledged.at);
    let worked_out = deadlines::respond_by(code, calendar, stage.stage, on);
    let first = due.map(|due| due.original_by);
    if stage.extensions.is_empty() {
        all.push(told("respond_by", "Respond by", first, worked_out));
    } else {
        all.push(told("original_respond_by", "Respond by, before the extension", first, worked_out));
        let limit = first.map(|by| deadlines::extension_limit(code, calendar, stage.stage, by));
        let explanation = stage
            .extensions
            .iter()
            .map(|extension| format!("Extended to {}: {}", words::weekday_date(extension.new_by), extension.reason));
        all.push(Told {
            key: "respond_by",
            title: "Respond by, as extended",
            by: due.map(|due| due.by),
            provision: limit.and_then(Result::ok).map(|limit| limit.provision.to_string()),
            explanation: explanation.collect(),
        });
    }
    if let Some((strict_by, acknowledge_by)) = due.and_then(|due| due.strict_by).zip(stage.acknowledge_by) {
        let worked_out = deadlines::strict_respond_by(code, calendar, stage.stage, acknowledge_by);
        all.push(told(
            "strict_respond_by",
            "Respond by, had the acknowledgement been in time",
            Some(strict_by),
            worked_out,
        ));
    }
    all
}

fn told(key: &'static str, title: &'static str, by: Option<Date>, worked_out: Result<Deadline, NotCovered>) -> Told {
    let deadline = match worked_out {
        Ok(deadline) => deadline,
        Err(gap) => return Told { key, title, by, provision: None, explanation: vec![gap.to_string()] },
    };
    let Deadline { by: now, provision, mut explanation } = deadline;
    if let Some(by) = by
        && by != now
    {
        let recorded = words::weekday_date(by);
        explanation.push(format!("The bank holidays have changed since; the recorded date, {recorded}, stands."));
    }
    Told { key, title, by, provision: Some(provision.to_string()), explanation }
}

impl Told {
    /// For other programs.
    pub fn to_json(&self) -> Value {
        json!({
            "by": self.by.map(|by| by.to_string()),
            "provision": self.provision,
            "explanation": self.explanation,
        })
    }
}
