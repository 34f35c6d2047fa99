//! What a stream's and a destination's conditions make of clicks, on a running node.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use crate::world::{Node, World, eventually};

pub const LIMIT: Duration = Duration::from_secs(10);
pub const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

fn only(field: &str, value: &str) -> Value {
    json!({ "all": [{ "condition": { "field": field, "operator": "eq", "values": [value] } }] })
}

pub fn to(destination: &str) -> Value {
    json!([{ "destination_id": destination, "weight": 1 }])
}

pub async fn host(node: &Node, path: &str) -> String {
    let answer = node.get_with(path, &[("user-agent", AGENT)]).await;
    match answer.status {
        302 => answer.location().host_str().unwrap().to_owned(),
        _ => answer.error_code(),
    }
}

/// How often each reason was written down.
async fn reasons(world: &World) -> BTreeMap<String, u64> {
    let rows =
        world.rows("SELECT reason, count() FROM trafficback_events FINAL GROUP BY reason FORMAT TSV").await;
    rows.lines()
        .map(|row| row.split_once('\t').unwrap())
        .map(|(reason, n)| (reason.to_owned(), n.parse().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn forced_streams_come_first_and_default_ones_last() {
    let world = World::start().await;
    let mut destination = BTreeMap::new();
    for name in ["forced", "regular", "default"] {
        destination.insert(name, world.destination(&format!("https://{name}.example/?c={{click_id}}")).await);
    }
    let stream = |name: &str, position: u32, rules: Value| json!({ "name": name, "kind": name, "position": position, "rules": rules, "targets": to(&destination[name]) });
    world
        .campaign_with_streams(
            "kinds",
            json!([
                stream("default", 1, json!({ "all": [] })),
                stream("regular", 2, only("sub1", "r")),
                stream("forced", 3, only("sub2", "f")),
            ]),
        )
        .await;
    let node = world.node("node-a").await;
    assert_eq!(host(&node, "/c/kinds?sub1=r&sub2=f").await, "forced.example");
    assert_eq!(host(&node, "/c/kinds?sub1=r").await, "regular.example");
    assert_eq!(host(&node, "/c/kinds").await, "default.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn sticky_round_robin_and_unique_users() {
    let world = World::start().await;
    let mut targets = Vec::new();
    for name in ["a", "b", "c"] {
        let id = world.destination(&format!("https://{name}.example/?c={{click_id}}")).await;
        targets.push(json!({ "destination_id": id, "weight": 1 }));
    }
    let targets = Value::Array(targets);
    let campaign = async |slug: &str, more: Value| {
        let mut stream = json!({ "name": "s", "targets": targets });
        stream.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.campaign_with_streams(slug, json!([stream])).await
    };
    campaign("sticky", json!({ "strategy": "weighted", "sticky": "query.uid" })).await;
    campaign("turns", json!({ "strategy": "round_robin" })).await;
    let policy = |mode: &str| json!({ "strategy": "waterfall", "unique_policy": { "user_key": "sub1", "history_window_hours": 24, "exhausted_mode": mode } });
    campaign("once", policy("no_destination")).await;
    campaign("again", policy("allow_repeat")).await;
    let mut node = world.node("node-a").await;

    let mut by_user = BTreeMap::new();
    for click in 0..60 {
        let user = click % 20;
        let went = host(&node, &format!("/c/sticky?uid=user-{user}")).await;
        assert_eq!(by_user.entry(user).or_insert_with(|| went.clone()), &went, "user {user} stays");
    }
    let used: std::collections::BTreeSet<_> = by_user.values().collect();
    assert_eq!(used.len(), 3, "20 users spread over all three");

    let mut turns = Vec::new();
    for _ in 0..6 {
        turns.push(host(&node, "/c/turns").await);
    }
    assert_eq!(turns, ["a.example", "b.example", "c.example", "a.example", "b.example", "c.example"]);

    for slug in ["once", "again"] {
        assert_eq!(host(&node, &format!("/c/{slug}?sub1={slug}")).await, "a.example");
        assert_eq!(host(&node, &format!("/c/{slug}?sub1={slug}")).await, "b.example");
        assert_eq!(host(&node, &format!("/c/{slug}?sub1=else-{slug}")).await, "a.example", "another user");
    }
    // The node knows its own clicks whatever happens to it.
    node.kill_and_restart().await;
    for slug in ["once", "again"] {
        assert_eq!(host(&node, &format!("/c/{slug}?sub1={slug}")).await, "c.example");
    }
    assert_eq!(host(&node, "/c/again?sub1=again").await, "a.example", "all were seen: from the first again");
    assert_eq!(host(&node, "/c/once?sub1=once").await, "no_route");
    assert_eq!(host(&node, "/c/once").await, "a.example", "a click without the key is nobody in particular");
    eventually("the reason is stored", LIMIT, async || {
        reasons(&world).await.get("all_destinations_seen") == Some(&1)
    })
    .await;
}

/// Each destination is closed for one reason, and the reason is written down once.
#[tokio::test(flavor = "multi_thread")]
async fn what_closes_a_destination_is_named() {
    let world = World::start().await;
    let cases = [
        ("destination_disabled", json!({ "status": "paused" })),
        ("geo_not_allowed", json!({ "geo": { "allow": ["DE"] } })),
        ("device_not_allowed", json!({ "device_types": ["mobile"] })),
        ("cap_reached", json!({ "caps": [{ "metric": "clicks", "limit": "0", "window_hours": 1 }] })),
    ];
    let node = world.node("node-a").await;
    for (reason, closed) in &cases {
        let slug = reason.replace('_', "-");
        let destination =
            world.destination_with("https://closed.example/?c={click_id}", closed.clone()).await;
        world.campaign_with_streams(&slug, json!([{ "name": "s", "targets": to(&destination) }])).await;
        eventually("the campaign is known", LIMIT, async || {
            host(&node, &format!("/c/{slug}")).await == "no_route"
        })
        .await;
    }
    let yesterday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][(weekday() + 5) % 7];
    let schedule = json!({ "timezone": "UTC", "windows": [{ "weekdays": [yesterday], "start": "00:00", "end": "12:00" }] });
    let destination =
        world.destination_with("https://closed.example/?c={click_id}", json!({ "schedule": schedule })).await;
    world
        .campaign_with_streams("schedule-closed", json!([{ "name": "s", "targets": to(&destination) }]))
        .await;
    eventually("the campaign is known", LIMIT, async || {
        host(&node, "/c/schedule-closed").await == "no_route"
    })
    .await;
    eventually("each reason is stored", LIMIT, async || {
        let stored = reasons(&world).await;
        cases
            .iter()
            .map(|(reason, _)| *reason)
            .chain(["schedule_closed"])
            .all(|reason| stored.contains_key(reason))
    })
    .await;
}

/// 0 is Monday, in UTC.
fn weekday() -> usize {
    let days = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    (days as usize + 3) % 7
}

/// An address of a German and of an American university, and one of nobody.
const COUNTRIES: [(&str, &str); 3] = [("DE", "141.20.1.1"), ("US", "18.9.22.169"), ("", "127.0.0.1")];

#[tokio::test(flavor = "multi_thread")]
async fn the_most_specific_country_list_wins() {
    let world = World::start().await;
    let open = world.destination("https://open.example/?c={click_id}").await;
    let german = world
        .destination_with("https://german.example/?c={click_id}", json!({ "geo": { "allow": ["DE"] } }))
        .await;
    let plain = world.campaign_with_streams("plain", json!([{ "name": "s", "targets": to(&open) }])).await;
    world.campaign_with_streams("german", json!([{ "name": "s", "targets": to(&german) }])).await;
    let countries = traffoflex_local::engines::geoip::country_path().unwrap();
    let settings =
        [("GEOIP_COUNTRY_PATH", countries.to_str().unwrap()), ("TRUSTED_PROXY_CIDRS", "127.0.0.1/32")];
    let node = world.node_with("node-a", &settings).await;
    let who_gets_through = async |slug: &str| {
        let mut through = Vec::new();
        for (country, address) in COUNTRIES {
            let headers = [("user-agent", AGENT), ("x-forwarded-for", address)];
            if node.get_with(&format!("/c/{slug}"), &headers).await.status == 302 {
                through.push(country);
            }
        }
        through
    };
    let becomes = async |slug: &str, expected: &[&str]| {
        let what = format!("{slug} is open for {expected:?}");
        eventually(&what, LIMIT, async || who_gets_through(slug).await == expected).await;
    };
    becomes("plain", &["DE", "US", ""]).await;
    becomes("german", &["DE"]).await;
    world.patch_workspace(json!({ "geo": { "block": ["DE"] } })).await;
    becomes("plain", &["US", ""]).await;
    // A destination lets in whom the workspace keeps out, and a campaign does.
    becomes("german", &["DE"]).await;
    world.patch("/api/campaigns", &plain.id, json!({ "geo": { "allow": ["DE"] } })).await;
    becomes("plain", &["DE"]).await;
    world.patch("/api/campaigns", &plain.id, json!({ "geo": { "block": ["US"] } })).await;
    becomes("plain", &[""]).await;
    world
        .patch("/api/destinations", &open, json!({ "geo": { "allow": ["US", "DE"], "block": ["DE"] } }))
        .await;
    becomes("plain", &["US"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unique_and_duplicate_clicks_are_flagged_and_still_redirected() {
    let world = World::start().await;
    let campaign = world.campaign("visits", "https://offer.example/?c={click_id}").await;
    let unique = world.destination("https://unique.example/?c={click_id}").await;
    world
        .campaign_with_streams("rule", json!([
            { "name": "first", "position": 1, "rules": only("is_unique", "true"), "targets": to(&unique) },
        ]))
        .await;
    let mut node = world.node("node-a").await;
    for _ in 0..3 {
        assert_eq!(host(&node, "/c/visits").await, "offer.example");
    }
    assert_eq!(node.get_with("/c/visits", &[("user-agent", "Other/1.0")]).await.status, 302);
    assert_eq!(host(&node, "/c/rule").await, "unique.example");
    assert_eq!(host(&node, "/c/rule").await, "no_route");
    // A graceful stop forgets no visitor.
    node.stop().await;
    node.start_again().await;
    assert_eq!(host(&node, "/c/visits").await, "offer.example");
    world.wait_for_clicks(7).await;
    let overview = world.report("overview", &[("campaign", &campaign.id)]).await;
    assert_eq!(overview["clicks"], 5, "{overview}");
    assert_eq!(overview["unique_clicks"], 2, "{overview}");
    assert!(overview["duplicate_clicks"].as_u64().unwrap() >= 2, "{overview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trafficback_goes_from_campaign_to_workspace_to_fallback_and_never_in_circles() {
    let world = World::start().await;
    let campaign = world.campaign_with_streams("tb", json!([])).await;
    let mut node = world.node("node-a").await;
    assert_eq!(host(&node, "/c/tb").await, "no_route");
    let of_workspace = world.destination("https://workspace.example/?c={click_id}").await;
    world.patch_workspace(json!({ "trafficback_destination_id": of_workspace })).await;
    eventually("the workspace takes it", LIMIT, async || host(&node, "/c/tb").await == "workspace.example")
        .await;
    let of_campaign = world.destination("https://campaign.example/?c={click_id}").await;
    world.patch("/api/campaigns", &campaign.id, json!({ "trafficback_destination_id": of_campaign })).await;
    eventually("the campaign takes it", LIMIT, async || host(&node, "/c/tb").await == "campaign.example")
        .await;
    for reason in traffoflex_model::TrafficbackReason::ALL {
        assert_eq!(host(&node, &format!("/tb/tb?reason={}", reason.as_str())).await, "campaign.example");
    }
    eventually("every reason is stored", LIMIT, async || reasons(&world).await.len() == 14).await;
    let report = world.report("trafficback", &[("campaign", &campaign.id)]).await;
    assert_eq!(report["total"], 14, "{report}");
    let sent = |row: &Value| row["reason"] == "link_expired" && row["clicks"] == 1 && row["redirected"] == 1;
    assert!(report["items"].as_array().unwrap().iter().any(sent), "{report}");
    assert_eq!(world.report("trafficback", &[("campaign", "another")]).await["total"], 0);
    let deep = node.get("/tb/tb?tb_depth=4").await;
    assert_eq!((deep.status, deep.error_code()), (429, "trafficback_limit".to_owned()));
    assert_eq!(node.get("/tb/tb?depth=3").await.status, 429);
    assert_eq!(node.get("/tb/nobody").await.error_code(), "campaign_not_found");

    // A chain of campaigns of ours, longer than the limit.
    let port = node.port();
    for n in (0..6).rev() {
        let next = world.destination(&format!("http://127.0.0.1:{port}/tb/chain-{}?x=1#f", n + 1)).await;
        let link = world.campaign_with_streams(&format!("chain-{n}"), json!([])).await;
        world.patch("/api/campaigns", &link.id, json!({ "trafficback_destination_id": next })).await;
    }
    // And a circle.
    let home = world.destination(&format!("http://127.0.0.1:{port}/c/circle")).await;
    let circle = world.campaign_with_streams("circle", json!([{ "name": "s", "targets": to(&home) }])).await;
    world.patch("/api/campaigns", &circle.id, json!({ "fallback_destination_id": of_campaign })).await;
    world.patch_workspace(json!({ "trafficback_destination_id": null })).await;
    node.kill_and_restart().await;
    eventually("the last edit is known", LIMIT, async || {
        world.snapshot_version().await == node.snapshot_version().await
    })
    .await;
    let (hops, last) = follow(&node, "/c/chain-0").await;
    assert_eq!((hops, last.as_str()), (3, "trafficback_limit"));
    assert_eq!(follow(&node, "/c/circle").await, (1, "campaign.example".to_owned()));
}

/// Follows redirects to the node itself; how many, and how it ended.
async fn follow(node: &Node, path: &str) -> (usize, String) {
    let mut path = path.to_owned();
    for hops in 0..20 {
        let answer = node.get_with(&path, &[("user-agent", AGENT)]).await;
        if answer.status != 302 {
            return (hops, answer.error_code());
        }
        let location = answer.location();
        if location.host_str() != Some("127.0.0.1") {
            return (hops, location.host_str().unwrap().to_owned());
        }
        path = format!("{}?{}", location.path(), location.query().unwrap_or_default());
    }
    panic!("it goes round for ever");
}
