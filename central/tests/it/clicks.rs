//! Clicks are found by their ids, with all that a call to their source can say.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::{ClickIdKey, FoundClick, NodeSettings};
use traffoflex_routing::click_id::ClickIdKeyring;
use traffoflex_wire::click_lookup::{FoundClicks, MAX_IDS, PATH};

use crate::world::{World, click};

const AT_MS: i64 = 1_763_700_000_000;
const HOUR_MS: i64 = 3_600_000;

/// Central checks no MAC, so that any key will do.
fn mint(at_ms: i64, sequence: u32) -> String {
    let click_id_keys = vec![ClickIdKey { key: [1; 16] }];
    let settings = NodeSettings { click_id_keys, ip_hash_key: [0; 16], link_keys: Vec::new() };
    ClickIdKeyring::new(&settings).unwrap().mint(at_ms, 7, sequence).to_string()
}

async fn look_up(world: &World, ids: &[&str]) -> Vec<FoundClick> {
    let answer = world.call_as(Method::POST, PATH, Some(json!({ "click_ids": ids })), NODE_TOKEN).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut found = serde_json::from_value::<FoundClicks>(answer.body).unwrap().clicks;
    found.sort_by(|a, b| a.click_id.cmp(&b.click_id));
    found
}

/// A click and all that is known of it.
fn whole(id: &str, at_ms: i64) -> (Value, FoundClick) {
    let sent = json!({
        "click_id": id, "created_at": at_ms, "workspace_id": "w", "campaign_id": "c", "stream_id": "s",
        "destination_id": "d", "source_id": "src", "source_click_id": "sc", "sub1": "one", "sub10": "ten's \\ \"",
        "utm_source": "us", "utm_medium": "um", "utm_campaign": "uc", "utm_content": "uo", "utm_term": "ut",
        "geo_country": "DE", "geo_region": "BE", "city": "Berlin", "isp": "Isp", "asn": 3320, "device_type": "mobile",
        "os": "Android", "browser": "Chrome", "language": "de", "ip": "203.0.113.7", "user_agent": "Agent",
        "referrer": "https://r.example/", "cost": "0.0125", "currency": "EUR", "query": { "zone": "4'2", "a": "ü" },
        "decision": "routed",
    });
    let mut subs: [String; 10] = Default::default();
    (subs[0], subs[9]) = ("one".into(), "ten's \\ \"".into());
    let text = str::to_owned;
    let found = FoundClick {
        click_id: text(id),
        created_at: at_ms,
        workspace_id: text("w"),
        campaign_id: text("c"),
        stream_id: text("s"),
        destination_id: text("d"),
        source_id: text("src"),
        source_click_id: text("sc"),
        subs,
        utm_source: text("us"),
        utm_medium: text("um"),
        utm_campaign: text("uc"),
        utm_content: text("uo"),
        utm_term: text("ut"),
        geo_country: text("DE"),
        geo_region: text("BE"),
        city: text("Berlin"),
        isp: text("Isp"),
        asn: 3320,
        device_type: text("mobile"),
        os: text("Android"),
        browser: text("Chrome"),
        language: text("de"),
        ip: text("203.0.113.7"),
        user_agent: text("Agent"),
        referrer: text("https://r.example/"),
        cost: "0.0125".parse().unwrap(),
        currency: text("EUR"),
        query: vec![(text("zone"), text("4'2")), (text("a"), text("ü"))],
    };
    (sent, found)
}

