//! Calendar invitations in words: what, when, where, and who asks (RFC 5545, RFC 6047). Nothing is
//! ever accepted or declined by this system; an officer reads it and answers.
//!
//! Invariant: times are shown as they were written, in the time zone that was named.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp};

use crate::domain::words;

use super::text;

/// How many appointments of one part are told.
const MAX_EVENTS: usize = 20;

/// How much of a part is read.
const MAX_LENGTH: usize = 256 * 1024;

/// The appointments in a calendar part, in words; `None` when there are none.
#[must_use]
pub fn in_words(calendar: &str) -> Option<String> {
    let calendar = calendar.get(..calendar.floor_char_boundary(MAX_LENGTH)).unwrap_or_default();
    let mut method = String::new();
    let mut events: Vec<Event> = Vec::new();
    // Alarms within an event have words and times of their own.
    let mut within: Vec<String> = Vec::new();
    for line in unfolded(calendar) {
        let Some(property) = Property::of(&line) else { continue };
        match (property.name.as_str(), within.last().map(String::as_str)) {
            ("BEGIN", _) if within.len() < 10 => {
                within.push(property.value.to_ascii_uppercase());
                if within.last().is_some_and(|name| name == "VEVENT") && events.len() < MAX_EVENTS {
                    events.push(Event::default());
                }
            }
            ("END", _) => drop(within.pop()),
            ("METHOD", _) => method = property.value.to_ascii_uppercase(),
            (_, Some("VEVENT")) => {
                if let Some(event) = events.last_mut() {
                    event.learn(&property);
                }
            }
            _ => {}
        }
    }
    let told: Vec<String> = events.iter().filter_map(|event| event.told(&method)).collect();
    (!told.is_empty()).then(|| told.join("\n\n"))
}

#[derive(Default)]
struct Event {
    what: String,
    start: Option<Moment>,
    end: Option<Moment>,
    lasts: Option<Span>,
    place: String,
    organiser: String,
    repeats: bool,
    cancelled: bool,
}

impl Event {
    fn learn(&mut self, property: &Property<'_>) {
        match property.name.as_str() {
            "SUMMARY" => self.what = property.text(),
            "DTSTART" => self.start = Moment::of(property),
            "DTEND" => self.end = Moment::of(property),
            "DURATION" => self.lasts = property.value.parse().ok(),
            "LOCATION" => self.place = property.text(),
            "ORGANIZER" => {
                let address = property.text();
                let address = address
                    .get(..7)
                    .filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
                    .map_or(address.as_str(), |_| address.get(7..).unwrap_or_default());
                let name = property.parameter("CN").map(text::one_line).unwrap_or_default();
                self.organiser = if name.is_empty() || name.eq_ignore_ascii_case(address) {
                    address.to_owned()
                } else {
                    format!("{name} <{address}>")
                };
            }
            "RRULE" | "RDATE" => self.repeats = true,
            "STATUS" => self.cancelled = property.value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn told(&self, method: &str) -> Option<String> {
        let mut lines = vec![
            match method {
                "CANCEL" => "Calendar invitation, cancelled",
                "REPLY" => "Answer to a calendar invitation",
                "COUNTER" => "Answer to a calendar invitation: another time is proposed",
                _ if self.cancelled => "Calendar invitation, cancelled",
                "REQUEST" => "Calendar invitation (not answered by this system)",
                _ => "Calendar entry",
            }
            .to_owned(),
        ];
        let end = self.end.clone().or_else(|| self.start.as_ref()?.after(self.lasts?));
        let when = self.start.as_ref().map(|start| start.until(end.as_ref())).unwrap_or_default();
        let repeats = if self.repeats { "; it repeats" } else { "" };
        for (name, value) in [
            ("What", self.what.clone()),
            ("When", if when.is_empty() { when } else { when + repeats }),
            ("Where", self.place.clone()),
            ("Organiser", self.organiser.clone()),
        ] {
            if !value.is_empty() {
                lines.push(format!("{name}: {value}"));
            }
        }
        (lines.len() > 1).then(|| lines.join("\n"))
    }
}

/// A date, or a date and time in the zone that was named; `None` is London's.
#[derive(Clone)]
struct Moment {
    date: Date,
    time: Option<Time>,
    zone: Option<String>,
}

impl Moment {
    fn of(property: &Property<'_>) -> Option<Self> {
        let value = property.value.trim();
        let number = |from: usize, to: usize| value.get(from..to)?.parse::<i16>().ok();
        let part = |from: usize, to: usize| i8::try_from(number(from, to)?).ok();
        let date = Date::new(number(0, 4)?, part(4, 6)?, part(6, 8)?).ok()?;
        if value.len() == 8 {
            return Some(Self { date, time: None, zone: None });
        }
        let time = Time::new(part(9, 11)?, part(11, 13)?, part(13, 15).unwrap_or(0), 0).ok()?;
        if value.ends_with(['Z', 'z']) {
            let at: Timestamp = format!("{date}T{time}Z").parse().ok()?;
            let here = words::london_datetime(at);
            return Some(Self { date: here.date(), time: Some(here.time()), zone: None });
        }
        let zone = property.parameter("TZID").map(text::one_line);
        let ours = |zone: &String| ["europe/london", "gmt standard time", "gb"].contains(&zone.to_lowercase().as_str());
        Some(Self { date, time: Some(time), zone: zone.filter(|zone| !ours(zone)) })
    }

    fn after(&self, lasts: Span) -> Option<Self> {
        let start = DateTime::from_parts(self.date, self.time.unwrap_or(Time::midnight()));
        let end = start.checked_add(lasts).ok()?;
        Some(Self { date: end.date(), time: self.time.map(|_| end.time()), zone: self.zone.clone() })
    }

    fn until(&self, end: Option<&Self>) -> String {
        let zone = self.zone.as_ref().map(|zone| format!(" ({zone})")).unwrap_or_default();
        let begins = words::weekday_date(self.date);
        let Some(time) = self.time else {
            // The last day of an entry without times is the one before its end.
            let last = end.and_then(|end| end.date.yesterday().ok()).filter(|last| *last > self.date);
            return last.map_or(begins.clone(), |last| format!("{begins} to {}", words::weekday_date(last)));
        };
        let begins = format!("{begins} at {}", words::time(time));
        match end {
            Some(Self { date, time: Some(time), .. }) if *date == self.date => {
                format!("{begins} to {}{zone}", words::time(*time))
            }
            Some(Self { date, time: Some(time), .. }) => {
                format!("{begins} to {} at {}{zone}", words::weekday_date(*date), words::time(*time))
            }
            _ => format!("{begins}{zone}"),
        }
    }
}

struct Property<'x> {
    name: String,
    parameters: Vec<(&'x str, &'x str)>,
    value: &'x str,
}

impl<'x> Property<'x> {
    /// `NAME;PARAMETER=value;OTHER="a:b":value`.
    fn of(line: &'x str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.char_indices().find(|(_, letter)| {
            quoted ^= *letter == '"';
            *letter == ':' && !quoted
        });
        let (head, value) = line.split_at_checked(colon?.0)?;
        let mut parts = head.split(';');
        let name = parts.next()?.trim().to_ascii_uppercase();
        let parameters = parts.filter_map(|part| part.split_once('=')).collect();
        Some(Self { name, parameters, value: value.get(1..).unwrap_or_default() })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim_matches('"'))
    }

    /// The value as one line of text, its escapes undone.
    fn text(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut letters = self.value.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => {
                    out.push(letters.next().map_or('\\', |next| if matches!(next, 'n' | 'N') { ' ' } else { next }))
                }
                letter => out.push(letter),
            }
        }
        text::one_line(&out)
    }
}

