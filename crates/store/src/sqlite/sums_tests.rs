//! Changes by the disk are noticed, and the files of a killed process are not mistaken for them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::files::FILE;
use super::files::LOG;
use super::log_tests::{Home, START_AT, commit, commit_rows, count};
use super::{acknowledged, log, open_with, sums};
use crate::{COMPACT_AFTER, Error, Flusher, Held, Location, Reader, SweepAt, Writer, verify};

/// How many bits are flipped in each file.
const FLIPS: u64 = 70;

/// Retries until the lock is free: when another test starts a program, that process has our lock's file open between its fork and its exec.
fn once_free<T>(opened: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match opened() {
            Err(Error::InUse(_)) => std::thread::yield_now(),
            opened => return opened,
        }
    }
}

fn open(location: &Location) -> Result<(Writer, Flusher, Reader), Error> {
    once_free(|| crate::open(location))
}

fn open_accepting_loss(location: &Location) -> Result<(Writer, Flusher, Reader), Error> {
    once_free(|| crate::open_accepting_loss(location))
}

fn open_to_read(location: &Location) -> Result<(Held, Reader), Error> {
    once_free(|| crate::open_to_read(location))
}

fn location(home: &Path) -> Location {
    Location::Directory { path: home.to_owned(), compact_after: COMPACT_AFTER }
}

/// A reproducible number that looks random.
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

/// The number of differences that `daric verify` finds; an error counts as one, too.
fn differences(home: &Path) -> Result<u64, Error> {
    let (_held, reader) = open_to_read(&location(home))?;
    verify(&reader, &mut |_, _| ()).map(|report| report.differences)
}

/// A closed store with the rows of several commits, from a number on.
fn closed_store(name: &str, from: u64) -> Home {
    let home = Home::new(name);
    let (mut writer, flusher, reader) = open_with(&home.0, 64, START_AT, super::Loss::Refuse).unwrap();
    for number in from..from + 100 {
        commit(&mut writer, &flusher, number);
    }
    drop((writer, flusher, reader));
    assert_eq!(differences(&home.0).unwrap(), 0, "before anything is flipped");
    home
}

#[test]
fn every_flipped_bit_in_the_database_is_noticed_by_verify_and_by_the_start() {
    let home = closed_store("flips", 0);
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

/// The log starts over with a commit that is longer than everything in it before, so its size does not show that.
#[test]
fn a_log_that_has_started_over_is_acknowledged_in_its_new_filling_however_long_its_first_commit() {
    let home = Home::new("started-over");
    let (mut writer, flusher, _reader) = open_with(&home.0, 64, START_AT * 100, super::Loss::Refuse).unwrap();
    let copied = Home::new("started-over-copy");
    let state = || {
        copy(&home.0, &copied.0);
        let log = std::fs::File::open(copied.0.join(LOG)).unwrap();
        let found = log::Cursor::default().advance(&log, |_, _| 0, |_, _| ()).unwrap();
        (acknowledged::Acknowledged::noted(&copied.0).unwrap().unwrap().position, found)
    };
    let mut last = None;
    for (number, rows) in [(1, 1), (2, 40), (3, 400), (4, 40)] {
        commit_rows(&mut writer, &flusher, number, rows);
        let (noted, found) = state();
        assert_eq!((Some(noted.generation), noted.frames), (found.generation, found.frames), "commit {number}");
        assert_ne!(Some(noted.generation), last, "the log has started over before commit {number}");
        last = found.generation;
        let other = rusqlite::Connection::open(home.0.join(FILE)).unwrap();
        super::checkpoint::keep_log(&other).unwrap();
        let left = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
        assert_eq!(other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], left), Ok(0));
        // A transaction that finds the whole log in the database starts it over.
        commit_rows(&mut writer, &flusher, 0, 0);
    }
    // So a log that has lost some of these frames is refused.
    let (noted, _) = state();
    let file = std::fs::OpenOptions::new().write(true).open(copied.0.join(LOG)).unwrap();
    file.set_len(32 + (u64::from(noted.frames) - 1) * (4_096 + 24)).unwrap();
    assert!(matches!(open(&location(&copied.0)), Err(Error::LogCutShort { .. })));
}

