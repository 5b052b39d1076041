//! The officers' pages with invented content, in a real browser and in bare HTTP: what every page
//! must be, whatever stands in it.

mod desk;
mod door;
mod extension;
mod files;
mod formatted;
pub mod house;
mod journey;
mod letters;
mod outcome;
mod people;
mod post;
mod reading;
mod scanner;
mod triage;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::Path as Param;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Html;
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use complaintsd::web::page::{Banner, Site};
use complaintsd::web::samples::{Texts, every_page};
use complaintsd::web::session::{PublicOrigin, SessionToken};
use complaintsd::web::{assets, formatted as formatted_view, layers};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::browser::Browser;
use crate::support::patience::until;

const LETTER: &str = "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>Letter</title></head>\
    <body style=\"font-family: sans-serif\"><h1>Your complaint: what we understand</h1><p>Dear Mr Hussain,</p>\
    <script>document.title = 'broken'</script><p id=\"known\">KNOWN</p></body></html>";

const FORMATTED: &str = "<p>Hello,</p><p>This is the <b>third time</b> I write about the black mould.</p>\
    <table><tr><td>12 February</td><td>painted over</td></tr></table><p>Our photos \
    <span class=\"address\">&lt;https://photos.example.com/a/very/long/address/that/needs/more/than/one/line?of=a-telephone\
    &gt;</span></p><blockquote>Your repair is complete.</blockquote>";

fn site() -> Site {
    site_at("https://complaints.example.org".parse().unwrap())
}

fn site_at(origin: PublicOrigin) -> Site {
    let banner = Banner { tag: "Demo".to_owned(), text: "Invented residents. Nothing leaves this machine.".to_owned() };
    Site { landlord: "Larch Vale Homes".to_owned(), banner: Some(banner), origin }
}

fn plain(text: &str) -> String {
    text.to_owned()
}

fn hostile(text: &str) -> String {
    let long = "ÄÖ".repeat(2_500);
    format!(
        "\u{202e}{text}'\"><script>document.title='broken'</script><img src=x onerror=alert(1)></textarea>&amp;{long}"
    )
}

/// Where the pictures of the pages are left, for people to look at.
fn pictures() -> PathBuf {
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&pictures).unwrap();
    pictures
}

/// Serves the sample pages on a free port, under every layer the real ones have.
async fn serve(texts: Texts) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let origin: PublicOrigin = address.parse().unwrap();
    let (sign_in, whoami, framed) = (origin.clone(), origin.clone(), origin.clone());
    let page = move |Param(name): Param<String>| async move {
        let page = every_page(&site(), texts).unwrap().into_iter().find(|(each, _)| *each == name);
        page.map(|(_, html)| Html(html)).ok_or(StatusCode::NOT_FOUND)
    };
    let routes = Router::new()
        .route("/sample/{name}", get(page))
        .route("/assets/{name}", get(assets::get))
        .route(
            "/letters/{id}/preview",
            get(|jar: CookieJar| async move {
                let known = framed.token(&jar).map_or("a stranger", |_| "an officer");
                layers::letter_in_frame(LETTER.replace("KNOWN", known))
            }),
        )
        .route("/contacts/{id}/html", get(|| async { formatted_view::in_frame(FORMATTED) }))
        .route(
            "/contacts/{id}/attachments/{part}/preview",
            get(|| async { ([(header::CONTENT_TYPE, "image/png")], files::photograph()) }),
        )
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("on purpose")
                }
            }),
        )
        .route("/big", post(|_: String| async { "taken" }))
        .route(
            "/sign-in",
            get(|jar: CookieJar| async move {
                let jar = sign_in.begin(jar, &SessionToken::fresh().unwrap());
                (
                    jar,
                    Html("<!DOCTYPE html><title>in</title><form method=post action=/whoami><button>Go</button></form>"),
                )
            }),
        )
        .route(
            "/whoami",
            post(|headers: HeaderMap, jar: CookieJar| async move {
                let (known, ours) = (whoami.token(&jar).is_some(), whoami.sent_from_here(&headers));
                Html(format!("<!DOCTYPE html><title>known: {known}, ours: {ours}</title>"))
            }),
        );
    let routes = layers::wrap(routes, Arc::new(site_at(origin)));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn fetch(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get_page(address: &str, path: &str) -> String {
    fetch(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await
}

#[test]
fn hostile_text_stays_text_on_every_page() {
    for (name, html) in every_page(&site(), hostile).unwrap() {
        for broken in ["<script", "<img src=x", "\u{202e}<", "onerror=alert(1)>"] {
            assert!(!html.contains(broken), "{name} holds {broken}");
        }
        assert!(!html.contains("'\">"), "{name} lets a quote end an attribute");
    }
}

#[test]
fn every_page_has_a_title_a_language_one_heading_and_a_skip_link() {
    for (name, html) in every_page(&site(), plain).unwrap() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(html.contains("<html lang=\"en-GB\""), "{name}");
        assert!(html.contains("class=\"govuk-skip-link\""), "{name}");
        assert!(!html.contains("<title> "), "{name} has no title of its own");
        assert!(!html.contains("style=") && !html.contains("<script"), "{name} breaks its own policy");
        let starts_with_error = html.contains("<title>Error: ");
        assert_eq!(starts_with_error, html.contains("govuk-error-summary"), "{name}");
    }
}

#[test]
fn every_error_in_a_summary_leads_to_a_field() {
    for (name, html) in every_page(&site(), plain).unwrap() {
        let summary = html.split("govuk-error-summary__list").nth(1).and_then(|rest| rest.split("</ul>").next());
        for target in summary.unwrap_or_default().split("href=\"#").skip(1) {
            let id = target.split('"').next().unwrap();
            assert!(html.contains(&format!("id=\"{id}\"")), "{name}: nothing has the id {id}");
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let address = serve(plain).await;
    let paths = ["/sample/work-list", "/nowhere", "/panic", "/assets/none", "/letters/12/preview", assets::css_path()];
    for path in paths {
        let answer = get_page(&address, path).await.to_lowercase();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for header in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: same-origin",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "permissions-policy: ",
        ] {
            assert!(head.contains(header), "{path} lacks {header}");
        }
        assert!(!head.contains("strict-transport-security"), "plain http cannot ask for TLS");
        let kept = head.contains("immutable");
        assert_eq!(kept, path == assets::css_path(), "{path}");
        assert_eq!(head.contains("cache-control: no-store"), !kept, "{path}");
        assert_eq!(head.contains("frame-ancestors 'self'"), path.ends_with("preview"), "{path}");
        assert!(!body.contains("on purpose"), "a panic's words reached the page");
    }
}

#[tokio::test]
async fn over_tls_every_answer_asks_for_tls_from_now_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, layers::wrap(Router::new(), Arc::new(site()))).await });
    let answer = get_page(&address, "/nowhere").await.to_lowercase();
    assert!(answer.contains("strict-transport-security: max-age=63072000"), "{answer}");
}

