//! The stored forms of what happens to letters on paper.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, SerializeAs};

use super::LetterForm;
use crate::domain::events::PostEvent;
use crate::domain::ids::LetterId;
use crate::domain::letter::LetterKind;
use crate::domain::post::{Postal, PostalAddress, Posting};

forms! { PostalForm => Postal }

#[derive(Serialize, Deserialize)]
#[serde(remote = "Postal")]
pub(super) struct PostalForm {
    #[serde(with = "AddressForm")]
    address: PostalAddress,
    returned_on: Option<Date>,
}

/// The lines of an address.
#[derive(Serialize, Deserialize)]
#[serde(remote = "PostalAddress")]
pub(super) struct AddressForm(Vec<String>);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Posting")]
struct PostingForm {
    at: Timestamp,
    by: String,
    class: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PostEvent", tag = "post", rename_all = "kebab-case")]
pub(super) enum PostEventForm {
    Posted {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "super::letter_kind")]
        kind: LetterKind,
        #[serde(with = "PostingForm")]
        posting: Posting,
        #[serde(with = "AddressForm")]
        address: PostalAddress,
    },
    Returned {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "super::letter_kind")]
        kind: LetterKind,
        on: Date,
        reason: String,
        #[serde(with = "AddressForm")]
        address: PostalAddress,
    },
    Withdrawn {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "super::letter_kind")]
        kind: LetterKind,
        reason: String,
    },
}