#[test]
fn a_change_by_another_program_is_noticed_until_it_is_accepted() {
    let home = closed_store("foreign-change", 0);
    let connection = rusqlite::Connection::open(home.0.join(FILE)).unwrap();
    connection.execute("DELETE FROM log_in_tries", []).unwrap();
    drop(connection);
    let refused = open(&location(&home.0)).map(|_| ());
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    assert!(differences(&home.0).unwrap() > 0);
    drop(open_accepting_loss(&location(&home.0)).unwrap());
    drop(open(&location(&home.0)).unwrap());
    assert_eq!(differences(&home.0).unwrap(), 0);
}

/// A store whose process has ended without closing it: a copy of its files while it is idle.
fn left_behind(name: &str) -> Home {
    let home = Home::new(name);
    let left = Home::new(&format!("{name}-left"));
    let (mut writer, flusher, _reader) = open_with(&home.0, 64, START_AT * 100, super::Loss::Refuse).unwrap();
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
    // A log that ends early, or is missing, is not mistaken for one that was never longer.
    for length in [0, 32, length / 2, length - 1] {
        copy(&left.0, &copied.0);
        std::fs::File::options().write(true).open(copied.0.join(LOG)).unwrap().set_len(length).unwrap();
        assert!(matches!(open(&location(&copied.0)), Err(Error::LogCutShort { .. })), "{length} bytes");
    }
    copy(&left.0, &copied.0);
    std::fs::remove_file(copied.0.join(LOG)).unwrap();
    assert!(matches!(open(&location(&copied.0)), Err(Error::LogCutShort { .. })));
    // With an operator's consent the loss is accepted, and the store continues with the rest.
    drop(open_accepting_loss(&location(&copied.0)).unwrap());
    drop(open(&location(&copied.0)).unwrap());
    assert_eq!(differences(&copied.0).unwrap(), 0);
    // The complete log is accepted.
    drop(open(&location(&left.0)).unwrap());
    assert_eq!(count(&left.0.join(FILE)), 800);
}

/// All files of a directory, by name, except for the lock and the shared memory, which every process creates again.
fn files(home: &Path) -> BTreeMap<String, Vec<u8>> {
    all_files(home).into_iter().filter(|(name, _)| name != super::files::LOCK && !name.ends_with("-shm")).collect()
}

fn all_files(home: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    named.map(|(name, path)| (name, std::fs::read(path).unwrap_or_default())).collect()
}

/// The names of files that are not in both, or differ.
fn changed<'a>(before: &'a BTreeMap<String, Vec<u8>>, after: &'a BTreeMap<String, Vec<u8>>) -> Vec<&'a String> {
    let names = before.keys().chain(after.keys());
    names.filter(|name| before.get(*name) != after.get(*name)).collect()
}

fn cut(path: &Path, bytes: u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() - bytes).unwrap();
}

fn flip_at(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 4;
    std::fs::write(path, bytes).unwrap();
}

/// A damage to a file, and a part of the error with which a start refuses it.
struct Harm {
    name: &'static str,
    to: &'static str,
    harm: fn(&Path),
    says: &'static [&'static str],
}

const PAGES: &str = "pages of daric.db are not as they were written (the first is page";
const RESTORE: &str = "estore a backup";

