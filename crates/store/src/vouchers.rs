//! Codes of vouchers that an earlier version has stored in clear: the first start with the keys seals them.
//!
//! The store has no keys: it reads what is in clear, asks for each code's hash and sealed form, and writes both in one transaction, on the
//! vouchers, on the invoices that they were used on, and in the audit. Sessions under way forget the voucher that they have reserved.

use std::collections::HashMap;

use payments::PartyId;

use crate::Error;
use schema::corrupt;

/// Whether there is one in clear.
pub(crate) const ANY: &str = "SELECT count(*) FROM (SELECT 1 FROM voucher WHERE length(sealed) = 0 LIMIT 1) AS one";
/// Issuer and code of each in clear.
pub(crate) const CODES: &str = "SELECT issuer, code FROM voucher WHERE length(sealed) = 0";
/// Number, issuer and used vouchers of each invoice that has some.
pub(crate) const INVOICES: &str = "SELECT id, issuer, vouchers FROM invoice WHERE vouchers <> '[]'";
/// Actions of audit entries whose subject is a code.
pub(crate) const ACTIONS: [&str; 2] = ["voucher", "refused voucher"];

/// Number and code of each audit entry that names one.
pub(crate) fn audit() -> String {
    format!("SELECT id, subject FROM audit_line WHERE action IN ({})", ACTIONS.map(quoted).join(", "))
}

/// A code as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedCode {
    /// Its keyed hash, in hexadecimal digits.
    pub hash: String,
    /// Encrypted.
    pub sealed: Vec<u8>,
    /// What the audit shows of it.
    pub shown: String,
}

/// Seals the code of an issuer's voucher.
pub type SealCode<'a> = &'a dyn Fn(PartyId, &str) -> Result<SealedCode, getrandom::Error>;

/// The rows that have codes in clear.
#[derive(Debug, Default)]
pub(crate) struct InClear {
    pub(crate) codes: Vec<(i64, String)>,
    pub(crate) invoices: Vec<(i64, i64, String)>,
    pub(crate) audit: Vec<(i64, String)>,
}

impl InClear {
    /// Statements that seal them. `blob` writes bytes as the engine does.
    pub(crate) fn statements(&self, seal: SealCode<'_>, blob: fn(&str) -> String) -> Result<String, Error> {
        let mut text = String::new();
        let (mut hashes, mut shown) = (HashMap::new(), HashMap::new());
        for (issuer, code) in &self.codes {
            let sealed = seal(PartyId(*issuer), code).map_err(Error::Entropy)?;
            let bytes = blob(&hexadecimal(&sealed.sealed));
            let (hash, old) = (&sealed.hash, quoted(code));
            push(
                &mut text,
                &format!(
                    "UPDATE voucher SET code = '{hash}', sealed = {bytes} WHERE issuer = {issuer} AND code = {old}"
                ),
            );
            shown.insert(code.as_str(), sealed.shown);
            hashes.insert((*issuer, code.as_str()), sealed.hash);
        }
        for (id, issuer, used) in &self.invoices {
            let mut cells: Vec<(String, i64, i64, bool)> =
                serde_json::from_str(used).map_err(|error| corrupt("invoice", error.to_string()))?;
            for (code, ..) in &mut cells {
                let hash: Option<String> = hashes.get(&(*issuer, code.as_str())).cloned();
                if let Some(hash) = hash {
                    *code = hash;
                }
            }
            let cells = serde_json::to_string(&cells).map_err(|error| corrupt("invoice", error.to_string()))?;
            push(&mut text, &format!("UPDATE invoice SET vouchers = {} WHERE id = {id}", quoted(&cells)));
        }
        for (id, code) in &self.audit {
            if let Some(shown) = shown.get(code.as_str()) {
                push(&mut text, &format!("UPDATE audit_line SET subject = {} WHERE id = {id}", quoted(shown)));
            }
        }
        push(&mut text, "UPDATE gateway_session SET voucher = NULL WHERE voucher IS NOT NULL");
        Ok(text)
    }
}

fn push(text: &mut String, statement: &str) {
    text.push_str(statement);
    text.push_str(";\n");
}

/// A text as a literal of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
