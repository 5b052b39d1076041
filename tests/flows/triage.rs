//! Triage on real databases: what a case is decided to be, what comes back, what becomes a complaint, and who
//! hears of what nobody decides. The clock waits for none of it.

use complaintsd::casework::CaseworkError;
use complaintsd::domain::calendar::WorkingDays;
use complaintsd::domain::case::Case;
use complaintsd::domain::commands::{CaseCommand, Content, Refusal, TriageAsked, TriageCommand};
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::decision::{Asked, Choice as Place};
use complaintsd::domain::ids::{ContactId, LetterId};
use complaintsd::domain::letter::LetterKind;
use complaintsd::domain::parts::LetterParts;
use complaintsd::domain::triage::{Answer, Choice, FollowUp, Triage, TriageKind, Weight, Weights};
use jiff::civil::{Date, date};

use crate::support::clock::morning;
use crate::support::scene::{Scene, mail, stories};

stories!(
    whatever_is_suggested_every_case_counts_as_a_complaint_until_an_officer_decides,
    a_service_request_comes_back_when_its_resident_writes_and_becomes_two_cases,
    a_service_request_is_answered_with_its_next_steps_and_the_choice_to_complain,
    a_survey_comment_is_answered_once_with_how_to_complain,
    what_is_no_complaint_ends_with_its_decision_and_is_decided_anew,
    the_queue_of_a_day_is_ordered_by_what_was_weighed,
    what_nobody_decides_is_told_to_the_team_and_then_to_the_manager,
);

const MON_2_NOV: Date = date(2026, 11, 2);
const THU_5_NOV: Date = date(2026, 11, 5);
const FRI_6_NOV: Date = date(2026, 11, 6);
const MON_9_NOV: Date = date(2026, 11, 9);
const THU_12_NOV: Date = date(2026, 11, 12);

/// A message of this text arrives from Ann; the case it opens.
async fn message(scene: &mut Scene, number: u32, text: &str) -> Case {
    let id = format!("<ann-{number}@mail.example.org>");
    scene
        .arrives(&mail(&[("From", "Ann Poole <ann@example.org>"), ("Subject", "The flat"), ("Message-ID", &id)], text));
    scene.poll().await;
    scene.cases().await.pop().unwrap()
}

fn asked(kind: TriageKind, choice: Choice) -> TriageAsked {
    let follow_up = FollowUp { owner: "Repairs team".to_owned(), review_by: date(2026, 11, 16) };
    TriageAsked {
        kind,
        reason: "As it reads".to_owned(),
        choice,
        follow_up: (kind == TriageKind::ServiceRequest).then_some(follow_up),
        weights: Weights { complexity: Some(Weight::Low), vulnerability: Some(Weight::Low), risk: Some(Weight::Low) },
        suggested: None,
    }
}

const DECLINED: Choice = Choice::Offered(Answer::Declined);

async fn triage(scene: &Scene, case: &Case, asked: TriageAsked) -> Result<Case, CaseworkError> {
    scene.casework().triage(&scene.officer, case.reference, asked).await
}

/// 1.2, 1.3, 6.2.
async fn whatever_is_suggested_every_case_counts_as_a_complaint_until_an_officer_decides(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let texts = [
        ("I am very unhappy with you.", TriageKind::Complaint),
        ("The tap is dripping.", TriageKind::ServiceRequest),
        ("In answer to your survey: all well.", TriageKind::SurveyComment),
        ("Could you tell me the opening hours?", TriageKind::Enquiry),
        ("It is about my council tax.", TriageKind::NotForUs),
        ("Our newsletter. Unsubscribe.", TriageKind::Automatic),
        ("The stairwell.", TriageKind::Complaint),
    ];
    for (number, (text, kind)) in (0..).zip(texts) {
        let case = message(scene, number, text).await;
        let suggested = scene.casework().suggested(&case).await.unwrap().unwrap();
        assert_eq!(suggested.kind, kind, "{text}: {}", suggested.reason);
        assert_eq!((case.triage, case.ended_at()), (Triage::ToBeTriaged, None), "{text}");
        assert_eq!(case.next_deadline(), Some((Duty::Acknowledge, Some(MON_9_NOV))), "{text}");
    }
    scene.draft().await;
    let cases = scene.cases().await;
    assert_eq!(cases.len(), texts.len());
    for case in &cases {
        assert_eq!(scene.letters(case, LetterKind::StageOneAcknowledgement).await.len(), 1, "its letter is begun");
    }
    // Words of a complaint need the choice to complain, whatever the officer makes of them.
    let quiet = triage(scene, &cases[0], asked(TriageKind::Enquiry, Choice::NotOffered)).await.unwrap_err();
    assert!(quiet.to_string().contains("words of a complaint"), "{quiet}");
    assert_eq!(scene.now(&cases[0]).await, cases[0]);
}

