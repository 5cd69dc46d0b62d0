//! The sandbox's faults for calls and links.

use sandbox::{Armed, Facts};

use crate::App;

/// The sandbox's fault that applies to a call or a link; `None` in production, or if no rule matches.
pub fn strike(app: &App, operation: impl FnOnce() -> String) -> Option<Armed> {
    app.faults.as_ref()?.struck_pod(|| Facts { operation: operation(), ..Facts::default() })
}
