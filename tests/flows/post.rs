//! Letters on paper: sent once their posting is recorded, never unseen until then, and taken back when the post
//! returns them.

use complaintsd::casework::{CaseworkError, Destination, Email};
use complaintsd::domain::case::Case;
use complaintsd::domain::channel::{Channel, Entered, Taken};
use complaintsd::domain::circumstances::{LetterFormat, Preferences, PreferredContact};
use complaintsd::domain::commands::{CaseCommand, PeopleCommand, PostRefusal, Refusal};
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::delivery::Handover;
use complaintsd::domain::events::{CaseEvent, PostEvent};
use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::post::{PostalAddress, Posting};
use complaintsd::ingest;
use complaintsd::outbox::Sent;
use complaintsd::store::{Letter, OutboxState, Waits};
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::support::clock::{at, morning};
use crate::support::scene::{Scene, stories, word_lists};

stories!(
    a_letter_on_paper_is_sent_when_its_posting_is_recorded_and_dates_count_from_then,
    a_resident_without_email_is_written_to_by_post,
    what_nobody_has_posted_is_reminded_of_and_alarmed,
    when_the_mail_server_fails_shortly_before_the_date_the_letter_can_be_posted,
    an_email_that_is_being_handed_over_is_not_called_back_and_both_are_on_record,
    post_that_came_back_weeks_later_counts_as_not_sent,
    a_letter_that_waits_to_be_posted_can_be_withdrawn,
);

const MON_2_NOV: Date = date(2026, 11, 2);
const THU_5_NOV: Date = date(2026, 11, 5);
const FRI_6_NOV: Date = date(2026, 11, 6);
const MON_9_NOV: Date = date(2026, 11, 9);
const FRI_20_NOV: Date = date(2026, 11, 20);
const MON_7_DEC: Date = date(2026, 12, 7);

fn mill_lane() -> PostalAddress {
    "12 Mill Lane, Exampleton, EX1 2AB".parse().unwrap()
}

fn posted(at: Timestamp) -> Posting {
    Posting { at, by: "Sam Hill".to_owned(), class: String::new() }
}

async fn record(scene: &Scene, case: &Case, command: PeopleCommand) {
    scene.casework().act(&scene.officer, case.reference, CaseCommand::People(command)).await.unwrap();
}

async fn prefers_post(scene: &Scene, case: &Case) {
    let (contact, format) = (PreferredContact::Post, LetterFormat::Standard);
    record(scene, case, PeopleCommand::Prefer(Preferences { contact, format, language: String::new() })).await;
}

/// An acknowledgement that is approved and waits to be posted.
async fn to_be_posted(scene: &mut Scene) -> (Case, Letter) {
    let (case, letter) = scene.a_complaint().await;
    prefers_post(scene, &case).await;
    record(scene, &case, PeopleCommand::Postal(mill_lane())).await;
    scene.write(letter.id).await;
    scene.approve(letter.id).await.unwrap();
    (scene.now(&case).await, scene.letter(letter.id).await)
}

async fn alarm(scene: &Scene, letter: LetterId) -> Option<String> {
    let key = format!("unsent-{letter}");
    scene.store.alarms().await.unwrap().into_iter().find(|alarm| alarm.key == key).map(|alarm| alarm.text)
}

