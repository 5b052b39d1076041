//! `complaintsd contact log`, `contact first-received`, `case record` and `incident`: what officers record
//! on the pages, entered by the person who runs complaintsd, acting as the officer named.

use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Exit;
use super::open::Records;
use crate::casework::record::{Filled, Input, Record, date};
use crate::casework::{Casework, Destination};
use crate::daemon::house;
use crate::domain::case::Case;
use crate::domain::channel::{Channel, Entered, EnteredFile, FirstReceipt, Taken};
use crate::domain::circumstances::Ended;
use crate::domain::ids::{CaseRef, ContactId, Digest, EmailAddress};
use crate::domain::incident::{Audience, NewIncident};
use crate::domain::people::{Officer, Standing};
use crate::domain::post::PostalAddress;
use crate::ingest;

/// `contact log`.
#[derive(Debug, Args)]
pub struct ContactLog {
    /// How it came: phone, letter, visit, portal, social-media, councillor or mp
    #[arg(long)]
    pub channel: Channel,
    /// When it was truly received, such as 2026-11-20T14:30:00Z
    #[arg(long, value_name = "RFC3339")]
    pub received: Timestamp,
    /// Which of our people took it
    #[arg(long, value_name = "NAME")]
    pub taken_by: String,
    /// The resident's name
    #[arg(long, default_value = "")]
    pub name: String,
    /// The resident's e-mail address
    #[arg(long)]
    pub email: Option<EmailAddress>,
    /// Other ways to reach them
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reach: String,
    /// The resident's postal address without the name: its lines, parted by commas
    #[arg(long, value_name = "LINES")]
    pub postal: Option<PostalAddress>,
    /// What it is about, in a few words
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub subject: String,
    /// A file that came with it; may be given several times
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// The case it belongs to; without it, a case is opened
    #[arg(long, value_name = "REF")]
    pub case: Option<CaseRef>,
    /// The officer who logs it
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// `contact first-received`.
#[derive(Debug, Args)]
pub struct FirstReceived {
    /// The contact's number
    pub id: ContactId,
    /// When a colleague received it, such as 2026-11-20T14:30:00Z
    #[arg(long, value_name = "RFC3339")]
    pub at: Timestamp,
    /// Who
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// How that is known
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The officer who declares it
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// `case record`.
#[derive(Debug, Args)]
pub struct CaseRecord {
    /// The case's reference
    #[arg(value_name = "REF")]
    pub reference: CaseRef,
    /// What is recorded: circumstance, preference, postal-address, representative, consent, handler, conflict, restriction,
    /// ombudsman, ombudsman-done, review or end
    #[arg(value_name = "WHAT")]
    pub what: Record,
    /// Its fields, such as text="We phone before each visit" review-by=2027-05-04; wrong ones are told with
    /// all that there are
    #[arg(value_name = "FIELD=TEXT")]
    pub fields: Vec<String>,
    /// The officer who records it
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// `incident`.
#[derive(Debug, Subcommand)]
pub enum Incident {
    /// Declare a time in which we cannot comply with the Code (8.5); no date moves
    Declare {
        /// What happened
        #[arg(long)]
        what: String,
        /// Since when, such as 2026-11-20
        #[arg(long, value_name = "DATE")]
        began: String,
        /// When we expect to comply again
        #[arg(long, value_name = "DATE")]
        back_by: String,
        /// How the Ombudsman and residents are told, and where it is published
        #[arg(long)]
        told: String,
        /// The senior officer who declares it
        #[arg(long = "as", value_name = "EMAIL")]
        officer: EmailAddress,
    },
    /// End the incident that stands
    End {
        /// The senior officer who ends it
        #[arg(long = "as", value_name = "EMAIL")]
        officer: EmailAddress,
    },
    /// Show the incident that stands, the cases it affects, and earlier ones
    Show,
    /// Show what to tell of the newest incident: to the Ombudsman, to residents, on the website
    Texts,
    /// Approve one of these texts as it stands; send it on yourself
    Approve {
        /// ombudsman, residents or website
        audience: Audience,
        /// The digest that `incident texts` showed
        #[arg(long)]
        digest: Digest,
        /// The senior officer who approves it
        #[arg(long = "as", value_name = "EMAIL")]
        officer: EmailAddress,
    },
}

/// The officer an act is done as, and where it is done.
async fn desk(records: &Records, email: &EmailAddress) -> anyhow::Result<(Officer, Casework)> {
    let found = records.store.officer_by_email(email).await?;
    let (officer, _) = found.with_context(|| format!("there is no officer {email}: see `complaintsd officer list`"))?;
    ensure!(officer.standing == Standing::Active, "the account of {} has been switched off", officer.email);
    Ok((officer, desk_of(records)?))
}

fn desk_of(records: &Records) -> anyhow::Result<Casework> {
    let desk = house::desk(&records.config)?;
    Ok(house::casework(&records.config, &records.store, Arc::clone(&records.clock), desk))
}

/// Logs a contact; what was said stands on standard input.
pub(super) async fn log(asked: &ContactLog, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (officer, casework) = desk(records, &asked.officer).await?;
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("standard input cannot be read as text")?;
    let mut files = Vec::new();
    for path in &asked.attach {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push(EnteredFile { name, media_type: String::new(), bytes });
    }
    let entry = Entered {
        taken: Taken { channel: asked.channel, by: asked.taken_by.clone() },
        received_at: asked.received,
        name: asked.name.clone(),
        email: asked.email.clone(),
        reach: asked.reach.clone(),
        postal: asked.postal.clone(),
        subject: asked.subject.clone(),
        text,
        files,
        once: String::new(),
    };
    let to = asked.case.map_or(Destination::OpenCase, Destination::AddTo);
    let reader = (ingest::read as crate::casework::Reader, &records.config.hand_over);
    let (id, case) = casework.enter_contact(&officer, &entry, &to, reader).await?;
    match case {
        Some(case) => writeln!(out, "contact {id}: case {case}")?,
        None => writeln!(out, "contact {id}")?,
    }
    Ok(Exit::Done)
}

/// Declares an earlier receipt.
pub(super) async fn first_received(
    asked: &FirstReceived,
    records: &Records,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let (officer, casework) = desk(records, &asked.officer).await?;
    let first = FirstReceipt { at: asked.at, by: asked.by.clone(), reason: asked.reason.clone() };
    let case = casework.declare_first_receipt(&officer, asked.id, first).await?;
    let of_case = case.map_or_else(String::new, |case| format!(", case {case}"));
    writeln!(out, "contact {}{of_case}: counted from the earlier receipt", asked.id)?;
    Ok(Exit::Done)
}

/// Records something of a case.
pub(super) async fn record(asked: &CaseRecord, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (officer, casework) = desk(records, &asked.officer).await?;
    let known = asked.what.fields();
    let mut filled = Filled::new();
    for pair in &asked.fields {
        let (id, text) = pair.split_once('=').with_context(|| format!("'{pair}' is not FIELD=TEXT"))?;
        if !known.iter().any(|field| field.id == id) {
            bail!("{} has no field '{id}':\n{}", asked.what, usage(asked.what));
        }
        filled.insert(id.to_owned(), text.to_owned());
    }
    let officers = records.store.officers().await?;
    let command = asked.what.command(&filled, &officers).map_err(|faults| {
        let faults: Vec<String> = faults.into_iter().map(|(id, text)| format!("{id}: {text}")).collect();
        anyhow::anyhow!("{}\n{}", faults.join("\n"), usage(asked.what))
    })?;
    casework.act(&officer, asked.reference, command).await?;
    writeln!(out, "{}: {} recorded", asked.reference, asked.what)?;
    Ok(Exit::Done)
}

/// The fields of what can be recorded, one a line.
fn usage(what: Record) -> String {
    let line = |field: &crate::casework::record::Field| {
        let keys = match field.input {
            Input::Choice(choices) => {
                format!(": {}", choices().iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", "))
            }
            Input::Officer => ": an officer’s e-mail address".to_owned(),
            Input::Line | Input::Text | Input::Date => String::new(),
        };
        format!("  {}  {}{keys}", field.id, field.label)
    };
    what.fields().iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Declares, ends or shows.
pub(super) async fn incident(asked: &Incident, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match asked {
        Incident::Declare { what, began, back_by, told, officer } => {
            let (officer, casework) = desk(records, officer).await?;
            let day = |text: &str| date(text).with_context(|| format!("'{text}' is not a date such as 2026-11-20"));
            let (began_on, back_by) = (day(began)?, day(back_by)?);
            let new = NewIncident { what: what.clone(), began_on, back_by, told: told.clone() };
            casework.declare_incident(&officer, &new).await?;
            writeln!(out, "the incident is declared; no date of any case moves")?;
        }
        Incident::End { officer } => {
            let (officer, casework) = desk(records, officer).await?;
            casework.end_incident(&officer).await?;
            writeln!(out, "the incident is over")?;
        }
        Incident::Texts => {
            for text in desk_of(records)?.incident_texts().await? {
                let approved = text.approved.map_or_else(
                    || "not approved".to_owned(),
                    |one| {
                        format!("approved by {}, {}", one.approved_by, crate::domain::words::instant(one.approved_at))
                    },
                );
                writeln!(out, "== {}: {approved}\n== digest {}\n", text.audience.words(), text.digest)?;
                writeln!(out, "{}\n\n{}\n", text.subject, text.text)?;
            }
        }
        Incident::Approve { audience, digest, officer } => {
            let (officer, casework) = desk(records, officer).await?;
            casework.approve_incident_text(&officer, *audience, *digest).await?;
            writeln!(out, "the text is approved; send it on yourself")?;
        }
        Incident::Show => {
            let today = crate::domain::words::london_date(records.clock.now());
            for incident in records.store.incidents().await? {
                let over = incident.ended_on.map_or_else(String::new, |on| format!(" Over since {on}."));
                writeln!(out, "{}{over}", super::print::one_line(&incident.in_words()))?;
                if incident.ended_on.is_none() {
                    let cases = records.store.work_list(usize::MAX).await?;
                    for case in cases.iter().filter(|case| incident.affects(case, today)) {
                        writeln!(out, "  {}", case.reference)?;
                    }
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// What is recorded of the people of a case, for other programs.
pub(super) fn to_json(case: &Case) -> Value {
    let people = &case.people;
    let ended =
        |ended: &Option<Ended>| ended.as_ref().map(|ended| json!({ "on": ended.on.to_string(), "why": ended.why }));
    json!({
        "circumstances": people.recorded.iter().map(|one| json!({
            "kind": one.kind.key(), "text": one.text, "on": one.on.to_string(),
            "review_by": one.review_by.to_string(), "ended": ended(&one.ended),
        })).collect::<Vec<_>>(),
        "preferences": people.preferences.as_ref().map(|one| json!({
            "contact": one.contact.key(), "format": one.format.key(), "language": one.language,
        })),
        "representatives": people.representatives.iter().map(|one| json!({
            "name": one.name, "email": one.email.as_ref().map(|email| email.as_str()),
            "authority": one.authority.key(), "scope": one.scope.key(),
            "consent": one.consent.as_ref().map(|consent| json!({
                "on": consent.on.to_string(), "evidence": consent.evidence,
            })),
            "expires_on": one.expires_on.map(|on| on.to_string()), "ended": ended(&one.ended),
        })).collect::<Vec<_>>(),
        "declarations": people.declarations.iter().map(|one| json!({
            "officer": one.name, "interest": one.interest.key(), "reason": one.reason, "on": one.on.to_string(),
        })).collect::<Vec<_>>(),
        "restrictions": people.restrictions.iter().map(|one| json!({
            "what": one.what, "reason": one.reason, "evidence": one.evidence, "equality": one.equality,
            "decided_by": one.decided_by, "from": one.from.to_string(), "review_by": one.review_by.to_string(),
            "ended": ended(&one.ended),
        })).collect::<Vec<_>>(),
        "ombudsman": people.ombudsman.iter().map(|one| json!({
            "reference": one.reference, "kind": one.kind.key(), "text": one.text,
            "received_on": one.received_on.to_string(), "due_by": one.due_by.map(|by| by.to_string()),
            "done": one.done.as_ref().map(|done| json!({ "on": done.on.to_string(), "proof": done.proof })),
        })).collect::<Vec<_>>(),
        "tasks": people.tasks().iter().map(|task| json!({ "what": task.what, "by": task.by.to_string() }))
            .collect::<Vec<_>>(),
    })
}
