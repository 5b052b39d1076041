//! What every page shares: the site, who is signed in, notices, errors beside their fields, and the
//! words for how much time is left. Views are plain data; a page is a pure function of its view.

use jiff::civil::Date;

use super::session::PublicOrigin;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::ids::Digest;
use crate::domain::people::Resident;
use crate::domain::words;

/// What all pages of one landlord have in common.
#[derive(Debug, Clone)]
pub struct Site {
    /// The landlord's name, in the header and in page titles.
    pub landlord: String,
    /// What is said on top of every page outside production.
    pub banner: Option<Banner>,
    /// Where officers reach the pages.
    pub origin: PublicOrigin,
}

/// Says that this is not the real thing.
#[derive(Debug, Clone)]
pub struct Banner {
    /// One word, such as `Demo`.
    pub tag: String,
    /// A sentence.
    pub text: String,
}

/// The officer looking at a page.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The officer's name.
    pub name: String,
    /// The session's synchroniser token, in every form.
    pub csrf: String,
    /// How many contacts wait for an officer.
    pub to_decide: i64,
    /// The incident that stands, in words (8.5).
    pub incident: Option<String>,
}

/// What a page needs besides its own view.
#[derive(Debug, Clone, Copy)]
pub struct Shell<'a> {
    /// The site.
    pub site: &'a Site,
    /// The officer; `None` before signing in.
    pub officer: Option<&'a SignedIn>,
    /// What the last act did, if the officer comes from one.
    pub notice: Option<Notice>,
}

impl Shell<'_> {
    /// The token each form of the page carries.
    #[must_use]
    pub fn csrf(&self) -> &str {
        self.officer.map_or("", |officer| &officer.csrf)
    }
}

/// Where a page belongs in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What is due.
    Work,
    /// What waits for a decision.
    ToDecide,
    /// What has arrived.
    Contacts,
    /// Finding again.
    Search,
    /// Neither.
    Elsewhere,
}

impl Place {
    /// The menu: place, address, words.
    pub const MENU: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Work, "/work", "Work list"),
        (Self::ToDecide, "/to-decide", "To decide"),
        (Self::Contacts, "/contacts", "Contacts"),
        (Self::Search, "/search", "Search"),
    ];

    /// How much waits there, if that is told.
    #[must_use]
    pub fn count(self, officer: &SignedIn) -> Option<i64> {
        (self == Self::ToDecide && officer.to_decide > 0).then_some(officer.to_decide)
    }
}

/// What was done, told on the page after the redirect. It travels as a key in the address, so that
/// nobody can make a page say something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A letter's parts were saved.
    Saved,
    /// Approval was asked together with changes: they were saved, and the new text must be read.
    SavedNotApproved,
    /// A letter was approved.
    Approved,
    /// A letter was approved that goes by post.
    ApprovedToPost,
    /// It had been approved before, as by the first press of the button.
    ApprovedBefore,
    /// An extension letter was begun.
    ExtensionBegun,
    /// A letter that tells or asks something was begun.
    LetterBegun,
    /// Something was done to a case.
    CaseChanged,
    /// A case was opened from a contact.
    CaseOpened,
    /// A contact was added to a case.
    ContactAdded,
    /// Nothing is to be done about a contact.
    NothingToDo,
    /// Something was recorded of a case.
    Recorded,
    /// A contact was entered by hand.
    Entered,
    /// An earlier receipt was declared.
    ReceiptDeclared,
    /// An incident was declared.
    IncidentDeclared,
    /// The incident was ended.
    IncidentEnded,
    /// A text about the incident was approved.
    TextApproved,
    /// The officer signed out.
    SignedOut,
    /// Something was to be done, but the session had ended.
    SessionEnded,
}

impl Notice {
    const ALL: [Self; 19] = [
        Self::CaseChanged,
        Self::Saved,
        Self::SavedNotApproved,
        Self::Approved,
        Self::ApprovedToPost,
        Self::ApprovedBefore,
        Self::ExtensionBegun,
        Self::LetterBegun,
        Self::CaseOpened,
        Self::ContactAdded,
        Self::NothingToDo,
        Self::Recorded,
        Self::Entered,
        Self::ReceiptDeclared,
        Self::IncidentDeclared,
        Self::IncidentEnded,
        Self::TextApproved,
        Self::SignedOut,
        Self::SessionEnded,
    ];

