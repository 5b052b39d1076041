//! What is due in a case, and how far it has come.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Case;
use crate::domain::deadlines::Duty;
use crate::domain::exclusion::{Exclusion, Refused};
use crate::domain::outcome::{ActionState, Outcome};
use crate::domain::words;

impl Case {
    /// What is due next and when: the date is `None` when the calendar did not reach that far, all of it when
    /// nothing is due.
    ///
    /// After a late acknowledgement the earlier of the two response dates is the one to meet.
    #[must_use]
    pub fn next_deadline(&self) -> Option<(Duty, Option<Date>)> {
        let stage = &self.current;
        if self.is_refused() {
            return None;
        }
        if self.triage.is_other() {
            if let Some(again) = self.triaged.first_again() {
                return Some((Duty::Triage, again.acknowledge_by));
            }
            let follow_up = self.triaged.follow_up().filter(|_| self.closed.is_none());
            return follow_up.map(|follow_up| (Duty::Review, Some(follow_up.review_by)));
        }
        if stage.answered.is_some() {
            if let Some(request) = self.requests.iter().min_by_key(|request| request.received_at) {
                return Some((Duty::DecideOnStageTwo, request.acknowledge_by));
            }
            let open = self.actions.iter().filter(|action| action.state == ActionState::Open);
            return open.map(|action| action.promise.by).min().map(|by| (Duty::Act, Some(by)));
        }
        if self.closed.is_some() {
            return None;
        }
        // Without an acknowledgement to wait for, the response is due from the beginning.
        if stage.acknowledged.is_none() && (stage.acknowledge_by.is_some() || stage.response_due.is_none()) {
            return Some((Duty::Acknowledge, stage.acknowledge_by));
        }
        let by = stage.response_due.map(|due| match due.strict_by {
            Some(strict) if stage.extensions.is_empty() => strict.min(due.by),
            _ => due.by,
        });
        let update = stage.extensions.last().and_then(|extension| extension.update_by);
        match update.filter(|update| by.is_some_and(|by| *update < by)) {
            Some(update) => Some((Duty::Update, Some(update))),
            None => Some((Duty::Respond, by)),
        }
    }

    /// Whether a date of the current stage was missed, were it answered on this day.
    #[must_use]
    pub fn is_late(&self, on: Date) -> bool {
        let stage = &self.current;
        let acknowledged = stage.acknowledged.map_or(on, |done| words::london_date(done.at));
        stage.acknowledge_by.is_some_and(|by| acknowledged > by) || self.answer_was_due(on).is_some()
    }

    /// When the answer of the current stage was due, were it sent on this day and so late; `None` in time.
    #[must_use]
    pub fn answer_was_due(&self, on: Date) -> Option<Date> {
        self.current.response_due.map(|due| due.by).filter(|by| *by < on)
    }

    /// What this outcome of the current stage lacks before it can be answered on this day, each with its
    /// provision. A date that was missed calls for a remedy, or the reason for none, like an upheld point (7.1).
    #[must_use]
    pub fn outcome_lacks(&self, outcome: &Outcome, on: Date) -> Vec<String> {
        let mut lacks = outcome.lacks(&self.definition);
        if self.is_late(on) && outcome.offers_nothing() && !outcome.upholds() {
            lacks.push("a remedy for the date that was missed, or why there is none (7.1)".to_owned());
        }
        for (number, _) in (1..).zip(&outcome.remedies).filter(|(_, remedy)| remedy.by.is_some_and(|by| by < on)) {
            lacks.push(format!("a day for remedy {number} that has not passed (7.3)"));
        }
        for (number, _) in (1..).zip(&outcome.promises).filter(|(_, promise)| promise.by < on) {
            lacks.push(format!("a day for action {number} that has not passed (7.3)"));
        }
        lacks
    }

    /// Whether the resident has been told that the complaint is not taken up (2.4).
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let told = |exclusion: &Exclusion| exclusion.refused == Refused::Complaint && exclusion.told.is_some();
        self.exclusion.as_ref().is_some_and(told)
    }

    /// When nothing was left to do: closed, or refused; `None` while it is at work. A request for stage 2
    /// brings a closed case back, and a message to what was no complaint.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        let refused = self.exclusion.as_ref().filter(|_| self.is_refused());
        let refused = refused.and_then(|exclusion| exclusion.told).map(|told| told.at);
        refused.or_else(|| {
            let waits = !self.requests.is_empty() || !self.triaged.again.is_empty();
            self.closed.as_ref().filter(|_| !waits).map(|closed| closed.at)
        })
    }

    /// How far it has come, in a word.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match &self.current {
            _ if self.is_refused() => "refused",
            _ if self.ended_at().is_some() => "closed",
            _ if self.triage.is_other() => "followed up",
            stage if stage.answered.is_some() => "responded",
            stage if !stage.extensions.is_empty() => "extended",
            stage if stage.acknowledged.is_some() => "acknowledged",
            _ => "received",
        }
    }
}
