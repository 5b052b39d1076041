//! Which case a message belongs to: never another person's, and never on the word of what anybody can
//! write (lessons 23–34; reliability 2.4).

use complaintsd::casework::CaseworkError;
use complaintsd::domain::case::Case;
use complaintsd::domain::commands::Refusal;
use complaintsd::domain::contact::{Contact, ContactKind, SenderVerdict};
use complaintsd::domain::ids::CaseRef;
use complaintsd::domain::letter::LetterKind;
use complaintsd::domain::waiting::Waiting;
use complaintsd::ingest::Pass;
use jiff::civil::date;

use crate::support::clock::morning;
use crate::support::scene::{Scene, mail, stories};

stories!(
    no_forged_or_guessed_message_joins_a_case_by_itself,
    guessed_references_link_nothing,
    what_our_mail_server_says_of_a_sender_is_kept_and_counts,
    an_answer_from_another_address_opens_a_case_of_its_own_and_is_suggested,
    who_writes_again_opens_another_case_which_is_pointed_out,
    a_colleagues_answer_to_a_reminder_opens_no_case_and_joins_none,
    what_a_colleague_passes_on_runs_its_clock_and_writes_to_nobody,
    an_out_of_office_message_is_a_note_and_changes_nothing,
    mail_to_several_of_our_addresses_is_one_contact,
    one_message_id_with_two_contents_is_two_contacts,
    messages_of_one_batch_go_where_they_would_go_one_by_one,
);

async fn answered(scene: &Scene, case: &Case) -> String {
    let letter = case.current.acknowledged.unwrap().letter;
    format!("<{}>", scene.store.outbox_message(letter).await.unwrap().unwrap().message.message_id)
}

async fn last(scene: &Scene) -> Contact {
    scene.contacts().await.pop().unwrap()
}

async fn reasons(scene: &Scene, contact: &Contact) -> Vec<String> {
    let suggestions = scene.store.suggestions(contact.id).await.unwrap();
    suggestions.into_iter().map(|suggestion| suggestion.reason).collect()
}

/// lessons 23, 25, 30, 34; reliability 2.4: 0 auto-links.
async fn no_forged_or_guessed_message_joins_a_case_by_itself(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let ours = answered(scene, &case).await;
    let (reference, subject) = (case.reference.to_string(), format!("Re: Your complaint {}", case.reference));
    let dmarc = |result: &str| format!("mx.landlord.example; dmarc={result} header.from=example.org");
    let (failed, swapped) = (dmarc("fail"), ours.replace('.', "_"));
    let opening = "<ann-0@mail.example.org>";
    let hostile: Vec<Vec<(&str, &str)>> = vec![
        // A stranger who knows everything but is not Ann.
        vec![("From", "stranger@example.com"), ("In-Reply-To", &ours), ("References", &ours), ("Subject", &subject)],
        vec![("From", "Ann Poole <ann@example.org.evil.example>"), ("In-Reply-To", &ours)],
        vec![("From", "\"ann@example.org\" <stranger@example.com>"), ("In-Reply-To", &ours)],
        vec![("From", "=?utf-8?q?Ann_=3Cann=40example.org=3E?= <stranger@example.com>"), ("In-Reply-To", &ours)],
        vec![("From", "stranger@example.com"), ("Reply-To", "ann@example.org"), ("In-Reply-To", &ours)],
        vec![("From", "stranger@example.com"), ("Sender", "ann@example.org"), ("In-Reply-To", &ours)],
        // No certain sender.
        vec![("From", "ann@example.org, stranger@example.com"), ("In-Reply-To", &ours)],
        vec![("From", "ann@example.org"), ("From", "stranger@example.com"), ("In-Reply-To", &ours)],
        vec![("From", "Friends: ann@example.org, stranger@example.com;"), ("In-Reply-To", &ours)],
        vec![("From", ""), ("Sender", "ann@example.org"), ("In-Reply-To", &ours)],
        // Looks like Ann.
        vec![("From", "ann@ex\u{430}mple.org"), ("In-Reply-To", &ours)],
        vec![("From", "\u{430}nn@example.org"), ("In-Reply-To", &ours)],
        vec![("From", "ann+complaints@example.org"), ("In-Reply-To", &ours)],
        // Says it is Ann; her domain disowns it.
        vec![("Authentication-Results", &failed), ("From", "ann@example.org"), ("In-Reply-To", &ours)],
        // Says it is Ann and cannot show our Message-ID.
        vec![("From", "ann@example.org"), ("Subject", &subject), ("X-Case", &reference)],
        vec![("From", "ann@example.org"), ("In-Reply-To", &swapped), ("Subject", &subject)],
        vec![("From", "ann@example.org"), ("In-Reply-To", opening), ("Thread-Index", "AdHf2Q=="), ("Subject", "x")],
        // Says it is one of us.
        vec![("From", "priya@landlord.example"), ("In-Reply-To", &ours), ("Subject", &subject)],
        vec![("From", "complaints@landlord.example"), ("In-Reply-To", &ours)],
    ];
    for headers in &hostile {
        scene.arrives(&mail(headers, "Please send me the file."));
    }
    let sent = scene.courier.given().len();
    assert_eq!(scene.poll().await.contacts, hostile.len());
    scene.draft().await;
    scene.send().await;
    assert_eq!(scene.store.contacts_of_case(case.id).await.unwrap().len(), 1, "none joined");
    assert_eq!(scene.now(&case).await, case);
    assert_eq!(scene.courier.given().len(), sent, "nothing left");
    for contact in scene.contacts().await.into_iter().skip(1) {
        assert!(contact.case.is_some() || contact.waiting.is_some(), "{contact:?}");
    }
}

