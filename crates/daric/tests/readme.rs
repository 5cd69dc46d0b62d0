//! The README's walk gives exactly the replies that it shows, and the book's commands do what they say.

use crate::harness;
use crate::harness::server::{OnStore, each_store_at_once};
use rstest_reuse::apply;

use std::path::Path;
use std::process::Command;

use harness::server::{Home, Launch, Server};
use harness::world::OPERATOR;

/// A line that cannot be in a reply, between the outputs of two steps.
const BORDER: &str = "=== next step ===";

/// The walk's fenced blocks: language and text.
fn blocks(readme: &str) -> Vec<(&str, &str)> {
    let walk = readme.split_once("<!-- walk").unwrap().1.split_once("<!-- /walk -->").unwrap().0;
    let fenced = walk.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

#[apply(each_store_at_once)]
fn the_walk_of_the_readme_gives_exactly_the_shown_replies(#[case] _on: OnStore) {
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

/// Prefixes of lines of a page that are no calls: servers, and programs that other tests run.
const OTHER_PROGRAMS: [&str; 3] = ["daric ", "openapi-python-client ", "npx "];

/// Runs the curl commands of each page in order, in a fresh demo world; a reply that refuses is an error.
#[apply(each_store_at_once)]
fn the_calls_of_every_page_of_the_book_are_answered(#[case] _on: OnStore) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut ran = 0;
    for entry in std::fs::read_dir(&docs).unwrap() {
        let page = entry.unwrap().path();
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&page).unwrap();
        // Of a generated page only the part that is written by hand.
        let text = text.split_once("<!-- from ").map_or(text.as_str(), |(head, _)| head);
        let calls = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        let calls: Vec<&str> = calls.filter(|block| block.contains("curl ") || block.contains("D=http")).collect();
        if calls.is_empty() {
            continue;
        }
        let home = Home::new(&format!("book-{name}"));
        let server = Server::start(&home, Launch::default());
        let mut script = String::from("set -eo pipefail\ncurl() { command curl --fail-with-body \"$@\"; }\n");
        for line in calls.concat().lines().filter(|line| !OTHER_PROGRAMS.iter().any(|other| line.starts_with(other))) {
            script.push_str(line);
            script.push('\n');
        }
        let script = script.replace("http://127.0.0.1:7070", &format!("http://{}", server.address));
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).env("DARIC_OPERATOR_TOKEN", OPERATOR).current_dir(home.folder());
        let done = bash.output().expect("bash and curl are there");
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "docs/{name}.md: {said}");
        server.stop();
        ran += 1;
    }
    assert!(ran >= 5, "pages with calls: {ran}");
}
