//! The mail's part of the story on PostgreSQL, with STARTTLS in and TLS out; the officer acts through
//! casework, as the pages do.

use std::sync::Arc;

use complaintsd::casework::{AcknowledgementForm, Approval, Casework};
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::definition::{Definition, Point, Responsibility};
use complaintsd::domain::letter::LetterKind;
use complaintsd::domain::people::Officer;
use jiff::civil::date;

use super::{COMPLAINT, HANDLER, Landlord, PASSWORD, RESIDENT, TEAM, must_be_complete, parsed};
use crate::support::clock::{TestClock, at};
use crate::support::patience::until;
use crate::support::{dovecot, postgres};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_a_letter_is_sent_once_and_its_answer_joins_the_case() {
    let mut landlord = Landlord::open(Some(&postgres::database()), "tls").await;
    landlord.stop();
    let starttls = format!("port = {}\nsecurity = \"starttls\"", landlord.dovecot.imap_port);
    landlord.service.edit(&format!("port = {}", landlord.dovecot.imaps_port), &starttls);
    landlord.start_at("2026-11-02 09:15:00");
    landlord.dovecot.append(COMPLAINT.as_bytes(), "02-Nov-2026 09:12:00 +0000");

    landlord.letter(LetterKind::StageOneAcknowledgement).await;
    let letter = the_officer_approves(&landlord).await;
    let arrived = landlord.nth_received_by(RESIDENT, 1).await;
    must_be_complete(&arrived, &letter);
    landlord.nth_received_by(TEAM, 1).await;
    until("the acknowledgement", async || {
        let [case] = landlord.store.work_list(2).await.unwrap().try_into().unwrap();
        (case.next_deadline() == Some((Duty::Respond, Some(date(2026, 11, 16))))).then_some(())
    })
    .await;

    let message_id = parsed(&arrived).message_id().unwrap().to_owned();
    landlord.the_resident_answers(&message_id, "02-Nov-2026 11:00:00 +0000").await;
    landlord.nothing_happens_by_itself("2026-11-02 12:00:00").await;
    assert_eq!(landlord.received_by(RESIDENT).len(), 1);
    for secret in [PASSWORD, postgres::PASSWORD, dovecot::PASSWORD] {
        assert!(!landlord.service.log().contains(secret));
    }
}

async fn the_officer_approves(landlord: &Landlord) -> complaintsd::store::Letter {
    landlord.service.set_clock("2026-11-02 10:31:00");
    let clock = Arc::new(TestClock::showing(at(date(2026, 11, 2), 10, 30)));
    let casework = Casework { clock, ..landlord.service.casework().await };
    let handler: Officer =
        casework.store.officers().await.unwrap().into_iter().find(|one| one.email.as_str() == HANDLER).unwrap();
    let draft = landlord.letter(LetterKind::StageOneAcknowledgement).await.id;
    let form = AcknowledgementForm {
        resident_name: "Ms Whitlock".to_owned(),
        resident_email: None,
        definition: Definition {
            points: vec![Point {
                number: 0,
                text: "The damp in the back bedroom has not been treated.".to_owned(),
                responsibility: Responsibility::Ours,
            }],
            outcomes: vec!["The damp is treated.".to_owned()],
        },
        handler: Some(handler.id),
        extra: String::new(),
        adjustments: String::new(),
    };
    casework.save_acknowledgement(&handler, draft, form).await.unwrap();
    let letter = casework.store.letter(draft).await.unwrap().unwrap();
    let approval = Approval { letter: draft, version: letter.version, digest: letter.content.digest };
    casework.approve(&handler, approval).await.unwrap();
    letter
}
