//! Where the log goes and how much of it. Whatever the level, the libraries that see messages,
//! letters and passwords stay at warnings, and those that write through the `log` crate (async-imap
//! prints LOGIN commands and bodies at trace) are not connected at all.

use std::io::{IsTerminal as _, Write};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::{SetGlobalDefaultError, set_global_default};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry};

use crate::config::{Log, LogFormat, LogLevel};

/// The variable that overrides the configured level.
pub const LEVEL_VARIABLE: &str = "COMPLAINTSD_LOG";

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The override is no level.
    #[error("${LEVEL_VARIABLE} is '{0}': write error, warn, info, debug or trace")]
    Level(String),
    /// The journal cannot be reached.
    #[error("cannot reach systemd's journal: set format = \"text\" or \"json\" in [log]")]
    Journal(#[source] std::io::Error),
    /// Somebody has set it up before.
    #[error("the log is set up already")]
    Twice(#[from] SetGlobalDefaultError),
}

/// Sets the program's log up, once. `level` is the value of [`LEVEL_VARIABLE`].
///
/// # Errors
/// [`LoggingError`], each saying what to write instead.
pub fn init(log: Log, level: Option<&str>) -> Result<(), LoggingError> {
    let level = match level.filter(|word| !word.is_empty()) {
        Some(word) => named(word).ok_or_else(|| LoggingError::Level(word.to_owned()))?,
        None => filter_of(log.level),
    };
    // systemd sets JOURNAL_STREAM for what it starts with its output in the journal.
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    match log.format {
        LogFormat::Journald => to_journal(level)?,
        LogFormat::Auto if under_systemd => to_journal(level)?,
        LogFormat::Auto | LogFormat::Text => set_global_default(text(level, std::io::stderr))?,
        LogFormat::Json => set_global_default(json(level, std::io::stderr))?,
    }
    hush_panics();
    Ok(())
}

/// From here on a panic is logged by its place alone. What it says is dropped: a parser's panic quotes
/// the message that it failed on.
fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        tracing::error!(place, thread = thread.name(), "A fault in the program; what it was doing was given up");
    }));
}

fn to_journal(level: LevelFilter) -> Result<(), LoggingError> {
    let journal = tracing_journald::layer().map_err(LoggingError::Journal)?;
    Ok(set_global_default(Registry::default().with(journal.with_filter(only_ours(level))))?)
}

fn text<W: Write>(
    level: LevelFilter,
    to: impl for<'a> MakeWriter<'a, Writer = W> + Send + Sync + 'static,
) -> impl tracing::Subscriber + Send + Sync {
    let colours = std::io::stderr().is_terminal();
    let layer = tracing_subscriber::fmt::layer().with_writer(to).with_ansi(colours).with_target(false);
    Registry::default().with(layer.with_filter(only_ours(level)))
}

fn json<W: Write>(
    level: LevelFilter,
    to: impl for<'a> MakeWriter<'a, Writer = W> + Send + Sync + 'static,
) -> impl tracing::Subscriber + Send + Sync {
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(to);
    Registry::default().with(layer.with_filter(only_ours(level)))
}

/// Our own events up to `level`, everybody else's warnings. There is no way to ask for more of them.
fn only_ours(level: LevelFilter) -> Targets {
    let mut targets = Targets::new().with_default(LevelFilter::WARN.min(level)).with_target("complaintsd", level);
    // Named although the default covers them: these see residents' words and our passwords.
    for library in ["async_imap", "imap_proto", "lettre", "sqlx", "mail_parser", "rustls"] {
        targets = targets.with_target(library, LevelFilter::WARN.min(level));
    }
    targets
}

fn named(word: &str) -> Option<LevelFilter> {
    let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];
    levels.map(filter_of).into_iter().find(|level| level.to_string().eq_ignore_ascii_case(word))
}

const fn filter_of(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Page {
        type Writer = Self;
        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    impl Page {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn at_every_level_the_libraries_that_see_residents_words_stay_quiet() {
        for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace] {
            let page = Page::default();
            tracing::subscriber::with_default(text(filter_of(level), page.clone()), || {
                tracing::trace!(target: "async_imap::client", "LOGIN canary");
                tracing::debug!(target: "imap_proto", "canary");
                tracing::debug!(target: "lettre::transport", "canary");
                tracing::info!(target: "sqlx::query", "canary");
                tracing::info!(target: "some_other_library", "canary");
                tracing::error!(target: "complaintsd::outbox", "ours");
            });
            assert!(!page.text().contains("canary"), "{level:?}: {}", page.text());
            assert!(page.text().contains("ours"));
        }
    }

    #[test]
    fn our_own_events_follow_the_level() {
        let page = Page::default();
        tracing::subscriber::with_default(text(LevelFilter::DEBUG, page.clone()), || {
            tracing::debug!(target: "complaintsd::ingest", "seen");
            tracing::trace!(target: "complaintsd::ingest", "not seen");
        });
        assert!(page.text().contains("seen") && !page.text().contains("not seen"));
    }

    #[test]
    fn json_lines_carry_their_fields_and_escape_control_characters() {
        let page = Page::default();
        tracing::subscriber::with_default(json(LevelFilter::INFO, page.clone()), || {
            tracing::info!({ "case.ref" = "CMP-2026-00042-K", error = "a\u{1b}[31m\nb" }, "Opened");
        });
        let line: serde_json::Value = serde_json::from_str(page.text().trim_end()).unwrap();
        assert_eq!(line["case.ref"], "CMP-2026-00042-K");
        assert_eq!(line["message"], "Opened");
        assert_eq!(page.text().lines().count(), 1);
        assert!(!page.text().contains('\u{1b}'));
    }

    /// The hook is the whole process's, so this test runs itself again in a process of its own.
    #[test]
    fn a_panic_is_logged_by_its_place_without_what_it_says() {
        const AGAIN: &str = "COMPLAINTSD_TEST_PANICS";
        if std::env::var_os(AGAIN).is_some() {
            init(Log { format: LogFormat::Json, level: LogLevel::Info }, None).unwrap();
            let reader = std::thread::Builder::new().name("reader".to_owned());
            let panicked = reader.spawn(|| panic!("the canary sings")).unwrap().join();
            assert!(panicked.is_err());
            return;
        }
        let this = "logging::tests::a_panic_is_logged_by_its_place_without_what_it_says";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let said = again.args(["--exact", this, "--nocapture"]).env(AGAIN, "1").output().unwrap();
        assert!(said.status.success(), "{said:?}");
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(!out.contains("canary") && !err.contains("canary"), "{out}{err}");
        let line: serde_json::Value = err.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
        assert_eq!((&line["level"], &line["thread"]), (&"ERROR".into(), &"reader".into()));
        assert!(line["place"].as_str().unwrap().starts_with("src/logging.rs:"), "{line}");
    }

    #[test]
    fn a_wrong_level_in_the_environment_says_what_to_write() {
        let log = Log { format: LogFormat::Text, level: LogLevel::Info };
        let told = init(log, Some("async_imap=trace")).unwrap_err().to_string();
        assert_eq!(told, "$COMPLAINTSD_LOG is 'async_imap=trace': write error, warn, info, debug or trace");
    }
}
