//! Mail that a machine wrote by itself: automatic replies (RFC 3834 and the habits before it), questions
//! whether a person wrote, bulk and list mail, and calendar invitations.
//!
//! Invariant: headers such as `Precedence: bulk`, `Auto-Submitted: auto-generated` or `List-Id` decide nothing
//! alone. Web forms and ticket systems send people's complaints under them.

use mail_parser::MimeHeaders;

use crate::domain::contact::{ContactKind, Reading, Sorted};
use crate::domain::ids::EmailAddress;

use super::headers::Headers;
use super::structure;

fn sorted(kind: ContactKind, reason: impl Into<String>) -> Sorted {
    Sorted { kind, reason: reason.into(), bounce: None }
}

/// Whether a header says that no person sent this just now.
fn by_machine(headers: &Headers<'_>) -> bool {
    headers.word("Auto-Submitted").is_some_and(|word| word != "no")
        || headers.word("Precedence").is_some_and(|word| matches!(word.as_str(), "bulk" | "junk" | "list"))
        || headers.has("X-Auto-Response-Suppress")
        || headers.all("Return-Path").any(|path| path == b"<>")
}

/// Out-of-office messages and their like.
pub(super) fn reply(headers: &Headers<'_>, reading: &Reading) -> Option<Sorted> {
    let is = |reason: String| Some(sorted(ContactKind::AutomaticReply, reason));
    // A web form may be labelled as a reply, too: without anything it answers and without a reply's subject
    // it may carry a person's words.
    let worded = opens_like_a_reply(&reading.subject.to_lowercase());
    if reading.answers.is_empty() && !worded {
        return None;
    }
    if headers.word("Auto-Submitted").is_some_and(|word| word == "auto-replied") {
        return is("Its header says that it is an automatic reply (RFC 3834).".to_owned());
    }
    let precedence = headers.word("Precedence").unwrap_or_default();
    if matches!(precedence.as_str(), "auto_reply" | "auto-reply" | "autoreply") {
        return is("Its header says that it is an automatic reply (Precedence).".to_owned());
    }
    let declared = REPLY_HEADERS
        .iter()
        .find(|name| headers.word(name).is_some_and(|word| !matches!(word.as_str(), "" | "no" | "false" | "0")));
    if let Some(name) = declared {
        return is(format!("Its header says that it is an automatic reply ({name})."));
    }
    (worded && by_machine(headers)).then(|| {
        sorted(
            ContactKind::AutomaticReply,
            "Its subject is that of an automatic reply, and its header says that a machine sent it.",
        )
    })
}

/// Headers that only automatic replies carry.
const REPLY_HEADERS: [&str; 8] = [
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
    "X-Auto-Reply",
    "X-Vacation",
    "X-Out-Of-Office",
];

/// Whether a subject in lower case opens with the words of an automatic reply, and then ends or goes on
/// with something of its own: "Out of office hours repairs" is a complaint.
fn opens_like_a_reply(subject: &str) -> bool {
    REPLY_SUBJECTS.iter().any(|words| {
        subject.strip_prefix(words).is_some_and(|rest| {
            let rest = rest.trim_start();
            words.ends_with(':')
                || rest.is_empty()
                || rest.starts_with(|c: char| !c.is_alphanumeric())
                || ["re", "from", "until", "reply", "message", "response", "notification", "autoreply"]
                    .iter()
                    .any(|word| rest.split(|c: char| !c.is_alphanumeric()).next() == Some(word))
        })
    })
}

/// How automatic replies begin their subject, in lower case, in the languages met in UK mailboxes.
const REPLY_SUBJECTS: [&str; 51] = [
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto:",
    "auto response",
    "auto-response",
    "autoresponse",
    "autoresponder",
    "automatic response",
    "automated reply",
    "automated response",
    "out of office",
    "out of the office",
    "out-of-office",
    "ooo:",
    "ooo",
    "away from the office",
    "ymateb awtomatig",
    "ateb awtomatig",
    "allan o'r swyddfa",
    "freagra uathoibríoch",
    "réponse automatique",
    "absence du bureau",
    "absent du bureau",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesenheit",
    "abwesend",
    "respuesta automática",
    "fuera de la oficina",
    "resposta automática",
    "ausência temporária",
    "risposta automatica",
    "fuori ufficio",
    "automatisch antwoord",
    "afwezigheidsbericht",
    "niet aanwezig",
    "odpowiedź automatyczna",
    "automatyczna odpowiedź",
    "răspuns automat",
    "automatikus válasz",
    "automatická odpověď",
    "automatické odpovědi",
    "autosvar",
    "automatisk svar",
    "automatiskt svar",
    "automaattinen vastaus",
    "otomatik yanıt",
    "автоматический ответ",
    "автоматична відповідь",
];

