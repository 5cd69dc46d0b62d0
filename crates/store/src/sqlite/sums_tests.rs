//! What the disk changes is noticed, and what a killed process leaves is not taken for it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::log_tests::{Home, START_AT, commit, count};
use super::{FILE, LOG, acknowledged, open_with, sums};
use crate::{Error, Location, Reader, SETTLE_AFTER, accept_loss, open, open_to_read, verify};

/// Flips tried in each file.
const FLIPS: u64 = 70;

fn location(home: &Path) -> Location {
    Location::Directory { path: home.to_owned(), settle_after: SETTLE_AFTER }
}

/// A number that looks like any other, and is the same every time.
fn scattered(number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 7
}

fn flip(path: &Path, number: u64, within: std::ops::Range<u64>) -> u64 {
    let mut bytes = std::fs::read(path).unwrap();
    let at = within.start + scattered(number) % (within.end - within.start);
    bytes[usize::try_from(at).unwrap()] ^= 1 << (number % 8);
    std::fs::write(path, bytes).unwrap();
    at
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for file in [FILE, LOG, sums::FILE, acknowledged::FILE] {
        if from.join(file).exists() {
            std::fs::copy(from.join(file), to.join(file)).unwrap();
        }
    }
}

/// What `daric verify` finds; an error is a finding, too.
fn differences(home: &Path) -> Result<u64, Error> {
    let (_held, reader) = open_to_read(&location(home))?;
    verify(&reader, &mut |_, _| ()).map(|report| report.differences)
}

fn closed_store(name: &str) -> Home {
    let home = Home::new(name);
    let (mut writer, flusher, reader) = open_with(&home.0, 64, START_AT, super::Damaged::Refused).unwrap();
    for number in 0..100 {
        commit(&mut writer, &flusher, number);
    }
    drop((writer, flusher, reader));
    assert_eq!(differences(&home.0).unwrap(), 0, "before anything is flipped");
    home
}

#[test]
fn every_flipped_bit_in_the_database_is_noticed_by_verify_and_by_the_start() {
    let home = closed_store("flips");
    let length = std::fs::metadata(home.0.join(FILE)).unwrap().len();
    let (copied, mut noticed, mut refused) = (Home::new("flips-copy"), 0, 0);
    for number in 0..FLIPS {
        copy(&home.0, &copied.0);
        flip(&copied.0.join(FILE), number, 0..length);
        refused += u64::from(open(&location(&copied.0)).is_err());
        copy(&home.0, &copied.0);
        flip(&copied.0.join(FILE), number, 0..length);
        noticed += u64::from(differences(&copied.0).map_or(true, |found| found > 0));
    }
    assert_eq!((noticed, refused), (FLIPS, FLIPS));
}

#[test]
fn a_change_by_another_program_is_noticed_until_it_is_accepted() {
    let home = closed_store("foreign-change");
    let connection = rusqlite::Connection::open(home.0.join(FILE)).unwrap();
    connection.execute("DELETE FROM log_in_tries", []).unwrap();
    drop(connection);
    assert!(matches!(open(&location(&home.0)), Err(Error::Damaged { .. })));
    assert!(differences(&home.0).unwrap() > 0);
    accept_loss(&location(&home.0)).unwrap();
    drop(open(&location(&home.0)).unwrap());
    assert_eq!(differences(&home.0).unwrap(), 0);
}

/// A store whose process is gone without closing it: a copy of its files while nothing happens.
fn left_behind(name: &str) -> Home {
    let home = Home::new(name);
    let left = Home::new(&format!("{name}-left"));
    let (mut writer, flusher, _reader) = open_with(&home.0, 64, START_AT * 100, super::Damaged::Refused).unwrap();
    for number in 0..20 {
        commit(&mut writer, &flusher, number);
    }
    copy(&home.0, &left.0);
    left
}

