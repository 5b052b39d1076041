//! What may be decided in triage, provision by provision, and that suggesting decides nothing.

use super::*;
use crate::domain::deadlines::Duty;
use crate::domain::triage::{Answer, Choice, FollowUp, Suggested, Triage, TriageKind, Weight, Weights};

const DECLINED: Choice = Choice::Offered(Answer::Declined);

struct Desk {
    loaded: Loaded,
    case: Case,
}

impl Desk {
    fn new() -> Self {
        let loaded = loaded();
        let case = received(&loaded, MON_23_NOV);
        Self { loaded, case }
    }

    fn ask(&mut self, now: &str, command: TriageCommand) -> Result<usize, Refusal> {
        self.command(now, CaseCommand::Triage(command))
    }

    fn command(&mut self, now: &str, command: CaseCommand) -> Result<usize, Refusal> {
        let events = decide(rules(&self.loaded, now), &self.case, command)?;
        self.case = events.iter().fold(self.case.clone(), Case::apply);
        Ok(events.len())
    }

    /// Decided on Tuesday to be a service request, reviewed on 1 December.
    fn request() -> Self {
        let mut desk = Self::new();
        desk.ask(TUE_24_NOV, TriageCommand::Decide(asked(TriageKind::ServiceRequest))).unwrap();
        desk
    }

    fn consider(&mut self, contact: i64, when: &str) {
        self.command(when, CaseCommand::AddContact { contact: ContactId(contact), reason: "a reply".to_owned() })
            .unwrap();
        self.ask(when, TriageCommand::Consider { contact: ContactId(contact), received_at: at(when) }).unwrap();
    }
}

fn asked(kind: TriageKind) -> TriageAsked {
    let follow_up = FollowUp { owner: "Repairs team".to_owned(), review_by: date(2026, 12, 1) };
    TriageAsked {
        kind,
        reason: "A dripping tap".to_owned(),
        choice: if kind == TriageKind::Complaint { Choice::NotOffered } else { DECLINED },
        follow_up: (kind == TriageKind::ServiceRequest).then_some(follow_up),
        weights: Weights {
            complexity: Some(Weight::Low),
            vulnerability: Some(Weight::High),
            risk: Some(Weight::Medium),
        },
        suggested: None,
    }
}

fn suggested(dissatisfied: bool) -> Option<Suggested> {
    Some(Suggested { kind: TriageKind::Automatic, reason: "it has “unsubscribe”".to_owned(), dissatisfied })
}

fn refusal(desk: &mut Desk, asked: TriageAsked) -> String {
    let before = desk.case.clone();
    let refusal = desk.ask(TUE_24_NOV, TriageCommand::Decide(asked)).unwrap_err();
    assert_eq!(desk.case, before);
    refusal.to_string()
}

const THU_26_NOV: &str = "2026-11-26T10:00:00Z";
const WED_2_DEC: &str = "2026-12-02T10:00:00Z";
const ACKNOWLEDGE: Option<(Duty, Option<jiff::civil::Date>)> = Some((Duty::Acknowledge, Some(date(2026, 11, 30))));

/// 6.2: the clock waits for nobody.
#[test]
fn until_it_is_decided_a_case_is_due_as_a_complaint_whatever_is_suggested() {
    let desk = Desk::new();
    assert_eq!((desk.case.triage, desk.case.next_deadline()), (Triage::ToBeTriaged, ACKNOWLEDGE));
    // No kind that could be suggested decides: only what the officer asks for does.
    for kind in TriageKind::ALL {
        for dissatisfied in [true, false] {
            let mut desk = Desk::new();
            let suggested = Suggested { kind: *kind, reason: "its words".to_owned(), dissatisfied };
            let complaint = TriageAsked { suggested: Some(suggested), ..asked(TriageKind::Complaint) };
            desk.ask(TUE_24_NOV, TriageCommand::Decide(complaint)).unwrap();
            assert_eq!(desk.case.triage, Triage::As(TriageKind::Complaint));
            assert_eq!((desk.case.next_deadline(), desk.case.ended_at()), (ACKNOWLEDGE, None), "{kind}");
        }
    }
}

