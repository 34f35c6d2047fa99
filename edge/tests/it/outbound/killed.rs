//! A node that dies in the middle: what it had accepted is called by its next run, with the same keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::net::TcpListener;

use super::{
    bench::{Bench, LIMIT, Receiver, answer, job, ok},
    jobs, keys,
};
use crate::world::eventually;

const DIR: &str = "OUTBOUND_TEST_DIR";
const URL: &str = "OUTBOUND_TEST_URL";
const JOBS: usize = 400;

#[tokio::test]
async fn a_file_that_was_never_closed_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let bench = Bench::start_in(dir, &["127.0.0.0/8"], LIMIT * 10, |_| {}).await;
    let (done, tarpit) = (Receiver::start(ok).await, TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (called, stuck) = (keys("called", 30), keys("stuck", 30));
    bench.outbound.enqueue(jobs(&called, &done.url("/"))).await.unwrap();
    let addr = tarpit.local_addr().unwrap();
    bench.outbound.enqueue(jobs(&stuck, &format!("http://{addr}/"))).await.unwrap();
    let missing = vec![job("dead", &format!("http://{}/", done.addr).replace("http", "ftp"))];
    bench.outbound.enqueue(missing.clone()).await.unwrap();
    let mut held = Vec::new();
    while held.len() < 4 {
        held.push(tarpit.accept().await.unwrap());
    }
    eventually("the others are settled", LIMIT, async || {
        let stats = bench.stats().await;
        (stats.queued, stats.dead) == (30, 1)
    })
    .await;
    let image = bench.image();
    drop((held, tarpit));
    // The first run is as good as dead: nothing answers it any more.
    let (_dir, _) = bench.stop().await;
    let again = Receiver::start_on(TcpListener::bind(addr).await.unwrap(), ok);
    let bench = Bench::start_in(image, &["127.0.0.0/8"], Duration::from_secs(5), |_| {}).await;
    bench.outbound.enqueue([jobs(&called, &done.url("/")), missing].concat()).await.unwrap();
    bench.wait_until_empty().await;
    assert_eq!(again.keys(), stuck, "each of them, with its key");
    assert_eq!(done.keys(), called, "and none of those that were done");
    let stats = bench.stats().await;
    assert_eq!((stats.delivered_total, stats.dead, stats.dead_total), (60, 1, 1));
}

#[tokio::test]
async fn a_killed_process_loses_no_call_that_it_had_accepted() {
    let dir = tempfile::tempdir().unwrap();
    // Some fail first, so that there are retries to be lost as well.
    let source = Receiver::start(|_, before| answer(if before % 3 == 0 { 500 } else { 200 }, "")).await;
    let (mut accepted, url) = (BTreeSet::new(), source.url("/"));
    for life in 0..3 {
        let before = source.seen().len();
        let mut child = start_child(dir.path(), &url, life);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // What it said it had accepted, before and while it was calling.
        let read = tokio::task::spawn_blocking(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        eventually("it calls", LIMIT, async || source.seen().len() >= before + 40).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let said = read.await.unwrap();
        let named = said.iter().filter_map(|line| Some(line.split_once("accepted ")?.1.to_owned()));
        accepted.extend(named);
    }
    assert!(accepted.len() > 20, "{accepted:?}");
    let bench = Bench::start_in(dir, &["127.0.0.0/8"], Duration::from_secs(5), |_| {}).await;
    bench.wait_until_empty().await;
    let mut delivered = BTreeMap::<String, usize>::new();
    for (n, seen) in source.seen().iter().enumerate() {
        *delivered.entry(seen.key().to_owned()).or_default() += usize::from(n % 3 != 0);
    }
    for key in &accepted {
        assert!(delivered.get(key).is_some_and(|times| *times >= 1), "{key} was lost");
    }
    // At most what was under way at a kill was called again.
    let repeated: usize = delivered.values().map(|times| times.saturating_sub(1)).sum();
    assert!(repeated <= 3 * 64, "{repeated}");
}

fn start_child(dir: &Path, url: &str, life: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["outbound::killed::child", "--exact", "--ignored", "--nocapture"]);
    command.env(DIR, dir).env(URL, url).env("OUTBOUND_TEST_LIFE", life.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// The process that is killed. Does nothing unless it is told where.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by a test above"]
async fn child() {
    let (Ok(dir), Ok(url)) = (std::env::var(DIR), std::env::var(URL)) else { return };
    let life = std::env::var("OUTBOUND_TEST_LIFE").unwrap();
    let bench = Bench::start_at(Path::new(&dir), &["127.0.0.0/8"], Duration::from_secs(5), |_| {}).await;
    for key in keys(&format!("life{life}-"), JOBS) {
        bench.outbound.enqueue(vec![job(&key, &url)]).await.unwrap();
        println!("accepted {key}");
    }
    std::future::pending::<()>().await;
}
