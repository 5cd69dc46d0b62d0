//! Settings, in order of precedence: flag, `DARIC_…` environment variable, file, default.

mod alerts;
mod error;
pub mod keys;
mod operator_token;
mod pod;
mod secret_files;
pub mod store_flags;
mod tls;
mod traces;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use std::collections::BTreeMap;

use ::pod::services::PodSettings;
use admin::alerts::AlertLimits;
use admin::world::WorldForm;
use clap::{Args, ValueEnum};
use edge::budget::VISITS_PER_MINUTE;
use edge::key_ring::KeyRing;
use edge::large::{AT_A_TIME as LARGE_REPLIES_AT_A_TIME, PAGE_BYTES};
use edge::request_log::Keeps;
use edge::strict::{Rule, Strict};
use edge::{Mode, Security};
use ipnet::IpNet;
use payments::{ChargeRefusals, OtpLimit, Rial, Rules};
use paystar::telephone::Sounds;
use rails::{HttpBills, HttpSmsSettings};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use store::{COMPACT_AFTER, Location, TIMEOUT};

use crate::listen::Proxies;
pub use alerts::AlertWebhook;
use alerts::AlertsFile;
pub use error::SettingsError;
use error::wrong;
use keys::{KeyFlags, KeysInFile, keys};
use operator_token::{OperatorTokenFlags, OperatorTokenInFile, operator_token};
use pod::{Links, PodFile};
pub use tls::Tls;
use tls::tls;
pub use traces::TraceSettings;
use traces::{TraceFlags, TracesInFile, traces};

/// What `daric serve` takes.
#[derive(Args, Default)]
pub struct Flags {
    /// Creates the demo world when the store is empty; implies sandbox mode.
    #[arg(long, env = "DARIC_DEMO", value_parser = clap::builder::BoolishValueParser::new())]
    demo: bool,
    /// World file (TOML): objects that an empty store is filled with beside the demo world; implies --demo
    #[arg(long, env = "DARIC_WORLD", value_name = "FILE")]
    world: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:7070]
    #[arg(long, env = "DARIC_LISTEN", value_name = "ADDRESS", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Separate address for the operator's API, the console, metrics and health; the other port then answers 404 for them
    /// [default: they are served at --listen]
    #[arg(long, env = "DARIC_ADMIN_LISTEN", value_name = "ADDRESS", value_parser = address)]
    admin_listen: Option<SocketAddr>,
    /// Address to take telephone calls on from an exchange that speaks FastAGI, usually on port 4573
    #[arg(long, env = "DARIC_AGI", value_name = "ADDRESS", value_parser = address)]
    agi: Option<SocketAddr>,
    /// The address by which browsers reach this server, as https://pay.example: payers' links begin with it, and forms must come from there
    /// [default: the address that is listened on, and the host that a browser names]
    #[arg(long, env = "DARIC_PUBLIC_BASE", value_name = "URL")]
    public_base: Option<String>,
    /// Address or network of a proxy whose X-Forwarded-For names the address of the caller; several with commas between
    #[arg(long, env = "DARIC_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',')]
    trusted_proxies: Option<Vec<String>>,
    /// Payment pages, log-ins and requests for consent that one address may begin in a minute [default: 600]
    #[arg(long, env = "DARIC_VISITS_PER_MINUTE", value_name = "N")]
    visits_per_minute: Option<u32>,
    /// KiB of the rows of a list's page at most: a larger one is refused with the number of rows that fit [default: 4096]
    #[arg(long, env = "DARIC_PAGE_KIB", value_name = "N")]
    page_kib: Option<usize>,
    /// MiB of large pages that are made or not read yet at most, a quarter of them for one caller [default: 128]
    #[arg(long, env = "DARIC_LARGE_REPLIES_MIB", value_name = "N")]
    large_replies_mib: Option<usize>,
    /// Address of a name server for calls to businesses and SMS providers, as 192.0.2.53 or 192.0.2.53:5353; several with commas
    /// between [default: those of /etc/resolv.conf]
    #[arg(long, env = "DARIC_NAME_SERVERS", value_name = "ADDRESS", value_delimiter = ',')]
    name_servers: Option<Vec<String>>,
    /// Directory of the store [default: ./daric-data]
    #[arg(long, env = "DARIC_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL database to use instead of a directory: postgres://user@host/name. With a password better in the environment
    /// than on the command line.
    #[arg(long, env = "DARIC_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Milliseconds that a statement, a lock or a connection may take [default: 3000]
    #[arg(long, env = "DARIC_DATABASE_PATIENCE_MS", value_name = "N")]
    database_patience_ms: Option<u64>,
    /// Certificate and its chain (PEM) to serve HTTPS with; needs --tls-key
    #[arg(long, env = "DARIC_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, env = "DARIC_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Whether the sandbox's controls exist [default: production]
    #[arg(long, env = "DARIC_MODE")]
    mode: Option<ModeName>,
    /// Orders or transfers that gather in memory before their look-ups are compacted to the disk [default: 262144]
    #[arg(long, env = "DARIC_SETTLE_AFTER", value_name = "N")]
    settle_after: Option<usize>,
    /// Take the store as it is where a start is refused because acknowledged results are lost or pages are damaged. For one start, by hand.
    #[arg(long)]
    accept_loss: bool,
    /// Settings file (TOML).
    #[arg(long, env = "DARIC_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Form of the log on standard error [default: human]
    #[arg(long, env = "DARIC_LOG")]
    log: Option<LogForm>,
    #[command(flatten)]
    keys: KeyFlags,
    #[command(flatten)]
    operator_token: OperatorTokenFlags,
    /// The maximum sum in rials that the operator API creates in a day, over all tokens [default: 10000000000; in a sandbox no limit]
    #[arg(long, env = "DARIC_API_MONEY_PER_DAY", value_name = "N")]
    api_money_per_day: Option<i64>,
    /// Rule set: documented, 1405, or a file (TOML) [default: documented]
    #[arg(long, env = "DARIC_PAYA_RULES", value_name = "SET")]
    paya_rules: Option<PathBuf>,
    /// One-time passwords that a card is sent in ten minutes at most; 0: any number [default: 3; in a sandbox any number]
    #[arg(long, env = "DARIC_OTP_LIMIT", value_name = "N")]
    otp_limit: Option<u32>,
    /// Characters of a Finnotech trackId at most [default: 40]
    #[arg(long, env = "DARIC_TRACK_ID_MAX_LEN", value_name = "N")]
    track_id_max_len: Option<usize>,
    /// Keeps the last requests in memory for the console: in a sandbox those to the platforms as they were sent, secrets included; in production
    /// only method, route, status and time [default: true]
    #[arg(long, env = "DARIC_REQUEST_LOG", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    request_log: Option<bool>,
    /// A repeated Finnotech request gets the stored reply instead of an error [default: false]
    #[arg(long, env = "DARIC_REPLAY_DUPLICATES", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    replay_duplicates: Option<bool>,
    /// Refuses what the real platforms may refuse: all of it, or the rules of these names with commas between. Of a sandbox
    /// [default: false]
    #[arg(long, env = "DARIC_STRICT", value_name = "RULES", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<String>,
    /// Who refuses a charge for its amount, its hour and its trackId: the gateway (400), or the bank by codes in the result [default: gateway]
    #[arg(long, env = "DARIC_CHARGE_REFUSALS")]
    charge_refusals: Option<ChargeRefusalsName>,
    /// Check digits of IBANs and cards must be right [default: false]
    #[arg(long, env = "DARIC_STRICT_CHECKSUMS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    strict_checksums: Option<bool>,
    #[command(flatten)]
    traces: TraceFlags,
}