    /// The key in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::SavedNotApproved => "saved-not-approved",
            Self::Approved => "approved",
            Self::ApprovedToPost => "approved-to-post",
            Self::ApprovedBefore => "approved-before",
            Self::ExtensionBegun => "extension-begun",
            Self::LetterBegun => "letter-begun",
            Self::CaseChanged => "case-changed",
            Self::CaseOpened => "case-opened",
            Self::ContactAdded => "contact-added",
            Self::NothingToDo => "nothing-to-do",
            Self::Recorded => "recorded",
            Self::Entered => "entered",
            Self::ReceiptDeclared => "receipt-declared",
            Self::IncidentDeclared => "incident-declared",
            Self::IncidentEnded => "incident-ended",
            Self::TextApproved => "text-approved",
            Self::SignedOut => "signed-out",
            Self::SessionEnded => "session-ended",
        }
    }

    /// The notice with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.key() == key)
    }

    /// Whether what the officer asked for was done.
    #[must_use]
    pub const fn is_done(self) -> bool {
        !matches!(self, Self::SavedNotApproved | Self::ApprovedBefore | Self::SessionEnded)
    }

    /// What is told.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Saved => "Saved. Read the letter as it stands now before you approve it.",
            Self::SavedNotApproved => {
                "You had changed the letter, so your changes were saved and nothing was sent. \
                 Read the letter as it stands now, then approve it."
            }
            Self::Approved => "Approved. The letter is on its way to the mail server.",
            Self::ApprovedToPost => "Approved. Print the letter, post it, and record that: it is sent only then.",
            Self::ApprovedBefore => "This letter had been approved already. It goes out once.",
            Self::ExtensionBegun => "The extension letter has been begun. Nothing is sent until you approve it.",
            Self::LetterBegun => "The letter has been begun. Nothing is sent until you approve it.",
            Self::CaseChanged => "Saved. The history says what was done.",
            Self::CaseOpened => "The case is open. Its dates count from the day the message was received.",
            Self::ContactAdded => "The message is now part of this case.",
            Self::NothingToDo => "Decided: nothing to do. The message stays among the contacts.",
            Self::Recorded => "Recorded. It stands in the case’s history.",
            Self::Entered => "The contact is kept, and is part of this case. Dates count from when it was received.",
            Self::ReceiptDeclared => "The earlier receipt is kept. Dates count from then.",
            Self::IncidentDeclared => "The incident is declared. No date of any case moves.",
            Self::IncidentEnded => "The incident is over. Tell those who were told of it: the texts are below.",
            Self::TextApproved => "The text is approved as you read it. Send it on: nothing goes out by itself.",
            Self::SignedOut => "You have signed out.",
            Self::SessionEnded => "Your session had ended, so nothing was changed. Sign in, then do it again.",
        }
    }
}

/// Something wrong with what was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The id of the field; empty when it concerns no single field.
    pub field: String,
    /// What to do, beginning with "Enter" or "Select" where that fits.
    pub text: String,
}

/// All that was wrong, in the order of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Adds an error of a field.
    pub fn add(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), text: text.into() });
    }

    /// Whether all is well.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn of(&self, field: impl AsRef<str>) -> Option<&str> {
        self.0.iter().find(|error| error.field == field.as_ref()).map(|error| error.text.as_str())
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// How pressing a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// The date has passed.
    Overdue,
    /// Today is the last day.
    Today,
    /// There is time.
    Later,
}

impl Urgency {
    /// The class that shows it. The words say it too.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Overdue => "app-due app-due--overdue",
            Self::Today => "app-due app-due--today",
            Self::Later => "app-due",
        }
    }
}

/// A deadline as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The date, such as `Friday 2 January 2026`.
    pub date: String,
    /// How much time is left, such as `2 working days left`.
    pub left: String,
    /// How pressing it is.
    pub urgency: Urgency,
}

