//! The sandbox's faults for calls and links.

use sandbox::{Armed, Facts};
use wire::pod::read_params::Params;

use crate::App;

/// The sandbox's fault that applies to a call or a link; `None` in production, or if no rule matches.
pub fn strike(app: &App, facts: impl FnOnce() -> Facts) -> Option<Armed> {
    app.faults.as_ref()?.struck_pod(facts)
}

/// The number of the invoice that a call or a link names, as it was sent; empty: it names none.
pub fn invoice_named(params: &Params<'_>) -> String {
    let named = params.get_any_case("invoiceId").or_else(|| params.get("id"));
    named.unwrap_or_default().to_owned()
}
