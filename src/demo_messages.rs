//! The invented messages that the demo puts into its Maildir: who they are from and what each shows
//! stands in `demo/messages/README.md`.
//!
//! They are templates, so that the demo looks alive on whatever day it is started: dates are filled in
//! from the moment each message is said to have been received.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// File name, template, and how many minutes before the demo's start it was received.
pub type DemoMessage = (&'static str, &'static [u8], i64);

/// The messages. One is overdue for its acknowledgement, some are nearly due, one has just come.
pub const MESSAGES: &[DemoMessage] = &[
    ("01-damp-and-mould-with-a-baby.eml", include_bytes!("../demo/messages/01-damp-and-mould-with-a-baby.eml"), 12840),
    ("02-missed-repair-appointments.eml", include_bytes!("../demo/messages/02-missed-repair-appointments.eml"), 9880),
    (
        "03-noise-and-antisocial-behaviour.eml",
        include_bytes!("../demo/messages/03-noise-and-antisocial-behaviour.eml"),
        8580,
    ),
    ("04-service-charge-dispute.eml", include_bytes!("../demo/messages/04-service-charge-dispute.eml"), 6900),
    ("05-lift-out-of-order.eml", include_bytes!("../demo/messages/05-lift-out-of-order.eml"), 5670),
    ("06-rude-contractor.eml", include_bytes!("../demo/messages/06-rude-contractor.eml"), 4275),
    ("07-daughter-for-her-mother.eml", include_bytes!("../demo/messages/07-daughter-for-her-mother.eml"), 2780),
    ("08-advice-agency.eml", include_bytes!("../demo/messages/08-advice-agency.eml"), 2180),
    ("09-councillor.eml", include_bytes!("../demo/messages/09-councillor.eml"), 1560),
    ("10-reply-to-an-earlier-letter.eml", include_bytes!("../demo/messages/10-reply-to-an-earlier-letter.eml"), 1200),
    ("11-dripping-tap.eml", include_bytes!("../demo/messages/11-dripping-tap.eml"), 300),
    ("12-survey-comment.eml", include_bytes!("../demo/messages/12-survey-comment.eml"), 1800),
    ("13-bounce.eml", include_bytes!("../demo/messages/13-bounce.eml"), 2640),
    ("14-out-of-office.eml", include_bytes!("../demo/messages/14-out-of-office.eml"), 2580),
    ("15-photos-of-mould.eml", include_bytes!("../demo/messages/15-photos-of-mould.eml"), 480),
    ("16-malformed.eml", include_bytes!("../demo/messages/16-malformed.eml"), 3000),
    ("17-empty-subject.eml", include_bytes!("../demo/messages/17-empty-subject.eml"), 30),
];

/// A template's bytes for a message received at `received_at`: `{{date}}` becomes that moment as RFC 5322
/// writes it, `{{date:-2h}}` two hours (`m`, `h`, `d`) before it, `{{day:-9d}}` the day nine days before it
/// in words. Everything else stays byte for byte.
#[must_use]
pub fn message_bytes(template: &[u8], received_at: Timestamp) -> Vec<u8> {
    let mut out = Vec::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, token, after)) = next_token(rest) {
        out.extend_from_slice(before);
        match filled_in(token, received_at) {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => out.extend_from_slice(rest.get(before.len()..rest.len() - after.len()).unwrap_or_default()),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

/// The bytes before the next `{{…}}`, what stands in it, and the bytes after it.
fn next_token(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let find = |bytes: &[u8], pair: &[u8]| bytes.windows(2).position(|window| window == pair);
    let start = find(bytes, b"{{")?;
    let (before, rest) = bytes.split_at_checked(start)?;
    let inside = rest.get(2..)?;
    let end = find(inside, b"}}")?;
    Some((before, inside.get(..end)?, inside.get(end + 2..)?))
}

fn filled_in(token: &[u8], received_at: Timestamp) -> Option<String> {
    let token = std::str::from_utf8(token).ok()?;
    let (form, back) = token.split_once(":-").unwrap_or((token, "0m"));
    let (number, unit) = back.split_at_checked(back.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    let minutes = match unit {
        "m" => number,
        "h" => number.checked_mul(60)?,
        "d" => number.checked_mul(24 * 60)?,
        _ => return None,
    };
    let moment = received_at.checked_sub(SignedDuration::from_secs(minutes.checked_mul(60)?)).ok()?;
    let london = moment.to_zoned(TimeZone::get("Europe/London").ok()?);
    match form {
        "date" => Some(london.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string()),
        "day" => Some(london.strftime("%A %-d %B").to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::ContactKind;
    use crate::domain::token::TokenKey;
    use crate::ingest;

    fn received_at() -> Timestamp {
        "2026-07-02T08:05:09Z".parse().unwrap()
    }

    fn filled(template: &str) -> String {
        String::from_utf8(message_bytes(template.as_bytes(), received_at())).unwrap()
    }

    #[test]
    fn dates_are_filled_in_london_time_and_all_else_stays() {
        assert_eq!(filled("Date: {{date}}\r\n"), "Date: Thu, 2 Jul 2026 09:05:09 +0100\r\n");
        assert_eq!(
            filled("{{date:-26h}}|{{day:-9d}}|{{day}}"),
            "Wed, 1 Jul 2026 07:05:09 +0100|Tuesday 23 June|Thursday 2 July"
        );
        assert_eq!(filled("{{date:-5y}} {{other}} {{ }"), "{{date:-5y}} {{other}} {{ }");
    }

    #[test]
    fn every_demo_message_reads_as_expected() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../tests/mail/expected/demo");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            for (name, template, _) in MESSAGES {
                let bytes = message_bytes(template, received_at());
                insta::assert_snapshot!(name.trim_end_matches(".eml"), ingest::told(&bytes));
            }
        });
    }

    #[test]
    fn the_demo_shows_every_kind_of_message_it_promises() {
        assert!(MESSAGES.len() >= 14);
        let ours = ingest::Ours { addresses: Vec::new(), key: TokenKey::new([1; 32]) };
        let mut kinds = Vec::new();
        for (name, template, minutes) in MESSAGES {
            let bytes = message_bytes(template, received_at());
            assert!(!bytes.windows(2).any(|pair| pair == b"{{"), "{name} has a date that was not filled in");
            assert!((30..=9 * 24 * 60).contains(minutes), "{name}");
            let reading = ingest::read(&bytes);
            assert!(reading.from.is_some(), "{name}");
            let odd = ["12-survey-comment.eml", "16-malformed.eml"].contains(name);
            assert_eq!(!reading.problems.is_empty(), odd, "{name}: {:?}", reading.problems);
            kinds.push(ingest::sort(&bytes, &reading, &ours).kind);
        }
        let count = |kind| kinds.iter().filter(|&&found| found == kind).count();
        assert_eq!(count(ContactKind::Bounce), 1);
        assert_eq!(count(ContactKind::AutomaticReply), 1);
        assert_eq!(count(ContactKind::New), MESSAGES.len() - 2);
    }
}
