//! `/api/outbound/*` and `api-service dlq` over two postback nodes.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::{NODE_TOKEN, Stack};

use crate::world::{
    World, eventually,
    node_double::{Asked, NodeDouble},
};

/// A node with so many dead letters, named after it.
async fn node(name: &'static str, count: usize) -> NodeDouble {
    NodeDouble::start(move |asked: &Asked| match asked.path_and_query.split_once('?') {
        Some(("/internal/outbound/dead-letters", query)) => {
            let number = |name: &str| -> usize {
                let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
                pair.unwrap().parse().unwrap()
            };
            let (limit, offset) = (number("limit"), number("offset"));
            let items: Vec<Value> = (offset..count.min(offset + limit))
                .map(|i| json!({ "key": format!("{name}{i}"), "target_id": "t", "attempts": 12, "error": "timed out", "url": "https://s.example/" }))
                .collect();
            (200, json!({ "items": items, "limit": limit, "offset": offset, "total": count }))
        }
        None if asked.path_and_query == "/internal/outbound/retry" => (200, json!({ "retried": count })),
        _ => (404, Value::Null),
    })
    .await
}

fn keys(body: &Value) -> Vec<&str> {
    body["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_of_all_nodes_are_listed_and_put_back() {
    let (a, b) = (node("a", 3).await, node("b", 2).await);
    let urls = format!("{},http://127.0.0.1:1,{}", a.url(), b.url());
    let stack = Stack::start_with(false, &[("POSTBACK_SERVICE_URL", &urls)]).await.unwrap();
    let mut world = World { stack, client: reqwest::Client::new() };
    let page = world.get("/api/outbound/dead-letters?limit=3&offset=1").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(keys(&page.body), ["a1", "a2", "b0"]);
    assert_eq!(
        (&page.body["total"], &page.body["limit"], &page.body["offset"]),
        (&json!(5), &json!(3), &json!(1))
    );
    assert_eq!(
        (&page.body["items"][0]["node"], &page.body["items"][2]["node"]),
        (&json!(a.url()), &json!(b.url()))
    );
    assert_eq!(page.body["nodes"][1]["node"], "http://127.0.0.1:1");
    assert!(page.body["nodes"][1]["failed"].is_string(), "{}", page.body);
    assert_eq!(keys(&world.get("/api/outbound/dead-letters?limit=2").await.body), ["a0", "a1"]);
    assert_eq!(keys(&world.get("/api/outbound/dead-letters?offset=4").await.body), ["b1"]);
    world.get("/api/outbound/dead-letters?target_id=t").await;
    let workspace = world.workspace_id().await;
    let query =
        format!("/internal/outbound/dead-letters?limit=100&offset=0&target_id=t&workspace_id={workspace}");
    assert_eq!(a.asked().pop().unwrap().path_and_query, query);
    assert_eq!(world.get("/api/outbound/dead-letters?limit=0").await.fields(), ["limit"]);
    assert!(a.asked().iter().all(|asked| asked.authorization == format!("Bearer {NODE_TOKEN}")));

    let retried = world.post("/api/outbound/retry", json!({ "keys": ["a0", "b1"] })).await;
    assert_eq!((retried.status, &retried.body["retried"]), (200, &json!(5)), "{}", retried.body);
    for node in [&a, &b] {
        let last = node.asked().pop().unwrap();
        assert_eq!(
            (&last.method, &last.body),
            (&Method::POST, &json!({ "keys": ["a0", "b1"], "workspace_id": workspace }))
        );
        assert_eq!(last.authorization, format!("Bearer {NODE_TOKEN}"));
    }
    for bad in [json!({}), json!({ "all": true, "keys": ["k"] }), json!({ "keys": [] })] {
        assert_eq!(world.post("/api/outbound/retry", bad.clone()).await.fields(), ["keys"], "{bad}");
    }

    let other = json!({ "all": true, "workspace_id": "another" });
    assert_eq!(world.post("/api/outbound/retry", other).await.fields(), ["workspace_id"]);

    let listed = world.stack.command(&["dlq", "list", "--json"]).await.unwrap();
    assert_eq!(listed.status.code(), Some(1), "a node did not answer");
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((keys(&listed).len(), listed["failed"].as_array().unwrap().len()), (5, 1));

    world.stack.set_for_api("POSTBACK_SERVICE_URL", a.url()).unwrap();
    let lines = world.stack.command(&["dlq", "list"]).await.unwrap();
    let text = String::from_utf8(lines.stdout).unwrap();
    assert!(
        lines.status.success() && text.contains("a2\tt\t12\ttimed out") && text.ends_with("3 given up\n"),
        "{text}"
    );
    let replayed = world.stack.command(&["dlq", "replay", "--all"]).await.unwrap();
    assert_eq!(
        (replayed.status.code(), replayed.stdout.as_slice()),
        (Some(0), &b"3 back in the queue\n"[..])
    );
    assert_eq!(a.asked().pop().unwrap().body, json!({ "all": true }));
    let replayed =
        world.stack.command(&["dlq", "replay", "--key", "a1", "--key", "a2", "--json"]).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&replayed.stdout).unwrap()["retried"], 3);
    assert_eq!(a.asked().pop().unwrap().body, json!({ "keys": ["a1", "a2"] }));
    for command in
        [&["dlq", "replay", "--target", "t", "--workspace", "w"][..], &["dlq", "list", "--workspace", "w"]]
    {
        assert!(world.stack.command(command).await.unwrap().status.success(), "{command:?}");
    }
    let asked = a.asked();
    let [.., replayed, listed] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(replayed.body, json!({ "target_id": "t", "workspace_id": "w" }));
    assert_eq!(listed.path_and_query, "/internal/outbound/dead-letters?limit=500&offset=0&workspace_id=w");
    let unclear = world.stack.command(&["dlq", "replay"]).await.unwrap();
    assert_eq!(unclear.status.code(), Some(2), "which ones has to be said");

    // Nobody answers.
    world.stack.set_for_api("POSTBACK_SERVICE_URL", "http://127.0.0.1:1").unwrap();
    world.stack.stop_api().await.unwrap();
    world.stack.start_api().await.unwrap();
    let silent = world.get("/api/outbound/dead-letters").await;
    assert_eq!((silent.status, silent.code()), (504, "nodes_unreachable"));
    let silent = world.post("/api/outbound/retry", json!({ "all": true })).await;
    assert_eq!((silent.status, silent.fields()), (504, vec!["http://127.0.0.1:1"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn postbacks_that_were_set_aside_are_listed_and_put_back() {
    let keeper = |name: &'static str, count: u64| {
        NodeDouble::start(move |asked: &Asked| match asked.path_and_query.split('?').next() {
            Some("/internal/postbacks/set-aside") => {
                let items = [
                    json!({ "key": name, "postback_id": name, "error": "refused", "raw_payload": "{\"payout\":\"1\"}" }),
                ];
                (200, json!({ "items": items, "limit": 1, "offset": 0, "total": count }))
            }
            Some("/internal/postbacks/retry") => (200, json!({ "retried": count })),
            _ => (404, Value::Null),
        })
    };
    let (a, b) = (keeper("a", 1).await, keeper("b", 1).await);
    let urls = format!("{},{}", a.url(), b.url());
    let stack = Stack::start_with(false, &[("POSTBACK_SERVICE_URL", &urls)]).await.unwrap();
    let world = World { stack, client: reqwest::Client::new() };
    let page = world.get("/api/postbacks/set-aside?limit=2").await;
    assert_eq!((page.status, &page.body["total"]), (200, &json!(2)), "{}", page.body);
    let ids = |item: usize| (&page.body["items"][item]["postback_id"], &page.body["items"][item]["node"]);
    assert_eq!((ids(0), ids(1)), ((&json!("a"), &json!(a.url())), (&json!("b"), &json!(b.url()))));
    let retried = world.post("/api/postbacks/set-aside/retry", json!({ "ids": ["a"] })).await;
    assert_eq!((retried.status, &retried.body["retried"]), (200, &json!(2)), "{}", retried.body);
    let workspace = world.workspace_id().await;
    let narrowed = json!({ "ids": ["a"], "all": false, "workspace_id": workspace });
    assert_eq!(b.asked().pop().unwrap().body, narrowed);
    world.get("/api/postbacks/set-aside?target_id=net").await;
    let path =
        format!("/internal/postbacks/set-aside?limit=100&offset=0&target_id=net&workspace_id={workspace}");
    assert_eq!(a.asked().pop().unwrap().path_and_query, path);
    let masked = world.member("masked", None).await;
    let hidden = world.get_as("/api/postbacks/set-aside", &masked).await.body;
    let shown = world.get("/api/postbacks/set-aside").await.body;
    assert_eq!(shown["items"][0]["raw_payload"], "{\"payout\":\"1\"}");
    assert!(hidden["items"][0]["raw_payload"].is_null(), "{hidden}");
    assert_eq!(
        world.post_as("/api/postbacks/set-aside/retry", json!({ "all": true }), &masked).await.status,
        403
    );
    for bad in [json!({}), json!({ "all": true, "ids": ["a"] }), json!({ "ids": [""] })] {
        assert_eq!(
            world.post("/api/postbacks/set-aside/retry", bad.clone()).await.fields(),
            ["ids"],
            "{bad}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shown_of_an_erased_click_nor_addresses_to_others() {
    let item = |click: &str| {
        json!({ "key": format!("k-{}", click.len()), "target_id": "t", "click_id": click, "transaction_id": "tx-1",
            "error": format!("no such {click}"), "url": format!("https://s.example/?c={click}"), "raw_payload": click })
    };
    let node = NodeDouble::start(move |_: &Asked| {
        (200, json!({ "items": [item("click-one"), item("click-three")], "total": 2, "retried": 0 }))
    })
    .await;
    let urls = format!("http://127.0.0.1:1,{}", node.url());
    let settings =
        [("POSTBACK_SERVICE_URL", &*urls), ("ERASURE_RECHECK_SECONDS", "1"), ("ERASURE_SETTLE_SECONDS", "1")];
    let stack = Stack::start_with(false, &settings).await.unwrap();
    let world = World { stack, client: reqwest::Client::new() };
    let paths = ["/api/outbound/dead-letters", "/api/postbacks/set-aside"];
    for path in paths {
        assert!(world.get(path).await.body["items"][0]["url"].is_string());
    }
    let erasure = world.post("/api/privacy/erase", json!({ "click_id": "click-one" })).await;
    let erasure = format!("/api/privacy/erasures/{}", erasure.id());
    eventually("it is done", async || world.get(&erasure).await.body["state"] == "done").await;
    for path in paths {
        let page = world.get(path).await.body;
        assert!(!page.to_string().contains("click-one"), "{page}");
        assert_eq!(
            (&page["items"][0]["key"], &page["items"][0]["transaction_id"]),
            (&json!("k-9"), &json!(""))
        );
        assert_eq!(page["items"][1]["url"], "https://s.example/?c=click-three");
    }

    let manager = world.member("manager", None).await;
    let list = world.get_as(paths[0], &manager).await;
    let retried = world.post_as("/api/outbound/retry", json!({ "all": true }), &manager).await;
    for answer in [list, retried] {
        assert!(!answer.body.to_string().contains("127.0.0.1"), "{}", answer.body);
        assert_eq!((answer.status, &answer.body["nodes"][1]["node"]), (200, &json!("node-2")));
    }
}
