//! The Asterisk Gateway Interface over TCP (FastAGI): the exchange connects, says what call it has, and carries out one command after
//! another.
//!
//! Nothing that goes over a line is ever logged: keyed digits are cards and passwords.
//! Limits: [`LINE`] bytes a line, [`HEADERS`] lines and [`DESCRIPTION`] for a call's description, [`TIMEOUT`] for the answer to a command.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::poll_immediate;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// Bytes of a line at most: a call's longest is its request address.
const LINE: u64 = 8_192;
/// Lines of a call's description at most; Asterisk sends about twenty and one for each argument.
const HEADERS: usize = 128;
/// Keys in a row that no prompt asks for, at most: then none has come.
const OTHER_KEYS: usize = 16;
/// Empty lines before an answer at most.
const EMPTY_LINES: usize = 16;
/// How long a command may take: longer than a prompt and sixteen keys, each just before its time is over.
const TIMEOUT: Duration = Duration::from_secs(200);
/// How long a call's description may take.
const DESCRIPTION: Duration = Duration::from_secs(10);

/// Why a line came to its end.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Ended {
    /// The caller hung up, or the exchange closed the connection.
    #[error("hung up")]
    HungUp,
    /// The exchange said something that no exchange says, or nothing for too long.
    #[error("{0}")]
    Broken(&'static str),
}

/// Whether a key ends what is played, and is told: else it is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keying {
    /// It does.
    SourceAndDestination,
    /// It does not.
    IsLost,
}

impl Keying {
    fn escapes(self) -> &'static str {
        match self {
            Self::SourceAndDestination => "\"0123456789*#\"",
            Self::IsLost => "\"\"",
        }
    }
}

/// A line to an exchange.
pub struct Line<R, W> {
    from: BufReader<R>,
    to: W,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Line<R, W> {
    pub fn new(from: R, to: W) -> Self {
        Self { from: BufReader::new(from), to }
    }

    /// Reads a call's description: `agi_callerid`, `agi_arg_1`, … without `agi_`.
    ///
    /// # Errors
    /// It is none.
    pub async fn description(&mut self) -> Result<HashMap<String, String>, Ended> {
        match tokio::time::timeout(DESCRIPTION, self.read_description()).await {
            Ok(described) => described,
            Err(_) => Err(Ended::Broken("no description in time")),
        }
    }

    async fn read_description(&mut self) -> Result<HashMap<String, String>, Ended> {
        let mut described = HashMap::new();
        for _ in 0..HEADERS {
            let line = self.line().await?;
            if line.is_empty() {
                if described.is_empty() {
                    continue;
                }
                return Ok(described);
            }
            let (name, value) = line.split_once(':').ok_or(Ended::Broken("a description without a colon"))?;
            let name = name.strip_prefix("agi_").ok_or(Ended::Broken("a description that is not of a call"))?;
            // The blank after the colon is the exchange's, others are the value's.
            described.insert(name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned());
        }
        Err(Ended::Broken("a description without an end"))
    }

    /// Plays a sound; the key that has ended it.
    ///
    /// # Errors
    /// The line ended.
    pub async fn play(&mut self, sound: &str, keying: Keying) -> Result<Option<char>, Ended> {
        key_of(&self.command(&format!("STREAM FILE {} {}", quoted(sound), keying.escapes())).await?)
    }

    /// Says a number of at most nine digits; the key that has ended it.
    ///
    /// # Errors
    /// The line ended.
    pub async fn say_number(&mut self, number: i64, keying: Keying) -> Result<Option<char>, Ended> {
        key_of(&self.command(&format!("SAY NUMBER {number} {}", keying.escapes())).await?)
    }

    /// Says digits one by one.
    ///
    /// # Errors
    /// The line ended.
    pub async fn say_digits(&mut self, digits: &str) -> Result<(), Ended> {
        self.command(&format!("SAY DIGITS {digits} \"\"")).await.map(|_| ())
    }

    /// Takes one key; `None`: none comes for a while.
    ///
    /// # Errors
    /// The line ended.
    pub async fn key(&mut self, wait: Duration) -> Result<Option<char>, Ended> {
        for _ in 0..OTHER_KEYS {
            let result = self.command(&format!("WAIT FOR DIGIT {}", wait.as_millis())).await?;
            if !is_other_key(&result) {
                return key_of(&result);
            }
        }
        Ok(None)
    }

    /// Whether the caller is still there, as far as the exchange has said so.
    ///
    /// # Errors
    /// The line ended.
    pub async fn still_there(&mut self) -> Result<(), Ended> {
        match poll_immediate(pin!(self.from.fill_buf())).await {
            None => Ok(()),
            Some(Ok(said)) if !said.is_empty() && !said.trim_ascii_start().starts_with(b"HANGUP") => Ok(()),
            Some(_) => Err(Ended::HungUp),
        }
    }

    /// Sets a variable of the channel.
    ///
    /// # Errors
    /// The line ended.
    pub async fn set(&mut self, name: &str, value: &str) -> Result<(), Ended> {
        self.command(&format!("SET VARIABLE {name} {}", quoted(value))).await.map(|_| ())
    }

    /// Hangs up.
    ///
    /// # Errors
    /// The line had ended.
    pub async fn hang_up(&mut self) -> Result<(), Ended> {
        self.command("HANGUP").await.map(|_| ())
    }

    async fn command(&mut self, text: &str) -> Result<String, Ended> {
        let carried = async {
            // In one write: some exchanges take what a packet holds for a command.
            self.to.write_all(format!("{text}\n").as_bytes()).await.map_err(|_| Ended::HungUp)?;
            self.to.flush().await.map_err(|_| Ended::HungUp)?;
            for _ in 0..EMPTY_LINES {
                let line = self.line().await?;
                if !line.is_empty() {
                    return parse(&line);
                }
            }
            Err(Ended::Broken("nothing but empty lines"))
        };
        match tokio::time::timeout(TIMEOUT, carried).await {
            Ok(reply) => reply,
            Err(_) => Err(Ended::Broken("no answer to a command in time")),
        }
    }

    /// A line without its end.
    async fn line(&mut self) -> Result<String, Ended> {
        let mut bytes = Vec::new();
        let mut limited = (&mut self.from).take(LINE);
        let read = limited.read_until(b'\n', &mut bytes);
        let count = match tokio::time::timeout(TIMEOUT, read).await {
            Ok(read) => read.map_err(|_| Ended::HungUp)?,
            Err(_) => return Err(Ended::Broken("no line in time")),
        };
        if count == 0 {
            return Err(Ended::HungUp);
        }
        if bytes.last() != Some(&b'\n') {
            return Err(if count as u64 == LINE { Ended::Broken("a line that is too long") } else { Ended::HungUp });
        }
        // Names of callers come from the network in any coding; what is needed of a line is found to be no text where it is used.
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\r', '\n']);
        // Told between the lines, when the caller hangs up.
        if text == "HANGUP" { Err(Ended::HungUp) } else { Ok(text.to_owned()) }
    }
}

/// Whether an answer tells of one of the keys A to D, which some telephones have and no prompt asks for.
fn is_other_key(result: &str) -> bool {
    matches!(result.parse::<u8>().map(char::from), Ok('A'..='D'))
}

/// The key that an answer tells of, by its code; `None`: none was pressed.
fn key_of(result: &str) -> Result<Option<char>, Ended> {
    match result.parse::<u8>().map(char::from) {
        Ok('\0') => Ok(None),
        Ok(key @ ('0'..='9' | '*' | '#')) => Ok(Some(key)),
        _ => Err(Ended::Broken("keys that no telephone has")),
    }
}

/// The result of `200 result=<result> [<note>]`.
fn parse(line: &str) -> Result<String, Ended> {
    let (code, rest) = line.split_once([' ', '-']).unwrap_or((line, ""));
    match code {
        "200" => {}
        // A dead channel.
        "511" => return Err(Ended::HungUp),
        _ => return Err(Ended::Broken("a command that the exchange does not know")),
    }
    let result = rest.strip_prefix("result=").ok_or(Ended::Broken("an answer without a result"))?;
    let result = result.split(' ').next().unwrap_or_default();
    if result == "-1" {
        return Err(Ended::HungUp);
    }
    Ok(result.to_owned())
}

/// An argument of a command: nothing in it ends it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;