#[tokio::test]
async fn errors_are_pages_with_the_right_status() {
    let address = serve(plain).await;
    for (path, status, words) in
        [("/nowhere", "404", "Page not found"), ("/panic", "500", "something went wrong"), ("/big", "405", "could not")]
    {
        let answer = get_page(&address, path).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(answer.contains(words) && answer.contains("<h1"), "{answer}");
    }
    let body = "x".repeat(1_100_000);
    let head =
        format!("POST /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = fetch(&address, &format!("{head}{body}")).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too much text"), "{answer}");
}

#[tokio::test]
async fn a_browser_shows_every_page_without_complaint_at_both_widths() {
    let address = serve(plain).await;
    let browser = Browser::start().await;
    let pictures = pictures();
    for (name, _) in every_page(&site(), plain).unwrap() {
        browser.goto(&format!("{address}/sample/{name}")).await;
        for width in [1280, 390, 320] {
            if width != 320 {
                browser.screenshot(&pictures.join(format!("{name}-{width}.png")), width).await;
            }
            browser.width(width).await;
            let overflow = browser.ask("return document.documentElement.scrollWidth - window.innerWidth").await;
            assert!(overflow.as_i64().unwrap() <= 0, "{name} is wider than {width}: {overflow}");
        }
        // The sandbox refuses the sample letter's script, and says so; nothing else is complained of.
        let complaints = browser.complaints().await;
        let unexpected: Vec<_> =
            complaints.iter().filter(|line| !line.contains("/preview") || !line.contains("sandboxed")).collect();
        assert!(unexpected.is_empty(), "{name}: {unexpected:?}");
    }
}

#[tokio::test]
async fn a_browser_runs_nothing_of_what_strangers_write() {
    let address = serve(hostile).await;
    let browser = Browser::start().await;
    for (name, _) in every_page(&site(), hostile).unwrap() {
        browser.goto(&format!("{address}/sample/{name}")).await;
        assert!(browser.title().await.ends_with("complaints"), "{name}");
        assert_eq!(browser.count("main img:not([src^='/contacts/56/attachments/']), main script").await, 0, "{name}");
        browser.width(390).await;
        let overflow = browser.ask("return document.documentElement.scrollWidth - window.innerWidth").await;
        let widest = "return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth)\
            .map(e => e.tagName + '.' + e.className).slice(0, 8)";
        assert!(overflow.as_i64().unwrap() <= 0, "{name} is too wide: {overflow}, {}", browser.ask(widest).await);
    }
}

#[tokio::test]
async fn a_browser_keeps_the_cookie_and_is_believed_over_plain_http_on_this_machine() {
    let address = serve(plain).await;
    let browser = Browser::start().await;
    browser.goto(&format!("{address}/sign-in")).await;
    assert_eq!(browser.ask("return document.cookie").await, "", "scripts must not see the cookie");
    browser.click("button").await;
    until("the next page", async || (browser.title().await == "known: true, ours: true").then_some(())).await;
}

#[tokio::test]
async fn the_letter_frame_shows_the_letter_and_runs_no_script() {
    let address = serve(plain).await;
    let browser = Browser::start().await;
    browser.goto(&format!("{address}/sign-in")).await;
    browser.goto(&format!("{address}/letters/12/preview")).await;
    assert_eq!(browser.title().await, "Letter");
    browser.goto(&format!("{address}/sample/acknowledgement")).await;
    assert_eq!(browser.text_in_frame("iframe.app-letter", "h1").await, "Your complaint: what we understand");
    // The session's cookie is `SameSite=Strict` and the frame is a stranger to the page around it.
    assert_eq!(browser.text_in_frame("iframe.app-letter", "#known").await, "an officer");
}

#[tokio::test]
async fn the_first_tab_reaches_the_skip_link_and_an_error_takes_the_focus() {
    let address = serve(plain).await;
    let browser = Browser::start().await;
    browser.goto(&format!("{address}/sample/work-list")).await;
    browser.press("Tab").await;
    assert_eq!(browser.ask("return document.activeElement.textContent").await, "Skip to main content");
    assert!(browser.ask("return document.activeElement.getBoundingClientRect().height").await.as_f64() > Some(10.0));
    browser.goto(&format!("{address}/sample/sign-in-wrong")).await;
    assert_eq!(browser.ask("return document.activeElement.className").await, "govuk-error-summary");
}
