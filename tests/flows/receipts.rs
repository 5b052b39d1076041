//! The automatic receipt: a person gets one, it acknowledges nothing, and no machine keeps it going.

use complaintsd::domain::contact::ContactKind;
use complaintsd::domain::delivery::Handover;
use complaintsd::ingest::{self, Ingest, Logbook};
use complaintsd::receipts::Receipts;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, address, mail, stories};

stories!(
    a_person_who_writes_gets_one_that_acknowledges_nothing,
    machines_lists_and_what_an_officer_opens_get_none,
    a_sender_gets_one_in_24_hours,
    the_breaker_stops_them_raises_an_alarm_and_lets_them_go_on,
    a_receipt_that_is_refused_is_no_alarm,
    switched_on_they_go_to_nobody_who_wrote_before,
    two_instances_do_not_go_on_answering_each_other,
    a_robot_that_strips_headers_and_answers_everything_is_answered_once,
);

const OURS: &str = "complaints@landlord.example";

fn letter_of(number: usize) -> Vec<u8> {
    let (from, id) = (format!("Ann <ann{number}@example.org>"), format!("<{number}@mail.example.org>"));
    mail(&[("Return-Path", &format!("<ann{number}@example.org>")), ("From", &from), ("Message-ID", &id)], "Wet wall.")
}

/// Logs what has arrived, queues receipts and sends them; how many receipts there were.
async fn round(scene: &mut Scene) -> usize {
    scene.poll().await;
    let queued = scene.receipts(60).run_once().await.unwrap();
    assert_eq!(scene.receipts(60).run_once().await.unwrap(), 0, "never twice");
    scene.send().await;
    queued
}

/// Lessons 35; the Code, 6.2: a receipt is never an acknowledgement.
async fn a_person_who_writes_gets_one_that_acknowledges_nothing(scene: &mut Scene) {
    scene.arrives(&letter_of(1));
    scene.poll().await;
    let before = scene.cases().await.pop().unwrap();
    let events = scene.events(&before).await;
    assert_eq!(round(scene).await, 1);
    let bytes = scene.courier.given_to("ann1@example.org").pop().unwrap();
    let (head, read) = (String::from_utf8_lossy(&bytes).into_owned(), ingest::read(&bytes));
    for line in [
        "Auto-Submitted: auto-replied\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "In-Reply-To: <1@mail.example.org>\r\n",
        "References: <1@mail.example.org>\r\n",
    ] {
        assert!(head.contains(line), "{line} is missing: {head}");
    }
    assert!(read.subject.contains(&before.reference.to_string()), "{}", read.subject);
    assert!(read.text.contains("not yet our acknowledgement"), "{}", read.text);
    assert!(!read.text.contains("Wet wall") && !read.text.contains("Ann"), "nothing of the sender's comes back");
    let (envelope, _) = scene.courier.given().pop().unwrap();
    assert_eq!(envelope.from.as_str(), OURS, "failures come back to where they are never answered");

    let after = scene.now(&before).await;
    assert_eq!(after, before, "no date moves");
    assert_eq!(after.current.acknowledged, None);
    assert_eq!(scene.events(&before).await, events, "and nothing has happened to the case");
    // The acknowledgement is still to come, and still reminded of.
    scene.draft().await;
    scene.clock.set(morning(date(2026, 11, 9)));
    assert!(!scene.reminders().run_once().await.unwrap().is_empty());
}

