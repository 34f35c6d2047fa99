//! Costs told after the clicks.

mod limits;

use reqwest::header::CONTENT_TYPE;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use traffoflex_local::stack::BOOTSTRAP_TOKEN;

use crate::{
    ledger::ms,
    world::{Answer, World, click, eventually},
};

const DAY: &str = "from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z";

struct Clicks {
    world: World,
    campaign: String,
    lines: Vec<u8>,
}

impl Clicks {
    /// One each minute of the day, of three sources and five countries: every tenth is a bot's, every twelfth a
    /// second step. Each comes with a cost of 0.5 but those.
    async fn start() -> Self {
        let world = World::start().await;
        let workspace = world.workspace_id().await;
        let campaign = world.post("/api/campaigns", json!({ "name": "Paid", "slug": "paid" })).await;
        let campaign = campaign.id().to_owned();
        let first = ms("2026-11-20T00:00:00Z");
        let lines = (1..=1440_u64).flat_map(|seq| {
            let is_second_step = seq % 12 == 0;
            let country = ["DE", "PL", "US", "FR", "IT"][seq as usize % 5];
            let own = json!({ "workspace_id": workspace, "campaign_id": campaign, "source_id": format!("s{}", seq % 3),
                "created_at": first + (seq as i64 - 1) * 60_000, "geo_country": country,
                "cost": if is_second_step { "0" } else { "0.5" }, "currency": "USD", "is_bot": seq % 10 == 0,
                "is_second_step": is_second_step });
            click("n1", 1, seq, own)
        });
        let clicks = Self { lines: lines.collect(), campaign, world };
        clicks.replay().await;
        clicks
    }

    /// Sends all original events (again).
    async fn replay(&self) {
        let accepted = self.world.ingest("n1", 1, (1, 1440), self.lines.clone()).await;
        assert_eq!(accepted.body["accepted"], 1440, "{}", accepted.body);
    }

    fn row(&self, own: Value) -> Value {
        let mut row = json!({ "campaign_id": self.campaign, "from": "2026-11-20", "to": "2026-11-21", "currency": "USD" });
        row.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        row
    }

    async fn tell(&self, body: Value) -> Answer {
        self.world.post("/api/costs", body).await
    }