    #[test]
    fn answers_of_an_exchange_are_read_as_it_writes_them() {
        for (line, expected) in [
            ("200 result=0 endpos=16000", Ok("0")),
            ("200 result=42 endpos=800", Ok("42")),
            ("200 result= (timeout)", Ok("")),
            ("200 result=1", Ok("1")),
            ("200 result=-1", Err(Ended::HungUp)),
            ("200 result=-1 endpos=0", Err(Ended::HungUp)),
            ("511 Command Not Permitted on a dead channel or intercept routine", Err(Ended::HungUp)),
            ("510 Invalid or unknown command", Err(Ended::Broken("a command that the exchange does not know"))),
            ("520-Invalid command syntax.", Err(Ended::Broken("a command that the exchange does not know"))),
            ("200", Err(Ended::Broken("an answer without a result"))),
            ("", Err(Ended::Broken("a command that the exchange does not know"))),
        ] {
            assert_eq!(parse(line), expected.map(str::to_owned), "{line}");
        }
    }

    /// What was written at once.
    #[derive(Default)]
    struct Writes(Vec<Vec<u8>>);

    impl AsyncWrite for Writes {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
            self.0.push(bytes.to_vec());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_command_is_one_write_and_lines_end_as_the_exchange_likes() {
        let said = b"\r\nagi_callerid: 0912\r\n\r\n\r\n\r\n200 result=0 endpos=1\r\n\n200 result=42\n200 result=0\r\n";
        let mut line = Line::new(&said[..], Writes::default());
        let described = line.description().await.unwrap();
        assert_eq!(described.get("callerid").map(String::as_str), Some("0912"));
        assert_eq!(line.play("a", Keying::IsLost).await, Ok(None));
        assert_eq!(line.play("b", Keying::SourceAndDestination).await, Ok(Some('*')));
        assert_eq!(line.key(Duration::from_secs(1)).await, Ok(None));
        let writes: Vec<&[u8]> = line.to.0.iter().map(Vec::as_slice).collect();
        let wanted: [&[u8]; 3] =
            [b"STREAM FILE \"a\" \"\"\n", b"STREAM FILE \"b\" \"0123456789*#\"\n", b"WAIT FOR DIGIT 1000\n"];
        assert_eq!(writes, wanted);
        let mut others =
            Line::new(&b"200 result=65\n200 result=68\n200 result=49\n200 result=69\n"[..], Writes::default());
        assert_eq!(others.key(Duration::ZERO).await, Ok(Some('1')), "keys A to D are passed over");
        assert_eq!(others.key(Duration::ZERO).await, Err(Ended::Broken("keys that no telephone has")));
        let mut empty = Line::new(&[b'\n'; 100][..], Writes::default());
        assert_eq!(empty.key(Duration::ZERO).await, Err(Ended::Broken("nothing but empty lines")));
    }

    #[test]
    fn an_argument_cannot_end_its_command() {
        assert_eq!(quoted("a \"b\" \\ c\r\nHANGUP"), "\"a \\\"b\\\" \\\\ cHANGUP\"");
    }
}