/// lessons 23, 30. `COMPLAINTSD_GUESSES` raises the count.
async fn guessed_references_link_nothing(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let guesses: u32 = std::env::var("COMPLAINTSD_GUESSES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    for number in 1..=guesses {
        let subject = format!("Re: {}", CaseRef::new(2026, number));
        scene
            .arrives(&mail(&[("From", &format!("s{number}@example.com")), ("Subject", &subject)], "Send me the file."));
    }
    let guesses = usize::try_from(guesses).unwrap();
    assert_eq!(scene.poll().await, Pass { kept: guesses, contacts: guesses, cases: guesses, duplicates: 0 });
    assert_eq!(scene.store.contacts_of_case(case.id).await.unwrap().len(), 1);
    let hit = scene
        .contacts()
        .await
        .into_iter()
        .find(|contact| contact.reading.subject.contains(&case.reference.to_string()));
    let hit = hit.unwrap();
    assert_eq!(hit.waiting, Some(Waiting::Suggestion), "an officer is told");
    assert_eq!(reasons(scene, &hit).await, [format!("its subject names {}, which anybody can write", case.reference)]);
}

/// lessons 34.
async fn what_our_mail_server_says_of_a_sender_is_kept_and_counts(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let ours = answered(scene, &case).await;
    for (results, verdict, joins) in [
        ("mx.landlord.example; dmarc=pass header.from=example.org", SenderVerdict::Verified, true),
        ("mx.landlord.example; dmarc=fail", SenderVerdict::Failed, false),
        ("mx.example.com; dmarc=fail", SenderVerdict::Unknown, true),
        ("mx.landlord.example; dmarc=none", SenderVerdict::Unknown, true),
    ] {
        let headers = [("Authentication-Results", results), ("From", "ann@example.org"), ("In-Reply-To", &ours)];
        scene.arrives(&mail(&headers, results));
        scene.poll().await;
        let contact = last(scene).await;
        assert_eq!(contact.sender.as_ref().map(|check| check.verdict), Some(verdict), "{results}");
        assert_eq!(contact.case == Some(case.reference), joins, "{results}");
        if !joins {
            assert!(contact.case.is_some(), "its clock runs");
            assert!(reasons(scene, &contact).await[0].contains("may be forged"));
        }
    }
}

async fn an_answer_from_another_address_opens_a_case_of_its_own_and_is_suggested(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let ours = answered(scene, &case).await;
    scene.arrives(&mail(&[("From", "Bob Poole <bob@example.net>"), ("In-Reply-To", &ours)], "For my wife Ann."));
    assert_eq!(scene.poll().await.cases, 1, "his clock runs, whatever an officer decides");
    let bob = last(scene).await;
    assert_eq!((bob.sorted.kind, bob.waiting), (ContactKind::New, Some(Waiting::Suggestion)));
    assert_eq!(
        reasons(scene, &bob).await,
        [format!(
            "it answers a letter of ours about {}, but it comes from another address than that letter went to",
            case.reference
        )]
    );
}

async fn who_writes_again_opens_another_case_which_is_pointed_out(scene: &mut Scene) {
    let (case, _) = scene.a_complaint().await;
    scene.arrives(&mail(&[("From", "ANN@example.org"), ("Subject", "And another thing")], "The lift."));
    assert_eq!(scene.poll().await.cases, 1);
    let again = last(scene).await;
    assert_ne!(again.case, Some(case.reference));
    assert_eq!(reasons(scene, &again).await, [format!("it comes from the resident of {}", case.reference)]);
}

