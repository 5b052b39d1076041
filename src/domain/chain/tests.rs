//! Whatever is done to a chain is found, by the walk alone or by a checkpoint.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

use super::*;

fn line(sequence: i64, previous: &Digest, payload: &str) -> ChainLine {
    let mut line = ChainLine {
        sequence,
        at: 1_795_000_000_000_000 + sequence,
        case_id: (sequence % 3 != 0).then_some(sequence / 2 + 1),
        actor_kind: if sequence % 2 == 0 { "officer" } else { "daemon" }.to_owned(),
        actor_id: (sequence % 2 == 0).then_some(7),
        actor_name: if sequence % 2 == 0 { "Grace Adeyemi" } else { "" }.to_owned(),
        kind: "resident-named".to_owned(),
        payload: payload.to_owned(),
        previous: previous.as_bytes().to_vec(),
        hash: Vec::new(),
    };
    line.hash = line.digest().as_bytes().to_vec();
    line
}

/// A chain of so many lines, and what its last one is.
fn chain(lines: i64, payload: &str) -> (Vec<ChainLine>, Checkpoint) {
    let mut head = Checkpoint::beginning();
    let lines = (1..=lines).map(|sequence| {
        let line = line(sequence, &head.hash, &format!("{{\"name\":\"{payload} {sequence}\"}}"));
        head = Checkpoint { sequence, hash: line.digest() };
        line
    });
    (lines.collect(), head)
}

/// As a database gives them: in the order of their numbers.
fn check(lines: &[ChainLine], head: Checkpoint, kept: &[Checkpoint]) -> Result<Checkpoint, Broken> {
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| line.sequence);
    let mut walk = Walk::new(head, kept.iter().copied());
    lines.iter().try_for_each(|line| walk.step(line))?;
    walk.end()
}

/// Every line from here on written anew, so that it fits the one before it.
fn hash_anew(lines: &mut [ChainLine], from: usize) -> Checkpoint {
    for at in from..lines.len() {
        let previous = at.checked_sub(1).map_or(vec![0; 32], |before| lines[before].hash.clone());
        lines[at].previous = previous;
        lines[at].hash = lines[at].digest().as_bytes().to_vec();
    }
    lines.last().map_or(Checkpoint::beginning(), |last| Checkpoint { sequence: last.sequence, hash: last.digest() })
}

/// What somebody may do to the table of the history.
#[derive(Debug, Clone)]
enum Mutation {
    /// Another byte in a column of a line.
    Edit {
        at: usize,
        column: usize,
        byte: u8,
    },
    Delete {
        at: usize,
    },
    /// A copy of a line, under this number.
    Insert {
        of: usize,
        sequence: i64,
    },
    /// Two lines change places, or all of two lines but their numbers.
    Swap {
        one: usize,
        other: usize,
        whole: bool,
    },
    CutOff {
        keep: usize,
    },
    /// The note of the last line is changed.
    Head {
        sequence: i64,
        byte: u8,
    },
}

const LINES: usize = 12;

fn mutations() -> impl Strategy<Value = Mutation> {
    let at = || 0..LINES;
    prop_oneof![
        8 => (at(), 0..10_usize, any::<u8>()).prop_map(|(at, column, byte)| Mutation::Edit { at, column, byte }),
        2 => at().prop_map(|at| Mutation::Delete { at }),
        2 => (at(), -2..2 + LINES as i64).prop_map(|(of, sequence)| Mutation::Insert { of, sequence }),
        2 => (at(), at(), any::<bool>()).prop_map(|(one, other, whole)| Mutation::Swap { one, other, whole }),
        1 => at().prop_map(|keep| Mutation::CutOff { keep }),
        1 => (-1..2 + LINES as i64, any::<u8>()).prop_map(|(sequence, byte)| Mutation::Head { sequence, byte }),
        1 => Just(Mutation::CutOff { keep: 0 }),
    ]
}