/// 1.3, 1.4.
#[test]
pub(super) fn a_service_request_needs_its_reason_owner_review_and_the_choice_to_complain() {
    let request = || asked(TriageKind::ServiceRequest);
    let follow_up = |owner: &str, review_by| Some(FollowUp { owner: owner.to_owned(), review_by });
    let mut desk = Desk::new();
    for (wrong, words) in [
        (TriageAsked { reason: " ".to_owned(), ..request() }, "enter the reason for your decision (1.2)"),
        (TriageAsked { choice: Choice::NotOffered, ..request() }, "offer the resident the choice to complain first"),
        (TriageAsked { choice: Choice::Offered(Answer::Complain), ..request() }, "it is a complaint (1.2, 1.3)"),
        (TriageAsked { follow_up: None, ..request() }, "who owns the service request, and when"),
        (TriageAsked { follow_up: follow_up(" ", date(2026, 12, 1)), ..request() }, "enter who owns it (1.4)"),
        (TriageAsked { follow_up: follow_up("Sam", date(2026, 11, 23)), ..request() }, "which is past"),
    ] {
        let said = refusal(&mut desk, wrong);
        assert!(said.contains(words), "{words}: {said}");
    }
    desk.ask(TUE_24_NOV, TriageCommand::Decide(request())).unwrap();
    assert_eq!((desk.case.state(), desk.case.ended_at()), ("followed up", None));
    assert_eq!(desk.case.next_deadline(), Some((Duty::Review, Some(date(2026, 12, 1)))));
    assert_eq!(desk.ask(TUE_24_NOV, TriageCommand::Decide(request())), Ok(0), "a second press does nothing");
    assert_eq!(desk.case.current.acknowledge_by, Some(date(2026, 11, 30)), "no date has moved");
    suits(&desk.case, LetterKind::TriageReply).unwrap();
    asks_for(&desk, LetterKind::TriageReply, "1.4", 2);
}

/// 1.3: whoever voices dissatisfaction is offered the choice.
#[test]
pub(super) fn words_of_a_complaint_are_not_put_aside_without_the_choice_to_complain() {
    for kind in [TriageKind::SurveyComment, TriageKind::Enquiry, TriageKind::NotForUs] {
        let quiet = |suggested| TriageAsked { choice: Choice::NotOffered, suggested, ..asked(kind) };
        let mut desk = Desk::new();
        let said = refusal(&mut desk, quiet(suggested(true)));
        assert!(said.contains("the message has words of a complaint"), "{kind}: {said}");
        desk.ask(TUE_24_NOV, TriageCommand::Decide(quiet(suggested(false)))).unwrap();
        assert_eq!(desk.case.ended_at(), Some(at(TUE_24_NOV)), "{kind}: nobody follows it up");
        let told = decide_words(&desk, quiet(suggested(false)));
        assert!(told.contains("Suggested was: automatic message, because it has “unsubscribe”"), "{told}");
        assert!(told.contains("The choice to complain was not offered"), "{told}");
    }
    asks_for(&Desk::new(), LetterKind::TriageReply, "1.3", 1);
}

/// 1.6: their letter says how to complain, and goes to nobody else.
#[test]
pub(super) fn a_survey_comment_is_answered_with_how_to_complain() {
    let mut desk = Desk::new();
    asks_for(&desk, LetterKind::SurveySignpost, "1.6", 2);
    assert!(suits(&desk.case, LetterKind::SurveySignpost).is_err(), "nobody has decided that it is one");
    desk.ask(TUE_24_NOV, TriageCommand::Decide(asked(TriageKind::SurveyComment))).unwrap();
    suits(&desk.case, LetterKind::SurveySignpost).unwrap();
    let said = suits(&desk.case, LetterKind::TriageReply).unwrap_err().to_string();
    assert!(said.contains("answers only what an officer decided to be that; this is: survey comment"), "{said}");
    assert!(suits(&desk.case, LetterKind::ProgressUpdate).is_err(), "it speaks of a complaint");
    suits(&desk.case, LetterKind::RestrictionNotice).unwrap();
}

