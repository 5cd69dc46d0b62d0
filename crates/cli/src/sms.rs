//! `daric sms`: the sandbox's inbox.

use std::time::{Duration, Instant};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::client::Call;
use crate::failure::Failure;
use crate::follow::follow;
use crate::ordered::{Members, plain};
use crate::output::{Tone, line};
use crate::server_flags::{ServerFlags, duration};
use crate::session::Session;

const SMS: &str = "/admin/v1/sms";
const COLUMNS: [&str; 6] = ["id", "at", "to", "state", "otp", "text"];

/// What `daric sms` takes.
#[derive(Args, Debug)]
pub struct Flags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: List,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Lists SMS, newest first
    #[command(after_long_help = "Example:\n  daric sms list --to 09123456789 --limit 1 --json | jq -r '.[0].text'")]
    List(List),
    /// Waits for an SMS, and prints the newest
    #[command(after_long_help = "\
Example:
  CODE=$(daric sms wait --to 09123456789 --otp --timeout 10s)

Without --since an SMS that is there already is printed at once.")]
    Wait(Wait),
}

#[derive(Args, Debug)]
struct List {
    /// Only those to this mobile number
    #[arg(long, value_name = "MOBILE")]
    to: Option<String>,
    /// Only those in this state
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// The maximum number of rows; with --follow, of those that exist already
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Prints each new SMS as it comes, until the program is stopped
    #[arg(long, short = 'f')]
    follow: bool,
}

impl List {
    fn is_given(&self) -> bool {
        self.follow || self.to.is_some() || self.state.is_some()
    }
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum State {
    Queued,
    Sent,
    Dead,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }
}

#[derive(Args, Debug)]
struct Wait {
    /// Only an SMS to this mobile number
    #[arg(long, value_name = "MOBILE")]
    to: Option<String>,
    /// Only an SMS with a greater number than this; `now`: only one that comes from now on
    #[arg(long, value_name = "ID|now", value_parser = since)]
    since: Option<Since>,
    /// How long to wait at most
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    timeout: Duration,
    /// Prints only the code that it carries
    #[arg(long)]
    otp: bool,
}

#[derive(Clone, Copy, Debug)]
enum Since {
    Now,
    Number(i64),
}

fn since(text: &str) -> Result<Since, String> {
    match text {
        "now" => Ok(Since::Now),
        number => number.parse().map(Since::Number).map_err(|_| "a number, or now".to_owned()),
    }
}

/// Lists SMS, follows them, or waits for one.
///
/// # Errors
/// The server does not answer or refuses the call, or no SMS comes in time.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    match &flags.command {
        None => list(&session, &flags.list),
        Some(_) if flags.list.is_given() => {
            Err(Failure::Usage("--to, --state and --follow are written behind `list` or `wait`".to_owned()))
        }
        Some(Command::List(flags)) => list(&session, flags),
        Some(Command::Wait(flags)) => wait(&session, flags),
    }
}

fn list(session: &Session, flags: &List) -> Result<(), Failure> {
    let call = Call::get(SMS).maybe("to", flags.to.as_ref()).maybe("state", flags.state.map(State::name));
    if flags.follow {
        return follow(session, &call, flags.limit, shown);
    }
    session.show(call.query("limit", flags.limit), &COLUMNS)
}

fn shown(row: &Members) -> Vec<(String, Tone)> {
    let text = |name: &str| plain(row.get(name).unwrap_or(&Value::Null));
    vec![(text("at"), Tone::Dim), (text("to"), Tone::Plain), (text("otp"), Tone::Good), (text("text"), Tone::Plain)]
}

fn wait(session: &Session, flags: &Wait) -> Result<(), Failure> {
    let call = Call::get(SMS).maybe("to", flags.to.as_ref());
    let since = match flags.since {
        None => None,
        Some(Since::Number(number)) => Some(number),
        Some(Since::Now) => {
            let newest: Vec<Members> = session.client.done(call.clone().query("limit", 1))?.json()?;
            Some(newest.first().and_then(|row| row.get("id")).and_then(Value::as_i64).unwrap_or(0))
        }
    };
    let (until, mut since) = (Instant::now() + flags.timeout, since);
    loop {
        let call = call.clone().query("limit", 1).maybe("since", since);
        let Some(reply) = session.wait_for(&call, until.saturating_duration_since(Instant::now()))? else {
            let what = if flags.otp { "no SMS with a code" } else { "no SMS" };
            return Err(Failure::InVain(format!("{what} came within {:?}", flags.timeout)));
        };
        let rows: Vec<&RawValue> = reply.json()?;
        let newest = rows.first().map_or("{}", |row| row.get());
        if !flags.otp {
            return session.output.answer(newest, &[]);
        }
        let members: Members = serde_json::from_str(newest).unwrap_or_default();
        match members.get("otp") {
            Some(otp) if session.output.is_json() => return session.output.json(&otp.to_string()),
            Some(otp) => return line(&plain(otp)),
            // One that carries no code: the next one may.
            None => since = members.get("id").and_then(Value::as_i64),
        }
    }
}
