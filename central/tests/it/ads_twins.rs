//! A click that was told to two nodes counts once, whatever is replayed.

use reqwest::Client;
use serde_json::{Value, json};
use traffoflex_local::stack::Stack;

use crate::world::{World, click, eventually};

const HOUR_MS: i64 = 3_600_000;

struct Told {
    node: &'static str,
    seq: u64,
    line: Vec<u8>,
}

fn told(workspace: &str, node: &'static str, seq: u64, own: Value) -> Told {
    let mut event =
        json!({ "workspace_id": workspace, "campaign_id": "c1", "decision": "reported", "currency": "USD" });
    event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    Told { node, seq, line: click(node, 1, seq, event) }
}

async fn send(world: &World, all: &[Told]) {
    for Told { node, seq, line } in all {
        let answer = world.ingest(node, 1, (*seq, *seq), line.clone()).await;
        assert_eq!(answer.body["accepted"], 1, "{}", answer.body);
    }
}

/// Clicks of each stream, the metrics that say nothing of people's clicks, and whether both ways say the same.
async fn counted(world: &World) -> (Value, u64) {
    let mut both = Vec::new();
    for read_from in ["raw", "auto"] {
        let report = world
            .get(&format!("/api/reports/grouped?group_by=stream&sort=stream&order=asc&read_from={read_from}"))
            .await
            .body;
        let rows = report["items"].as_array().unwrap().clone();
        let clicks: Value = rows
            .iter()
            .map(|row| (row["stream"].as_str().unwrap().to_owned(), row["clicks"].clone()))
            .collect();
        let others = ["bots", "lp_views", "lp_clicks", "duplicate_clicks"];
        let others: u64 = others.iter().map(|name| report["totals"][name].as_u64().unwrap()).sum();
        both.push((clicks, others));
    }
    // It may be folded between the two.
    if both[0] == both[1] { both.remove(0) } else { (Value::Null, 0) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_two_nodes_were_told_counts_once() {
    let stack = Stack::start_with(false, &[("ROLLUP_INTERVAL_MS", "200")]).await.unwrap();
    let world = World { stack, client: Client::new() };
    let workspace = world.workspace_id().await;
    let now = jiff::Timestamp::now().as_millisecond() - 5 * HOUR_MS;
    let of = |node, seq, stream: &str, id: &str, at: i64| {
        told(
            &workspace,
            node,
            seq,
            json!({ "stream_id": stream, "source_click_id": id, "created_at": at, "click_id": format!("{stream}-{id}") }),
        )
    };
    let told_once = vec![
        of("n1", 1, "st1", "a", now),
        of("n1", 2, "st1", "b", now),
        of("n1", 3, "st2", "a", now),
        // Whoever came by a link may well come twice.
        told(
            &workspace,
            "n1",
            4,
            json!({ "stream_id": "st1", "source_click_id": "a", "created_at": now, "decision": "routed" }),
        ),
        told(&workspace, "n1", 5, json!({ "stream_id": "st1", "source_click_id": "", "created_at": now })),
        told(&workspace, "n1", 6, json!({ "stream_id": "st1", "source_click_id": "", "created_at": now })),
        told("other", "n1", 7, json!({ "stream_id": "st1", "source_click_id": "a", "created_at": now })),
    ];
    send(&world, &told_once).await;
    let expected = (json!({ "st1": 5, "st2": 1 }), 0);
    assert_eq!(counted(&world).await, expected);
    // At the same time of the click, at another one, and by a third node before the first.
    let again = [
        of("n2", 1, "st1", "a", now),
        of("n2", 2, "st1", "b", now + HOUR_MS),
        of("n3", 1, "st2", "a", now - 2 * HOUR_MS),
    ];
    send(&world, &again).await;
    eventually("each counts once", async || counted(&world).await == expected).await;
    // What a node sends again, the one that counts or another, changes nothing.
    send(&world, &again).await;
    send(&world, &told_once).await;
    assert_eq!(counted(&world).await, expected);
    world.clickhouse("OPTIMIZE TABLE click_events FINAL").await;
    assert_eq!(counted(&world).await, expected);
    let kept = "SELECT count() FROM click_events FINAL";
    assert_eq!(world.clickhouse(kept).await, "10", "the sequences of nodes stay whole");
    // One more, much later than the fold.
    send(&world, &[of("n4", 1, "st1", "a", now + 2 * HOUR_MS)]).await;
    eventually("it counts once as well", async || counted(&world).await == expected).await;
}
