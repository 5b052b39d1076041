//! One folder in a pass. Mostly only what is new is asked for. On a new connection, once a day, and
//! whenever the server's numbering says something odd, all of it is compared with the ledger: what the
//! ledger lacks is fetched under an alarm, and where a UID may mean another message than before, the
//! messages themselves are compared. A UID is believed only as long as nothing speaks against it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::domain::words;
use crate::mailbox::{Batch, Epoch, Facts, Folder, Identity, MailSource, Opened, Places, Position, Scope};
use crate::store::{MailFolder, Standing, StoreError};

use super::compare::{Compared, compare, contradicting, paired};
use super::pass::{AT_HAND, FolderFault, Ingest, IngestError, Pass, Progress};

/// How often everything is compared.
const DAILY: SignedDuration = SignedDuration::from_hours(24);

/// How long an alarm about something that has been put right stays in sight.
const IN_SIGHT: SignedDuration = SignedDuration::from_hours(23);

/// At most so many UIDs that came and went between two passes are noted one by one.
const UNSEEN: usize = 1_000;

/// What a pass did in one folder.
#[derive(Debug, Default)]
struct Work {
    /// Messages that stand where another one was known.
    replaced: usize,
    /// Messages that the server lists and does not hand out.
    withheld: Places,
    /// Everything that was listed.
    listed: Places,
}

/// A folder as it is read in this pass.
struct Reading<'a> {
    folder: &'a Folder,
    opened: &'a Opened,
    mailbox: String,
    before: MailFolder,
    now: Timestamp,
    /// The alarms that stood when it was opened.
    alarms: BTreeSet<String>,
}

impl Reading<'_> {
    fn epoch(&self) -> &Epoch {
        &self.opened.epoch
    }

    /// Another UIDVALIDITY than at the last pass.
    fn renumbered(&self) -> bool {
        self.before.uid_validity != self.epoch().uid_validity
    }

    /// UIDNEXT went backwards, which RFC 9051 §2.3.1.1 forbids within one UIDVALIDITY: UIDs are given
    /// out a second time.
    fn went_back(&self) -> bool {
        !self.renumbered() && self.opened.uid_next.is_some_and(|next| next < self.before.uid_next)
    }

    /// The UID below which passes have dealt with everything.
    fn finished(&self) -> u32 {
        if self.renumbered() || self.went_back() { 0 } else { self.before.uid_next }
    }

    fn due(&self) -> bool {
        self.before.compared_at.is_none_or(|at| self.now.duration_since(at).abs() >= DAILY)
    }

    /// Whether all of it is compared, not only what is new.
    fn whole(&self) -> bool {
        let unsure = self.opened.identity == Identity::UnsureUid;
        self.opened.fresh || self.renumbered() || self.went_back() || self.due() || unsure
    }

    /// Whether no UID is believed until the message behind it was compared.
    fn distrusted(&self) -> bool {
        let unsure = self.opened.identity == Identity::UnsureUid && (self.opened.fresh || self.due());
        self.renumbered() || self.went_back() || unsure
    }

    fn alarm_key(&self, about: &str) -> String {
        format!("{about}-{}-{}", self.mailbox, self.folder.name)
    }

    fn place(&self) -> String {
        let Self { mailbox, folder, .. } = self;
        if folder.name.is_empty() {
            format!("mailbox '{mailbox}'")
        } else {
            format!("mailbox '{mailbox}', folder '{}'", folder.name)
        }
    }
}

