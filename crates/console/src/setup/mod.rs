//! `/console/setup`: the objects with which a business is run are listed, made, changed, disabled, and given new secrets. One subject a file.
//!
//! Shape: a page lists the rows of the store; its forms become calls of the operator API (`kit.rs`, `fields.rs`). New secrets are shown once
//! (`../once.rs`).
//! Absent: rules about records, which the operator API and its commands have.

pub mod cards;
pub mod clients;
pub mod deposits;
pub mod fields;
pub mod gate;
pub mod kit;
pub mod parties;
pub mod payer_cards;
pub mod shop;
pub mod terminals;
pub mod users;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use payments::Role;

use crate::view::{Cell, Part};
use crate::visit::Visit;
use admin::App;
use web::{Words, form};

/// The paths of all subjects.
pub fn paths() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/console/setup", get(show)),
        (parties::PATH, get(parties::list).post(parties::make)),
        ("/console/setup/parties/{id}", get(shop::show).post(shop::change)),
        ("/console/setup/parties/{id}/secret", form(shop::rotate, parties::PATH)),
        ("/console/setup/parties/{id}/pos", form(shop::register_pos, parties::PATH)),
        ("/console/setup/parties/{id}/password", form(shop::password, parties::PATH)),
        ("/console/setup/parties/{id}/tokens", form(shop::new_token, parties::PATH)),
        ("/console/setup/parties/{id}/tokens/revoke", form(shop::revoke_token, parties::PATH)),
        (clients::PATH, get(clients::list).post(clients::make)),
        ("/console/setup/clients/{id}", get(clients::show).post(clients::change)),
        ("/console/setup/clients/{id}/secret", form(clients::rotate, clients::PATH)),
        (terminals::PATH, get(terminals::list).post(terminals::make)),
        ("/console/setup/terminals/change", form(terminals::change, terminals::PATH)),
        (payer_cards::PATH, get(payer_cards::list).post(payer_cards::make)),
        ("/console/setup/payer-cards/{id}", get(payer_cards::show).post(payer_cards::change)),
        ("/console/setup/payer-cards/{id}/unlock", form(payer_cards::unlock, payer_cards::PATH)),
        ("/console/setup/payer-cards/{id}/gate", form(payer_cards::gate, payer_cards::PATH)),
        (cards::PATH, get(cards::list).post(cards::make)),
        ("/console/setup/cards/change", form(cards::change, cards::PATH)),
        (deposits::PATH, get(deposits::list).post(deposits::make)),
        ("/console/setup/deposits/{id}", get(deposits::show)),
        ("/console/setup/deposits/{id}/gate", form(deposits::gate, deposits::PATH)),
        (users::PATH, get(users::list).post(users::make)),
        ("/console/setup/users/password", form(users::password, users::PATH)),
    ]
}

/// A subject: the name of its page, what its objects are, and its path.
type Subject = (fn(&Words) -> &'static str, fn(&Words) -> &'static str, &'static str);

const SUBJECTS: [Subject; 7] = [
    (|w| w.parties, |w| w.setup_parties, parties::PATH),
    (|w| w.clients, |w| w.setup_clients, clients::PATH),
    (|w| w.terminals, |w| w.setup_terminals, terminals::PATH),
    (|w| w.payer_cards, |w| w.setup_payer_cards, payer_cards::PATH),
    (|w| w.client_cards, |w| w.setup_client_cards, cards::PATH),
    (|w| w.deposits, |w| w.setup_deposits, deposits::PATH),
    (|w| w.bank_users, |w| w.setup_bank_users, users::PATH),
];

async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let w = visit.w();
    let row = |(name, help, path): Subject| vec![Cell::link(name(w), path), Cell::text(help(w))];
    let table = Part::Table {
        title: w.setup.to_owned(),
        heads: [w.what, w.note].map(str::to_owned).into(),
        rows: SUBJECTS.into_iter().map(row).collect(),
        empty: String::new(),
    };
    Ok(visit.page(w.setup, vec![Part::Text(w.setup_help.to_owned()), table]))
}
