//! A server in production, with its operator's token.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::server::Home;

pub const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
pub const OPERATOR: &str = "an-operator-s-token";

pub fn serve(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(home.store()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server in production; dropping it kills it.
pub struct Production(Child, pub SocketAddr);

impl Production {
    pub fn start(home: &Home, key: &str) -> Self {
        Self::start_with(home, key, &[])
    }

    pub fn start_with(home: &Home, key: &str, more: &[&str]) -> Self {
        let arguments = [&["--key", key, "--operator-token", OPERATOR], more].concat();
        let mut child = serve(home, &arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").expect("the ready line").1.parse().unwrap();
        Self(child, address)
    }
}

impl Drop for Production {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
