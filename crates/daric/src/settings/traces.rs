//! `otlp_endpoint` and `otlp_sampling`: the collector of traces.

use clap::Args;
use edge::Mode;
use url::Url;

use super::error::{SettingsError, wrong};

/// The path of a collector's traces (OTLP/HTTP), for an address without a path.
const PATH: &str = "/v1/traces";
/// Defaults of the part that is sent. A sandbox has few requests, and each is looked for.
const SAMPLING: (f64, f64) = (1.0, 0.01);
const ENDPOINT: &str = "otlp_endpoint (DARIC_OTLP_ENDPOINT)";
const RATIO: &str = "otlp_sampling (DARIC_OTLP_SAMPLING)";

/// The settings that name the collector.
#[derive(Args, Default)]
pub struct TraceFlags {
    /// Address of an OpenTelemetry collector (OTLP over HTTP) that gets a trace of requests, as http://127.0.0.1:4318
    #[arg(long, env = "DARIC_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// Part of the traces that is sent, from 0 to 1 [default: 0.01; in a sandbox 1]
    #[arg(long, env = "DARIC_OTLP_SAMPLING", value_name = "RATIO")]
    otlp_sampling: Option<f64>,
}

/// The same in the settings file.
#[derive(Default)]
pub struct TracesInFile {
    /// The address.
    pub otlp_endpoint: Option<String>,
    /// The part.
    pub otlp_sampling: Option<f64>,
}

/// Where traces go.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "such a program checks these settings and refuses them"))]
pub struct TraceSettings {
    /// The collector's address for traces.
    pub endpoint: Url,
    /// The part of the traces that is sent, from 0 to 1.
    pub sampling: f64,
}

/// The checked settings; `None`: no collector is named.
///
/// # Errors
/// The address or the part cannot be used, there is a part without an address, or the program is built without traces.
pub fn traces(flags: TraceFlags, file: TracesInFile, mode: Mode) -> Result<Option<TraceSettings>, SettingsError> {
    let sampling = flags.otlp_sampling.or(file.otlp_sampling);
    if sampling.is_some_and(|part| !(0.0..=1.0).contains(&part)) {
        return Err(wrong(format!("{RATIO}: from 0 to 1, as 0.05")));
    }
    let Some(address) = flags.otlp_endpoint.or(file.otlp_endpoint) else {
        return match sampling {
            None => Ok(None),
            Some(_) => Err(wrong(format!("{RATIO} needs {ENDPOINT}: the address that traces are sent to"))),
        };
    };
    let endpoint = endpoint(&address).ok_or_else(|| {
        wrong(format!(
            "{ENDPOINT}: an address that begins with http:// or https://, without user, password and query, as http://127.0.0.1:4318"
        ))
    })?;
    if !cfg!(feature = "otlp") {
        return Err(wrong(format!(
            "{ENDPOINT}: this program is built without the feature `otlp`, so it has no traces: leave the setting out, or build with the default features"
        )));
    }
    let default = match mode {
        Mode::Sandbox => SAMPLING.0,
        Mode::Production => SAMPLING.1,
    };
    Ok(Some(TraceSettings { endpoint, sampling: sampling.unwrap_or(default) }))
}

/// Parses the address. It has no secrets: it is logged, and `daric doctor` shows it.
fn endpoint(address: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_plain || url.fragment().is_some() {
        return None;
    }
    if url.path() == "/" {
        url.set_path(PATH);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_collectors_address_without_a_path_gets_that_of_traces() {
        for (address, endpoint) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://collector.example/", "https://collector.example/v1/traces"),
            ("http://collector.example/otlp/traces", "http://collector.example/otlp/traces"),
        ] {
            assert_eq!(super::endpoint(address).unwrap().as_str(), endpoint);
        }
    }
}
