//! The configuration's promises: every fault at once, each with its line and remedy; the example
//! shows every key; data files are refused rather than half believed.

mod code;
mod hand_over;
mod letters;
mod oauth;
mod triage;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::{
    Config, ConfigFault, ConfigFaults, CourierWay, Database, Loaded, MailboxSource, SignIn, Surroundings, Weight, load,
};
use crate::domain::calendar::WorkingDays;

const EXAMPLE: &str = include_str!("../../config/complaintsd.example.toml");

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for name in ["imap-password", "smtp-password", "database-password", "client-secret", "refresh-token"] {
            folder.file(name, "correct horse\n");
        }
        folder
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    fn load(&self, text: &str) -> Result<Loaded, ConfigFaults> {
        self.load_on(text, "2026-11-23T09:00:00Z")
    }

    fn load_on(&self, text: &str, now: &str) -> Result<Loaded, ConfigFaults> {
        let file = self.file("complaintsd.toml", text);
        let credentials = Some(self.0.path().join("credentials"));
        load(&file, &Surroundings { now: now.parse().unwrap(), credentials })
    }

    fn faults(&self, text: &str) -> Vec<ConfigFault> {
        self.load(text).expect_err("this configuration must be refused").0
    }
}

fn only(faults: &[ConfigFault]) -> String {
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults[0].to_string()
}

fn example() -> (Folder, Config) {
    let folder = Folder::new();
    let loaded = folder.load(EXAMPLE).unwrap();
    assert_eq!(loaded.concerns, Vec::new());
    (folder, loaded.config)
}