fn asks_for(desk: &Desk, kind: LetterKind, provision: &str, count: usize) {
    let found = desk.loaded.code.required(kind).iter().filter(|element| element.provision.0 == provision).count();
    assert_eq!(found, count, "{kind}: {provision}");
}

fn decide_words(desk: &Desk, asked: TriageAsked) -> String {
    let fresh = received(&desk.loaded, MON_23_NOV);
    let command = CaseCommand::Triage(TriageCommand::Decide(asked));
    decide(rules(&desk.loaded, TUE_24_NOV), &fresh, command).unwrap()[0].in_words()
}

/// 6.1.
#[test]
pub(super) fn a_complaint_is_weighed_and_the_weights_stay_when_it_is_decided_anew() {
    let mut desk = Desk::new();
    let unweighed = TriageAsked { weights: Weights::default(), ..asked(TriageKind::Complaint) };
    let said = refusal(&mut desk, unweighed.clone());
    assert!(said.contains("enter how complex it is (6.1)"), "{said}");
    desk.ask(TUE_24_NOV, TriageCommand::Decide(asked(TriageKind::ServiceRequest))).unwrap();
    desk.ask(TUE_24_NOV, TriageCommand::Decide(unweighed)).unwrap();
    assert_eq!(desk.case.triaged.weights, asked(TriageKind::Complaint).weights);
    assert_eq!(desk.case.next_deadline(), ACKNOWLEDGE, "the clock had never stopped");
}

/// 5.6: only a complaint is defined, acknowledged and closed with what was learned.
#[test]
fn what_is_no_complaint_gets_no_letter_of_one_until_it_is_triaged_anew() {
    let mut desk = Desk::request();
    let definition = Definition {
        points: vec![Point { number: 0, text: "The tap.".to_owned(), responsibility: Responsibility::Ours }],
        outcomes: vec!["A repair.".to_owned()],
    };
    let define = || CaseCommand::Define { definition: definition.clone() };
    let letter = letter(LetterKind::StageOneAcknowledgement, LetterState::Draft);
    let approve = || CaseCommand::Approve {
        seen: (letter.version, letter.digest),
        letter: letter.clone(),
        shortfalls: Vec::new(),
        extension: None,
        authority: crate::domain::approval::Authority::default(),
        ours: Vec::new(),
    };
    for command in [define(), approve(), CaseCommand::Close { learning: "Nothing.".to_owned() }] {
        let said = desk.command(TUE_24_NOV, command).unwrap_err().to_string();
        assert!(said.contains("decided to be: service request") && said.contains("(1.2)"), "{said}");
    }
    assert!(crate::domain::held::held(rules(&desk.loaded, TUE_24_NOV), &desk.case).is_empty());
    desk.ask(TUE_24_NOV, TriageCommand::Decide(asked(TriageKind::Complaint))).unwrap();
    desk.command(TUE_24_NOV, define()).unwrap();
    desk.command(TUE_24_NOV, approve()).unwrap();
    let accepted = CaseCommand::LetterAccepted { letter, extension: None, at: at(TUE_24_NOV) };
    // Nobody decides otherwise while the letter is on its way.
    let said = refusal(&mut desk, asked(TriageKind::ServiceRequest));
    assert!(said.contains("has been approved and is on its way"), "{said}");
    desk.command(TUE_24_NOV, accepted).unwrap();
    assert_eq!(desk.case.triage, Triage::As(TriageKind::Complaint));
    let said = refusal(&mut desk, asked(TriageKind::ServiceRequest));
    assert!(said.contains("told on 24 November 2026 that this is a complaint") && said.contains("(2.1)"), "{said}");
}

