//! What the words of a delivery report say: whom it names, with which status, about which message. Each
//! mail system has its own words; what they share is one address a paragraph and a code behind it.

use crate::domain::contact::{FailedRecipient, Failure};

use super::bounce::MAX_RECIPIENTS;

/// How much of a report's text is looked at, in characters: the rest is the returned message.
const MAX_TEXT: usize = 64 * 1024;

/// How mail systems speak of delays in their subject, in lower case.
const DELAYS: [&str; 8] = [
    "(delay)",
    "delayed mail",
    "delivery delayed",
    "delivery is delayed",
    "message delayed",
    "warning: could not send",
    "warning: message",
    "remise retardée",
];

/// How mail systems speak of failure, in lower case.
const FAILURES: [&str; 44] = [
    "undeliverable",
    "undelivered mail",
    "undelivered message",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery notification",
    "delivery error",
    "mail delivery problem",
    "mail system error",
    "mail could not be delivered",
    "returned mail",
    "returning message to sender",
    "failure notice",
    "failure delivery",
    "message not delivered",
    "was not delivered",
    "wasn't delivered",
    "wasn’t delivered",
    "could not be delivered",
    "couldn't be delivered",
    "couldn’t be delivered",
    "unable to deliver",
    "wasn't able to deliver",
    "did not reach",
    "failed permanently",
    "permanent error",
    "permanent fatal error",
    "address not found",
    "user unknown",
    "nondeliverable",
    "non remis",
    "n'a pas pu être remis",
    "échec de la remise",
    "unzustellbar",
    "nicht zugestellt",
    "no se puede entregar",
    "no se ha podido entregar",
    "mancata consegna",
    "onbestelbaar",
    "nie można dostarczyć",
    "niedostarczalna",
    "não foi possível entregar",
];

/// Where the returned message begins, in lower case, at the start of a line without its dashes.
const COPIES: [&str; 14] = [
    "below this line is a copy",
    "this is a copy of",
    "this is a copy of your message",
    "original message",
    "the original message",
    "enclosed are the original headers",
    "unsent message follows",
    "message header",
    "message headers",
    "original message header",
    "original message headers",
    "forwarded message",
    "returned message",
    "received: from",
];

/// Whether a subject in lower case speaks of a delay.
pub(super) fn speaks_of_delay(subject: &str) -> bool {
    DELAYS.iter().any(|words| subject.contains(words))
}

/// Whether words in lower case speak of a failure.
pub(super) fn speaks_of_failure(words: &str) -> bool {
    FAILURES.iter().any(|failure| words.contains(failure))
}

/// The report's own words: what stands before the returned message.
pub(super) fn report(text: &str) -> &str {
    let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(at, _)| at);
    let text = text.get(..end).unwrap_or(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim().trim_matches(['-', '=', '*', '>', ' ']).to_ascii_lowercase();
        let dashed = line.trim_start().starts_with("--") || line.trim_end().ends_with(':');
        let copy = COPIES.iter().any(|start| words.starts_with(start));
        // "The original message was received at …" opens a report of sendmail's.
        let opening = words.starts_with("the original message was");
        if at > 0 && copy && !opening && (dashed || words.starts_with("received: from")) {
            return text.get(..at).unwrap_or(text);
        }
        at += line.len();
    }
    text
}

/// The enhanced status codes (RFC 3463) in a text, in order: `5.1.1`, and no part of an IP address.
pub(super) fn enhanced(text: &str) -> impl Iterator<Item = String> + '_ {
    words(text).filter_map(|word| {
        let code = word.trim_end_matches('.');
        let mut numbers = code.split('.');
        let class = numbers.next().filter(|class| matches!(*class, "2" | "4" | "5"))?;
        let (subject, detail) = (numbers.next()?, numbers.next()?);
        let sound = |number: &str| (1..=3).contains(&number.len());
        (numbers.next().is_none() && sound(subject) && sound(detail) && !class.is_empty()).then(|| code.to_owned())
    })
}

