//! What operators decided about a payment, and why, for its timeline: the audit's lines about it.

use axum::response::Response;
use payments::{AuditLine, Text};
use store::AuditPage;

use super::audit::{action, detail};
use super::view::{Cell, Moment, Tone};
use super::visit::Visit;

/// Audit lines about one subject at most.
const LINES: usize = 100;
/// Actions whose subject is an account or a party, and not the number of a payment.
const OF_OTHERS: [&str; 5] = ["gate", "hold", "wallet", "credit", "token"];

/// What operators decided about a payment, by the texts that name it in the audit.
///
/// # Errors
/// The page for a store that cannot be read.
pub async fn decisions(visit: &Visit, subjects: &[String]) -> Result<Vec<Moment>, Response> {
    let mut moments = Vec::new();
    for subject in subjects {
        let page = AuditPage { subject: Some(Text::from(subject.as_str())), ..AuditPage::newest(LINES) };
        let found = visit.app().engine.reader().audit_search(page).await.map_err(|error| visit.unread(error))?;
        let is_about_it = |line: &&AuditLine| !OF_OTHERS.contains(&&*line.action);
        // Oldest first, as everything else of one instant.
        moments.extend(found.iter().rev().filter(is_about_it).map(|line| decision(visit, line)));
    }
    Ok(moments)
}

fn decision(visit: &Visit, line: &AuditLine) -> Moment {
    let tone = match line.action.split_once(' ') {
        Some(("refused" | "reject", _)) => Tone::Bad,
        Some(("approve", _)) => Tone::Good,
        _ => Tone::Hint,
    };
    let mut cells = vec![Cell::text(visit.w().decided_by), Cell::text(&line.by)];
    if !line.detail.is_empty() {
        cells.push(Cell::text(detail(line, visit.w())));
    }
    cells.push(Cell::RowNumber(line.id.0, format!("#{}", visit.lang().digits(line.id.0))));
    Moment { at_ms: line.at_ms, title: action(&line.action, visit.lang()), cells, tone }
}
