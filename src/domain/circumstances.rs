//! What is recorded of the people of a case besides their names: adjustments and disclosed disabilities
//! (5.10), how they want to be written to, representatives (3.6), conflicts of interest (5.8),
//! restrictions (5.14) and what the Ombudsman asks.
//!
//! Invariant: nothing here is ever taken out of its list; it is reviewed or ended, and keeps its number.
//! Nothing here moves a date or stops a message: a case with a restriction is received, acknowledged
//! and answered like any other.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::case::Case;
use super::ids::{EmailAddress, OfficerId};
use super::keyed::keyed;
use super::ombudsman_case::OmbudsmanItem;
use super::people::Resident;
use super::post::Postal;
use super::representative::{Representative, Scope};
use super::restriction::Restriction;

keyed! {
    /// What is recorded of a resident's circumstances.
    pub enum Circumstance, "circumstance" {
        /// Something done differently for them, as agreed with them (5.10).
        Adjustment => "adjustment", "Reasonable adjustment";
        /// A disability they told us of (5.10).
        Disability => "disability", "Disclosed disability";
        /// Something in the household that means we should act sooner or in another way (6.1).
        Household => "household", "Vulnerability in the household";
    }
}

keyed! {
    /// How a resident wants to be reached.
    pub enum PreferredContact, "way of contact" {
        /// By e-mail.
        Email => "email", "E-mail";
        /// By telephone.
        Phone => "phone", "Phone";
        /// By post.
        Post => "post", "Post";
    }
}

keyed! {
    /// The form in which a resident needs letters.
    pub enum LetterFormat, "letter format" {
        /// As any letter.
        Standard => "standard", "Standard";
        /// In large print.
        LargePrint => "large-print", "Large print";
        /// As plain text, for a screen reader.
        PlainText => "plain-text", "Plain text";
        /// In easy words with pictures.
        EasyRead => "easy-read", "Easy read";
        /// Read aloud.
        Audio => "audio", "Audio";
        /// In braille.
        Braille => "braille", "Braille";
    }
}

/// Why and when something recorded no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// From this day.
    pub on: Date,
    /// Why.
    pub why: String,
}

/// A circumstance on record, to be reviewed (5.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What it is.
    pub kind: Circumstance,
    /// In words. Those of an adjustment stand in letters; the others never do.
    pub text: String,
    /// When it was recorded.
    pub on: Date,
    /// When it is looked at again.
    pub review_by: Date,
    /// Whether it still holds.
    pub ended: Option<Ended>,
}

/// How a resident wants to be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// How to reach them.
    pub contact: PreferredContact,
    /// The form of letters.
    pub format: LetterFormat,
    /// The language of letters; empty is English.
    pub language: String,
}

keyed! {
    /// What was declared about an officer and a complaint (5.8).
    pub enum Interest, "declaration" {
        /// There is a conflict of interest.
        Conflict => "conflict", "There is a conflict of interest";
        /// There is none, though it may look so.
        None => "none", "There is no conflict of interest";
    }
}

/// A declaration about an officer and a complaint (5.8). The newest of an officer counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// About whom.
    pub officer: OfficerId,
    /// Their name at the time.
    pub name: String,
    /// What was declared.
    pub interest: Interest,
    /// Why.
    pub reason: String,
    /// When.
    pub on: Date,
}

/// A handler who had to leave a case that has no other yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerLeft {
    /// Who.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What is recorded of the people of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Adjustments, disabilities and vulnerabilities, oldest first.
    pub recorded: Vec<Recorded>,
    /// How the resident wants to be written to, once they said so.
    pub preferences: Option<Preferences>,
    /// Where their post goes, once it is known.
    pub postal: Option<Postal>,
    /// Who acts for the resident.
    pub representatives: Vec<Representative>,
    /// What was declared about officers.
    pub declarations: Vec<Declaration>,
    /// Restrictions on how the resident can reach us.
    pub restrictions: Vec<Restriction>,
    /// What the Ombudsman asked for and ordered.
    pub ombudsman: Vec<OmbudsmanItem>,
    /// The points that the landlord answers for as a council, so that another Ombudsman looks into them.
    pub council_points: BTreeSet<u32>,
    /// The handler who left, until another is assigned.
    pub handler_left: Option<HandlerLeft>,
}

/// Something to be done by a date that is not one of the case's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What, in words that tell nothing of the resident's circumstances.
    pub what: String,
    /// By when.
    pub by: Date,
    /// Which rungs remind of it.
    pub kind: TaskKind,
    /// Its number within the case and kind, for a reminder's key.
    pub key: String,
}

/// Which rungs remind of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// A review (5.10, 5.14).
    Review,
    /// A date the Ombudsman set.
    Ombudsman,
}

