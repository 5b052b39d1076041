//! The pages over a real database, served on a free port, and officers who use them in bare HTTP.

use std::collections::BTreeMap;

use complaintsd::domain::ids::LetterId;
use complaintsd::domain::people::{Actor, Role};
use complaintsd::scanner::Scanner;
use complaintsd::store::NewOfficer;
use complaintsd::web::page::Site;
use complaintsd::web::{self, App, Settings, password};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::scene::{Scene, address, word_lists};

pub const PRIYA: &str = "priya@landlord.example";
pub const PASSWORD: &str = "a long enough password";

/// The house with its pages open.
pub struct House {
    pub scene: Scene,
    pub origin: String,
    pub stop: CancellationToken,
    _stop: DropGuard,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(None).await
    }

    /// The house with a virus scanner at its door.
    pub async fn open_with(scanner: Option<Scanner>) -> Self {
        Self::opened(Scene::on_sqlite().await, scanner).await
    }

    /// The pages of this scene, as it is set up.
    pub async fn opened(scene: Scene, scanner: Option<Scanner>) -> Self {
        let hash = password::hash(PASSWORD.to_owned()).await.unwrap();
        let mut tx = scene.store.begin().await.unwrap();
        tx.set_password(scene.officer.id, &hash, &Actor::Operator, scene.clock_now()).await.unwrap();
        tx.commit().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let site = Site { landlord: "Example Homes".to_owned(), banner: None, origin: origin.parse().unwrap() };
        let app = App::new(scene.casework(), Settings { site, hand_over: word_lists(), scanner });
        let stop = CancellationToken::new();
        tokio::spawn(web::serve(listener, app, stop.clone()));
        Self { scene, origin, stop: stop.clone(), _stop: stop.drop_guard() }
    }

    /// Another officer, with the same password.
    pub async fn hires(&self, email: &str, name: &str) {
        self.hires_as(email, name, Role::Officer).await;
    }

    /// The same, in this role.
    pub async fn hires_as(&self, email: &str, name: &str, role: Role) {
        let new = NewOfficer {
            email: address(email),
            name: name.to_owned(),
            role,
            password_hash: password::hash(PASSWORD.to_owned()).await.unwrap(),
        };
        let mut tx = self.scene.store.begin().await.unwrap();
        tx.add_officer(&new, &Actor::Operator, self.scene.clock_now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    pub fn stranger(&self) -> Client {
        Client { origin: self.origin.clone(), cookie: None }
    }

    pub async fn officer(&self) -> Client {
        self.officer_called(PRIYA).await
    }

    pub async fn officer_called(&self, email: &str) -> Client {
        let mut client = self.stranger();
        let answer = client.sign_in(email, PASSWORD).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        client
    }

    /// How many messages wait in the outbox.
    pub async fn waiting(&self) -> i64 {
        self.scene.store.outbox_waiting().await.unwrap().queued
    }

    /// A complaint whose acknowledgement lacks nothing, and the officer who has its page open.
    pub async fn a_written_letter(&mut self) -> (Client, LetterId) {
        let (_, letter) = self.scene.a_complaint().await;
        self.scene.write(letter.id).await;
        (self.officer().await, letter.id)
    }
}

/// A browser without a window.
#[derive(Clone)]
pub struct Client {
    pub origin: String,
    pub cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
    /// The body as it came, for what is no text.
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The value of the hidden field with this name.
    pub fn hidden(&self, name: &str) -> String {
        let rest = self.body.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
        rest.split('"').next().unwrap().to_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}

impl Client {
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// Sends a form as a page of ours would.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as(path, &[("Origin", self.origin.as_str())], fields).await
    }

    pub async fn post_as(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let mut headers = headers.to_vec();
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        self.send("POST", path, &headers, &pairs.join("&")).await
    }

    /// Sends a form of the officer's, with the session's token.
    pub async fn press(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get("/work").await.hidden("csrf");
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let answer = self.post("/sign-in", &[("email", email), ("password", password)]).await;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(ToOwned::to_owned);
        }
        answer
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.origin.trim_start_matches("http://");
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if let Some(cookie) = &self.cookie {
            request.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("a header block");
        let (head, bytes) = (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end + 4..].to_vec());
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }
}

/// What an officer would post from the letter page just read: every field as it stands there.
pub struct Desk {
    path: String,
    fields: BTreeMap<String, String>,
}

impl Desk {
    /// Opens the acknowledgement's page and notes what it binds; the fields are those of
    /// [`crate::support::scene::full_form`].
    pub async fn at(client: &Client, letter: LetterId) -> Self {
        let path = format!("/letters/{letter}");
        let page = client.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let mut fields: BTreeMap<String, String> = [
            ("resident", "Ann Poole"),
            ("email", "ann@example.org"),
            ("point-1-text", "Damp in the back bedroom came back after the repair in May"),
            ("point-1-responsible", "ours"),
            ("point-1-whose", ""),
            ("point-2-text", "The street light is out"),
            ("point-2-responsible", "not-ours"),
            ("point-2-whose", "Exampleton Council"),
            ("point-3-text", ""),
            ("point-3-whose", ""),
            ("outcome-1", "A dry wall"),
            ("outcome-2", "An apology"),
            ("outcome-3", ""),
            ("handler", "1"),
            ("paragraph", "Thank you for the photographs."),
            ("adjustments", "You asked for letters in large print."),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for name in ["csrf", "version", "digest"] {
            fields.insert(name.to_owned(), page.hidden(name));
        }
        Self { path, fields }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }

    pub async fn press(&self, client: &Client, button: &str) -> Answer {
        let mut fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("do", button));
        client.post(&self.path, &fields).await
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
