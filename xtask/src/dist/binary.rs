//! What a binary needs of the system.
//!
//! Shape: an ELF file → its libraries, and the versions of their symbols that it uses.
//! Absent: processors other than x86_64.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use goblin::elf::Elf;
use goblin::elf::header::EM_X86_64;

use super::files::{Outcome, read};
use crate::tools::{output, run};

/// The libraries that a binary may use, and the Debian packages that contain them.
const LIBRARIES: [(&str, &str); 5] = [
    ("ld-linux-x86-64.so.2", "libc6"),
    ("libc.so.6", "libc6"),
    ("libdl.so.2", "libc6"),
    ("libm.so.6", "libc6"),
    ("libgcc_s.so.1", "libgcc-s1"),
];

/// A version of symbols, as `GLIBC_2.34` names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(Vec<u32>);

impl Version {
    /// Its numbers with `separator` between.
    pub fn joined(&self, separator: &str) -> String {
        self.0.iter().map(u32::to_string).collect::<Vec<_>>().join(separator)
    }
}

/// A binary, and what it needs.
pub struct Binary {
    /// The ELF file, without symbols.
    pub bytes: Vec<u8>,
    /// The oldest glibc on which it starts.
    pub glibc: Version,
    /// The Debian packages that it needs, with their oldest versions.
    pub packages: BTreeMap<&'static str, Version>,
    /// Its libraries and the loader, where this system has them.
    pub libraries: Vec<PathBuf>,
}

impl Binary {
    /// Reads a binary, without the symbols and comments that it may have.
    ///
    /// # Errors
    /// It is no program for x86_64 Linux with glibc, or needs a library of which no Debian package is known here.
    pub fn read(path: &Path) -> Outcome<Self> {
        let bytes = stripped(path)?;
        let (glibc, packages) = needs(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { glibc, packages, libraries: libraries(path)?, bytes })
    }
}

fn stripped(path: &Path) -> Outcome<Vec<u8>> {
    let place = std::env::temp_dir().join(format!("daric-dist-{}", std::process::id()));
    run(Command::new("strip").args(["--strip-all", "--remove-section=.comment", "-o"]).arg(&place).arg(path))?;
    let bytes = read(&place)?;
    std::fs::remove_file(&place)?;
    Ok(bytes)
}

/// The oldest glibc, and the packages with their oldest versions.
fn needs(bytes: &[u8]) -> Outcome<(Version, BTreeMap<&'static str, Version>)> {
    let elf = Elf::parse(bytes)?;
    if elf.header.e_machine != EM_X86_64 || elf.interpreter.is_none() {
        return Err("a dynamically linked program for x86_64 is needed".into());
    }
    let mut packages = BTreeMap::new();
    for library in &elf.libraries {
        packages.entry(package(library)?).or_insert_with(|| Version(vec![0]));
    }
    for needed in elf.verneed.iter().flat_map(|section| section.iter()) {
        let library = elf.dynstrtab.get_at(needed.vn_file).ok_or("a library has no name")?;
        let least = packages.entry(package(library)?).or_insert_with(|| Version(vec![0]));
        for symbols in needed.iter() {
            let name = elf.dynstrtab.get_at(symbols.vna_name).ok_or("a version has no name")?;
            let version = version(name)?;
            if version > *least {
                *least = version;
            }
        }
    }
    let glibc = packages.get("libc6").ok_or("it does not use glibc")?.clone();
    Ok((glibc, packages))
}

/// The Debian package of a library.
fn package(library: &str) -> Outcome<&'static str> {
    let known = LIBRARIES.iter().find(|(name, _)| *name == library);
    known.map(|(_, package)| *package).ok_or_else(|| format!("{library}: no package of it is known").into())
}

/// The version in `GLIBC_2.34` or `GCC_3.0`.
fn version(name: &str) -> Outcome<Version> {
    let numbers = name.split_once('_').ok_or_else(|| format!("{name}: no version"))?.1;
    let numbers: Result<Vec<u32>, _> = numbers.split('.').map(str::parse).collect();
    Ok(Version(numbers.map_err(|error| format!("{name}: {error}"))?))
}

/// The paths of the libraries and of the loader.
fn libraries(path: &Path) -> Outcome<Vec<PathBuf>> {
    let listed = String::from_utf8(output(Command::new("ldd").arg(path.canonicalize()?))?)?;
    let mut paths: Vec<PathBuf> =
        listed.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect();
    paths.sort();
    Ok(paths)
}