/// The example with all commented keys switched on, of the kinds that the example shows.
fn with_every_key() -> String {
    let is_key = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        line.contains(" = ") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_key(rest) || rest.starts_with("[[") => rest,
            _ => line,
        })
        // One kind of courier, and one way to sign in.
        .filter(|line| !["path = \"spool\"", "oauth = \"microsoft\""].contains(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_example_loads_as_it_stands() {
    let (folder, config) = example();
    assert_eq!(config.landlord.name, "Example Homes");
    assert_eq!(config.reminders.respond, [5, 3, 1, 0].map(WorkingDays));
    let MailboxSource::Imap(imap) = &config.mailboxes[0].source else { panic!("an IMAP mailbox") };
    assert_eq!((imap.port, imap.folders.as_slice()), (993, ["INBOX".to_owned()].as_slice()));
    let SignIn::Password(password) = &imap.sign_in else { panic!("a password") };
    assert_eq!(password.expose_secret(), "correct horse");
    assert_eq!(config.database.url().expose_secret(), "sqlite:///var/lib/complaintsd/complaintsd.db");
    assert!(!format!("{:?}", config.mailboxes).contains("horse"));
    assert_eq!(config.landlord.complaints_policy_url.as_deref(), Some("https://www.example.org/complaints"));
    drop(folder);
}

#[test]
fn no_text_makes_the_reading_panic_and_what_is_cut_off_is_named() {
    let folder = Folder::new();
    let endings = ["", "=", "[", "[[mailbox]]\n", "\u{0}", "x = {", "code = 7", "mailbox = 1", "paths = []"];
    let lines = EXAMPLE.split_inclusive('\n').take_while(|line| !line.starts_with("[courier]"));
    let mut text = String::new();
    for (line, ending) in lines.zip(endings.into_iter().cycle()) {
        text.push_str(line);
        assert!(!folder.faults(&format!("{text}{ending}")).is_empty());
    }
    assert!(folder.faults("").len() > 10);
}

#[test]
fn the_defaults_in_the_example_are_the_programs_defaults() {
    let (_folder, plain) = example();
    let folder = Folder::new();
    for name in ["codes/x", "bank-holidays/x", "ombudsmen/x", "letter-templates/x", "Maildir/new/x"] {
        folder.file(name, "");
    }
    folder.file("private-ca.pem", "");
    folder.file("hand-over-words.toml", include_str!("../../config/hand-over-words.toml"));
    folder.file("triage-words.toml", include_str!("../../config/triage-words.toml"));
    let code = include_str!("../../config/codes/housing-ombudsman-2024.toml");
    folder.file("codes/housing-ombudsman-2024.toml", code);
    folder.file("bank-holidays/overlay.json", include_str!("../../config/bank-holidays/overlay.json"));
    folder.file("writing-rules/code.toml", include_str!("../../config/writing-rules/code.toml"));
    let ombudsman = include_str!("../../config/ombudsmen/housing-ombudsman.toml");
    folder.file("ombudsmen/housing-ombudsman.toml", ombudsman);
    folder.file("ombudsmen/lgsco.toml", include_str!("../../config/ombudsmen/lgsco.toml"));
    // The password file goes with PostgreSQL; the SQLite URL of the example stands without one.
    let text = with_every_key().replace("password_file = \"database-password\"", "");
    let full = folder.load(&text).unwrap_or_else(|faults| panic!("{faults}")).config;
    assert_eq!(full.web, plain.web);
    let rungs = |config: &Config| (config.reminders.acknowledge.clone(), config.reminders.respond.clone());
    assert_eq!(rungs(&full), rungs(&plain));
    assert_eq!(full.reminders.closed.len(), 4, "the example closes from Christmas Eve to New Year");
    assert!(plain.reminders.closed.is_empty());
    assert_eq!(full.log, plain.log);
    assert_eq!(full.receipt, plain.receipt);
    assert_eq!(full.ombudsman, plain.ombudsman);
    assert_eq!(full.courier.on_doubt_wait, plain.courier.on_doubt_wait);
    let (MailboxSource::Imap(full_imap), MailboxSource::Imap(imap)) =
        (&full.mailboxes[0].source, &plain.mailboxes[0].source)
    else {
        panic!("IMAP mailboxes")
    };
    assert_eq!((full_imap.port, full_imap.security, &full_imap.after), (imap.port, imap.security, &imap.after));
    assert_eq!(full.mailboxes[0].poll_every, plain.mailboxes[0].poll_every);
    assert_eq!(full.mailboxes[0].max_message_size, plain.mailboxes[0].max_message_size);
}

#[test]
fn one_mistake_in_the_folders_is_one_fault_that_says_what_is_wrong() {
    let about = |keys: &str| {
        let faults = Folder::new().faults(&EXAMPLE.replace("# folders = ", &format!("{keys} # ")));
        faults.iter().map(|fault| fault.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(about("folders = [\"\"]\n"), ["one of its texts is empty"]);
    assert_eq!(about("folders = [\"Inbox\"]\njunk_folders = [\"INBOX\"]\n"), ["'Inbox' is named twice"]);
}

#[test]
fn closed_days_are_dates_and_short_ranges() {
    let faults =
        |days: &str| Folder::new().faults(&EXAMPLE.replace("# closed_days", &format!("closed_days = {days} #")));
    let about = |days: &str| faults(days).iter().map(|fault| fault.what.clone()).collect::<Vec<_>>();
    assert_eq!(about("[\"2026-02-30\"]"), ["'2026-02-30' is neither a date nor a range of at most 60 days"]);
    assert_eq!(about("[\"2026-12-31 to 2026-12-29\"]").len(), 1, "the wrong way round");
    assert_eq!(about("[\"2026-12-29 to 2027-12-31\"]").len(), 1, "a mistyped year");
    assert_eq!(about("\"2026-12-24\""), ["not a list of texts"]);
    assert_eq!(about("[2026-12-24]"), ["not a list of texts"]);
    let text = EXAMPLE.replace("# closed_days", "closed_days = [\"2026-12-24\", \"2026-12-23 to 2026-12-24\"] #");
    let folder = Folder::new();
    let closed = folder.load(&text).unwrap_or_else(|faults| panic!("{faults}")).config.reminders.closed;
    assert_eq!(closed, BTreeSet::from([date(2026, 12, 23), date(2026, 12, 24)]));
}

#[test]
fn the_example_shows_every_key_the_program_knows() {
    // What is known in a table is what the refusal of an unknown key lists.
    let shown: BTreeSet<&str> = EXAMPLE
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    let nonsense = "zzzzzzzzzzzzzzzzzzzz = 1\n";
    let mut known = 0;
    let tables = [
        "[landlord]",
        "[team]",
        "[database]",
        "[courier]",
        "[web]",
        "[scanner]",
        "[reminders]",
        "[letters]",
        "[paths]",
        "[log]",
    ];
    let maildir = "[[mailbox]]\nkind = \"maildir\"\n";
    let imap = "[[mailbox]]\nkind = \"imap\"\n";
    let spool = "[courier]\nkind = \"spool\"\n";
    for table in tables.into_iter().chain([maildir, imap, spool, "[[oauth]]", ""]) {
        let faults = Folder::new().faults(&format!("{table}\n{nonsense}"));
        let unknown = faults.iter().find(|fault| fault.what == "unknown key").unwrap();
        for key in unknown.remedy.strip_prefix("known here: ").unwrap().split(", ") {
            let is_table = EXAMPLE.contains(&format!("[{key}]"));
            assert!(is_table || shown.contains(key), "{key} of {table} is not in the example");
            known += 1;
        }
    }
    assert!(known > 60, "{known}");
}

#[test]
fn a_message_size_is_written_in_whole_megabytes() {
    let folder = Folder::new();
    let with =
        |size: &str| EXAMPLE.replace("# max_message_size = \"150MB\"", &format!("max_message_size = \"{size}\""));
    let loaded = folder.load(&with("20 MB")).unwrap();
    assert_eq!(loaded.config.mailboxes[0].max_message_size, 20_000_000);
    for wrong in ["20", "0MB", "2001MB", "1.5MB", "-1MB", "20mb", "99999999999999999999MB"] {
        let told = only(&folder.faults(&with(wrong)));
        assert!(told.contains("max_message_size") && told.contains("150MB"), "{told}");
    }
}

#[test]
fn all_faults_are_reported_at_once_each_with_its_line() {
    let text = EXAMPLE
        .replace("host = \"imap.example.org\"", "hots = \"imap.example.org\"")
        .replace("# security = \"starttls\"", "")
        .replace("from = \"complaints@example.org\"", "from = \"nobody\"")
        .replace("[log]", "[log]\nlevel = \"loud\"")
        .replace("# respond = [5, 3, 1, 0]", "respond = \"often\"");
    let folder = Folder::new();
    let faults = folder.faults(&text);
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| format!("{} {}: {}; {}", fault.line.unwrap_or(0), fault.key, fault.what, fault.remedy))
        .collect();
    let line = |needle: &str| text.lines().position(|line| line.starts_with(needle)).unwrap() + 1;
    assert_eq!(
        lines,
        [
            format!("{} mailbox.1.host: missing; add host = \"imap.example.org\"", line("[[mailbox]]")),
            format!("{} mailbox.1.hots: unknown key; did you mean 'host'?", line("hots")),
            format!(
                "{} courier.from: this is not an e-mail address: it should look like name@example.org; \
                 write one address such as name@example.org",
                line("from =")
            ),
            format!(
                "{} reminders.respond: not a list of whole numbers; write a list such as [3, 2, 1, 0]",
                line("respond")
            ),
            format!(
                "{} log.level: 'loud' is not known here; write one of: info, error, warn, debug, trace",
                line("level")
            ),
        ]
    );
    assert!(faults[0].to_string().starts_with(&folder.0.path().join("complaintsd.toml").display().to_string()));
}

#[test]
fn a_syntax_fault_names_its_line() {
    let faults = Folder::new().faults(&EXAMPLE.replace("[web]", "[web"));
    let line = EXAMPLE.lines().position(|line| line == "[web]").unwrap() + 1;
    assert!(faults.iter().any(|fault| fault.line == Some(line)), "{faults:#?}");
}

#[test]
fn a_missing_file_says_how_to_name_one() {
    let surroundings = Surroundings { now: "2026-11-23T09:00:00Z".parse().unwrap(), credentials: None };
    let faults = load(Path::new("/nowhere/complaintsd.toml"), &surroundings).unwrap_err();
    assert!(faults.to_string().starts_with("/nowhere/complaintsd.toml: cannot be read"));
    assert!(faults.to_string().contains("--config FILE"));
}

#[test]
fn a_scanner_is_on_this_machine_or_refused() {
    use super::Clamd;
    let (folder, without) = example();
    assert_eq!(without.scanner, None);
    let named = |place: &str| EXAMPLE.replace("[scanner]", &format!("[scanner]\nclamd = \"{place}\""));
    let scanner = |place: &str| folder.load(&named(place)).unwrap().config.scanner.unwrap();
    assert_eq!(scanner("unix:/run/clamav/clamd.ctl"), Clamd::Unix("/run/clamav/clamd.ctl".into()));
    assert_eq!(scanner("unix:clamd.ctl"), Clamd::Unix(folder.0.path().join("clamd.ctl")));
    assert_eq!(scanner("tcp:[::1]:3310"), Clamd::Tcp("[::1]:3310".parse().unwrap()));
    for (place, what) in [
        ("tcp:192.0.2.7:3310", "would leave this machine unprotected"),
        ("tcp:localhost", "not an address and port"),
        ("/run/clamav/clamd.ctl", "neither unix: nor tcp:"),
        ("unix:", "neither unix: nor tcp:"),
    ] {
        let fault = only(&folder.faults(&named(place)));
        assert!(fault.contains(what) && fault.contains("scanner.clamd") && fault.contains("unix:/run"), "{fault}");
    }
}

#[test]
fn the_spool_is_refused_in_production() {
    let text = EXAMPLE.replace("# kind = \"smtp\"", "kind = \"spool\"\npath = \"spool\"");
    let smtp_only = ["host = \"smtp.example.org\"", "password_file = \"smtp-password\""];
    let text = smtp_only.iter().fold(text, |text, line| text.replace(line, ""));
    let (head, tail) = text.split_once("[courier]").unwrap();
    let text = format!("{head}[courier]{}", tail.replacen("username = \"complaints@example.org\"", "", 1));
    let folder = Folder::new();
    assert!(only(&folder.faults(&text)).contains("courier.kind: the spool sends nothing"));
    let config = folder.load(&text.replace("\"production\"", "\"test\"")).unwrap().config;
    let CourierWay::Spool { path } = config.courier.way else { panic!("a spool") };
    assert_eq!(path, folder.0.path().join("spool"));
}

#[test]
fn a_relay_elsewhere_or_with_a_password_is_refused() {
    let text = EXAMPLE.replace("\n# 465 with", "\nsecurity = \"local-relay\"\n# 465 with");
    let faults = Folder::new().faults(&text);
    let keys: Vec<&str> = faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(keys, ["courier.username", "courier.host"]);
}

#[test]
fn messages_are_never_marked_as_seen_or_deleted() {
    for flag in ["\\\\Seen", "\\\\Deleted", "two words", "a)"] {
        let text = EXAMPLE.replace("# flag = \"complaintsd\"", &format!("flag = \"{flag}\""));
        assert!(only(&Folder::new().faults(&text)).contains("mailbox.1.flag: not a keyword"));
    }
}

#[test]
fn a_credential_goes_before_a_file_beside_the_configuration() {
    let folder = Folder::new();
    folder.file("credentials/imap-password", "from systemd\r\n");
    let config = folder.load(EXAMPLE).unwrap().config;
    let MailboxSource::Imap(imap) = &config.mailboxes[0].source else { panic!("an IMAP mailbox") };
    let SignIn::Password(password) = &imap.sign_in else { panic!("a password") };
    assert_eq!(password.expose_secret(), "from systemd");
}

#[test]
fn a_password_everybody_can_read_is_warned_of_and_a_missing_one_refused() {
    let folder = Folder::new();
    let file = folder.0.path().join("imap-password");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let concerns = folder.load(EXAMPLE).unwrap().concerns;
    assert_eq!(concerns[0].weight, Weight::Warning);
    assert!(only(&concerns).contains("everybody on this machine can read"));
    fs::remove_file(&file).unwrap();
    assert!(only(&folder.faults(EXAMPLE)).contains("mailbox.1.password_file"));
}

#[test]
fn the_password_of_a_postgresql_user_is_put_into_its_url() {
    let folder = Folder::new();
    folder.file("database-password", "p@ss/word:ü\n");
    let text = EXAMPLE
        .replace("# url = \"sqlite:/var/lib/complaintsd/complaintsd.db\"", "url = \"postgres://ann@db.example.org/c\"")
        .replace("# password_file = \"database-password\"", "password_file = \"database-password\"");
    let Database::Postgres(url) = folder.load(&text).unwrap().config.database else { panic!("PostgreSQL") };
    assert_eq!(url.expose_secret(), "postgres://ann:p%40ss%2Fword%3A%C3%BC@db.example.org/c");
}

#[test]
fn a_bank_holiday_file_that_ends_too_early_degrades_and_one_that_ends_soon_warns() {
    let folder = Folder::new();
    let loaded = folder.load_on(EXAMPLE, "2028-06-01T09:00:00Z").unwrap();
    let weights = |loaded: &Loaded| loaded.concerns.iter().map(|fault| fault.weight).collect::<Vec<_>>();
    // The Ombudsman's details are long unchecked by then too.
    assert_eq!(weights(&loaded), [Weight::Warning, Weight::Warning]);
    let loaded = folder.load_on(EXAMPLE, "2028-11-20T09:00:00Z").unwrap();
    assert_eq!(weights(&loaded), [Weight::Degraded, Weight::Warning]);
    let told = loaded.concerns[0].to_string();
    assert!(told.contains("gov-uk.json") && told.contains("ends too early") && told.contains("26 December 2028"));
    assert!(told.contains("install a newer copy"), "{told}");
    // A daemon restarted after the end still logs complaints.
    assert!(folder.load_on(EXAMPLE, "2031-01-01T09:00:00Z").is_ok());
}

#[test]
fn broken_bank_holiday_files_are_refused() {
    let good = include_str!("../../config/bank-holidays/gov-uk.json");
    let text = EXAMPLE.replace("# bank_holidays", "bank_holidays");
    let overlay = |date: &str| format!(r#"{{"scotland": [{{"title": "A day", "date": "{date}"}}]}}"#);
    let cases = [
        ("gov-uk.json", good.replacen("\"date\": \"2027-12-27\"", "\"date\": \"2027-13-27\"", 1), "is not a date"),
        ("gov-uk.json", good.replacen("\"date\": \"2027-12-27\"", "\"date\": \"2027-12-28\"", 1), "stands twice"),
        ("gov-uk.json", good.replace("2020-", "2019-"), "no bank holidays in 2020"),
        ("gov-uk.json", good[..good.len() / 2].to_owned(), "not in the shape"),
        ("gov-uk.json", r#"{"england-and-wales": {"events": []}}"#.to_owned(), "no bank holidays for this division"),
        ("overlay.json", overlay("2031-06-02"), "lies outside the days"),
        ("overlay.json", overlay("2026-6-15"), "is not a date"),
        ("overlay.json", r#"{"england": []}"#.to_owned(), "unknown division"),
        ("something-else", String::new(), "holds neither gov-uk.json nor overlay.json"),
    ];
    for (name, content, told) in cases {
        let folder = Folder::new();
        folder.file(&format!("bank-holidays/{name}"), &content);
        let faults = folder.faults(&text);
        assert!(faults.iter().any(|fault| fault.to_string().contains(told)), "{told}: {faults:#?}");
        assert!(faults[0].to_string().contains("bank-holidays"));
    }
}
