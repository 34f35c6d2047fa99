//! Reports where a workspace keeps its events for so many days: the same from rollups and from events, whatever
//! ClickHouse has dropped of either.

use reqwest::Client;
use serde_json::json;
use traffoflex_local::stack::Stack;

use crate::{
    retention,
    world::{World, click, eventually},
};

const DAY_MS: i64 = 24 * 3600 * 1000;
const HOUR_MS: i64 = 3_600_000;
/// How old the oldest click is.
const DAYS: i64 = 34;

/// A click each half hour, each with a conversion of today.
async fn send(world: &World, now: i64) -> u64 {
    let workspace = world.workspace_id().await;
    let (mut clicks, mut conversions) = (Vec::new(), Vec::new());
    let count = (DAYS * 48) as u64;
    for seq in 1..=count {
        let at = now - seq as i64 * HOUR_MS / 2;
        let own = json!({ "workspace_id": workspace, "campaign_id": "c1", "stream_id": "st1", "created_at": at,
            "geo_country": if seq % 3 == 0 { "DE" } else { "US" }, "sub1": "secret", "cost": "0.5", "currency": "USD" });
        clicks.extend(click("n1", 1, seq, own));
        conversions.push(json!({ "event_id": format!("v{seq}"), "conversion_id": format!("v{seq}"), "version": 1,
            "click_id": format!("click-n1-{seq}"), "workspace_id": workspace, "campaign_id": "c1", "created_at": now - 7_200_000,
            "clicked_at": at, "attribution": "click", "status": "sale", "payout": "1", "currency": "USD" }).to_string());
    }
    world.ingest("n1", 1, (1, count), clicks).await;
    world
        .clickhouse(&format!("INSERT INTO conversion_events FORMAT JSONEachRow\n{}", conversions.join("\n")))
        .await;
    count
}

const REPORTS: [&str; 7] = [
    "overview?",
    "daily?",
    "daily?conversion_time=click&timezone=Asia/Kolkata&",
    "grouped?group_by=country,campaign&",
    "grouped?group_by=sub1,country&conversion_time=click&",
    "cohort?by=week&",
    "funnel?group_by=country&",
];

/// What the overview counts; what is read from is compared with the events, for each report.
async fn same_both_ways(world: &World, when: &str) -> (u64, String) {
    let period = format!(
        "from={}&to={}",
        jiff::Timestamp::from_millisecond(jiff::Timestamp::now().as_millisecond() - (DAYS + 2) * DAY_MS)
            .unwrap(),
        jiff::Timestamp::now()
    );
    let (mut clicks, mut read_from) = (0, String::new());
    for report in REPORTS {
        let own = !report.starts_with("cohort") && !report.starts_with("funnel");
        let path = |read: &str| {
            let read = if own { format!("&read_from={read}") } else { String::new() };
            format!("/api/reports/{report}{period}{read}")
        };
        let mut both = Vec::new();
        for read in ["auto", "raw"] {
            let mut answer = world.get(&path(read)).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let from = answer.body.as_object_mut().unwrap().remove("read_from");
            if report == "overview?" && read == "auto" {
                clicks = answer.body["clicks"].as_u64().unwrap();
                read_from = from.unwrap().as_str().unwrap().to_owned();
            }
            both.push(answer.body);
        }
        assert_eq!(both[0], both[1], "{when}: {report}");
    }
    (clicks, read_from)
}

async fn merge(world: &World) {
    for table in ["click_events", "conversion_events", "click_rollup", "conversion_rollup"] {
        world.clickhouse(&format!("OPTIMIZE TABLE {table} FINAL")).await;
    }
}

/// Whole days of more than two days ago without a build that has all their marks.
const DUE: &str = "WITH (toUnixTimestamp(now()) / 3600 - 48) AS end SELECT count() FROM \
     (SELECT intDiv(hour, 24) * 24 AS day, sum(marks) AS marks FROM rollup_marks WHERE kind = 'clicks' GROUP BY day) AS m \
     LEFT JOIN (SELECT hour AS day, max(marks) AS marks FROM rollup_builds FINAL WHERE kind = 'click_days' AND published_at > 0 GROUP BY day) AS b \
     ON b.day = m.day WHERE m.day < end AND m.day >= {since} AND b.marks != m.marks";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_counts_nowhere_and_what_was_added_up_goes_with_it() {
    let stack = Stack::start_with(false, &[("ROLLUP_INTERVAL_MS", "200")]).await.unwrap();
    let mut world = World { stack, client: Client::new() };
    let now = jiff::Timestamp::now().as_millisecond();
    let count = send(&world, now).await;
    let due = |days: i64| DUE.replace("{since}", &((now - days * DAY_MS) / HOUR_MS).to_string());
    let built = async |world: &World, days: i64| {
        eventually("days are added up", async || world.clickhouse(&due(days)).await == "0").await;
        eventually("conversions are added up", async || {
            let sql =
                "SELECT count() FROM rollup_builds FINAL WHERE kind = 'conversions' AND published_at > 0";
            world.clickhouse(sql).await != "0"
        })
        .await;
    };
    built(&world, DAYS + 1).await;
    let (clicks, from) = same_both_ways(&world, "everything is kept").await;
    assert_eq!(clicks, count);
    assert_ne!(from, "raw");

    // Clicks for 30 days, their conversions for a year. The first day is cut somewhere.
    retention::set(&world, json!({ "clicks_days": 30, "conversions_days": 365 })).await;
    let expected = 30 * 48;
    let near = |clicks: u64| assert!((expected - 1..=expected).contains(&clicks), "{clicks}");
    near(same_both_ways(&world, "just set").await.0);
    merge(&world).await;
    near(same_both_ways(&world, "merged").await.0);
    built(&world, 28).await;
    let (clicks, from) = same_both_ways(&world, "added up again").await;
    near(clicks);
    assert_ne!(from, "raw");
    // What conversions said of those clicks goes too.
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    let old = format!(
        "WHERE click_created_at > 0 AND click_created_at < fromUnixTimestamp64Milli({})",
        now - 31 * DAY_MS
    );
    eventually("conversions forget their old clicks", async || {
        let latest = format!(
            "SELECT count() FROM conversion_rollup {old} AND (hour, build) IN \
             (SELECT hour, argMax(build, (marks, published_at)) FROM rollup_builds FINAL WHERE kind = 'conversions' GROUP BY hour)"
        );
        world.clickhouse(&latest).await == "0"
    })
    .await;
    eventually("days that are not kept are deleted", async || {
        let sql = format!("SELECT count() FROM click_rollup WHERE hour < {}", (now - 31 * DAY_MS) / HOUR_MS);
        world.clickhouse(&sql).await == "0"
    })
    .await;
    near(same_both_ways(&world, "swept").await.0);

    // By mistake, and back: whatever a merge took in between is missing both ways.
    retention::set(&world, json!({ "clicks_days": 7 })).await;
    world.clickhouse("OPTIMIZE TABLE click_events FINAL").await;
    let (clicks, _) = same_both_ways(&world, "seven days").await;
    assert!((7 * 48 - 1..=7 * 48).contains(&clicks), "{clicks}");
    retention::set(&world, json!({})).await;
    let (clicks, _) = same_both_ways(&world, "for ever again").await;
    assert!((7 * 48 - 1..count).contains(&clicks), "{clicks}");
    built(&world, DAYS + 1).await;
    assert_eq!(same_both_ways(&world, "and added up").await.0, clicks);
}
