//! `daric admin`: one command for each operation of the operator API, made from its description.
//!
//! Shape: [`with_operations`] adds a command for each operation; [`Invocation`] is the one that was chosen, with its arguments. The commands are added
//! only when `admin` is used (`clap::Command::defer`), so that other commands do not build the description.

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::client::{Call, FORM, LONG_WORK};
use crate::description::{Body, Description, Operation, Parameter, Place};
use crate::failure::Failure;
use crate::fields::BodyFlags;
use crate::output::bytes;
use crate::server_flags::ServerFlags;
use crate::session::Session;

/// Flags that every operation has: a parameter of such a name gets another one.
const TAKEN: [&str; 7] = ["url", "token", "cacert", "json", "body", "data", "help"];

/// The operation that was chosen, and its arguments.
#[derive(Debug)]
pub struct Invocation {
    server: ServerFlags,
    name: String,
    arguments: ArgMatches,
}

impl FromArgMatches for Invocation {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let server = ServerFlags::from_arg_matches(matches)?;
        let (name, arguments) = matches.subcommand().ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self { server, name: name.to_owned(), arguments: arguments.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Invocation {
    fn augment_args(command: Command) -> Command {
        ServerFlags::augment_args(command).subcommand_required(true).arg_required_else_help(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The command `admin` with all operations.
pub fn with_operations(command: Command, description: &Description) -> Command {
    command.subcommands(description.of_operators().map(|operation| of_operation(&operation)))
}

/// The name of an operation's command, and of a parameter's flag: `listAccounts` is `list-accounts`.
pub fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() && !kebab.ends_with('-') {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

fn of_operation(operation: &Operation) -> Command {
    let name = kebab(&operation.id);
    let alias = Some(operation.id.clone()).filter(|id| *id != name);
    let command = Command::new(name).aliases(alias);
    // Its arguments bring a text about themselves, which the one below replaces.
    let command = match operation.body {
        Some(_) => BodyFlags::augment_args(command),
        None => command,
    };
    let command = command
        .about(operation.about.trim_end_matches('.').to_owned())
        .long_about(format!("{}\n\n{} {}", operation.about, operation.method, operation.path))
        .after_long_help(help(operation));
    command.args(operation.parameters.iter().map(of_parameter))
}

fn flag(parameter: &Parameter) -> String {
    let name = kebab(&parameter.name);
    if TAKEN.contains(&name.as_str()) { format!("with-{name}") } else { name }
}

fn of_parameter(parameter: &Parameter) -> Arg {
    let name = flag(parameter);
    let arg = Arg::new(id(parameter))
        .value_name(name.to_ascii_uppercase().replace('-', "_"))
        .long(name)
        .help(parameter.about.trim_end_matches('.').to_owned())
        .required(parameter.is_required);
    match parameter.values[..] {
        [] => arg,
        [..] => arg.value_parser(PossibleValuesParser::new(parameter.values.clone())),
    }
}

/// The id of a parameter's argument, apart from those of the common flags.
fn id(parameter: &Parameter) -> String {
    format!("parameter {}", parameter.name)
}

fn help(operation: &Operation) -> String {
    let mut example = format!("  daric admin {}", kebab(&operation.id));
    for parameter in operation.parameters.iter().filter(|parameter| parameter.is_required) {
        let value = parameter.values.first().cloned().unwrap_or_else(|| parameter.name.to_ascii_uppercase());
        example.push_str(&format!(" --{} {value}", flag(parameter)));
    }
    let Some(body) = &operation.body else { return format!("Example:\n{example}") };
    if body.kind != FORM {
        example.push_str(&format!(" --body '{}'", body.example()));
    }
    format!("Fields of the body:\n{}\nExample:\n{example}", fields(body))
}

fn fields(body: &Body) -> String {
    let lines = body.fields.iter().map(|field| {
        let required = if field.is_required { ", required" } else { "" };
        format!("  {} ({}{required})  {}", field.name, field.shape.name(), field.about).trim_end().to_owned() + "\n"
    });
    lines.collect()
}

/// Runs the chosen operation.
///
/// # Errors
/// The server does not answer, or refuses the call.
pub fn run(invocation: &Invocation, description: &Description) -> Result<(), Failure> {
    let Invocation { server, name, arguments } = invocation;
    let operation = description.of_operators().find(|operation| kebab(&operation.id) == *name);
    let operation = operation.ok_or_else(|| Failure::Usage(format!("{name} is no operation")))?;
    let value = |parameter: &Parameter| arguments.get_one::<String>(&id(parameter)).cloned();
    let in_path = |name: &str| {
        let mut all = operation.parameters.iter();
        all.find(|parameter| parameter.place == Place::Path && parameter.name == name).and_then(value)
    };
    let mut call = Call::new(operation.method.clone(), operation.path_with(in_path)).within(LONG_WORK);
    for parameter in &operation.parameters {
        call = match (parameter.place, value(parameter)) {
            (_, None) | (Place::Path, Some(_)) => call,
            (Place::Query, Some(value)) => call.query(&parameter.name, value),
            (Place::Header, Some(value)) => call.header(&parameter.name, &value),
        };
    }
    if let Some(body) = &operation.body {
        let given = BodyFlags::from_arg_matches(arguments).map_err(|error| Failure::Usage(error.to_string()))?;
        if let Some((kind, bytes)) = given.bytes(Some(body))? {
            call = call.body(kind, bytes);
        }
    }
    let session = Session::new(server)?;
    let reply = session.client.done(call)?;
    match (reply.kind.as_str(), reply.body.is_empty()) {
        (_, true) if session.output.is_json() => session.output.json(r#"{"status":"done"}"#),
        (_, true) => crate::output::line("done"),
        (crate::client::JSON, false) => session.output.answer(reply.text()?, &[]),
        (_, false) => bytes(&reply.body),
    }
}

#[cfg(test)]
mod tests {
    use super::kebab;

    #[test]
    fn names_of_commands_are_those_of_the_operations_in_small_letters() {
        for (name, wanted) in [
            ("listAccounts", "list-accounts"),
            ("trackId", "track-id"),
            ("If-Match", "if-match"),
            ("getPOSTerminal", "get-p-o-s-terminal"),
            ("reset", "reset"),
        ] {
            assert_eq!(kebab(name), wanted);
        }
    }
}