/// Damages to a store whose process was killed.
const HARMS: &[Harm] = &[
    Harm {
        name: "database gone",
        to: FILE,
        harm: |file| std::fs::remove_file(file).unwrap(),
        says: &[FILE, "not there or empty", RESTORE],
    },
    Harm {
        name: "database empty",
        to: FILE,
        harm: |file| std::fs::write(file, b"").unwrap(),
        says: &[FILE, "not there or empty", RESTORE],
    },
    Harm {
        name: "log cut",
        to: LOG,
        harm: |file| cut(file, 1),
        says: &[LOG, "acknowledged pages", RESTORE, "--accept-loss"],
    },
    Harm {
        name: "log gone",
        to: LOG,
        harm: |file| std::fs::remove_file(file).unwrap(),
        says: &[LOG, "acknowledged pages", RESTORE],
    },
    Harm { name: "log a directory", to: LOG, harm: directory, says: &["/daric.db-wal", "s a directory", RESTORE] },
    Harm {
        name: "note flipped",
        to: acknowledged::FILE,
        harm: |file| flip_at(file, 9),
        says: &["/acknowledged", "note", "--accept-loss"],
    },
    Harm {
        name: "note a directory",
        to: acknowledged::FILE,
        harm: directory,
        says: &["/acknowledged", "s a directory"],
    },
    Harm { name: "marker a directory", to: super::flush::FILE, harm: directory, says: &["/flush", "s a directory"] },
    Harm {
        name: "note gone",
        to: acknowledged::FILE,
        harm: |file| std::fs::remove_file(file).unwrap(),
        says: &["/acknowledged: it is not there", "--accept-loss"],
    },
    Harm {
        name: "log and note gone",
        to: LOG,
        harm: |log| [log, &log.with_file_name(acknowledged::FILE)].map(|file| std::fs::remove_file(file).unwrap())[0],
        says: &["/acknowledged: it is not there", "not closed", RESTORE, "--accept-loss"],
    },
    Harm {
        name: "log gone, note as new",
        to: LOG,
        harm: |log| {
            std::fs::remove_file(log).unwrap();
            std::fs::write(log.with_file_name(acknowledged::FILE), [0; 64]).unwrap();
        },
        says: &["/acknowledged: it is not there, or empty", RESTORE],
    },
    Harm {
        name: "log emptied, note cleared",
        to: LOG,
        harm: |log| {
            std::fs::write(log, b"").unwrap();
            let home = log.parent().unwrap();
            acknowledged::Acknowledged::open(home).unwrap().clear().unwrap();
        },
        says: &["/daric.db-wal: it is not there, or empty", "callers were told", RESTORE],
    },
    Harm {
        name: "sums gone",
        to: sums::FILE,
        harm: |file| std::fs::remove_file(file).unwrap(),
        says: &["/daric.sums: it is not there", "cannot be compared"],
    },
];

/// Damages to a closed store.
const HARMS_OF_PAGES: &[Harm] = &[
    Harm { name: "first byte", to: FILE, harm: |file| flip_at(file, 0), says: &["1 of", PAGES, "page 1)", RESTORE] },
    Harm { name: "size of a page", to: FILE, harm: |file| flip_at(file, 16), says: &[PAGES, RESTORE] },
    Harm {
        name: "second page",
        to: FILE,
        harm: |file| flip_at(file, 5_000),
        says: &["1 of", PAGES, "page 2)", RESTORE, "--accept-loss"],
    },
    Harm {
        name: "pages cut",
        to: FILE,
        harm: |file| cut(file, 8_192),
        says: &["daric.db is cut short: 2 pages", RESTORE],
    },
    Harm {
        name: "not a database",
        to: FILE,
        harm: |file| {
            std::fs::remove_file(file.with_file_name(sums::FILE)).unwrap();
            flip_at(file, 0);
        },
        says: &["/daric.db: its first bytes are not those of a database", RESTORE],
    },
    Harm { name: "database a directory", to: FILE, harm: directory, says: &["/daric.db: ", "s a directory", RESTORE] },
    Harm {
        name: "a sum",
        to: sums::FILE,
        harm: |file| flip_at(file, 60),
        says: &["daric.sums is damaged: 1 of its sums", "as they were written. Run `daric verify`", "--accept-loss"],
    },
    Harm {
        name: "head of sums",
        to: sums::FILE,
        harm: |file| flip_at(file, 3),
        says: &["daric.sums is damaged: it does not begin", "Run `daric verify`"],
    },
    Harm {
        name: "sums cut",
        to: sums::FILE,
        harm: |file| cut(file, 24),
        says: &["daric.sums is cut short: it ends before the sums of 3 pages"],
    },
    Harm {
        name: "sums empty",
        to: sums::FILE,
        harm: |file| std::fs::write(file, b"").unwrap(),
        says: &["daric.sums is damaged", "daric.sums is cut short"],
    },
    Harm {
        name: "sums of another store",
        to: sums::FILE,
        harm: |file| {
            let other = closed_store("harms-other", 4_000);
            std::fs::copy(other.0.join(sums::FILE), file).unwrap();
        },
        says: &["so many that the two files may not belong together"],
    },
    Harm { name: "sums a directory", to: sums::FILE, harm: directory, says: &["/daric.sums: ", "s a directory"] },
];

