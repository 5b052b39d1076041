//! Reports of delivery: whom a message of ours did not reach, why, and which message it was. The standard
//! form (RFC 3462, RFC 3464) first, then the words of mail servers that keep to none.
//!
//! Invariant: a report is only taken for one when it is in the standard form, or when a mail system sent it
//! *and* it speaks of a failure or a delay; a resident's complaint can be about undelivered post.

use mail_parser::{Message, MimeHeaders, PartType};

use crate::domain::contact::{Bounce, ContactKind, FailedRecipient, Failure, Reading, Sorted};
use crate::domain::ids::EmailAddress;

use super::headers::Headers;
use super::{bounce_text, structure, text};

/// Most recipients taken from one report.
pub(super) const MAX_RECIPIENTS: usize = 100;

/// What a report is about, once it is known to be one.
struct Subject {
    message_id: Option<String>,
    to: Option<String>,
}

/// A report in the standard form (RFC 3462): delivery (RFC 3464), reading (RFC 8098), abuse (RFC 5965).
pub(super) fn standard(
    bytes: &[u8],
    headers: &Headers<'_>,
    reading: &Reading,
    ours: &[EmailAddress],
) -> Option<Sorted> {
    let content_type = headers.text("Content-Type").unwrap_or_default().to_ascii_lowercase();
    if !content_type.starts_with("multipart/report") || structure::cost(bytes) > structure::MAX_COST {
        return None;
    }
    let found = structure::with_message(bytes, |message, _| {
        let part = |subtype: &str| {
            message.parts.iter().find(|part| part.is_content_type("message", subtype)).map(|part| part.contents())
        };
        if let Some(status) = part("delivery-status").or_else(|| part("global-delivery-status")) {
            return Some(delivery(status, &returned(message), reading, ours));
        }
        if let Some(fields) = part("disposition-notification").or_else(|| part("global-disposition-notification")) {
            return Some(receipt(fields, reading));
        }
        part("feedback-report").map(|_| {
            sorted(ContactKind::DeliveryReport, "It is a report that a message was marked as unwanted (RFC 5965).")
        })
    });
    found.flatten().or_else(|| labelled(&content_type, reading, ours))
}

fn sorted(kind: ContactKind, reason: impl Into<String>) -> Sorted {
    Sorted { kind, reason: reason.into(), bounce: None }
}

/// A report whose machine-readable part is missing or unreadable says by its label what it is.
fn labelled(content_type: &str, reading: &Reading, ours: &[EmailAddress]) -> Option<Sorted> {
    if content_type.contains("disposition-notification") {
        return Some(sorted(
            ContactKind::ReadReceipt,
            "It calls itself a report that a message was opened (RFC 8098).",
        ));
    }
    content_type.contains("delivery-status").then(|| Sorted {
        bounce: Some(worded(reading, &Subject { message_id: None, to: None }, ours, Failure::Permanent)),
        ..sorted(ContactKind::Bounce, "It calls itself a delivery report and says nothing of success (RFC 3464).")
    })
}

/// The returned message, or its header: what the report is about.
fn returned(message: &Message<'_>) -> Subject {
    for part in &message.parts {
        if let PartType::Message(inside) = &part.body {
            let to = inside.to().and_then(|to| to.first()).and_then(|to| to.address.as_deref());
            return Subject { message_id: inside.message_id().map(text::one_line), to: to.map(text::one_line) };
        }
        let header = ["rfc822-headers", "global-headers", "rfc822", "global"];
        if header
            .iter()
            .any(|subtype| part.is_content_type("text", subtype) || part.is_content_type("message", subtype))
        {
            let headers = Headers::of(part.contents());
            let to = headers.mailboxes("To").into_iter().next().map(|(_, address)| address);
            return Subject { message_id: headers.ids("Message-ID").into_iter().next(), to };
        }
    }
    Subject { message_id: None, to: None }
}

/// One block of a delivery-status part: its fields, unfolded, names in lower case.
fn blocks(status: &[u8]) -> Vec<Vec<(String, String)>> {
    let mut blocks: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in String::from_utf8_lossy(status).lines().take(10_000) {
        let Some(block) = blocks.last_mut() else { break };
        if line.trim().is_empty() {
            if !block.is_empty() {
                blocks.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            block.push((name.trim().to_ascii_lowercase(), text::one_line(value)));
        }
    }
    blocks
}

fn field<'b>(block: &'b [(String, String)], name: &str) -> Option<&'b str> {
    block.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// What became of one recipient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Failed,
    Delayed,
    Delivered,
}

