//! The house put together: from a checked configuration to the parts that do the work. The daemon
//! and every command that works by hand get the same parts from here.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use secrecy::ExposeSecret as _;

use super::sign_ins::{InDatabase, SignIns};
use super::wording;
use crate::casework::{Casework, Sender};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, AfterStored, Config, CourierWay, Environment, MailboxSource};
use crate::courier::{Courier, SmtpCourier, SmtpSecurity, SmtpSettings, SmtpTimeouts, SpoolCourier};
use crate::domain::ids::EmailAddress;
use crate::domain::words;
use crate::ingest::{self, Ingest, Logbook};
use crate::letters::desk::Desk;
use crate::letters::draft::Drafting;
use crate::letters::{Shelf, Templates};
use crate::mailbox::{
    AfterStoring, ImapSecurity, ImapSettings, ImapSource, JunkFolders, MailSource, MaildirSettings, MaildirSource,
    ONE_IDLE,
};
use crate::outbox::Outbox;
use crate::receipts::Receipts;
use crate::reminders::{Addresses, Reminders, Rungs};
use crate::scanner::{ClamdPlace, Scanner};
use crate::store::Store;
use crate::web;
use crate::web::page::{Banner, Site};

/// How long to wait for a connection to a mailbox.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait for a mailbox to say anything. With the usual minute between two passes a
/// connection that is only half there is replaced within two intervals.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a scan for viruses may take: less than a request.
const SCAN_PATIENCE: Duration = Duration::from_secs(25);

/// The alarm that stands while the bank holidays end within a year.
const CALENDAR_ALARM: &str = "calendar-ends";

/// The alarm that stands while nobody has checked the Ombudsman's details for too long.
const OMBUDSMAN_ALARM: &str = "ombudsman-unchecked";

/// Everything that does the work.
#[derive(Clone)]
pub struct House {
    /// The configuration it was made from.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What letters are made from.
    pub desk: Desk,
    /// Where tokens to sign in come from.
    pub sign_ins: SignIns,
    /// The landlord's folder of letter templates, also while its words cannot be used.
    pub words: Option<PathBuf>,
}

impl House {
    /// Opens the database and loads the letter templates.
    ///
    /// # Errors
    /// When the database cannot be opened or a template is broken; each names file and remedy.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let store = Store::connect(config.database.url().expose_secret()).await?;
        let desk = desk(&config)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sign_ins = sign_ins(&config, &store, &clock);
        store.keep_templates(&desk.templates.current().editions(), clock.now()).await?;
        let words = config.templates.clone();
        Ok(Self { config: Arc::new(config), store, clock, desk, sign_ins, words })
    }

    /// Opens the house for the service, which must log mail whatever the letters look like: with a
    /// broken template of the landlord's it goes on with the built-in words, under an alarm.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open_to_serve(config: Config) -> anyhow::Result<Self> {
        let fault = match (desk(&config), &config.templates) {
            (Err(fault), Some(folder)) => Some(wording::told(folder, &fault)),
            _ => None,
        };
        let words = config.templates.clone();
        let templates = words.clone().filter(|_| fault.is_none());
        let house = Self { words, ..Self::open(Config { templates, ..config }).await? };
        match fault {
            Some(fault) => {
                tracing::error!(error = fault, "The letter templates have faults");
                house.raise_alarm(wording::ALARM, &fault).await?;
            }
            None => house.clear_alarm(wording::ALARM).await?,
        }
        Ok(house)
    }

    /// What takes messages in.
    #[must_use]
    pub fn ingest(&self) -> Ingest {
        ingest(&self.config, &self.store, &self.clock)
    }

    /// What makes drafts.
    #[must_use]
    pub fn drafting(&self) -> Drafting {
        Drafting::new(self.store.clone(), Arc::clone(&self.clock), self.desk.clone())
    }

    /// What carries out officers' acts.
    #[must_use]
    pub fn casework(&self) -> Casework {
        casework(&self.config, &self.store, Arc::clone(&self.clock), self.desk.clone())
    }

    /// What hands letters over.
    ///
    /// # Errors
    /// When the courier's settings cannot be used.
    pub fn outbox(&self) -> anyhow::Result<Outbox> {
        Ok(Outbox {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            courier: courier(&self.config, &self.sign_ins)?,
            code: Arc::clone(&self.desk.code),
            calendar: Arc::clone(&self.desk.calendar),
            doubt_wait: self.config.courier.on_doubt_wait,
        })
    }

    /// What reminds.
    #[must_use]
    pub fn reminders(&self) -> Reminders {
        let config = &self.config;
        Reminders {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            calendar: Arc::clone(&self.desk.calendar),
            code: Arc::clone(&self.desk.code),
            hand_over: Arc::new(config.hand_over.clone()),
            hand_overs_per_hour: config.hand_overs_per_hour,
            templates: Arc::clone(&self.desk.templates),
            rungs: Rungs {
                acknowledge: config.reminders.acknowledge.clone(),
                respond: config.reminders.respond.clone(),
                review: config.reminders.review.clone(),
                ombudsman: config.reminders.ombudsman.clone(),
                undecided: config.reminders.undecided.clone(),
                closed: config.reminders.closed.clone(),
            },
            post: config.post.clone(),
            addresses: Addresses {
                from: config.courier.from.clone(),
                from_name: config.courier.from_name.clone(),
                team: config.team.email.clone(),
                manager: config.team.manager_email.clone(),
                operators: config.team.operators_email.clone(),
                checkpoint: config.checkpoint_to.clone(),
                digest: config.reminders.digest.clone(),
                pages: Some(config.web.public_url.as_str().to_owned()),
            },
        }
    }
}

