//! The log of postbacks, as it is read from the warehouse.

use crate::world::World;

const AT_MS: i64 = 1_763_700_000_000;

struct Row<'a> {
    seq: u64,
    postback: &'a str,
    network: &'a str,
    click: &'a str,
    transaction: &'a str,
    conversion: &'a str,
    direction: &'a str,
    status: &'a str,
}

fn values(workspace: &str, row: &Row<'_>) -> String {
    let Row { seq, postback, network, click, transaction, conversion, direction, status } = row;
    let at_ms = AT_MS + *seq as i64 * 1000;
    format!(
        "('e{seq}', 'n1', 1, {seq}, 1, fromUnixTimestamp64Milli({at_ms}), '{postback}', '{workspace}', '{network}', '{click}', \
         '{transaction}', '{direction}', '{status}', '', 200, 'a=b', '{conversion}', 'target', 1, 12)"
    )
}

async fn listed(world: &World, query: &str) -> (Vec<String>, u64) {
    let answer = world.get(&format!("/api/postback-logs?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    let ids = items.iter().map(|item| item["event_id"].as_str().unwrap().to_owned());
    (ids.collect(), answer.body["total"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_and_counts_repeats_once() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    let row = |seq, postback, network, click, transaction, conversion, direction, status| Row {
        seq,
        postback,
        network,
        click,
        transaction,
        conversion,
        direction,
        status,
    };
    let rows = [
        row(1, "p1", "n1", "k1", "t1", "c1", "inbound", "accepted"),
        row(2, "p1", "n1", "k1", "t1", "c1", "inbound", "created"),
        row(3, "p2", "n2", "k2", "t2", "", "inbound", "refused"),
        row(4, "c1.1.x", "n1", "k1", "t1", "c1", "outbound", "delivered"),
    ];
    let mut all: Vec<String> = rows.iter().map(|row| values(&w, row)).collect();
    all.push(values("another workspace", &rows[0]));
    let insert = format!(
        "INSERT INTO postback_log_events (event_id, node_id, node_epoch, node_seq, schema, created_at, postback_id, workspace_id, \
         network_id, click_id, transaction_id, direction, status, error, http_status, raw_payload, conversion_id, target_id, \
         attempt, latency_ms) VALUES {}",
        all.join(", ")
    );
    // What is delivered again is the same event.
    for _ in 0..2 {
        world.clickhouse(&insert).await;
    }
    let whole = |ids: &[&str]| (ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), ids.len() as u64);
    let always = "from=2000-01-01T00:00:00Z&";
    assert_eq!(listed(&world, always).await, whole(&["e4", "e3", "e2", "e1"]));
    assert_eq!(listed(&world, "to=2100-01-01T00:00:00Z").await.1, 4);
    // They are a year old: without a period only ids lead to them.
    for recent in ["", "status=refused", "network_id=n2&direction=inbound", "target_id=target"] {
        assert_eq!(listed(&world, recent).await, whole(&[]), "{recent}");
    }
    for id in ["click_id=k2", "transaction_id=t2&status=refused", "postback_id=p2"] {
        assert_eq!(listed(&world, id).await, whole(&["e3"]), "{id}");
    }
    let cases: [(&str, &[&str]); 9] = [
        ("network_id=n2", &["e3"]),
        ("click_id=k1&direction=inbound", &["e2", "e1"]),
        ("transaction_id=t2", &["e3"]),
        ("conversion_id=c1", &["e4", "e2", "e1"]),
        ("postback_id=p1", &["e2", "e1"]),
        ("direction=outbound", &["e4"]),
        ("status=refused,created", &["e3", "e2"]),
        ("from=2025-11-21T04:40:02Z&to=2025-11-21T04:40:04Z", &["e3", "e2"]),
        ("click_id=%27%20OR%201", &[]),
    ];
    for (query, expected) in cases {
        let query = if query.starts_with("from") { query.to_owned() } else { format!("{always}{query}") };
        assert_eq!(listed(&world, &query).await, whole(expected), "{query}");
    }
    assert_eq!(listed(&world, &format!("{always}limit=1&offset=1")).await, (vec!["e3".to_owned()], 4));
    assert_eq!(listed(&world, &format!("{always}offset=9")).await, (vec![], 4));

    let answer = world.get("/api/postback-logs?postback_id=c1.1.x").await.body;
    let item = &answer["items"][0];
    assert_eq!(item["created_at"], "2025-11-21T04:40:04Z");
    assert_eq!((item["http_status"].as_u64(), item["latency_ms"].as_u64()), (Some(200), Some(12)));
    assert_eq!((item["raw_payload"].as_str(), item["target_id"].as_str()), (Some("a=b"), Some("target")));
    let wrong = world.get("/api/postback-logs?limit=0&direction=up&x=1").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["limit", "direction", "x"]));
    assert_eq!(world.call_as(reqwest::Method::GET, "/api/postback-logs", None, "wrong").await.status, 401);
}
