//! The service: each loop is one pass and a timer, and a pass finds its work by looking at the
//! state, so a missed tick costs nothing. A loop whose dependency fails waits longer and longer and
//! raises an alarm; the others go on.

pub mod house;
mod pulse;
pub mod sign_ins;
pub mod wording;

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Mailbox;
use crate::ingest::{IngestError, Pace, Progress};
use crate::mailbox::Backoff;
use crate::receipts;
use crate::store::{InstanceGuard, StoreError};
use crate::web;
use house::House;
use pulse::{Beat, Pulse};

/// How often drafts, the outbox and reminders are looked at.
const TICK: Duration = Duration::from_secs(5);

/// How often reminders are looked at.
const REMINDER_TICK: Duration = Duration::from_secs(15);

/// How often the virus scanner is asked whether it is there.
const SCANNER_TICK: Duration = Duration::from_secs(60);

/// How often it is looked whether the bank holidays still reach far enough.
const CALENDAR_TICK: Duration = Duration::from_secs(60 * 60);

/// How long work under way may take after the first request to stop.
const SOFT_STOP: Duration = Duration::from_secs(20);

/// The longest wait after a fault of our own database or disk, which asking again does not burden.
const OWN_FAULT_WAIT: Duration = Duration::from_secs(30);

/// Runs until told to stop: the first SIGTERM or Ctrl-C stops softly, the second at once. `ready` is
/// called when the pages can be reached.
///
/// # Errors
/// When the service cannot start: database, address to listen on, another complaintsd at work.
pub async fn run(house: House, ready: impl FnOnce(&House) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let Some(mut only_one) = house.store.lock_instance().await? else {
        anyhow::bail!("another complaintsd is at work on this database: stop it first, or use another database");
    };
    house.store.ping().await.context("the database does not answer")?;
    let outbox = house.outbox()?;
    outbox.recover().await?;
    for (reference, event) in house.casework().recount().await? {
        tracing::warn!(case.ref = %reference, "A date moved: {}", event.in_words());
    }
    let listener = tokio::net::TcpListener::bind(house.config.web.listen).await.with_context(|| {
        format!("cannot listen on {}: choose another [web] listen address", house.config.web.listen)
    })?;

    // From here on a request to stop is heard, also one that comes before we have said that we are ready.
    let mut told = Signals::new()?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let pulse = Pulse::default();
    for mailbox in &house.config.mailboxes {
        tasks.spawn(poll(house.clone(), mailbox.clone(), pulse.beat(poll_silence(mailbox)), stop.clone()));
    }
    let drafting = house.drafting();
    tasks.spawn(every(&house, "drafts", TICK, pulse.beat(SILENCE), stop.clone(), move || {
        let drafting = drafting.clone();
        async move { drafting.run_once().await.map(drop).map_err(anyhow::Error::from) }
    }));
    tasks.spawn(every(&house, "outbox", TICK, pulse.beat(SENDING_SILENCE), stop.clone(), move || {
        let outbox = outbox.clone();
        async move { outbox.run_once().await.map(drop).map_err(anyhow::Error::from) }
    }));
    if let Some(receipts) = house.receipts() {
        tasks.spawn(every(&house, "receipts", TICK, pulse.beat(SILENCE), stop.clone(), move || {
            let receipts = receipts.clone();
            async move { receipts.run_once().await.map(drop).map_err(anyhow::Error::from) }
        }));
    } else {
        note(house.clear_alarm(receipts::ALARM).await);
        if let Err(error) = house.store.receipts_off().await {
            tracing::warn!(error = error.to_string(), "It could not be noted that receipts are off");
        }
    }
    let reminders = house.reminders();
    tasks.spawn(every(&house, "reminders", REMINDER_TICK, pulse.beat(SILENCE), stop.clone(), move || {
        let reminders = reminders.clone();
        async move { reminders.run_once().await.map(drop).map_err(anyhow::Error::from) }
    }));
    if let Some(scanner) = house::scanner(&house.config) {
        tasks.spawn(every(&house, "virus scanner", SCANNER_TICK, pulse.beat(SILENCE), stop.clone(), move || {
            let scanner = scanner.clone();
            async move {
                scanner.probe().await.map(drop).context("attachments are withheld until it works again: see to clamd")
            }
        }));
    } else {
        // It may have stood when a scanner was still named.
        note(house.clear_alarm("loop-virus scanner").await);
    }
    let words = (wording::Words::new(house.words.clone()), house.clone());
    tasks.spawn(every(&house, "letter templates", TICK, pulse.beat(SILENCE), stop.clone(), move || {
        let (words, house) = words.clone();
        async move { words.run_once(&house).await }
    }));
    let whole = house.clone();
    tasks.spawn(every(&house, "sign-ins", TICK, pulse.beat(SILENCE), stop.clone(), move || {
        let house = whole.clone();
        async move { sign_ins::run_once(&house).await }
    }));
    let calendar = house.clone();
    tasks.spawn(every(&house, "calendar", CALENDAR_TICK, pulse.beat(2 * CALENDAR_TICK), stop.clone(), move || {
        let house = calendar.clone();
        async move {
            house.watch_calendar().await?;
            house.watch_ombudsman().await.map_err(anyhow::Error::from)
        }
    }));
    tasks.spawn(watchdog(house.clone(), pulse, stop.clone()));
    let pages = web::serve(listener, web::App::new(house.casework(), house.web_settings()), stop.clone());
    let pages = tasks.spawn(pages);
    tasks.close();

    tell_service_manager(sd_notify::NotifyState::Ready).await;
    tracing::info!(listen = %house.config.web.listen, "complaintsd is ready");
    ready(&house)?;

    tokio::select! {
        () = told.next() => {}
        ended = pages => ended.context("the pages stopped")??,
        lost = keep(&mut only_one) => return Err(lost.context("another complaintsd may be at work on this database")),
    }
    tracing::info!("Stopping softly; a second signal stops at once");
    stop.cancel();
    tell_service_manager(sd_notify::NotifyState::Stopping).await;
    tokio::select! {
        () = tasks.wait() => tracing::info!("complaintsd has stopped"),
        () = tokio::time::sleep(SOFT_STOP) => tracing::warn!("Stopped with work under way; it is found again at the next start"),
        () = told.next() => tracing::warn!("Stopped at once; work under way is found again at the next start"),
    }
    Ok(())
}