fn text(text: &mut String, byte: u8) {
    let place = usize::from(byte) % (text.chars().count() + 1);
    let mut letters: Vec<char> = text.chars().collect();
    match letters.get_mut(place) {
        Some(letter) if *letter != char::from(byte) => *letter = char::from(byte),
        _ => letters.insert(place, char::from(byte)),
    }
    *text = letters.into_iter().collect();
}

fn bytes(bytes: &mut [u8], byte: u8) {
    let place = usize::from(byte) % bytes.len();
    bytes[place] ^= byte | 1;
}

fn optional(number: &mut Option<i64>, byte: u8) {
    *number = match *number {
        Some(_) if byte.is_multiple_of(4) => None,
        Some(number) => Some(number ^ (i64::from(byte) | 1)),
        None => Some(i64::from(byte)),
    };
}

fn edit(line: &mut ChainLine, column: usize, byte: u8) {
    match column {
        0 => line.sequence ^= i64::from(byte) | 1,
        1 => line.at ^= i64::from(byte) | 1,
        2 => optional(&mut line.case_id, byte),
        3 => text(&mut line.actor_kind, byte),
        4 => optional(&mut line.actor_id, byte),
        5 => text(&mut line.actor_name, byte),
        6 => text(&mut line.kind, byte),
        7 => text(&mut line.payload, byte),
        8 => bytes(&mut line.previous, byte),
        _ => bytes(&mut line.hash, byte),
    }
}

fn mutate(lines: &mut Vec<ChainLine>, head: &mut Checkpoint, mutation: &Mutation) {
    match *mutation {
        Mutation::Edit { at, column, byte } => edit(&mut lines[at], column, byte),
        Mutation::Delete { at } => drop(lines.remove(at)),
        Mutation::Insert { of, sequence } => {
            let copy = ChainLine { sequence, ..lines[of].clone() };
            lines.insert(of, copy);
        }
        Mutation::Swap { one, other, whole } => {
            lines.swap(one, other);
            if !whole {
                let sequence = lines[one].sequence;
                lines[one].sequence = lines[other].sequence;
                lines[other].sequence = sequence;
            }
        }
        Mutation::CutOff { keep } => lines.truncate(keep),
        Mutation::Head { sequence, byte } => {
            let mut hash = *head.hash.as_bytes();
            bytes(&mut hash, byte);
            *head = Checkpoint { sequence, hash: Digest::from(hash) };
        }
    }
}

#[test]
fn ten_thousand_changes_of_a_history_are_all_found() {
    let (lines, head) = chain(LINES as i64, "O’Hara");
    assert_eq!(check(&lines, head, &[head]), Ok(head));
    let mut runner = TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() });
    runner
        .run(&mutations(), |mutation| {
            let (mut changed, mut noted) = (lines.clone(), head);
            mutate(&mut changed, &mut noted, &mutation);
            let sorted = |lines: &[ChainLine]| {
                let mut lines = lines.to_vec();
                lines.sort_by_key(|line| line.sequence);
                lines
            };
            let untouched = sorted(&changed) == lines && noted == head;
            assert_eq!(check(&changed, noted, &[]).is_ok(), untouched, "{mutation:?}");
            Ok(())
        })
        .unwrap();
}

