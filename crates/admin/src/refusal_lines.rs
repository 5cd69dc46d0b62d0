//! Audit lines about refusals: singly within a limit, and the others as sums.

use payments::{AuditEntry, Text, WriteAuditLine};
use tracing::warn;

use crate::App;
use crate::refusals::{Proof, RefusalKind, Uncounted, Written};

/// Writes the line of a refusal, or counts it.
///
/// # Errors
/// The store cannot be written.
pub async fn refuse(app: &App, proof: Proof, kind: RefusalKind, detail: &str) -> Result<(), engine::Error> {
    match app.refusals.count(proof, kind.clone()) {
        Written::Singly => line(app, kind, detail).await,
        Written::InSum => Ok(()),
    }
}

async fn line(app: &App, RefusalKind { by, action, subject }: RefusalKind, detail: &str) -> Result<(), engine::Error> {
    let entry = AuditEntry::new(action, &subject, detail);
    let Ok(()) = app.engine.run(WriteAuditLine { by, entry }).await?;
    Ok(())
}

/// Writes the refusals that were only counted in the last minute.
pub(crate) async fn write(app: &App) {
    let Uncounted { kinds, rest } = app.refusals.take();
    for (kind, more) in kinds {
        let detail = format!("{more} more within a minute");
        if let Err(error) = line(app, kind, &detail).await {
            warn!(%error, more, "refusals could not be written to the audit");
        }
    }
    if rest > 0 {
        let kind = RefusalKind { by: Text::from("-"), action: "refusals", subject: Text::from("") };
        let detail = format!("{rest} of further callers within a minute");
        if let Err(error) = line(app, kind, &detail).await {
            warn!(%error, rest, "refusals could not be written to the audit");
        }
    }
}
