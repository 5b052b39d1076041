//! What each kind of letter can speak of: one view per kind, built from domain values.
//! What is missing stays empty, so that the passage about it is empty and shows as a shortfall.

use jiff::civil::Date;
use serde::Serialize;

use super::escape::{one_line, says_something};
use super::{Kind, samples};
use crate::domain::case::Case;
use crate::domain::code::HandlingCode;
use crate::domain::definition::{Point, Responsibility};
use crate::domain::landlord::{Landlord, Ombudsman};
use crate::domain::letter::LetterKind;
use crate::domain::people::Handler;
use crate::domain::words;

/// What a template of one kind can speak of.
pub trait View: Serialize + Sized {
    /// The kind of letter or notice.
    const KIND: Kind;

    /// This kind; a view that serves both stages says which.
    fn kind(&self) -> Kind {
        Self::KIND
    }

    /// Values of every shape, to hold templates against. The first is complete; the last has
    /// nothing in it.
    fn samples() -> Vec<Self>;
}

/// What all letters need besides the case.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The landlord.
    pub landlord: &'a Landlord,
    /// The Ombudsman.
    pub ombudsman: &'a Ombudsman,
    /// The Ombudsman for points that the landlord answers for as a council.
    pub council: Option<&'a Ombudsman>,
    /// The Code, for its numbers of days.
    pub code: &'a HandlingCode,
    /// The day the letter goes out: for a draft, the day it would go out if sent today.
    pub sent_on: Date,
}

/// The parts of a letter that an officer writes besides the definition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfficersParts<'a> {
    /// A free passage; paragraphs are kept.
    pub paragraph: &'a str,
    /// Adjustments agreed with this resident (5.10).
    pub adjustments: &'a str,
}

/// What an officer writes for an extension (6.4, 5.9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExtensionParts<'a> {
    /// Why, specific to this case.
    pub reason: &'a str,
    /// The new date.
    pub new_by: Option<Date>,
    /// How often and how the resident is updated, as agreed.
    pub updates: &'a str,
}

/// The landlord as letters show it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LandlordView {
    /// Name.
    pub name: String,
    /// Address in one line.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Website.
    pub website: Option<String>,
    /// The published complaints policy (3.4).
    pub policy: Option<String>,
}

/// The Ombudsman as letters show it (3.7, 6.5).
#[derive(Debug, Clone, Serialize)]
pub struct OmbudsmanView {
    /// Name, without an article.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Address in one line.
    pub address: Option<String>,
    /// Website.
    pub website: Option<String>,
    /// How to start a case.
    pub how: Option<String>,
    /// The points it can look into, such as `points 1 and 3`, where another looks into the others.
    pub points: Option<String>,
}

/// The handler as letters show them.
#[derive(Debug, Clone, Serialize)]
pub struct HandlerView {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

/// One point of the complaint definition (5.6, 5.7).
#[derive(Debug, Clone, Serialize)]
pub struct PointView {
    /// Its number in the case.
    pub number: u32,
    /// What is complained about.
    pub text: String,
    /// The landlord is responsible.
    pub ours: bool,
    /// Somebody else is: who.
    pub whose: Option<String>,
    /// Not known yet.
    pub unclear: bool,
}

/// What all letters to a resident speak of.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CommonView {
    /// The case's reference.
    pub reference: String,
    /// The date of the letter.
    pub date: String,
    /// The resident's name.
    pub resident: Option<String>,
    /// Who considers the complaint.
    pub handler: Option<HandlerView>,
    /// Adjustments agreed with this resident (5.10).
    pub adjustments: Option<String>,
    /// The officer's free passage.
    pub paragraph: Option<String>,
    /// The landlord.
    pub landlord: LandlordView,
    /// The Ombudsman.
    pub ombudsman: Option<OmbudsmanView>,
    /// The Ombudsman for the points that the landlord answers for as a council, where there are others, too.
    pub council_ombudsman: Option<OmbudsmanView>,
}

/// The acknowledgement of a stage (6.2, 6.11, 5.6, 5.7).
#[derive(Debug, Clone, Serialize)]
pub struct AcknowledgementView {
    /// The stage: 1 or 2.
    pub stage: u8,
    /// When the complaint was received.
    pub received: Option<String>,
    /// The points of the complaint.
    pub points: Vec<PointView>,
    /// The outcomes sought.
    pub outcomes: Vec<String>,
    /// When the response is due, counted from the day the letter goes out (6.3).
    pub respond_by: Option<String>,
    /// How long that is, such as `10 working days` (6.3).
    pub respond_within: String,
    /// The longest extension, such as `10 working days` (6.4).
    pub extension_limit: String,
    /// What all letters speak of.
    #[serde(flatten)]
    pub common: CommonView,
}

/// The extension of a stage (6.4, 6.5, 6.15, 6.16).
#[derive(Debug, Clone, Serialize)]
pub struct ExtensionView {
    /// The stage: 1 or 2.
    pub stage: u8,
    /// Why more time is needed, specific to this case.
    pub reason: Option<String>,
    /// The date the resident was first given.
    pub original_by: Option<String>,
    /// The new date.
    pub new_by: Option<String>,
    /// How often and how the resident is updated (5.9).
    pub updates: Option<String>,
    /// What all letters speak of.
    #[serde(flatten)]
    pub common: CommonView,
}

impl View for AcknowledgementView {
    const KIND: Kind = Kind::Letter(LetterKind::StageOneAcknowledgement);

    fn kind(&self) -> Kind {
        if self.stage == 2 { Kind::Letter(LetterKind::StageTwoAcknowledgement) } else { Self::KIND }
    }

