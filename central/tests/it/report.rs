//! Numbers against numbers computed here.

use serde_json::{Value, json};

use crate::world::{World, click};

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[tokio::test(flavor = "multi_thread")]
async fn days_follow_the_timezone_over_a_clock_change() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    // Europe/Berlin leaves summer time on 2026-10-25: that day has 25 hours.
    let times = [
        "2026-10-24T21:59:59.999Z",
        "2026-10-24T22:00:00Z",
        "2026-10-25T22:59:59.999Z",
        "2026-10-25T23:00:00Z",
    ];
    let lines = (1..)
        .zip(times)
        .map(|(seq, time)| click("n1", 1, seq, json!({ "workspace_id": workspace, "created_at": ms(time) })));
    world.ingest("n1", 1, (1, 4), lines.flatten().collect()).await;
    let query = "from=2026-10-22T22:00:00Z&to=2026-10-26T23:00:00Z&timezone=Europe/Berlin";
    let report = world.get(&format!("/api/reports/daily?{query}")).await.body;
    let days: Vec<(&str, u64)> = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["day"].as_str().unwrap(), row["clicks"].as_u64().unwrap()))
        .collect();
    assert_eq!(days, [("2026-10-23", 0), ("2026-10-24", 1), ("2026-10-25", 2), ("2026-10-26", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_filters_and_ratios() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let campaign = world.post("/api/campaigns", json!({ "name": "Named", "slug": "named" })).await;
    let now = jiff::Timestamp::now().as_millisecond();
    let mut lines = Vec::new();
    for seq in 1..=60_u64 {
        let country = ["DE", "US", "FR"][seq as usize % 3];
        let own = json!({ "workspace_id": workspace, "campaign_id": campaign.id(), "created_at": now, "geo_country": country,
            "device_type": "mobile", "os": "iOS", "browser": "Safari", "sub3": format!("s{}", seq % 2), "cost": "0.10",
            "is_bot": seq % 10 == 0, "is_unique": seq <= 7 });
        lines.extend(click("n1", 1, seq, own));
    }
    world.ingest("n1", 1, (1, 60), lines).await;
    // One sale of a German click and a rejected one of an American.
    for (id, seq, status) in [("a", 3, "sale"), ("b", 1, "rejected")] {
        let sql = format!(
            "INSERT INTO conversion_events (event_id, conversion_id, version, click_id, workspace_id, campaign_id, created_at, clicked_at, attribution, status, payout, currency) \
             VALUES ('{id}', '{id}', 1, 'click-n1-{seq}', '{workspace}', '{}', fromUnixTimestamp64Milli({now}), fromUnixTimestamp64Milli({now}), 'click', '{status}', 5.5, 'USD')",
            campaign.id()
        );
        world.clickhouse(&sql).await;
    }
    let by_country = world.get("/api/reports/grouped?group_by=country&sort=country&order=asc").await.body;
    let column = |name: &str| -> Vec<Value> {
        by_country["items"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    assert_eq!(column("country"), ["DE", "FR", "US"]);
    // Of 20 each, every 30th click is a machine's: two a country.
    assert_eq!(column("clicks"), [18, 18, 18]);
    assert_eq!(column("bots"), [2, 2, 2]);
    assert_eq!(column("cost"), ["2", "2", "2"]);
    assert_eq!(column("sales"), [1, 0, 0]);
    assert_eq!(column("rejected"), [0, 0, 1]);
    assert_eq!(column("revenue"), ["5.5", "0", "0"]);
    assert_eq!(column("profit"), ["3.5", "-2", "-2"]);
    assert_eq!(column("roi"), [json!(175.0), json!(-100.0), json!(-100.0)]);
    assert_eq!(column("cpa"), [json!("2"), Value::Null, Value::Null]);
    assert_eq!(by_country["totals"]["clicks"], 54);
    assert_eq!(by_country["totals"]["unique_clicks"], 7);

    for (dimension, groups) in [
        ("campaign", 1),
        ("device", 1),
        ("os", 1),
        ("browser", 1),
        ("sub3", 2),
        ("sub1", 1),
        ("day", 1),
        ("stream", 1),
    ] {
        let rows = world.get(&format!("/api/reports/grouped?group_by={dimension}")).await.body;
        let sum: u64 =
            rows["items"].as_array().unwrap().iter().map(|row| row["clicks"].as_u64().unwrap()).sum();
        assert_eq!((&rows["total"], sum), (&json!(groups), 54), "{dimension}: {rows}");
    }
    let campaigns = world.get("/api/reports/campaigns").await.body;
    assert_eq!(
        (&campaigns["items"][0]["campaign_name"], &campaigns["items"][0]["clicks"]),
        (&json!("Named"), &json!(54))
    );
    let filtered = world.get("/api/reports/overview?country=DE,FR&sub3=s1").await.body;
    let expected = (1..=60_u64).filter(|seq| seq % 3 != 1 && seq % 2 == 1 && seq % 10 != 0).count();
    assert_eq!(filtered["clicks"], expected);
    let page =
        world.get("/api/reports/grouped?group_by=country&limit=1&offset=1&sort=country&order=asc").await.body;
    assert_eq!((&page["total"], &page["items"][0]["country"]), (&json!(3), &json!("FR")));
    assert_eq!(world.get("/api/reports/grouped").await.fields(), ["group_by"]);
    assert_eq!(world.get("/api/reports/daily?timezone=Mars/Base").await.fields(), ["timezone"]);
    assert_eq!(world.get("/api/reports/overview?evil=1").await.fields(), ["evil"]);
}
