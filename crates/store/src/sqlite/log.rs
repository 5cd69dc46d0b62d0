//! Reading the write-ahead log as it stands in its file.
//!
//! SQLite reads a log up to the first frame that does not check and drops the rest without a word. Two questions need more than that:
//! whether all acknowledged frames are there ([`super::acknowledged`]), and which pages a checkpoint will copy ([`super::sums`]).
//! Format: <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::FileExt as _;

use super::place::{Generation, Place};

/// Bytes of the log's header.
const HEADER: usize = 32;
/// Bytes of a frame's header, before its page.
const FRAME_HEADER: usize = 24;
/// The first word of a log whose sums take words in little-endian order; one more: in big-endian order.
const MAGIC: u32 = 0x377f_0682;
/// Bytes read at a time: few enough to be still in the processor's cache when they are summed.
const CHUNK: usize = 1 << 17;

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
    /// The running sum behind them; `None`: it was not asked for on the way.
    sum: Option<[u32; 2]>,
}

/// Where the page of a frame is in the log.
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

    /// Where a frame begins.
    fn frame_at(&self, number: u32) -> u64 {
        HEADER as u64 + u64::from(number) * (FRAME_HEADER + self.page_bytes) as u64
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
    /// Goes on to a place that this process has committed up to, by the heads of the frames alone: where each page's last version is. A log that has started
    /// over since has none of them.
    pub(super) fn advance_to(&mut self, log: &File, place: Place) -> Result<BTreeMap<u32, Content>> {
        let mut pages = BTreeMap::new();
        let Some(header) = Header::read(log)?.filter(|header| header.generation == place.generation) else {
            return Ok(pages);
        };
        if self.generation != place.generation {
            *self = Self { generation: place.generation, ..Self::default() };
        }
        for number in self.frames..place.frames {
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
        if self.frames < place.frames {
            (self.frames, self.sum) = (place.frames, None);
        }
        Ok(pages)
    }

    /// Goes on to the last whole commit. `page` takes the sum of each page of these commits, in order.
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
        // What is appended meanwhile is left for the next call: a writer may be faster than this.
        let end = log.metadata()?.len();
        let mut chunk = vec![0; (CHUNK / frame).max(1) * frame];
        // Frames behind the last commit: they count with their commit, or never.
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

/// The salts of a frame's header.
fn salts(head: &[u8]) -> u64 {
    (u64::from(word(head, 8)) << 32) | u64::from(word(head, 12))
}

/// Words of headers are big-endian.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The log's running sum, over pairs of words.
fn add(sum: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    // Told apart here, not in the loop: this is what taking in sums costs most.
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
