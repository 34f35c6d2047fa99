//! `/api/domains`: proven by DNS, and kept so.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::{
    dns_server::{Answer as Dns, DnsServer},
    stack::Stack,
};

use crate::world::{Answer, World, eventually};

const TARGET: &str = "edge.tracker.example";

async fn world(dns: &DnsServer, verified_ms: &str, pending_ms: &str) -> World {
    let settings = [
        ("DNS_SERVERS", dns.address().to_string()),
        ("DOMAIN_CNAME_TARGET", format!("{TARGET}.")),
        ("DOMAIN_VERIFY_INTERVAL_MS", verified_ms.to_owned()),
        ("DOMAIN_PENDING_INTERVAL_MS", pending_ms.to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    World { stack: Stack::start_with(false, &settings).await.unwrap(), client: reqwest::Client::new() }
}

async fn create(world: &World, host: &str) -> Answer {
    world.post("/api/domains", json!({ "host": host })).await
}

async fn verify(world: &World, id: &str) -> Value {
    let answer = world.post(&format!("/api/domains/{id}/verify"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn record<'b>(body: &'b Value, kind: &str) -> (&'b str, &'b str) {
    let found = body["instructions"].as_array().unwrap().iter().find(|record| record["type"] == kind);
    let found = found.unwrap_or_else(|| panic!("no {kind}: {body}"));
    (found["name"].as_str().unwrap(), found["value"].as_str().unwrap())
}

fn txt(dns: &DnsServer, body: &Value) {
    let (name, value) = record(body, "TXT");
    dns.set(name, vec![Dns::Txt("v=spf1 -all".into()), Dns::Txt(value.to_owned())]);
}

const LONG: &str = "3600000";

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_proven_by_txt_or_by_cname_and_says_what_is_wrong() {
    let dns = DnsServer::start().await.unwrap();
    let world = world(&dns, LONG, LONG).await;
    let first = create(&world, "Go.Bücher.example.").await;
    assert_eq!(
        (first.status, &first.body["host"]),
        (201, &json!("go.xn--bcher-kva.example")),
        "{}",
        first.body
    );
    assert_eq!((&first.body["verified"], &first.body["check"]["checked_at"]), (&json!(false), &Value::Null));
    assert_eq!(record(&first.body, "TXT").0, "_traffoflex.go.xn--bcher-kva.example");
    assert!(record(&first.body, "TXT").1.starts_with("traffoflex-verification="));
    assert_eq!(record(&first.body, "CNAME"), ("go.xn--bcher-kva.example", TARGET));

    let failed = verify(&world, first.id()).await;
    assert_eq!(failed["verified"], false);
    let error = failed["check"]["error"].as_str().unwrap();
    assert!(error.contains("no TXT record") && error.contains("no CNAME record"), "{error}");
    dns.set(record(&first.body, "TXT").0, vec![Dns::Txt("traffoflex-verification=wrong".into())]);
    dns.set("go.xn--bcher-kva.example", vec![Dns::Cname("elsewhere.example".into())]);
    let failed = verify(&world, first.id()).await;
    let error = failed["check"]["error"].as_str().unwrap();
    assert!(error.contains("does not show the token") && error.contains("elsewhere.example"), "{error}");

    txt(&dns, &first.body);
    let verified = verify(&world, first.id()).await;
    assert_eq!(
        (&verified["verified"], &verified["check"]["method"]),
        (&json!(true), &json!("txt")),
        "{verified}"
    );
    assert_eq!(verified["check"]["error"], Value::Null);

    // An alias of an alias of ours.
    let second = create(&world, "a.client.example").await;
    dns.set("a.client.example", vec![Dns::Cname("b.client.example".into())]);
    dns.set("b.client.example", vec![Dns::Cname(TARGET.into())]);
    let verified = verify(&world, second.id()).await;
    assert_eq!(
        (&verified["verified"], &verified["check"]["method"]),
        (&json!(true), &json!("cname")),
        "{verified}"
    );

    let never_checked = create(&world, "d.never.example").await;
    let listed = world.get("/api/domains").await.body;
    for id in [first.id(), second.id(), never_checked.id()] {
        let shown = listed["items"].as_array().unwrap().iter().find(|item| item["id"] == id);
        let one = world.get(&format!("/api/domains/{id}")).await.body;
        assert_eq!(shown.unwrap()["check"], one["check"], "the list shows what each shows by itself");
    }

    // Another host has nothing of the proof.
    let path = format!("/api/domains/{}", second.id());
    let change = json!({ "revision": verified["revision"], "host": "c.client.example" });
    let moved = world.call(Method::PATCH, &path, Some(change)).await;
    assert_eq!((moved.status, &moved.body["verified"]), (200, &json!(false)), "{}", moved.body);
    let stale = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "status": "paused" }))).await;
    assert_eq!((stale.status, stale.code()), (409, "revision_conflict"));
    assert_eq!(world.get("/api/domains?q=client").await.body["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_one_domains_and_what_is_in_use_stays() {
    let dns = DnsServer::start().await.unwrap();
    let world = world(&dns, LONG, LONG).await;
    let domain = create(&world, "go.client.example").await;
    let taken = create(&world, "GO.client.example.").await;
    assert_eq!((taken.status, taken.fields()), (400, vec!["host"]), "{}", taken.body);
    for bad in ["*.client.example", "localhost", "192.0.2.1", "https://go.example", "go.example:80", ""] {
        assert_eq!(create(&world, bad).await.fields(), ["host"], "{bad}");
    }
    let campaign = |ids: Value| json!({ "name": "c", "slug": "bound", "domain_ids": ids });
    let unknown = world.post("/api/campaigns", campaign(json!([domain.id(), "nope"]))).await;
    assert_eq!((unknown.status, unknown.fields()), (400, vec!["domain_ids[1]"]));
    let campaign = world.post("/api/campaigns", campaign(json!([domain.id()]))).await;
    assert_eq!(campaign.status, 201, "{}", campaign.body);

    let path = format!("/api/domains/{}", domain.id());
    let used = world.call(Method::DELETE, &path, None).await;
    assert_eq!((used.status, used.fields()), (409, vec![format!("campaigns/{}", campaign.id()).as_str()]));
    let free = json!({ "revision": 1, "domain_ids": [] });
    world.call(Method::PATCH, &format!("/api/campaigns/{}", campaign.id()), Some(free)).await;
    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_looked_up_again_and_only_a_lasting_denial_takes_the_proof_away() {
    let dns = DnsServer::start().await.unwrap();
    let world = world(&dns, "150", "150").await;
    let domain = create(&world, "go.client.example").await;
    let path = format!("/api/domains/{}", domain.id());
    let verified = async || world.get(&path).await.body["verified"] == true;
    eventually("the pending domain was looked up by itself", async || {
        !world.get(&path).await.body["check"]["checked_at"].is_null()
    })
    .await;
    txt(&dns, &domain.body);
    eventually("it is verified by itself", verified).await;

    // Silence says nothing, however long.
    dns.fail(true);
    let before = world.get(&path).await.body["check"]["checked_at"].clone();
    let mut rounds = Vec::from([before]);
    eventually("several silent rounds", async || {
        let check = world.get(&path).await.body["check"].clone();
        if !check["error"].is_null() && rounds.last() != Some(&check["checked_at"]) {
            rounds.push(check["checked_at"].clone());
        }
        rounds.len() > 5
    })
    .await;
    assert!(verified().await);

    let (name, _) = record(&domain.body, "TXT");
    dns.set(name, Vec::new());
    dns.fail(false);
    eventually("a lasting denial takes it away", async || !verified().await).await;
    txt(&dns, &domain.body);
    eventually("and a proof brings it back", verified).await;
}
