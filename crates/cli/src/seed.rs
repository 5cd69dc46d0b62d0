//! `daric seed`: the objects of a world file, in a sandbox that runs.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::client::{Call, LONG_WORK};
use crate::failure::Failure;
use crate::server_flags::ServerFlags;
use crate::session::Session;

/// What `daric seed` takes.
#[derive(Args, Debug)]
pub struct Flags {
    #[command(flatten)]
    server: ServerFlags,
    /// World file (TOML), as `daric serve --world` takes it
    file: PathBuf,
}

/// Makes all objects of the file, or none.
///
/// # Errors
/// The file is no TOML; or the server does not answer, is no sandbox, or refuses an entry.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&flags.file).map_err(|error| Failure::of_file(&flags.file, &error))?;
    let world: Value = toml::from_str(&text).map_err(|error| {
        let line =
            error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
        Failure::Refused(format!("{}: line {line}: {}", flags.file.display(), error.message()))
    })?;
    let lists = world.as_object().into_iter().flat_map(|lists| lists.values());
    let entries: usize = lists.filter_map(Value::as_array).map(Vec::len).sum();
    let session = Session::new(&flags.server)?;
    let call = Call::post("/admin/v1/world", &world).within(LONG_WORK);
    let made = if entries == 1 { "made 1 object".to_owned() } else { format!("made {entries} objects") };
    session.acknowledge(call, &made)
}
