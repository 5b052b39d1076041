//! What can happen to the people of a case. As with all events: facts, written once, never changed.
//! In words they tell nothing of a resident's disabilities or household, which stand in one place.

use jiff::Timestamp;
use jiff::civil::Date;

use super::case::{Case, StageRecord};
use super::circumstances::{Circumstance, Declaration, Ended, HandlerLeft, Interest, Preferences, Recorded};
use super::ids::ContactId;
use super::landlord::Jurisdiction;
use super::ombudsman_case::{Done, OmbudsmanItem};
use super::post::{Postal, PostalAddress};
use super::representative::{Consent, Representative, Scope};
use super::restriction::Restriction;
use super::stage::Stage;
use super::words;

/// What happened to the people of a case. Numbers count from 1 in the order of recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleEvent {
    /// A circumstance was recorded (5.10).
    Recorded {
        /// It.
        recorded: Recorded,
    },
    /// A circumstance or restriction was reviewed and still holds (5.10, 5.14).
    Reviewed {
        /// Which kind of thing.
        what: Reviewable,
        /// Its number.
        number: usize,
        /// When it is looked at again.
        review_by: Date,
        /// What the review found.
        note: String,
    },
    /// A circumstance, restriction or representation ended.
    Ended {
        /// Which kind of thing.
        what: Reviewable,
        /// Its number.
        number: usize,
        /// When and why.
        ended: Ended,
    },
    /// The resident said how they want to be written to.
    Preferred {
        /// How.
        preferences: Preferences,
    },
    /// The resident's postal address was recorded.
    Postal {
        /// It.
        address: PostalAddress,
    },
    /// Somebody was named as acting for the resident (3.6).
    RepresentativeNamed {
        /// Who.
        representative: Representative,
    },
    /// The resident's consent was recorded (3.6).
    Consented {
        /// The representative's number.
        number: usize,
        /// It.
        consent: Consent,
    },
    /// Whether an officer has a conflict of interest was declared (5.8).
    Declared {
        /// It.
        declaration: Declaration,
    },
    /// The handler can no longer act.
    HandlerCleared {
        /// At which stage.
        stage: Stage,
        /// Who it was.
        name: String,
        /// Why.
        why: String,
    },
    /// A restriction was imposed (5.14).
    Restricted {
        /// It.
        restriction: Restriction,
    },
    /// The Ombudsman sent something.
    OmbudsmanSent {
        /// It.
        item: OmbudsmanItem,
    },
    /// What the Ombudsman asked for was done.
    OmbudsmanAnswered {
        /// The item's number.
        number: usize,
        /// When, and what shows it.
        done: Done,
    },
    /// It was said as what the landlord answers for a point, and so which Ombudsman looks into it.
    PointAddressed {
        /// The point's number.
        point: u32,
        /// As what.
        jurisdiction: Jurisdiction,
    },
    /// A colleague had received the complaint before it reached the mailbox (3.2).
    ReceiptDeclared {
        /// The contact that opened the case.
        contact: ContactId,
        /// When the complaint counted as received before.
        was_at: Timestamp,
        /// When it was first received.
        received_at: Timestamp,
        /// By whom.
        by: String,
        /// How that is known.
        reason: String,
        /// When the acknowledgement is due, counted from then.
        acknowledge_by: Option<Date>,
        /// When the response is due, in a regime that counts it from receipt.
        respond_by: Option<Date>,
        /// The strict response date, when the acknowledgement was late by that.
        strict_by: Option<Date>,
    },
}

/// What is reviewed, and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewable {
    /// An adjustment, disability or vulnerability.
    Circumstance,
    /// A restriction.
    Restriction,
    /// A representative's authority.
    Representative,
}

impl Reviewable {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Circumstance => "circumstance",
            Self::Restriction => "restriction",
            Self::Representative => "representative",
        }
    }
}

/// The one with this number.
fn nth<T>(list: &mut [T], number: usize) -> Option<&mut T> {
    number.checked_sub(1).and_then(|place| list.get_mut(place))
}