#[test]
fn every_flipped_bit_in_the_acknowledged_log_is_noticed_at_the_start() {
    let left = left_behind("log-flips");
    let length = std::fs::metadata(left.0.join(LOG)).unwrap().len();
    let copied = Home::new("log-flips-copy");
    for number in 0..FLIPS {
        copy(&left.0, &copied.0);
        let at = flip(&copied.0.join(LOG), number, 0..length);
        let opened = open(&location(&copied.0)).map(|_| ());
        assert!(matches!(opened, Err(Error::LogCutShort { .. })), "a bit of byte {at}: {opened:?}");
    }
    // Nor is a log that ends early, or is gone, taken for one that was never longer.
    for length in [0, 32, length / 2, length - 1] {
        copy(&left.0, &copied.0);
        std::fs::File::options().write(true).open(copied.0.join(LOG)).unwrap().set_len(length).unwrap();
        assert!(matches!(open(&location(&copied.0)), Err(Error::LogCutShort { .. })), "{length} bytes");
    }
    copy(&left.0, &copied.0);
    std::fs::remove_file(copied.0.join(LOG)).unwrap();
    assert!(matches!(open(&location(&copied.0)), Err(Error::LogCutShort { .. })));
    // What is lost is lost when an operator says so, and the store goes on with the rest.
    accept_loss(&location(&copied.0)).unwrap();
    drop(open(&location(&copied.0)).unwrap());
    assert_eq!(differences(&copied.0).unwrap(), 0);
    // The whole log is taken as it is.
    drop(open(&location(&left.0)).unwrap());
    assert_eq!(count(&left.0.join(FILE)), 800);
}

/// Neither a start nor a verification, nor a backup, may throw away what can still be put together again.
#[test]
fn a_refused_start_leaves_every_file_as_it_was() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 4] = [
        ("gone", |home| std::fs::remove_file(home.join(FILE)).unwrap()),
        ("empty", |home| std::fs::write(home.join(FILE), b"").unwrap()),
        ("cut", |home| {
            let log = std::fs::File::options().write(true).open(home.join(LOG)).unwrap();
            log.set_len(log.metadata().unwrap().len() - 1).unwrap();
        }),
        ("note", |home| {
            flip(&home.join(acknowledged::FILE), 3, 0..32);
        }),
    ];
    let left = left_behind("refused");
    let copied = Home::new("refused-copy");
    for (name, harm) in harms {
        copy(&left.0, &copied.0);
        harm(&copied.0);
        let files = || [FILE, LOG, sums::FILE, acknowledged::FILE].map(|file| std::fs::read(copied.0.join(file)).ok());
        let before = files();
        assert!(open(&location(&copied.0)).is_err(), "{name}");
        assert!(differences(&copied.0).is_err(), "{name}");
        let backup = crate::backup(&copied.0, &copied.0.with_extension("backup"), &mut |_, _, _| ());
        assert!(backup.is_err(), "{name}");
        assert_eq!(files(), before, "{name}");
    }
}

/// Set for the process that is killed: where its store is.
const KILLED: &str = "DARIC_TEST_STORE_TO_BE_KILLED";
const KILLS: u64 = 30;

/// Commits until it is killed, with a checkpoint every few commits, and tells after each flush.
#[test]
fn a_killed_store_opens_without_a_complaint_and_with_all_that_it_has_told() {
    if let Some(home) = std::env::var_os(KILLED) {
        let (mut writer, flusher, _reader) =
            open_with(Path::new(&home), 64, START_AT, super::Damaged::Refused).unwrap();
        let from = u64::try_from(count(&Path::new(&home).join(FILE))).unwrap() / 40;
        for number in from.. {
            commit(&mut writer, &flusher, number);
            println!("committed {number}");
        }
    }
    let home = Home::new("killed");
    let test = "sqlite::sums_tests::a_killed_store_opens_without_a_complaint_and_with_all_that_it_has_told";
    let mut told = 0;
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(KILLED, &home.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut left = 3 + scattered(round) % 60;
        for line in lines.map_while(Result::ok) {
            let Some(number) = line.split_once("committed ").and_then(|(_, number)| number.parse::<u64>().ok()) else {
                continue;
            };
            told = told.max(number + 1);
            left -= 1;
            if left == 0 {
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        assert_eq!(left, 0, "round {round}: it ended by itself");
        let (_writer, reader) = open_to_read(&location(&home.0)).unwrap();
        let Reader::Sqlite(opened) = &reader else { panic!("a directory is SQLite's") };
        assert_eq!(opened.damage().pages, 0, "round {round}: {:?}", opened.damage());
        drop((_writer, reader));
        assert!(u64::try_from(count(&home.0.join(FILE))).unwrap() >= told * 40, "round {round}");
    }
    assert_eq!(differences(&home.0).unwrap(), 0);
}