/// A mail system that delivers only what a person confirms to have sent.
pub(super) fn challenge(headers: &Headers<'_>, reading: &Reading) -> Option<Sorted> {
    let service = [
        "X-Spamarrest-Info",
        "X-Spamarrest-SQ",
        "X-Boxbe-Challenge",
        "X-TMDA-Confirm",
        "X-ChoiceMail-Registration-Request",
    ]
    .into_iter()
    .find(|name| headers.has(name));
    if let Some(name) = service {
        let reason = format!("A mail system asks whether a person wrote to it ({name}).");
        return Some(sorted(ContactKind::Challenge, reason));
    }
    let subject = reading.subject.to_lowercase();
    let from = reading.from.as_ref().map_or("", EmailAddress::as_str);
    let known = CHALLENGERS.iter().any(|domain| from.rsplit('@').next() == Some(domain));
    let worded = CHALLENGES.iter().any(|words| subject.contains(words));
    (worded && (known || by_machine(headers))).then(|| {
        sorted(
            ContactKind::Challenge,
            "A mail system asks whether a person wrote to it, before it delivers what we sent.",
        )
    })
}

/// Services that ask senders to confirm.
const CHALLENGERS: [&str; 5] = ["spamarrest.com", "boxbe.com", "bluebottle.com", "sendio.com", "mailblocks.com"];

/// How they ask, in lower case.
const CHALLENGES: [&str; 12] = [
    "please confirm your message",
    "please confirm your email to",
    "please confirm (conf#",
    "confirm your mail",
    "confirm email delivery",
    "please verify your message",
    "verification required for your message",
    "verification required for message",
    "sender verification required",
    "sender address verification",
    "your message requires confirmation",
    "your message is waiting for your confirmation",
];

/// Mail to a list, or the same to many. A message under list headers that was sent to us, as a group mailbox
/// or a web form sends it, is a person's unless its sender is also a bulk sender and speaks of no complaint.
pub(super) fn list(headers: &Headers<'_>, reading: &Reading, ours: &[EmailAddress]) -> Option<Sorted> {
    if !headers.has("List-Unsubscribe") && !headers.has("List-Post") {
        return None;
    }
    let to_us = ["To", "Cc", "Delivered-To", "X-Original-To", "List-Post"].iter().any(|name| {
        let named = headers.mailboxes(name).into_iter().map(|(_, address)| address);
        named
            .map(|address| address.trim_start_matches("mailto:").to_ascii_lowercase())
            .any(|address| ours.iter().any(|our| our.as_str().eq_ignore_ascii_case(&address)))
    });
    if headers.has("List-Id") && !to_us {
        return Some(sorted(ContactKind::List, "It was sent to a mailing list (List-Id) and not to us."));
    }
    let bulk = headers.word("Precedence").is_some_and(|word| matches!(word.as_str(), "bulk" | "junk"))
        || headers.has("List-Unsubscribe-Post")
        || headers.has("Feedback-ID");
    (bulk && headers.has("List-Unsubscribe") && !speaks_of_a_complaint(reading))
        .then(|| sorted(ContactKind::List, "It is bulk mail: the same to many, with a way to unsubscribe."))
}

fn speaks_of_a_complaint(reading: &Reading) -> bool {
    let start: String = reading.text.chars().take(20_000).collect();
    let words = format!("{} {}", reading.subject, start).to_lowercase();
    COMPLAINTS.iter().any(|word| words.contains(word))
}

/// Words of residents, in lower case: with one of them bulk mail is taken for a person's.
const COMPLAINTS: [&str; 18] = [
    "complain",
    "unhappy",
    "dissatisf",
    "not happy",
    "repair",
    "mould",
    "damp",
    "leak",
    "heating",
    "rent ",
    "tenan",
    "landlord",
    "neighbour",
    "flat ",
    "boiler",
    "compensation",
    "cwyn",
    "disappointed",
];

/// An invitation to a meeting, or an answer to one: a calendar part that asks or answers (RFC 6047). A
/// calendar file that a person attached is an attachment.
pub(super) fn invitation(bytes: &[u8]) -> Option<Sorted> {
    let slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let mut around = slashes.map(|(at, _)| bytes.get(at.saturating_sub(4)..at.saturating_add(9)).unwrap_or_default());
    if !around.any(|name| name.eq_ignore_ascii_case(b"text/calendar")) || structure::cost(bytes) > structure::MAX_COST {
        return None;
    }
    let method = structure::with_message(bytes, |message, _| {
        message.parts.iter().find_map(|part| {
            let attached = part.content_disposition().is_some_and(|how| how.is_attachment());
            let method = part.content_type().filter(|_| part.is_content_type("text", "calendar") && !attached)?;
            Some(method.attribute("method")?.to_ascii_lowercase())
        })
    })??;
    match method.as_str() {
        "request" | "add" | "cancel" | "counter" | "declinecounter" | "refresh" => {
            Some(sorted(ContactKind::Invitation, format!("It is an invitation to a meeting ({method}, RFC 6047).")))
        }
        "reply" => Some(sorted(ContactKind::Invitation, "It answers an invitation to a meeting (reply, RFC 6047).")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_about_out_of_hours_service_does_not_open_like_an_automatic_reply() {
        for reply in ["out of office", "out of office: re: damp", "automatic reply: damp", "ooo until monday"] {
            assert!(opens_like_a_reply(reply), "{reply}");
        }
        for complaint in [
            "out of office hours repairs",
            "on holiday when the roof fell in",
            "abwesenheitsvertretung",
            "re: automatic reply: damp",
            "automatic reply again",
        ] {
            assert!(!opens_like_a_reply(complaint), "{complaint}");
        }
    }
}
