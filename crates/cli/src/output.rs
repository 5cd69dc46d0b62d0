//! What is printed on standard output: JSON, a table for people, or lines for other programs.
//!
//! Shape: `--json` prints what the server sent. Without it, a terminal gets tables, and a pipe gets lines of values between tabs, below a line with
//! their names. Colours are for terminals, and not where `NO_COLOR` is set.

use std::io::{IsTerminal, Write, stdout};

use anstyle::{AnsiColor, Style};
use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use serde_json::Value;

use crate::failure::Failure;
use crate::ordered::{Members, plain};

/// In which form results are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Json,
    Table,
    Lines,
}

/// Prints results.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    form: Form,
    coloured: bool,
}

impl Output {
    /// The output of a command; `json` is its flag `--json`.
    pub fn new(json: bool) -> Self {
        let form = match (json, stdout().is_terminal()) {
            (true, _) => Form::Json,
            (false, true) => Form::Table,
            (false, false) => Form::Lines,
        };
        Self { form, coloured: form == Form::Table && colours_are_wanted() }
    }

    /// Whether the result is printed as JSON.
    pub fn is_json(&self) -> bool {
        self.form == Form::Json
    }

    /// Prints a JSON value as it was sent, on one line.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub fn json(&self, text: &str) -> Result<(), Failure> {
        line(text.trim())
    }

    /// Prints an answer of the server: a list as a table, an object as names and values.
    ///
    /// # Errors
    /// Standard output cannot be written to, or the answer is no JSON.
    pub fn answer(&self, text: &str, columns: &[&str]) -> Result<(), Failure> {
        if self.is_json() {
            return self.json(text);
        }
        let unexpected =
            |error: serde_json::Error| Failure::Refused(format!("the answer has an unexpected form: {error}"));
        match text.trim_start().as_bytes().first() {
            Some(b'[') => self.rows(&serde_json::from_str::<Vec<Members>>(text).map_err(unexpected)?, columns),
            Some(b'{') => self.members(&serde_json::from_str(text).map_err(unexpected)?),
            _ => line(text.trim()),
        }
    }

    /// Prints rows. Without columns, those of the rows.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub fn rows(&self, rows: &[Members], columns: &[&str]) -> Result<(), Failure> {
        let columns: Vec<&str> = match columns {
            // Versions are for programs, which read JSON or lines.
            [] => names(rows).into_iter().filter(|name| self.form != Form::Table || *name != "version").collect(),
            named => named.iter().copied().filter(|name| rows.iter().any(|row| row.get(name).is_some())).collect(),
        };
        let cells = |row: &Members| -> Vec<String> {
            columns.iter().map(|name| plain(row.get(name).unwrap_or(&Value::Null))).collect()
        };
        match self.form {
            _ if rows.is_empty() => Ok(()),
            Form::Table => {
                let mut table = table();
                table.set_header(columns.iter().map(|name| heading(name)));
                for row in rows {
                    table.add_row(cells(row));
                }
                line(table.to_string().trim_end())
            }
            Form::Json | Form::Lines => {
                line(&columns.join("\t"))?;
                rows.iter().try_for_each(|row| line(&cells(row).join("\t")))
            }
        }
    }

    /// Prints the members of an object below each other.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub fn members(&self, members: &Members) -> Result<(), Failure> {
        if self.form == Form::Table {
            let mut table = table();
            for (name, value) in &members.0 {
                table.add_row(vec![heading(name), Cell::new(plain(value))]);
            }
            return line(table.to_string().trim_end());
        }
        members.0.iter().try_for_each(|(name, value)| line(&format!("{name}\t{}", plain(value))))
    }

    /// Prints one row of a list that is followed: JSON as it was sent, or these values of it.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub fn followed(&self, sent: &str, values: &[(String, Tone)]) -> Result<(), Failure> {
        if self.is_json() {
            return self.json(sent);
        }
        let between = if self.form == Form::Table { "  " } else { "\t" };
        let texts: Vec<String> = values.iter().map(|(text, tone)| self.toned(text, *tone)).collect();
        line(texts.join(between).trim_end())
    }

    /// A text in the colour of its tone, where colours are wanted.
    pub fn toned(&self, text: &str, tone: Tone) -> String {
        match (self.coloured, tone.style()) {
            (true, Some(style)) => format!("{style}{text}{style:#}"),
            _ => text.to_owned(),
        }
    }
}

/// What a value says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// It is as wanted.
    Good,
    /// Worth a look.
    Doubtful,
    /// It failed.
    Bad,
    /// Less important than the others.
    Dim,
}

impl Tone {
    fn style(self) -> Option<Style> {
        Some(match self {
            Self::Plain => return None,
            Self::Good => AnsiColor::Green.on_default(),
            Self::Doubtful => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Dim => Style::new().dimmed(),
        })
    }
}

/// Whether the environment allows colours (<https://no-color.org>).
fn colours_are_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// Columns of the narrowest terminal for which tables are folded.
const NARROWEST: u16 = 20;
/// Columns of a terminal that does not say how many it has.
const USUAL: u16 = 120;

fn table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    // A terminal that does not know its width says 0.
    if table.width().is_none_or(|width| width < NARROWEST) {
        table.set_width(USUAL);
    }
    table
}

fn heading(name: &str) -> Cell {
    let cell = Cell::new(name);
    if colours_are_wanted() { cell.add_attribute(Attribute::Bold) } else { cell }
}

/// The names of all members of some rows, in the order of their first appearance.
fn names(rows: &[Members]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.0) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// Prints a line.
///
/// # Errors
/// Standard output cannot be written to.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Failure::of_output(&error))
}

/// Prints bytes as they are.
///
/// # Errors
/// Standard output cannot be written to.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| Failure::of_output(&error))
}