impl Circumstances {
    /// What is to be done, the earliest first.
    #[must_use]
    pub fn tasks(&self) -> Vec<Task> {
        let review = |what: &str, key: String, by: Date| Task {
            what: format!("Review {what}"),
            by,
            kind: TaskKind::Review,
            key,
        };
        let recorded = (1..).zip(&self.recorded).filter(|(_, one)| one.ended.is_none()).map(|(number, one)| {
            // The same words for all kinds: they stand in the subject of a reminder.
            review("what is recorded for the resident (5.10)", format!("circumstance-{number}"), one.review_by)
        });
        let restrictions = (1..).zip(&self.restrictions).filter(|(_, one)| one.ended.is_none());
        let restrictions = restrictions
            .map(|(number, one)| review("a restriction (5.14)", format!("restriction-{number}"), one.review_by));
        let representatives = (1..).zip(&self.representatives).filter_map(|(number, one)| {
            let by = one.expires_on.filter(|_| one.ended.is_none() && one.consent.is_some())?;
            Some(review("a representative’s authority (3.6)", format!("representative-{number}"), by))
        });
        let ombudsman = (1..).zip(&self.ombudsman).filter_map(|(number, item)| {
            let by = item.due_by.filter(|_| item.done.is_none())?;
            let what = format!("Ombudsman {}: {}", item.reference, item.kind.words().to_lowercase());
            Some(Task { what, by, kind: TaskKind::Ombudsman, key: format!("ombudsman-{number}") })
        });
        let mut tasks: Vec<Task> =
            recorded.chain(restrictions).chain(representatives).chain(ombudsman).collect::<Vec<_>>();
        tasks.sort_by_key(|task| task.by);
        tasks
    }

    /// The restrictions that hold.
    pub fn restrictions_in_force(&self) -> impl Iterator<Item = &Restriction> {
        self.restrictions.iter().filter(|restriction| restriction.ended.is_none())
    }

    /// The form in which the resident needs letters.
    #[must_use]
    pub fn letter_format(&self) -> LetterFormat {
        self.preferences.as_ref().map_or(LetterFormat::Standard, |preferences| preferences.format)
    }

    /// What letters say is done differently for the resident (5.10): the adjustments on record and the
    /// form of letters, then what the officer adds. Never a disability or the household.
    #[must_use]
    pub fn in_letter(&self, added: &str) -> String {
        let adjustments = self.recorded.iter().filter(|one| one.kind == Circumstance::Adjustment);
        let mut passages: Vec<String> =
            adjustments.filter(|one| one.ended.is_none()).map(|one| one.text.trim().to_owned()).collect();
        if let Some(Preferences { format, language, .. }) = &self.preferences {
            if *format != LetterFormat::Standard {
                passages.push(format!("Format you asked for: {}.", format.words().to_lowercase()));
            }
            if !language.trim().is_empty() {
                passages.push(format!("Language you asked for: {}.", language.trim()));
            }
        }
        passages.extend(Some(added.trim().to_owned()).filter(|added| !added.is_empty()));
        passages.join("\n\n")
    }

    /// The newest declaration about an officer (5.8).
    #[must_use]
    pub fn declared(&self, officer: OfficerId) -> Option<&Declaration> {
        self.declarations.iter().rfind(|declaration| declaration.officer == officer)
    }

    /// The addresses of those whom the resident has consented to act for them, on this day (3.6).
    #[must_use]
    pub fn consented(&self, today: Date) -> Vec<EmailAddress> {
        let in_force = self.representatives.iter().filter(|one| one.in_force(today));
        in_force.filter_map(|one| one.email.clone()).collect()
    }

    /// Who letters go to on this day: the resident, unless they have consented that a representative gets
    /// them (3.6). Before consent is recorded nothing is disclosed to anybody else.
    #[must_use]
    pub fn letters_to<'a>(&'a self, resident: &'a Resident, today: Date) -> (&'a str, Option<&'a EmailAddress>) {
        match self.gets_letters(today) {
            Some(one) => (&one.name, one.email.as_ref()),
            None => (&resident.name, resident.email.as_ref()),
        }
    }

    fn gets_letters(&self, today: Date) -> Option<&Representative> {
        let theirs = |one: &&Representative| one.scope == Scope::Letters && one.email.is_some() && one.in_force(today);
        self.representatives.iter().rfind(theirs)
    }

    /// Whether letters go to a representative on this day (3.6).
    #[must_use]
    pub fn represented(&self, today: Date) -> bool {
        self.gets_letters(today).is_some()
    }

    /// The lines of the postal address that letters printed on this day carry below the name; none when they go
    /// to a representative, or when post to it came back.
    #[must_use]
    pub fn address_lines(&self, today: Date) -> &[String] {
        let usable = self.postal.as_ref().filter(|postal| postal.returned_on.is_none() && !self.represented(today));
        usable.map_or(&[], |postal| postal.address.0.as_slice())
    }
}

/// Whether a text names somebody, by all their names in their order.
#[must_use]
pub fn names(text: &str, name: &str) -> bool {
    let fold = |text: &str| {
        let letters: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        letters.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let (text, name) = (fold(text), fold(name));
    name.len() > 1 && text.windows(name.len()).any(|words| words == name)
}

impl Case {
    /// Whether the complaint definition names somebody (5.8).
    #[must_use]
    pub fn definition_names(&self, name: &str) -> bool {
        self.definition.points.iter().any(|point| names(&point.text, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_whole_words_in_any_case() {
        assert!(names("I spoke to PRIYA  Nair, who hung up.", "Priya Nair"));
        for other in ["I spoke to Priya.", "Priya Nairn hung up.", "Nair Priya", ""] {
            assert!(!names(other, "Priya Nair"), "{other}");
        }
        assert!(!names("anything", "anything"), "a single name is anybody’s");
    }
}
