//! Senders of SMS: the sandbox's inbox, none, and a provider over HTTP.

use std::collections::{BTreeMap, VecDeque};
use std::future::ready;
use std::sync::{Mutex, PoisonError};

use payments::{NotSent, Sending, SmsMessage, SmsSender};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;

use crate::dns::DnsResolver;
use crate::http::{self, NoClient};
use crate::reach::Reach;
use crate::template::{Escape, fill};

/// How many messages the inbox keeps at most.
const KEPT: usize = 1_000;

/// The sandbox's sender: it sends nothing and keeps the newest messages in memory.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<VecDeque<SmsMessage>>);

impl SmsSender for Inbox {
    fn send(&self, message: SmsMessage) -> Sending<'_> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(message);
        kept.truncate(KEPT);
        Box::pin(ready(Ok(())))
    }

    fn inbox(&self) -> Vec<SmsMessage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The sender of an installation without a provider: every message fails with a retryable error.
#[derive(Clone, Copy, Debug)]
pub struct NoSms;

impl SmsSender for NoSms {
    fn is_configured(&self) -> bool {
        false
    }

    fn send(&self, _message: SmsMessage) -> Sending<'_> {
        Box::pin(ready(Err(NotSent::Later("no sender is configured".to_owned()))))
    }
}

/// The request that sends one message to a provider. In `url` and `body`, `{to}` is the receiver as `09…`, `{to98}` as `989…`, `{text}` the text,
/// and `{id}` the message's number, which is the same for every attempt.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSmsSettings {
    /// `GET`, `POST`, …
    #[serde(default = "post")]
    method: String,
    url: String,
    /// They may contain the provider's key.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Values in it are escaped as the `Content-Type` header requires.
    #[serde(default)]
    body: String,
    /// The statuses that mean that the provider accepted the message; absent: 200 to 299.
    #[serde(default)]
    success_status: Vec<u16>,
    /// A text that the response's body must contain, if any.
    success_contains: Option<String>,
}

fn post() -> String {
    "POST".to_owned()
}

impl std::fmt::Debug for HttpSmsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpSmsSettings")
    }
}

impl HttpSmsSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// The first key that cannot be used, and why.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        self.method().map(|_| ())?;
        let headers = self.header_map()?;
        if let Some(wrong) = self.success_status.iter().find(|status| !(100..600).contains(*status)) {
            return Err(("success_status", format!("{wrong} is no status")));
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_none() && !self.body.is_empty() {
            return Err(("headers", "a Content-Type: it tells how values are written into `body`".to_owned()));
        }
        let body = fill(&self.body, &PROBE, Escape::of(kind.unwrap_or_default()));
        if !body.is_empty()
            && Escape::of(kind.unwrap_or_default()) == Escape::Json
            && serde_json::from_str::<serde_json::Value>(&body).is_err()
        {
            return Err(("body", "no JSON, once it is filled in: places for texts stand in quotes".to_owned()));
        }
        let url = Url::parse(&self.address(&PROBE));
        if !url.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(("url", "an address that begins with http:// or https://".to_owned()));
        }
        for places in [&["{to}", "{to98}"][..], &["{text}"]] {
            if !places.iter().any(|place| self.url.contains(place) || self.body.contains(place)) {
                return Err(("body", format!("{} must be in `body` or `url`", places.join(" or "))));
            }
        }
        Ok(())
    }

    fn method(&self) -> Result<Method, (&'static str, String)> {
        let method = self.method.to_ascii_uppercase();
        let known = ["GET", "POST", "PUT", "PATCH"].contains(&method.as_str());
        let parsed = known.then(|| method.parse().ok()).flatten();
        parsed.ok_or_else(|| ("method", "GET, POST, PUT or PATCH".to_owned()))
    }

    fn header_map(&self) -> Result<HeaderMap, (&'static str, String)> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let wrong = || ("headers", format!("{name:?} is no header that can be set"));
            let places = ["{to}", "{to98}", "{text}", "{id}"];
            if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) || places.iter().any(|p| value.contains(p))
            {
                return Err(wrong());
            }
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
            value.set_sensitive(name != CONTENT_TYPE);
            map.insert(name, value);
        }
        Ok(map)
    }

    fn address(&self, values: &[(&str, &str)]) -> String {
        fill(&self.url, values, Escape::Percent)
    }
}

const PROBE: [(&str, &str); 4] = [("to", "09120000000"), ("to98", "989120000000"), ("text", "a \"b\"\nc"), ("id", "1")];

