//! `daric listen`: the calls to businesses as they are made, and the same calls to a program of one's own.
//!
//! A program under development is often not where the link says. `--forward` calls it with the same parameters, and signs the call as the server does
//! (docs/pod.md, "Webhooks") if the business's secret is given.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use crate::client::{Call, Client};
use crate::failure::Failure;
use crate::follow::follow_each;
use crate::ordered::{Members, plain};
use crate::output::Tone;
use crate::server_flags::ServerFlags;
use crate::session::Session;

/// How long the program may take, as for the server's own calls.
const ANSWER: Duration = Duration::from_secs(10);

/// What `daric listen` takes.
#[derive(Args, Debug)]
pub struct Flags {
    #[command(flatten)]
    server: ServerFlags,
    /// Only calls to the business with this number
    #[arg(long, value_name = "N")]
    business: Option<i64>,
    /// How many of the calls that exist already
    #[arg(long, value_name = "N", default_value_t = 0)]
    limit: usize,
    /// Address of a program that is called with the same parameters
    #[arg(long, value_name = "URL")]
    forward: Option<Url>,
    /// Secret of the business, with which these calls are signed, better in the environment than here
    #[arg(long, env = "DARIC_WEBHOOK_SECRET", value_name = "TEXT", hide_env_values = true, requires = "forward")]
    secret: Option<String>,
}

/// Shows each call to a business until the program is stopped.
///
/// # Errors
/// The server does not answer, or standard output cannot be written to. A program that does not answer is shown and is no error.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let session = Session::new(&flags.server)?;
    let program = flags.forward.as_ref().map(|url| Program::new(flags, url)).transpose()?;
    let list = Call::get("/admin/v1/webhooks").maybe("business", flags.business);
    follow_each(&session, &list, flags.limit, &mut |row| {
        let members: Members = serde_json::from_str(row).unwrap_or_default();
        let text = |name: &str| plain(members.get(name).unwrap_or(&Value::Null));
        let mut shown = vec![
            (text("at"), Tone::Dim),
            (text("id"), Tone::Plain),
            (text("business"), Tone::Plain),
            (text("address"), Tone::Plain),
        ];
        let Some(program) = &program else { return session.output.followed(row, &shown) };
        let answer = program.call(&text("id"), &text("address"));
        let tone = if matches!(&answer, Ok(status) if (200..300).contains(status)) { Tone::Good } else { Tone::Bad };
        let said = match &answer {
            Ok(status) => status.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        shown.push((said.clone(), tone));
        let row: Value = serde_json::from_str(row).unwrap_or_default();
        let forwarded = json!({"webhook": row, "forwarded": answer.map_or_else(|_| json!({"error": said}), |status| json!({"status": status}))});
        session.output.followed(&forwarded.to_string(), &shown)
    })
}

/// A program that is called.
struct Program<'a> {
    url: &'a Url,
    client: Client,
    secret: Option<&'a str>,
}

impl<'a> Program<'a> {
    fn new(flags: &'a Flags, url: &'a Url) -> Result<Self, Failure> {
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(Failure::Usage(
                "--forward: an address of http or https, as http://127.0.0.1:3000/paid".to_owned(),
            ));
        }
        let mut origin = url.clone();
        origin.set_query(None);
        origin.set_fragment(None);
        origin.set_path("");
        let (token, cacert) = (String::new(), flags.server.cacert.clone());
        let client = Client::new(&ServerFlags { url: origin.to_string(), token, cacert, json: false })?;
        Ok(Self { url, client, secret: flags.secret.as_deref() })
    }

    /// Calls the program with the parameters of a webhook; returns the status of its answer.
    fn call(&self, id: &str, address: &str) -> Result<u16, Failure> {
        let target = target(self.url, address);
        // The query as it is: the signature is for these bytes.
        let path =
            target.query().map_or_else(|| target.path().to_owned(), |query| format!("{}?{query}", target.path()));
        let mut call = Call::get(path).within(ANSWER);
        if let Some(secret) = self.secret {
            let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            for (name, value) in signatures(secret, id, second, &target) {
                call = call.header(name, &value);
            }
        }
        Ok(self.client.send(call)?.status.as_u16())
    }
}

/// The address of the program with the parameters of a webhook behind its own.
fn target(program: &Url, address: &str) -> Url {
    let mut target = program.clone();
    target.set_fragment(None);
    let sent = Url::parse(address).ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
    let all = [program.query().unwrap_or_default(), &sent].into_iter().filter(|query| !query.is_empty());
    let all = all.collect::<Vec<_>>().join("&");
    target.set_query(Some(&*all).filter(|query| !query.is_empty()));
    target
}

/// The headers of a signed call.
fn signatures(secret: &str, id: &str, second: u64, target: &Url) -> [(&'static str, String); 4] {
    let sign = |text: String| {
        // A key of any length is taken.
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok();
        mac.map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec()).unwrap_or_default()
    };
    let own = HEXLOWER.encode(&sign(format!("{second}.{id}.GET.{target}")));
    let standard = STANDARD.encode(sign(format!("{id}.{second}.GET.{target}")));
    [
        ("daric-signature", format!("t={second},v2={own}")),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", second.to_string()),
        ("webhook-signature", format!("v1,{standard}")),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_s_parameters_follow_those_of_the_program() {
        for (program, address, expected) in [
            ("http://h/paid", "https://shop.example/cb?a=1&b=2", "http://h/paid?a=1&b=2"),
            ("http://h/paid?x=1#top", "https://shop.example/cb?a=%20", "http://h/paid?x=1&a=%20"),
            ("http://h", "https://shop.example/cb", "http://h/"),
        ] {
            assert_eq!(target(&program.parse().unwrap(), address).as_str(), expected, "{program} {address}");
        }
    }
}
