//! The form of an invoice in replies (pod.md 4.1).

use codes::pod::UNSOUND_INVOICE;
use codes::pod::kept;
use codes::pod::pos;
use codes::pod::slip;
use codes::pod::tool;
use std::collections::HashMap;
use std::sync::Arc;

use payments::{Guild, Invoice, InvoiceState, Means, Party, PartyId, Payment, Text, VoucherKey};
use wire::pod::invoice::{BusinessSrv, GuildSrv, InvoiceSrv, ItemSrv, Micro, PartySrv, VoucherUsageSrv, WALLET};

use super::failed::Failed;
use crate::App;

/// The parties that invoices name, and the codes of the vouchers used on them, by their keyed hashes.
#[derive(Debug, Default)]
pub struct Names(HashMap<PartyId, Arc<Party>>, HashMap<Text, String>);

impl Names {
    /// Loads the names that these invoices need.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(app: &App, invoices: impl Iterator<Item = &Invoice>) -> Result<Self, Failed> {
        let mut names = Self::default();
        for invoice in invoices {
            let payer = invoice.state.payment().and_then(|payment| payment.payer);
            for id in [Some(invoice.issuer), invoice.customer, payer].into_iter().flatten() {
                if !names.0.contains_key(&id)
                    && let Some(party) = app.engine.party(id).await?
                {
                    names.0.insert(id, party);
                }
            }
            for used in &invoice.vouchers {
                let key = VoucherKey { issuer: invoice.issuer, code: used.code.clone() };
                if !names.1.contains_key(&used.code)
                    && let Some(voucher) = app.engine.reader().voucher(key).await?
                {
                    names.1.insert(used.code.clone(), app.secrets.voucher_code(&used.code, &voucher.sealed));
                }
            }
        }
        Ok(names)
    }

    fn get(&self, id: PartyId) -> Option<&Party> {
        self.0.get(&id).map(|party| &**party)
    }

    fn name(&self, id: PartyId) -> &str {
        self.get(id).map_or("", |party| &party.name)
    }

    fn srv(&self, id: PartyId) -> PartySrv<'_> {
        PartySrv::new(id.0, self.name(id))
    }
}

/// The guild with this number; with empty texts if there is none.
pub fn guild(id: i64) -> GuildSrv<'static> {
    let Guild { name, code, .. } = Guild::numbered(id).copied().unwrap_or(Guild { id, name: "", code: "" });
    GuildSrv { id, name, code }
}

/// The random number of an invoice, which links contain, in hexadecimal digits; empty for a preview.
pub fn unique_number(invoice: &Invoice) -> String {
    if invoice.id.0 == 0 { String::new() } else { format!("{:x}", invoice.unique) }
}

/// The payment number of an invoice; empty for a preview.
pub fn payment_number(invoice: &Invoice) -> String {
    if invoice.id.0 == 0 { String::new() } else { invoice.payment_number().to_string() }
}

