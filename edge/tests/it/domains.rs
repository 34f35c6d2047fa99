//! Which hosts a node answers on.

use serde_json::{Value, json};
use traffoflex_local::dns_server::{Answer as Dns, DnsServer};

use crate::world::World;

async fn domain(world: &World, host: &str) -> Value {
    world.post("/api/domains", json!({ "host": host })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_campaign_answers_on_its_verified_hosts_alone() {
    let dns = DnsServer::start().await.unwrap();
    let world = World::start_with(&[("DNS_SERVERS", &dns.address().to_string())]).await;
    let bound = world.campaign("bound", "https://offer.example/?cid={click_id}").await;
    world.campaign("free", "https://offer.example/?cid={click_id}").await;
    let (own, other) = (domain(&world, "Go.Client.example").await, domain(&world, "go.other.example").await);
    let pending = domain(&world, "pending.example").await;
    let ids = json!([own["id"], pending["id"]]);
    world.patch("/api/campaigns", &bound.id, json!({ "domain_ids": ids })).await;
    for domain in [&own, &other] {
        let record = &domain["instructions"][0];
        let (name, value) = (record["name"].as_str().unwrap(), record["value"].as_str().unwrap());
        dns.set(name, vec![Dns::Txt(value.to_owned())]);
        let path = format!("/api/domains/{}/verify", domain["id"].as_str().unwrap());
        assert_eq!(world.post(&path, json!({})).await["verified"], true);
    }
    let open = world.node("open").await;
    let closed = world.node_with("closed", &[("PUBLIC_HOSTS", "Track.example,clicks.example")]).await;
    world.reach(&open).await;
    world.reach(&closed).await;

    let link = world.link(&bound.id, json!({})).await;
    // Host, then what each node answers for the bound and for the free campaign.
    for (host, of_bound, of_free) in [
        ("go.client.example", ["302", "302"], ["302", "302"]),
        ("GO.client.example.:8080", ["302", "302"], ["302", "302"]),
        ("go.other.example", ["campaign_not_found", "campaign_not_found"], ["302", "302"]),
        ("pending.example", ["campaign_not_found", "unknown_host"], ["302", "unknown_host"]),
        ("nobody.example", ["campaign_not_found", "unknown_host"], ["302", "unknown_host"]),
        ("track.example", ["campaign_not_found", "campaign_not_found"], ["302", "302"]),
        ("127.0.0.1", ["campaign_not_found", "campaign_not_found"], ["302", "302"]),
    ] {
        for (node, i) in [(&open, 0), (&closed, 1)] {
            let public = format!("/go/{}", bound.public_id);
            for path in ["/c/bound", &public, &link] {
                assert_eq!(
                    answered(node.get_with(path, &[("host", host)]).await),
                    of_bound[i],
                    "{host} {path} {i}"
                );
            }
            let free = node.get_with("/c/free", &[("host", host)]).await;
            assert_eq!(answered(free), of_free[i], "{host} /c/free {i}");
        }
    }
    // Health and metrics are asked by address or by any name.
    assert_eq!(closed.get_with("/healthz", &[("host", "nobody.example")]).await.status, 200);

    let id = own["id"].as_str().unwrap();
    world.patch("/api/domains", id, json!({ "status": "paused" })).await;
    world.reach(&closed).await;
    let answer = closed.get_with("/c/bound", &[("host", "go.client.example")]).await;
    assert_eq!(answered(answer), "unknown_host", "a paused domain answers nothing");
}

fn answered(answer: crate::world::Answer) -> String {
    match answer.status {
        302 => "302".to_owned(),
        404 => answer.error_code(),
        status => panic!("{status}: {}", answer.body),
    }
}
