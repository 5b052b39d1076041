//! The virus scanner at the door: what it has not found clean just now is withheld with the reason, and
//! the text goes on. A real clamd; scripted ones only for what a real one does not do.

use std::path::PathBuf;
use std::time::Duration;

use complaintsd::scanner::{ClamdPlace, Scanner, ScannerError, Verdict};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use super::files::{WORDS, attached, message, part, photograph};
use super::house::House;
use crate::support::clamd::{Clamd, eicar};

const PATHS: [&str; 4] =
    ["/contacts/1/raw", "/contacts/1/attachments/0", "/contacts/1/attachments/1", "/contacts/1/attachments/1/preview"];

/// lessons 79 and reliability 2.5, with clamd's own words.
#[tokio::test(flavor = "multi_thread")]
async fn what_clamd_finds_or_cannot_look_at_is_withheld_and_the_text_goes_on() {
    let mut clamd = Clamd::start().await;
    let mut house = House::open_with(Some(clamd.scanner())).await;
    let html = "Content-Type: text/html\r\n\r\n<p>See <img src=cid:wall alt=wall></p>".to_owned();
    let wall = part("Content-Type: image/png; name=wall.png\r\nContent-ID: <wall>", &photograph());
    let big = attached("application/zip", "big.zip", &vec![7; 1_200_000]);
    house.scene.arrives(&message(
        "b1",
        &[
            WORDS.to_owned(),
            attached("text/plain", "e.com", &eicar()),
            attached("image/png", "wall.png", &photograph()),
        ],
    ));
    house.scene.arrives(&message("b2", &[html.clone(), wall.clone()]));
    house.scene.arrives(&message("b3", &[WORDS.to_owned(), big]));
    house.scene.arrives(&message("b4", &[html, wall, attached("text/plain", "e.com", &eicar())]));
    house.scene.poll().await;
    let officer = house.officer().await;

    for path in ["/contacts/1/attachments/0", "/contacts/1/raw"] {
        let answer = officer.get(path).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        assert!(
            answer.has("This file is withheld") && answer.has("Eicar-Test") && answer.has("Ask the resident"),
            "{path}"
        );
        assert!(!answer.has("ANTIVIRUS") && answer.header("content-disposition").is_none(), "{path}");
    }
    assert_eq!(officer.get("/contacts/1/attachments/1").await.bytes, photograph(), "the other file is clean");
    assert_eq!(officer.get("/contacts/1/attachments/1/preview").await.header("content-type"), Some("image/jpeg"));
    assert!(officer.get("/contacts/2/html").await.has("src=\"data:image/jpeg"));
    assert!(officer.get("/contacts/1").await.has("See attached."), "the text goes on");
    let large = officer.get("/contacts/3/attachments/0").await;
    assert_eq!(large.status, 403);
    assert!(large.has("too large for the virus scanner") && large.has("StreamMaxLength"), "{}", large.body);
    let infected = officer.get("/contacts/4/html").await;
    assert!(
        infected.has("Pictures are withheld") && infected.has("See ") && !infected.has("data:image"),
        "{}",
        infected.body
    );

    clamd.stop();
    for path in PATHS {
        let answer = officer.get(path).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("60")), "{path}: {}", answer.body);
        assert!(answer.has("does not answer") && answer.has("Nothing is lost"), "{path}");
    }
    let page = officer.get("/contacts/2/html").await;
    assert!(page.has("Pictures are withheld") && page.has("See ") && !page.has("data:image"), "{}", page.body);
    assert!(officer.get("/contacts/1").await.has("See attached."), "the text goes on");
}

/// A clamd that does as told: reads so many bytes, says something, hangs up or stays.
struct Scripted {
    folder: TempDir,
}

#[derive(Clone, Copy)]
enum Then {
    HangsUp,
    Stays,
}

impl Scripted {
    fn that(reads: usize, says: &'static [u8], then: Then) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("clamd.ctl")).unwrap();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut taken = vec![0; reads];
                let _ = stream.read_exact(&mut taken).await;
                let _ = stream.write_all(says).await;
                if matches!(then, Then::Stays) {
                    kept.push(stream);
                }
            }
        });
        Self { folder }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }

    fn scanner(&self) -> Scanner {
        Scanner { place: ClamdPlace::Unix(self.place()), patience: Duration::from_millis(500) }
    }
}

/// Only clamd's own word for it makes bytes clean.
#[tokio::test]
async fn whatever_a_scanner_does_but_say_clean_withholds() {
    let bytes = vec![1; 3_000_000];
    let all = b"zINSTREAM\0".len() + bytes.len() + bytes.len().div_ceil(64 * 1024) * 4 + 4;
    let clean = Scripted::that(all, b"stream: OK\0", Then::HangsUp);
    assert_eq!(clean.scanner().scan(&bytes).await.unwrap(), Verdict::Clean);
    let found = Scripted::that(all, b"stream: Some.Name-1 FOUND\0", Then::HangsUp);
    assert_eq!(found.scanner().scan(&bytes).await.unwrap(), Verdict::Infected { signature: "Some.Name-1".to_owned() });
    let limit = Scripted::that(1_000, b"INSTREAM size limit exceeded. ERROR\0", Then::HangsUp);
    assert!(matches!(limit.scanner().scan(&bytes).await, Err(ScannerError::TooLarge)));
    let faults: [(usize, &'static [u8], Then); 11] = [
        (0, b"", Then::HangsUp),
        (0, b"", Then::Stays),
        (all, b"", Then::HangsUp),
        (all, b"", Then::Stays),
        (all, b"stream: OK", Then::HangsUp),
        (all, b"stream: OK\0", Then::Stays),
        (1_000, b"stream: OK\0", Then::HangsUp),
        (all, b"stream: OK FOUND OK\0", Then::HangsUp),
        (all, b"HTTP/1.1 200 OK\r\n\r\nOK\0", Then::HangsUp),
        (all, b"stream: Can't allocate memory ERROR\0", Then::HangsUp),
        (all, b"\xff\xfe\0", Then::HangsUp),
    ];
    for (reads, says, then) in faults {
        let answer = Scripted::that(reads, says, then).scanner().scan(&bytes).await;
        assert!(answer.is_err(), "{reads} {}: {answer:?}", String::from_utf8_lossy(says));
    }
    let nowhere = Scanner { place: ClamdPlace::Tcp("127.0.0.1:1".parse().unwrap()), patience: Duration::from_secs(5) };
    assert!(matches!(nowhere.scan(b"x").await, Err(ScannerError::Unreachable(_))));
    assert!(nowhere.probe().await.is_err());
}