fn refused(done: Result<Email, CaseworkError>) -> PostRefusal {
    match done {
        Err(CaseworkError::Refused(Refusal::Post(refusal))) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Issue 5: approval makes the PDF, and only the recorded posting makes the letter sent.
async fn a_letter_on_paper_is_sent_when_its_posting_is_recorded_and_dates_count_from_then(scene: &mut Scene) {
    scene.post.classes = vec!["First class".to_owned(), "Signed for".to_owned()];
    scene.clock.set(morning(THU_5_NOV));
    let (case, letter) = scene.a_complaint().await;
    prefers_post(scene, &case).await;
    scene.write(letter.id).await;
    let nowhere = scene.approve(letter.id).await;
    assert!(matches!(nowhere, Err(CaseworkError::Refused(Refusal::NoPostalAddress))), "{nowhere:?}");
    record(scene, &case, PeopleCommand::Postal(mill_lane())).await;
    let draft = scene.casework().posted(&scene.officer, letter.id, posted(scene.clock_now())).await;
    assert_eq!(refused(draft), PostRefusal::NotApproved);

    scene.approve(letter.id).await.unwrap();
    let approved = scene.clock_now();
    assert_eq!(scene.letter(letter.id).await.state, LetterState::Approved);
    assert!(scene.store.outbox_message(letter.id).await.unwrap().is_none(), "no e-mail");
    assert_eq!(scene.send().await, Sent::default());
    assert_eq!(scene.now(&case).await.current.acknowledged, None, "approved is not posted");
    let pdf = scene.store.print_of(letter.id).await.unwrap().unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let unsent = scene.store.unsent().await.unwrap();
    assert_eq!(unsent.iter().map(|one| (one.letter, &one.waits)).collect::<Vec<_>>(), [(letter.id, &Waits::Post)]);
    // Where it goes is settled: an address recorded since is for the next letter.
    record(scene, &case, PeopleCommand::Postal("1 New Road, Exampleton".parse().unwrap())).await;

    let (half_past_four, next_morning) = (at(THU_5_NOV, 16, 30), morning(FRI_6_NOV));
    scene.clock.set(next_morning);
    let class = |class: &str, at| Posting { class: class.to_owned(), ..posted(at) };
    for (posting, expected) in [
        (class("First class", approved - jiff::SignedDuration::from_mins(1)), PostRefusal::BeforeApproval(approved)),
        (class("First class", at(FRI_6_NOV, 18, 0)), PostRefusal::InTheFuture),
        (class("", half_past_four), PostRefusal::UnknownClass(scene.post.classes.clone())),
        (Posting { by: " ".to_owned(), ..class("First class", half_past_four) }, PostRefusal::NobodyPostedIt),
    ] {
        assert_eq!(refused(scene.casework().posted(&scene.officer, letter.id, posting).await), expected);
    }
    assert_eq!(scene.letter(letter.id).await.state, LetterState::Approved, "nothing was recorded");

    let posting = class("First class", half_past_four);
    assert_eq!(scene.casework().posted(&scene.officer, letter.id, posting.clone()).await.unwrap(), Email::None);
    let sent = scene.letter(letter.id).await;
    assert_eq!((sent.state, sent.sent_at), (LetterState::Sent, Some(half_past_four)));
    let case = scene.now(&case).await;
    assert_eq!(case.current.acknowledged.unwrap().at, half_past_four);
    let thu_19_nov = date(2026, 11, 19);
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(thu_19_nov))), "counted from the day of posting");
    let events = scene.events(&case).await;
    let recorded = events.iter().find_map(|event| match event {
        CaseEvent::Post(PostEvent::Posted { posting, address, .. }) => Some((posting.clone(), address.clone())),
        _ => None,
    });
    assert_eq!(recorded, Some((posting.clone(), mill_lane())));
    let post = scene.store.post(letter.id).await.unwrap().unwrap();
    assert_eq!((post.posting, post.address), (Some(posting.clone()), mill_lane()));
    assert_eq!(scene.store.print_of(letter.id).await.unwrap().unwrap(), pdf, "as it was approved");
    let twice = scene.casework().posted(&scene.officer, letter.id, posting).await;
    assert_eq!(refused(twice), PostRefusal::SentAlready);
    assert!(scene.store.unsent().await.unwrap().is_empty());
}

async fn a_resident_without_email_is_written_to_by_post(scene: &mut Scene) {
    let entry = Entered {
        taken: Taken { channel: Channel::Letter, by: "Reception".to_owned() },
        received_at: scene.clock_now(),
        name: "Ann Poole".to_owned(),
        email: None,
        reach: String::new(),
        postal: Some(mill_lane()),
        subject: String::new(),
        text: "The wall is wet again.".to_owned(),
        files: Vec::new(),
        once: "1".to_owned(),
    };
    let reader = (ingest::read as complaintsd::casework::Reader, &word_lists());
    let casework = scene.casework();
    let (contact, _) = casework.enter_contact(&scene.officer, &entry, &Destination::OpenCase, reader).await.unwrap();
    assert!(scene.store.contact(contact).await.unwrap().unwrap().reading.text.contains("12 Mill Lane"));
    let case = scene.cases().await.pop().unwrap();
    assert_eq!(case.people.postal.as_ref().unwrap().address, mill_lane());
    scene.draft().await;
    let letter = scene.letters(&case, LetterKind::StageOneAcknowledgement).await.pop().unwrap();
    scene.write(letter.id).await;
    scene.approve(letter.id).await.unwrap();
    let post = scene.store.post(letter.id).await.unwrap().unwrap();
    assert_eq!((post.address, post.posting), (mill_lane(), None));
}