/// Runs of digits and points that no letter or digit touches.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut before: Option<char> = None;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c.is_ascii_digit())?;
            let last = rest.get(..start).and_then(|skipped| skipped.chars().next_back()).or(before);
            let from = rest.get(start..)?;
            let end = from.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(from.len());
            let (word, after) = from.split_at_checked(end)?;
            rest = after;
            before = word.chars().next_back();
            let touched = last.is_some_and(|c| c.is_alphanumeric() || c == '.')
                || after.starts_with(|c: char| c.is_alphanumeric());
            if !touched {
                return Some(word);
            }
        }
    })
}

/// The reply codes of SMTP (RFC 5321 §4.2) that tell of failure, in order.
fn replies(text: &str) -> impl Iterator<Item = &str> {
    words(text).filter(|word| word.len() == 3 && word.starts_with(['4', '5']) && !word.contains('.'))
}

/// Whether a text holds a code at all.
pub(super) fn has_code(text: &str) -> bool {
    let report = report(text);
    enhanced(report).next().is_some() || replies(report).next().is_some()
}

/// How lasting a failure is, by its status, or else by the server's reply.
pub(super) fn failure(status: Option<&str>, words: &str) -> Option<Failure> {
    let code = status.or_else(|| replies(words).next())?;
    Some(if code.starts_with('4') { Failure::Temporary } else { Failure::Permanent })
}

/// The address in a word of a text, without what stands around it.
fn address_in(word: &str) -> Option<&str> {
    let around = |c: char| !c.is_alphanumeric();
    let bare =
        word.trim_matches(['<', '>', '(', ')', '[', ']', '"', '\'', '‘', '’', '“', '”', ',', ';', ':', '.', '*', '`']);
    let bare = ["mailto:", "SMTP:", "smtp:"].iter().find_map(|scheme| bare.strip_prefix(scheme)).unwrap_or(bare);
    let (local, domain) = bare.rsplit_once('@')?;
    let sound = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with(around)
        && !domain.ends_with(around)
        && !bare.contains(['<', '>', '(', ')', '[', ']', '"', ':', '=', '/']);
    sound.then_some(bare)
}

/// Every address of a line with its brackets and quotes taken off.
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"' | '='))
        .filter_map(address_in)
}

/// Whether a line is about this address and not merely a line that mentions it: it stands alone, opens the
/// line, or the server refused it by name.
fn is_about(line: &str, address: &str) -> bool {
    let bare = line.trim().trim_matches(|c: char| !c.is_alphanumeric());
    let lower = line.to_ascii_lowercase();
    let refused = ["rcpt to:", "recipient:", "to:<"].iter().any(|words| {
        lower
            .split(words)
            .skip(1)
            .any(|rest| rest.trim_start_matches([' ', '<']).starts_with(&address.to_ascii_lowercase()))
    });
    bare == address
        || bare
            .strip_prefix(address)
            .is_some_and(|rest| rest.trim_start_matches(['>', '"', '\'', ' ']).starts_with(':'))
        || line.trim_start().strip_prefix('<').is_some_and(|rest| rest.starts_with(address))
        || refused
}

/// Whom a report names, each with the status in its own paragraph. `not` says whom it cannot be about.
pub(super) fn recipients(text: &str, not: &dyn Fn(&str) -> bool, unclear: Failure) -> Vec<FailedRecipient> {
    let report = report(text);
    let (mut about, mut mentioned): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in report.lines() {
        let lower = line.trim_start().to_ascii_lowercase();
        if ["message-id", "from:", "reply-to", "contact "].iter().any(|start| lower.starts_with(start)) {
            continue;
        }
        for address in addresses(line).filter(|address| !is_system(address) && !not(address)) {
            let list = if is_about(line, address) { &mut about } else { &mut mentioned };
            if list.len() < MAX_RECIPIENTS && !list.iter().any(|known| known.eq_ignore_ascii_case(address)) {
                list.push(address);
            }
        }
    }
    let named = if about.is_empty() { mentioned } else { about };
    named.into_iter().map(|address| recipient(address, text, unclear)).collect()
}

