//! Who gets in, and what is believed of a request that changes something.

use std::time::Duration;

use complaintsd::web::{Access, routes};
use jiff::SignedDuration;

use super::house::{House, PASSWORD, PRIYA};

const MANY: &str = "Too many attempts";
const WRONG: &str = "The email address or the password is wrong";

fn filled(path: &str) -> String {
    path.replace("{id}", "1")
        .replace("{reference}", "CMP-2026-00001-A")
        .replace("{name}", "none")
        .replace("{part}", "0")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_reaches_nothing_but_the_sign_in_page_and_its_style() {
    let house = House::open().await;
    let stranger = house.stranger();
    let open: Vec<_> =
        routes().iter().filter(|route| route.access == Access::Anybody).map(|route| route.path).collect();
    assert_eq!(open, ["/assets/{name}", "/sign-in"]);
    for route in routes() {
        let path = filled(route.path);
        for method in route.methods {
            let headers = [("Origin", house.origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
            let answer = stranger.send(method.as_str(), &path, &headers, "").await;
            let sent_away = answer.status == 303 && answer.location().starts_with("/sign-in");
            assert_eq!(sent_away, route.access == Access::Officers, "{method} {path}: {}", answer.head);
        }
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = stranger.send(method, &path, &[("Origin", house.origin.as_str())], "").await;
            assert!([303, 405].contains(&answer.status), "{method} {path}: {}", answer.head);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_an_officer_and_no_route_answers_with_a_fault() {
    let mut house = House::open().await;
    house.scene.a_complaint().await;
    let officer = house.officer().await;
    for route in routes() {
        for method in route.methods {
            let path = filled(route.path);
            let token = officer.get("/work").await.hidden("csrf");
            let headers = [("Origin", house.origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
            let body = if method == "POST" { format!("csrf={token}") } else { String::new() };
            if path == "/sign-out" {
                continue;
            }
            let answer = officer.send(method.as_str(), &path, &headers, &body).await;
            assert!(answer.status < 500 && answer.status != 405, "{method} {path}: {}", answer.head);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_this_sessions_token_does_nothing() {
    let mut house = House::open().await;
    house.scene.an_acknowledged_case().await;
    house.hires("owen@landlord.example", "Owen Hughes").await;
    let (priya, owen) = (house.officer().await, house.officer_called("owen@landlord.example").await);
    let foreign = owen.get("/work").await.hidden("csrf");
    let case = house.scene.cases().await.pop().unwrap();
    let path = format!("/cases/{}/extension", case.reference);
    for fields in [vec![], vec![("csrf", "")], vec![("csrf", "x")], vec![("csrf", foreign.as_str())]] {
        let answer = priya.post(&path, &fields).await;
        assert_eq!(answer.status, 403, "{fields:?}");
        assert!(answer.has("This was not done"));
    }
    assert_eq!(house.scene.store.letters_of_case(case.id).await.unwrap().len(), 1);
    assert_eq!(priya.press(&path, &[]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_sends_does_nothing() {
    let house = House::open().await;
    let officer = house.officer().await;
    let token = officer.get("/work").await.hidden("csrf");
    let fields = [("csrf", token.as_str()), ("email", PRIYA), ("password", PASSWORD)];
    let foreign: [&[(&str, &str)]; 5] = [
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", &house.origin)],
        &[],
    ];
    for headers in foreign {
        for path in ["/sign-out", "/sign-in"] {
            assert_eq!(officer.post_as(path, headers, &fields).await.status, 403, "{path} {headers:?}");
        }
    }
    assert_eq!(officer.get("/work").await.status, 200, "still signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_passwords_make_everybody_wait_whether_or_not_the_account_exists() {
    let house = House::open().await;
    let mut stranger = house.stranger();
    for _ in 0..10 {
        let answer = stranger.sign_in(PRIYA, "wrong").await;
        assert_eq!(answer.status, 422);
        assert!(answer.has(WRONG) && answer.has(PRIYA), "the address entered is kept");
    }
    for (email, password) in [(PRIYA, "wrong"), (PRIYA, PASSWORD), ("PRIYA@landlord.example", PASSWORD)] {
        let answer = stranger.sign_in(email, password).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("900")));
        assert!(answer.has(MANY));
    }
    // The address counts for accounts that do not exist, too.
    assert_eq!(stranger.sign_in("nobody@landlord.example", "wrong").await.status, 429);
    house.scene.clock.forward(SignedDuration::from_mins(16));
    assert_eq!(stranger.sign_in(PRIYA, PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_an_account_exists() {
    let house = House::open().await;
    house.hires("gone@landlord.example", "Gone").await;
    disable(&house, "gone@landlord.example").await;
    let mut answers = Vec::new();
    for email in [PRIYA, "gone@landlord.example", "nobody@landlord.example", "no address", ""] {
        let password = if email == "gone@landlord.example" { PASSWORD } else { "wrong" };
        let answer = house.stranger().sign_in(email, password).await;
        assert_eq!(answer.header("set-cookie"), None);
        answers.push((answer.status, answer.body.replace(&format!("type=\"email\" value=\"{email}\""), "")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

async fn disable(house: &House, email: &str) {
    let email = email.parse().unwrap();
    let (officer, _) = house.scene.store.officer_by_email(&email).await.unwrap().unwrap();
    let mut tx = house.scene.store.begin().await.unwrap();
    assert!(
        tx.disable_officer(officer.id, &complaintsd::domain::people::Actor::Operator, house.scene.clock_now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_officer_is_out_at_once() {
    let house = House::open().await;
    let officer = house.officer().await;
    assert_eq!(officer.get("/work").await.status, 200);
    disable(&house, PRIYA).await;
    assert!(officer.get("/work").await.location().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_gives_a_new_session_and_ends_the_one_before() {
    let house = House::open().await;
    let mut planted = house.stranger();
    planted.cookie = Some(format!("complaintsd={}", "A".repeat(43)));
    let before = planted.clone();
    planted.sign_in(PRIYA, PASSWORD).await;
    assert_ne!(planted.cookie, before.cookie);
    assert_eq!(before.get("/work").await.status, 303, "the planted session must stay worthless");
    let first = planted.clone();
    let answer = planted.sign_in(PRIYA, PASSWORD).await;
    assert_eq!(first.get("/work").await.status, 303);
    assert_eq!(planted.get("/work").await.status, 200);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_is_not_used_and_after_a_working_day() {
    let house = House::open().await;
    let officer = house.officer().await;
    for _ in 0..12 {
        house.scene.clock.forward(SignedDuration::from_mins(59));
        assert_eq!(officer.get("/work").await.status, 200);
    }
    house.scene.clock.forward(SignedDuration::from_mins(13));
    assert_eq!(officer.get("/work").await.status, 303, "twelve hours are over");
    let officer = house.officer().await;
    house.scene.clock.forward(SignedDuration::from_mins(61));
    assert_eq!(officer.get("/letters/7?points=4").await.location(), "/sign-in?next=/letters/7%3Fpoints%3D4");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_signing_in_the_officer_is_where_they_were_and_never_elsewhere() {
    let house = House::open().await;
    let sign_in = async |next: &str| {
        let fields = [("email", PRIYA), ("password", PASSWORD), ("next", next)];
        house.stranger().post("/sign-in", &fields).await.location().to_owned()
    };
    assert_eq!(sign_in("/letters/7?points=4").await, "/letters/7?points=4");
    for foreign in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: 1"]
    {
        assert_eq!(sign_in(foreign).await, "/work", "{foreign}");
    }
    let page = house.stranger().get("/sign-in?next=//evil.example").await;
    assert!(!page.has("evil"));
    let referrer = format!("{}/letters/7", house.origin);
    let headers = [("Origin", house.origin.as_str()), ("Referer", referrer.as_str())];
    let answer = house.stranger().post_as("/letters/7", &headers, &[]).await;
    assert_eq!(answer.location(), "/sign-in?told=session-ended&next=/letters/7");
    assert!(house.stranger().get(answer.location()).await.has("nothing was changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server() {
    let house = House::open().await;
    let officer = house.officer().await;
    let answer = officer.press("/sign-out", &[]).await;
    assert_eq!(answer.location(), "/sign-in?told=signed-out");
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(officer.get("/work").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_database_asks_for_a_little_patience() {
    let mut house = House::open().await;
    let case = house.scene.an_acknowledged_case().await;
    let officer = house.officer().await;
    let busy = house.scene.store.begin().await.unwrap();
    let answer = officer.press(&format!("/cases/{}/extension", case.reference), &[]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")));
    assert!(answer.has("Nothing is lost"));
    assert_eq!(officer.get("/work").await.status, 200, "reading goes on");
    drop(busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_the_pages_let_go_of_their_port() {
    let house = House::open().await;
    house.officer().await;
    house.stop.cancel();
    let port = house.origin.trim_start_matches("http://").to_owned();
    let closed = async {
        while tokio::net::TcpStream::connect(&port).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed).await.expect("the port is free again");
}
