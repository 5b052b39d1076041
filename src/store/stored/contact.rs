//! The stored forms of what is known of a contact: its attachments, marks, sender and bounce.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, SerializeAs, serde_as};

use crate::domain::contact::{Attachment, Bounce, FailedRecipient, Failure, Mark, SenderCheck, SenderVerdict};

forms! { FailedRecipientForm => FailedRecipient }

/// One item of the column `contacts.attachments`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::store) struct AttachmentItem(#[serde(with = "AttachmentForm")] pub Attachment);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Attachment")]
struct AttachmentForm {
    name: String,
    media_type: String,
    size: u64,
}

/// One item of the column `contacts.marks`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::store) struct MarkItem(#[serde(with = "MarkForm")] pub Mark);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Mark")]
struct MarkForm {
    list: String,
    words: Vec<String>,
}

/// The column `contacts.sender`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::store) struct SenderCheckItem(#[serde(with = "SenderCheckForm")] pub SenderCheck);

#[derive(Serialize, Deserialize)]
#[serde(remote = "SenderCheck")]
struct SenderCheckForm {
    #[serde(with = "SenderVerdictForm")]
    verdict: SenderVerdict,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SenderVerdict", rename_all = "kebab-case")]
enum SenderVerdictForm {
    Verified,
    Failed,
    Unknown,
}

/// The column `contacts.bounce`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::store) struct BounceItem(#[serde(with = "BounceForm")] pub Bounce);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Bounce")]
struct BounceForm {
    #[serde_as(as = "Vec<FailedRecipientForm>")]
    recipients: Vec<FailedRecipient>,
    original_message_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FailedRecipient")]
struct FailedRecipientForm {
    address: String,
    status: Option<String>,
    #[serde(with = "FailureForm")]
    failure: Failure,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Failure", rename_all = "kebab-case")]
enum FailureForm {
    Permanent,
    Temporary,
}
