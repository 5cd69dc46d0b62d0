//! Writes rows as CSV (RFC 4180, lines end with CR LF) or NDJSON.

use std::io::{Error, ErrorKind, Write};

use csv::{Terminator, Writer, WriterBuilder};
use serde_json::Value;

use crate::failure::Failure;
use crate::ordered::Members;

/// What is done with texts that a spreadsheet would compute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cells {
    /// They get a `'` before them, which spreadsheets take for the mark of a text.
    NoFormulas,
    /// Nothing.
    AsTheyAre,
}

/// Writes rows.
pub enum Rows<'a> {
    Csv { writer: Box<Writer<&'a mut dyn Write>>, columns: Vec<String>, cells: Cells, written: u64 },
    Ndjson { writer: &'a mut dyn Write, written: u64 },
}

impl<'a> Rows<'a> {
    /// Rows of CSV with these columns.
    pub fn csv(writer: &'a mut dyn Write, columns: Vec<String>, cells: Cells) -> Self {
        let writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(writer);
        Self::Csv { writer: Box::new(writer), columns, cells, written: 0 }
    }

    /// Rows of NDJSON.
    pub fn ndjson(writer: &'a mut dyn Write) -> Self {
        Self::Ndjson { writer, written: 0 }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The target cannot be written to.
    pub fn write(&mut self, row: &Members) -> Result<(), Failure> {
        match self {
            Self::Csv { writer, columns, cells, written } => {
                if *written == 0 {
                    writer.write_record(&*columns).map_err(of_csv)?;
                }
                *written += 1;
                writer.write_record(columns.iter().map(|name| cell(row.get(name), *cells))).map_err(of_csv)
            }
            Self::Ndjson { writer, written } => {
                *written += 1;
                let members = row.0.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())));
                let members = members.collect::<Vec<_>>().join(",");
                writeln!(writer, "{{{members}}}").map_err(|error| Failure::of_output(&error))
            }
        }
    }

    /// Writes what is left, and the names of the columns if there was no row; returns the number of rows.
    ///
    /// # Errors
    /// As [`Rows::write`].
    pub fn end(self) -> Result<u64, Failure> {
        match self {
            Self::Csv { mut writer, columns, written, .. } => {
                if written == 0 {
                    writer.write_record(&columns).map_err(of_csv)?;
                }
                writer.flush().map_err(|error| Failure::of_output(&error))?;
                Ok(written)
            }
            Self::Ndjson { written, .. } => Ok(written),
        }
    }
}

fn of_csv(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::of_output(&error),
        other => Failure::of_output(&Error::new(ErrorKind::InvalidData, format!("{other:?}"))),
    }
}

/// A value as a cell. Only texts are guarded: a negative amount is a number.
fn cell(value: Option<&Value>, cells: Cells) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if cells == Cells::NoFormulas && is_computed(text) => format!("'{text}"),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether a spreadsheet may take a text for a formula (OWASP, "CSV injection").
fn is_computed(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(cells: Cells, rows: &[Value]) -> String {
        let mut out: Vec<u8> = Vec::new();
        let columns = ["id", "text"].map(str::to_owned).to_vec();
        let mut writer = Rows::csv(&mut out, columns, cells);
        for row in rows {
            writer.write(&serde_json::from_value(row.clone()).unwrap()).unwrap();
        }
        assert_eq!(writer.end().unwrap(), rows.len() as u64);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_is_that_of_rfc_4180_and_no_text_is_computed() {
        for (value, cell) in [
            (json!("plain"), "plain"),
            (json!("a,b"), "\"a,b\""),
            (json!("a \"b\"\nc"), "\"a \"\"b\"\"\nc\""),
            (json!("=1+1"), "'=1+1"),
            (json!("+98912"), "'+98912"),
            (json!("@x"), "'@x"),
            (json!("-5"), "'-5"),
            (json!(-5), "-5"),
            (json!(null), ""),
            (json!({"a": [1]}), "\"{\"\"a\"\":[1]}\""),
            (json!("رضایی"), "رضایی"),
        ] {
            let row = json!({"id": 1, "text": value});
            assert_eq!(written(Cells::NoFormulas, &[row]), format!("id,text\r\n1,{cell}\r\n"));
        }
        assert_eq!(written(Cells::AsTheyAre, &[json!({"id": 1, "text": "=1"})]), "id,text\r\n1,=1\r\n");
        assert_eq!(written(Cells::NoFormulas, &[]), "id,text\r\n");
    }

    #[test]
    fn ndjson_keeps_the_order_of_members() {
        let mut out: Vec<u8> = Vec::new();
        let mut rows = Rows::ndjson(&mut out);
        rows.write(&serde_json::from_str(r#"{"b":1,"a":"=x"}"#).unwrap()).unwrap();
        assert_eq!(rows.end().unwrap(), 1);
        assert_eq!(String::from_utf8(out).unwrap(), "{\"b\":1,\"a\":\"=x\"}\n");
    }
}
