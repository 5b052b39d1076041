//! What an officer may record of the people of a case, and what stands in the way.

use jiff::Timestamp;
use jiff::civil::Date;

use super::dates::strict_by;
use super::{Refusal, Rules};
use crate::domain::case::Case;
use crate::domain::circumstances::{Circumstance, Declaration, Ended, Interest, Preferences, Recorded};
use crate::domain::code::Provision;
use crate::domain::deadlines::{self, Deadline};
use crate::domain::ids::{CaseRef, ContactId, OfficerId};
use crate::domain::landlord::Jurisdiction;
use crate::domain::ombudsman_case::{Done, OmbudsmanItem};
use crate::domain::people::Officer;
use crate::domain::people_events::{PeopleEvent, Reviewable};
use crate::domain::post::{Postal, PostalAddress};
use crate::domain::representative::{Consent, Representative};
use crate::domain::restriction::Restriction;
use crate::domain::stage::Stage;
use crate::domain::words;

mod carried;

pub use carried::OnRecord;

/// What is asked about the people of a case. Numbers count from 1 in the order of recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleCommand {
    /// Record an adjustment, a disability or a vulnerability (5.10).
    Record {
        /// What it is.
        kind: Circumstance,
        /// In words.
        text: String,
        /// When it is looked at again.
        review_by: Date,
    },
    /// Note that something was reviewed and holds.
    Review {
        /// Which kind of thing.
        what: Reviewable,
        /// Its number.
        number: usize,
        /// When it is looked at again; for a representative, how long it holds.
        review_by: Date,
        /// What the review found.
        note: String,
    },
    /// End something.
    End {
        /// Which kind of thing.
        what: Reviewable,
        /// Its number.
        number: usize,
        /// Why.
        why: String,
    },
    /// Note how the resident wants to be written to.
    Prefer(Preferences),
    /// Take over what another case of the resident has on record (5.10).
    CarryOver {
        /// The other case.
        from: CaseRef,
        /// What it has on record; `None` when there is no such case.
        known: Option<OnRecord>,
    },
    /// Record where the resident's post goes.
    Postal(PostalAddress),
    /// Name somebody who acts for the resident (3.6).
    NameRepresentative(Representative),
    /// Record the resident's consent (3.6).
    Consent {
        /// The representative's number.
        number: usize,
        /// It.
        consent: Consent,
    },
    /// Declare whether an officer has a conflict of interest (5.8).
    Declare {
        /// About whom.
        officer: Officer,
        /// What.
        interest: Interest,
        /// Why.
        reason: String,
    },
    /// The officer can no longer act: they no longer handle the case.
    ClearHandler {
        /// Who.
        officer: OfficerId,
        /// Why.
        why: String,
    },
    /// Restrict how the resident can reach us (5.14, 5.15).
    Restrict {
        /// What, and what stays open.
        what: String,
        /// Why.
        reason: String,
        /// What shows it.
        evidence: String,
        /// How the Equality Act 2010 was considered.
        equality: String,
        /// When it is looked at again.
        review_by: Date,
    },
    /// Record what the Ombudsman sent.
    OmbudsmanSent(OmbudsmanItem),
    /// Record that it was done.
    OmbudsmanAnswered {
        /// The item's number.
        number: usize,
        /// When, and what shows it.
        done: Done,
    },
    /// Say as what the landlord answers for a point, and so which Ombudsman looks into it.
    AddressPoint {
        /// The point's number.
        point: u32,
        /// As what.
        jurisdiction: Jurisdiction,
    },
    /// Declare that a colleague had received the complaint before (3.2).
    DeclareReceipt {
        /// The contact that opened the case.
        contact: ContactId,
        /// When they received it.
        at: Timestamp,
        /// Who.
        by: String,
        /// How that is known.
        reason: String,
    },
}