async fn a_colleagues_answer_to_a_reminder_opens_no_case_and_joins_none(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    let (case, _) = scene.a_complaint().await;
    scene.clock.set(morning(date(2026, 11, 9)));
    scene.reminders().run_once().await.unwrap();
    scene.send().await;
    let reminder = scene.courier.given_to("team@landlord.example").pop().unwrap();
    let id = format!("<{}>", complaintsd::ingest::read(&reminder).message_id.unwrap());
    for colleague in ["team@landlord.example", "priya@landlord.example"] {
        scene
            .arrives(&mail(&[("From", colleague), ("In-Reply-To", &id), ("Subject", "Re: Reminder")], "I will do it."));
        assert_eq!(scene.poll().await.cases, 0);
        let answer = last(scene).await;
        assert_eq!((answer.sorted.kind, answer.case), (ContactKind::Reply, None));
        assert_eq!(answer.waiting, Some(Waiting::Suggestion));
        assert_eq!(scene.store.suggestions(answer.id).await.unwrap()[0].case, case.reference);
    }
    scene.arrives(&mail(&[("From", "stranger@example.com"), ("In-Reply-To", &id)], "Hello."));
    assert_eq!(scene.poll().await.cases, 1, "a stranger's message is a message");
}

/// lessons 24.
async fn what_a_colleague_passes_on_runs_its_clock_and_writes_to_nobody(scene: &mut Scene) {
    let headers = [("From", "Desk <desk@landlord.example>"), ("Subject", "FW: Damp")];
    scene.arrives(&mail(
        &headers,
        "Please log.\r\n\r\nFrom: Ann Poole <ann@example.org>\r\nSent: Monday\r\n\r\nThe wall is wet.",
    ));
    assert_eq!(scene.poll().await.cases, 1);
    let contact = last(scene).await;
    assert_eq!(contact.sorted.kind, ContactKind::Forwarded);
    assert!(contact.reading.problems.iter().any(|problem| problem.contains("seems to be from ann@example.org")));
    let case = scene.cases().await.pop().unwrap();
    assert!(case.current.acknowledge_by.is_some());
    assert_eq!((case.resident.email.as_ref(), case.resident.name.as_str()), (None, ""));
    scene.draft().await;
    let letter = scene.letters(&case, LetterKind::StageOneAcknowledgement).await.pop().unwrap();
    let refused = scene.approve(letter.id).await.unwrap_err();
    let shortfalls = matches!(refused, CaseworkError::Refused(Refusal::Shortfalls(_) | Refusal::NoAddress));
    assert!(shortfalls, "{refused:?}");
    scene.send().await;
    assert!(scene.courier.given().is_empty());
}

/// lessons 38.
async fn an_out_of_office_message_is_a_note_and_changes_nothing(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let ours = answered(scene, &case).await;
    let headers = |from| {
        [("From", from), ("In-Reply-To", ours.as_str()), ("Auto-Submitted", "auto-replied"), ("Subject", "Away")]
    };
    scene.arrives(&mail(&headers("ann@example.org"), "I am away."));
    scene.arrives(&mail(&headers("stranger@example.com"), "I am away too."));
    assert_eq!(scene.poll().await, Pass { kept: 2, contacts: 2, cases: 0, duplicates: 0 });
    let kinds: Vec<_> =
        scene.contacts().await.iter().skip(1).map(|one| (one.sorted.kind, one.case, one.waiting)).collect();
    let kind = ContactKind::AutomaticReply;
    assert_eq!(kinds, [(kind, Some(case.reference), None), (kind, None, None)]);
    let after = scene.now(&case).await;
    assert_eq!(after.contacts.len(), case.contacts.len() + 1);
    assert_eq!(Case { contacts: case.contacts.clone(), ..after }, case);
}