/// What the delivery-status part says: one failed recipient makes it a bounce.
fn delivery(status: &[u8], about: &Subject, reading: &Reading, ours: &[EmailAddress]) -> Sorted {
    let blocks = blocks(status);
    let mut recipients: Vec<(Outcome, FailedRecipient)> = Vec::new();
    for block in &blocks {
        let action = field(block, "action").map(str::to_ascii_lowercase);
        let code = field(block, "status").and_then(|status| bounce_text::enhanced(status).next());
        if action.is_none() && code.is_none() {
            continue;
        }
        let diagnostic = field(block, "diagnostic-code").unwrap_or_default();
        let code = code.or_else(|| bounce_text::enhanced(diagnostic).next());
        let failure = bounce_text::failure(code.as_deref(), diagnostic).unwrap_or(Failure::Permanent);
        let outcome = match action.as_deref() {
            Some(action) if action.starts_with("fail") => Outcome::Failed,
            Some(action) if action.starts_with("delay") => Outcome::Delayed,
            Some(_) => Outcome::Delivered,
            None if code.as_ref().is_some_and(|code| code.starts_with('2')) => Outcome::Delivered,
            None if failure == Failure::Temporary => Outcome::Delayed,
            None => Outcome::Failed,
        };
        let address = field(block, "original-recipient").and_then(address_of);
        let address = address.or_else(|| field(block, "final-recipient").and_then(address_of)).unwrap_or_default();
        if recipients.len() < MAX_RECIPIENTS {
            recipients.push((outcome, FailedRecipient { address, status: code, failure }));
        }
    }
    let all = |wanted: Outcome| -> Vec<FailedRecipient> {
        recipients.iter().filter(|(outcome, _)| *outcome == wanted).map(|(_, one)| one.clone()).collect()
    };
    let message_id = about.message_id.clone().or_else(|| {
        let named = |name| blocks.iter().find_map(|block| field(block, name));
        ["original-message-id", "x-original-message-id"].into_iter().find_map(named).map(bare_id)
    });
    let about = Subject { message_id, to: about.to.clone() };
    let told = |mut failed: Vec<FailedRecipient>, failure: Failure| {
        let mut words = worded(reading, &about, ours, failure);
        // A block that names nobody is helped out by the text and the returned header.
        for one in failed.iter_mut().filter(|one| one.address.is_empty()) {
            one.address = words.recipients.first().map(|other| other.address.clone()).unwrap_or_default();
        }
        if !failed.is_empty() {
            words.recipients = failed;
        }
        Some(words)
    };
    if !all(Outcome::Failed).is_empty() || recipients.is_empty() {
        let failed = all(Outcome::Failed);
        let code = failed.iter().find_map(|one| one.status.clone());
        let code = code.map_or_else(String::new, |code| format!(", status {code}"));
        let reason = format!("It is a report that a message could not be delivered (RFC 3464{code}).");
        return Sorted { bounce: told(failed, Failure::Permanent), ..sorted(ContactKind::Bounce, reason) };
    }
    if !all(Outcome::Delayed).is_empty() {
        let reason = "It is a report that a message is delayed and still being tried (RFC 3464).";
        let bounce = told(all(Outcome::Delayed), Failure::Temporary);
        return Sorted { bounce, ..sorted(ContactKind::DeliveryDelay, reason) };
    }
    let reason = "It is a report that a message was delivered or passed on (RFC 3464).";
    let bounce = Some(Bounce { recipients: Vec::new(), original_message_id: original_id(reading, &about) });
    Sorted { bounce, ..sorted(ContactKind::DeliveryReport, reason) }
}

/// A report that a message was opened or deleted.
fn receipt(fields: &[u8], reading: &Reading) -> Sorted {
    let blocks = blocks(fields);
    let message_id = blocks.iter().find_map(|block| field(block, "original-message-id")).map(bare_id);
    let about = Subject { message_id, to: None };
    let bounce = Some(Bounce { recipients: Vec::new(), original_message_id: original_id(reading, &about) });
    Sorted {
        bounce,
        ..sorted(ContactKind::ReadReceipt, "It is a report that a message was opened or deleted (RFC 8098).")
    }
}

