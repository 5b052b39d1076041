//! Every statement is named after its place, listed, and understood by both databases.

use std::collections::BTreeSet;

use complaintsd::store::Store;

use super::bench::{Bench, on_both};

on_both!(every_statement_is_understood);

async fn every_statement_is_understood(bench: Bench) {
    for statement in Store::statements() {
        let (sqlite_only, postgres_only) = (["_sqlite\n"], ["_postgres\n", "::try_lock\n"]);
        let other = if bench.is_postgres() { &sqlite_only[..] } else { &postgres_only[..] };
        if other.iter().any(|ending| statement.split_inclusive('\n').next().unwrap().ends_with(ending)) {
            continue;
        }
        bench.store.prepare(statement).await.unwrap_or_else(|error| panic!("{error}: {error:?}"));
    }
}

#[tokio::test]
async fn a_wrong_statement_is_noticed() {
    let bench = Bench::sqlite().await;
    let error = bench.store.prepare("-- store::nowhere::wrong\nSELECT nothing FROM nowhere").await.unwrap_err();
    assert_eq!(error.to_string(), "the database did not carry out store::nowhere::wrong");
}

#[test]
fn every_statement_is_listed_under_its_name() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store");
    let mut written = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // stored forms: no statements
        }
        let source = std::fs::read_to_string(&path).unwrap().replace("concat!(\n        ", "concat!(");
        let module = path.file_stem().unwrap().to_str().unwrap();
        for line in source.lines() {
            if let Some((name, rest)) = line.split_once("\"-- ").filter(|(name, _)| name.contains(" = ")) {
                let name = name.split(" = ").next().unwrap().trim().to_lowercase();
                let expected =
                    if module == "mod" { format!("store::{name}") } else { format!("store::{module}::{name}") };
                let found = rest.split(['\\', '"']).next().unwrap();
                assert_eq!(found, expected, "{}", path.display());
                assert!(written.insert(expected), "{found} stands twice");
            }
            let other = line.contains("sqlx::query") && !["link", "rows", "connect"].contains(&module);
            assert!(!other, "{}: statements run through the macros of link.rs and rows.rs", path.display());
        }
    }
    let listed: BTreeSet<String> = Store::statements()
        .iter()
        .map(|sql| sql.lines().next().unwrap().trim_start_matches("-- ").to_owned())
        .collect();
    assert_eq!(listed, written);
    assert_eq!(listed.len(), Store::statements().len());
}
