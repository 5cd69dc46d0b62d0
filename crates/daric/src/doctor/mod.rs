//! `daric doctor`: what keeps a server from starting, or from keeping its promises, on this machine with these settings.
//!
//! Shape: `given.rs` says who set what, `machine.rs`, `ports.rs` and `stores.rs` look, each result is a [`Finding`], and `bundle.rs` packs everything
//! without the secrets (`secrets.rs`). Nothing is changed, and a server may be running.

mod bundle;
mod certificate;
mod finding;
mod given;
mod machine;
mod ports;
mod report;
mod secrets;
mod stores;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, Args};
use cli::failure::Failure;
use cli::output::{Output, line};

use crate::settings::{self, Settings};
use finding::Finding;
use given::Given;
use machine::ClockWatch;
use report::Report;
use secrets::Secrets;

/// Examples for the help text.
pub const EXAMPLES: &str = "\
Examples:
  daric doctor --demo
  daric doctor --config /etc/daric.toml --bundle report.tar.gz

It takes the settings of `daric serve`. Each line is: ok, warn or fail; what was looked at; why → what to do.
The bundle has these lines, the settings without secrets, versions, and of a running server its metrics and the
outlines of its last requests.";

/// What `daric doctor` takes.
#[derive(Args)]
#[group(id = "doctor")]
pub struct Flags {
    #[command(flatten)]
    serve: settings::Flags,
    /// Certificates (PEM) to trust beside the system's, where a running server is asked by https
    #[arg(long, env = "DARIC_CACERT", value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Writes a new archive to send with a question, without secrets
    #[arg(long, value_name = "FILE.tar.gz")]
    bundle: Option<PathBuf>,
    /// Prints one JSON value
    #[arg(long)]
    json: bool,
}

/// Looks, prints and packs. `given` are the arguments of this command, `program` is the whole command line.
pub fn doctor(flags: Flags, given: &ArgMatches, program: &clap::Command) -> ExitCode {
    let Flags { serve, cacert, bundle, json } = flags;
    let given = Given::of(given, program);
    let secrets = Secrets::of(&given);
    let (report, servers) = examine(serve, &given, cacert);
    let printed = print(&report, &secrets, Output::new(json));
    let packed = bundle.as_deref().map_or(Ok(()), |path| bundle::write(path, &report, &servers, &secrets));
    match printed.and(packed) {
        Err(failure) => cli::report(&failure),
        Ok(()) if report.has_failed() => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
    }
}

/// All findings, and the servers that were met.
fn examine(serve: settings::Flags, given: &Given, cacert: Option<PathBuf>) -> (Report, Vec<cli::client::Client>) {
    let watch = ClockWatch::start();
    let mut findings = given.findings();
    let mut servers = Vec::new();
    match Settings::gather(serve) {
        Err(error) => findings.push(Finding::fail(
            "settings",
            error.to_string(),
            "correct this setting; docs/settings.md has them all",
        )),
        Ok(settings) => {
            findings.push(Finding::ok("settings", format!("they can be used: {:?}", settings.mode).to_lowercase()));
            findings.extend(settings.tls.as_ref().map(|tls| certificate::look(&tls.certificate)));
            findings.extend(ports::look(&settings, cacert, &mut servers));
            findings.extend(stores::look(&settings));
        }
    }
    findings.extend(machine::look());
    findings.push(watch.finding());
    (Report { findings, settings: given.settings().to_vec() }, servers)
}

fn print(report: &Report, secrets: &Secrets, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&secrets.removed_from(&report.json().to_string()));
    }
    for finding in &report.findings {
        let shown = secrets.removed_from(&finding.to_string());
        let rest = shown.strip_prefix(finding.level.name()).unwrap_or(&shown).to_owned();
        line(&format!("{}{rest}", output.toned(finding.level.name(), finding.level.tone())))?;
    }
    Ok(())
}
