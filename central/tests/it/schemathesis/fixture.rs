//! One of each entity, a click and a conversion, made the way that users and nodes make them.

use std::collections::BTreeMap;

use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use traffoflex_local::{
    services::Service,
    stack::{NODE_TOKEN, Stack},
};

use crate::world::{World, eventually};

/// Entities of a kind that may be deleted by whoever calls.
const TO_DELETE: usize = 5;

pub struct Fixture {
    pub world: World,
    /// By the path segment that comes before an id.
    pub ids: BTreeMap<String, Vec<String>>,
    /// Of the administrator's session.
    pub token: String,
    _nodes: [Service; 2],
}

impl Fixture {
    pub async fn start() -> Self {
        // Limits of callers are not what is tried here.
        let limits = [
            ("API_RATE_LIMIT_PER_MINUTE", "1000000"),
            ("API_RATE_LIMIT_BURST", "100000"),
            ("AUTH_RATE_LIMIT_PER_MINUTE", "1000000"),
        ];
        let stack = Stack::start_with(false, &limits).await.unwrap();
        let mut world = World { stack, client: Client::new() };
        let nodes = start_nodes(&mut world).await;
        let mut fixture = Self { world, ids: BTreeMap::new(), token: String::new(), _nodes: nodes };
        fixture.token = fixture.world.admin().await.token;
        fixture.entities().await;
        fixture.events().await;
        fixture.people().await;
        fixture
    }

    pub async fn is_alive(&self) -> bool {
        self.world.get("/healthz").await.status == 200
    }

    pub fn last_words(&self) -> String {
        let log = self.world.stack.api().map(Service::log).unwrap_or_default();
        log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
    }

    /// Makes one to keep and some to delete; the body is given a name and a slug of their own.
    async fn make(&mut self, path: &str, body: Value) -> String {
        let segment = path.rsplit('/').next().unwrap().to_owned();
        let mut made = Vec::new();
        for n in 0..=TO_DELETE {
            let mut body = body.clone();
            for (_, value) in body.as_object_mut().unwrap() {
                if let Some(text) = value.as_str() {
                    *value = text.replace("#", &n.to_string()).into();
                }
            }
            let answer = self.world.post(path, body).await;
            assert_eq!(answer.status, 201, "{path}: {}", answer.body);
            made.push(answer.id().to_owned());
        }
        let kept = made.remove(0);
        self.ids.insert(segment.clone(), vec![kept.clone()]);
        self.ids.insert(format!("{segment} to delete"), made);
        kept
    }

    async fn entities(&mut self) {
        let url = "https://offer-#.example/?c={click_id}";
        let destination = self.make("/api/destinations", json!({ "name": "Offer #", "url": url })).await;
        let source = json!({ "name": "Source #", "slug": "source-#" });
        let source = self.make("/api/traffic-sources", source).await;
        let template = json!({ "name": "Template #", "slug": "template-#" });
        let template = self.make("/api/postback-templates", template).await;
        let network = json!({ "name": "Network #", "slug": "network-#", "template_id": template });
        self.make("/api/affiliate-networks", network).await;
        self.make("/api/landings", json!({ "name": "Landing #", "url": "https://landing-#.example/" })).await;
        self.make("/api/domains", json!({ "host": "go-#.example.com" })).await;
        let hook = json!({ "name": "Hook #", "url": "https://hooks.example/#", "events": ["conversion"], "status": "paused" });
        self.make("/api/webhooks", hook).await;
        let campaign = json!({ "name": "Campaign #", "slug": "campaign-#", "source_id": source });
        let campaign = self.make("/api/campaigns", campaign).await;
        let stream =
            json!({ "name": "Stream #", "targets": [{ "destination_id": destination, "weight": 1 }] });
        self.make(&format!("/api/campaigns/{campaign}/streams"), stream).await;
        let rates = json!([{ "currency": "EUR", "date": "2026-11-01", "rate": "1.16" }]);
        let rates = self.world.call(reqwest::Method::PUT, "/api/currency-rates", Some(rates)).await;
        assert_eq!(rates.status, 200, "{}", rates.body);
        let cost = json!({ "campaign_id": campaign, "from": "2026-11-20", "to": "2026-11-21", "currency": "EUR", "cpc": "0.10" });
        let cost = self.world.post("/api/costs", cost).await;
        self.ids.insert("costs".to_owned(), vec![cost.id().to_owned()]);
        self.world.post("/api/link-keys/rotate", json!({})).await;
        let keys = self.world.get("/api/link-keys").await.body;
        let keys = keys["items"].as_array().unwrap().iter().map(|key| key["id"].to_string()).collect();
        self.ids.insert("link-keys".to_owned(), keys);
    }

