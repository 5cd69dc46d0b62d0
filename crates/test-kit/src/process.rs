//! A server process in a directory of its own, on a port that the system chooses.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

/// The longest a start may take.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The time between two looks for the ready line.
const STEP: Duration = Duration::from_millis(10);
const READY: &str = "daric is ready on ";

/// Variables that name the program: the user's, and those in which Cargo and nextest name a program of the package that they test.
const NAMED_IN: [&str; 3] = ["DARIC_BINARY", "CARGO_BIN_EXE_daric", "NEXTEST_BIN_EXE_daric"];

/// The program: the one that a variable names, else the one on `PATH`.
pub fn find_binary() -> Result<PathBuf, Error> {
    for variable in NAMED_IN {
        if let Some(named) = env::var_os(variable).filter(|named| !named.is_empty()) {
            return Ok(PathBuf::from(named));
        }
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join("daric")).find(|program| program.is_file());
    found.ok_or(Error::NoProgram)
}

/// A running server. Its output is in one file, which ends with the directory. Dropping it kills it: there is nothing to keep.
#[derive(Debug)]
pub struct Process {
    child: Child,
    folder: Folder,
    url: String,
}

impl Process {
    pub fn start(program: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let folder = Folder::make()?;
        let log = folder.log_file();
        let output = File::create(&log).and_then(|output| Ok((output.try_clone()?, output)));
        let (stdout, stderr) = output.map_err(|error| Error::Start(log, error))?;
        let mut command = Command::new(program);
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder.0.join("data"));
        command.args(arguments).stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        // Settings of the environment are for other servers.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DARIC_")) {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(|error| Error::Start(program.to_owned(), error))?;
        let mut process = Self { child, folder, url: String::new() };
        process.url = process.wait_until_ready()?;
        Ok(process)
    }

    fn wait_until_ready(&mut self) -> Result<String, Error> {
        let end = Instant::now() + START_TIMEOUT;
        loop {
            let ended = self.child.try_wait().map_err(|error| Error::Start(self.folder.0.clone(), error))?;
            let printed = self.log(0);
            if let Some(status) = ended {
                return Err(Error::NotReady(format!("ended with {status}"), printed));
            }
            if let Some(url) = ready_address(&printed) {
                return Ok(url.to_owned());
            }
            if Instant::now() > end {
                return Err(Error::NotReady(format!("is not ready after {START_TIMEOUT:?}"), printed));
            }
            thread::sleep(STEP);
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many bytes the server has printed.
    pub fn log_size(&self) -> u64 {
        fs::metadata(self.folder.log_file()).map_or(0, |file| file.len())
    }

    /// What the server has printed after so many bytes and, if that contains it, after the line of this request.
    pub fn log_after(&self, since: u64, number: u64) -> String {
        let printed = self.log(since);
        after_request(&printed, number).to_owned()
    }

    fn log(&self, since: u64) -> String {
        let printed = fs::read(self.folder.log_file()).unwrap_or_default();
        let since = usize::try_from(since).unwrap_or(usize::MAX).min(printed.len());
        String::from_utf8_lossy(&printed[since..]).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What follows the line of a request; everything, if there is no such line.
fn after_request(printed: &str, number: u64) -> &str {
    // With `--log json` it is the second form.
    let forms = [format!("request id={number:x} "), format!(r#""message":"request","id":"{number:x}""#)];
    let rest = forms.iter().find_map(|form| printed.split_once(form.as_str())?.1.split_once('\n'));
    rest.map_or(printed, |(_, after)| after)
}

/// The address of a ready line that is complete.
fn ready_address(printed: &str) -> Option<&str> {
    let (_, rest) = printed.split_once(READY)?;
    rest.split_once(char::is_whitespace).map(|(url, _)| url)
}

/// A directory, removed when dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Error> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = env::temp_dir().join(format!("daric-test-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                // A killed run left its directory, and the process id was assigned again.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::Start(path, error)),
            }
        }
    }

    fn log_file(&self) -> PathBuf {
        self.0.join("daric.log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A directory that cannot be removed does not fail a test.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{after_request, ready_address};

    #[test]
    fn a_log_is_cut_after_the_line_of_a_request_in_each_form() {
        let human = "T  INFO request id=1 status=200\nT  INFO request id=1a status=200\nafter\n";
        let json = human.replace(" request id=", r#","message":"request","id":""#).replace(" status", r#"","status"#);
        for printed in [human, json.as_str()] {
            assert_eq!(after_request(printed, 0x1a), "after\n", "{printed}");
            assert_eq!(after_request(printed, 0xa), printed, "there is no such request");
        }
        assert_eq!(after_request("request id=1 stat", 1), "request id=1 stat", "the line is not complete");
    }

    #[test]
    fn an_address_is_read_when_its_line_is_complete() {
        for (printed, expected) in [
            ("", None),
            ("daric is ready on http://127.0.0.1:41", None),
            ("a log line\ndaric is ready on http://127.0.0.1:4123\nmore", Some("http://127.0.0.1:4123")),
        ] {
            assert_eq!(ready_address(printed), expected, "{printed:?}");
        }
    }
}