/// Ends only when the database is no longer ours alone: then nothing more may be read or sent.
async fn keep(only_one: &mut InstanceGuard) -> anyhow::Error {
    loop {
        tokio::time::sleep(TICK).await;
        if let Err(lost) = only_one.still_held().await {
            return lost.into();
        }
    }
}

/// How long a loop may say nothing before the service counts as stuck.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// A single hand-over may wait ten minutes for the server's last answer (RFC 5321 §4.5.3.2.6).
const SENDING_SILENCE: Duration = Duration::from_secs(30 * 60);

fn poll_silence(mailbox: &Mailbox) -> Duration {
    SENDING_SILENCE + mailbox.poll_every.unsigned_abs()
}

/// Polls one mailbox for ever.
async fn poll(house: House, mailbox: Mailbox, beat: Beat, stop: CancellationToken) {
    let ingest = house.ingest().from_cut_over(mailbox.cut_over);
    let mut source = house::source(&mailbox, &house.sign_ins);
    let mut backoff = Backoff::default();
    let alarm = format!("mailbox-{}", mailbox.name);
    loop {
        beat.beat();
        let pace = Pace::from(house.clock.now());
        let progress = |so_far: Progress| {
            beat.beat();
            pace.log(&mailbox.name, so_far, house.clock.now());
        };
        let passed = tokio::select! {
            passed = ingest.run_once(source.as_mut(), &progress) => passed,
            () = stop.cancelled() => break,
        };
        let failed = match passed {
            Ok(pass) => {
                backoff.succeeded();
                tracing::debug!(
                    mailbox = mailbox.name,
                    kept = pass.kept,
                    contacts = pass.contacts,
                    "Mailbox looked at"
                );
                note(house.mailbox_read(&mailbox.name).await);
                note(house.clear_alarm(&alarm).await);
                None
            }
            // The connection is sound and the other folders are read: no reason to wait longer.
            Err(error @ IngestError::Partly { read, .. }) => {
                backoff.succeeded();
                let words = error.to_string();
                let how_far = if read == 0 { "" } else { " in full" };
                tracing::warn!(mailbox = mailbox.name, error = words, "Mailbox not read{how_far}");
                note(house.mailbox_failed(&mailbox.name, &words).await);
                note(house.raise_alarm(&alarm, &format!("Mail is not being read{how_far}. {words}")).await);
                None
            }
            Err(error) => {
                let words = match &error {
                    IngestError::Mailbox(_) | IngestError::Partly { .. } => error.to_string(),
                    // Its cause says that the disk is full, or the database locked.
                    IngestError::Store(fault) => match std::error::Error::source(fault) {
                        Some(cause) => format!("{fault}: {cause}"),
                        None => fault.to_string(),
                    },
                };
                tracing::warn!(mailbox = mailbox.name, error = words, "Mailbox not read");
                note(house.mailbox_failed(&mailbox.name, &words).await);
                note(house.raise_alarm(&alarm, &format!("Mail is not being read. {words}")).await);
                let wait = backoff.failed_asking(error.asked_to_wait());
                Some(if matches!(error, IngestError::Store(_)) { wait.min(OWN_FAULT_WAIT) } else { wait })
            }
        };
        let wait = async {
            match failed {
                Some(wait) => tokio::time::sleep(wait).await,
                None => source.wait(mailbox.poll_every.unsigned_abs()).await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = stop.cancelled() => break,
        }
    }
    source.close().await;
}

/// Repeats a pass, with a growing wait and an alarm while it fails.
fn every<P, F>(
    house: &House,
    name: &'static str,
    tick: Duration,
    beat: Beat,
    stop: CancellationToken,
    mut pass: P,
) -> impl Future<Output = ()> + Send + use<P, F>
where
    P: FnMut() -> F + Send,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let house = house.clone();
    async move {
        let mut backoff = Backoff::default();
        let alarm = format!("loop-{name}");
        let mut alarmed = true;
        while !stop.is_cancelled() {
            beat.beat();
            // A pass under way is finished, not dropped: a letter being sent is then sent.
            let wait = match pass().await {
                Ok(()) => {
                    backoff.succeeded();
                    if alarmed {
                        note(house.clear_alarm(&alarm).await);
                        alarmed = false;
                    }
                    tick
                }
                Err(error) => {
                    let words = format!("{error:#}");
                    tracing::error!(error = words, "{name}: this pass failed");
                    note(house.raise_alarm(&alarm, &format!("{name}: {words}")).await);
                    alarmed = true;
                    backoff.failed()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Tells the service manager. It may be slow to listen, and its socket makes us wait then: that must
/// hold up nothing else, and the stop not for long.
async fn tell_service_manager(state: sd_notify::NotifyState<'static>) {
    // Fails only outside systemd, where nobody waits for it.
    let told = tokio::task::spawn_blocking(move || sd_notify::notify(&[state]));
    let _ = tokio::time::timeout(TICK, told).await;
}

/// Tells the service manager that we are alive, as long as every loop turns and the database answers.
async fn watchdog(house: House, pulse: Pulse, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    while !stop.is_cancelled() {
        match (pulse.stuck(), house.store.ping().await) {
            (false, Ok(())) => {
                tell_service_manager(sd_notify::NotifyState::Watchdog).await;
            }
            (stuck, ping) => {
                let error = ping.err().map(|error| error.to_string());
                tracing::error!(stuck, error, "Not well: the service manager is not told that we are alive");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(limit / 3) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// A failure to write an alarm or a status is logged; the work it is about goes on.
fn note(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::error!(error = error.to_string(), "An alarm could not be kept");
    }
}

/// SIGTERM and Ctrl-C.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
