//! Tasks of the project: `cargo xtask test` installs the programs that the tests need and runs all tests; `cargo xtask bench` builds the server
//! and the benchmark with the profile `dist`, with which they are shipped, and runs the benchmark.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Programs that the tests use, and the Debian packages that contain them.
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

/// Files that Debian installs outside of `PATH`, and the packages that contain them.
const ELSEWHERE: [(&str, &str); 3] = [
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/sbin/nginx", "nginx-light"),
    ("/usr/share/fonts/truetype/noto", "fonts-noto-core"),
];
/// The root of the checkout.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((task, rest)) if task == "test" => ended(test(rest)),
        Some((task, rest)) if task == "bench" => ended(bench(rest)),
        _ => {
            eprintln!("usage: cargo xtask test [arguments of cargo test] | cargo xtask bench [arguments of bench]");
            ExitCode::from(2)
        }
    }
}

fn ended(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Result<(), String> {
    // One build for both: two builds would compile some libraries twice, with other features.
    run(Command::new(cargo()).args([
        "build",
        "--profile",
        "dist",
        "--locked",
        "--package",
        "daric",
        "--package",
        "bench",
    ]))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(ROOT).join("target"), PathBuf::from);
    run(Command::new(target.join("dist/bench")).args(arguments))
}

fn test(arguments: &[String]) -> Result<(), String> {
    install_missing()?;
    run(Command::new(cargo()).args(["test", "--workspace", "--locked"]).args(arguments))
}

fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Installs the packages of the programs that are missing.
fn install_missing() -> Result<(), String> {
    let mut missing: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !is_configured(program)).map(|(_, package)| *package).collect();
    missing.extend(ELSEWHERE.iter().filter(|(place, _)| !Path::new(place).exists()).map(|(_, package)| *package));
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(", "));
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get").args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(missing))
}

fn is_configured(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| Path::new(&folder).join(program).exists()))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}
