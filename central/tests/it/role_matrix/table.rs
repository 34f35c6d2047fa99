//! Who may do what, written down by hand: what a person of each role and a key of each scope should be able to
//! do, whatever the service's own table says. An operation of the service that is not here fails the test.

use std::collections::BTreeMap;

/// The least that opens an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Least {
    /// Nobody has to be signed in.
    Public,
    /// Anybody who shows anything valid.
    SignedIn,
    /// Likewise, and whom somebody has let in.
    Approved,
    /// People who are signed in; not keys.
    Session,
    Analyst,
    Manager,
    Admin,
    /// Who runs the installation, whatever they are in a workspace.
    Installation,
}

impl Least {
    pub fn opens_to(self, role: &str) -> bool {
        let rank = ["analyst", "manager", "admin", "owner"].iter().position(|name| *name == role).unwrap();
        match self {
            Self::Public | Self::SignedIn | Self::Approved | Self::Session | Self::Analyst => true,
            Self::Manager => rank >= 1,
            Self::Admin => rank >= 2,
            Self::Installation => false,
        }
    }
}

pub const SCOPES: [&str; 10] = [
    "config:read",
    "config:write",
    "reports:read",
    "logs:read",
    "operate",
    "workspace:manage",
    "members:manage",
    "keys:manage",
    "audit:read",
    "privacy:erase",
];

