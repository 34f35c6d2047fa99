//! `POST /api/postbacks/test`: each step of what a postback would do, and nothing done.

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_conversion::dedupe_key::conversion_id;
use traffoflex_local::stack::{NODE_TOKEN, Stack};
use traffoflex_model::{
    Attribution, Claim, ClaimKind, ConversionClick, ConversionStatus, Currency, DuplicateMode, NodeId,
};
use traffoflex_routing::click_id::ClickIdKeyring;
use traffoflex_wire::{
    codec,
    conversion::{ClaimBatch, PATH},
    snapshot::SnapshotMessage,
};

use crate::world::{World, click, node_double::NodeDouble};

const HOUR_MS: i64 = 3_600_000;
const MAX_SNAPSHOT_BYTES: u64 = 1 << 26;

/// A network with a secret, a campaign with a window of a day, and a source with two calls.
struct Setting {
    world: World,
    node: NodeDouble,
    keyring: ClickIdKeyring,
    workspace: String,
    network: String,
    campaign: String,
    source: String,
    now_ms: i64,
    clicks: u32,
}

impl Setting {
    async fn start() -> Self {
        let node = NodeDouble::start(|_| (200, json!({}))).await;
        let stack = Stack::start_with(false, &[("POSTBACK_SERVICE_URL", node.url())]).await.unwrap();
        let world = World { stack, client: reqwest::Client::new() };
        let template = json!({ "name": "T", "slug": "t", "secret": "open-sesame", "allowed_ips": ["198.51.100.0/24"],
            "statuses": [{ "word": "won", "status": "sale" }] });
        let template = world.post("/api/postback-templates", template).await;
        let network = json!({ "name": "Net", "slug": "net", "template_id": template.id() });
        let network = world.post("/api/affiliate-networks", network).await;
        let source = json!({ "name": "S", "slug": "s", "postbacks": [
            { "id": "sale", "url": "https://s.example/?c={source_click_id}&p={payout}&k={campaign_slug}" },
            { "id": "rejected", "url": "https://s.example/r", "statuses": ["rejected"] } ] });
        let source = world.post("/api/traffic-sources", source).await;
        let campaign =
            json!({ "name": "C", "slug": "camp", "source_id": source.id(), "attribution_window_hours": 24 });
        let campaign = world.post("/api/campaigns", campaign).await;
        assert_eq!(campaign.status, 201, "{}", campaign.body);
        let snapshot = world.client.get(world.url("/internal/v1/snapshot")).bearer_auth(NODE_TOKEN);
        let sealed = snapshot.send().await.unwrap().bytes().await.unwrap();
        let Ok(SnapshotMessage::Full(snapshot)) = codec::open(&sealed, MAX_SNAPSHOT_BYTES) else {
            panic!("no snapshot")
        };
        Self {
            keyring: ClickIdKeyring::new(&snapshot.settings).unwrap(),
            workspace: network.body["workspace_id"].as_str().unwrap().to_owned(),
            network: network.id().to_owned(),
            campaign: campaign.id().to_owned(),
            source: source.id().to_owned(),
            now_ms: jiff::Timestamp::now().as_millisecond(),
            world,
            node,
            clicks: 0,
        }
    }

    fn mint(&mut self, age_ms: i64) -> String {
        self.clicks += 1;
        self.keyring.mint(self.now_ms - age_ms, 7, self.clicks).to_string()
    }

