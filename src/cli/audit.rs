//! `complaintsd audit`: whether the history is as it was written. Reads only, in one view of the database,
//! and names the first line that does not fit with what to do.

use std::io::Write;

use serde_json::{Value, json};

use super::Exit;
use super::args::Audit as Words;
use super::open::Records;
use crate::domain::chain::{BadLine, Broken, Checkpoint, HistoryCheck};
use crate::domain::words;
use crate::store::{Audit, Depth, Misfit};

/// What to do about a line that does not fit.
const TO_DO: &str = "Stop complaintsd and keep a copy of the database as it is now. Find out who could write to it. \
                     Then verify your backups, newest first, with a checkpoint from the log or the mail: restore the \
                     first that is sound.";

/// The same when a checkpoint does not fit.
const AFTER_RESTORING: &str = "If a backup was restored, checkpoints taken after that backup cannot fit: give an older \
                               one. Otherwise:";

/// Verifies. Ends with 1 when something is found.
pub(super) async fn run(asked: &Words, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let Words::Verify { checkpoints, full, json } = asked;
    let depth = if *full { Depth::Full } else { Depth::Chain };
    let audit = records.store.audit(checkpoints, depth).await?;
    if *json {
        writeln!(out, "{:#}", to_json(&audit, checkpoints, depth))?;
    } else {
        in_words(&audit, checkpoints, depth, out)?;
    }
    let sound = matches!(audit.check, HistoryCheck::Sound { .. }) && audit.misfits.is_empty();
    Ok(if sound { Exit::Done } else { Exit::Failed })
}

fn in_words(audit: &Audit, given: &[Checkpoint], depth: Depth, out: &mut dyn Write) -> std::io::Result<()> {
    match &audit.check {
        HistoryCheck::Sound { lines, head } => {
            let last = Checkpoint { sequence: *lines, hash: *head };
            writeln!(out, "The history is as it was written: {}.", words::counted(count(*lines), "line"))?;
            writeln!(out, "Its last line, as a checkpoint: {last}")?;
            trust(audit, given, out)?;
        }
        HistoryCheck::Broken(Broken { sequence, fault }) => {
            writeln!(out, "The history was changed, at line {sequence}: {fault}.")?;
            writeln!(out, "The lines before it fit one another.")?;
            if matches!(fault, BadLine::NotAsCheckpointed(_) | BadLine::EndsBefore(_)) {
                writeln!(out, "{AFTER_RESTORING}")?;
            }
            writeln!(out, "{TO_DO}")?;
        }
    }
    if depth == Depth::Full {
        let looked = audit.hanging;
        writeln!(
            out,
            "Held against their digests: {} approvals, {} versions of letters, {} messages in the outbox, {} messages \
             received. Held against the history: {} rows of contacts, incidents and accounts.",
            looked.approvals, looked.versions, looked.outbox, looked.raw, looked.records
        )?;
        audit.misfits.iter().try_for_each(|misfit| writeln!(out, "Changed: {misfit}."))?;
        if !audit.misfits.is_empty() && matches!(audit.check, HistoryCheck::Sound { .. }) {
            writeln!(out, "{TO_DO}")?;
        }
    }
    Ok(())
}

/// How far what was found can be relied on.
fn trust(audit: &Audit, given: &[Checkpoint], out: &mut dyn Write) -> std::io::Result<()> {
    if let Some(newest) = audit.taken.last() {
        let (count, line) = (words::counted(audit.taken.len(), "checkpoint"), newest.checkpoint.sequence);
        writeln!(out, "It fits {count} in the database, the newest of {} at line {line}.", words::date(newest.on))?;
    }
    match given.iter().map(|given| given.sequence).max() {
        Some(line) => writeln!(out, "Up to line {line} it is the one that the checkpoints given were taken of."),
        None => writeln!(
            out,
            "That it was not written anew as a whole, or cut off together with its checkpoints, is told only by one kept \
             elsewhere: take it from the log or the mail and give it with --checkpoint."
        ),
    }
}

fn count(lines: i64) -> usize {
    usize::try_from(lines).unwrap_or(0)
}

fn to_json(audit: &Audit, given: &[Checkpoint], depth: Depth) -> Value {
    let (lines, head, broken) = match &audit.check {
        HistoryCheck::Sound { lines, head } => {
            (Some(lines), Some(Checkpoint { sequence: *lines, hash: *head }.to_string()), None)
        }
        HistoryCheck::Broken(Broken { sequence, fault }) => {
            (None, None, Some(json!({ "sequence": sequence, "fault": fault.key(), "words": fault.to_string() })))
        }
    };
    let newest = audit.taken.last().map(|newest| {
        json!({
            "on": newest.on.to_string(),
            "at": newest.at.to_string(),
            "checkpoint": newest.checkpoint.to_string(),
        })
    });
    let full = (depth == Depth::Full).then(|| {
        json!({
            "approvals": audit.hanging.approvals,
            "versions": audit.hanging.versions,
            "outbox": audit.hanging.outbox,
            "received": audit.hanging.raw,
            "records": audit.hanging.records,
            "changed": audit.misfits.iter().map(misfit).collect::<Value>(),
        })
    });
    json!({
        "sound": broken.is_none() && audit.misfits.is_empty(),
        "lines": lines,
        "head": head,
        "broken": broken,
        "checkpoints_in_database": audit.taken.len(),
        "newest_checkpoint": newest,
        "checkpoints_given": given.len(),
        "full": full,
    })
}

fn misfit(misfit: &Misfit) -> Value {
    let mut facts = match misfit {
        Misfit::Approval { sequence, letter, version } => {
            json!({ "what": "approval", "sequence": sequence, "letter": letter.0, "version": version })
        }
        Misfit::Version { letter, version } => json!({ "what": "version", "letter": letter.0, "version": version }),
        Misfit::Outbox(id) => json!({ "what": "outbox", "id": id }),
        Misfit::Raw(id) => json!({ "what": "received", "id": id }),
        Misfit::Contact(id) => json!({ "what": "contact", "id": id.0 }),
        Misfit::Incident(id) => json!({ "what": "incident", "id": id }),
        Misfit::Account(id) => json!({ "what": "account", "id": id.0 }),
    };
    if let Value::Object(map) = &mut facts {
        map.insert("words".to_owned(), json!(misfit.to_string()));
    }
    facts
}