/// `sandbox` or `production`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModeName {
    /// With clock, reset, and tokens without consent.
    Sandbox,
    /// Without them.
    Production,
}

/// `gateway` or `codes`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChargeRefusalsName {
    /// 400.
    Gateway,
    /// A104, A118, B10, B12 and D13 in `result`.
    Codes,
}

/// Form of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogForm {
    /// For reading.
    Human,
    /// One JSON object a line.
    Json,
}

/// The settings file. Every key is optional; unknown keys are errors.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    #[serde(deserialize_with = "address_in_file")]
    listen: Option<SocketAddr>,
    #[serde(deserialize_with = "address_in_file")]
    admin_listen: Option<SocketAddr>,
    public_base: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    visits_per_minute: Option<u32>,
    page_kib: Option<usize>,
    large_replies_mib: Option<usize>,
    name_servers: Option<Vec<String>>,
    strict: Option<StrictInFile>,
    world: Option<PathBuf>,
    data: Option<PathBuf>,
    database: Option<String>,
    database_patience_ms: Option<u64>,
    settle_after: Option<usize>,
    mode: Option<ModeName>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    request_log: Option<bool>,
    log: Option<LogForm>,
    key: Option<String>,
    old_keys: Vec<String>,
    key_file: Option<PathBuf>,
    operator_token: Option<String>,
    operator_token_file: Option<PathBuf>,
    api_money_per_day: Option<i64>,
    otlp_endpoint: Option<String>,
    otlp_sampling: Option<f64>,
    finnotech: FinnotechFile,
    paystar: PaystarFile,
    pod: PodFile,
    sms: SmsFile,
    agi: AgiFile,
    alerts: AlertsFile,
}

/// `true`, `false`, or the names of rules.
#[derive(Deserialize)]
#[serde(untagged, expecting = "true, false, or a list of names of rules")]
enum StrictInFile {
    Every(bool),
    Named(Vec<String>),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FinnotechFile {
    track_id_max_len: Option<usize>,
    replay_duplicates: Option<bool>,
    strict_checksums: Option<bool>,
    charge_refusals: Option<ChargeRefusalsName>,
    paya_rules: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct PaystarFile {
    day_close: Option<String>,
    otps_per_minute: Option<u32>,
    otp_limit: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SmsFile {
    sender: Option<SmsSenderName>,
    http: Option<HttpSmsSettings>,
}

/// `log` or `http`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SmsSenderName {
    Log,
    Http,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct AgiFile {
    #[serde(deserialize_with = "address_in_file")]
    listen: Option<SocketAddr>,
    sequence: Option<String>,
    order_url: Option<String>,
    hangup: Option<bool>,
    sounds: BTreeMap<String, String>,
}

/// How SMS are sent.
#[derive(Debug)]
pub enum Sms {
    /// Not at all: the operators' API shows them in a sandbox.
    Inbox,
    /// Through a provider.
    Http(Box<HttpSmsSettings>),
    /// Not at all: no provider is configured in production.
    NoProvider,
}

/// The telephone gateway.
#[derive(Debug)]
pub struct Agi {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// The terminal for calls that name none.
    pub sequence: Option<String>,
    /// The address that returns the amount a caller has to pay.
    pub order_url: Option<String>,
    /// Whether the server hangs up at the end of a call.
    pub hang_up: bool,
    /// The sounds that callers hear.
    pub sounds: Sounds,
}

/// All settings, checked.
pub struct Settings {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Separate address for the operators' API, the console, metrics and health.
    pub admin_listen: Option<SocketAddr>,
    /// Requests per minute of one address that is not authenticated.
    pub visits_per_minute: u32,
    /// Maximum bytes of a page's rows, and of all large replies at a time.
    pub large_replies: (usize, usize),
    /// Proxies that are trusted to report the caller's address.
    pub proxies: Proxies,
    /// Name servers for host names; empty: those of the system.
    pub name_servers: Vec<SocketAddr>,
    /// The location of the store.
    pub store: Location,
    /// Whether the store is opened even if acknowledged results are lost or pages are damaged.
    pub accept_loss: bool,
    /// The TLS configuration, if this server terminates TLS.
    pub tls: Option<Tls>,
    /// Whether browsers connect over TLS, to this server or to a proxy before it.
    pub security: Security,
    /// Sandbox or production.
    pub mode: Mode,
    /// Whether an empty store is filled with the demo world.
    pub demo: bool,
    /// What it is filled with besides.
    pub world: Option<WorldFile>,
    /// Form of the log.
    pub log: LogForm,
    /// The keys that seal values.
    pub keys: KeyRing,
    /// Bearer token of the operator's API.
    pub operator_token: String,
    /// Maximum money that the operators' API creates per day; `None`: no limit.
    pub money_per_day: Option<Rial>,
    /// The rules of strict mode that are on.
    pub strict: Strict,
    /// Settings of the Finnotech dialect.
    pub finnotech: finnotech::Settings,
    /// Payments by card and telephone.
    pub paystar: Paystar,
    /// How SMS are sent.
    pub sms: Sms,
    /// Settings of the POD dialect.
    pub pod: PodSettings,
    /// Where links to this server lead.
    pub links: Links,
    /// The telephone gateway, if it is configured.
    pub agi: Option<Agi>,
    /// How much is recorded of requests.
    pub requests: Keeps,
    /// The rule set of fees, cycles and limits.
    pub rules: Rules,
    /// Where traces of requests go, if anywhere.
    pub traces: Option<TraceSettings>,
    /// The limits from which on conditions raise an alert.
    pub alert_limits: AlertLimits,
    /// The webhook that tells of alerts, if there is one.
    pub alert_webhook: Option<AlertWebhook>,
}

/// Reads an address to listen on. `localhost` is that of IPv4, as in the default.
fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("{}:{port}", Ipv4Addr::LOCALHOST));
    let wanted = || "an IP address and a port, as 127.0.0.1:7070 (0.0.0.0 for all addresses of the machine)".to_owned();
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| wanted())
}

