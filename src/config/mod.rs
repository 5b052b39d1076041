//! The door to the configuration: one TOML file, and the data files it may name, made into checked
//! values. Every fault is found in one reading; nothing half-right gets past this door.

mod approval;
mod calendar;
mod code;
mod data;
mod faults;
mod hand_over;
mod holidays;
mod mailboxes;
mod oauth;
mod post;
mod read;
mod reader;
mod reminders;
mod secrets;
mod settings;
#[cfg(test)]
mod tests;
mod triage;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::approval::ApprovalRules;
use crate::domain::calendar::{Division, WorkingCalendar};
use crate::domain::code::HandlingCode;
use crate::domain::hand_over::WordLists;
use crate::domain::ids::EmailAddress;
use crate::domain::landlord::{Landlord, Ombudsman};
use crate::domain::language::{self, Languages};
use crate::domain::letter::Attach;
use crate::domain::phrases::Ours;
use crate::domain::post::PostRules;
use crate::domain::triage::TriageWords;
use crate::domain::words;
use crate::domain::writing::WritingRules;

pub use faults::{ConfigFault, ConfigFaults, Weight};
pub use holidays::{NewerHolidays, check_newer};
pub use settings::{
    AfterStored, Clamd, Courier, CourierWay, Database, Environment, Imap, ImapSecurity, Log, LogFormat, LogLevel,
    Mailbox, MailboxSource, Oauth, Provider, Receipt, Reminders, SignIn, Smtp, SmtpSecurity, Team, Web,
};

use data::Data;
use faults::Ledger;
use reader::{Document, Section};

/// Where the configuration is when nobody says.
pub const DEFAULT_FILE: &str = "/etc/complaintsd/complaintsd.toml";

const CODE: &str = "housing-ombudsman-2024";
const OMBUDSMAN: &str = "housing-ombudsman";

/// The whole configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the program is used for.
    pub environment: Environment,
    /// Who runs it.
    pub landlord: Landlord,
    /// Where reminders go when nobody else is responsible.
    pub team: Team,
    /// The database.
    pub database: Database,
    /// Where tokens come from.
    pub oauth: Vec<Arc<Oauth>>,
    /// The mailboxes that are read; at least one.
    pub mailboxes: Vec<Mailbox>,
    /// How letters leave.
    pub courier: Courier,
    /// The officers' pages.
    pub web: Web,
    /// The virus scanner that downloads pass through, if there is one.
    pub scanner: Option<Clamd>,
    /// When handlers are reminded.
    pub reminders: Reminders,
    /// Words that must not wait.
    pub hand_over: WordLists,
    /// So many messages with such words are told of one by one in an hour, to each address.
    pub hand_overs_per_hour: u32,
    /// What the words of a message suggest that it is.
    pub triage: TriageWords,
    /// Whether whoever writes gets an automatic receipt.
    pub receipt: Receipt,
    /// Who keeps the daily checkpoint of the history.
    pub checkpoint_to: Option<EmailAddress>,
    /// Who may approve what.
    pub approval: ApprovalRules,
    /// How letters are posted.
    pub post: PostRules,
    /// The landlord's own letter templates; `None` is the built-in ones.
    pub templates: Option<PathBuf>,
    /// What goes with a letter sent by e-mail.
    pub attach: Attach,
    /// How letters are to be written.
    pub writing: WritingRules,
    /// How the log is written.
    pub log: Log,
    /// The Code and the working days.
    pub rules: Rules,
    /// The Ombudsman that letters name.
    pub ombudsman: Ombudsman,
    /// The languages of letters beside English.
    pub languages: Languages,
    /// The Ombudsman for what a council answers for other than as a landlord.
    pub council_ombudsman: Option<Ombudsman>,
}

/// The rules by which deadlines are counted.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The Code.
    pub code: HandlingCode,
    /// The working days of the landlord's division.
    pub calendar: WorkingCalendar,
}

/// A usable configuration and what is nevertheless worth saying about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Faults lighter than [`Weight::Unusable`], in order of appearance.
    pub concerns: Vec<ConfigFault>,
}

/// What the reading of a configuration needs to know of the world.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Now: a calendar that ends soon is a fault on one day and none on another.
    pub now: Timestamp,
    /// systemd's `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
}

impl Surroundings {
    /// The program's surroundings at this moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now, credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from) }
    }
}

/// Where relative names lead.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    credentials: Option<PathBuf>,
}

/// Reads the configuration file and everything it names.
///
/// # Errors
/// [`ConfigFaults`]: every fault found, when one of them makes the configuration unusable.
pub fn load(file: &Path, surroundings: &Surroundings) -> Result<Loaded, ConfigFaults> {
    let ledger = Ledger::default();
    let config = read_file(file, &ledger).and_then(|text| read_all(file, &text, surroundings, &ledger));
    ledger.settle(config).map(|(config, concerns)| Loaded { config, concerns })
}

