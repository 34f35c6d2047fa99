//! What nodes pull.

use reqwest::Method;
use serde_json::json;
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, NODE_TOKEN};
use traffoflex_model::Snapshot;
use traffoflex_routing::table::RoutingTable;
use traffoflex_wire::{codec, snapshot::SnapshotMessage};

use crate::world::{World, eventually};

const LIMIT_BYTES: u64 = 1 << 26;

async fn pull(world: &World, query: &str) -> (u16, Option<SnapshotMessage>) {
    let url = world.url(&format!("/internal/v1/snapshot{query}"));
    let answer = world.client.get(url).bearer_auth(NODE_TOKEN).send().await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.unwrap();
    (status, (status == 200).then(|| codec::open(&bytes, LIMIT_BYTES).unwrap()))
}

async fn full(world: &World, query: &str) -> Snapshot {
    match pull(world, query).await {
        (200, Some(SnapshotMessage::Full(snapshot))) => snapshot,
        other => panic!("not full: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_then_deltas_then_nothing_new_and_a_restart_keeps_the_version() {
    let mut world = World::start().await;
    let destination = world.destination("a").await;
    let first = full(&world, "").await;
    assert_eq!(first.entities.destinations.len(), 1);
    let since = |version: u64| format!("?since={version}&generation={}", first.generation);
    assert_eq!(pull(&world, &since(first.version)).await.0, 304);

    // A long poll returns with the write it waited for.
    let waiting_query = format!("{}&wait_ms=20000", since(first.version));
    let waiting = pull(&world, &waiting_query);
    let path = format!("/api/destinations/{destination}");
    let write = world.call(Method::PATCH, &path, Some(json!({ "revision": 1, "name": "b" })));
    let (woken, written) = tokio::join!(waiting, write);
    let version: u64 = written.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap();
    assert_eq!(version, first.version + 1);
    match woken {
        (200, Some(SnapshotMessage::Delta(delta))) => {
            assert_eq!((delta.from_version, delta.to_version), (first.version, version));
            assert_eq!(delta.upserts.destinations[0].name, "b");
        }
        other => panic!("no delta: {other:?}"),
    }
    for odd in ["?since=999999", "?since=0", "?since=1&generation=other"] {
        assert_eq!(full(&world, odd).await.version, version, "{odd}");
    }
    assert_eq!(pull(&world, "?since=x").await.0, 400);

    world.stack.kill_api().unwrap();
    world.stack.start_api().await.unwrap();
    let again = full(&world, "").await;
    assert_eq!((again.version, &again.generation), (version, &first.generation));
    assert_eq!(pull(&world, &since(version)).await.0, 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_publish_each_others_writes_and_agree() {
    let world = World::start().await;
    let second = world.stack.second_api().await.unwrap();
    let of = async |base: String| {
        let url = format!("{base}/internal/v1/snapshot");
        let answer = world.client.get(url).bearer_auth(NODE_TOKEN).send().await.unwrap();
        match codec::open(&answer.bytes().await.unwrap(), LIMIT_BYTES).unwrap() {
            SnapshotMessage::Full(snapshot) => snapshot,
            delta => panic!("not full: {delta:?}"),
        }
    };
    for n in 0..5 {
        world.destination(&format!("first-{n}")).await;
        let body = json!({ "name": format!("second-{n}"), "url": "https://second.example/" });
        let url = format!("{}/api/destinations", second.url());
        let answer = world.client.post(url).bearer_auth(BOOTSTRAP_TOKEN).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        // A node of the second process sees the first one's write with the second one's.
        assert_eq!(of(second.url()).await.entities.destinations.len(), 2 * (n + 1));
    }
    eventually("both publish the same version of the same", async || {
        let (ours, theirs) = (of(world.url("")).await, of(second.url()).await);
        ours.version == theirs.version && ours.entities == theirs.entities
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_follows_deltas_ends_where_the_full_snapshot_is() {
    let world = World::start().await;
    let start = full(&world, "").await;
    let mut table = RoutingTable::build(&start).unwrap();
    let writers = (0..5).map(|n| {
        let world = &world;
        async move {
            for round in 0..5 {
                let destination = world.destination(&format!("d{n}-{round}")).await;
                let targets = json!([{ "destination_id": destination, "weight": 1 }]);
                let body = json!({ "name": "c", "slug": format!("c{n}-{round}"), "streams": [{ "name": "s", "targets": targets }] });
                let campaign = world.post("/api/campaigns", body).await;
                if round % 2 == 1 {
                    let path = format!("/api/campaigns/{}", campaign.id());
                    assert_eq!(world.call(Method::DELETE, &path, None).await.status, 204);
                }
            }
        }
    });
    let follow = async {
        let done = |table: &RoutingTable| {
            let counts = table.counts();
            (counts.destinations, counts.campaigns, counts.streams) == (25, 15, 15)
        };
        while !done(&table) {
            let query = format!("?since={}&generation={}&wait_ms=5000", table.version(), start.generation);
            match pull(&world, &query).await {
                (304, _) => {}
                (200, Some(SnapshotMessage::Delta(delta))) => {
                    assert_eq!(delta.from_version, table.version());
                    table = table.apply(&delta).unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::join!(futures_util::future::join_all(writers), follow);
    let end = full(&world, "").await;
    let rebuilt = RoutingTable::build(&end).unwrap();
    assert_eq!(table.counts(), rebuilt.counts());
    for campaign in &end.entities.campaigns {
        let followed = table.campaign_by_slug(&campaign.slug).unwrap();
        assert_eq!(
            format!("{followed:?}"),
            format!("{:?}", rebuilt.campaign_by_slug(&campaign.slug).unwrap())
        );
    }
}
