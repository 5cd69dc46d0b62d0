//! The server as its callers, payers, operators and attackers meet it: the binary, its port, its files, its log.
//!
//! One test program, so that everything is linked once. A test that stores anything runs on both stores (`#[apply(each_store)]`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

mod attacks;
mod backup;
mod bad_input;
mod basic;
mod clients;
mod clock;
mod connections;
mod console;
mod crowds;
mod damage;
mod database_trouble;
mod edge;
mod finnotech_charges;
mod finnotech_consent;
mod finnotech_errors;
mod finnotech_rules;
mod finnotech_settlement;
mod forms;
mod frames;
mod full_disk;
mod golden_finnotech;
mod golden_paystar;
mod golden_pod;
mod hang_ups;
mod house;
mod kill;
mod kill_mixed;
mod large_replies;
mod lists;
mod migrate_store;
mod money_limits;
mod nodes;
mod one_track_id;
mod openapi;
mod openapi_faults;
mod operator_input;
mod operator_texts;
mod operator_tokens;
mod pages;
mod pay_pages;
mod paystar_attacks;
mod paystar_codes;
mod pod_callbacks;
mod pod_errors;
mod pod_races;
mod pod_rules;
mod power;
mod production;
mod proxy;
mod readers;
mod readme;
mod samples;
mod second_factor;
mod settlement_kill;
mod sms;
mod sso;
mod statements;
mod strict;
mod telephone;
mod tls;
mod versions;
