//! Third-party programs that tests run: clients from PyPI and npm, and a browser driven from Node.
//!
//! They are installed under the target directory, once for each set of versions.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Tests of one program share its process id, and so the names of unfinished folders.
static MAKING: Mutex<()> = Mutex::new(());
/// The number of scripts that this process has copied.
static COPIES: AtomicU64 = AtomicU64::new(0);

/// A folder that `make` fills once; its name depends on the versions of its contents.
fn made_once(name: &str, versions: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in versions.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = tools.join(format!("{name}-{hash:016x}"));
    if !place.exists() {
        // Filled under another name first: an interrupted installation is repeated.
        let unfinished = tools.join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&unfinished);
        make(&unfinished);
        if fs::rename(&unfinished, &place).is_err() {
            assert!(place.exists(), "{} cannot be put in its place", place.display());
        }
    }
    place
}

/// Runs a program that must succeed.
pub fn run_ok(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}\n{stdout}\n{stderr}", output.status);
    output
}

/// Runs a Python story of `tests/clients` with the packages of its requirements; returns its output.
pub fn python(story: &str, arguments: &[&str]) -> String {
    let output = run_ok(Command::new("python3").env("PYTHONPATH", packages()).arg(client(story)).args(arguments));
    String::from_utf8(output.stdout).unwrap()
}

/// The path of a program of `tests/clients`.
pub fn client(program: &str) -> PathBuf {
    tests("clients").join(program)
}

/// The folder with the packages of Python programs.
pub fn packages() -> PathBuf {
    python_packages("python", "clients", include_str!("../clients/requirements.txt"))
}

/// The folder with the packages of the requirements in a folder of `tests`.
pub fn python_packages(name: &str, folder: &str, requirements: &str) -> PathBuf {
    made_once(name, requirements, |place| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"]);
        run_ok(pip.arg(place).arg("--requirement").arg(tests(folder).join("requirements.txt")));
    })
}

