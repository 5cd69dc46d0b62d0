//! What the black-box tests share: a server process, an HTTP client, tokens, and a matcher for expected replies.
//!
//! Shape: `World` = `Server` (process and data directory) + `Client` (a connection) + the calls that most tests make.
//! Absent: all crates of the server. A test sees what a caller sees: the binary, its port, its files, its log.
#![allow(dead_code, reason = "each test binary uses its own part of this module")]

pub mod book;
pub mod browser;
pub mod cli;
pub mod client;
pub mod device;
pub mod documents;
pub mod examples;
pub mod exchange;
pub mod expect;
pub mod golden;
pub mod lists;
pub mod load;
pub mod matcher;
mod matcher_tests;
pub mod operations;
pub mod paystar;
pub mod pod;
pub mod production;
pub mod provider;
pub mod reference;
pub mod server;
pub mod spelling;
pub mod statements;
pub mod tools;
pub mod world;
pub mod xml;
