//! `complaintsd import`: mail from before, out of files. Whatever is left out is named.

use std::io::Write;

use jiff::Timestamp;
use serde_json::json;

use super::Exit;
use super::args::Import;
use super::open::Records;
use super::progress::{Meter, until_interrupted};
use crate::domain::contact::{Contact, Intake};
use crate::domain::ids::Digest;
use crate::domain::words;
use crate::ingest::{Imported, Ingest, Progress};
use crate::mailbox::{Found, MailFiles};

/// Imports, or only counts.
pub(super) async fn run(import: &Import, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    if import.dry_run { count(import, records, out).await } else { until_interrupted(take(import, records, out)).await }
}

/// Messages out of files, batch by batch.
struct Reading {
    files: MailFiles,
    /// How many were left out, each named on standard error.
    left_out: usize,
    done: usize,
    meter: Meter,
}

impl Reading {
    fn begin(import: &Import, records: &Records) -> Self {
        let files = MailFiles::below(&import.paths);
        Self { files, left_out: 0, done: 0, meter: Meter::of("import", &records.clock) }
    }

    /// The next messages; none at the end.
    fn next(&mut self) -> Vec<Found> {
        let batch = tokio::task::block_in_place(|| self.files.next_batch());
        for named in self.files.left_out() {
            self.left_out += 1;
            eprintln!("complaintsd: left out: {named}");
        }
        batch
    }

    /// Tells how far it is. How many messages there are is estimated from the bytes.
    fn dealt_with(&mut self, count: usize) {
        self.done += count;
        let (bytes, read) = self.files.progress();
        let done = u64::try_from(self.done).unwrap_or(u64::MAX);
        let of = usize::try_from(done.saturating_mul(bytes) / read.max(1)).unwrap_or(self.done);
        self.meter.at(Progress { done: self.done, of: of.max(self.done) });
    }

    fn exit(&self) -> Exit {
        if self.left_out == 0 { Exit::Done } else { Exit::Failed }
    }
}

async fn take(import: &Import, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let ingest: Ingest = records.ingest();
    let mut reading = Reading::begin(import, records);
    let mut total = Imported::default();
    loop {
        let batch = reading.next();
        if batch.is_empty() {
            break;
        }
        let count = batch.len();
        total.add(ingest.import(batch, import.since).await?);
        reading.dealt_with(count);
    }
    let (exit, left_out) = (reading.exit(), reading.left_out);
    drop(reading);
    let Imported { pass, known, historic } = total;
    if import.json {
        let told = json!({
            "taken": pass.kept, "contacts": pass.contacts, "cases": pass.cases, "duplicates": pass.duplicates,
            "known": known, "historic": historic, "left_out": left_out,
        });
        writeln!(out, "{told:#}")?;
    } else {
        writeln!(
            out,
            "import: taken {}, contacts {}, cases {}, duplicates {}; imported before {known}, historic {historic}, \
             left out {left_out}",
            pass.kept, pass.contacts, pass.cases, pass.duplicates
        )?;
    }
    Ok(exit)
}

/// What an import would do, counted without keeping anything.
async fn count(import: &Import, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let ingest: Ingest = records.ingest();
    let mut reading = Reading::begin(import, records);
    let (mut known, mut historic, mut open) = (0, 0, 0);
    let mut span: Option<(Timestamp, Timestamp)> = None;
    loop {
        let batch = reading.next();
        if batch.is_empty() {
            break;
        }
        for found in &batch {
            let (received_at, intake) = ingest.place_in_time(found.receipt, &found.bytes, import.since);
            let (oldest, newest) = span.unwrap_or((received_at, received_at));
            span = Some((oldest.min(received_at), newest.max(received_at)));
            let logged = match records.store.contact_of_digest(Digest::of(&found.bytes)).await? {
                Some(id) => records.store.contact(id).await?,
                None => None,
            };
            let waits_still = |contact: &Contact| {
                contact.intake != Intake::Inbox && contact.case.is_none() && contact.decided.is_none()
            };
            match logged {
                // Logged for historic before, it would open its case now.
                Some(contact) if intake == Intake::Historic || !waits_still(&contact) => known += 1,
                None if intake == Intake::Historic => historic += 1,
                _ => open += 1,
            }
        }
        reading.dealt_with(batch.len());
    }
    let (exit, left_out, messages) = (reading.exit(), reading.left_out, reading.done);
    drop(reading);
    if import.json {
        let told = json!({
            "messages": messages, "known": known, "historic": historic, "could_open_cases": open,
            "oldest": span.map(|(oldest, _)| oldest.to_string()),
            "newest": span.map(|(_, newest)| newest.to_string()), "left_out": left_out,
        });
        writeln!(out, "{told:#}")?;
    } else {
        let from = span.map_or_else(String::new, |(oldest, newest)| {
            let date = |at| words::date(words::london_date(at));
            format!(", received from {} to {}", date(oldest), date(newest))
        });
        writeln!(
            out,
            "import: {}{from}; {known} logged already, {historic} historic, and up to {open} would open cases; left out \
             {left_out}",
            words::counted(messages, "message")
        )?;
    }
    Ok(exit)
}
