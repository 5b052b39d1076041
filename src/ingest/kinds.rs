//! What is told from what: bounces of many mail systems, automatic mail in many languages, and what must
//! never be taken for either, because a resident wrote it.

use std::fs;
use std::path::Path;

use super::{Ours, read, sort};
use crate::domain::contact::{ContactKind, Failure, Sorted};
use crate::domain::hand_over::WordLists;
use crate::domain::token::TokenKey;

/// Ours in every file of tests/mail/bounces; issued with this key.
const LETTER: &str = "a4dqobyha4dqobyha4dqobyha4dqobyh.7pzrmafhltamxbrf462ypyhhmi@landlord.example";

fn ours() -> Ours {
    Ours { addresses: vec!["complaints@landlord.example".parse().unwrap()], key: TokenKey::new([1; 32]) }
}

fn sorted(bytes: &[u8]) -> Sorted {
    sort(bytes, &read(bytes), &ours())
}

fn bounced(name: &str) -> Sorted {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/bounces");
    sorted(&fs::read(folder.join(format!("{name}.eml"))).unwrap())
}

/// The files, and the status of the recipient ann@example.org in each.
const BOUNCES: [(&str, Option<&str>, Failure); 32] = [
    ("postfix", Some("5.1.1"), Failure::Permanent),
    ("exchange-online", Some("5.1.10"), Failure::Permanent),
    ("exchange-online-nothing-returned", Some("5.2.2"), Failure::Permanent),
    ("gmail", Some("5.1.1"), Failure::Permanent),
    ("gmail-text", Some("5.7.1"), Failure::Permanent),
    ("qmail", Some("5.1.1"), Failure::Permanent),
    ("qmail-two", Some("5.1.1"), Failure::Permanent),
    ("exim", Some("5.1.1"), Failure::Permanent),
    ("exim-no-code", None, Failure::Permanent),
    ("exim-retry-timeout", Some("4.2.2"), Failure::Temporary),
    ("sendmail", Some("5.1.1"), Failure::Permanent),
    ("sendmail-text", Some("5.1.1"), Failure::Permanent),
    ("yahoo", Some("5.7.9"), Failure::Permanent),
    ("yahoo-standard", Some("5.2.2"), Failure::Permanent),
    ("mailgun", Some("5.0.0"), Failure::Permanent),
    ("ses", Some("5.3.0"), Failure::Permanent),
    ("courier", Some("5.0.0"), Failure::Permanent),
    ("domino", None, Failure::Permanent),
    ("groupwise", None, Failure::Permanent),
    ("mailenable", Some("5.1.1"), Failure::Permanent),
    ("exchange-2003", Some("5.1.1"), Failure::Permanent),
    ("outlook-text", Some("5.1.10"), Failure::Permanent),
    ("postfix-text", None, Failure::Permanent),
    ("opensmtpd", Some("5.1.1"), Failure::Permanent),
    ("kundenserver", Some("5.1.1"), Failure::Permanent),
    ("mimecast", Some("5.4.1"), Failure::Permanent),
    ("base64-status", Some("5.1.1"), Failure::Permanent),
    ("internationalised", Some("5.1.1"), Failure::Permanent),
    ("gave-up", Some("4.4.1"), Failure::Temporary),
    ("through-an-alias", Some("5.2.2"), Failure::Permanent),
    ("status-in-diagnostic-only", Some("5.7.1"), Failure::Permanent),
    ("one-of-two", Some("5.1.1"), Failure::Permanent),
];

const DELAYS: [(&str, &str); 3] = [("delay-postfix", "4.4.1"), ("delay-exim", "4.7.1"), ("delay-sendmail", "4.3.0")];

/// lessons 39.
#[test]
fn every_bounce_names_its_recipient_status_and_letter_exactly() {
    let mut wrong = Vec::new();
    for (name, status, failure) in BOUNCES {
        let found = bounced(name);
        let bounce = found.bounce.clone().unwrap_or_default();
        let named: Vec<_> =
            bounce.recipients.iter().map(|one| (one.address.as_str(), one.status.as_deref(), one.failure)).collect();
        let mut expected = vec![("ann@example.org", status, failure)];
        if name == "qmail-two" {
            expected.push(("ben@example.org", Some("5.2.2"), Failure::Permanent));
        }
        if (found.kind, named.as_slice(), bounce.original_message_id.as_deref())
            != (ContactKind::Bounce, expected.as_slice(), Some(LETTER))
        {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), BOUNCES.len(), wrong.join("\n"));
}