fn directory(file: &Path) {
    std::fs::remove_file(file).unwrap();
    std::fs::create_dir(file).unwrap();
}

/// Neither a start, nor a verification, nor a backup may destroy data that can still be restored.
#[test]
fn a_refused_start_says_which_file_is_damaged_and_leaves_every_file_as_it_was() {
    let copied = Home::new("refused-copy");
    for (left, harms) in [(left_behind("refused"), HARMS), (closed_store("refused-closed", 0), HARMS_OF_PAGES)] {
        for Harm { name, to, harm, says } in harms {
            copy(&left.0, &copied.0);
            std::fs::write(copied.0.join(super::flush::FILE), [b' '; 32]).unwrap();
            harm(&copied.0.join(to));
            let before = files(&copied.0);
            let refused = open(&location(&copied.0)).map(|_| ()).unwrap_err().to_string();
            assert!(says.iter().all(|part| refused.contains(part)), "{name}: {refused}");
            if harms.len() == HARMS.len() {
                assert!(differences(&copied.0).is_err(), "{name}");
                let backup = crate::backup(&copied.0, &copied.0.with_extension("backup"), &mut |_, _, _| ());
                assert!(backup.is_err() || *to == super::flush::FILE, "{name}");
            }
            assert_eq!(changed(&before, &files(&copied.0)), Vec::<&String>::new(), "{name}");
        }
    }
}

