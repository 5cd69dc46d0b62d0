//! `daric wait`: until the server is ready.

use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use reqwest::StatusCode;
use serde_json::json;

use crate::client::Call;
use crate::failure::Failure;
use crate::server_flags::{ServerFlags, duration};
use crate::session::Session;

/// The pause between two looks: at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(2);

/// What `daric wait` takes.
#[derive(Args, Debug)]
pub struct Flags {
    #[command(flatten)]
    server: ServerFlags,
    /// How long to wait at most
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    timeout: Duration,
}

/// Waits until `/readyz` answers 200.
///
/// # Errors
/// [`Failure::InVain`] with the last reason when the time is over.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let (begun, mut pause) = (Instant::now(), PAUSES.0);
    loop {
        let reason = match session.client.send(Call::get("/readyz").within(LOOK)) {
            Ok(reply) if reply.status.is_success() => break,
            Ok(reply) if reply.status == StatusCode::NOT_FOUND => {
                "it answers 404: with --admin-listen, operators have an address of their own (--url)".to_owned()
            }
            Ok(reply) => format!("it answers {}: {}", reply.status, reply.text().unwrap_or_default().trim()),
            Err(Failure::Unreachable(why)) => why,
            Err(other) => return Err(other),
        };
        if begun.elapsed() + pause > flags.timeout {
            let base = session.client.base();
            return Err(Failure::InVain(format!("{base} was not ready within {:?}: {reason}", flags.timeout)));
        }
        sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
    }
    let base = session.client.base();
    if session.output.is_json() {
        let ready = json!({"ready": true, "url": base, "waitedMs": begun.elapsed().as_millis() as u64});
        return session.output.json(&ready.to_string());
    }
    crate::output::line(&format!("ready: {base}"))
}