impl PeopleEvent {
    /// Changes the case as it happened. Total: what has happened is never refused.
    pub(super) fn apply(&self, case: &mut Case) {
        let people = &mut case.people;
        match self {
            Self::Recorded { recorded } => people.recorded.push(recorded.clone()),
            Self::Reviewed { what, number, review_by, .. } => {
                let by = match what {
                    Reviewable::Circumstance => nth(&mut people.recorded, *number).map(|one| &mut one.review_by),
                    Reviewable::Restriction => nth(&mut people.restrictions, *number).map(|one| &mut one.review_by),
                    Reviewable::Representative => {
                        if let Some(one) = nth(&mut people.representatives, *number) {
                            one.expires_on = Some(*review_by);
                        }
                        None
                    }
                };
                if let Some(by) = by {
                    *by = *review_by;
                }
            }
            Self::Ended { what, number, ended } => {
                let slot = match what {
                    Reviewable::Circumstance => nth(&mut people.recorded, *number).map(|one| &mut one.ended),
                    Reviewable::Restriction => nth(&mut people.restrictions, *number).map(|one| &mut one.ended),
                    Reviewable::Representative => nth(&mut people.representatives, *number).map(|one| &mut one.ended),
                };
                if let Some(slot) = slot {
                    *slot = Some(ended.clone());
                }
            }
            Self::Preferred { preferences } => people.preferences = Some(preferences.clone()),
            Self::Postal { address } => {
                people.postal = Some(Postal { address: address.clone(), returned_on: None });
            }
            Self::RepresentativeNamed { representative } => people.representatives.push(representative.clone()),
            Self::Consented { number, consent } => {
                if let Some(one) = nth(&mut people.representatives, *number) {
                    one.consent = Some(consent.clone());
                }
            }
            Self::Declared { declaration } => people.declarations.push(declaration.clone()),
            Self::HandlerCleared { stage, name, why } => {
                if case.current.stage == *stage {
                    case.current.handler = None;
                    people.handler_left = Some(HandlerLeft { name: name.clone(), why: why.clone() });
                }
            }
            Self::Restricted { restriction } => people.restrictions.push(restriction.clone()),
            Self::OmbudsmanSent { item } => people.ombudsman.push(item.clone()),
            Self::OmbudsmanAnswered { number, done } => {
                if let Some(item) = nth(&mut people.ombudsman, *number) {
                    item.done = Some(done.clone());
                }
            }
            Self::PointAddressed { point, jurisdiction: Jurisdiction::Council } => {
                people.council_points.insert(*point);
            }
            Self::PointAddressed { point, jurisdiction: Jurisdiction::Landlord } => {
                people.council_points.remove(point);
            }
            Self::ReceiptDeclared { received_at, acknowledge_by, respond_by, strict_by, .. } => {
                let first: &mut StageRecord = case.first.as_mut().unwrap_or(&mut case.current);
                first.received_at = *received_at;
                first.acknowledge_by = *acknowledge_by;
                if let Some(due) = first.response_due.as_mut() {
                    due.strict_by = *strict_by;
                    if let Some(by) = respond_by {
                        // What an extension letter promised stays.
                        due.by = if first.extensions.is_empty() { *by } else { due.by };
                        (due.original_by, due.counted_by) = (*by, *by);
                    }
                }
            }
        }
    }

    /// What happened, in a sentence for officers.
    #[must_use]
    pub fn in_words(&self) -> String {
        let day = words::date;
        match self {
            Self::Recorded { recorded: Recorded { kind, review_by, .. } } => {
                let what = match kind {
                    Circumstance::Adjustment => "A reasonable adjustment was agreed",
                    Circumstance::Disability => "A disclosed disability was recorded",
                    Circumstance::Household => "A vulnerability in the household was recorded",
                };
                format!("{what}; it is looked at again by {} (5.10).", day(*review_by))
            }
            Self::Reviewed { what, number, review_by, .. } => {
                format!("The {} {number} was reviewed and holds; next by {}.", what.words(), day(*review_by))
            }
            Self::Ended { what, number, ended } => {
                format!("The {} {number} ended on {}.", what.words(), day(ended.on))
            }
            Self::Preferred { preferences } => {
                format!("The resident prefers to be reached by {}.", preferences.contact.words().to_lowercase())
            }
            Self::Postal { .. } => "The resident’s postal address was recorded.".to_owned(),
            Self::RepresentativeNamed { representative } => {
                let then = if representative.consent.is_some() {
                    "with the resident’s consent on record"
                } else {
                    "nothing is disclosed to them until the resident’s consent is recorded"
                };
                format!("{} was named as acting for the resident (3.6); {then}.", representative.name)
            }
            Self::Consented { number, consent } => {
                format!("Consent for the representative {number} was recorded, from {} (3.6).", day(consent.on))
            }
            Self::Declared { declaration: Declaration { name, interest, reason, .. } } => match interest {
                Interest::Conflict => format!("A conflict of interest of {name} was declared (5.8): {reason}"),
                Interest::None => format!("It was declared that {name} has no conflict of interest (5.8): {reason}"),
            },
            Self::HandlerCleared { stage, name, why } => {
                format!("{name} no longer handles {stage}: {why}. The case needs another handler at once.")
            }
            Self::Restricted { restriction } => format!(
                "Restriction decided by {}: {} It is reviewed by {} (5.14). No date moves, and messages are received \
                 as before.",
                restriction.decided_by,
                restriction.what.trim(),
                day(restriction.review_by)
            ),
            Self::OmbudsmanSent { item } => {
                let due = item.due_by.map_or_else(String::new, |by| format!(", due by {}", words::weekday_date(by)));
                format!(
                    "Ombudsman {}: {} received on {}{due}.",
                    item.reference,
                    item.kind.words().to_lowercase(),
                    day(item.received_on)
                )
            }
            Self::OmbudsmanAnswered { number, done } => {
                format!("What the Ombudsman asked for in item {number} was done on {}: {}", day(done.on), done.proof)
            }
            Self::PointAddressed { point, jurisdiction } => {
                format!("We answer for point {point} {}.", jurisdiction.words().to_lowercase())
            }
            Self::ReceiptDeclared { was_at, received_at, by, reason, acknowledge_by, .. } => format!(
                "{by} had received the complaint {}, not {} (3.2): {reason} Acknowledgement due: {}.",
                words::instant(*received_at),
                words::instant(*was_at),
                acknowledge_by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date)
            ),
        }
    }
}

/// What a representative may be told, in words.
#[must_use]
pub fn disclosure(representative: &Representative, today: Date) -> &'static str {
    match (representative.in_force(today), representative.scope) {
        (true, scope) => scope.words(),
        (false, Scope::Told | Scope::Letters) => "Nothing may be disclosed to them",
    }
}
