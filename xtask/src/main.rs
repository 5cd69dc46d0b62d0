//! Chores of the project: `cargo xtask test` sets up what the tests need and runs them all; `cargo xtask bench` builds the server and what measures it as they
//! are shipped, and measures.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
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
const ELSEWHERE: [(&str, &str); 3] = [
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/sbin/nginx", "nginx-light"),
    ("/usr/share/fonts/truetype/noto", "fonts-noto-core"),
];
/// The checkout.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Where the tests are that meet the server from outside.
const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/daric/tests");
/// What test programs have in them that run on whatever store the environment names.
const ON_EITHER_STORE: [&str; 3] = ["World::start(", "World::launch(", "Home::new("];
/// In a real browser: what pages show does not depend on the store, and takes long.
const IN_BROWSER: [&str; 2] = ["tools::browser", "tools::{browser"];

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
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // At once: by itself each would build some libraries with other features.
    run(Command::new(&cargo).args([
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
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    run(Command::new(&cargo).args(["test", "--workspace", "--locked"]).args(arguments))?;
    // What the server promises, it promises on both stores: the tests that meet it from outside run once more.
    println!("once more on PostgreSQL");
    let mut again = Command::new(&cargo);
    // Of the whole workspace again, so that no library is built a second time with fewer features.
    again.args(["test", "--workspace", "--locked"]).env("DARIC_TEST_STORE", "postgres");
    for test in on_either_store()? {
        again.args(["--test", &test]);
    }
    run(again.args(arguments))
}

/// The names of the test programs that run on either store, as their texts say.
fn on_either_store() -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{TESTS}: {error}");
    let mut names = Vec::new();
    for entry in fs::read_dir(TESTS).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs")) else { continue };
        let text = fs::read_to_string(&path).map_err(failed)?;
        let starts = ON_EITHER_STORE.iter().any(|start| text.contains(start));
        if starts && !IN_BROWSER.iter().any(|browser| text.contains(browser)) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
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
