//! What nodes hear of the whole installation, against events that are really there.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::Health;
use traffoflex_routing::cap::CapId;
use traffoflex_wire::{
    codec,
    runtime::{MAX_BODY_BYTES, MAX_SEEN, RuntimeFeed},
};

use crate::world::{World, click, eventually};

const MS_PER_HOUR: i64 = 3_600_000;

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The feed, or the status of the refusal.
async fn pull(world: &World, query: &[(&str, &str)]) -> Result<RuntimeFeed, u16> {
    let request = world.client.get(world.url("/internal/v1/runtime")).bearer_auth(NODE_TOKEN);
    let answer = request.query(query).send().await.unwrap();
    match answer.status().as_u16() {
        200 => Ok(codec::open(&answer.bytes().await.unwrap(), MAX_BODY_BYTES).unwrap()),
        status => Err(status),
    }
}

/// Waits for a computation that began after this moment.
async fn fresh(world: &World) -> RuntimeFeed {
    let from_ms = now_ms();
    let mut feed = RuntimeFeed::default();
    eventually("a new computation", async || {
        feed = pull(world, &[]).await.unwrap();
        feed.computed_at_ms > from_ms
    })
    .await;
    feed
}

struct Conversion<'a> {
    id: &'a str,
    version: u64,
    stream: &'a str,
    destination: &'a str,
    status: &'a str,
    payout: &'a str,
    at_ms: i64,
}

async fn convert(world: &World, workspace: &str, conversion: Conversion<'_>) {
    let Conversion { id, version, stream, destination, status, payout, at_ms } = conversion;
    let sql = format!(
        "INSERT INTO conversion_events (event_id, conversion_id, version, workspace_id, stream_id, destination_id, created_at, \
         status, payout, currency) VALUES ('{id}-{version}', '{id}', {version}, '{workspace}', '{stream}', '{destination}', \
         fromUnixTimestamp64Milli({at_ms}), '{status}', {payout}, 'USD')"
    );
    world.clickhouse(&sql).await;
}

