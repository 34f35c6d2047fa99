//! `POST /api/conversions/import`, up to what a postback node is handed.

use serde_json::{Value, json};
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, NODE_TOKEN, Stack};
use traffoflex_wire::outbound::{IMPORT_PATH, ImportBatch};

use crate::world::{
    Answer, World,
    node_double::{Asked, NodeDouble},
};

/// Takes every row.
fn takes_all(asked: &Asked) -> (u16, Value) {
    let batch: ImportBatch = serde_json::from_value(asked.body.clone()).unwrap();
    let row = |i: usize| json!({ "status": if i == 0 { "updated" } else { "accepted" }, "conversion_id": format!("c{i}"), "errors": [] });
    (200, json!({ "rows": (0..batch.rows.len()).map(row).collect::<Vec<Value>>() }))
}

async fn world(urls: &str) -> World {
    let stack = Stack::start_with(false, &[("POSTBACK_SERVICE_URL", urls)]).await.unwrap();
    let world = World { stack, client: reqwest::Client::new() };
    let created = world.post("/api/affiliate-networks", json!({ "name": "Net", "slug": "net" })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    world
}

async fn send_csv(world: &World, query: &str, body: &'static [u8]) -> Answer {
    let request = world.client.post(world.url(&format!("/api/conversions/import{query}")));
    let request = request.bearer_auth(BOOTSTRAP_TOKEN).header("content-type", "text/csv; charset=utf-8");
    let answer = request.body(body).send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
}

fn batches(node: &NodeDouble) -> Vec<ImportBatch> {
    node.asked().into_iter().map(|asked| serde_json::from_value(asked.body).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_reach_a_node_in_chunks_and_bad_ones_keep_none_back() {
    let node = NodeDouble::start(takes_all).await;
    // The first node is away: the next one is asked.
    let world = world(&format!("http://127.0.0.1:1,{}", node.url())).await;
    let mut rows: Vec<Value> = (0..2500)
        .map(|i| json!({ "network": "net", "transaction_id": format!("t{i}"), "payout": "1.50", "sub": "x".repeat(500) }))
        .collect();
    rows[3] = json!({ "network": "net", "payout": "1,2,3,4x", "created_at": "never" });
    rows[4] = json!({ "network": "nope", "transaction_id": "t" });
    rows[5] = json!(7);
    rows[6] = json!({ "network": "net", "tid": "other-name", "sum": 10.10, "currency": "EUR", "created_at": 1_700_000_000 });
    let answer = world.post("/api/conversions/import", json!(rows)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.body["counts"],
        json!({ "accepted": 2494, "updated": 3, "duplicate": 0, "refused": 3 })
    );
    let said = answer.body["rows"].as_array().unwrap();
    assert_eq!(said.len(), 2500);
    assert!(said.iter().enumerate().all(|(i, row)| row["row"] == json!(i + 1)));
    let fields = |row: usize| -> Vec<&str> {
        said[row]["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect()
    };
    assert_eq!(fields(3), ["created_at", "payout", "transaction_id"], "{}", said[3]);
    assert_eq!((fields(4), fields(5)), (vec!["network"], vec!["row"]));
    assert_eq!((&said[3]["status"], &said[3]["conversion_id"]), (&json!("refused"), &json!("")));
    // Rows of an answer are those of the request, past the refused ones between them.
    assert_eq!((&said[6]["status"], &said[6]["conversion_id"]), (&json!("accepted"), &json!("c3")));

    let asked = node.asked();
    for asked in &asked {
        assert_eq!((asked.method.as_str(), asked.path_and_query.as_str()), ("POST", IMPORT_PATH));
        assert_eq!(asked.authorization, format!("Bearer {NODE_TOKEN}"));
        assert_eq!(asked.content_type, "application/json");
    }
    let batches = batches(&node);
    assert_eq!(batches.iter().map(|batch| batch.rows.len()).collect::<Vec<_>>(), [1000, 1000, 497]);
    let sixth = &batches[0].rows[3];
    let pairs: Vec<(&str, &str)> = sixth.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [("currency", "EUR"), ("sum", "10.1"), ("tid", "other-name")], "{pairs:?}");
    assert_eq!((sixth.network.as_str(), sixth.received_at), ("net", Some(1_700_000_000_000)));
    let last = &batches[2].rows[496].fields;
    assert!(last.contains(&("transaction_id".to_owned(), "t2499".to_owned())), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_is_read_as_it_is_written_and_limits_hold() {
    let node = NodeDouble::start(takes_all).await;
    let world = world(node.url()).await;
    let body = b"click_id,payout,status,created_at\nc1,\"1.10\",lead,2023-11-14T22:13:20Z\nc2,0.30\nc3,,,\n";
    let answer = send_csv(&world, "?network=net", body).await;
    assert_eq!(
        answer.body["counts"],
        json!({ "accepted": 1, "updated": 1, "duplicate": 0, "refused": 1 }),
        "{}",
        answer.body
    );
    let rows = &batches(&node)[0].rows;
    let own = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(rows[0].fields, own(&[("click_id", "c1"), ("payout", "1.10"), ("status", "lead")]));
    assert_eq!((rows[0].network.as_str(), rows[0].received_at), ("net", Some(1_700_000_000_000)));
    assert_eq!((rows[1].fields.clone(), rows[1].received_at), (own(&[("click_id", "c3")]), None));

    assert_eq!(send_csv(&world, "?network=net", b"a,a\n1,2\n").await.fields(), ["header"]);
    assert_eq!(send_csv(&world, "", b"click_id\n").await.fields(), ["rows"]);
    let many = vec![json!({ "network": "net", "click_id": "c" }); 10_001];
    for (body, field) in [(json!(many), "rows"), (json!({ "rows": [] }), "rows"), (json!({}), "body")] {
        let answer = world.post("/api/conversions/import", body).await;
        assert_eq!((answer.status, answer.fields()), (400, vec![field]));
    }
    assert_eq!(node.asked().len(), 1, "what is refused is not handed over");
    let paused = world.get("/api/affiliate-networks").await.body["items"][0].clone();
    let path = format!("/api/affiliate-networks/{}", paused["id"].as_str().unwrap());
    let pause = json!({ "revision": paused["revision"], "status": "paused" });
    world.call(reqwest::Method::PATCH, &path, Some(pause)).await;
    let answer = world.post("/api/conversions/import", json!([{ "network": "net", "click_id": "c" }])).await;
    assert_eq!(answer.body["rows"][0]["errors"][0]["field"], "network", "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_node_the_answer_says_how_much_was_taken() {
    let mut batches = 0;
    let node = NodeDouble::start(move |asked| {
        batches += 1;
        if batches == 1 { takes_all(asked) } else { (503, json!({})) }
    })
    .await;
    let world = world(node.url()).await;
    let rows: Vec<Value> =
        (0..1500).map(|i| json!({ "network": "net", "transaction_id": format!("t{i}") })).collect();
    let answer = world.post("/api/conversions/import", json!({ "rows": rows })).await;
    assert_eq!((answer.status, answer.code()), (503, "no_postback_node"), "{}", answer.body);
    assert_eq!(answer.fields(), ["rows", node.url()]);
    let said = answer.body["error"]["details"][0]["error"].as_str().unwrap();
    assert!(said.starts_with("1000 of 1500 good rows were taken"), "{said}");
    assert!(answer.headers.contains_key("retry-after"));
}
