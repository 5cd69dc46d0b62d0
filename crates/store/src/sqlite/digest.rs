//! The end of a backup: a digest of the database before it.
//!
//! A backup is copied to other disks without a file of checksums. So it ends with 64 bytes that show whether it has changed: a
//! name ([`NAME`]), the length of the database, the time of the backup, and the SHA-256 of everything before. SQLite reads as many pages as its
//! header states, so the file is still a valid database.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

/// The first bytes of the end.
const NAME: &[u8; 16] = b"daric backup 1\n\0";
/// The length of the end, in bytes.
const END: usize = 64;
/// The length of the end before its digest, in bytes.
const BEFORE: usize = 32;
/// How many bytes are read at a time.
const CHUNK: usize = 1 << 20;
/// The smallest page size of a database; the length of a database is a multiple of it.
const SMALLEST_PAGE: u64 = 512;

/// The kind of end that a file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// It has a digest, and everything before it is unchanged.
    Whole,
    /// It has a digest, or a part of one, and something has changed.
    Changed,
    /// It has no digest.
    Bare,
}

/// The end of a file, and the length of its database in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) ending: Ending,
    pub(super) database: u64,
}

/// Appends the digest to a database.
pub(super) fn append(file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut digest = Sha256::new();
    each_chunk(file, length, |_, bytes| {
        digest.update(bytes);
        Ok(())
    })?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let mut end = [0; END];
    end[..16].copy_from_slice(NAME);
    end[16..24].copy_from_slice(&length.to_be_bytes());
    end[24..BEFORE].copy_from_slice(&u64::try_from(now_ms).unwrap_or_default().to_be_bytes());
    digest.update(&end[..BEFORE]);
    end[BEFORE..].copy_from_slice(&digest.finalize());
    file.write_all_at(&end, length)
}

/// Whether a file ends with a digest.
pub(super) fn is_at_the_end_of(file: &File) -> io::Result<bool> {
    let mut name = [0; NAME.len()];
    match file.metadata()?.len().checked_sub(END as u64) {
        Some(at) => file.read_exact_at(&mut name, at).map(|()| name == *NAME),
        None => Ok(false),
    }
}

/// Compares a file with its digest, and passes the bytes of its database to `take`, with their offsets.
pub(super) fn read(file: &File, mut take: impl FnMut(u64, &[u8]) -> io::Result<()>) -> io::Result<Ended> {
    let length = file.metadata()?.len();
    let mut end = [0; END];
    let before_end = length.checked_sub(END as u64);
    if let Some(at) = before_end {
        file.read_exact_at(&mut end, at)?;
    }
    // If the name itself was changed, the length of the file still shows the end.
    let database = match before_end {
        Some(at) if end.starts_with(NAME) || at.is_multiple_of(SMALLEST_PAGE) => at,
        _ => {
            each_chunk(file, length, take)?;
            return Ok(Ended { ending: Ending::Bare, database: length });
        }
    };
    let mut digest = Sha256::new();
    each_chunk(file, database, |at, bytes| {
        digest.update(bytes);
        take(at, bytes)
    })?;
    digest.update(&end[..BEFORE]);
    let is_whole =
        end.starts_with(NAME) && end[16..24] == database.to_be_bytes() && end[BEFORE..] == *digest.finalize();
    Ok(Ended { ending: if is_whole { Ending::Whole } else { Ending::Changed }, database })
}

/// Passes the first `length` bytes of a file to `take`.
fn each_chunk(file: &File, length: u64, mut take: impl FnMut(u64, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    while at < length {
        let bytes = usize::try_from(length - at).unwrap_or(CHUNK).min(CHUNK);
        file.read_exact_at(&mut chunk[..bytes], at)?;
        take(at, &chunk[..bytes])?;
        at += bytes as u64;
    }
    Ok(())
}
