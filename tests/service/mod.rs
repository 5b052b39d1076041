//! The daemon as a service: readiness, stopping, what it says when something is wrong, and that it
//! goes on with what still works and catches up by itself.

mod faults;
mod life;
mod log;
mod matrix;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Output;
use std::sync::Arc;

use complaintsd::casework::{AcknowledgementForm, Approval, Casework};
use complaintsd::clock::{Clock, SystemClock};
use complaintsd::domain::definition::{Definition, Point, Responsibility};
use complaintsd::store::Store;

use crate::support::dovecot::Dovecot;
use crate::support::patience::until;
use crate::support::service::{Running, Service};

const OFFICER: &str = "officer@example.net";
const PASSWORD: &str = "correct horse battery";

/// A message from this resident with these words.
pub fn message(from: &str, number: u32, words: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: complaints@example.org\r\nSubject: The lift ({number})\r\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <lift-{number}@example.com>\r\n\r\n{words}\r\n"
    )
    .into_bytes()
}

/// What the pages answer.
fn http(service: &Service, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", service.pages)).ok()?;
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Whether the pages can be reached.
fn pages_are_up(service: &Service) -> bool {
    let asked = http(service, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    asked.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// The work list as an officer sees it after signing in.
fn work_list(service: &Service) -> String {
    work_list_with(service, &sign_in(service))
}

/// An officer signs in, and gets this cookie.
fn sign_in(service: &Service) -> String {
    let body = format!("email={}&password={}", OFFICER.replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let head = format!("Host: 127.0.0.1:{}\r\nOrigin: {}\r\nConnection: close\r\n", service.pages, service.address());
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let length = body.len();
    let request = format!("POST /sign-in HTTP/1.1\r\n{head}{kind}\r\nContent-Length: {length}\r\n\r\n{body}");
    let answer = http(service, &request).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("signed in");
    cookie.split(';').next().unwrap().to_owned()
}

/// The work list as the officer who has signed in sees it.
fn work_list_with(service: &Service, cookie: &str) -> String {
    let head = format!("Host: 127.0.0.1:{}\r\nOrigin: {}\r\nConnection: close\r\n", service.pages, service.address());
    http(service, &format!("GET /work HTTP/1.1\r\n{head}Cookie: {cookie}\r\n\r\n")).unwrap()
}

/// Starts a daemon that must refuse, and gives what it said.
fn refuses(service: &Service) -> Output {
    let output = service.run(&["run"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    output
}

/// The line on which the program says why it ended.
fn last_words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.lines().last().unwrap_or_default().to_owned()
}

/// A house whose courier nobody tries.
fn house(dovecot: &Dovecot) -> Service {
    let service = Service::new(dovecot, 9, None);
    service.add_officer(OFFICER, "Robin Achebe", "officer", PASSWORD);
    service
}

pub async fn contacts(store: &Store) -> usize {
    store.contacts(None, usize::MAX).await.unwrap().len()
}

async fn alarms(store: &Store) -> Vec<String> {
    store.alarms().await.unwrap().into_iter().map(|alarm| alarm.text).collect()
}

/// Waits for an alarm that says this, and gives it.
pub async fn alarm(store: &Store, words: &str) -> String {
    until(words, async || alarms(store).await.into_iter().find(|alarm| alarm.contains(words))).await
}

/// Waits until no alarm stands.
pub async fn no_alarm(store: &Store) {
    until("no alarm", async || alarms(store).await.is_empty().then_some(())).await;
}

/// Approves the acknowledgements of that many cases, once they are drafted.
async fn approve_every_letter(service: &Service, count: usize) {
    approve_at(service, count, Arc::new(SystemClock)).await;
}

async fn approve_at(service: &Service, count: usize, clock: Arc<dyn Clock>) {
    let casework = Casework { clock, ..service.casework().await };
    let officer = casework.store.officers().await.unwrap().remove(0);
    let drafted = async || Some(casework.store.drafts().await.unwrap()).filter(|drafts| drafts.len() == count);
    for id in until("the drafts", drafted).await {
        let form = AcknowledgementForm {
            resident_name: "A Resident".to_owned(),
            resident_email: None,
            definition: Definition {
                points: vec![Point {
                    number: 0,
                    text: "The lift is broken.".to_owned(),
                    responsibility: Responsibility::Ours,
                }],
                outcomes: vec!["It is repaired.".to_owned()],
            },
            handler: Some(officer.id),
            extra: String::new(),
            adjustments: String::new(),
        };
        casework.save_acknowledgement(&officer, id, form).await.unwrap();
        let letter = casework.store.letter(id).await.unwrap().unwrap();
        let approval = Approval { letter: id, version: letter.version, digest: letter.content.digest };
        casework.approve(&officer, approval).await.unwrap();
    }
}

pub fn stops_softly(daemon: Running) {
    assert!(daemon.stop().success());
}
