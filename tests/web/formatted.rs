//! Formatted mail that attacks whoever looks at it, in a real browser, with a server on watch that must
//! never be asked: with all walls up, and with the sanitiser taken away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path as Param;
use axum::http::Uri;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use complaintsd::viewing::{Pictures, sanitised};
use complaintsd::web::formatted::in_frame;
use complaintsd::web::layers;
use tokio::net::TcpListener;

use super::files::{message, part, photograph};
use super::house::House;
use super::site_at;
use crate::support::browser::Browser;

const ATTACKS: &str = include_str!("../hostile/html.txt");

/// Whatever a frame's words try to call or to load ends here.
struct Watch {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Watch {
    async fn keep() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let note = Arc::clone(&asked);
        let routes = Router::new().fallback(move |uri: Uri| {
            note.lock().unwrap().push(uri.to_string());
            async { "" }
        });
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// So many frames stand in one page.
const AT_ONCE: usize = 25;

/// The attacks as frames: `/clean/N` as the program shows them, `/bare/N` without the sanitiser, `/page/…`
/// the page around some, and `/open/N` without any wall at all. Every other path is noted.
async fn serve(watch: &Watch) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let canary = watch.address.clone();
    let attack = move |number: usize| {
        let attacks: Vec<&str> = ATTACKS.lines().collect();
        let one = attacks.get(number).map_or_else(|| attacks.join("\n"), |one| (*one).to_owned());
        one.replace("//canary", &format!("http://{canary}"))
    };
    let (clean, bare, open) = (attack.clone(), attack.clone(), attack);
    let note = Arc::clone(&watch.asked);
    let page = |Param((kind, from)): Param<(String, usize)>| async move {
        let sandbox = if kind == "bare-alone" { "" } else { " sandbox=\"\"" };
        let kind = kind.trim_end_matches("-alone");
        let frames: String = (from..from + AT_ONCE)
            .map(|number| format!("<iframe{sandbox} src=\"/{kind}/{number}\"></iframe>"))
            .collect();
        Html(format!("<!DOCTYPE html><title>still here</title>{frames}"))
    };
    let routes = Router::new()
        .route("/page/{kind}/{number}", get(page))
        .route(
            "/clean/{number}",
            get(async move |Param(number): Param<usize>| -> Response {
                in_frame(&sanitised(&clean(number), Pictures::default()).unwrap())
            }),
        )
        .route("/bare/{number}", get(async move |Param(number): Param<usize>| in_frame(&bare(number))))
        .fallback(move |uri: Uri| {
            // A browser looks for an icon by itself.
            if uri.path() != "/favicon.ico" {
                note.lock().unwrap().push(format!("our own {uri}"));
            }
            async { "" }
        });
    let routes = layers::wrap(routes, Arc::new(site_at(address.parse().unwrap())));
    let routes = routes
        .route("/open/{number}", get(async move |Param(number): Param<usize>| Html(open(number)).into_response()));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A frame's policy cannot stop this from being noticed.
const HOOK: &str = "window.alert = (what) => console.error('ALERT ' + what)";

async fn alerts(browser: &Browser) -> Vec<String> {
    browser.complaints().await.into_iter().filter(|line| line.contains("ALERT")).collect()
}

/// lessons 76, 77 and reliability 2.5: 0 alerts, 0 requests, whichever wall has fallen.
#[tokio::test(flavor = "multi_thread")]
async fn no_attack_runs_or_fetches_anything_not_even_without_the_sanitiser() {
    let watch = Watch::keep().await;
    let address = serve(&watch).await;
    let browser = Browser::start().await;
    browser.before_every_page(HOOK).await;
    // First that the watch sees what happens where there is no wall.
    browser.goto(&format!("{address}/open/6")).await;
    browser.goto(&format!("{address}/open/7")).await;
    let seen = watch.asked();
    assert!(seen.iter().any(|path| path.contains("i.png")), "{seen:?}");
    assert!(!alerts(&browser).await.is_empty());
    // Sanitised as officers see them; then without the sanitiser; then without the frame's own sandbox as well,
    // as when a frame is opened alone.
    for kind in ["clean", "bare", "bare-alone"] {
        for from in (0..=ATTACKS.lines().count()).step_by(AT_ONCE) {
            let path = format!("/page/{kind}/{from}");
            browser.goto(&format!("{address}{path}")).await;
            assert!(browser.url().await.ends_with(&path), "{path} led elsewhere");
            assert_eq!(watch.asked(), Vec::<String>::new(), "{path}");
            assert_eq!(alerts(&browser).await, Vec::<String>::new(), "{path}");
        }
    }
    // A request that is late would come before this one is answered.
    browser.goto(&format!("http://{}/last", watch.address)).await;
    let asked: Vec<String> = watch.asked().into_iter().filter(|path| path != "/favicon.ico").collect();
    assert_eq!(asked, ["/last"]);
}

/// lessons 56, 77: what officers see.
#[tokio::test(flavor = "multi_thread")]
async fn the_formatted_view_shows_layout_and_own_pictures_and_fetches_nothing() {
    let html = "<table><tr><td><b>No heating</b></td></tr></table><img src=\"cid:wall\" alt=wall>\
                <img src=\"https://elsewhere.example/pixel.gif\"><img src=\"cid:gone\" alt=\"the door\">\
                <a href=\"https://elsewhere.example/x\">our photos</a><script>alert(1)</script>";
    let parts = [
        format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}"),
        part("Content-Type: image/png\r\nContent-ID: <wall>\r\nContent-Disposition: inline", &photograph()),
    ];
    let mut house = House::open().await;
    house.scene.arrives(&message("b", &parts));
    house.scene.arrives(b"From: ann@example.org\r\nSubject: Plain\r\n\r\nOnly text.");
    house.scene.arrives(
        format!("From: ann@example.org\r\nSubject: Deep\r\nContent-Type: text/html\r\n\r\n{}", "<div>".repeat(50_000))
            .as_bytes(),
    );
    house.scene.poll().await;
    let officer = house.officer().await;
    let page = officer.get("/contacts/1/formatted").await;
    assert!(page.has("<iframe") && page.has("sandbox=\"\"") && page.has("src=\"/contacts/1/html\""), "{}", page.body);
    let frame = officer.get("/contacts/1/html").await;
    let policy = frame.header("content-security-policy").unwrap();
    assert!(policy.ends_with("sandbox") && policy.contains("img-src data:;") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(frame.header("cache-control"), Some("no-store"));
    assert!(frame.has("<b>No heating</b>") && frame.has("src=\"data:image/jpeg;base64,"), "{}", frame.body);
    assert!(frame.has("our photos <span class=\"address\">&lt;https://elsewhere.example/x&gt;</span>"));
    assert!(!frame.has("href") && !frame.has("pixel.gif") && !frame.has("<script") && frame.has("alt=\"the door\""));
    let (plain, none) = (officer.get("/contacts/2/formatted").await, officer.get("/contacts/2/html").await);
    assert!(plain.has("has no formatting") && !plain.has("<iframe"));
    assert_eq!(none.status, 404);
    assert!(officer.get("/contacts/3/html").await.has("too complicated to be shown"), "lessons 59");

    let browser = Browser::start().await;
    browser.goto(&format!("{}/sign-in", house.origin)).await;
    browser.fill("email", super::house::PRIYA).await;
    browser.fill("password", super::house::PASSWORD).await;
    browser.click("button[type=submit]").await;
    browser.see("h1").await;
    browser.goto(&format!("{}/contacts/1/formatted", house.origin)).await;
    assert_eq!(browser.text_in_frame("iframe", "b").await, "No heating");
    for width in [1280, 390, 320] {
        browser.screenshot(&super::pictures().join(format!("formatted-view-{width}.png")), width).await;
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.goto(&format!("{}/contacts/1", house.origin)).await;
    let drawn = "const img = document.querySelector('.app-picture img'); return img.complete ? img.naturalWidth : 0";
    let seen = async || browser.ask(drawn).await.as_i64().filter(|width| *width > 0);
    crate::support::patience::within(Duration::from_secs(20), "the small picture", seen).await;
    browser.screenshot(&super::pictures().join("contact-with-picture-390.png"), 390).await;
    browser.screenshot(&super::pictures().join("contact-with-picture-1280.png"), 1280).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
