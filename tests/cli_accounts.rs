//! Officers' accounts at the command line.

use complaintsd::store::Store;
use complaintsd::web::password;

use crate::support::office::{Answer, Office};

/// Whether an account takes a password.
fn takes(office: &Office, email: &str, secret: &str) -> bool {
    let url = format!("sqlite://{}", office.path("records.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::connect(&url).await.unwrap();
        let (_, hash) = store.officer_by_email(&email.parse().unwrap()).await.unwrap().unwrap();
        assert!(hash.starts_with("$argon2id$"));
        password::verify(secret.to_owned(), Some(hash)).await
    })
}

fn told(answer: &Answer) -> &str {
    assert_eq!(answer.status, 1, "{}{}", answer.text(), answer.err);
    answer.complaints()[0]
}

#[test]
fn a_password_given_on_standard_input_is_kept_as_a_hash_and_shown_nowhere() {
    let office = Office::new();
    let added =
        office.give("officer add ann@example.org --name Ann --role officer", b"correct horse battery\r\n").done();
    assert_eq!(added.text(), "ann@example.org can sign in as officer\n");
    assert!(!added.err.contains("horse"));
    assert!(takes(&office, "ann@example.org", "correct horse battery"));

    let again = office.give("officer add ANN@example.org --name Anna --role manager", b"another good password\n");
    assert!(told(&again).contains("ANN@example.org has an account already"), "{}", again.err);
    let short = office.give("officer add bob@example.org --name Bob --role officer", b"elevenchars\n");
    assert!(told(&short).contains("12 characters or more"), "{}", short.err);
    let blank = office.give("officer add bob@example.org --name Bob --role officer", b"\n");
    assert!(told(&blank).contains("12 characters or more"), "{}", blank.err);
    let officers = office.run("officer list --json").done().json();
    assert_eq!(officers.as_array().unwrap().len(), 1);
    assert_eq!((&officers[0]["email"], &officers[0]["role"]), (&"ann@example.org".into(), &"officer".into()));
    assert_eq!((&officers[0]["name"], &officers[0]["standing"]), (&"Ann".into(), &"active".into()));
}

#[test]
fn without_a_password_one_is_made_and_shown_once() {
    let office = Office::new();
    let added = office.run("officer add mo@example.org --name Mo --role manager").done();
    let secret = added.text().lines().find_map(|line| line.strip_prefix("password, shown only now: ")).unwrap();
    assert!(secret.len() >= 24 && takes(&office, "mo@example.org", secret), "{secret}");
    assert!(!office.run("officer list").done().text().contains(secret));
    let other = office.run("officer add jo@example.org --name Jo --role officer").done();
    assert!(!other.text().contains(secret));
}

#[test]
fn an_account_switched_off_stays_listed_and_a_wrong_address_is_told() {
    let office = Office::new();
    office.give("officer add ann@example.org --name Ann --role officer", b"correct horse battery\n").done();
    let off = office.run("officer disable Ann@example.org").done();
    assert_eq!(off.text(), "ann@example.org is switched off, and signed out everywhere\n");
    assert!(office.run("officer disable ann@example.org").done().text().contains("already"));
    assert_eq!(office.run("officer list --json").done().json()[0]["standing"], "disabled");
    let unknown = office.run("officer disable bob@example.org");
    assert!(told(&unknown).contains("bob@example.org has no account: see `complaintsd officer list`"));
}
