//! The click log: pages, filters and names, and the whole story of one click.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;

use crate::world::{
    World,
    logged::{identified, mint, now_ms},
};

fn seqs(body: &Value) -> Vec<u64> {
    let of = |item: &Value| item["event_id"].as_str().unwrap().rsplit('.').next().unwrap().parse().unwrap();
    body["items"].as_array().unwrap_or_else(|| panic!("{body}")).iter().map(of).collect()
}

async fn listed(world: &World, query: &str) -> Vec<u64> {
    let answer = world.get(&format!("/api/clicks?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    seqs(&answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_are_listed_once_and_pages_follow_one_another() {
    let world = World::start().await;
    let (w, now) = (world.workspace_id().await, now_ms());
    let destination = world.destination("shop").await;
    let of = |ago_ms: i64, own: Value| {
        let mut click =
            json!({ "workspace_id": w, "created_at": now - ago_ms, "campaign_id": "c1", "currency": "USD" });
        click.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        click
    };
    let day = 24 * 3_600_000;
    let clicks = [
        of(
            0,
            json!({ "destination_id": destination, "geo_country": "DE", "sub3": "zone-7", "is_unique": true, "cost": "0.5" }),
        ),
        // Three of the same millisecond.
        of(1000, json!({ "campaign_id": "c2", "is_bot": true, "device_type": "mobile" })),
        of(1000, json!({ "source_click_id": "sc-1", "ip_hash": "00ff", "ip_prefix": "203.0.113.0/24" })),
        of(
            1000,
            json!({ "user_agent": "Curl/8 (Very Odd)", "os": "Linux", "browser": "Firefox",
            "query": { "cpc": "0.45", "payout": "7" }, "referrer": "https://page.example/offer?cost=0.4567" }),
        ),
        of(2 * day, json!({ "decision": "no_route", "raw_query": "cost=1" })),
        of(10 * day, json!({ "source_click_id": "old" })),
        of(500, json!({ "decision": "landing_click", "is_second_step": true })),
    ];
    // What is delivered again is the same click.
    for _ in 0..2 {
        world.clicks("n1", 1, &clicks).await;
    }
    world.clicks("n2", 1, &[json!({ "workspace_id": "another", "created_at": now })]).await;
    // A correction of the first one's cost.
    world
        .clickhouse(
            "INSERT INTO click_events SELECT * REPLACE (toDecimal64(0.75, 6) AS cost, 9 AS cost_version) \
             FROM click_events WHERE event_id = 'n1.1.1' LIMIT 1",
        )
        .await;

    let all = world.get("/api/clicks?total=true").await.body;
    assert_eq!(seqs(&all), [1, 4, 3, 2, 5], "the week's, without second steps");
    assert_eq!(
        (&all["total"], &all["total_is_exact"], &all["next"]),
        (&json!(5), &json!(true), &Value::Null)
    );
    let first = &all["items"][0];
    assert_eq!((&first["cost"], &first["destination_name"]), (&json!("0.75"), &json!("shop")));
    assert_eq!((&first["campaign_name"], &first["sub3"]), (&Value::Null, &json!("zone-7")));
    assert_eq!(
        first["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond(),
        now
    );

    let (mut found, mut next) = (Vec::new(), Some(String::new()));
    while let Some(before) = next {
        let before = if before.is_empty() { before } else { format!("&before={before}") };
        let page = world.get(&format!("/api/clicks?limit=2&second_steps=true{before}")).await.body;
        found.extend(seqs(&page));
        next = page["next"].as_str().map(str::to_owned);
        assert!(found.len() <= 6, "{found:?}");
    }
    assert_eq!(found, [1, 7, 4, 3, 2, 5], "none twice, none left out");

    let cases: [(&str, &[u64]); 17] = [
        ("campaign_id=c2", &[2]),
        ("campaign_id=c1,c2&limit=2", &[1, 4]),
        (&format!("destination_id={destination}"), &[1]),
        ("country=de", &[1]),
        ("sub3=zone-7", &[1]),
        ("is_unique=true", &[1]),
        ("is_bot=true", &[2]),
        ("is_bot=false&device_type=mobile", &[]),
        ("device_type=mobile", &[2]),
        ("ip_hash=00ff", &[3]),
        ("ip_prefix=203.0.113.0/24", &[3]),
        ("q=very%20odd", &[4]),
        ("os=Linux&browser=Firefox", &[4]),
        ("decision=no_route", &[5]),
        ("source_click_id=old", &[6]),
        ("click_id=click-n1-6", &[6]),
        ("source_click_id=x'%20OR%201", &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(listed(&world, query).await, expected, "{query}");
    }
    let time = |ago_ms: i64| jiff::Timestamp::from_millisecond(now - ago_ms).unwrap();
    assert_eq!(listed(&world, &format!("from={}&to={}", time(1000), time(999))).await, [4, 3, 2]);
    assert_eq!(listed(&world, &format!("from={}", time(30 * day))).await, [1, 4, 3, 2, 5, 6]);

    let wrong = world.get("/api/clicks?limit=0&is_bot=1&offset=1&nope=1&decision=x").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["limit", "is_bot", "offset", "nope", "decision"]));
    assert_eq!(world.get("/api/clicks?before=x").await.fields(), ["before"]);

    let masked = world.member("masked", None).await;
    let seen = world.get_as("/api/clicks?limit=500", &masked).await.body;
    assert_eq!(seqs(&seen), [1, 4, 3, 2, 5]);
    let hidden = |item: &Value| {
        let amounts = ["cost", "raw_query", "query"].into_iter().all(|name| item[name].is_null());
        amounts && !item["referrer"].as_str().unwrap().contains('?')
    };
    assert!(seen["items"].as_array().unwrap().iter().all(hidden), "{seen}");
    // Nor is it found out by searching.
    assert_eq!(listed(&world, "q=0.4567").await, [4]);
    assert_eq!(all["items"][1]["query"], json!({ "cpc": "0.45", "payout": "7" }));
    for (q, expected) in [("0.4567", vec![]), ("page.example", vec![4])] {
        let found = world.get_as(&format!("/api/clicks?q={q}"), &masked).await.body;
        assert_eq!(seqs(&found), expected, "{q}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_click_is_told_to_its_workspace_alone() {
    let world = World::start().await;
    let (w, at) = (world.workspace_id().await, now_ms() - 3_600_000);
    let id = mint(at, 1);
    let step = |at: i64, own: Value| {
        let mut click =
            json!({ "workspace_id": w, "click_id": id, "created_at": at, "campaign_id": "c", "cost": "2" });
        click.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        click
    };
    world
        .clicks(
            "n1",
            1,
            &[
                step(at, json!({ "landing_id": "page" })),
                step(
                    at + 5000,
                    json!({ "is_second_step": true, "decision": "landing_click", "destination_id": "offer" }),
                ),
            ],
        )
        .await;
    let back = json!({ "created_at": at, "click_id": id, "workspace_id": w, "campaign_id": "c", "stream_id": "",
        "destination_id": "", "reason": "cap_reached", "depth": 1, "visited_destinations": "" });
    for _ in 0..2 {
        assert_eq!(
            world.event("trafficback_events", "n1", 3, &identified("n1", 3, back.clone())).await,
            (1, 0)
        );
    }
    let came = json!({ "created_at": at + 9000, "postback_id": "p1", "workspace_id": w, "network_id": "net", "click_id": id,
        "transaction_id": "t1", "direction": "inbound", "status": "accepted", "error": "", "http_status": 200,
        "raw_payload": "{\"payout\":\"7\"}", "conversion_id": "conv", "target_id": "", "attempt": 0, "latency_ms": 0 });
    assert_eq!(world.event("postback_log_events", "n1", 4, &identified("n1", 4, came)).await, (1, 0));
    let claim = |claim: &str, status: &str, after_ms: i64| {
        json!({ "claim_id": claim, "kind": "postback", "conversion_id": "conv", "workspace_id": w, "network_id": "net",
            "transaction_id": "=t1()", "event_type": "", "repeat": "", "received_at": at + after_ms, "status": status,
            "raw_status": format!("@{status}"), "payout": "7", "currency": "USD", "duplicates": "update", "raw_payload": "{}",
            "click": { "attribution": "click", "click_id": id, "clicked_at": at, "campaign_id": "c", "stream_id": "s",
                "destination_id": "offer", "source_id": "src" } })
    };
    let batch = json!({ "node_id": "n1", "claims": [claim("a", "lead", 9000), claim("b", "sale", 9500)] });
    let mut batch = batch;
    let conversion = traffoflex_conversion::dedupe_key::conversion_id(&w, "net", "=t1()", "", "");
    for claim in batch["claims"].as_array_mut().unwrap() {
        claim["conversion_id"] = conversion.as_str().into();
    }
    let claimed = world.call_as(Method::POST, "/internal/v1/conversions", Some(batch), NODE_TOKEN).await;
    assert_eq!((claimed.status, &claimed.body["refused"]), (200, &json!([])), "{}", claimed.body);

    let path = format!("/api/clicks/{id}");
    let story = world.get(&path).await;
    assert_eq!(story.status, 200, "{}", story.body);
    let story = story.body;
    assert_eq!((&story["click"]["landing_id"], &story["click"]["cost"]), (&json!("page"), &json!("2")));
    assert_eq!(story["second_steps"].as_array().unwrap().len(), 1);
    assert_eq!(story["second_steps"][0]["destination_id"], "offer");
    assert_eq!(story["trafficbacks"].as_array().unwrap().len(), 1, "a repeat is the same event");
    assert_eq!(story["trafficbacks"][0]["reason"], "cap_reached");
    assert_eq!(story["postbacks"][0]["raw_payload"], "{\"payout\":\"7\"}");
    let [conversion] = &story["conversions"].as_array().unwrap()[..] else { panic!("{story}") };
    assert_eq!((&conversion["status"], &conversion["payout"]), (&json!("sale"), &json!("7")));
    let versions = conversion["history"].as_array().unwrap();
    let statuses: Vec<&str> = versions.iter().map(|version| version["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["lead", "sale"]);

    let masked = world.member("masked", None).await;
    let hidden = world.get_as(&path, &masked).await.body;
    let conversion = &hidden["conversions"][0];
    for null in [
        &hidden["click"]["cost"],
        &hidden["second_steps"][0]["cost"],
        &hidden["postbacks"][0]["raw_payload"],
        &conversion["payout"],
        &conversion["history"][0]["payout"],
    ] {
        assert!(null.is_null(), "{hidden}");
    }
    let other = world.new_workspace("other").await;
    let stranger = world.member("owner", Some(&other)).await;
    assert_eq!(world.get_as(&path, &stranger).await.status, 404);
    assert_eq!(world.get("/api/clicks/nothing-of-ours").await.status, 404);

    // The same conversion in the list, and as CSV.
    let rows = world.get("/api/conversions?sort=updated_at&order=asc&status=sale").await.body;
    assert_eq!((&rows["total"], &rows["total_is_exact"]), (&json!(1), &json!(true)));
    assert!(world.get_as("/api/conversions", &masked).await.body["items"][0]["payout"].is_null());
    let csv = async |token: &str| {
        let url = world.url("/api/conversions?format=csv");
        let answer = world.client.get(url).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
        answer.text().await.unwrap()
    };
    let text = csv(traffoflex_local::stack::BOOTSTRAP_TOKEN).await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].starts_with("conversion_id,created_at,")
            && lines[1].contains(",'=t1(),,sale,'@sale,7,USD,click,"),
        "{text}"
    );
    assert!(csv(&masked.token).await.contains(",'=t1(),,sale,'@sale,,USD,click,"));
    assert!(csv(&stranger.token).await.lines().count() == 1, "a header alone");
}
