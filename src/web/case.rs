//! One case: what is due and how each date was worked out, the complaint definition, letters,
//! contacts and everything that has happened.

use askama::Template;
use jiff::civil::Date;

use super::contacts::ContactRow;
use super::page::{Due, Place, Shell, resident_name};
use crate::domain::calendar::NotCovered;
use crate::domain::case::Case;
use crate::domain::commands::{Rules, extension_possible};
use crate::domain::contact::Contact;
use crate::domain::deadlines::{self, Deadline};
use crate::domain::definition::Point;
use crate::domain::events::HistoryLine;
use crate::domain::letter::LetterKind;
use crate::domain::words;

/// One case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its reference.
    pub reference: String,
    /// Who complains: a name, else an address.
    pub resident: String,
    /// Where letters go.
    pub email: Option<String>,
    /// The stage in words.
    pub stage: String,
    /// The triage state in words.
    pub triage: String,
    /// The handler's name.
    pub handler: Option<String>,
    /// The dates of the stage, in their order.
    pub dates: Vec<DateView>,
    /// The numbered points.
    pub points: Vec<Point>,
    /// The outcomes sought.
    pub outcomes: Vec<String>,
    /// The letters, oldest first.
    pub letters: Vec<LetterRow>,
    /// Whether more time can be given.
    pub extension: ExtensionOffer,
    /// The contacts, newest first.
    pub contacts: Vec<ContactRow>,
    /// What happened, newest first.
    pub history: Vec<HappenedView>,
}

/// One date of a stage.
#[derive(Debug, Clone)]
pub struct DateView {
    /// What it is, such as `Acknowledgement due`.
    pub what: String,
    /// The date in words.
    pub date: String,
    /// How much time is left, while the duty is open.
    pub due: Option<Due>,
    /// How it was worked out, one sentence a line; empty for a plain fact.
    pub explanation: Vec<String>,
}

/// One letter of the case.
#[derive(Debug, Clone)]
pub struct LetterRow {
    /// Its number.
    pub id: i64,
    /// Its kind in words.
    pub kind: String,
    /// Where it stands, in words.
    pub state: String,
}

/// Whether the response date can be moved now.
#[derive(Debug, Clone)]
pub enum ExtensionOffer {
    /// It can, up to this date in words.
    Possible {
        /// The latest date.
        latest: String,
        /// Where the Code says so.
        provision: String,
    },
    /// An extension letter is being written already; the list of letters has it.
    Begun,
    /// It cannot, and why.
    Impossible(String),
}

/// One line of the history.
#[derive(Debug, Clone)]
pub struct HappenedView {
    /// When, in words.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub what: String,
}

impl CaseView {
    /// A case with what belongs to it: letters oldest first, contacts newest first, history in its
    /// order. `drafting` are the kinds of letter that are being written.
    #[must_use]
    pub fn of(
        rules: Rules<'_>,
        case: &Case,
        letters: Vec<LetterRow>,
        drafting: &[LetterKind],
        contacts: &[Contact],
        history: &[HistoryLine],
    ) -> Self {
        let happened = |line: &HistoryLine| HappenedView {
            at: words::instant(line.at),
            actor: line.actor.to_string(),
            what: line.event.in_words(),
        };
        let extension = match extension_possible(rules, case) {
            _ if drafting.contains(&LetterKind::StageOneExtension) => ExtensionOffer::Begun,
            Ok(limit) => ExtensionOffer::Possible {
                latest: words::weekday_date(limit.by),
                provision: limit.provision.to_string(),
            },
            Err(refusal) => ExtensionOffer::Impossible(refusal.to_string()),
        };
        Self {
            reference: case.reference.to_string(),
            resident: resident_name(&case.resident),
            email: case.resident.email.as_ref().map(ToString::to_string),
            stage: case.current.stage.to_string(),
            triage: case.triage.words().to_owned(),
            handler: case.current.handler.as_ref().map(|handler| handler.name.clone()),
            dates: dates(rules, case),
            points: case.definition.points.clone(),
            outcomes: case.definition.outcomes.clone(),
            letters,
            extension,
            contacts: contacts.iter().map(ContactRow::of).collect(),
            history: history.iter().rev().map(happened).collect(),
        }
    }
}

