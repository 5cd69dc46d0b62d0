//! What every package consists of.
//!
//! Shape: a binary and the checkout → the binary, its completions and man pages, the licences and the moment of the release.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::binary::Binary;
use super::dependencies::{Dependencies, dependencies};
use super::files::{Outcome, of_checkout, read};
use super::licences::third_party;
use crate::tools::{ROOT, output};

/// The shells with completions.
pub const SHELLS: [&str; 3] = ["bash", "fish", "zsh"];

/// The parts of a release.
pub struct Release {
    /// The version of the workspace.
    pub version: String,
    /// The moment of the release: every time in a package.
    pub at: Timestamp,
    /// The binary.
    pub binary: Binary,
    /// Completions by shell; none if the binary does not print them.
    pub completions: BTreeMap<&'static str, Vec<u8>>,
    /// Man pages by file name; none if the binary does not write them.
    pub man_pages: BTreeMap<String, Vec<u8>>,
    /// The licence of Daric.
    pub licence: Vec<u8>,
    /// The licences of what the binary contains.
    pub third_party: String,
    /// The crates in the binary.
    pub dependencies: Dependencies,
}

impl Release {
    /// Gathers the parts.
    ///
    /// # Errors
    /// The binary cannot be packaged or run, or a dependency has no text of its licence.
    pub fn gather(path: &Path) -> Outcome<Self> {
        let dependencies = dependencies()?;
        let binary = Binary::read(path)?;
        let program = path.canonicalize()?;
        Ok(Self {
            version: dependencies.root.version.to_string(),
            at: at()?,
            binary,
            completions: completions(&program)?,
            man_pages: man_pages(&program)?,
            licence: of_checkout("LICENSE")?,
            third_party: third_party(&dependencies.packages)?,
            dependencies,
        })
    }

    /// Seconds from 1970 to the moment of the release.
    pub fn epoch(&self) -> u64 {
        u64::try_from(self.at.as_second()).unwrap_or_default()
    }

    /// The moment of the release as in the headers of mails.
    ///
    /// # Errors
    /// It is after the year 9999.
    pub fn mail_date(&self) -> Outcome<String> {
        Ok(jiff::fmt::rfc2822::to_string(&self.at.to_zoned(TimeZone::UTC))?)
    }
}

/// `SOURCE_DATE_EPOCH`, else the moment of the last commit.
fn at() -> Outcome<Timestamp> {
    let seconds = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => seconds,
        Err(_) => String::from_utf8(output(Command::new("git").args(["-C", ROOT, "log", "-1", "--format=%ct"]))?)?,
    };
    let seconds = seconds.trim().parse::<i64>().map_err(|error| format!("SOURCE_DATE_EPOCH {seconds:?}: {error}"))?;
    Ok(Timestamp::from_second(seconds)?)
}

fn completions(binary: &Path) -> Outcome<BTreeMap<&'static str, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for shell in SHELLS {
        found.insert(shell, output(Command::new(binary).args(["completions", shell]))?);
    }
    Ok(found)
}

fn man_pages(binary: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let place = std::env::temp_dir().join(format!("daric-man-{}", std::process::id()));
    fs::create_dir_all(&place)?;
    let mut found = BTreeMap::new();
    output(Command::new(binary).args(["man", "--dir"]).arg(&place))?;
    for entry in fs::read_dir(&place)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{}: a strange name", name.display()))?;
        found.insert(name, read(&entry.path())?);
    }
    fs::remove_dir_all(&place)?;
    Ok(found)
}
