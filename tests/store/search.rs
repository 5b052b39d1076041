//! Search on both databases: words, beginnings, accents, hostile input, paging, cases.

use complaintsd::domain::ids::ContactId;
use complaintsd::domain::search::{Query, words};
use jiff::Timestamp;

use super::bench::{Bench, logged_as, new_message, on_both, reading};

on_both!(
    contacts_are_found_by_all_of_their_words,
    no_query_can_break_the_database,
    cases_are_found_by_reference_and_resident,
    contacts_from_before_the_index_are_found,
    results_come_in_pages_newest_first,
);

async fn put(bench: &Bench, n: u8, text: &str) -> ContactId {
    let mut tx = bench.store.begin().await.unwrap();
    let raw = tx.put_raw(&[n], Timestamp::UNIX_EPOCH).await.unwrap().id;
    let read = complaintsd::domain::contact::Reading { words: words([text]), text: text.to_owned(), ..reading() };
    let id = tx
        .add_contact(raw, &logged_as(Timestamp::UNIX_EPOCH, new_message(), read), Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn found(bench: &Bench, typed: &str) -> Vec<ContactId> {
    let query = Query::of(typed).unwrap_or_else(|| panic!("no word in {typed:?}"));
    let contacts = bench.store.find_contacts(&query, None, 10).await.unwrap();
    contacts.into_iter().map(|contact| contact.id).collect()
}

/// lessons 62, and Welsh and Polish without their accents.
async fn contacts_are_found_by_all_of_their_words(bench: Bench) {
    let leak = put(&bench, 1, "Water is leaking through the ceiling.\n> quoted: the stopcock").await;
    let polish = put(&bench, 2, "Świętej pamięci Łódź; tŷ bach").await;
    let long = put(&bench, 3, &(0..200_000).map(|n| format!("w{n} ")).collect::<String>()).await;
    assert_eq!(found(&bench, "leak CEIL").await, [leak]);
    assert_eq!(found(&bench, "stopcock water").await, [leak]);
    assert_eq!(found(&bench, "lodz").await, [polish]);
    assert_eq!(found(&bench, "Łódź ŚWIĘTEJ ty").await, [polish]);
    assert_eq!(found(&bench, "leak lodz").await, []);
    assert_eq!(found(&bench, "i").await, [], "short words are whole words");
    assert_eq!(found(&bench, "w12").await, [long]);
}

async fn no_query_can_break_the_database(bench: Bench) {
    put(&bench, 1, "quite ordinary").await;
    for typed in [
        "\"",
        "\" OR 1",
        "a* OR b*",
        "NEAR(a b)",
        "words:a",
        "-a",
        "^a",
        "a AND",
        "NOT",
        "'",
        "''; DROP TABLE contacts",
        "a & | !",
        "a:*",
        "<->",
        "\\",
        "%",
        "a\0b",
        "(((",
        "🙂x",
        "\u{202E}a",
        "ﷺ",
        "é́́́",
        "<script>",
        "١٢٣",
        "ก็",
        "½",
    ] {
        if let Some(query) = Query::of(typed) {
            assert!(bench.store.find_contacts(&query, None, 10).await.unwrap().is_empty(), "{typed}");
            bench.store.find_cases(&query, 10).await.unwrap();
        }
    }
    let long = "word ".repeat(10_000) + &"x".repeat(100_000);
    assert_eq!(found(&bench, &long).await, []);
    assert_eq!(found(&bench, "ORDINARY quite").await.len(), 1);
}

async fn cases_are_found_by_reference_and_resident(bench: Bench) {
    let case = bench.open_case(1).await;
    bench.open_case(2).await;
    let found = async |typed: &str| {
        let cases = bench.store.find_cases(&Query::of(typed).unwrap(), 10).await.unwrap();
        cases.into_iter().map(|case| case.reference).collect::<Vec<_>>()
    };
    assert_eq!(found(&case.reference.to_string().to_lowercase()).await, [case.reference]);
    let name = &case.resident.name;
    assert!(!name.is_empty());
    let both = found(&name.to_uppercase()).await;
    assert!(both.len() == 2 && both[1] == case.reference, "newest first: {both:?}");
    assert_eq!(found("nobody-of-that-name").await, []);
    let first = bench.store.find_cases(&Query::of(name).unwrap(), 1).await.unwrap();
    assert_eq!(first.len(), 1);
}

/// The words of contacts logged before there was an index are taken from their columns.
async fn contacts_from_before_the_index_are_found(bench: Bench) {
    let id = put(&bench, 1, "The roof LEAKS.").await;
    let migration = if bench.is_postgres() {
        include_str!("../../migrations/postgres/0003_search.sql")
    } else {
        include_str!("../../migrations/sqlite/0003_search.sql")
    };
    bench.meddle("DROP TABLE contact_words").await.unwrap();
    bench.meddle(migration).await.unwrap();
    assert_eq!(found(&bench, "leaks roof ceiling").await, [id]);
}

async fn results_come_in_pages_newest_first(bench: Bench) {
    let mut all = Vec::new();
    for n in 0..5 {
        all.push(put(&bench, n, "damp").await);
    }
    let query = Query::of("damp").unwrap();
    let page = async |before| {
        let page = bench.store.find_contacts(&query, before, 2).await.unwrap();
        page.into_iter().map(|contact| contact.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None).await, [all[4], all[3]]);
    assert_eq!(page(Some(all[3])).await, [all[2], all[1]]);
    assert_eq!(page(Some(all[0])).await, []);
}