impl House {
    /// What sends receipts, when the landlord wants them.
    #[must_use]
    pub fn receipts(&self) -> Option<Receipts> {
        let config = &self.config;
        let config::Receipt::Sent { per_hour } = config.receipt else { return None };
        Some(Receipts {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            templates: Arc::clone(&self.desk.templates),
            landlord: Arc::clone(&self.desk.landlord),
            from: (config.courier.from.clone(), config.courier.from_name.clone()),
            reply_to: config.courier.reply_to.clone(),
            ours: ours(config),
            per_hour,
        })
    }
}

impl House {
    /// How the pages are set up.
    #[must_use]
    pub fn web_settings(&self) -> web::Settings {
        let config = &self.config;
        web::Settings { site: site(config), hand_over: config.hand_over.clone(), scanner: scanner(config) }
    }
}

/// The configured virus scanner.
#[must_use]
pub fn scanner(config: &Config) -> Option<Scanner> {
    let place = match config.scanner.clone()? {
        config::Clamd::Unix(path) => ClamdPlace::Unix(path),
        config::Clamd::Tcp(address) => ClamdPlace::Tcp(address),
    };
    Some(Scanner { place, patience: SCAN_PATIENCE })
}

/// What all pages have in common.
#[must_use]
pub fn site(config: &Config) -> Site {
    let banner = |tag: &str, text: &str| Some(Banner { tag: tag.to_owned(), text: text.to_owned() });
    Site {
        landlord: config.landlord.name.clone(),
        banner: match config.environment {
            Environment::Production => None,
            Environment::Test => banner("Test", "This is not the real thing. Do not enter real residents’ data."),
            Environment::Demo => banner("Demo", "Invented residents. No letter leaves this machine."),
        },
        origin: config.web.public_url.clone(),
    }
}

/// The addresses this daemon writes from and reads.
fn ours(config: &Config) -> Vec<EmailAddress> {
    let mut ours = vec![config.landlord.email.clone(), config.courier.from.clone()];
    ours.extend(config.courier.reply_to.clone());
    ours.extend(config.mailboxes.iter().filter_map(|mailbox| match &mailbox.source {
        MailboxSource::Imap(imap) => imap.username.parse().ok(),
        MailboxSource::Maildir { .. } => None,
    }));
    ours
}

