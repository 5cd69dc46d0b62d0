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
use payments::{Callback, CallbackSender, Called, Calling, NotSent, Text};
use reqwest::{Client, Response, Url};

use crate::dns::DnsResolver;
use crate::http::{self, NoClient};
use crate::reach::{Reach, is_public};

/// Time-out of one call (pod.md 5.4).
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How many bytes of an answer's body are kept at most.
const ANSWER: usize = 1024;

/// Whether the beginning of an answer's body is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answers {
    /// In a sandbox, for those who test their receivers.
    Kept,
    /// In production: an answer may contain data of customers.
    Dropped,
}

/// Signs a text with an encrypted secret of the call's business (HMAC-SHA256); `None`: the secret cannot be decrypted.
pub type Signer = Box<dyn Fn(&Callback, &[u8], &str) -> Option<[u8; 32]> + Send + Sync>;

/// Calls businesses over HTTP; see the module.
pub struct HttpCallbacks {
    client: Client,
    reach: Reach,
    answers: Answers,
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
    pub fn new(dns: &DnsResolver, reach: Reach, answers: Answers, signer: Signer) -> Result<Self, NoClient> {
        Ok(Self { client: http::client(dns, reach)?, reach, answers, signer })
    }

    async fn try_once(&self, callback: Callback) -> Called {
        let response = match self.answered(callback).await {
            Ok(response) => response,
            Err(why) => return Called::unanswered(why),
        };
        let status = response.status();
        let result = match status.is_success() {
            true => Ok(()),
            false => Err(NotSent::Later(format!("the other side answered {}", status.as_u16()))),
        };
        let answer = match self.answers {
            Answers::Kept => beginning(response).await,
            Answers::Dropped => None,
        };
        Called { result, status: Some(status.as_u16()), answer }
    }

    /// The answer to a callback, whatever it says.
    async fn answered(&self, callback: Callback) -> Result<Response, NotSent> {
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
        request.send().await.map_err(|error| NotSent::Later(http::what(error)))
    }
}

/// The beginning of an answer's body, if there is any. A body that breaks off is kept as far as it came: the status has already decided the result.
async fn beginning(mut response: Response) -> Option<Text> {
    let mut body = Vec::new();
    while body.len() < ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER - body.len())]);
    }
    // Databases do not store NUL.
    let text = String::from_utf8_lossy(&body).replace('\0', "\u{fffd}");
    (!text.is_empty()).then(|| Text::from(text))
}

impl CallbackSender for HttpCallbacks {
    fn call(&self, callback: Callback) -> Calling<'_> {
        Box::pin(self.try_once(callback))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use payments::MessageId;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Calls a receiver that answers so.
    async fn call(answers: Answers, answer: &'static [u8]) -> Called {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Text::from(format!("http://{}/paid", listener.local_addr().unwrap()));
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            stream.write_all(answer).await.unwrap();
        });
        let dns = DnsResolver::of(vec![]);
        let sender = HttpCallbacks::new(&dns, Reach::Anywhere, answers, Box::new(|_, _, _| None)).unwrap();
        sender.call(Callback { id: MessageId(1), address, business: Text::from("shop"), secrets: vec![] }).await
    }

    #[tokio::test]
    async fn the_beginning_of_an_answer_is_kept_in_a_sandbox_only() {
        let failed = || Err(NotSent::Later("the other side answered 503".to_owned()));
        let said = |text: &str| Some(Text::from(text));
        for (answer, result, status, kept) in [
            (&b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"[..], Ok(()), 200, said("ok")),
            (b"HTTP/1.1 204 No Content\r\n\r\n", Ok(()), 204, None),
            (b"HTTP/1.1 503 Busy\r\ncontent-length: 3\r\n\r\n\xffa\0", failed(), 503, said("\u{fffd}a\u{fffd}")),
            // The body breaks off.
            (b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok", Ok(()), 200, said("ok")),
        ] {
            let called = call(Answers::Kept, answer).await;
            assert_eq!(called, Called { result: result.clone(), status: Some(status), answer: kept });
            assert_eq!(call(Answers::Dropped, answer).await, Called { answer: None, ..called });
        }
        let refused = |error: &str| Called::unanswered(NotSent::Never(error.to_owned()));
        let dns = DnsResolver::of(vec![]);
        let sender = HttpCallbacks::new(&dns, Reach::PublicOnly, Answers::Dropped, Box::new(|_, _, _| None)).unwrap();
        for (address, error) in [("no address", "it is no address"), ("http://127.0.0.1/paid", "a private address")] {
            let (id, address, business) = (MessageId(1), Text::from(address), Text::from("shop"));
            assert_eq!(sender.call(Callback { id, address, business, secrets: vec![] }).await, refused(error));
        }
    }
}