/// Whoever can change the lines can also hash them anew and change the note of the last one. The chain is
/// then sound, and other than it was: a checkpoint kept elsewhere tells.
#[test]
fn ten_thousand_histories_written_anew_are_all_found_by_a_checkpoint_kept_elsewhere() {
    let (lines, head) = chain(LINES as i64, "O’Hara");
    let mut runner = TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() });
    runner
        .run(&mutations(), |mutation| {
            let (mut changed, mut noted) = (lines.clone(), head);
            mutate(&mut changed, &mut noted, &mutation);
            for (line, sequence) in changed.iter_mut().zip(1..) {
                line.sequence = sequence;
            }
            let noted = hash_anew(&mut changed, 0);
            assert_eq!(check(&changed, noted, &[]), Ok(noted), "{mutation:?}");
            // A line appended since is no change of what the checkpoint covers.
            let untouched = changed.len() >= LINES && changed[..LINES] == lines;
            assert_eq!(check(&changed, noted, &[head]).is_ok(), untouched, "{mutation:?}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_first_bad_line_is_named_with_what_is_wrong() {
    let (lines, head) = chain(6, "A");
    let found = |change: &dyn Fn(&mut Vec<ChainLine>, &mut Checkpoint)| {
        let (mut lines, mut head) = (lines.clone(), head);
        change(&mut lines, &mut head);
        check(&lines, head, &[]).unwrap_err()
    };
    let broken = |sequence, fault| Broken { sequence, fault };
    let third = |lines: &mut Vec<ChainLine>| {
        lines[2].payload.push(' ');
        hash_anew(&mut lines[..3], 2);
    };
    assert_eq!(found(&|lines, _| lines[2].payload.push(' ')), broken(3, BadLine::Changed));
    assert_eq!(found(&|lines, _| drop(lines.remove(0))), broken(1, BadLine::Missing));
    assert_eq!(found(&|lines, _| lines.truncate(4)), broken(5, BadLine::Missing));
    assert_eq!(found(&|lines, _| third(lines)), broken(4, BadLine::DoesNotFollow));
    let last = |lines: &mut Vec<ChainLine>| {
        lines[5].payload.push(' ');
        hash_anew(lines, 5);
    };
    assert_eq!(found(&|lines, _| last(lines)), broken(6, BadLine::NotTheHead));
    assert_eq!(
        found(&|lines, _| lines.insert(0, ChainLine { sequence: 0, ..lines[0].clone() })),
        broken(0, BadLine::OutOfPlace)
    );
    assert_eq!(found(&|_, head| head.sequence = 5), broken(6, BadLine::BehindTheHead));
    assert_eq!(
        found(&|lines, head| {
            lines.truncate(5);
            head.sequence = 5;
        }),
        broken(5, BadLine::NotTheHead)
    );
}

#[test]
fn a_checkpoint_tells_where_the_chain_was_written_anew_or_cut_off() {
    let (lines, head) = chain(6, "A");
    let at = |sequence: usize| Checkpoint { sequence: sequence as i64, hash: lines[sequence - 1].digest() };
    assert_eq!(check(&lines, head, &[Checkpoint::beginning(), at(2), at(6)]), Ok(head));
    let (other, anew) = chain(9, "B");
    let written_anew = Broken { sequence: 2, fault: BadLine::NotAsCheckpointed(at(2)) };
    assert_eq!(check(&other, anew, &[at(6), at(2)]), Err(written_anew));
    let cut_off = Broken { sequence: 5, fault: BadLine::EndsBefore(at(6)) };
    assert_eq!(check(&lines[..4], at(4), &[at(2), at(6)]), Err(cut_off));
    let emptied = Broken { sequence: 1, fault: BadLine::EndsBefore(at(2)) };
    assert_eq!(check(&[], Checkpoint::beginning(), &[at(2)]), Err(emptied));
}

/// Lines written before this test was are hashed the same for ever: the label and the order of the fields
/// are part of what is stored.
#[test]
fn the_hash_of_a_line_never_changes() {
    let line = line(2, &Digest::from([7; 32]), "{}");
    assert_eq!(line.digest().to_string(), "48bbda0fc34075c7a9a889b11d0d09481681258085000e96944d3d092867531f");
    let beyond = ChainLine { case_id: None, ..line.clone() };
    assert_ne!(beyond.digest(), line.digest());
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let (_, head) = chain(3, "A");
    for checkpoint in [head, Checkpoint::beginning()] {
        assert_eq!(format!(" {checkpoint}\n").to_uppercase().parse(), Ok(checkpoint));
    }
    let zeros = "0".repeat(64);
    for wrong in ["", "3", "3:", "3:abcd", "-1:", &zeros, &format!("3:{zeros}"), &format!("0:{}", head.hash)] {
        assert_eq!(wrong.parse::<Checkpoint>(), Err(NotACheckpoint), "{wrong}");
    }
}
