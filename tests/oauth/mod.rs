//! Signing in by tokens: the source of tokens against an endpoint that lives and misbehaves, and what
//! uses them against real servers. Lessons 13.

mod daemon;
mod mail;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use complaintsd::clock::SystemClock;
use complaintsd::daemon::sign_ins::InDatabase;
use complaintsd::oauth::{AccessToken, Grant, RefreshTokens, TokenFault, TokenSettings, TokenSource};
use complaintsd::store::Store;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::ca::Ca;
use crate::support::issuer::{Act, CLIENT, CONSENT, Issuer, SECRET};
use crate::support::patience::until;

/// Somebody who asks for tokens: files with secrets, and a database.
pub struct Asker {
    folder: TempDir,
    store: Store,
}

impl Asker {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite://{}/db", folder.path().display())).await.unwrap();
        let asker = Self { folder, store };
        asker.write("client-secret", SECRET);
        asker.write("refresh-token", CONSENT);
        asker
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), format!("{text}\n")).unwrap();
    }

    pub fn settings(&self, endpoint: &str, grant: Grant) -> TokenSettings {
        TokenSettings {
            name: "test".to_owned(),
            endpoint: endpoint.parse().unwrap(),
            client_id: CLIENT.to_owned(),
            client_secret_file: Some(self.folder.path().join("client-secret")),
            grant,
            scopes: vec!["mail".to_owned(), "offline_access".to_owned()],
            ca_file: None,
            timeout: Duration::from_secs(20),
        }
    }

    /// A source by the application's own right.
    pub fn own_right(&self, issuer: &Issuer) -> TokenSource {
        TokenSource::new(self.settings(&issuer.endpoint(), Grant::ClientCredentials), self.kept())
    }

    /// A source by a person's consent; another one each time, as after a restart.
    pub fn consent(&self, issuer: &Issuer) -> TokenSource {
        let grant = Grant::RefreshToken(self.folder.path().join("refresh-token"));
        TokenSource::new(self.settings(&issuer.endpoint(), grant), self.kept())
    }

    fn kept(&self) -> Arc<dyn RefreshTokens> {
        Arc::new(InDatabase { store: self.store.clone(), clock: Arc::new(SystemClock) })
    }
}

fn text(token: &AccessToken) -> &str {
    token.secret().expose_secret()
}

async fn fault(source: &TokenSource) -> TokenFault {
    let error = source.token().await.unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
    error.fault
}

/// Asks again until there is a token: after failures the endpoint is left alone for a second and more.
async fn eventually(source: &TokenSource) -> AccessToken {
    until("a token", async || source.token().await.ok()).await
}

#[tokio::test]
async fn a_token_is_asked_for_once_by_many_and_renewed_before_its_end() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.lifetimes(Duration::from_secs(2), Duration::from_secs(2));
    let source = asker.own_right(&issuer);
    let together = futures::future::join_all((0..20).map(|_| source.token())).await;
    let first = text(together[0].as_ref().unwrap()).to_owned();
    assert!(together.iter().all(|token| text(token.as_ref().unwrap()) == first));
    assert_eq!(issuer.asked(), 1);
    let form = issuer.form();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!((form["client_secret"].as_str(), form["scope"].as_str()), (SECRET, "mail offline_access"));
    until("the third token", async || {
        let token = source.token().await.unwrap();
        assert!(issuer.takes(text(&token)), "a token was given out after its end");
        (issuer.asked() == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_replaced_is_kept_over_a_restart_and_the_newest_wins() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.rotates();
    for _restart in 0..3 {
        let source = asker.consent(&issuer);
        let token = source.token().await.unwrap();
        source.refused(&token).await;
        assert_ne!(text(&source.token().await.unwrap()), text(&token));
    }
    assert_eq!(issuer.asked(), 6);
    assert_eq!(issuer.refresh_tokens(), ["consent-canary-6"]);
    // A new consent in the file counts, not what was kept for the old one.
    issuer.revoke();
    issuer.consents("another-canary");
    asker.write("refresh-token", "another-canary");
    asker.consent(&issuer).token().await.unwrap();
    assert_eq!((issuer.asked(), issuer.form()["refresh_token"].as_str()), (7, "another-canary"));
    assert!(!issuer.refresh_tokens().contains(&"another-canary".to_owned()));
    asker.consent(&issuer).token().await.unwrap();
}

#[tokio::test]
async fn who_gives_up_waiting_loses_no_refresh_token() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.rotates();
    let source = asker.consent(&issuer);
    let impatient = source.clone();
    let waiting = tokio::spawn(async move { impatient.token().await });
    until("the question", async || (issuer.asked() == 1).then_some(())).await;
    waiting.abort();
    source.token().await.unwrap();
    let after_restart = asker.consent(&issuer);
    after_restart.token().await.unwrap();
}

#[tokio::test]
async fn a_kept_refresh_token_that_is_no_longer_good_gives_way_to_the_one_in_the_file() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.rotates();
    asker.consent(&issuer).token().await.unwrap();
    issuer.revoke();
    issuer.consents(CONSENT);
    asker.consent(&issuer).token().await.unwrap();
    assert_eq!(issuer.asked(), 3);
}

