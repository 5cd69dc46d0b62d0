//! The kits for tests of programs that use a sandbox: each kit's own tests and its example run against this server; the documents print the examples.
//!
//! Absent: the stores. A kit starts a server as its users do, with a store in a directory.

use crate::harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use daric_test_kit::{Daric, Error, header_fault};
use harness::server::{Home, daric};
use harness::tools::{python_packages, run_ok, typescript_accepts};
use harness::world::{ELEVEN, OPERATOR};
use serde_json::{Value, json};

#[path = "../../../kits/rust/examples/undecided_transfer.rs"]
mod undecided_transfer;

/// Most lines of an example: a page shows it whole.
const LINES: usize = 40;

/// A path below the root of the checkout.
fn of_checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}

fn kit(path: &str) -> PathBuf {
    of_checkout("kits").join(path)
}

/// A program whose kit starts the server of this build.
fn user(program: &str) -> Command {
    let mut command = Command::new(program);
    // Settings of this run are for other programs.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DARIC_")) {
        command.env_remove(name);
    }
    command.env("DARIC_BINARY", env!("CARGO_BIN_EXE_daric"));
    command
}

fn printed(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream)).concat()
}

/// Python with the kit and the packages of its tests.
fn python() -> Command {
    python_beside(None)
}

/// The same with another folder of packages.
fn python_beside(folder: Option<&Path>) -> Command {
    let packages = python_packages("kits-python", "kits", include_str!("kits/requirements.txt"));
    let folders = [packages, kit("python")].into_iter().chain(folder.map(Path::to_owned));
    let path = std::env::join_paths(folders).unwrap();
    let mut python = user("python3");
    python.env("PYTHONPATH", path);
    python.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(kit("python"));
    python
}

#[test]
fn the_kit_for_python_passes_its_tests_and_its_example() {
    let mut pytest = python();
    pytest.args(["-m", "pytest", "-p", "daric_pytest.plugin", "-p", "no:cacheprovider", "--color=no", "-q"]);
    let said = printed(&run_ok(pytest.args(["tests", "examples"])));
    let end = said.lines().last().unwrap();
    assert!(end.contains(" passed in ") && !end.contains("skipped") && !end.contains("warning"), "{said}");
}

#[test]
fn the_kit_for_python_passes_the_tests_of_its_plugin_when_it_is_installed() {
    let home = Home::in_directory("kit-python-installed");
    // With this directory beside it, pytest loads the plugin by itself.
    let installed = home.folder().join("daric_pytest-0.1.0.dist-info");
    fs::create_dir(&installed).unwrap();
    fs::write(installed.join("METADATA"), "Metadata-Version: 2.1\nName: daric-pytest\nVersion: 0.1.0\n").unwrap();
    let project = fs::read_to_string(kit("python/pyproject.toml")).unwrap();
    let plugin = project.split_once("[project.entry-points.pytest11]\n").unwrap().1.lines().next().unwrap();
    fs::write(installed.join("entry_points.txt"), format!("[pytest11]\n{}\n", plugin.replace('"', ""))).unwrap();
    let mut pytest = python_beside(Some(home.folder()));
    pytest.args(["-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-v", "tests/test_plugin.py"]);
    let said = printed(&run_ok(&mut pytest));
    assert!(said.contains(" passed in ") && said.contains("daric-pytest-0.1.0"), "{said}");
}

#[test]
fn the_kit_for_python_has_types_that_a_strict_checker_accepts() {
    let mut checker = python();
    checker.args(["-m", "mypy", "--strict", "--cache-dir=/dev/null", "-p", "daric_pytest"]);
    run_ok(&mut checker);
}

#[test]
fn the_kit_for_node_passes_its_tests_and_its_example() {
    let mut node = user("node");
    // A test runner inside a test runner reports to the outer one.
    node.env_remove("NODE_TEST_CONTEXT").current_dir(kit("node"));
    node.args(["--test", "test/sandbox.test.js", "examples/paya-cycle.test.js"]);
    let said = printed(&run_ok(&mut node));
    assert!(said.contains("fail 0") && said.contains("skipped 0") && !said.contains("pass 0"), "{said}");
}

#[test]
fn the_kit_for_node_has_types() {
    typescript_accepts(&kit("node/test/types.ts"));
}