/// Least role, scope of a key, and the operations: `METHOD /path`, several methods with `|`.
const TABLE: &[(Least, &str, &[&str])] = &[
    (
        Least::Public,
        "",
        &[
            "GET /healthz",
            "GET /readyz",
            "GET /metrics",
            "POST /api/auth/request-otp",
            "POST /api/auth/verify-otp",
        ],
    ),
    (Least::SignedIn, "", &["POST /api/auth/logout", "GET /api/me"]),
    (Least::Approved, "", &["GET /api/workspaces"]),
    (Least::Session, "", &["PATCH /api/me", "GET|DELETE /api/me/sessions", "DELETE /api/me/sessions/{id}"]),
    (Least::Installation, "", &["POST /api/workspaces"]),
    // Beyond the permission it is for the installation's administrator alone.
    (Least::Installation, "members:manage", &["POST /api/users/{id}/disable", "POST /api/users/{id}/enable"]),
    // Links of all workspaces are signed with them.
    (Least::Installation, "config:write", &["POST /api/link-keys/rotate", "DELETE /api/link-keys/{id}"]),
    (Least::Installation, "operate", &["PATCH|DELETE /api/nodes/{id}"]),
    (
        Least::Analyst,
        "config:read",
        &[
            "GET /api/affiliate-networks",
            "GET /api/affiliate-networks/{id}",
            "GET /api/alert-rules",
            "GET /api/alert-rules/{id}",
            "GET /api/bot-lists",
            "GET /api/campaigns",
            "GET /api/campaigns/{id}",
            "GET /api/campaigns/{id}/history",
            "GET /api/campaigns/{id}/history/{entry}",
            "GET /api/campaigns/{id}/streams",
            "POST /api/campaigns/{id}/simulate",
            "GET /api/costs/{id}",
            "GET /api/currency-rates",
            "GET /api/destinations",
            "GET /api/destinations/{id}",
            "GET /api/domains",
            "GET /api/domains/{id}",
            "GET /api/landings",
            "GET /api/landings/{id}",
            "GET /api/link-keys",
            "GET /api/postback-templates",
            "GET /api/postback-templates/{id}",
            "GET /api/postback-templates/presets",
            "GET /api/schema/postbacks",
            "GET /api/schema/routing",
            "GET /api/streams/{id}",
            "GET /api/traffic-sources",
            "GET /api/traffic-sources/{id}",
            "GET /api/traffic-sources/presets",
            "GET /api/webhooks",
            "GET /api/webhooks/{id}",
            "GET /api/workspace",
        ],
    ),
    (
        Least::Manager,
        "config:write",
        &[
            "POST /api/affiliate-networks",
            "PUT|PATCH|DELETE /api/affiliate-networks/{id}",
            "POST /api/affiliate-networks/{id}/archive",
            "POST /api/affiliate-networks/{id}/restore",
            "POST /api/affiliate-networks/bulk-status",
            "POST /api/alert-rules",
            "PUT|PATCH|DELETE /api/alert-rules/{id}",
            "POST /api/alert-rules/{id}/test",
            "POST /api/alerts/{id}/undo",
            "PUT /api/bot-lists",
            "POST /api/bot-lists/entries",
            "DELETE /api/bot-lists/entries",
            "POST /api/campaigns",
            "PUT|PATCH|DELETE /api/campaigns/{id}",
            "POST /api/campaigns/{id}/archive",
            "POST /api/campaigns/{id}/restore",
            "POST /api/campaigns/{id}/clone",
            "POST /api/campaigns/{id}/rollback",
            "POST /api/campaigns/{id}/links",
            "POST /api/campaigns/{id}/streams",
            "POST /api/campaigns/bulk-status",
            "POST /api/conversions/import",
            "POST /api/costs",
            "PUT|DELETE /api/currency-rates",
            "POST /api/destinations",
            "PUT|PATCH|DELETE /api/destinations/{id}",
            "POST /api/destinations/{id}/archive",
            "POST /api/destinations/{id}/restore",
            "POST /api/destinations/bulk-status",
            "POST /api/domains",
            "PUT|PATCH|DELETE /api/domains/{id}",
            "POST /api/domains/{id}/verify",
            "POST /api/domains/{id}/archive",
            "POST /api/domains/{id}/restore",
            "POST /api/domains/bulk-status",
            "POST /api/landings",
            "PUT|PATCH|DELETE /api/landings/{id}",
            "POST /api/landings/{id}/archive",
            "POST /api/landings/{id}/restore",
            "POST /api/landings/bulk-status",
            "POST /api/postback-templates",
            "PUT|PATCH|DELETE /api/postback-templates/{id}",
            "POST /api/postback-templates/{id}/archive",
            "POST /api/postback-templates/{id}/restore",
            "POST /api/postback-templates/bulk-status",
            "PUT|PATCH|DELETE /api/streams/{id}",
            "POST /api/streams/{id}/archive",
            "POST /api/streams/{id}/restore",
            "POST /api/streams/bulk-status",
            "POST /api/traffic-sources",
            "PUT|PATCH|DELETE /api/traffic-sources/{id}",
            "POST /api/traffic-sources/{id}/archive",
            "POST /api/traffic-sources/{id}/restore",
            "POST /api/traffic-sources/bulk-status",
            "POST /api/webhooks",
            "PUT|PATCH|DELETE /api/webhooks/{id}",
            "POST /api/webhooks/{id}/archive",
            "POST /api/webhooks/{id}/restore",
            "POST /api/webhooks/{id}/rotate-secret",
            "POST /api/webhooks/bulk-status",
        ],
    ),
    (
        Least::Analyst,
        "reports:read",
        &[
            "GET /ads",
            "GET /ads/analytics",
            "GET /ads/{id}/analytics",
            "GET /api/reports/overview",
            "GET /api/reports/daily",
            "GET /api/reports/grouped",
            "GET /api/reports/campaigns",
            "GET /api/reports/streams",
            "GET /api/reports/destinations",
            "GET /api/reports/sources",
            "GET /api/reports/cohort",
            "GET /api/reports/funnel",
            "GET /api/reports/health",
            "GET /api/reports/ingestion-errors",
            "GET /api/reports/trafficback",
            "POST /api/reports/query",
            "GET /api/schema/reports",
            "GET /api/saved-views",
            "GET /api/saved-views/{id}",
        ],
    ),
    // A view is its maker's own: it changes nothing of the workspace.
    (Least::Analyst, "reports:read", &["POST /api/saved-views", "PUT|PATCH|DELETE /api/saved-views/{id}"]),
    (
        Least::Analyst,
        "logs:read",
        &[
            "GET /api/alerts",
            "GET /api/alerts/{id}",
            "GET /api/clicks",
            "GET /api/clicks/tail",
            "GET /api/clicks/{click_id}",
            "GET /api/conversions",
            "GET /api/conversions/{id}",
            "GET /api/destinations/{id}/health-history",
            "GET /api/ingestion-errors",
            "GET /api/ingestion-errors/{id}",
            "GET /api/nodes",
            "GET /api/nodes/{id}",
            "GET /api/outbound/dead-letters",
            "GET /api/postback-logs",
            "GET /api/postbacks/set-aside",
        ],
    ),
    (
        Least::Manager,
        "operate",
        &[
            "POST /api/alerts/{id}/acknowledge",
            "POST /api/destinations/{id}/healthcheck",
            "POST /api/ingestion-errors/reingest",
            "POST /api/ingestion-errors/{id}/dismiss",
            "POST /api/ingestion-errors/{id}/reingest",
            "POST /api/outbound/retry",
            "POST /api/postback-logs/{event_id}/replay",
            "POST /api/postbacks/set-aside/retry",
            "POST /api/postbacks/test",
            "POST /api/traffic/cache/reload",
        ],
    ),
    (
        Least::Admin,
        "workspace:manage",
        &["PUT|PATCH /api/workspace", "GET /api/workspace/export", "POST /api/workspace/import"],
    ),
    (
        Least::Admin,
        "members:manage",
        &[
            "GET|POST /api/members",
            "GET|PATCH|DELETE /api/members/{id}",
            "GET /api/users",
            "GET /api/users/{id}",
            "POST /api/users/{id}/approve",
        ],
    ),
    (Least::Admin, "keys:manage", &["GET|POST /api/api-keys", "GET|PATCH|DELETE /api/api-keys/{id}"]),
    (Least::Admin, "audit:read", &["GET /api/audit-log", "GET /api/audit-log/{id}"]),
    (
        Least::Admin,
        "privacy:erase",
        &[
            "GET /api/privacy/erasures",
            "GET /api/privacy/erasures/{id}",
            "POST /api/privacy/erase",
            "GET|PUT /api/privacy/retention",
        ],
    ),
];

