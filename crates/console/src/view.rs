//! The parts of which pages of the console consist; one template renders them.

use askama::Template;
use text::number::compact;
use wire::field::is_card;

use edge::form::Query;
use web::Frame;

/// The meaning of a colour; the text beside it says the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    Plain,
    Good,
    Hint,
    Bad,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "good",
            Self::Hint => "hint",
            Self::Bad => "bad",
        }
    }
}

/// The content of a table cell.
#[derive(Clone, Debug)]
pub enum Cell {
    Text(String),
    /// Always left to right: numbers, codes.
    Code(String),
    /// An instant, which may be broken between its two calendars.
    At(String),
    /// An amount or a count, aligned with those of other rows.
    Number(String),
    /// The number of a row, and how it is shown. Rows are numbered in the order in which they are made.
    RowNumber(i64, String),
    /// A code that may be longer than a line.
    Long(String),
    Link(String, String),
    Badge(String, Tone),
    Form(Form),
    Forms(Vec<Form>),
}

impl Cell {
    pub fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    pub fn code(text: impl ToString) -> Self {
        Self::Code(text.to_string())
    }

    pub fn at(text: impl ToString) -> Self {
        Self::At(text.to_string())
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// Whether it has an amount or a count with separators of thousands.
    fn is_grouped(&self) -> bool {
        match self {
            Self::Number(text) | Self::Code(text) => is_quantity(text) && text.contains(GROUPING),
            _ => false,
        }
    }

    pub fn number(text: impl ToString) -> Self {
        Self::Number(text.to_string())
    }

    pub fn link(text: impl ToString, to: impl Into<String>) -> Self {
        Self::Link(text.to_string(), to.into())
    }
}

/// Separators of thousands in both languages.
const GROUPING: [char; 2] = [',', '٬'];

/// Whether a text is an amount, a count or a share as pages write them. Numbers of rows, cards and telephones are none: they have more than three
/// digits in a row, or begin with a zero.
fn is_quantity(text: &str) -> bool {
    let is_sign = |c: char| matches!(c, '-' | '−' | '+' | '%' | '٪' | '\u{200e}' | '\u{200f}' | ' ');
    let plain = text.trim_matches(is_sign);
    let mut parts = plain.split(['.', '٫']);
    let whole = parts.next().unwrap_or_default();
    let are_digits = |part: &str| !part.is_empty() && part.chars().all(|c| numeral_of(c).is_some());
    let begins_with_zero = whole.chars().count() > 1 && whole.chars().next().and_then(numeral_of) == Some(0);
    let groups_fit = whole.split(GROUPING).all(|group| are_digits(group) && group.chars().count() <= 3);
    groups_fit && !begins_with_zero && parts.next().is_none_or(are_digits) && parts.next().is_none()
}

/// The value of a digit, in either script.
fn numeral_of(c: char) -> Option<u32> {
    match c {
        '۰'..='۹' => Some(u32::from(c) - u32::from('۰')),
        c => c.to_digit(10),
    }
}

/// Aligns the columns of tables that have only quantities, where a page has made codes of them.
pub fn align_numbers(parts: &mut [Part]) {
    for part in parts {
        let Part::Table { rows, .. } = part else { continue };
        if !rows.iter().flatten().any(Cell::is_grouped) {
            continue;
        }
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        // The first column names the row.
        for column in 1..columns {
            let fits = |cell: &Cell| match cell {
                Cell::Number(_) => true,
                Cell::Code(text) | Cell::Text(text) => text.is_empty() || text == "—" || is_quantity(text),
                _ => false,
            };
            let is_code = |cell: &Cell| matches!(cell, Cell::Code(text) if !text.is_empty());
            let has_others = !rows.iter().filter_map(|row| row.get(column)).all(fits);
            if has_others || !rows.iter().filter_map(|row| row.get(column)).any(is_code) {
                continue;
            }
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(column)) {
                if let Cell::Code(text) = cell {
                    *cell = Cell::Number(std::mem::take(text));
                }
            }
        }
    }
}

