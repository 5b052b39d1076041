//! `complaintsd poll`: each mailbox once, and nothing else. A mailbox that fails does not stop the
//! others. With `--dry-run` nothing is taken: it is only counted.

use std::io::Write;

use serde_json::{Value, json};

use super::args::Poll;
use super::open::Records;
use super::progress::{Meter, until_interrupted};
use super::{Exit, daemon_does, print};
use crate::config::Mailbox;
use crate::daemon::house;
use crate::domain::words;
use crate::ingest::{self, FolderFault, Ingest, IngestError, Pass, Survey};
use crate::mailbox::{MailSource, MailboxError};
use crate::store::StoreError;

/// Reads the mailboxes. A fault that waiting does not cure ends with 1, any other with 75.
pub(super) async fn run(poll: &Poll, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    if poll.dry_run {
        return dry_run(poll.json, records, out).await;
    }
    let Some(_held) = records.store.lock_instance().await? else { return Ok(daemon_does("reads the mailbox")) };
    until_interrupted(poll_all(records, out)).await
}

async fn poll_all(records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let sign_ins = records.sign_ins();
    let mut exit = Exit::Done;
    for mailbox in &records.config.mailboxes {
        let ingest = records.ingest().from_cut_over(mailbox.cut_over);
        let mut source = house::source(mailbox, &sign_ins);
        let meter = Meter::of(&mailbox.name, &records.clock);
        let passed = ingest.run_once(source.as_mut(), &|so_far| meter.at(so_far)).await;
        drop(meter);
        source.close().await;
        match passed {
            Ok(pass) => {
                note(records, &mailbox.name, None).await?;
                tell(&mailbox.name, pass, out)?;
            }
            Err(IngestError::Partly { pass, faults, .. }) => {
                let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
                said.iter().for_each(|fault| eprintln!("complaintsd: {fault}"));
                note(records, &mailbox.name, Some(&said.join("; "))).await?;
                tell(&mailbox.name, pass, out)?;
                exit = faults.iter().fold(exit, |exit, fault| match fault {
                    FolderFault::Mailbox(error) => exit.or(error),
                    FolderFault::History(_) => Exit::Failed,
                });
            }
            Err(IngestError::Mailbox(fault)) => {
                eprintln!("complaintsd: {fault}");
                note(records, &mailbox.name, Some(&fault.to_string())).await?;
                exit = exit.or(&fault);
            }
            Err(IngestError::Store(fault)) => return Err(fault.into()),
        }
    }
    Ok(exit)
}

fn tell(name: &str, pass: Pass, out: &mut dyn Write) -> std::io::Result<()> {
    let Pass { kept, contacts, cases, duplicates } = pass;
    writeln!(out, "{name}: kept {kept}, contacts {contacts}, cases {cases}, duplicates {duplicates}")
}

impl Exit {
    /// After this fault: one that waiting does not cure outweighs others.
    pub(super) fn or(self, fault: &MailboxError) -> Self {
        if self == Self::Failed || fault.fault.needs_a_person() { Self::Failed } else { Self::Temporary }
    }
}

/// Notes how the reading went, for the officers' pages.
async fn note(records: &Records, mailbox: &str, fault: Option<&str>) -> Result<(), StoreError> {
    let now = records.clock.now();
    let mut tx = records.store.begin().await?;
    match fault {
        None => tx.mailbox_read(mailbox, now).await?,
        Some(fault) => tx.mailbox_failed(mailbox, fault, now).await?,
    }
    tx.commit().await
}

/// Looks at every folder of every mailbox: the surveys, and a line for each that could not be looked at.
pub(super) async fn survey_all(
    records: &Records,
    mut each: impl FnMut(&Mailbox, &Ingest, Survey) -> std::io::Result<()>,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for mailbox in &records.config.mailboxes {
        let ingest = records.ingest().from_cut_over(mailbox.cut_over);
        let mut source = house::source_to_look_at(mailbox, &records.sign_ins());
        match survey(&ingest, source.as_mut()).await {
            Ok((surveys, faults)) => {
                surveys.into_iter().try_for_each(|survey| each(mailbox, &ingest, survey))?;
                for fault in faults {
                    eprintln!("complaintsd: {fault}");
                    exit = Exit::Failed;
                }
            }
            Err(IngestError::Mailbox(fault)) => {
                eprintln!("complaintsd: {fault}");
                exit = exit.or(&fault);
            }
            Err(fault) => return Err(fault.into()),
        }
        source.close().await;
    }
    Ok(exit)
}

async fn survey(ingest: &Ingest, source: &mut dyn MailSource) -> Result<(Vec<Survey>, Vec<FolderFault>), IngestError> {
    let (mut surveys, mut faults) = (Vec::new(), Vec::new());
    for folder in source.folders().await? {
        match ingest.survey(source, &folder).await {
            Ok(survey) => surveys.push(survey),
            Err(IngestError::Mailbox(error)) if error.is_about_one_folder() => {
                faults.push(FolderFault::Mailbox(error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((surveys, faults))
}

/// Counts what a pass would take.
async fn dry_run(as_json: bool, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut told: Vec<Value> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let exit = survey_all(records, |mailbox, ingest, survey| {
        let (historic, open) = ingest.forecast(&survey);
        let span = ingest::span(&survey.facts);
        let [messages, news] = [survey.facts.len(), survey.compared.missing.len()];
        let asks = survey.before.is_none() && mailbox.cut_over.is_none();
        told.push(json!({
            "mailbox": mailbox.name,
            "folder": survey.folder.name,
            "intake": survey.folder.intake.key(),
            "messages": messages,
            "oldest": span.map(|(oldest, _)| oldest.to_string()),
            "newest": span.map(|(_, newest)| newest.to_string()),
            "in_ledger": messages.saturating_sub(news),
            "new": news,
            "historic": historic,
            "could_open_cases": open,
            "first_connection": survey.before.is_none(),
            "cut_over": mailbox.cut_over.map(|date| date.to_string()),
        }));
        let from = span.map_or_else(String::new, |(oldest, newest)| {
            let date = |at| words::date(words::london_date(at));
            format!(", received from {} to {}", date(oldest), date(newest))
        });
        let would = if asks && open > 0 {
            format!(
                "none would be taken before cut_over is set, if any is older than yesterday; without it up to {open} would \
                 open cases"
            )
        } else {
            format!("of these {historic} historic, and up to {open} would open cases")
        };
        lines.push(format!(
            "{}{}: {}{from}; {news} not in the ledger, {would}",
            mailbox.name,
            print::folder(&survey.folder),
            words::counted(messages, "message"),
        ));
        Ok(())
    })
    .await?;
    if as_json {
        print::array(told.into_iter(), out)?;
    } else {
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(exit)
}