#[test]
fn what_is_no_whole_restored_copy_takes_no_store_s_place() {
    let home = closed_store("stray", 0);
    for (what, stray) in [("empty", Vec::new()), ("junk", (0..=255).cycle().take(9_000).collect::<Vec<u8>>())] {
        let path = home.0.join("daric.db.restored");
        std::fs::write(&path, stray).unwrap();
        let before = files(&home.0);
        let said = open(&location(&home.0)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("daric.db.restored") && said.contains("restore again"), "{what}: {said}");
        assert_eq!(changed(&before, &files(&home.0)), Vec::<&String>::new(), "{what}");
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(differences(&home.0).unwrap(), 0);
}

/// The files that determine a store's state, in every mixture of times and stores that copies of them can make: a start accepts only a complete
/// state.
#[test]
fn files_of_several_times_or_stores_are_not_taken_for_a_store() {
    let (states, put) = (states("mixed"), Home::new("mixed-put"));
    let all = [FILE, LOG, sums::FILE, acknowledged::FILE];
    let (mut taken, mut refused) = (0, 0);
    for (at, first) in states.iter().enumerate() {
        for (other, second) in states.iter().enumerate().filter(|(other, _)| *other != at) {
            // Each way to take some files of one state and the others of the other.
            for from_second in 1..(1_u32 << all.len()) - 1 {
                copy(&first.home.0, &put.0);
                for (bit, file) in all.iter().enumerate().filter(|(bit, _)| from_second & (1 << bit) != 0) {
                    let _ = (bit, std::fs::remove_file(put.0.join(file)));
                    if second.home.0.join(file).exists() {
                        std::fs::copy(second.home.0.join(file), put.0.join(file)).unwrap();
                    }
                }
                let name = format!("{from_second:04b} of {} in {}", second.name, first.name);
                let before = files(&put.0);
                match open(&location(&put.0)) {
                    Err(error) => {
                        let said = error.to_string();
                        let names = ["daric.db", "acknowledged", "daric.sums"].iter().any(|name| said.contains(name));
                        let helps = ["Put ", "put ", "estore a backup", "Run `daric verify`"]
                            .iter()
                            .any(|help| said.contains(help));
                        assert!(names && helps, "{name}: {said}");
                        assert_eq!(changed(&before, &files(&put.0)), Vec::<&String>::new(), "{name}: {said}");
                        refused += 1;
                    }
                    Ok(opened) => {
                        drop(opened);
                        let found = (count(&put.0.join(FILE)), differences(&put.0).ok());
                        let whole = [at, other].map(|at| (states[at].rows, Some(0)));
                        assert!(whole.contains(&found), "{name}: {found:?} is neither of {whole:?}");
                        // The acknowledged rows of the log are present.
                        let of_log = if from_second & 2 == 0 { first } else { second };
                        assert!(found.0 >= of_log.in_log, "{name}: {found:?}");
                        taken += 1;
                    }
                }
            }
        }
        // Each state by itself is accepted.
        copy(&first.home.0, &put.0);
        drop(open(&location(&put.0)).unwrap_or_else(|error| panic!("{}: {error}", first.name)));
        assert_eq!((count(&put.0.join(FILE)), differences(&put.0).unwrap()), (first.rows, 0), "{}", first.name);
    }
    assert!(taken > 0 && refused > taken, "{taken} taken, {refused} refused");
}

/// The files of a store at some time.
struct State {
    name: &'static str,
    home: Home,
    rows: i64,
    /// The number of rows that only the log is certain to have; 0 in a closed store.
    in_log: i64,
}

/// States of one store, closed and left behind in several runs, before and after the log has started over, and states of another store.
fn states(name: &str) -> Vec<State> {
    let home = Home::new(name);
    let mut states = Vec::new();
    let mut keep = |name: &'static str, from: &Path, commits: u64, is_closed: bool| {
        let kept = Home::new(&format!("{name}-state"));
        copy(from, &kept.0);
        let rows = i64::try_from(commits * 40).unwrap();
        states.push(State { name, home: kept, rows, in_log: if is_closed { 0 } else { rows } });
    };
    let mut number = 0;
    let mut more = |writer: &mut super::Writer, flusher: &super::Flusher, commits: u64| {
        for _ in 0..commits {
            commit(writer, flusher, number);
            number += 1;
        }
        number
    };
    let begin = |home: &Path| open_with(home, 64, START_AT, super::Loss::Refuse).unwrap();
    let (mut writer, flusher, reader) = begin(&home.0);
    let commits = more(&mut writer, &flusher, 3);
    drop((writer, flusher, reader));
    keep("closed", &home.0, commits, true);
    let (mut writer, flusher, reader) = begin(&home.0);
    let commits = more(&mut writer, &flusher, 2);
    keep("left", &home.0, commits, false);
    // Checkpoints move pages, and the log starts over, twice.
    let filling = |home: &Path| log::walk(&std::fs::File::open(home.join(LOG)).unwrap()).unwrap().generation;
    let mut commits = 0;
    for name in ["started over", "started over again"] {
        let before = filling(&home.0);
        while filling(&home.0) == before {
            commits = more(&mut writer, &flusher, 1);
        }
        keep(name, &home.0, commits, false);
    }
    drop((writer, flusher, reader));
    keep("closed later", &home.0, commits, true);
    let (mut writer, flusher, _reader) = begin(&home.0);
    let commits = more(&mut writer, &flusher, 2);
    keep("left later", &home.0, commits, false);
    drop((writer, flusher));
    let other = closed_store(&format!("{name}-other"), 4_000);
    keep("another", &other.0, 100, true);
    let left = left_behind(&format!("{name}-others"));
    keep("left by another", &left.0, 20, false);
    states
}

