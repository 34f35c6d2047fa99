//! Currency rates: written, read, removed, and never seen by half.

use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::units;
use traffoflex_wire::{
    codec,
    runtime::{MAX_BODY_BYTES, RuntimeFeed},
};

use crate::{
    ledger::set_currency,
    world::{World, click, eventually},
};

async fn put(world: &World, rates: Value) -> (u16, Value) {
    let answer = world.call(Method::PUT, "/api/currency-rates", Some(rates)).await;
    (answer.status, answer.body)
}

fn rate(currency: &str, date: &str, rate: &str) -> Value {
    json!({ "currency": currency, "date": date, "rate": rate })
}

/// What ten zloty of 2026-11-20 are in the report.
async fn cost(world: &World) -> Value {
    world.get("/api/reports/overview?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z").await.body
}

async fn world_with_ten_zloty() -> World {
    let world = World::start().await;
    let own = json!({ "workspace_id": world.workspace_id().await, "created_at": crate::ledger::ms("2026-11-20T12:00:00Z"),
        "cost": "10", "currency": "PLN" });
    assert_eq!(world.ingest("n1", 1, (1, 1), click("n1", 1, 1, own)).await.body["accepted"], 1);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_rate_not_after_the_day_holds_and_a_missing_one_is_named() {
    let world = world_with_ten_zloty().await;
    let report = cost(&world).await;
    assert_eq!((&report["cost"], &report["missing_rates"]), (&json!("0"), &json!(["PLN"])));
    // In its own currency it needs no rate.
    set_currency(&world, "PLN").await;
    let report = cost(&world).await;
    assert_eq!((&report["cost"], &report["missing_rates"]), (&json!("10"), &json!([])));
    set_currency(&world, "EUR").await;
    assert_eq!(cost(&world).await["missing_rates"], json!(["EUR", "PLN"]));
    let rates = json!({ "items": [rate("PLN", "2026-11-21", "0.5"), rate("EUR", "2026-11-01", "1.25")] });
    assert_eq!(put(&world, rates).await, (200, json!({ "accepted": 2, "mirrored": true })));
    // Only a later one: the earliest holds.
    assert_eq!(cost(&world).await["cost"], "4");
    put(&world, json!([rate("PLN", "2026-11-20", "0.25"), rate("PLN", "2026-11-19", "0.75")])).await;
    assert_eq!(cost(&world).await["cost"], "2");
    put(&world, json!([rate("PLN", "2026-11-20", "0.3")])).await;
    assert_eq!(cost(&world).await["cost"], "2.4");

    let listed = world.get("/api/currency-rates?currency=pln&from=2026-11-20&limit=1&offset=1").await.body;
    assert_eq!((&listed["total"], &listed["items"]), (&json!(2), &json!([rate("PLN", "2026-11-21", "0.5")])));
    let removed = world
        .call(Method::DELETE, "/api/currency-rates?currency=PLN&from=2026-11-20&to=2026-11-20", None)
        .await;
    assert_eq!((removed.status, &removed.body["accepted"]), (200, &json!(1)));
    assert_eq!(cost(&world).await["cost"], "6", "by the rate of the day before");
    let gone = world
        .call(Method::DELETE, "/api/currency-rates?currency=PLN&from=2026-11-20&to=2026-11-20", None)
        .await;
    assert_eq!(gone.status, 404);
    let all = world.call(Method::DELETE, "/api/currency-rates", None).await;
    assert_eq!((all.status, all.fields()), (400, vec!["currency"]));
    world.call(Method::DELETE, "/api/currency-rates?currency=PLN", None).await;
    assert_eq!(cost(&world).await["missing_rates"], json!(["PLN"]));
    let wrong =
        world.call(Method::PUT, "/api/currency-rates", Some(json!([rate("USD", "2026-11-20", "1")]))).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["items[0].currency"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_written_while_clickhouse_is_away_are_told_and_used_afterwards() {
    let mut world = world_with_ten_zloty().await;
    assert_eq!(put(&world, json!([rate("PLN", "2026-11-01", "0.25")])).await.0, 200);
    world.stack.stop_clickhouse().await.unwrap();
    let taken = put(&world, json!([rate("PLN", "2026-11-01", "0.5")])).await;
    assert_eq!(taken, (202, json!({ "accepted": 1, "mirrored": false })));
    let listed = world.get("/api/currency-rates").await.body;
    assert_eq!(listed["items"], json!([rate("PLN", "2026-11-01", "0.5")]), "the truth is there");
    world.stack.start_clickhouse().await.unwrap();
    eventually("the rate is used", async || {
        let report = cost(&world).await;
        // Until it is, the report says so.
        assert!(report["cost"] == "5" || report["rates_pending"] != false, "{report}");
        report["cost"] == "5" && report["rates_pending"] == false
    })
    .await;

    // The same with central killed before it could finish, and a ClickHouse that lost its copy.
    world.stack.stop_clickhouse().await.unwrap();
    assert_eq!(put(&world, json!([rate("PLN", "2026-11-02", "0.75")])).await.0, 202);
    world.stack.kill_api().unwrap();
    world.stack.start_clickhouse().await.unwrap();
    world.clickhouse("TRUNCATE TABLE currency_rates").await;
    world.stack.start_api().await.unwrap();
    eventually("all rates are used", async || {
        let report = cost(&world).await;
        report["cost"] == "7.5" && report["rates_pending"] == false
    })
    .await;
    assert_eq!(world.clickhouse("SELECT count() FROM currency_rates FINAL").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rates_change_at_once() {
    let world = World::start().await;
    let days = |value: &str| -> Value {
        let first: jiff::civil::Date = "1990-01-01".parse().unwrap();
        let day = |i: i64| (first + jiff::Span::new().days(i)).to_string();
        (0..10_000).map(|i| rate("PLN", &day(i), value)).collect()
    };
    assert_eq!(put(&world, days("0.25")).await, (200, json!({ "accepted": 10_000, "mirrored": true })));
    let look = "SELECT uniqExact(usd), count() FROM currency_rates FINAL";
    let mut looks = 0;
    for value in ["0.5", "0.75"] {
        let writing = put(&world, days(value));
        tokio::pin!(writing);
        loop {
            tokio::select! {
                done = &mut writing => {
                    assert_eq!(done.0, 200, "{}", done.1);
                    break;
                }
                seen = world.clickhouse(look) => {
                    assert_eq!(seen, "1\t10000", "some rates of one writing and some of the other");
                    looks += 1;
                }
            }
        }
    }
    assert!(looks > 0);
    assert_eq!(world.clickhouse("SELECT DISTINCT toString(usd) FROM currency_rates FINAL").await, "0.75");
    let mut many = days("1");
    many.as_array_mut().unwrap().push(rate("EUR", "2026-11-01", "1"));
    assert_eq!(put(&world, many).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_and_rankings_go_by_the_same_rates() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    put(&world, json!([rate("PLN", "2026-01-01", "0.25")])).await;
    let destination = world.destination("a").await;
    let caps = json!([{ "metric": "revenue", "limit": "100", "window_hours": 24 }]);
    let path = format!("/api/destinations/{destination}");
    let patched = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "caps": caps }))).await;
    assert_eq!(patched.status, 200, "{}", patched.body);
    let targets = json!([{ "destination_id": destination, "weight": 1 }]);
    let stream = json!({ "name": "s", "strategy": "best_roi", "targets": targets });
    let campaign =
        world.post("/api/campaigns", json!({ "name": "c", "slug": "c", "streams": [stream] })).await;
    let streams = world.get(&format!("/api/campaigns/{}/streams", campaign.id())).await.body;
    let stream = streams["items"][0]["id"].as_str().unwrap();
    let now = jiff::Timestamp::now().as_millisecond();
    let own = json!({ "workspace_id": workspace, "campaign_id": campaign.id(), "stream_id": stream, "created_at": now,
        "destination_id": destination, "cost": "4", "currency": "PLN", "decision": "routed" });
    world.ingest("n1", 1, (1, 1), click("n1", 1, 1, own)).await;
    // Ten zloty, two dollars, and yen that nobody knows the worth of.
    for (seq, payout, currency) in [(1, 10, "PLN"), (2, 2, "USD"), (3, 1000, "JPY")] {
        let sql = format!(
            "INSERT INTO conversion_events (event_id, node_id, node_epoch, node_seq, conversion_id, version, workspace_id, stream_id, \
             destination_id, created_at, status, payout, currency) VALUES ('n2.1.{seq}', 'n2', 1, {seq}, 'c{seq}', 1, '{workspace}', '{stream}', '{destination}', \
             fromUnixTimestamp64Milli({now}), 'sale', {payout}, '{currency}')"
        );
        world.clickhouse(&sql).await;
    }
    let mut feed = RuntimeFeed::default();
    eventually("all is in the feed", async || {
        let request = world.client.get(world.url("/internal/v1/runtime")).bearer_auth(NODE_TOKEN);
        let bytes = request.send().await.unwrap().bytes().await.unwrap();
        feed = codec::open(&bytes, MAX_BODY_BYTES).unwrap();
        let earned = feed.earned.first().and_then(|stream| stream.destinations.first());
        earned.is_some_and(|earned| earned.revenue == Decimal::new(45, 1) && earned.cost == Decimal::ONE)
    })
    .await;
    assert_eq!(feed.caps.iter().map(|cap| cap.used_units).collect::<Vec<_>>(), [units(Decimal::new(45, 1))]);
}
