//! `/r/{token}`: minted at central, opened on a node.

use std::time::Duration;

use serde_json::json;

use crate::world::{World, eventually};

const LIMIT: Duration = Duration::from_secs(30);

/// The same link with another character in the middle of its signature.
fn changed(path: &str) -> String {
    let at = path.len() - 10;
    let other = if &path[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &path[..at], &path[at + 1..])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_settles_where_a_click_goes_and_what_it_says() {
    let world = World::start().await;
    let url = |host: &str| format!("https://{host}.example/?cid={{click_id}}&s={{sub1}}&t={{sub2}}");
    let a = world.destination(&url("a")).await;
    let b = world.destination(&url("b")).await;
    let c = world.destination(&url("c")).await;
    let targets = json!([{ "destination_id": a, "weight": 1000 }, { "destination_id": b, "weight": 1 }]);
    let streams = json!([
        { "name": "first", "position": 1, "strategy": "waterfall", "targets": targets },
        { "name": "second", "position": 2, "targets": [{ "destination_id": c, "weight": 1 }] },
    ]);
    let campaign = world.campaign_with_streams("linked", streams).await;
    let plain = world.link(&campaign.id, json!({ "sub1": "säle 7%" })).await;
    let pinned = world.link(&campaign.id, json!({ "destination_id": b, "expires_in_seconds": 600 })).await;
    let other = world.link(&campaign.id, json!({ "destination_id": c })).await;
    let node = world.node("node-a").await;

    let answer = node.get(&format!("{plain}?sub1=forged&sub2=mine&cost=0.5")).await;
    assert_eq!(answer.status, 302, "{}", answer.body);
    assert_eq!(answer.location().host_str(), Some("a.example"));
    assert!(
        answer.header("location").ends_with("&s=s%C3%A4le%207%25&t=mine"),
        "{}",
        answer.header("location")
    );
    for _ in 0..5 {
        assert_eq!(node.get(&pinned).await.location().host_str(), Some("b.example"), "good for many clicks");
    }
    assert_eq!(node.get(&other).await.location().host_str(), Some("c.example"), "the stream follows");

    world.wait_for_clicks(7).await;
    let stored = world.click(answer.click_id()).await;
    assert_eq!((&stored["sub1"], &stored["sub2"]), (&json!("säle 7%"), &json!("mine")), "{stored}");
    assert_eq!((&stored["decision"], &stored["campaign_id"]), (&json!("routed"), &json!(campaign.id)));
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_refused_or_sent_to_trafficback_and_counted_by_reason() {
    let world = World::start().await;
    let refusing = world.campaign("refusing", "https://offer.example/?cid={click_id}").await;
    let sending = world.campaign("sending", "https://offer.example/?cid={click_id}").await;
    let back = world.destination("https://back.example/?cid={click_id}").await;
    let policy = json!({ "invalid": "trafficback", "expired": "trafficback", "replayed": "trafficback" });
    let change = json!({ "trafficback_destination_id": back, "link_policy": policy });
    world.patch("/api/campaigns", &sending.id, change).await;
    let node = world.node("node-a").await;

    let brief = json!({ "expires_in_seconds": 1, "sub1": "late" });
    let (refused, sent) =
        (world.link(&refusing.id, brief.clone()).await, world.link(&sending.id, brief).await);
    // An expired link of a fresh one: the clock is all that changes. The clicks before it are routed ones.
    let mut routed = 0;
    eventually("the link has expired", LIMIT, async || {
        let answer = node.get(&refused).await;
        routed += usize::from(answer.status == 302);
        match answer.status {
            302 => false,
            status => {
                assert_eq!((status, answer.error_code().as_str()), (410, "link_expired"));
                true
            }
        }
    })
    .await;
    let once = json!({ "one_time": true });
    for (campaign, used) in [(&refusing, "refused"), (&sending, "sent")] {
        let link = world.link(&campaign.id, once.clone()).await;
        assert_eq!(node.get(&link).await.location().host_str(), Some("offer.example"), "{used}");
        routed += 1;
        let (replayed, forged) = (node.get(&link).await, node.get(&changed(&link)).await);
        if used == "refused" {
            assert_eq!((replayed.status, replayed.error_code().as_str()), (403, "link_replayed"));
            assert_eq!((forged.status, forged.error_code().as_str()), (403, "link_invalid"));
            assert!(replayed.header("location").is_empty() && forged.header("location").is_empty());
        } else {
            for answer in [replayed, forged, node.get(&sent).await] {
                assert_eq!(answer.location().host_str(), Some("back.example"));
            }
        }
    }
    // No link at all names no campaign: it is refused and no click.
    for path in ["/r/", "/r/x", "/r/%00", "/r/%2e%2e%2fc%2frefusing", &format!("/r/{}", "A".repeat(2000))] {
        let answer = node.get(path).await;
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "link_invalid"), "{path}");
    }
    node.wait_until_drained().await;
    world.wait_for_clicks(routed + 6).await;
    assert_eq!(
        world.rejections().await,
        [
            "link_expired blocked 1",
            "link_expired trafficback 1",
            "link_invalid blocked 1",
            "link_invalid trafficback 1",
            "link_replayed blocked 1",
            "link_replayed trafficback 1"
        ]
    );
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_one_click_is_good_for_one_also_after_a_kill() {
    let world = World::start().await;
    let campaign = world.campaign("once", "https://offer.example/?cid={click_id}").await;
    let minted = world
        .post(&format!("/api/campaigns/{}/links", campaign.id), json!({ "one_time": true, "count": 8 }))
        .await;
    let links: Vec<&str> =
        minted["items"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap()).collect();
    assert_eq!(links.len(), 8);
    // What is answered is on disk, also where other clicks do not wait for it.
    for (name, ack) in [("committed", "committed"), ("buffered", "buffered")] {
        let mut node = world.node_with(name, &[("OUTBOX_ACK", ack)]).await;
        for link in &links[..4] {
            let client = node.client();
            let clicks = (0..10).map(|_| client.try_get(link));
            let answers = futures_util::future::join_all(clicks).await;
            let taken = answers.iter().filter(|answer| answer.as_ref().unwrap().status == 302).count();
            assert_eq!(taken, 1, "of ten clicks at once, {name}");
            let others = answers.iter().flatten().filter(|answer| answer.status != 302);
            others.for_each(|answer| assert_eq!(answer.error_code(), "link_replayed"));
        }
        node.kill_and_restart().await;
        for link in &links[..4] {
            assert_eq!(node.get(link).await.error_code(), "link_replayed", "{name}");
        }
        for link in &links[4..6] {
            assert_eq!(node.get(link).await.status, 302, "{name}");
        }
        node.kill_and_restart().await;
        for link in &links[..6] {
            assert_eq!(node.get(link).await.error_code(), "link_replayed", "{name}");
        }
    }
    let node = world.node_with("small", &[("LINK_NONCES_MAX", "1")]).await;
    assert_eq!(node.get(links[6]).await.status, 302);
    let full = node.get(links[7]).await;
    assert_eq!((full.status, full.error_code().as_str()), (503, "link_store_full"));
    assert_eq!(node.get(links[6]).await.error_code(), "link_replayed", "nothing that counts is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_and_a_revoked_one_opens_nothing() {
    let world = World::start().await;
    let campaign = world.campaign("keys", "https://offer.example/?cid={click_id}").await;
    let mut node = world.node("node-a").await;
    let before = world.link(&campaign.id, json!({})).await;
    let [first] = world.link_keys().await[..] else { panic!("there is one key") };
    assert_eq!(world.revoke_link_key(first).await, 409, "it signs");

    world.post("/api/link-keys/rotate", json!({})).await;
    world.reach(&node).await;
    let after = world.link(&campaign.id, json!({})).await;
    let keys = world.link_keys().await;
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1], first, "the new one signs");
    for link in [&before, &after] {
        assert_eq!(node.get(link).await.status, 302);
    }

    assert_eq!(world.revoke_link_key(first).await, 204);
    assert_eq!(world.revoke_link_key(first).await, 404);
    world.reach(&node).await;
    assert_eq!(node.get(&before).await.error_code(), "link_invalid");
    assert_eq!(node.get(&after).await.status, 302);
    // From the node's own disk as well.
    node.kill_and_restart().await;
    assert_eq!(node.get(&before).await.error_code(), "link_invalid");
    assert_eq!(node.get(&after).await.status, 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_cannot_be_remembered_is_not_used_up() {
    let mut world = World::start().await;
    let campaign = world.campaign("full", "https://offer.example/?cid={click_id}").await;
    let link = world.link(&campaign.id, json!({ "one_time": true })).await;
    let node = world.node_with("node-full", &[("OUTBOX_MAX_BYTES", "65536")]).await;
    world.stop_central().await;
    eventually("the outbox fills", LIMIT, async || {
        for _ in 0..50 {
            assert_eq!(node.get("/c/full").await.status, 302, "other clicks are redirected all the same");
        }
        node.stats().await["dropped_total"].as_u64().unwrap() > 0
    })
    .await;
    let refused = node.get(&link).await;
    assert_eq!((refused.status, refused.error_code().as_str()), (503, "outbox_unavailable"));
    assert!(refused.header("location").is_empty());

    world.start_central().await;
    node.wait_until_drained().await;
    eventually("the link is taken", LIMIT, async || node.get(&link).await.status == 302).await;
    assert_eq!(node.get(&link).await.error_code(), "link_replayed");
    assert!(!node.log().contains(&link), "a token is nothing for a log");
}