#[tokio::test]
async fn a_token_serves_to_its_end_while_the_endpoint_is_in_trouble() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.lifetimes(Duration::from_secs(3), Duration::from_secs(3));
    let source = asker.own_right(&issuer);
    let token = source.token().await.unwrap();
    issuer.acts(Act::Status(500));
    let told = until("trouble", async || source.renewed().await.1).await;
    assert!(matches!(told.fault, TokenFault::Busy { status: 500, .. }), "{told}");
    let (served, told) = source.renewed().await;
    assert_eq!(text(&served.unwrap()), text(&token));
    assert!(told.is_some());
    until("its end", async || source.token().await.is_err().then_some(())).await;
    assert!(!issuer.takes(text(&token)));
    issuer.acts(None);
    eventually(&source).await;
}

#[tokio::test]
async fn an_endpoint_that_fails_is_left_alone_for_a_while_and_asked_again_then() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    let source = asker.own_right(&issuer);
    for (act, wanted) in [
        (Act::Status(503), "cannot give a token now (status 503)"),
        (Act::Garbage, "not a token in JSON"),
        (Act::Huge, "too long"),
        (Act::Redirect, "no redirect is followed"),
        (Act::Error("invalid_scope"), "the scopes are wrong"),
        (Act::Error("invalid_grant"), "consent"),
    ] {
        let (issuer, source) = (&issuer, asker.own_right(issuer_with(&issuer, act)));
        let before = issuer.asked();
        for _ in 0..50 {
            let told = fault(&source).await.to_string();
            assert!(told.contains(wanted), "{act:?}: {told}");
        }
        assert!(issuer.asked() <= before + 2, "{act:?}: asked {} times", issuer.asked() - before);
        issuer.acts(None);
        eventually(&source).await;
    }
    assert!(issuer.form().contains_key("client_secret"));
    eventually(&source).await;
}

fn issuer_with(issuer: &Issuer, act: Act) -> &Issuer {
    issuer.acts(act);
    issuer
}

#[tokio::test]
async fn an_endpoint_that_never_ends_its_answer_is_given_up() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.acts(Act::Stall);
    let timeout = Duration::from_millis(300);
    let settings = asker.settings(&issuer.endpoint(), Grant::ClientCredentials);
    let source = TokenSource::new(TokenSettings { timeout, ..settings }, asker.kept());
    assert_eq!(fault(&source).await, TokenFault::TimedOut(timeout));
    let gone = asker.settings("http://127.0.0.1:1/token", Grant::ClientCredentials);
    assert!(matches!(fault(&TokenSource::new(gone, asker.kept())).await, TokenFault::Unreachable(_)));
}

