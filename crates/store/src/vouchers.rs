//! Sealing of voucher codes that an earlier version has stored in clear, at the first start with the keys.
//!
//! The store has no keys: it reads the clear codes, gets hash and sealed form of each from the caller, and writes both in one transaction: into the
//! vouchers, into the invoices on which they were used, and into the audit. Open gateway sessions lose their reserved vouchers.

use std::collections::HashMap;

use payments::PartyId;

use crate::Error;
use schema::corrupt;

/// Counts one voucher with a clear code, if there is any.
pub(crate) const ANY: &str = "SELECT count(*) FROM (SELECT 1 FROM voucher WHERE length(sealed) = 0 LIMIT 1) AS one";
/// Issuer and code of each voucher with a clear code.
pub(crate) const CODES: &str = "SELECT issuer, code FROM voucher WHERE length(sealed) = 0";
/// Number, issuer and used vouchers of each invoice that used some.
pub(crate) const INVOICES: &str = "SELECT id, issuer, vouchers FROM invoice WHERE vouchers <> '[]'";
/// Actions of audit entries whose subject is a voucher's code.
pub(crate) const ACTIONS: [&str; 2] = ["voucher", "refused voucher"];

/// Number and code of each audit entry whose subject is one.
pub(crate) fn audit() -> String {
    format!("SELECT id, subject FROM audit_line WHERE action IN ({})", ACTIONS.map(quoted).join(", "))
}

/// The stored forms of a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedCode {
    /// Its keyed hash, in hexadecimal digits.
    pub hash: String,
    /// The encrypted code.
    pub sealed: Vec<u8>,
    /// The form that the audit shows.
    pub shown: String,
}

/// Hashes and seals the code of an issuer's voucher.
pub type SealCode<'a> = &'a dyn Fn(PartyId, &str) -> Result<SealedCode, getrandom::Error>;

/// The rows that contain clear codes.
#[derive(Debug, Default)]
pub(crate) struct InClear {
    pub(crate) codes: Vec<(i64, String)>,
    pub(crate) invoices: Vec<(i64, i64, String)>,
    pub(crate) audit: Vec<(i64, String)>,
}

impl InClear {
    /// Statements that replace them by sealed ones. `blob` writes hexadecimal digits as a literal of bytes in the engine's syntax.
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

/// A text as an SQL literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