#[test]
fn every_bounce_of_the_corpus_is_in_the_table_and_explained() {
    let readme = include_str!("../../tests/mail/README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/bounces");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let known =
            BOUNCES.iter().any(|(bounce, ..)| *bounce == name) || DELAYS.iter().any(|(delay, _)| *delay == name);
        assert!(known, "{name}");
        assert!(
            readme.contains(&format!("`bounces/{name}.eml`")),
            "tests/mail/README.md does not say why {name}.eml exists"
        );
    }
}

/// lessons 39: a delay is no failure.
#[test]
fn a_delay_is_told_from_a_failure() {
    for (name, status) in DELAYS {
        let found = bounced(name);
        assert_eq!(found.kind, ContactKind::DeliveryDelay, "{name}: {found:?}");
        let bounce = found.bounce.unwrap();
        let one = &bounce.recipients[0];
        assert_eq!(
            (one.address.as_str(), one.status.as_deref(), one.failure),
            ("ann@example.org", Some(status), Failure::Temporary),
            "{name}"
        );
        assert_eq!(bounce.original_message_id.as_deref(), Some(LETTER), "{name}");
    }
}

fn message(headers: &str, subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: Ann Poole <ann@example.org>\r\nTo: complaints@landlord.example\r\nSubject: {subject}\r\n\
         Message-ID: <m@example.org>\r\nDate: Mon, 2 Nov 2026 09:14:00 +0000\r\n{headers}\r\n{text}\r\n"
    )
    .into_bytes()
}

/// lessons 37: 0 false bounces, 0 complaints lost to headers.
#[test]
fn a_residents_complaint_is_new_whatever_headers_it_comes_under() {
    let headers = [
        "",
        "Return-Path: <>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Auto-Submitted: auto-generated\r\nReturn-Path: <>\r\nPrecedence: bulk\r\n",
        "Precedence: list\r\nList-Id: <complaints.landlord.example>\r\n",
        "Precedence: list\r\nList-Id: <complaints.landlord.example>\r\nList-Unsubscribe: <https://x.example>\r\nList-Post: <mailto:complaints@landlord.example>\r\n",
        "Precedence: junk\r\n",
        "X-Auto-Response-Suppress: All\r\nAuto-Submitted: auto-generated\r\n",
        "X-Autoreply: no\r\n",
        "List-Unsubscribe: <https://mailer.example/u>\r\nFeedback-ID: 1:web-form\r\nPrecedence: bulk\r\n",
        "X-Mailer: Ticket system\r\nX-Ticket: 1234\r\nAuto-Submitted: auto-generated\r\n",
    ];
    let words = [
        ("Undelivered parcels", "The porter lost my parcels. I want to complain."),
        ("Returned mail", "My returned mail is on the floor of the hall, and the wall is damp."),
        ("Failure", "Your failure to repair my boiler."),
        ("Out of office hours repairs", "Nobody came to repair the lock."),
        ("Delayed", "The repair is delayed again."),
        ("Complaint", "My complaint was sent to repairs@landlord.example and came back: 550 5.1.1 unknown."),
        ("Complaint could not be delivered", "I tried your form; my complaint could not be delivered."),
        ("Automatic door broken", "The automatic door is broken. I complain."),
        ("Re: Automatic reply: damp", "I had your automatic reply. The damp is still there."),
        ("Please confirm", "Please confirm that you have my complaint."),
        ("Invitation to view the damp", "Come and see the mould."),
        ("Fwd: your letter", "I forward your letter. I am unhappy."),
        ("", "I am unhappy with the repair."),
    ];
    for header in headers {
        for (subject, text) in words {
            let found = sorted(&message(header, subject, text));
            assert_eq!(found.kind, ContactKind::New, "{header:?} {subject:?}: {}", found.reason);
        }
    }
}