    async fn tell_with_key(&self, key: &str, body: &Value) -> Answer {
        let request = self.world.client.post(self.world.url("/api/costs")).bearer_auth(BOOTSTRAP_TOKEN);
        let answer = request.header("Idempotency-Key", key).json(body).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap() }
    }

    async fn cost(&self, filter: &str) -> String {
        let report = self.world.get(&format!("/api/reports/overview?{DAY}{filter}")).await.body;
        report["cost"].as_str().unwrap_or_else(|| panic!("{report}")).to_owned()
    }

    /// Costs of the groups add up to the whole.
    async fn by(&self, dimension: &str) -> Decimal {
        let rows = self.world.get(&format!("/api/reports/grouped?{DAY}&group_by={dimension}")).await.body;
        let rows = rows["items"].as_array().unwrap();
        rows.iter().map(|row| row["cost"].as_str().unwrap().parse::<Decimal>().unwrap()).sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_is_spread_to_the_last_place_and_no_replay_changes_it() {
    let clicks = Clicks::start().await;
    assert_eq!(clicks.cost("").await, "660");
    // Of 480 clicks of the source, 120 are second steps.
    let row = clicks.row(json!({ "source_id": "s0", "total": "100.000007" }));
    let told = clicks.tell(row.clone()).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let expected =
        json!([{ "row": 1, "status": "applied", "clicks": 360, "cost": "100.000007", "currency": "USD" }]);
    assert_eq!((&told.body["items"], &told.body["state"]), (&expected, &json!("applied")));
    let after = async |what: &str| {
        assert_eq!(clicks.cost("&source=s0").await, "100.000007", "{what}");
        // 480 each of the other sources, and no second step among them.
        assert_eq!(clicks.cost("").await, "580.000007", "{what}");
        for dimension in ["country", "day", "source", "campaign,country"] {
            assert_eq!(clicks.by(dimension).await.to_string(), "580.000007", "{what}, by {dimension}");
        }
    };
    after("told").await;
    clicks.replay().await;
    after("replayed").await;
    clicks.world.clickhouse("OPTIMIZE TABLE click_events FINAL").await;
    after("merged").await;
    clicks.replay().await;
    clicks.world.clickhouse("OPTIMIZE TABLE click_events FINAL").await;
    after("replayed and merged").await;
    assert_eq!(clicks.tell(row).await.body["items"], expected);
    after("told again").await;
    let second_steps = "SELECT sum(cost) FROM click_events FINAL WHERE is_second_step";
    assert_eq!(clicks.world.clickhouse(second_steps).await, "0");
    let audit = clicks.world.stack.command(&["audit", "--expect-last", "n1:1:1440"]).await.unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    let nothing = clicks.tell(clicks.row(json!({ "source_id": "s9", "total": "1" }))).await;
    let failed = json!([{ "row": 1, "status": "failed", "errors": [{ "field": "total", "error": "no click matches" }] }]);
    assert_eq!((nothing.status, &nothing.body["items"]), (200, &failed));
    let nobody = json!({ "campaign_id": "nobody", "total": "1" });
    assert_eq!(clicks.tell(clicks.row(nobody)).await.body["items"][0]["errors"][0]["field"], "campaign_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_later_of_two_rows_holds_and_a_key_is_done_once() {
    let clicks = Clicks::start().await;
    // An hour of Warsaw, told after the whole day of it, in one list.
    let hour = json!({ "from": "2026-11-20T13:00", "to": "2026-11-20T14:00", "timezone": "Europe/Warsaw", "cpc": "2" });
    let day = json!({ "cpc": "0.01", "filters": { "country": "DE,PL" } });
    let list =
        json!({ "items": [clicks.row(day), clicks.row(json!({ "cpc": "x" })), clicks.row(hour.clone())] });
    let told = clicks.tell_with_key("first", &list).await;
    assert_eq!((&told.body["applied"], &told.body["failed"]), (&json!(2), &json!(1)), "{}", told.body);
    // 60 minutes less 5 second steps.
    assert_eq!(told.body["items"][2]["clicks"], 55);
    assert_eq!(told.body["items"][2]["cost"], "110");
    let hour_in_utc = "/api/reports/overview?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z";
    let cost = async || clicks.world.get(hour_in_utc).await.body["cost"].clone();
    assert_eq!(cost().await, "110");
    // In German and Polish clicks of the hour, of which each kind has 12 less one second step.
    let later = clicks.tell(clicks.row(json!({ "cpc": "0", "filters": { "country": ["DE", "PL"] } }))).await;
    assert_eq!(later.body["applied"], 1, "{}", later.body);
    assert_eq!(cost().await, "66");
    // What was asked first is not done again, and nothing else is by its key.
    let again = clicks.tell_with_key("first", &list).await;
    assert_eq!((again.status, &again.body), (200, &told.body));
    assert_eq!(cost().await, "66");
    let other = clicks.tell_with_key("first", &json!({ "items": [clicks.row(hour.clone())] })).await;
    assert_eq!(other.status, 409);
    let shown = clicks.world.get(&format!("/api/costs/{}", told.body["id"].as_str().unwrap())).await;
    assert_eq!(shown.body, told.body);
    assert_eq!(clicks.tell_with_key("second", &clicks.row(hour)).await.body["applied"], 1);
    assert_eq!(cost().await, "110");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rows_of_csv_are_each_answered() {
    let clicks = Clicks::start().await;
    let mut csv = "campaign_id,source_id,from,to,timezone,currency,cpc,total,country\n".to_owned();
    // Each minute of Tokyo's day several times: the last row of each holds.
    for row in 0..10_000_u32 {
        let minute = row % 1440;
        let at = |minute: u32| {
            // Midnight in London is nine in the morning there.
            let (day, hour) = (20 + (minute / 60 + 9) / 24, (minute / 60 + 9) % 24);
            format!("2026-11-{day}T{hour:02}:{:02}", minute % 60)
        };
        let cpc = format!("0.{:06}", row + 1);
        csv.push_str(&format!(
            "{},,{},{},Asia/Tokyo,USD,{cpc},,\n",
            clicks.campaign,
            at(minute),
            at(minute + 1)
        ));
    }
    let send = async |body: String| {
        let request = clicks.world.client.post(clicks.world.url("/api/costs")).bearer_auth(BOOTSTRAP_TOKEN);
        request.header(CONTENT_TYPE, "text/csv; charset=utf-8").body(body).send().await.unwrap()
    };
    let began = std::time::Instant::now();
    let mut told: Value = send(csv.clone()).await.json().await.unwrap();
    // What takes long is answered before it is done.
    let path = format!("/api/costs/{}", told["id"].as_str().unwrap_or_else(|| panic!("{told}")));
    eventually("all rows are done", async || {
        told = clicks.world.get(&path).await.body;
        told["state"] == "applied"
    })
    .await;
    println!("10,000 rows in {:?}", began.elapsed());
    assert_eq!((&told["state"], &told["applied"]), (&json!("applied"), &json!(10_000)), "{}", told["error"]);
    assert_eq!(told["items"].as_array().unwrap().len(), 10_000);
    let last = |minute: u64| 1 + minute + 1440 * ((9_999 - minute) / 1440);
    let due: u64 = (0..1440).filter(|minute| (minute + 1) % 12 != 0).map(last).sum();
    assert_eq!(clicks.cost("").await.parse::<Decimal>().unwrap(), Decimal::new(due as i64, 6));
    csv.push_str(&format!("{},,2026-11-20,2026-11-21,,USD,1,,\n", clicks.campaign));
    assert_eq!(send(csv).await.status(), 400, "one too many");
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_told_while_clickhouse_is_away_are_corrected_in_their_order() {
    let mut clicks = Clicks::start().await;
    clicks.world.stack.stop_clickhouse().await.unwrap();
    let first = clicks.tell(clicks.row(json!({ "total": "1" }))).await;
    let second = clicks.tell(clicks.row(json!({ "total": "77.77", "source_id": "s1" }))).await;
    assert_eq!((first.status, second.status), (202, 202), "{} {}", first.body, second.body);
    assert_eq!(first.body["items"][0]["status"], "pending");
    clicks.world.stack.kill_api().unwrap();
    clicks.world.stack.start_clickhouse().await.unwrap();
    clicks.world.stack.start_api().await.unwrap();
    let path = |answer: &Answer| format!("/api/costs/{}", answer.id());
    for told in [&first, &second] {
        eventually("the costs are corrected", async || {
            clicks.world.get(&path(told)).await.body["state"] == "applied"
        })
        .await;
    }
    assert_eq!(clicks.cost("&source=s1").await, "77.77");
    // Of the first, what the second did not take over.
    let rest: Decimal = clicks.cost("&source=s0,s2").await.parse().unwrap();
    assert!(rest > Decimal::new(6, 1) && rest < Decimal::ONE, "{rest}");
    clicks.replay().await;
    assert_eq!(clicks.cost("&source=s1").await, "77.77");
}
