//! Tells automatic mail from a person's, each time with the reason in words.
//!
//! Invariant: when in doubt a message is new. A new message opens a case and starts its clock, so a
//! mistake here costs an officer a click; the other mistake would cost a resident an answer. A web
//! form, a ticket system or a no-reply address may carry a person's complaint under headers such as
//! `Precedence: bulk` or `Auto-Submitted: auto-generated`; those alone therefore decide nothing.

use mail_parser::MimeHeaders;

use crate::domain::contact::{ContactKind, Reading, Sorted};
use crate::domain::ids::EmailAddress;

use super::headers::Headers;
use super::structure;

/// What a message looks like to be, and why. `ours` are the addresses this daemon writes from and
/// reads. Whether a message answers a letter of ours is not decided here: that needs the letters.
#[must_use]
pub fn sort(bytes: &[u8], reading: &Reading, ours: &[EmailAddress]) -> Sorted {
    let bytes = structure::normalised(bytes);
    let headers = Headers::of(&bytes);
    own_mail(reading, ours)
        .or_else(|| report(&bytes, &headers))
        .or_else(|| unusual_bounce(&headers, reading))
        .or_else(|| automatic_reply(&headers, reading))
        .unwrap_or_else(|| new_message(&headers))
}

fn sorted(kind: ContactKind, reason: impl Into<String>) -> Sorted {
    Sorted { kind, reason: reason.into(), bounce: None }
}

/// New, though a machine may have passed it on.
fn new_message(headers: &Headers<'_>) -> Sorted {
    let machine = ["Auto-Submitted", "Precedence", "List-Id"]
        .into_iter()
        .find(|name| headers.word(name).is_some_and(|word| word != "no"));
    sorted(
        ContactKind::New,
        match machine {
            Some(name) => format!("A machine passed it on ({name}), but it may carry a person's words."),
            None => "Nothing says that a machine wrote it.".to_owned(),
        },
    )
}

/// A colleague may write from one of our addresses too, so the address alone is not enough: the
/// Message-ID must be one that this daemon could have issued.
fn own_mail(reading: &Reading, ours: &[EmailAddress]) -> Option<Sorted> {
    let from = reading.from.as_ref()?;
    ours.iter().find(|address| address.same_mailbox(from))?;
    let (random, domain) = reading.message_id.as_deref()?.rsplit_once('@')?;
    // 160 random bits in base32: what `courier::message::new_message_id` makes.
    let our_form = random.len() == 32 && random.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    let at_ours = |address: &EmailAddress| {
        address.as_str().rsplit_once('@').is_some_and(|(_, ours)| ours.eq_ignore_ascii_case(domain))
    };
    (our_form && ours.iter().any(at_ours))
        .then(|| sorted(ContactKind::OwnMail, format!("It came from our own address {from} and this system wrote it.")))
}

/// Reports in the standard form (RFC 3462): delivery (RFC 3464), reading (RFC 8098), abuse (RFC 5965).
fn report(bytes: &[u8], headers: &Headers<'_>) -> Option<Sorted> {
    let content_type = headers.text("Content-Type").unwrap_or_default().to_ascii_lowercase();
    if !content_type.starts_with("multipart/report") || structure::cost(bytes) > structure::MAX_COST {
        return None;
    }
    let found = structure::with_message(bytes, |message, _| {
        let part = |subtype: &str| {
            message.parts.iter().find(|part| part.is_content_type("message", subtype)).map(|part| part.contents())
        };
        if let Some(status) = part("delivery-status").or_else(|| part("global-delivery-status")) {
            return Some(delivery(status));
        }
        if part("disposition-notification").is_some() {
            return Some(sorted(
                ContactKind::DeliveryReport,
                "It is a report that a message was opened or deleted (RFC 8098).",
            ));
        }
        let abuse = part("feedback-report").is_some();
        abuse.then(|| {
            sorted(ContactKind::DeliveryReport, "It is a report that a message was marked as unwanted (RFC 5965).")
        })
    });
    found.flatten().or_else(|| labelled(&content_type))
}

/// A report whose machine-readable part is missing or unreadable says by its label what it is.
fn labelled(content_type: &str) -> Option<Sorted> {
    if content_type.contains("disposition-notification") {
        return Some(sorted(
            ContactKind::DeliveryReport,
            "It calls itself a report that a message was opened (RFC 8098).",
        ));
    }
    let delivery = content_type.contains("delivery-status");
    delivery.then(|| {
        sorted(ContactKind::Bounce, "It calls itself a delivery report and says nothing of success (RFC 3464).")
    })
}