/// A field of a form.
#[derive(Clone, Debug)]
pub enum Field {
    /// What is wrong with what was sent; it is at the head of its form.
    Wrong(String),
    Hidden(&'static str, String),
    /// Name, label, value, placeholder.
    Text(&'static str, String, String, String),
    Password(&'static str, String),
    /// Name, label, choices (value, label), the chosen one.
    Choice(&'static str, String, Vec<(String, String)>, String),
}

/// A form that changes something.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<Field>,
    pub button: String,
    pub tone: Tone,
    pub csrf: String,
}

impl Field {
    /// The name of the field; `None`: it is not sent.
    fn name(&self) -> Option<&'static str> {
        match self {
            Self::Wrong(_) => None,
            Self::Hidden(name, _) | Self::Text(name, ..) | Self::Password(name, _) | Self::Choice(name, ..) => {
                Some(*name)
            }
        }
    }
}

/// The hidden field with the version of the row that a form changes.
const VERSION: &str = "version";

impl Form {
    /// Whether a browser has sent this form: all its fields are there, the hidden ones with their values. The version may be another one by now.
    fn is_sent(&self, path: &str, sent: &Query) -> bool {
        self.action == path
            && !self.csrf.is_empty()
            && self.fields.iter().all(|field| match field {
                Field::Hidden(VERSION, _) => sent.raw(VERSION).is_some(),
                Field::Hidden(name, value) => sent.raw(name) == Some(value.as_str()),
                other => other.name().is_none_or(|name| sent.raw(name).is_some()),
            })
    }

    /// Puts back what was typed, and says what is wrong with it. Passwords and numbers of cards are typed again. If the row has changed since the form
    /// was shown, its present values are shown: the operator has to see them.
    fn refill(&mut self, sent: &Query, why: &str) {
        let is_stale =
            |field: &Field| matches!(field, Field::Hidden(VERSION, now) if sent.raw(VERSION) != Some(now.as_str()));
        if !self.fields.iter().any(is_stale) {
            for field in &mut self.fields {
                match field {
                    Field::Text(name, _, value, _) => {
                        let typed = sent.raw(name).filter(|typed| !is_card(&compact(typed), false));
                        *value = typed.unwrap_or_default().to_owned();
                    }
                    Field::Choice(name, _, choices, chosen) => {
                        let typed = sent.raw(name).filter(|typed| choices.iter().any(|(value, _)| value == typed));
                        *chosen = typed.unwrap_or(chosen).to_owned();
                    }
                    Field::Wrong(_) | Field::Hidden(..) | Field::Password(..) => {}
                }
            }
        }
        self.fields.insert(0, Field::Wrong(why.to_owned()));
    }
}

/// Puts what was sent to `path` back into its form, if the parts have it.
pub fn refill(parts: &mut [Part], path: &str, sent: &Query, why: &str) {
    let mut forms: Vec<&mut Form> = Vec::new();
    for part in parts {
        match part {
            Part::Forms(_, all) => forms.extend(all),
            Part::Table { rows, .. } => {
                for cell in rows.iter_mut().flatten() {
                    match cell {
                        Cell::Form(form) => forms.push(form),
                        Cell::Forms(all) => forms.extend(all),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    // Of two forms of one address, the one with more fields is meant: the other has only a part of them.
    let sent_one = forms.into_iter().filter(|form| form.is_sent(path, sent)).max_by_key(|form| form.fields.len());
    if let Some(form) = sent_one {
        form.refill(sent, why);
    }
}

/// A filter that the operator has saved.
#[derive(Clone, Debug)]
pub struct SavedEntry {
    pub name: String,
    pub to: String,
    pub drop: Form,
}

/// The filter of a list: its form, periods to choose, saved filters and files.
#[derive(Clone, Debug)]
pub struct Filters {
    pub title: String,
    pub is_open: bool,
    pub form: Form,
    /// The link to the list without conditions.
    pub clear: Option<(String, String)>,
    pub periods_title: String,
    pub periods: Vec<(String, String)>,
    pub saved_title: String,
    pub saved: Vec<SavedEntry>,
    /// The form that saves the present conditions.
    pub save: Option<Form>,
    pub files_title: String,
    pub files: Vec<(String, String)>,
}

/// The parts of an instant between which it may be broken: the Jalali and the Gregorian calendar.
pub fn parts_of_instant(text: &str) -> Vec<String> {
    match text.split_once(" (") {
        Some((jalali, gregorian)) => vec![jalali.to_owned(), format!("({gregorian}")],
        None => vec![text.to_owned()],
    }
}

/// Whether a column of a table has numbers, which are aligned at their end.
pub fn is_of_numbers(rows: &[Vec<Cell>], column: impl std::borrow::Borrow<usize>) -> bool {
    rows.iter().any(|row| row.get(*column.borrow()).is_some_and(Cell::is_number))
}

/// The name of a row of links, which tells it from others on the page.
pub fn names_of(links: &[(String, String)]) -> String {
    links.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(", ")
}

/// An event on a timeline.
#[derive(Clone, Debug)]
pub struct Moment {
    /// In milliseconds of Unix time.
    pub at_ms: i64,
    pub title: String,
    pub cells: Vec<Cell>,
    pub tone: Tone,
}

impl Moment {
    /// The number of its row; `None`: it is none.
    pub fn row_number(&self) -> Option<i64> {
        self.cells.iter().find_map(|cell| match cell {
            Cell::RowNumber(number, _) => Some(*number),
            _ => None,
        })
    }

    /// An event with a title only.
    pub fn plain(at_ms: i64, title: impl Into<String>) -> Self {
        Self { at_ms, title: title.into(), cells: Vec::new(), tone: Tone::Plain }
    }
}

/// A figure on the overview.
#[derive(Clone, Debug)]
pub struct Tile {
    pub label: String,
    pub value: String,
    pub hint: String,
    pub tone: Tone,
    pub link: Option<String>,
    /// Seconds to count down, if scripts run.
    pub seconds: Option<i64>,
}

/// A bar chart with heights in percent.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    /// The content of the chart in words.
    pub summary: String,
    /// Height of the good part, height of the bad part stacked on it, and the title of the bar.
    pub bars: Vec<(u32, u32, String)>,
}

impl Chart {
    /// The horizontal position of a bar, in units of the drawing.
    pub fn x(&self, at: &usize) -> usize {
        at * 10
    }

    pub fn width(&self) -> usize {
        self.bars.len() * 10
    }
}

/// A part of a page.
#[derive(Clone, Debug)]
pub enum Part {
    Notice(String, Tone),
    Text(String),
    Facts(Vec<(String, Cell)>),
    Table {
        title: String,
        heads: Vec<String>,
        rows: Vec<Vec<Cell>>,
        empty: String,
    },
    /// Events with their times as shown.
    Timeline(String, Vec<(String, Moment)>),
    Forms(String, Vec<Form>),
    Tiles(Vec<Tile>),
    Charts(Vec<Chart>),
    Links(Vec<(String, String)>),
    Filters(Box<Filters>),
    Code(String, String),
    /// A part that scripts fetch again while the page is open: its address, and its current HTML. That HTML is rendered from [`Parts`] and is not
    /// escaped again.
    Live(String, String),
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavEntry {
    pub name: &'static str,
    pub path: &'static str,
    pub is_here: bool,
}

#[derive(Template)]
#[template(path = "console.html")]
pub struct Page {
    pub f: Frame,
    pub title: String,
    pub nav_entries: Vec<NavEntry>,
    pub who: String,
    pub role: &'static str,
    pub clock: String,
    pub is_sandbox: bool,
    pub csrf: String,
    pub query: String,
    pub parts: Vec<Part>,
}

/// Parts without a page, for live updates.
#[derive(Template)]
#[template(path = "console_parts.html")]
pub struct Parts<'a> {
    pub parts: &'a [Part],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_quantity_and_the_number_of_a_row_a_card_or_a_telephone_is_none() {
        for (text, expected) in [
            ("0", true),
            ("7", true),
            ("1,234,567", true),
            ("۱٬۲۳۴", true),
            ("-5,000", true),
            ("99.5%", true),
            ("1405", false),
            ("09121234567", false),
            ("007", false),
            ("1408/12", false),
            ("", false),
            ("a1", false),
        ] {
            assert_eq!(is_quantity(text), expected, "{text}");
        }
    }

    #[test]
    fn only_columns_of_quantities_are_aligned() {
        let row = |cells: [&str; 3]| cells.map(Cell::code).to_vec();
        let rows = vec![row(["1001", "5", "1,000"]), row(["1002", "", "20"])];
        let mut parts = [Part::Table { title: String::new(), heads: Vec::new(), rows, empty: String::new() }];
        align_numbers(&mut parts);
        let [Part::Table { rows, .. }] = &parts else { panic!("{parts:?}") };
        assert_eq!([0, 1, 2].map(|column| is_of_numbers(rows, column)), [false, true, true]);
    }

    #[test]
    fn a_refused_form_keeps_what_was_typed_besides_secrets_and_says_what_is_wrong() {
        let form = |of: &str| Form {
            action: "/console/x".to_owned(),
            fields: vec![
                Field::Hidden("of", of.to_owned()),
                Field::Hidden("version", "v1".to_owned()),
                Field::Text("amount", String::new(), String::new(), String::new()),
                Field::Text("card", String::new(), String::new(), String::new()),
                Field::Password("password", String::new()),
            ],
            button: String::new(),
            tone: Tone::Plain,
            csrf: "token".to_owned(),
        };
        let sent = |version: &str| {
            let body = format!("of=part&version={version}&amount=five&card=5022+0000+0000+0008&password=secret");
            Query::default().and_form(body.as_bytes())
        };
        for (version, typed) in [("v1", "five"), ("v0", "")] {
            let mut parts = [Part::Forms(String::new(), vec![form("all"), form("part")])];
            refill(&mut parts, "/console/x", &sent(version), "wrong");
            let [Part::Forms(_, forms)] = &parts else { panic!("{parts:?}") };
            assert_eq!(forms[0].fields.len(), 5, "another form");
            let shown = format!("{:?}", forms[1].fields);
            assert!(
                shown.contains("Wrong(\"wrong\")") && !shown.contains("secret") && !shown.contains("5022"),
                "{shown}"
            );
            assert_eq!(shown.contains("five"), !typed.is_empty(), "{shown}");
        }
    }
}
