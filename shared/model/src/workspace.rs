//! A workspace: a tenant, and what holds for all of its campaigns.

use serde::{Deserialize, Serialize};

use crate::{Currency, DestinationId, GeoRule, WorkspaceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    /// Reports are in this currency.
    pub currency: Currency,
    /// Store full client addresses in events; off by default, then only hash and prefix are kept.
    pub store_full_ip: bool,
    #[serde(default)]
    pub geo: GeoRule,
    /// Where a click goes that its campaign's own trafficback does not take.
    #[serde(default)]
    pub trafficback_destination_id: Option<DestinationId>,
    /// Clients that are bots whatever else is known of them.
    #[serde(default)]
    pub bots: ClientList,
    /// Clients that are people whatever else is known of them; stronger than `bots`.
    #[serde(default)]
    pub people: ClientList,
}

/// Clients by address, network or agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ClientList {
    /// Addresses and CIDRs.
    pub ips: Vec<String>,
    /// Parts of a User-Agent, in any case.
    pub user_agents: Vec<String>,
    /// Numbers of autonomous systems.
    pub asns: Vec<u32>,
}

impl ClientList {
    /// In each of the three lists.
    pub const MAX_ENTRIES: usize = 10_000;
    /// Of a part of a User-Agent, in bytes.
    pub const MAX_USER_AGENT_BYTES: usize = 256;
}
