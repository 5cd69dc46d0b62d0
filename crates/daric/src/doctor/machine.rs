//! What a server needs of the machine: its clock, its zone data, its limits, and calls to itself that arrive.

use std::env;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use payments::{Now, PARSE_RANGE};
use rustix::process::{Resource, getrlimit};

use super::finding::Finding;
use crate::listen::{Limits, OTHER_DESCRIPTORS};

/// How long the two clocks are compared at least.
const COMPARED: Duration = Duration::from_millis(300);
/// How far they may part meanwhile: a clock that is slewed loses half a millisecond in a second.
const APART: Duration = Duration::from_millis(20);
/// Tehran's offset since 1401, in seconds.
const TEHRAN: i32 = 12_600;
/// The variables that send calls to a proxy.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Compares the machine's clock with its monotonic one while the other looks are made.
pub struct ClockWatch {
    wall: SystemTime,
    begun: Instant,
}

impl ClockWatch {
    /// Begins to compare.
    pub fn start() -> Self {
        Self { wall: SystemTime::now(), begun: Instant::now() }
    }

    /// What the comparison says.
    pub fn finding(self) -> Finding {
        sleep(COMPARED.saturating_sub(self.begun.elapsed()));
        let apart = (0..READINGS).filter_map(|_| self.apart()).min();
        let (now, passed) = (Timestamp::now(), self.begun.elapsed());
        let year = Now::at(now.as_millisecond()).map(|now| now.date.year);
        let is_set = now.as_second() >= WRITTEN_AFTER_S;
        let set = "set the machine's clock, and keep it with NTP (timedatectl set-ntp true)";
        match apart {
            _ if !is_set || year.is_none_or(|year| !PARSE_RANGE.contains(&year)) => {
                Finding::fail("clock", format!("it shows {now}: it was never set"), set)
            }
            Some(apart) if apart <= APART => {
                Finding::ok("clock", format!("{now}; it ran evenly for {} ms", passed.as_millis()))
            }
            Some(apart) => Finding::warn(
                "clock",
                format!("it moved by {} ms in {} ms", apart.as_millis(), passed.as_millis()),
                set,
            ),
            None => Finding::warn("clock", "it was set back just now", set),
        }
    }

    /// How far the two clocks have parted; `None`: the machine's clock was set back.
    fn apart(&self) -> Option<Duration> {
        let (passed, wall) = (self.begun.elapsed(), SystemTime::now().duration_since(self.wall).ok()?);
        Some(wall.abs_diff(passed))
    }
}

/// 1 January 2025: this program is not older.
const WRITTEN_AFTER_S: i64 = 1_735_689_600;
/// How often the clocks are read at the end: between two readings the process may have to wait for a processor.
const READINGS: u32 = 5;

/// Zone data, descriptors and proxies.
pub fn look() -> [Finding; 3] {
    [zone(), descriptors(), proxies(|name| env::var(name).ok())]
}

fn zone() -> Finding {
    let offset = TimeZone::get("Asia/Tehran").map(|zone| zone.to_offset(Timestamp::now()).seconds());
    match offset {
        Ok(TEHRAN) => Finding::ok("zone", "Asia/Tehran is +03:30, from the zone data in the program"),
        Ok(other) => Finding::fail(
            "zone",
            format!("Asia/Tehran is {other} s from UTC"),
            "use a program of this project: its zone data is built in",
        ),
        Err(error) => {
            Finding::fail("zone", error.to_string(), "use a program of this project: its zone data is built in")
        }
    }
}

fn descriptors() -> Finding {
    let wanted = Limits::default().connections + OTHER_DESCRIPTORS;
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < wanted as u64 => Finding::warn(
            "limits",
            format!("{most} file descriptors at most: fewer connections than {}", Limits::default().connections),
            format!("raise the limit (ulimit -Hn, LimitNOFILE=) to {wanted} or more"),
        ),
        Some(most) => Finding::ok("limits", format!("{most} file descriptors")),
        None => Finding::ok("limits", "any number of file descriptors"),
    }
}

/// Variables that would send calls to this machine to a proxy. Their values may have a password.
fn proxies(variable: impl Fn(&str) -> Option<String>) -> Finding {
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.trim().is_empty());
    let set: Vec<&str> = PROXIES.into_iter().filter(is_set).collect();
    let excepted = ["NO_PROXY", "no_proxy"].into_iter().filter_map(&variable).collect::<Vec<_>>().join(",");
    let is_here = |entry: &str| matches!(entry.trim(), "*" | "127.0.0.1" | "127.0.0.0/8" | "localhost");
    match set[..] {
        [] => Finding::ok("proxy", "no variable sends calls to a proxy"),
        [..] if excepted.split(',').any(is_here) => {
            Finding::ok("proxy", format!("{}: not for this machine (NO_PROXY)", set.join(", ")))
        }
        [..] => Finding::warn(
            "proxy",
            format!("{} set: programs may send their calls to 127.0.0.1 to that proxy", set.join(", ")),
            "NO_PROXY=127.0.0.1,localhost for the programs that are tested",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_proxy_is_reported_where_it_would_get_calls_to_this_machine() {
        for (variables, level) in [
            (&[][..], Level::Ok),
            (&[("http_proxy", "")], Level::Ok),
            (&[("http_proxy", "http://user:secret@proxy:3128")], Level::Warn),
            (&[("ALL_PROXY", "socks5://proxy"), ("NO_PROXY", "example.com")], Level::Warn),
            (&[("HTTPS_PROXY", "http://proxy"), ("no_proxy", "example.com, 127.0.0.1")], Level::Ok),
        ] {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            let finding = proxies(variable);
            assert_eq!(finding.level, level, "{variables:?}");
            assert!(!finding.to_string().contains("secret"), "{finding}");
        }
    }

    #[test]
    fn this_machine_has_its_zone_and_its_clock() {
        assert_eq!(zone().level, Level::Ok);
        assert_ne!(ClockWatch::start().finding().level, Level::Fail);
    }
}
