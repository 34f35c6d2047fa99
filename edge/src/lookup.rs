//! What a node finds out about an address and an agent: from its own files on the way of a click, from
//! DNS in the background.

pub mod geoip;
pub mod reverse_dns;
pub mod user_agent;
