//! A click from the request to the report.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_click_becomes_a_report_row() {
    let world = World::start().await;
    let campaign =
        world.campaign("winter", "https://offer.example/?cid={click_id}&geo={country}&s={sub1}").await;
    let node = world.node("node-a").await;

    let answer = node.get("/c/winter?sub1=creative%207&cost=0.25&source=unknown-source&clickid=ext-1").await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("cache-control"), "no-store");
    let location = answer.location();
    assert!(location.as_str().starts_with("https://offer.example/?cid="), "{location}");
    assert!(location.as_str().ends_with("&s=creative%207"), "{location}");
    let by_public_id = node.get(&format!("/go/{}?sub1=b&cost=0.5", campaign.public_id)).await;
    assert_eq!(by_public_id.status, 302);
    assert_ne!(answer.click_id(), by_public_id.click_id());
    assert_eq!(answer.click_id().len(), 32);

    world.wait_for_clicks(2).await;
    let overview = world.report("overview", &[]).await;
    assert_eq!(overview["clicks"], 2, "{overview}");
    assert_eq!(overview["cost"].as_str().and_then(|c| c.parse::<f64>().ok()), Some(0.75), "{overview}");

    let rows =
        world.report("grouped", &[("group_by", "campaign,sub1"), ("sort", "sub1"), ("order", "asc")]).await;
    let subs: Vec<&str> =
        rows["items"].as_array().unwrap().iter().map(|r| r["sub1"].as_str().unwrap()).collect();
    assert_eq!(subs, ["b", "creative 7"], "{rows}");

    let stored = world.click(answer.click_id()).await;
    assert_eq!(stored["campaign_id"], campaign.id);
    assert_eq!(stored["source_id"], "unknown-source");
    assert_eq!(stored["source_click_id"], "ext-1");
    assert_eq!(stored["node_id"], "node-a");
    assert_eq!(stored["decision"], "routed");
    assert_eq!(stored["ip"], "", "full addresses are off by default");
    assert_eq!(stored["ip_hash"].as_str().unwrap().len(), 16);
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_request_names_another_destination() {
    let world = World::start().await;
    world.campaign("fixed", "https://offer.example/path?x={query.url}").await;
    let node = world.node("node-a").await;
    for parameter in ["url", "redirect_url", "next", "target", "URL", "destination_id", "location"] {
        let answer = node.get(&format!("/c/fixed?{parameter}=https://evil.example/")).await;
        assert_eq!(answer.status, 302, "{parameter}");
        let location = answer.location();
        assert_eq!(location.host_str(), Some("offer.example"), "{parameter}: {location}");
        assert_eq!(location.path(), "/path", "{parameter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_choose_the_stream_and_edits_reach_the_node() {
    let world = World::start().await;
    let a = world.destination("https://a.example/?c={click_id}").await;
    let b = world.destination("https://b.example/?c={click_id}").await;
    let only = |field: &str, value: &str| json!({"all":[{"condition":{"field":field,"operator":"eq","values":[value]}}]});
    let campaign = world
        .campaign_with_streams(
            "rules",
            json!([
                {"name":"sub","position":1,"rules":only("sub1","A"),"strategy":"weighted","targets":[{"destination_id":a,"weight":1}]},
                {"name":"query","position":2,"rules":only("query.zone","7"),"strategy":"weighted","targets":[{"destination_id":b,"weight":1}]},
            ]),
        )
        .await;
    let node = world.node("node-a").await;
    assert_eq!(node.get("/c/rules?sub1=a").await.location().host_str(), Some("a.example"), "case is ignored");
    assert_eq!(node.get("/c/rules?Zone=7").await.location().host_str(), Some("b.example"));
    let unrouted = node.get("/c/rules?sub1=other").await;
    assert_eq!((unrouted.status, unrouted.error_code()), (404, "no_route".to_owned()));

    // An edit at central changes the node's answer without anybody telling it.
    world.patch("/api/campaigns", &campaign.id, json!({ "fallback_destination_id": b })).await;
    eventually("the fallback takes what no stream takes", Duration::from_secs(10), async || {
        node.get("/c/rules?sub1=other").await.status == 302
    })
    .await;
    world.patch("/api/campaigns", &campaign.id, json!({ "status": "paused" })).await;
    eventually("a paused campaign is not found", Duration::from_secs(10), async || {
        node.get("/c/rules?sub1=a").await.error_code() == "campaign_not_found"
    })
    .await;
    assert!(node.stats().await["published_total"].is_number());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_send_visitors_on_and_hold_no_foreign_markup() {
    let world = World::start().await;
    for kind in ["meta_refresh", "javascript", "interstitial"] {
        let url = format!("https://{kind}.example/{{raw:sub1}}?c={{click_id}}&s={{sub2}}").replace('_', "-");
        let target =
            world.destination_with(&url.replace("click-id", "click_id"), json!({ "redirect": kind })).await;
        let targets = json!([{ "destination_id": target, "weight": 1 }]);
        world
            .campaign_with_streams(&kind.replace('_', "-"), json!([{ "name": "s", "targets": targets }]))
            .await;
    }
    let node = world.node("node-pages").await;
    let evil = "%22%3E%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E'%22";
    for (kind, expected) in [
        ("meta-refresh", "content=\"0;url=https://meta-refresh.example/"),
        ("javascript", "location.replace(\"https://javascript.example/"),
        ("interstitial", "content=\"2;url=https://interstitial.example/"),
    ] {
        let answer = node.get(&format!("/c/{kind}?sub1={evil}&sub2={evil}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.body.contains(expected), "{}", answer.body);
        assert!(!answer.body.contains("alert(1)</script>"), "{}", answer.body);
        assert_eq!(answer.body.matches("<script>").count(), usize::from(kind == "javascript"));
    }
    world.wait_for_clicks(3).await;
}

/// Host, condition, query, headers.
type Case<'a> = (&'a str, Value, &'a str, &'a [(&'a str, &'a str)]);

/// Each stream asks one thing of the click and has a host of its own, so that the redirect names the
/// rule that held; what none takes goes to the fallback.
#[tokio::test(flavor = "multi_thread")]
async fn every_operator_decides_on_the_node() {
    let world = World::start().await;
    let cases: [Case<'_>; 12] = [
        ("contains", json!({"field":"sub1","operator":"contains","values":["ONE"]}), "sub1=someONEelse", &[]),
        ("starts", json!({"field":"sub2","operator":"starts_with","values":["pre"]}), "sub2=Prefix", &[]),
        ("ends", json!({"field":"sub3","operator":"ends_with","values":["fix"]}), "sub3=sufFIX", &[]),
        ("gte", json!({"field":"query.bid","operator":"gte","values":["0.50"]}), "bid=0&BID=0.5", &[]),
        ("regex", json!({"field":"sub4","operator":"regex","values":["^z-\\d+$"]}), "sub4=Z-42", &[]),
        ("exists", json!({"field":"utm_term","operator":"exists"}), "utm_term=x", &[]),
        (
            "cidr",
            json!({"field":"ip","operator":"cidr","values":["203.0.113.0/24"]}),
            "",
            &[("x-forwarded-for", "203.0.113.7")],
        ),
        (
            "version",
            json!({"field":"browser_version","operator":"gt","values":["140"]}),
            "",
            &[(
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            )],
        ),
        (
            "os",
            json!({"field":"os","operator":"in","values":["ios"]}),
            "",
            &[(
                "user-agent",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            )],
        ),
        (
            "bot",
            json!({"field":"is_bot","operator":"eq","values":["true"]}),
            "",
            &[("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")],
        ),
        (
            "language",
            json!({"field":"language","operator":"starts_with","values":["pt"]}),
            "",
            &[("accept-language", "pt-BR,pt;q=0.9")],
        ),
        (
            "referrer",
            json!({"field":"referrer","operator":"contains","values":["news.example"]}),
            "",
            &[("referer", "https://news.example/a")],
        ),
    ];
    let mut streams = Vec::new();
    for (position, (name, condition, ..)) in cases.iter().enumerate() {
        let target = world.destination(&format!("https://{name}.example/?c={{click_id}}")).await;
        let targets = json!([{ "destination_id": target, "weight": 1 }]);
        let rules = json!({ "all": [{ "condition": condition }] });
        streams.push(json!({ "name": name, "position": position, "rules": rules, "targets": targets }));
    }
    let campaign = world.campaign_with_streams("operators", Value::Array(streams)).await;
    let rest = world.destination("https://none.example/?c={click_id}").await;
    world.patch("/api/campaigns", &campaign.id, json!({ "fallback_destination_id": rest })).await;
    let node = world.node_with("node-rules", &[("TRUSTED_PROXY_CIDRS", "127.0.0.1/32")]).await;
    let goes_to = async |query: &str, headers: &[(&str, &str)]| {
        let answer = node.get_with(&format!("/c/operators?{query}"), headers).await;
        answer.location().host_str().unwrap().to_owned()
    };
    eventually("the fallback is known", Duration::from_secs(10), async || {
        node.get("/c/operators").await.status == 302
    })
    .await;
    assert_eq!(goes_to("sub1=other&bid=0.49", &[]).await, "none.example");
    for (name, _, query, headers) in cases {
        assert_eq!(goes_to(query, headers).await, format!("{name}.example"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_kafka_with_its_trace_and_counted_once_by_both_ways() {
    let world = World::start_with_kafka().await;
    world.campaign("kafka", "https://offer.example/?cid={click_id}").await;
    let node =
        world.node_with("node-k", &[("EVENT_SINK", "redpanda"), ("EVENT_BROKERS", world.brokers())]).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = node.get_with("/c/kafka?sub1=x", &[("traceparent", trace), ("x-request-id", "it-1")]).await;
    assert_eq!(answer.header("x-request-id"), "it-1");
    for n in 0..99 {
        assert_eq!(node.get(&format!("/c/kafka?sub1={n}")).await.status, 302);
    }
    world.wait_for_clicks(100).await;
    assert_eq!(world.kafka_header(answer.click_id(), "traceparent").await.as_deref(), Some(trace));

    // The same events once more by the other way: replayed as a batch to central.
    world.replay_clicks_through_central("node-k").await;
    let overview = world.report("overview", &[]).await;
    assert_eq!(overview["clicks"], 100, "{overview}");
    world.assert_audit_is_clean().await;
}
