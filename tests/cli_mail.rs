//! Mail in by command: what stands where is counted and compared, mail from before is asked about, and
//! archives are imported without a clock beginning (lessons 20, 21, 22).

use std::fs;
use std::time::SystemTime;

use crate::support::dovecot::Dovecot;
use crate::support::office::{Office, message};
use crate::support::postfix::Postfix;
use crate::support::service::Service;

fn at(instant: &str) -> SystemTime {
    SystemTime::from(instant.parse::<jiff::Timestamp>().unwrap())
}

#[test]
fn five_thousand_old_messages_are_asked_about_then_logged_and_nothing_is_sent() {
    let (dovecot, postfix) = (Dovecot::start(), Postfix::start());
    let service = Service::new(&dovecot, postfix.relay, None);
    service.set_clock("2026-11-23 09:00:00");
    let inbox = dovecot.maildir("INBOX");
    for number in 0..5_000 {
        let text = format!("From: r{number}@example.com\r\nSubject: Old {number}\r\n\r\nThe lift was broken.\r\n");
        let name = inbox.join("new").join(format!("16000{number:05}.old.example.org"));
        fs::write(&name, text).unwrap();
        let file = fs::File::options().write(true).open(&name).unwrap();
        file.set_modified(at("2024-05-06T09:00:00Z")).unwrap();
        std::os::unix::fs::chown(&name, Some(dovecot.owner().0), Some(dovecot.owner().1)).unwrap();
    }
    dovecot.deliver("INBOX", &message("New", "The lift is broken again."), at("2026-11-23T08:00:00Z"));

    let refused = service.run(&["poll"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("5001 messages") && said.contains("cut_over = 2026-11-23"), "{said}");
    let counted = service.json(&["poll", "--dry-run", "--json"]);
    assert_eq!((&counted[0]["messages"], &counted[0]["could_open_cases"]), (&5001.into(), &5001.into()));
    assert_eq!(service.json(&["contact", "list", "--json"]), serde_json::json!([]));

    service.edit("after = \"flag\"", "after = \"flag\"\ncut_over = 2026-11-01");
    let counted = service.json(&["poll", "--dry-run", "--json"]);
    assert_eq!((&counted[0]["historic"], &counted[0]["could_open_cases"]), (&5000.into(), &1.into()));
    assert!(dovecot.flags("INBOX").iter().all(|flags| !flags.contains("complaintsd")), "a dry run marks nothing");
    assert_eq!(service.says(&["poll"]), "complaints: kept 5001, contacts 5001, cases 1, duplicates 0\n");
    assert_eq!(service.says(&["draft"]), "new drafts 1, brought up to date 0\n");
    service.says(&["remind"]);
    service.says(&["send"]);
    assert!(postfix.received().is_empty(), "nothing leaves");
    let compared = service.json(&["reconcile", "--json"]);
    let facts = ["on_server", "in_ledger", "waiting", "vanished"].map(|key| compared[0][key].as_u64().unwrap());
    assert_eq!(facts, [5001, 5001, 0, 0]);
}

#[test]
fn reconcile_tells_gaps_and_the_next_pass_fetches_them() {
    let (dovecot, postfix) = (Dovecot::start(), Postfix::start());
    let service = Service::new(&dovecot, postfix.relay, None);
    for number in 0..3 {
        dovecot.deliver("INBOX", &message(&format!("{number}"), "Damp."), SystemTime::now());
    }
    let never = service.run(&["reconcile"]);
    assert!(String::from_utf8_lossy(&never.stdout).contains("never read"));
    assert_eq!(never.status.code(), Some(1), "a monitor must not take an unread mailbox for a whole one");
    service.says(&["poll"]);
    let told = service.says(&["reconcile"]);
    assert!(told.starts_with("complaints, folder 'INBOX': 3 on the server, 3 in the ledger"), "{told}");

    let database = service.config().with_file_name("complaintsd.db");
    let meddle = format!("sqlite://{}", database.display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let mut session = sqlx::SqliteConnection::connect(&meddle).await.unwrap();
        sqlx::raw_sql("DELETE FROM mail_ledger WHERE uid = 2").execute(&mut session).await.unwrap();
    });
    let gap = service.run(&["reconcile", "--json"]);
    assert_eq!(gap.status.code(), Some(1), "{}", String::from_utf8_lossy(&gap.stderr));
    let told: serde_json::Value = serde_json::from_slice(&gap.stdout).unwrap();
    assert_eq!((&told[0]["gaps"], &told[0]["not_in_ledger"]), (&serde_json::json!([2]), &serde_json::json!([2])));
    assert_eq!(service.says(&["poll"]), "complaints: kept 1, contacts 0, cases 0, duplicates 1\n");
    let alarms = runtime.block_on(async { service.store().await.alarms().await.unwrap() });
    assert!(alarms[0].text.starts_with("Defect: "), "{alarms:?}");
    service.says(&["reconcile"]);

    service.edit("after = \"flag\"", "after = \"flag\"\nfolders = [\"INBOX\", \"Nowhere\"]");
    let missing = service.run(&["reconcile"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("'Nowhere'"), "never '0 messages'");
}

const MBOX: &str = "From ann@example.com Mon Nov 16 09:00:00 2026\nFrom: ann@example.com\nSubject: One\n\
    Date: Fri, 1 Jan 1999 00:00:00 +0000\n\nFrom Monday on it was cold.\n>From here on, too.\n\n\
    From bea@example.com Mon May  6 09:00:00 2024\nFrom: bea@example.com\nSubject: Two\n\nDamp.\n";

#[test]
fn an_import_opens_no_case_unless_a_day_is_named_and_goes_on_where_it_was() {
    let office = Office::new();
    for folder in ["old/cur", "old/new", "old/tmp", "old/.Sent/cur", "old/.Sent/new", "files/deep"] {
        fs::create_dir_all(office.path(folder)).unwrap();
    }
    fs::write(office.path("archive.mbox"), MBOX).unwrap();
    fs::write(office.path("old/cur/1.host:2,S"), message("Three", "Mould.")).unwrap();
    fs::write(office.path("old/.Sent/cur/2.host:2,S"), message("Four", "Rats.")).unwrap();
    fs::write(office.path("old/tmp/3.host"), "half").unwrap();
    fs::write(office.path("files/deep/5.EML"), message("Five", "Noise.")).unwrap();
    fs::write(office.path("files/notes.txt"), "no message").unwrap();
    fs::write(office.path("files/empty.eml"), "").unwrap();
    fs::write(office.path("files/.kept.eml"), message("Hidden", "Mould.")).unwrap();
    fs::write(office.path("old/saved-here.eml"), message("Beside", "Mould.")).unwrap();
    fs::write(office.path("old/dovecot-uidlist"), "3 V1 N2").unwrap();

    let counted = office.run("import archive.mbox old files --dry-run --since 2026-11-16 --json");
    assert_eq!(counted.status, 1, "some files are left out");
    let told = counted.json();
    assert_eq!((&told["messages"], &told["historic"]), (&5.into(), &1.into()));
    assert_eq!((&told["oldest"], &told["left_out"]), (&"2024-05-06T09:00:00Z".into(), &4.into()));
    assert_eq!(office.run("contact list --json").done().json(), serde_json::json!([]));

    let first = office.run("import archive.mbox").done();
    assert!(
        first.text().starts_with("import: taken 2, contacts 2, cases 0, duplicates 0; imported before 0"),
        "{}",
        first.text()
    );
    let again = office.run("import archive.mbox old files --since 2026-11-16");
    assert_eq!(again.status, 1);
    assert!(
        again.text().starts_with("import: taken 4, contacts 3, cases 4, duplicates 1; imported before 1"),
        "the day named too late puts right what the first import took for historic: {}",
        again.text()
    );
    let third = office.run("import archive.mbox --since 2026-11-16").done();
    assert!(third.text().starts_with("import: taken 0, contacts 0, cases 0, duplicates 0; imported before 2"), "once");
    let left_out: Vec<&str> = again.complaints();
    for name in ["notes.txt", ".kept.eml: its name begins with a dot", "saved-here.eml: it stands beside the folders"] {
        assert!(left_out.iter().any(|line| line.contains(name)), "{name}: {left_out:?}");
    }
    assert!(left_out.iter().any(|line| line.contains("empty.eml: the file is empty")), "{left_out:?}");

    let contacts = office.run("contact list --json").done().json();
    let named = |subject| contacts.as_array().unwrap().iter().find(|contact| contact["subject"] == subject).unwrap();
    let (one, two) = (named("One"), named("Two"));
    assert_eq!((&one["intake"], &one["received_at"]), (&"inbox".into(), &"2026-11-16T09:00:00Z".into()));
    assert!(one["text"].as_str().unwrap().contains("From Monday on it was cold.\nFrom here on, too."));
    assert_eq!((&two["intake"], &two["received_at"]), (&"historic".into(), &"2024-05-06T09:00:00Z".into()));
    let absent = office.run("import nowhere");
    assert_eq!(absent.status, 1);
    assert!(absent.complaints()[0].contains("nowhere: cannot be read"), "{}", absent.err);

    // The mailbox has one of them, too: the daemon treats it as the complaint it is.
    let bytes = office.run(&format!("contact show {} --raw", two["id"])).done().out;
    office.deliver("two.host", &bytes);
    assert_eq!(office.run("poll").done().text(), "complaints: kept 1, contacts 0, cases 1, duplicates 1\n");
    assert_eq!(office.run("case list --json").done().json().as_array().unwrap().len(), 5);
}

#[test]
fn an_import_that_is_killed_goes_on_and_doubles_nothing() {
    let office = Office::new();
    let messages: String = (0..2_000)
        .map(|number| format!("From a@example.com Mon Nov 16 09:00:00 2026\nSubject: {number}\n\nDamp.\n\n"))
        .collect();
    fs::write(office.path("archive.mbox"), messages).unwrap();
    office.run("contact list").done();
    let log = || fs::metadata(office.path("records.db-wal")).map_or(0, |wal| wal.len());
    let before = log();
    let stopped = office.run_interrupted_once("import archive.mbox", || log() > before + 300_000);
    let rest = office.run("import archive.mbox --json").done().json();
    let contacts = office.run("contact list --json").done().json();
    assert_eq!(contacts.as_array().unwrap().len(), 2_000);
    assert_eq!(rest["taken"].as_u64().unwrap() + rest["known"].as_u64().unwrap(), 2_000);
    assert!(stopped == Some(75) || rest["taken"] == 0, "{stopped:?} {rest}");
}
