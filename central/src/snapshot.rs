//! From the catalogue to what nodes pull: every write is a new version, published before it is answered.

pub mod build;
mod fingerprint;
pub mod publish;
