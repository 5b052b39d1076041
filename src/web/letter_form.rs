//! The parts of a letter as an officer writes them, and what was posted read into them. Reading loses
//! nothing: a form with mistakes is shown again as it was filled in.

use jiff::civil::Date;

use super::page::FieldErrors;
use crate::domain::definition::{Definition, Point, Responsibility};

/// What may be said of who is responsible for a point: the value in the form, and the words.
pub const RESPONSIBLE: &[(&str, &str)] =
    &[("ours", "We are"), ("not-ours", "Somebody else"), ("unclear", "Not clear yet")];

/// At least this many rows for points and for outcomes are offered.
const ROWS: usize = 3;

/// No more rows than this are read or offered.
const MOST_ROWS: usize = 60;

/// The fields of a posted form, in their order.
#[derive(Debug, Clone, Default)]
pub struct Posted(pub Vec<(String, String)>);

impl Posted {
    /// What a field holds, without white space around it, with plain line ends and without control
    /// characters, which no letter can carry; empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> String {
        let found = self.0.iter().find(|(field, _)| field == name);
        let text = found.map(|(_, value)| value.replace("\r\n", "\n")).unwrap_or_default();
        text.replace(|letter: char| letter.is_control() && letter != '\n' && letter != '\t', "").trim().to_owned()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }
}

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Save.
    Save,
    /// Save, and show one more row for a point.
    AddPoint,
    /// Save, and show one more row for an outcome.
    AddOutcome,
    /// Approve and send.
    Approve,
}

impl Act {
    /// The button pressed. Whatever is unclear only saves.
    #[must_use]
    pub fn read(posted: &Posted) -> Self {
        match posted.get("do").as_str() {
            "approve" => Self::Approve,
            "add-point" => Self::AddPoint,
            "add-outcome" => Self::AddOutcome,
            _ => Self::Save,
        }
    }
}

/// What one point of the definition says in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointForm {
    /// Its number in the case, which binds its answer to it; empty for a spare row.
    pub number: String,
    /// The text.
    pub text: String,
    /// Who is responsible: `ours`, `not-ours`, `unclear`, or empty when not said.
    pub responsible: String,
    /// Who, if somebody else.
    pub whose: String,
}

impl PointForm {
    fn of(point: &Point) -> Self {
        let (responsible, whose) = match &point.responsibility {
            Responsibility::Ours => ("ours", ""),
            Responsibility::NotOurs { whose } => ("not-ours", whose.as_str()),
            Responsibility::Unclear => ("unclear", ""),
        };
        let number = point.number.to_string();
        Self { number, text: point.text.clone(), responsible: responsible.to_owned(), whose: whose.to_owned() }
    }
}

/// The acknowledgement's parts as an officer edits them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcknowledgementForm {
    /// The name to write to.
    pub resident: String,
    /// The address to write to; blank leaves it as it is.
    pub email: String,
    /// The points; blank ones are spare rows.
    pub points: Vec<PointForm>,
    /// The outcomes; blank ones are spare rows.
    pub outcomes: Vec<String>,
    /// The handler's account number as text; empty when nobody is chosen.
    pub handler: String,
    /// What is done differently for this resident.
    pub adjustments: String,
    /// A free paragraph.
    pub paragraph: String,
}

