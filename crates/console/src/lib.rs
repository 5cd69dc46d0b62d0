//! The operators' console (`/console`): the current state, every payment with its entries, and the daily work. One subject per file.
//!
//! A page is a list of parts (`view.rs`) in one template. Every visitor has signed in (`visit.rs`); every change is a form with a token, and is
//! written to the audit with its author (`admin/operator_context.rs`).

mod accounts;
mod actions;
mod alerts;
mod api_refusal;
mod audit;
mod card_attempts;
mod chart;
mod cycles;
mod decided;
mod decisions;
mod device;
mod factor;
mod history;
mod invoices;
mod jobs;
mod lists;
mod looks;
mod messages;
mod once;
mod operators;
mod orders;
mod overview;
mod phone;
mod reference;
mod refunds;
mod refusals;
mod reports;
mod requests;
mod resolution;
mod sandbox;
mod search;
mod setup;
mod sign_in;
mod sign_in_tries;
mod timeline;
mod tokens;
mod view;
mod visit;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get};

use admin::App;
use edge::Mode;
use web::form;

/// The routes of all pages.
pub fn router(app: &App) -> Router<App> {
    let mut paths: Vec<(&str, MethodRouter<App>)> = vec![
        ("/console", get(overview::show)),
        ("/console/live", get(overview::live)),
        ("/console/login", get(sign_in::show).post(sign_in::submit)),
        ("/console/login/factor", get(factor::show).post(factor::submit)),
        ("/console/factor", get(factor::show_own).post(factor::submit_own)),
        ("/console/logout", form(sign_in::leave, "/console")),
        ("/console/search", get(search::show).post(search::submit)),
        ("/console/orders", get(orders::list)),
        ("/console/orders/{id}", get(orders::show)),
        ("/console/orders/{id}/resolve", form(orders::resolve, "/console/orders")),
        ("/console/orders/{id}/return", form(refunds::order, "/console/orders")),
        ("/console/card-attempts", get(card_attempts::list)),
        ("/console/card-attempts/{id}", get(card_attempts::show)),
        ("/console/card-attempts/{id}/resolve", form(card_attempts::resolve, "/console/jobs")),
        ("/console/phone", get(phone::list)),
        ("/console/phone/{id}", get(phone::show)),
        ("/console/phone/{id}/refund", form(refunds::phone, "/console/phone")),
        ("/console/invoices", get(invoices::list)),
        ("/console/invoices/{id}", get(invoices::show)),
        ("/console/invoices/{id}/refund", form(refunds::invoice, "/console/invoices")),
        ("/console/invoices/{id}/cancel", form(refunds::cancel, "/console/invoices")),
        ("/console/accounts", get(accounts::list)),
        ("/console/accounts/{id}", get(accounts::show)),
        ("/console/accounts/{id}/statement.csv", get(accounts::csv)),
        ("/console/suspense/{entry}/release", form(decisions::release, "/console/decisions")),
        ("/console/cycles", get(cycles::list)),
        ("/console/cycles/{id}", get(cycles::show)),
        ("/console/cycles/{id}/file", get(cycles::file)),
        ("/console/reports", get(reports::days)),
        ("/console/reports/settlements", get(reports::settlements)),
        ("/console/reports/success", get(reports::success)),
        ("/console/reports/ageing", get(reports::ageing)),
        ("/console/reports/trial-balance", get(reports::trial_balance)),
        ("/console/reports/{report}/csv", get(reports::csv)),
        ("/console/reports/{report}/ndjson", get(reports::ndjson)),
        ("/console/jobs", get(jobs::list)),
        ("/console/jobs/{id}/retry", form(jobs::retry, "/console/jobs")),
        ("/console/jobs/{id}/close", form(jobs::close, "/console/jobs")),
        ("/console/messages", get(messages::list)),
        ("/console/messages/{id}", get(messages::show)),
        ("/console/messages/{id}/resend", form(messages::resend, "/console/messages")),
        ("/console/decisions", get(decisions::list)),
        ("/console/decisions/{id}", form(decisions::decide, "/console/decisions")),
        ("/console/requests", get(requests::list)),
        ("/console/requests/{id}", get(requests::show)),
        ("/console/operators", get(operators::list).post(operators::put)),
        ("/console/operators/factor", form(operators::reset_factor, "/console/operators")),
        ("/console/operators/confirm", form(operators::confirm, "/console/operators")),
        ("/console/tokens", get(tokens::list).post(tokens::make)),
        ("/console/tokens/revoke", form(tokens::revoke, "/console/tokens")),
        ("/console/looks", get(looks::list)),
        ("/console/looks/{id}", get(looks::show).post(looks::submit)),
        ("/console/audit", get(audit::show)),
        ("/console/audit/heads", get(audit::heads)),
        ("/console/once", get(once::show)),
        ("/console/lists/{list}/export", get(lists::export)),
        ("/console/filters", form(lists::save, "/console")),
        ("/console/filters/drop", form(lists::drop_filter, "/console")),
        ("/docs/api", get(reference::show)),
        // As people type them.
        ("/console/", get(async || Redirect::permanent("/console"))),
        ("/docs/api/", get(async || Redirect::permanent("/docs/api"))),
    ];
    paths.extend(setup::paths());
    if app.mode == Mode::Sandbox {
        paths.extend([
            ("/console/sandbox", get(sandbox::show)),
            ("/console/sandbox/clock", form(sandbox::clock, "/console/sandbox")),
            ("/console/sandbox/faults", form(sandbox::fault, "/console/sandbox")),
            ("/console/sandbox/scenarios", form(sandbox::scenario, "/console/sandbox")),
            ("/console/sandbox/snapshots", form(sandbox::save, "/console/sandbox")),
            ("/console/sandbox/snapshots/load", form(sandbox::load, "/console/sandbox")),
            ("/console/sandbox/snapshots/drop", form(sandbox::forget, "/console/sandbox")),
            ("/console/sandbox/faults/clear", form(sandbox::clear, "/console/sandbox")),
            ("/console/sandbox/reset", form(sandbox::reset, "/console/sandbox")),
        ]);
    }
    paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods))
}