/// A *no* about the people of a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeopleRefusal {
    /// A review lies in the past.
    #[error("the review date must lie after today ({0})")]
    ReviewInThePast(Provision),
    /// What has happened is not to come.
    #[error("{0} cannot lie in the future")]
    InTheFuture(&'static str),
    /// There is none with this number.
    #[error("there is no {what} {number} on this case")]
    NoSuch {
        /// What was asked for.
        what: &'static str,
        /// The number.
        number: usize,
    },
    /// There is no other case with this reference.
    #[error("there is no other case {0}: enter the resident’s other case that has something on record (5.10)")]
    NoOtherCase(CaseRef),
    /// The other case is somebody else's.
    #[error("case {0} is of another resident: what it has on record is not this one’s (5.10)")]
    OfAnother(CaseRef),
    /// It has ended or is done.
    #[error("this {0} has ended already")]
    Over(&'static str),
    /// Consent is there.
    #[error("consent is on record already (3.6)")]
    ConsentThere,
    /// A declared conflict.
    #[error("{0} has a conflict of interest in this complaint: choose another handler (5.8)")]
    Conflict(String),
    /// Named in the complaint.
    #[error(
        "{0} is named in the complaint and cannot handle it (5.8): choose another handler, or, if it is somebody else \
         of that name, let another officer declare that there is no conflict of interest"
    )]
    Named(String),
    /// Nobody clears themselves.
    #[error("{0} is named in the complaint: another officer must declare that there is no conflict of interest (5.8)")]
    OwnJudge(String),
    /// The clock runs from the contact that opened the case.
    #[error("contact {0} did not open this case: only the contact that did starts its clock (3.2)")]
    NotTheOpening(ContactId),
    /// Only an earlier receipt counts.
    #[error("the complaint counts as received {} already: only an earlier receipt moves its dates (3.2)", words::instant(*.0))]
    NotEarlier(Timestamp),
}

/// What happens, as the events of the people.
pub(super) fn decide(rules: Rules<'_>, case: &Case, command: PeopleCommand) -> Result<Vec<PeopleEvent>, Refusal> {
    let today = rules.today();
    let event = match command {
        PeopleCommand::Record { kind, text, review_by } => {
            let text = said(&text, "what is recorded", "5.10")?;
            let review_by = to_come(review_by, today, "5.10")?;
            PeopleEvent::Recorded { recorded: Recorded { kind, text, on: today, review_by, ended: None } }
        }
        PeopleCommand::Review { what, number, review_by, note } => {
            holds(case, what, number)?;
            let note = said(&note, "what the review found", provision_of(what))?;
            let review_by = to_come(review_by, today, provision_of(what))?;
            PeopleEvent::Reviewed { what, number, review_by, note }
        }
        PeopleCommand::End { what, number, why } => {
            holds(case, what, number)?;
            let why = said(&why, "why it ends", provision_of(what))?;
            PeopleEvent::Ended { what, number, ended: Ended { on: today, why } }
        }
        PeopleCommand::Prefer(preferences) => {
            if case.people.preferences.as_ref() == Some(&preferences) {
                return Ok(Vec::new());
            }
            PeopleEvent::Preferred { preferences }
        }
        PeopleCommand::CarryOver { from, known } => return carried::carry_over(case, from, known),
        PeopleCommand::Postal(address) => {
            // The same address again after a letter came back is an answer: it holds.
            if case.people.postal == Some(Postal { address: address.clone(), returned_on: None }) {
                return Ok(Vec::new());
            }
            PeopleEvent::Postal { address }
        }
        PeopleCommand::NameRepresentative(representative) => named(representative, today)?,
        PeopleCommand::Consent { number, consent } => consented(case, number, &consent, today)?,
        PeopleCommand::Declare { officer, interest, reason } => {
            return declare(rules, case, officer, interest, &reason);
        }
        PeopleCommand::ClearHandler { officer, why } => return Ok(cleared(case, officer, &why).into_iter().collect()),
        PeopleCommand::Restrict { what, reason, evidence, equality, review_by } => PeopleEvent::Restricted {
            restriction: Restriction {
                what: said(&what, "what is restricted and what stays open", "5.14")?,
                reason: said(&reason, "the reason for the restriction", "5.14")?,
                evidence: said(&evidence, "the evidence for the restriction", "5.14")?,
                equality: said(&equality, "how the Equality Act 2010 was considered", "5.15")?,
                decided_by: rules.officer.map(|officer| officer.name.clone()).unwrap_or_default(),
                from: today,
                review_by: to_come(review_by, today, "5.14")?,
                ended: None,
            },
        },
        PeopleCommand::OmbudsmanSent(item) => ombudsman_sent(&item, today)?,
        PeopleCommand::OmbudsmanAnswered { number, done } => ombudsman_answered(case, number, &done, today)?,
        PeopleCommand::AddressPoint { point, jurisdiction } => {
            let number = usize::try_from(point).unwrap_or(usize::MAX);
            case.definition.point(point).ok_or(PeopleRefusal::NoSuch { what: "point", number })?;
            let council = jurisdiction == Jurisdiction::Council;
            if case.people.council_points.contains(&point) == council {
                return Ok(Vec::new());
            }
            PeopleEvent::PointAddressed { point, jurisdiction }
        }
        PeopleCommand::DeclareReceipt { contact, at, by, reason } => {
            receipt_declared(rules, case, contact, at, &by, &reason)?
        }
    };
    Ok(vec![event])
}

