//! Which settings there are, and who set each: a flag, a variable, the file, or the default.
//!
//! A flag whose value help texts hide (`hide_env_values`) is a secret. Of the file, a key is shown if it is that of a flag that is no secret, or one
//! of [`SHOWN`]; all others are secrets, so that a new key is hidden until it is known to be none.

use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};
use toml::{Table, Value as InFile};

use super::finding::Finding;

/// Keys of the file that no flag has, and that are no secrets.
const SHOWN: [&str; 7] =
    ["day_close", "hangup", "otps_per_minute", "sender", "sequence", "sms_inbound_from", "tax_rate"];
/// Where help texts say the default.
const DEFAULT: (&str, char) = ("[default: ", ']');

/// Who set a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A flag.
    Flag,
    /// This environment variable.
    Variable(String),
    /// The settings file.
    File,
    /// Nothing did.
    Default,
}

/// A setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    name: String,
    /// `None`: a secret, or a default that depends on other settings.
    value: Option<String>,
    source: Source,
}

impl Setting {
    /// As JSON.
    pub fn json(&self) -> Value {
        let from = match &self.source {
            Source::Flag => "flag".to_owned(),
            Source::Variable(name) => format!("variable {name}"),
            Source::File => "file".to_owned(),
            Source::Default => "default".to_owned(),
        };
        json!({"name": self.name, "value": self.value, "from": from})
    }

    fn finding(&self) -> Finding {
        let value = self.value.as_deref().unwrap_or("(hidden)");
        let by = match &self.source {
            Source::Flag => "flag".to_owned(),
            Source::Variable(name) => format!("variable {name}"),
            Source::File => "file".to_owned(),
            Source::Default => "default".to_owned(),
        };
        Finding::ok("setting", format!("{} = {value} ({by})", self.name))
    }
}

/// All settings, and the secrets among their values.
pub struct Given {
    settings: Vec<Setting>,
    /// Values that are secrets, as they were given.
    pub secrets: Vec<String>,
    /// Files that have keys in them.
    pub key_files: Vec<PathBuf>,
}

impl Given {
    /// The settings that the arguments of `daric doctor`, the environment and the settings file give.
    pub fn of(matches: &ArgMatches, program: &Command) -> Self {
        let (mut secrets, mut key_files) = (Vec::new(), Vec::new());
        let mut in_file = Vec::new();
        if let Some(file) = matches.get_one::<PathBuf>("config").and_then(|path| read(path)) {
            flatten("", &file, &mut in_file);
        }
        let serve = program.find_subcommand("serve").into_iter().flat_map(|serve| serve.get_arguments());
        let flags: Vec<&Arg> = serve.filter(|arg| arg.get_id() != "help").collect();
        let mut settings = Vec::new();
        for arg in &flags {
            let id = arg.get_id().as_str();
            let raw = || {
                let values = matches.get_raw(id).into_iter().flatten();
                values.map(|value| value.to_string_lossy().into_owned()).collect::<Vec<_>>().join(",")
            };
            let source = match matches.value_source(id) {
                Some(ValueSource::CommandLine) => Source::Flag,
                Some(ValueSource::EnvVariable) => {
                    Source::Variable(arg.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
                }
                _ if in_file.iter().any(|(name, _)| flag_of(name) == id) => continue,
                _ => Source::Default,
            };
            let value = match source {
                Source::Default => default_of(arg),
                _ if arg.is_hide_env_values_set() => {
                    secrets.push(raw());
                    None
                }
                _ => Some(raw()),
            };
            settings.push(Setting { name: id.to_owned(), value, source });
        }
        for (name, value) in in_file {
            let flag = flags.iter().find(|arg| arg.get_id() == flag_of(&name));
            let is_shown = match flag {
                Some(arg) => !arg.is_hide_env_values_set(),
                None => SHOWN.contains(&flag_of(&name)),
            };
            if !is_shown {
                secrets.push(value.clone());
            }
            if flag.is_some_and(|arg| settings.iter().any(|setting| arg.get_id() == setting.name.as_str())) {
                // A flag or a variable has precedence.
                continue;
            }
            settings.push(Setting { name, value: is_shown.then_some(value), source: Source::File });
        }
        for setting in settings.iter().filter(|setting| flag_of(&setting.name) == "key_file") {
            key_files.extend(setting.value.as_deref().filter(|_| setting.source != Source::Default).map(PathBuf::from));
        }
        Self { settings, secrets, key_files }
    }

    /// All settings.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// A line for each setting that was set, and one for all others.
    pub fn findings(&self) -> Vec<Finding> {
        let (defaults, set): (Vec<&Setting>, Vec<&Setting>) =
            self.settings.iter().partition(|setting| setting.source == Source::Default);
        let mut findings: Vec<Finding> = set.into_iter().map(Setting::finding).collect();
        let shown = defaults.iter().map(|setting| match &setting.value {
            Some(value) => format!("{} = {value}", setting.name),
            None => setting.name.clone(),
        });
        findings.push(Finding::ok("defaults", shown.collect::<Vec<_>>().join(", ")));
        findings
    }
}

/// The flag that sets the same as a key of the file.
fn flag_of(name: &str) -> &str {
    match name {
        "agi.listen" => "agi",
        name => name.rsplit('.').next().unwrap_or(name),
    }
}

/// The default of a flag, as its help text has it.
fn default_of(arg: &Arg) -> Option<String> {
    let help = arg.get_help()?.to_string();
    let (_, default) = help.split_once(DEFAULT.0)?;
    default.rsplit_once(DEFAULT.1).map(|(default, _)| default.to_owned())
}

/// The settings file; `None`: it cannot be read. [`crate::settings::Settings::gather`] says why.
fn read(path: &Path) -> Option<Table> {
    std::fs::read_to_string(path).ok()?.parse().ok()
}

/// The keys of a table with those of its tables: `finnotech.paya_rules`.
fn flatten(above: &str, table: &Table, found: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            InFile::Table(table) => flatten(&name, table, found),
            other => found.push((name, text(other))),
        }
    }
}

fn text(value: &InFile) -> String {
    match value {
        InFile::String(text) => text.clone(),
        InFile::Integer(number) => number.to_string(),
        InFile::Float(number) => number.to_string(),
        InFile::Boolean(truth) => truth.to_string(),
        InFile::Datetime(at) => at.to_string(),
        InFile::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(","),
        InFile::Table(table) => table.values().map(text).collect::<Vec<_>>().join(","),
    }
}
