//! The history cannot be changed through the database, and what is changed beneath it is found.

use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::{Digest, OfficerId};
use complaintsd::domain::people::Actor;
use complaintsd::store::{BadLine, Broken, HistoryCheck};

use super::bench::{Bench, at, grace, on_both};

on_both!(
    the_database_refuses_to_change_history,
    an_untouched_history_is_sound,
    whatever_is_changed_beneath_is_found,
    a_name_with_a_nul_keeps_the_chain_sound,
);

async fn filled(bench: &Bench) {
    for number in 1..=2 {
        let case = bench.open_case(number).await;
        let mut tx = bench.store.begin().await.unwrap();
        let events =
            [CaseEvent::ResidentNamed { name: "A".to_owned() }, CaseEvent::ResidentNamed { name: "B".to_owned() }];
        tx.save_case(&case, &events, &grace(), at(50)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn the_database_refuses_to_change_history(bench: Bench) {
    filled(&bench).await;
    let mut attempts = vec!["UPDATE history SET at = 0 WHERE sequence = 1", "DELETE FROM history WHERE sequence = 6"];
    if bench.is_postgres() {
        attempts.push("TRUNCATE history");
    }
    for attempt in attempts {
        let error = bench.meddle(attempt).await.unwrap_err();
        assert!(error.to_string().contains("history is append-only"), "{attempt}: {error}");
    }
    assert!(matches!(bench.store.verify_history().await.unwrap(), HistoryCheck::Sound { lines: 6, .. }));
}

async fn an_untouched_history_is_sound(bench: Bench) {
    let nothing = bench.store.verify_history().await.unwrap();
    assert_eq!(nothing, HistoryCheck::Sound { lines: 0, head: Digest::from([0; 32]) });
    filled(&bench).await;
    let HistoryCheck::Sound { lines: 6, head } = bench.store.verify_history().await.unwrap() else {
        panic!("the history is not sound");
    };
    assert_ne!(head, Digest::from([0; 32]));
}

async fn whatever_is_changed_beneath_is_found(bench: Bench) {
    let off = if bench.is_postgres() {
        "ALTER TABLE history DISABLE TRIGGER ALL"
    } else {
        "DROP TRIGGER history_is_never_changed; DROP TRIGGER history_is_never_deleted"
    };
    filled(&bench).await;
    bench.meddle(off).await.unwrap();
    bench
        .meddle("CREATE TABLE saved AS SELECT * FROM history; CREATE TABLE saved_head AS SELECT * FROM history_head")
        .await
        .unwrap();
    let restore = "DELETE FROM history; INSERT INTO history SELECT * FROM saved;
        DELETE FROM history_head; INSERT INTO history_head SELECT * FROM saved_head";
    let zeros = if bench.is_postgres() { "'\\x00'" } else { "x'00'" };
    let previous = format!("UPDATE history SET previous = {zeros} WHERE sequence = 3");
    let hash = format!("UPDATE history SET hash = {zeros} WHERE sequence = 3");
    let copied = "UPDATE history SET hash = (SELECT hash FROM history WHERE sequence = 6) WHERE sequence = 5";
    for (change, sequence, fault) in [
        ("UPDATE history SET at = at + 1 WHERE sequence = 2", 2, BadLine::Changed),
        ("UPDATE history SET case_id = 1 WHERE sequence = 4", 4, BadLine::Changed),
        ("UPDATE history SET actor_kind = 'daemon' WHERE sequence = 2", 2, BadLine::Changed),
        ("UPDATE history SET actor_id = 8 WHERE sequence = 2", 2, BadLine::Changed),
        ("UPDATE history SET actor_name = 'Nobody' WHERE sequence = 2", 2, BadLine::Changed),
        ("UPDATE history SET kind = 'opened' WHERE sequence = 2", 2, BadLine::Changed),
        ("UPDATE history SET payload = replace(payload, 'A', 'C') WHERE sequence = 2", 2, BadLine::Changed),
        ("UPDATE history SET sequence = 9 WHERE sequence = 6", 6, BadLine::Missing),
        ("DELETE FROM history WHERE sequence = 1", 1, BadLine::Missing),
        ("DELETE FROM history WHERE sequence = 3", 3, BadLine::Missing),
        ("DELETE FROM history WHERE sequence = 6", 6, BadLine::Missing),
        ("DELETE FROM history WHERE sequence = 6; UPDATE history_head SET sequence = 5", 5, BadLine::NotTheHead),
        (&previous, 3, BadLine::DoesNotFollow),
        (&hash, 3, BadLine::Changed),
        (copied, 5, BadLine::Changed),
    ] {
        bench.meddle(change).await.unwrap();
        let found = bench.store.verify_history().await.unwrap();
        assert_eq!(found, HistoryCheck::Broken(Broken { sequence, fault }), "{change}");
        bench.meddle(restore).await.unwrap();
    }
    assert!(matches!(bench.store.verify_history().await.unwrap(), HistoryCheck::Sound { lines: 6, .. }));
}

async fn a_name_with_a_nul_keeps_the_chain_sound(bench: Bench) {
    let case = bench.open_case(1).await;
    let actor = Actor::Officer { id: OfficerId(1), name: "Nul\0l".to_owned() };
    let event = CaseEvent::ResidentNamed { name: "a\0b \\u0000".to_owned() };
    let mut tx = bench.store.begin().await.unwrap();
    tx.save_case(&case, std::slice::from_ref(&event), &actor, at(50)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(bench.store.verify_history().await.unwrap(), HistoryCheck::Sound { lines: 2, .. }));
    let line = bench.store.history(case.id).await.unwrap().remove(1);
    assert_eq!(line.event, event);
    assert_eq!(line.actor, Actor::Officer { id: OfficerId(1), name: "Null".to_owned() });
}
