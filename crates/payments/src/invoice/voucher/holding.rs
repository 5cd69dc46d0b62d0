//! Whether a voucher can be reserved, and what becomes of an invoice's vouchers after its payment.

use crate::view::{Keys, View};
use crate::{Digest, Invoice, InvoiceId, Now, Text, Voucher, VoucherKey, VoucherState, VoucherUse};

impl Voucher {
    /// Whether a session may reserve the voucher.
    pub(crate) fn is_free_for(&self, session: &Digest, view: &View, now: &Now) -> bool {
        let is_over = |invoice: &InvoiceId| !view.invoices.get(invoice).is_some_and(|invoice| invoice.keeps_vouchers());
        match &self.state {
            VoucherState::Free => true,
            VoucherState::Reserved(holder, until_ms, invoice) => {
                holder == session || now.at_ms >= *until_ms || is_over(invoice)
            }
            VoucherState::Used(_) => false,
        }
    }

    /// The invoice that the voucher is reserved for.
    pub(crate) fn wanted_for(view: &View, key: &VoucherKey) -> Option<InvoiceId> {
        match view.vouchers.get(key)?.state {
            VoucherState::Reserved(_, _, invoice) => Some(invoice),
            VoucherState::Free | VoucherState::Used(_) => None,
        }
    }
}

/// Names the vouchers that a refund of the invoice frees.
pub(crate) fn keys_of(invoice: &Invoice, keys: &mut Keys) {
    let used = invoice.vouchers.iter().filter(|used| !used.canceled);
    keys.vouchers.extend(used.map(|used| VoucherKey { issuer: invoice.issuer, code: Text::clone(&used.code) }));
}

/// Frees the vouchers that an invoice has used, and returns their uses as canceled.
pub(crate) fn release(invoice: &Invoice, view: &mut View) -> Vec<VoucherUse> {
    let given = |used: &VoucherUse| {
        if used.canceled {
            return used.clone();
        }
        let key = VoucherKey { issuer: invoice.issuer, code: Text::clone(&used.code) };
        let voucher = view.vouchers.get(&key).filter(|voucher| voucher.state == VoucherState::Used(invoice.id));
        if let Some(voucher) = voucher.map(|voucher| Voucher::clone(voucher)) {
            view.vouchers.put(key, Voucher { state: VoucherState::Free, ..voucher });
        }
        VoucherUse { canceled: true, ..used.clone() }
    };
    invoice.vouchers.iter().map(given).collect()
}

/// Marks the vouchers of an invoice as used on the invoice that replaces it.
pub(crate) fn move_over(old: &Invoice, to: InvoiceId, view: &mut View) {
    for used in old.vouchers.iter().filter(|used| !used.canceled) {
        let key = VoucherKey { issuer: old.issuer, code: Text::clone(&used.code) };
        if let Some(voucher) = view.vouchers.get(&key).map(|voucher| Voucher::clone(voucher)) {
            view.vouchers.put(key, Voucher { state: VoucherState::Used(to), ..voucher });
        }
    }
}
