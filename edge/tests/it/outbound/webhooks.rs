//! Signed webhooks, and the messages that central hands over.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use traffoflex_edge::{
    clock::now_ms,
    outbound::{Job, Target},
};
use traffoflex_model::{
    BodyType, ClickIdKey, Entities, NodeSettings, PostbackMethod, Snapshot, Status, Webhook, WebhookEvent,
};
use traffoflex_routing::table::RoutingTable;
use traffoflex_wire::outbound::{MESSAGES_PATH, Messages, WebhookMessage};

use super::{
    bench::{Bench, LIMIT, Receiver, Seen, answer, job, ok},
    operators::Operator,
};
use crate::world::eventually;

const SECRET: &str = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

fn webhook(id: &str, url: &str, status: Status) -> Webhook {
    Webhook {
        id: id.into(),
        workspace_id: "w1".into(),
        name: id.to_owned(),
        status,
        url: url.to_owned(),
        events: vec![WebhookEvent::Conversion],
        secret: SECRET.to_owned(),
    }
}

fn serve(bench: &Bench, version: u64, webhooks: Vec<Webhook>) {
    let snapshot = Snapshot {
        generation: "g".to_owned(),
        version,
        created_at_ms: now_ms(),
        settings: NodeSettings {
            click_id_keys: vec![ClickIdKey { key: [1; 16] }],
            ..NodeSettings::default()
        },
        entities: Entities { webhooks, ..Entities::default() },
    };
    bench.snapshot.swap(RoutingTable::build(&snapshot).unwrap());
}

fn hook_job(key: &str, webhook_id: &str, url: &str) -> Job {
    Job {
        target: Target::Webhook { webhook_id: webhook_id.into() },
        method: PostbackMethod::Post,
        content_type: Some(BodyType::Json),
        body: format!(r#"{{"type":"conversion","data":{{"key":"{key}","name":"ä"}}}}"#),
        ..job(key, url)
    }
}

/// As a receiver checks it.
fn assert_signed(seen: &Seen) {
    let (id, at) = (seen.header("webhook-id"), seen.header("webhook-timestamp"));
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update([id.as_bytes(), b".", at.as_bytes(), b".", &seen.body].concat().as_slice());
    let given = seen.header("webhook-signature").strip_prefix("v1,").unwrap();
    mac.verify_slice(&BASE64_STANDARD.decode(given).unwrap()).unwrap();
    let age_s = now_ms() / 1000 - at.parse::<i64>().unwrap();
    assert!((0..=60).contains(&age_s), "{age_s}");
    assert_eq!(id, seen.key());
    assert_eq!(seen.header("content-type"), "application/json");
}

#[tokio::test]
async fn every_attempt_is_signed_anew_with_the_secret_of_the_moment() {
    let bench = Bench::start_with(|options| options.retries.first = Duration::from_millis(1)).await;
    let receiver = Receiver::start(|seen, before| {
        // The second attempt is asked for after the second has turned.
        let mut response = answer(if before == 0 { 503 } else { 200 }, "");
        response.headers_mut().insert("retry-after", "2".parse().unwrap());
        assert_eq!(seen.method, "POST");
        response
    })
    .await;
    let url = receiver.url("/hook");
    // Without a snapshot nobody knows the secret: it waits, and no attempt is used up.
    bench.outbound.enqueue(vec![hook_job("k1", "h1", &url)]).await.unwrap();
    serve(&bench, 1, vec![webhook("h1", &url, Status::Active)]);
    bench.wait_until_empty().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 2);
    seen.iter().for_each(assert_signed);
    assert_eq!(seen[0].body, seen[1].body);
    assert_ne!(seen[0].header("webhook-timestamp"), seen[1].header("webhook-timestamp"));
    let (_, log) = bench.stop().await;
    let told: Vec<_> =
        log.iter().map(|e| (e.status.as_str(), e.attempt, e.event["target_id"].as_str().unwrap())).collect();
    assert_eq!(told, [("failed", 1, "h1"), ("delivered", 2, "h1")]);
}

