//! Issuing an invoice, and putting a smaller one in its place (pod.md 3.11, 3.12).

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::Rial;

use super::effects::{arm_for, end_code, keep, post, refund_steps, restore_credit};
use super::{
    Amounts, Bill, BillKey, Invoice, InvoiceField, InvoiceId, InvoiceJob, InvoiceLine, InvoiceState, LineAmount,
    NotInvoiced, NotPayable, PartyId, Taking, Terms, Word, WordKey, amounts, voucher,
};
use text::fold;

use crate::view::{Denial, Keys, View};
use crate::{At, InvoiceCommand, Now, Text};

/// Different words of an invoice that it is found by: those of as many lines as a call may have. The rest of a longer text is not in the
/// index, so that one call does not write tens of thousands of rows.
const WORDS: usize = 1_024;
/// Letters of a word that it is found by.
const LETTERS: usize = 32;
const SECOND_MS: i64 = 1_000;

/// Whether an invoice is issued, or only shown as it would be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Issue {
    /// It is.
    Really,
    /// It is not: it has no number.
    Preview,
}

/// Issues an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssueInvoice {
    /// The guild in which the issuer will be paid.
    pub guild: i64,
    /// Whom it is issued to.
    pub customer: Option<PartyId>,
    /// A mobile number to go with it; empty: none.
    pub cellphone: Text,
    /// The issuer's own number of it.
    pub bill_number: Option<Text>,
    /// 64 random bits.
    pub unique: u64,
    /// The request.
    pub reference_number: Text,
    /// What is sold; the numbers of the lines are given when it is issued.
    pub lines: Vec<InvoiceLine>,
    /// The tax, in millionths.
    pub rate_micro: i64,
    /// What the issuer wants.
    pub terms: Terms,
    /// Whether it is issued.
    pub issue: Issue,
}

impl IssueInvoice {
    fn bill(&self, issuer: PartyId) -> Option<BillKey> {
        Some(BillKey::of(issuer, self.bill_number.as_ref()?))
    }

    fn invoice(&self, issuer: PartyId, id: InvoiceId, lines: Vec<InvoiceLine>, amounts: Amounts, now: &Now) -> Invoice {
        Invoice {
            id,
            issuer,
            guild: self.guild,
            customer: self.customer,
            cellphone: Text::clone(&self.cellphone),
            bill_number: self.bill_number.clone(),
            unique: self.unique,
            reference_number: Text::clone(&self.reference_number),
            issued_at_ms: now.at_ms,
            amounts,
            rate_micro: self.rate_micro,
            lines,
            terms: self.terms.clone(),
            state: InvoiceState::Issued,
            serial: 0,
            verified_at_ms: None,
            canceled_at_ms: 0,
            edited: false,
            replaces: None,
            on_its_way: None,
            pledge: None,
            transferred: Rial::ZERO,
            vouchers: Vec::new(),
        }
    }
}

impl InvoiceCommand for IssueInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "IssueInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        None
    }

    fn keys(&self, caller: PartyId, keys: &mut Keys) {
        keys.parties.push(caller);
        keys.parties.extend(self.customer);
        keys.bills.extend(self.bill(caller));
    }

    fn more_keys(&self, caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        let bill = self.bill(caller).and_then(|key| view.bills.get(&key).map(|bill| bill.invoice));
        keys.invoices.extend(bill);
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let of_guild = view.parties.get(&caller).is_some_and(|party| party.is_of_guild(self.guild));
        if self.customer == Some(caller) {
            return Err(NotInvoiced::IssuedToSelf.into());
        }
        if self.customer.is_some_and(|customer| view.parties.get(&customer).is_none()) {
            return Err(NotInvoiced::PartyUnknown.into());
        }
        if !of_guild {
            return Err(NotInvoiced::GuildForeign.into());
        }
        let lines: Vec<LineAmount> = self.lines.iter().map(|line| line.amount).collect();
        let amounts = amounts(&lines, self.rate_micro).map_err(|_| NotInvoiced::Invalid(InvoiceField::Price))?;
        let bill = self.bill(caller);
        if let Some(known) = bill.as_ref().and_then(|key| view.bills.get(key)) {
            let canceled = view.invoices.get(&known.invoice).map(|invoice| &invoice.state);
            let of_canceled = matches!(canceled, Some(InvoiceState::Canceled(_)));
            let why = if of_canceled { NotInvoiced::BillNumberOfCanceled } else { NotInvoiced::BillNumberUsed };
            return Err(why.into());
        }
        if self.issue == Issue::Preview {
            return Ok(Arc::new(self.invoice(caller, InvoiceId(0), self.lines.clone(), amounts, now)));
        }
        let numbered = |line: &InvoiceLine| InvoiceLine { id: view.ids.take(), ..line.clone() };
        let lines = self.lines.iter().map(numbered).collect();
        // The last and greatest: what a store counts on from is the greatest of its rows.
        let id = InvoiceId(view.ids.take());
        let invoice = self.invoice(caller, id, lines, amounts, now);
        if let Some(key) = bill {
            view.bills.put(key.clone(), Bill { key, invoice: id });
        }
        index(view, &invoice);
        Ok(keep(view, invoice))
    }
}

