//! Officers, sessions, request keys, alarms and the state of the mailboxes.

use complaintsd::domain::ids::{Digest, OfficerId};
use complaintsd::domain::people::{Actor, Officer, Role, Standing};
use complaintsd::store::{Alarm, AlarmRaised, MailboxStatus, NewOfficer, Session, SignIn};

use super::bench::{Bench, address, at, on_both};

on_both!(
    an_account_is_found_in_whatever_letter_case,
    switching_an_account_off_ends_its_sessions,
    old_sessions_end,
    failed_sign_ins_are_counted_for_each_subject,
    an_alarm_keeps_the_instant_it_was_raised,
    a_mailbox_keeps_its_last_success_and_its_last_fault,
);

fn grace() -> NewOfficer {
    NewOfficer {
        email: address("Grace.Adeyemi@Example.com"),
        name: "Grace Adeyemi".to_owned(),
        role: Role::Manager,
        password_hash: "$argon2id$one".to_owned(),
    }
}

async fn add(bench: &Bench, officer: &NewOfficer) -> Option<OfficerId> {
    let mut tx = bench.store.begin().await.unwrap();
    let id = tx.add_officer(officer, &Actor::Operator, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn an_account_is_found_in_whatever_letter_case(bench: Bench) {
    let id = add(&bench, &grace()).await.unwrap();
    assert_eq!(add(&bench, &NewOfficer { email: address("GRACE.adeyemi@example.com"), ..grace() }).await, None);
    let expected =
        Officer { id, email: grace().email, name: grace().name, role: Role::Manager, standing: Standing::Active };
    let found = bench.store.officer_by_email(&address("grace.ADEYEMI@example.com")).await.unwrap();
    assert_eq!(found, Some((expected.clone(), "$argon2id$one".to_owned())));
    assert_eq!(bench.store.officer(id).await.unwrap(), Some(expected.clone()));
    assert_eq!(bench.store.officer(OfficerId(99)).await.unwrap(), None);
    assert_eq!(bench.store.officer_by_email(&address("nobody@example.com")).await.unwrap(), None);
    let ben = NewOfficer { email: address("ben@example.com"), name: "Ben".to_owned(), role: Role::Officer, ..grace() };
    add(&bench, &ben).await.unwrap();
    let names: Vec<String> = bench.store.officers().await.unwrap().into_iter().map(|officer| officer.name).collect();
    assert_eq!(names, ["Ben", "Grace Adeyemi"]);
}

async fn switching_an_account_off_ends_its_sessions(bench: Bench) {
    let id = add(&bench, &grace()).await.unwrap();
    let token = |text: &str| Digest::of(text.as_bytes());
    let mut tx = bench.store.begin().await.unwrap();
    tx.add_session(token("one"), id, at(1)).await.unwrap();
    tx.touch_session(token("one"), at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let officer = bench.store.officer(id).await.unwrap().unwrap();
    let session = Session { officer, created_at: at(1), seen_at: at(2) };
    assert_eq!(bench.store.session(token("one")).await.unwrap(), Some(session));
    assert_eq!(bench.store.session(token("two")).await.unwrap(), None);

    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.set_password(id, "$argon2id$two", &Actor::Operator, at(2)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(bench.store.session(token("one")).await.unwrap(), None, "a new password ends sessions");

    let mut tx = bench.store.begin().await.unwrap();
    tx.add_session(token("two"), id, at(3)).await.unwrap();
    tx.add_session(token("three"), id, at(3)).await.unwrap();
    tx.delete_session(token("two")).await.unwrap();
    assert!(tx.disable_officer(id, &Actor::Operator, at(4)).await.unwrap());
    assert!(!tx.disable_officer(id, &Actor::Operator, at(5)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(bench.store.session(token("two")).await.unwrap(), None);
    assert_eq!(bench.store.session(token("three")).await.unwrap(), None);
    let (officer, hash) = bench.store.officer_by_email(&grace().email).await.unwrap().unwrap();
    assert_eq!((officer.standing, hash.as_str()), (Standing::Disabled, "$argon2id$two"));
}

async fn old_sessions_end(bench: Bench) {
    let id = add(&bench, &grace()).await.unwrap();
    let mut tx = bench.store.begin().await.unwrap();
    for (name, begun, seen) in [("old", 0, 50), ("idle", 10, 20), ("good", 10, 50)] {
        tx.add_session(Digest::of(name.as_bytes()), id, at(begun)).await.unwrap();
        tx.touch_session(Digest::of(name.as_bytes()), at(seen)).await.unwrap();
    }
    assert_eq!(tx.delete_expired_sessions(at(5), at(30)).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert!(bench.store.session(Digest::of(b"good")).await.unwrap().is_some());
}

async fn failed_sign_ins_are_counted_for_each_subject(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    for (subject, micros, outcome) in [
        ("account:g", 0, SignIn::Failed),
        ("account:g", 10, SignIn::Failed),
        ("account:g", 11, SignIn::Succeeded),
        ("address:127.0.0.1", 10, SignIn::Failed),
    ] {
        tx.record_sign_in(subject, at(micros), outcome).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(bench.store.failed_sign_ins("account:g", at(0)).await.unwrap(), 2);
    assert_eq!(bench.store.failed_sign_ins("account:g", at(1)).await.unwrap(), 1);
    assert_eq!(bench.store.failed_sign_ins("account:h", at(0)).await.unwrap(), 0);
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.forget_sign_ins(at(10)).await.unwrap(), 1);
}

async fn an_alarm_keeps_the_instant_it_was_raised(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(tx.raise_alarm("mailbox:a", "out of reach", at(0)).await.unwrap(), AlarmRaised::New);
    assert_eq!(tx.raise_alarm("mailbox:a", "wrong password", at(9)).await.unwrap(), AlarmRaised::Standing);
    tx.commit().await.unwrap();
    let alarm =
        Alarm { key: "mailbox:a".to_owned(), text: "wrong password".to_owned(), since_at: at(0), last_at: at(9) };
    assert_eq!(bench.store.alarms().await.unwrap(), [alarm]);
    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.clear_alarm("mailbox:a").await.unwrap());
    assert!(!tx.clear_alarm("mailbox:a").await.unwrap());
    tx.commit().await.unwrap();
    assert!(bench.store.alarms().await.unwrap().is_empty());
}

async fn a_mailbox_keeps_its_last_success_and_its_last_fault(bench: Bench) {
    let mut tx = bench.store.begin().await.unwrap();
    tx.mailbox_read("a", at(1)).await.unwrap();
    tx.mailbox_failed("a", "first", at(2)).await.unwrap();
    tx.mailbox_failed("a", "second", at(3)).await.unwrap();
    tx.mailbox_read("a", at(4)).await.unwrap();
    tx.mailbox_read("b", at(5)).await.unwrap();
    tx.commit().await.unwrap();
    let status = |mailbox: &str, success, last_error| MailboxStatus {
        mailbox: mailbox.to_owned(),
        last_success_at: Some(success),
        last_error,
    };
    let expected = [status("a", at(4), Some(("second".to_owned(), at(3)))), status("b", at(5), None)];
    assert_eq!(bench.store.mailboxes().await.unwrap(), expected);
}
