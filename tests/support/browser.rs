//! A real browser: Chromium, driven through its own driver on a free port, in a profile that is new
//! each time. Both processes end when the value is dropped.
#![allow(dead_code, reason = "not every journey uses every gesture")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::packages;

/// A browser with one window.
pub struct Browser {
    client: Client,
    session: String,
    port: u16,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one.
    pub async fn start() -> Self {
        packages::need(&["chromium", "chromium-driver"]);
        // It takes a free port and wants the same one for IPv6, which may be in use; then it ends.
        let (driver, mut said, port) = (0..10).find_map(|_| driver()).expect("chromedriver starts");
        // Keep its pipe empty, so that it never waits for us.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        let profile = tempfile::tempdir().unwrap();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
                format!("--user-data-dir={}", profile.path().display()),
            ]},
            "timeouts": { "pageLoad": 30_000, "script": 10_000 },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser session");
        let session = client.session_id().await.unwrap().unwrap();
        Self { client, session, port, driver, _profile: profile }
    }

    /// Opens an address.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Writes into the field with this id, in place of what it holds.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.client.wait().for_element(Locator::Id(id)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Clicks what this CSS selector finds.
    pub async fn click(&self, css: &str) {
        self.client.wait().for_element(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// Selects an option of the list with this id by what it says.
    pub async fn choose(&self, id: &str, label: &str) {
        self.client.find(Locator::Id(id)).await.unwrap().select_by_label(label).await.unwrap();
    }

    /// Presses a key that has a name, such as `Tab`, wherever the focus is.
    pub async fn press(&self, key: &str) {
        let code = if key == "Tab" { 9 } else { 13 };
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.devtools("Input.dispatchKeyEvent", &event).await;
        }
    }

    /// Waits until this CSS selector finds something.
    pub async fn see(&self, css: &str) {
        self.client.wait().for_element(Locator::Css(css)).await.unwrap();
    }

    /// The visible text of what this CSS selector finds.
    pub async fn text(&self, css: &str) -> String {
        loop {
            let found = self.client.wait().for_element(Locator::Css(css)).await.unwrap();
            match found.text().await {
                Ok(text) => return text,
                // A click has opened another page in the meantime.
                Err(gone) if gone.is_stale_element_reference() => {}
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// The visible text of what the second CSS selector finds in the frame that the first one finds.
    pub async fn text_in_frame(&self, frame: &str, css: &str) -> String {
        self.client.wait().for_element(Locator::Css(frame)).await.unwrap().enter_frame().await.unwrap();
        let text = self.text(css).await;
        self.client.clone().enter_parent_frame().await.unwrap();
        text
    }

    /// How many elements this CSS selector finds now.
    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// The page's address.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// What a script says of the page. The pages' own policy does not reach it.
    pub async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Runs a script in every page and frame before anything of its own.
    pub async fn before_every_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script })).await;
    }

    /// What the browser complained of since the last time: failed loads, broken policies, scripts.
    pub async fn complaints(&self) -> Vec<String> {
        let lines = self.driver_says("se/log", &json!({ "type": "browser" })).await;
        lines.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Makes the window this wide; the height is that of a laptop or a telephone.
    pub async fn width(&self, width: u32) {
        let height = if width < 700 { 844 } else { 800 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics).await;
    }

    /// Draws the whole page, at this width, into a PNG file.
    pub async fn screenshot(&self, path: &Path, width: u32) {
        self.width(width).await;
        // As high as the page, because a frame out of sight is not drawn.
        let height = self.ask("return document.documentElement.scrollHeight").await;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics).await;
        let picture = self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true })).await;
        let bytes = data_encoding::BASE64.decode(picture["data"].as_str().unwrap().as_bytes()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self.width(width).await;
    }

    fn end_session(&self) -> std::io::Result<()> {
        use std::io::Write as _;
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", self.session)?;
        // The first byte of the answer: by then the browser has ended.
        stream.read_exact(&mut [0])
    }

    async fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.driver_says("goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await
    }

    /// A command of ChromeDriver's own, over plain HTTP.
    async fn driver_says(&self, command: &str, body: &Value) -> Value {
        let body = body.to_string();
        let request = format!(
            "POST /session/{}/{command} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.session,
            body.len()
        );
        let talk = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // It leaves the connection open, so the answer ends where its JSON is complete.
            while !answer.ends_with(b"}") || body_of(&answer).is_none() {
                assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "ChromeDriver hung up");
            }
            body_of(&answer).unwrap()
        };
        let mut answer = tokio::time::timeout(Duration::from_secs(30), talk).await.expect("ChromeDriver answers");
        answer["value"].take()
    }
}

/// A driver that is ready, what it says, and its port.
fn driver() -> Option<(Child, BufReader<ChildStdout>, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is installed");
    let mut said = BufReader::new(driver.stdout.take().unwrap());
    let port = loop {
        let mut line = String::new();
        if said.read_line(&mut line).unwrap() == 0 {
            break None;
        }
        if let Some((_, port)) = line.trim_end_matches(['.', '\n']).split_once("started successfully on port ") {
            break port.parse().ok();
        }
    };
    if port.is_none() {
        driver.wait().unwrap();
    }
    Some((driver, said, port?))
}

/// The JSON body of an HTTP answer, once all of it is there.
fn body_of(answer: &[u8]) -> Option<Value> {
    let (_, body) = std::str::from_utf8(answer).ok()?.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Told to end the session, ChromeDriver ends the browser; killed before, it would leave it.
        let _ = self.end_session();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
