//! Maildirs, with other programs at work in them.

use std::ffi::OsStr;
use std::fs::{self, File, FileTimes};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use complaintsd::mailbox::{MailSource, MailboxFault, MaildirSettings, MaildirSource, Places};
use tempfile::TempDir;

use super::{MON_22_DEC, at, begin, next, pass, texts};

/// In bytes.
const LIMIT: u64 = 1_000_000;

fn maildir() -> (TempDir, MaildirSource) {
    let dir = TempDir::new().unwrap();
    for part in ["new", "cur", "tmp"] {
        fs::create_dir(dir.path().join(part)).unwrap();
    }
    let settings = MaildirSettings { name: "demo".to_owned(), path: dir.path().to_owned(), max_message_size: LIMIT };
    (dir, MaildirSource::new(settings))
}

fn put(dir: &Path, path: &str, text: &str, received: &str) {
    fs::write(dir.join(path), text).unwrap();
    let file = File::options().write(true).open(dir.join(path)).unwrap();
    file.set_times(FileTimes::new().set_modified(at(received))).unwrap();
}

#[tokio::test]
async fn new_and_cur_are_read_oldest_first_and_nothing_else_is() {
    let (dir, mut source) = maildir();
    put(dir.path(), "new/c.host", "third", MON_22_DEC);
    put(dir.path(), "cur/b.host:2,S", "second", "2025-12-21T10:00:00Z");
    put(dir.path(), "cur/a.host:2,", "first", "2025-12-20T10:00:00Z");
    put(dir.path(), "tmp/half", "half a mess", MON_22_DEC);
    put(dir.path(), "new/.hidden", "no message", MON_22_DEC);
    fs::create_dir_all(dir.path().join(".Junk/new")).unwrap();
    fs::create_dir_all(dir.path().join("new/folder")).unwrap();
    put(dir.path(), ".Junk/new/d.host", "another folder", MON_22_DEC);
    let mut known = Places::default();
    let (_, messages) = pass(&mut source, &mut known).await;
    assert_eq!(texts(&messages), ["first", "second", "third"]);
    assert_eq!(messages[1].position.name, "b.host");
    assert_eq!(messages[2].internal_date, Some(MON_22_DEC.parse().unwrap()));
    assert!(pass(&mut source, &mut known).await.1.is_empty());
}

#[tokio::test]
async fn names_that_are_no_text_are_told_apart() {
    let (dir, mut source) = maildir();
    for (name, text) in [(b"a\xfe.host", "one"), (b"a\xff.host", "two")] {
        fs::write(dir.path().join("new").join(OsStr::from_bytes(name)), text).unwrap();
    }
    let mut known = Places::default();
    let (_, messages) = pass(&mut source, &mut known).await;
    let mut found = texts(&messages);
    found.sort();
    assert_eq!(found, ["one", "two"]);
    let positions: Vec<_> = messages.iter().map(|message| message.position.clone()).collect();
    source.mark_stored(&positions).await.unwrap();
    assert!(pass(&mut source, &mut known).await.1.is_empty());
}

#[tokio::test]
async fn a_stored_message_moves_to_cur_unread_and_other_flags_make_no_new_message() {
    let (dir, mut source) = maildir();
    put(dir.path(), "new/a.host", "text", MON_22_DEC);
    let mut known = Places::default();
    let (_, messages) = pass(&mut source, &mut known).await;
    let positions = [messages[0].position.clone()];
    source.mark_stored(&positions).await.unwrap();
    assert!(dir.path().join("cur/a.host:2,").exists() && !dir.path().join("new/a.host").exists());
    fs::rename(dir.path().join("cur/a.host:2,"), dir.path().join("cur/a.host:2,RS")).unwrap();
    source.mark_stored(&positions).await.unwrap();
    assert!(dir.path().join("cur/a.host:2,RS").exists());
    assert!(pass(&mut source, &mut known).await.1.is_empty());
}

