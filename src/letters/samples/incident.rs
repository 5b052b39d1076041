//! An invented incident: as it is declared, over, hostile, and with nothing in it.

use super::{HOSTILE, landlord, ombudsman};
use crate::domain::incident::Audience;
use crate::letters::context::LandlordView;
use crate::letters::incident_notice::IncidentView;

pub(in crate::letters) fn incidents() -> Vec<IncidentView> {
    let full = IncidentView {
        audience: Audience::Ombudsman,
        date: "24 November 2026".to_owned(),
        what: Some(
            "On Monday morning somebody broke into our housing system and locked it. We have switched it off while \
             experts look into it, and we work on paper."
                .to_owned(),
        ),
        since: "Monday 23 November 2026".to_owned(),
        back_by: "Friday 4 December 2026".to_owned(),
        told: Some(
            "There is a notice on our website since Monday evening. We write to each resident whose complaint is \
             affected, and our telephone line tells callers."
                .to_owned(),
        ),
        ended: None,
        affected: 14,
        none: false,
        single: false,
        several: true,
        declared_by: "Priya Example".to_owned(),
        landlord: landlord(),
        ombudsman: Some(ombudsman()),
        council_ombudsman: None,
    };
    let over = IncidentView {
        date: "3 December 2026".to_owned(),
        ended: Some("Wednesday 2 December 2026".to_owned()),
        affected: 1,
        single: true,
        several: false,
        ..full.clone()
    };
    let hostile = IncidentView {
        what: Some(HOSTILE.to_owned()),
        told: Some(HOSTILE.to_owned()),
        declared_by: HOSTILE.to_owned(),
        affected: 0,
        none: true,
        several: false,
        ..full.clone()
    };
    let empty = IncidentView {
        what: None,
        told: None,
        since: String::new(),
        back_by: String::new(),
        date: String::new(),
        declared_by: String::new(),
        landlord: LandlordView::default(),
        ombudsman: None,
        ..full.clone()
    };
    vec![full, over, hostile, empty]
}
