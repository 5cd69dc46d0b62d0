//! The README's walk gives exactly the replies that it shows.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::path::Path;
use std::process::Command;

use harness::server::{Home, Launch, Server};

/// A line that cannot be in a reply, between the outputs of two steps.
const BORDER: &str = "=== next step ===";

/// The walk's fenced blocks: language and text.
fn blocks(readme: &str) -> Vec<(&str, &str)> {
    let walk = readme.split_once("<!-- walk").unwrap().1.split_once("<!-- /walk -->").unwrap().0;
    let fenced = walk.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

#[test]
fn the_walk_of_the_readme_gives_exactly_the_shown_replies() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let home = Home::new("readme");
    let server = Server::start(&home, Launch::default());
    let (mut script, mut expected) = (String::from("set -e\n"), Vec::new());
    for (language, text) in blocks(&readme) {
        match language {
            "sh" => script.push_str(text),
            "json" => {
                script.push_str(&format!("echo; echo '{BORDER}'\n"));
                expected.push(text.trim());
            }
            other => panic!("a block of {other} in the walk"),
        }
    }
    assert!(expected.len() >= 5, "the walk shows its replies");
    let script = script.replace("http://127.0.0.1:7070", &format!("http://{}", server.address));
    let ran = Command::new("bash").args(["-c", &script]).output().expect("bash and curl are there");
    let printed = String::from_utf8(ran.stdout).unwrap();
    let replies: Vec<&str> = printed.split(BORDER).map(str::trim).filter(|reply| !reply.is_empty()).collect();
    assert_eq!(replies, expected, "{}", String::from_utf8_lossy(&ran.stderr));
    server.stop();
}
