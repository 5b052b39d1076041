//! Starting and stopping, as a service manager sees it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::ExitStatus;

use super::{contacts, house, last_words, message, pages_are_up, refuses, stops_softly};
use crate::support::dovecot::Dovecot;
use crate::support::patience::until;
use crate::support::postgres;
use crate::support::service::Service;

#[test]
fn the_service_is_ready_once_its_pages_answer_then_it_is_watched_and_stops_softly() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let mut daemon = service.start();
    assert!(daemon.hears("READY=1"), "{}", service.log());
    assert!(pages_are_up(&service));
    assert!(daemon.hears("WATCHDOG=1"));
    daemon.signal("TERM");
    assert!(daemon.hears("STOPPING=1"));
    assert!(daemon.ended().success());
    assert!(!pages_are_up(&service));
    assert!(service.log().contains("complaintsd has stopped"));
}

#[test]
fn without_its_database_the_service_never_says_that_it_is_ready() {
    let dovecot = Dovecot::start();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let service = Service::new(&dovecot, 9, Some(&format!("postgres://complaintsd@127.0.0.1:{nobody}/complaints")));
    let mut daemon = service.start_as("info", true);
    assert!(!daemon.ended().success());
    assert_eq!(daemon.heard(), Vec::<String>::new());
    let log = service.log();
    let said: Vec<&str> = log.lines().filter(|line| line.starts_with("complaintsd: ")).collect();
    assert_eq!(said.len(), 1, "{log}");
    assert!(said[0].contains("127.0.0.1"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_manager_that_does_not_listen_holds_nothing_up() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    // Its socket takes about ten notices. With two seconds of watchdog that is soon reached.
    let mut daemon = service.start_as("debug", false);
    until("fifteen passes", async || (service.log().matches("Mailbox looked at").count() > 15).then_some(())).await;
    dovecot.deliver("INBOX", &message("ann@example.com", 1, "It is broken."), std::time::SystemTime::now());
    let store = service.store().await;
    until("the contact", async || (contacts(&store).await == 1).then_some(())).await;
    daemon.signal("TERM");
    daemon.ended();
}

#[test]
fn the_second_request_to_stop_stops_at_once() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let mut daemon = service.start_ready();
    // A request that never ends keeps a soft stop waiting. The server asks for its body once it is under way.
    let mut half = TcpStream::connect(("127.0.0.1", service.pages)).unwrap();
    half.write_all(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    write!(half, "Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n", service.address()).unwrap();
    half.write_all(b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    half.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    daemon.signal("TERM");
    assert!(daemon.hears("STOPPING=1"));
    daemon.signal("TERM");
    let status: ExitStatus = daemon.ended();
    assert!(status.success(), "{status}");
    assert!(service.log().contains("Stopped at once"), "{}", service.log());
}

fn a_second_daemon_is_refused(service: &Service, other: &Service) {
    let daemon = service.start_ready();
    let said = last_words(&refuses(other));
    assert_eq!(
        said,
        "complaintsd: another complaintsd is at work on this database: stop it first, or use another database"
    );
    assert!(pages_are_up(service));
    stops_softly(daemon);
    // The lock ends with its holder.
    stops_softly(other.start_ready());
}

/// Lessons 15.
#[test]
fn a_second_daemon_on_the_same_file_is_refused_in_one_line() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let other = Service::new(&dovecot, 9, None);
    other.edit(
        "sqlite:complaintsd.db",
        &format!("sqlite:{}", service.config().with_file_name("complaintsd.db").display()),
    );
    a_second_daemon_is_refused(&service, &other);
}

#[test]
fn a_second_daemon_on_the_same_postgresql_database_is_refused_in_one_line() {
    let (dovecot, database) = (Dovecot::start(), postgres::database());
    let [service, other] = [(); 2].map(|()| Service::new(&dovecot, 9, Some(&database)));
    a_second_daemon_is_refused(&service, &other);
}

#[test]
fn a_port_in_use_is_told_in_one_line() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let _taken = TcpListener::bind(("127.0.0.1", service.pages)).unwrap();
    let said = last_words(&refuses(&service));
    let wanted =
        format!("complaintsd: cannot listen on 127.0.0.1:{}: choose another [web] listen address", service.pages);
    assert!(said.starts_with(&wanted), "{said}");
}
