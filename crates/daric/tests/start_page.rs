//! The first minute of a sandbox: the start page, its programs, and what a terminal shows below the ready line.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use harness::browser::{Tab, text};
use harness::client::{AfterSending, Call, Client, raw};
use harness::production::{KEY, OPERATOR, Production};
use harness::server::{Home, KilledOnDrop, Launch, Server, daric};
use harness::world::{Caller, World};
use regex::Regex;
use serde_json::json;

/// What browsers accept.
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
/// The interpreters of the programs, by the ends of their files; each reads its program from its standard input.
const INTERPRETERS: [(&str, &str, &[&str]); 4] = [
    (".sh", "bash", &["-e", "-o", "pipefail"]),
    (".py", "python3", &["-"]),
    (".mjs", "node", &["--input-type=module", "-"]),
    (".php", "php", &[]),
];

fn page_of(path: &str) -> Call {
    Call::get(path).header("accept", HTML)
}

/// A text of a page as a browser shows it.
fn shown(html: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (written, means)| text.replace(written, means))
}

/// The programs of the page by the names of their files.
fn programs(html: &str) -> BTreeMap<String, String> {
    let program = Regex::new(r#"(?s)<pre[^>]* id="([^"]+)">(.*?)</pre>"#).unwrap();
    program.captures_iter(html).map(|found| (found[1].to_owned(), shown(&found[2]))).collect()
}

#[apply(each_store)]
async fn a_browser_gets_a_page_and_a_program_the_addresses(#[case] _on: OnStore) {
    let mut world = World::start("start-page").await;
    let base = format!("http://{}", world.server.address);
    let body = world.send(&Call::get("/")).await.unwrap().json().unwrap();
    let dialect = |name: &str, hosts: &[&str]| json!({"name": name, "hosts": hosts, "base": base});
    let finnotech = ["https://api.finnotech.ir", "https://apibeta.finnotech.ir", "https://sandboxapi.finnotech.ir"];
    let expected = json!({
        "name": "daric",
        "version": env!("CARGO_PKG_VERSION"),
        "mode": "sandbox",
        "dialects": [
            dialect("finnotech", &finnotech),
            dialect("paystar", &["https://core.paystar.ir"]),
            dialect("pod", &["https://api.pod.ir", "https://pay.pod.ir"]),
        ],
        "operatorApi": format!("{base}/admin/v1"),
        "console": format!("{base}/console"),
        "smsInbox": format!("{base}/console/messages"),
        "requests": format!("{base}/console/requests"),
        "reference": format!("{base}/docs/api"),
        "docs": format!("{base}/openapi.json"),
    });
    assert_eq!(body, expected);
    let page = world.send(&page_of("/")).await.unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{page}");
    assert_eq!(page.header("vary"), Some("accept"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let html = text(&page);
    for part in ["lang=\"fa\" dir=\"rtl\"", "https://apibeta.finnotech.ir", "daric-admin", "demo-admin-token", &base] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let english = text(&world.send(&page_of("/?lang=en")).await.unwrap());
    assert!(english.contains("lang=\"en\" dir=\"ltr\"") && english.contains("Base URLs"), "{english}");
    // Each link leads somewhere: console pages lead an unknown visitor to the log-in.
    let links = Regex::new(r##"href="([^"#]+)""##).unwrap();
    let paths: Vec<String> = links.captures_iter(&html).map(|found| found[1].replace(&base, "")).collect();
    assert!(paths.len() > 6, "{paths:?}");
    for path in paths {
        let reply = world.send(&page_of(&shown(&path))).await.unwrap();
        assert!([200, 302].contains(&reply.status), "{path}: {reply}");
    }
}

/// Reads the start page's JSON by another name of the server.
async fn base_for(server: &Server, host: &str) -> String {
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let reply = raw(server.address, request.into_bytes(), AfterSending::Waits).await.unwrap();
    reply.json().unwrap()["dialects"][0]["base"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_url_is_public_base_or_the_name_by_which_the_server_was_asked() {
    let home = Home::in_directory("start-page-base");
    let server = Server::start(&home, Launch::default());
    let own = format!("http://{}", server.address);
    for (host, expected) in [
        ("localhost:7070", "http://localhost:7070"),
        ("daric.test", "http://daric.test"),
        ("a$(id)", own.as_str()),
        ("", own.as_str()),
    ] {
        assert_eq!(base_for(&server, host).await, expected, "{host:?}");
    }
    server.stop();
    let launch = Launch { args: &["--public-base", "https://pay.example"], env: &[] };
    let server = Server::start(&home, launch);
    assert_eq!(base_for(&server, "localhost:7070").await, "https://pay.example");
    server.stop();
}

#[apply(each_store)]
async fn every_program_of_the_start_page_does_what_it_says(#[case] _on: OnStore) {
    let home = Home::new("start-page-programs");
    let server = Server::start(&home, Launch::default());
    let mut client = Client::connect(server.address).await.unwrap();
    let html = text(&client.send(&page_of("/?lang=en")).await.unwrap());
    let (programs, no_reference) = (programs(&html), Regex::new(r"refID\W+0\W").unwrap());
    assert_eq!(programs.len(), 12, "{:?}", programs.keys());
    for (file, program) in programs {
        let (_, interpreter, arguments) = INTERPRETERS.iter().find(|(end, ..)| file.ends_with(end)).unwrap();
        if *interpreter == "php" && Command::new("php").arg("-v").output().is_err() {
            continue;
        }
        let mut command = Command::new(interpreter);
        command.args(*arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.current_dir(home.folder()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), program.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        let printed = String::from_utf8_lossy(&done.stdout).into_owned();
        let failed = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{file}: {printed}{failed}");
        let proof = match file.split_once('.').unwrap().0 {
            "finnotech" => "currentBalance",
            "paystar" => "refID",
            _ => "uniqueNumber=",
        };
        assert!(printed.contains(proof) && !printed.contains("FAILED"), "{file}: {printed}{failed}");
        if let Some((_, unique)) = printed.split_once("uniqueNumber=") {
            let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", unique.trim());
            let mut payer = Caller::of_production(server.address).await;
            let came = Tab::of(server.address).get(&mut payer, &link).await;
            assert!(came.status == 303 || came.status == 302 || came.status == 200, "{file}: {came}");
        }
        // A refused payment has a reference of zero.
        assert!(!no_reference.is_match(&printed), "{file}: {printed}");
    }
    server.stop();
}

#[apply(each_store)]
async fn a_sandbox_without_a_demo_world_shows_no_programs_and_an_own_token_is_not_shown(#[case] _on: OnStore) {
    let home = Home::new("start-page-own");
    let token = "a-token-of-the-settings";
    let server = Server::start(&home, Launch { args: &["--operator-token", token], env: &[] });
    let mut client = Client::connect(server.address).await.unwrap();
    let html = text(&client.send(&page_of("/?lang=en")).await.unwrap());
    assert!(html.contains("YOUR-OPERATOR-TOKEN") && !html.contains("demo-admin-token"), "{html}");
    assert!(!html.contains(token), "{html}");
    server.stop();

    let home = Home::new("start-page-empty");
    let mut command = daric();
    command.args(["serve", "--mode", "sandbox", "--listen", "127.0.0.1:0"]).args(home.store());
    let mut child = KilledOnDrop(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once("http://").unwrap().1.parse().unwrap();
    let mut client = Client::connect(address).await.unwrap();
    let html = text(&client.send(&page_of("/?lang=en")).await.unwrap());
    assert!(html.contains("There is no demo world") && programs(&html).is_empty(), "{html}");
    assert!(!html.contains("daric-admin"), "{html}");
}

#[apply(each_store)]
async fn a_path_that_no_platform_has_names_the_start_page_in_a_browser_alone(#[case] _on: OnStore) {
    let mut world = World::start("start-page-missing").await;
    for (path, is_named) in [("/nothing", true), ("/nothing/at/all", true), ("/oak/nothing", false), ("/srv/x", false)]
    {
        let page = world.send(&page_of(path)).await.unwrap();
        assert_eq!((page.status, text(&page).contains("href=\"/\"")), (404, is_named), "{path}: {page}");
        let reply = world.send(&Call::get(path)).await.unwrap();
        let is_json = reply.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        assert!(reply.status == 404 && is_json, "{path}: {reply}");
    }
}

#[apply(each_store)]
async fn production_has_no_start_page(#[case] _on: OnStore) {
    let home = Home::new("start-page-production");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    for path in ["/", "/nothing"] {
        for call in [Call::get(path), page_of(path)] {
            let reply = client.send(&call.bearer(OPERATOR)).await.unwrap();
            assert_eq!((reply.status, &reply.json().unwrap()["error"]["code"]), (404, &"NOT_FOUND".into()), "{path}");
        }
    }
}

/// A server at a terminal.
struct AtTerminal(Child);

impl AtTerminal {
    /// Starts a server whose output is a terminal; returns what it prints up to the end of the first part.
    fn start(home: &Home, end: &str, environment: &[(&str, &str)]) -> (Self, String) {
        let server = daric();
        let program = server.get_program().to_str().unwrap().to_owned();
        let store = home.store();
        // The log goes to a file: a terminal would show it between the lines.
        let line = format!(
            "exec '{program}' serve --demo --listen 127.0.0.1:0 {} '{}' 2>'{}'",
            store[0],
            store[1],
            home.folder().join("stderr.log").display()
        );
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env_remove("NO_COLOR");
        for (name, _) in server.get_envs() {
            command.env_remove(name);
        }
        command.env("TERM", "xterm").envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("util-linux is there");
        let (mut stdout, mut printed) = (child.stdout.take().unwrap(), Vec::new());
        let mut byte = [0];
        while !String::from_utf8_lossy(&printed).contains(end) && stdout.read_exact(&mut byte).is_ok() {
            printed.push(byte[0]);
        }
        (Self(child), String::from_utf8(printed).unwrap())
    }
}

impl Drop for AtTerminal {
    fn drop(&mut self) {
        // `script` ends its child with the terminal. The process may have ended already.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn a_terminal_shows_the_addresses_below_the_ready_line_and_a_pipe_the_ready_line_alone() {
    for (environment, is_styled) in [(&[][..], true), (&[("NO_COLOR", "1")], false)] {
        let home = Home::in_directory("terminal");
        let (_server, printed) = AtTerminal::start(&home, "https://pay.pod.ir", environment);
        let (ready, below) = printed.split_once('\n').unwrap();
        let (_, base) = ready.trim().split_once("daric is ready on ").unwrap();
        assert!(base.starts_with("http://127.0.0.1:"), "{printed}");
        for part in [&format!("{base}/console"), "admin / daric-admin", "https://api.pod.ir", "demo-admin-token"] {
            assert!(below.contains(part), "{part}: {printed}");
        }
        assert_eq!(printed.contains('\x1b'), is_styled, "{printed:?}");
    }
    let home = Home::in_directory("pipe");
    Server::start(&home, Launch::default()).stop();
    let printed = std::fs::read_to_string(home.folder().join("stdout.log")).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
}