/// Whether an officer may handle this case (5.8).
pub(super) fn may_handle(case: &Case, officer: &Officer) -> Result<(), PeopleRefusal> {
    match case.people.declared(officer.id).map(|declaration| declaration.interest) {
        Some(Interest::Conflict) => Err(PeopleRefusal::Conflict(officer.name.clone())),
        Some(Interest::None) => Ok(()),
        None if case.definition_names(&officer.name) => Err(PeopleRefusal::Named(officer.name.clone())),
        None => Ok(()),
    }
}

fn cite(provision: &str) -> Provision {
    Provision(provision.to_owned())
}

fn said(text: &str, what: &'static str, provision: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() { Err(Refusal::Missing { what, provision: cite(provision) }) } else { Ok(text.to_owned()) }
}

fn to_come(by: Date, today: Date, provision: &str) -> Result<Date, Refusal> {
    if by > today { Ok(by) } else { Err(PeopleRefusal::ReviewInThePast(cite(provision)).into()) }
}

fn been(on: Date, today: Date, what: &'static str) -> Result<Date, Refusal> {
    if on <= today { Ok(on) } else { Err(PeopleRefusal::InTheFuture(what).into()) }
}

const fn provision_of(what: Reviewable) -> &'static str {
    match what {
        Reviewable::Circumstance => "5.10",
        Reviewable::Restriction => "5.14",
        Reviewable::Representative => "3.6",
    }
}

fn nth<'a, T>(list: &'a [T], number: usize, what: &'static str) -> Result<&'a T, PeopleRefusal> {
    number.checked_sub(1).and_then(|place| list.get(place)).ok_or(PeopleRefusal::NoSuch { what, number })
}

fn holds(case: &Case, what: Reviewable, number: usize) -> Result<(), PeopleRefusal> {
    let people = &case.people;
    let ended = match what {
        Reviewable::Circumstance => nth(&people.recorded, number, what.words())?.ended.as_ref(),
        Reviewable::Restriction => nth(&people.restrictions, number, what.words())?.ended.as_ref(),
        Reviewable::Representative => nth(&people.representatives, number, what.words())?.ended.as_ref(),
    };
    ended.map_or(Ok(()), |_| Err(PeopleRefusal::Over(what.words())))
}

fn named(representative: Representative, today: Date) -> Result<PeopleEvent, Refusal> {
    let name = said(&representative.name, "the representative’s name", "3.6")?;
    if let Some(consent) = &representative.consent {
        said(&consent.evidence, "what shows that they may act for the resident", "3.6")?;
        been(consent.on, today, "the day of the consent")?;
    }
    if let Some(last) = representative.expires_on {
        to_come(last, today, "3.6")?;
    }
    Ok(PeopleEvent::RepresentativeNamed { representative: Representative { name, ended: None, ..representative } })
}

fn consented(case: &Case, number: usize, consent: &Consent, today: Date) -> Result<PeopleEvent, Refusal> {
    holds(case, Reviewable::Representative, number)?;
    if nth(&case.people.representatives, number, "representative")?.consent.is_some() {
        return Err(PeopleRefusal::ConsentThere.into());
    }
    let evidence = said(&consent.evidence, "what shows that they may act for the resident", "3.6")?;
    let on = been(consent.on, today, "the day of the consent")?;
    Ok(PeopleEvent::Consented { number, consent: Consent { on, evidence } })
}

