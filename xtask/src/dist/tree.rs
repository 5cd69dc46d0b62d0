//! A tree of files, as archives contain it.
//!
//! Shape: paths → entries, sorted by path → the bytes of a tar archive, or a directory. Parents of an entry are entries.
//! Absent: links and devices.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::files::{Outcome, write};

/// The longest name that every reader of tar archives understands.
const NAME_BYTES: usize = 100;
/// Mode of a file.
pub const FILE: u32 = 0o644;
/// Mode of a program.
pub const PROGRAM: u32 = 0o755;
/// Mode of a directory.
const DIRECTORY: u32 = 0o755;

/// Who owns an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// User and group 0.
    Root,
    /// A user and the group of the same number.
    Number(u64),
}

/// A file or a directory.
struct Entry {
    mode: u32,
    owner: Owner,
    /// `None`: a directory.
    bytes: Option<Vec<u8>>,
}

/// Files and directories by their paths, without a leading slash.
#[derive(Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// Adds a file of `root`.
    pub fn file(&mut self, path: impl Into<String>, mode: u32, bytes: impl Into<Vec<u8>>) {
        self.put(path.into(), Entry { mode, owner: Owner::Root, bytes: Some(bytes.into()) });
    }

    /// Adds a directory.
    pub fn directory(&mut self, path: &str, mode: u32, owner: Owner) {
        self.put(path.to_owned(), Entry { mode, owner, bytes: None });
    }

    fn put(&mut self, path: String, entry: Entry) {
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        for parent in parents {
            self.entries.entry(parent.to_owned()).or_insert(Entry { mode: DIRECTORY, owner: Owner::Root, bytes: None });
        }
        self.entries.insert(path, entry);
    }

    /// The files with their paths and modes, in the order of the paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, u32, &[u8])> {
        self.entries.iter().filter_map(|(path, entry)| Some((path.as_str(), entry.mode, entry.bytes.as_deref()?)))
    }

    /// The number of directories.
    pub fn directories(&self) -> usize {
        self.entries.values().filter(|entry| entry.bytes.is_none()).count()
    }

    /// A tar archive whose names begin with `prefix`.
    ///
    /// # Errors
    /// A name is too long.
    pub fn tar(&self, prefix: &str, epoch: u64) -> Outcome<Vec<u8>> {
        let mut archive = Builder::new(Vec::new());
        for (path, entry) in &self.entries {
            let (kind, end) =
                if entry.bytes.is_some() { (EntryType::Regular, "") } else { (EntryType::Directory, "/") };
            let bytes = entry.bytes.as_deref().unwrap_or_default();
            let mut header = Header::new_ustar();
            header.set_entry_type(kind);
            header.set_mode(entry.mode);
            header.set_mtime(epoch);
            header.set_size(u64::try_from(bytes.len())?);
            match entry.owner {
                Owner::Root => {
                    header.set_uid(0);
                    header.set_gid(0);
                    header.set_username("root")?;
                    header.set_groupname("root")?;
                }
                Owner::Number(number) => {
                    header.set_uid(number);
                    header.set_gid(number);
                }
            }
            set_name(&mut header, &format!("{prefix}{path}{end}"))?;
            header.set_cksum();
            archive.append(&header, bytes)?;
        }
        Ok(archive.into_inner()?)
    }

    /// Writes the files into a new directory.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn extract(&self, directory: &Path) -> Outcome<()> {
        fs::create_dir_all(directory)?;
        for (path, entry) in &self.entries {
            let place = directory.join(path);
            match &entry.bytes {
                None => fs::create_dir(&place)?,
                Some(bytes) => write(&place, bytes)?,
            }
            fs::set_permissions(&place, Permissions::from_mode(entry.mode))?;
        }
        Ok(())
    }
}

/// Sets the name as it is: the library's own setter removes the leading `./` that Debian's packages have.
fn set_name(header: &mut Header, name: &str) -> Outcome<()> {
    if name.len() > NAME_BYTES {
        return Err(format!("{name}: more than {NAME_BYTES} bytes").into());
    }
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    Ok(())
}

/// Compresses, without a name and a time.
///
/// # Errors
/// None in memory.
pub fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    Ok(packed.finish()?)
}