impl AcknowledgementForm {
    /// The form for a definition that is stored; the other parts are set by the caller.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        Self {
            points: definition.points.iter().map(PointForm::of).collect(),
            outcomes: definition.outcomes.clone(),
            ..Self::default()
        }
    }

    /// What was posted.
    #[must_use]
    pub fn read(posted: &Posted) -> Self {
        let point = |n: &usize| PointForm {
            number: posted.get(&format!("point-{n}-number")),
            text: posted.get(&format!("point-{n}-text")),
            responsible: posted.get(&format!("point-{n}-responsible")),
            whose: posted.get(&format!("point-{n}-whose")),
        };
        let points = (1..=MOST_ROWS).take_while(|n| posted.has(&format!("point-{n}-text")));
        let outcomes = (1..=MOST_ROWS).take_while(|n| posted.has(&format!("outcome-{n}")));
        Self {
            resident: posted.get("resident"),
            email: posted.get("email"),
            points: points.map(|n| point(&n)).collect(),
            outcomes: outcomes.map(|n| posted.get(&format!("outcome-{n}"))).collect(),
            handler: posted.get("handler"),
            adjustments: posted.get("adjustments"),
            paragraph: posted.get("paragraph"),
        }
    }

    /// With spare rows: three of each at least, or as many as were asked for.
    #[must_use]
    pub fn with_rows(mut self, points: usize, outcomes: usize) -> Self {
        let rows = |have: usize, asked: usize| have.max(asked.clamp(ROWS, MOST_ROWS));
        self.points.resize(rows(self.points.len(), points), PointForm::default());
        self.outcomes.resize(rows(self.outcomes.len(), outcomes), String::new());
        self
    }

    /// The definition it makes (5.6). Each point must say who is responsible (5.7).
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn definition(&self) -> Result<Definition, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut points = Vec::new();
        for (n, point) in (1..).zip(&self.points) {
            let said = !point.responsible.is_empty() || !point.whose.is_empty();
            if point.text.is_empty() {
                if said {
                    errors.add(format!("point-{n}-text"), format!("Enter what point {n} is about"));
                }
                continue;
            }
            let responsibility = match point.responsible.as_str() {
                "ours" => Responsibility::Ours,
                "unclear" => Responsibility::Unclear,
                "not-ours" => {
                    if point.whose.is_empty() {
                        errors.add(format!("point-{n}-whose"), format!("Enter who is responsible for point {n}"));
                    }
                    Responsibility::NotOurs { whose: point.whose.clone() }
                }
                _ => {
                    let text = format!("Select who is responsible for point {n}");
                    errors.add(format!("point-{n}-responsible"), text);
                    continue;
                }
            };
            points.push(Point { number: point.number.parse().unwrap_or(0), text: point.text.clone(), responsibility });
        }
        let definition = Definition { points, outcomes: self.outcomes.clone() };
        if errors.is_empty() { Ok(definition.tidied()) } else { Err(errors) }
    }
}

/// The extension's parts as an officer edits them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtensionForm {
    /// Why, specific to this case.
    pub reason: String,
    /// Day of the new date, as entered.
    pub day: String,
    /// Month of the new date, as entered.
    pub month: String,
    /// Year of the new date, as entered.
    pub year: String,
    /// How often and how the resident is updated, as agreed with them.
    pub updates: String,
    /// How many working days lie between two updates, as entered.
    pub every: String,
    /// Why it is a second one, or goes beyond the limit.
    pub exceptional: String,
    /// What is done differently for this resident.
    pub adjustments: String,
    /// A free paragraph.
    pub paragraph: String,
}

impl ExtensionForm {
    /// What was posted.
    #[must_use]
    pub fn read(posted: &Posted) -> Self {
        Self {
            reason: posted.get("reason"),
            day: posted.get("new-by-day"),
            month: posted.get("new-by-month"),
            year: posted.get("new-by-year"),
            updates: posted.get("updates"),
            every: posted.get("every"),
            exceptional: posted.get("exceptional"),
            adjustments: posted.get("adjustments"),
            paragraph: posted.get("paragraph"),
        }
    }

    /// With this date in its three fields.
    #[must_use]
    pub fn dated(self, new_by: Date) -> Self {
        Self {
            day: new_by.day().to_string(),
            month: new_by.month().to_string(),
            year: new_by.year().to_string(),
            ..self
        }
    }

    /// The three fields of the new date: name, label, value, width in characters.
    pub(super) fn date_fields(&self) -> [(&'static str, &'static str, &str, u8); 3] {
        [
            ("new-by-day", "Day", &self.day, 2),
            ("new-by-month", "Month", &self.month, 2),
            ("new-by-year", "Year", &self.year, 4),
        ]
    }

