//! A workspace with one of each, with amounts that are found nowhere else, and what is kept of it.

use std::collections::BTreeMap;

use mongodb::bson::{Bson, Document, doc};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use traffoflex_local::stack::Stack;

use crate::world::{World, click, eventually};

pub const COST: &str = "7.13";
pub const PAYOUT: &str = "73.31";
const PROFIT: &str = "66.18";
/// Of a cap, and of a rule.
const CAP: &str = "41.7703";
const LIMIT: &str = "52.8309";
/// What no masked eye may see.
pub const AMOUNTS: [&str; 5] = [COST, PAYOUT, PROFIT, CAP, LIMIT];
const CLICK: &str = "click-matrix-1";

pub struct Fixture {
    pub world: World,
    pub workspace: String,
    /// By the segment of a path that stands before them.
    pub ids: BTreeMap<&'static str, String>,
}

impl Fixture {
    pub async fn start() -> Self {
        // Nothing is looked up again, or measured, while documents are compared.
        let quiet = [
            ("DOMAIN_PENDING_INTERVAL_MS", "3600000"),
            ("ALERT_EVALUATION_SECONDS", "3600"),
            ("TRAFFIC_SERVICE_URL", "http://127.0.0.1:1"),
            ("POSTBACK_SERVICE_URL", "http://127.0.0.1:1"),
        ];
        let stack = Stack::start_with(false, &quiet).await.unwrap();
        let world = World { stack, client: Client::new() };
        let workspace = world.get("/api/workspace").await.id().to_owned();
        let mut fixture = Self { world, workspace, ids: BTreeMap::new() };
        fixture.configuration().await;
        fixture.people().await;
        fixture.events().await;
        fixture
    }

    async fn make(&mut self, path: &str, body: Value) -> String {
        let answer = self.world.post(path, body).await;
        assert!(matches!(answer.status, 200..=202), "{path}: {}", answer.body);
        answer.id().to_owned()
    }

    async fn keep(&mut self, segment: &'static str, path: &str, body: Value) -> String {
        let id = self.make(path, body).await;
        self.ids.insert(segment, id.clone());
        id
    }

    async fn configuration(&mut self) {
        let cap = json!({ "metric": "cost", "limit": CAP, "window_hours": 24 });
        let offer = json!({ "name": "First offer", "url": "https://first-offer.example/?c={click_id}", "caps": [cap] });
        let offer = self.keep("destinations", "/api/destinations", offer).await;
        let landing =
            json!({ "name": "First landing", "url": "https://first-landing.example/?c={click_id}" });
        self.keep("landings", "/api/landings", landing).await;
        let source = json!({ "name": "First source", "slug": "first-source" });
        let source = self.keep("traffic-sources", "/api/traffic-sources", source).await;
        let template = json!({ "name": "First template", "slug": "first-template" });
        let template = self.keep("postback-templates", "/api/postback-templates", template).await;
        let network = json!({ "name": "First network", "slug": "first-network", "template_id": template });
        self.keep("affiliate-networks", "/api/affiliate-networks", network).await;
        self.keep("domains", "/api/domains", json!({ "host": "first.example.com" })).await;
        let hook =
            json!({ "name": "First hook", "url": "https://first-hook.example/", "events": ["conversion"] });
        self.keep("webhooks", "/api/webhooks", hook).await;
        let campaign = json!({ "name": "First campaign", "slug": "first-campaign", "source_id": source });
        let campaign = self.keep("campaigns", "/api/campaigns", campaign).await;
        let stream = json!({ "name": "First stream", "targets": [{ "destination_id": offer, "weight": 1 }] });
        self.keep("streams", &format!("/api/campaigns/{campaign}/streams"), stream).await;
        let history = self.world.get(&format!("/api/campaigns/{campaign}/history")).await;
        let entry = history.body["items"][0]["id"].as_str();
        self.ids.insert("history", entry.unwrap_or_else(|| panic!("{}", history.body)).to_owned());
        let rule = json!({ "name": "First rule", "condition": { "kind": "node_silent", "minutes": 60 } });
        let rule = self.keep("alert-rules", "/api/alert-rules", rule).await;
        let spent = json!({ "kind": "cost_above", "amount": LIMIT, "window_hours": 24 });
        self.make("/api/alert-rules", json!({ "name": "First limit", "condition": spent })).await;
        let view = json!({ "name": "First view", "visibility": "shared", "report": "grouped",
            "query": { "group_by": ["campaign"] } });
        self.keep("saved-views", "/api/saved-views", view).await;
        let erasure = json!({ "source_click_id": "of-nobody" });
        self.keep("erasures", "/api/privacy/erase", erasure).await;
        self.keep("api-keys", "/api/api-keys", json!({ "name": "First key", "scopes": ["audit:read"] }))
            .await;
        let entries = self.world.get("/api/audit-log").await;
        let entry = entries.body["items"][0]["id"].as_str();
        self.ids.insert("audit-log", entry.unwrap_or_else(|| panic!("{}", entries.body)).to_owned());
        self.alert(&rule).await;
    }

