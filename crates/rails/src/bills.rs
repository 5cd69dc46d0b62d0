//! The bill that a caller of the telephone line has to pay, requested from the merchant over HTTP.
//!
//! `GET` on an address with placeholders for the call: `{sequence}`, `{caller}`, `{called}`, `{id}`. The response is
//! `{"order_id": "…", "amount": 50000}`, in rials, with status 200.

use payments::{BillSource, FutureBill, NoBill, PhoneBill, PhoneCall, Rial};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::value::RawValue;
use text::number::{is_digits, rials};

use crate::dns::DnsResolver;
use crate::http::{self, NoClient};
use crate::reach::Reach;
use crate::template::{Escape, fill};

/// Requests bills over HTTP; see the module.
#[derive(Clone, Debug)]
pub struct HttpBills {
    url: String,
    client: Client,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    order_id: &'a RawValue,
    #[serde(borrow)]
    amount: &'a RawValue,
}

impl Answer<'_> {
    /// The bill. Texts and numbers are read as programs write them (second-edition.md 1.4); the order's id stays as it was sent.
    fn bill(&self) -> Option<PhoneBill> {
        let text = |value: &RawValue| serde_json::from_str::<String>(value.get()).ok();
        let number = |value: &RawValue| Some(value.get().to_owned()).filter(|number| is_digits(number));
        let order = text(self.order_id).or_else(|| number(self.order_id))?;
        let amount = rials(&text(self.amount).unwrap_or_else(|| self.amount.get().to_owned()))?;
        Some(PhoneBill { order, amount: Rial::new(amount) })
    }
}

impl HttpBills {
    /// A source of bills at an address.
    ///
    /// # Errors
    /// The address cannot be used, or the HTTP client cannot be made.
    pub fn new(url: &str, dns: &DnsResolver) -> Result<Self, NoClient> {
        Self::check(url).map_err(NoClient::because)?;
        Ok(Self { url: url.to_owned(), client: http::client(dns, Reach::Anywhere)? })
    }

    /// Checks that an address can be requested.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn check(url: &str) -> Result<(), String> {
        let probe = fill(url, &[("sequence", "s"), ("caller", "c"), ("called", "d"), ("id", "1")], Escape::Percent);
        if !Url::parse(&probe).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err("an address that begins with http:// or https://".to_owned());
        }
        Ok(())
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
        let answer: Answer<'_> = http::json(&body).ok_or_else(wrong)?;
        answer.bill().ok_or_else(wrong)
    }
}

impl BillSource for HttpBills {
    fn bill(&self, call: PhoneCall) -> FutureBill<'_> {
        Box::pin(self.ask(call))
    }
}
