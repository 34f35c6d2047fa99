//! Clicks that pass a landing page on their way to an offer.

use serde_json::json;

use crate::{
    routing::{AGENT, LIMIT, host, to},
    world::{World, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_page_hands_the_click_on_to_an_offer() {
    let world = World::start().await;
    let page = world.destination_with("https://page.example/{sub1}", json!({ "kind": "landing" })).await;
    let offer = world.destination("https://offer.example/?c={click_id}&s={sub1}&z={query.zone}").await;
    let campaign = world
        .campaign_with_streams(
            "pages",
            json!([{ "name": "s", "landings": to(&page), "targets": to(&offer) }]),
        )
        .await;
    let mut node = world.node("node-a").await;
    let first = node.get_with("/c/pages?sub1=x&zone=7&cost=0.5", &[("user-agent", AGENT)]).await;
    let location = first.location();
    assert_eq!((location.host_str(), location.path()), (Some("page.example"), "/x"));
    let cid = location
        .query_pairs()
        .find(|(name, _)| name == "cid")
        .expect("the page gets the click id")
        .1
        .into_owned();
    let cookie = first.header("set-cookie").split(';').next().unwrap().to_owned();

    // What the first step knew is still there after a crash, and goes into the offer's URL.
    node.kill_and_restart().await;
    let second = node.get_with(&format!("/click?cid={cid}"), &[("user-agent", AGENT)]).await;
    assert_eq!(second.location().as_str(), format!("https://offer.example/?c={cid}&s=x&z=7"));
    let by_cookie = node.get_with("/click", &[("user-agent", AGENT), ("cookie", &cookie)]).await;
    assert_eq!(by_cookie.location().as_str(), format!("https://offer.example/?c={cid}&s=x&z=7"));

    // A node that never saw the click needs the cookie.
    let other = world.node("node-b").await;
    let unknown = other.get(&format!("/click?cid={cid}")).await;
    assert_eq!((unknown.status, unknown.error_code()), (404, "click_not_found".to_owned()));
    let known = other.get_with("/click?sub1=y", &[("user-agent", AGENT), ("cookie", &cookie)]).await;
    assert_eq!(known.location().as_str(), format!("https://offer.example/?c={cid}&s=y&z="));
    for forged in ["", "?cid=", "?cid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "?cid=../../etc"] {
        assert_eq!(node.get(&format!("/click{forged}")).await.error_code(), "click_not_found", "{forged}");
    }

    eventually("all steps are stored", LIMIT, async || {
        world.report("overview", &[("campaign", &campaign.id)]).await["lp_clicks"] == 2
    })
    .await;
    let overview = world.report("overview", &[("campaign", &campaign.id)]).await;
    assert_eq!((&overview["clicks"], &overview["lp_views"]), (&json!(1), &json!(1)), "{overview}");
    assert_eq!(overview["lp_ctr"], 200.0, "once on each node: {overview}");
    assert_eq!(overview["cost"].as_str().unwrap().parse::<f64>().unwrap(), 0.5, "paid once: {overview}");

    // The offer closes while the visitor reads: the second step goes to the fallback, and is still no click.
    let first = node.get_with("/c/pages?cost=0.25", &[("user-agent", AGENT)]).await;
    let cid = first.location().query_pairs().find(|(name, _)| name == "cid").unwrap().1.into_owned();
    world.patch("/api/destinations", &offer, json!({ "status": "paused" })).await;
    let fallback = world.destination("https://fallback.example/?c={click_id}").await;
    world.patch("/api/campaigns", &campaign.id, json!({ "fallback_destination_id": fallback })).await;
    let path = format!("/click?cid={cid}");
    eventually("the fallback takes it", LIMIT, async || host(&node, &path).await == "fallback.example").await;
    eventually("it is stored", LIMIT, async || {
        world.report("overview", &[("campaign", &campaign.id)]).await["lp_clicks"] == 3
    })
    .await;
    let overview = world.report("overview", &[("campaign", &campaign.id)]).await;
    assert_eq!((&overview["clicks"], &overview["lp_views"]), (&json!(2), &json!(2)), "{overview}");
    assert_eq!(overview["cost"].as_str().unwrap().parse::<f64>().unwrap(), 0.75, "{overview}");
    world.assert_audit_is_clean().await;
}

/// A page's cap is spent by the clicks that are sent to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_landing_page_has_its_cap_too() {
    let world = World::start().await;
    let cap =
        json!({ "kind": "landing", "caps": [{ "metric": "clicks", "limit": "3", "window_hours": 24 }] });
    let page = world.destination_with("https://page.example/", cap).await;
    let offer = world.destination("https://offer.example/?c={click_id}").await;
    world
        .campaign_with_streams(
            "pages",
            json!([{ "name": "s", "landings": to(&page), "targets": to(&offer) }]),
        )
        .await;
    let node = world.node_with("node-a", &[("CAP_LEASE_INTERVAL_MS", "100")]).await;
    let mut went = Vec::new();
    eventually("the page takes its three clicks", LIMIT, async || {
        went.push(host(&node, "/c/pages").await);
        went.iter().filter(|host| *host == "page.example").count() == 3
    })
    .await;
    for _ in 0..20 {
        assert_eq!(host(&node, "/c/pages").await, "offer.example", "and no more");
    }

    // A visitor who goes on from the page again and again was paid for once.
    let open = world.destination_with("https://page.example/", json!({ "kind": "landing" })).await;
    let cap = json!({ "caps": [{ "metric": "cost", "limit": "1", "window_hours": 24 }] });
    let paid = world.destination_with("https://paid.example/?c={click_id}", cap).await;
    world
        .campaign_with_streams("paid", json!([{ "name": "s", "landings": to(&open), "targets": to(&paid) }]))
        .await;
    eventually("the campaign is known", LIMIT, async || host(&node, "/c/paid").await == "page.example").await;
    let first = node.get_with("/c/paid?cost=0.6", &[("user-agent", AGENT)]).await;
    let cid = first.location().query_pairs().find(|(name, _)| name == "cid").unwrap().1.into_owned();
    let path = format!("/click?cid={cid}");
    eventually("the offer has its lease", LIMIT, async || host(&node, &path).await == "paid.example").await;
    for _ in 0..10 {
        assert_eq!(host(&node, &path).await, "paid.example");
    }
}