/// Reads only what a configuration file is for, whatever else stands in it.
///
/// # Errors
/// [`ConfigFaults`] when the file cannot be read or does not say.
pub fn load_environment(file: &Path) -> Result<Environment, ConfigFaults> {
    let ledger = Ledger::default();
    let found =
        read_file(file, &ledger).and_then(|text| environment(&mut Document::parse(file, &text, &ledger).root()));
    ledger.settle(found).map(|(environment, _)| environment)
}

/// Reads only the rules of a configuration file (`division`, `code`, `[paths]`): what `deadlines`
/// needs, also for somebody who may not read the passwords. `division` overrides the file's.
///
/// # Errors
/// [`ConfigFaults`] of these keys and of the data files they name.
pub fn load_rules(file: &Path, division: Option<Division>) -> Result<Rules, ConfigFaults> {
    let ledger = Ledger::default();
    let rules = read_file(file, &ledger).and_then(|text| {
        let document = Document::parse(file, &text, &ledger);
        let (rules, _) = rules(&mut document.root(), &place(file, None), division, &ledger)?;
        Some(rules)
    });
    ledger.settle(rules).map(|(rules, _)| rules)
}

/// The rules that come with the program.
///
/// # Errors
/// [`ConfigFaults`] when the built-in files are broken, which a test would have shown.
pub fn built_in_rules(division: Division) -> Result<Rules, ConfigFaults> {
    let ledger = Ledger::default();
    let empty = Document::parse(Path::new("(built in)"), "", &ledger);
    let rules = rules(&mut empty.root(), &place(Path::new("/"), None), Some(division), &ledger);
    ledger.settle(rules).map(|((rules, _), _)| rules)
}

/// The rules of writing that come with the program.
///
/// # Errors
/// [`ConfigFaults`] when the built-in files are broken, which a test would have shown.
pub fn built_in_writing_rules() -> Result<WritingRules, ConfigFaults> {
    let ledger = Ledger::default();
    let rules = writing::read(&data::writing_rules(None, &ledger), &ledger);
    ledger.settle(rules).map(|(rules, _)| rules)
}

/// The signs of triage that come with the program; what stands in letters of ours is left out.
///
/// # Errors
/// [`ConfigFaults`] when the built-in file is broken, which a test would have shown.
pub fn built_in_triage(ours: Ours) -> Result<TriageWords, ConfigFaults> {
    let ledger = Ledger::default();
    let words = triage::built_in(ours, &ledger);
    ledger.settle(words).map(|(words, _)| words)
}

fn place(file: &Path, credentials: Option<PathBuf>) -> Place {
    Place { folder: read::folder_of(file), credentials }
}

fn read_file(file: &Path, ledger: &Ledger) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) => {
            let remedy = "name the configuration with --config FILE or $COMPLAINTSD_CONFIG; \
                          config/complaintsd.example.toml shows every key";
            ledger.unusable(file, format!("cannot be read ({error})"), remedy);
            None
        }
    }
}

fn read_all(file: &Path, text: &str, surroundings: &Surroundings, ledger: &Ledger) -> Option<Config> {
    let document = Document::parse(file, text, ledger);
    let place = place(file, surroundings.credentials.clone());
    let mut root = document.root();
    let environment = environment(&mut root);
    let rules = rules(&mut root, &place, None, ledger);
    if let Some((rules, holidays)) = &rules {
        calendar::check_reach(holidays, &rules.calendar, &rules.code, surroundings.now, ledger);
    }
    let (ombudsman, council_ombudsman) = ombudsmen(&mut root, &place, surroundings.now, ledger);
    let landlord = read::landlord(root.section("landlord"));
    let team = read::team(root.section("team"));
    let database = read::database(root.section("database"), &place);
    let today = words::london_date(surroundings.now);
    let oauths = oauth::read(root.sections("oauth"), &place, environment, today);
    let sections = root.sections("mailbox");
    if sections.is_empty() {
        root.fault("mailbox", "no mailbox is named", "add a [[mailbox]] table");
    }
    let mailboxes = read::mailboxes(sections, &place, &oauths, words::london_date(surroundings.now));
    let courier = read::courier(root.section("courier"), &place, environment, &oauths);
    if let Some(courier) = &courier {
        mailboxes::must_not_hold_the_spool(&root.section("courier"), courier, &mailboxes);
    }
    let web = read::web(root.section("web"), environment);
    let scanner = read::scanner(root.section("scanner"), &place);
    let reminders = reminders::reminders(root.section("reminders"));
    let team_address = team.as_ref().map(|team| &team.email);
    let lists = hand_over::word_lists(root.section("hand_over"), &place, team_address, ledger);
    let signs = triage::signs(root.section("triage"), &place, ledger);
    let receipt = hand_over::receipt(root.section("receipt"));
    let mut letters = root.section("letters");
    let templates = read::folder(&mut letters, "templates", &place);
    let attach = attach(&mut letters);
    let writing_rules = read::folder(&mut letters, "writing_rules", &place);
    let languages = languages(&mut letters);
    letters.finish();
    let writing = writing::read(&data::writing_rules(writing_rules.as_deref(), ledger), ledger);
    let approval = approval::read(root.section("approval"), rules.as_ref().map(|(rules, _)| &rules.code));
    let post = post::read(root.section("post"));
    let mut audit = root.section("audit");
    let checkpoint_to = read::email(&mut audit, "checkpoint_to");
    audit.finish();
    let log = read::log(root.section("log"));
    root.finish();
    let (landlord, courier) = (landlord?, courier?);
    let (lists, hand_overs_per_hour) = lists?;
    let hand_over = WordLists::new(lists, ours(&landlord, &courier));
    let triage = TriageWords::new(signs?, ours(&landlord, &courier));
    Some(Config {
        environment: environment?,
        landlord,
        team: team?,
        database: database?,
        oauth: oauths.tables,
        mailboxes,
        courier,
        web: web?,
        scanner,
        reminders,
        hand_over,
        hand_overs_per_hour,
        triage,
        receipt,
        checkpoint_to,
        approval,
        post,
        templates,
        attach,
        writing: writing?,
        log: log?,
        rules: rules?.0,
        ombudsman: ombudsman?,
        council_ombudsman,
        languages,
    })
}

