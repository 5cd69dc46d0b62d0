//! The note of how far the log is acknowledged, in a file beside it.
//!
//! SQLite silently drops a log from its first damaged frame on, and with it acknowledged frames after that one. So every flush notes how
//! many frames it has made durable, before its commits are answered, and which state of the database the log continues ([`Stamp`]). The note itself
//! is flushed only once for each filling of the log: after a power failure it may state less than the log has, never more.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::warn;

use super::log::Found;
use super::log_position::Generation;
use super::log_position::Stamp;
use super::log_position::{After, LogPosition};

/// The file in the store's directory.
pub(super) const FILE: &str = "acknowledged";
/// The words of a note: generation, frames, and the two of the stamp.
const WORDS: usize = 4;
/// The bytes of a note: its words, and all of them again inverted.
const NOTE: usize = 2 * WORDS * 8;

/// The contents of a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Note {
    pub(super) position: LogPosition,
    pub(super) stamp: Stamp,
}

/// The open file of the note; see the module.
#[derive(Debug)]
pub(super) struct Acknowledged {
    file: File,
    /// The stamp of the file of checksums.
    stamp: Arc<Mutex<Stamp>>,
    /// The position noted last; `None`: writing a note has failed.
    noted: Mutex<Option<LogPosition>>,
}

impl Acknowledged {
    /// Reads the note of a directory without creating it; `None`: there is no note.
    pub(super) fn noted(directory: &Path) -> Result<Option<Note>> {
        match File::open(directory.join(FILE)) {
            Ok(file) => Self::read(&file),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(file: &File) -> Result<Option<Note>> {
        let mut bytes = [0; NOTE];
        let read = file.read_at(&mut bytes, 0)?;
        let word = |at: usize| bytes[at * 8..at * 8 + 8].iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        let is_whole = read == NOTE && (0..WORDS).all(|at| word(at) == !word(WORDS + at));
        match u32::try_from(word(1)) {
            Ok(frames) if is_whole => {
                let position = LogPosition { generation: Generation(word(0)), frames };
                Ok(Some(Note { position, stamp: Stamp { file: word(2), state: word(3) } }))
            }
            // A new file whose first note was lost in a power failure.
            _ if bytes == [0; NOTE] => Ok(None),
            _ => Err(Error::new(
                ErrorKind::InvalidData,
                "the note of what is acknowledged is damaged: whether daric.db-wal is whole is not known. Restore a backup, or start with --accept-loss to take \
                 the log as it is",
            )),
        }
    }

    /// Opens the note of a directory, and creates it if it does not exist.
    pub(super) fn open(directory: &Path) -> Result<Self> {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(directory.join(FILE))?;
        let found = Self::read(&file)?.unwrap_or_default();
        Ok(Self { file, stamp: Arc::default(), noted: Mutex::new(Some(found.position)) })
    }

    /// Sets the checksums whose stamp the notes carry.
    pub(super) fn belongs_to(&mut self, stamp: Arc<Mutex<Stamp>>) {
        self.stamp = stamp;
    }

    /// Notes that commits up to a position are on the disk, and may be answered.
    pub(super) fn note(&self, position: LogPosition) {
        let mut noted = self.noted.lock();
        // Flushes may end in another order than they began.
        let Some(last) = *noted else { return };
        if position.frames == 0 || (last.generation == position.generation && last.frames >= position.frames) {
            return;
        }
        let is_new = last.generation != position.generation;
        let noted_now = self.write(Note { position, stamp: *self.stamp.lock() });
        // One flush for each filling of the log, so that the note is never behind by more than one filling.
        match noted_now.and_then(|()| if is_new { self.file.sync_data() } else { Ok(()) }) {
            Ok(()) => *noted = Some(position),
            Err(error) => {
                warn!(%error, file = FILE, "the acknowledged length of the log could not be recorded; a shorter log would not be noticed");
                *noted = None;
            }
        }
    }

    /// Notes that the log begins and nothing in it is acknowledged. It is flushed before the database is marked as having a log.
    pub(super) fn begin(&self, position: LogPosition) -> Result<()> {
        let mut noted = self.noted.lock();
        self.write(Note { position, stamp: *self.stamp.lock() })?;
        self.file.sync_data()?;
        *noted = Some(position);
        Ok(())
    }

    /// The state of the checksums that the notes carry.
    pub(super) fn state(&self) -> u64 {
        self.stamp.lock().state
    }

    /// Notes that the database has all pages of the log. It is flushed before the log is emptied.
    pub(super) fn clear(&self) -> Result<()> {
        let mut noted = self.noted.lock();
        self.write(Note::default())?;
        self.file.sync_data()?;
        *noted = Some(LogPosition::default());
        Ok(())
    }

    fn write(&self, Note { position, stamp }: Note) -> Result<()> {
        let words: [u64; WORDS] = [position.generation.0, u64::from(position.frames), stamp.file, stamp.state];
        let mut bytes = [0; NOTE];
        for (at, word) in words.into_iter().chain(words.map(|word| !word)).enumerate() {
            bytes[at * 8..at * 8 + 8].copy_from_slice(&word.to_be_bytes());
        }
        self.file.write_all_at(&bytes, 0)
    }
}

/// The number of acknowledged frames that are missing in the log; 0: it has them all, or has started over since the note. `None`: it is another log.
pub(super) fn missing(noted: LogPosition, found: &Found) -> Option<u32> {
    match found.generation.map(|now| now.after(noted.generation)) {
        Some(After::Same) => Some(noted.frames.saturating_sub(found.frames)),
        // It starts over only when the database has all its pages.
        Some(After::Next) => Some(0),
        Some(After::Other) => None,
        None => Some(noted.frames),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_frames_of_the_noted_filling_of_the_log_can_be_missing() {
        let position = |salt: u64, frames| LogPosition { generation: Generation(salt << 32 | 7), frames };
        let found = |salt: u64, frames| Found { generation: Some(position(salt, 0).generation), frames };
        let (none, last) = (Found::default(), u64::from(u32::MAX));
        for (noted, found, expected) in [
            (position(5, 9), &found(5, 9), Some(0)),
            (position(5, 9), &found(5, 12), Some(0)),
            (position(5, 9), &found(5, 4), Some(5)),
            (position(5, 9), &none, Some(9)),
            // It has started over since the note, also past the largest salt.
            (position(5, 9), &found(6, 1), Some(0)),
            (position(last, 9), &found(0, 1), Some(0)),
            // A log that is older, or later by more than one filling, is another log.
            (position(5, 9), &found(4, 20), None),
            (position(5, 9), &found(7, 1), None),
        ] {
            assert_eq!(missing(noted, found), expected, "{noted:?} {found:?}");
        }
    }
}
