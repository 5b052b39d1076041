//! What another case of the same resident has on record, proposed for this one (5.10, 6.1): nobody should have to
//! tell it twice. It is carried over by an officer, never by itself, and keeps the day of its review.

use super::{PeopleRefusal, Refusal};
use crate::domain::case::Case;
use crate::domain::circumstances::{Preferences, Recorded};
use crate::domain::ids::CaseRef;
use crate::domain::people::Resident;
use crate::domain::people_events::PeopleEvent;

/// What a case has on record of its resident, as another case may take it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRecord {
    /// The case.
    pub reference: CaseRef,
    /// Whose it is.
    pub resident: Resident,
    /// The circumstances that hold.
    pub recorded: Vec<Recorded>,
    /// How they want to be reached.
    pub preferences: Option<Preferences>,
}

impl OnRecord {
    /// What this case has on record.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            reference: case.reference,
            resident: case.resident.clone(),
            recorded: case.people.recorded.iter().filter(|one| one.ended.is_none()).cloned().collect(),
            preferences: case.people.preferences.clone(),
        }
    }

    /// What of it is not on record in this case of the same resident: neither now, nor ended here.
    #[must_use]
    pub fn new_to(self, case: &Case) -> Self {
        let here = |one: &Recorded| {
            case.people.recorded.iter().any(|known| (known.kind, known.text.trim()) == (one.kind, one.text.trim()))
        };
        let theirs = self.resident.is_the_same_as(&case.resident);
        let recorded = self.recorded.into_iter().filter(|one| theirs && !here(one)).collect();
        let preferences = self.preferences.filter(|_| theirs && case.people.preferences.is_none());
        Self { recorded, preferences, ..self }
    }

    /// Whether there is nothing to take over.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.recorded.is_empty() && self.preferences.is_none()
    }
}

pub(super) fn carry_over(case: &Case, from: CaseRef, known: Option<OnRecord>) -> Result<Vec<PeopleEvent>, Refusal> {
    let known = known.filter(|known| known.reference == from && from != case.reference);
    let known = known.ok_or(PeopleRefusal::NoOtherCase(from))?;
    if !known.resident.is_the_same_as(&case.resident) {
        return Err(PeopleRefusal::OfAnother(from).into());
    }
    let OnRecord { recorded, preferences, .. } = known.new_to(case);
    let recorded = recorded.into_iter().map(|recorded| PeopleEvent::Recorded { recorded });
    Ok(recorded.chain(preferences.map(|preferences| PeopleEvent::Preferred { preferences })).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::circumstances::{Circumstance, Ended, LetterFormat, PreferredContact};
    use crate::domain::events::CaseEvent;
    use crate::domain::ids::{CaseId, ContactId};
    use crate::domain::stage::Stage;

    fn case(number: u32, email: Option<&str>, recorded: Vec<Recorded>) -> Case {
        let opened = CaseEvent::Opened {
            reference: CaseRef::new(2026, number),
            contact: ContactId(1),
            stage: Stage::One,
            received_at: jiff::Timestamp::UNIX_EPOCH,
            acknowledge_by: None,
            respond_by: None,
            resident: Resident { name: "Ann Example".to_owned(), email: email.map(|email| email.parse().unwrap()) },
        };
        let mut case = Case::opened(CaseId(1), &opened).unwrap();
        case.people.recorded = recorded;
        case
    }

    fn recorded(kind: Circumstance, text: &str) -> Recorded {
        Recorded { kind, text: text.to_owned(), on: date(2026, 1, 5), review_by: date(2026, 7, 5), ended: None }
    }

    /// 5.10, 6.1.
    #[test]
    fn what_one_case_knows_of_a_resident_another_takes_over_once_with_its_review() {
        let phone = recorded(Circumstance::Adjustment, "We phone before each visit.");
        let baby = recorded(Circumstance::Household, "A baby.");
        let over = Ended { on: date(2026, 3, 1), why: "Moved out".to_owned() };
        let gone = Recorded { ended: Some(over), ..recorded(Circumstance::Household, "A lodger.") };
        let mut earlier = case(1, Some("ann@example.org"), vec![phone.clone(), baby.clone(), gone]);
        let preferences =
            Preferences { contact: PreferredContact::Phone, format: LetterFormat::LargePrint, language: String::new() };
        earlier.people.preferences = Some(preferences.clone());
        let mut later = case(2, Some("Ann@Example.org"), vec![phone]);
        let carry = |later: &Case, earlier: &Case| carry_over(later, earlier.reference, Some(OnRecord::of(earlier)));
        let events = carry(&later, &earlier).unwrap();
        let expected = [PeopleEvent::Recorded { recorded: baby }, PeopleEvent::Preferred { preferences }];
        assert_eq!(events, expected, "what holds and is not here; a review that is past is due here, too");
        for event in events {
            later = later.apply(&CaseEvent::People(event));
        }
        assert_eq!(carry(&later, &earlier), Ok(Vec::new()), "and not again");
        assert!(OnRecord::of(&earlier).new_to(&later).is_empty());
        let another = case(3, Some("bob@example.org"), Vec::new());
        assert_eq!(carry(&another, &earlier), Err(PeopleRefusal::OfAnother(earlier.reference).into()));
        assert!(OnRecord::of(&earlier).new_to(&another).is_empty(), "nothing is told of somebody else");
        let by_post = case(4, None, Vec::new());
        assert_eq!(carry(&by_post, &earlier).unwrap().len(), 3, "the same name, where there is no address");
        assert_eq!(
            carry_over(&later, CaseRef::new(2026, 9), None),
            Err(PeopleRefusal::NoOtherCase(CaseRef::new(2026, 9)).into())
        );
    }
}
