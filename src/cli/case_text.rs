//! `complaintsd case show` in words: every stage with its dates and how each was worked out, then the
//! definition, outcomes, actions, people, letters, contacts and history. What residents wrote stays on
//! one line, and no control character of theirs reaches the terminal.

use std::io::Write;

use jiff::Timestamp;

use super::case::{File, at, resident, time_left};
use super::print::one_line;
use super::{dates, triage};
use crate::config::Rules;
use crate::domain::case::{Case, StageRecord};
use crate::domain::held::{Held, of_every_stage};
use crate::domain::letter::LetterState;
use crate::domain::outcome::{ActionState, Outcome};
use crate::domain::triage::Suggested;
use crate::domain::words;
use crate::web::people::{PeopleView, proposed};

/// All of a case.
pub(super) fn show(
    file: &File,
    suggested: Option<&Suggested>,
    rules: &Rules,
    now: Timestamp,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let case = &file.case;
    writeln!(out, "{}: {}, {}, {}", case.reference, case.triage.words(), case.current.stage, case.state())?;
    writeln!(out, "Resident: {}", resident(case))?;
    for (stage, held) in of_every_stage(at(rules, now), case) {
        dates_of(stage, &held, out)?;
    }
    writeln!(
        out,
        "\nNext: {} ({})",
        case.next_deadline().map_or("none", |(duty, _)| duty.key()),
        time_left(case, rules, now)
    )?;
    if let Some(proposed) = &case.correction {
        let (received, by) = (words::instant(proposed.received_at), one_line(&proposed.by_name));
        let reason = one_line(&proposed.reason);
        writeln!(out, "To be confirmed: {by} proposed that it was received {received} ({reason})")?;
    }
    triage::show(case, suggested, &file.others, out)?;
    definition(case, out)?;
    if let Some(exclusion) = &case.exclusion {
        let told = exclusion.told.map_or_else(|| "proposed".to_owned(), |told| words::instant(told.at));
        writeln!(out, "\nRefusal: {} ({told})", one_line(&exclusion.ground.to_string()))?;
        writeln!(out, "  {}", one_line(&exclusion.reasons))?;
    }
    for stage in case.first.iter().chain([&case.current]) {
        if let Some(outcome) = &stage.outcome {
            writeln!(out, "\nOutcome of {}", stage.stage)?;
            self::outcome(outcome, out)?;
        }
    }
    actions(case, out)?;
    for told in file.others.iter().flat_map(|other| proposed(case, other)) {
        writeln!(out, "\n{}", one_line(&told))?;
    }
    for (heading, lines) in PeopleView::of(at(rules, now), case, &[], Vec::new()).groups {
        writeln!(out, "\n{heading}")?;
        for line in lines {
            let note = if line.note.is_empty() { String::new() } else { format!(" ({})", one_line(&line.note)) };
            writeln!(out, "  {}{note}", one_line(&line.text))?;
        }
    }
    records(file, out)
}

fn dates_of(stage: &StageRecord, held: &[Held], out: &mut dyn Write) -> std::io::Result<()> {
    let handler = stage.handler.as_ref().map_or("none yet", |handler| handler.name.as_str());
    writeln!(out, "\nDates of {}\nHandler: {}", stage.stage, one_line(handler))?;
    writeln!(out, "Received: {}", words::instant(stage.received_at))?;
    if let Some(acknowledged) = stage.acknowledged {
        writeln!(out, "Acknowledged: {}", words::instant(acknowledged.at))?;
    }
    if let Some(answered) = stage.answered {
        writeln!(out, "Answered: {}", words::instant(answered.at))?;
    }
    for one in held {
        let by = one.by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date);
        writeln!(out, "{}: {by}", dates::title(one.kind))?;
        one.explanation.iter().try_for_each(|line| writeln!(out, "  {}", one_line(line)))?;
    }
    Ok(())
}

fn definition(case: &Case, out: &mut dyn Write) -> std::io::Result<()> {
    if case.definition.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nComplaint definition")?;
    for point in &case.definition.points {
        writeln!(
            out,
            "  {}. {} ({})",
            point.number,
            one_line(&point.text),
            one_line(&point.responsibility.to_string())
        )?;
    }
    case.definition.outcomes.iter().try_for_each(|sought| writeln!(out, "  sought: {}", one_line(sought)))
}

fn outcome(outcome: &Outcome, out: &mut dyn Write) -> std::io::Result<()> {
    let decision = outcome.decision().map_or_else(|| "not decided yet".to_owned(), |found| found.to_string());
    writeln!(out, "  Overall: {decision}")?;
    for answer in &outcome.answers {
        let finding = answer.finding.map_or_else(|| "not decided yet".to_owned(), |found| found.to_string());
        writeln!(out, "  Point {}: {finding}. {}", answer.point, one_line(&answer.reasons))?;
        if !answer.cited.is_empty() {
            writeln!(out, "    cited: {}", one_line(&answer.cited))?;
        }
    }
    for remedy in &outcome.remedies {
        let amount = remedy.amount.map_or_else(String::new, |amount| format!(" {amount}"));
        let by = remedy.by.map_or_else(String::new, |by| format!(", by {}", words::weekday_date(by)));
        writeln!(out, "  Remedy: {}{amount}: {}{by}", remedy.kind, one_line(&remedy.what))?;
        writeln!(out, "    for: {}", one_line(&remedy.impact))?;
    }
    if outcome.remedies.is_empty() && !outcome.no_remedy.is_empty() {
        writeln!(out, "  No remedy: {}", one_line(&outcome.no_remedy))?;
    }
    Ok(())
}

fn actions(case: &Case, out: &mut dyn Write) -> std::io::Result<()> {
    if !case.actions.is_empty() {
        writeln!(out, "\nActions")?;
    }
    for action in &case.actions {
        let state = match &action.state {
            ActionState::Open => "to be done".to_owned(),
            ActionState::Done { on, evidence } => format!("done on {}: {}", words::date(*on), one_line(evidence)),
            ActionState::CarriedOver { reason } => format!("goes on outside this case: {}", one_line(reason)),
        };
        let (what, owner) = (one_line(&action.promise.what), one_line(&action.promise.owner));
        let by = words::weekday_date(action.promise.by);
        writeln!(out, "  {}. {what}, {owner}, by {by}: {state}", action.number)?;
    }
    Ok(())
}

fn records(file: &File, out: &mut dyn Write) -> std::io::Result<()> {
    if !file.letters.is_empty() {
        writeln!(out, "\nLetters")?;
    }
    for letter in &file.letters {
        let state = if letter.state == LetterState::NotDelivered { "not delivered" } else { letter.state.key() };
        writeln!(out, "  {}: {}, {state}, version {}", letter.id, letter.kind, letter.version)?;
    }
    writeln!(out, "\nContacts")?;
    for contact in &file.contacts {
        let (received, subject) = (words::instant(contact.received_at), one_line(&contact.reading.subject));
        writeln!(out, "  {}: {}, {received}: {subject}", contact.id, contact.sorted.kind)?;
    }
    writeln!(out, "\nHistory")?;
    for line in &file.history {
        let (at, what) = (words::instant(line.at), one_line(&line.event.in_words()));
        writeln!(out, "  {}. {at}, {}: {what}", line.sequence, one_line(&line.actor.to_string()))?;
    }
    Ok(())
}
