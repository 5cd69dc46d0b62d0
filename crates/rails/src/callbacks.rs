//! Calls that notify a business of a payment (pod.md 5.4): `GET`, signed, no redirects followed; any 2xx is a success.
//!
//! A signature covers the second, the delivery's id, the method and the whole address (second-edition.md 4.4), so it is not valid for another
//! address. While a business's secret is rotated, a call is signed with both the new and the old one.

use std::fmt::{Debug, Formatter};
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use payments::{Callback, CallbackSender, NotSent, Sending};
use reqwest::{Client, Url};

use crate::dns::DnsResolver;
use crate::http::{self, NoClient};
use crate::reach::{Reach, is_public};

/// Time-out of one call (pod.md 5.4).
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Signs a text with an encrypted secret of the call's business (HMAC-SHA256); `None`: the secret cannot be decrypted.
pub type Signer = Box<dyn Fn(&Callback, &[u8], &str) -> Option<[u8; 32]> + Send + Sync>;

/// Calls businesses over HTTP; see the module.
pub struct HttpCallbacks {
    client: Client,
    reach: Reach,
    signer: Signer,
}

impl Debug for HttpCallbacks {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpCallbacks({:?})", self.reach)
    }
}

impl HttpCallbacks {
    /// A sender that calls addresses within `reach`.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(dns: &DnsResolver, reach: Reach, signer: Signer) -> Result<Self, NoClient> {
        Ok(Self { client: http::client(dns, reach)?, reach, signer })
    }

    async fn try_once(&self, callback: Callback) -> Result<(), NotSent> {
        let mut url = Url::parse(&callback.address).map_err(|_| NotSent::Never("it is no address".to_owned()))?;
        // A fragment is not sent, so a signature must not cover it.
        url.set_fragment(None);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NotSent::Never("an address that is not called over HTTP".to_owned()));
        }
        let host = url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>());
        if let (Reach::PublicOnly, Some(Ok(address))) = (self.reach, host)
            && !is_public(address)
        {
            return Err(NotSent::Never("a private address".to_owned()));
        }
        let mut request = self.client.get(url.clone()).timeout(ANSWER_WITHIN);
        if !callback.secrets.is_empty() {
            let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let id = callback.id.0;
            let sign = |text: &str| {
                let signatures = callback.secrets.iter().map(|secret| (self.signer)(&callback, secret, text));
                let signatures: Option<Vec<[u8; 32]>> = signatures.collect();
                signatures.ok_or_else(|| NotSent::Later("the secret cannot be opened".to_owned()))
            };
            let own = sign(&format!("{second}.{id}.GET.{url}"))?;
            let own: Vec<String> = own.iter().map(|signature| format!("v2={}", HEXLOWER.encode(signature))).collect();
            // The form of Standard Webhooks. Its payload is the method and the address, because a GET has no body.
            let standard = sign(&format!("{id}.{second}.GET.{url}"))?;
            let standard: Vec<String> =
                standard.iter().map(|signature| format!("v1,{}", STANDARD.encode(signature))).collect();
            request = request
                .header("Daric-Signature", format!("t={second},{}", own.join(",")))
                .header("webhook-id", id)
                .header("webhook-timestamp", second)
                .header("webhook-signature", standard.join(" "));
        }
        let response = request.send().await.map_err(|error| NotSent::Later(http::what(error)))?;
        let status = response.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(NotSent::Later(format!("the other side answered {}", status.as_u16())))
        }
    }
}

impl CallbackSender for HttpCallbacks {
    fn call(&self, callback: Callback) -> Sending<'_> {
        Box::pin(self.try_once(callback))
    }
}
