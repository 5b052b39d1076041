//! What a letter that never arrived takes back.

use jiff::civil::date;

use super::*;

fn stage(extensions: &[(i64, Date)]) -> StageRecord {
    let original_by = date(2026, 11, 16);
    let extension = |&(letter, new_by): &(i64, Date)| Extension {
        letter: LetterId(letter),
        reason: String::new(),
        new_by,
        updates: String::new(),
        every: None,
        update_by: None,
        exceptional: String::new(),
    };
    StageRecord {
        stage: Stage::One,
        received_at: Timestamp::UNIX_EPOCH,
        acknowledge_by: Some(date(2026, 11, 9)),
        acknowledged: Some(Acknowledged { letter: LetterId(1), at: Timestamp::UNIX_EPOCH }),
        response_due: Some(ResponseDue {
            by: extensions.last().map_or(original_by, |(_, by)| *by),
            original_by,
            counted_by: original_by,
            strict_by: None,
        }),
        extensions: extensions.iter().map(extension).collect(),
        handler: None,
        outcome: None,
        answered: None,
        approver: None,
        took_part: BTreeSet::new(),
    }
}

/// 6.2, 6.3, 6.4.
#[test]
fn a_letter_that_never_arrived_takes_back_what_it_did_and_nothing_else() {
    let (first, second) = ((2, date(2026, 11, 24)), (3, date(2026, 11, 27)));
    let without = |extensions: &[(i64, Date)], letter| {
        let mut stage = stage(extensions);
        stage.unsend(LetterId(letter));
        stage
    };
    let acknowledgement = without(&[first], 1);
    assert_eq!((acknowledgement.acknowledged, acknowledgement.response_due), (None, None));
    assert!(acknowledgement.extensions.is_empty());
    assert_eq!(acknowledgement.acknowledge_by, Some(date(2026, 11, 9)));
    assert_eq!(without(&[first], 2), stage(&[]));
    assert_eq!(without(&[first, second], 3), stage(&[first]));
    assert_eq!(without(&[first, second], 2), stage(&[second]));
    assert_eq!(without(&[first], 9), stage(&[first]));
}