/// PHPUnit with the kit, in a folder where it may leave its files.
fn phpunit(home: &Home, tests: &Path) -> Command {
    let mut phpunit = user("phpunit");
    phpunit.args(["--do-not-cache-result", "--bootstrap"]).arg(kit("php/Daric.php")).arg(tests);
    phpunit.current_dir(home.folder());
    phpunit
}

#[test]
fn the_kit_for_php_passes_its_tests_and_its_example() {
    let home = Home::in_directory("kit-php");
    for tests in ["php/tests", "php/examples"] {
        let said = printed(&run_ok(phpunit(&home, &kit(tests)).args(["--fail-on-warning", "--fail-on-risky"])));
        assert!(said.contains("OK ("), "{said}");
    }
}

#[test]
fn the_kit_for_php_prints_the_requests_and_the_log_of_a_test_that_fails() {
    let home = Home::in_directory("kit-php-failing");
    let test = home.folder().join("FailingTest.php");
    let text = "<?php final class FailingTest extends PHPUnit\\Framework\\TestCase { use Daric\\Testing\\UsesDaric;\n\
                public function test_passes(): void {\n\
                self::assertNotSame([], $this->daric()->admin('GET', '/admin/v1/values')); }\n\
                public function test_fails(): void {\n\
                $this->daric()->clock->now(); self::fail('it has to'); } }";
    fs::write(&test, text).unwrap();
    let output = phpunit(&home, &test).output().unwrap();
    let said = printed(&output);
    assert!(!output.status.success() && said.contains("it has to"), "{said}");
    let (_, report) =
        said.split_once("FailingTest::test_fails\nwhat daric replied:\n").unwrap_or_else(|| panic!("{said}"));
    let (replied, log) = report.split_once("what daric printed:\n").unwrap_or_else(|| panic!("{said}"));
    assert!(replied.contains(" GET /admin/v1/clock 200\n  < {"), "{said}");
    assert!(log.contains("/admin/v1/clock"), "{said}");
    assert!(!said.contains("/admin/v1/values"), "{said}");
}

/// The kit with a fresh demo world at eleven.
fn sandbox() -> Daric {
    let sandbox = Daric::start().unwrap();
    sandbox.clock().set(ELEVEN).unwrap();
    sandbox
}