fn declare(
    rules: Rules<'_>,
    case: &Case,
    officer: Officer,
    interest: Interest,
    reason: &str,
) -> Result<Vec<PeopleEvent>, Refusal> {
    let reason = said(reason, "the reason for the declaration", "5.8")?;
    let own = rules.officer.is_some_and(|asking| asking.id == officer.id);
    if interest == Interest::None && own && case.definition_names(&officer.name) {
        return Err(PeopleRefusal::OwnJudge(officer.name).into());
    }
    let declaration = Declaration { officer: officer.id, name: officer.name, interest, reason, on: rules.today() };
    let leaves = match interest {
        Interest::Conflict => cleared(case, officer.id, "a conflict of interest was declared (5.8)"),
        Interest::None => None,
    };
    Ok(std::iter::once(PeopleEvent::Declared { declaration }).chain(leaves).collect())
}

fn cleared(case: &Case, officer: OfficerId, why: &str) -> Option<PeopleEvent> {
    let handler = case.current.handler.as_ref().filter(|handler| handler.officer == officer)?;
    let (stage, name, why) = (case.current.stage, handler.name.clone(), why.trim().to_owned());
    Some(PeopleEvent::HandlerCleared { stage, name, why })
}

fn ombudsman_sent(item: &OmbudsmanItem, today: Date) -> Result<PeopleEvent, Refusal> {
    let reference = said(&item.reference, "the Ombudsman’s reference", "3.7")?;
    let text = said(&item.text, "what the Ombudsman asks for or found", "3.7")?;
    let received_on = been(item.received_on, today, "the day it was received")?;
    if item.kind.needs_date() && item.due_by.is_none() {
        return Err(Refusal::Missing { what: "the date that the Ombudsman set", provision: cite("3.7") });
    }
    Ok(PeopleEvent::OmbudsmanSent { item: OmbudsmanItem { reference, text, received_on, done: None, ..*item } })
}

fn ombudsman_answered(case: &Case, number: usize, done: &Done, today: Date) -> Result<PeopleEvent, Refusal> {
    if nth(&case.people.ombudsman, number, "Ombudsman item")?.done.is_some() {
        return Err(PeopleRefusal::Over("Ombudsman item").into());
    }
    let proof = said(&done.proof, "what shows that it was done", "3.7")?;
    let on = been(done.on, today, "the day it was done")?;
    Ok(PeopleEvent::OmbudsmanAnswered { number, done: Done { on, proof } })
}

fn receipt_declared(
    rules: Rules<'_>,
    case: &Case,
    contact: ContactId,
    at: Timestamp,
    by: &str,
    reason: &str,
) -> Result<PeopleEvent, Refusal> {
    if contact != case.opened_by {
        return Err(PeopleRefusal::NotTheOpening(contact).into());
    }
    let by = said(by, "who received it", "3.2")?;
    let reason = said(reason, "how that is known", "3.2")?;
    let first = case.first.as_ref().unwrap_or(&case.current);
    if at >= first.received_at {
        return Err(PeopleRefusal::NotEarlier(first.received_at).into());
    }
    let Rules { code, calendar, .. } = rules;
    let date = |due: Result<Option<Deadline>, _>| due.ok().flatten().map(|due| due.by);
    let acknowledge_by = date(deadlines::acknowledge_by(code, calendar, Stage::One, at));
    let respond_by = date(deadlines::respond_by_at_receipt(code, calendar, Stage::One, at));
    let acknowledged_on = first.acknowledged.map(|done| words::london_date(done.at));
    let strict_by = acknowledged_on.and_then(|on| strict_by(rules, Stage::One, acknowledge_by, on));
    let was_at = first.received_at;
    let received_at = at;
    Ok(PeopleEvent::ReceiptDeclared { contact, was_at, received_at, by, reason, acknowledge_by, respond_by, strict_by })
}

#[cfg(test)]
mod tests;
