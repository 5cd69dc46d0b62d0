//! Reading the file of the write-ahead log.
//!
//! SQLite reads a log up to the first frame with a wrong checksum and silently drops the rest. Two questions need more than that:
//! whether all acknowledged frames are present ([`super::acknowledged`]), and which pages a checkpoint will copy ([`super::sums`]).
//! Format: <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt as _;

use super::log_position::{Generation, LogPosition};

/// The length of the log's header, in bytes.
const HEADER: usize = 32;
/// The length of a frame's header, in bytes; its page follows.
const FRAME_HEADER: usize = 24;
/// The first word of a log whose checksums use little-endian words; for big-endian words it is one more.
const MAGIC: u32 = 0x377f_0682;
/// How many bytes are read at a time: few enough to remain in the processor's cache while they are summed.
const CHUNK: usize = 1 << 17;

/// The generation of the log, from the salts of its header; `None`: there is no complete header.
pub(super) fn generation(log: &File) -> Result<Option<Generation>> {
    Ok(Header::read(log)?.map(|header| header.generation))
}

/// How far a log has been read: to the end of its last complete commit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    generation: Generation,
    /// The number of frames of complete commits.
    pub(super) frames: u32,
    /// The running checksum after them; `None`: it was not computed on the way.
    sum: Option<[u32; 2]>,
}

/// The position of a frame's page in the log, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Content {
    pub(super) at: u64,
    pub(super) bytes: usize,
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
        Ok(Some(Self { generation: Generation(salts(&bytes[8..])), page_bytes, big_endian, sum }))
    }

    /// The offset of a frame, in bytes.
    fn frame_at(&self, number: u32) -> u64 {
        HEADER as u64 + u64::from(number) * (FRAME_HEADER + self.page_bytes) as u64
    }
}

/// The result of reading a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// The generation of the log; `None`: it is empty, or its header is not complete.
    pub(super) generation: Option<Generation>,
    /// The number of frames of complete commits, from the first one.
    pub(super) frames: u32,
}

/// Reads a log from its beginning.
pub(super) fn walk(log: &File) -> Result<Found> {
    Cursor::default().advance(log, |_, _| 0, |_, _| ())
}

impl Cursor {
    /// Advances to a position up to which this process has committed, and reads only the headers of the frames: returns the position of each page's last
    /// version. A log that has started over since has none of these pages.
    pub(super) fn advance_to(&mut self, log: &File, position: LogPosition) -> Result<BTreeMap<u32, Content>> {
        let mut pages = BTreeMap::new();
        let Some(header) = Header::read(log)?.filter(|header| header.generation == position.generation) else {
            return Ok(pages);
        };
        if self.generation != position.generation {
            *self = Self { generation: position.generation, ..Self::default() };
        }
        for number in self.frames..position.frames {
            let at = header.frame_at(number);
            let mut head = [0; FRAME_HEADER];
            log.read_exact_at(&mut head, at)?;
            if salts(&head) != header.generation.0 {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    format!("frame {number} is not of this filling of the log"),
                ));
            }
            pages.insert(word(&head, 0), Content { at: at + FRAME_HEADER as u64, bytes: header.page_bytes });
        }
        if self.frames < position.frames {
            (self.frames, self.sum) = (position.frames, None);
        }
        Ok(pages)
    }

    /// Advances to the last complete commit. `page` gets number and sum of each page of these commits, in order.
    pub(super) fn advance(
        &mut self,
        log: &File,
        sum_of: impl Fn(u32, &[u8]) -> u64,
        mut page: impl FnMut(u32, u64),
    ) -> Result<Found> {
        let Some(header) = Header::read(log)? else { return Ok(Found::default()) };
        let known = self.sum.filter(|_| header.generation == self.generation && self.frames > 0);
        if known.is_none() {
            *self = Self { generation: header.generation, ..Self::default() };
        }
        let frame = FRAME_HEADER + header.page_bytes;
        // Frames that are appended meanwhile are left for the next call: a writer may be faster than this loop.
        let end = log.metadata()?.len();
        let mut chunk = vec![0; (CHUNK / frame).max(1) * frame];
        // Frames after the last commit; they count only if their commit follows.
        let mut open: Vec<(u32, u64)> = Vec::new();
        let (mut sum, mut next) = (known.unwrap_or(header.sum), self.frames);
        loop {
            let at = header.frame_at(next);
            let bytes = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(chunk.len());
            let read = read_at_most(log, &mut chunk[..bytes], at)?;
            for bytes in chunk[..read].chunks_exact(frame) {
                let (head, content) = bytes.split_at(FRAME_HEADER);
                sum = add(add(sum, &head[..8], header.big_endian), content, header.big_endian);
                if salts(head) != header.generation.0 || sum != [word(head, 16), word(head, 20)] {
                    return Ok(self.found());
                }
                next = next.checked_add(1).ok_or_else(|| Error::other("the log has too many frames"))?;
                let number = word(head, 0);
                open.push((number, sum_of(number, content)));
                let is_commit = word(head, 4) != 0;
                if is_commit {
                    open.drain(..).for_each(|(number, sum)| page(number, sum));
                    (self.sum, self.frames) = (Some(sum), next);
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

/// The salts in a frame's header.
fn salts(head: &[u8]) -> u64 {
    (u64::from(word(head, 8)) << 32) | u64::from(word(head, 12))
}

/// A word of a header, which is big-endian.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The log's running checksum, over pairs of words.
fn add(sum: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    // The byte order is chosen here, not in the loop, which is the largest cost of taking in checksums.
    if big_endian { add_words(sum, bytes, u32::from_be_bytes) } else { add_words(sum, bytes, u32::from_le_bytes) }
}

fn add_words(sum: [u32; 2], bytes: &[u8], of: impl Fn([u8; 4]) -> u32) -> [u32; 2] {
    let (pairs, _) = bytes.as_chunks::<8>();
    pairs.iter().fold(sum, |[first, second], &[a, b, c, d, e, f, g, h]| {
        let first = first.wrapping_add(of([a, b, c, d])).wrapping_add(second);
        let second = second.wrapping_add(of([e, f, g, h])).wrapping_add(first);
        [first, second]
    })
}
