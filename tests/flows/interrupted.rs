//! Killed anywhere: a run's future is dropped at every step in turn, as a process that dies there
//! would leave things. Nothing is lost and nothing is doubled.

use async_trait::async_trait;
use complaintsd::domain::letter::LetterState;
use complaintsd::ingest::{IngestError, Pass};
use complaintsd::mailbox::{
    Batch, Facts, Folder, MailSource, MailboxError, MailboxFault, MaildirSource, Opened, Places, Position, Scope,
};
use complaintsd::store::OutboxState;

use crate::support::scene::{DOUBT, Scene, killed_after, mail, stories};

stories!(
    a_poll_killed_anywhere_loses_and_doubles_nothing,
    a_server_that_cannot_be_told_is_told_by_the_next_pass,
    a_connection_lost_between_batches_loses_nothing,
    a_message_kept_by_a_run_that_died_is_logged_by_the_next,
    a_draft_pass_killed_anywhere_makes_one_draft,
    an_approval_killed_anywhere_is_whole_or_nothing,
    a_send_killed_anywhere_loses_no_letter_and_makes_one_more_copy_at_most,
);

/// More steps than any of these runs takes for one message; the last ones run to their end.
const STEPS: usize = 56;

/// A run that is stepped through takes more steps on a busy machine: a poll is killed one step later each time
/// until so many runs have come to their end by themselves.
const WHOLE_RUNS: usize = 3;

/// More steps than any poll takes, however busy the machine.
const TOO_MANY: usize = 2_000;

fn complaint(number: usize) -> Vec<u8> {
    mail(
        &[
            ("From", &format!("Ann Poole <ann-{number}@example.org>")),
            ("Message-ID", &format!("<{number}@example.org>")),
        ],
        &format!("Message {number}"),
    )
}

async fn a_poll_killed_anywhere_loses_and_doubles_nothing(scene: &mut Scene) {
    let (mut steps, mut whole) = (0, 0);
    while whole < WHOLE_RUNS {
        assert!(steps < TOO_MANY, "a poll must end");
        scene.arrives(&complaint(steps));
        let mut source = scene.mailbox("complaints");
        whole += usize::from(killed_after(steps, scene.ingest().run_once(&mut source, &|_| ())).await.is_some());
        // Three runs in a row that died over a message would be too many for it.
        if steps % 2 == 0 {
            scene.poll().await;
        }
        steps += 1;
    }
    assert!(steps > 2 * WHOLE_RUNS, "most runs were killed: {steps}");
    scene.poll().await;
    assert_eq!(scene.poll().await, Pass::default());
    let (contacts, cases) = (scene.contacts().await, scene.cases().await);
    assert_eq!((contacts.len(), cases.len()), (steps, steps));
    for number in 0..steps {
        let text = format!("Message {number}");
        assert_eq!(contacts.iter().filter(|contact| contact.reading.text.trim() == text).count(), 1, "{text}");
    }
    let numbers: Vec<u32> = cases.iter().map(|case| case.reference.number()).collect();
    assert_eq!(numbers, (1..).take(steps).collect::<Vec<u32>>(), "references have no gaps");
    assert_eq!(scene.new_files(), 0, "the server has been told of every message");
}

/// A real mailbox whose connection breaks once, at the call named.
struct Breaks {
    inside: MaildirSource,
    at: Option<&'static str>,
}

impl Breaks {
    fn here(&mut self, call: &'static str) -> Result<(), MailboxError> {
        if self.at != Some(call) {
            return Ok(());
        }
        self.at = None;
        let fault = MailboxFault::Lost { doing: call, reason: "the test cut it".to_owned() };
        Err(MailboxError { mailbox: "complaints".to_owned(), place: "nowhere".to_owned(), fault })
    }
}

#[async_trait]
impl MailSource for Breaks {
    fn name(&self) -> &str {
        self.inside.name()
    }

    async fn folders(&mut self) -> Result<Vec<Folder>, MailboxError> {
        self.inside.folders().await
    }

    async fn open(&mut self, folder: &Folder) -> Result<Opened, MailboxError> {
        self.inside.open(folder).await
    }

    async fn list(&mut self, scope: Scope) -> Result<Places, MailboxError> {
        self.inside.list(scope).await
    }

    async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxError> {
        self.inside.facts(of).await
    }

    fn want(&mut self, wanted: Places) {
        self.inside.want(wanted);
    }

    async fn next_batch(&mut self) -> Result<Batch, MailboxError> {
        let batch = self.inside.next_batch().await?;
        self.here(if batch.is_end() { "the last batch" } else { "a batch" })?;
        Ok(batch)
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        self.here("marking")?;
        self.inside.mark_stored(positions).await
    }

    async fn close(&mut self) {
        self.inside.close().await;
    }
}

