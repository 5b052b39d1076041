//! What can be recorded of the people of a case, each with the fields it asks for: data, from which the
//! pages and the command line make the same form and read the same command.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::circumstances::{Circumstance, Interest, LetterFormat, Preferences, PreferredContact};
use crate::domain::commands::{CaseCommand, PeopleCommand};
use crate::domain::ids::EmailAddress;
use crate::domain::keyed::keyed;
use crate::domain::landlord::Jurisdiction;
use crate::domain::ombudsman_case::{Done, OmbudsmanItem, OmbudsmanKind};
use crate::domain::people::Officer;
use crate::domain::people_events::Reviewable;
use crate::domain::post::PostalAddress;
use crate::domain::representative::{Authority, Consent, Representative, Scope};

keyed! {
    /// Something that can be recorded of a case.
    pub enum Record, "thing to record" {
        /// An adjustment, a disability or a vulnerability (5.10).
        Circumstance => "circumstance", "Adjustment, disability or vulnerability";
        /// What another case of the resident has on record (5.10).
        CarryOver => "carry-over", "What another case of theirs has on record";
        /// How the resident wants to be reached.
        Preference => "preference", "How they want to be reached";
        /// Where their post goes.
        PostalAddress => "postal-address", "Postal address";
        /// Somebody who acts for the resident (3.6).
        Representative => "representative", "Somebody who acts for them";
        /// Consent for a representative (3.6).
        Consent => "consent", "Consent for a representative";
        /// The handler of the current stage.
        Handler => "handler", "Handler";
        /// Whether an officer has a conflict of interest (5.8).
        Conflict => "conflict", "Conflict of interest";
        /// A restriction (5.14, 5.15).
        Restriction => "restriction", "Restriction";
        /// What the Ombudsman sent.
        Ombudsman => "ombudsman", "Letter from the Ombudsman";
        /// As what we answer for a point.
        Jurisdiction => "jurisdiction", "Which Ombudsman a point goes to";
        /// What was done about it.
        OmbudsmanDone => "ombudsman-done", "Ombudsman’s request done";
        /// A review of something on record.
        Review => "review", "Review of something on record";
        /// The end of something on record.
        End => "end", "End of something on record";
    }
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// One line.
    Line,
    /// Several lines.
    Text,
    /// A date.
    Date,
    /// One of these: key and words.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// An officer, by e-mail address.
    Officer,
}

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub id: &'static str,
    /// Its label.
    pub label: &'static str,
    /// A hint; may be empty.
    pub hint: &'static str,
    /// How it is filled in.
    pub input: Input,
}

const fn field(id: &'static str, label: &'static str, hint: &'static str, input: Input) -> Field {
    Field { id, label, hint, input }
}

/// How a date may be entered, for a hint.
pub const DATE_HINT: &str = "For example, 27 3 2027";
/// How a postal address is entered, for a hint.
pub const ADDRESS_HINT: &str = "Without the name, in lines as on an envelope";
/// What is wrong with what is no date.
pub const DATE_FAULT: &str = "Enter a date as day, month and year, for example 27 3 2027";
const NUMBER: Field = field("number", "Its number on the case’s page", "For example 1", Input::Line);

fn reviewables() -> Vec<(&'static str, &'static str)> {
    vec![
        ("circumstance", "Adjustment, disability or vulnerability"),
        ("restriction", "Restriction"),
        ("representative", "Representative’s authority"),
    ]
}

fn yes_no() -> Vec<(&'static str, &'static str)> {
    vec![("no", "Not yet: nothing is disclosed to them"), ("yes", "Yes, it is here")]
}

