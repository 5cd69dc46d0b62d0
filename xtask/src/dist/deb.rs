//! The Debian package.
//!
//! Shape: an `ar` archive of a version, a control archive and a data archive. The scripts and the control file are in `packaging/debian`.
//! Absent: debhelper. Its snippets for systemd are written out in the scripts, so that no Debian tool is needed to build.

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};

use super::files::{Outcome, WATCHING, of_checkout, packaging};
use super::release::Release;
use super::tree::{FILE, PROGRAM, Tree, gzip};

/// The package's revision for Debian.
const REVISION: u32 = 1;
/// The settings, which an upgrade leaves as the operator has changed them.
const SETTINGS: &str = "etc/daric/daric.toml";
const SCRIPTS: [&str; 3] = ["postinst", "postrm", "prerm"];

/// The Debian package.
///
/// # Errors
/// A file of the checkout cannot be read.
pub fn deb(release: &Release) -> Outcome<(String, Vec<u8>)> {
    let data = data(release)?;
    let control = control(release, &data)?;
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&control.tar("./", release.epoch())?)?),
        ("data.tar.gz", gzip(&data.tar("./", release.epoch())?)?),
    ];
    let mut archive = ar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ar::Header::new(name.into(), u64::try_from(bytes.len())?);
        header.set_mode(0o100_644);
        header.set_mtime(release.epoch());
        archive.append(&header, bytes.as_slice())?;
    }
    Ok((format!("daric_{}-{REVISION}_amd64.deb", release.version), archive.into_inner()?))
}

/// The files that are installed.
fn data(release: &Release) -> Outcome<Tree> {
    let version = &release.version;
    let mut tree = Tree::default();
    tree.file("usr/bin/daric", PROGRAM, release.binary.bytes.as_slice());
    tree.file(SETTINGS, FILE, packaging("daric.toml", version)?);
    tree.file("usr/lib/systemd/system/daric.service", FILE, packaging("systemd/daric.service", version)?);
    tree.file("usr/lib/sysusers.d/daric.conf", FILE, packaging("systemd/sysusers.conf", version)?);
    tree.file("usr/share/lintian/overrides/daric", FILE, packaging("debian/lintian-overrides", version)?);
    let places = [
        ("bash", "usr/share/bash-completion/completions/daric"),
        ("fish", "usr/share/fish/vendor_completions.d/daric.fish"),
        ("zsh", "usr/share/zsh/vendor-completions/_daric"),
    ];
    for (shell, place) in places {
        if let Some(completions) = release.completions.get(shell) {
            tree.file(place, FILE, completions.as_slice());
        }
    }
    for (page, roff) in &release.man_pages {
        tree.file(format!("usr/share/man/man1/{page}.gz"), FILE, gzip(roff)?);
    }
    let changes = packaging("debian/changelog", version)?.replace("@DATE@", &release.mail_date()?);
    tree.file("usr/share/doc/daric/copyright", FILE, packaging("debian/copyright", version)?);
    tree.file("usr/share/doc/daric/changelog.gz", FILE, gzip(&of_checkout("CHANGELOG.md")?)?);
    tree.file("usr/share/doc/daric/changelog.Debian.gz", FILE, gzip(changes.as_bytes())?);
    for file in WATCHING {
        tree.file(format!("usr/share/doc/daric/examples/{file}"), FILE, packaging(file, version)?);
    }
    tree.file("usr/share/doc/daric/THIRD-PARTY.gz", FILE, gzip(release.third_party.as_bytes())?);
    Ok(tree)
}

/// The files about the package.
fn control(release: &Release, data: &Tree) -> Outcome<Tree> {
    let depends: Vec<String> = release
        .binary
        .packages
        .iter()
        .map(|(package, least)| format!("{package} (>= {})", least.joined(".")))
        .collect();
    let control = packaging("debian/control", &release.version)?
        .replace("@DEPENDS@", &depends.join(", "))
        .replace("@INSTALLED_SIZE@", &installed_kib(data).to_string());
    let sums = data.files().filter(|(path, ..)| *path != SETTINGS);
    let sums: String =
        sums.map(|(path, _, bytes)| format!("{}  {path}\n", HEXLOWER.encode(&Md5::digest(bytes)))).collect();
    let mut tree = Tree::default();
    tree.file("control", FILE, control);
    tree.file("conffiles", FILE, format!("/{SETTINGS}\n"));
    tree.file("md5sums", FILE, sums);
    for script in SCRIPTS {
        tree.file(script, PROGRAM, packaging(&format!("debian/{script}"), &release.version)?);
    }
    Ok(tree)
}

/// KiB on the disk as dpkg-gencontrol estimates it: each file's whole KiB, and one for each directory.
fn installed_kib(data: &Tree) -> usize {
    data.files().map(|(_, _, bytes)| bytes.len().div_ceil(1024)).sum::<usize>() + data.directories()
}
