//! The real program on the command line: its exit statuses, its answers on another day, and the unit
//! it is started by.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::packages;
use crate::support::service::faketime_library;

const PROGRAM: &str = env!("CARGO_BIN_EXE_complaintsd");

fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_remove("COMPLAINTSD_CONFIG").env_remove("CREDENTIALS_DIRECTORY");
    command
}

fn ask(words: &str) -> Output {
    program().args(words.split_whitespace()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with the example configuration and its password files.
fn landlord() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy("config/complaintsd.example.toml", folder.path().join("complaintsd.toml")).unwrap();
    for name in ["imap-password", "smtp-password"] {
        let file = folder.path().join(name);
        fs::write(&file, "secret\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn check_on(day: &str, folder: &Path) -> Output {
    packages::need(&["faketime"]);
    let config = folder.join("complaintsd.toml");
    let mut command = Command::new(PROGRAM);
    command.env("LD_PRELOAD", faketime_library()).env("TZ", "UTC").env("FAKETIME", format!("@{day}"));
    command.arg("check").arg("--config").arg(config).output().unwrap()
}

#[test]
fn deadlines_need_no_configuration() {
    let answer = ask("deadlines --from 2026-12-23 --working-days 5 --json");
    assert!(answer.status.success(), "{}", text(&answer.stderr));
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(answer["due_on"], "2027-01-04");
    assert_eq!(answer["division"], "england-and-wales");
}

#[test]
fn deadlines_are_the_same_in_every_time_zone_of_the_host() {
    let answers: Vec<String> = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"]
        .into_iter()
        .map(|zone| {
            let words = ["deadlines", "--received", "2026-10-25T00:30:00Z"];
            text(&program().env("TZ", zone).args(words).output().unwrap().stdout)
        })
        .collect();
    assert!(answers[0].contains("Acknowledge by: 2026-10-30"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn deadlines_take_code_and_bank_holidays_from_a_named_configuration() {
    let folder = landlord();
    fs::create_dir(folder.path().join("days")).unwrap();
    let overlay = r#"{"england-and-wales": [{"title": "A new day", "date": "2026-11-27"}]}"#;
    fs::write(folder.path().join("days/overlay.json"), overlay).unwrap();
    let config = folder.path().join("complaintsd.toml");
    let example = fs::read_to_string(&config).unwrap();
    fs::write(&config, example.replace("# bank_holidays = \"bank-holidays\"", "bank_holidays = \"days\"")).unwrap();
    // Somebody who may not read the passwords may still ask for dates.
    fs::remove_file(folder.path().join("imap-password")).unwrap();
    let words = ["deadlines", "--from", "2026-11-26", "--working-days", "1"];
    let answer = program().env("COMPLAINTSD_CONFIG", &config).args(words).output().unwrap();
    assert!(text(&answer.stdout).starts_with("2026-11-30 (Monday 30 November 2026)"), "{answer:?}");
    assert!(text(&answer.stdout).contains("bank holiday (A new day)"));
}

#[test]
fn wrong_usage_and_a_missing_configuration_end_with_two() {
    for words in ["", "no-such-command", "deadlines", "deadlines --from tomorrow --working-days 1"] {
        let answer = ask(words);
        assert_eq!(answer.status.code(), Some(2), "{words}: {answer:?}");
        assert!(answer.stdout.is_empty());
    }
    let answer = ask("check --config /nowhere/complaintsd.toml");
    assert_eq!(answer.status.code(), Some(2));
    assert!(text(&answer.stderr).starts_with("/nowhere/complaintsd.toml: cannot be read"), "{answer:?}");
    assert_eq!(ask("deadlines --from 2028-12-20 --working-days 30").status.code(), Some(1));
    assert_eq!(ask("--help").status.code(), Some(0));
}

#[test]
fn check_names_all_faults_at_once_each_on_a_line_of_its_own() {
    let folder = landlord();
    let config = folder.path().join("complaintsd.toml");
    let example = fs::read_to_string(&config).unwrap();
    let broken = example.replace("from_name =", "form_name =").replace("[web]", "[web]\nlisten = \"here\"");
    fs::write(&config, broken).unwrap();
    let answer = check_on("2026-11-23 09:00:00", folder.path());
    assert_eq!(answer.status.code(), Some(2));
    let told = text(&answer.stderr);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].ends_with("add from_name = \"Example Homes complaints team\""));
    assert!(lines[1].ends_with("courier.form_name: unknown key; did you mean 'from_name'?"));
    assert!(lines[2].contains("web.listen: not an address and port"));
    assert!(lines.iter().all(|line| line.starts_with(&format!("{}:", config.display()))));
}

#[test]
fn check_says_on_which_day_the_bank_holidays_run_out() {
    let folder = landlord();
    let answer = check_on("2026-11-23 09:00:00", folder.path());
    assert_eq!(answer.status.code(), Some(0), "{answer:?}");
    assert!(text(&answer.stdout).contains("bank holidays for England and Wales: known to 26 December 2028"));
    // From twelve months before, a warning; once today's complaints would outlive the file, a fault.
    let answer = check_on("2028-02-01 09:00:00", folder.path());
    assert_eq!(answer.status.code(), Some(0), "{answer:?}");
    assert!(text(&answer.stdout).contains("warning: (built in) bank-holidays/gov-uk.json"));
    let answer = check_on("2028-11-20 09:00:00", folder.path());
    assert_eq!(answer.status.code(), Some(2), "{answer:?}");
    assert!(
        text(&answer.stdout)
            .contains("fault: (built in) bank-holidays/gov-uk.json: england-and-wales: the file ends too early")
    );
}

#[test]
fn output_that_nobody_reads_to_the_end_is_no_fault() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let words = ["deadlines", "--from", "2026-11-23", "--working-days", "5"];
    let answer = program().args(words).stdout(writer).output().unwrap();
    assert!(answer.status.success(), "{answer:?}");
    assert!(answer.stderr.is_empty(), "{}", text(&answer.stderr));
}

#[test]
fn the_units_exposure_is_at_most_one_and_a_half() {
    packages::need(&["systemd"]);
    let unit = "config/systemd/complaintsd.service";
    let answer = Command::new("systemd-analyze").args(["security", "--offline=true", unit]).output().unwrap();
    let told = text(&answer.stdout);
    let verdict = told.lines().find(|line| line.contains("Overall exposure level")).unwrap();
    let score: f64 = verdict.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    println!("{verdict}");
    assert!(score <= 1.5, "{verdict}");
}

#[test]
fn the_unit_is_ready_watched_and_keeps_secrets_in_credentials() {
    let unit = fs::read_to_string("config/systemd/complaintsd.service").unwrap();
    for line in ["Type=notify", "WatchdogSec=60", "DynamicUser=yes", "StateDirectory=complaintsd", "LimitCORE=0"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    let example = fs::read_to_string("config/complaintsd.example.toml").unwrap();
    for credential in unit.lines().filter_map(|line| line.trim_start_matches("# ").strip_prefix("LoadCredential=")) {
        let (name, _) = credential.split_once(':').unwrap();
        assert!(example.contains(&format!("_file = \"{name}\"")), "{name}");
    }
}