    async fn people(&mut self) {
        self.world.member("analyst", None).await;
        let key = json!({ "name": "Key #", "scopes": ["reports:read"] });
        self.make("/api/api-keys", key).await;
        let view = json!({ "name": "View #", "query": { "from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z" } });
        let view = self.world.post("/api/saved-views", view).await;
        if view.status == 201 {
            self.ids.insert("saved-views".to_owned(), vec![view.id().to_owned()]);
        }
    }

    /// Ids of what is listed and was not made by name: nodes, people, entries of logs.
    pub async fn harvest(&mut self, document: &Value) {
        let campaign = self.ids["campaigns"][0].clone();
        for path in document["paths"].as_object().unwrap().keys() {
            let Some((list, parameter)) = path.rsplit_once("/{") else { continue };
            let (segment, parameter) = (list.rsplit('/').next().unwrap(), parameter.trim_end_matches('}'));
            let list = list.replace("{id}", &campaign);
            if self.ids.contains_key(segment) || list.contains('{') {
                continue;
            }
            let listed = self.world.get(&list).await.body;
            let id = |item: &Value| item[parameter].as_str().or(item["id"].as_str()).map(str::to_owned);
            let ids: Vec<String> =
                listed["items"].as_array().into_iter().flatten().filter_map(id).take(5).collect();
            if !ids.is_empty() {
                self.ids.insert(segment.to_owned(), ids);
            }
        }
    }

    /// A click at the traffic node, and what its network says of it at the postback node.
    async fn events(&mut self) {
        let [traffic, postback] = &self._nodes;
        let (traffic, postback) = (traffic.url(), postback.url());
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let mut click_id = String::new();
        eventually("the click is routed", async || {
            let answer = client.get(format!("{traffic}/c/campaign-0?cost=0.05")).send().await.unwrap();
            let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
            let Some(location) = location else { return false };
            click_id = location.split_once("c=").unwrap().1.to_owned();
            true
        })
        .await;
        self.ids.insert("clicks".to_owned(), vec![click_id.clone()]);
        let call = format!(
            "{postback}/pb/network-0?click_id={click_id}&transaction_id=t-1&payout=12.50&status=approved"
        );
        eventually("the postback is accepted", async || {
            client.get(&call).send().await.unwrap().status().is_success()
        })
        .await;
        let mut conversion = String::new();
        eventually("the conversion is listed", async || {
            let found = self.world.get("/api/conversions").await.body;
            let id = found["items"][0]["conversion_id"].as_str().or(found["items"][0]["id"].as_str());
            conversion = id.unwrap_or_default().to_owned();
            !conversion.is_empty()
        })
        .await;
        self.ids.insert("conversions".to_owned(), vec![conversion]);
    }
}

/// A traffic node and a postback node, which central knows of.
async fn start_nodes(world: &mut World) -> [Service; 2] {
    let central = world.stack.api().unwrap().url();
    let data = world.stack.subdir("node").unwrap();
    let environment = |addr: &str| {
        let pairs = [
            (addr, "127.0.0.1:0"),
            ("NODE_ID", "node"),
            ("NODE_TOKEN", NODE_TOKEN),
            ("CENTRAL_URL", &central),
            ("EDGE_DATA_DIR", data.to_str().unwrap()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    };
    let log = |name: &str| world.stack.dir().join(name);
    let traffic =
        Service::start("traffic-service", environment("TRAFFIC_SERVICE_ADDR"), &log("traffic.log")).await;
    let postback =
        Service::start("postback-service", environment("POSTBACK_SERVICE_ADDR"), &log("postback.log")).await;
    let nodes = [traffic.unwrap(), postback.unwrap()];
    world.stack.set_for_api("TRAFFIC_SERVICE_URL", &nodes[0].url()).unwrap();
    world.stack.set_for_api("POSTBACK_SERVICE_URL", &nodes[1].url()).unwrap();
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    nodes
}
