//! What a scene's desk is furnished with: contacts that wait for an officer, and receipts.

use std::sync::Arc;

use complaintsd::domain::contact::{ContactKind, Intake, NewContact, Reading, Sorted};
use complaintsd::domain::ids::ContactId;
use complaintsd::domain::waiting::Waiting;
use complaintsd::receipts::Receipts;
use jiff::Timestamp;

use super::scene::{Scene, address, word_lists};

impl Scene {
    pub fn receipts(&self, per_hour: u32) -> Receipts {
        Receipts {
            store: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            templates: Arc::clone(&self.desk.templates),
            landlord: Arc::clone(&self.desk.landlord),
            from: (address("complaints@landlord.example"), "Example Homes complaints".to_owned()),
            reply_to: None,
            ours: vec![address("complaints@landlord.example")],
            per_hour,
        }
    }

    /// A contact that the mail server took for junk, received at this instant, and waits.
    pub async fn junk(&self, received_at: Timestamp, from: &str, text: &str) -> ContactId {
        let new = NewContact {
            received_at,
            intake: Intake::Junk,
            sorted: Sorted { kind: ContactKind::New, reason: "a person wrote".to_owned(), bounce: None },
            sender: None,
            marks: Vec::new(),
            canonical: None,
            reading: Reading {
                from: Some(address(from)),
                from_name: "Ann Poole".to_owned(),
                subject: "Damp again".to_owned(),
                text: text.to_owned(),
                ..Reading::default()
            },
        };
        let mut tx = self.store.begin().await.unwrap();
        let raw = tx.put_raw(format!("{from} {received_at} {text}").as_bytes(), received_at).await.unwrap().id;
        let new = NewContact { marks: word_lists().find(&new.reading), ..new };
        let id = tx.add_contact(raw, &new, self.clock_now()).await.unwrap();
        tx.contact_waits(id, Waiting::Junk).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}