/// The dates of the current stage. The date of each deadline is the one that is held; its explanation
/// is worked out anew, and says so should the two differ because the calendar has changed since.
fn dates(rules: Rules<'_>, case: &Case) -> Vec<DateView> {
    let stage = &case.current;
    let fact = |what: &str, date: String| DateView { what: what.to_owned(), date, due: None, explanation: Vec::new() };
    let mut dates = vec![fact("Received", words::instant(stage.received_at))];
    let worked_out = deadlines::acknowledge_by(rules.code, rules.calendar, stage.stage, stage.received_at);
    let open = stage.acknowledged.is_none();
    dates.push(deadline(rules, "Acknowledgement due", stage.acknowledge_by, &worked_out, open));
    let Some(acknowledged) = stage.acknowledged else { return dates };
    dates.push(fact("Acknowledged", words::instant(acknowledged.at)));
    let on = words::london_date(acknowledged.at);
    let worked_out = deadlines::respond_by(rules.code, rules.calendar, stage.stage, on);
    let first = stage.response_due.map(|due| due.original_by);
    let open = stage.extensions.is_empty();
    let name = if open { "Response due" } else { "Response first due" };
    dates.push(deadline(rules, name, first, &worked_out, open));
    let strict = stage.response_due.and_then(|due| due.strict_by).zip(stage.acknowledge_by);
    if let Some((strict_by, acknowledge_by)) = strict {
        let worked_out = deadlines::strict_respond_by(rules.code, rules.calendar, stage.stage, acknowledge_by);
        dates.push(deadline(rules, "Response due, counted strictly", Some(strict_by), &worked_out, open));
    }
    for extension in &stage.extensions {
        dates.push(DateView {
            what: "Response due, extended".to_owned(),
            date: words::weekday_date(extension.new_by),
            due: Some(Due::seen_from(rules.today(), extension.new_by, rules.calendar)),
            explanation: vec![format!("Reason: {}", extension.reason), format!("Updates: {}", extension.updates)],
        });
    }
    dates
}

