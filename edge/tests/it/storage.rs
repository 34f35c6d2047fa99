//! Disks that lie, fill up and fail.

use std::{path::Path, time::Duration};

use serde_json::json;

use crate::world::{World, eventually};

fn damage(path: &Path) {
    let mut file = std::fs::read(path).unwrap();
    assert!(file.len() > 4096, "{} is too small to be a database", path.display());
    file.iter_mut().enumerate().for_each(|(i, byte)| *byte = (i * 131 % 251) as u8);
    std::fs::write(path, file).unwrap();
}

fn set_aside(dir: &Path, name: &str) -> usize {
    let prefix = format!("{name}.corrupt-");
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|n| n.to_string_lossy().starts_with(&prefix)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_kept_aside_and_the_node_serves_again() {
    let world = World::start().await;
    world.campaign("rot", "https://offer.example/?cid={click_id}").await;
    let mut node = world.node("node-rot").await;
    assert_eq!(node.get("/c/rot").await.status, 302);
    node.wait_until_drained().await;
    let epoch = node.stats().await["node_epoch"].as_u64().unwrap();

    node.stop().await;
    damage(&node.data_dir().join("snapshot.redb"));
    damage(&node.data_dir().join("outbox.redb"));
    node.start_again().await;
    assert_eq!(set_aside(node.data_dir(), "snapshot.redb"), 1);
    assert_eq!(set_aside(node.data_dir(), "outbox.redb"), 1);
    assert!(node.log().contains("set aside"), "the operator is told");
    eventually("it syncs anew", Duration::from_secs(20), async || node.get("/c/rot").await.status == 302)
        .await;
    assert!(node.stats().await["node_epoch"].as_u64().unwrap() > epoch, "a new file is a new epoch");
    node.wait_until_drained().await;
    world.wait_for_clicks(2).await;
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_do_not_share_a_directory() {
    let world = World::start().await;
    world.campaign("twice", "https://offer.example/").await;
    let node = world.node("node-one").await;
    let (succeeded, output) = world.run_second_node_on(node.data_dir()).await;
    assert!(!succeeded);
    assert!(output.contains("in use by another process"), "{output}");
    assert_eq!(node.get("/c/twice").await.status, 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_outbox_with_open_policy_redirects_and_names_the_gap() {
    let mut world = World::start().await;
    world.campaign("full", "https://offer.example/?cid={click_id}").await;
    let node = world.node_with("node-full", &[("OUTBOX_MAX_BYTES", "65536")]).await;
    world.stop_central().await;
    let mut clicks = 0;
    eventually("the outbox fills", Duration::from_secs(60), async || {
        for _ in 0..50 {
            assert_eq!(node.get("/c/full").await.status, 302, "open policy redirects");
            clicks += 1;
        }
        node.stats().await["dropped_total"].as_u64().unwrap() > 0
    })
    .await;
    let (status, ready) = node.readyz().await;
    assert_eq!((status, &ready["dependencies"]["outbox"]["state"]), (503, &"full".into()), "{ready}");

    world.start_central().await;
    node.wait_until_drained().await;
    // The gap is written with the next click that is kept.
    assert_eq!(node.get("/c/full").await.status, 302);
    clicks += 1;
    node.wait_until_drained().await;
    let dropped = node.stats().await["dropped_total"].as_u64().unwrap();
    world.wait_for_clicks(clicks - dropped as usize).await;
    let audit = world.audit().await;
    assert!(audit.clean, "every missing number is explained: {}", audit.output);
    assert!(audit.output.contains("outbox_full"), "{}", audit.output);
    assert_eq!(node.readyz().await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_outbox_with_closed_policy_answers_503_and_redirects_nothing() {
    let mut world = World::start().await;
    world.campaign("closed", "https://offer.example/?cid={click_id}").await;
    let settings = [("OUTBOX_MAX_BYTES", "65536"), ("EVENT_WRITE_FAILURE_POLICY", "closed")];
    let node = world.node_with("node-closed", &settings).await;
    world.stop_central().await;
    let mut redirected = 0;
    let refused = eventually_refused(&node, &mut redirected).await;
    assert_eq!(refused, "outbox_unavailable");
    world.start_central().await;
    node.wait_until_drained().await;
    world.wait_for_clicks(redirected).await;
    eventually("it takes clicks again", Duration::from_secs(10), async || {
        node.get("/c/closed").await.status == 302
    })
    .await;
    world.wait_for_clicks(redirected + 1).await;
    world.assert_audit_is_clean().await;
}

async fn eventually_refused(node: &crate::world::Node, redirected: &mut usize) -> String {
    const MORE_THAN_FIT: usize = 5000;
    for _ in 0..MORE_THAN_FIT {
        let answer = node.get("/c/closed").await;
        match answer.status {
            302 => *redirected += 1,
            503 => {
                assert!(answer.headers.contains_key("retry-after"));
                assert!(!answer.headers.contains_key("location"));
                return answer.error_code();
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    panic!("{MORE_THAN_FIT} clicks fitted into 64 KiB");
}

/// The kernel refuses to let the outbox grow (EFBIG at RLIMIT_FSIZE), as a full disk would.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_writes_loses_nothing_that_was_kept_and_recovers() {
    let mut world = World::start().await;
    world.campaign("disk", "https://offer.example/?cid={click_id}").await;
    let node = world.node("node-disk").await;
    assert_eq!(node.get("/c/disk").await.status, 302);
    node.wait_until_drained().await;
    world.stop_central().await;
    node.limit_file_size(node.largest_file_bytes());
    let mut clicks = 1;
    eventually("the disk refuses", Duration::from_secs(60), async || {
        for n in 0..50 {
            let answer = node.get(&format!("/c/disk?sub1={n}&sub2={}", "x".repeat(2000))).await;
            assert_eq!(answer.status, 302, "open policy redirects: {}", answer.body);
            clicks += 1;
        }
        node.stats().await["dropped_total"].as_u64().unwrap() > 0
    })
    .await;
    let (status, ready) = node.readyz().await;
    assert_eq!((status, &ready["dependencies"]["outbox"]["state"]), (503, &"failing".into()), "{ready}");

    node.lift_file_size_limit();
    world.start_central().await;
    eventually("the outbox writes again", Duration::from_secs(30), async || {
        clicks += 1;
        assert_eq!(node.get("/c/disk").await.status, 302);
        node.readyz().await.0 == 200
    })
    .await;
    node.wait_until_drained().await;
    let dropped = node.stats().await["dropped_total"].as_u64().unwrap() as usize;
    world.wait_for_clicks(clicks - dropped).await;
    let audit = world.audit().await;
    assert!(audit.clean, "{}", audit.output);
    assert!(audit.output.contains("outbox_failed"), "{}", audit.output);
}

/// After an I/O error redb refuses everything until the file is opened anew: so must the snapshot store.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_store_that_could_not_write_takes_changes_once_it_can() {
    let world = World::start().await;
    let campaign = world.campaign("edit", "https://offer.example/?cid={click_id}").await;
    let node = world.node("node-edit").await;
    node.limit_file_size(1);
    world.patch("/api/campaigns", &campaign.id, json!({ "status": "paused" })).await;
    eventually("the change is refused", Duration::from_secs(30), async || {
        node.readyz().await.1["dependencies"]["snapshot"]["refused_total"].as_u64() > Some(1)
    })
    .await;
    assert_eq!(node.get("/c/edit").await.status, 302, "the last good one stays");
    node.lift_file_size_limit();
    eventually("the change arrives", Duration::from_secs(60), async || {
        node.get("/c/edit").await.error_code() == "campaign_not_found"
    })
    .await;
}