#[tokio::test]
async fn a_webhook_that_is_gone_or_paused_cancels_and_one_that_moved_is_followed() {
    let (bench, receiver) = (Bench::start().await, Receiver::start(ok).await);
    let url = receiver.url("/new");
    let hooks = vec![webhook("paused", &url, Status::Paused), webhook("moved", &url, Status::Active)];
    serve(&bench, 1, hooks);
    let old = "http://127.0.0.1:1/old";
    let jobs = ["gone", "paused", "moved"].map(|id| hook_job(&format!("k-{id}"), id, old));
    bench.outbound.enqueue(jobs.to_vec()).await.unwrap();
    bench.wait_until_empty().await;
    let seen = receiver.seen();
    assert_eq!((seen.len(), seen[0].key(), seen[0].path.as_str()), (1, "k-moved", "/new"));
    let stats = bench.stats().await;
    assert_eq!((stats.cancelled_total, stats.delivered_total, stats.failed_total), (2, 1, 0));
    let (_, mut log) = bench.stop().await;
    log.sort_by(|a, b| a.key.cmp(&b.key));
    let told: Vec<_> = log.iter().map(|e| (e.key.as_str(), e.status.as_str(), e.error.as_str())).collect();
    assert_eq!(
        told,
        [
            ("k-gone", "cancelled", "the webhook is gone"),
            ("k-moved", "delivered", ""),
            ("k-paused", "cancelled", "the webhook is not active"),
        ]
    );
}

#[tokio::test]
async fn what_central_hands_over_is_sent_once() {
    let (bench, receiver) = (Bench::start().await, Receiver::start(ok).await);
    let operator = Operator::of(&bench).await;
    let message = |id: &str, webhook_id: &str| WebhookMessage {
        id: id.to_owned(),
        webhook_id: webhook_id.into(),
        event: WebhookEvent::NodeOffline,
        body: format!(r#"{{"type":"node.offline","id":"{id}"}}"#),
        created_at: now_ms(),
    };
    let early = Messages { messages: vec![message("m0", "h1"), message("m4", "h2")] };
    let long_gone = WebhookMessage { created_at: now_ms() - 3_600_000, ..message("m3", "gone") };
    let messages = Messages { messages: vec![message("m1", "h1"), message("m2", "h1"), long_gone] };
    let body = serde_json::to_value(&messages).unwrap();
    assert_eq!(operator.post(MESSAGES_PATH, &body).await.0, 503, "before the first snapshot");
    serve(&bench, 1, vec![webhook("h1", &receiver.url("/"), Status::Active)]);
    for _ in 0..3 {
        assert_eq!(operator.post(MESSAGES_PATH, &body).await.0, 204);
    }
    eventually("both are sent", LIMIT, async || bench.stats().await.delivered_total == 2).await;
    assert_eq!(operator.post(MESSAGES_PATH, &body).await.0, 204);
    assert_eq!(bench.stats().await.queued, 0);
    assert_eq!(receiver.keys(), ["m1", "m2"]);
    // The node may only not have heard of it yet.
    let early = serde_json::to_value(&early).unwrap();
    for _ in 0..2 {
        assert_eq!(operator.post(MESSAGES_PATH, &early).await.0, 503);
    }
    let hooks = ["h1", "h2"].map(|id| webhook(id, &receiver.url("/"), Status::Active));
    serve(&bench, 2, hooks.into());
    assert_eq!(operator.post(MESSAGES_PATH, &early).await.0, 204);
    eventually("all are sent", LIMIT, async || bench.stats().await.delivered_total == 4).await;
    assert_eq!(receiver.keys(), ["m0", "m1", "m2", "m4"]);
    receiver.seen().iter().for_each(assert_signed);
    for bad in ["", "with space", "ümlaut", &"x".repeat(257)] {
        let body = serde_json::to_value(Messages { messages: vec![message(bad, "h1")] }).unwrap();
        let (status, error) = operator.post(MESSAGES_PATH, &body).await;
        assert_eq!((status, error["error"]["details"][0]["field"].as_str()), (400, Some("messages[0].id")));
    }
}