    async fn people(&mut self) {
        let member = self.world.member("analyst", None).await;
        self.ids.insert("members", member.id.clone());
        self.ids.insert("users", member.id);
    }

    /// Tokens that were good once.
    pub async fn shut_out(&self) -> [(&'static str, String); 3] {
        let world = &self.world;
        let disabled = world.member("admin", None).await;
        let path = format!("/api/users/{}/disable", disabled.id);
        assert_eq!(world.post(&path, json!({})).await.status, 200);
        let all = super::SCOPES;
        let ((expired, of_expired), (revoked, of_revoked)) =
            (world.api_key(&all).await, world.api_key(&all).await);
        let keys = world.mongo().await.collection::<Document>("api_keys");
        let past = doc! { "$set": { "expires_at": mongodb::bson::DateTime::from_millis(0) } };
        assert_eq!(keys.update_one(doc! { "_id": expired }, past).await.unwrap().matched_count, 1);
        assert_eq!(world.call(Method::DELETE, &format!("/api/api-keys/{revoked}"), None).await.status, 204);
        [("disabled", disabled.token), ("expired key", of_expired), ("revoked key", of_revoked)]
    }

    /// One that was measured.
    async fn alert(&mut self, rule: &str) {
        let id = format!("alert-{}", &rule[..10]);
        let now = mongodb::bson::DateTime::now();
        let document = doc! {
            "_id": &id, "workspace_id": &self.workspace, "rule_id": rule, "rule_name": "First rule", "condition": "node_silent",
            "dry_run": true, "subject": { "kind": "node", "id": "matrix", "name": "matrix", "part": "" }, "state": "open",
            "active_key": &id, "key": &id, "revision": 1_i64, "true_since": now, "false_since": Bson::Null, "seen_at": now,
            "opened_at": now, "resolved_at": Bson::Null, "resolution": Bson::Null, "values": [], "actions": [],
            "acknowledged_at": Bson::Null, "acknowledged_by": Bson::Null,
        };
        self.world.mongo().await.collection::<Document>("alerts").insert_one(document).await.unwrap();
        self.ids.insert("alerts", id);
    }

    /// A click that cost, its conversion, what its network said, and a message that could not be read.
    async fn events(&mut self) {
        let now = jiff::Timestamp::now().as_millisecond();
        let (w, campaign, destination) = (&self.workspace, &self.ids["campaigns"], &self.ids["destinations"]);
        let own = json!({ "workspace_id": w, "campaign_id": campaign, "destination_id": destination, "created_at": now,
            "cost": COST, "currency": "USD", "is_unique": true });
        let sent = self.world.ingest("matrix", 1, (1, 1), click("matrix", 1, 1, own)).await;
        assert!(sent.status < 300, "{}", sent.body);
        let claim = crate::conversions::sale(w, campaign, CLICK, "tx-first", now, PAYOUT);
        let conversion = claim.conversion_id.clone();
        crate::conversions::settle_all(&self.world, &[claim]).await;
        let network = &self.ids["affiliate-networks"];
        for sql in [
            format!(
                "INSERT INTO conversion_events (event_id, node_id, node_epoch, node_seq, conversion_id, version, click_id, workspace_id, campaign_id, \
                 created_at, clicked_at, attribution, status, payout, currency, transaction_id, raw_payload) VALUES ('matrix.1.2', 'matrix', 1, 2, \
                 '{conversion}', 1, '{CLICK}', '{w}', '{campaign}', fromUnixTimestamp64Milli({now}), fromUnixTimestamp64Milli({now}), 'click', \
                 'sale', {PAYOUT}, 'USD', 'tx-first', 'payout={PAYOUT}')"
            ),
            format!(
                "INSERT INTO postback_log_events (event_id, node_id, node_epoch, node_seq, created_at, postback_id, workspace_id, network_id, click_id, \
                 transaction_id, direction, status, raw_payload, conversion_id) VALUES ('matrix.1.3', 'matrix', 1, 3, fromUnixTimestamp64Milli({now}), \
                 'pb-first', '{w}', '{network}', '{CLICK}', 'tx-first', 'inbound', 'accepted', 'payout={PAYOUT}', '{conversion}')"
            ),
            format!(
                "INSERT INTO kafka_ingestion_errors (topic, partition, offset, error, raw_message) VALUES ('traffoflex.click_events', 0, 1, 'unreadable', \
                 '{{\"workspace_id\":\"{w}\",\"node_id\":\"matrix\",\"cost\":\"{COST}\"}}')"
            ),
        ] {
            self.world.clickhouse(&sql).await;
        }
        let error = self.world.clickhouse("SELECT id FROM kafka_ingestion_errors").await;
        let (conversion, campaign) = (conversion.clone(), campaign.clone());
        self.ids.extend([
            ("clicks", CLICK.to_owned()),
            ("conversions", conversion),
            ("postback-logs", "matrix.1.3".to_owned()),
            ("ingestion-errors", error),
            ("ads", campaign.clone()),
        ]);
        let cost = json!({ "campaign_id": campaign, "from": "2026-01-20", "to": "2026-01-21", "currency": "USD", "cpc": "0.10" });
        self.keep("costs", "/api/costs", cost).await;
        eventually("the conversion is listed", async || {
            self.world.get("/api/conversions").await.body["total"] == 1
        })
        .await;
    }

    /// Marks of what is the first workspace's alone.
    pub fn marks(&self) -> Vec<&str> {
        let own = self.ids.iter().filter(|(segment, _)| !super::table::SHARED_SEGMENTS.contains(segment));
        own.map(|(_, id)| id.as_str())
            .chain([self.workspace.as_str(), "first-campaign", "tx-first"])
            .chain(["First offer", "First campaign", "First stream", "first-offer.example"])
            .chain(["First source", "First network", "First rule", "First view", "First hook", "First key"])
            .collect()
    }

    /// All documents that belong to the workspace, but for when a key was last used.
    pub async fn dump(&self) -> BTreeMap<String, String> {
        let database = self.world.mongo().await;
        let mut all = BTreeMap::new();
        for name in database.list_collection_names().await.unwrap() {
            // Versions of the snapshot are of all workspaces, and erasures go on by themselves.
            if ["installation", "leases", "numbers", "erasures", "alert_evaluations"].contains(&name.as_str())
            {
                continue;
            }
            let mut found = database.collection::<Document>(&name).find(doc! {}).await.unwrap();
            while found.advance().await.unwrap() {
                let mut document = found.deserialize_current().unwrap();
                document.remove("last_used_at");
                let text = document.to_string();
                if text.contains(&self.workspace) {
                    all.insert(format!("{name} {}", document.get("_id").unwrap()), text);
                }
            }
        }
        let w = &self.workspace;
        for (table, columns) in
            [("click_events", "count(), sum(cost)"), ("conversion_events", "count(), sum(payout)")]
        {
            let sql = format!("SELECT {columns} FROM {table} FINAL WHERE workspace_id = '{w}'");
            all.insert(table.to_owned(), self.world.clickhouse(&sql).await);
        }
        all
    }

    /// As the first workspace sees it now, to be sent back.
    pub async fn shown(&self, path: &str) -> Value {
        let answer = self.world.call(Method::GET, path, None).await;
        if answer.status == 200 { answer.body } else { json!({ "revision": 1 }) }
    }
}
