//! `complaintsd deadlines`: a stage's dates from its receipt, or plain counting of working days, each
//! with its explanation. Past the last known bank holiday it says so and gives no date.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Exit;
use super::args::Deadlines;
use crate::config::{self, Rules};
use crate::domain::calendar::{Counting, DayOff, Division, NotCovered, Skipped, WorkingDays};
use crate::domain::code::RespondFrom;
use crate::domain::deadlines::{self, Deadline};
use crate::domain::stage::Stage;
use crate::domain::words;

/// Answers from the configuration's Code and calendar, or from the built-in ones without it.
pub(super) fn run(asked: &Deadlines, config: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let rules = match config {
        Some(file) => config::load_rules(file, asked.division)?,
        None => config::built_in_rules(asked.division.unwrap_or(Division::EnglandAndWales))?,
    };
    let (json, lines) = match (asked.received, asked.from) {
        (Some(received_at), _) => {
            let stage = if asked.stage == 2 { Stage::Two } else { Stage::One };
            let (mut json, lines) = case_dates(&rules, stage, received_at)?;
            let (one, two) =
                (case_dates(&rules, Stage::One, received_at)?.0, case_dates(&rules, Stage::Two, received_at)?.0);
            if let Some(object) = json.as_object_mut() {
                object.insert("stages".to_owned(), json!([one, two]));
            }
            (json, lines)
        }
        (None, Some(from)) => count(&rules, from, WorkingDays(asked.working_days.unwrap_or(0)))?,
        (None, None) => anyhow::bail!("give --received or --from"),
    };
    if asked.json {
        writeln!(out, "{json:#}")?;
    } else {
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(Exit::Done)
}

/// Plain counting: the day of the event is day 0.
fn count(rules: &Rules, from: Date, days: WorkingDays) -> Result<(Value, Vec<String>), NotCovered> {
    let counted = rules.calendar.count(from, days, Counting::EventIsDayZero)?;
    let explanation = counted.explain("Counted from what happened");
    let json = json!({
        "due_on": counted.due_on.to_string(),
        "from": from.to_string(),
        "working_days": days.0,
        "division": rules.calendar.division().key(),
        "skipped": counted.skipped.iter().map(skipped).collect::<Vec<_>>(),
        "explanation": explanation,
    });
    let mut lines = vec![format!("{} ({})", counted.due_on, words::weekday_date(counted.due_on))];
    lines.extend(explanation);
    Ok((json, lines))
}

fn skipped(day: &Skipped) -> Value {
    let why = match &day.why {
        DayOff::Weekend(_) => "weekend",
        DayOff::BankHoliday(title) => title,
    };
    json!({ "on": day.on.to_string(), "why": why })
}

/// One of a stage's dates: its name in JSON, in words, and the date if the calendar reaches it.
type Line = (&'static str, &'static str, Result<Deadline, NotCovered>);

/// A stage's dates. The response is counted from the acknowledgement, which is still open: both ends
/// are given, an acknowledgement on the day of receipt and one on the last lawful day.
fn case_dates(rules: &Rules, stage: Stage, received_at: Timestamp) -> Result<(Value, Vec<String>), NotCovered> {
    let Rules { code, calendar } = rules;
    let received_on = words::london_date(received_at);
    let acknowledge = deadlines::acknowledge_by(code, calendar, stage, received_at)?;
    let at_once = deadlines::respond_by(code, calendar, stage, received_at, received_on);
    let last_day = acknowledge.as_ref().map_or(received_on, |due| due.by);
    let respond = deadlines::respond_by(code, calendar, stage, received_at, last_day);
    let extended =
        respond.as_ref().map_err(|gap| *gap).and_then(|due| deadlines::extension_limit(code, calendar, stage, due.by));
    let mut dates: Vec<Line> = Vec::new();
    dates.extend(acknowledge.map(|due| ("acknowledge_by", "Acknowledge by", Ok(due))));
    dates.extend(match code.times(stage).respond_from {
        RespondFrom::Acknowledgement => vec![
            ("respond_by_if_acknowledged_at_once", "Respond by, if acknowledged on the day of receipt", at_once),
            ("respond_by", "Respond by, if acknowledged on the last day", respond),
        ],
        RespondFrom::Receipt => vec![("respond_by", "Respond by", respond)],
    });
    dates.push(("extended_to_at_latest", "With an extension, at the latest", extended));
    let mut json = json!({
        "received_at": received_at.to_string(),
        "received_on": received_on.to_string(),
        "division": calendar.division().key(),
        "code": code.id,
        "stage": stage.number(),
    });
    let mut lines = vec![format!("Received {}, {stage}, {}", words::instant(received_at), calendar.division())];
    let mut explanations = serde_json::Map::new();
    for (key, title, date) in dates {
        let (by, shown, explanation) = match date {
            Ok(due) => {
                let shown = format!("{} ({}), provision {}", due.by, words::weekday_date(due.by), due.provision);
                (json!(due.by.to_string()), shown, due.explanation)
            }
            Err(gap) => (Value::Null, "not covered".to_owned(), vec![gap.to_string()]),
        };
        lines.extend([String::new(), format!("{title}: {shown}")]);
        lines.extend(explanation.iter().map(|line| format!("  {line}")));
        explanations.insert(key.to_owned(), json!(explanation));
        if let Some(object) = json.as_object_mut() {
            object.insert(key.to_owned(), by);
        }
    }
    if let Some(object) = json.as_object_mut() {
        object.insert("explanation".to_owned(), Value::Object(explanations));
    }
    Ok((json, lines))
}