/// What the delivery-status part says: one failed recipient makes it a bounce.
fn delivery(status: &[u8]) -> Sorted {
    let fields = String::from_utf8_lossy(status);
    let values = |name: &str| -> Vec<String> {
        let pairs = fields.lines().filter_map(|line| line.split_once(':'));
        let named = pairs.filter(|(field, _)| field.trim().eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim().to_ascii_lowercase()).take(1_000).collect()
    };
    let actions = values("Action");
    let says = |word: &str| actions.iter().any(|action| action.starts_with(word));
    let codes = values("Status");
    let code = codes.iter().find(|code| code.starts_with('5')).or(codes.first()).cloned().unwrap_or_default();
    if says("failed") || (actions.is_empty() && !code.starts_with('2') && !code.starts_with('4')) {
        let code = if code.is_empty() { String::new() } else { format!(", status {code}") };
        return sorted(
            ContactKind::Bounce,
            format!("It is a report that a message could not be delivered (RFC 3464{code})."),
        );
    }
    let what = if says("delayed") || code.starts_with('4') { "is delayed" } else { "was delivered or passed on" };
    sorted(ContactKind::DeliveryReport, format!("It is a report that a message {what} (RFC 3464)."))
}

/// Bounces in the words of mail servers that do not follow RFC 3464. Needs a sign that a mail system
/// sent it, because a resident's complaint can be *about* undelivered post.
fn unusual_bounce(headers: &Headers<'_>, reading: &Reading) -> Option<Sorted> {
    let address = reading.from.as_ref().map_or("", EmailAddress::as_str).to_ascii_lowercase();
    let local = address.split('@').next().unwrap_or_default();
    let daemon = local == "mailer-daemon" || local == "mailerdaemon";
    let name = reading.from_name.to_lowercase();
    let system = daemon
        || local == "postmaster"
        || name.starts_with("mail delivery s")
        || name == "mailer-daemon"
        || headers.all("Return-Path").any(|path| path == b"<>");
    if !system {
        return None;
    }
    let subject = reading.subject.to_lowercase();
    if DELAYS.iter().any(|words| subject.contains(words)) {
        return Some(sorted(ContactKind::DeliveryReport, "A mail system says that a message is delayed."));
    }
    let failed = headers.has("X-Failed-Recipients") || FAILURES.iter().any(|words| subject.contains(words));
    if failed {
        return Some(sorted(ContactKind::Bounce, "A mail system says that a message could not be delivered."));
    }
    daemon.then(|| sorted(ContactKind::Bounce, "It comes from a mail system's own address (mailer-daemon)."))
}

/// How mail systems speak of delays, in lower case.
const DELAYS: [&str; 5] =
    ["(delay)", "delayed mail", "delivery delayed", "warning: could not send", "warning: message"];

/// How mail systems speak of failure, in lower case.
const FAILURES: [&str; 16] = [
    "undeliver",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery notification",
    "mail delivery failed",
    "mail delivery problem",
    "mail system error",
    "returned mail",
    "failure notice",
    "message not delivered",
    "could not be delivered",
    "couldn't be delivered",
    "nondeliverable",
    "non remis",
];

/// Out-of-office messages and their like (RFC 3834 and the habits before it).
fn automatic_reply(headers: &Headers<'_>, reading: &Reading) -> Option<Sorted> {
    let auto = headers.word("Auto-Submitted").unwrap_or_default();
    if auto == "auto-replied" {
        return Some(sorted(ContactKind::AutomaticReply, "Its header says that it is an automatic reply (RFC 3834)."));
    }
    let precedence = headers.word("Precedence").unwrap_or_default();
    if matches!(precedence.as_str(), "auto_reply" | "auto-reply" | "autoreply") {
        return Some(sorted(
            ContactKind::AutomaticReply,
            "Its header says that it is an automatic reply (Precedence).",
        ));
    }
    let declared = REPLY_HEADERS
        .iter()
        .find(|name| headers.word(name).is_some_and(|word| !matches!(word.as_str(), "" | "no" | "false" | "0")));
    if let Some(name) = declared {
        return Some(sorted(
            ContactKind::AutomaticReply,
            format!("Its header says that it is an automatic reply ({name})."),
        ));
    }
    let subject = reading.subject.to_lowercase();
    let worded = REPLY_SUBJECTS.iter().any(|words| subject.starts_with(words));
    let machine = !(auto.is_empty() || auto == "no")
        || matches!(precedence.as_str(), "bulk" | "junk" | "list")
        || headers.has("X-Auto-Response-Suppress")
        || headers.all("Return-Path").any(|path| path == b"<>");
    (worded && machine).then(|| {
        sorted(
            ContactKind::AutomaticReply,
            "Its subject is that of an automatic reply, and its header says that a machine sent it.",
        )
    })
}

/// Headers that only automatic replies carry.
const REPLY_HEADERS: [&str; 6] =
    ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Autoreply-From", "X-Mail-Autoreply", "X-Auto-Reply"];

/// How automatic replies begin their subject, in lower case, in the languages met in UK mailboxes.
const REPLY_SUBJECTS: [&str; 26] = [
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto:",
    "auto response",
    "auto-response",
    "automatic response",
    "automated reply",
    "automated response",
    "out of office",
    "out of the office",
    "out-of-office",
    "ooo:",
    "on annual leave",
    "away from the office",
    "ymateb awtomatig",
    "ateb awtomatig",
    "réponse automatique",
    "automatische antwort",
    "abwesenheit",
    "respuesta automática",
    "resposta automática",
    "risposta automatica",
    "odpowiedź automatyczna",
    "răspuns automat",
];