/// Writes what an invoice is found by.
fn index(view: &mut View, invoice: &Invoice) {
    for word in words_of(invoice) {
        let key = WordKey { issuer: invoice.issuer, word: Text::from(word), invoice: invoice.id };
        view.words.put(key.clone(), Word(key));
    }
}

fn words_of(invoice: &Invoice) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let texts = invoice.bill_number.iter().chain(&invoice.terms.description);
    for text in texts.chain(invoice.lines.iter().map(|line| &line.description)) {
        for word in words(text) {
            if found.len() == WORDS {
                break;
            }
            found.insert(word);
        }
    }
    found.extend(invoice.lines.iter().filter(|line| line.product > 0).map(|line| product_word(line.product)));
    found
}

/// The words of a text, folded and in small letters, cut to what is kept of each.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let parts = folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let words: Vec<String> =
        parts.map(|part| part.chars().flat_map(char::to_lowercase).take(LETTERS).collect()).collect();
    words.into_iter()
}

/// What stands for a product among the words.
pub fn product_word(product: i64) -> String {
    format!("#{product}")
}

/// A line of an invoice as it shall be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineChange {
    /// Which line.
    pub id: i64,
    /// Of one unit.
    pub price: Rial,
    /// How many units, in millionths.
    pub quantity_micro: i64,
    /// What is sold.
    pub description: Text,
}

/// Puts a smaller invoice in the place of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReduceInvoice {
    /// Which.
    pub invoice: InvoiceId,
    /// All its lines.
    pub lines: Vec<LineChange>,
    /// The tax, in millionths; `None`: as it is.
    pub rate_micro: Option<i64>,
    /// 64 random bits for the new one.
    pub unique: u64,
    /// The request.
    pub reference_number: Text,
}

impl ReduceInvoice {
    /// The new lines, in the order of the old ones.
    fn lines(&self, old: &Invoice) -> Result<Vec<InvoiceLine>, NotInvoiced> {
        let invalid = |field| Err(NotInvoiced::Invalid(field));
        let given: BTreeSet<i64> = self.lines.iter().map(|line| line.id).collect();
        let known: BTreeSet<i64> = old.lines.iter().map(|line| line.id).collect();
        if given != known || self.lines.len() != old.lines.len() {
            return invalid(InvoiceField::ItemId);
        }
        let (mut lines, mut smaller) = (Vec::new(), false);
        for line in &old.lines {
            let Some(change) = self.lines.iter().find(|change| change.id == line.id) else { continue };
            if change.price > line.amount.price {
                return invalid(InvoiceField::Price);
            }
            if change.quantity_micro > line.amount.quantity_micro {
                return invalid(InvoiceField::Quantity);
            }
            smaller |= change.price < line.amount.price || change.quantity_micro < line.amount.quantity_micro;
            let (price, quantity_micro) = (change.price, change.quantity_micro);
            let full = LineAmount { price, quantity_micro, discount: Rial::ZERO };
            let total = full.total().map_err(|_| NotInvoiced::Invalid(InvoiceField::Price))?;
            let discount = line.amount.discount.min(total);
            let (description, product) = (Text::clone(&change.description), line.product);
            lines.push(InvoiceLine { id: line.id, product, amount: LineAmount { discount, ..full }, description });
        }
        if smaller { Ok(lines) } else { invalid(InvoiceField::Price) }
    }