/// What keeps a letter from being approved.
async fn shortfalls(scene: &Scene, letter: LetterId) -> Vec<String> {
    match scene.approve(letter).await {
        Err(CaseworkError::Refused(Refusal::Shortfalls(shortfalls))) => {
            shortfalls.into_iter().map(|shortfall| shortfall.element).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// 1.3 to 1.5.
async fn a_service_request_is_answered_with_its_next_steps_and_the_choice_to_complain(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let request = message(scene, 1, "The tap is dripping.").await;
    let begin = |case: &Case| {
        let (casework, officer, reference) = (scene.casework(), scene.officer.clone(), case.reference);
        async move { casework.begin_telling(&officer, reference, LetterKind::TriageReply).await }
    };
    let early = begin(&request).await.unwrap_err();
    assert!(early.to_string().contains("to be triaged"), "{early}");
    let request = triage(scene, &request, asked(TriageKind::ServiceRequest, DECLINED)).await.unwrap();
    scene.draft().await;
    assert_eq!(scene.draft().await.new, 0, "once");
    let letter = scene.letters(&request, LetterKind::TriageReply).await.pop().unwrap();
    assert_eq!(shortfalls(scene, letter.id).await, ["next-steps"]);
    let parts = LetterParts { reason: "A plumber comes on Thursday.".to_owned(), ..LetterParts::default() };
    scene.casework().save_parts(&scene.officer, letter.id, parts).await.unwrap();
    scene.approve(letter.id).await.unwrap();
    assert_eq!(scene.send().await.accepted, 1);
    let sent = scene.courier.given_to("ann@example.org").pop().unwrap();
    let text = complaintsd::ingest::read(&sent).text.replace('\n', " ");
    for words in [
        "A plumber comes on Thursday.",
        "Repairs team",
        "Monday 16 November 2026",
        "Please treat this as a complaint",
        "you did not want to complain",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(scene.now(&request).await.next_deadline(), Some((Duty::Review, Some(date(2026, 11, 16)))));

    // What is a complaint after all gets no more of it.
    let complaint = triage(scene, &request, asked(TriageKind::Complaint, Choice::NotOffered)).await.unwrap();
    let late = begin(&complaint).await.unwrap_err();
    assert!(late.to_string().contains("this is: complaint"), "{late}");
}

/// 1.6.
async fn a_survey_comment_is_answered_once_with_how_to_complain(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let comment = message(scene, 1, "In answer to your survey: all well.").await;
    let comment = triage(scene, &comment, asked(TriageKind::SurveyComment, DECLINED)).await.unwrap();
    assert!(comment.ended_at().is_some());
    assert_eq!(scene.draft().await.new, 1, "whatever has ended");
    let letter = scene.letters(&comment, LetterKind::SurveySignpost).await.pop().unwrap();
    scene.approve(letter.id).await.unwrap();
    assert_eq!(scene.send().await.accepted, 1);
    assert_eq!(scene.draft().await.new, 0, "once");
    let sent = scene.courier.given_to("ann@example.org").pop().unwrap();
    let text = complaintsd::ingest::read(&sent).text;
    assert!(text.contains("How to make a complaint") && text.contains("not opened a complaint"), "{text}");
    let casework = scene.casework();
    let progress = casework.begin_telling(&scene.officer, comment.reference, LetterKind::ProgressUpdate);
    assert!(progress.await.unwrap_err().to_string().contains("survey comment"));
}

/// 1.4, 1.5.
async fn a_service_request_comes_back_when_its_resident_writes_and_becomes_two_cases(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let request = message(scene, 1, "The tap is dripping.").await;
    let request = triage(scene, &request, asked(TriageKind::ServiceRequest, DECLINED)).await.unwrap();
    assert_eq!(request.next_deadline(), Some((Duty::Review, Some(date(2026, 11, 16)))));
    assert_eq!(scene.draft().await.new, 1, "it is answered");
    assert!(scene.letters(&request, LetterKind::StageOneAcknowledgement).await.is_empty(), "not as a complaint");

    scene.clock.set(morning(THU_5_NOV));
    let second = message(scene, 2, "I am still waiting and not happy.").await;
    assert_ne!(second.id, request.id, "it opens a case, and may belong to the first");
    let contact = scene.contacts().await.pop().unwrap().id;
    let add = Asked { choice: Place::AddTo(request.reference), reason: "The same tap".to_owned(), seen: None };
    scene.casework().decide_contact(&scene.officer, contact, &add).await.unwrap();
    let request = scene.now(&request).await;
    assert_eq!(request.next_deadline(), Some((Duty::Triage, Some(THU_12_NOV))), "counted from the second message");
    let suggested = scene.casework().suggested(&request).await.unwrap().unwrap();
    assert!(suggested.dissatisfied && suggested.reason.contains("(1.5)"), "{suggested:?}");

    scene.clock.set(morning(FRI_6_NOV));
    let casework = scene.casework();
    let raise = || casework.raise_complaint(&scene.officer, request.reference, Some(contact), "Not happy");
    let complaint = raise().await.unwrap();
    assert_eq!(raise().await.unwrap(), complaint, "a second press raises nothing new");
    let complaint = scene.store.case_by_ref(complaint).await.unwrap().unwrap();
    assert_eq!((complaint.opened_by, complaint.current.received_at), (contact, morning(THU_5_NOV)));
    assert_eq!(complaint.next_deadline(), Some((Duty::Acknowledge, Some(THU_12_NOV))));
    assert_eq!(
        (complaint.triage, complaint.triaged.from),
        (Triage::As(TriageKind::Complaint), Some(request.reference))
    );
    let request = scene.now(&request).await;
    assert_eq!(request.triaged.raised, [complaint.reference]);
    assert_eq!(request.next_deadline(), Some((Duty::Review, Some(date(2026, 11, 16)))), "the work goes on");
    assert_eq!(scene.store.contact(contact).await.unwrap().unwrap().case, Some(complaint.reference));
    let nothing = casework.raise_complaint(&scene.officer, request.reference, None, "Not happy").await.unwrap_err();
    assert!(nothing.to_string().contains("no message waits"), "{nothing}");

    let finish = |content| {
        let finish = TriageCommand::Finish { how: "A new washer".to_owned(), content };
        casework.act(&scene.officer, request.reference, CaseCommand::Triage(finish))
    };
    assert!(finish(Content::No).await.unwrap_err().to_string().contains("(1.5)"));
    assert_eq!(finish(Content::Yes).await.unwrap().state(), "closed");
    assert!(scene.cases().await.iter().all(|case| case.id != request.id), "it leaves the work list");
}

/// 1.6; what ends so can always be decided anew, and its clock never stopped.
async fn what_is_no_complaint_ends_with_its_decision_and_is_decided_anew(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let case = message(scene, 1, "In answer to your survey: fed up with the lift.").await;
    let offered = Choice::Offered(Answer::NoAnswerYet);
    let ended = triage(scene, &case, asked(TriageKind::SurveyComment, offered)).await.unwrap();
    assert_eq!((ended.ended_at(), ended.next_deadline()), (Some(morning(MON_2_NOV)), None));
    assert!(scene.cases().await.is_empty());
    let told = scene.events(&case).await.pop().unwrap().in_words();
    for words in ["survey comment", "Suggested was", "(1.6)", "“fed up”", "they have not answered yet"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    scene.clock.set(morning(THU_12_NOV));
    let complaint = triage(scene, &case, asked(TriageKind::Complaint, Choice::NotOffered)).await.unwrap();
    assert_eq!(complaint.next_deadline(), Some((Duty::Acknowledge, Some(MON_9_NOV))), "late, and so it is shown");
    assert_eq!(scene.cases().await, [scene.now(&case).await]);
    assert_eq!(scene.draft().await.new, 1);
}

/// 6.1: never a reason to miss a date.
async fn the_queue_of_a_day_is_ordered_by_what_was_weighed(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let mut cases = Vec::new();
    for number in 0..4 {
        cases.push(message(scene, number, "The lift.").await);
    }
    scene.clock.set(morning(THU_5_NOV));
    cases.push(message(scene, 4, "The lift.").await);
    let weigh = |complexity, vulnerability, risk| {
        let (complexity, vulnerability, risk) = (Some(complexity), Some(vulnerability), Some(risk));
        let weights = Weights { complexity, vulnerability, risk };
        TriageAsked { weights, ..asked(TriageKind::Complaint, Choice::NotOffered) }
    };
    let (low, high) = (Weight::Low, Weight::High);
    for (place, asked) in [
        (0, weigh(low, low, low)),
        (2, weigh(high, low, low)),
        (3, weigh(low, low, high)),
        (4, weigh(high, high, high)),
    ] {
        triage(scene, &cases[place], asked).await.unwrap();
    }
    let listed: Vec<_> = scene.store.work_list(10).await.unwrap().iter().map(|case| case.id).collect();
    assert_eq!(listed, [3, 1, 2, 0, 4].map(|place: usize| cases[place].id), "risk first, unweighed in the middle");
}

/// 6.2.
async fn what_nobody_decides_is_told_to_the_team_and_then_to_the_manager(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let first = message(scene, 1, "The lift.").await;
    let decided = message(scene, 2, "The lift.").await;
    let request = message(scene, 3, "The tap is dripping.").await;
    scene.junk(morning(MON_2_NOV), "ann@example.org", "Wet").await;
    triage(scene, &decided, asked(TriageKind::Complaint, Choice::NotOffered)).await.unwrap();
    triage(scene, &request, asked(TriageKind::ServiceRequest, DECLINED)).await.unwrap();
    let mut reminders = scene.reminders();
    reminders.rungs.undecided = vec![WorkingDays(1)];
    let told = async |day| {
        scene.clock.set(morning(day));
        let queued = reminders.run_once().await.unwrap();
        assert!(reminders.run_once().await.unwrap().is_empty(), "never twice");
        queued
    };
    let to = |notices: &[complaintsd::reminders::DueNotice], who: &str| {
        notices.iter().filter(|notice| notice.to.as_str().starts_with(who)).count()
    };
    let thursday = told(THU_5_NOV).await;
    // Two acknowledgements, the review of the request, and what belongs to no case.
    assert_eq!((to(&thursday, "team"), to(&thursday, "manager")), (4, 0), "{thursday:?}");
    let friday = told(FRI_6_NOV).await;
    assert_eq!((to(&friday, "team"), to(&friday, "manager")), (0, 1), "{friday:?}");
    scene.send().await;
    let sent = scene.courier.given_to("manager@landlord.example").pop().unwrap();
    let text = complaintsd::ingest::read(&sent).text;
    for words in ["2 messages wait", "by the end of Monday 9 November 2026", &first.reference.to_string(), "junk"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    for other in [decided, request] {
        assert!(!text.contains(&other.reference.to_string()), "{text}");
    }
    triage(scene, &first, asked(TriageKind::Complaint, Choice::NotOffered)).await.unwrap();
    scene.casework().decide_contact(&scene.officer, ContactId(4), &nothing()).await.unwrap();
    let monday = told(MON_9_NOV).await;
    assert_eq!(to(&monday, "manager"), 0, "{monday:?}");
}

fn nothing() -> Asked {
    Asked { choice: Place::NothingToDo, reason: "An advertisement".to_owned(), seen: None }
}
