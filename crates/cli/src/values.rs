//! `daric values`: every magic value, and the objects of the demo world.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::value::RawValue;

use crate::client::Call;
use crate::failure::Failure;
use crate::ordered::Members;
use crate::output::line;
use crate::server_flags::ServerFlags;
use crate::session::Session;

/// What `daric values` takes.
#[derive(Args, Debug)]
pub struct Flags {
    #[command(flatten)]
    server: ServerFlags,
}

/// The lists in the order in which they are shown, with their titles. Others that the server has follow, by their names.
const TITLES: [(&str, &str); 5] = [
    ("trackIds", "TrackIds of transfers and charges begin with"),
    ("descriptions", "Descriptions of invoices begin with"),
    ("cardEndings", "Cards of other banks end with"),
    ("faults", "Faults (daric fault arm)"),
    ("demo", "Demo world"),
];

/// Prints all lists, each below its title.
///
/// # Errors
/// The server does not answer, or is no sandbox.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let reply = session.client.done(Call::get("/admin/v1/values"))?;
    if session.output.is_json() {
        return session.output.json(reply.text()?);
    }
    let mut lists: BTreeMap<String, &RawValue> = reply.json()?;
    let known = TITLES.iter().filter_map(|(name, title)| Some(((*title).to_owned(), lists.remove(*name)?)));
    let known: Vec<(String, &RawValue)> = known.collect();
    for (title, list) in known.into_iter().chain(lists) {
        // What is no list is for programs.
        if let Ok(rows) = serde_json::from_str::<Vec<Members>>(list.get()) {
            line(&title)?;
            session.output.rows(&rows, &[])?;
            line("")?;
        }
    }
    Ok(())
}
