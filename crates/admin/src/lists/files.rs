//! Files of rows: CSV (RFC 4180, with a byte order mark, by which spreadsheets recognise UTF-8), XLSX and NDJSON.
//!
//! CSV and NDJSON are made page by page. A sheet is written to temporary files without names, because its archive ends with its index; memory stays the
//! same however many rows there are. Its rows are not compressed in the first file: a million of them may take a gigabyte.

use std::borrow::Cow;
use std::fs::File as TemporaryFile;
use std::io::{Error, Seek, Write};

use csv::{Terminator, WriterBuilder};
use rust_xlsxwriter::{Workbook, XlsxError};
use serde_json::Value;

use super::columns::Cell;

/// Rows of a sheet at most, without its head: spreadsheets have 1,048,576.
pub(super) const SHEET: u32 = 1_000_000;
/// Characters of a text in a sheet at most: spreadsheets take 32,767.
const SHEET_TEXT: usize = 32_000;

/// The form of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Values between commas, with a line of names.
    Csv,
    /// A sheet of a spreadsheet.
    Xlsx,
    /// One JSON object a line.
    Ndjson,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Ndjson];

    /// The name in addresses, and the ending of the file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
        }
    }

    /// The format of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// A file of lines, which is sent while it is written.
pub(super) enum Lines {
    Csv { names: &'static [&'static str], is_begun: bool },
    Ndjson { names: &'static [&'static str] },
}

impl Lines {
    /// A file with these columns; `None`: the format has no lines.
    pub(super) fn begin(format: Format, names: &'static [&'static str]) -> Option<Self> {
        match format {
            Format::Csv => Some(Self::Csv { names, is_begun: false }),
            Format::Ndjson => Some(Self::Ndjson { names }),
            Format::Xlsx => None,
        }
    }

    /// Writes rows; returns the bytes that can leave.
    pub(super) fn write(&mut self, rows: impl Iterator<Item = Vec<Cell>>) -> Result<Vec<u8>, Error> {
        match self {
            Self::Csv { names, is_begun } => {
                let mut bytes = Vec::new();
                if !*is_begun {
                    bytes.extend("\u{feff}".as_bytes());
                }
                let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(bytes);
                if !std::mem::replace(is_begun, true) {
                    writer.write_record(*names)?;
                }
                for row in rows {
                    writer.write_record(row.iter().map(|cell| plain(cell).into_owned()))?;
                }
                writer.into_inner().map_err(|error| Error::other(error.to_string()))
            }
            Self::Ndjson { names } => {
                let mut bytes = Vec::new();
                for row in rows {
                    write_object(&mut bytes, names, row)?;
                }
                Ok(bytes)
            }
        }
    }
}

/// Why there is no sheet.
#[derive(Debug)]
pub(super) enum NoSheet {
    /// There are more rows than [`SHEET`].
    TooManyRows,
    /// A temporary file cannot be made, or cannot be written.
    NoTemporaryFile(Error),
}

impl From<XlsxError> for NoSheet {
    /// The values fit into a sheet, so what fails are its files.
    fn from(error: XlsxError) -> Self {
        Self::NoTemporaryFile(Error::other(error))
    }
}

/// The sheet of a spreadsheet while it is written.
pub(super) struct Sheet {
    /// Its sheet is in a temporary file.
    workbook: Workbook,
    /// The temporary file of the archive.
    archive: TemporaryFile,
    /// The next row.
    row: u32,
}

impl Sheet {
    /// A sheet with these columns. Both temporary files are made.
    pub(super) fn begin(names: &[&str]) -> Result<Self, NoSheet> {
        let archive = tempfile::tempfile().map_err(NoSheet::NoTemporaryFile)?;
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, name) in (0..).zip(names) {
            sheet.write_string(0, column, *name)?;
        }
        Ok(Self { workbook, archive, row: 1 })
    }

    /// Writes rows. The library panics if the temporary file cannot be written.
    pub(super) fn write(&mut self, rows: impl Iterator<Item = Vec<Cell>>) -> Result<(), NoSheet> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for row in rows {
            if self.row > SHEET {
                return Err(NoSheet::TooManyRows);
            }
            for (column, cell) in (0..).zip(row) {
                match cell {
                    // A text is never computed in a sheet.
                    Cell::Text(text) => sheet.write_string(self.row, column, shortened(&text))?,
                    // Exact: amounts and numbers of rows have up to 15 digits.
                    Cell::Number(number) => sheet.write_number(self.row, column, number as f64)?,
                    Cell::Nothing => continue,
                };
            }
            self.row += 1;
        }
        Ok(())
    }

    /// Ends the sheet; returns its file, from its beginning.
    pub(super) fn end(mut self) -> Result<TemporaryFile, NoSheet> {
        self.workbook.save_to_writer(&mut self.archive)?;
        self.archive.rewind().map_err(NoSheet::NoTemporaryFile)?;
        Ok(self.archive)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(SHEET_TEXT).collect()
}