/// lessons 38: no automatic reply opens a case, in whatever language.
#[test]
fn out_of_office_messages_are_automatic_replies_in_many_languages() {
    let subjects = [
        "Automatic reply: Your complaint",
        "Out of office: Your complaint",
        "Ateb awtomatig: Eich cwyn",
        "Réponse automatique : Votre réclamation",
        "Automatische Antwort: Ihre Beschwerde",
        "Abwesenheitsnotiz: Ihre Beschwerde",
        "Respuesta automática: Su queja",
        "Resposta automática: A sua reclamação",
        "Risposta automatica: Reclamo",
        "Automatisch antwoord: Uw klacht",
        "Odpowiedź automatyczna: Skarga",
        "Răspuns automat: Reclamație",
        "Automatikus válasz: Panasz",
        "Automatická odpověď: Stížnost",
        "Autosvar: Ditt klagomål",
        "Otomatik yanıt: Şikâyet",
        "Автоматический ответ: Жалоба",
    ];
    for subject in subjects {
        let headers = "X-Auto-Response-Suppress: All\r\n";
        assert_eq!(sorted(&message(headers, subject, "I am away.")).kind, ContactKind::AutomaticReply, "{subject}");
        assert_eq!(sorted(&message("", subject, "I am unhappy.")).kind, ContactKind::New, "{subject} from a person");
    }
    let headers = [
        "Auto-Submitted: auto-replied",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond: damp",
        "X-Vacation: yes",
    ];
    for header in headers {
        let found = sorted(&message(&format!("{header}\r\nIn-Reply-To: <1@example.net>\r\n"), "Damp", "I am away."));
        assert_eq!(found.kind, ContactKind::AutomaticReply, "{header}");
        let found = sorted(&message(&format!("{header}\r\n"), "Complaint about damp", "My flat is damp."));
        assert_eq!(found.kind, ContactKind::New, "{header}, but it answers nothing (lessons 37)");
    }
}

#[test]
fn lists_bulk_mail_invitations_and_challenges_have_their_kinds() {
    let kind = |headers: &str, subject: &str, text: &str| sorted(&message(headers, subject, text)).kind;
    let newsletter = "List-Unsubscribe: <https://x.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    assert_eq!(kind(newsletter, "Autumn offers", "New office chairs."), ContactKind::List);
    let list =
        message("List-Id: <sector.example.net>\r\nList-Post: <mailto:sector@example.net>\r\n", "Minutes", "See below.");
    let list = String::from_utf8(list).unwrap().replace("To: complaints@landlord.example", "To: sector@example.net");
    assert_eq!(sorted(list.as_bytes()).kind, ContactKind::List);

    let calendar = |kind: &str| format!("MIME-Version: 1.0\r\nContent-Type: text/calendar; {kind}charset=utf-8\r\n");
    assert_eq!(kind(&calendar("method=REQUEST; "), "Visit", "BEGIN:VCALENDAR"), ContactKind::Invitation);
    assert_eq!(kind(&calendar("method=REPLY; "), "Accepted: visit", "BEGIN:VCALENDAR"), ContactKind::Invitation);
    assert_eq!(kind(&calendar(""), "My diary of repairs", "BEGIN:VCALENDAR"), ContactKind::New);

    let asks = "Auto-Submitted: auto-generated\r\n";
    assert_eq!(kind(asks, "Please confirm your message to Ann", "Click here."), ContactKind::Challenge);
    assert_eq!(kind("X-Spamarrest-Info: x\r\n", "Re: damp", "Click here."), ContactKind::Challenge);
}

