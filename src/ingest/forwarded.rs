//! A resident's message that a colleague passed on: it opens a case, because the landlord has had it, but
//! who the resident is an officer confirms (lessons 24). The original's sender is offered, never assumed.

use mail_parser::{Message, PartType};

use crate::domain::contact::{ContactKind, Reading, Sorted};
use crate::domain::ids::EmailAddress;

use super::headers::Headers;
use super::structure;

/// How mail programs mark what is passed on, in lower case, at the start of the subject.
const SUBJECTS: [&str; 13] =
    ["fw:", "fwd:", "fw :", "fwd :", "wg:", "tr:", "rv:", "i:", "doorst:", "vs:", "pd:", "enc:", "yml:"];

/// How they introduce it in the text, in lower case.
const MARKS: [&str; 9] = [
    "forwarded message",
    "begin forwarded message",
    "original message",
    "start of forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "message d'origine",
    "mensaje reenviado",
    "wiadomość przekazana dalej",
];

/// How they name the original's sender, in lower case.
const FROM: [&str; 8] = ["from:", "oddi wrth:", "von:", "de:", "de :", "da:", "van:", "od:"];

/// Whether one of the landlord's people passed this on: somebody in the domain of one of our addresses, by
/// a subject or an attached message that says so.
pub(super) fn by_colleague(
    bytes: &[u8],
    headers: &Headers<'_>,
    reading: &Reading,
    ours: &[EmailAddress],
) -> Option<Sorted> {
    let from = reading.from.as_ref()?;
    let domain = |address: &EmailAddress| address.as_str().rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    if !ours.iter().any(|our| domain(our) == domain(from)) {
        return None;
    }
    let subject = reading.subject.to_lowercase();
    let by_subject = SUBJECTS.iter().any(|start| subject.starts_with(start));
    let attached = || attached_sender(bytes, headers);
    let marked = || below_mark(&reading.text).is_some() && !headers.has("In-Reply-To");
    (by_subject || attached().is_some() || marked()).then(|| Sorted {
        kind: ContactKind::Forwarded,
        reason: format!("A colleague ({from}) passed it on: whose complaint it is, an officer must confirm."),
        bounce: None,
    })
}

/// Whom the original seems to be from.
pub(super) fn original_sender(bytes: &[u8], reading: &Reading) -> Option<EmailAddress> {
    let bytes = structure::normalised(bytes);
    let headers = Headers::of(&bytes);
    let colleague = reading.from.as_ref();
    let named = named_sender(&reading.text).or_else(|| attached_sender(&bytes, &headers));
    named.filter(|named| colleague.is_none_or(|colleague| !colleague.same_mailbox(named)))
}

fn attached_sender(bytes: &[u8], headers: &Headers<'_>) -> Option<EmailAddress> {
    let multipart =
        headers.text("Content-Type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/"));
    let named = multipart && bytes.windows(14).any(|window| window.eq_ignore_ascii_case(b"message/rfc822"));
    if !named || structure::cost(bytes) > structure::MAX_COST {
        return None;
    }
    structure::with_message(bytes, |message: &Message<'_>, _| {
        message.parts.iter().find_map(|part| match &part.body {
            PartType::Message(inside) => inside.from()?.first()?.address.as_deref()?.parse().ok(),
            _ => None,
        })
    })
    .flatten()
}

/// The text below the line that introduces what is passed on.
fn below_mark(text: &str) -> Option<&str> {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(2_000) {
        at += line.len();
        let words = line.trim().trim_matches(['-', '=', '_', '*', ':', '>', ' ']).to_lowercase();
        if MARKS.contains(&words.as_str()) {
            return text.get(at..);
        }
    }
    None
}

/// The first sender named in a block of header lines: `From: Ann <ann@example.org>` above a date or subject.
fn named_sender(text: &str) -> Option<EmailAddress> {
    let body = below_mark(text).unwrap_or(text);
    let lines: Vec<&str> = body.lines().take(200).collect();
    lines.iter().find_map(|line| {
        let line = line.trim_start_matches(['>', ' ', '*']).trim();
        let lower = line.to_lowercase();
        FROM.iter().find(|start| lower.starts_with(*start))?;
        let words = line.split([' ', '<', '>', '[', ']', '(', ')', '*', ',', ';', '"']);
        words
            .map(|word| word.trim_start_matches("mailto:"))
            .filter(|word| word.contains('@'))
            .find_map(|word| word.parse().ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_originals_sender_is_found_in_the_forms_of_common_mail_programs() {
        let found = |text: &str| named_sender(text).map(|address| address.to_string());
        let outlook = "See below.\n\nFrom: Ann Poole <ann@example.org>\nSent: 02 November 2026 09:14\nTo: Repairs\n";
        let mailto = "-----Original Message-----\nFrom: Ann Poole [mailto:ann@example.org]\nSent: Monday\n";
        let gmail = "---------- Forwarded message ---------\nFrom: Ann Poole <ann@example.org>\nDate: Mon\n";
        let ios = "Begin forwarded message:\n\n> From: Ann Poole <ann@example.org>\n> Date: 2 November\n";
        let german = "-----Ursprüngliche Nachricht-----\nVon: Ann Poole <ann@example.org>\nGesendet: Montag\n";
        let bold = "*From:* Ann Poole <ann@example.org>\n*Sent:* Monday\n";
        for text in [outlook, mailto, gmail, ios, german, bold] {
            assert_eq!(found(text).as_deref(), Some("ann@example.org"), "{text}");
        }
        assert_eq!(found("A resident rang. From: what she said, the wall is wet."), None);
    }
}
