//! What the texts about an incident can speak of (8.5): what happened, since when, how many complaints it
//! affects, when the landlord complies again. They name no resident; officers approve them and send them on.

use jiff::civil::Date;
use serde::Serialize;

use super::context::{LandlordView, OmbudsmanView, View, said};
use super::{Kind, samples};
use crate::domain::incident::{Audience, Incident};
use crate::domain::landlord::{Landlord, Ombudsman};
use crate::domain::letter::NoticeKind;
use crate::domain::words;

/// A text about an incident.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentView {
    /// For whom.
    #[serde(skip)]
    pub audience: Audience,
    /// Today.
    pub date: String,
    /// What happened.
    pub what: Option<String>,
    /// Since when the landlord cannot comply.
    pub since: String,
    /// When it expects to comply again.
    pub back_by: String,
    /// How people are told.
    pub told: Option<String>,
    /// The last day, once it is over.
    pub ended: Option<String>,
    /// How many open complaints are affected.
    pub affected: usize,
    /// Whether none is.
    pub none: bool,
    /// Whether exactly one is.
    pub single: bool,
    /// Whether several are.
    pub several: bool,
    /// Who declared it.
    pub declared_by: String,
    /// The landlord.
    pub landlord: LandlordView,
    /// The Ombudsman.
    pub ombudsman: Option<OmbudsmanView>,
    /// The Ombudsman for what a council answers for otherwise: no case, so none.
    pub council_ombudsman: Option<OmbudsmanView>,
}

impl View for IncidentView {
    const KIND: Kind = Kind::Notice(NoticeKind::IncidentOmbudsman);

    fn kind(&self) -> Kind {
        Kind::Notice(match self.audience {
            Audience::Ombudsman => NoticeKind::IncidentOmbudsman,
            Audience::Residents => NoticeKind::IncidentResidents,
            Audience::Website => NoticeKind::IncidentWebsite,
        })
    }

    fn samples() -> Vec<Self> {
        samples::incidents()
    }
}

impl IncidentView {
    /// The text for these people, with so many open complaints affected.
    #[must_use]
    pub fn new(
        audience: Audience,
        incident: &Incident,
        affected: usize,
        (landlord, ombudsman): (&Landlord, &Ombudsman),
        today: Date,
    ) -> Self {
        Self {
            audience,
            date: words::date(today),
            what: said(&incident.what),
            since: words::weekday_date(incident.began_on),
            back_by: words::weekday_date(incident.back_by),
            told: said(&incident.told),
            ended: incident.ended_on.map(words::weekday_date),
            affected,
            none: affected == 0,
            single: affected == 1,
            several: affected > 1,
            declared_by: incident.declared_by.clone(),
            landlord: LandlordView::new(landlord),
            ombudsman: OmbudsmanView::new(ombudsman),
            council_ombudsman: None,
        }
    }
}
