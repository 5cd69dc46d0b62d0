//! `daric logs` and `daric requests`: what the server was asked and what it answered.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::client::Call;
use crate::failure::Failure;
use crate::follow::follow;
use crate::ordered::{Members, plain};
use crate::output::{Tone, line};
use crate::server_flags::ServerFlags;
use crate::session::Session;

const REQUESTS: &str = "/admin/v1/requests";
const COLUMNS: [&str; 10] =
    ["id", "at", "dialect", "service", "method", "target", "status", "durationMs", "trackId", "struck"];

/// What `daric logs` takes.
#[derive(Args, Debug)]
pub struct LogFlags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(flatten)]
    filters: Filters,
    /// Prints each new request as it comes, until the program is stopped
    #[arg(long, short = 'f')]
    follow: bool,
}

#[derive(Args, Debug)]
struct Filters {
    /// Only requests of this dialect: finnotech, paystar, pod, sso, pages, sms or admin
    #[arg(long, value_name = "NAME")]
    dialect: Option<String>,
    /// Only requests of this service: the last part of its path, or POD's name of it
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only requests of this client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Only requests with this trackId
    #[arg(long, value_name = "TEXT")]
    track_id: Option<String>,
    /// Only requests about this order
    #[arg(long, value_name = "TEXT")]
    order_id: Option<String>,
    /// Only requests about this invoice
    #[arg(long, value_name = "NUMBER")]
    invoice: Option<String>,
    /// Only answers with this status: 200, or 4xx
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only requests that this fault, magic value or rule struck
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Only requests with a greater number than this
    #[arg(long, value_name = "ID", conflicts_with = "follow")]
    since: Option<i64>,
    /// Only requests with a smaller number than this
    #[arg(long, value_name = "ID", conflicts_with = "follow")]
    before: Option<i64>,
    /// The maximum number of rows; with --follow, of those that exist already
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

impl Filters {
    fn call(&self) -> Call {
        Call::get(REQUESTS)
            .maybe("dialect", self.dialect.as_ref())
            .maybe("service", self.service.as_ref())
            .maybe("client", self.client.as_ref())
            .maybe("trackId", self.track_id.as_ref())
            .maybe("orderId", self.order_id.as_ref())
            .maybe("invoice", self.invoice.as_ref())
            .maybe("status", self.status.as_ref())
            .maybe("fault", self.fault.as_ref())
            .maybe("since", self.since)
            .maybe("before", self.before)
    }
}

/// Lists requests, newest first, or follows them.
///
/// # Errors
/// The server does not answer, or is no sandbox.
pub fn logs(flags: &LogFlags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    if flags.follow {
        return follow(&session, &flags.filters.call(), flags.filters.limit, shown);
    }
    session.show(flags.filters.call().query("limit", flags.filters.limit), &COLUMNS)
}

fn shown(row: &Members) -> Vec<(String, Tone)> {
    let text = |name: &str| plain(row.get(name).unwrap_or(&Value::Null));
    let status = row.get("status").and_then(Value::as_u64).unwrap_or(0);
    let tone = match status {
        0..400 => Tone::Good,
        400..500 => Tone::Doubtful,
        500.. => Tone::Bad,
    };
    let struck = row.get("struck").and_then(|struck| struck["name"].as_str()).unwrap_or_default();
    vec![
        (text("id"), Tone::Dim),
        (text("at"), Tone::Dim),
        (text("status"), tone),
        (text("dialect"), Tone::Plain),
        (text("method"), Tone::Plain),
        (text("target"), Tone::Plain),
        (format!("{} ms", text("durationMs")), Tone::Dim),
        (struck.to_owned(), Tone::Doubtful),
    ]
}

/// What `daric requests` takes.
#[derive(Args, Debug)]
pub struct RequestFlags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Shows one request with its headers, its body and its answer
    #[command(after_long_help = "Examples:\n  daric requests show 17\n  daric requests show 17 --curl | sh")]
    Show {
        /// Its number, as `daric logs` shows it
        #[arg(value_name = "ID")]
        id: i64,
        /// Prints only a curl command that repeats it
        #[arg(long)]
        curl: bool,
    },
}

/// Shows a request.
///
/// # Errors
/// The server does not answer, is no sandbox, or does not have the request any more.
pub fn requests(flags: &RequestFlags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let Command::Show { id, curl } = &flags.command;
    let call = Call::get(format!("{REQUESTS}/{id}"));
    if !curl {
        return session.show(call, &[]);
    }
    let request: Members = session.client.done(call)?.json()?;
    match request.get("curl") {
        Some(curl) if session.output.is_json() => session.output.json(&curl.to_string()),
        Some(curl) => line(curl.as_str().unwrap_or_default()),
        None => Err(Failure::Refused("the server has no curl command for this request".to_owned())),
    }
}