    /// What points at the old invoice points at the new one.
    fn move_over(&self, old: &Invoice, new: &Invoice, view: &mut View) {
        if let Some(number) = &old.bill_number {
            let key = BillKey::of(old.issuer, number);
            view.bills.put(key.clone(), Bill { key, invoice: new.id });
        }
        if let Some(taking) = old.on_its_way.and_then(|way| view.takings.get(&way.taking).map(|taking| **taking)) {
            view.takings.put(taking.id, Taking { invoice: new.id, ..taking });
        }
        if let InvoiceState::Payed(payment) = &new.state
            && new.terms.close_after_s > 0
            && !new.terms.safe
        {
            let after_ms = new.terms.close_after_s.saturating_mul(SECOND_MS);
            arm_for(view, payment.at_ms.saturating_add(after_ms), InvoiceJob::CloseTimeOut, new.id);
        }
        end_code(old.id, view);
        voucher::move_over(old, new.id, view);
    }
}

impl InvoiceCommand for ReduceInvoice {
    type Done = Arc<Invoice>;
    const NAME: &'static str = "ReduceInvoice";

    fn invoice(&self) -> Option<InvoiceId> {
        Some(self.invoice)
    }

    fn more_keys(&self, _caller: PartyId, view: &View, _now: &Now, keys: &mut Keys) {
        if let Some(invoice) = view.invoices.get(&self.invoice) {
            let key = |number: &Text| BillKey::of(invoice.issuer, number);
            keys.bills.extend(invoice.bill_number.as_ref().map(key));
        }
    }

    fn decide(
        &self,
        caller: PartyId,
        view: &mut View,
        At { now, .. }: At<'_>,
    ) -> Result<Arc<Invoice>, Denial<NotInvoiced>> {
        let old = super::pay::of_issuer(view, self.invoice, caller)?;
        match &old.state {
            InvoiceState::Canceled(_) => return Err(NotPayable::Canceled.into()),
            InvoiceState::Closed(_) => return Err(NotPayable::Closed.into()),
            InvoiceState::Waiting(_) => return Err(NotPayable::Waiting.into()),
            InvoiceState::InGateway(ends_at_ms) if now.at_ms < *ends_at_ms => {
                return Err(NotPayable::InGateway.into());
            }
            InvoiceState::Future(_) | InvoiceState::SetOff(_) => return Err(NotInvoiced::NotPermitted.into()),
            InvoiceState::Issued | InvoiceState::InGateway(_) | InvoiceState::Payed(_) => {}
        }
        if old.pledge.is_some() {
            return Err(NotInvoiced::NotPermitted.into());
        }
        let rate_micro = self.rate_micro.unwrap_or(old.rate_micro);
        let lines = self.lines(&old)?;
        let figures: Vec<LineAmount> = lines.iter().map(|line| line.amount).collect();
        let amounts = amounts(&figures, rate_micro).map_err(|_| NotInvoiced::Invalid(InvoiceField::Price))?;
        if amounts.payable > old.amounts.payable {
            return Err(NotInvoiced::Invalid(InvoiceField::TaxRate).into());
        }
        let less = old.amounts.payable.checked_sub(amounts.payable);
        let less = view.sound(less, "invoice: an amount is negative");
        let state = match &old.state {
            InvoiceState::Payed(payment) => {
                let (back, left) = payment.take_out(less);
                post(view, &refund_steps(&old, &back, old.open_account()), now, old.id)?;
                restore_credit(view, &old, &back);
                InvoiceState::Payed(left)
            }
            _ => InvoiceState::Issued,
        };
        let lines = lines.into_iter().map(|line| InvoiceLine { id: view.ids.take(), ..line }).collect();
        let id = InvoiceId(view.ids.take());
        let new = Invoice {
            id,
            unique: self.unique,
            reference_number: Text::clone(&self.reference_number),
            issued_at_ms: now.at_ms,
            amounts,
            rate_micro,
            lines,
            state,
            replaces: Some(old.id),
            ..Invoice::clone(&old)
        };
        self.move_over(&old, &new, view);
        let payment = old.state.payment().cloned();
        keep(
            view,
            Invoice {
                bill_number: None,
                state: InvoiceState::Canceled(payment),
                canceled_at_ms: now.at_ms,
                edited: true,
                on_its_way: None,
                vouchers: Vec::new(),
                ..Invoice::clone(&old)
            },
        );
        index(view, &new);
        Ok(keep(view, new))
    }
}
