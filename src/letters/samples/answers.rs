//! Invented responses and refusals.

use super::{HOSTILE, handler, landlord, ombudsman, reference};
use crate::domain::letter::LetterKind;
use crate::letters::answers::{ActionView, AnswerView, RefusalView, RemedyView, ResponseView};
use crate::letters::context::LandlordView;

pub(in crate::letters) fn responses() -> Vec<ResponseView> {
    let full = ResponseView {
        reference: reference(2026, 42),
        stage: 1,
        date: "8 December 2026".to_owned(),
        resident: Some("Siân O'Hara".to_owned()),
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
        actions: vec![ActionView {
            what: "Replace the boiler".to_owned(),
            owner: "Sam Example, heating".to_owned(),
            by: "Wednesday 23 December 2026".to_owned(),
        }],
        nothing_left: false,
        handler: Some(handler()),
        adjustments: Some("You asked us to telephone before we visit. We will.".to_owned()),
        paragraph: Some("We have asked our contractor to tell us of repeated faults each month.".to_owned()),
        landlord: landlord(),
        ombudsman: Some(ombudsman()),
    };
    let nothing = ResponseView {
        remedies: Vec::new(),
        no_remedy: Some("We made good what had gone wrong on the day you told us.".to_owned()),
        actions: Vec::new(),
        nothing_left: true,
        ..full.clone()
    };
    let hostile = ResponseView {
        resident: Some(HOSTILE.to_owned()),
        points: vec![AnswerView {
            number: 1,
            text: HOSTILE.to_owned(),
            finding: Some("upheld".to_owned()),
            reasons: Some(HOSTILE.to_owned()),
            cited: Some(HOSTILE.to_owned()),
        }],
        paragraph: Some(HOSTILE.to_owned()),
        ..full.clone()
    };
    let empty = ResponseView {
        reference: String::new(),
        stage: 1,
        date: String::new(),
        resident: None,
        received: None,
        points: Vec::new(),
        decision: None,
        remedies: Vec::new(),
        no_remedy: None,
        sorry: false,
        nothing_wrong: false,
        actions: Vec::new(),
        nothing_left: false,
        handler: None,
        adjustments: None,
        paragraph: None,
        landlord: LandlordView::default(),
        ombudsman: None,
    };
    vec![full, nothing, hostile, empty]
}

pub(in crate::letters) fn refusals() -> Vec<RefusalView> {
    let full = RefusalView {
        letter: LetterKind::RefusalToAccept,
        reference: reference(2026, 42),
        date: "26 November 2026".to_owned(),
        resident: Some("Siân O'Hara".to_owned()),
        received: Some("Saturday 21 November 2026".to_owned()),
        ground: Some("what you complain about happened on 3 March 2024, too long before you complained".to_owned()),
        reasons: Some(
            "The works ended in March 2024, and you told us then that you knew what they had cost.".to_owned(),
        ),
        discretion: Some(
            "You told us of no illness or other reason that kept you from complaining earlier.".to_owned(),
        ),
        handler: Some(handler()),
        adjustments: Some("You asked us to telephone before we visit. We will.".to_owned()),
        paragraph: Some("You can ask the tribunal to look at the service charge.".to_owned()),
        landlord: landlord(),
        ombudsman: Some(ombudsman()),
    };
    let hostile =
        RefusalView { reasons: Some(HOSTILE.to_owned()), discretion: Some(HOSTILE.to_owned()), ..full.clone() };
    let empty = RefusalView {
        letter: LetterKind::RefusalToAccept,
        reference: String::new(),
        date: String::new(),
        resident: None,
        received: None,
        ground: None,
        reasons: None,
        discretion: None,
        handler: None,
        adjustments: None,
        paragraph: None,
        landlord: LandlordView::default(),
        ombudsman: None,
    };
    vec![full, hostile, empty]
}
