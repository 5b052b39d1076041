//! A landlord's house in small, for stories: a real database (each of the two), a real Maildir, the
//! built-in Code, calendar and templates; only clock and courier are set by the test. Whatever a
//! story does, at its end the history must be sound and every case what its events made of it.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use complaintsd::casework::{Casework, CaseworkError, Sender};
use complaintsd::clock::Clock;
use complaintsd::courier::{Courier, CourierError, Envelope};
use complaintsd::domain::approval::ApprovalRules;
use complaintsd::domain::case::Case;
use complaintsd::domain::contact::{Contact, Intake};
use complaintsd::domain::delivery::Handover;
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::parts::LetterParts;
use complaintsd::domain::people::{Actor, Officer, Role};
use complaintsd::domain::post::PostRules;
use complaintsd::domain::words::london_date;
use complaintsd::ingest::{self, Ingest, Logbook, Pass, Reader};
use complaintsd::letters::desk::Desk;
use complaintsd::letters::draft::{Drafted, Drafting};
use complaintsd::mailbox::MaildirSource;
use complaintsd::outbox::{Outbox, Sent};
use complaintsd::reminders::{Addresses, Reminders};
use complaintsd::store::{HistoryCheck, LedgerEntry, Ledgered, Letter, NewOfficer, Store};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use sqlx::Connection as _;
use tempfile::TempDir;

use super::clock::{TestClock, morning};
use super::postgres;

pub use super::furniture::{address, desk, full_form, mail, maildir, rungs, seen, triage_words, word_lists};
pub use super::killed::{killed_after, killed_when};

/// How long a hand-over stays in doubt in these stories.
pub const DOUBT: SignedDuration = SignedDuration::from_mins(15);

/// Makes each story a test on SQLite and on PostgreSQL.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let mut scene = $crate::support::scene::Scene::on_sqlite().await;
                super::$name(&mut scene).await;
                scene.must_be_sound().await;
            })+
        }
        mod on_postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let mut scene = $crate::support::scene::Scene::on_postgresql().await;
                super::$name(&mut scene).await;
                scene.must_be_sound().await;
            })+
        }
    };
}
pub(crate) use stories;

/// A courier that answers as told, accepts otherwise, and keeps what it was given.
#[derive(Default)]
pub struct ScriptedCourier {
    answers: Mutex<VecDeque<Handover>>,
    given: Mutex<Vec<(Envelope, Vec<u8>)>>,
}

impl ScriptedCourier {
    /// The next answers, in order.
    pub fn will_answer(&self, answers: impl IntoIterator<Item = Handover>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// Everything handed over so far.
    pub fn given(&self) -> Vec<(Envelope, Vec<u8>)> {
        self.given.lock().unwrap().clone()
    }

    /// Everything handed over to this recipient.
    pub fn given_to(&self, to: &str) -> Vec<Vec<u8>> {
        self.given().into_iter().filter(|(envelope, _)| envelope.to.as_str() == to).map(|(_, bytes)| bytes).collect()
    }
}

#[async_trait]
impl Courier for ScriptedCourier {
    async fn hand_over(&self, envelope: &Envelope, bytes: &[u8]) -> Handover {
        self.given.lock().unwrap().push((envelope.clone(), bytes.to_vec()));
        // A place where a run can be killed with the message gone and the answer not yet there.
        tokio::task::yield_now().await;
        let scripted = self.answers.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| Handover::Accepted("250 2.0.0 Ok: queued".to_owned()))
    }

    async fn probe(&self) -> Result<String, CourierError> {
        Ok("here".to_owned())
    }
}

/// The house.
pub struct Scene {
    pub store: Store,
    pub clock: TestClock,
    pub courier: Arc<ScriptedCourier>,
    pub desk: Desk,
    pub officer: Officer,
    pub approval: ApprovalRules,
    pub post: PostRules,
    pub source: MaildirSource,
    pub url: String,
    folder: TempDir,
    delivered: AtomicU32,
}

