//! The writing desk: everything a letter is made from besides the case itself, in one place, so that
//! drafting, saving and approving all make the same letter from the same facts.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::printing::in_format;
use super::{
    AcknowledgementView, ENGLISH, ExtensionParts, ExtensionView, OfficersParts, RefusalView, RenderFault, Rendered,
    ResponseView, Setting, Shelf, TellView, checked,
};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::case::Case;
use crate::domain::code::{HandlingCode, Provision};
use crate::domain::commands::Rules;
use crate::domain::deadlines;
use crate::domain::landlord::{Landlord, Ombudsman};
use crate::domain::language::{Languages, is_english};
use crate::domain::letter::{ElementCheck, LetterKind, Purpose, Shortfall};
use crate::domain::outcome::{self, Outcome};
use crate::domain::parts::LetterParts;
use crate::domain::writing::{Force, Reading, Remark, Upheld, WritingRules};

/// The element that only a late answer must have: that it is late, and sorry for it (6.3, 6.14).
const LATE: &str = "late";

/// What every letter is made from.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The Code in force.
    pub code: Arc<HandlingCode>,
    /// The landlord's working days.
    pub calendar: Arc<WorkingCalendar>,
    /// The landlord's words.
    pub templates: Arc<Shelf>,
    /// The landlord.
    pub landlord: Arc<Landlord>,
    /// The Ombudsman.
    pub ombudsman: Arc<Ombudsman>,
    /// The languages of letters beside English.
    pub languages: Arc<Languages>,
    /// The Ombudsman for points that the landlord answers for as a council.
    pub council_ombudsman: Option<Arc<Ombudsman>>,
    /// How letters are to be written.
    pub writing: Arc<WritingRules>,
}

/// A letter as it would go out now, and what it still lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The letter.
    pub rendered: Rendered,
    /// Each required element with its passage.
    pub checks: Vec<ElementCheck>,
    /// What the rules of writing find in it.
    pub remarks: Vec<Remark>,
}

impl Written {
    /// Everything that keeps the letter from being approved.
    #[must_use]
    pub fn shortfalls(&self) -> Vec<Shortfall> {
        let missing = self.checks.iter().filter_map(ElementCheck::shortfall);
        missing.chain(self.remarks.iter().filter_map(Remark::shortfall)).collect()
    }
}

/// What the officer must know of the language of a letter: that nothing but people can check it, or that there
/// are no words in the language the resident asked for.
fn translation(recorded: &str, rendered: &Rendered) -> Option<Remark> {
    let (title, remedy) = if rendered.language != ENGLISH {
        let title = format!("Written in {}, which the rules of writing do not know", recorded.trim());
        (title, "Have it read by somebody who knows the language; write your own parts in it, too.".to_owned())
    } else if is_english(recorded) {
        return None;
    } else {
        let title = format!("Written in English: there are no words of this letter in {}", recorded.trim());
        (title, "Have it translated and send the translation with it, as the resident asked (5.10).".to_owned())
    };
    Some(Remark {
        rule: "language".to_owned(),
        force: Force::Advisory,
        provision: Provision("5.10".to_owned()),
        title,
        words: String::new(),
        sentence: String::new(),
        line: None,
        remedy,
    })
}

impl Desk {
    /// The rules at this moment.
    #[must_use]
    pub fn rules(&self, now: Timestamp) -> Rules<'_> {
        Rules { code: &self.code, calendar: &self.calendar, now, officer: None }
    }

    /// The letter of this kind as it would go out now, in the format that is recorded for the resident. The same facts on the same day give the same
    /// bytes.
    ///
    /// # Errors
    /// [`RenderFault`] when the template cannot be rendered.
    pub fn write(
        &self,
        kind: LetterKind,
        case: &Case,
        parts: &LetterParts,
        now: Timestamp,
    ) -> Result<Written, RenderFault> {
        let sent_on = self.rules(now).today();
        let setting = Setting {
            landlord: &self.landlord,
            ombudsman: &self.ombudsman,
            council: self.council_ombudsman.as_deref(),
            code: &self.code,
            sent_on,
        };
        let adjustments = case.people.in_letter(&parts.adjustments);
        let officers = OfficersParts { paragraph: &parts.extra, adjustments: &adjustments };
        let recorded = case.people.preferences.as_ref().map_or("", |preferences| preferences.language.as_str());
        let tag = self.languages.tag(recorded);
        let rendered = match kind.purpose() {
            Purpose::Acknowledge => {
                let due =
                    deadlines::respond_by(&self.code, &self.calendar, kind.stage(), case.current.received_at, sent_on);
                let respond_by = due.ok().map(|due| due.by);
                self.templates.render_in(tag, &AcknowledgementView::new(case, setting, respond_by, officers))?
            }
            Purpose::Extend => {
                let terms = ExtensionParts { reason: &parts.reason, new_by: parts.new_by, updates: &parts.updates };
                self.templates.render_in(tag, &ExtensionView::new(case, setting, terms, officers))?
            }
            Purpose::Respond => self.templates.render_in(tag, &ResponseView::new(case, setting, officers))?,
            Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
                self.templates.render_in(tag, &RefusalView::new(kind, case, setting, officers))?
            }
            Purpose::Tell => {
                let told = ExtensionParts { reason: &parts.reason, new_by: parts.new_by, updates: &parts.updates };
                self.templates.render_in(tag, &TellView::new(kind, case, setting, told, officers))?
            }
        };
        let rendered = in_format(rendered, case.people.letter_format());
        let mut checks = checked(&self.code, &rendered);
        let late = case.answer_was_due(sent_on).is_some();
        checks.retain(|check| late || check.element.id != LATE);
        let remarks = match translation(recorded, &rendered) {
            // The rules of writing know English only.
            Some(note) if rendered.language != ENGLISH => vec![note],
            note => {
                let found = self.remarks(kind, case, parts, &rendered, sent_on);
                found.into_iter().chain(note).collect()
            }
        };
        Ok(Written { rendered, checks, remarks })
    }

    /// What the rules of writing find in a letter.
    fn remarks(
        &self,
        kind: LetterKind,
        case: &Case,
        parts: &LetterParts,
        rendered: &Rendered,
        sent_on: Date,
    ) -> Vec<Remark> {
        let handler = case.current.handler.as_ref().map_or("", |handler| handler.name.as_str());
        let council = self.council_ombudsman.as_ref().map_or("", |council| council.name.as_str());
        let ombudsman = self.ombudsman.name.as_str();
        let names = [self.landlord.name.as_str(), ombudsman, council, case.resident.name.as_str(), handler];
        let due = case.current.response_due.map(|due| due.by);
        let outcome = case.current.outcome.as_ref();
        let promised = outcome.into_iter().flat_map(|outcome| outcome.promises.iter().map(|promise| promise.by));
        let offered = outcome.into_iter().flat_map(|outcome| outcome.remedies.iter().filter_map(|remedy| remedy.by));
        let dates: Vec<Date> = parts.new_by.into_iter().chain(due).chain(promised).chain(offered).collect();
        let nothing = matches!(outcome.and_then(Outcome::decision), None | Some(outcome::Finding::NotUpheld));
        self.writing.check(&Reading {
            kind,
            subject: &rendered.subject,
            text: &rendered.text,
            passages: &rendered.passages,
            names: &names,
            upheld: if nothing { Upheld::Nothing } else { Upheld::Something },
            sent_on,
            dates: &dates,
        })
    }
}
