//! The flags that all commands share: which server, and in which form the result is printed.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Span};

/// The operator token of a sandbox. Production refuses it, so that it is no secret.
pub const DEMO_TOKEN: &str = "demo-admin-token";

/// The heading of these flags in help texts.
const HEADING: &str = "Server and output";

/// Which server is called, and in which form its answer is printed.
#[derive(Args, Clone, Debug)]
pub struct ServerFlags {
    /// Address of the server
    #[arg(long, env = "DARIC_URL", value_name = "URL", default_value = "http://127.0.0.1:7070", global = true, help_heading = HEADING)]
    pub url: String,
    /// Bearer token of the operator API, better in the environment than here [default: that of every sandbox]
    #[arg(
        long, env = "DARIC_OPERATOR_TOKEN", value_name = "TOKEN", default_value = DEMO_TOKEN,
        hide_default_value = true, hide_env_values = true, global = true,
        help_heading = HEADING
    )]
    pub token: String,
    /// Certificates (PEM) to trust beside the system's, for https
    #[arg(long, env = "DARIC_CACERT", value_name = "FILE", global = true, help_heading = HEADING)]
    pub cacert: Option<PathBuf>,
    /// Prints one JSON value per result, and one a line when it follows
    #[arg(long, global = true, help_heading = HEADING)]
    pub json: bool,
}

/// Reads a duration: `30` (seconds), `90s`, `2h45m`, `PT90S`.
///
/// # Errors
/// It is none of these.
pub fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let read: Option<SignedDuration> = text.parse().ok();
    let read = read.and_then(|read| Duration::try_from(read).ok());
    read.ok_or_else(|| "a duration like 30s, 2m or PT90S".to_owned())
}

/// Reads a duration with calendar units and writes it as the API takes it: `2h45m` is `PT2H45M`.
///
/// # Errors
/// It is no duration.
pub fn iso_duration(text: &str) -> Result<String, String> {
    let read: Result<Span, _> = text.parse();
    read.map(|span| span.to_string()).map_err(|_| "a duration like 2h45m, 30d or PT1H".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_the_forms_that_people_write() {
        for (text, seconds) in [("30", Some(30)), ("90s", Some(90)), ("PT2M", Some(120)), ("-5s", None), ("soon", None)]
        {
            assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
        for (text, iso) in [("2h45m", Some("PT2H45M")), ("P30D", Some("P30D")), ("30d", Some("P30D")), ("x", None)] {
            assert_eq!(iso_duration(text).ok().as_deref(), iso, "{text}");
        }
    }
}
