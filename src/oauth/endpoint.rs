//! One request to a token endpoint: a form is posted, the answer read to its end. Bounded in time and
//! size. No redirect is followed, since secrets would follow it, and no proxy of the environment is
//! used. The connection is made for this one request: there is one an hour.

use std::future::Future;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{TokenFault, TokenSettings};

/// No token answer is longer than this, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// What came back.
pub(super) struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// Posts the form (`application/x-www-form-urlencoded`).
pub(super) async fn post(settings: &TokenSettings, form: &SecretString) -> Result<Answer, TokenFault> {
    let late = |_| TokenFault::TimedOut(settings.timeout);
    tokio::time::timeout(settings.timeout, exchange(settings, form)).await.map_err(late)?
}

async fn exchange(settings: &TokenSettings, form: &SecretString) -> Result<Answer, TokenFault> {
    let unreachable = |words: &str| TokenFault::Unreachable(words.to_owned());
    let endpoint = &settings.endpoint;
    let host = endpoint.host_str().ok_or_else(|| unreachable("no host in it"))?;
    let port = endpoint.port_or_known_default().ok_or_else(|| unreachable("no port in it"))?;
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    let name = host.trim_matches(['[', ']']);
    let tcp = TcpStream::connect((name, port)).await.map_err(|error| unreachable(&error.to_string()))?;
    let authority = endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let request = Request::post(&endpoint[url::Position::BeforePath..url::Position::AfterQuery])
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .header(CONNECTION, "close")
        .body(form.expose_secret().to_owned())
        .map_err(|_| unreachable("it makes no request"))?;
    if endpoint.scheme() == "http" {
        return talk(tcp, request).await;
    }
    let untrusted = |words: String| TokenFault::Untrusted(words);
    let config =
        crate::tls::client_config(settings.ca_file.as_deref()).map_err(|error| untrusted(error.to_string()))?;
    let name = ServerName::try_from(name.to_owned()).map_err(|error| untrusted(error.to_string()))?;
    let tls = TlsConnector::from(config).connect(name, tcp).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => untrusted(error.to_string()),
        kind => unreachable(&kind.to_string()),
    })?;
    talk(tls, request).await
}

/// Sends the request and reads the answer; the connection ends with it.
async fn talk<S>(stream: S, request: Request<String>) -> Result<Answer, TokenFault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| match error.is_parse() {
        true => TokenFault::Nonsense("it is not HTTP"),
        false => TokenFault::Unreachable("the connection broke".to_owned()),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let answer = async { read(sender.send_request(request).await.map_err(broken)?).await };
    beside(connection, answer).await
}

/// Drives the connection while waiting for what goes over it, and drops it then.
async fn beside<T>(connection: impl Future, answer: impl Future<Output = T>) -> T {
    tokio::pin!(connection, answer);
    tokio::select! {
        biased;
        answer = &mut answer => return answer,
        _ended = &mut connection => {}
    }
    answer.await
}

async fn read(response: Response<Incoming>) -> Result<Answer, TokenFault> {
    let status = response.status().as_u16();
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
    let body = body.map_err(|error| match error.is::<http_body_util::LengthLimitError>() {
        true => TokenFault::Nonsense("it is too long"),
        false => TokenFault::Unreachable("the connection broke".to_owned()),
    })?;
    Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body: body.to_bytes().to_vec() })
}
