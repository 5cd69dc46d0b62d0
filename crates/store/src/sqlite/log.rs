//! Reading the write-ahead log as it stands in its file.
//!
//! SQLite reads a log up to the first frame that does not check and drops the rest without a word. Two questions need more than that:
//! whether all acknowledged frames are there ([`super::acknowledged`]), and which pages a checkpoint will copy ([`super::sums`]).
//! Format: <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt as _;

/// Bytes of the log's header.
const HEADER: usize = 32;
/// Bytes of a frame's header, before its page.
const FRAME_HEADER: usize = 24;
/// The first word of a log whose sums take words in little-endian order; one more: in big-endian order.
const MAGIC: u32 = 0x377f_0682;
/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// Tells one filling of the log from the next: its two salts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Generation(pub(super) u64);

/// The salts of the log's header; `None`: there is no whole header.
pub(super) fn generation(log: &File) -> Result<Option<Generation>> {
    Ok(Header::read(log)?.map(|header| header.generation))
}

/// How far a log has been read: behind its last whole commit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    generation: Generation,
    /// Frames of whole commits.
    pub(super) frames: u32,
    /// The running sum behind them.
    sum: [u32; 2],
}

struct Header {
    generation: Generation,
    page_bytes: usize,
    big_endian: bool,
    sum: [u32; 2],
}

impl Header {
    fn read(log: &File) -> Result<Option<Self>> {
        let mut bytes = [0; HEADER];
        match log.read_exact_at(&mut bytes, 0) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let magic = word(&bytes, 0);
        let page_bytes = word(&bytes, 8) as usize;
        if magic & !1 != MAGIC || !page_bytes.is_power_of_two() || !(512..=65_536).contains(&page_bytes) {
            return Ok(None);
        }
        let big_endian = magic & 1 == 1;
        let sum = add([0; 2], &bytes[..24], big_endian);
        if sum != [word(&bytes, 24), word(&bytes, 28)] {
            return Ok(None);
        }
        let salts = (u64::from(word(&bytes, 16)) << 32) | u64::from(word(&bytes, 20));
        Ok(Some(Self { generation: Generation(salts), page_bytes, big_endian, sum }))
    }
}

/// What a walk over the log has found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// The generation of the log; `None`: it is empty, or its header is not whole.
    pub(super) generation: Option<Generation>,
    /// Frames of whole commits, from the first.
    pub(super) frames: u32,
}

/// Walks over a log from its beginning.
pub(super) fn walk(log: &File) -> Result<Found> {
    Cursor::default().advance(log, |_, _| 0, |_, _| ())
}

impl Cursor {
    /// Goes on to the last whole commit. `page` takes the sum of each page of these commits, in order.
    pub(super) fn advance(
        &mut self,
        log: &File,
        sum_of: impl Fn(u32, &[u8]) -> u64,
        mut page: impl FnMut(u32, u64),
    ) -> Result<Found> {
        let Some(header) = Header::read(log)? else { return Ok(Found::default()) };
        if header.generation != self.generation || self.frames == 0 {
            *self = Self { generation: header.generation, frames: 0, sum: header.sum };
        }
        let frame = FRAME_HEADER + header.page_bytes;
        // What is appended meanwhile is left for the next call: a writer may be faster than this.
        let end = log.metadata()?.len();
        let mut chunk = vec![0; (CHUNK / frame).max(1) * frame];
        // Frames behind the last commit: they count with their commit, or never.
        let mut open: Vec<(u32, u64)> = Vec::new();
        let (mut sum, mut next) = (self.sum, self.frames);
        loop {
            let at = HEADER as u64 + u64::from(next) * frame as u64;
            let bytes = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(chunk.len());
            let read = read_at_most(log, &mut chunk[..bytes], at)?;
            for bytes in chunk[..read].chunks_exact(frame) {
                let (head, content) = bytes.split_at(FRAME_HEADER);
                let salts = (u64::from(word(head, 8)) << 32) | u64::from(word(head, 12));
                sum = add(add(sum, &head[..8], header.big_endian), content, header.big_endian);
                if salts != header.generation.0 || sum != [word(head, 16), word(head, 20)] {
                    return Ok(self.found());
                }
                next = next.checked_add(1).ok_or_else(|| Error::other("the log has too many frames"))?;
                let number = word(head, 0);
                open.push((number, sum_of(number, content)));
                let is_commit = word(head, 4) != 0;
                if is_commit {
                    open.drain(..).for_each(|(number, sum)| page(number, sum));
                    (self.sum, self.frames) = (sum, next);
                }
            }
            if read < chunk.len() {
                return Ok(self.found());
            }
        }
    }

    fn found(&self) -> Found {
        Found { generation: Some(self.generation), frames: self.frames }
    }
}

fn read_at_most(file: &File, into: &mut [u8], at: u64) -> Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match file.read_at(&mut into[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Words of headers are big-endian.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The log's running sum, over pairs of words.
fn add(sum: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    let of = |word: &[u8]| {
        let word = [word[0], word[1], word[2], word[3]];
        if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    };
    bytes.chunks_exact(8).fold(sum, |[first, second], pair| {
        let first = first.wrapping_add(of(&pair[..4])).wrapping_add(second);
        let second = second.wrapping_add(of(&pair[4..])).wrapping_add(first);
        [first, second]
    })
}