/// Whose words are ours where a resident quotes them.
fn ours(landlord: &Landlord, courier: &Courier) -> Ours {
    let addresses = [&landlord.email, &courier.from].into_iter().chain(&courier.reply_to).cloned().collect();
    Ours { addresses, names: vec![landlord.name.clone(), courier.from_name.clone()] }
}

fn environment(root: &mut Section<'_>) -> Option<Environment> {
    let environments =
        [("production", Environment::Production), ("test", Environment::Test), ("demo", Environment::Demo)];
    root.choice("environment", &environments)
}

/// The Code and the calendar, and the file the calendar came from.
fn rules(root: &mut Section<'_>, place: &Place, division: Option<Division>, ledger: &Ledger) -> Option<(Rules, Data)> {
    let remedy = "write \"england-and-wales\", \"scotland\" or \"northern-ireland\"";
    let named = root.parsed("division", str::parse::<Division>, remedy);
    let division = division.or(named).unwrap_or(Division::EnglandAndWales);
    let id = root.text("code").unwrap_or_else(|| CODE.to_owned());
    let mut paths = root.section("paths");
    let codes = read::folder(&mut paths, "codes", place);
    let holidays = read::folder(&mut paths, "bank_holidays", place);
    let open = |id: &str| data::open(codes.as_deref(), "codes", &format!("{id}.toml"), ledger);
    let code = open(&id).and_then(|data| code::read(&data, &id, &open, ledger));
    let (published, overlay) = data::bank_holidays(holidays.as_deref(), ledger)?;
    let calendar = calendar::read(&published, &overlay, division, ledger);
    Some((Rules { code: code?, calendar: calendar? }, published))
}

/// The Ombudsman, and the one for what a council answers for other than as a landlord.
fn ombudsmen(
    root: &mut Section<'_>,
    place: &Place,
    now: Timestamp,
    ledger: &Ledger,
) -> (Option<Ombudsman>, Option<Ombudsman>) {
    let id = root.text("ombudsman").unwrap_or_else(|| OMBUDSMAN.to_owned());
    let council = root.text("council_ombudsman");
    // [paths] is read a second time here, whole, and only here are its unknown keys reported.
    let mut paths = root.section("paths");
    let folder = read::folder(&mut paths, "ombudsmen", place);
    for key in ["codes", "bank_holidays"] {
        paths.text(key);
    }
    paths.finish();
    let read = |id: String| {
        let data = data::open(folder.as_deref(), "ombudsmen", &format!("{id}.toml"), ledger)?;
        code::ombudsman(&data, &id, words::london_date(now), ledger)
    };
    (read(id), council.and_then(read))
}

/// The languages of letters beside English.
fn languages(letters: &mut Section<'_>) -> Languages {
    let entries = letters.texts("languages").unwrap_or_default();
    let read = |text: &String| {
        let entry = language::entry(text);
        if entry.is_none() {
            let what = format!("'{text}' is no language and its names");
            letters.fault("languages", what, "write such as \"cy: Welsh, Cymraeg\"");
        }
        entry
    };
    Languages::new(entries.iter().filter_map(read))
}

/// Whether letters go with a PDF: not without being asked, and not where none can be made.
fn attach(letters: &mut Section<'_>) -> Attach {
    if !letters.flag("attach_pdf").unwrap_or(false) {
        return Attach::Nothing;
    }
    if cfg!(not(feature = "pdf")) {
        letters.fault("attach_pdf", "this complaintsd was built without PDF", "build it with the feature `pdf`");
    }
    Attach::Pdf
}
