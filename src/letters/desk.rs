//! The writing desk: everything a letter is made from besides the case itself, in one place, so that
//! drafting, saving and approving all make the same letter from the same facts.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    AcknowledgementView, ExtensionParts, ExtensionView, OfficersParts, RefusalView, RenderFault, Rendered,
    ResponseView, Setting, Templates, checked,
};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::case::Case;
use crate::domain::code::HandlingCode;
use crate::domain::commands::Rules;
use crate::domain::deadlines;
use crate::domain::landlord::{Landlord, Ombudsman};
use crate::domain::letter::{ElementCheck, LetterKind, Purpose};
use crate::domain::parts::LetterParts;

/// What every letter is made from.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The Code in force.
    pub code: Arc<HandlingCode>,
    /// The landlord's working days.
    pub calendar: Arc<WorkingCalendar>,
    /// The landlord's words.
    pub templates: Arc<Templates>,
    /// The landlord.
    pub landlord: Arc<Landlord>,
    /// The Ombudsman.
    pub ombudsman: Arc<Ombudsman>,
}

/// A letter as it would go out now, and what it still lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The letter.
    pub rendered: Rendered,
    /// Each required element with its passage.
    pub checks: Vec<ElementCheck>,
}

impl Desk {
    /// The rules at this moment.
    #[must_use]
    pub fn rules(&self, now: Timestamp) -> Rules<'_> {
        Rules { code: &self.code, calendar: &self.calendar, now, officer: None }
    }

    /// The letter of this kind as it would go out now. The same facts on the same day give the same
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
        let setting = Setting { landlord: &self.landlord, ombudsman: &self.ombudsman, code: &self.code, sent_on };
        let officers = OfficersParts { paragraph: &parts.extra, adjustments: &parts.adjustments };
        let rendered = match kind.purpose() {
            Purpose::Acknowledge => {
                let due =
                    deadlines::respond_by(&self.code, &self.calendar, kind.stage(), case.current.received_at, sent_on);
                let respond_by = due.ok().map(|due| due.by);
                self.templates.render(&AcknowledgementView::new(case, setting, respond_by, officers))?
            }
            Purpose::Extend => {
                let terms = ExtensionParts { reason: &parts.reason, new_by: parts.new_by, updates: &parts.updates };
                self.templates.render(&ExtensionView::new(case, setting, terms, officers))?
            }
            Purpose::Respond => self.templates.render(&ResponseView::new(case, setting, officers))?,
            Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
                self.templates.render(&RefusalView::new(kind, case, setting, officers))?
            }
        };
        let checks = checked(&self.code, &rendered);
        Ok(Written { rendered, checks })
    }
}
