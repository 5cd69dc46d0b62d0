//! Chores of the project: `cargo xtask test` sets up what the tests need and runs them all.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Programs that the tests use, and the Debian packages that have them.
const NEEDED: [(&str, &str); 10] = [
    ("cc", "gcc"),
    ("kill", "procps"),
    ("bash", "bash"),
    ("curl", "curl"),
    ("openssl", "openssl"),
    ("python3", "python3"),
    ("pip3", "python3-pip"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("chromium", "chromium"),
];

/// What is on nobody's path: where Debian puts it, and the packages that have it.
const ELSEWHERE: [(&str, &str); 2] =
    [("/usr/lib/postgresql", "postgresql"), ("/usr/share/fonts/truetype/noto", "fonts-noto-core")];
/// Test programs that run on either store.
const ON_BOTH_STORES: [&str; 26] = [
    "bad_input",
    "clients",
    "console",
    "finnotech_charges",
    "finnotech_consent",
    "finnotech_errors",
    "finnotech_rules",
    "finnotech_settlement",
    "golden_finnotech",
    "golden_paystar",
    "golden_pod",
    "kill",
    "one_track_id",
    "operator_input",
    "pay_pages",
    "paystar_attacks",
    "paystar_codes",
    "pod_errors",
    "pod_races",
    "pod_rules",
    "production",
    "readme",
    "settlement_kill",
    "sms",
    "sso",
    "telephone",
];

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
    run(Command::new(&cargo).args(["test", "--workspace", "--locked"]).args(arguments))?;
    // What the server promises, it promises on both stores: the tests that meet it from outside run once more.
    println!("once more on PostgreSQL");
    let mut again = Command::new(&cargo);
    again.args(["test", "--package", "daric", "--locked"]).env("DARIC_TEST_STORE", "postgres");
    for test in ON_BOTH_STORES {
        again.args(["--test", test]);
    }
    run(again.args(arguments))
}

/// Installs the packages of the programs that are not there.
fn install_missing() -> Result<(), String> {
    let mut missing: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    missing.extend(ELSEWHERE.iter().filter(|(place, _)| !Path::new(place).exists()).map(|(_, package)| *package));
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
