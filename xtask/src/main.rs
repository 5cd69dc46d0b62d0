//! Chores of the project: `cargo xtask test` sets up what the tests need and runs them all.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Programs that the tests use, and the Debian packages that have them.
const NEEDED: [(&str, &str); 4] = [("cc", "gcc"), ("kill", "procps"), ("bash", "bash"), ("curl", "curl")];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((task, rest)) if task == "test" => match test(rest) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("xtask: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: cargo xtask test [arguments of cargo test]");
            ExitCode::from(2)
        }
    }
}

fn test(arguments: &[String]) -> Result<(), String> {
    install_missing()?;
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    run(Command::new(cargo).args(["test", "--workspace", "--locked"]).args(arguments))
}

/// Installs the packages of the programs that are not there.
fn install_missing() -> Result<(), String> {
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(", "));
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get").args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(missing))
}

fn is_there(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| Path::new(&folder).join(program).exists()))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}
