//! sendInvoicePaymentSMS 29807 / 39302 (pod.md 3.4, 7.1): sends the customer a code, a link, or both.

use engine::CodeMessage;
use payments::{
    CodeWritten, Delegations, Digest, Invoice, InvoiceId, PartyId, PayLink, SendPaymentSms, SmsContent, SmsMessage,
    Text,
};
use text::in_persian;
use wire::pod::errors;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use edge::random::{NoRandomness, digits, letters};

/// Digits of a code.
pub const CODE: usize = 6;
/// Letters of a short link's key.
const KEY: usize = 8;

/// The content of an SMS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    Code,
    Link,
    Both,
}

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let id = call.invoice()?;
    let content = match call.params.get("smsContentType") {
        None | Some("3") => Content::Both,
        Some("1") => Content::Code,
        Some("2") => Content::Link,
        Some(_) => return Err(errors::invalid("smsContentType").into()),
    };
    let redirect_uri = call.address(&["redirectUri"])?;
    let to_call = call.call_address()?;
    let delegations = call.delegations(&["delegationHash", "delegationId"])?;
    call.wallet()?;
    if !call.app.sms.is_configured() {
        return Err(errors::INTERNAL.into());
    }
    let random = |error: NoRandomness| engine::Error::Unavailable(error.to_string());
    let (code, key) = (digits(CODE).map_err(random)?, letters(KEY).map_err(random)?);
    let link = format!("{}/s/{key}", call.app.public_base);
    let pay_link = PayLink {
        hash: call.app.secrets.hash(&key),
        invoice: id,
        redirect_uri,
        call: to_call.clone(),
        gateway: None,
        ends_at_ms: None,
    };
    let sms = match content {
        Content::Code | Content::Both => SmsContent::Code(code_hash(call, id, &code)),
        Content::Link => SmsContent::Text(Text::from(link_only(call, id, &link).await?)),
    };
    let link = (content != Content::Code).then_some(&*link);
    let link_row = link.map(|_| pay_link);
    let delegators = delegators(call, id, &delegations).await?;
    let command = SendPaymentSms { invoice: id, sms, link: link_row, call: to_call, delegations, delegators };
    // An SMS with only a link has a stored text, and its job sends it. One with a code is sent from memory here.
    if let Some(CodeWritten { message, mobile, invoice, credits, ends_at_ms }) = call.run(command).await? {
        let text = Text::from(with_code(business(call, &invoice).await?.as_str(), &invoice, &code, link, &credits));
        let message = SmsMessage { id: message, to: mobile, text, code: Some(Text::from(&*code)) };
        let subject = call.app.secrets.hash(&format!("invoice\n{}", id.0));
        call.app.engine.send_code(CodeMessage { message, subject, ends_at_ms }).await;
    }
    Ok(Done::Yes)
}

/// The parties whose credit may pay first. They are read before the decision, which cannot load rows a third time.
async fn delegators(call: &Call<'_>, id: InvoiceId, delegations: &Delegations) -> Result<Vec<PartyId>, Failed> {
    let reader = call.app.engine.reader();
    if delegations.is_none() {
        return Ok(Vec::new());
    }
    let Some(customer) = reader.invoice(id).await?.and_then(|invoice| invoice.customer) else { return Ok(Vec::new()) };
    let book = reader.credit_book(customer).await?;
    let held = book.as_ref().map_or(&[][..], |book| &book.credits);
    Ok(delegations.candidates(customer, held).iter().map(|credit| credit.delegator).collect())
}

/// The keyed hash of a code for an invoice.
pub fn code_hash(call: &Call<'_>, invoice: InvoiceId, code: &str) -> Digest {
    call.app.secrets.pay_code(invoice.0, code)
}

async fn business(call: &Call<'_>, invoice: &Invoice) -> Result<String, Failed> {
    let party = call.app.engine.party(invoice.issuer).await?;
    Ok(party.map(|party| party.name.to_string()).unwrap_or_default())
}

/// The text with a code, exactly as in 003_0631e51326d2a326.txt, including its run-together words.
fn with_code(business: &str, invoice: &Invoice, code: &str, link: Option<&str>, credits: &[Text]) -> String {
    let mut text = head(business, invoice);
    text += &match link {
        Some(link) => format!(
            "جهت پرداخت از کیف پول خود ، کد {code} را به همین شماره پیامک کنیدیابر روی لینک زیر کلیک نمایید.\n{link}"
        ),
        None => format!("جهت پرداخت از کیف پول خود ، کد {code} را به همین شماره پیامک کنید."),
    };
    if !credits.is_empty() {
        text += &format!("\nاعتبارات مورد استفاده : {}", credits.join(" , "));
    }
    text
}

/// The text with only a link. The decision stores it, so it is made before the decision. If the invoice is unknown, or not for the caller, the
/// decision refuses and the text is never sent.
async fn link_only(call: &Call<'_>, id: InvoiceId, link: &str) -> Result<String, Failed> {
    let Some(invoice) = call.app.engine.reader().invoice(id).await? else { return Ok(String::new()) };
    let business = business(call, &invoice).await?;
    Ok(format!("{}جهت پرداخت بر روی لینک زیر کلیک نمایید.\n{link}", head(&business, &invoice)))
}

fn head(business: &str, invoice: &Invoice) -> String {
    format!(
        "*سرزمین هوشمند پاد*\n{} برای شما فاکتور شماره {} به مبلغ {} ریال صادر نموده است .\n",
        in_persian(business),
        invoice.id.0,
        edge::reply::grouped(invoice.amounts.payable.get())
    )
}
