//! `complaintsd contact`: every message, logged whatever it is; listed, shown, or as it arrived.

use std::io::Write;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::args::{Contact as Words, List};
use super::open::Records;
use super::print::{one_line, plain};
use super::{Exit, decide, people, print};
use crate::domain::contact::{Bounce, Contact, FailedRecipient, Failure};
use crate::domain::ids::ContactId;
use crate::domain::words;
use crate::store::Store;

/// How many contacts are held at a time.
const PAGE: usize = 200;

/// Lists or shows.
pub(super) async fn run(asked: &Words, records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let store = &records.store;
    match asked {
        Words::Decide(asked) => return decide::run(asked, records, out).await,
        Words::Log(asked) => return people::log(asked, records, out).await,
        Words::FirstReceived(asked) => return people::first_received(asked, records, out).await,
        Words::List(List { json: true }) => list_json(store, out).await?,
        Words::List(List { json: false }) => {
            let mut pages = Pages::of(store).await?;
            while let Some(page) = pages.next(store).await? {
                print::table(&page.iter().map(row).collect::<Vec<_>>(), out)?;
            }
        }
        Words::Show { id, raw, json } => {
            let contact = store.contact(*id).await?.with_context(|| missing(*id))?;
            if *raw {
                let place = store.contact_raw_id(*id).await?.with_context(|| missing(*id))?;
                out.write_all(&store.raw(place).await?.with_context(|| missing(*id))?)?;
            } else if *json {
                writeln!(out, "{:#}", to_json(&contact))?;
            } else {
                show(&contact, out)?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn missing(id: ContactId) -> String {
    format!("there is no contact {id}: see `complaintsd contact list`")
}

/// All contacts, oldest first, without holding them all: they are numbered in the order they came, so
/// a page is what lies in the next range of numbers.
struct Pages {
    done: i64,
    last: i64,
}

impl Pages {
    async fn of(store: &Store) -> anyhow::Result<Self> {
        let newest = store.contacts(None, 1).await?;
        Ok(Self { done: 0, last: newest.first().map_or(0, |contact| contact.id.0) })
    }

    async fn next(&mut self, store: &Store) -> anyhow::Result<Option<Vec<Contact>>> {
        if self.done >= self.last {
            return Ok(None);
        }
        let end = self.done.saturating_add(i64::try_from(PAGE)?).min(self.last);
        let mut page = store.contacts(Some(ContactId(end.saturating_add(1))), PAGE).await?;
        page.retain(|contact| contact.id.0 > self.done);
        page.reverse();
        self.done = end;
        Ok(Some(page))
    }
}

/// One array, written as it is read.
async fn list_json(store: &Store, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut pages = Pages::of(store).await?;
    let mut separator = "[";
    while let Some(page) = pages.next(store).await? {
        for contact in &page {
            write!(out, "{separator}\n{:#}", to_json(contact))?;
            separator = ",";
        }
    }
    writeln!(out, "{}", if separator == "[" { "[]" } else { "\n]" })?;
    Ok(())
}

pub(super) fn row(contact: &Contact) -> Vec<String> {
    let Contact { id, received_at, sorted, reading, case, .. } = contact;
    vec![
        id.to_string(),
        words::london_date(*received_at).to_string(),
        sorted.kind.to_string(),
        case.map_or_else(|| "-".to_owned(), |case| case.to_string()),
        reading.from.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        one_line(&reading.subject),
    ]
}

fn show(contact: &Contact, out: &mut dyn Write) -> std::io::Result<()> {
    let Contact { id, received_at, sorted, sender, reading, case, waiting, decided, marks, .. } = contact;
    let from = reading.from.as_ref().map_or("no usable address", |from| from.as_str());
    writeln!(out, "Contact {id}: {} ({})", sorted.kind, sorted.reason)?;
    writeln!(out, "Received: {}", words::instant(*received_at))?;
    if let Some(taken) = &contact.taken {
        writeln!(out, "Came by: {}, taken by {}", taken.channel.words(), one_line(&taken.by))?;
    }
    if let Some(first) = &contact.first_receipt {
        let (by, reason) = (one_line(&first.by), one_line(&first.reason));
        writeln!(out, "First received: {}, by {by}: {reason}", words::instant(first.at))?;
    }
    writeln!(out, "From: {} <{from}>", one_line(&reading.from_name))?;
    if let Some(check) = sender {
        writeln!(out, "Sender check: {}", one_line(&check.reason))?;
    }
    writeln!(out, "Subject: {}", one_line(&reading.subject))?;
    if let Some(message_id) = &reading.message_id {
        writeln!(out, "Message-ID: {}", one_line(message_id))?;
    }
    if let Some(case) = case {
        writeln!(out, "Case: {case}")?;
    }
    if let Some(waiting) = waiting.filter(|_| decided.is_none()) {
        writeln!(out, "To decide: {waiting}")?;
    }
    if let Some(decided) = decided {
        let (what, at) = (decided.decision.words(), words::instant(decided.at));
        writeln!(
            out,
            "Decided: {what}, by {}, {at}: {}",
            one_line(&decided.by.to_string()),
            one_line(&decided.reason)
        )?;
    }
    for mark in marks {
        writeln!(out, "Must not wait ({}): {}", mark.list, one_line(&mark.words.join(", ")))?;
    }
    for task in &reading.tasks {
        writeln!(out, "To do: {}", one_line(task))?;
    }
    for attachment in &reading.attachments {
        let (name, media_type) = (one_line(&attachment.name), one_line(&attachment.media_type));
        writeln!(out, "Attachment: {name} ({media_type}, {} bytes)", attachment.size)?;
    }
    for problem in &reading.problems {
        writeln!(out, "Problem: {}", one_line(problem))?;
    }
    writeln!(out, "\n{}", plain(reading.text.trim_end()))
}

/// A contact for other programs.
pub(super) fn to_json(contact: &Contact) -> Value {
    let Contact { id, received_at, intake, sorted, sender, marks, reading, case, waiting, decided, .. } = contact;
    let waiting = waiting.filter(|_| decided.is_none());
    let attachments = reading.attachments.iter();
    let mut value = json!({
        "id": id.0,
        "kind": sorted.kind.key(),
        "reason": sorted.reason,
        "intake": intake.key(),
        "received_at": received_at.to_string(),
        "from": reading.from.as_ref().map(|from| from.as_str()),
        "from_name": reading.from_name,
        "sender": sender.as_ref().map(|check| json!({ "verdict": check.verdict.key(), "reason": check.reason })),
        "subject": reading.subject,
        "message_id": reading.message_id,
        "case_ref": case.map(|case| case.to_string()),
        "text": reading.text,
        "attachments": attachments
            .map(|item| json!({ "name": item.name, "media_type": item.media_type, "size": item.size }))
            .collect::<Vec<_>>(),
        "marks": marks.iter().map(|mark| json!({ "list": mark.list, "words": mark.words })).collect::<Vec<_>>(),
        "problems": reading.problems,
        "tasks": reading.tasks,
        "waiting": waiting.map(|waiting| json!({ "key": waiting.key(), "reason": waiting.to_string() })),
        "decided": decided.as_ref().map(|decided| json!({
            "decision": decided.decision.key(),
            "reason": decided.reason,
            "by": decided.by.to_string(),
            "at": decided.at.to_string(),
        })),
    });
    if let (Some(bounce), Some(fields)) = (&sorted.bounce, value.as_object_mut()) {
        fields.insert("bounce".to_owned(), bounce_json(bounce));
    }
    if let Some(fields) = value.as_object_mut() {
        let taken = contact.taken.as_ref();
        fields.insert("channel".to_owned(), json!(taken.map_or("email", |taken| taken.channel.key())));
        fields.insert("taken_by".to_owned(), json!(taken.map(|taken| &taken.by)));
        let first = contact.first_receipt.as_ref();
        let first = first.map(|first| json!({ "at": first.at.to_string(), "by": first.by, "reason": first.reason }));
        fields.insert("first_receipt".to_owned(), json!(first));
    }
    value
}

fn bounce_json(bounce: &Bounce) -> Value {
    let recipient = |failed: &FailedRecipient| {
        let permanent = failed.failure == Failure::Permanent;
        json!({ "address": failed.address, "status": failed.status, "permanent": permanent })
    };
    json!({
        "recipients": bounce.recipients.iter().map(recipient).collect::<Vec<_>>(),
        "original_message_id": bounce.original_message_id,
    })
}