/// A value as a field of CSV.
fn plain(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => no_formula(text),
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Nothing => Cow::Borrowed(""),
    }
}

/// A text that spreadsheets do not compute (OWASP, "CSV injection").
fn no_formula(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

fn write_object(to: &mut Vec<u8>, names: &[&str], row: Vec<Cell>) -> Result<(), Error> {
    let mut before = b'{';
    for (name, cell) in names.iter().zip(row) {
        let value = match cell {
            Cell::Text(text) => Value::from(text),
            Cell::Number(number) => Value::from(number),
            Cell::Nothing => continue,
        };
        to.write_all(&[before])?;
        serde_json::to_writer(&mut *to, name)?;
        to.write_all(b":")?;
        serde_json::to_writer(&mut *to, &value)?;
        before = b',';
    }
    to.write_all(b"}\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::io::Read;

    use super::*;

    const NAMES: &[&str] = &["id", "text"];

    fn rows(texts: &[&str]) -> Vec<Vec<Cell>> {
        let row = |text: &&str| vec![Cell::Number(-5), Cell::Text((*text).to_owned())];
        texts.iter().map(row).chain([vec![Cell::Number(7), Cell::Nothing]]).collect()
    }

    fn written(format: Format, texts: &[&str]) -> Vec<u8> {
        let Some(mut lines) = Lines::begin(format, NAMES) else {
            let mut sheet = Sheet::begin(NAMES).unwrap();
            sheet.write(rows(texts).into_iter()).unwrap();
            let mut bytes = Vec::new();
            sheet.end().unwrap().read_to_end(&mut bytes).unwrap();
            return bytes;
        };
        let mut bytes = lines.write(rows(texts).into_iter()).unwrap();
        bytes.extend(lines.write(std::iter::empty()).unwrap());
        bytes
    }

    #[test]
    fn csv_is_that_of_rfc_4180_with_a_mark_and_no_text_is_computed() {
        let text =
            String::from_utf8(written(Format::Csv, &["a,\"b\"", "=1+1", "+98912", "-1", "@x", "رضایی"])).unwrap();
        let expected =
            "\u{feff}id,text\r\n-5,\"a,\"\"b\"\"\"\r\n-5,'=1+1\r\n-5,'+98912\r\n-5,'-1\r\n-5,'@x\r\n-5,رضایی\r\n7,\r\n";
        assert_eq!(text, expected);
        let mut empty = Lines::begin(Format::Csv, NAMES).unwrap();
        assert_eq!(empty.write(std::iter::empty()).unwrap(), "\u{feff}id,text\r\n".as_bytes());
    }

    #[test]
    fn ndjson_is_an_object_a_line_with_its_columns_in_their_order() {
        let text = String::from_utf8(written(Format::Ndjson, &["=1\n\"x\""])).unwrap();
        assert_eq!(text, "{\"id\":-5,\"text\":\"=1\\n\\\"x\\\"\"}\n{\"id\":7}\n");
    }

    #[test]
    fn a_sheet_is_a_zip_archive_in_which_texts_are_texts() {
        let bytes = written(Format::Xlsx, &["=1+1"]);
        assert!(bytes.starts_with(b"PK\x03\x04"));
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(has(b"xl/worksheets/sheet1.xml"));
    }

    #[test]
    fn a_sheet_has_at_most_a_million_rows() {
        let mut sheet = Sheet::begin(NAMES).unwrap();
        sheet.row = SHEET;
        sheet.write(rows(&[]).into_iter()).unwrap();
        assert!(matches!(sheet.write(rows(&[]).into_iter()), Err(NoSheet::TooManyRows)));
    }
}