/// POST, and yet it only reads or concerns the caller alone: analysts may.
pub const ANALYSTS_MAY: [&str; 10] = [
    "POST /api/auth/logout",
    "PATCH /api/me",
    "DELETE /api/me/sessions",
    "DELETE /api/me/sessions/{id}",
    "POST /api/campaigns/{id}/simulate",
    "POST /api/reports/query",
    "POST /api/saved-views",
    "PUT /api/saved-views/{id}",
    "PATCH /api/saved-views/{id}",
    "DELETE /api/saved-views/{id}",
];

/// Called with what opens it, these would end the walk: sessions end.
pub const NOT_WHEN_ALLOWED: [&str; 2] = ["POST /api/auth/logout", "DELETE /api/me/sessions"];

/// Of the installation, and not of a workspace: their ids are nobody's own.
pub const SHARED_SEGMENTS: [&str; 3] = ["link-keys", "sessions", "nodes"];

/// By `METHOD /path`.
pub fn table() -> BTreeMap<String, (Least, &'static str)> {
    let mut all = BTreeMap::new();
    for (least, scope, lines) in TABLE {
        for line in *lines {
            let (methods, path) = line.split_once(' ').unwrap();
            for method in methods.split('|') {
                let twice = all.insert(format!("{method} {path}"), (*least, *scope));
                assert!(twice.is_none(), "{method} {path} stands twice in the table");
            }
        }
    }
    all
}