async fn ingest(world: &World, first_seq: u64, clicks: &[Value]) {
    let lines: Vec<u8> =
        clicks.iter().zip(first_seq..).flat_map(|(own, seq)| click("n1", 7, seq, own.clone())).collect();
    // Twice: a repeat is the same click.
    for _ in 0..2 {
        let answer =
            world.ingest("n1", 7, (first_seq, first_seq + clicks.len() as u64 - 1), lines.clone()).await;
        assert_eq!((answer.status, &answer.body["rejected"]), (200, &json!(0)), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_is_found_with_all_that_is_known_of_it() {
    let mut world = World::start().await;
    let (id, old, unknown) = (mint(AT_MS, 1), mint(AT_MS - 90 * 24 * HOUR_MS, 2), mint(AT_MS, 3));
    let (sent, mut expected) = whole(&id, AT_MS);
    let others =
        (0..50).map(|n| json!({ "click_id": mint(AT_MS + n, 100 + n as u32), "created_at": AT_MS + n }));
    let bare = json!({ "click_id": old, "created_at": AT_MS - 90 * 24 * HOUR_MS, "campaign_id": "old" });
    ingest(&world, 1, &[vec![sent, bare], others.collect()].concat()).await;

    let mut found = look_up(&world, &[&id, &id, &unknown, "malformed", "' OR 1 --", ""]).await;
    // Pairs of a map have no order.
    found[0].query.sort();
    expected.query.sort();
    assert_eq!(found, [expected]);
    let both = look_up(&world, &[&id, &old]).await;
    let campaigns: Vec<&str> = both.iter().map(|click| &*click.campaign_id).collect();
    assert_eq!(both.len(), 2, "{campaigns:?}");
    assert!(campaigns.contains(&"old") && campaigns.contains(&"c"));
    assert!(look_up(&world, &[&unknown, &mint(0, 1), &mint((1 << 48) - 1, 1)]).await.is_empty());
    assert!(look_up(&world, &[]).await.is_empty());

    let many: Vec<String> =
        (0..MAX_IDS as u32).map(|n| mint(AT_MS - i64::from(n) * HOUR_MS, 100 + n)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(look_up(&world, &many).await.len(), 1, "the first of them is one of the others");
    let too_many = json!({ "click_ids": vec![&id; MAX_IDS + 1] });
    assert_eq!(world.call_as(Method::POST, PATH, Some(too_many.clone()), NODE_TOKEN).await.status, 400);
    assert_eq!(world.call_as(Method::POST, PATH, Some(too_many), "wrong").await.status, 401);

    world.stack.stop_clickhouse().await.unwrap();
    let asked = json!({ "click_ids": [id] });
    assert_eq!(world.call_as(Method::POST, PATH, Some(asked), NODE_TOKEN).await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_landing_page_the_click_ends_at_the_offer() {
    let world = World::start().await;
    let ids: Vec<String> = (0..5).map(|n| mint(AT_MS + n, n as u32)).collect();
    let first = |n: usize| {
        json!({ "click_id": ids[n], "created_at": AT_MS + n as i64, "campaign_id": "c", "destination_id": "landing",
            "landing_id": "landing", "decision": "routed", "cost": "1", "sub1": "first" })
    };
    let second = |n: usize, after_ms: i64, destination: &str, decision: &str| {
        json!({ "click_id": ids[n], "created_at": AT_MS + after_ms, "campaign_id": "c", "destination_id": destination,
            "landing_id": "landing", "decision": decision, "is_second_step": true, "sub1": "second" })
    };
    let clicks = [
        first(0),
        second(0, HOUR_MS, "offer", "landing_click"),
        // Twice through the page: the last one that led somewhere.
        first(1),
        second(1, 5 * 24 * HOUR_MS, "last", "landing_click"),
        second(1, HOUR_MS, "earlier", "landing_click"),
        second(1, 6 * 24 * HOUR_MS, "", "no_route"),
        second(1, 6 * 24 * HOUR_MS + 1, "away", "trafficback"),
        // The visitor never went on.
        first(2),
        // A second step whose click is still on its way.
        second(3, HOUR_MS, "offer", "landing_click"),
    ];
    ingest(&world, 1, &clicks).await;
    let found = look_up(&world, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let told: Vec<(&str, &str, i64, &str)> = found
        .iter()
        .map(|click| (&*click.click_id, &*click.destination_id, click.created_at, &*click.subs[0]))
        .collect();
    let mut expected = vec![
        (&*ids[0], "offer", AT_MS, "first"),
        (&*ids[1], "last", AT_MS + 1, "first"),
        (&*ids[2], "landing", AT_MS + 2, "first"),
    ];
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert!(found.iter().all(|click| click.cost == 1.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_found_click_cost_what_was_said_last() {
    let world = World::start().await;
    let id = mint(AT_MS, 1);
    let sent =
        json!({ "click_id": id, "created_at": AT_MS, "campaign_id": "c", "cost": "1", "currency": "USD" });
    // No part is merged with another, so that all versions are there.
    world.clickhouse("SYSTEM STOP MERGES click_events").await;
    ingest(&world, 1, std::slice::from_ref(&sent)).await;
    for (version, cost) in [(256, "2.5"), (768, "0.125"), (512, "9")] {
        let corrected = format!(
            "INSERT INTO click_events SELECT * REPLACE (toDecimal64('{cost}', 6) AS cost, 'EUR' AS currency, \
             {version} AS cost_version) FROM click_events LIMIT 1"
        );
        world.clickhouse(&corrected).await;
    }
    ingest(&world, 1, &[sent]).await;
    let found = look_up(&world, &[&id]).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].cost.to_string(), &*found[0].currency), ("0.125".to_owned(), "EUR"));
}
