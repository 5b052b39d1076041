//! Who gets a receipt: a header matrix (lessons 35), limits (36), and people whose mail looks
//! automatic, who get none and lose nothing by it (37).

use super::*;
use crate::domain::contact::{NewContact, Reading, SenderCheck, Sorted};
use crate::domain::ids::ContactId;

const NOW: &str = "2026-11-23T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn contact() -> Contact {
    let new = NewContact {
        received_at: at("2026-11-23T09:59:00Z"),
        intake: Intake::Inbox,
        sorted: Sorted { kind: ContactKind::New, reason: "a person wrote".to_owned(), bounce: None },
        sender: None,
        marks: Vec::new(),
        canonical: None,
        reading: Reading { from: Some("ann@example.org".parse().unwrap()), ..Reading::default() },
    };
    Contact::new(ContactId(1), new)
}

fn facts<'a>(contact: &'a Contact, fields: &'a [Field], ours: &'a [EmailAddress]) -> Facts<'a> {
    Facts {
        contact,
        fields,
        ours,
        acknowledged: false,
        last_to_sender: None,
        in_the_last_hour: 0,
        per_hour: 60,
        on_since: Timestamp::UNIX_EPOCH,
        now: at(NOW),
    }
}

fn with_head(head: &str) -> Result<EmailAddress, Withheld> {
    decide(facts(&contact(), &fields(head.as_bytes()), &[]))
}

fn of(contact: &Contact) -> Result<EmailAddress, Withheld> {
    decide(facts(contact, &[], &["complaints@landlord.example".parse().unwrap()]))
}

#[test]
fn a_person_gets_one() {
    let head = "Return-Path: <Ann@example.org>\r\nReceived: from x\r\n\tby y\r\nFrom: Ann <ann@example.org>\r\n\
        Auto-Submitted: no\r\nPrecedence: normal\r\nX-Auto-Response-Suppress: None\r\n\r\nList-Id: in the text";
    assert_eq!(with_head(head).unwrap().as_str(), "ann@example.org");
    assert!(with_head("").is_ok(), "nothing is said against it");
}

#[test]
fn machines_and_lists_get_none() {
    for head in [
        "Auto-Submitted: auto-replied",
        "auto-submitted:\r\n auto-generated; type=x",
        "Auto-Submitted: (really) auto-notified",
        "Precedence: bulk",
        "PRECEDENCE: List",
        "Precedence: junk",
        "Precedence: auto_reply",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "List-Id: <residents.example.org>",
        "List-Unsubscribe: <mailto:x@example.org>",
        "List-Post: NO",
        "X-Autoreply: yes",
        "X-Loop: ann@example.org",
        "Feedback-ID: 1:2:3",
        "X-Failed-Recipients: x@example.org",
        "Content-Type: multipart/report; report-type=delivery-status",
    ] {
        assert!(matches!(with_head(head), Err(Withheld::Automatic(_))), "{head}");
    }
    for head in ["Return-Path: <>", "Return-Path:", "Return-Path: < >\r\nReturn-Path: <ann@example.org>"] {
        assert_eq!(with_head(head), Err(Withheld::NullReturnPath), "{head}");
    }
    for head in ["Return-Path: <bounces+7@list.example>", "Return-Path: <ann@example.com>", "Return-Path: ann"] {
        assert_eq!(with_head(head), Err(Withheld::OtherReturnPath), "{head}");
    }
    for sender in [
        "MAILER-DAEMON@example.org",
        "no-reply@example.org",
        "NoReply+7@example.org",
        "do_not_reply@example.org",
        "owner-list@example.org",
        "list-request@example.org",
        "bounce-7@example.org",
    ] {
        let mut contact = contact();
        contact.reading.from = Some(sender.parse().unwrap());
        assert_eq!(of(&contact), Err(Withheld::NobodyReads), "{sender}");
    }
}

#[test]
fn what_is_no_new_message_of_a_known_sender_gets_none() {
    for kind in ContactKind::ALL {
        let mut contact = contact();
        contact.sorted.kind = kind;
        assert_eq!(of(&contact).is_ok(), kind == ContactKind::New, "{kind}");
    }
    for intake in Intake::ALL {
        let contact = Contact { intake, ..contact() };
        assert_eq!(of(&contact).is_ok(), intake == Intake::Inbox, "{intake:?}");
    }
    let mut unknown = contact();
    unknown.reading.from = None;
    assert_eq!(of(&unknown), Err(Withheld::UnknownSender));
    let mut ours = contact();
    ours.reading.from = Some("Complaints@landlord.example".parse().unwrap());
    assert_eq!(of(&ours), Err(Withheld::FromUs));
    for verdict in [SenderVerdict::Verified, SenderVerdict::Failed, SenderVerdict::Unknown] {
        let contact = Contact { sender: Some(SenderCheck { verdict, reason: String::new() }), ..contact() };
        assert_eq!(of(&contact).is_ok(), verdict != SenderVerdict::Failed, "{verdict:?}");
    }
    let old = Contact { received_at: at("2026-11-22T09:59:59Z"), ..contact() };
    assert_eq!(of(&old), Err(Withheld::TooLate));
    let known = contact();
    assert_eq!(decide(Facts { acknowledged: true, ..facts(&known, &[], &[]) }), Err(Withheld::Acknowledged));
}

#[test]
fn a_sender_gets_one_in_24_hours_and_a_mailbox_sends_so_many_in_an_hour() {
    let contact = contact();
    let facts = facts(&contact, &[], &[]);
    let earlier = |text: &str| decide(Facts { last_to_sender: Some(at(text)), ..facts });
    assert_eq!(earlier("2026-11-22T10:00:01Z"), Err(Withheld::HadOne));
    assert!(earlier("2026-11-22T10:00:00Z").is_ok());
    assert!(decide(Facts { in_the_last_hour: 59, ..facts }).is_ok());
    assert_eq!(decide(Facts { in_the_last_hour: 60, ..facts }), Err(Withheld::Breaker));
}

#[test]
fn no_head_makes_the_reading_fail() {
    for head in
        [&b"\xff\xfe: \x00"[..], b"", b"\n", b" folded first\nx", b":\n:", b"Return-Path: <\xff>\n", b"a\r\nb:c\r"]
    {
        let _ = decide(facts(&contact(), &fields(head), &[]));
    }
    assert_eq!(fields(b"A: 1\n\t2\r\n\nB: 3"), [Field { name: "a".to_owned(), value: "1 2".to_owned() }]);
}
