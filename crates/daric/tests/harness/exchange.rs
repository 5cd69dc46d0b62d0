//! A telephone exchange that speaks FastAGI, as Asterisk does: it describes its call, and executes commands by a script of keys.
//!
//! Its lines are Asterisk's: `agi_*` lines and an empty one, `200 result=…`, and `HANGUP` between the lines.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longer than any answer takes: a test that waits longer has found a hang.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What the caller does when it is asked for keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keyed {
    /// Presses these keys, then `#`.
    Keys(String),
    /// Presses these keys and stops, without `#`.
    Stops(String),
    /// Presses these keys while something is played before the prompt.
    Early(String),
    /// Presses no key for ten seconds.
    Nothing,
    /// Keys in the password of the newest SMS, which the test looks up.
    Password,
}

/// When the caller hangs up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HangsUp {
    Never,
    /// Instead of answering the nth command, from 0: the exchange reports it and answers -1.
    At(usize),
    /// The same, but the exchange only closes the connection.
    ClosesAt(usize),
    /// Right after the answer to the nth command: the exchange reports it between two commands.
    After(usize),
}

/// The record of a call, as the exchange saw it.
#[derive(Debug, Default)]
pub struct Held {
    /// The commands, in order.
    pub commands: Vec<String>,
    /// The variables that were set.
    pub variables: BTreeMap<String, String>,
    /// Whether the other side hung up the channel.
    pub hung_up: bool,
}

impl Held {
    /// The sounds that were played and the numbers that were spoken, in order.
    pub fn heard(&self) -> Vec<&str> {
        self.commands.iter().filter_map(|command| heard(command)).collect()
    }

    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }
}

/// What a command plays or says.
fn heard(command: &str) -> Option<&str> {
    let said = command.strip_prefix("SAY NUMBER ").or_else(|| command.strip_prefix("SAY DIGITS "));
    match said {
        Some(said) => said.split(' ').next(),
        None if command.starts_with("STREAM FILE ") => command.split('"').nth(1),
        None => None,
    }
}

/// A call that an exchange hands over.
pub struct Exchange {
    pub address: SocketAddr,
    /// `sequence`, order and amount, or fewer of them.
    pub arguments: Vec<String>,
    pub caller: String,
    pub keyed: Vec<Keyed>,
    pub hangs_up: HangsUp,
    /// The ends of its lines. If they are not Asterisk's, an empty line precedes each answer.
    pub line_end: &'static str,
}

/// No key for ten seconds.
const SILENCE: char = '\0';

/// The script of keys, and the keys that were pressed and not read yet.
struct Keypad {
    script: VecDeque<Keyed>,
    pressed: VecDeque<char>,
}

impl Keypad {
    /// The key that is pressed during a sound that any key ends.
    fn during(&mut self) -> char {
        if self.pressed.is_empty()
            && let Some(Keyed::Early(keys)) = self.script.front()
        {
            self.pressed.extend(keys.chars().chain(['#']));
            self.script.pop_front();
        }
        self.pressed.pop_front().unwrap_or(SILENCE)
    }

    /// The key that is pressed when the exchange waits for one.
    async fn next<F: Future<Output = String>>(&mut self, password: &mut impl FnMut() -> F) -> char {
        if self.pressed.is_empty() {
            let (keys, end) = match self.script.pop_front().unwrap_or(Keyed::Nothing) {
                Keyed::Keys(keys) | Keyed::Early(keys) => (keys, '#'),
                Keyed::Stops(keys) => (keys, SILENCE),
                Keyed::Nothing => (String::new(), SILENCE),
                Keyed::Password => (password().await, '#'),
            };
            self.pressed.extend(keys.chars().chain([end]));
        }
        self.pressed.pop_front().unwrap_or(SILENCE)
    }
}

impl Exchange {
    /// Holds the call to its end; `password` reads the newest SMS.
    pub async fn hold<F: Future<Output = String>>(self, mut password: impl FnMut() -> F) -> Held {
        let held = tokio::time::timeout(TIMEOUT, async {
            let stream = TcpStream::connect(self.address).await.unwrap();
            let (from, mut to) = stream.into_split();
            let mut from = BufReader::new(from);
            let mut description = format!(
                "agi_network: yes\nagi_request: agi://{}\nagi_channel: PJSIP/100-00000001\nagi_language: fa\n\
                 agi_uniqueid: 1795246200.1\nagi_callerid: {}\nagi_dnid: 2188776655\nagi_extension: 100\n",
                self.address, self.caller
            );
            for (at, argument) in self.arguments.iter().enumerate() {
                description.push_str(&format!("agi_arg_{}: {argument}\n", at + 1));
            }
            description.push('\n');
            let plain = self.line_end == "\n";
            to.write_all(description.replace('\n', self.line_end).as_bytes()).await.unwrap();
            let mut held = Held::default();
            let mut keyed = Keypad { script: VecDeque::from(self.keyed), pressed: VecDeque::new() };
            let mut line = String::new();
            while from.read_line(&mut line).await.unwrap_or(0) > 0 {
                let command = std::mem::take(&mut line).trim_end().to_owned();
                let number = held.commands.len();
                let answer = match self.hangs_up {
                    HangsUp::At(at) if at == number => "HANGUP\n200 result=-1".to_owned(),
                    HangsUp::ClosesAt(at) if at == number => break,
                    HangsUp::After(at) if at == number => {
                        Self::carry_out(&command, &mut held, &mut keyed, &mut password).await + "\nHANGUP"
                    }
                    _ => Self::carry_out(&command, &mut held, &mut keyed, &mut password).await,
                };
                held.commands.push(command);
                let answer = if plain { answer } else { format!("\n{answer}") };
                if to.write_all(format!("{answer}\n").replace('\n', self.line_end).as_bytes()).await.is_err() {
                    break;
                }
            }
            held
        });
        held.await.expect("the call comes to its end")
    }

    async fn carry_out<F: Future<Output = String>>(
        command: &str,
        held: &mut Held,
        keyed: &mut Keypad,
        password: &mut impl FnMut() -> F,
    ) -> String {
        let is_played = ["STREAM FILE \"", "SAY NUMBER ", "SAY DIGITS "].iter().any(|known| command.starts_with(known));
        if is_played && command.ends_with("\"0123456789*#\"") {
            format!("200 result={} endpos=800", u32::from(keyed.during()))
        } else if is_played {
            // Keys that are pressed meanwhile are lost.
            keyed.pressed.clear();
            "200 result=0 endpos=16000".to_owned()
        } else if command.starts_with("WAIT FOR DIGIT ") {
            format!("200 result={}", u32::from(keyed.next(password).await))
        } else if let Some(variable) = command.strip_prefix("SET VARIABLE ") {
            let (name, value) = variable.split_once(' ').unwrap();
            held.variables.insert(name.to_owned(), value.trim_matches('"').to_owned());
            "200 result=1".to_owned()
        } else if command == "HANGUP" {
            held.hung_up = true;
            "200 result=1".to_owned()
        } else {
            "510 Invalid or unknown command".to_owned()
        }
    }
}
