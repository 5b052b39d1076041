//! What a batch must know before it writes: which of its messages were logged before. Everything that
//! placing them may change is locked here, each kind in the order of its numbers: letters, then cases,
//! then contacts, then the history. Officers' acts keep to the same order, so that none of them and no
//! other batch waits for this one while this one waits for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{ContactId, Digest, RawId};
use crate::domain::token::TokenKey;
use crate::store::{StoreError, Tx};

use super::place::{Message, issued};

/// The contacts that messages of a batch may be the same as.
#[derive(Debug, Default)]
pub(super) struct Known {
    raws: BTreeMap<RawId, ContactId>,
    canonicals: BTreeMap<Digest, ContactId>,
    message_ids: BTreeMap<String, ContactId>,
}

impl Known {
    /// Looks up what these messages, each with its canonical digest, may be the same as, and takes the
    /// locks; `raws` are the contacts that the same bytes had become before.
    pub async fn lock(
        tx: &mut Tx,
        key: &TokenKey,
        raws: BTreeMap<RawId, ContactId>,
        messages: impl Iterator<Item = (Message<'_>, Option<Digest>)> + Clone,
    ) -> Result<Self, StoreError> {
        let ids: Vec<&str> =
            messages.clone().filter_map(|(message, _)| message.reading.message_id.as_deref()).collect();
        let digests: Vec<Digest> = messages.clone().filter_map(|(_, canonical)| canonical).collect();
        let (canonicals, message_ids) = (tx.copies_of(&digests).await?, tx.contacts_named(&ids).await?);
        let known = Self { raws, canonicals, message_ids };
        let (mut letters, mut cases) = (BTreeSet::new(), BTreeSet::new());
        for (message, _) in messages {
            if let Some(sent) = tx.find_sent_message(&issued(message, key)).await? {
                letters.extend(sent.letter);
                cases.extend(sent.case);
            }
        }
        for letter in letters {
            tx.letter_for_update(letter).await?;
        }
        for case in cases {
            tx.case_for_update(case).await?;
        }
        let contacts: BTreeSet<ContactId> = known.raws.values().chain(known.canonicals.values()).copied().collect();
        for contact in contacts {
            tx.contact_for_update(contact).await?;
        }
        Ok(known)
    }

    /// The contact that this message became before, in whichever copy.
    pub fn message(&self, raw: RawId, canonical: Option<Digest>) -> Option<ContactId> {
        let copy = || self.canonicals.get(&canonical?).copied();
        self.raws.get(&raw).copied().or_else(copy)
    }

    /// A contact with the same Message-ID.
    pub fn message_id(&self, message_id: Option<&str>) -> Option<ContactId> {
        self.message_ids.get(message_id?).copied()
    }

    /// Remembers a contact of this batch.
    pub fn add(&mut self, id: ContactId, raw: RawId, canonical: Option<Digest>, message_id: Option<&str>) {
        self.raws.insert(raw, id);
        self.canonicals.extend(canonical.map(|canonical| (canonical, id)));
        if let Some(message_id) = message_id {
            self.message_ids.entry(message_id.to_owned()).or_insert(id);
        }
    }
}