/// What is wrong with which field.
pub type Faults = Vec<(&'static str, String)>;

/// The fields as filled in.
pub type Filled = BTreeMap<String, String>;

impl Record {
    /// The fields it asks for.
    #[must_use]
    pub fn fields(self) -> Vec<Field> {
        use Input::{Choice, Date, Line, Officer, Text};
        match self {
            Self::Circumstance => vec![
                field("kind", "What it is", "", Choice(Circumstance::choices)),
                field(
                    "text",
                    "In words",
                    "An adjustment stands in letters as you write it here. A disability or the household never does.",
                    Text,
                ),
                field("review-by", "To be reviewed by (5.10)", DATE_HINT, Date),
            ],
            Self::CarryOver => vec![field("case", "Their other case", "Its reference, such as CMP-2026-00042-M", Line)],
            Self::Preference => vec![
                field("contact", "Reach them by", "", Choice(PreferredContact::choices)),
                field("format", "Form of letters", "", Choice(LetterFormat::choices)),
                field("language", "Language, if not English", "", Line),
            ],
            Self::PostalAddress => vec![field("address", "Postal address", ADDRESS_HINT, Text)],
            Self::Representative => vec![
                field("name", "Name", "", Line),
                field("email", "E-mail address", "May be left blank", Line),
                field("authority", "Why they may act", "", Choice(Authority::choices)),
                field("scope", "How far", "", Choice(Scope::choices)),
                field("consented", "Is the consent, or what stands in its place, here?", "", Choice(yes_no)),
                field("on", "Given on, if it is here", DATE_HINT, Date),
                field("evidence", "What shows it", "For example: signed form, contact 12", Line),
                field("expires-on", "Last day, if it is for a time", DATE_HINT, Date),
            ],
            Self::Consent => vec![
                NUMBER,
                field("on", "Given on", DATE_HINT, Date),
                field("evidence", "What shows it", "For example: signed form, contact 12", Line),
            ],
            Self::Handler => vec![field("officer", "Officer", "", Officer)],
            Self::Conflict => vec![
                field("officer", "About which officer", "", Officer),
                field("interest", "What is declared", "", Choice(Interest::choices)),
                field("reason", "Why (5.8)", "", Text),
            ],
            Self::Restriction => vec![
                field(
                    "what",
                    "What is restricted, and what stays open",
                    "Messages are received and complaints answered as before, and urgent repairs can always be reported.",
                    Text,
                ),
                field("reason", "Why (5.14)", "", Text),
                field("evidence", "What shows it (5.14)", "", Text),
                field("equality", "How the Equality Act 2010 was considered (5.15)", "", Text),
                field("review-by", "To be reviewed by (5.14)", DATE_HINT, Date),
            ],
            Self::Ombudsman => vec![
                field("reference", "The Ombudsman’s reference", "", Line),
                field("kind", "What it is", "", Choice(OmbudsmanKind::choices)),
                field("text", "What it says", "", Text),
                field("received-on", "Received on", DATE_HINT, Date),
                field("due-by", "Due by, as the Ombudsman set it", DATE_HINT, Date),
            ],
            Self::Jurisdiction => vec![
                field("number", "Number of the point", "For example 2", Input::Line),
                field(
                    "as",
                    "We answer for it",
                    "A council’s other services go to another Ombudsman.",
                    Choice(Jurisdiction::choices),
                ),
            ],
            Self::OmbudsmanDone => {
                vec![NUMBER, field("on", "Done on", DATE_HINT, Date), field("proof", "What shows it", "", Text)]
            }
            Self::Review => vec![
                field("what", "What was reviewed", "", Choice(reviewables)),
                NUMBER,
                field("note", "What the review found", "", Text),
                field("review-by", "Next review by", DATE_HINT, Date),
            ],
            Self::End => {
                vec![field("what", "What ends", "", Choice(reviewables)), NUMBER, field("why", "Why", "", Text)]
            }
        }
    }

    /// The command that the filled fields make. What is blank is for the rules to refuse.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn command(self, filled: &Filled, officers: &[Officer]) -> Result<CaseCommand, Faults> {
        let mut read = Reading { filled, officers, faults: Vec::new() };
        let command = self.read(&mut read);
        match command {
            Some(command) if read.faults.is_empty() => Ok(command),
            _ => Err(read.faults),
        }
    }

    fn read(self, read: &mut Reading<'_>) -> Option<CaseCommand> {
        Some(CaseCommand::People(match self {
            Self::Handler => return read.officer().map(|officer| CaseCommand::AssignHandler { officer }),
            Self::Circumstance => {
                let (kind, review_by) = (read.choice("kind"), read.date("review-by"));
                PeopleCommand::Record { kind: kind?, text: read.text("text"), review_by: review_by? }
            }
            Self::CarryOver => match read.text("case").parse() {
                Ok(from) => PeopleCommand::CarryOver { from, known: None },
                Err(_) => {
                    return read.fault("case", "Enter the reference of their other case, such as CMP-2026-00042-M");
                }
            },
            Self::Preference => {
                let (contact, format) = (read.choice("contact"), read.choice("format"));
                PeopleCommand::Prefer(Preferences {
                    contact: contact?,
                    format: format?,
                    language: read.text("language"),
                })
            }
            Self::PostalAddress => PeopleCommand::Postal(read.address()?),
            Self::Representative => PeopleCommand::NameRepresentative(read.representative()?),
            Self::Consent => {
                let (number, on) = (read.number(), read.date("on"));
                let consent = Consent { on: on?, evidence: read.text("evidence") };
                PeopleCommand::Consent { number: number?, consent }
            }
            Self::Conflict => {
                let (officer, interest) = (read.officer(), read.choice("interest"));
                PeopleCommand::Declare { officer: officer?, interest: interest?, reason: read.text("reason") }
            }
            Self::Restriction => PeopleCommand::Restrict {
                review_by: read.date("review-by")?,
                what: read.text("what"),
                reason: read.text("reason"),
                evidence: read.text("evidence"),
                equality: read.text("equality"),
            },
            Self::Ombudsman => {
                let (kind, received_on) = (read.choice("kind"), read.date("received-on"));
                let due_by = read.date_if_any("due-by");
                PeopleCommand::OmbudsmanSent(OmbudsmanItem {
                    reference: read.text("reference"),
                    kind: kind?,
                    text: read.text("text"),
                    received_on: received_on?,
                    due_by,
                    done: None,
                })
            }
            Self::Jurisdiction => {
                let (number, jurisdiction) = (read.number(), read.choice("as"));
                let point = u32::try_from(number?).unwrap_or(u32::MAX);
                PeopleCommand::AddressPoint { point, jurisdiction: jurisdiction? }
            }
            Self::OmbudsmanDone => {
                let (number, on) = (read.number(), read.date("on"));
                PeopleCommand::OmbudsmanAnswered { number: number?, done: Done { on: on?, proof: read.text("proof") } }
            }
            Self::Review => {
                let (what, number, review_by) = (read.reviewable(), read.number(), read.date("review-by"));
                let (what, number, review_by) = (what?, number?, review_by?);
                PeopleCommand::Review { what, number, review_by, note: read.text("note") }
            }
            Self::End => {
                let (what, number) = (read.reviewable(), read.number());
                PeopleCommand::End { what: what?, number: number?, why: read.text("why") }
            }
        }))
    }
}