#[tokio::test]
async fn a_message_renamed_or_removed_between_listing_and_reading_is_found_or_passed_over() {
    let (dir, mut source) = maildir();
    // The first batch is full, so that the listing is older than the second.
    for number in 0..200 {
        put(dir.path(), &format!("new/{number}"), "early", "2025-12-20T10:00:00Z");
    }
    put(dir.path(), "new/moved", "moved", MON_22_DEC);
    put(dir.path(), "new/removed", "removed", MON_22_DEC);
    begin(&mut source, &Places::default()).await.unwrap();
    assert_eq!(next(&mut source).await.len(), 200);
    fs::rename(dir.path().join("new/moved"), dir.path().join("cur/moved:2,FS")).unwrap();
    fs::remove_file(dir.path().join("new/removed")).unwrap();
    let batch = source.next_batch().await.unwrap();
    assert_eq!(texts(&batch.messages), ["moved"]);
    assert_eq!((batch.vanished.names, batch.withheld.len()), (["removed".to_owned()].into(), 0));
    assert!(next(&mut source).await.is_empty());
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_after_the_others_were_taken() {
    let (dir, mut source) = maildir();
    // A name too long to read cannot be made; a file replaced by a folder after listing can.
    for number in 0..200 {
        put(dir.path(), &format!("new/{number}"), "early", "2025-12-20T10:00:00Z");
    }
    put(dir.path(), "new/bad", "bad", "2025-12-21T10:00:00Z");
    put(dir.path(), "new/good", "good", MON_22_DEC);
    begin(&mut source, &Places::default()).await.unwrap();
    next(&mut source).await;
    fs::remove_file(dir.path().join("new/bad")).unwrap();
    fs::create_dir(dir.path().join("new/bad")).unwrap();
    let batch = source.next_batch().await.unwrap();
    assert_eq!(texts(&batch.messages), ["good"]);
    assert_eq!((batch.vanished.len(), batch.withheld.names), (0, ["bad".to_owned()].into()), "it is there");
    let error = source.next_batch().await.unwrap_err();
    assert!(matches!(error.fault, MailboxFault::Files { .. }));
    assert!(error.to_string().contains("/new/bad") && error.to_string().contains("the right to read"), "{error}");
}

#[tokio::test]
async fn a_path_that_is_no_maildir_is_named() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("nowhere");
    let mut source =
        MaildirSource::new(MaildirSettings { name: "demo".to_owned(), path: path.clone(), max_message_size: LIMIT });
    let said = begin(&mut source, &Places::default()).await.unwrap_err().to_string();
    assert!(said.starts_with("mailbox 'demo': ") && said.contains("nowhere/new") && said.contains("check that path"));
}

#[tokio::test]
async fn links_and_pipes_are_named_and_not_read() {
    let (dir, mut source) = maildir();
    put(dir.path(), "new/a.host", "a message", MON_22_DEC);
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("new/link")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(dir.path().join("cur/pipe")).status().unwrap().success());
    let mut known = Places::default();
    let (opened, messages) = pass(&mut source, &mut known).await;
    assert_eq!(texts(&messages), ["a message"]);
    let problem = opened.problem.unwrap();
    assert!(problem.contains("new/link") && problem.contains("2 such"), "{problem}");
}

#[tokio::test]
async fn a_file_that_has_changed_is_handed_out_again_and_one_with_other_flags_is_not() {
    let (dir, mut source) = maildir();
    put(dir.path(), "new/half", "half a", MON_22_DEC);
    put(dir.path(), "new/whole", "whole", MON_22_DEC);
    let mut known = Places::default();
    assert_eq!(pass(&mut source, &mut known).await.1.len(), 2);
    put(dir.path(), "new/half", "half a message", "2025-12-22T09:31:00Z");
    fs::rename(dir.path().join("new/whole"), dir.path().join("cur/whole:2,FRS")).unwrap();
    begin(&mut source, &Places::default()).await.unwrap();
    assert_eq!(texts(&next(&mut source).await), ["half a message"]);
}

/// reliability 2.2: no message decides how much memory is used, and none is left out.
#[tokio::test]
async fn of_a_message_above_the_limit_the_beginning_is_read_and_the_file_stays() {
    let (dir, mut source) = maildir();
    let large = format!("Subject: Photographs\n\n{}", "x".repeat(2_000_000));
    put(dir.path(), "new/a.host", &large, MON_22_DEC);
    put(dir.path(), "new/b.host", &"y".repeat(1_000_000), MON_22_DEC);
    let (_, messages) = pass(&mut source, &mut Places::default()).await;
    let [first, second] = messages.as_slice() else { panic!("{}", messages.len()) };
    let too_large = first.too_large.as_ref().unwrap();
    assert_eq!((too_large.size, too_large.limit), (Some(large.len() as u64), LIMIT));
    assert!(first.bytes.len() < 300_000 && large.as_bytes().starts_with(&first.bytes));
    assert_eq!((second.bytes.len(), &second.too_large), (1_000_000, &None), "as large as the limit");
    assert_eq!(fs::metadata(dir.path().join("new/a.host")).unwrap().len(), large.len() as u64);
}
