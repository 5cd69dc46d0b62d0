//! What `daric serve --demo` prints below the ready line at a terminal.

use std::io::{self, Write};

use super::links::{Links, OperatorToken, PLATFORMS};
use crate::demo::{self, Holder};

/// Columns of the first and the second part of a line.
const LABEL: usize = 13;
const ADDRESS: usize = 40;

/// How labels are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// As they are.
    Plain,
    /// In bold.
    Bold,
}

impl Style {
    /// Plain if `NO_COLOR` is set, or the terminal knows no styles.
    pub fn of_environment() -> Self {
        let is_off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if is_off || is_dumb { Self::Plain } else { Self::Bold }
    }

    fn label(self, text: &str) -> String {
        match self {
            Self::Bold if !text.is_empty() => format!("\x1b[1m{text:LABEL$}\x1b[0m"),
            Self::Bold | Self::Plain => format!("{text:LABEL$}"),
        }
    }
}

/// Prints the addresses of a sandbox with the demo world.
///
/// # Errors
/// The terminal takes no output.
pub fn write(out: &mut impl Write, links: &Links, token: OperatorToken, style: Style) -> io::Result<()> {
    let log_in = demo::credentials().into_iter().find(|known| known.holder == Holder::Operator);
    let log_in = log_in.map(|known| format!("{} / {}", known.name, known.secret)).unwrap_or_default();
    let token = format!("Bearer {}", token.shown());
    let mut line = |label: &str, address: &str, more: &str| {
        let text = format!("  {} {address:ADDRESS$} {more}", style.label(label));
        writeln!(out, "{}", text.trim_end())
    };
    line("", "", "")?;
    line("Start page", &links.start(), "")?;
    line("Console", &links.console(), &log_in)?;
    line("SMS inbox", &links.sms_inbox(), "")?;
    line("Operator API", &links.operator_api(), &token)?;
    line("API reference", &links.reference(), "")?;
    line("API document", &links.openapi(), "")?;
    line("Help", "daric --help, daric values", "")?;
    line("", "", "")?;
    line("Base URLs", "in place of", "use")?;
    for platform in PLATFORMS {
        for (at, host) in platform.hosts.iter().enumerate() {
            line(if at == 0 { platform.title } else { "" }, host, &links.base)?;
        }
    }
    line("", "", "")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    fn written(style: Style) -> String {
        let base = "http://127.0.0.1:7070".to_owned();
        let links = Links { base: base.clone(), admin: base };
        let mut out = Vec::new();
        write(&mut out, &links, OperatorToken::Demo, style).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_terminal_shows_the_addresses_and_the_log_in_and_styles_only_if_wanted() {
        let plain = written(Style::Plain);
        for shown in [
            "http://127.0.0.1:7070/console ",
            "admin / daric-admin",
            "http://127.0.0.1:7070/console/messages",
            "http://127.0.0.1:7070/openapi.json",
            "Bearer demo-admin-token",
            "https://apibeta.finnotech.ir ",
            "https://core.paystar.ir ",
            "https://api.pod.ir ",
        ] {
            assert!(plain.contains(shown), "{shown}: {plain}");
        }
        assert!(!plain.contains('\x1b') && plain.lines().all(|line| line.len() <= 80), "{plain}");
        let bold = written(Style::Bold);
        assert!(bold.contains("\x1b[1mConsole"), "{bold}");
        assert_eq!(bold.replace("\x1b[1m", "").replace("\x1b[0m", "").replace(' ', ""), plain.replace(' ', ""));
    }
}
