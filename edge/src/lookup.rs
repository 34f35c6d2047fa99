//! What a node knows by itself of an address and of an agent, without asking anybody.

pub mod geoip;
pub mod user_agent;