impl Ingest {
    /// Reads one folder; says why not, when it may not be begun.
    pub(super) async fn read_folder(
        &self,
        source: &mut dyn MailSource,
        folder: &Folder,
        pass: &mut Pass,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Option<FolderFault>, IngestError> {
        let opened = source.open(folder).await?;
        let (mailbox, now) = (source.name().to_owned(), self.clock.now());
        let before = match self.store.mail_folder(&mailbox, &folder.name).await? {
            Some(before) => before,
            None => {
                let listed = source.list(Scope::All).await?;
                if let Some(history) = self.history(source, folder, &listed).await? {
                    return Ok(Some(FolderFault::History(history)));
                }
                let uid_validity = opened.epoch.uid_validity;
                let mut tx = self.store.begin().await?;
                tx.mail_folder_begun(&mailbox, &folder.name, uid_validity, now).await?;
                tx.commit().await?;
                MailFolder { uid_validity, uid_next: 0, compared_at: None }
            }
        };
        let alarms = self.store.alarms().await?.into_iter().map(|alarm| alarm.key).collect();
        let reading = Reading { folder, opened: &opened, mailbox, before, now, alarms };
        self.tell_problem(&reading).await?;
        let mut work = Work::default();
        if reading.whole() {
            self.compare_all(source, &reading, &mut work, pass, progress).await?;
        } else {
            let highest = self.store.ledger_highest(&reading.mailbox, &folder.name, before.uid_validity).await?;
            work.listed = source.list(Scope::Above(highest)).await?;
            let news = work.listed.clone();
            self.fetch(source, &reading, news, &mut work, pass, progress).await?;
        }
        self.finish(&reading, &work).await?;
        // Also what an earlier pass logged but could not tell the server.
        self.tell_server(source, &reading).await?;
        Ok(None)
    }

    /// Compares everything with the ledger and fetches what it lacks.
    async fn compare_all(
        &self,
        source: &mut dyn MailSource,
        reading: &Reading<'_>,
        work: &mut Work,
        pass: &mut Pass,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), IngestError> {
        let logged_before = pass.contacts;
        work.listed = source.list(Scope::All).await?;
        let Epoch { folder, uid_validity } = reading.epoch();
        let standing = self.store.ledger_standing(&reading.mailbox, folder, *uid_validity).await?;
        let compared = compare(&work.listed, &standing, reading.finished());
        let facts = source.facts(&compared.present).await?;
        let suspect = if reading.distrusted() { compared.present.clone() } else { contradicting(&facts, &standing) };
        let mut wanted = compared.missing.clone();
        wanted.extend(suspect.clone());
        self.fetch(source, reading, wanted, work, pass, progress).await?;
        if work.replaced > 0 && reading.opened.identity != Identity::Name {
            // One UID that means another message makes all of them doubtful.
            let rest = compared.present.without(&suspect);
            self.fetch(source, reading, rest, work, pass, progress).await?;
        }
        self.keep_facts(&facts, &standing).await?;
        self.tell_numbering(reading, work, pass.contacts - logged_before).await?;
        self.tell_gaps(reading, &compared, &work.withheld).await?;
        Ok(())
    }

    /// Fetches, keeps and logs these messages, batch by batch.
    async fn fetch(
        &self,
        source: &mut dyn MailSource,
        reading: &Reading<'_>,
        wanted: Places,
        work: &mut Work,
        pass: &mut Pass,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), IngestError> {
        let mut so_far = Progress { done: 0, of: wanted.len() };
        if wanted.is_empty() {
            return Ok(());
        }
        source.want(wanted);
        let mut batch = source.next_batch().await?;
        while !batch.is_end() {
            so_far.done += batch.messages.len() + batch.vanished.len() + batch.withheld.len();
            work.withheld.extend(std::mem::take(&mut batch.withheld));
            // The next batch comes while this one is stored, but not while this is one large message.
            let large = batch.messages.iter().any(|message| message.bytes.len() > AT_HAND);
            let storing = self.store(reading, batch, work, pass);
            let next = if large {
                storing.await?;
                None
            } else {
                let (next, stored) = tokio::join!(source.next_batch(), storing);
                stored?;
                Some(next)
            };
            // While UIDs are in doubt nothing is said about any of them.
            let told = if reading.distrusted() || work.replaced > 0 {
                Ok(())
            } else {
                self.tell_server(source, reading).await
            };
            progress(so_far);
            // Why the source failed says more than that it could not be told anything afterwards.
            let next = next.transpose()?;
            told?;
            batch = match next {
                Some(next) => next,
                None => source.next_batch().await?,
            };
        }
        Ok(())
    }

    /// Keeps a batch, then logs it.
    async fn store(
        &self,
        reading: &Reading<'_>,
        batch: Batch,
        work: &mut Work,
        pass: &mut Pass,
    ) -> Result<(), StoreError> {
        let mut kept = self.keep(&reading.mailbox, reading.epoch(), reading.folder.intake, batch).await?;
        pass.kept += kept.added;
        work.replaced += kept.replaced;
        pass.count(&self.logbook.log_kept(&mut kept.bytes).await?);
        Ok(())
    }

    /// Keeps what the server says of messages that are known, to notice when it says something else.
    async fn keep_facts(&self, facts: &[Facts], standing: &[Standing]) -> Result<(), StoreError> {
        let news: Vec<_> = paired(facts, standing)
            .map(|(row, told)| (row, told.internal_date.unwrap_or(row.internal_date), told.size.or(row.size)))
            .filter(|(row, date, size)| (row.internal_date, row.size) != (*date, *size))
            .collect();
        if news.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        for (row, internal_date, size) in news {
            tx.ledger_told(row.id, internal_date, size).await?;
        }
        tx.commit().await
    }

    /// Notes how far the folder was read.
    async fn finish(&self, reading: &Reading<'_>, work: &Work) -> Result<(), StoreError> {
        let Reading { mailbox, before, now, .. } = reading;
        let Epoch { folder, uid_validity } = reading.epoch();
        let highest = work.listed.uids.last().copied().unwrap_or(0);
        let told = reading.opened.uid_next.unwrap_or(highest.saturating_add(1));
        let finished = reading.finished();
        let uid_next = told.max(finished);
        let numbering_is_news = (before.uid_validity, before.uid_next) != (*uid_validity, uid_next);
        let compared_is_news = reading.whole() || !work.withheld.is_empty();
        if !numbering_is_news && !compared_is_news {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        if finished > 0 && reading.opened.identity == Identity::Uid {
            // Numbers that were given out since the last pass and are gone again.
            let unseen = (finished..uid_next).filter(|uid| !work.listed.uids.contains(uid));
            for uid in unseen.take(UNSEEN) {
                tx.ledger_vanished(mailbox, folder, *uid_validity, uid, "", *now).await?;
            }
        }
        if numbering_is_news {
            tx.mail_folder_numbering(mailbox, folder, *uid_validity, uid_next).await?;
        }
        if compared_is_news {
            // What is withheld is asked for again at the next pass.
            let compared_at = Some(*now).filter(|_| work.withheld.is_empty());
            tx.mail_folder_compared(mailbox, folder, compared_at).await?;
        }
        tx.commit().await
    }

    /// Tells the server of what is logged.
    async fn tell_server(&self, source: &mut dyn MailSource, reading: &Reading<'_>) -> Result<(), IngestError> {
        let Epoch { folder, uid_validity } = reading.epoch();
        let rows = self.store.ledger_unmarked(&reading.mailbox, folder, *uid_validity).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let positions: Vec<Position> = rows
            .iter()
            .map(|row| Position {
                folder: folder.clone(),
                uid_validity: *uid_validity,
                uid: row.uid,
                name: row.name.clone(),
            })
            .collect();
        source.mark_stored(&positions).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut tx = self.store.begin().await?;
        tx.ledger_marked(&ids, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The alarms of a folder. Each says what was found and what was done about it; one whose cause has been
/// put right stays in sight for a day.
impl Ingest {
    async fn tell_problem(&self, reading: &Reading<'_>) -> Result<(), StoreError> {
        let key = reading.alarm_key("folder");
        match &reading.opened.problem {
            Some(_) if reading.alarms.contains(&key) && !reading.opened.fresh && !reading.due() => Ok(()),
            Some(problem) => self.raise(&key, problem, reading.now).await,
            None if reading.alarms.contains(&key) => {
                let mut tx = self.store.begin().await?;
                tx.clear_alarm(&key).await?;
                tx.commit().await
            }
            None => Ok(()),
        }
    }

    async fn tell_numbering(&self, reading: &Reading<'_>, work: &Work, logged: usize) -> Result<(), StoreError> {
        let what = if reading.renumbered() {
            let named = |number: u32| if number == 0 { "none".to_owned() } else { number.to_string() };
            let (before, after) = (named(reading.before.uid_validity), named(reading.epoch().uid_validity));
            format!("numbers its messages anew (UIDVALIDITY was {before} and is {after})")
        } else if reading.went_back() {
            "gives out numbers a second time (UIDNEXT went back)".to_owned()
        } else if work.replaced > 0 && reading.opened.identity == Identity::Name {
            format!("had {} changed after they were logged", words::counted(work.replaced, "file"))
        } else if work.replaced > 0 {
            format!("has other messages under {} known already", words::counted(work.replaced, "number"))
        } else {
            return self.out_of_sight(reading, "numbering").await;
        };
        let text = format!(
            "The {} {what}. All {} were compared by their contents; {} not known before and logged now, and nothing is \
             logged twice. Find out whether the folder was made anew, renamed or restored, and whether mail was lost \
             by it. This notice goes after a day.",
            reading.place(),
            words::counted(work.listed.len(), "message"),
            if logged == 1 { "1 was".to_owned() } else { format!("{logged} were") },
        );
        self.raise(&reading.alarm_key("numbering"), &text, reading.now).await
    }

    async fn tell_gaps(&self, reading: &Reading<'_>, compared: &Compared, withheld: &Places) -> Result<(), StoreError> {
        let key = reading.alarm_key("gap");
        let fetched = compared.gaps.without(withheld);
        let mut told = Vec::new();
        if !fetched.is_empty() {
            told.push(format!(
                "stood on the server that should have been taken before, and the ledger did not have them: {}. They \
                 have been fetched now; find out why they were missed. This notice goes after a day",
                numbers(&fetched)
            ));
        }
        if !withheld.uids.is_empty() {
            told.push(format!(
                "stand on the server, which does not hand them out: {}. Look for them with a mail program; they are \
                 asked for again at every pass",
                numbers(withheld)
            ));
        }
        if told.is_empty() {
            return self.out_of_sight(reading, "gap").await;
        }
        let uid_validity = reading.epoch().uid_validity;
        let text =
            format!("Defect: in {} (UIDVALIDITY {uid_validity}) messages {}.", reading.place(), told.join("; others "));
        self.raise(&key, &text, reading.now).await
    }

    async fn raise(&self, key: &str, text: &str, now: Timestamp) -> Result<(), StoreError> {
        tracing::error!(error = text, "The mailbox needs looking after");
        let mut tx = self.store.begin().await?;
        tx.raise_alarm(key, text, now).await?;
        tx.commit().await
    }

    /// Ends an alarm whose cause was put right a day ago.
    async fn out_of_sight(&self, reading: &Reading<'_>, about: &str) -> Result<(), StoreError> {
        let (key, now) = (reading.alarm_key(about), reading.now);
        if reading.alarms.contains(&key) {
            let mut tx = self.store.begin().await?;
            tx.clear_alarm_of(&key, now.checked_sub(IN_SIGHT).unwrap_or(now)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// `UID 3, 4 and 7`, cut short.
fn numbers(places: &Places) -> String {
    const SHOWN: usize = 20;
    let mut shown: Vec<String> = places.uids.iter().take(SHOWN).map(ToString::to_string).collect();
    if places.uids.len() > SHOWN {
        shown.push(format!("{} more", places.uids.len() - SHOWN));
    }
    format!("UID {}", words::list(&shown))
}