/// Headers of the connection, which the settings may not set.
const OWN_HEADERS: [&str; 5] = ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade"];

/// Sends messages to a provider over HTTP.
pub struct HttpSms {
    settings: HttpSmsSettings,
    method: Method,
    headers: HeaderMap,
    escape: Escape,
    client: Client,
}

impl std::fmt::Debug for HttpSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpSms")
    }
}

impl HttpSms {
    /// A sender with checked settings.
    ///
    /// # Errors
    /// The HTTP client cannot be made, or the settings cannot be used.
    pub fn new(settings: HttpSmsSettings, dns: &DnsResolver) -> Result<Self, NoClient> {
        let client = http::client(dns, Reach::Anywhere)?;
        let wrong = |(key, why): (&str, String)| NoClient::because(format!("{key}: {why}"));
        let (method, headers) = (settings.method().map_err(wrong)?, settings.header_map().map_err(wrong)?);
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let escape = Escape::of(kind);
        Ok(Self { settings, method, headers, escape, client })
    }

    async fn try_once(&self, message: SmsMessage) -> Result<(), NotSent> {
        let (to98, id) = (format!("98{}", message.to.trim_start_matches('0')), message.id.0.to_string());
        let values = [("to", &*message.to), ("to98", &*to98), ("text", &*message.text), ("id", &*id)];
        let request = self
            .client
            .request(self.method.clone(), self.settings.address(&values))
            .headers(self.headers.clone())
            .body(fill(&self.settings.body, &values, self.escape));
        let response = request.send().await.map_err(|error| NotSent::Later(http::what(error)))?;
        let status = response.status();
        let taken = match self.settings.success_status.as_slice() {
            [] => status.is_success(),
            listed => listed.contains(&status.as_u16()),
        };
        // The response's body may repeat the text, so only its status is reported.
        if !taken {
            return Err(NotSent::Later(format!("the provider answered {}", status.as_u16())));
        }
        let Some(wanted) = &self.settings.success_contains else { return Ok(()) };
        let body = http::beginning(response).await.map_err(NotSent::Later)?;
        if String::from_utf8_lossy(&body).contains(wanted) {
            Ok(())
        } else {
            Err(NotSent::Later(format!("the provider answered {} without the wanted text", status.as_u16())))
        }
    }
}

impl SmsSender for HttpSms {
    fn send(&self, message: SmsMessage) -> Sending<'_> {
        Box::pin(self.try_once(message))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_name_the_key_and_never_print_the_secret() {
        let good = HttpSmsSettings {
            method: "POST".into(),
            url: "https://sms.example/send".into(),
            headers: [("Authorization", "Bearer secret"), ("Content-Type", "application/json")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: r#"{"to":"{to}","text":"{text}"}"#.into(),
            success_status: vec![],
            success_contains: None,
        };
        assert_eq!(good.check(), Ok(()));
        assert!(!format!("{good:?}").contains("secret"));
        let with = |change: fn(&mut HttpSmsSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.check().err().map(|(key, _)| key)
        };
        for (key, found) in [
            ("method", with(|settings| settings.method = "BAD METHOD".into())),
            ("url", with(|settings| settings.url = "sms.example/send".into())),
            ("url", with(|settings| settings.url = "file:///etc/passwd".into())),
            ("headers", with(|settings| drop(settings.headers.insert("a b".into(), "c".into())))),
            ("headers", with(|settings| drop(settings.headers.insert("a".into(), "c\n".into())))),
            ("body", with(|settings| settings.body = r#"{"to":"{to}"}"#.into())),
            ("body", with(|settings| settings.body = r#"{"text":"{text}"}"#.into())),
            ("body", with(|settings| settings.body = r#"{"to":"{to}","text":{text}}"#.into())),
            ("method", with(|settings| settings.method = "CONNECT".into())),
            ("headers", with(|settings| drop(settings.headers.remove("Content-Type")))),
            ("headers", with(|settings| drop(settings.headers.insert("content-length".into(), "3".into())))),
            ("headers", with(|settings| drop(settings.headers.insert("X-Text".into(), "{text}".into())))),
            ("success_status", with(|settings| settings.success_status = vec![99])),
        ] {
            assert_eq!(found, Some(key));
        }
        let in_url = HttpSmsSettings { url: "https://h/?to={to98}&text={text}".into(), body: String::new(), ..good };
        assert_eq!(in_url.check(), Ok(()));
    }
}
