//! `POST /api/traffic/cache/reload` over two traffic nodes, one of which is away.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::{NODE_TOKEN, Stack};

use crate::world::{
    World,
    node_double::{Asked, NodeDouble},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_node_is_told_and_each_answer_is_named() {
    let node = NodeDouble::start(|asked: &Asked| match asked.path_and_query.as_str() {
        // As a node answers: it does not wait for the new one.
        "/internal/cache/reload" => (202, json!({ "status": "requested", "version": 3 })),
        _ => (404, Value::Null),
    })
    .await;
    let urls = format!("{},http://127.0.0.1:1", node.url());
    let stack = Stack::start_with(false, &[("TRAFFIC_SERVICE_URL", &urls)]).await.unwrap();
    let mut world = World { stack, client: reqwest::Client::new() };
    let answer = world.call(Method::POST, "/api/traffic/cache/reload", None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body["version"].is_u64(), "{}", answer.body);
    let nodes = answer.body["nodes"].as_array().unwrap();
    assert_eq!((&nodes[0]["node"], &nodes[0]["version"]), (&json!(node.url()), &json!(3)));
    assert_eq!((&nodes[1]["node"], &nodes[1]["version"]), (&json!("http://127.0.0.1:1"), &Value::Null));
    assert!(nodes[1]["failed"].is_string() && nodes[0]["failed"].is_null(), "{}", answer.body);
    let asked = node.asked().pop().unwrap();
    assert_eq!((asked.method, asked.authorization), (Method::POST, format!("Bearer {NODE_TOKEN}")));
    let entry = world.mongo().await.collection::<mongodb::bson::Document>("audit_log");
    let entry = entry.find_one(mongodb::bson::doc! { "resource": "traffic" }).await.unwrap().unwrap();
    assert_eq!(entry.get_str("action").unwrap(), "done");

    world.stack.set_for_api("TRAFFIC_SERVICE_URL", "http://127.0.0.1:1").unwrap();
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    let silent = world.call(Method::POST, "/api/traffic/cache/reload", None).await;
    assert_eq!((silent.status, silent.code()), (504, "nodes_unreachable"));
    assert_eq!(silent.fields(), ["http://127.0.0.1:1"]);
}
