//! TraffoFlex on one machine: the engines it needs, fetched and run as ordinary processes, and the
//! services beside them. Used by the `traffoflex` launcher and by every test that needs the real thing.

pub mod cache;
pub mod child;
pub mod demo;
pub mod dns_server;
pub mod engines;
pub mod example;
pub mod launcher;
pub mod services;
pub mod stack;