async fn what_nobody_has_posted_is_reminded_of_and_alarmed(scene: &mut Scene) {
    scene.clock.set(morning(THU_5_NOV));
    let (_, letter) = to_be_posted(scene).await;
    let told = |scene: &Scene| {
        let subject = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains("Post the stage 1 acknowledgement");
        scene.courier.given_to("priya@landlord.example").iter().filter(|bytes| subject(bytes)).count()
    };
    for _ in 0..2 {
        scene.reminders().run_once().await.unwrap();
        scene.send().await;
        assert_eq!((told(scene), alarm(scene, letter.id).await), (1, None), "a day is left");
    }
    scene.clock.set(at(FRI_6_NOV, 14, 30));
    scene.reminders().run_once().await.unwrap();
    scene.send().await;
    assert_eq!(told(scene), 2);
    let text = alarm(scene, letter.id).await.unwrap();
    assert!(text.contains("waits to be posted. It must go today: 2 hours 30 working minutes left"), "{text}");
    assert!(text.contains(&format!("https://complaints.landlord.example/letters/{}", letter.id)), "{text}");
    scene.clock.set(morning(MON_9_NOV));
    scene.reminders().run_once().await.unwrap();
    let text = alarm(scene, letter.id).await.unwrap();
    assert!(text.contains("It should have gone by Friday 6 November 2026"), "{text}");

    scene.casework().posted(&scene.officer, letter.id, posted(scene.clock_now())).await.unwrap();
    assert_eq!(alarm(scene, letter.id).await, None);
}

