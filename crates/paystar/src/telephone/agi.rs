//! The Asterisk Gateway Interface over TCP (FastAGI): the exchange connects, sends a description of the call, and then executes one command after
//! another.
//!
//! The content of a line is never logged: keyed digits are card numbers and passwords.
//! Limits: [`LINE`] bytes per line, [`HEADERS`] lines and [`DESCRIPTION`] for a call's description, [`TIMEOUT`] for the answer to a command.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::poll_immediate;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// Maximum length of a line in bytes; the longest line of a call is its request address.
const LINE: u64 = 8_192;
/// Maximum number of lines of a call's description; Asterisk sends about twenty, and one for each argument.
const HEADERS: usize = 128;
/// Maximum number of keys A to D in a row that are skipped; after them, the wait ends as if no key was pressed.
const OTHER_KEYS: usize = 16;
/// Maximum number of empty lines before an answer.
const EMPTY_LINES: usize = 16;
/// Time-out of a command and of a line: far longer than any prompt, or the wait for a key.
const TIMEOUT: Duration = Duration::from_secs(200);
/// Time-out of a call's description.
const DESCRIPTION: Duration = Duration::from_secs(10);

/// Why the connection to the exchange ended.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Ended {
    /// The caller hung up, or the exchange closed the connection.
    #[error("hung up")]
    HungUp,
    /// The exchange broke the protocol or did not answer in time.
    #[error("{0}")]
    Broken(&'static str),
}

/// Whether a key that is pressed during playback is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyHandling {
    /// The key ends the playback and is returned.
    EndsPlayback,
    /// The key is ignored.
    Ignored,
}

impl KeyHandling {
    fn escapes(self) -> &'static str {
        match self {
            Self::EndsPlayback => "\"0123456789*#\"",
            Self::Ignored => "\"\"",
        }
    }
}

/// A connection to an exchange, which serves one call.
pub struct Line<R, W> {
    from: BufReader<R>,
    to: W,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Line<R, W> {
    /// A line over these two halves of a connection.
    pub fn new(from: R, to: W) -> Self {
        Self { from: BufReader::new(from), to }
    }

    /// Reads a call's description: the values of `agi_callerid`, `agi_arg_1` and so on, by their names without `agi_`.
    ///
    /// # Errors
    /// The exchange did not send a description, or not in time.
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
            // The first space after the colon is syntax; any others belong to the value.
            described.insert(name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned());
        }
        Err(Ended::Broken("a description without an end"))
    }

    /// Plays a sound. Returns the key that ended it, if one did.
    ///
    /// # Errors
    /// The line ended.
    pub async fn play(&mut self, sound: &str, keys: KeyHandling) -> Result<Option<char>, Ended> {
        key_of(&self.command(&format!("STREAM FILE {} {}", quoted(sound), keys.escapes())).await?)
    }

    /// Says a number of at most nine digits. Returns the key that ended it, if one did.
    ///
    /// # Errors
    /// The line ended.
    pub async fn say_number(&mut self, number: i64, keys: KeyHandling) -> Result<Option<char>, Ended> {
        key_of(&self.command(&format!("SAY NUMBER {number} {}", keys.escapes())).await?)
    }

    /// Says digits one by one.
    ///
    /// # Errors
    /// The line ended.
    pub async fn say_digits(&mut self, digits: &str) -> Result<(), Ended> {
        self.command(&format!("SAY DIGITS {digits} \"\"")).await.map(|_| ())
    }

    /// Waits for one key; `None`: none was pressed in time.
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

    /// Checks, without waiting, that the exchange has not reported a hang-up.
    ///
    /// # Errors
    /// The line ended, or a hang-up is reported.
    pub async fn still_there(&mut self) -> Result<(), Ended> {
        match poll_immediate(pin!(self.from.fill_buf())).await {
            None => Ok(()),
            Some(Ok(received)) if !received.is_empty() && !received.trim_ascii_start().starts_with(b"HANGUP") => Ok(()),
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
    /// The line had already ended.
    pub async fn hang_up(&mut self) -> Result<(), Ended> {
        self.command("HANGUP").await.map(|_| ())
    }

    async fn command(&mut self, text: &str) -> Result<String, Ended> {
        let answered = async {
            // One write per command: some exchanges treat each packet as one command.
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
        match tokio::time::timeout(TIMEOUT, answered).await {
            Ok(reply) => reply,
            Err(_) => Err(Ended::Broken("no answer to a command in time")),
        }
    }

    /// Reads a line, without its line ending.
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
        // Callers' names may be in any encoding. Invalid bytes become U+FFFD; code that uses a value rejects it.
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\r', '\n']);
        // The exchange sends this line, between others, when the caller hangs up.
        if text == "HANGUP" { Err(Ended::HungUp) } else { Ok(text.to_owned()) }
    }
}

/// Whether an answer is one of the keys A to D, which some telephones have and no prompt asks for.
fn is_other_key(result: &str) -> bool {
    matches!(result.parse::<u8>().map(char::from), Ok('A'..='D'))
}

/// The key of an answer, which has its character code; `None`: no key was pressed.
fn key_of(result: &str) -> Result<Option<char>, Ended> {
    match result.parse::<u8>().map(char::from) {
        Ok('\0') => Ok(None),
        Ok(key @ ('0'..='9' | '*' | '#')) => Ok(Some(key)),
        _ => Err(Ended::Broken("keys that no telephone has")),
    }
}

/// Parses the result of `200 result=<result> [<note>]`.
fn parse(line: &str) -> Result<String, Ended> {
    let (code, rest) = line.split_once([' ', '-']).unwrap_or((line, ""));
    match code {
        "200" => {}
        // The channel is dead.
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

/// Quotes an argument of a command, so that its content cannot end it.
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

    /// A writer that records each write.
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
        let received =
            b"\r\nagi_callerid: 0912\r\n\r\n\r\n\r\n200 result=0 endpos=1\r\n\n200 result=42\n200 result=0\r\n";
        let mut line = Line::new(&received[..], Writes::default());
        let described = line.description().await.unwrap();
        assert_eq!(described.get("callerid").map(String::as_str), Some("0912"));
        assert_eq!(line.play("a", KeyHandling::Ignored).await, Ok(None));
        assert_eq!(line.play("b", KeyHandling::EndsPlayback).await, Ok(Some('*')));
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
