//! Triage at the command line: what an officer decides of a case, and what `case show` tells of it.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::case_args::Triage;
use super::print::one_line;
use crate::domain::case::Case;
use crate::domain::commands::TriageAsked;
use crate::domain::triage::{Choice, FollowUp, Suggested, TriageDecision, Weight};
use crate::domain::words;
use crate::web::people::proposed;

/// What is asked for.
pub(super) fn asked(triage: &Triage) -> TriageAsked {
    let Triage { kind, reason, owner, review, choice_offered, complexity, vulnerability, risk, on: _ } = triage;
    TriageAsked {
        kind: *kind,
        reason: reason.clone(),
        choice: choice_offered.map_or(Choice::NotOffered, Choice::Offered),
        follow_up: owner.clone().zip(*review).map(|(owner, review_by)| FollowUp { owner, review_by }),
        weights: crate::domain::triage::Weights { complexity: *complexity, vulnerability: *vulnerability, risk: *risk },
        suggested: None,
    }
}

/// The fields of `case show --json`.
pub(super) fn to_json(case: &Case, suggested: Option<&Suggested>, others: &[Case]) -> Map<String, Value> {
    let triaged = &case.triaged;
    let again = triaged.again.iter().map(|again| {
        json!({
            "contact": again.contact.0,
            "received_at": again.received_at.to_string(),
            "acknowledge_by": again.acknowledge_by.map(|by| by.to_string()),
        })
    });
    let weight = |weight: Option<Weight>| weight.map(Weight::key);
    let facts = json!({
        "suggested": suggested.map(suggestion),
        "decision": triaged.decision.as_ref().map(decision),
        "complexity": weight(triaged.weights.complexity),
        "vulnerability": weight(triaged.weights.vulnerability),
        "risk": weight(triaged.weights.risk),
        "waiting": again.collect::<Vec<_>>(),
        "complaints_raised": triaged.raised.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "raised_from": triaged.from.map(|from| from.to_string()),
    });
    let proposed: Vec<String> = others.iter().flat_map(|other| proposed(case, other)).collect();
    let others = others.iter().map(|other| json!(other.reference.to_string()));
    let further = [("triaged", facts), ("other_cases", others.collect()), ("to_carry_over", json!(proposed))];
    further.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

fn suggestion(suggested: &Suggested) -> Value {
    json!({ "kind": suggested.kind.key(), "reason": suggested.reason, "dissatisfied": suggested.dissatisfied })
}

fn decision(decision: &TriageDecision) -> Value {
    let (offered, answer) = match decision.choice {
        Choice::NotOffered => (false, None),
        Choice::Offered(answer) => (true, Some(answer.key())),
    };
    json!({
        "kind": decision.kind.key(),
        "reason": decision.reason,
        "by": decision.by,
        "at": decision.at.to_string(),
        "suggested": decision.suggested.as_ref().map(suggestion),
        "choice_offered": offered,
        "choice": answer,
        "owner": decision.follow_up.as_ref().map(|follow_up| &follow_up.owner),
        "review_by": decision.follow_up.as_ref().map(|follow_up| follow_up.review_by.to_string()),
    })
}

/// The lines of `case show`.
pub(super) fn show(
    case: &Case,
    suggested: Option<&Suggested>,
    others: &[Case],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let triaged = &case.triaged;
    writeln!(out, "\nTriage: {}", case.triage.words())?;
    if let Some(suggested) = suggested {
        writeln!(out, "  suggested: {}, because {}", suggested.kind.words(), one_line(&suggested.reason))?;
    }
    if let Some(TriageDecision { reason, by, at, .. }) = &triaged.decision {
        writeln!(out, "  decided by {} on {}: {}", one_line(by), words::instant(*at), one_line(reason))?;
    }
    if let Some(follow_up) = triaged.follow_up() {
        let by = words::date(follow_up.review_by);
        writeln!(out, "  followed up by {}, next review {by}", one_line(&follow_up.owner))?;
    }
    let weights = triaged.weights.in_words();
    if !weights.is_empty() {
        writeln!(out, "  {weights}")?;
    }
    for again in &triaged.again {
        writeln!(out, "  contact {} waits: decide whether it is a complaint", again.contact)?;
    }
    triaged.raised.iter().try_for_each(|raised| writeln!(out, "  complaint raised from it: {raised}"))?;
    triaged.from.iter().try_for_each(|from| writeln!(out, "  raised from {from}"))?;
    if !others.is_empty() {
        let named: Vec<String> = others.iter().map(|other| other.reference.to_string()).collect();
        let count = words::counted(others.len(), "other case");
        writeln!(out, "\nRepeat contact: {count} from this address: {}", words::list(&named))?;
    }
    Ok(())
}