/// What takes messages in. It needs no letter template: a slip in one must not keep a complaint out.
#[must_use]
pub fn ingest(config: &Config, store: &Store, clock: &Arc<dyn Clock>) -> Ingest {
    let logbook = Logbook {
        store: store.clone(),
        clock: Arc::clone(clock),
        code: Arc::new(config.rules.code.clone()),
        calendar: Arc::new(config.rules.calendar.clone()),
        ours: ours(config),
        trusted: config
            .mailboxes
            .iter()
            .map(|mailbox| (mailbox.name.clone(), mailbox.trusted_authserv_ids.clone()))
            .collect(),
        hand_over: Arc::new(config.hand_over.clone()),
        reader: ingest::read,
    };
    Ingest::new(store.clone(), Arc::clone(clock), logbook)
}

/// Where tokens to sign in come from, with refresh tokens kept in the database.
#[must_use]
pub fn sign_ins(config: &Config, store: &Store, clock: &Arc<dyn Clock>) -> SignIns {
    SignIns::new(&config.oauth, Arc::new(InDatabase { store: store.clone(), clock: Arc::clone(clock) }))
}

/// What carries out officers' acts.
#[must_use]
pub fn casework(config: &Config, store: &Store, clock: Arc<dyn Clock>, desk: Desk) -> Casework {
    let courier = &config.courier;
    let sender = Sender {
        address: courier.from.clone(),
        name: courier.from_name.clone(),
        reply_to: courier.reply_to.clone(),
        attach: config.attach,
        ours: ours(config),
    };
    let (triage, approval) = (Arc::new(config.triage.clone()), config.approval.clone());
    let post = config.post.clone();
    Casework { store: store.clone(), clock, desk, sender, triage, approval, post }
}

/// The letter templates of this folder, or the built-in ones, when they are sound.
///
/// # Errors
/// When a template is broken, lacks what the Code requires or says what no letter may: all faults, a line each.
pub fn sound_templates(config: &Config, folder: Option<&Path>) -> anyhow::Result<Templates> {
    let lines = |faults: Vec<crate::letters::TemplateFault>| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(lines.join("\n"))
    };
    let templates = Templates::load(folder).map_err(lines)?;
    let faults = templates.check(&config.rules.code, &config.writing);
    if faults.is_empty() { Ok(templates) } else { Err(lines(faults)).context("the letter templates cannot be used") }
}

/// What letters are made from.
///
/// # Errors
/// As [`sound_templates`].
pub fn desk(config: &Config) -> anyhow::Result<Desk> {
    Ok(Desk {
        code: Arc::new(config.rules.code.clone()),
        calendar: Arc::new(config.rules.calendar.clone()),
        templates: Arc::new(Shelf::new(sound_templates(config, config.templates.as_deref())?)),
        landlord: Arc::new(config.landlord.clone()),
        ombudsman: Arc::new(config.ombudsman.clone()),
        languages: Arc::new(config.languages.clone()),
        council_ombudsman: config.council_ombudsman.clone().map(Arc::new),
        writing: Arc::new(config.writing.clone()),
    })
}

/// The source of a configured mailbox.
#[must_use]
pub fn source(mailbox: &config::Mailbox, sign_ins: &SignIns) -> Box<dyn MailSource> {
    match &mailbox.source {
        MailboxSource::Imap(imap) => Box::new(ImapSource::new(ImapSettings {
            name: mailbox.name.clone(),
            host: imap.host.clone(),
            port: imap.port,
            security: match imap.security {
                config::ImapSecurity::Tls => ImapSecurity::Tls,
                config::ImapSecurity::StartTls => ImapSecurity::StartTls,
            },
            username: imap.username.clone(),
            sign_in: sign_ins.of(&imap.sign_in),
            folders: imap.folders.clone(),
            junk: match &imap.junk_folders {
                None => JunkFolders::AsTheServerSays,
                Some(names) => JunkFolders::Named(names.clone()),
            },
            ca_file: imap.ca_file.clone(),
            after: match &imap.after {
                AfterStored::Leave => AfterStoring::Leave,
                AfterStored::Flag(flag) => AfterStoring::Flag(flag.clone()),
                AfterStored::Move(folder) => AfterStoring::MoveTo(folder.clone()),
            },
            max_message_size: mailbox.max_message_size,
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            one_idle: ONE_IDLE,
        })),
        MailboxSource::Maildir { path } => {
            let (name, path, max_message_size) = (mailbox.name.clone(), path.clone(), mailbox.max_message_size);
            Box::new(MaildirSource::new(MaildirSettings { name, path, max_message_size }))
        }
    }
}