/// Lesson 45: the mail server refuses at five to five on the day.
async fn when_the_mail_server_fails_shortly_before_the_date_the_letter_can_be_posted(scene: &mut Scene) {
    let (case, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;
    scene.clock.set(at(MON_9_NOV, 16, 54));
    scene.draft().await;
    scene.approve(letter.id).await.unwrap();
    scene.courier.will_answer([Handover::TemporaryFailure("connection refused".to_owned())]);
    scene.send().await;
    scene.clock.set(at(MON_9_NOV, 16, 55));
    scene.reminders().run_once().await.unwrap();
    let text = alarm(scene, letter.id).await.unwrap();
    let expected = "The mail server has not taken it. It must go today: 5 working minutes left before the last post at \
                    5:00pm. Print it, post it and record that on its page";
    assert!(text.to_lowercase().contains(&expected.to_lowercase()), "{text}");
    assert!(text.contains(&case.reference.to_string()) && text.contains("connection refused"), "{text}");

    let casework = scene.casework();
    let nowhere = casework.posted(&scene.officer, letter.id, posted(scene.clock_now())).await;
    assert!(matches!(nowhere, Err(CaseworkError::Refused(Refusal::NoPostalAddress))), "{nowhere:?}");
    record(scene, &case, PeopleCommand::Postal(mill_lane())).await;
    scene.clock.set(at(MON_9_NOV, 17, 10));
    let posting = posted(at(MON_9_NOV, 16, 59));
    assert_eq!(casework.posted(&scene.officer, letter.id, posting).await.unwrap(), Email::Withdrawn);
    assert_eq!(scene.now(&case).await.current.acknowledged.unwrap().at, at(MON_9_NOV, 16, 59));
    assert_eq!(alarm(scene, letter.id).await, None);
    assert!(scene.store.print_of(letter.id).await.unwrap().unwrap().starts_with(b"%PDF-"), "kept as it was posted");
    let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
    assert_eq!(message.state, OutboxState::Failed);
    assert!(message.answer.unwrap().contains("posted instead"));
    // The mail server is back: the letter has gone, once.
    let before = scene.courier.given_to("ann@example.org").len();
    scene.clock.set(morning(FRI_20_NOV));
    scene.send().await;
    assert_eq!(scene.courier.given_to("ann@example.org").len(), before);
}

async fn an_email_that_is_being_handed_over_is_not_called_back_and_both_are_on_record(scene: &mut Scene) {
    let (case, letter) = scene.an_approved_acknowledgement().await;
    record(scene, &case, PeopleCommand::Postal(mill_lane())).await;
    let mut tx = scene.store.begin().await.unwrap();
    let message = tx.claim(scene.clock_now(), 1).await.unwrap().pop().unwrap();
    tx.mark_handed(message.id, scene.clock_now()).await.unwrap();
    tx.commit().await.unwrap();
    let posting = posted(scene.clock_now());
    let email = scene.casework().posted(&scene.officer, letter.id, posting.clone()).await.unwrap();
    assert_eq!(email, Email::UnderWay);
    scene.clock.set(at(MON_2_NOV, 12, 0));
    scene.outbox().record(&message, &Handover::Accepted("250 Ok".to_owned())).await.unwrap();
    let sent = scene.letter(letter.id).await;
    assert_eq!((sent.state, sent.sent_at), (LetterState::Sent, Some(posting.at)), "the first counts");
    let log = scene.store.delivery_log(message.id).await.unwrap();
    assert_eq!(log.last().unwrap().result, "accepted", "and the other stands in the log");
}

/// Lesson 46: the printer or the post reports weeks later.
async fn post_that_came_back_weeks_later_counts_as_not_sent(scene: &mut Scene) {
    let (case, letter) = to_be_posted(scene).await;
    let casework = scene.casework();
    let back = |on, reason: &str| casework.returned(&scene.officer, letter.id, on, reason.to_owned());
    assert!(back(MON_2_NOV, "gone away").await.unwrap_err().to_string().contains("has not gone by post"));
    casework.posted(&scene.officer, letter.id, posted(scene.clock_now())).await.unwrap();
    scene.clock.set(morning(MON_7_DEC));
    for (on, reason, expected) in [
        (date(2026, 11, 1), "gone away", "cannot have come back before"),
        (date(2026, 12, 8), "gone away", "has not come yet"),
        (MON_7_DEC, " ", "what the post says"),
    ] {
        let fault = back(on, reason).await.unwrap_err().to_string();
        assert!(fault.contains(expected), "{fault}");
    }
    back(MON_7_DEC, "addressee gone away").await.unwrap();

    assert_eq!(scene.letter(letter.id).await.state, LetterState::NotDelivered);
    let now = scene.now(&case).await;
    assert_eq!((now.current.acknowledged, now.current.response_due), (None, None));
    assert_eq!(now.next_deadline(), Some((Duty::Acknowledge, Some(MON_9_NOV))), "the clock was not met");
    assert!(scene.alarms().await.contains(&format!("undelivered-{}", case.reference)));
    let last = scene.events(&case).await.pop().unwrap().in_words();
    assert!(
        last.contains("came back by post on 7 December 2026: addressee gone away") && last.contains("another address")
    );
    back(MON_7_DEC, "again").await.unwrap_err();

    // A new letter asks for another address, and goes there.
    scene.draft().await;
    let next = scene.letters(&case, LetterKind::StageOneAcknowledgement).await.pop().unwrap();
    assert_ne!(next.id, letter.id);
    scene.write(next.id).await;
    let nowhere = scene.approve(next.id).await;
    assert!(matches!(nowhere, Err(CaseworkError::Refused(Refusal::NoPostalAddress))), "{nowhere:?}");
    record(scene, &case, PeopleCommand::Postal("1 New Road, Exampleton".parse().unwrap())).await;
    scene.approve(next.id).await.unwrap();
    casework.posted(&scene.officer, next.id, posted(scene.clock_now())).await.unwrap();
    assert!(!scene.alarms().await.contains(&format!("undelivered-{}", case.reference)));
}

async fn a_letter_that_waits_to_be_posted_can_be_withdrawn(scene: &mut Scene) {
    let (case, letter) = to_be_posted(scene).await;
    let casework = scene.casework();
    let withdraw = |reason: &str| casework.withdraw(&scene.officer, letter.id, reason.to_owned());
    assert!(withdraw(" ").await.unwrap_err().to_string().contains("why it is not posted"));
    withdraw("The address has changed.").await.unwrap();
    assert_eq!(scene.letter(letter.id).await.state, LetterState::NotDelivered);
    let words = scene.events(&case).await.pop().unwrap().in_words();
    assert!(words.contains("withdrawn before it was posted: The address has changed."), "{words}");
    assert_eq!(scene.now(&case).await.on_the_way, None);
    scene.draft().await;
    assert_eq!(scene.letters(&case, LetterKind::StageOneAcknowledgement).await.len(), 2);

    let (_, by_email) = scene.an_approved_acknowledgement().await;
    let fault = casework.withdraw(&scene.officer, by_email.id, "No.".to_owned()).await.unwrap_err();
    assert!(fault.to_string().contains("goes by e-mail"), "{fault}");
}
