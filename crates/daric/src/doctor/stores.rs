//! The store: space, permissions, schema, purpose, key, checksums; of a database also its server's settings.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use edge::Mode;
use rustix::fs::{Access, access, statvfs};
use store::{Error, Inspection, Location, Purpose};

use super::finding::Finding;
use crate::serve::{SPACE_LOW, purpose};
use crate::settings::Settings;

/// Sessions that a server needs: its writer, its readers, and one for each of the other commands.
const SESSIONS: i64 = 12;

/// Below this many free bytes nothing is written (`/readyz`).
const SPACE_NEEDED: u64 = 1 << 20;

/// Looks at the store of the settings.
pub fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = match &settings.store {
        Location::Directory { path, .. } => disk(path),
        Location::Database { url, timeout } => match server(url, *timeout, settings.mode) {
            Ok(findings) => findings,
            Err(unreachable) => return vec![unreachable],
        },
        Location::Memory(_) => Vec::new(),
    };
    let looked = store::inspect(&settings.store, purpose(settings.mode), &settings.keys.fingerprints());
    findings.push(inspected(looked));
    findings
}

fn inspected(looked: Result<Inspection, Error>) -> Finding {
    match looked {
        Ok(Inspection { admitted: Err(error), .. }) => {
            Finding::fail("store", error.to_string(), "see docs/settings.md, key and mode")
        }
        Ok(Inspection { in_use, compared, purpose, admitted: Ok(()) }) => {
            let purpose = match purpose {
                Some(Purpose::Sandbox) => "a sandbox's",
                Some(Purpose::Production) => "of production",
                None => "never served",
            };
            let pages = match (in_use, compared) {
                (true, _) => "a server has it open, which compares its pages itself".to_owned(),
                (false, Some(pages)) => format!("{pages} pages agree with their checksums"),
                (false, None) => "no pages were compared".to_owned(),
            };
            Finding::ok("store", format!("{purpose}; its schema and its key fit; {pages}"))
        }
        Err(Error::Directory { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Finding::ok("store", "there is none yet: `daric serve` makes it")
        }
        Err(Error::NoStore) => Finding::ok("store", "the database is empty: `daric serve` makes the store"),
        Err(error @ Error::OlderSchema { .. }) => Finding::warn(
            "store",
            error.to_string(),
            "make a backup; the next start of this version changes the schema",
        ),
        Err(error) => Finding::fail("store", error.to_string(), "see docs/operating.md before anything is changed"),
    }
}

/// Space and permissions of a directory, or of the one in which it would be made.
fn disk(path: &Path) -> Vec<Finding> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some(existing) = absolute.ancestors().find(|ancestor| ancestor.exists()) else {
        return vec![Finding::fail(
            "disk",
            format!("{} does not exist", path.display()),
            "make it, or choose another (--data)",
        )];
    };
    let shown = existing.display();
    if !existing.is_dir() {
        return vec![Finding::fail("disk", format!("{shown} is no directory"), "choose a directory (--data)")];
    }
    let may_write = match access(existing, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("disk", format!("{shown} can be written to")),
        Err(error) => Finding::fail(
            "disk",
            format!("{shown} cannot be written to: {error}"),
            "run as its owner, or choose another (--data)",
        ),
    };
    let space = match statvfs(existing).ok().and_then(|system| system.f_bavail.checked_mul(system.f_frsize)) {
        Some(free) if free < SPACE_NEEDED => Finding::fail(
            "disk",
            format!("{} KiB are free: a server needs a MiB to write anything", free >> 10),
            "make room, or choose another place (--data)",
        ),
        Some(free) if free < SPACE_LOW => Finding::warn(
            "disk",
            format!("{} MiB are free: a busy server writes that much in minutes", free >> 20),
            "make room, or choose another place (--data)",
        ),
        Some(free) => Finding::ok("disk", format!("{} GiB are free", free >> 30)),
        None => Finding::warn("disk", "the system does not say how much is free", "look at it with df"),
    };
    vec![may_write, space]
}

/// Settings of a database's server; an error is that it cannot be reached.
fn server(url: &str, timeout: Duration, mode: Mode) -> Result<Vec<Finding>, Finding> {
    let settings = store::server_settings(url, timeout).map_err(|error| {
        Finding::fail("database", error.to_string(), "start the server, or correct the address (--database)")
    })?;
    let value = |name: &str| settings.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let number = |name: &str| value(name).parse::<i64>().unwrap_or_default();
    let mut findings = vec![Finding::ok("database", format!("PostgreSQL {} answers", value("server_version")))];
    for name in ["fsync", "full_page_writes"] {
        findings.push(match (value(name), mode) {
            ("off", Mode::Production) => Finding::fail(
                "database",
                format!("{name} is off: a crash loses what was acknowledged"),
                format!("{name} = on"),
            ),
            ("off", Mode::Sandbox) => Finding::warn(
                "database",
                format!("{name} is off: a crash loses what was acknowledged"),
                format!("{name} = on, for real money"),
            ),
            (set, _) => Finding::ok("database", format!("{name} is {set}")),
        });
    }
    findings.push(match value("synchronous_commit") {
        set @ ("off" | "local") => Finding::ok(
            "database",
            format!("synchronous_commit is {set} by default; every session of a server sets it to on"),
        ),
        set => Finding::ok("database", format!("synchronous_commit is {set}")),
    });
    let (most, sessions) = (number("max_connections"), number("sessions"));
    findings.push(if most - sessions < SESSIONS {
        Finding::warn(
            "database",
            format!("{sessions} of {most} sessions are in use, and a server needs up to {SESSIONS}"),
            "raise max_connections, or end other sessions",
        )
    } else {
        Finding::ok("database", format!("{sessions} of {most} sessions are in use"))
    });
    Ok(findings)
}