/// The lines, those that were folded joined again (RFC 5545 §3.1).
fn unfolded(calendar: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in calendar.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(lines: &str) -> String {
        in_words(&format!(
            "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR"
        ))
        .unwrap()
    }

    /// lessons 55.
    #[test]
    fn an_invitation_is_told_with_its_date_place_and_organiser() {
        let told = event(
            "SUMMARY:Damp inspection\\, flat 12A\r\nDTSTART;TZID=\"GMT Standard Time\":20261124T100000\r\n\
             DTEND;TZID=\"GMT Standard Time\":20261124T113000\r\nLOCATION:12A Mill Court\\n\r\n  Oldbury\r\n\
             ORGANIZER;CN=\"Poole, Ann\":MAILTO:ann@example.org\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM",
        );
        assert_eq!(
            told,
            "Calendar invitation (not answered by this system)\nWhat: Damp inspection, flat 12A\n\
             When: Tuesday 24 November 2026 at 10:00am to 11:30am\nWhere: 12A Mill Court Oldbury\n\
             Organiser: Poole, Ann <ann@example.org>"
        );
    }

    #[test]
    fn times_are_told_as_they_were_written_and_utc_in_london() {
        let when = |lines: &str| event(lines).lines().find_map(|line| line.strip_prefix("When: ").map(str::to_owned));
        for (lines, expected) in [
            ("DTSTART:20260701T090000Z\r\nDURATION:PT90M", "Wednesday 1 July 2026 at 10:00am to 11:30am"),
            ("DTSTART;TZID=Europe/Warsaw:20260701T0900", "Wednesday 1 July 2026 at 9:00am (Europe/Warsaw)"),
            ("DTSTART;VALUE=DATE:20260701\r\nDTEND;VALUE=DATE:20260702", "Wednesday 1 July 2026"),
            ("DTSTART;VALUE=DATE:20260701\r\nDTEND;VALUE=DATE:20260704", "Wednesday 1 July 2026 to Friday 3 July 2026"),
            (
                "DTSTART:20260701T230000\r\nDTEND:20260702T003000\r\nRRULE:FREQ=DAILY",
                "Wednesday 1 July 2026 at 11:00pm to Thursday 2 July 2026 at 12:30am; it repeats",
            ),
        ] {
            assert_eq!(when(lines).as_deref(), Some(expected), "{lines}");
        }
        assert_eq!(in_words("BEGIN:VCALENDAR\nEND:VCALENDAR"), None);
        assert_eq!(in_words("BEGIN:VEVENT\nDTSTART:20261399T999999"), None);
    }
}
