//! The whole story on SQLite, with a browser: TLS in, STARTTLS and sign-in out, and the clock moves
//! while the daemon runs. Leaves pictures of each page in `target/tmp/journey/`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::letter::LetterKind;
use jiff::civil::date;

use super::{COMPLAINT, HANDLER, Landlord, OFFICER, PASSWORD, RESIDENT, TEAM, flat, must_be_complete, parsed};
use crate::support::browser::Browser;
use crate::support::patience::{until, within};

/// Reminders are looked at once a minute.
const A_REMINDER_PASS: Duration = Duration::from_secs(90);

/// How long a page may take to open.
const A_PAGE: Duration = Duration::from_secs(15);

const MISSING: &str = ".app-checks .govuk-tag--red";

/// The officer before the screen.
struct Desk {
    browser: Browser,
    address: String,
    pictures: PathBuf,
}

impl Desk {
    async fn new(address: String) -> Self {
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("journey");
        std::fs::create_dir_all(&pictures).unwrap();
        Self { browser: Browser::start().await, address, pictures }
    }

    async fn goto(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.address)).await;
    }

    /// Draws the page at both widths, and leaves the window wide.
    async fn picture(&self, name: &str) {
        for width in [390, 1280] {
            self.browser.screenshot(&self.pictures.join(format!("{name}-{width}.png")), width).await;
        }
    }

    async fn sign_in(&self) {
        self.goto("/work").await;
        self.browser.fill("email", OFFICER).await;
        self.browser.fill("password", PASSWORD).await;
        self.browser.click("main button[type=submit]").await;
        self.says("Work list").await;
    }

    /// What the page says, in one line.
    async fn page(&self) -> String {
        flat(&self.browser.text("main").await)
    }

    /// Waits until the page says this: a click may still be opening it.
    async fn says(&self, words: &str) {
        let deadline = Instant::now() + A_PAGE;
        loop {
            let page = self.page().await;
            if page.contains(words) {
                return;
            }
            assert!(Instant::now() < deadline, "'{words}' is not on the page: {page}");
        }
    }

    async fn open(&self, link: &str) {
        let found = format!(
            "const link = [...document.querySelectorAll('main a')].find(a => a.textContent.includes('{link}'));\
             link.setAttribute('data-wanted', ''); return true;"
        );
        self.browser.ask(&found).await;
        self.browser.click("a[data-wanted]").await;
    }

    async fn press(&self, button: &str) {
        self.browser.click(&format!("main button[value={button}]:not([aria-hidden])")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complaint_travels_from_the_mailbox_to_the_resident() {
    let mut landlord = Landlord::open(None, "starttls").await;
    let desk = Desk::new(landlord.service.address()).await;

    // Monday 2 November: the resident writes.
    landlord.dovecot.append(COMPLAINT.as_bytes(), "02-Nov-2026 09:12:00 +0000");
    let draft = landlord.letter(LetterKind::StageOneAcknowledgement).await;
    let reference = draft.case_ref.to_string();

    // Tuesday 3 November: an officer reads it, and acknowledges it.
    landlord.service.set_clock("2026-11-03 09:30:00");
    until("the draft with the response date of a letter of today", async || {
        let letter = landlord.store.letter(draft.id).await.unwrap()?;
        letter.content.text.contains("Tuesday 17 November 2026").then_some(())
    })
    .await;
    desk.goto("/work").await;
    desk.picture("01-sign-in").await;
    desk.sign_in().await;
    the_officer_reads_what_arrived(&desk, &reference).await;
    the_officer_writes_until_nothing_is_missing(&desk).await;
    desk.press("approve").await;
    desk.says("Approved. The letter is on its way").await;
    desk.picture("08-approved").await;
    let arrived = landlord.nth_received_by(RESIDENT, 1).await;
    let letter = landlord.store.letter(draft.id).await.unwrap().unwrap();
    must_be_complete(&arrived, &letter);
    the_case_is_acknowledged(&landlord, &desk, &reference).await;
    let urgent = landlord.nth_received_by(TEAM, 1).await;
    assert!(parsed(&urgent).subject().unwrap().starts_with("Urgent: "), "{}", String::from_utf8_lossy(&urgent));
    assert!(!String::from_utf8_lossy(&urgent).contains("Whitlock"), "no personal data leaves the pages");
    assert_eq!(landlord.postfix.received().len(), 2, "one letter, one urgent notice, and nothing else");

    the_handler_is_reminded_once_a_rung(&mut landlord, &desk, &reference).await;

    // Thursday 12 November: more time is needed.
    the_officer_asks_for_more_time(&desk, &reference).await;
    let extension = landlord.nth_received_by(RESIDENT, 2).await;
    let letter = landlord.letter(LetterKind::StageOneExtension).await;
    must_be_complete(&extension, &letter);
    assert!(letter.content.text.contains("Friday 27 November 2026"), "{}", letter.content.text);
    the_case_is_extended(&landlord, &desk, &reference).await;

    // Friday 13 November: the resident answers the first letter, and nothing else happens any more.
    landlord.service.set_clock("2026-11-13 08:05:00");
    let message_id = parsed(&arrived).message_id().unwrap().to_owned();
    landlord.the_resident_answers(&message_id, "13-Nov-2026 08:03:00 +0000").await;
    desk.sign_in().await; // the session of the day before has ended
    desk.open(&reference).await;
    desk.says("Thank you").await;
    desk.picture("14-case-with-answer").await;
    landlord.nothing_happens_by_itself("2026-11-13 11:00:00").await;
    assert_eq!(landlord.received_by(RESIDENT).len(), 2);
    assert_eq!(landlord.received_by(HANDLER).len(), 2);
    assert_eq!(landlord.postfix.received().len(), 5);
    let mut complaints = desk.browser.complaints().await;
    complaints.retain(|line| !line.contains("422 (Unprocessable Entity)")); // the refused approval
    assert_eq!(complaints, Vec::<String>::new());
}

async fn the_officer_reads_what_arrived(desk: &Desk, reference: &str) {
    desk.says("1 case, most urgent first").await;
    desk.says("4 working days left").await;
    desk.says("Monday 9 November 2026").await;
    assert_eq!(desk.browser.count(".app-alarm").await, 0, "{}", desk.page().await);
    desk.picture("02-work-list").await;

    desk.open(reference).await;
    desk.says("2 November 2026 at 9:12am").await;
    desk.picture("03-case").await;
    desk.open("Damp in the back bedroom").await;
    desk.says("I was promised a call back that never came").await;
    desk.picture("04-contact").await;
    desk.open(reference).await;
    desk.open("cknowledgement").await;
}

async fn the_officer_writes_until_nothing_is_missing(desk: &Desk) {
    let checks = desk.browser.text(".app-checks").await;
    for provision in ["(5.6)", "(5.7)", "(guidance)"] {
        assert!(checks.contains(provision), "{checks}");
    }
    assert_eq!(desk.browser.count(MISSING).await, 4, "points, responsibility, outcomes, handler");
    assert_eq!(desk.browser.count("button[value=approve]:not([disabled])").await, 0, "cannot be approved");
    desk.picture("05-letter-with-shortfalls").await;

    let form = &desk.browser;
    form.fill("resident", "Ms Whitlock").await;
    form.fill("point-1-text", "The damp in the back bedroom, reported on 14 September, has not been treated.").await;
    form.click("label[for=point-1-responsible]").await;
    form.fill("point-2-text", "Four calls were not returned.").await;
    form.click("label[for=point-2-responsible-unclear]").await;
    form.fill("outcome-1", "The damp is treated before winter.").await;
    desk.press("save").await;
    desk.says("1 required element is missing").await;
    assert_eq!(form.count(MISSING).await, 1, "the handler");
    desk.picture("06-letter-nearly-there").await;

    form.choose("handler", "Priya Shah").await;
    desk.press("save").await;
    desk.says("Nothing is missing").await;
    assert_eq!(form.count(MISSING).await, 0);
    let letter = form.text_in_frame("iframe.app-letter", "body").await;
    for words in ["Ms Whitlock", "Four calls were not returned.", "Priya Shah", "Tuesday 17 November 2026"] {
        assert!(letter.contains(words), "{words} is not in the letter: {letter}");
    }
    desk.picture("07-letter-complete").await;
}

async fn the_case_is_acknowledged(landlord: &Landlord, desk: &Desk, reference: &str) {
    until("the acknowledgement", async || {
        let [case] = landlord.store.work_list(2).await.unwrap().try_into().unwrap();
        (case.next_deadline() == Some((Duty::Respond, Some(date(2026, 11, 17))))).then_some(())
    })
    .await;
    desk.goto(&format!("/cases/{reference}")).await;
    for words in [
        "Acknowledged 3 November 2026 at 9:3",
        "Response due Tuesday 17 November 2026 10 working days left",
        "Handler Priya Shah",
    ] {
        desk.says(words).await;
    }
    desk.browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)").await;
    desk.says("Tuesday 17 November 2026").await;
    desk.picture("09-case-acknowledged").await;
}

async fn the_handler_is_reminded_once_a_rung(landlord: &mut Landlord, desk: &Desk, reference: &str) {
    // Five working days before, on Tuesday 10 November, the daemon is down until eight.
    landlord.stop();
    landlord.start_at("2026-11-10 08:00:00");
    let reminder = landlord.nth_received_by(HANDLER, 1).await;
    let subject = parsed(&reminder).subject().unwrap().to_owned();
    assert!(subject.contains(reference) && subject.contains("5 working days left"), "{subject}");
    assert!(parsed(&reminder).body_text(0).unwrap().contains("Tuesday 17 November 2026"));

    // Three working days before: the clock moves on under the running daemon.
    landlord.service.set_clock("2026-11-12 09:00:00");
    within(A_REMINDER_PASS, "the second reminder", async || (landlord.received_by(HANDLER).len() >= 2).then_some(()))
        .await;
    let subject = parsed(&landlord.nth_received_by(HANDLER, 2).await).subject().unwrap().to_owned();
    assert!(subject.contains("3 working days left"), "{subject}");
    desk.sign_in().await;
    desk.says("3 working days left").await;
    desk.picture("10-work-list-three-days-before").await;
}

async fn the_officer_asks_for_more_time(desk: &Desk, reference: &str) {
    desk.goto(&format!("/cases/{reference}")).await;
    desk.says("The response date can move to Tuesday 1 December 2026 at the latest (6.4)").await;
    desk.browser.click("form[action$=extension] button").await;
    desk.says("The extension letter has been begun").await;
    desk.picture("11-extension-begun").await;
    let form = &desk.browser;
    form.fill("reason", "The surveyor's damp readings take another week.").await;
    form.fill("updates", "By telephone every Friday.").await;
    for (field, value) in [("new-by-day", "2"), ("new-by-month", "12"), ("new-by-year", "2026")] {
        form.fill(field, value).await;
    }
    desk.press("save").await;
    desk.says("There is a problem").await;
    desk.says("1 December 2026").await;
    desk.press("approve").await;
    desk.says("The new date can be 1 December 2026 at the latest (6.4)").await;
    desk.picture("12-extension-refused").await;

    form.fill("new-by-day", "27").await;
    form.fill("new-by-month", "11").await;
    desk.press("save").await;
    desk.says("Nothing is missing").await;
    desk.picture("13-extension-complete").await;
    desk.press("approve").await;
    desk.says("Approved. The letter is on its way").await;
}

async fn the_case_is_extended(landlord: &Landlord, desk: &Desk, reference: &str) {
    until("the extension", async || {
        let [case] = landlord.store.work_list(2).await.unwrap().try_into().unwrap();
        (case.next_deadline() == Some((Duty::Respond, Some(date(2026, 11, 27))))).then_some(())
    })
    .await;
    desk.goto(&format!("/cases/{reference}")).await;
    desk.says("Response first due Tuesday 17 November 2026").await;
    desk.says("Response due, extended Friday 27 November 2026 11 working days left").await;
}
