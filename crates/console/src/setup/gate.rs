//! The form that freezes an account, closes it, or opens it again.

use ledger::Account;

use super::fields::{Kind, Spec, field};
use super::kit;
use crate::view::Form;
use crate::visit::Visit;
use admin::accounts::status_name;

/// What an account takes, as the operator API names it.
pub const GATE: [Spec; 1] = [field("gate", GATES, "")];
const GATES: Kind = Kind::Choice(&[
    ("open", |w| w.gate_open),
    ("noDebits", |w| w.gate_no_debits),
    ("noCredits", |w| w.gate_no_credits),
    ("closed", |w| w.gate_closed),
]);

/// The form that changes what an account takes.
pub fn gate_form(visit: &Visit, path: String, version: String, account: &Account) -> Form {
    let present = status_name(account.status).to_owned();
    kit::change_form(visit, path, version, (&GATE, &[("gate", present)]))
}
