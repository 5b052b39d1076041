//! Mailboxes and mail servers that take tokens: a real Dovecot and a real Postfix that ask the issuer,
//! and servers that end a session or refuse at the worst moment.

use std::time::{Duration, SystemTime};

use complaintsd::courier::{Courier as _, Envelope, SmtpCourier, SmtpSecurity, SmtpSettings, SmtpTimeouts};
use complaintsd::domain::delivery::Handover;
use complaintsd::mailbox::{
    AfterStoring, ImapSecurity, ImapSettings, ImapSource, JunkFolders, MailSource, MailboxError, MailboxFault, Scope,
};
use complaintsd::oauth::SignIn;
use secrecy::SecretString;

use super::Asker;
use crate::support::ca::Ca;
use crate::support::dovecot::{self, Dovecot};
use crate::support::imap_script::{Answer, Begin, ImapScript};
use crate::support::issuer::{Act, Issuer};
use crate::support::patience::until;
use crate::support::postfix::{self, Postfix};
use crate::support::smtp_script::{Acts, SmtpScript, Way};

fn mailbox(port: u16, ca: &Ca, sign_in: SignIn) -> ImapSettings {
    ImapSettings {
        name: "complaints".to_owned(),
        host: "localhost".to_owned(),
        port,
        security: ImapSecurity::Tls,
        username: dovecot::USER.to_owned(),
        sign_in,
        folders: vec!["INBOX".to_owned()],
        junk: JunkFolders::AsTheServerSays,
        ca_file: Some(ca.file().to_owned()),
        after: AfterStoring::Leave,
        max_message_size: 150_000_000,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
        one_idle: complaintsd::mailbox::ONE_IDLE,
    }
}

