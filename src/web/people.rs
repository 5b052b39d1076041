//! What a case's page says of its people: no more than an officer needs to act.

use super::page::Due;
use crate::casework::record::Record;
use crate::domain::case::Case;
use crate::domain::circumstances::{Circumstance, Interest};
use crate::domain::commands::{OnRecord, Rules};
use crate::domain::landlord::Jurisdiction;
use crate::domain::people_events::disclosure;
use crate::domain::words;

/// What is recorded of the people of a case.
#[derive(Debug, Clone, Default)]
pub struct PeopleView {
    /// What must be seen first: restrictions, a handler who left, somebody named in the complaint.
    pub warnings: Vec<String>,
    /// Groups of what is on record: heading, and lines with their numbers.
    pub groups: Vec<(String, Vec<PeopleLine>)>,
    /// What can be recorded: key and words.
    pub records: Vec<(String, String)>,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub struct PeopleLine {
    /// Its number.
    pub number: usize,
    /// What it says.
    pub text: String,
    /// Until when it holds, or by when something is to be done.
    pub note: String,
    /// How pressing that is.
    pub due: Option<Due>,
}

/// What another case of the resident has on record and this one has not: an officer carries it over if it still
/// holds (5.10).
#[must_use]
pub fn proposed(case: &Case, other: &Case) -> Vec<String> {
    let OnRecord { reference, recorded, preferences, .. } = OnRecord::of(other).new_to(case);
    let recorded = recorded.into_iter().map(|one| {
        format!("{}: {} To be reviewed by {}", one.kind.words(), one.text.trim(), words::date(one.review_by))
    });
    let preferences = preferences
        .map(|one| format!("Reach them by: {}. Letters: {}", one.contact.words(), one.format.words().to_lowercase()));
    let told = |what| format!("On record in {reference}: {what}. Carry it over if it still holds (5.10).");
    recorded.chain(preferences).map(told).collect()
}

impl PeopleView {
    /// The people of a case; `others` are the resident's other cases, `texts` what the resident wrote.
    #[must_use]
    pub fn of(rules: Rules<'_>, case: &Case, others: &[Case], warnings: Vec<String>) -> Self {
        let people = &case.people;
        let today = rules.today();
        let due = |by| Due::seen_from(today, by, rules.calendar);
        let review = |by, ended: bool| if ended { None } else { Some(due(by)) };
        let ended = |ended: &Option<crate::domain::circumstances::Ended>, otherwise: String| {
            ended.as_ref().map_or(otherwise, |ended| format!("ended on {}", words::date(ended.on)))
        };
        let circumstances = (1..).zip(&people.recorded).map(|(number, one)| PeopleLine {
            number,
            text: match one.kind {
                Circumstance::Adjustment => format!("Adjustment: {}", one.text),
                kind => format!("{}: {}", kind.words(), one.text),
            },
            note: ended(&one.ended, format!("review by {}", words::date(one.review_by))),
            due: review(one.review_by, one.ended.is_some()),
        });
        let preferences = people.preferences.iter().map(|preferences| {
            let language = Some(preferences.language.trim()).filter(|language| !language.is_empty());
            let language = language.map_or_else(String::new, |language| format!(", in {language}"));
            let (by, format) = (preferences.contact.words(), preferences.format.words().to_lowercase());
            PeopleLine { text: format!("Reach them by: {by}. Letters: {format}{language}."), ..PeopleLine::default() }
        });
        let postal = people.postal.iter().map(|postal| PeopleLine {
            text: format!("Postal address: {}", postal.address),
            note: postal.returned_on.map_or_else(String::new, |on| {
                format!("post to it came back on {}: ask for another address", words::date(on))
            }),
            ..PeopleLine::default()
        });
        let representatives = (1..).zip(&people.representatives).map(|(number, one)| PeopleLine {
            number,
            text: format!("{} ({}): {}", one.name, one.authority.words().to_lowercase(), disclosure(one, today)),
            note: ended(&one.ended, one.expires_on.map_or_else(String::new, |on| format!("until {}", words::date(on)))),
            due: None,
        });
        let restrictions = (1..).zip(&people.restrictions).map(|(number, one)| PeopleLine {
            number,
            text: format!("{} Decided by {}: {}", one.what, one.decided_by, one.reason),
            note: ended(&one.ended, format!("review by {}", words::date(one.review_by))),
            due: review(one.review_by, one.ended.is_some()),
        });
        let ombudsman = (1..).zip(&people.ombudsman).map(|(number, one)| PeopleLine {
            number,
            text: format!("{} {}: {}", one.kind.words(), one.reference, one.text),
            note: match (&one.done, one.due_by) {
                (Some(done), _) => format!("done on {}: {}", words::date(done.on), done.proof),
                (None, Some(by)) => format!("due by {}", words::weekday_date(by)),
                (None, None) => String::new(),
            },
            due: one.due_by.filter(|_| one.done.is_none()).map(due),
        });
        let council = people.council_points.iter().map(|point| PeopleLine {
            text: format!("Point {point}: {}", Jurisdiction::Council.words().to_lowercase()),
            ..PeopleLine::default()
        });
        let declarations = people.declarations.iter().map(|one| PeopleLine {
            text: match one.interest {
                Interest::Conflict => format!("{} has a conflict of interest: {}", one.name, one.reason),
                Interest::None => format!("{} has no conflict of interest: {}", one.name, one.reason),
            },
            ..PeopleLine::default()
        });
        let groups = [
            ("Adjustments and circumstances", preferences.chain(postal).chain(circumstances).collect::<Vec<_>>()),
            ("Acting for the resident", representatives.collect()),
            ("Restrictions", restrictions.collect()),
            ("Ombudsman", ombudsman.chain(council).collect()),
            ("Conflicts of interest", declarations.collect()),
        ];
        let mut warned = Vec::new();
        if let Some(left) = &people.handler_left {
            warned.push(format!(
                "{} no longer handles this case: {}. Assign another handler at once.",
                left.name, left.why
            ));
        }
        for other in others {
            for restriction in other.people.restrictions_in_force() {
                warned.push(format!("A restriction stands on {}: {}", other.reference, restriction.what));
            }
        }
        warned.extend(others.iter().flat_map(|other| proposed(case, other)));
        warned.extend(warnings);
        let filled = groups.into_iter().filter(|(_, lines)| !lines.is_empty());
        Self {
            warnings: warned,
            groups: filled.map(|(heading, lines)| (heading.to_owned(), lines)).collect(),
            records: Record::ALL.iter().map(|record| (record.key().to_owned(), record.words().to_owned())).collect(),
        }
    }
}