fn deadline(
    rules: Rules<'_>,
    what: &str,
    held: Option<Date>,
    worked_out: &Result<Deadline, NotCovered>,
    open: bool,
) -> DateView {
    let mut explanation = match worked_out {
        Ok(deadline) => deadline.explanation.clone(),
        Err(not_covered) => vec![format!("{not_covered}.")],
    };
    if let (Some(held), Ok(now)) = (held, worked_out)
        && held != now.by
    {
        let held = words::weekday_date(held);
        explanation.push(format!("The bank holidays have changed since; the date that was recorded, {held}, stands."));
    }
    DateView {
        what: what.to_owned(),
        date: held.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date),
        due: held.filter(|_| open).map(|by| Due::seen_from(rules.today(), by, rules.calendar)),
        explanation,
    }
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a CaseView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &CaseView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::domain::calendar::{Counting, Division, WorkingCalendar, WorkingDays};
    use crate::domain::case::{Acknowledged, Extension, ResponseDue, StageRecord, Triage};
    use crate::domain::code::{HandlingCode, Provision, StageTimes, Timescale};
    use crate::domain::definition::Definition;
    use crate::domain::ids::{CaseId, CaseRef, ContactId, LetterId};
    use crate::domain::people::Resident;
    use crate::domain::stage::Stage;

    fn code() -> HandlingCode {
        let time =
            |days, provision: &str| Timescale { days: WorkingDays(days), provision: Provision(provision.to_owned()) };
        let times = StageTimes { acknowledge: time(5, "6.2"), respond: time(10, "6.3"), extension: time(10, "6.4") };
        HandlingCode {
            id: "test".to_owned(),
            title: "The Code".to_owned(),
            counting: Counting::EventIsDayZero,
            stage_one: times.clone(),
            stage_two: times,
            letters: BTreeMap::new(),
        }
    }

    fn calendar() -> WorkingCalendar {
        let days = [date(2026, 1, 1), date(2026, 12, 28)].map(|day| (day, "a holiday".to_owned()));
        WorkingCalendar::new(Division::EnglandAndWales, BTreeMap::from(days)).unwrap()
    }

    fn case() -> Case {
        Case {
            id: CaseId(1),
            reference: CaseRef::new(2026, 42),
            opened_by: ContactId(1),
            resident: Resident { name: " ".to_owned(), email: None },
            triage: Triage::ToBeTriaged,
            definition: Definition::default(),
            current: StageRecord {
                stage: Stage::One,
                received_at: "2026-03-02T09:00:00Z".parse().unwrap(),
                acknowledge_by: Some(date(2026, 3, 9)),
                acknowledged: None,
                response_due: None,
                extensions: Vec::new(),
                handler: None,
            },
        }
    }

    fn view(case: &Case, now: &str) -> CaseView {
        let (code, calendar) = (code(), calendar());
        let rules = Rules { code: &code, calendar: &calendar, now: now.parse::<Timestamp>().unwrap() };
        CaseView::of(rules, case, Vec::new(), &[], &[], &[])
    }

    fn shown(view: &CaseView) -> Vec<(&str, Option<&str>)> {
        view.dates.iter().map(|date| (date.what.as_str(), date.due.as_ref().map(|due| due.left.as_str()))).collect()
    }

    #[test]
    fn an_open_case_shows_the_acknowledgement_date_and_how_it_was_reached() {
        let view = view(&case(), "2026-03-06T09:00:00Z");
        assert_eq!(shown(&view), [("Received", None), ("Acknowledgement due", Some("1 working day left"))]);
        assert!(view.dates[1].explanation.iter().any(|line| line.contains("provision 6.2")));
        assert_eq!(view.resident, "unknown sender");
        assert!(matches!(view.extension, ExtensionOffer::Impossible(_)));
    }

    #[test]
    fn a_late_acknowledgement_shows_the_strict_date_beside_the_other() {
        let mut case = case();
        let at = "2026-03-11T09:00:00Z".parse().unwrap();
        case.current.acknowledged = Some(Acknowledged { letter: LetterId(1), at });
        let by = date(2026, 3, 25);
        case.current.response_due = Some(ResponseDue { by, original_by: by, strict_by: Some(date(2026, 3, 23)) });
        let view = view(&case, "2026-03-23T09:00:00Z");
        let expected = [
            ("Received", None),
            ("Acknowledgement due", None),
            ("Acknowledged", None),
            ("Response due", Some("2 working days left")),
            ("Response due, counted strictly", Some("due today")),
        ];
        assert_eq!(shown(&view), expected);
        assert!(matches!(view.extension, ExtensionOffer::Possible { .. }));
    }

    #[test]
    fn after_an_extension_only_the_new_date_is_open() {
        let mut case = case();
        let at = "2026-03-09T09:00:00Z".parse().unwrap();
        case.current.acknowledged = Some(Acknowledged { letter: LetterId(1), at });
        let (original_by, by) = (date(2026, 3, 23), date(2026, 3, 30));
        case.current.response_due = Some(ResponseDue { by, original_by, strict_by: None });
        let (reason, updates) = ("a survey".to_owned(), "weekly".to_owned());
        case.current.extensions.push(Extension { reason, new_by: by, updates });
        let view = view(&case, "2026-03-24T09:00:00Z");
        assert_eq!(
            shown(&view)[3..],
            [("Response first due", None), ("Response due, extended", Some("4 working days left"))]
        );
    }

    #[test]
    fn a_changed_calendar_is_told_and_the_recorded_date_stands() {
        let mut case = case();
        case.current.acknowledge_by = Some(date(2026, 3, 10));
        let view = view(&case, "2026-03-10T09:00:00Z");
        assert_eq!(view.dates[1].date, "Tuesday 10 March 2026");
        assert!(view.dates[1].explanation.last().unwrap().contains("have changed"));
    }
}