async fn a_server_that_cannot_be_told_is_told_by_the_next_pass(scene: &mut Scene) {
    scene.arrives(&complaint(1));
    let mut source = Breaks { inside: scene.mailbox("complaints"), at: Some("marking") };
    let broken = scene.ingest().run_once(&mut source, &|_| ()).await;
    assert!(matches!(broken, Err(IngestError::Mailbox(_))));
    assert_eq!((scene.contacts().await.len(), scene.new_files()), (1, 1), "logged, and the server does not know");
    assert_eq!(scene.ingest().run_once(&mut source, &|_| ()).await.unwrap(), Pass::default());
    assert_eq!((scene.contacts().await.len(), scene.new_files()), (1, 0));
}

async fn a_connection_lost_between_batches_loses_nothing(scene: &mut Scene) {
    for (at, logged_before) in [("a batch", 0), ("the last batch", 1)] {
        let before = scene.contacts().await.len();
        scene.arrives(&complaint(before));
        let mut source = Breaks { inside: scene.mailbox("complaints"), at: Some(at) };
        assert!(scene.ingest().run_once(&mut source, &|_| ()).await.is_err());
        assert_eq!(scene.contacts().await.len() - before, logged_before, "{at}");
        scene.ingest().run_once(&mut source, &|_| ()).await.unwrap();
        assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (before + 1, before + 1));
        assert_eq!(scene.new_files(), 0);
    }
}

async fn a_message_kept_by_a_run_that_died_is_logged_by_the_next(scene: &mut Scene) {
    scene.kept_only(&complaint(1)).await;
    assert_eq!(scene.poll().await, Pass { kept: 0, contacts: 1, cases: 1, duplicates: 0 });
    // A delivery through the pipe logs its own message only: this one may be in another's hands.
    scene.kept_only(&complaint(2)).await;
    scene.ingest().take_in(complaint(3)).await.unwrap();
    let waiting = scene.store.ledger_unread(10).await.unwrap();
    let [other] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!(other.attempts, 0);
    // Unless it is the same message, delivered again because the first delivery died.
    scene.ingest().take_in(complaint(2)).await.unwrap();
    assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (3, 3));
}

async fn a_draft_pass_killed_anywhere_makes_one_draft(scene: &mut Scene) {
    for steps in 0..STEPS {
        scene.arrives(&complaint(steps));
        scene.poll().await;
        killed_after(steps, scene.drafting().run_once()).await;
        scene.draft().await;
    }
    for case in scene.cases().await {
        assert_eq!(scene.store.letters_of_case(case.id).await.unwrap().len(), 1);
        assert_eq!(scene.events(&case).await.len(), 2, "opened and drafted, once each");
    }
}

async fn an_approval_killed_anywhere_is_whole_or_nothing(scene: &mut Scene) {
    let mut whole = 0;
    for steps in 0..STEPS {
        let (case, letter) = scene.a_complaint().await;
        scene.write(letter.id).await;
        let before = scene.events(&case).await.len();
        killed_after(steps, scene.approve(letter.id)).await;
        let approved = scene.letter(letter.id).await.state == LetterState::Approved;
        assert_eq!(scene.store.outbox_message(letter.id).await.unwrap().is_some(), approved);
        assert_eq!(scene.events(&case).await.len(), before + usize::from(approved));
        whole += usize::from(approved);
        if !approved {
            scene.approve(letter.id).await.unwrap();
        }
    }
    assert!((1..STEPS).contains(&whole), "some were killed and some were not: {whole}");
    assert_eq!(scene.send().await.accepted, STEPS);
    assert_eq!(scene.courier.given().len(), STEPS);
}

async fn a_send_killed_anywhere_loses_no_letter_and_makes_one_more_copy_at_most(scene: &mut Scene) {
    let mut copies = 0;
    for steps in 0..STEPS {
        let (case, letter) = scene.an_approved_acknowledgement().await;
        let given = scene.courier.given().len();
        killed_after(steps, scene.outbox().run_once()).await;
        // The daemon starts again.
        scene.outbox().recover().await.unwrap();
        scene.send().await;
        scene.clock.forward(DOUBT);
        scene.send().await;

        let message = scene.store.outbox_message(letter.id).await.unwrap().unwrap();
        assert_eq!(message.state, OutboxState::Accepted, "after {steps} steps");
        assert_eq!(scene.now(&case).await.current.acknowledged.unwrap().letter, letter.id);
        let sent = scene.courier.given().split_off(given);
        assert!((1..=2).contains(&sent.len()), "{} copies after {steps} steps", sent.len());
        assert!(sent.iter().all(|(_, bytes)| *bytes == message.message.bytes));
        copies += sent.len() - 1;
    }
    assert!(copies > 0, "no run was killed with a letter in flight");
}
