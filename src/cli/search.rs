//! `complaintsd search`: contacts by their words, cases by their reference or resident.

use std::io::Write;

use serde_json::json;

use super::args::Search as Words;
use super::open::Records;
use super::{Exit, contact, print};
use crate::domain::case::Case;
use crate::domain::ids::ContactId;
use crate::domain::search::Query;
use crate::domain::words;

/// How many cases are shown.
const MOST_CASES: usize = 20;

/// Searches.
pub(super) async fn run(asked: &Words, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let Some(query) = Query::of(&asked.words.join(" ")) else {
        eprintln!("complaintsd: there is no word in that: give a word, a name or a case reference");
        return Ok(Exit::Usage);
    };
    let cases = match asked.before {
        None => records.store.find_cases(&query, MOST_CASES).await?,
        Some(_) => Vec::new(),
    };
    let found = records.store.find_contacts(&query, asked.before.map(ContactId), asked.limit + 1).await?;
    let more = found.len() > asked.limit;
    let found = found.get(..asked.limit).unwrap_or(&found);
    let older = found.last().filter(|_| more).map(|oldest| oldest.id);
    if asked.json {
        let case = |case: &Case| {
            json!({
                "case_ref": case.reference.to_string(),
                "resident": { "name": case.resident.name, "email": case.resident.email.as_ref().map(|email| email.as_str()) },
                "received_at": case.current.received_at.to_string(),
            })
        };
        let found = json!({
            "cases": cases.iter().map(case).collect::<Vec<_>>(),
            "contacts": found.iter().map(contact::to_json).collect::<Vec<_>>(),
            "older_before": older.map(|id| id.0),
        });
        writeln!(out, "{found:#}")?;
        return Ok(Exit::Done);
    }
    let row = |case: &Case| {
        let received = words::london_date(case.current.received_at).to_string();
        vec![case.reference.to_string(), received, print::one_line(&case.resident.name)]
    };
    print::table(&cases.iter().map(row).collect::<Vec<_>>(), out)?;
    print::table(&found.iter().map(contact::row).collect::<Vec<_>>(), out)?;
    if let Some(oldest) = older {
        writeln!(out, "There are older ones: add --before {oldest}")?;
    }
    if cases.is_empty() && found.is_empty() {
        eprintln!("complaintsd: nothing holds all of these words");
    }
    Ok(Exit::Done)
}