/// Lessons 17, 35, 37, 38.
async fn machines_lists_and_what_an_officer_opens_get_none(scene: &mut Scene) {
    for (place, headers) in [
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("List-Id", "<residents.example.org>"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Return-Path", "<>"),
        ("Return-Path", "<relay@forms.example.com>"),
    ]
    .into_iter()
    .enumerate()
    {
        let (from, id) = (format!("web{place}@example.org"), format!("<m{place}@forms.example.org>"));
        scene.arrives(&mail(&[headers, ("From", &from), ("Message-ID", &id)], "My ceiling is wet, please help."));
    }
    scene.arrives(&mail(&[("From", "noreply@example.org"), ("Message-ID", "<n@x.example>")], "A web form"));
    scene.arrives(&mail(&[("From", OURS), ("Message-ID", "<o@x.example>")], "A colleague writes"));
    scene.arrives(&mail(&[("Message-ID", "<p@x.example>")], "Nobody writes"));
    assert_eq!(round(scene).await, 0);
    let contacts = scene.contacts().await;
    assert_eq!(contacts.len(), 9);
    let opened = contacts.iter().filter(|contact| contact.case.is_some()).count();
    let new = contacts.iter().filter(|contact| contact.sorted.kind == ContactKind::New).count();
    assert_eq!(contacts.iter().filter(|contact| contact.sorted.kind == ContactKind::Forwarded).count(), 1, "from OURS");
    assert_eq!(opened, new + 1, "a person's message that looks automatic loses nothing but the receipt");

    let junk = scene.junk(scene.clock_now(), "bea@example.org", "Wet").await;
    let asked = complaintsd::domain::decision::Asked {
        choice: complaintsd::domain::decision::Choice::OpenCase(complaintsd::domain::decision::Complainant::Sender),
        reason: "A complaint".to_owned(),
        seen: None,
    };
    scene.casework().decide_contact(&scene.officer, junk, &asked).await.unwrap();
    assert_eq!(round(scene).await, 0, "junk is never answered by itself");
}

/// Lessons 36.
async fn a_sender_gets_one_in_24_hours(scene: &mut Scene) {
    let again = |number: usize| {
        let id = format!("<again{number}@mail.example.org>");
        mail(&[("From", "ANN1@example.org"), ("Message-ID", &id)], "Me again.")
    };
    scene.arrives(&letter_of(1));
    assert_eq!(round(scene).await, 1);
    scene.clock.forward(SignedDuration::from_hours(23));
    scene.arrives(&again(1));
    assert_eq!(round(scene).await, 0);
    scene.clock.forward(SignedDuration::from_hours(2));
    scene.arrives(&again(2));
    assert_eq!(round(scene).await, 1);
    // What came in while they were off, or while nothing ran, is not answered a day later.
    scene.arrives(&letter_of(9));
    scene.poll().await;
    scene.clock.forward(SignedDuration::from_hours(25));
    assert_eq!(round(scene).await, 0);
}

/// Lessons 36: so many an hour from each mailbox, then an alarm.
async fn the_breaker_stops_them_raises_an_alarm_and_lets_them_go_on(scene: &mut Scene) {
    for number in 0..8 {
        scene.arrives(&letter_of(number));
    }
    scene.poll().await;
    assert_eq!(scene.receipts(5).run_once().await.unwrap(), 5);
    assert_eq!(scene.alarms().await, ["receipts"]);
    assert_eq!(scene.receipts(5).run_once().await.unwrap(), 0);
    assert_eq!(scene.alarms().await, ["receipts"], "it stands while the hour lasts");
    assert_eq!(scene.cases().await.len(), 8, "nobody loses more than the receipt");
    let mut other = scene.mailbox("second");
    scene.arrives_in("second", &letter_of(20));
    scene.ingest().run_once(&mut other, &|_| ()).await.unwrap();
    assert_eq!(scene.receipts(5).run_once().await.unwrap(), 1, "another mailbox has its own count");
    scene.clock.forward(SignedDuration::from_mins(61));
    scene.arrives(&letter_of(21));
    scene.poll().await;
    assert_eq!(scene.receipts(5).run_once().await.unwrap(), 1);
    assert!(scene.alarms().await.is_empty());
}

/// Nobody who wrote this morning is told at noon, all at once, that their mail is here.
async fn switched_on_they_go_to_nobody_who_wrote_before(scene: &mut Scene) {
    scene.arrives(&letter_of(1));
    scene.poll().await;
    scene.clock.forward(SignedDuration::from_hours(2));
    assert_eq!(round(scene).await, 0, "switched on just now");
    scene.clock.forward(SignedDuration::from_hours(1));
    scene.arrives(&letter_of(2));
    assert_eq!(round(scene).await, 1);

    scene.store.receipts_off().await.unwrap();
    scene.clock.forward(SignedDuration::from_hours(1));
    scene.arrives(&letter_of(3));
    scene.poll().await;
    scene.clock.forward(SignedDuration::from_hours(1));
    assert_eq!(round(scene).await, 0, "nor who wrote while they were off in between");
}

async fn a_receipt_that_is_refused_is_no_alarm(scene: &mut Scene) {
    scene.arrives(&letter_of(1));
    scene.courier.will_answer([Handover::PermanentFailure("550 5.1.1 no such user".to_owned())]);
    assert_eq!(round(scene).await, 1);
    assert!(scene.alarms().await.is_empty());
}

/// Delivers what `from` has sent since to `to`, without the headers by which machines know each other.
fn deliver_stripped(from: &Scene, seen: &mut usize, to: &Scene) -> usize {
    let given = from.courier.given();
    let new = &given[*seen..];
    *seen = given.len();
    for (_, bytes) in new {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ");
        let told = ["auto-submitted", "x-auto-response-suppress", "in-reply-to", "references"];
        let kept = |line: &&str| !told.iter().any(|name| line.to_lowercase().starts_with(name));
        let head: Vec<&str> = unfolded.lines().filter(kept).collect();
        to.arrives(format!("{}\r\n\r\n{body}", head.join("\r\n")).as_bytes());
    }
    new.len()
}

/// Lessons 33, 36: two instances mailing each other through something that strips every header.
async fn two_instances_do_not_go_on_answering_each_other(scene: &mut Scene) {
    let mut other = Scene::on_sqlite().await;
    let theirs = "help@other.example";
    scene.arrives(&mail(&[("From", theirs), ("Message-ID", "<start@other.example>")], "Hello?"));
    let (mut sent_by_us, mut sent_by_them, mut mails) = (0, 0, 0);
    for _ in 0..10 {
        round(scene).await;
        mails += deliver_stripped(scene, &mut sent_by_us, &other);
        let logbook = Logbook { ours: vec![address(theirs)], ..other.logbook(ingest::read) };
        let ingest = Ingest::new(other.store.clone(), logbook.clock.clone(), logbook);
        ingest.run_once(&mut other.source, &|_| ()).await.unwrap();
        let receipts =
            Receipts { from: (address(theirs), "Other".to_owned()), ours: vec![address(theirs)], ..other.receipts(60) };
        receipts.run_once().await.unwrap();
        other.send().await;
        mails += deliver_stripped(&other, &mut sent_by_them, scene);
        scene.clock.forward(SignedDuration::from_mins(30));
        other.clock.forward(SignedDuration::from_mins(30));
    }
    assert_eq!(mails, 2, "one each, and the loop is dead");
    assert!(scene.alarms().await.is_empty());
}

/// Lessons 36.
async fn a_robot_that_strips_headers_and_answers_everything_is_answered_once(scene: &mut Scene) {
    let robot = |number: usize| {
        let (id, subject) = (format!("<{number}@robot.example>"), format!("Re: Re: Ticket {number}"));
        mail(&[("From", "robot@robot.example"), ("Message-ID", &id), ("Subject", &subject)], "We got your mail!")
    };
    scene.arrives(&robot(0));
    let mut answered = 0;
    for number in 1..20 {
        if round(scene).await == 0 {
            break;
        }
        answered += 1;
        scene.arrives(&robot(number));
        scene.clock.forward(SignedDuration::from_hours(1));
    }
    assert_eq!(answered, 1);
}
