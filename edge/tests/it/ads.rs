//! The ads click API: told to a node, read at central.

use jiff::{Timestamp, ToSpan};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::world::{Node, World};

async fn tell(node: &Node, body: &Value) -> (u16, Value) {
    let url = format!("http://{}/ads/click", node.addr());
    let answer = Client::new().post(url).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn click(ad: &str, id: &str, timestamp: Timestamp) -> Value {
    json!({ "clickId": id, "ad_id": ad, "name": "mc donalds", "ip": "203.0.113.7", "timestamp": timestamp.to_string() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_told_click_counts_once_whatever_is_repeated_or_killed() {
    let world = World::start().await;
    let campaign = world.campaign("advertised", "https://offer.example/?cid={click_id}").await;
    let streams =
        world.admin(Method::GET, &format!("/api/campaigns/{}/streams", campaign.id), Value::Null).await;
    let (ad, name) = (streams["items"][0]["id"].as_str().unwrap(), &streams["items"][0]["name"]);
    let mut node = world.node("node-a").await;
    let at: Timestamp = Timestamp::now().checked_sub(90.minutes()).unwrap();

    let received = (200, json!({ "data": "click event received" }));
    let ids: Vec<String> = (0..20).map(|i| format!("5dbb7845-5133-4d7e-bfc4-{i:012}")).collect();
    for id in &ids {
        assert_eq!(tell(&node, &click(ad, id, at)).await, received);
    }
    node.kill_and_restart().await;
    // Repeats, also with another time, and many at once.
    let later = at.checked_add(5.minutes()).unwrap();
    for id in &ids[..10] {
        assert_eq!(tell(&node, &click(ad, id, later)).await, received, "known after the kill");
    }
    let new = click(ad, "at-once", at);
    let answers = futures_util::future::join_all((0..8).map(|_| tell(&node, &new))).await;
    assert!(answers.contains(&received));
    assert!(
        answers.iter().all(|(status, body)| *status == 200 || body["errors"]["code"] == "BUSY"),
        "{answers:?}"
    );
    world.wait_for_clicks(21).await;
    let stored: Value = serde_json::from_str(
        &world
            .rows(
                "SELECT stream_id, campaign_id, source_click_id, ip_prefix, decision, is_bot, query['ad_name'] AS name, \
                 toUnixTimestamp64Milli(created_at) AS at, length(click_id) AS len \
                 FROM click_events FINAL WHERE source_click_id = 'at-once' \
                 SETTINGS output_format_json_quote_64bit_integers = 0 FORMAT JSONEachRow",
            )
            .await,
    )
    .unwrap();
    let expected = json!({
        "stream_id": ad, "campaign_id": campaign.id, "source_click_id": "at-once", "ip_prefix": "203.0.113.0/24",
        "decision": "reported", "is_bot": false, "name": "mc donalds", "at": at.as_millisecond(), "len": 32,
    });
    assert_eq!(stored, expected);

    let ads = world.admin(Method::GET, "/ads", Value::Null).await;
    let shown = &ads["data"][0];
    assert_eq!((shown["id"].as_str(), &shown["name"]), (Some(ad), name));
    assert_eq!(shown["campaignId"], campaign.id);
    assert_eq!(shown["media"], "https://offer.example/?cid={click_id}");
    assert!(shown["createdAt"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let all = world.admin(Method::GET, "/ads/analytics", Value::Null).await;
    assert_eq!(all, json!({ "data": [{ "ad_id": ad, "name": name, "total_clicks": "21" }] }));
    let (start, end) = (at, at.checked_add(1.minutes()).unwrap());
    let of_one = |from: Timestamp, to: Timestamp| format!("/ads/{ad}/analytics?start={from}&end={to}");
    let one = world.admin(Method::GET, &of_one(start, end), Value::Null).await;
    let expected =
        json!({ "ad_id": ad, "totalclicks": 21, "start": start.to_string(), "end": end.to_string() });
    assert_eq!(one, json!({ "data": expected }));
    let none = world.admin(Method::GET, &of_one(end, later), Value::Null).await;
    assert_eq!(none["data"]["totalclicks"], 0);
    let report = world.report("overview", &[("campaign", &campaign.id)]).await;
    assert_eq!(report["clicks"], 21, "{report}");
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_in_the_shape_of_that_api() {
    let world = World::start().await;
    world.campaign("advertised", "https://offer.example/").await;
    let node = world.node_with("node-a", &[("ADS_CLICK_TOKEN", "a-token-of-the-sender")]).await;
    let (status, body) = tell(&node, &json!({})).await;
    assert_eq!((status, &body["errors"]["code"]), (401, &json!("UNAUTHORIZED")));
    let told = async |body: &Value| {
        let url = format!("http://{}/ads/click", node.addr());
        let request = Client::new().post(url).bearer_auth("a-token-of-the-sender").json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) =
        told(&json!({ "clickId": "", "ad_id": "x", "ip": "1", "timestamp": "2025-09-06T1" })).await;
    assert_eq!((status, &body["errors"]["code"]), (400, &json!("BAD_REQUEST")));
    assert_eq!(body["errors"]["message"], "Body validation failed.");
    let fields: Vec<&str> =
        body["errors"]["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["clickId", "ip", "timestamp"]);
    assert!(body["errors"]["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let (status, body) = told(&click("nothing", "c1", Timestamp::now())).await;
    assert_eq!((status, &body["errors"]["code"]), (404, &json!("NOT_FOUND")));

    let ask = async |path: &str, token: Option<&str>| {
        let url = format!("http://{}{path}", world.central_addr());
        let mut request = Client::new().get(url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) = ask("/ads", None).await;
    assert_eq!((status, &body["errors"]["code"]), (401, &json!("UNAUTHORIZED")), "{body}");
    let token = Some(traffoflex_local::stack::BOOTSTRAP_TOKEN);
    let (status, body) = ask("/ads/x/analytics?start=2025-09-05T10:00:00Z&end=2025-09-06T1", token).await;
    assert_eq!((status, &body["errors"]["details"][0]["field"]), (400, &json!("end")), "{body}");
    let times = "start=2025-09-05T10:00:00Z&end=2025-09-06T10:00:00Z";
    let (status, body) = ask(&format!("/ads/x/analytics?{times}"), token).await;
    assert_eq!((status, &body["errors"]["code"]), (404, &json!("NOT_FOUND")), "{body}");
}
