//! What stands on a server against what the ledger knows. Pure functions, the same for a pass, for
//! `complaintsd reconcile` and for a dry run.

use std::collections::BTreeMap;

use crate::mailbox::{Facts, Places};
use crate::store::{LedgerState, Standing};

/// A folder compared with the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// On the server, and not in the ledger.
    pub missing: Places,
    /// Of these, the ones below the UID up to which a pass has been finished: they should have been
    /// taken before, and something has gone wrong.
    pub gaps: Places,
    /// On the server and in the ledger.
    pub present: Places,
    /// In the ledger, and kept, but not yet read.
    pub waiting: usize,
    /// Gone before they could be fetched.
    pub vanished: usize,
}

/// Compares. `finished` is the UID below which passes have dealt with everything. A message that the
/// ledger holds for vanished and that the server lists is missing.
#[must_use]
pub fn compare(on_server: &Places, standing: &[Standing], finished: u32) -> Compared {
    let mut known = Places::default();
    let mut compared = Compared::default();
    for row in standing {
        match row.state {
            LedgerState::Vanished => compared.vanished += 1,
            state => {
                compared.waiting += usize::from(state == LedgerState::Stored);
                known.insert(row.uid, &row.name);
            }
        }
    }
    compared.missing = on_server.without(&known);
    compared.gaps.uids = compared.missing.uids.iter().copied().filter(|uid| *uid < finished).collect();
    compared.present = on_server.without(&compared.missing);
    compared
}

/// Messages of which the server says something else now than it did before: another message may
/// stand there.
#[must_use]
pub fn contradicting(facts: &[Facts], standing: &[Standing]) -> Places {
    let mut places = Places::default();
    for (row, facts) in paired(facts, standing) {
        let other_date = facts.internal_date.is_some_and(|date| date != row.internal_date);
        let other_size = facts.size.zip(row.size).is_some_and(|(now, before)| now != before);
        if other_date || other_size {
            places.insert(row.uid, &row.name);
        }
    }
    places
}

/// The rows with what the server says of them now.
pub(super) fn paired<'a>(
    facts: &'a [Facts],
    standing: &'a [Standing],
) -> impl Iterator<Item = (&'a Standing, &'a Facts)> {
    let told: BTreeMap<(u32, &str), &Facts> = facts.iter().map(|one| ((one.uid, one.name.as_str()), one)).collect();
    standing.iter().filter_map(move |row| Some((row, *told.get(&(row.uid, row.name.as_str()))?)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::ids::LedgerId;

    fn row(uid: u32, state: LedgerState) -> Standing {
        let internal_date = Timestamp::UNIX_EPOCH;
        Standing { id: LedgerId(i64::from(uid)), uid, name: String::new(), internal_date, size: Some(10), state }
    }

    fn uids<const N: usize>(uids: [u32; N]) -> Places {
        Places { uids: uids.into(), ..Places::default() }
    }

    #[test]
    fn a_uid_that_a_finished_pass_should_have_taken_is_a_gap_and_others_are_only_new() {
        use LedgerState::{Done, Duplicate, Stored, Vanished};
        let standing = [row(1, Done), row(2, Duplicate), row(4, Stored), row(5, Vanished), row(6, Vanished)];
        let compared = compare(&uids([2, 3, 4, 5, 9]), &standing, 7);
        assert_eq!(compared.missing, uids([3, 5, 9]));
        assert_eq!(compared.gaps, uids([3, 5]), "what was held for vanished and is there is a gap, too");
        assert_eq!(compared.present, uids([2, 4]));
        assert_eq!((compared.waiting, compared.vanished), (1, 2));
        assert_eq!(compare(&uids([1, 2]), &[], 0).gaps, uids([]), "a folder that was never read has no gaps");
    }

    #[test]
    fn another_date_or_size_makes_a_message_suspect_and_silence_does_not() {
        let standing = [1, 2, 3, 4].map(|uid| row(uid, LedgerState::Done));
        let told = |uid, date: Option<i64>, size| Facts {
            uid,
            name: String::new(),
            internal_date: date.map(|second| Timestamp::from_second(second).unwrap()),
            size,
        };
        let facts =
            [told(1, Some(0), Some(10)), told(2, Some(1), Some(10)), told(3, None, Some(11)), told(4, None, None)];
        assert_eq!(contradicting(&facts, &standing), uids([2, 3]));
    }
}
