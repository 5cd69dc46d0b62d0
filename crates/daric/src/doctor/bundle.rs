//! An archive to send with a question: what was found, without secrets.
//!
//! Of requests there are outlines only: no path, no header, no body. Every text passes [`Secrets`] last, whatever it is made of.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use cli::client::{Call, Client};
use cli::failure::Failure;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};
use tar::{Builder, Header};

use super::report::Report;
use super::secrets::Secrets;

/// The directory in the archive.
const FOLDER: &str = "daric-doctor";
/// What of a request is packed.
const OUTLINE: [&str; 9] = ["id", "at", "dialect", "service", "method", "route", "status", "durationMs", "struck"];
/// How many requests.
const REQUESTS: u32 = 100;

/// Writes the archive as a new file that only its owner may read.
///
/// # Errors
/// The file exists, or cannot be written.
pub fn write(path: &Path, report: &Report, servers: &[Client], secrets: &Secrets) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::of_file(path, &error);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut archive = Builder::new(GzEncoder::new(file, Compression::default()));
    for (name, text) in texts(report, servers) {
        add(&mut archive, name, &secrets.removed_from(&text)).map_err(failed)?;
    }
    let file = archive.into_inner().and_then(GzEncoder::finish).map_err(failed)?;
    file.sync_all().map_err(failed)
}

fn texts(report: &Report, servers: &[Client]) -> Vec<(&'static str, String)> {
    let mut texts = vec![
        ("doctor.txt", report.text()),
        ("doctor.json", format!("{:#}\n", report.json())),
        ("versions.txt", versions()),
    ];
    for server in servers {
        texts.extend(text_of(server, "/readyz").map(|text| ("readyz.json", text)));
        texts.extend(text_of(server, "/metrics").map(|text| ("metrics.txt", text)));
        texts.extend(requests(server).map(|text| ("requests.ndjson", text)));
    }
    texts
}

fn versions() -> String {
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("unknown");
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (version, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let schemas = store::SCHEMAS.map(|(engine, schema)| format!("schema {schema} on {engine}\n")).concat();
    format!("daric {version}\n{schemas}system {system}\nkernel {}\narchitecture {arch}\n", kernel.trim())
}

/// What a server answers; a server that does not answer any more has nothing to add.
fn text_of(server: &Client, path: &str) -> Option<String> {
    server.send(Call::get(path)).ok().and_then(|reply| reply.text().ok().map(str::to_owned))
}

/// The outlines of the last requests; production has none.
fn requests(server: &Client) -> Option<String> {
    let reply = server.done(Call::get("/admin/v1/requests").query("limit", REQUESTS)).ok()?;
    let rows: Vec<Map<String, Value>> = reply.json().ok()?;
    let outlines = rows.into_iter().map(|row| {
        let outline: Map<String, Value> =
            row.into_iter().filter(|(name, _)| OUTLINE.contains(&name.as_str())).collect();
        format!("{}\n", Value::Object(outline))
    });
    Some(outlines.collect())
}

fn add(archive: &mut Builder<impl Write>, name: &str, text: &str) -> std::io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, format!("{FOLDER}/{name}"), text.as_bytes())
}
