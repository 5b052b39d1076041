//! Invented responses and refusals.

use super::{HOSTILE, common};
use crate::domain::letter::LetterKind;
use crate::letters::answers::{ActionView, AnswerView, RefusalView, RemedyView, ResponseView};
use crate::letters::context::CommonView;

pub(in crate::letters) fn responses() -> Vec<ResponseView> {
    let full = ResponseView {
        stage: 1,
        received: Some("Saturday 21 November 2026".to_owned()),
        points: vec![
            AnswerView {
                number: 1,
                text: "The boiler has broken down four times since September.".to_owned(),
                finding: Some("upheld".to_owned()),
                reasons: Some(
                    "Our records show four visits, each for the same part.\n\nThe part should have been replaced on \
                     the second visit."
                        .to_owned(),
                ),
                cited: Some("Repairs policy, section 4.2".to_owned()),
            },
            AnswerView {
                number: 2,
                text: "Nobody told me when the engineer would come.".to_owned(),
                finding: Some("not upheld".to_owned()),
                reasons: Some("We telephoned on 3 and 9 November and left messages.".to_owned()),
                cited: None,
            },
        ],
        decision: Some("partly upheld".to_owned()),
        remedies: vec![RemedyView {
            kind: "money".to_owned(),
            what: "We will pay this into your rent account".to_owned(),
            impact: Some("You had no heating on nine days.".to_owned()),
            amount: Some("£120.50".to_owned()),
            by: Some("Friday 18 December 2026".to_owned()),
        }],
        no_remedy: None,
        sorry: true,
        nothing_wrong: false,
        late: Some("Friday 4 December 2026".to_owned()),
        actions: vec![ActionView {
            what: "Replace the boiler".to_owned(),
            owner: "Sam Example, heating".to_owned(),
            by: "Wednesday 23 December 2026".to_owned(),
        }],
        nothing_left: false,
        common: common("8 December 2026", "We have asked our contractor to tell us of repeated faults each month."),
    };
    let nothing = ResponseView {
        remedies: Vec::new(),
        no_remedy: Some("We made good what had gone wrong on the day you told us.".to_owned()),
        actions: Vec::new(),
        nothing_left: true,
        ..full.clone()
    };
    let hostile = ResponseView {
        points: vec![AnswerView {
            number: 1,
            text: HOSTILE.to_owned(),
            finding: Some("upheld".to_owned()),
            reasons: Some(HOSTILE.to_owned()),
            cited: Some(HOSTILE.to_owned()),
        }],
        common: CommonView {
            resident: Some(HOSTILE.to_owned()),
            paragraph: Some(HOSTILE.to_owned()),
            ..full.common.clone()
        },
        ..full.clone()
    };
    let empty = ResponseView {
        stage: 1,
        received: None,
        points: Vec::new(),
        decision: None,
        remedies: Vec::new(),
        no_remedy: None,
        sorry: false,
        nothing_wrong: false,
        late: None,
        actions: Vec::new(),
        nothing_left: false,
        common: CommonView::default(),
    };
    vec![full, nothing, hostile, empty]
}

pub(in crate::letters) fn refusals() -> Vec<RefusalView> {
    let full = RefusalView {
        letter: LetterKind::RefusalToAccept,
        received: Some("Saturday 21 November 2026".to_owned()),
        ground: Some("what you complain about happened on 3 March 2024, too long before you complained".to_owned()),
        reasons: Some(
            "The works ended in March 2024, and you told us then that you knew what they had cost.".to_owned(),
        ),
        discretion: Some(
            "You told us of no illness or other reason that kept you from complaining earlier.".to_owned(),
        ),
        common: common("26 November 2026", "You can ask the tribunal to look at the service charge."),
    };
    let hostile =
        RefusalView { reasons: Some(HOSTILE.to_owned()), discretion: Some(HOSTILE.to_owned()), ..full.clone() };
    let empty = RefusalView {
        letter: LetterKind::RefusalToAccept,
        received: None,
        ground: None,
        reasons: None,
        discretion: None,
        common: CommonView::default(),
    };
    vec![full, hostile, empty]
}
