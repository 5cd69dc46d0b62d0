//! Sealing of voucher codes that are stored in clear, as in the other engines.

use std::collections::HashMap;
use std::sync::Arc;

use payments::{AuditLine, GatewaySession, Invoice, Text, Voucher, VoucherKey};

use super::tables::Tables;
use crate::Error;
use crate::vouchers::{ACTIONS, SealCode};

/// Seals the clear codes; returns how many there were.
pub(super) fn seal(tables: &mut Tables, seal: SealCode<'_>) -> Result<u64, Error> {
    let in_clear = |voucher: &&Arc<Voucher>| voucher.sealed.is_empty();
    let keys: Vec<VoucherKey> = tables.vouchers.values().filter(in_clear).map(|voucher| voucher.key.clone()).collect();
    if keys.is_empty() {
        return Ok(0);
    }
    let (mut hashes, mut shown) = (HashMap::new(), HashMap::new());
    for key in &keys {
        let Some(voucher) = tables.vouchers.remove(key) else { continue };
        let code = seal(key.issuer, &key.code).map_err(Error::Entropy)?;
        let sealed = VoucherKey { code: Text::from(code.hash), issuer: key.issuer };
        let row = Voucher { key: sealed.clone(), sealed: code.sealed, ..Voucher::clone(&voucher) };
        tables.vouchers.insert(sealed.clone(), Arc::new(row));
        hashes.insert(key.clone(), sealed.code);
        shown.insert(key.code.clone(), Text::from(code.shown));
    }
    for row in tables.invoices.values_mut() {
        let mut invoice = Invoice::clone(row);
        let issuer = invoice.issuer;
        for used in &mut invoice.vouchers {
            let key = VoucherKey { issuer, code: used.code.clone() };
            if let Some(hash) = hashes.get(&key) {
                used.code = hash.clone();
            }
        }
        *row = Arc::new(invoice);
    }
    for row in tables.audit_lines.values_mut().filter(|line| ACTIONS.contains(&&*line.action)) {
        if let Some(shown) = shown.get(&row.subject) {
            *row = Arc::new(AuditLine { subject: shown.clone(), ..AuditLine::clone(row) });
        }
    }
    for row in tables.gateway_sessions.values_mut().filter(|session| session.voucher.is_some()) {
        *row = Arc::new(GatewaySession { voucher: None, ..GatewaySession::clone(row) });
    }
    Ok(keys.len() as u64)
}