impl Due {
    /// A deadline seen from today. Days beyond the calendar are told as a date only.
    #[must_use]
    pub fn seen_from(today: Date, by: Date, calendar: &WorkingCalendar) -> Self {
        let urgency = match by.cmp(&today) {
            std::cmp::Ordering::Less => Urgency::Overdue,
            std::cmp::Ordering::Equal => Urgency::Today,
            std::cmp::Ordering::Greater => Urgency::Later,
        };
        let days = calendar.days_left(today, by).ok().and_then(|days| u32::try_from(days.unsigned_abs()).ok());
        let left = match (urgency, days) {
            (Urgency::Today, _) => "due today".to_owned(),
            // A deadline on Friday, looked at on Saturday: passed, but by no working day yet.
            (Urgency::Overdue, None | Some(0)) => "overdue".to_owned(),
            (Urgency::Overdue, Some(days)) => format!("overdue by {}", words::working_days(days)),
            (Urgency::Later, None | Some(0)) => "not due yet".to_owned(),
            (Urgency::Later, Some(days)) => format!("{} left", words::working_days(days)),
        };
        Self { date: words::weekday_date(by), left, urgency }
    }
}

impl Due {
    /// Whether the date has passed.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.urgency == Urgency::Overdue
    }
}

/// What to call a resident on a page: the name, else the address. A name is whatever a stranger wrote,
/// so a very long one is cut.
#[must_use]
pub fn resident_name(resident: &Resident) -> String {
    match &resident.email {
        _ if !resident.name.trim().is_empty() => shortened(&resident.name, 80),
        Some(email) => email.to_string(),
        None => "unknown sender".to_owned(),
    }
}

/// A text in one line, with dots between its paragraphs, cut to so many characters. The whole of it stands
/// on the page it comes from.
#[must_use]
pub fn shortened(text: &str, fits: usize) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let one_line = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join(" · ");
    match one_line.char_indices().nth(fits) {
        Some((cut, _)) => format!("{}…", one_line.get(..cut).unwrap_or_default().trim_end()),
        None => one_line,
    }
}

/// The first digits of a digest, enough to compare two by eye.
#[must_use]
pub fn short_digest(digest: &Digest) -> String {
    digest.to_string().chars().take(16).collect()
}

/// A subject as a heading or a link: cut where it would fill the page.
#[must_use]
pub fn heading(subject: &str) -> String {
    const LONGEST: usize = 150;
    match subject.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", subject.get(..end).unwrap_or_default().trim_end()),
        None => subject.to_owned(),
    }
}

/// A size for people: `312 bytes`, `48 KB`, `1.2 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => {
            let tenths = bytes.div_ceil(100_000);
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::*;
    use crate::domain::calendar::Division;

    fn calendar() -> WorkingCalendar {
        let holidays = BTreeMap::from([
            (date(2026, 1, 1), "New Year's Day".to_owned()),
            (date(2026, 12, 25), "Christmas Day".to_owned()),
        ]);
        WorkingCalendar::new(Division::EnglandAndWales, holidays).unwrap()
    }

    fn left(today: Date, by: Date) -> String {
        Due::seen_from(today, by, &calendar()).left
    }

    #[test]
    fn time_left_is_told_in_working_days() {
        let (fri_6_mar, mon_9_mar, tue_10_mar) = (date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 10));
        assert_eq!(left(fri_6_mar, fri_6_mar), "due today");
        assert_eq!(left(fri_6_mar, mon_9_mar), "1 working day left");
        assert_eq!(left(fri_6_mar, tue_10_mar), "2 working days left");
        assert_eq!(left(mon_9_mar, fri_6_mar), "overdue by 1 working day");
        assert_eq!(left(tue_10_mar, fri_6_mar), "overdue by 2 working days");
    }

    #[test]
    fn a_deadline_on_friday_is_overdue_on_saturday() {
        assert_eq!(left(date(2026, 3, 7), date(2026, 3, 6)), "overdue");
    }

    #[test]
    fn a_deadline_beyond_the_calendar_is_told_without_a_count() {
        assert_eq!(left(date(2026, 12, 24), date(2027, 1, 4)), "not due yet");
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        assert_eq!([size(0), size(999), size(48_000), size(1_150_000)], ["0 bytes", "999 bytes", "48 KB", "1.2 MB"]);
    }

    #[test]
    fn a_long_passage_is_cut_between_characters() {
        assert_eq!(shortened("we are\n\nnot us, but\nthe council\n", 160), "we are · not us, but the council");
        let shown = shortened(&"é".repeat(500), 160);
        assert_eq!(shown.chars().count(), 161);
    }
}