async fn campaign(world: &World, slug: &str, stream: Value) -> (String, String) {
    let body = json!({ "name": slug, "slug": slug, "streams": [stream] });
    let campaign = world.post("/api/campaigns", body).await;
    assert_eq!(campaign.status, 201, "{}", campaign.body);
    let streams = world.get(&format!("/api/campaigns/{}/streams", campaign.id())).await.body;
    let stream = streams["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{streams}"));
    (campaign.id().to_owned(), stream.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_and_earnings_are_of_the_window_and_count_repeats_once() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let empty = pull(&world, &[]).await.unwrap();
    assert_eq!((empty.caps.len(), empty.earned.len(), empty.seen.len()), (0, 0, 0));

    let [a, b] = [world.destination("a").await, world.destination("b").await];
    let caps = json!([
        { "metric": "conversions", "limit": "10", "window_hours": 2 },
        { "metric": "revenue", "limit": "100", "window_hours": 24 },
        { "metric": "conversions", "limit": "9", "calendar_timezone": "UTC" },
        { "metric": "clicks", "limit": "10", "window_hours": 2 },
    ]);
    let path = format!("/api/destinations/{a}");
    let patched = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "caps": caps }))).await;
    assert_eq!(patched.status, 200, "{}", patched.body);
    let targets = json!([{ "destination_id": a, "weight": 1 }, { "destination_id": b, "weight": 1 }]);
    let best = json!({ "window_hours": 3, "min_clicks": 1, "exploration_percent": 0 });
    let stream = json!({ "name": "s", "strategy": "best_roi", "best_roi": best, "targets": targets });
    let (campaign, stream) = campaign(&world, "roi", stream).await;

    let now = now_ms();
    let mut lines = Vec::new();
    for seq in 1..=20_u64 {
        // The last five are before the window.
        let at_ms = if seq > 15 { now - 4 * MS_PER_HOUR } else { now - 1000 };
        let own = json!({ "workspace_id": workspace, "campaign_id": campaign, "stream_id": stream, "created_at": at_ms,
            "destination_id": if seq % 3 == 0 { &b } else { &a }, "cost": "0.25", "is_bot": seq == 1, "decision": "routed" });
        lines.extend(click("n1", 7, seq, own));
    }
    for _ in 0..2 {
        assert_eq!(world.ingest("n1", 7, (1, 20), lines.clone()).await.status, 200);
    }
    let conversion = |id, version, status, payout, at_ms| Conversion {
        id,
        version,
        stream: &stream,
        destination: &a,
        status,
        payout,
        at_ms,
    };
    let conversions = [
        conversion("sold", 1, "lead", "0", now - 5000),
        conversion("sold", 2, "sale", "7.5", now - 5000),
        conversion("sold", 2, "sale", "7.5", now - 5000),
        conversion("held", 1, "hold", "3", now - 5000),
        conversion("taken-back", 1, "sale", "50", now - 5000),
        conversion("taken-back", 2, "rejected", "50", now - 5000),
        conversion("three-hours-ago", 1, "sale", "1.25", now - 3 * MS_PER_HOUR - 120_000),
        conversion("yesterday", 1, "sale", "1000", now - 25 * MS_PER_HOUR),
    ];
    for conversion in conversions {
        convert(&world, &workspace, conversion).await;
    }

    let feed = fresh(&world).await;
    let cap = |key: &str| {
        let id = CapId::of(&a, key).0;
        feed.caps.iter().find(|cap| cap.cap == id).map(|cap| (cap.used_units, cap.until_ms.is_some()))
    };
    assert_eq!(cap("conversions:2h"), Some((2_000_000, false)));
    assert_eq!(cap("revenue:24h"), Some((8_750_000, false)));
    assert_eq!(cap("clicks:2h"), None, "nodes spend that one");
    // Around midnight what is of today is less.
    let day = now - now.rem_euclid(24 * MS_PER_HOUR);
    let times = [now - 5000, now - 5000, now - 3 * MS_PER_HOUR - 120_000];
    let today = times.into_iter().filter(|at_ms| *at_ms >= day).count() as i64;
    assert_eq!(cap("conversions:day:UTC").map_or(0, |(used, _)| used), today * 1_000_000);

    let [stream_earned] = &feed.earned[..] else { panic!("{:?}", feed.earned) };
    assert_eq!(*stream_earned.stream_id, *stream);
    let earned: BTreeMap<&str, (u64, String, String)> = stream_earned
        .destinations
        .iter()
        .map(|e| {
            let money = |amount: String| amount.parse::<f64>().unwrap().to_string();
            (&*e.destination_id, (e.clicks, money(e.cost.to_string()), money(e.revenue.to_string())))
        })
        .collect();
    // Of 15 clicks 5 went to b; of the 10 at a one was a machine's, which cost all the same.
    assert_eq!(earned[&*a], (9, "2.5".into(), "7.5".into()));
    assert_eq!(earned[&*b], (5, "1.25".into(), "0".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mark_of_a_node_stops_before_a_gap() {
    let world = World::start().await;
    let batch = |epoch: u64, first: u64, last: u64| {
        let at = json!({ "workspace_id": "w", "created_at": now_ms() });
        (first..=last).flat_map(|seq| click("n1", epoch, seq, at.clone())).collect::<Vec<u8>>()
    };
    let send = async |epoch, first, last| {
        let answer = world.ingest("n1", epoch, (first, last), batch(epoch, first, last)).await;
        assert_eq!((answer.status, &answer.body["rejected"]), (200, &json!(0)));
    };
    let marks = async || -> Vec<(u64, u64)> {
        let feed = fresh(&world).await;
        feed.watermark.iter().filter(|mark| mark.node_id == "n1").map(|m| (m.node_epoch, m.seq)).collect()
    };
    // The first computation reads everything, those after it what is new.
    send(1, 1, 10).await;
    send(1, 15, 20).await;
    assert_eq!(marks().await, [(1, 10)]);
    send(1, 11, 12).await;
    send(2, 2, 5).await;
    assert_eq!(marks().await, [(1, 12), (2, 0)]);
    send(1, 10, 13).await;
    send(2, 1, 1).await;
    assert_eq!(marks().await, [(1, 13), (2, 5)]);
    // A gap that the node names is explained.
    let gap = "INSERT INTO node_gap_events (event_id, node_id, node_epoch, node_seq, created_at, first_seq, last_seq, reason) \
               VALUES ('g', 'n1', 1, 21, now64(3), 14, 14, 'outbox_full')";
    world.clickhouse(gap).await;
    assert_eq!(marks().await, [(1, 21), (2, 5)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_computation_serves_all_who_ask_and_none_is_for_strangers() {
    let world = World::start().await;
    let url = world.url("/internal/v1/runtime");
    assert_eq!(world.client.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(world.client.get(&url).bearer_auth("wrong").send().await.unwrap().status(), 401);
    assert_eq!(pull(&world, &[("since", "x")]).await, Err(400));

    let workspace = world.workspace_id().await;
    let destination = world.destination("capped").await;
    let caps = json!([{ "metric": "conversions", "limit": "1", "window_hours": 1 }]);
    let change = json!({ "revision": 1, "caps": caps });
    world.call(Method::PATCH, &format!("/api/destinations/{destination}"), Some(change)).await;
    fresh(&world).await;
    let all = futures_util::future::join_all((0..20).map(|_| pull(&world, &[]))).await;
    let mut times: Vec<i64> = all.into_iter().map(|feed| feed.unwrap().computed_at_ms).collect();
    times.dedup();
    assert!(times.len() <= 2, "computed at {times:?}");

    let conversion = Conversion {
        id: "c",
        version: 1,
        stream: "",
        destination: &destination,
        status: "lead",
        payout: "0",
        at_ms: now_ms(),
    };
    convert(&world, &workspace, conversion).await;
    eventually("the conversion is in the feed", async || {
        pull(&world, &[]).await.unwrap().caps.iter().any(|cap| cap.used_units == 1_000_000)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_come_page_by_page_and_then_only_new_ones() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let visited = async |users: &str, node: &str, at_ms: i64| {
        let sql = format!(
            "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, workspace_id, created_at, destination_id, user_key) \
             SELECT toString(number), '{node}', 1, number + 1, '{workspace}', fromUnixTimestamp64Milli({at_ms}), 'd', \
             lower(leftPad(hex(number), 16, '0')) FROM numbers({users})"
        );
        world.clickhouse(&sql).await;
    };
    // More than a page, in one insert and so of one time of arrival; and some from before the window.
    let count = MAX_SEEN as u64 * 2 + 10;
    visited(&count.to_string(), "n1", now_ms()).await;
    visited("5", "n2", now_ms() - 3 * MS_PER_HOUR).await;
    assert_eq!(fresh(&world).await.seen, [], "nobody asks for visits yet");

    let destination = world.destination("a").await;
    let targets = json!([{ "destination_id": destination, "weight": 1 }]);
    let policy = json!({ "user_key": "sub1", "history_window_hours": 2 });
    let stream = json!({ "name": "s", "targets": targets, "unique_policy": policy });
    let (campaign, _) = campaign(&world, "once", stream).await;

    let first = fresh(&world).await;
    assert_eq!((first.seen_window_hours, first.seen.len(), first.more), (2, MAX_SEEN, true));
    let mut users: Vec<u64> = first.seen.iter().map(|seen| seen.user).collect();
    let mut feed = first;
    while feed.more {
        feed = pull(&world, &[("since", &feed.cursor), ("generation", &feed.generation)]).await.unwrap();
        users.extend(feed.seen.iter().map(|seen| seen.user));
    }
    assert_eq!(users.len() as u64, count, "each once");
    users.sort_unstable();
    assert!(users.iter().copied().eq(0..count));
    let whole = pull(&world, &[("since", &feed.cursor), ("generation", "another")]).await.unwrap();
    assert_eq!(whole.seen.len(), MAX_SEEN, "from the beginning");

    // A click that is replayed stays one visit; a new one comes with the next answer.
    let own = json!({ "workspace_id": workspace, "campaign_id": campaign, "created_at": now_ms(), "destination_id": "d2",
        "user_key": "00000000000000ff" });
    for _ in 0..2 {
        world.ingest("n3", 1, (1, 1), click("n3", 1, 1, own.clone())).await;
    }
    let next = pull(&world, &[("since", &feed.cursor), ("generation", &feed.generation)]).await.unwrap();
    let mut last = next;
    let mut new = Vec::new();
    loop {
        new.extend(last.seen.iter().filter(|seen| *seen.destination_id == *"d2").cloned());
        if !last.more {
            break;
        }
        last = pull(&world, &[("since", &last.cursor), ("generation", &last.generation)]).await.unwrap();
    }
    assert!(!new.is_empty() && new.iter().all(|seen| (seen.user, seen.at_ms) == (255, new[0].at_ms)));

    // Visits that cannot be read keep nobody from all else, and are not passed over.
    world.clickhouse("ALTER TABLE click_events RENAME COLUMN user_key TO user_key_away").await;
    let position = [("since", &*feed.cursor), ("generation", &*feed.generation)];
    let without = pull(&world, &position).await.unwrap();
    assert_eq!((&without.cursor, without.seen.len(), without.more), (&feed.cursor, 0, false));
    assert!(!without.watermark.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn agreed_health_comes_from_the_catalogue() {
    let world = World::start().await;
    assert_eq!(fresh(&world).await.health, []);
    let client = mongodb::Client::with_uri_str(world.stack.variable("MONGO_URI")).await.unwrap();
    let database = client.database(world.stack.variable("MONGO_DATABASE"));
    let states = [("a", "healthy"), ("b", "unhealthy"), ("c", "degraded"), ("d", "something else")];
    let documents =
        states.map(|(id, current)| mongodb::bson::doc! { "_id": id, "current": current, "more": 1 });
    database.collection("destination_health").insert_many(documents).await.unwrap();
    let health = fresh(&world).await.health;
    let health: Vec<(&str, Health)> = health.iter().map(|h| (&*h.destination_id, h.state)).collect();
    assert_eq!(health, [("b", Health::Unhealthy)]);
}