/// 1.5: inbound mail re-enters triage, with the deadline it would have.
#[test]
pub(super) fn whoever_writes_again_is_looked_at_again_also_after_the_end() {
    let mut desk = Desk::request();
    asks_for(&desk, LetterKind::TriageReply, "1.5", 1);
    desk.consider(7, THU_26_NOV);
    let again = Some((Duty::Triage, Some(date(2026, 12, 3))));
    assert_eq!(desk.case.next_deadline(), again);
    let finish = |content| TriageCommand::Finish { how: "A new washer".to_owned(), content };
    let said = desk.ask(THU_26_NOV, finish(Content::Yes)).unwrap_err().to_string();
    assert!(said.contains("contact 7 waits to be triaged"), "{said}");
    desk.ask(THU_26_NOV, TriageCommand::Decide(asked(TriageKind::ServiceRequest))).unwrap();
    assert_eq!(desk.case.next_deadline(), Some((Duty::Review, Some(date(2026, 12, 1)))), "decided, with its reason");
    let said = desk.ask(THU_26_NOV, finish(Content::No)).unwrap_err().to_string();
    assert!(said.contains("raise a complaint from this") && said.contains("(1.5)"), "{said}");
    desk.ask(THU_26_NOV, finish(Content::Yes)).unwrap();
    assert_eq!((desk.case.state(), desk.case.next_deadline()), ("closed", None));
    desk.consider(8, WED_2_DEC);
    assert_eq!((desk.case.ended_at(), desk.case.next_deadline().unwrap().0), (None, Duty::Triage));
    desk.ask(WED_2_DEC, TriageCommand::Decide(asked(TriageKind::Complaint))).unwrap();
    assert_eq!(desk.case.next_deadline(), ACKNOWLEDGE, "received when it first was");
    let mut complaint = Desk::new();
    complaint.consider(7, THU_26_NOV);
    assert_eq!(complaint.case.next_deadline(), ACKNOWLEDGE, "what counts as a complaint needs no second look");
}

/// 1.5: both are kept and linked.
#[test]
pub(super) fn a_complaint_is_raised_from_a_later_message_and_what_was_asked_for_goes_on() {
    let complaint = CaseRef::new(2026, 2);
    let raise = |contact, reason: &str| TriageCommand::Raise {
        contact: ContactId(contact),
        complaint,
        reason: reason.to_owned(),
    };
    let mut early = Desk::new();
    let opening = early.case.opened_by.0;
    let said = early.ask(TUE_24_NOV, raise(opening, "Unhappy")).unwrap_err().to_string();
    assert!(said.contains("a complaint already"), "{said}");
    let mut desk = Desk::request();
    desk.consider(7, THU_26_NOV);
    for (contact, reason, words) in [
        (opening, "Unhappy", "opened this case"),
        (9, "Unhappy", "not part of this case"),
        (7, "", "enter why this is a complaint (1.5)"),
    ] {
        let said = desk.ask(THU_26_NOV, raise(contact, reason)).unwrap_err().to_string();
        assert!(said.contains(words), "{words}: {said}");
    }
    desk.ask(THU_26_NOV, raise(7, "Unhappy with the washer")).unwrap();
    assert_eq!(desk.case.triaged.raised, [complaint]);
    assert_eq!(desk.case.next_deadline(), Some((Duty::Review, Some(date(2026, 12, 1)))), "the work goes on");
    let mut raised = Desk::new();
    let weights = desk.case.triaged.weights;
    let request = desk.case.reference;
    raised.ask(THU_26_NOV, TriageCommand::RaisedFrom { request, weights, reason: "Unhappy".to_owned() }).unwrap();
    assert_eq!((raised.case.triage, raised.case.triaged.from), (Triage::As(TriageKind::Complaint), Some(request)));
    assert_eq!(raised.case.next_deadline(), ACKNOWLEDGE);
}