#[test]
fn a_backup_writes_over_no_file_that_its_name_leads_to() {
    let home = closed_store("linked", 0);
    let (victim, link) = (home.0.join("victim"), home.0.join("copy.unfinished"));
    std::fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    let made = crate::backup(&home.0, &home.0.join("copy"), &mut |_, _, _| {});
    assert!(made.is_err(), "{made:?}");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    std::fs::remove_file(link).unwrap();
    // A backup does not need the files that a first start makes.
    std::fs::remove_file(home.0.join("lock")).unwrap();
    assert_eq!(crate::backup(&home.0, &home.0.join("copy"), &mut |_, _, _| {}).unwrap().differences, 0);
}

#[test]
fn a_verification_changes_no_byte_of_any_file() {
    let copied = Home::new("unchanged-copy");
    let whole = Harm { name: "whole", to: FILE, harm: |_| (), says: &[] };
    let swept = Harm {
        name: "settled",
        to: FILE,
        harm: |file| {
            let connection = rusqlite::Connection::open(file).unwrap();
            connection.execute("DELETE FROM settled", []).unwrap();
        },
        says: &[],
    };
    for (left, harms) in [(left_behind("unchanged"), HARMS), (closed_store("unchanged-closed", 0), HARMS_OF_PAGES)] {
        for Harm { name, to, harm, .. } in [&whole, &swept].into_iter().chain(harms) {
            for with_lock in [false, true] {
                copy(&left.0, &copied.0);
                std::fs::write(copied.0.join(super::flush::FILE), [b' '; 32]).unwrap();
                harm(&copied.0.join(to));
                if with_lock {
                    std::fs::write(copied.0.join(super::files::LOCK), b"").unwrap();
                }
                let before = all_files(&copied.0);
                let found = differences(&copied.0);
                assert_eq!(matches!(found, Ok(0)), *name == "whole", "{name}: {found:?}");
                assert_eq!(changed(&before, &all_files(&copied.0)), Vec::<&String>::new(), "{name}");
            }
        }
    }
}

/// Every start and every verification of a store with an accepted loss reports it, until the file is removed.
#[test]
fn an_accepted_loss_is_told_until_it_is_dealt_with() {
    let closed = closed_store("accepted", 0);
    let accepted = |home: &Path| {
        let (writer, _, reader) = open(&location(home)).unwrap();
        let told = writer.accepted_losses().to_vec();
        drop((writer, reader));
        let (_held, reader) = open_to_read(&location(home)).unwrap();
        let report = verify(&reader, &mut |_, _| ()).unwrap();
        assert_eq!((report.differences, &report.accepted), (0, &told));
        told
    };
    let before = files(&closed.0);
    drop(open_accepting_loss(&location(&closed.0)).unwrap());
    assert_eq!(accepted(&closed.0), [], "nothing was lost");
    assert_eq!(before.keys().collect::<Vec<_>>(), files(&closed.0).keys().collect::<Vec<_>>());
    for (round, says) in ["1 of", "1 of"].into_iter().enumerate() {
        // The bytes between the rows of a page.
        flip_at(&closed.0.join(FILE), 4_096 * 3 + 100 + round);
        drop(open_accepting_loss(&location(&closed.0)).unwrap());
        let told = accepted(&closed.0);
        assert_eq!(told.len(), round + 1);
        assert!(told[round].at_ms > 1_700_000_000_000 && told[round].what.contains(says), "{told:?}");
    }
    let left = left_behind("accepted-log");
    for file in [LOG, acknowledged::FILE] {
        std::fs::remove_file(left.0.join(file)).unwrap();
    }
    drop(open_accepting_loss(&location(&left.0)).unwrap());
    assert!(accepted(&left.0)[0].what.contains("/acknowledged: it is not there"));
    std::fs::remove_file(left.0.join(super::accepted::FILE)).unwrap();
    assert_eq!(accepted(&left.0), []);
    // A missing database is not a loss that a start may accept.
    std::fs::remove_file(closed.0.join(FILE)).unwrap();
    assert!(matches!(open_accepting_loss(&location(&closed.0)), Err(Error::DatabaseGone(_))));
}