impl Scene {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("complaints.db").display());
        Self::new(folder, &url).await
    }

    pub async fn on_postgresql() -> Self {
        let url = tokio::task::spawn_blocking(postgres::database).await.unwrap();
        Self::new(tempfile::tempdir().unwrap(), &url).await
    }

    async fn new(folder: TempDir, url: &str) -> Self {
        let store = Store::connect(url).await.unwrap();
        let clock = TestClock::showing(morning(date(2026, 11, 2)));
        let new = NewOfficer {
            email: address("priya@landlord.example"),
            name: "Priya Nair".to_owned(),
            role: Role::Officer,
            password_hash: "none".to_owned(),
        };
        let mut tx = store.begin().await.unwrap();
        let officer = tx.add_officer(&new, &Actor::Operator, clock.now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let officer = store.officer(officer).await.unwrap().unwrap();
        Self {
            source: maildir(&folder, "complaints"),
            store,
            clock,
            courier: Arc::default(),
            desk: desk(),
            officer,
            approval: ApprovalRules::default(),
            post: PostRules::default(),
            url: url.to_owned(),
            folder,
            delivered: AtomicU32::new(0),
        }
    }

    /// The disk is full for so many changes (`INSERT`, `UPDATE`) of this table. On PostgreSQL, whose
    /// sequences go on counting though the transaction is undone.
    pub async fn no_room_for(&self, changes: u32, change: &str, table: &str) {
        let mut session = sqlx::PgConnection::connect(&self.url).await.unwrap();
        let statements = format!(
            "CREATE SEQUENCE refused;
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('refused') <= {changes} THEN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut session).await.unwrap();
    }

    /// A further mailbox of the house.
    pub fn mailbox(&self, name: &str) -> MaildirSource {
        maildir(&self.folder, name)
    }

    /// A message arrives now in this mailbox.
    pub fn arrives_in(&self, mailbox: &str, bytes: &[u8]) {
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(mailbox).join("new").join(format!("{number:06}.test"));
        fs::write(&path, bytes).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(self.clock.now().into()).unwrap();
    }

    /// A message arrives now.
    pub fn arrives(&self, bytes: &[u8]) {
        self.arrives_in("complaints", bytes);
    }

    pub fn logbook(&self, reader: Reader) -> Logbook {
        Logbook {
            store: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            code: Arc::clone(&self.desk.code),
            calendar: Arc::clone(&self.desk.calendar),
            ours: vec![address("complaints@landlord.example")],
            trusted: [("complaints".to_owned(), vec!["mx.landlord.example".to_owned()])].into(),
            hand_over: Arc::new(word_lists()),
            reader,
        }
    }

    pub fn ingest_with(&self, reader: Reader) -> Ingest {
        Ingest::new(self.store.clone(), Arc::new(self.clock.clone()), self.logbook(reader))
    }

    pub fn ingest(&self) -> Ingest {
        self.ingest_with(ingest::read)
    }

    /// One pass over the mailbox.
    pub async fn poll(&mut self) -> Pass {
        self.ingest().run_once(&mut self.source, &|_| ()).await.unwrap()
    }

    pub fn drafting(&self) -> Drafting {
        Drafting::new(self.store.clone(), Arc::new(self.clock.clone()), self.desk.clone())
    }

    pub async fn draft(&self) -> Drafted {
        self.drafting().run_once().await.unwrap()
    }

    pub fn casework(&self) -> Casework {
        Casework {
            store: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            desk: self.desk.clone(),
            sender: Sender {
                address: address("complaints@landlord.example"),
                name: "Example Homes complaints".to_owned(),
                reply_to: None,
                attach: complaintsd::domain::letter::Attach::Nothing,
                ours: vec![address("complaints@landlord.example")],
            },
            triage: Arc::new(triage_words()),
            approval: self.approval.clone(),
            post: self.post.clone(),
        }
    }

    pub fn outbox(&self) -> Outbox {
        Outbox {
            store: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            courier: Arc::clone(&self.courier) as Arc<dyn Courier>,
            code: Arc::clone(&self.desk.code),
            calendar: Arc::clone(&self.desk.calendar),
            doubt_wait: DOUBT,
        }
    }

    pub async fn send(&self) -> Sent {
        self.outbox().run_once().await.unwrap()
    }
    pub fn reminders(&self) -> Reminders {
        Reminders {
            store: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            calendar: Arc::clone(&self.desk.calendar),
            code: Arc::clone(&self.desk.code),
            hand_over: Arc::new(word_lists()),
            hand_overs_per_hour: 30,
            templates: Arc::clone(&self.desk.templates),
            rungs: rungs(),
            post: self.post.clone(),
            addresses: Addresses {
                from: address("complaints@landlord.example"),
                from_name: "Example Homes complaints".to_owned(),
                team: address("team@landlord.example"),
                manager: address("manager@landlord.example"),
                operators: address("manager@landlord.example"),
                checkpoint: None,
                digest: None,
                pages: Some("https://complaints.landlord.example".to_owned()),
            },
        }
    }

    pub fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Today.
    pub fn clock_day(&self) -> Date {
        london_date(self.clock.now())
    }

    /// How many messages of the mailbox its server still holds for new.
    pub fn new_files(&self) -> usize {
        fs::read_dir(self.folder.path().join("complaints").join("new")).unwrap().count()
    }

    /// What a run leaves behind that was killed between keeping this message and logging it.
    pub async fn kept_only(&self, bytes: &[u8]) {
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now();
        let mut tx = self.store.begin().await.unwrap();
        let raw = tx.put_raw(bytes, now).await.unwrap().id;
        let entry = LedgerEntry {
            mailbox: "complaints".to_owned(),
            folder: String::new(),
            uid_validity: 0,
            uid: 0,
            name: format!("{number:06}.kept"),
            raw,
            internal_date: now,
            intake: Intake::Inbox,
        };
        assert_eq!(tx.ledger_add(&entry).await.unwrap(), Ledgered::Added);
        tx.commit().await.unwrap();
    }

    /// Goes behind the store's back.
    pub async fn meddle(&self, sql: &'static str) {
        if self.url.starts_with("sqlite") {
            sqlx::raw_sql(sql).execute(&mut sqlx::SqliteConnection::connect(&self.url).await.unwrap()).await.unwrap();
        } else {
            sqlx::raw_sql(sql).execute(&mut sqlx::PgConnection::connect(&self.url).await.unwrap()).await.unwrap();
        }
    }

    /// What a run leaves behind that died while reading the messages that wait.
    pub async fn reading_begun(&self) {
        let rows = self.store.ledger_unread(1_000).await.unwrap();
        let mut tx = self.store.begin().await.unwrap();
        tx.ledger_attempt(&rows.iter().map(|row| row.id).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// All contacts, oldest first.
    pub async fn contacts(&self) -> Vec<Contact> {
        let mut contacts = self.store.contacts(None, 10_000).await.unwrap();
        contacts.reverse();
        contacts
    }

    /// All cases, in the order they were opened.
    pub async fn cases(&self) -> Vec<Case> {
        let mut cases = self.store.work_list(10_000).await.unwrap();
        cases.sort_by_key(|case| case.id);
        cases
    }

    /// The case as it stands now.
    pub async fn now(&self, case: &Case) -> Case {
        self.store.case(case.id).await.unwrap().unwrap()
    }

    /// What happened to a case.
    pub async fn events(&self, case: &Case) -> Vec<CaseEvent> {
        self.store.history(case.id).await.unwrap().into_iter().map(|line| line.event).collect()
    }

    /// A letter as it stands now.
    pub async fn letter(&self, id: LetterId) -> Letter {
        self.store.letter(id).await.unwrap().unwrap()
    }

    /// The letters of this kind that a case has had, oldest first.
    pub async fn letters(&self, case: &Case, kind: LetterKind) -> Vec<Letter> {
        let letters = self.store.letters_of_case(case.id).await.unwrap();
        letters.into_iter().filter(|letter| letter.kind == kind).collect()
    }

    /// The keys of the alarms that stand.
    pub async fn alarms(&self) -> Vec<String> {
        self.store.alarms().await.unwrap().into_iter().map(|alarm| alarm.key).collect()
    }

    /// A new complaint by Ann Poole, logged and drafted: the case and its acknowledgement's draft.
    pub async fn a_complaint(&mut self) -> (Case, Letter) {
        let number = self.delivered.load(Ordering::Relaxed);
        self.arrives(&mail(
            &[("From", "Ann Poole <ann@example.org>"), ("Message-ID", &format!("<ann-{number}@mail.example.org>"))],
            "The wall is wet again.",
        ));
        self.poll().await;
        self.draft().await;
        let case = self.cases().await.pop().unwrap();
        let letter = self.letters(&case, LetterKind::StageOneAcknowledgement).await.pop().unwrap();
        (case, letter)
    }

    /// The officer writes everything the acknowledgement needs.
    pub async fn write(&self, letter: LetterId) -> Letter {
        self.casework().save_acknowledgement(&self.officer, letter, full_form(&self.officer)).await.unwrap();
        self.letter(letter).await
    }

    /// The officer approves what stands there now.
    pub async fn approve(&self, letter: LetterId) -> Result<(), CaseworkError> {
        self.casework().approve(&self.officer, seen(&self.letter(letter).await)).await
    }

    /// A complaint whose acknowledgement is approved and waits in the outbox.
    pub async fn an_approved_acknowledgement(&mut self) -> (Case, Letter) {
        let (case, letter) = self.a_complaint().await;
        self.write(letter.id).await;
        self.approve(letter.id).await.unwrap();
        (self.now(&case).await, self.letter(letter.id).await)
    }

    /// A complaint received and acknowledged on the day the clock shows.
    pub async fn an_acknowledged_case(&mut self) -> Case {
        let (case, letter) = self.an_approved_acknowledgement().await;
        self.send().await;
        assert_eq!(self.letter(letter.id).await.state, LetterState::Sent);
        self.now(&case).await
    }

    /// The response of this case is extended, and the letter accepted, now.
    pub async fn extended_to(&self, case: &Case, new_by: Date) {
        let casework = self.casework();
        let letter = casework.begin_extension(&self.officer, case.reference).await.unwrap();
        let parts = LetterParts {
            reason: "The surveyor's damp readings take a week.".to_owned(),
            new_by: Some(new_by),
            updates: "Every Friday by telephone.".to_owned(),
            ..LetterParts::default()
        };
        casework.save_parts(&self.officer, letter, parts).await.unwrap();
        self.approve(letter).await.unwrap();
        self.send().await;
    }

    /// What must hold after every story: the chain of history is whole, and each case is what its
    /// events make of it.
    pub async fn must_be_sound(&self) {
        let check = self.store.verify_history().await.unwrap();
        assert!(matches!(check, HistoryCheck::Sound { .. }), "{check:?}");
        for case in self.cases().await {
            let mut replayed: Option<Case> = None;
            for event in self.events(&case).await {
                replayed = Some(match replayed {
                    None => Case::opened(case.id, &event).unwrap(),
                    Some(before) => before.apply(&event),
                });
            }
            assert_eq!(replayed.as_ref(), Some(&case), "replaying its events makes another case");
        }
    }
}
