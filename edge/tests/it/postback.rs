//! Postbacks: what is accepted is on disk, and becomes one conversion, whatever is killed.

use std::{collections::HashSet, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{CalledSource, Node, PostbackNode, World, eventually};

const LIMIT: Duration = Duration::from_secs(60);
const LOOPBACK: (&str, &str) = ("OUTBOUND_ALLOWED_CIDRS", "127.0.0.1/32");

fn verdict(answer: &crate::world::Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let text = |field: &str| body[field].as_str().unwrap().to_owned();
    (text("status"), text("conversion_id"))
}

async fn knows(node: &PostbackNode, network: &str) {
    eventually("the node knows the network", LIMIT, async || {
        node.get(&format!("/pb/{network}")).await.error_code() != "network_not_found"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postbacks_are_read_in_every_form_and_answered_by_what_is_known() {
    let world = World::start().await;
    let secret = json!({ "secret": "s3cret-word", "fields": [{ "field": "payout", "names": ["worth"] }] });
    let network = world.network("everflow", Some(secret)).await;
    world.network("open", None).await;
    let node = world.postback_node("pb-forms").await;
    knows(&node, "open").await;

    let first = verdict(&node.get("/pb/everflow?tid=t1&worth=1.5&key=s3cret-word&status=pending").await);
    assert_eq!(first.0, "accepted");
    let by_id = format!("/pb/{network}?tid=t1&worth=1.50&key=s3cret-word&status=lead");
    assert_eq!(verdict(&node.get(&by_id).await), ("duplicate".into(), first.1.clone()));
    let form = "txid=t1&worth=2&token=s3cret-word&status=approved";
    let form = node.request(Method::POST, "/pb/EVERFLOW", "application/x-www-form-urlencoded", form).await;
    assert_eq!(verdict(&form), ("updated".into(), first.1.clone()));
    let money = r#"{"network":"open","transaction_id":"t2","payout":12345678901.123456,"currency":"EUR","event":"Deposit"}"#;
    let posted = node.request(Method::POST, "/api/postbacks", "application/json", money).await;
    assert_eq!(verdict(&posted).0, "accepted");
    let asked = node.request(Method::POST, "/api/postbacks?network=open&tid=t3", "text/plain", "sum=3").await;
    assert_eq!(verdict(&asked).0, "accepted");

    for (path, status, code) in [
        ("/pb/nobody?tid=t1", 404, "network_not_found"),
        ("/pb/everflow?tid=t1&worth=9", 403, "forbidden"),
        ("/pb/everflow?tid=t1&worth=9&key=guess-word", 403, "forbidden"),
        ("/pb/everflow?worth=9&key=s3cret-word", 400, "validation_failed"),
        ("/pb/open?tid=t9&payout=much", 400, "validation_failed"),
    ] {
        let answer = node.get(path).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{path}: {}", answer.body);
        assert!(status != 400 || answer.body.contains(r#""field":""#), "{}", answer.body);
    }
    for (method, path, status) in [
        (Method::HEAD, "/pb/open?tid=h", 405),
        (Method::PUT, "/pb/open?tid=h", 405),
        (Method::GET, "/api/postbacks?network=open&tid=h", 405),
        (Method::POST, "/api/postbacks?tid=h", 400),
        (Method::GET, "/internal/postbacks/set-aside", 401),
        (Method::GET, "/internal/nothing", 401),
        (Method::GET, "/nothing", 404),
    ] {
        assert_eq!(
            node.request(method.clone(), path, "text/plain", "").await.status,
            status,
            "{method} {path}"
        );
    }
    let large = "x".repeat(70_000);
    let too_large = node.request(Method::POST, "/pb/open?tid=l", "text/plain", &large).await;
    assert_eq!((too_large.status, too_large.error_code().as_str()), (413, "body_too_large"));
    let broken = node.request(Method::POST, "/pb/open?tid=l", "application/json", "{").await;
    assert_eq!((broken.status, broken.error_code().as_str()), (400, "validation_failed"));

    let probe = json!({ "url": "https://any.example/pb/open?tid=probe&payout=1", "ip": "192.0.2.1" });
    let told = node.internal(Method::POST, "/internal/postbacks/test", probe).await;
    assert_eq!((&told["verdict"], &told["http_status"]), (&json!("accepted"), &json!(200)), "{told}");

    node.wait_until_settled().await;
    eventually("three conversions", LIMIT, async || world.conversions().await.len() == 3).await;
    let made = world.conversions().await;
    let of = |at: usize, field: &str| made[at][field].clone();
    assert_eq!((of(0, "conversion_id"), of(0, "status")), (json!(first.1), json!("sale")), "{made:?}");
    assert_eq!(
        (of(0, "version"), of(0, "payout"), of(0, "attribution")),
        (json!(2), json!("2"), json!("no_click_id"))
    );
    assert_eq!((of(1, "payout"), of(1, "currency")), (json!("12345678901.123456"), json!("EUR")));
    let logged =
        world.json_rows("SELECT status, http_status, raw_payload FROM postback_log_events FINAL").await;
    let count = |status: &str| logged.iter().filter(|row| row["status"] == status).count();
    assert_eq!((count("forbidden"), count("accepted"), count("updated")), (2, 3, 2), "{logged:?}");
    // One of the network and one of `knows` a turn, at least.
    assert!(count("refused") >= 3, "{logged:?}");
    assert!(!format!("{logged:?}{made:?}").contains("s3cret-word"), "a secret was written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn postbacks_of_the_same_moment_are_accepted_once_and_imports_repeat_safely() {
    let world = World::start().await;
    world.network("open", None).await;
    world.network("each", Some(json!({ "duplicates": "count" }))).await;
    world.network("first", Some(json!({ "duplicates": "ignore" }))).await;
    let node = world.postback_node("pb-once").await;
    knows(&node, "first").await;
    for round in 0..5 {
        let path = format!("/pb/open?tid=at-once-{round}&payout=1");
        let answers = futures_util::future::join_all((0..16).map(|_| node.get(&path))).await;
        let accepted = answers.iter().filter(|answer| verdict(answer).0 == "accepted").count();
        let duplicates = answers.iter().filter(|answer| verdict(answer).0 == "duplicate").count();
        assert_eq!((accepted, duplicates), (1, 15), "round {round}");
    }
    assert_eq!(verdict(&node.get("/pb/each?tid=c&payout=1").await).0, "accepted");
    assert_eq!(verdict(&node.get("/pb/each?tid=c&payout=1").await).0, "accepted", "each counts of its own");
    assert_eq!(verdict(&node.get("/pb/first?tid=f&payout=1").await).0, "accepted");
    assert_eq!(verdict(&node.get("/pb/first?tid=f&payout=7").await).0, "duplicate", "the first one stands");

    let row = |n: u32, status: &str| json!({ "network": "open", "fields": [["tid", format!("import-{n}")], ["payout", "2"], ["status", status]], "received_at": 1_760_000_000_000_i64 + i64::from(n) });
    let rows = json!({ "rows": [row(1, "lead"), row(1, "lead"), row(2, "sale"), row(1, "sale"),
        { "network": "none", "fields": [], "received_at": null }, { "network": "open", "fields": [["payout", "x"]], "received_at": null }] });
    let statuses = |answers: &Value| -> Vec<String> {
        answers["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["status"].as_str().unwrap().to_owned())
            .collect()
    };
    let answers = node.internal(Method::POST, "/internal/postbacks/import", rows.clone()).await;
    assert_eq!(
        statuses(&answers),
        ["accepted", "duplicate", "accepted", "updated", "refused", "refused"],
        "{answers}"
    );
    let again = node.internal(Method::POST, "/internal/postbacks/import", rows).await;
    assert_eq!(statuses(&again)[..4], ["duplicate", "duplicate", "duplicate", "duplicate"], "{again}");
    node.wait_until_settled().await;
    eventually("all are counted once", LIMIT, async || world.total_of("sale").await == (10, "12".into()))
        .await;
    let stands: Vec<Value> =
        world.conversions().await.into_iter().filter(|row| row["transaction_id"] == "f").collect();
    assert_eq!((stands.len(), &stands[0]["payout"]), (1, &json!("1")));
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_without_central_outlives_a_kill_and_counts_once() {
    let mut world = World::start().await;
    world.network("net", None).await;
    let mut node = world.postback_node("pb-alone").await;
    knows(&node, "net").await;
    world.stop_central().await;
    for n in 0..60 {
        let path = format!("/pb/net?tid=k{n}&payout=1.25&status=lead");
        assert_eq!(verdict(&node.get(&path).await).0, "accepted");
        if n % 20 == 19 {
            node.kill_and_restart().await;
            assert_eq!(verdict(&node.get(&path).await).0, "duplicate", "it knows its own after a kill");
            let sale = format!("/pb/net?tid=k{n}&payout=1.25&status=sale");
            assert_eq!(verdict(&node.get(&sale).await).0, "updated");
        }
    }
    eventually("the journal holds all", LIMIT, async || node.journal_entries().await == 66).await;
    let (status, ready) = node.readyz().await;
    assert_eq!((status, &ready["dependencies"]["central"]["state"]), (200, &json!("failing")), "{ready}");
    node.kill_and_restart().await;
    world.start_central().await;
    node.wait_until_settled().await;
    eventually("leads are counted", LIMIT, async || world.total_of("lead").await == (57, "71.25".into()))
        .await;
    assert_eq!(world.total_of("sale").await, (3, "3.75".into()));
    node.kill_and_restart().await;
    for n in 0..60 {
        assert_ne!(
            verdict(&node.get(&format!("/pb/net?tid=k{n}&payout=1.25&status=lead")).await).0,
            "accepted"
        );
    }
    node.wait_until_settled().await;
    assert_eq!(
        (world.total_of("lead").await.0, world.total_of("sale").await.0),
        (57, 3),
        "late copies undo nothing"
    );
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_with_the_same_postbacks_make_one_conversion_each() {
    let source = CalledSource::start().await;
    let world = World::start().await;
    world
        .source("push", &format!("{}?c={{source_click_id}}&s={{status}}&p={{payout}}", source.url), &["sale"])
        .await;
    world.campaign("two", "https://offer.example/?cid={click_id}").await;
    world.network("net", None).await;
    let traffic = world.node("pb-two").await;
    let one = world.postback_node_with("pb-one", &[LOOPBACK]).await;
    let other = world.postback_node_with("pb-other", &[LOOPBACK]).await;
    for node in [&one, &other] {
        knows(node, "net").await;
    }
    let mut click_ids = Vec::new();
    for n in 0..20 {
        let click = traffic.get(&format!("/c/two?source=push&clickid=ext-{n}")).await;
        click_ids.push(click.click_id().to_owned());
    }
    traffic.wait_until_drained().await;
    for click_id in &click_ids {
        let path = format!("/pb/net?cid={click_id}&tid=t-{click_id}&payout=3&status=sale");
        let (here, there) = tokio::join!(one.get(&path), other.get(&path));
        assert_eq!(verdict(&here), verdict(&there), "each accepts what it does not know, under the same id");
    }
    for node in [&one, &other] {
        node.wait_until_settled().await;
    }
    eventually("each is counted once", LIMIT, async || world.total_of("sale").await == (20, "60".into()))
        .await;
    let made = world.conversions().await;
    assert!(made.iter().all(|row| row["attribution"] == "click" && row["offer_id"] != ""), "{made:?}");
    let calls = source.calls();
    let keys: HashSet<&String> = calls.iter().map(|(key, _)| key).collect();
    let queries: HashSet<&String> = calls.iter().map(|(_, query)| query).collect();
    assert_eq!((calls.len(), keys.len(), queries.len()), (20, 20, 20), "{calls:?}");
    assert!(queries.contains(&"c=ext-0&s=sale&p=3".to_owned()), "{queries:?}");
    world.assert_audit_is_clean().await;
}

/// A click that its node took and could not send yet, so that central does not know it.
async fn held_click(world: &mut World, node: &mut Node) -> String {
    world.stop_central().await;
    let click_id = node.get("/c/late?source=push&clickid=ext").await.click_id().to_owned();
    assert!(!click_id.is_empty());
    node.stop().await;
    world.start_central().await;
    click_id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_click_upgrades_its_conversion_and_its_source_hears_of_each_status_once() {
    let source = CalledSource::start().await;
    let mut world = World::start().await;
    world
        .source("push", &format!("{}?c={{source_click_id}}&s={{status}}", source.url), &["lead", "sale"])
        .await;
    world.campaign("late", "https://offer.example/?cid={click_id}").await;
    world.network("net", None).await;
    let mut traffic = world.node("pb-late").await;
    let mut node = world.postback_node_with("pb-open", &[LOOPBACK]).await;
    knows(&node, "net").await;
    let click_id = held_click(&mut world, &mut traffic).await;
    verdict(&node.get(&format!("/pb/net?cid={click_id}&tid=t&payout=5&status=lead")).await);
    verdict(&node.get("/pb/net?tid=t&payout=5&status=sale").await);
    verdict(&node.get("/pb/net?cid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&tid=u&payout=1&status=sale").await);
    eventually("it counts without its click", LIMIT, async || {
        world.total_of("sale").await == (2, "6".into())
    })
    .await;
    let made = world.conversions().await;
    assert_eq!(
        (&made[0]["attribution"], &made[1]["attribution"]),
        (&json!("pending"), &json!("forged")),
        "{made:?}"
    );
    assert_eq!(source.calls(), []);

    node.kill_and_restart().await;
    traffic.start_again().await;
    eventually("the click is found", LIMIT, async || world.conversions().await[0]["attribution"] == "click")
        .await;
    node.wait_until_settled().await;
    let made = world.conversions().await;
    assert_eq!((&made[0]["click_id"], &made[0]["status"]), (&json!(click_id), &json!("sale")), "{made:?}");
    assert_eq!(world.total_of("sale").await, (2, "6".into()));
    let mut heard: Vec<String> = source.calls().into_iter().map(|(_, query)| query).collect();
    heard.sort();
    assert_eq!(heard, ["c=ext&s=lead", "c=ext&s=sale"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_closed_policy_a_conversion_waits_for_its_click_and_keeps_its_order() {
    let source = CalledSource::start().await;
    let mut world = World::start().await;
    world.source("push", &source.url, &["sale"]).await;
    world.campaign("late", "https://offer.example/?cid={click_id}").await;
    world.network("net", None).await;
    let mut traffic = world.node("pb-shut").await;
    let node =
        world.postback_node_with("pb-closed", &[LOOPBACK, ("CLICK_LOOKUP_FAILURE_POLICY", "closed")]).await;
    knows(&node, "net").await;
    let click_id = held_click(&mut world, &mut traffic).await;
    let of = |status: &str| format!("/pb/net?cid={click_id}&tid=t&payout=5&status={status}");
    assert_eq!(verdict(&node.get(&of("lead")).await).0, "accepted");
    assert_eq!(verdict(&node.get(&of("sale")).await).0, "updated");
    // One that needs no click passes those that wait.
    assert_eq!(verdict(&node.get("/pb/net?tid=other&payout=1").await).0, "accepted");
    eventually("the other one counts", LIMIT, async || world.conversions().await.len() == 1).await;
    eventually("two wait", LIMIT, async || node.journal_entries().await == 2).await;
    assert_eq!(world.conversions().await[0]["transaction_id"], "other");

    traffic.start_again().await;
    eventually("it counts with its click", LIMIT, async || world.conversions().await.len() == 2).await;
    eventually("nothing waits", LIMIT, async || node.journal_entries().await == 0).await;
    node.wait_until_settled().await;
    let versions = world
        .json_rows("SELECT toUInt32(version) AS version, status, attribution FROM conversion_versions FINAL WHERE transaction_id = 't' ORDER BY version")
        .await;
    let version = |n: u32, status: &str| json!({ "version": n, "status": status, "attribution": "click" });
    assert_eq!(versions, [version(1, "lead"), version(2, "sale")]);
    assert_eq!(source.calls().len(), 1, "of the sale alone");
}

/// The kernel refuses to let the outbox grow (EFBIG at RLIMIT_FSIZE), as a full disk would.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_writes_answers_503_and_loses_nothing_that_was_answered() {
    let mut world = World::start().await;
    world.network("net", None).await;
    let node = world.postback_node("pb-disk").await;
    knows(&node, "net").await;
    verdict(&node.get("/pb/net?tid=warm&payout=1").await);
    node.wait_until_settled().await;
    world.stop_central().await;
    node.limit_file_size(&node.largest_file_bytes().to_string());
    let (mut answered, mut refused) = (HashSet::from(["warm".to_owned()]), HashSet::new());
    eventually("the disk refuses", LIMIT, async || {
        for _ in 0..50 {
            let transaction = format!("d{}", answered.len() + refused.len());
            let path = format!("/pb/net?tid={transaction}&payout=1&note={}", "x".repeat(2000));
            let answer = node.get(&path).await;
            match answer.status {
                200 => _ = answered.insert(transaction),
                503 => {
                    refused.insert(transaction);
                    assert_eq!(answer.error_code(), "not_stored");
                    assert!(answer.headers.contains_key("retry-after"));
                }
                other => panic!("{other}: {}", answer.body),
            }
        }
        !refused.is_empty()
    })
    .await;
    eventually("it says so", LIMIT, async || node.readyz().await.0 == 503).await;
    node.limit_file_size("unlimited");
    world.start_central().await;
    eventually("it takes postbacks again", LIMIT, async || {
        node.readyz().await.0 == 200 && node.get("/pb/net?tid=again&payout=1").await.status == 200
    })
    .await;
    answered.insert("again".to_owned());
    node.wait_until_settled().await;
    let counted = async || -> HashSet<String> {
        let rows = world.conversions().await;
        rows.iter().map(|row| row["transaction_id"].as_str().unwrap().to_owned()).collect()
    };
    eventually("all that was answered counts", LIMIT, async || answered.is_subset(&counted().await)).await;
    // A write that was reported as failed may have reached the disk, and its network sends it again anyway.
    let surplus: Vec<String> =
        counted().await.into_iter().filter(|id| !answered.contains(id) && !refused.contains(id)).collect();
    assert!(surplus.is_empty(), "{surplus:?}");
    world.assert_audit_is_clean().await;
}
