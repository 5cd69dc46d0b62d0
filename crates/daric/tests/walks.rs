//! The walks of the README and of the book give exactly the replies that they show, and the other calls of the book are answered.
//!
//! A walk is what a page has between `<!-- walk` and `<!-- /walk -->`: blocks that run (`sh` and the languages of `INTERPRETERS`), and blocks that show what
//! was printed since the last one (`json`, `text`). `…` in a shown reply stands for any text. Each page has a new demo world. Its commands find the
//! tested program as `daric`, and the directory of the server's store as `$DATA`.

use crate::harness;
use crate::harness::server::{OnStore, each_store_at_once};
use rstest_reuse::apply;

use std::path::Path;
use std::process::{Command, Output};

use harness::documents::{Page, pages};
use harness::server::{Home, Launch, Server, daric};
use harness::world::OPERATOR;

/// Languages of blocks that run as programs of their own, and what runs them.
const INTERPRETERS: [(&str, &str); 3] = [("python", "python3 -"), ("js", "node --input-type=module -"), ("php", "php")];
/// A line that cannot be in a reply, between the outputs of two steps.
const BORDER: &str = "=== next step ===";
/// The line after a program.
const END: &str = "END_OF_PROGRAM";
/// The address that the pages print.
const PRINTED: &str = "http://127.0.0.1:7070";
/// Prefixes of lines of a page that are no calls: servers, and programs that other tests run.
const OTHER_PROGRAMS: [&str; 3] = ["daric ", "openapi-python-client ", "npx "];

/// The fenced blocks of a page's walks: language and text.
fn blocks(page: &Page) -> Vec<(&str, &str)> {
    let walks = page.by_hand().split("<!-- walk").skip(1);
    let walks =
        walks.map(|walk| walk.split_once("<!-- /walk -->").unwrap_or_else(|| panic!("{}: no end", page.name)).0);
    let fenced = walks.flat_map(|walk| walk.split("```").skip(1).step_by(2));
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

/// The script of a walk, and the replies that it shows.
fn script(page: &Page) -> (String, Vec<&str>) {
    let (mut script, mut shown) = (String::from("set -e\n"), Vec::new());
    for (language, text) in blocks(page) {
        let interpreter = INTERPRETERS.iter().find(|(name, _)| *name == language);
        match (language, interpreter) {
            ("sh", _) => script.push_str(text),
            ("json" | "text", _) => {
                script.push_str(&format!("echo; echo '{BORDER}'\n"));
                shown.push(text.trim());
            }
            (_, Some((_, program))) => script.push_str(&format!("{program} <<'{END}'\n{text}{END}\n")),
            (other, None) => panic!("{}: a block of {other} in the walk", page.name),
        }
    }
    (script, shown)
}

/// Runs a script in the home of a server, with the tested program on the path.
fn run(script: &str, server: &Server, home: &Home) -> Output {
    let program = daric();
    let folder = Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let script = script.replace(PRINTED, &format!("http://{}", server.address));
    let mut bash = Command::new("bash");
    // As for the server: no settings of the tests' own environment.
    for (name, _) in program.get_envs() {
        bash.env_remove(name);
    }
    bash.args(["-c", &script]).current_dir(home.folder());
    bash.env("PATH", path).env("DATA", home.data()).env("DARIC_OPERATOR_TOKEN", OPERATOR);
    bash.output().expect("bash is there")
}

/// Whether a reply is the shown one, in which `…` stands for any text.
fn is_shown(shown: &str, reply: &str) -> bool {
    let (first, rest) = shown.split_once('…').map_or((shown, None), |(first, rest)| (first, Some(rest)));
    let (Some(mut left), Some(rest)) = (reply.strip_prefix(first), rest) else { return shown == reply };
    let (between, last) = rest.rsplit_once('…').unwrap_or(("", rest));
    for part in between.split('…') {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}

/// The differences between a page's walk and what it prints; `None` if the page has no walk.
fn walked(page: &Page) -> Option<Vec<String>> {
    let (script, shown) = script(page);
    if shown.is_empty() {
        return None;
    }
    let test = format!("walk-{}", page.name.replace('/', "-"));
    // Only a directory has files that commands name.
    let home = if script.contains("$DATA") { Home::in_directory(&test) } else { Home::new(&test) };
    let server = Server::start(&home, Launch::default());
    let ran = run(&script, &server, &home);
    let printed = String::from_utf8(ran.stdout).unwrap().replace(&format!("http://{}", server.address), PRINTED);
    let replies: Vec<&str> = printed.split(BORDER).map(str::trim).filter(|reply| !reply.is_empty()).collect();
    server.stop();
    let mut wrong = Vec::new();
    if !ran.status.success() || replies.len() != shown.len() {
        let error = String::from_utf8_lossy(&ran.stderr);
        wrong.push(format!("{}: {} replies of {}, {}: {error}", page.name, replies.len(), shown.len(), ran.status));
    }
    let other = shown.iter().zip(&replies).filter(|(shown, reply)| !is_shown(shown, reply));
    wrong.extend(other.map(|(shown, reply)| format!("{}:\n  shown   {shown}\n  printed {reply}", page.name)));
    Some(wrong)
}

#[apply(each_store_at_once)]
fn the_walks_of_the_readme_and_of_the_book_give_the_shown_replies(#[case] _on: OnStore) {
    let walks: Vec<Vec<String>> = pages().iter().filter_map(walked).collect();
    assert!(walks.len() >= 12, "pages with walks: {}", walks.len());
    let wrong = walks.concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs the curl commands of each page without a walk in order, in a fresh demo world; a reply that refuses is an error.
#[apply(each_store_at_once)]
fn the_calls_of_every_page_of_the_book_are_answered(#[case] _on: OnStore) {
    let mut ran = 0;
    for page in pages().iter().filter(|page| blocks(page).is_empty()) {
        let calls = page.by_hand().split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        let calls: Vec<&str> = calls.filter(|block| block.contains("curl ") || block.contains("D=http")).collect();
        if calls.is_empty() {
            continue;
        }
        let home = Home::new(&format!("book-{}", page.name.replace('/', "-")));
        let server = Server::start(&home, Launch::default());
        let mut script = String::from("set -eo pipefail\ncurl() { command curl --fail-with-body \"$@\"; }\n");
        for line in calls.concat().lines().filter(|line| !OTHER_PROGRAMS.iter().any(|other| line.starts_with(other))) {
            script.push_str(line);
            script.push('\n');
        }
        let done = run(&script, &server, &home);
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{}: {said}", page.name);
        server.stop();
        ran += 1;
    }
    assert!(ran >= 5, "pages with calls: {ran}");
}

#[test]
fn a_shown_reply_is_compared_but_for_what_it_leaves_open() {
    for (shown, reply, same) in [
        ("{\"a\":1}", "{\"a\":1}", true),
        ("{\"a\":1}", "{\"a\":2}", false),
        ("{\"a\":1}", "{\"a\":1} ", false),
        ("{\"a\":…}", "{\"a\":17}", true),
        ("{\"a\":…}", "{\"a\":17", false),
        ("{\"a\":…,\"b\":…}", "{\"a\":1,\"b\":2}", true),
        ("{\"a\":…,\"b\":…}", "{\"a\":1,\"c\":2}", false),
        ("{\"a\":1,…\"b\":2,…}", "{\"a\":1,\"b\":2,}", true),
        ("…", "anything", true),
    ] {
        assert_eq!(is_shown(shown, reply), same, "{shown} {reply}");
    }
}