async fn count(source: &mut ImapSource) -> Result<usize, MailboxError> {
    let folders = source.folders().await?;
    source.open(&folders[0]).await?;
    let listed = source.list(Scope::All).await?;
    source.want(listed);
    Ok(source.next_batch().await?.messages.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_is_read_by_token_and_signed_in_to_anew_before_the_token_ends() {
    let (issuer, asker) = (Issuer::start(dovecot::USER).await, Asker::new().await);
    let dovecot = Dovecot::start_with(&issuer.dovecot());
    dovecot.deliver("INBOX", b"Subject: x\r\n\r\nx\r\n", SystemTime::now());
    issuer.lifetimes(Duration::from_secs(2), Duration::from_secs(2));
    for (security, port) in [(ImapSecurity::Tls, dovecot.imaps_port), (ImapSecurity::StartTls, dovecot.imap_port)] {
        let sign_in = SignIn::Tokens(asker.own_right(&issuer));
        let settings = ImapSettings { security, ..mailbox(port, dovecot.ca(), sign_in) };
        let mut source = ImapSource::new(settings);
        let before = issuer.asked();
        until("the third token", async || {
            assert_eq!(count(&mut source).await.unwrap(), 1);
            (issuer.asked() == before + 3).then_some(())
        })
        .await;
        source.close().await;
    }
    let signed_in = dovecot.log().matches("method=XOAUTH2").count();
    assert_eq!(signed_in, 6, "one sign-in for each token: {}", dovecot.log());
}

/// The token says that it lives longer than the server believes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_the_server_does_not_take_is_renewed_once_and_then_it_is_a_fault() {
    let (issuer, asker) = (Issuer::start(dovecot::USER).await, Asker::new().await);
    let dovecot = Dovecot::start_with(&issuer.dovecot());
    let tokens = asker.own_right(&issuer);
    let mut source = ImapSource::new(mailbox(dovecot.imaps_port, dovecot.ca(), SignIn::Tokens(tokens.clone())));
    count(&mut source).await.unwrap();
    source.close().await;
    issuer.end_tokens();
    count(&mut source).await.unwrap();
    assert_eq!(issuer.asked(), 2);
    source.close().await;

    // From now on every token is dead on arrival.
    issuer.end_tokens();
    issuer.lifetimes(Duration::from_secs(3600), Duration::ZERO);
    let error = count(&mut source).await.unwrap_err();
    assert!(matches!(error.fault, MailboxFault::TokenRefused { .. }) && error.fault.needs_a_person(), "{error}");
    assert!(error.to_string().contains("refused the token of sign-in 'test'"), "{error}");
    assert!(error.to_string().contains("docs/SIGN-IN.md") && !error.to_string().contains("canary"), "{error}");
    assert_eq!(issuer.asked(), 3);

    // Nor does a mailbox open that is not the token's.
    issuer.lifetimes(Duration::from_secs(3600), Duration::from_secs(3600));
    tokens.refused(&tokens.token().await.unwrap()).await;
    let settings = mailbox(dovecot.imaps_port, dovecot.ca(), SignIn::Tokens(tokens));
    let username = "somebody.else@example.org".to_owned();
    let error = count(&mut ImapSource::new(ImapSettings { username, ..settings })).await.unwrap_err();
    assert!(error.to_string().contains("somebody.else@example.org"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_the_fault_says_why() {
    let (issuer, asker) = (Issuer::start(dovecot::USER).await, Asker::new().await);
    let dovecot = Dovecot::start_with(&issuer.dovecot());
    let sign_in = || SignIn::Tokens(asker.own_right(&issuer));
    issuer.acts(Act::Status(500));
    let error = count(&mut ImapSource::new(mailbox(dovecot.imaps_port, dovecot.ca(), sign_in()))).await.unwrap_err();
    assert!(!error.fault.needs_a_person() && error.to_string().contains("status 500"), "{error}");
    issuer.acts(Act::Error("unauthorized_client"));
    let error = count(&mut ImapSource::new(mailbox(dovecot.imaps_port, dovecot.ca(), sign_in()))).await.unwrap_err();
    assert!(error.fault.needs_a_person() && error.to_string().contains("unauthorized_client"), "{error}");
}

/// Exchange ends a session with these words once its token has ended, whatever is asked.
#[tokio::test]
async fn a_session_ended_for_its_token_is_begun_anew_with_another() {
    let (issuer, asker) = (Issuer::start(dovecot::USER).await, Asker::new().await);
    let ca = Ca::new(asker.folder.path());
    let bye = "* BYE Session invalidated - AccessTokenExpired\r\nCLOSE";
    let server = ImapScript::start(Begin::Tls, &ca.issue(), &[Answer { to: "SEARCH", say: bye }]).await;
    let mut source = ImapSource::new(mailbox(server.port, &ca, SignIn::Tokens(asker.own_right(&issuer))));
    let error = count(&mut source).await.unwrap_err();
    assert!(!error.fault.needs_a_person() && error.to_string().contains("AccessTokenExpired"), "{error}");
    assert_eq!(count(&mut source).await.unwrap(), 3);
    assert_eq!(issuer.asked(), 2, "the second session has a token of its own");
}

#[tokio::test]
async fn a_password_goes_by_authenticate_plain_where_login_is_disabled() {
    let asker = Asker::new().await;
    let ca = Ca::new(asker.folder.path());
    let password = || SecretString::from("pass\"canary ë").into();
    let capability = "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\nTAG OK done\r\n";
    let server = ImapScript::start(Begin::Tls, &ca.issue(), &[Answer { to: "CAPABILITY", say: capability }]).await;
    let mut source = ImapSource::new(mailbox(server.port, &ca, password()));
    assert_eq!(count(&mut source).await.unwrap(), 3);
    let sasl = data_encoding::BASE64.encode(format!("\0{}\0pass\"canary ë", dovecot::USER).as_bytes());
    let heard = server.heard();
    assert!(heard.contains("AUTHENTICATE PLAIN\r\n") && heard.contains(&format!("{sasl}\r\n")), "{heard}");
    assert!(!heard.contains("LOGIN "), "{heard}");

    let capability = "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\r\nTAG OK done\r\n";
    let server = ImapScript::start(Begin::Tls, &ca.issue(), &[Answer { to: "CAPABILITY", say: capability }]).await;
    let error = count(&mut ImapSource::new(mailbox(server.port, &ca, password()))).await.unwrap_err();
    assert!(error.to_string().contains("sign in with tokens") && error.fault.needs_a_person(), "{error}");
    assert!(!server.heard().contains("AUTHENTICATE"), "{}", server.heard());
}

fn mail_server(server: &Postfix, port: u16, security: SmtpSecurity, sign_in: SignIn) -> SmtpCourier {
    SmtpCourier::new(SmtpSettings {
        host: "localhost".to_owned(),
        port,
        security,
        sign_in: Some((postfix::USER.to_owned(), sign_in)),
        ca_file: Some(server.ca_file().to_owned()),
        timeouts: SmtpTimeouts::default(),
    })
    .unwrap()
}

const MESSAGE: &[u8] = b"Subject: A letter\r\n\r\nHello\r\n";

fn envelope() -> Envelope {
    Envelope { from: postfix::USER.parse().unwrap(), to: "amina.okoye@example.org".parse().unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_go_out_by_token_and_a_refused_one_is_renewed_once() {
    let (issuer, asker) = (Issuer::start(postfix::USER).await, Asker::new().await);
    let server = Postfix::start_with(&issuer.dovecot());
    let tokens = asker.own_right(&issuer);
    for (port, security) in [(server.submission, SmtpSecurity::StartTls), (server.submissions, SmtpSecurity::Tls)] {
        let courier = mail_server(&server, port, security, SignIn::Tokens(tokens.clone()));
        for _ in 0..2 {
            let answer = courier.hand_over(&envelope(), MESSAGE).await;
            assert!(matches!(answer, Handover::Accepted(_)), "{answer:?}");
            issuer.end_tokens();
        }
    }
    assert_eq!(server.received_at_least(4).len(), 4);
    assert_eq!(issuer.asked(), 4);

    issuer.lifetimes(Duration::from_secs(3600), Duration::ZERO);
    let courier = mail_server(&server, server.submission, SmtpSecurity::StartTls, SignIn::Tokens(tokens));
    let answer = courier.hand_over(&envelope(), MESSAGE).await;
    let Handover::CourierFault(words) = &answer else { panic!("{answer:?}") };
    assert!(words.contains("refused the token of sign-in 'test'") && words.contains(": 535"), "{words}");
    assert!(!words.contains("canary"), "{words}");
    let told = courier.probe().await.unwrap_err().to_string();
    assert!(told.contains("may send as this mailbox"), "{told}");

    issuer.acts(Act::Error("invalid_client"));
    let source = asker.own_right(&issuer);
    let courier = mail_server(&server, server.submission, SmtpSecurity::StartTls, SignIn::Tokens(source));
    let answer = courier.hand_over(&envelope(), MESSAGE).await;
    assert!(matches!(&answer, Handover::CourierFault(words) if words.contains("client_secret_file")), "{answer:?}");
    assert_eq!(server.received().len(), 4);
}

/// No real server does this: it repeats what it was told.
#[tokio::test]
async fn a_mail_server_that_repeats_the_token_does_not_put_it_into_our_records() {
    use crate::support::smtp_script::Act as Does;
    let (issuer, asker) = (Issuer::start(postfix::USER).await, Asker::new().await);
    let ca = Ca::new(asker.folder.path());
    let tokens = asker.own_right(&issuer);
    let token = super::text(&tokens.token().await.unwrap()).to_owned();
    let sasl =
        data_encoding::BASE64.encode(format!("user={}\x01auth=Bearer {token}\x01\x01", postfix::USER).as_bytes());
    let say = Does::Say(format!("535 5.7.139 {} {}", &token[..150], &sasl[..150]));
    let server = SmtpScript::start(Way::Tls(ca.issue()), Acts::from([("AUTH", say)])).await;
    let courier = SmtpCourier::new(SmtpSettings {
        host: "localhost".to_owned(),
        port: server.port,
        security: SmtpSecurity::Tls,
        sign_in: Some((postfix::USER.to_owned(), SignIn::Tokens(tokens))),
        ca_file: Some(ca.file().to_owned()),
        timeouts: SmtpTimeouts::default(),
    })
    .unwrap();
    let answer = courier.hand_over(&envelope(), MESSAGE).await;
    let Handover::CourierFault(words) = &answer else { panic!("{answer:?}") };
    assert!(words.contains("535 5.7.139; SMTP sign-in may be switched off"), "{words}");
    assert!(!words.contains("canary") && !words.contains(&sasl[..40]), "{words}");
    assert!(!format!("{courier:?}").contains("canary"));
}