/// The source of a configured mailbox for looking only: it opens folders for reading.
#[must_use]
pub fn source_to_look_at(mailbox: &config::Mailbox, sign_ins: &SignIns) -> Box<dyn MailSource> {
    let mut mailbox = mailbox.clone();
    if let MailboxSource::Imap(imap) = &mut mailbox.source {
        imap.after = AfterStored::Leave;
    }
    source(&mailbox, sign_ins)
}

/// The configured courier.
///
/// # Errors
/// When its settings cannot be used.
pub fn courier(config: &Config, sign_ins: &SignIns) -> anyhow::Result<Arc<dyn Courier>> {
    Ok(match &config.courier.way {
        CourierWay::Spool { path } => Arc::new(SpoolCourier::new(path)),
        CourierWay::Smtp(smtp) => Arc::new(SmtpCourier::new(SmtpSettings {
            host: smtp.host.clone(),
            port: smtp.port,
            security: match smtp.security {
                config::SmtpSecurity::Tls => SmtpSecurity::Tls,
                config::SmtpSecurity::StartTls => SmtpSecurity::StartTls,
                config::SmtpSecurity::LocalRelay => SmtpSecurity::LocalRelay,
            },
            sign_in: smtp.sign_in.as_ref().map(|(name, with)| (name.clone(), sign_ins.of(with))),
            ca_file: smtp.ca_file.clone(),
            timeouts: SmtpTimeouts::default(),
        })?),
    })
}

impl House {
    /// Keeps an alarm standing from twelve months before the bank holidays end: past their last day no
    /// date can be counted.
    ///
    /// # Errors
    /// When the alarm cannot be kept.
    pub async fn watch_calendar(&self) -> Result<(), crate::store::StoreError> {
        let (calendar, today) = (&self.desk.calendar, words::london_date(self.clock.now()));
        if !calendar.ends_within_a_year(today) {
            return self.clear_alarm(CALENDAR_ALARM).await;
        }
        let (division, to) = (calendar.division(), words::date(calendar.covered_to()));
        let text = format!(
            "Bank holidays for {division} are known only to {to}, and no deadline can be counted beyond. Download \
             https://www.gov.uk/bank-holidays.json and install it with `complaintsd bank-holidays update FILE`."
        );
        self.raise_alarm(CALENDAR_ALARM, &text).await
    }

    /// Keeps an alarm standing while the Ombudsman's details have not been checked for too long.
    ///
    /// # Errors
    /// When the alarm cannot be kept.
    pub async fn watch_ombudsman(&self) -> Result<(), crate::store::StoreError> {
        let today = words::london_date(self.clock.now());
        let both = [Some(&self.desk.ombudsman), self.desk.council_ombudsman.as_ref()];
        let unchecked: Vec<String> = both.into_iter().flatten().filter_map(|one| one.unchecked(today)).collect();
        if unchecked.is_empty() {
            return self.clear_alarm(OMBUDSMAN_ALARM).await;
        }
        self.raise_alarm(OMBUDSMAN_ALARM, &unchecked.join(" ")).await
    }

    /// Raises an alarm. It stands even when it cannot be written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn raise_alarm(&self, key: &str, text: &str) -> Result<(), crate::store::StoreError> {
        self.store.raise_alarm(key, text, self.clock.now()).await
    }

    /// Ends an alarm.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub async fn clear_alarm(&self, key: &str) -> Result<(), crate::store::StoreError> {
        self.store.clear_alarm(key).await
    }

    /// Notes that a mailbox was read.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn mailbox_read(&self, mailbox: &str) -> Result<(), crate::store::StoreError> {
        let mut tx = self.store.begin().await?;
        tx.mailbox_read(mailbox, self.clock.now()).await?;
        tx.commit().await
    }

    /// Notes that a mailbox could not be read.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn mailbox_failed(&self, mailbox: &str, error: &str) -> Result<(), crate::store::StoreError> {
        let mut tx = self.store.begin().await?;
        tx.mailbox_failed(mailbox, error, self.clock.now()).await?;
        tx.commit().await
    }
}
