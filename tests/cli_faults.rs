//! What goes wrong at the command line: each fault says what to do and ends with its status, and what
//! still works is done all the same.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use complaintsd::store::{InstanceGuard, Store};

use crate::support::dovecot::{Dovecot, USER};
use crate::support::office::{MON_30_NOV, Office, message};
use crate::support::{ports, postfix};

fn maildir(name: &str, path: &str) -> String {
    format!("[[mailbox]]\nname = \"{name}\"\nkind = \"maildir\"\npath = \"{path}\"\n")
}

fn imap(name: &str, port: u16, ca: &str) -> String {
    format!(
        "[[mailbox]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {port}\nusername = \"{USER}\"\n\
         password_file = \"secret\"\n{ca}\n"
    )
}

fn secret(office: &Office, words: &str) {
    fs::write(office.path("secret"), words).unwrap();
    fs::set_permissions(office.path("secret"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Holds the database as a running daemon does.
fn daemon(office: &Office) -> (tokio::runtime::Runtime, InstanceGuard) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("sqlite://{}", office.path("records.db").display());
    let held = runtime.block_on(async { Store::connect(&url).await.unwrap().lock_instance().await.unwrap() });
    (runtime, held.unwrap())
}

#[test]
fn beside_a_running_daemon_nothing_is_polled_or_sent_but_messages_are_taken_in() {
    let office = Office::new();
    office.deliver("one.office", &message("Damp", "Black mould."));
    let _daemon = daemon(&office);
    for (words, told) in [("poll", "reads the mailbox itself"), ("send", "sends the letters itself")] {
        let answer = office.run(words);
        assert_eq!(answer.status, 75, "{}", answer.err);
        assert_eq!(answer.complaints(), [format!("complaintsd: complaintsd is running on this database and {told}")]);
    }
    assert!(office.run("contact list").done().text().is_empty());
    office.give("ingest", &message("Noise", "Every night.")).done();
    assert_eq!(office.run("contact list").done().text().lines().count(), 1);
    // Reminders are left in the outbox for the daemon.
    office.run_on(MON_30_NOV, "remind").done();
    assert!(office.spooled().is_empty());
}

/// A mail server that gives us a message by a pipe sends it back to the resident unless it is told to wait.
#[test]
fn a_message_given_by_a_pipe_stays_with_its_giver_while_the_configuration_is_at_fault() {
    let office = Office::new();
    office.reword("[team]", "[team]\nnonsense = 1");
    let answer = office.give("ingest", &message("Damp", "The ceiling has come down."));
    assert_eq!(answer.status, 75, "{}", answer.err);
    assert!(answer.err.contains("team.nonsense: unknown key"), "{}", answer.err);
    office.reword("[team]\nnonsense = 1", "[team]");
    office.give("ingest", &message("Damp", "The ceiling has come down.")).done();
}

#[test]
fn a_mailbox_that_cannot_be_reached_does_not_stop_the_others() {
    let port = ports::free();
    let office = Office::with(&(imap("away", port, "") + &maildir("here", "Maildir")), "sqlite:records.db");
    secret(&office, "correct horse");
    office.deliver("one.office", &message("Damp", "Black mould."));
    let answer = office.run("poll");
    assert_eq!(answer.status, 75, "{}", answer.err);
    assert_eq!(answer.text(), "here: kept 1, contacts 1, cases 1, duplicates 0\n");
    let told = answer.complaints();
    assert_eq!(told.len(), 1, "{}", answer.err);
    assert!(told[0].contains(&format!("127.0.0.1:{port} cannot be reached")), "{told:?}");
    assert!(told[0].contains("check host and port"), "{told:?}");
}

#[test]
fn a_refused_sign_in_ends_with_one_and_a_check_tells_all_faults_without_the_password() {
    let dovecot = Dovecot::start();
    let ca = format!("ca_file = \"{}\"", dovecot.ca().file().display());
    let mailboxes = imap("complaints", dovecot.imaps_port, &ca) + &maildir("gone", "Maildir/tmp");
    let office = Office::with(&mailboxes, "sqlite:records.db");
    secret(&office, "wrong battery staple");
    fs::write(office.path("spool"), "in the way").unwrap();

    let answer = office.run("poll");
    assert_eq!(answer.status, 1, "{}", answer.err);
    assert!(answer.complaints()[0].contains(&format!("refused the sign-in for {USER}")), "{}", answer.err);

    let answer = office.run("check --connect");
    assert_eq!(answer.status, 2, "{}{}", answer.text(), answer.err);
    for words in ["fault: mailbox 'complaints': ", "fault: mailbox 'gone': ", "fault: courier: "] {
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
    assert!(answer.text().contains("database: SQLite answers"), "{}", answer.text());
    assert!(!answer.text().contains("battery") && !answer.err.contains("battery"));

    secret(&office, crate::support::dovecot::PASSWORD);
    fs::remove_file(office.path("spool")).unwrap();
    office.reword("Maildir/tmp", "Maildir");
    let answer = office.run("check --connect").done();
    assert!(answer.text().contains("mailbox 'complaints': signed in to 127.0.0.1:"), "{}", answer.text());
    assert!(answer.text().contains("folder 'INBOX' opened"), "{}", answer.text());
    assert!(answer.text().contains("pages: ") && answer.text().contains("written with samples"), "{}", answer.text());
    assert!(answer.text().ends_with("No faults.\n"), "{}", answer.text());
}

#[test]
fn a_check_names_every_broken_template_and_a_broken_template_keeps_no_complaint_out() {
    let office = Office::new();
    fs::create_dir(office.path("templates")).unwrap();
    fs::write(office.path("complaintsd.toml"), {
        let text = fs::read_to_string(office.path("complaintsd.toml")).unwrap();
        text + "\n[letters]\ntemplates = \"templates\"\n"
    })
    .unwrap();
    let answer = office.run("check");
    assert_eq!(answer.status, 2, "{}", answer.text());
    for kind in ["stage-1-acknowledgement/letter.md.hbs", "stage-1-extension/letter.md.hbs", "reminder/letter.md.hbs"] {
        let told = |line: &str| line.starts_with("fault: templates: ") && line.contains(kind);
        assert!(answer.text().lines().any(told), "{kind}: {}", answer.text());
    }
    office.give("ingest", &message("Damp", "Black mould.")).done();
    assert_eq!(office.run("draft").status, 1);
}

#[test]
fn a_database_that_cannot_be_used_leaves_the_message_with_its_giver() {
    let office = Office::with(&maildir("complaints", "Maildir"), "sqlite:gone/records.db");
    let answer = office.give("ingest", &message("Damp", "Black mould."));
    assert_eq!(answer.status, 75, "{}", answer.err);
    assert!(answer.err.contains("check that its folder exists"), "{}", answer.err);
    fs::create_dir(office.path("gone")).unwrap();
    fs::write(office.path("gone/records.db"), [b'x'; 8192]).unwrap();
    let answer = office.give("ingest", &message("Damp", "Black mould."));
    assert_eq!(answer.status, 75, "{}", answer.err);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_taken() {
    let office = Office::new();
    fs::write(office.path("a.eml"), message("Damp", "Black mould.")).unwrap();
    fs::write(office.path("empty.eml"), "").unwrap();
    fs::write(office.path("b.eml"), message("Noise", "Every night.")).unwrap();
    let answer = office.run("ingest a.eml missing.eml empty.eml b.eml");
    assert_eq!(answer.status, 1);
    let lines: Vec<&str> = answer.text().lines().collect();
    assert!(lines[0].starts_with("a.eml: contact 1,") && lines[1].starts_with("b.eml: contact 2,"), "{lines:?}");
    let told = answer.complaints();
    assert!(told[0].starts_with("complaintsd: missing.eml: cannot be read"), "{told:?}");
    assert!(told[1].starts_with("complaintsd: empty.eml: the file is empty"), "{told:?}");

    let answer = office.give("ingest", b"");
    assert_eq!(answer.status, 2);
    assert!(answer.complaints()[0].contains("standard input holds no message"), "{}", answer.err);
}

#[test]
fn every_file_is_taken_even_when_nobody_reads_the_answers() {
    let office = Office::new();
    fs::write(office.path("a.eml"), message("Damp", "Black mould.")).unwrap();
    fs::write(office.path("b.eml"), message("Noise", "Every night.")).unwrap();
    assert_eq!(office.run_unread("ingest a.eml b.eml"), 0);
    assert_eq!(office.run("contact list").done().text().lines().count(), 2);
}

#[test]
fn a_full_disk_is_a_reason_to_try_again_and_loses_nothing() {
    let office = Office::new();
    office.run("contact list").done();
    // Bytes that do not compress, so that they do not fit.
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    });
    let large = message("Photos", &noise.take(3_000_000).collect::<String>());
    let answer = office.give_with_little_disk(2_000, "ingest", &large);
    assert_eq!(answer.status, 75, "{}", answer.err);
    assert!(answer.complaints()[0].contains("give it again"), "{}", answer.err);
    assert!(office.run("contact list").done().text().is_empty());
    office.give("ingest", &large).done();
    assert_eq!(office.run("contact show 1 --raw").done().out, large);
}

#[test]
fn a_message_not_taken_now_is_deferred_and_goes_out_later() {
    let office = Office::new();
    office.give("ingest", &message("Damp", "Black mould.")).done();
    fs::write(office.path("spool"), "in the way").unwrap();
    let answer = office.run_on(MON_30_NOV, "remind");
    assert_eq!(answer.status, 75, "{}", answer.err);
    assert!(answer.text().ends_with("accepted 0, deferred 2, failed 0\n"), "{}", answer.text());
    fs::remove_file(office.path("spool")).unwrap();
    let answer = office.run_on("2026-11-30 10:00:00", "send").done();
    // The team's reminder, and the manager's: nobody has triaged it.
    assert_eq!(answer.text(), "accepted 2, deferred 0, failed 0\n");
    assert_eq!(office.spooled().len(), 2);
}

#[test]
fn a_courier_that_is_refused_ends_with_one_and_the_message_goes_out_once_it_is_put_right() {
    let server = postfix::Postfix::start();
    let office = Office::new();
    let smtp = format!(
        "kind = \"smtp\"\nhost = \"localhost\"\nport = {}\nusername = \"{}\"\npassword_file = \"secret\"\nca_file = \"{}\"",
        server.submissions,
        postfix::USER,
        server.ca_file().display()
    );
    office.reword("kind = \"spool\"\npath = \"spool\"", &smtp);
    secret(&office, "wrong battery staple");
    office.give("ingest", &message("Damp", "Black mould.")).done();
    let answer = office.run_on(MON_30_NOV, "remind");
    assert_eq!(answer.status, 1, "{}{}", answer.text(), answer.err);
    let told = answer.complaints();
    assert!(told.len() == 1 && told[0].contains("localhost"), "{told:?}");
    assert!(!answer.err.contains("battery"));
    assert_eq!(office.run_on(MON_30_NOV, "check --connect").status, 2);

    secret(&office, postfix::PASSWORD);
    let answer = office.run_on("2026-11-30 10:00:00", "send").done();
    assert_eq!(answer.text(), "accepted 2, deferred 0, failed 0\n");
    assert_eq!(server.received_at_least(2).len(), 2);
    office.run_on("2026-11-30 10:00:00", "check --connect").done();
}

#[test]
fn what_does_not_exist_is_named_with_the_list_to_look_in() {
    let office = Office::new();
    for (words, told) in [
        ("contact show 7", "there is no contact 7: see `complaintsd contact list`"),
        ("contact show 7 --raw", "there is no contact 7"),
        ("case show CMP-2026-00042-A", "complaintsd case list"),
        ("letter show 7", "there is no letter 7: see `complaintsd letter list`"),
    ] {
        let words = if words.starts_with("case") {
            format!("case show {}", complaintsd::domain::ids::CaseRef::new(2026, 42))
        } else {
            words.to_owned()
        };
        let answer = office.run(&words);
        assert_eq!(answer.status, 1, "{}", answer.err);
        assert!(answer.complaints()[0].contains(told), "{}", answer.err);
    }
    for list in ["contact", "case", "letter", "officer"] {
        assert_eq!(office.run(&format!("{list} list --json")).done().json(), serde_json::json!([]), "{list}");
    }
}