fn bare_id(value: &str) -> String {
    value.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// The address of a recipient field such as `rfc822; ann@example.org` (RFC 3464 §2.3.1).
fn address_of(value: &str) -> Option<String> {
    let address = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let address = address.trim_start_matches('<').trim_end_matches('>').trim();
    (!address.is_empty()).then(|| address.chars().take(320).collect())
}

/// Which message a report is about: as its returned header says, its text, or what it answers.
fn original_id(reading: &Reading, about: &Subject) -> Option<String> {
    about
        .message_id
        .clone()
        .or_else(|| bounce_text::message_id(&reading.text))
        .or_else(|| reading.answers.first().cloned())
}

/// What the words of a report say, with the returned header's help.
fn worded(reading: &Reading, about: &Subject, ours: &[EmailAddress], unclear: Failure) -> Bounce {
    let not = |address: &str| {
        let same = |other: &EmailAddress| other.as_str().eq_ignore_ascii_case(address);
        ours.iter().chain(&reading.from).any(same)
    };
    let mut recipients = bounce_text::recipients(&reading.text, &not, unclear);
    if recipients.is_empty()
        && let Some(to) = about.to.as_deref().filter(|to| !not(to))
    {
        recipients.push(bounce_text::recipient(to, &reading.text, unclear));
    }
    Bounce { recipients, original_message_id: original_id(reading, about) }
}

/// Reports in the words of mail servers that do not follow RFC 3464.
pub(super) fn unusual(bytes: &[u8], headers: &Headers<'_>, reading: &Reading, ours: &[EmailAddress]) -> Option<Sorted> {
    let address = reading.from.as_ref().map_or("", EmailAddress::as_str).to_ascii_lowercase();
    let local = address.split('@').next().unwrap_or_default();
    let daemon = matches!(local, "mailer-daemon" | "mailerdaemon" | "mail-daemon");
    let name = reading.from_name.to_lowercase();
    let system = daemon
        || local == "postmaster"
        || local.starts_with("microsoftexchange")
        || name.starts_with("mail delivery s")
        || name == "mailer-daemon"
        || name == "microsoft outlook" && local.contains("exchange");
    let null_path = headers.all("Return-Path").any(|path| path == b"<>");
    if !system && !null_path {
        return None;
    }
    let subject = reading.subject.to_lowercase();
    let failed_header = headers.text("X-Failed-Recipients");
    let delayed = bounce_text::speaks_of_delay(&subject);
    let worded_failure = failed_header.is_some()
        || bounce_text::speaks_of_failure(&subject)
        || system && bounce_text::speaks_of_failure(&bounce_text::report(&reading.text).to_lowercase());
    if !(delayed || worded_failure || daemon) {
        return None;
    }
    let about = nested(bytes, headers);
    let unclear = if delayed { Failure::Temporary } else { Failure::Permanent };
    let mut bounce = worded(reading, &about, ours, unclear);
    if let Some(listed) = failed_header {
        let listed = listed.split(',').map(str::trim).filter(|address| address.contains('@')).take(MAX_RECIPIENTS);
        bounce.recipients = listed.map(|address| bounce_text::recipient(address, &reading.text, unclear)).collect();
    }
    // An empty return path alone is a web form's too: then the report must name whom and why.
    let complete = bounce.recipients.iter().any(|one| one.status.is_some() || bounce_text::has_code(&reading.text));
    if !system && !complete {
        return None;
    }
    let (kind, reason) = if delayed {
        (ContactKind::DeliveryDelay, "A mail system says that a message is delayed and still being tried.")
    } else if worded_failure {
        (ContactKind::Bounce, "A mail system says that a message could not be delivered.")
    } else {
        (ContactKind::Bounce, "It comes from a mail system’s own address (mailer-daemon).")
    };
    Some(Sorted { bounce: Some(bounce), ..sorted(kind, reason) })
}

/// The returned message inside a report of no standard form.
fn nested(bytes: &[u8], headers: &Headers<'_>) -> Subject {
    let multipart =
        headers.text("Content-Type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/"));
    if !multipart || structure::cost(bytes) > structure::MAX_COST {
        return Subject { message_id: None, to: None };
    }
    structure::with_message(bytes, |message, _| returned(message)).unwrap_or(Subject { message_id: None, to: None })
}
