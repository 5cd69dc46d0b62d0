//! An exchange that speaks FastAGI, as Asterisk does: it says what call it has, and carries out commands by a script of keys.
//!
//! What it writes and how it ends lines is Asterisk's: `agi_*` lines and an empty one, `200 result=…`, `HANGUP` between the lines.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longer than any answer takes; a test that waits longer has found a hang.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What the caller does when keys are asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keyed {
    /// Keys these.
    Keys(String),
    /// Keys these and stops, without `#`.
    Stops(String),
    /// Keys these while something is played before the prompt.
    Early(String),
    /// Keys nothing for ten seconds.
    Nothing,
    /// Keys the password of the newest SMS, which the test looks up.
    Password,
}

/// When the caller hangs up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HangsUp {
    Never,
    /// Instead of answering the nth command, from 0: the exchange says so and answers -1.
    At(usize),
    /// The same, but the exchange just closes the connection.
    ClosesAt(usize),
    /// Right after the answer to the nth command: the exchange says so between two commands.
    After(usize),
}

/// What an exchange saw of a call.
#[derive(Debug, Default)]
pub struct Held {
    /// Commands, as they came.
    pub commands: Vec<String>,
    /// Variables that were set.
    pub variables: BTreeMap<String, String>,
    /// The other side hung up the channel.
    pub hung_up: bool,
}

impl Held {
    /// The sounds that were played, and what was said, in order.
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

/// A call as an exchange hands it over.
pub struct Exchange {
    pub address: SocketAddr,
    /// `sequence`, order and amount, or fewer.
    pub arguments: Vec<String>,
    pub caller: String,
    pub keyed: Vec<Keyed>,
    pub hangs_up: HangsUp,
    /// How its lines end; an empty one goes before each answer if it is not Asterisk's.
    pub line_end: &'static str,
}

/// No key for ten seconds.
const SILENCE: char = '\0';

/// What a caller will key, and what it has keyed that is not taken yet.
struct Keypad {
    script: VecDeque<Keyed>,
    pressed: VecDeque<char>,
}

impl Keypad {
    /// What is pressed while something is played that a key ends.
    fn during(&mut self) -> char {
        if self.pressed.is_empty()
            && let Some(Keyed::Early(keys)) = self.script.front()
        {
            self.pressed.extend(keys.chars().chain(['#']));
            self.script.pop_front();
        }
        self.pressed.pop_front().unwrap_or(SILENCE)
    }

    /// What is pressed when a key is waited for.
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
            // What is pressed meanwhile is lost.
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