    fn samples() -> Vec<Self> {
        samples::acknowledgements()
    }
}

impl View for ExtensionView {
    const KIND: Kind = Kind::Letter(LetterKind::StageOneExtension);

    fn kind(&self) -> Kind {
        if self.stage == 2 { Kind::Letter(LetterKind::StageTwoExtension) } else { Self::KIND }
    }

    fn samples() -> Vec<Self> {
        samples::extensions()
    }
}

impl CommonView {
    /// What a letter about this case speaks of if it goes out on `setting.sent_on`.
    #[must_use]
    pub fn new(case: &Case, setting: Setting<'_>, parts: OfficersParts<'_>) -> Self {
        let (ombudsman, council_ombudsman) = ombudsmen(case, setting);
        Self {
            reference: case.reference.to_string(),
            date: words::date(setting.sent_on),
            resident: said(&case.resident.name),
            handler: case.current.handler.as_ref().map(HandlerView::new),
            adjustments: said(parts.adjustments),
            paragraph: said(parts.paragraph),
            landlord: LandlordView::new(setting.landlord),
            ombudsman,
            council_ombudsman,
        }
    }
}

/// Who can look into the case: one Ombudsman, or two, each with its points. Where one that is needed is not
/// configured there is none, so that the letter shows what it lacks.
fn ombudsmen(case: &Case, setting: Setting<'_>) -> (Option<OmbudsmanView>, Option<OmbudsmanView>) {
    let main = OmbudsmanView::new(setting.ombudsman);
    let points = case.definition.points.iter().map(|point| point.number);
    let (council, landlord): (Vec<u32>, Vec<u32>) =
        points.partition(|number| case.people.council_points.contains(number));
    if council.is_empty() {
        return (main, None);
    }
    let other = setting.council.and_then(OmbudsmanView::new);
    if landlord.is_empty() {
        return (other, None);
    }
    let with = |view: OmbudsmanView, numbers: &[u32]| OmbudsmanView { points: Some(numbered(numbers)), ..view };
    match main.zip(other) {
        Some((main, other)) => (Some(with(main, &landlord)), Some(with(other, &council))),
        None => (None, None),
    }
}

/// Such as `point 2` or `points 1 and 3`.
fn numbered(numbers: &[u32]) -> String {
    let listed = words::list(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>());
    format!("{} {listed}", if numbers.len() == 1 { "point" } else { "points" })
}

impl AcknowledgementView {
    /// The acknowledgement of this case if it went out on `setting.sent_on`. `respond_by` must be
    /// counted from that day (6.3); it is `None` when the calendar does not reach that far.
    #[must_use]
    pub fn new(case: &Case, setting: Setting<'_>, respond_by: Option<Date>, parts: OfficersParts<'_>) -> Self {
        let times = setting.code.times(case.current.stage);
        Self {
            stage: case.current.stage.number(),
            received: Some(words::weekday_date(words::london_date(case.current.received_at))),
            points: case.definition.points.iter().map(PointView::new).collect(),
            outcomes: case.definition.outcomes.iter().map(|outcome| outcome.trim().to_owned()).collect(),
            respond_by: respond_by.map(words::weekday_date),
            respond_within: times.respond.days.to_string(),
            extension_limit: times.extension.days.to_string(),
            common: CommonView::new(case, setting, parts),
        }
    }
}

impl ExtensionView {
    /// The extension letter of this case if it went out on `setting.sent_on`.
    #[must_use]
    pub fn new(case: &Case, setting: Setting<'_>, terms: ExtensionParts<'_>, parts: OfficersParts<'_>) -> Self {
        Self {
            stage: case.current.stage.number(),
            reason: said(terms.reason),
            original_by: case.current.response_due.map(|due| words::weekday_date(due.original_by)),
            new_by: terms.new_by.map(words::weekday_date),
            updates: said(terms.updates),
            common: CommonView::new(case, setting, parts),
        }
    }
}

impl PointView {
    pub(super) fn new(point: &Point) -> Self {
        let whose = match &point.responsibility {
            Responsibility::NotOurs { whose } => said(whose),
            Responsibility::Ours | Responsibility::Unclear => None,
        };
        Self {
            number: point.number,
            text: point.text.trim().to_owned(),
            ours: point.responsibility == Responsibility::Ours,
            whose,
            unclear: point.responsibility == Responsibility::Unclear,
        }
    }
}

impl HandlerView {
    pub(super) fn new(handler: &Handler) -> Self {
        Self { name: handler.name.clone(), email: handler.email.as_str().to_owned() }
    }
}

impl LandlordView {
    pub(super) fn new(landlord: &Landlord) -> Self {
        Self {
            name: landlord.name.clone(),
            address: said(&landlord.address.join(", ")),
            phone: said(&landlord.phone),
            email: Some(landlord.email.as_str().to_owned()),
            website: landlord.website.as_deref().and_then(said),
            policy: landlord.complaints_policy_url.as_deref().and_then(said),
        }
    }
}

impl OmbudsmanView {
    pub(super) fn new(ombudsman: &Ombudsman) -> Option<Self> {
        let (phone, address, website) =
            (said(&ombudsman.phone), said(&ombudsman.address.join(", ")), said(&ombudsman.website));
        // A name without any way to get in touch is not what 3.7 and 6.5 ask for.
        phone.as_ref().or(address.as_ref()).or(website.as_ref())?;
        Some(Self { name: said(&ombudsman.name)?, phone, address, website, how: said(&ombudsman.how), points: None })
    }
}

/// The text, if there is any in it.
pub(super) fn said(text: &str) -> Option<String> {
    says_something(&one_line(text)).then(|| text.trim().to_owned())
}