/// lessons 32.
async fn mail_to_several_of_our_addresses_is_one_contact(scene: &mut Scene) {
    let copy = |trace: &str, text: &str| {
        let message = mail(
            &[
                ("From", "ann@example.org"),
                ("To", "complaints@landlord.example, repairs@landlord.example"),
                ("Message-ID", "<one@example.org>"),
                ("Date", "Mon, 2 Nov 2026 09:14:00 +0000"),
            ],
            text,
        );
        [trace.as_bytes(), &message].concat()
    };
    let first = copy("Delivered-To: complaints@landlord.example\r\nReceived: from a by b; 1\r\n", "Damp.");
    let second = copy("Delivered-To: repairs@landlord.example\r\nReceived: from a by c; 2\r\n", "Damp.");
    let mut repairs = scene.mailbox("repairs");
    scene.arrives(&first);
    scene.poll().await;
    scene.arrives_in("repairs", &second);
    let pass = scene.ingest().run_once(&mut repairs, &|_| ()).await.unwrap();
    assert_eq!(pass, Pass { kept: 1, contacts: 0, cases: 0, duplicates: 1 });
    assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (1, 1));
    let raw = scene.store.contact_raw_id(last(scene).await.id).await.unwrap().unwrap();
    assert_eq!(scene.store.raw(raw).await.unwrap().unwrap(), first, "the first copy as it came");

    // Both in one batch, and one with another word in it.
    scene.arrives(&copy("Received: from a by d; 3\r\n", "Damp."));
    scene.arrives(&copy("Received: from a by d; 3\r\n", "Damp!"));
    assert_eq!(scene.poll().await, Pass { kept: 2, contacts: 1, cases: 1, duplicates: 1 });
}

/// lessons 6.
async fn one_message_id_with_two_contents_is_two_contacts(scene: &mut Scene) {
    for text in ["Your parcel comes on Monday.", "Your parcel comes on Tuesday."] {
        scene.arrives(&mail(&[("From", "ann@example.org"), ("Message-ID", "<same@example.org>")], text));
        scene.poll().await;
    }
    let contacts = scene.contacts().await;
    assert_eq!(contacts.len(), 2);
    let flagged =
        |contact: &Contact| contact.reading.problems.iter().any(|problem| problem.contains("same identification"));
    assert_eq!(contacts.iter().map(flagged).collect::<Vec<_>>(), [false, true]);
}

/// What a batch does at once: copies within it, one Message-ID with two contents, people who write again,
/// and answers to a letter of ours between them.
async fn messages_of_one_batch_go_where_they_would_go_one_by_one(scene: &mut Scene) {
    let mut alone = Scene::on_sqlite().await;
    let (case, other) = (scene.an_acknowledged_case().await, alone.an_acknowledged_case().await);
    assert_eq!(case.reference, other.reference);
    let batch = |ours: &str| -> Vec<Vec<u8>> {
        let message = |place: usize| {
            if place % 45 == 44 {
                let fields = [("From", "Ann Poole <ann@example.org>"), ("In-Reply-To", ours), ("Subject", "Re: it")];
                return mail(&fields, "It is damp.");
            }
            // The 31st has the Message-ID of the first and other contents; the 41st is a copy of it.
            let (n, way) = (place % 40, format!("from a by b; {place}"));
            let (from, id) = (format!("p{}@example.org", n % 7), format!("<m{}@example.org>", n % 30));
            let mut fields =
                vec![("From", from.as_str()), ("Message-ID", &id), ("Date", "Mon, 2 Nov 2026 09:14:00 +0000")];
            match n % 8 {
                5 => fields.extend([("Subject", "Out of office"), ("Auto-Submitted", "auto-replied")]),
                6 => fields.extend([("Subject", "The damp"), ("Received", &way)]),
                _ => fields.push(("Subject", "The damp")),
            }
            mail(&fields, if n < 30 { "It is damp." } else { "It is worse." })
        };
        (0..90).map(message).collect()
    };
    for message in batch(&answered(scene, &case).await) {
        scene.arrives(&message);
    }
    let together = scene.poll().await;
    let mut one_by_one = Pass::default();
    for message in batch(&answered(&alone, &other).await) {
        alone.arrives(&message);
        let Pass { kept, contacts, cases, duplicates } = alone.poll().await;
        one_by_one.kept += kept;
        one_by_one.contacts += contacts;
        one_by_one.cases += cases;
        one_by_one.duplicates += duplicates;
    }
    assert_eq!(together, one_by_one);
    assert_eq!((together.contacts, together.duplicates), (41, 49));
    let (ours, theirs) = (scene.contacts().await, alone.contacts().await);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let told = |one: &Contact| (one.case, one.waiting, one.sorted.clone(), one.reading.problems.clone());
        assert_eq!(told(ours), told(theirs), "{}", ours.id);
        assert_eq!(reasons(scene, ours).await, reasons(&alone, theirs).await, "{}", ours.id);
    }
    let opened = |cases: Vec<Case>| cases.into_iter().map(|case| (case.reference, case.opened_by)).collect::<Vec<_>>();
    assert_eq!(opened(scene.cases().await), opened(alone.cases().await));
    assert_eq!(scene.events(&case).await.len(), alone.events(&other).await.len());
    scene.must_be_sound().await;
}
