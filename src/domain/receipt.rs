//! Whether a message gets the automatic receipt, "we have your email". It acknowledges nothing (6.2):
//! it makes no event and moves no clock. In doubt there is none: a receipt too few costs nothing, one
//! too many may answer a machine that answers back (RFC 3834).

use jiff::{SignedDuration, Timestamp};

use super::contact::{Contact, ContactKind, Intake, SenderVerdict};
use super::ids::EmailAddress;
use super::nobody;

/// One receipt to a sender in this time.
pub const ONE_IN: SignedDuration = SignedDuration::from_hours(24);

/// A message received longer ago gets none.
pub const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// The time in which receipts are counted for the breaker.
pub const COUNTED_IN: SignedDuration = SignedDuration::from_hours(1);

/// What the decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The message.
    pub contact: &'a Contact,
    /// Its header fields.
    pub fields: &'a [Field],
    /// Our own addresses.
    pub ours: &'a [EmailAddress],
    /// Whether its case has been acknowledged.
    pub acknowledged: bool,
    /// When this sender last got a receipt.
    pub last_to_sender: Option<Timestamp>,
    /// How many receipts its mailbox sent in the last hour.
    pub in_the_last_hour: u32,
    /// How many it may send in an hour.
    pub per_hour: u32,
    /// Since when receipts are switched on.
    pub on_since: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// Why a message gets no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// It is not a new message from a person in the inbox.
    #[error("only a new message in the inbox gets a receipt")]
    NotNew,
    /// An officer opened the case, later.
    #[error("an officer has dealt with it")]
    Decided,
    /// The case is acknowledged.
    #[error("the acknowledgement has gone out")]
    Acknowledged,
    /// It was received long ago.
    #[error("it was received more than 24 hours ago")]
    TooLate,
    /// Nobody who wrote while receipts were off is surprised by one.
    #[error("it was received before receipts were switched on")]
    BeforeSwitchedOn,
    /// There is nobody to write to.
    #[error("there is no usable sender")]
    UnknownSender,
    /// It comes from an address of ours.
    #[error("it comes from an address of ours")]
    FromUs,
    /// The sender's domain says that it does not come from there.
    #[error("the sender’s domain disowns it")]
    Disowned,
    /// A machine wrote it, or it went to a list.
    #[error("its {0} says that a machine sent it, or that it went to a list")]
    Automatic(String),
    /// The sender's name is a machine's.
    #[error("nobody reads mail to its sender")]
    NobodyReads,
    /// Failures of delivery go nowhere.
    #[error("its return path is empty (RFC 3834, 2)")]
    NullReturnPath,
    /// Answers by machine belong to the return path, which is another address (RFC 3834 §4).
    #[error("its return path is another address than its sender (RFC 3834, 4)")]
    OtherReturnPath,
    /// The sender has had one.
    #[error("this sender has had a receipt within 24 hours")]
    HadOne,
    /// Too many receipts have gone out.
    #[error("too many receipts have gone out within an hour")]
    Breaker,
}

/// One field of a header: its name in small letters and its value in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The fields at the head of a message (RFC 5322 §2.2), unfolded; whatever is no field is passed over.
#[must_use]
pub fn fields(head: &[u8]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for line in String::from_utf8_lossy(head).split('\n') {
        let content = line.trim_end();
        if content.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(field) = fields.last_mut() {
                field.value.push(' ');
                field.value.push_str(content.trim_start());
            }
        } else if let Some((name, value)) = content.split_once(':') {
            fields.push(Field { name: name.trim().to_lowercase(), value: value.trim().to_owned() });
        }
    }
    fields
}

