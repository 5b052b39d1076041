//! Reads a message: from bytes to sender, subject, text and attachments. It cannot fail.
//!
//! Invariants: any bytes give a reading; work is bounded (see [`structure::cost`], [`html`] and the
//! limits here); what was not read or not understood is said in `problems`, in words for an officer;
//! a sender that is not certain is no sender, so that nothing is ever linked to the wrong person.

use std::collections::BTreeMap;

use mail_parser::Message;

use crate::domain::contact::Reading;
use crate::domain::ids::EmailAddress;
use crate::domain::{nobody, search};

use super::attachments::AttachmentBytes;
use super::headers::Headers;
use super::structure;
use super::{attachments, body, sender, text};

/// How many earlier messages an answer is remembered to answer, newest first.
const MAX_ANSWERS: usize = 100;

/// How deep attached messages are opened within each other.
const MAX_NESTED: usize = 10;

/// What a message says. Total: any bytes give a reading, and what was wrong stands in its problems.
#[must_use]
pub fn read(bytes: &[u8]) -> Reading {
    examine(bytes, None).0
}

/// One attachment, byte for byte as the sender attached it. Each number of the path is a place in
/// the attachments of a reading: `[2]` is the third attachment; `[2, 0]` the first one of the message
/// that is the third attachment. `None` when there is none, or the message could not be read.
#[must_use]
pub fn attachment(bytes: &[u8], path: &[usize]) -> Option<AttachmentBytes> {
    let (first, deeper) = path.split_first()?;
    let mut found = examine(bytes, Some(*first)).1?;
    for place in deeper.iter().take(MAX_NESTED) {
        found = is_message(&found.media_type).then(|| examine(&found.bytes, Some(*place)).1)??;
    }
    (deeper.len() <= MAX_NESTED).then_some(found)
}

/// An attached message, read as a message of its own; the path is that of [`attachment`]. `None` when
/// the attachment is no message.
#[must_use]
pub fn nested(bytes: &[u8], path: &[usize]) -> Option<Reading> {
    let found = attachment(bytes, path)?;
    is_message(&found.media_type).then(|| read(&found.bytes))
}

/// Whether an attachment of this media type can be read as a message.
#[must_use]
pub fn is_message(media_type: &str) -> bool {
    matches!(media_type, "message/rfc822" | "message/global")
}

/// The HTML of a message exactly as its sender wrote it, decoded: not safe to show before it is
/// sanitised. `None` when the message has no HTML, or could not be read.
#[must_use]
pub fn html_body(bytes: &[u8]) -> Option<String> {
    look_into(bytes, body::html)?
}

/// The pictures of a message that its HTML may show, as their files, by Content-ID without angle
/// brackets (RFC 2392). Of several with the same one, the first.
#[must_use]
pub fn inline_pictures(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    look_into(bytes, attachments::inline_pictures).unwrap_or_default()
}

