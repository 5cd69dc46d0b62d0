//! Packages of a release, by one command.
//!
//! Shape: a binary → a tarball, a Debian package, an OCI image, a Python wheel, an npm package, their bill of materials and their sums.
//! The same binary and commit give the same bytes: entries are sorted, owners and modes are fixed, and every time is that of the last commit.
//! Absent: signing, publishing, and systems other than x86_64 Linux with glibc.

mod binary;
mod deb;
mod dependencies;
mod files;
mod kits;
mod licences;
mod npm;
mod oci;
mod release;
mod sbom;
mod sums;
mod tarball;
mod tree;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;

use crate::tools::{cargo, run, target};
use files::{Outcome, write};
use release::Release;

/// Makes all packages of a release.
#[derive(Parser)]
pub struct Flags {
    /// Binary to package [default: built with the profile `dist`]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Directory for the packages; earlier packages in it are removed [default: target/dist-packages]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A package: its file's name, and its bytes.
type Package = (String, Vec<u8>);

/// Each format of one file that is not needed for another one.
const FORMATS: [fn(&Release) -> Outcome<Package>; 5] = [tarball::tarball, deb::deb, wheel::wheel, npm::npm, sbom::sbom];

/// Makes all packages, and lists them with their sizes.
///
/// # Errors
/// The binary cannot be packaged, a file cannot be read or written, or a dependency has no text of its licence.
pub fn dist(flags: Flags) -> Outcome<()> {
    let binary = match flags.binary {
        Some(binary) => binary,
        None => build()?,
    };
    let out = flags.out.unwrap_or_else(|| target().join("dist-packages"));
    let release = Release::gather(&binary)?;
    empty(&out)?;
    for format in FORMATS {
        let start = Instant::now();
        put(&out, &format(&release)?, start)?;
    }
    let start = Instant::now();
    let layout = oci::layout(&release)?;
    put(&out, &oci::archive(&layout, &release)?, start)?;
    layout.extract(&out.join(oci::directory(&release.version)))?;
    write(&out.join(sums::FILE), sums::sums(&out)?.as_bytes())?;
    println!("packages are in {}", out.display());
    Ok(())
}

/// Writes a package, and says how large it is and how long it took.
fn put(out: &Path, (name, bytes): &Package, start: Instant) -> Outcome<()> {
    write(&out.join(name), bytes)?;
    println!("{name}: {:.1} MB in {:.1} s", megabytes(bytes.len()), start.elapsed().as_secs_f64());
    Ok(())
}

fn build() -> Outcome<PathBuf> {
    run(cargo().args(["build", "--profile", "dist", "--locked", "--package", "daric"]))?;
    Ok(target().join("dist/daric"))
}

/// Makes the directory, or removes earlier packages from it. A directory of anything else is left alone.
fn empty(out: &Path) -> Outcome<()> {
    if out.exists() {
        let is_empty = fs::read_dir(out)?.next().is_none();
        if !is_empty && !out.join(sums::FILE).exists() {
            return Err(format!("{}: there is something else in it", out.display()).into());
        }
        fs::remove_dir_all(out)?;
    }
    Ok(fs::create_dir_all(out)?)
}

fn megabytes(bytes: usize) -> f64 {
    let kilobytes = u32::try_from(bytes / 1000).unwrap_or(u32::MAX);
    f64::from(kilobytes) / 1000.0
}