/// To whom the receipt goes.
///
/// # Errors
/// Why there is none.
pub fn decide(facts: Facts<'_>) -> Result<EmailAddress, Withheld> {
    let Facts { contact, fields, ours, now, .. } = facts;
    if contact.sorted.kind != ContactKind::New || contact.intake != Intake::Inbox {
        return Err(Withheld::NotNew);
    }
    if contact.decided.is_some() {
        return Err(Withheld::Decided);
    }
    if facts.acknowledged {
        return Err(Withheld::Acknowledged);
    }
    if now.duration_since(contact.received_at) > FRESH {
        return Err(Withheld::TooLate);
    }
    // Mail servers tell a receipt by the second.
    if contact.received_at.as_second() < facts.on_since.as_second() {
        return Err(Withheld::BeforeSwitchedOn);
    }
    let to = contact.reading.from.clone().ok_or(Withheld::UnknownSender)?;
    if ours.iter().any(|address| address.same_mailbox(&to)) {
        return Err(Withheld::FromUs);
    }
    if contact.sender.as_ref().is_some_and(|check| check.verdict == SenderVerdict::Failed) {
        return Err(Withheld::Disowned);
    }
    if let Some(field) = fields.iter().find(|field| is_automatic(field)) {
        return Err(Withheld::Automatic(field.name.clone()));
    }
    if nobody::machines_write_from(&to) {
        return Err(Withheld::NobodyReads);
    }
    return_path(fields, &to)?;
    if facts.last_to_sender.is_some_and(|last| now.duration_since(last) < ONE_IN) {
        return Err(Withheld::HadOne);
    }
    if facts.in_the_last_hour >= facts.per_hour {
        return Err(Withheld::Breaker);
    }
    Ok(to)
}

/// Whether a field is one that people's mail programs do not write (RFC 3834 §2, RFC 2369, RFC 2919, and
/// what machines wrote before them). Names and values are read generously.
fn is_automatic(field: &Field) -> bool {
    let value = field.value.to_lowercase();
    let word = value.split([';', '(', ' ', ',']).find(|word| !word.is_empty()).unwrap_or_default();
    match field.name.as_str() {
        "auto-submitted" => word != "no",
        "precedence" | "x-precedence" => ["bulk", "junk", "list", "auto_reply", "auto-reply"].contains(&word),
        "x-auto-response-suppress" => !word.is_empty() && word != "none",
        "content-type" => word == "multipart/report",
        "x-autoreply"
        | "x-autorespond"
        | "x-autoresponse"
        | "x-auto-reply-from"
        | "x-autogenerated"
        | "x-loop"
        | "x-failed-recipients"
        | "feedback-id"
        | "x-mailing-list"
        | "mailing-list"
        | "x-campaign-id"
        | "x-mailer-daemon"
        | "x-facebook-notify"
        | "x-github-reason"
        | "x-cron-env" => true,
        name => name.starts_with("list-") || name.starts_with("x-list-"),
    }
}

/// A machine's answer goes to the return path (RFC 3834 §4), so it must be the sender's. A message that
/// says nothing of it, as one handed in by a program, is judged by the rest.
fn return_path(fields: &[Field], sender: &EmailAddress) -> Result<(), Withheld> {
    for field in fields.iter().filter(|field| field.name == "return-path") {
        let path = field.value.trim().trim_start_matches('<').trim_end_matches('>').trim();
        if path.is_empty() {
            return Err(Withheld::NullReturnPath);
        }
        if !path.parse().is_ok_and(|path: EmailAddress| path.same_mailbox(sender)) {
            return Err(Withheld::OtherReturnPath);
        }
    }
    Ok(())
}

impl Withheld {
    /// The name in the database.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NotNew => "not-new",
            Self::Decided => "decided",
            Self::Acknowledged => "acknowledged",
            Self::TooLate => "too-late",
            Self::BeforeSwitchedOn => "before-switched-on",
            Self::UnknownSender => "unknown-sender",
            Self::FromUs => "from-us",
            Self::Disowned => "disowned",
            Self::Automatic(_) => "automatic",
            Self::NobodyReads => "nobody-reads",
            Self::NullReturnPath => "null-return-path",
            Self::OtherReturnPath => "other-return-path",
            Self::HadOne => "had-one",
            Self::Breaker => "breaker",
        }
    }
}

#[cfg(test)]
mod tests;