/// Looks at the parts of a message, unless that would take too long.
fn look_into<T>(bytes: &[u8], look: impl FnOnce(&Message<'_>) -> T) -> Option<T> {
    let bytes = structure::normalised(bytes);
    let headers = Headers::of(&bytes);
    if headers.is_empty() {
        return None;
    }
    structure::with_opened(&headers.shortened(&bytes), |message, _| look(message)).ok()?
}

/// Reads a message, and takes out the attachment at the place `wanted`.
fn examine(bytes: &[u8], wanted: Option<usize>) -> (Reading, Option<AttachmentBytes>) {
    let bytes = structure::normalised(bytes);
    let headers = Headers::of(&bytes);
    let mut reading = Reading::default();
    if headers.is_empty() {
        return (findable(without_header(&bytes), ""), None);
    }
    read_sender(&headers, &mut reading);
    sender::made_safe(&mut reading);
    read_subject_and_ids(&headers, &mut reading);
    if headers.cut {
        reading.problems.push("The message has an extremely long header; only its first 256 KB were read.".to_owned());
    }
    let bytes = headers.shortened(&bytes);
    let mut attached = String::new();
    let found = structure::with_opened(&bytes, |message, state| {
        reading.problems.extend(state.problems());
        let body = body::read(message);
        let listed = attachments::list(message, &body, wanted);
        attached = listed.searchable;
        let texts = std::iter::once(body.text).chain(listed.texts).filter(|text| !text.is_empty());
        reading.text = texts.collect::<Vec<_>>().join("\n\n");
        reading.attachments = listed.attachments;
        reading.attached = listed.attached;
        reading.problems.extend(body.problems.into_iter().chain(listed.problems));
        reading.tasks.extend(body.tasks.into_iter().chain(listed.tasks));
        listed.taken
    });
    let found = match found {
        Ok(Some(taken)) => taken,
        Ok(None) => {
            let rest = bytes.get(headers.body_at..).unwrap_or_default();
            reading.text = text::clean(&text::guess_charset(rest));
            None
        }
        Err(too_complex) => {
            reading.problems.push(too_complex.to_string());
            reading.tasks.push("Open the original message with care, and answer what it says.".to_owned());
            return (findable(reading, &attached), None);
        }
    };
    if reading.text.is_empty() {
        reading.problems.push(match reading.attachments.as_slice() {
            [] => "The message has no text.".to_owned(),
            _ => "The message has no text of its own: please look at its attachments.".to_owned(),
        });
    }
    (if wanted.is_none() { findable(reading, &attached) } else { reading }, found)
}

/// The reading with the words it can be found by.
pub fn findable(mut reading: Reading, attached: &str) -> Reading {
    let names = reading.attachments.iter().map(|attachment| attachment.name.as_str());
    let from = reading.from.as_ref().map_or("", EmailAddress::as_str);
    let said = [from, &reading.from_name, &reading.subject, &reading.text, attached];
    reading.words = search::words(said.into_iter().chain(names));
    reading
}

/// A message that begins with no header at all: everything in it is text.
fn without_header(bytes: &[u8]) -> Reading {
    let start = bytes.get(..super::html::MAX_HTML).unwrap_or(bytes);
    let text = text::clean(&text::guess_charset(start));
    let problem = if text.is_empty() {
        "The message is empty."
    } else {
        "The message has no header, so its sender, subject and date are not known; all of it is shown as text."
    };
    Reading { text, problems: vec![problem.to_owned()], ..Reading::default() }
}

/// The sender is what `From:` names, if it names exactly one address that can be written to. Another
/// header may hint who wrote, and is only shown: it never decides whom we answer.
fn read_sender(headers: &Headers<'_>, reading: &mut Reading) {
    let fields = headers.all("From").count();
    let named = headers.mailboxes("From");
    let usable: Vec<(&str, EmailAddress)> = named
        .iter()
        .filter_map(|(name, address)| Some((name.as_str(), address.parse::<EmailAddress>().ok()?)))
        .collect();
    match (fields, named.as_slice(), usable.as_slice()) {
        (1, [_], [(name, address)]) => {
            reading.from = Some(address.clone());
            reading.from_name = (*name).to_owned();
            answers_elsewhere(headers, address, reading);
            return;
        }
        (0, ..) => reading.problems.push("The message does not say who sent it.".to_owned()),
        (_, _, [_, _, ..]) => reading.problems.push(format!(
            "The message names more than one sender ({}), so the sender is not certain.",
            usable.iter().map(|(_, address)| address.as_str()).collect::<Vec<_>>().join(", ")
        )),
        (2.., ..) => {
            reading
                .problems
                .push("The message names its sender more than once, so the sender is not certain.".to_owned());
        }
        _ => {
            if let [(name, _)] = named.as_slice() {
                reading.from_name.clone_from(name);
            }
            reading.problems.push(format!(
                "The sender’s address cannot be used: {}.",
                headers.text("From").filter(|text| !text.is_empty()).unwrap_or_else(|| "it is empty".to_owned())
            ));
        }
    }
    for (field, says) in
        [("Reply-To", "asks for answers to"), ("Sender", "was handed in by"), ("Return-Path", "came from")]
    {
        let candidates = headers.mailboxes(field).into_iter().filter_map(|(_, address)| address.parse().ok());
        let candidates: Vec<EmailAddress> = candidates.take(5).collect();
        if !candidates.is_empty() {
            let list = candidates.iter().map(EmailAddress::as_str).collect::<Vec<_>>().join(", ");
            reading.problems.push(format!("It {says} {list}: please check whether this is the sender."));
        }
    }
}

/// A web form or a list writes in somebody's name: whom to answer is for an officer to say.
fn answers_elsewhere(headers: &Headers<'_>, from: &EmailAddress, reading: &mut Reading) {
    let wanted = headers.mailboxes("Reply-To").into_iter();
    let wanted = wanted.filter_map(|(_, address)| address.parse::<EmailAddress>().ok());
    let other: Vec<EmailAddress> = wanted.filter(|address| !address.same_mailbox(from)).take(5).collect();
    let list = other.iter().map(EmailAddress::as_str).collect::<Vec<_>>().join(", ");
    if !other.is_empty() {
        reading
            .problems
            .push(format!("The message asks for answers to {list}, not to {from}: please check whom to answer."));
    } else if nobody::wants_no_answer(from) {
        reading.problems.push(format!("Nobody reads answers sent to {from}: please find out whom to answer."));
    }
}

fn read_subject_and_ids(headers: &Headers<'_>, reading: &mut Reading) {
    reading.subject = headers.text("Subject").unwrap_or_default();
    if headers.all("Subject").count() > 1 {
        reading.problems.push("The message has more than one subject; the first is shown.".to_owned());
    }
    reading.message_id = headers.ids("Message-ID").into_iter().next();
    if reading.message_id.is_none() {
        reading.problems.push(
            "The message carries no identification (Message-ID), so answers to it cannot be recognised by it."
                .to_owned(),
        );
    }
    if !headers.has("Date") {
        reading.problems.push("The message does not say when it was written.".to_owned());
    }
    let mut references = headers.ids("References");
    references.reverse();
    for id in headers.ids("In-Reply-To").into_iter().chain(references) {
        if reading.answers.len() < MAX_ANSWERS && !reading.answers.contains(&id) {
            reading.answers.push(id);
        }
    }
}
