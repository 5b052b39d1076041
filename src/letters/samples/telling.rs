//! Invented letters that tell or ask something.

use super::{HOSTILE, handler, landlord, ombudsman, point, reference};
use crate::domain::letter::LetterKind;
use crate::letters::answers::ActionView;
use crate::letters::context::{LandlordView, PointView};
use crate::letters::telling::TellView;

pub(in crate::letters) fn tellings() -> Vec<TellView> {
    let full = TellView {
        letter: LetterKind::ProgressUpdate,
        reference: reference(2026, 42),
        stage: 1,
        date: "1 December 2026".to_owned(),
        resident: Some("Siân O'Hara".to_owned()),
        received: Some("Saturday 21 November 2026".to_owned()),
        points: vec![
            point(1, "The boiler has broken down four times since September."),
            PointView { ours: false, unclear: true, ..point(2, "Water comes through the bathroom ceiling.") },
        ],
        told: Some("On Thursday our engineer looked at the boiler and took the pump out.".to_owned()),
        next: Some("The maker of the pump tells us next week why it keeps failing.".to_owned()),
        by: Some("Friday 11 December 2026".to_owned()),
        answer_by: Some("Friday 18 December 2026".to_owned()),
        answered: false,
        actions: Vec::new(),
        handler: Some(handler()),
        adjustments: Some("You asked us to telephone before we visit. We will.".to_owned()),
        paragraph: Some(
            "You told us that the cold makes your asthma worse, and we have taken it into account.".to_owned(),
        ),
        landlord: landlord(),
        ombudsman: Some(ombudsman()),
    };
    let answered = TellView {
        answer_by: None,
        answered: true,
        actions: vec![ActionView {
            what: "Replace the boiler".to_owned(),
            owner: "Sam Example, heating".to_owned(),
            by: "Wednesday 23 December 2026".to_owned(),
        }],
        stage: 2,
        ..full.clone()
    };
    let hostile = TellView {
        resident: Some(HOSTILE.to_owned()),
        told: Some(HOSTILE.to_owned()),
        next: Some(HOSTILE.to_owned()),
        paragraph: Some(HOSTILE.to_owned()),
        ..full.clone()
    };
    let empty = TellView {
        reference: String::new(),
        date: String::new(),
        resident: None,
        received: None,
        points: Vec::new(),
        told: None,
        next: None,
        by: None,
        answer_by: None,
        handler: None,
        adjustments: None,
        paragraph: None,
        landlord: LandlordView::default(),
        ombudsman: None,
        ..full.clone()
    };
    vec![full, answered, hostile, empty]
}
