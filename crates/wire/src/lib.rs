//! The platforms' wire formats: types of requests and replies, error tables, and the reading of fields and parameters.
//!
//! Names are exactly as documented. They end here: no crate below the dialects uses them.
#![allow(missing_docs, reason = "wire names are documented by the platforms")]

pub mod field;
pub mod finnotech;
pub mod multipart;
pub mod pairs;
pub mod paystar;
pub mod pod;
pub mod text;
