//! SIGKILL and SIGTERM under load: what was answered is counted, once.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::world::{Node, NodeClient, World, eventually};

const KILLS: usize = 20;
const STOPS: usize = 6;
const CLIENTS: usize = 16;
/// Redirects that must be answered between two kills.
const CLICKS_PER_LIFE: usize = 150;

/// Click ids of every redirect that a client saw.
type Ledger = Arc<Mutex<Vec<String>>>;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_lose_and_double_nothing() {
    under_load("kill", KILLS, async |node| node.kill_and_restart().await).await;
}

/// A stop has more ways to lose a click than a kill: connections under way, an outbox that closes.
#[tokio::test(flavor = "multi_thread")]
async fn stops_under_load_lose_and_double_nothing() {
    under_load("stop", STOPS, async |node| {
        node.stop().await;
        node.start_again().await;
    })
    .await;
}

async fn under_load(slug: &str, lives: usize, end_life: impl AsyncFn(&mut Node)) {
    let world = World::start().await;
    world.campaign(slug, "https://offer.example/?cid={click_id}").await;
    let mut node = world.node(&format!("node-{slug}")).await;
    let path = format!("/c/{slug}");
    let (ledger, stop) = (Ledger::default(), Arc::new(AtomicBool::new(false)));
    let number = Arc::new(AtomicU64::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            tokio::spawn(click_until(
                path.clone(),
                stop.clone(),
                node.client(),
                number.clone(),
                ledger.clone(),
            ))
        })
        .collect();

    for life in 0..lives {
        let before = ledger.lock().unwrap().len();
        eventually(&format!("clicks are answered in life {life}"), Duration::from_secs(30), async || {
            ledger.lock().unwrap().len() >= before + CLICKS_PER_LIFE
        })
        .await;
        end_life(&mut node).await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    node.wait_until_drained().await;

    let answered = ledger.lock().unwrap().clone();
    let distinct: HashSet<&String> = answered.iter().collect();
    assert_eq!(distinct.len(), answered.len(), "a click id was minted twice");
    let counted = world.click_id_counts().await;
    let lost: Vec<_> = answered.iter().filter(|id| !counted.contains_key(*id)).collect();
    assert!(
        lost.is_empty(),
        "{} of {} answered clicks are not in ClickHouse: {lost:?}",
        lost.len(),
        answered.len()
    );
    let doubled: Vec<_> = counted.iter().filter(|(_, count)| **count != 1).collect();
    assert!(doubled.is_empty(), "counted more than once: {doubled:?}");
    assert!(answered.len() >= lives * CLICKS_PER_LIFE);
    world.assert_audit_is_clean().await;
}

/// Clicks without pause; an answer that the end of a life cut off is nobody's: neither lost nor owed.
async fn click_until(
    path: String,
    stop: Arc<AtomicBool>,
    client: NodeClient,
    number: Arc<AtomicU64>,
    ledger: Ledger,
) {
    while !stop.load(Ordering::Relaxed) {
        let n = number.fetch_add(1, Ordering::Relaxed);
        match client.try_get(&format!("{path}?sub1={n}")).await {
            Ok(answer) if answer.status == 302 => ledger.lock().unwrap().push(answer.click_id().to_owned()),
            Ok(answer) => panic!("answered {}: {}", answer.status, answer.body),
            // Down between two lives.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}