/// An invoice in the documented form.
///
/// # Errors
/// The row of the invoice contradicts itself.
pub fn object<'a>(invoice: &'a Invoice, names: &'a Names) -> Result<InvoiceSrv<'a>, engine::Error> {
    let delegated = invoice.delegated().ok_or(engine::Error::Contradiction(UNSOUND_INVOICE))?;
    let terms = &invoice.terms;
    let waiting = matches!(invoice.state, InvoiceState::Waiting(_));
    let payment = invoice.state.payment();
    let (slip, pos) = (payment.and_then(slip), payment.and_then(pos));
    let paid = invoice.is_paid();
    let closed = matches!(invoice.state, InvoiceState::Closed(_));
    let future = match &invoice.state {
        InvoiceState::Future(future) => Some(future.at_ms),
        // The date stays after the payment (second-edition.md 4.8).
        _ => payment.and_then(|payment| payment.promised_ms),
    };
    let issuer = names.get(invoice.issuer).and_then(Party::business);
    let sheba = issuer.map(|business| &*business.sheba).filter(|sheba| !sheba.is_empty());
    let used = |used: &'a payments::VoucherUse| VoucherUsageSrv {
        hash: names.1.get(&used.code).map_or(&*used.code, |code| code),
        consum_date: used.at_ms,
        used_amount: used.amount.get(),
        canceled: used.canceled,
    };
    let item = |(at, line): (usize, &'a payments::InvoiceLine)| ItemSrv {
        id: line.id,
        amount: line.amount.price.get(),
        description: &line.description,
        quantity: Micro(line.amount.quantity_micro),
        discount: line.amount.discount.get(),
        voucher_usage_srvs: if at == 0 { invoice.vouchers.iter().map(used).collect() } else { Vec::new() },
    };
    let mobile = || invoice.customer.and_then(|id| names.get(id)?.verified_mobile().map(|mobile| &**mobile));
    let cellphone = Some(&*invoice.cellphone).filter(|given| !given.is_empty());
    Ok(InvoiceSrv {
        id: invoice.id.0,
        total_amount_without_discount: invoice.amounts.without_discount.get(),
        delegation_amount: delegated.get(),
        total_amount: invoice.amounts.total.get(),
        payable_amount: invoice.amounts.payable.get(),
        vat: invoice.amounts.vat.get(),
        issuance_date: invoice.issued_at_ms,
        delivery_date: terms.delivery_at_ms,
        bill_number: invoice.bill_number.as_deref(),
        payment_bill_number: payment_number(invoice),
        unique_number: unique_number(invoice),
        description: terms.description.as_deref(),
        payment_date: payment.map_or(0, |payment| payment.at_ms),
        payed: paid,
        serial: invoice.serial,
        canceled: matches!(invoice.state, InvoiceState::Canceled(_)),
        cancel_date: invoice.canceled_at_ms,
        business: BusinessSrv::new(invoice.issuer.0, names.name(invoice.issuer), sheba),
        invoice_item_srvs: invoice.lines.iter().enumerate().map(item).collect(),
        guild_srv: guild(invoice.guild),
        user_srv: invoice.customer.map(|id| names.srv(id)),
        cellphone_number: cellphone.or_else(mobile),
        closed,
        verification_needed: terms.verification_needed,
        verification_date: invoice.verified_at_ms,
        edited_invoice_id: invoice.replaces.map(|id| id.0),
        metadata: terms.metadata.as_deref(),
        safe: terms.safe,
        post_voucher_enabled: terms.post_voucher,
        reference_number: &invoice.reference_number,
        issuer_srv: names.srv(invoice.issuer),
        will_be_blocked: invoice.set_off.is_some(),
        will_be_paid: matches!(invoice.state, InvoiceState::SetOff(_)),
        will_be_paid_at: future,
        unsafe_close_time_out: terms.close_after_s,
        sub_invoice: false,
        edited: invoice.edited,
        waiting,
        wallet: payment.filter(|payment| by_wallet(payment)).map(|_| WALLET),
        payer: payment.and_then(|payment| payment.payer).map(|id| names.srv(id)),
        payment_tool_code: payment.and_then(tool),
        terminal_number: slip.map(|slip| &*slip.terminal).or_else(|| pos.map(|pos| &*pos.terminal)),
        masked_card_number: slip.map(|slip| &*slip.mask),
        last_four_digit_of_card_number: slip.and_then(|slip| slip.mask.get(slip.mask.len().saturating_sub(4)..)),
        rrn: slip.map(|slip| &*slip.rrn).or_else(|| pos.and_then(|pos| kept(&pos.reference))),
        transaction_reference_id: slip.map(|slip| &*slip.tref).or_else(|| pos.and_then(|pos| kept(&pos.tracking))),
        bill_settled: paid.then(|| invoice.is_settled()),
        withdrawable: paid.then(|| invoice.is_withdrawable()),
    })
}

fn by_wallet(payment: &Payment) -> bool {
    payment.means == Means::Wallet
}