fn tests(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// Runs a Python story of `tests/generated`, with the validator and the client generator; returns its output.
pub fn generated_python(story: &str, arguments: &[&str]) -> String {
    let packages = python_packages("generated-python", "generated", include_str!("../generated/requirements.txt"));
    let story = tests("generated").join(story);
    let output = run_ok(Command::new("python3").env("PYTHONPATH", packages).arg(story).args(arguments));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs Schemathesis against a server, with the headers of each tag's requests (JSON); returns its output.
pub fn conformance(base: &str, headers: &str) -> String {
    let packages = python_packages("conformance", "conformance", include_str!("../conformance/requirements.txt"));
    let program = tests("conformance").join("conformance.py");
    let output = run_ok(Command::new("python3").env("PYTHONPATH", packages).arg(program).arg(base).arg(headers));
    String::from_utf8(output.stdout).unwrap()
}

/// Generates types from a document, checks a TypeScript story of `tests/generated` against them, and runs it; returns its output.
pub fn generated_typescript(document: &Path, arguments: &[&str]) -> String {
    let place = node_packages("generated-node", "generated", include_str!("../generated/package-lock.json"));
    // Node looks for packages in the parent folders.
    let run = place.join(format!("run-{}-{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir_all(&run).unwrap();
    let package = |script: &str| place.join("node_modules").join(script);
    let (types, story, compiled) = (run.join("schema.d.ts"), run.join("story.ts"), run.join("compiled"));
    run_ok(Command::new("node").arg(package("openapi-typescript/bin/cli.js")).arg(document).arg("-o").arg(&types));
    fs::copy(tests("generated").join("story.ts"), &story).unwrap();
    let mut compiler = Command::new("node");
    compiler.arg(package("typescript/bin/tsc")).args(["--strict", "--noUncheckedIndexedAccess", "--target", "es2022"]);
    compiler.args(["--module", "nodenext", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck", "--outDir"]);
    run_ok(compiler.arg(&compiled).arg(&story).current_dir(&run));
    let output = run_ok(Command::new("node").arg(compiled.join("story.js")).args(arguments));
    fs::remove_dir_all(&run).unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Checks a TypeScript program against the types of the package that it is in, with the compiler of `tests/generated`.
pub fn typescript_accepts(program: &Path) {
    let place = node_packages("generated-node", "generated", include_str!("../generated/package-lock.json"));
    let mut compiler = Command::new("node");
    compiler.arg(place.join("node_modules/typescript/bin/tsc"));
    compiler.args(["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"]);
    run_ok(compiler.args(["--lib", "es2022,dom,dom.iterable"]).arg(program));
}

/// Runs a Node story of `tests/clients` with the packages of its lock file; returns its output.
pub fn node(story: &str, arguments: &[&str]) -> String {
    let place = node_packages("node", "clients", include_str!("../clients/package-lock.json"));
    let output = run_ok(Command::new("node").arg(place.join(story)).args(arguments));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a Node story of `tests/monitoring` with the packages of its lock file; returns its output.
pub fn monitoring(story: &str, arguments: &[&str]) -> String {
    let place = node_packages("monitoring", "monitoring", include_str!("../monitoring/package-lock.json"));
    let output = run_ok(Command::new("node").arg(place.join(story)).args(arguments));
    String::from_utf8(output.stdout).unwrap()
}

/// The folder with the packages of the lock file in a folder of `tests`, and with that folder's scripts.
fn node_packages(name: &str, folder: &str, lock: &str) -> PathBuf {
    let folder = tests(folder);
    let place = made_once(name, lock, |place| {
        fs::create_dir_all(place).unwrap();
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(file), place.join(file)).unwrap();
        }
        run_ok(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(place));
    });
    // Node looks for packages beside the script.
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|extension| extension == "mjs") {
            // Another test may be reading the script, so it is replaced by a rename.
            let unfinished = place.join(format!("{}-{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed)));
            fs::copy(entry.path(), &unfinished).unwrap();
            fs::rename(&unfinished, place.join(entry.file_name())).unwrap();
        }
    }
    place
}

/// Runs a browser story of `tests/browser` with the server's address and other arguments; returns its output, and the folder of its screenshots.
pub fn browser(story: &str, arguments: &[&str]) -> (String, PathBuf) {
    let place = node_packages("browser", "browser", include_str!("../browser/package-lock.json"));
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots").join(story.trim_end_matches(".mjs"));
    let (base, more) = arguments.split_first().unwrap();
    let output = run_ok(Command::new("node").arg(place.join(story)).arg(base).arg(&shots).args(more));
    (String::from_utf8(output.stdout).unwrap(), shots)
}

/// An nginx before a server; dropping it ends it.
pub struct Proxy(Child);

impl Proxy {
    /// nginx inherits a socket that already listens as its standard input, so the test does not wait for its start. `more`: directives for its
    /// server, and beside `proxy_pass`.
    pub fn start(home: &super::server::Home, listener: TcpListener, to: SocketAddr, more: (&str, &str)) -> Self {
        let folder = home.folder();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};\n", folder.join(kind).display()));
        let config = format!(
            "daemon off; user root; worker_processes 1; pid {}; events {{}}\nhttp {{ access_log off; {}{}\n\
             server {{ listen {}; location / {{ proxy_pass http://{to}; {} }} }} }}\n",
            folder.join("nginx.pid").display(),
            temporary.concat(),
            more.0,
            listener.local_addr().unwrap(),
            more.1,
        );
        let (file, log) = (folder.join("nginx.conf"), folder.join("nginx.log"));
        fs::write(&file, config).unwrap();
        let mut nginx = Command::new("/usr/sbin/nginx");
        nginx.arg("-p").arg(folder).arg("-e").arg(log).arg("-c").arg(file);
        // The inherited sockets, by number.
        let child = nginx.env("NGINX", "0;").stdin(OwnedFd::from(listener)).spawn();
        Self(child.unwrap_or_else(|error| panic!("{nginx:?}: {error}")))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // SIGTERM, because SIGKILL would leave its worker running. The process may have ended already.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}