    /// A click that is in the warehouse.
    async fn click(&mut self, age_ms: i64) -> String {
        let id = self.mint(age_ms);
        let own = json!({ "click_id": id, "created_at": self.now_ms - age_ms, "workspace_id": self.workspace,
            "campaign_id": self.campaign, "source_id": self.source, "source_click_id": "their click", "decision": "routed" });
        let seq = u64::from(self.clicks);
        let answer = self.world.ingest("n1", 1, (seq, seq), click("n1", 1, seq, own)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        id
    }

    async fn test(&self, query: &str) -> Value {
        let url = format!("https://whatever.example/pb/net?secret=open-sesame&{query}");
        let body = json!({ "url": url, "ip": "198.51.100.7" });
        let answer = self.world.post("/api/postbacks/test", body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Everything that is kept anywhere.
    async fn state(&self) -> (Document, String, usize, Value) {
        let hashes = self.world.mongo().await.run_command(doc! { "dbHash": 1 }).await.unwrap();
        let rows =
            "SELECT name, total_rows FROM system.tables WHERE database = currentDatabase() ORDER BY name";
        let rows = self.world.clickhouse(rows).await;
        let snapshot = self.world.get("/readyz").await.body["dependencies"]["snapshot"].clone();
        (hashes.get_document("collections").unwrap().clone(), rows, self.node.asked().len(), snapshot)
    }
}

fn step<'a>(explained: &'a Value, name: &str) -> &'a Value {
    let steps = explained["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no {name}: {explained}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_explained_and_nothing_changes() {
    let mut setting = Setting::start().await;
    let (click, old) = (setting.click(HOUR_MS).await, setting.click(48 * HOUR_MS).await);
    let missing = setting.mint(HOUR_MS);
    let before = setting.state().await;

    let good = setting.test(&format!("click_id={click}&tid=t1&payout=12,50&status=WON")).await;
    assert_eq!((&good["http_status"], &good["verdict"]), (&json!(200), &json!("accepted")), "{good}");
    let names: Vec<&str> =
        good["steps"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    let all = [
        "network",
        "address",
        "secret",
        "fields",
        "status",
        "transaction",
        "click",
        "attribution",
        "conversion",
        "outbound",
    ];
    assert_eq!(names, all);
    assert!(good["steps"].as_array().unwrap().iter().all(|step| step["ok"] == true), "{good}");
    assert_eq!(step(&good, "status")["detail"], json!({ "word": "WON", "status": "sale" }));
    assert_eq!(step(&good, "click")["detail"]["source_click_id"], "their click");
    assert_eq!(step(&good, "attribution")["detail"]["campaign_id"], json!(setting.campaign));
    let calls = &step(&good, "outbound")["detail"]["calls"];
    assert_eq!(calls[0]["request"]["url"], "https://s.example/?c=their%20click&p=12.5&k=camp");
    assert_eq!((&calls[0]["due"], &calls[1]["due"]), (&json!(true), &json!(false)));
    assert_eq!(
        good["conversion_id"],
        json!(conversion_id(&setting.workspace, &setting.network, "t1", "", ""))
    );
    assert!(!good.to_string().contains("open-sesame"), "{good}");

    // The same as parameters of a request.
    let parameters = json!({ "network": setting.network, "ip": "198.51.100.7",
        "fields": { "secret": "open-sesame", "click_id": click, "tid": "t1", "payout": 12.50, "status": "won" } });
    let same = setting.world.post("/api/postbacks/test", parameters).await.body;
    assert_eq!((&same["conversion_id"], &same["verdict"]), (&good["conversion_id"], &json!("accepted")));

    let late = setting.test(&format!("click_id={old}&status=won")).await;
    assert_eq!(step(&late, "attribution")["detail"]["attribution"], "outside_window");
    let pending = setting.test(&format!("click_id={missing}&status=won")).await;
    assert_eq!(step(&pending, "attribution")["detail"]["attribution"], "pending");
    let forged = setting.test("click_id=made-up&status=other").await;
    assert_eq!(step(&forged, "attribution")["detail"]["attribution"], "forged");
    assert_eq!((&step(&forged, "status")["ok"], &forged["verdict"]), (&json!(false), &json!("accepted")));
    let unusable = setting.test("payout=x").await;
    assert_eq!((&unusable["http_status"], &unusable["verdict"]), (&json!(400), &json!("refused")));

    let ask = async |body: Value| setting.world.post("/api/postbacks/test", body).await.body;
    let wrong = ask(json!({ "url": "/pb/net?secret=wrong&tid=t1", "ip": "203.0.113.1" })).await;
    assert_eq!((&wrong["http_status"], &wrong["verdict"]), (&json!(403), &json!("forbidden")), "{wrong}");
    assert_eq!(
        (&step(&wrong, "secret")["ok"], &step(&wrong, "address")["ok"]),
        (&json!(false), &json!(false))
    );
    let unknown = ask(json!({ "url": "/pb/nobody?tid=t1" })).await;
    assert_eq!((&unknown["http_status"], &unknown["verdict"]), (&json!(404), &json!("unknown_network")));
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": "https://x.example/c/camp" }), "url"),
        (json!({ "network": "net", "ip": "here" }), "ip"),
        (json!({ "network": "net", "colour": "red" }), "body"),
    ] {
        let refused = setting.world.post("/api/postbacks/test", body).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field]));
    }
    assert_eq!(setting.state().await, before, "a test changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_the_conversion_decides_and_a_silent_warehouse_is_said() {
    let mut setting = Setting::start().await;
    let click = setting.click(HOUR_MS).await;
    let id = conversion_id(&setting.workspace, &setting.network, "t1", "", "");
    let claim = Claim {
        claim_id: "p1".to_owned(),
        kind: ClaimKind::Postback,
        conversion_id: id.clone(),
        workspace_id: setting.workspace.as_str().into(),
        network_id: setting.network.as_str().into(),
        transaction_id: "t1".to_owned(),
        event_type: String::new(),
        repeat: String::new(),
        received_at: setting.now_ms - 1000,
        status: ConversionStatus::Sale,
        raw_status: "won".to_owned(),
        payout: Some("12.5".parse().unwrap()),
        currency: Currency::USD,
        duplicates: DuplicateMode::Update,
        click: ConversionClick {
            clicked_at: setting.now_ms - HOUR_MS,
            campaign_id: setting.campaign.as_str().into(),
            source_id: setting.source.as_str().into(),
            ..ConversionClick::without(Attribution::Click, &click)
        },
        raw_payload: String::new(),
    };
    let batch = ClaimBatch { node_id: NodeId::parse("n1").unwrap(), claims: vec![claim] };
    let batch = serde_json::to_value(batch).unwrap();
    assert_eq!(setting.world.call_as(Method::POST, PATH, Some(batch), NODE_TOKEN).await.status, 200);

    let repeat = setting.test(&format!("click_id={click}&tid=t1&payout=12.5&status=won")).await;
    assert_eq!((&repeat["verdict"], &repeat["conversion_id"]), (&json!("duplicate"), &json!(id)), "{repeat}");
    let calls = &step(&repeat, "outbound")["detail"]["calls"];
    assert!(calls.as_array().unwrap().iter().all(|call| call["due"] == false), "{calls}");
    let changed = setting.test(&format!("click_id={click}&tid=t1&status=rejected")).await;
    assert_eq!(changed["verdict"], "updated", "{changed}");
    let state = &step(&changed, "conversion")["detail"]["state"];
    assert_eq!(
        (&state["version"], &state["payout"]),
        (&json!(2), &json!("12.5")),
        "a payout that is not named stays"
    );
    assert_eq!(step(&changed, "outbound")["detail"]["calls"][1]["due"], true);

    setting.world.stack.stop_clickhouse().await.unwrap();
    let blind = setting.test(&format!("click_id={click}&tid=t2&status=won")).await;
    assert_eq!(blind["verdict"], "accepted", "{blind}");
    assert!(step(&blind, "click")["message"].as_str().unwrap().contains("did not answer"), "{blind}");
}