/// The status of a transfer of 50,000, with more headers.
fn transfer(sandbox: &Daric, track_id: &str, headers: &[(&str, &str)]) -> u16 {
    let body = json!({"amount": 50_000, "description": "rent", "paymentNumber": "123456",
        "destinationNumber": "IR490620000000302876732005"});
    let url = format!("{}/oak/v2/clients/drops/transferTo?trackId={track_id}", sandbox.url());
    let mut request = ureq::post(url).config().http_status_as_error(false).build();
    request = request.header("authorization", format!("Bearer {}", sandbox.token().unwrap()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send(body.to_string()).unwrap().status().as_u16()
}

fn track_ids(sandbox: &Daric) -> Vec<Value> {
    let mut orders = sandbox.admin("GET", "/admin/v1/orders?client=drops", None).unwrap();
    orders.as_array_mut().unwrap().iter_mut().map(|order| order["trackId"].take()).collect()
}

#[test]
fn the_kit_for_rust_moves_the_clock_and_says_why_it_does_not_move() {
    let sandbox = sandbox();
    assert_eq!(sandbox.clock().advance("PT1H").unwrap()["jalali"], "1405-08-30 12:00:00");
    let Err(Error::Refused { status, field, .. }) = sandbox.clock().set(ELEVEN) else { panic!("the clock goes back") };
    assert_eq!((status, field.as_deref()), (409, Some("set")));
    transfer(&sandbox, "daric-unknown-done-1", &[]);
    assert!(!sandbox.clock().due().unwrap().is_empty());
    assert!(sandbox.clock().run_until_idle().unwrap()["ran"].as_u64().unwrap() > 0);
    assert_eq!(sandbox.clock().run_with_system().unwrap()["mode"], "system");
    assert_eq!(sandbox.clock().freeze().unwrap()["mode"], "frozen");
    assert_eq!(sandbox.clock().now().unwrap()["mode"], "frozen");
}

#[test]
fn the_kit_for_rust_arms_faults_and_sees_them_strike() {
    let sandbox = sandbox();
    sandbox.faults().arm(&json!({"fault": "error:server is busy", "operation": "transferTo"})).unwrap();
    assert_eq!([transfer(&sandbox, "t-1", &[]), transfer(&sandbox, "t-1", &[])], [503, 200]);
    let (name, value) = header_fault("error:server is busy", &[]).unwrap();
    assert_eq!(transfer(&sandbox, "t-2", &[(name, &value)]), 503);
    let struck = sandbox.requests().wait(&[("trackId", "t-2")]).unwrap();
    assert_eq!(struck["struck"]["kind"], "fault", "{struck}");
    let one = sandbox.requests().get(struck["id"].as_i64().unwrap()).unwrap();
    assert!(one["curl"].as_str().is_some_and(|curl| curl.starts_with("curl ")), "{one}");
    let scenarios = sandbox.admin("GET", "/admin/v1/scenarios", None).unwrap();
    sandbox.scenario(scenarios[0]["scenario"].as_str().unwrap()).unwrap();
    assert!(!sandbox.faults().list().unwrap().is_empty());
    sandbox.faults().clear().unwrap();
    assert_eq!(sandbox.faults().list().unwrap(), [Value::Null; 0]);
    sandbox.reset().unwrap();
    assert_eq!(sandbox.requests().list(&[("trackId", "t-2")]).unwrap(), [Value::Null; 0]);
    assert!(!sandbox.log().contains("transferTo"), "the log of the test begins with the reset");
}

#[test]
fn the_kit_for_rust_writes_the_header_of_a_fault() {
    let header = header_fault("rail_timeout", &[("then", "done"), ("after", "PT1H")]).unwrap();
    assert_eq!(header, ("Daric-Fault", "rail_timeout; then=done; after=PT1H".to_owned()));
    for wrong in ["a;b", "a\nb"] {
        assert!(header_fault(wrong, &[]).is_err(), "{wrong:?}");
    }
}

#[test]
fn the_kit_for_rust_returns_each_sms_once() {
    let sandbox = sandbox();
    let send = |text: &str| {
        sandbox.admin("POST", "/admin/v1/sms", Some(&json!({"to": "09120000001", "text": text}))).unwrap();
    };
    send("first");
    send("second");
    assert_eq!(sandbox.sms().wait("09120000001").unwrap()["text"], "second");
    send("third");
    assert_eq!(sandbox.sms().wait("09120000001").unwrap()["text"], "third");
    assert_eq!(sandbox.sms().list("09120000001").unwrap().len(), 3);
    send("fourth");
    assert!(matches!(sandbox.sms().otp("09120000001"), Err(Error::Unexpected(_))), "it carries no code");
}

#[test]
fn the_kit_for_rust_loads_snapshots_and_finds_bases() {
    let sandbox = sandbox();
    transfer(&sandbox, "t-1", &[]);
    sandbox.snapshot().save("paid").unwrap();
    transfer(&sandbox, "t-2", &[]);
    sandbox.snapshot().load("paid").unwrap();
    assert_eq!(track_ids(&sandbox), ["t-1"]);
    sandbox.snapshot().drop("paid").unwrap();
    assert_eq!(sandbox.snapshot().list().unwrap(), [Value::Null; 0]);
    assert_eq!(sandbox.webhooks().list(&[("business", "201")]).unwrap(), [Value::Null; 0]);
    for dialect in ["finnotech", "paystar", "pod"] {
        assert!(sandbox.base(dialect).unwrap().starts_with(sandbox.url()), "{dialect}");
    }
    assert!(sandbox.base("other").is_err());
    assert_eq!(Daric::attach(sandbox.url(), OPERATOR).clock().now().unwrap()["mode"], "frozen");
}

#[test]
fn the_kit_for_rust_reports_the_requests_of_a_test_and_its_log() {
    for arguments in [&[][..], &["--log", "json"]] {
        let sandbox = Daric::start_with(arguments).unwrap();
        sandbox.admin("GET", "/admin/v1/values", None).unwrap();
        sandbox.reset().unwrap();
        assert_eq!(sandbox.requests().summary().unwrap(), "");
        sandbox.clock().set(ELEVEN).unwrap();
        sandbox.faults().arm(&json!({"fault": "error:server is busy", "operation": "transferTo"})).unwrap();
        assert_eq!(transfer(&sandbox, "t-1", &[]), 503);
        let report = sandbox.report();
        let (replied, log) = report.split_once("\nwhat daric printed:\n").unwrap_or_else(|| panic!("{report}"));
        let last: Vec<&str> = replied.lines().rev().take(3).collect();
        let [reply, body, asked] = last.try_into().unwrap();
        assert!(replied.starts_with("what daric replied:\n"), "{report}");
        assert!(asked.ends_with(" POST /oak/v2/clients/drops/transferTo?trackId=t-1 503 (fault error:server is busy)"));
        assert!(
            body.starts_with("  > {") && reply.starts_with("  < {") && reply.contains("server is busy"),
            "{report}"
        );
        assert!(log.contains("transferTo"), "{report}");
        assert!(!report.contains("/admin/v1/values") && !report.contains("/admin/v1/reset"), "{report}");
    }
}

#[test]
fn the_kit_for_rust_summarizes_the_last_requests() {
    let sandbox = sandbox();
    for number in 0..=20 {
        let url = format!("{}/no-{number}", sandbox.url());
        let reply = ureq::get(url).config().http_status_as_error(false).build().call().unwrap();
        assert_eq!(reply.status(), 404);
    }
    let summary = sandbox.requests().summary().unwrap();
    let mut lines = summary.lines();
    assert_eq!(lines.next(), Some("(earlier requests are left out)"));
    let asked: Vec<_> = lines.filter(|line| !line.starts_with("  ")).filter_map(|line| line.split_once(' ')).collect();
    let expected: Vec<_> = (1..=20).map(|number| format!("GET /no-{number} 404")).collect();
    assert_eq!(asked.iter().map(|(_, asked)| asked).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
}

/// Set in a run of the next test by itself.
const PANICS: &str = "KIT_TEST_PANICS";

#[test]
fn the_kit_for_rust_prints_its_report_when_a_test_panics() {
    if std::env::var_os(PANICS).is_some() {
        let _sandbox = sandbox();
        panic!("it has to");
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let name = format!("{module}::the_kit_for_rust_prints_its_report_when_a_test_panics");
    let run = Command::new(std::env::current_exe().unwrap()).args(["--exact", &name]).env(PANICS, "1").output();
    let said = printed(&run.unwrap());
    let (_, report) = said.split_once("what daric replied:\n").unwrap_or_else(|| panic!("{said}"));
    let (replied, log) = report.split_once("what daric printed:\n").unwrap_or_else(|| panic!("{said}"));
    assert!(replied.contains(" POST /admin/v1/clock 200\n  > {\"set\":") && log.contains("/admin/v1/clock"), "{said}");
}

#[test]
fn the_kit_for_rust_says_why_a_server_does_not_start() {
    let error = Daric::start_with(&["--no-such-argument"]).unwrap_err().to_string();
    assert!(error.contains("ended with") && error.contains("--no-such-argument"), "{error}");
}

/// Pages, and the file that each one prints.
const PRINTED: [(&str, &str, &str); 5] = [
    ("docs/testing-with-pytest.md", "python", "kits/python/examples/test_card_payment.py"),
    ("docs/testing-with-node.md", "js", "kits/node/examples/paya-cycle.test.js"),
    ("docs/testing-with-phpunit.md", "php", "kits/php/examples/LostReplyTest.php"),
    ("docs/testing-with-rust.md", "rust", "kits/rust/examples/undecided_transfer.rs"),
    ("docs/ci.md", "yaml", "kits/ci/gitlab.yml"),
];

#[test]
fn the_documents_print_the_examples_as_they_are() {
    for (page, language, file) in PRINTED {
        let text = fs::read_to_string(of_checkout(page)).unwrap();
        let example = fs::read_to_string(of_checkout(file)).unwrap();
        let fenced = format!("```{language}\n{example}```");
        assert!(text.contains(&fenced), "{page} does not print {file}");
        assert!(example.lines().count() <= LINES, "{file} is longer than {LINES} lines");
    }
}

/// A server that a script has started.
struct Started {
    url: String,
    process: String,
}

impl Started {
    /// By the lines `url=…` and `pid=…` of what the script printed.
    fn of(said: &str) -> Self {
        let value = |name: &str| {
            let found = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_else(|| panic!("no {name}: {said}")).to_owned()
        };
        Self { url: value("url"), process: value("pid") }
    }

    fn assert_ready(&self) {
        let status = ureq::get(format!("{}/readyz", self.url)).call().unwrap().status();
        assert_eq!(status, 200);
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = Command::new("kill").args(["-KILL", &self.process]).status();
    }
}

/// A folder with packages of a stand-in that runs the server of this build.
fn packaged(test: &str) -> Home {
    let home = Home::in_directory(test);
    let make = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kits/packages.sh");
    run_ok(Command::new("bash").arg(make).arg(home.folder()).arg(env!("CARGO_BIN_EXE_daric")));
    home
}

/// Bash in a folder as a CI job has it: without settings of this run, on a free port.
fn job(home: &Home, script: &str) -> Command {
    let mut bash = Command::new("bash");
    for (name, _) in daric().get_envs() {
        bash.env_remove(name);
    }
    bash.args(["-ec", script]).env("DARIC_LISTEN", "127.0.0.1:0").env("RUNNER_TEMP", home.folder());
    bash.current_dir(home.folder());
    bash
}

#[test]
fn the_github_action_starts_each_kind_of_package() {
    let home = packaged("ci-github");
    let action = fs::read_to_string(kit("ci/github/action.yml")).unwrap();
    let run = action.lines().find_map(|line| line.trim().strip_prefix("run: '")).unwrap().trim_end_matches('\'');
    for package in ["", "daric.tar.gz", "daric.deb", "daric-1-py3-none-any.whl"] {
        let file = |name: &str| home.folder().join(format!("{name}-{package}"));
        let mut bash = job(&home, run);
        bash.env("GITHUB_ACTION_PATH", kit("ci/github")).env("DARIC_PACKAGE", package);
        for name in ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH"] {
            bash.env(name, file(name));
        }
        if package.is_empty() {
            let programs = home.folder().join("tarball/daric-1/bin").display().to_string();
            bash.env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()));
        }
        let said = printed(&run_ok(&mut bash));
        let started = Started::of(&fs::read_to_string(file("GITHUB_OUTPUT")).unwrap_or_else(|_| panic!("{said}")));
        started.assert_ready();
        let later = fs::read_to_string(file("GITHUB_ENV")).unwrap();
        assert!(later.contains(&format!("DARIC_URL={}\n", started.url)), "{package}: {later}");
        let program = later.lines().find_map(|line| line.strip_prefix("DARIC_BINARY=")).unwrap();
        run_ok(Command::new(program).arg("--version"));
    }
}

#[test]
fn the_github_action_says_why_nothing_starts() {
    let home = packaged("ci-github-refused");
    let start = kit("ci/start.sh").display().to_string();
    for (package, arguments, reason) in
        [("daric.tar.gz", "--no-such-argument", "--no-such-argument"), ("", "", "set DARIC_PACKAGE")]
    {
        let mut bash = job(&home, &start);
        bash.env("DARIC_PACKAGE", package).env("DARIC_ARGS", arguments).env("PATH", "/usr/bin:/bin");
        let output = bash.output().unwrap();
        assert!(!output.status.success() && printed(&output).contains(reason), "{}", printed(&output));
    }
}

#[test]
fn the_snippet_for_gitlab_starts_a_server() {
    let home = packaged("ci-gitlab");
    let snippet = fs::read_to_string(kit("ci/gitlab.yml")).unwrap();
    let steps = snippet.split_once("before_script:\n").unwrap().1.split_once("  artifacts:").unwrap().0;
    let mut script: Vec<&str> = steps.lines().map(|line| line.strip_prefix("    - ").unwrap()).collect();
    script.push("echo \"url=$DARIC_URL\"; echo \"pid=$(cat daric.pid)\"; \"$DARIC_BINARY\" --version");
    let said = printed(&run_ok(job(&home, &script.join("\n")).env("DARIC_PACKAGE", "daric.tar.gz")));
    Started::of(&said).assert_ready();
}
