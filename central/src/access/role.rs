//! What a member is in a workspace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Permission;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads configuration, reports and logs; money is masked for whom the membership says so.
    Analyst,
    /// Runs campaigns.
    Manager,
    /// Runs the workspace: members, keys, retention.
    Admin,
    /// As an admin, and makes and removes owners.
    Owner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Analyst, Self::Manager, Self::Admin, Self::Owner];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Self::Analyst => &[ConfigRead, ReportsRead, LogsRead],
            Self::Manager => &[ConfigRead, ConfigWrite, ReportsRead, LogsRead, Operate],
            Self::Admin | Self::Owner => &Permission::ALL,
        }
    }
}
