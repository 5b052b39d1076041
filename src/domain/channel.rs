//! How a contact reached the landlord (3.1), and when it first did (3.2). A complaint may come any way
//! and to any member of staff; its clock runs from the earliest receipt that is known.

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::WorkingCalendar;
use super::ids::EmailAddress;
use super::keyed::keyed;
use super::post::PostalAddress;
use super::words;

keyed! {
    /// How a contact came (3.1).
    pub enum Channel, "channel" {
        /// By e-mail, read by the daemon itself.
        Email => "email", "E-mail";
        /// By telephone.
        Phone => "phone", "Phone call";
        /// On paper.
        Letter => "letter", "Letter on paper";
        /// Face to face, at an office or at home.
        Visit => "visit", "Visit";
        /// Through the landlord's website.
        Portal => "portal", "Website or portal";
        /// On social media.
        SocialMedia => "social-media", "Social media";
        /// Through a councillor.
        Councillor => "councillor", "Councillor";
        /// Through a Member of Parliament.
        Mp => "mp", "MP";
    }
}

impl Channel {
    /// What an officer may enter by hand: all but what the daemon reads itself.
    #[must_use]
    pub fn entered() -> Vec<(&'static str, &'static str)> {
        Self::choices().into_iter().filter(|(key, _)| *key != Self::Email.key()).collect()
    }
}

/// How a contact was taken, when not by the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How it came.
    pub channel: Channel,
    /// Which of the landlord's people took it (3.2).
    pub by: String,
}

/// When a colleague first received what reached the complaints mailbox only later (3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstReceipt {
    /// When.
    pub at: Timestamp,
    /// Who received it.
    pub by: String,
    /// How that is known.
    pub reason: String,
}

/// A contact as an officer enters it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// How it came, and who took it.
    pub taken: Taken,
    /// When it was truly received.
    pub received_at: Timestamp,
    /// The resident's name; may be empty.
    pub name: String,
    /// The resident's e-mail address, if there is one.
    pub email: Option<EmailAddress>,
    /// Other ways to reach them: telephone, address; may be empty.
    pub reach: String,
    /// Where their post goes, if they said so.
    pub postal: Option<PostalAddress>,
    /// What it is about, in a few words; may be empty.
    pub subject: String,
    /// What was said or written.
    pub text: String,
    /// Files that came with it.
    pub files: Vec<EnteredFile>,
    /// Drawn once for each form, so that a second press of the button enters nothing twice.
    pub once: String,
}

/// A file that an officer adds to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredFile {
    /// Its name.
    pub name: String,
    /// The media type it claims.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a contact cannot be entered like this; nothing is kept then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryRefusal {
    /// What the daemon reads itself is not typed in.
    #[error(
        "an e-mail is not entered by hand: forward it to the complaints address, or give it to `complaintsd ingest`"
    )]
    ByMail,
    /// Nobody can receive what is still to come.
    #[error("the time of receipt lies in the future: enter when it was received (3.2)")]
    InTheFuture,
    /// A day that the calendar does not reach back to.
    #[error(
        "{} lies before {}, the first day that the calendar covers, so no date can be counted from it (3.2, 6.2): check \
         the year", words::date(*.on), words::date(*.from)
    )]
    LongAgo {
        /// The day.
        on: Date,
        /// The first day covered.
        from: Date,
    },
    /// Who took it is part of the record.
    #[error("enter who took it (3.2)")]
    NobodyTookIt,
    /// Nothing was said.
    #[error("enter what was said or written, or add the letter as a file")]
    Empty,
    /// Only an earlier receipt counts.
    #[error("it counts as received {} already: only an earlier receipt moves a date (3.2)", words::instant(*.0))]
    NotEarlier(Timestamp),
    /// A declaration has its reason.
    #[error("enter how that is known, such as a stamp or the colleague’s note (3.2)")]
    NoReason,
}

