//! `complaintsd case`: the cases by urgency, and one case with its dates, how each was worked out, its
//! letters, contacts and history, for other programs.

use std::io::Write;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::args::{Case as Words, List};
use super::open::Records;
use super::print::one_line;
use super::{Exit, case_text, contact, dates, people, print, triage};
use crate::config::Rules;
use crate::domain::case::{Case, Correction, StageRecord, StageTwoRequest};
use crate::domain::commands;
use crate::domain::contact::Contact;
use crate::domain::deadlines::{self, Duty};
use crate::domain::definition::{Point, Responsibility};
use crate::domain::events::HistoryLine;
use crate::domain::exclusion::{Exclusion, Refused};
use crate::domain::held::{Held, held, of_every_stage};
use crate::domain::outcome::{Action, ActionState, Finding, Outcome, Promise};
use crate::domain::words;
use crate::store::Letter;

/// Lists or shows.
pub(super) async fn run(asked: &Words, records: &Records, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (store, rules) = (&records.store, &records.config.rules);
    match asked {
        Words::List(List { json }) => {
            let cases = store.work_list(usize::MAX).await?;
            if *json {
                print::array(cases.iter().map(|case| Value::Object(summary(case, rules, now))), out)?;
            } else {
                print::table(&cases.iter().map(|case| row(case, rules, now)).collect::<Vec<_>>(), out)?;
            }
        }
        Words::Record(asked) => return people::record(asked, records, out).await,
        Words::Show { reference, json } => {
            let missing = || format!("there is no case {reference}: see `complaintsd case list`");
            let case = store.case_by_ref(*reference).await?.with_context(missing)?;
            let file = File {
                letters: store.letters_of_case(case.id).await?,
                contacts: store.contacts_of_case(case.id).await?,
                history: store.history(case.id).await?,
                others: store.other_cases(&case, MOST_OTHERS).await?,
                case,
            };
            if *json {
                let mut shown = to_json(&file, rules, now);
                if let Value::Object(map) = &mut shown {
                    let suggested = records.config.triage.of_case(&file.case, &file.contacts);
                    map.extend(triage::to_json(&file.case, suggested.as_ref(), &file.others));
                }
                writeln!(out, "{shown:#}")?;
            } else {
                let suggested = records.config.triage.of_case(&file.case, &file.contacts);
                case_text::show(&file, suggested.as_ref(), rules, now, out)?;
            }
        }
        Words::Act(_) => {}
    }
    Ok(Exit::Done)
}

/// A case with all that belongs to it.
pub(super) struct File {
    pub case: Case,
    pub letters: Vec<Letter>,
    pub contacts: Vec<Contact>,
    pub history: Vec<HistoryLine>,
    /// The resident's other cases, newest first.
    pub others: Vec<Case>,
}

/// So many other cases of a resident are named.
const MOST_OTHERS: usize = 20;

pub(super) fn time_left(case: &Case, rules: &Rules, now: Timestamp) -> String {
    let Some((_, due)) = case.next_deadline() else { return "nothing due".to_owned() };
    due.map_or_else(
        || "not covered by the calendar".to_owned(),
        |by| deadlines::time_left(&rules.calendar, words::london_date(now), by),
    )
}

fn row(case: &Case, rules: &Rules, now: Timestamp) -> Vec<String> {
    let due = |(duty, by): (Duty, Option<Date>)| {
        format!("{} by {}", duty.key(), by.map_or_else(|| "-".to_owned(), |by| by.to_string()))
    };
    vec![
        case.reference.to_string(),
        case.current.stage.to_string(),
        case.triage.words().to_owned(),
        case.next_deadline().map_or_else(|| case.state().to_owned(), due),
        time_left(case, rules, now),
        resident(case),
    ]
}

pub(super) fn resident(case: &Case) -> String {
    let email = case.resident.email.as_ref().map(|email| format!("<{email}>")).unwrap_or_default();
    one_line(&format!("{} {email}", case.resident.name))
}