/// The same in the settings file.
fn address_in_file<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    address(&String::deserialize(from)?).map(Some).map_err(D::Error::custom)
}

/// The port of name servers.
const DNS: u16 = 53;
/// A trackId is part of an index key and of every reply, so its length is limited.
const TRACK_ID: std::ops::RangeInclusive<usize> = 1..=128;
/// A time-out below one round trip cannot work, and callers do not wait longer than a minute.
const DATABASE_TIMEOUT: std::ops::RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);

impl Settings {
    /// Gathers and checks the settings.
    ///
    /// # Errors
    /// Names the first setting that cannot be used, and its source.
    pub fn gather(flags: Flags) -> Result<Self, SettingsError> {
        let file = flags.config.as_deref().map(read_toml::<File>).transpose()?.unwrap_or_default();
        let config = flags.config.clone();
        let in_file = |error: SettingsError| match &config {
            Some(path) => wrong(format!("{}: {error}", path.display())),
            None => error,
        };
        let world = flags.world.or(file.world).map(WorldFile);
        world.as_ref().map(WorldFile::read).transpose()?;
        let demo = flags.demo || world.is_some();
        let mode = mode(demo, flags.mode.or(file.mode))?;
        let finnotech = finnotech::Settings {
            track_id_max_len: flags.track_id_max_len.or(file.finnotech.track_id_max_len).unwrap_or(40),
            replay_duplicates: flags.replay_duplicates.or(file.finnotech.replay_duplicates).unwrap_or(false),
            charge_refusals: match flags.charge_refusals.or(file.finnotech.charge_refusals) {
                None | Some(ChargeRefusalsName::Gateway) => ChargeRefusals::Gateway,
                Some(ChargeRefusalsName::Codes) => ChargeRefusals::Codes,
            },
        };
        let checksums = flags.strict_checksums.or(file.finnotech.strict_checksums).unwrap_or(false);
        let strict = strict(flags.strict.as_deref(), file.strict, checksums, mode)?;
        if !TRACK_ID.contains(&finnotech.track_id_max_len) {
            return Err(wrong(format!("track_id_max_len = {}: from 1 to 128", finnotech.track_id_max_len)));
        }
        let in_file_traces = TracesInFile { otlp_endpoint: file.otlp_endpoint, otlp_sampling: file.otlp_sampling };
        let (data, settle_after) = (flags.data.or(file.data), flags.settle_after.or(file.settle_after));
        let timeout_ms = flags.database_patience_ms.or(file.database_patience_ms);
        let store = location(data, settle_after, flags.database.or(file.database), timeout_ms)?;
        let rules = match flags.paya_rules.or(file.finnotech.paya_rules) {
            None => Rules::documented(),
            Some(name) if name == Path::new("documented") => Rules::documented(),
            Some(name) if name == Path::new("1405") => Rules::of_1405(),
            Some(path) => {
                // The table of holidays is in the directory of the rule set that names it.
                let beside = path.parent().map_or_else(PathBuf::new, Path::to_owned);
                let table = |file: &str| std::fs::read_to_string(beside.join(file)).map_err(|error| error.to_string());
                Rules::parse(&read(&path)?, table)
            }
        };
        let tls = tls(flags.tls_cert.or(file.tls_cert), flags.tls_key.or(file.tls_key))?;
        let (links, pod) = file.pod.read(flags.public_base.or(file.public_base), mode).map_err(in_file)?;
        let (alert_limits, alert_webhook) = file.alerts.read(mode).map_err(in_file)?;
        let encrypted = tls.is_some() || links.are_encrypted();
        let requests = match (flags.request_log.or(file.request_log), mode) {
            (Some(false), _) => Keeps::Nothing,
            (_, Mode::Sandbox) => Keeps::All,
            (_, Mode::Production) => Keeps::Outlines,
        };
        Ok(Self {
            alert_limits,
            alert_webhook,
            requests,
            security: if encrypted { Security::Tls } else { Security::Plain },
            tls,
            visits_per_minute: visits(flags.visits_per_minute.or(file.visits_per_minute))?,
            large_replies: large_replies(
                flags.page_kib.or(file.page_kib),
                flags.large_replies_mib.or(file.large_replies_mib),
            )?,
            name_servers: name_servers(flags.name_servers.or(file.name_servers).unwrap_or_default())?,
            proxies: proxies(flags.trusted_proxies.or(file.trusted_proxies).unwrap_or_default())?,
            listen: flags.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7070))),
            admin_listen: flags.admin_listen.or(file.admin_listen),
            store,
            accept_loss: flags.accept_loss,
            mode,
            demo,
            world,
            log: flags.log.or(file.log).unwrap_or(LogForm::Human),
            keys: keys(
                flags.keys,
                KeysInFile { key: file.key, old_keys: file.old_keys, key_file: file.key_file },
                mode,
            )?,
            money_per_day: money_per_day(flags.api_money_per_day.or(file.api_money_per_day), mode)?,
            operator_token: operator_token(
                flags.operator_token,
                OperatorTokenInFile {
                    operator_token: file.operator_token,
                    operator_token_file: file.operator_token_file,
                },
                mode,
            )?,
            strict,
            finnotech,
            paystar: paystar(&file.paystar, flags.otp_limit, mode).map_err(in_file)?,
            pod,
            links,
            sms: sms(file.sms, mode).map_err(in_file)?,
            agi: agi(flags.agi, file.agi).map_err(in_file)?,
            traces: traces(flags.traces, in_file_traces, mode).map_err(in_file)?,
            rules: rules.map_err(|error| wrong(error.to_string()))?,
        })
    }
}