fn is_system(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    matches!(local.as_str(), "mailer-daemon" | "mailerdaemon" | "postmaster" | "abuse")
}

/// A recipient with the status that the text gives for it: in its own paragraph, or anywhere.
pub(super) fn recipient(address: &str, text: &str, unclear: Failure) -> FailedRecipient {
    let report = report(text);
    let own = paragraph(report, address);
    let status = enhanced(own).find(|code| !code.starts_with('2'));
    let status = status.or_else(|| enhanced(report).find(|code| !code.starts_with('2')));
    let failure = failure(status.as_deref(), own).or_else(|| failure(None, report)).unwrap_or(unclear);
    FailedRecipient { address: address.to_owned(), status, failure }
}

/// From the line about an address to the line about the next one.
fn paragraph<'t>(report: &'t str, address: &str) -> &'t str {
    let (mut at, mut start) = (0, None);
    for line in report.split_inclusive('\n') {
        let mut named = addresses(line).filter(|other| is_about(line, other));
        match start {
            None if addresses(line).any(|one| one.eq_ignore_ascii_case(address)) => start = Some(at),
            Some(start) if named.any(|other| !other.eq_ignore_ascii_case(address)) => {
                return report.get(start..at).unwrap_or(report);
            }
            _ => {}
        }
        at += line.len();
    }
    start.and_then(|start| report.get(start..)).unwrap_or(report)
}

/// The Message-ID in a returned header that stands in the text.
pub(super) fn message_id(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|line| line.trim_start_matches(['>', ' ', '\t'])).peekable();
    while let Some(line) = lines.next() {
        let Some(value) =
            line.get(..11).filter(|start| start.eq_ignore_ascii_case("message-id:")).and_then(|_| line.get(11..))
        else {
            continue;
        };
        // Our Message-IDs are long: some servers put them on a line of their own.
        let value = if value.trim().is_empty() { lines.peek().copied().unwrap_or_default() } else { value };
        let id = value.trim().trim_start_matches('<').split(['>', ' ']).next().unwrap_or_default();
        if id.contains('@') && id.len() <= 250 {
            return Some(id.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_addresses_and_versions() {
        let codes = |text| enhanced(text).collect::<Vec<_>>();
        assert_eq!(codes("550-5.1.1 no such user (#5.2.1), see 4.4.7."), ["5.1.1", "5.2.1", "4.4.7"]);
        assert!(codes("host mx[5.1.1.1] (Postfix 3.5.2, v5.1.1, 15.1.1, 5.1, 5.1.1x, 5.1.1234)").is_empty());
        assert_eq!(failure(None, "host said: 452 try later"), Some(Failure::Temporary));
        assert_eq!(failure(None, "port 25"), None);
    }

    #[test]
    fn each_recipient_has_the_status_of_its_own_paragraph() {
        let text = "I could not deliver it.\n\n<ann@example.org>:\n550 5.1.1 unknown\n\n<ben@example.org>:\n452 4.2.2 full\n\n\
                    --- Below this line is a copy of the message.\n\nTo: cy@example.org\n";
        let found = recipients(text, &|_| false, Failure::Permanent);
        let told: Vec<_> = found.iter().map(|one| (one.address.as_str(), one.status.as_deref(), one.failure)).collect();
        assert_eq!(
            told,
            [
                ("ann@example.org", Some("5.1.1"), Failure::Permanent),
                ("ben@example.org", Some("4.2.2"), Failure::Temporary)
            ]
        );
    }

    #[test]
    fn a_message_id_may_stand_on_the_next_line() {
        assert_eq!(message_id("Subject: x\nMessage-ID:\n <a@b>\n").as_deref(), Some("a@b"));
        assert_eq!(message_id("> Message-Id: <a@b> (x)\n").as_deref(), Some("a@b"));
        assert_eq!(message_id("the message-id was lost\nÄÄÄÄÄÄÄÄÄ"), None);
    }
}
