//! Where faults of a sandbox meet calls and links.

use sandbox::{Armed, Facts};

use crate::App;

/// What a sandbox's fault does to a call or a link.
pub fn strike(app: &App, operation: impl FnOnce() -> String) -> Option<Armed> {
    app.faults.as_ref()?.struck_pod(|| Facts { operation: operation(), ..Facts::default() })
}
