//! What a caller shall pay, asked of the merchant over HTTP.
//!
//! `GET` on an address with places for the call: `{sequence}`, `{caller}`, `{called}`, `{id}`. The answer is
//! `{"order_id": "…", "amount": 50000}`, in rials, with status 200.

use payments::{BillSource, NoBill, PhoneBill, PhoneCall, Rial, Telling};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use crate::http::{self, NoClient};
use crate::template::{Escape, fill};

/// See the module.
#[derive(Clone, Debug)]
pub struct HttpBills {
    url: String,
    client: Client,
}

#[derive(Deserialize)]
struct Answer {
    order_id: String,
    amount: i64,
}

impl HttpBills {
    /// Asks at this address.
    ///
    /// # Errors
    /// It is none, or there is no client.
    pub fn new(url: &str) -> Result<Self, NoClient> {
        let probe = fill(url, &[("sequence", "s"), ("caller", "c"), ("called", "d"), ("id", "1")], Escape::Percent);
        if !Url::parse(&probe).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(NoClient::because("an address that begins with http:// or https://".to_owned()));
        }
        Ok(Self { url: url.to_owned(), client: http::client()? })
    }

    async fn ask(&self, call: PhoneCall) -> Result<PhoneBill, NoBill> {
        let PhoneCall { terminal, caller, called, id } = &call;
        let values = [("sequence", &**terminal), ("caller", &**caller), ("called", &**called), ("id", &**id)];
        let request = self.client.get(fill(&self.url, &values, Escape::Percent));
        let response = request.send().await.map_err(|error| NoBill(http::what(error)))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(NoBill(format!("the merchant answered {}", status.as_u16())));
        }
        let body = http::beginning(response).await.map_err(NoBill)?;
        let wrong = || NoBill(r#"the merchant's answer is not {"order_id": "…", "amount": …}"#.to_owned());
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| wrong())?;
        Ok(PhoneBill { order: answer.order_id, amount: Rial::new(answer.amount) })
    }
}

impl BillSource for HttpBills {
    fn bill(&self, call: PhoneCall) -> Telling<'_> {
        Box::pin(self.ask(call))
    }
}