/// Default maximum of rials that the operators' API creates per day: the tills of some shops, and no more than can be reviewed on the next day.
const MONEY_PER_DAY: i64 = 10_000_000_000;

fn money_per_day(given: Option<i64>, mode: Mode) -> Result<Option<Rial>, SettingsError> {
    match (given, mode) {
        (Some(negative @ ..0), _) => Err(wrong(format!("api_money_per_day = {negative}: 0 or more rials"))),
        (Some(most), _) => Ok(Some(Rial::new(most))),
        (None, Mode::Production) => Ok(Some(Rial::new(MONEY_PER_DAY))),
        (None, Mode::Sandbox) => Ok(None),
    }
}

/// The rules of strict mode that are on. In production only check digits can be required, by their own setting.
fn strict(
    flag: Option<&str>,
    file: Option<StrictInFile>,
    checksums: bool,
    mode: Mode,
) -> Result<Strict, SettingsError> {
    let named = match (flag, file) {
        (Some("true"), _) | (None, Some(StrictInFile::Every(true))) => Ok(Strict::all()),
        (Some("false" | ""), _) | (None, None | Some(StrictInFile::Every(false))) => Ok(Strict::default()),
        (Some(names), _) => Strict::of_names(names.split(',')),
        (None, Some(StrictInFile::Named(names))) => Strict::of_names(names.iter().map(String::as_str)),
    };
    let named = named.map_err(|unknown| wrong(format!("strict (DARIC_STRICT): {unknown}")))?;
    if named.is_on() && mode == Mode::Production {
        return Err(wrong(
            "strict (DARIC_STRICT) is for a sandbox: production refuses what must be refused. finnotech.strict_checksums works there, too",
        ));
    }
    Ok(if checksums { named.with(Rule::CheckDigits) } else { named })
}

fn visits(per_minute: Option<u32>) -> Result<u32, SettingsError> {
    match per_minute.unwrap_or(VISITS_PER_MINUTE) {
        0 => Err(wrong("visits_per_minute: 1 or more")),
        visits => Ok(visits),
    }
}

/// Minimum of `large_replies_mib`: a quarter of it holds any row.
const LARGE_REPLIES_MIB: usize = 8;

fn large_replies(page_kib: Option<usize>, at_a_time_mib: Option<usize>) -> Result<(usize, usize), SettingsError> {
    let page = page_kib.map_or(Some(PAGE_BYTES), |kib| kib.checked_mul(1 << 10)).filter(|bytes| *bytes > 0);
    let page = page.ok_or_else(|| wrong("page_kib: 1 or more"))?;
    let least = LARGE_REPLIES_MIB << 20;
    let at_a_time = at_a_time_mib.map_or(Some(LARGE_REPLIES_AT_A_TIME), |mib| mib.checked_mul(1 << 20));
    let at_a_time = at_a_time.filter(|bytes| *bytes >= least && *bytes / 4 >= page);
    let at_a_time = at_a_time.ok_or_else(|| {
        wrong(format!("large_replies_mib: {LARGE_REPLIES_MIB} or more, and no less than four pages of page_kib"))
    })?;
    Ok((page, at_a_time))
}

/// Parses name servers: addresses with or without a port.
fn name_servers(addresses: Vec<String>) -> Result<Vec<SocketAddr>, SettingsError> {
    let server = |text: &String| {
        let text = text.trim();
        let parsed = text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, DNS)));
        parsed.ok_or_else(|| wrong(format!("name_servers: {text:?} is no address, as 192.0.2.53 or 192.0.2.53:5353")))
    };
    addresses.iter().map(server).collect()
}

/// Parses proxies: addresses or networks.
fn proxies(names: Vec<String>) -> Result<Proxies, SettingsError> {
    let network = |name: &String| {
        let name = name.trim();
        let parsed = name.parse().ok().or_else(|| name.parse::<IpAddr>().ok().map(IpNet::from));
        let all = "trusted_proxies: a network of all addresses would have every caller say who it is";
        match parsed {
            Some(network) if network.prefix_len() == 0 => Err(wrong(all)),
            Some(network) => Ok(network),
            None => Err(wrong(format!("trusted_proxies: {name} is no address or network, as 10.0.0.0/8"))),
        }
    };
    Ok(Proxies::new(names.iter().map(network).collect::<Result<_, _>>()?))
}

/// `[paystar]` (paystar.md).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paystar {
    /// The window in which the banks close their day and no card pays, in seconds of the day in Tehran.
    pub day_close: Option<(u32, u32)>,
    /// One-time passwords that a terminal may request per minute.
    pub otps_per_minute: u32,
    /// One-time passwords that may be sent for a card in ten minutes; `None`: any number.
    pub otp_limit: Option<OtpLimit>,
}

