//! `daric fault` and `daric scenario`: arms what a sandbox does to calls.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::client::Call;
use crate::description::Description;
use crate::failure::Failure;
use crate::fields::object;
use crate::server_flags::{ServerFlags, iso_duration};
use crate::session::Session;

const FAULTS: &str = "/admin/v1/faults";
const SCENARIOS: &str = "/admin/v1/scenarios";

/// What `daric fault` takes.
#[derive(Args, Debug)]
pub struct FaultFlags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: FaultCommand,
}

#[derive(Subcommand, Debug)]
enum FaultCommand {
    /// Lists the armed faults
    #[command(after_long_help = "Example:\n  daric fault list --json | jq '.[].id'")]
    List,
    /// Arms a fault for calls to come, or does at once what it names
    #[command(after_long_help = "\
Examples:
  daric fault arm rail_timeout --amount 50000 --nth 3 --then failed --after 1h
  daric fault arm charge:B75 --client drops
  daric fault arm resolve:transfer-1:done

`daric values` lists all faults.")]
    Arm(Box<Rule>),
    /// Disarms a fault, or all
    #[command(after_long_help = "Example:\n  daric fault clear")]
    Clear {
        /// Its number; without one, all are disarmed
        #[arg(value_name = "ID")]
        id: Option<u64>,
    },
}

#[derive(Args, Debug)]
struct Rule {
    /// Which fault
    #[arg(value_name = "FAULT")]
    fault: String,
    /// Only calls of this service: the last part of its path
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Only calls of this client, or through this terminal
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Only calls whose trackId begins so
    #[arg(long, value_name = "PREFIX")]
    track_id: Option<String>,
    /// Only calls with this amount, in rials
    #[arg(long, value_name = "RIALS")]
    amount: Option<i64>,
    /// Only calls with this card
    #[arg(long, value_name = "NUMBER")]
    card: Option<String>,
    /// Only calls with this destination
    #[arg(long, value_name = "NUMBER")]
    destination: Option<String>,
    /// Strikes the nth such call
    #[arg(long, value_name = "N")]
    nth: Option<u64>,
    /// Strikes every such call from the nth on
    #[arg(long)]
    always: bool,
    /// How an undecided outcome ends: done or failed
    #[arg(long, value_name = "OUTCOME")]
    then: Option<String>,
    /// When it ends, or how long a delay lasts: 90s, 1h, PT10M
    #[arg(long, value_name = "DURATION", value_parser = iso_duration)]
    after: Option<String>,
    /// Why money comes back
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// A further field of the rule: name=value, or name:=JSON
    #[arg(short = 'd', long = "data", value_name = "FIELD=VALUE")]
    data: Vec<String>,
}

impl Rule {
    fn form(&self, description: &Description) -> Result<Value, Failure> {
        let operation = description.at(&Method::POST, FAULTS);
        let more = object(&self.data, operation.as_ref().and_then(|operation| operation.body.as_ref()))?;
        let fields = [
            ("fault", Some(json!(self.fault))),
            ("operation", self.operation.as_ref().map(|value| json!(value))),
            ("client", self.client.as_ref().map(|value| json!(value))),
            ("trackId", self.track_id.as_ref().map(|value| json!(value))),
            ("amount", self.amount.map(|value| json!(value))),
            ("card", self.card.as_ref().map(|value| json!(value))),
            ("destination", self.destination.as_ref().map(|value| json!(value))),
            ("nth", self.nth.map(|value| json!(value))),
            ("always", self.always.then_some(json!(true))),
            ("then", self.then.as_ref().map(|value| json!(value))),
            ("after", self.after.as_ref().map(|value| json!(value))),
            ("reason", self.reason.as_ref().map(|value| json!(value))),
        ];
        let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let given: Map<String, Value> = given.chain(more.as_object().cloned().into_iter().flatten()).collect();
        Ok(Value::Object(given))
    }
}

/// The part of the answer that is listed; the rest is for `daric values`.
#[derive(Deserialize)]
struct Armed<'a> {
    #[serde(borrow)]
    faults: &'a RawValue,
}

/// Lists, arms or disarms faults.
///
/// # Errors
/// The server does not answer, is no sandbox, or refuses the fault.
pub fn run(flags: &FaultFlags, description: &Description) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    match &flags.command {
        FaultCommand::List => {
            let reply = session.client.done(Call::get(FAULTS))?;
            session.output.answer(reply.json::<Armed<'_>>()?.faults.get(), &[])
        }
        FaultCommand::Arm(rule) => session.show(Call::post(FAULTS, &rule.form(description)?), &[]),
        FaultCommand::Clear { id: Some(id) } => {
            session.acknowledge(Call::new(Method::DELETE, format!("{FAULTS}/{id}")), "disarmed")
        }
        FaultCommand::Clear { id: None } => session.acknowledge(Call::new(Method::DELETE, FAULTS), "all disarmed"),
    }
}

/// What `daric scenario` takes.
#[derive(Args, Debug)]
pub struct ScenarioFlags {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: ScenarioCommand,
}

#[derive(Subcommand, Debug)]
enum ScenarioCommand {
    /// Lists the scenarios and their fields
    #[command(after_long_help = "Example:\n  daric scenario list")]
    List,
    /// Arms the steps of a scenario
    #[command(after_long_help = "Example:\n  daric scenario arm NAME -d client=drops")]
    Arm {
        /// Its name, as the list has it
        #[arg(value_name = "NAME")]
        scenario: String,
        /// A field of the scenario: name=value, or name:=JSON
        #[arg(short = 'd', long = "data", value_name = "FIELD=VALUE")]
        data: Vec<String>,
    },
}

/// Lists scenarios, or arms one.
///
/// # Errors
/// The server does not answer, is no sandbox, or refuses the scenario.
pub fn run_scenario(flags: &ScenarioFlags, description: &Description) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    match &flags.command {
        ScenarioCommand::List => session.show(Call::get(SCENARIOS), &[]),
        ScenarioCommand::Arm { scenario, data } => {
            let operation = description.at(&Method::POST, SCENARIOS);
            let mut form = object(data, operation.as_ref().and_then(|operation| operation.body.as_ref()))?;
            form["scenario"] = json!(scenario);
            session.show(Call::post(SCENARIOS, &form), &[])
        }
    }
}