#[tokio::test]
async fn a_wrong_secret_says_so_and_a_right_one_in_the_file_mends_it() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    asker.write("client-secret", "wrong-canary");
    let source = asker.own_right(&issuer);
    let told = fault(&source).await;
    assert!(told.needs_a_person() && told.to_string().contains("the client secret is wrong"), "{told}");
    std::fs::remove_file(asker.folder.path().join("client-secret")).unwrap();
    let told = until("another look at the file", async || {
        Some(fault(&source).await).filter(|told| matches!(told, TokenFault::SecretFile { .. }))
    });
    assert!(told.await.to_string().contains("client-secret"));
    asker.write("client-secret", SECRET);
    eventually(&source).await;
}

#[tokio::test]
async fn without_its_database_the_newest_refresh_token_stays_in_memory_under_an_alarm() {
    let (issuer, asker) = (Issuer::start("x").await, Asker::new().await);
    issuer.rotates();
    issuer.lifetimes(Duration::from_secs(1), Duration::from_secs(1));
    let broken = Arc::new(Broken::default());
    let grant = Grant::RefreshToken(asker.folder.path().join("refresh-token"));
    let source = TokenSource::new(asker.settings(&issuer.endpoint(), grant), Arc::clone(&broken) as _);
    let (token, told) = source.renewed().await;
    assert!(matches!(told.unwrap().fault, TokenFault::NotKept(_)));
    assert!(issuer.takes(text(&token.unwrap())));
    // It is used all the same, and kept once that is possible.
    until("the second token", async || (source.token().await.is_ok() && issuer.asked() == 2).then_some(())).await;
    broken.mended.store(true, std::sync::atomic::Ordering::Relaxed);
    until("the end of it", async || source.renewed().await.1.is_none().then_some(())).await;
    assert!(!broken.sealed.lock().unwrap().is_empty());
}

#[derive(Default)]
struct Broken {
    mended: std::sync::atomic::AtomicBool,
    sealed: std::sync::Mutex<Vec<u8>>,
}

#[async_trait::async_trait]
impl RefreshTokens for Broken {
    async fn load(&self, _source: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    async fn keep(&self, _source: &str, sealed: &[u8]) -> Result<(), String> {
        if !self.mended.load(std::sync::atomic::Ordering::Relaxed) {
            return Err("the disk is full".to_owned());
        }
        *self.sealed.lock().unwrap() = sealed.to_vec();
        Ok(())
    }
}

#[tokio::test]
async fn over_tls_only_a_trusted_endpoint_gets_the_secret() {
    let asker = Asker::new().await;
    let (port, asked) = tls_endpoint(asker.folder.path()).await;
    let endpoint = format!("https://localhost:{port}/tenant/token?x=1");
    let settings = asker.settings(&endpoint, Grant::ClientCredentials);
    let stranger = TokenSource::new(settings.clone(), asker.kept());
    assert!(matches!(fault(&stranger).await, TokenFault::Untrusted(_)));
    assert!(asked.lock().unwrap().is_empty());
    let ca_file = Some(asker.folder.path().join("ca.pem"));
    let known = TokenSource::new(TokenSettings { ca_file, ..settings }, asker.kept());
    assert_eq!(text(&known.token().await.unwrap()), "abc");
    let asked = asked.lock().unwrap().clone();
    assert!(asked.starts_with("POST /tenant/token?x=1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.to_lowercase().contains(&format!("\r\nhost: localhost:{port}\r\n")), "{asked}");
}

/// An endpoint with a certificate of an authority in `ca.pem` of the folder; what it was asked.
async fn tls_endpoint(folder: &Path) -> (u16, Arc<std::sync::Mutex<String>>) {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let ca = Ca::new(folder);
    if ca.file() != folder.join("ca.pem") {
        std::fs::copy(ca.file(), folder.join("ca.pem")).unwrap();
    }
    let issued = ca.issue();
    let chain = vec![CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(std::sync::Mutex::new(String::new()));
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(tcp).await else { continue };
            let mut request = vec![0; 4096];
            let length = tls.read(&mut request).await.unwrap_or(0);
            heard.lock().unwrap().push_str(&String::from_utf8_lossy(&request[..length]));
            let body = r#"{"access_token": "abc", "token_type": "Bearer", "expires_in": 60}"#;
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let _ = tls.write_all(answer.as_bytes()).await;
            let _ = tls.flush().await;
        }
    });
    (port, asked)
}
