//! A promise with a day is an action: what the text promises for a day that no action has is pointed
//! out (7.3).

use jiff::civil::Date;

use super::phrase::{Phrase, date};
use super::text::Segment;

/// Sentences that say one of these phrases and name a day after `sent_on` that is none of `dates`, each
/// with the day as written.
pub(super) fn without_action<'s, 'a>(
    all: &'s [Segment<'a>],
    phrases: &[Phrase],
    sent_on: Date,
    dates: &[Date],
) -> Vec<(String, &'s Segment<'a>)> {
    let promising =
        all.iter().filter(|segment| phrases.iter().any(|phrase| phrase.find(&segment.words, &[]).is_some()));
    promising
        .flat_map(|segment| open_days(segment, sent_on, dates).into_iter().map(move |day| (day, segment)))
        .collect()
}

fn open_days(segment: &Segment<'_>, sent_on: Date, dates: &[Date]) -> Vec<String> {
    let mut open = Vec::new();
    for at in 0..segment.words.len() {
        let Some(words) = segment.words.get(at..) else { break };
        let Some((day, month)) = date(words) else { continue };
        let year = words.get(2).and_then(|word| word.low.parse::<i16>().ok()).filter(|year| *year > 1000);
        // A day without a year is the next one of that name.
        let named = match year {
            Some(year) => Date::new(year, month, day).ok(),
            None => [sent_on.year(), sent_on.year().saturating_add(1)]
                .into_iter()
                .filter_map(|year| Date::new(year, month, day).ok())
                .find(|named| *named > sent_on),
        };
        if named.is_some_and(|named| named > sent_on && !dates.contains(&named)) {
            open.push(words.iter().take(2).map(|word| word.raw).collect::<Vec<_>>().join(" "));
        }
    }
    open
}
