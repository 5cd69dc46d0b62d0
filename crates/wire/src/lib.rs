//! The vocabularies of the platforms: request and reply types, error tables, and the folding of input.
//!
//! Names are exactly as documented. They stop here: nothing below the edge knows them.
#![allow(missing_docs, reason = "wire names are documented by the platforms")]

pub mod field;
pub mod finnotech;
pub mod multipart;
pub mod paystar;
pub mod pod;
pub mod text;