/// lessons 24.
#[test]
fn what_a_colleague_passes_on_is_forwarded_and_what_a_resident_passes_on_is_new() {
    let forwards = [
        (
            "FW: Damp",
            "Please log.\r\n\r\nFrom: Ben Cole <ben@example.net>\r\nSent: 2 November 2026 09:14\r\nSubject: Damp",
        ),
        ("Fwd: Damp", "---------- Forwarded message ---------\r\nFrom: Ben Cole <ben@example.net>"),
        ("Damp", "Begin forwarded message:\r\n\r\n> From: Ben Cole <ben@example.net>"),
    ];
    for (subject, text) in forwards {
        let resident = message("", subject, text);
        assert_eq!(sorted(&resident).kind, ContactKind::New, "{subject}");
        let colleague =
            String::from_utf8(resident).unwrap().replace("ann@example.org>\r\nTo", "priya@landlord.example>\r\nTo");
        let found = super::examine::Examined::of(colleague.as_bytes(), read, &ours(), &[], &WordLists::default());
        assert_eq!(found.sorted.kind, ContactKind::Forwarded, "{subject}");
        assert_eq!(found.original_sender.unwrap().as_str(), "ben@example.net", "{subject}");
        assert!(found.reading.problems.iter().any(|problem| problem.contains("ben@example.net")));
    }
    let own = String::from_utf8(message("", "Damp", "A resident rang."))
        .unwrap()
        .replace("ann@example.org>\r\nTo", "priya@landlord.example>\r\nTo");
    assert_eq!(sorted(own.as_bytes()).kind, ContactKind::New, "a colleague's own words");
}

/// lessons 33: only what this installation issued is its own.
#[test]
fn our_own_mail_is_known_by_its_message_id_and_not_by_its_address() {
    let from_ours = |id: &str| {
        format!(
            "From: complaints@landlord.example\r\nMessage-ID: <{id}>\r\nSubject: Your complaint\r\n\r\nDear Ann\r\n"
        )
        .into_bytes()
    };
    assert_eq!(sorted(&from_ours(LETTER)).kind, ContactKind::OwnMail);
    let not_issued = sorted(&from_ours(&LETTER.replace('7', "6")));
    assert_eq!(not_issued.kind, ContactKind::Forwarded, "a colleague wrote it down; letters must not come to us");
    let stranger = String::from_utf8(from_ours(LETTER)).unwrap().replace("complaints@", "complaints@evil.");
    assert_eq!(sorted(stranger.as_bytes()).kind, ContactKind::New);
}

/// reliability 2.4: what a sender's line may try.
#[test]
fn a_strange_sender_is_shown_in_ascii_with_a_warning_or_is_no_sender() {
    let from =
        |value: &str| read(format!("From: {value}\r\nSubject: x\r\nMessage-ID: <m@x>\r\n\r\nText\r\n").as_bytes());
    let homograph = from("Ann <ann@ex\u{430}mple.org>");
    assert!(homograph.from.as_ref().unwrap().as_str().is_ascii(), "{homograph:?}");
    assert!(homograph.problems.iter().any(|problem| problem.contains("look like others")), "{homograph:?}");
    let local = from("Ann <\u{430}nn@example.org>");
    assert!(local.problems.iter().any(|problem| problem.contains("look like others")), "{local:?}");
    assert!(!local.from.unwrap().same_mailbox(&"ann@example.org".parse().unwrap()));
    let kelvin = from("Mark <mar\u{212a}@example.org>");
    assert!(!kelvin.from.unwrap().same_mailbox(&"mark@example.org".parse().unwrap()));

    let hidden = from("=?utf-8?q?ann=40example.org_=3Cann=40example.org=3E?= <mallory@example.net>");
    assert_eq!(hidden.from.as_ref().unwrap().as_str(), "mallory@example.net");
    assert!(hidden.problems.iter().any(|problem| problem.contains("looks like an address")), "{hidden:?}");
    for none in [
        "=?utf-8?q?=3Cann=40example.org=3E?=",
        "ann@example.org, mallory@example.net",
        "ann@example.org\r\nFrom: mallory@example.net",
        "undisclosed:;",
        "",
        "<>",
        "\"ann@example.org\"",
    ] {
        assert_eq!(from(none).from, None, "{none:?}");
    }
    let turned = from("\"\u{202e}gro.elpmaxe@nna\" <mallory@example.net>");
    assert!(!turned.from_name.contains('\u{202e}'));
    assert_eq!(turned.from.unwrap().as_str(), "mallory@example.net");
    let long = from(&format!("{} <ann@example.org>", "A".repeat(10_000)));
    assert!(long.from_name.chars().count() <= 2_000);
}
