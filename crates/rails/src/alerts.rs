//! Telling operators of alerts: `POST` with a JSON body, signed as Standard Webhooks describes; any 2xx is a success.
//!
//! The address is a setting of the operator, so it may be a private one.

use std::fmt::{Debug, Formatter};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payments::{AlertMessage, AlertSender, NotSent, TellingAlert};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};

use crate::dns::DnsResolver;
use crate::http::{self, NoClient};
use crate::reach::Reach;

/// Time-out of one call.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Signs a text with the secret of the alerts' webhook (HMAC-SHA256); `None`: the secret cannot be used.
pub type AlertSigner = Box<dyn Fn(&str) -> Option<[u8; 32]> + Send + Sync>;

/// Tells alerts over HTTP; see the module.
pub struct HttpAlerts {
    client: Client,
    url: Url,
    signer: AlertSigner,
}

impl Debug for HttpAlerts {
    /// Without the address, which may contain a secret.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpAlerts")
    }
}

/// Why an address cannot be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an address that begins with http:// or https://")]
pub struct NoWebhook;

impl HttpAlerts {
    /// Checks an address.
    ///
    /// # Errors
    /// It is no address that is called over HTTP.
    pub fn check(url: &str) -> Result<Url, NoWebhook> {
        let url = Url::parse(url).map_err(|_| NoWebhook)?;
        if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(NoWebhook) }
    }

    /// A sender to this address.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(url: Url, dns: &DnsResolver, signer: AlertSigner) -> Result<Self, NoClient> {
        Ok(Self { client: http::client(dns, Reach::Anywhere)?, url, signer })
    }

    async fn try_once(&self, AlertMessage { id, body }: AlertMessage) -> Result<(), NotSent> {
        let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = (self.signer)(&format!("{id}.{second}.{body}"));
        let signature = signature.ok_or_else(|| NotSent::Never("the secret cannot be used".to_owned()))?;
        let signature = STANDARD.encode(signature);
        let request =
            self.client.post(self.url.clone()).timeout(ANSWER_WITHIN).header(CONTENT_TYPE, "application/json");
        let request = request
            .header("webhook-id", id)
            .header("webhook-timestamp", second)
            .header("webhook-signature", format!("v1,{signature}"))
            .body(body);
        let response = request.send().await.map_err(|error| NotSent::Later(http::what(error)))?;
        let status = response.status();
        match status.is_success() {
            true => Ok(()),
            false => Err(NotSent::Later(format!("the other side answered {}", status.as_u16()))),
        }
    }
}

impl AlertSender for HttpAlerts {
    fn tell(&self, message: AlertMessage) -> TellingAlert<'_> {
        Box::pin(self.try_once(message))
    }
}