fn summary(case: &Case, rules: &Rules, now: Timestamp) -> Map<String, Value> {
    let stage = &case.current;
    let next = case.next_deadline();
    let handler =
        stage.handler.as_ref().map(|handler| json!({ "name": handler.name, "email": handler.email.as_str() }));
    let response = stage.response_due;
    let facts = json!({
        "reference": case.reference.to_string(),
        "resident": { "name": case.resident.name, "email": case.resident.email.as_ref().map(|email| email.as_str()) },
        "triage": case.triage.key(),
        "stage": stage.stage.number(),
        "state": case.state(),
        "received_at": stage.received_at.to_string(),
        "received_on": words::london_date(stage.received_at).to_string(),
        "acknowledge_by": stage.acknowledge_by.map(|by| by.to_string()),
        "acknowledged_at": stage.acknowledged.map(|done| done.at.to_string()),
        "respond_by": response.map(|due| due.by.to_string()),
        "strict_respond_by": response.and_then(|due| due.strict_by).map(|by| by.to_string()),
        "next_duty": next.map(|(duty, _)| duty.key()),
        "next_due_by": next.and_then(|(_, by)| by).map(|by| by.to_string()),
        "time_left": time_left(case, rules, now),
        "handler": handler,
    });
    match facts {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(super) fn at(rules: &Rules, now: Timestamp) -> commands::Rules<'_> {
    commands::Rules { code: &rules.code, calendar: &rules.calendar, now, officer: None }
}

fn to_json(file: &File, rules: &Rules, now: Timestamp) -> Value {
    let case = &file.case;
    let mut map = summary(case, rules, now);
    map.insert("people".to_owned(), people::to_json(case));
    let stages = of_every_stage(at(rules, now), case).into_iter().map(|(stage, dates)| {
        let mut value = first(stage);
        if let Value::Object(map) = &mut value {
            map.insert("stage".to_owned(), json!(stage.stage.number()));
            map.insert("deadlines".to_owned(), deadlines(&dates));
        }
        value
    });
    let extensions = case.current.extensions.iter();
    let extensions: Value = extensions
        .map(|one| json!({ "new_by": one.new_by.to_string(), "reason": one.reason, "updates": one.updates }))
        .collect();
    let letters = file.letters.iter().map(|letter| {
        json!({
            "id": letter.id.0,
            "kind": letter.kind.key(),
            "state": letter.state.key(),
            "version": letter.version,
        })
    });
    let history = file.history.iter().map(|line| {
        json!({
            "sequence": line.sequence,
            "at": line.at.to_string(),
            "actor": line.actor.to_string(),
            "words": line.event.in_words(),
        })
    });
    let further = [
        ("opened_by", json!(case.opened_by.0)),
        ("deadlines", deadlines(&held(at(rules, now), case))),
        ("stages", stages.collect()),
        ("correction", case.correction.as_ref().map_or(Value::Null, correction)),
        ("extensions", extensions),
        ("closed", case.closed.as_ref().map_or(Value::Null, |closed| {
            json!({ "at": closed.at.to_string(), "learning": closed.learning, "in_error": closed.in_error })
        })),
        ("answered_at", json!(case.current.answered.map(|answered| answered.at.to_string()))),
        ("outcome", case.current.outcome.as_ref().map_or(Value::Null, outcome)),
        ("stage_1", case.first.as_ref().map_or(Value::Null, first)),
        ("actions", case.actions.iter().map(action).collect()),
        ("requests", case.requests.iter().map(request).collect()),
        ("refusal", case.exclusion.as_ref().map_or(Value::Null, exclusion)),
        ("points", case.definition.points.iter().map(point).collect()),
        ("outcomes", json!(case.definition.outcomes)),
        ("letters", letters.collect()),
        ("contacts", file.contacts.iter().map(contact::to_json).collect()),
        ("history", history.collect()),
    ];
    map.extend(further.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(map)
}

fn deadlines(held: &[Held]) -> Value {
    Value::Object(held.iter().map(|one| (dates::key(one.kind).to_owned(), dates::to_json(one))).collect())
}

fn correction(proposed: &Correction) -> Value {
    json!({ "received_at": proposed.received_at.to_string(), "reason": proposed.reason, "by": proposed.by_name })
}

fn outcome(outcome: &Outcome) -> Value {
    let answers = outcome.answers.iter().map(|answer| {
        json!({
            "point": answer.point,
            "finding": answer.finding.map(Finding::key),
            "reasons": answer.reasons,
            "cited": answer.cited,
        })
    });
    let remedies = outcome.remedies.iter().map(|remedy| {
        json!({
            "kind": remedy.kind.key(),
            "what": remedy.what,
            "impact": remedy.impact,
            "pence": remedy.amount.map(|amount| amount.0),
            "by": remedy.by.map(|by| by.to_string()),
        })
    });
    json!({
        "decision": outcome.decision().map(Finding::key),
        "answers": answers.collect::<Vec<_>>(),
        "remedies": remedies.collect::<Vec<_>>(),
        "no_remedy": outcome.no_remedy,
        "actions": outcome.promises.iter().map(promise).collect::<Vec<_>>(),
    })
}

fn promise(promise: &Promise) -> Value {
    json!({ "what": promise.what, "owner": promise.owner, "by": promise.by.to_string() })
}

fn action(action: &Action) -> Value {
    let mut value = promise(&action.promise);
    let (state, on, why) = match &action.state {
        ActionState::Open => ("open", None, None),
        ActionState::Done { on, evidence } => ("done", Some(on.to_string()), Some(evidence)),
        ActionState::CarriedOver { reason } => ("carried-over", None, Some(reason)),
    };
    let further = json!({ "number": action.number, "state": state, "done_on": on, "evidence": why });
    if let (Value::Object(value), Value::Object(further)) = (&mut value, further) {
        value.extend(further);
    }
    value
}

fn first(stage: &StageRecord) -> Value {
    json!({
        "received_at": stage.received_at.to_string(),
        "acknowledged_at": stage.acknowledged.map(|done| done.at.to_string()),
        "answered_at": stage.answered.map(|done| done.at.to_string()),
        "handler": stage.handler.as_ref().map(|handler| &handler.name),
        "outcome": stage.outcome.as_ref().map(outcome),
    })
}

fn request(request: &StageTwoRequest) -> Value {
    json!({
        "contact": request.contact.0,
        "received_at": request.received_at.to_string(),
        "acknowledge_by": request.acknowledge_by.map(|by| by.to_string()),
    })
}

fn exclusion(exclusion: &Exclusion) -> Value {
    json!({
        "ground": exclusion.ground.key(),
        "ground_in_words": exclusion.ground.to_string(),
        "of": if exclusion.refused == Refused::Complaint { "complaint" } else { "stage-2" },
        "reasons": exclusion.reasons,
        "discretion": exclusion.discretion,
        "told_at": exclusion.told.map(|told| told.at.to_string()),
    })
}

fn point(point: &Point) -> Value {
    let (responsibility, whose) = match &point.responsibility {
        Responsibility::Ours => ("ours", None),
        Responsibility::NotOurs { whose } => ("not-ours", Some(whose)),
        Responsibility::Unclear => ("unclear", None),
    };
    json!({ "number": point.number, "text": point.text, "responsibility": responsibility, "whose": whose })
}