    /// The new date; `None` while nothing is entered. Whether it is lawful is the domain's to say.
    ///
    /// # Errors
    /// When what is entered is no date.
    pub fn new_by(&self) -> Result<Option<Date>, FieldErrors> {
        if [&self.day, &self.month, &self.year].iter().all(|part| part.is_empty()) {
            return Ok(None);
        }
        let date = || Date::new(self.year.parse().ok()?, self.month.parse().ok()?, self.day.parse().ok()?).ok();
        match date() {
            Some(date) if date.year() >= 2000 => Ok(Some(date)),
            _ => {
                let mut errors = FieldErrors::default();
                errors.add("new-by-day", "Enter the new response date as day, month and year, for example 27 3 2026");
                Err(errors)
            }
        }
    }
}

/// The parts that every letter has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlainForm {
    /// What is done differently for this resident.
    pub adjustments: String,
    /// A free paragraph.
    pub paragraph: String,
}

impl PlainForm {
    /// What was posted.
    #[must_use]
    pub fn read(posted: &Posted) -> Self {
        Self { adjustments: posted.get("adjustments"), paragraph: posted.get("paragraph") }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn posted(fields: &[(&str, &str)]) -> Posted {
        Posted(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_posted_definition_is_read_without_its_blank_rows() {
        let form = AcknowledgementForm::read(&posted(&[
            ("point-1-text", " The tap leaks.\r\nStill. "),
            ("point-1-responsible", "ours"),
            ("point-2-text", ""),
            ("point-3-text", "The street lamp flickers."),
            ("point-3-responsible", "not-ours"),
            ("point-3-whose", "the county"),
            ("outcome-1", ""),
            ("outcome-2", "A repair."),
        ]));
        let definition = form.definition().unwrap();
        assert_eq!(definition.points.len(), 2);
        assert_eq!(definition.points[0].text, "The tap leaks.\nStill.");
        assert_eq!(definition.points[1].responsibility, Responsibility::NotOurs { whose: "the county".to_owned() });
        assert_eq!(definition.outcomes, ["A repair."]);
        assert_eq!(AcknowledgementForm::of(&definition).definition(), Ok(definition));
    }

    #[test]
    fn a_point_must_say_who_is_responsible_and_what_it_is_about() {
        let form = AcknowledgementForm::read(&posted(&[
            ("point-1-text", "The tap leaks."),
            ("point-2-text", "The lamp flickers."),
            ("point-2-responsible", "not-ours"),
            ("point-3-text", ""),
            ("point-3-responsible", "ours"),
        ]));
        let errors = form.definition().unwrap_err();
        for field in ["point-1-responsible", "point-2-whose", "point-3-text"] {
            assert!(errors.of(field).is_some(), "{field}");
        }
    }

    #[test]
    fn spare_rows_never_hide_what_is_written() {
        let mut form = AcknowledgementForm { outcomes: vec!["x".to_owned(); 5], ..AcknowledgementForm::default() };
        form = form.with_rows(4, 0);
        assert_eq!((form.points.len(), form.outcomes.len()), (4, 5));
        form = AcknowledgementForm::default().with_rows(usize::MAX, 0);
        assert_eq!((form.points.len(), form.outcomes.len()), (MOST_ROWS, ROWS));
    }

    #[test]
    fn a_date_is_read_from_three_fields() {
        let form = |day: &str, month: &str, year: &str| ExtensionForm {
            day: day.to_owned(),
            month: month.to_owned(),
            year: year.to_owned(),
            ..ExtensionForm::default()
        };
        assert_eq!(form("27", "03", "2026").new_by(), Ok(Some(date(2026, 3, 27))));
        assert_eq!(form("", "", "").new_by(), Ok(None));
        for (day, month, year) in [("31", "2", "2026"), ("27", "3", "26"), ("27", "", "2026"), ("x", "3", "2026")] {
            assert!(form(day, month, year).new_by().is_err(), "{day} {month} {year}");
        }
        assert_eq!(ExtensionForm::default().dated(date(2026, 3, 5)).new_by(), Ok(Some(date(2026, 3, 5))));
    }

    #[test]
    fn only_the_approve_button_approves() {
        assert_eq!(Act::read(&posted(&[("do", "approve")])), Act::Approve);
        assert_eq!(Act::read(&posted(&[("do", "")])), Act::Save);
        assert_eq!(Act::read(&posted(&[])), Act::Save);
    }
}
