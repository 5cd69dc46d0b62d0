//! issueInvoice 29796 / 39291 (pod.md 3.11).

use payments::{
    AmountError, BillNumber, InvoiceLine, Issue, IssueInvoice, LineAmount, Pricing, Rial, Terms, Text,
    tehran_midnight_ms,
};
use text::date::Times;
use text::number::mobile;
use wire::pod::balances::RIAL_CODE;
use wire::pod::errors::{self, Failure};
use wire::pod::read_params::{amount, amount_or_zero, id, quantity, rate};

use super::call::{Call, TEXT, date, party};
use super::done::Done;
use super::failed::Failed;
use super::verify_invoice::show;
use edge::random::bits;

/// Maximum length in characters of a line's description, and of a business's own number of an invoice.
const DESCRIPTION: usize = 500;
const BILL_NUMBER: usize = 50;
/// Minimum time in seconds after which an invoice may be closed automatically.
const CLOSE_AFTER_S: i64 = 600;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let params = &call.params;
    let guild = call.guild()?.ok_or(errors::GUILD_MISSING)?;
    let lines = lines(call)?;
    let customer = params.optional_id("userId")?.filter(|id| *id != 0);
    let customer = customer.map(|id| party(id, "userId")).transpose()?;
    let redirect_url = call.address(&["redirectURL"])?;
    let cellphone = match params.get("cellphoneNumber") {
        None => Text::from(""),
        Some(text) => mobile(text).map(Text::from).ok_or_else(|| errors::invalid("cellphoneNumber"))?,
    };
    let bill_number = call.optional_text("billNumber", BILL_NUMBER)?.map(BillNumber::of);
    let description = call.optional_text("description", TEXT)?;
    let metadata = call.optional_text("metadata", TEXT)?;
    let delivery_at_ms = match params.get("deadline") {
        None => 0,
        Some(text) => tehran_midnight_ms(date(text, Times::Refused)?.0).ok_or(errors::INVALID_DATE)?,
    };
    if params.get("currencyCode").is_some_and(|code| code != RIAL_CODE) {
        return Err(errors::invalid("currencyCode").into());
    }
    let rate_micro = tax_rate(call)?.unwrap_or(call.app.pod.settings.tax_rate_micro);
    let terms = Terms {
        verification_needed: params.flag("verificationNeeded")?,
        verify_after_timeout: params.flag("verifyAfterTimeout")?,
        safe: params.flag("safe")?,
        post_voucher: params.flag("postVoucherEnabled")?,
        close_after_s: close_after(call)?,
        delivery_at_ms,
        redirect_url,
        description,
        metadata,
    };
    let issue = if params.flag("preview")? { Issue::Preview } else { Issue::Really };
    if params.get("voucherHash").is_some() {
        return Err(errors::invalid("voucherHash").into());
    }
    let lines = lines.taxed(rate_micro).map_err(|_| errors::invalid("price"))?;
    let command = IssueInvoice {
        guild: guild.id,
        customer,
        cellphone,
        bill_number,
        unique: unique()?,
        reference_number: Text::from(call.reference.to_string()),
        lines,
        terms,
        issue,
    };
    show(call, command).await
}

/// A random number of 64 bits that is not 0.
///
/// # Errors
/// The system gives no randomness.
pub fn unique() -> Result<u64, Failed> {
    let random = bits().map_err(|error| engine::Error::Unavailable(error.to_string()))?;
    Ok(random.max(1))
}

/// The tax rate that the call asks for, in millionths.
///
/// # Errors
/// It is not a rate.
pub fn tax_rate(call: &Call<'_>) -> Result<Option<i64>, Failure> {
    let name = "preferredTaxRate";
    call.params.get(name).map(|text| rate(text).ok_or_else(|| errors::invalid(name))).transpose()
}

fn close_after(call: &Call<'_>) -> Result<i64, Failure> {
    let name = "closeTimeOut";
    match call.params.optional_id(name)? {
        None => Ok(0),
        Some(seconds) if seconds >= CLOSE_AFTER_S => Ok(seconds),
        Some(_) => Err(errors::invalid(name)),
    }
}

fn lines(call: &Call<'_>) -> Result<Pricing, Failure> {
    let rows = aligned(call, ["productId", "price", "quantity", "productDescription"])?;
    let discounts = call.params.list("discount")?;
    if !discounts.is_empty() && discounts.len() != rows.len() {
        return Err(errors::invalid("discount"));
    }
    let mut lines = Pricing::default();
    for (at, [product, price, quantity, description]) in rows.into_iter().enumerate() {
        let product = id(product).ok_or_else(|| errors::invalid("productId"))?;
        let price = self::price(price)?;
        let quantity_micro = self::quantity(quantity).ok_or_else(|| errors::invalid("quantity"))?;
        let description = self::description("productDescription", description)?;
        let discount = match discounts.get(at) {
            None => 0,
            Some(text) => amount_or_zero(text).ok_or_else(|| errors::invalid("discount"))?,
        };
        let amount = LineAmount { price, quantity_micro, discount: Rial::new(discount) };
        lines.add(InvoiceLine { id: 0, product, amount, description }).map_err(|why| match why {
            AmountError::Discount => errors::invalid("discount"),
            AmountError::Nothing | AmountError::TooMuch => errors::invalid("price"),
        })?;
    }
    Ok(lines)
}

/// Parses the price of one unit, in rials.
///
/// # Errors
/// It is not an amount.
pub fn price(text: &str) -> Result<Rial, Failure> {
    amount(text).map(Rial::new).ok_or_else(|| errors::invalid("price"))
}

/// Checks a line's description.
///
/// # Errors
/// It is empty, too long, or contains a NUL character.
pub fn description(name: &str, text: &str) -> Result<Text, Failure> {
    let good = !text.is_empty() && text.chars().count() <= DESCRIPTION && !text.chars().any(|c| c == '\0');
    good.then(|| Text::from(text)).ok_or_else(|| errors::invalid(name))
}

/// Combines parallel list parameters into rows, with the texts as they were sent.
///
/// # Errors
/// A list is missing, or has another length than the first.
pub fn aligned<'a, const N: usize>(call: &'a Call<'_>, names: [&str; N]) -> Result<Vec<[&'a str; N]>, Failure> {
    let mut lists = names.map(|_| Vec::new());
    for (name, list) in names.iter().zip(&mut lists) {
        *list = call.params.list_sent(name)?;
    }
    for (name, list) in names.iter().zip(&lists) {
        if list.is_empty() {
            return Err(errors::missing(name));
        }
    }
    let first = lists.first().map_or(0, Vec::len);
    let odd = names.iter().zip(&lists).find(|(_, list)| list.len() != first);
    match odd {
        Some((name, _)) => Err(errors::invalid(name)),
        None => Ok((0..first).map(|at| lists.each_ref().map(|list| list[at])).collect()),
    }
}
