//! The automatic receipt, "we have your email": off unless the landlord asks for it. It acknowledges
//! nothing (6.2): it is no letter, makes no event and moves no clock. Work is found by looking at the
//! cases about which nothing is decided yet; decision and message are kept together, so that a crash
//! repeats neither.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::courier::message::{self, ComposeError, MessageKind, MessageParts};
use crate::domain::contact::Contact;
use crate::domain::ids::{CaseId, ContactId, EmailAddress};
use crate::domain::landlord::Landlord;
use crate::domain::receipt::{self, COUNTED_IN, FRESH, Facts, Withheld};
use crate::domain::words;
use crate::letters::{ReceiptView, RenderFault, Shelf};
use crate::store::{self, AlarmRaised, NewMessage, ReceiptOutcome, Store, StoreError};

/// So many are decided in one pass.
const BATCH: usize = 500;

/// The alarm that stands while too many receipts would go out.
pub const ALARM: &str = "receipts";

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The template.
    #[error(transparent)]
    Render(#[from] RenderFault),
    /// The message.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// Sends receipts.
#[derive(Clone)]
pub struct Receipts {
    /// The contacts, and the outbox.
    pub store: Store,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// The words.
    pub templates: Arc<Shelf>,
    /// Whose words they are.
    pub landlord: Arc<Landlord>,
    /// Who writes, and the name beside it. Failures of delivery come back here and are never answered.
    pub from: (EmailAddress, String),
    /// Where answers go, when not to `from`.
    pub reply_to: Option<EmailAddress>,
    /// Our own addresses, which get no receipt.
    pub ours: Vec<EmailAddress>,
    /// So many an hour from one mailbox at most.
    pub per_hour: u32,
}

impl Receipts {
    /// One pass: decides about every new case; answers with how many receipts were queued.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub async fn run_once(&self) -> Result<usize, ReceiptError> {
        let now = self.clock.now();
        let since = now.saturating_sub(FRESH).unwrap_or(now);
        let on_since = self.store.receipts_on(now).await?;
        let mut queued = 0;
        for contact in self.store.receipts_pending(since, BATCH).await? {
            queued += usize::from(self.decide(contact, on_since, now).await?);
        }
        let hour = now.saturating_sub(COUNTED_IN).unwrap_or(now);
        if self.store.receipts_withheld_since(hour, Withheld::Breaker.key()).await? == 0
            && self.store.alarms().await?.iter().any(|alarm| alarm.key == ALARM)
        {
            let mut tx = self.store.begin().await?;
            tx.clear_alarm(ALARM).await?;
            tx.commit().await?;
        }
        Ok(queued)
    }

    /// Decides about one contact; true when a receipt was queued.
    async fn decide(&self, id: ContactId, on_since: Timestamp, now: Timestamp) -> Result<bool, ReceiptError> {
        // Before the transaction: inside one, nothing may wait for a second connection.
        let Some(contact) = self.store.contact(id).await? else { return Ok(false) };
        let Some(reference) = contact.case else { return Ok(false) };
        let Some(case) = self.store.case_by_ref(reference).await? else { return Ok(false) };
        let fields = receipt::fields(&self.store.contact_head(id).await?);
        let mailbox = self.store.contact_mailbox(id).await?;
        let mut tx = self.store.begin().await?;
        let last_to_sender = match &contact.reading.from {
            Some(from) => tx.last_receipt_to(from).await?,
            None => None,
        };
        let hour = now.saturating_sub(COUNTED_IN).unwrap_or(now);
        let decided = receipt::decide(Facts {
            contact: &contact,
            fields: &fields,
            ours: &self.ours,
            acknowledged: case.current.acknowledged.is_some(),
            last_to_sender,
            in_the_last_hour: tx.receipts_sent_since(hour, &mailbox).await?,
            per_hour: self.per_hour,
            on_since,
            now,
        });
        // One that cannot be written is withheld, not tried for ever.
        let written = match &decided {
            Ok(to) => self.message(&contact, case.id, to, now),
            Err(_) => Ok(None),
        };
        let outcome = match (&decided, &written) {
            (Ok(to), Ok(Some(_))) => ReceiptOutcome::Sent(to),
            (Err(why), _) => ReceiptOutcome::Withheld(why.key()),
            _ => ReceiptOutcome::Withheld("unwritable"),
        };
        if !tx.note_receipt(id, outcome, &mailbox, now).await? {
            return Ok(false);
        }
        if decided == Err(Withheld::Breaker) {
            let text = format!(
                "Automatic receipts for mail to '{mailbox}' have stopped: {} went out within an hour, the most that \
                 [receipt] per_hour allows. Whoever writes meanwhile gets none, now or later; cases are opened as ever. \
                 Look among the newest contacts for a machine that answers by itself. Receipts go on by themselves \
                 when fewer have gone out within the hour.",
                self.per_hour
            );
            // Once for each time it trips: whoever is withheld one afterwards has a line of their own.
            if tx.raise_alarm(ALARM, &text, now).await? == AlarmRaised::New {
                tracing::error!(mailbox, "Too many receipts within an hour; no more go out for now");
            }
        }
        if let Ok(Some(message)) = &written {
            tx.queue(message).await?;
        }
        tx.commit().await?;
        match (&decided, &written) {
            (Err(why), _) => tracing::info!(contact.id = id.0, reason = %why, "No receipt"),
            (Ok(_), Err(error)) => tracing::warn!(contact.id = id.0, error = %error, "A receipt could not be written"),
            (Ok(_), Ok(_)) => tracing::info!(contact.id = id.0, case.ref = %reference, "Receipt queued"),
        }
        Ok(matches!(outcome, ReceiptOutcome::Sent(_)))
    }

    /// The complete message: an answer to the contact that says of itself that a machine wrote it.
    fn message(
        &self,
        contact: &Contact,
        case: CaseId,
        to: &EmailAddress,
        now: Timestamp,
    ) -> Result<Option<NewMessage>, ReceiptError> {
        let Some(reference) = contact.case else { return Ok(None) };
        let (from, name) = &self.from;
        let domain = from.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let today = words::london_date(now);
        let view = ReceiptView::new(reference, contact.received_at, today, &self.landlord);
        let rendered = self.templates.render(&view)?;
        let reading = &contact.reading;
        let composed = message::compose(&MessageParts {
            from: (name.clone(), from.clone()),
            to: (String::new(), to.clone()),
            reply_to: self.reply_to.clone(),
            subject: rendered.subject,
            text: rendered.text,
            html: Some(rendered.html),
            message_id: message::new_message_id(self.store.token_key(), domain)?,
            date: now,
            references: reading.answers.iter().rev().cloned().chain(reading.message_id.clone()).collect(),
            in_reply_to: reading.message_id.clone(),
            kind: MessageKind::Receipt,
        })?;
        Ok(Some(NewMessage {
            kind: store::MessageKind::Receipt,
            letter: None,
            case: Some(case),
            dedupe_key: format!("receipt-{}", contact.id),
            envelope_from: from.clone(),
            envelope_to: to.clone(),
            message_id: composed.message_id,
            bytes: composed.bytes,
            at: now,
        }))
    }
}
