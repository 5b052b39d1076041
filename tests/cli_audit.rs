//! `complaintsd audit verify`: what it finds and says, and the checkpoints it is held against.

use sqlx::{Connection as _, SqliteConnection};

use crate::support::office::{Office, TUE_24_NOV, message};

/// Goes behind the program's back.
fn meddle(office: &Office, sql: &str) {
    let url = format!("sqlite://{}", office.path("records.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut session = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut session).await.unwrap();
    });
}

fn office() -> Office {
    let office = Office::new();
    office.give("officer add ann@example.org --name Ann --role officer", b"correct horse battery\n").done();
    office.give("ingest", &message("Damp", "The bedroom wall is black again.")).done();
    office.give("ingest", &message("Lift", "It is out of order.")).done();
    office
}

#[test]
fn an_untouched_history_is_verified_with_all_that_hangs_on_it() {
    let office = office();
    office.run("draft").done();
    let told = office.run("audit verify --full --json").done().json();
    // An account, two cases, two drafts.
    assert_eq!((&told["sound"], &told["lines"], &told["broken"]), (&true.into(), &5.into(), &().into()));
    assert_eq!((&told["full"]["versions"], &told["full"]["received"]), (&2.into(), &2.into()));
    assert_eq!(told["full"]["changed"].as_array().unwrap().len(), 0);
    let words = office.run("audit verify --full").done();
    let head = told["head"].as_str().unwrap();
    assert!(words.text().starts_with("The history is as it was written: 5 lines.\n"), "{}", words.text());
    assert!(words.text().contains(&format!("Its last line, as a checkpoint: {head}\n")), "{}", words.text());
    assert!(words.text().contains("give it with --checkpoint"), "{}", words.text());
    let kept = office.run(&format!("audit verify --checkpoint {head}")).done();
    assert!(kept.text().contains("Up to line 5 it is the one that the checkpoints given were taken of."));
    let wrong = office.run("audit verify --checkpoint 5:abc");
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("64 hexadecimal digits"), "{}", wrong.err);
}

#[test]
fn a_changed_line_is_named_with_what_to_do() {
    let office = office();
    meddle(&office, "DROP TRIGGER history_is_never_changed; UPDATE history SET at = at + 1 WHERE sequence = 2");
    let found = office.run("audit verify");
    assert_eq!(found.status, 1, "{}", found.err);
    let first = "The history was changed, at line 2: what stands in the line does not fit its hash: it was changed.\n";
    assert!(found.text().starts_with(first), "{}", found.text());
    assert!(found.text().contains("keep a copy of the database as it is now"), "{}", found.text());
    let json = office.run("audit verify --json");
    assert_eq!(json.status, 1);
    let json = json.json();
    assert_eq!((&json["sound"], &json["broken"]["sequence"]), (&false.into(), &2.into()));
    assert_eq!(json["broken"]["fault"], "changed");
}

#[test]
fn a_message_changed_beneath_is_found_with_full_only() {
    let office = office();
    meddle(&office, "UPDATE raw_messages SET size = size - 1 WHERE id = 2");
    office.run("audit verify").done();
    let found = office.run("audit verify --full");
    assert_eq!(found.status, 1);
    assert!(found.text().contains("Changed: received message 2: its bytes do not fit their SHA-256."));
    let json = office.run("audit verify --full --json").json();
    assert_eq!((&json["sound"], &json["full"]["changed"][0]["what"]), (&false.into(), &"received".into()));
}

#[test]
fn a_checkpoint_from_the_log_finds_a_history_that_was_cut_off() {
    let office = office();
    office.reword("format = \"text\"", "format = \"json\"");
    office.reword("[log]", "[audit]\ncheckpoint_to = \"records@example.com\"\n\n[log]");
    let reminded = office.run_on(TUE_24_NOV, "remind").done();
    let lines = reminded.err.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let logged: Vec<_> = lines.filter(|line| line["target"] == "complaintsd::checkpoint").collect();
    assert_eq!(logged.len(), 1, "{}", reminded.err);
    assert_eq!(logged[0]["level"], "INFO");
    let said = logged[0]["message"].as_str().unwrap();
    assert!(said.starts_with("Checkpoint of the history, taken 2026-11-24T09:00:0"), "{said}");
    let kept = said.rsplit(' ').next().unwrap();
    assert!(kept.starts_with("3:"), "{kept}");
    assert!(office.spooled().iter().any(|mail| mail.contains("To: records@example.com")));
    assert!(office.run_on(TUE_24_NOV, "remind").done().text().contains("no reminder is due"), "once a day");
    office.run(&format!("audit verify --checkpoint {kept}")).done();

    meddle(
        &office,
        "DROP TRIGGER history_is_never_deleted; DROP TRIGGER history_checkpoints_are_never_deleted;
         DELETE FROM history WHERE sequence = 3; DELETE FROM history_checkpoints;
         UPDATE history_head SET sequence = 2, hash = (SELECT hash FROM history WHERE sequence = 2)",
    );
    office.run("audit verify").done();
    let found = office.run(&format!("audit verify --checkpoint {kept}"));
    assert_eq!(found.status, 1);
    let first = format!(
        "The history was changed, at line 3: the line is missing: the chain was cut off before the checkpoint {kept}."
    );
    assert!(found.text().starts_with(&first), "{}", found.text());
    assert!(found.text().contains("If a backup was restored"), "{}", found.text());
}