/// A server holds the write lock; a foreign commit that slips in between two of its own ends it, and is never accepted as its own.
#[test]
fn no_other_program_writes_beside_a_server_without_being_noticed() {
    let home = closed_store("foreign", 0);
    let foreign = |home: &Path| {
        let connection = rusqlite::Connection::open(home.join(FILE)).unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection.execute("UPDATE log_in_tries SET wrong = 5", []).map_err(|error| error.sqlite_error_code())
    };
    let locked = Err(Some(rusqlite::ErrorCode::DatabaseBusy));
    let (mut writer, flusher, reader) = open_with(&home.0, 64, START_AT, super::Loss::Refuse).unwrap();
    assert_eq!(foreign(&home.0), locked, "after the start");
    let version = writer.version();
    for number in 1_000..1_100 {
        commit(&mut writer, &flusher, number);
        assert_eq!(foreign(&home.0), locked, "after a commit");
        match number % 4 {
            0 => writer.abandon().unwrap(),
            1 => writer.probe().unwrap(),
            2 => drop(writer.sweep(SweepAt::instant(0)).unwrap()),
            _ => drop(writer.commit(writer.view()).unwrap()),
        }
        assert_eq!(foreign(&home.0), locked, "after {number}");
    }
    assert_eq!(writer.version(), version, "none of it looks like another's commit");
    writer.step_aside();
    assert_eq!(foreign(&home.0), Ok(4_000 + 4_000));
    let mut view = writer.view();
    let noticed = writer.load(&payments::Keys::default(), &mut view);
    assert!(matches!(noticed, Err(Error::ForeignWrites(_))), "{noticed:?}");
    drop((writer, flusher, reader));
    let refused = open(&location(&home.0)).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("another program has written") && refused.contains("--accept-loss"), "{refused}");
    assert!(differences(&home.0).unwrap() > 0);
    let backup = crate::backup(&home.0, &home.0.join("copy"), &mut |_, _, _| ());
    assert!(matches!(backup, Err(Error::ForeignWrites(_))), "{backup:?}");
    drop(open_accepting_loss(&location(&home.0)).unwrap());
    let (writer, ..) = open(&location(&home.0)).unwrap();
    assert!(writer.accepted_losses()[0].what.contains("another program has written"));
    drop(writer);
    assert_eq!(differences(&home.0).unwrap(), 0);
}

#[test]
fn a_closed_store_needs_no_file_beside_its_database() {
    let closed = closed_store("alone", 0);
    for file in [LOG, sums::FILE, acknowledged::FILE, super::flush::FILE] {
        let _ = std::fs::remove_file(closed.0.join(file));
    }
    drop(open(&location(&closed.0)).unwrap());
    assert_eq!(count(&closed.0.join(FILE)), 4_000);
}

/// The environment variable with the store's directory, for the process that is killed.
const KILLED: &str = "DARIC_TEST_STORE_TO_BE_KILLED";
const KILLS: u64 = 30;

/// Commits until it is killed, with a checkpoint every few commits, and reports after each flush.
#[test]
fn a_killed_store_opens_without_a_complaint_and_with_all_that_it_has_told() {
    if let Some(home) = std::env::var_os(KILLED) {
        let (mut writer, flusher, _reader) = open_with(Path::new(&home), 64, START_AT, super::Loss::Refuse).unwrap();
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
        let (_held, reader) = open_to_read(&location(&home.0)).unwrap();
        let Reader::Sqlite(opened) = &reader else { panic!("a directory is SQLite's") };
        assert_eq!(opened.damage().count(), 0, "round {round}: {:?}", opened.damage());
        drop((_held, reader));
        drop(open(&location(&home.0)).unwrap());
        assert!(u64::try_from(count(&home.0.join(FILE))).unwrap() >= told * 40, "round {round}");
    }
    assert_eq!(differences(&home.0).unwrap(), 0);
}
