//! What may be done, and which of it each route needs.

use http::Method;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Also the scopes of an API key, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    #[serde(rename = "config:read")]
    ConfigRead,
    /// Campaigns and all that belongs to them, costs, rates, imports of conversions, alert rules.
    #[serde(rename = "config:write")]
    ConfigWrite,
    #[serde(rename = "reports:read")]
    ReportsRead,
    /// Clicks, conversions, postbacks, health, ingestion errors, nodes, dead letters.
    #[serde(rename = "logs:read")]
    LogsRead,
    /// Replays, retries, re-ingestion, tests that call nodes.
    #[serde(rename = "operate")]
    Operate,
    /// The workspace itself: its settings, export and import of all of it.
    #[serde(rename = "workspace:manage")]
    WorkspaceManage,
    /// Members and users that wait for approval.
    #[serde(rename = "members:manage")]
    MembersManage,
    #[serde(rename = "keys:manage")]
    KeysManage,
    #[serde(rename = "audit:read")]
    AuditRead,
    #[serde(rename = "privacy:erase")]
    PrivacyErase,
}

impl Permission {
    pub const ALL: [Self; 10] = [
        Self::ConfigRead,
        Self::ConfigWrite,
        Self::ReportsRead,
        Self::LogsRead,
        Self::Operate,
        Self::WorkspaceManage,
        Self::MembersManage,
        Self::KeysManage,
        Self::AuditRead,
        Self::PrivacyErase,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Anybody who is signed in, also those who wait for approval.
    SignedIn,
    /// Anybody who was let in, with or without a workspace.
    Approved,
    Permission(Permission),
}

/// What a read and what any other method needs under a path, template included; the longest path that is a
/// prefix of the route's decides.
const ROUTES: &[(&str, Need, Need)] = {
    use Permission::*;
    const fn both(permission: Permission) -> (Need, Need) {
        (Need::Permission(permission), Need::Permission(permission))
    }
    const fn of(path: &'static str, (read, write): (Need, Need)) -> (&'static str, Need, Need) {
        (path, read, write)
    }
    const CONFIG: (Need, Need) = (Need::Permission(ConfigRead), Need::Permission(ConfigWrite));
    const LOGS: (Need, Need) = (Need::Permission(LogsRead), Need::Permission(Operate));
    const SIGNED_IN: (Need, Need) = (Need::SignedIn, Need::SignedIn);
    &[
        of("/ads", both(ReportsRead)),
        of("/api/affiliate-networks", CONFIG),
        of("/api/alert-rules", CONFIG),
        of("/api/alerts", LOGS),
        of("/api/alerts/{id}/undo", CONFIG),
        of("/api/api-keys", both(KeysManage)),
        of("/api/audit-log", both(AuditRead)),
        of("/api/auth/logout", SIGNED_IN),
        of("/api/bot-lists", CONFIG),
        of("/api/campaigns", CONFIG),
        of("/api/campaigns/{id}/simulate", both(ConfigRead)),
        of("/api/clicks", LOGS),
        of("/api/conversions", LOGS),
        of("/api/conversions/import", CONFIG),
        of("/api/costs", CONFIG),
        of("/api/currency-rates", CONFIG),
        of("/api/destinations", CONFIG),
        of("/api/destinations/{id}/health-history", LOGS),
        of("/api/destinations/{id}/healthcheck", LOGS),
        of("/api/domains", CONFIG),
        of("/api/ingestion-errors", LOGS),
        of("/api/landings", CONFIG),
        of("/api/link-keys", CONFIG),
        of("/api/links", CONFIG),
        of("/api/me", SIGNED_IN),
        of("/api/members", both(MembersManage)),
        // A write is for the installation's admin beyond that.
        of("/api/nodes", LOGS),
        of("/api/outbound", LOGS),
        of("/api/postback-logs", LOGS),
        of("/api/postback-templates", CONFIG),
        of("/api/postbacks", LOGS),
        of("/api/privacy", both(PrivacyErase)),
        of("/api/reports", both(ReportsRead)),
        of("/api/saved-views", both(ReportsRead)),
        of("/api/schema", CONFIG),
        of("/api/schema/reports", both(ReportsRead)),
        of("/api/streams", CONFIG),
        of("/api/traffic", LOGS),
        of("/api/traffic-sources", CONFIG),
        of("/api/users", both(MembersManage)),
        of("/api/webhooks", CONFIG),
        of("/api/workspace", (Need::Permission(ConfigRead), Need::Permission(WorkspaceManage))),
        of("/api/workspace/export", both(WorkspaceManage)),
        of("/api/workspaces", (Need::Approved, Need::Approved)),
    ]
};

/// None: the route is in no list, and open to nobody.
pub fn needed(method: &Method, route: &str) -> Option<Need> {
    let covers =
        |path: &str| route.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let found = ROUTES.iter().filter(|(path, ..)| covers(path)).max_by_key(|(path, ..)| path.len());
    let (_, read, write) = found?;
    Some(if method.is_safe() { *read } else { *write })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_decides() {
        let of = |method: Method, route: &str| needed(&method, route);
        let permission = |permission| Some(Need::Permission(permission));
        assert_eq!(of(Method::POST, "/api/campaigns/{id}"), permission(Permission::ConfigWrite));
        assert_eq!(of(Method::POST, "/api/campaigns/{id}/simulate"), permission(Permission::ConfigRead));
        assert_eq!(of(Method::GET, "/api/workspace"), permission(Permission::ConfigRead));
        assert_eq!(of(Method::GET, "/api/workspaces"), Some(Need::Approved));
        assert_eq!(of(Method::GET, "/api/schema/rules"), permission(Permission::ConfigRead));
        assert_eq!(of(Method::GET, "/api/schema/reports"), permission(Permission::ReportsRead));
        assert_eq!(of(Method::GET, "/api/nowhere"), None);
        assert_eq!(of(Method::GET, "/api/campaignsx"), None);
    }
}