/// Whether something can have been received then, as far as the calendar can tell.
///
/// # Errors
/// [`EntryRefusal::LongAgo`]
pub fn received(at: Timestamp, calendar: &WorkingCalendar) -> Result<(), EntryRefusal> {
    let (on, from) = (words::london_date(at), calendar.covered_from());
    if on < from { Err(EntryRefusal::LongAgo { on, from }) } else { Ok(()) }
}

impl Entered {
    /// Whether it may be kept now.
    ///
    /// # Errors
    /// An [`EntryRefusal`].
    pub fn check(&self, now: Timestamp, calendar: &WorkingCalendar) -> Result<(), EntryRefusal> {
        if self.taken.channel == Channel::Email {
            return Err(EntryRefusal::ByMail);
        }
        if self.received_at > now {
            return Err(EntryRefusal::InTheFuture);
        }
        received(self.received_at, calendar)?;
        if self.taken.by.trim().is_empty() {
            return Err(EntryRefusal::NobodyTookIt);
        }
        if self.text.trim().is_empty() && self.files.is_empty() {
            return Err(EntryRefusal::Empty);
        }
        Ok(())
    }

    /// What it is about: as entered, or how it came.
    #[must_use]
    pub fn title(&self) -> String {
        let subject = self.subject.trim();
        if subject.is_empty() { self.taken.channel.words().to_owned() } else { subject.to_owned() }
    }

    /// Its text with the ways to reach the resident.
    #[must_use]
    pub fn body(&self) -> String {
        let (mut body, reach) = (self.text.trim().to_owned(), self.reach.trim());
        if !reach.is_empty() {
            body.push_str(&format!("\n\nHow to reach them: {reach}"));
        }
        if let Some(postal) = &self.postal {
            body.push_str(&format!("\n\nPostal address: {postal}"));
        }
        body.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::calendar::Division;

    fn entered(received_at: &str) -> Entered {
        Entered {
            taken: Taken { channel: Channel::Phone, by: "Sam at the front desk".to_owned() },
            received_at: received_at.parse().unwrap(),
            name: "Ann Poole".to_owned(),
            email: None,
            reach: "01632 960001".to_owned(),
            postal: None,
            subject: String::new(),
            text: "No heating again.".to_owned(),
            files: Vec::new(),
            once: "1".to_owned(),
        }
    }

    /// 3.1, 3.2.
    #[test]
    fn any_channel_but_mail_is_entered_with_its_true_receipt_and_who_took_it() {
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        let holidays = [(date(2026, 12, 25), "Christmas Day".to_owned())].into();
        let calendar = WorkingCalendar::new(Division::EnglandAndWales, holidays).unwrap();
        let (from, on) = (date(2026, 1, 1), date(2025, 12, 31));
        assert_eq!(entered("2025-12-31T23:59:59Z").check(now, &calendar), Err(EntryRefusal::LongAgo { on, from }));
        let good = entered("2026-11-23T09:00:00Z");
        for channel in Channel::ALL.iter().copied().filter(|channel| *channel != Channel::Email) {
            let taken = Taken { channel, ..good.taken.clone() };
            assert_eq!(Entered { taken, ..good.clone() }.check(now, &calendar), Ok(()), "{channel}");
        }
        assert_eq!(entered("2026-11-23T09:00:01Z").check(now, &calendar), Err(EntryRefusal::InTheFuture));
        let by_mail = Taken { channel: Channel::Email, ..good.taken.clone() };
        assert_eq!(Entered { taken: by_mail, ..good.clone() }.check(now, &calendar), Err(EntryRefusal::ByMail));
        let nobody = Taken { by: " ".to_owned(), ..good.taken.clone() };
        assert_eq!(Entered { taken: nobody, ..good.clone() }.check(now, &calendar), Err(EntryRefusal::NobodyTookIt));
        assert_eq!(Entered { text: " ".to_owned(), ..good.clone() }.check(now, &calendar), Err(EntryRefusal::Empty));
        assert_eq!(good.title(), "Phone call");
        assert!(good.body().ends_with("How to reach them: 01632 960001"));
    }
}