/// Default for one-time passwords of a terminal per minute: the need of a busy gateway with a thousand lines.
const OTPS_PER_MINUTE: u32 = 3_000;

/// Default for one-time passwords of a card in ten minutes, in production (paystar.md 2).
const OTP_LIMIT: u32 = 3;

fn paystar(file: &PaystarFile, otp_limit: Option<u32>, mode: Mode) -> Result<Paystar, SettingsError> {
    let wrong_window = || wrong("[paystar] day_close: two times of day in Tehran, as \"23:50-00:10\"");
    let day_close = file.day_close.as_deref().map(|text| window(text).ok_or_else(wrong_window)).transpose()?;
    let otps_per_minute = file.otps_per_minute.unwrap_or(OTPS_PER_MINUTE);
    if otps_per_minute == 0 {
        return Err(wrong("[paystar] otps_per_minute: 1 or more"));
    }
    let default = match mode {
        Mode::Sandbox => 0,
        Mode::Production => OTP_LIMIT,
    };
    let otp_limit = NonZeroU32::new(otp_limit.or(file.otp_limit).unwrap_or(default)).map(OtpLimit);
    Ok(Paystar { day_close, otps_per_minute, otp_limit })
}

/// Parses `23:50-00:10` to seconds of the day.
fn window(text: &str) -> Option<(u32, u32)> {
    let second = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let (hour, minute) = (number(hour)?, number(minute)?);
        (hour < 24 && minute < 60).then_some(hour * 3600 + minute * 60)
    };
    let (from, to) = text.split_once('-')?;
    Some((second(from)?, second(to)?)).filter(|(from, to)| from != to)
}

fn sms(file: SmsFile, mode: Mode) -> Result<Sms, SettingsError> {
    match (file.sender, file.http, mode) {
        (Some(SmsSenderName::Http) | None, Some(http), _) => {
            http.check().map_err(|(key, why)| wrong(format!("[sms.http] {key}: {why}")))?;
            Ok(Sms::Http(Box::new(http)))
        }
        (Some(SmsSenderName::Http), None, _) => Err(wrong("[sms] sender = \"http\" needs a table [sms.http]")),
        (Some(SmsSenderName::Log), _, Mode::Production) => {
            Err(wrong("[sms] sender = \"log\" sends nothing: production takes \"http\" only"))
        }
        (Some(SmsSenderName::Log), Some(_), _) => {
            Err(wrong("[sms] sender = \"log\" and a table [sms.http]: leave out one"))
        }
        (Some(SmsSenderName::Log) | None, None, Mode::Sandbox) => Ok(Sms::Inbox),
        (None, None, Mode::Production) => Ok(Sms::NoProvider),
    }
}

/// Maximum length of a terminal's id.
const SEQUENCE: usize = 64;

fn agi(flag: Option<SocketAddr>, file: AgiFile) -> Result<Option<Agi>, SettingsError> {
    let AgiFile { listen, sequence, order_url, hangup, sounds } = file;
    let sounds = Sounds::new(&sounds).map_err(|(step, why)| wrong(format!("[agi.sounds] {step}: {why}")))?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let named = |sequence: &String| (1..=SEQUENCE).contains(&sequence.len()) && sequence.bytes().all(allowed);
    if sequence.as_ref().is_some_and(|sequence| !named(sequence)) {
        return Err(wrong("[agi] sequence: a terminal's id"));
    }
    if let Some(Err(error)) = order_url.as_deref().map(HttpBills::check) {
        return Err(wrong(format!("[agi] order_url: {error}")));
    }
    let listen = flag.or(listen);
    if listen.is_none() && (sequence.is_some() || order_url.is_some() || hangup.is_some()) {
        return Err(wrong("[agi] listen: an address to take calls on, as \"127.0.0.1:4573\""));
    }
    Ok(listen.map(|listen| Agi { listen, sequence, order_url, hang_up: hangup.unwrap_or(true), sounds }))
}

/// The location of the store: a directory or a database, not both.
fn location(
    data: Option<PathBuf>,
    settle_after: Option<usize>,
    database: Option<String>,
    timeout_ms: Option<u64>,
) -> Result<Location, SettingsError> {
    match (data, database) {
        (Some(_), Some(_)) => {
            Err(wrong("data (DARIC_DATA) and database (DARIC_DATABASE) are both given: leave out one of the two"))
        }
        (None, Some(url)) => {
            let timeout = timeout_ms.map_or(TIMEOUT, Duration::from_millis);
            if !DATABASE_TIMEOUT.contains(&timeout) {
                return Err(wrong("database_patience_ms (DARIC_DATABASE_PATIENCE_MS): from 100 to 60000"));
            }
            Ok(Location::Database { url, timeout })
        }
        (data, None) => Ok(Location::Directory {
            path: data.unwrap_or_else(|| PathBuf::from(store_flags::DIRECTORY)),
            compact_after: settle_after.unwrap_or(COMPACT_AFTER).max(1),
        }),
    }
}

/// The mode that is set, if one is.
fn mode(demo: bool, set: Option<ModeName>) -> Result<Mode, SettingsError> {
    match (demo, set) {
        (true, Some(ModeName::Production)) => {
            Err(wrong("--demo and --world make a sandbox, but the mode is set to production: leave out one of the two"))
        }
        (true, Some(ModeName::Sandbox) | None) | (false, Some(ModeName::Sandbox)) => Ok(Mode::Sandbox),
        (false, Some(ModeName::Production) | None) => Ok(Mode::Production),
    }
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|error| wrong(format!("{}: {error}", path.display())))
}

/// A world file, which every reset reads again.
#[derive(Clone, Debug)]
pub struct WorldFile(PathBuf);

impl WorldFile {
    /// Its objects, as they are now.
    ///
    /// # Errors
    /// It cannot be read, or is no world; names the line.
    pub fn read(&self) -> Result<WorldForm, SettingsError> {
        read_toml(&self.0)
    }
}

fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let text = read(path)?;
    // The line is not shown: it may contain a secret.
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        wrong(format!("{}: line {line}: {}", path.display(), error.message()))
    })
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::demo;

    fn flags(args: &[&str]) -> Flags {
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            flags: Flags,
        }
        clap::Parser::try_parse_from([&["daric"], args].concat()).map(|only: Only| only.flags).unwrap()
    }

    fn gather(args: &[&str]) -> Result<Settings, String> {
        Settings::gather(flags(args)).map_err(|error| error.to_string())
    }

    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn an_address_to_listen_on_is_numeric_or_localhost() {
        for (text, is_read) in [
            ("127.0.0.1:7070", Some("127.0.0.1:7070")),
            ("localhost:7070", Some("127.0.0.1:7070")),
            ("[::1]:7070", Some("[::1]:7070")),
            ("7070", None),
            (":7070", None),
            ("127.0.0.1", None),
            ("daric.example:7070", None),
        ] {
            let read = address(text);
            assert_eq!(read.clone().ok().map(|address| address.to_string()).as_deref(), is_read, "{text}");
            assert!(read.is_ok() || read.is_err_and(|wanted| wanted.contains("as 127.0.0.1:7070")), "{text}");
        }
    }

    #[test]
    fn production_takes_no_demo_secret_and_no_missing_one() {
        let demo_key = HEXLOWER.encode(&demo::KEY);
        for (args, named) in [
            (&["--operator-token", "a-long-enough-token"][..], "key"),
            (&["--key", "12", "--operator-token", "a-long-enough-token"], "64 hexadecimal"),
            (&["--key", &demo_key, "--operator-token", "a-long-enough-token"], "is public"),
            (&["--key", &"0".repeat(64), "--operator-token", "a-long-enough-token"], "not random"),
            (&["--key", &"01234567".repeat(8), "--operator-token", "a-long-enough-token"], "not random"),
            (&["--key", KEY], "operator_token"),
            (&["--key", KEY, "--old-keys", "12", "--operator-token", "a-long-enough-token"], "DARIC_OLD_KEYS"),
            (&["--key", KEY, "--key-file", "f", "--operator-token", "a-long-enough-token"], "give one of them"),
            (&["--key-file", "/nowhere/key", "--operator-token", "a-long-enough-token"], "/nowhere/key"),
            (&["--key", KEY, "--operator-token", "demo-admin-token"], "is public"),
            (&["--key", KEY, "--operator-token", "short"], "16 characters"),
            (&["--key", KEY, "--operator-token-file", "/nowhere/token"], "/nowhere/token"),
            (
                &["--key", KEY, "--operator-token", "a-long-enough-token", "--operator-token-file", "f"],
                "give one of them",
            ),
            (&["--demo", "--mode", "production"], "--demo"),
            (&["--world", "/nowhere/world.toml"], "/nowhere/world.toml"),
            (&["--demo", "--track-id-max-len", "0"], "track_id_max_len"),
            (&["--demo", "--paya-rules", "/nowhere/rules.toml"], "/nowhere/rules.toml"),
            (&["--demo", "--data", "d", "--database", "postgres://h/d"], "leave out one"),
            (&["--demo", "--database", "postgres://h/d", "--database-patience-ms", "5"], "database_patience_ms"),
        ] {
            let error = gather(args).err().unwrap_or_default();
            assert!(error.contains(named), "{args:?}: {error:?}");
        }
        let good = gather(&["--key", KEY, "--operator-token", "a-long-enough-token"]).unwrap();
        assert_eq!((good.mode, good.demo), (Mode::Production, false));
    }

    #[test]
    fn production_takes_none_of_the_secrets_that_everybody_knows_and_no_short_one() {
        let path = std::env::temp_dir().join(format!("daric-settings-known-{}.toml", std::process::id()));
        let config = path.to_str().unwrap();
        let production = |token: &str, sms: &str, more: &[&str]| {
            std::fs::write(&path, format!("[pod]\nsms_inbound_secret = \"{sms}\"\n")).unwrap();
            let args = ["--config", config, "--key", KEY, "--operator-token", token];
            gather(&[&args[..], more].concat()).map(|_| ())
        };
        let good = "a-long-enough-token";
        assert_eq!(production(good, good, &[]), Ok(()));
        for secret in demo::public_secrets() {
            let token = production(&secret, good, &[]).unwrap_err();
            let sms = production(good, &secret, &[]).unwrap_err();
            let why = if secret.len() < 16 { "at least 16 characters" } else { "is public" };
            assert!(token.contains("operator_token") && token.contains(why), "{token}");
            assert!(sms.contains("[pod] sms_inbound_secret") && sms.contains(why), "{sms}");
            assert!(secret.len() < 8 || !(token + &sms).contains(&secret), "an error shows no secret");
        }
        for short in ["", "x", "fifteen-letters"] {
            for error in [production(short, good, &[]).unwrap_err(), production(good, short, &[]).unwrap_err()] {
                assert!(error.contains("at least 16 characters"), "{error}");
            }
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_has_the_key_on_its_first_line_and_older_ones_below() {
        let path = std::env::temp_dir().join(format!("daric-key-{}", std::process::id()));
        let older = "ff".repeat(31) + "01";
        let of = |text: &str, more: &[&str]| {
            std::fs::write(&path, text).unwrap();
            let file = ["--key-file", path.to_str().unwrap(), "--operator-token", "a-long-enough-token"];
            gather(&[&file[..], more].concat()).map(|settings| settings.keys.fingerprints())
        };
        let one = gather(&["--key", KEY, "--operator-token", "a-long-enough-token"]).unwrap().keys.fingerprints();
        assert_eq!(of(&format!("{KEY}\n"), &[]), Ok(one.clone()));
        let both = of(&format!("{KEY}\n\n{older}\n"), &[]).unwrap();
        assert_eq!((both.len(), both[0]), (2, one[0]));
        assert_eq!(of(KEY, &["--old-keys", &older]), Ok(both));
        for (text, named) in [("", "it is empty"), ("12", "64 hexadecimal"), (&"0".repeat(64), "not random")] {
            let error = of(text, &[]).unwrap_err();
            assert!(error.contains(named) && error.contains(path.to_str().unwrap()), "{text}: {error}");
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn settings_of_sms_day_close_and_telephone_are_checked_by_key() {
        let path = std::env::temp_dir().join(format!("daric-settings-sms-{}.toml", std::process::id()));
        let of = |text: &str, args: &[&str]| {
            std::fs::write(&path, text).unwrap();
            gather(&[&["--config", path.to_str().unwrap()], args].concat())
        };
        let production = ["--key", KEY, "--operator-token", "a-long-enough-token"];
        for (text, args, named) in [
            ("[sms]\nsender = \"http\"\n", &["--demo"][..], "[sms.http]"),
            ("[sms]\nsender = \"log\"\n", &production, "sends nothing"),
            ("[sms]\nsender = \"mail\"\n", &["--demo"], "line 2"),
            ("[sms.http]\nurl = \"https://h/{to}\"\n", &["--demo"], "{text}"),
            ("[sms.http]\nurl = \"h?{to}{text}\"\n", &["--demo"], "[sms.http] url"),
            ("[paystar]\nday_close = \"23:50\"\n", &["--demo"], "day_close"),
            ("[paystar]\nday_close = \"24:00-01:00\"\n", &["--demo"], "day_close"),
            ("[finnotech]\ncharge_refusals = \"code\"\n", &["--demo"], "line 2"),
            ("[paystar]\notps_per_minute = 0\n", &["--demo"], "otps_per_minute"),
            ("[pod]\ntax_rate = 9\n", &["--demo"], "[pod] tax_rate"),
            ("[pod]\npublic_base = \"shop.example\"\n", &["--demo"], "[pod] public_base"),
            ("listen = \"shop.example:443\"\n", &["--demo"], "line 1: an IP address and a port"),
            ("public_base = \"http://[\"\n", &["--demo"], "public_base"),
            ("public_base = \"http://shop.example/pay\"\n", &["--demo"], "without a path"),
            ("public_base = \"http://a\"\n[pod]\npublic_base = \"http://b\"\n", &["--demo"], "differ"),
            ("[pod]\npublic_base = \"http://a\"\n", &["--demo", "--public-base", "http://b"], "differ"),
            ("[pod]\nsms_inbound_secret = \"short\"\n", &["--demo"], "[pod] sms_inbound_secret"),
            ("[agi.sounds]\nhello = \"x\"\n", &["--demo"], "[agi.sounds] hello"),
            ("[agi]\nport = 4573\n", &["--demo"], "port"),
            ("[agi]\nhangup = false\n", &["--demo"], "[agi] listen"),
            ("[agi]\nsequence = \"a b\"\n", &["--demo", "--agi", "127.0.0.1:1"], "[agi] sequence"),
            ("[agi]\norder_url = \"ftp://h\"\n", &["--demo", "--agi", "127.0.0.1:1"], "[agi] order_url"),
            ("otlp_endpoint = \"collector:4318\"\n", &["--demo"], "otlp_endpoint (DARIC_OTLP_ENDPOINT)"),
            ("otlp_endpoint = \"http://user:word@h\"\n", &["--demo"], "without user, password and query"),
            ("otlp_endpoint = \"http://h/?key=word\"\n", &["--demo"], "without user, password and query"),
            ("", &["--demo", "--otlp-endpoint", "http://"], "otlp_endpoint (DARIC_OTLP_ENDPOINT)"),
            ("otlp_endpoint = \"http://h\"\notlp_sampling = 1.5\n", &["--demo"], "otlp_sampling (DARIC_OTLP_SAMPLING)"),
            ("otlp_sampling = nan\n", &["--demo"], "from 0 to 1"),
            ("otlp_sampling = 1\n", &["--demo"], "needs otlp_endpoint"),
            ("[alerts]\nwebhook = \"http://h\"\n", &["--demo"], "needs webhook_secret"),
            ("[alerts]\nwebhook_secret = \"a-long-enough-secret\"\n", &["--demo"], "needs webhook"),
            ("[alerts]\nwebhook = \"h\"\nwebhook_secret = \"x\"\n", &["--demo"], "[alerts] webhook"),
            ("[alerts]\nwebhook = \"http://h\"\nwebhook_secret = \"short\"\n", &production, "[alerts] webhook_secret"),
            ("[alerts]\nundecided_minutes = 0\n", &["--demo"], "[alerts] undecided_minutes"),
            ("[alerts]\nfailed_callbacks_percent = 101\n", &["--demo"], "[alerts] failed_callbacks_percent"),
        ] {
            let error = of(text, args).err().unwrap_or_default();
            assert!(error.contains(named) && error.contains(path.to_str().unwrap()), "{text}: {error:?}");
        }
        // A line may contain a secret.
        let secret = "[sms.http]\nurl = \"https://h\"\nheaders = { Authorization = \"Bearer s3cr3t\", A = 1 }\n";
        let error = of(secret, &["--demo"]).err().unwrap_or_default();
        assert!(error.contains("line 3") && !error.contains("s3cr3t"), "{error:?}");
        let text = "[paystar]\nday_close = \"23:50-00:10\"\n[agi]\nlisten = \"127.0.0.1:4573\"\nhangup = false\n";
        let good = of(text, &["--demo", "--agi", "127.0.0.1:4574"]).unwrap();
        assert_eq!(good.paystar.day_close, Some((85_800, 600)));
        let agi = good.agi.unwrap();
        assert_eq!((agi.listen.port(), agi.hang_up), (4574, false));
        assert!(matches!(good.sms, Sms::Inbox));
        assert!(matches!(of("", &production).unwrap().sms, Sms::NoProvider));
        let http = "[sms.http]\nurl = \"https://h/?to={to98}&text={text}\"\nmethod = \"GET\"\n";
        assert!(matches!(of(http, &production).unwrap().sms, Sms::Http(_)));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn traces_need_a_program_that_is_built_for_them() {
        let collector = ["--otlp-endpoint", "http://127.0.0.1:4318"];
        let production = ["--key", KEY, "--operator-token", "a-long-enough-token"];
        for (args, sampling) in [
            (&["--demo"][..], 1.0),
            (&production, 0.01),
            (&[&production[..], &["--otlp-sampling", "0.5"]].concat(), 0.5),
            (&["--demo", "--otlp-sampling", "0"], 0.0),
        ] {
            let traces = gather(&[&collector[..], args].concat()).map(|settings| settings.traces);
            assert_eq!(traces.is_ok(), cfg!(feature = "otlp"), "{args:?}");
            match traces {
                Ok(traces) => {
                    let traces = traces.unwrap();
                    assert_eq!((traces.endpoint.path(), traces.sampling), ("/v1/traces", sampling), "{args:?}");
                }
                Err(error) => {
                    for named in ["otlp_endpoint (DARIC_OTLP_ENDPOINT)", "the feature `otlp`", "the default features"] {
                        assert!(error.contains(named), "{args:?}: {error}");
                    }
                }
            }
        }
    }

    /// second-edition.md 6.
    #[test]
    fn strict_mode_is_a_sandboxs_and_its_rules_are_switched_by_name() {
        let production = ["--key", KEY, "--operator-token", "a-long-enough-token"];
        let path = std::env::temp_dir().join(format!("daric-settings-strict-{}.toml", std::process::id()));
        let of = |text: &str, args: &[&str]| {
            std::fs::write(&path, text).unwrap();
            let settings = gather(&[&["--config", path.to_str().unwrap()], args].concat())?;
            let on = Rule::ALL.iter().filter(|rule| settings.strict.has(**rule)).map(|rule| rule.name());
            Ok::<_, String>(on.collect::<Vec<_>>().join(","))
        };
        let all = Rule::ALL.iter().map(|rule| rule.name()).collect::<Vec<_>>().join(",");
        for (text, args, on) in [
            ("", &["--demo"][..], ""),
            ("", &["--demo", "--strict"], &*all),
            ("strict = true", &["--demo"], &all),
            ("strict = false", &["--demo"], ""),
            ("strict = true", &["--demo", "--strict=false"], ""),
            ("strict = true", &["--demo", "--strict=api_key, check_digits"], "api_key,check_digits"),
            ("strict = [\"one_time_token\"]", &["--demo"], "one_time_token"),
            ("strict = [\"api_key\"]", &["--demo", "--strict-checksums"], "api_key,check_digits"),
            ("[finnotech]\nstrict_checksums = true", &production, "check_digits"),
            ("strict = false", &production, ""),
        ] {
            assert_eq!(of(text, args).as_deref(), Ok(on), "{text} {args:?}");
        }
        for (text, args, named) in [
            ("", &[&production[..], &["--strict"]].concat()[..], "strict (DARIC_STRICT) is for a sandbox"),
            ("strict = [\"check_digits\"]", &production, "strict (DARIC_STRICT) is for a sandbox"),
            ("", &["--demo", "--strict=check_digit"], "one_time_token"),
            ("strict = 1", &["--demo"], "names of rules"),
        ] {
            let error = of(text, args).unwrap_err();
            assert!(error.contains(named), "{text} {args:?}: {error}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn passwords_of_a_card_have_a_limit_in_production_and_where_one_is_set() {
        // second-edition.md 3.
        let path = std::env::temp_dir().join(format!("daric-settings-otp-{}.toml", std::process::id()));
        std::fs::write(&path, "[paystar]\notp_limit = 7\n").unwrap();
        let file = ["--config", path.to_str().unwrap()];
        let production = ["--key", KEY, "--operator-token", "a-long-enough-token"];
        for (args, limit) in [
            (["--demo"].to_vec(), None),
            (["--mode", "sandbox"].to_vec(), None),
            ([&file[..], &["--demo"]].concat(), Some(7)),
            ([&file[..], &["--demo", "--otp-limit", "0"]].concat(), None),
            (production.to_vec(), Some(3)),
            ([&production[..], &["--otp-limit", "4294967295"]].concat(), Some(u32::MAX)),
            ([&production[..], &["--otp-limit", "0"]].concat(), None),
        ] {
            assert_eq!(gather(&args).unwrap().paystar.otp_limit.map(|limit| limit.0.get()), limit, "{args:?}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn money_of_the_api_has_a_limit_in_production_and_where_one_is_set() {
        let production = ["--key", KEY, "--operator-token", "a-long-enough-token"];
        for (args, most) in [
            (&["--demo"][..], None),
            (&["--demo", "--api-money-per-day", "0"], Some(0)),
            (&production, Some(10_000_000_000)),
            (&[&production[..], &["--api-money-per-day", "5"]].concat(), Some(5)),
        ] {
            assert_eq!(gather(args).unwrap().money_per_day.map(Rial::get), most, "{args:?}");
        }
        let error = gather(&["--demo", "--api-money-per-day=-1"]).err().unwrap();
        assert!(error.contains("api_money_per_day"), "{error}");
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let path = std::env::temp_dir().join(format!("daric-settings-{}.toml", std::process::id()));
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nmode = \"sandbox\"\n[finnotech]\ntrack_id_max_len = 64\n")
            .unwrap();
        let path = path.to_str().unwrap();
        let settings = gather(&["--config", path, "--listen", "127.0.0.1:2"]).unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.finnotech.track_id_max_len, 64);
        assert_eq!(settings.mode, Mode::Sandbox);
        assert!(matches!(settings.store, Location::Directory { path, .. } if path == Path::new("daric-data")));
        std::fs::write(path, "mode = \"sandbox\"\n[finnotech]\n\ntrack_id_length = 64\n").unwrap();
        let error = gather(&["--config", path]).err().unwrap();
        assert!(error.contains(path) && error.contains("line 4") && error.contains("track_id_length"), "{error}");
        std::fs::remove_file(path).unwrap();
    }
}
