//! Tasks of the project: `cargo xtask test` installs the programs that the tests need and runs all tests; `cargo xtask bench` builds the server
//! and the benchmark with the profile `dist`, with which they are shipped, and runs the benchmark; `cargo xtask dist` makes all packages;
//! `cargo xtask book` makes the book.

mod book;
mod dist;
mod tools;

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

use clap::Parser as _;
use tools::{cargo, run, target};

/// Programs that the tests use, and the Debian packages that contain them.
const NEEDED: [(&str, &str); 18] = [
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
    ("strip", "binutils"),
    ("lintian", "lintian"),
    ("mmdebstrap", "mmdebstrap"),
    ("skopeo", "skopeo"),
    ("umoci", "umoci"),
    ("systemd-analyze", "systemd"),
    ("php", "php-cli"),
    ("phpunit", "phpunit"),
];

/// Files that Debian installs outside of `PATH`, and the packages that contain them.
const ELSEWHERE: [(&str, &str); 3] = [
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/sbin/nginx", "nginx-light"),
    ("/usr/share/fonts/truetype/noto", "fonts-noto-core"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((task, rest)) if task == "test" => ended(test(rest)),
        Some((task, rest)) if task == "bench" => ended(bench(rest)),
        Some((task, rest)) if task == "dist" => {
            let arguments = std::iter::once("cargo xtask dist").chain(rest.iter().map(String::as_str));
            ended(dist::dist(dist::Flags::parse_from(arguments)).map_err(|error| error.to_string()))
        }
        Some((task, rest)) if task == "book" => ended(book::book(rest)),
        _ => {
            eprintln!(
                "usage: cargo xtask test [arguments of cargo test] | bench [arguments of bench] | dist [--help] | \
                 book [arguments of mdbook build]"
            );
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
    run(cargo().args(["build", "--profile", "dist", "--locked", "--package", "daric", "--package", "bench"]))?;
    run(Command::new(target().join("dist/bench")).args(arguments))
}

fn test(arguments: &[String]) -> Result<(), String> {
    install_missing()?;
    let mut tests = cargo();
    // Tests wait for processes of their own in between: three of them keep two cores busy.
    if env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        tests.env("RUST_TEST_THREADS", (cores + cores.div_ceil(2)).to_string());
    }
    run(tests.args(["test", "--workspace", "--locked"]).args(arguments))
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