/// A form while it is read: every fault is told, not only the first.
struct Reading<'a> {
    filled: &'a Filled,
    officers: &'a [Officer],
    faults: Faults,
}

impl Reading<'_> {
    fn text(&self, id: &str) -> String {
        self.filled.get(id).map(|text| text.trim().to_owned()).unwrap_or_default()
    }

    fn fault<T>(&mut self, id: &'static str, text: impl Into<String>) -> Option<T> {
        self.faults.push((id, text.into()));
        None
    }

    fn choice<T: std::str::FromStr>(&mut self, id: &'static str) -> Option<T> {
        match self.text(id).parse() {
            Ok(chosen) => Some(chosen),
            Err(_) => self.fault(id, format!("Select one for “{id}”")),
        }
    }

    fn date_if_any(&mut self, id: &'static str) -> Option<Date> {
        let text = self.text(id);
        if text.is_empty() {
            return None;
        }
        match date(&text) {
            Some(date) => Some(date),
            None => self.fault(id, DATE_FAULT),
        }
    }

    fn date(&mut self, id: &'static str) -> Option<Date> {
        if self.text(id).is_empty() {
            return self.fault(id, DATE_FAULT);
        }
        self.date_if_any(id)
    }

    fn number(&mut self) -> Option<usize> {
        match self.text("number").parse() {
            Ok(number) => Some(number),
            Err(_) => self.fault("number", "Enter its number, for example 1"),
        }
    }

    fn officer(&mut self) -> Option<Officer> {
        let asked = self.text("officer");
        let officer = self.officers.iter().find(|officer| officer.email.as_str().eq_ignore_ascii_case(&asked));
        match officer.cloned() {
            Some(officer) => Some(officer),
            None => self.fault("officer", "Select an officer"),
        }
    }

    fn address(&mut self) -> Option<PostalAddress> {
        match self.filled.get("address").map(String::as_str).unwrap_or_default().parse() {
            Ok(address) => Some(address),
            Err(fault) => self.fault("address", capital(&fault)),
        }
    }

    fn reviewable(&mut self) -> Option<Reviewable> {
        match self.text("what").as_str() {
            "circumstance" => Some(Reviewable::Circumstance),
            "restriction" => Some(Reviewable::Restriction),
            "representative" => Some(Reviewable::Representative),
            _ => self.fault("what", "Select what it is about"),
        }
    }

    fn representative(&mut self) -> Option<Representative> {
        let (authority, scope): (Option<Authority>, Option<Scope>) = (self.choice("authority"), self.choice("scope"));
        let expires_on = self.date_if_any("expires-on");
        let text = self.text("email");
        let email: Option<EmailAddress> = match text.parse() {
            _ if text.is_empty() => None,
            Ok(email) => Some(email),
            Err(_) => self.fault("email", "Enter an e-mail address such as name@example.com, or leave it blank"),
        };
        let evidence = self.text("evidence");
        let consent = match self.text("consented").as_str() {
            "yes" => self.date("on").map(|on| Consent { on, evidence }),
            "no" | "" => None,
            _ => self.fault("consented", "Select whether the consent is here"),
        };
        Some(Representative {
            name: self.text("name"),
            email,
            authority: authority?,
            scope: scope?,
            consent,
            expires_on,
            ended: None,
        })
    }
}

