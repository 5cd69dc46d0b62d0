//! The parts of which pages of the console consist; one template renders them.

use askama::Template;

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

    pub fn number(text: impl ToString) -> Self {
        Self::Number(text.to_string())
    }

    pub fn link(text: impl ToString, to: impl Into<String>) -> Self {
        Self::Link(text.to_string(), to.into())
    }
}

/// A field of a form.
#[derive(Clone, Debug)]
pub enum Field {
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
    rows.first().and_then(|row| row.get(*column.borrow())).is_some_and(Cell::is_number)
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
    pub f: &'a Frame,
    pub parts: &'a [Part],
}