/// A fault with a capital letter, as it stands beside a field.
fn capital(fault: &impl ToString) -> String {
    let text = fault.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A date as people write it: `27 3 2027`, `27/3/2027` or `2027-03-27`. A year of two figures is not guessed.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let [first, month, last] = parts.as_slice() else { return None };
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|date| date.year() >= 1900)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(fields: &[(&str, &str)]) -> Filled {
        fields.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let expected = Some(jiff::civil::date(2027, 3, 27));
        for text in ["27 3 2027", "27/03/2027", "27.3.2027", "2027-03-27"] {
            assert_eq!(date(text), expected, "{text}");
        }
        for text in ["", "27 3", "31 2 2027", "27 3 27", "tomorrow", "27 3 2027 1"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn every_fault_of_a_form_is_told_at_once_and_beside_its_field() {
        for record in Record::ALL {
            let ids: Vec<&str> = record.fields().iter().map(|field| field.id).collect();
            let faults = record.command(&Filled::new(), &[]).unwrap_err();
            assert!(!faults.is_empty(), "{record}");
            assert!(faults.iter().all(|(id, _)| ids.contains(id)), "{record}: {faults:?}");
        }
        let ombudsman = filled(&[("kind", "order"), ("received-on", "31 2 2027"), ("due-by", "soon")]);
        assert_eq!(Record::Ombudsman.command(&ombudsman, &[]).unwrap_err().len(), 2);
    }
}
