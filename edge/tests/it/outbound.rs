//! Calls to traffic sources and webhooks: the real queue on a real disk, real sockets, real DNS.

mod bench;
mod evasions;
mod killed;
mod operators;
mod webhooks;

use std::{collections::HashSet, time::Duration};

use bench::{Bench, LIMIT, Receiver, answer, job, ok};
use tokio::net::TcpListener;
use traffoflex_edge::outbound::{EnqueueError, Job, Retries};
use traffoflex_model::{BodyType, PostbackMethod};

use crate::world::eventually;

fn keys(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n:04}")).collect()
}

fn jobs(keys: &[String], url: &str) -> Vec<Job> {
    keys.iter().map(|key| job(key, url)).collect()
}

#[tokio::test]
async fn a_call_is_made_as_it_was_asked_for_and_logged() {
    let (bench, source) = (Bench::start().await, Receiver::start(ok).await);
    let get = job("k1", &source.url("/pb?cid=a%20b&sum=1.50"));
    let post = Job {
        method: PostbackMethod::Post,
        content_type: Some(BodyType::Form),
        body: "a=b&c=%26".to_owned(),
        ..job("k2", &source.url("/form"))
    };
    bench.outbound.enqueue(vec![get, post]).await.unwrap();
    bench.wait_until_empty().await;
    let seen = source.seen();
    let (get, post) = (
        seen.iter().find(|seen| seen.key() == "k1").unwrap(),
        seen.iter().find(|seen| seen.key() == "k2").unwrap(),
    );
    assert_eq!((get.method.as_str(), get.path.as_str()), ("GET", "/pb?cid=a%20b&sum=1.50"));
    assert!(get.header("user-agent").starts_with("TraffoFlex/"), "{get:?}");
    assert_eq!((post.method.as_str(), &post.body[..]), ("POST", &b"a=b&c=%26"[..]));
    assert_eq!(post.header("content-type"), "application/x-www-form-urlencoded");
    let stats = bench.stats().await;
    assert_eq!((stats.delivered_total, stats.failed_total, stats.dead), (2, 0, 0));
    let (_, log) = bench.stop().await;
    let entry = log.iter().find(|entry| entry.key == "k1").unwrap();
    assert_eq!((entry.status.as_str(), entry.http_status, entry.attempt), ("delivered", 200, 1));
    let event = &entry.event;
    assert_eq!(event["raw_payload"], format!("GET {}", source.url("/pb?cid=a%20b&sum=1.50")));
    for (field, value) in [
        ("target_id", "source-1"),
        ("workspace_id", "w1"),
        ("network_id", "n1"),
        ("conversion_id", "conversion-of-k1"),
        ("click_id", "click-1"),
        ("transaction_id", "tx-1"),
        ("direction", "outbound"),
    ] {
        assert_eq!(event[field], value, "{field}");
    }
    assert_eq!(log.len(), 2);
}

#[tokio::test]
async fn a_key_is_called_once_however_often_it_is_enqueued() {
    let (bench, source) = (Bench::start().await, Receiver::start(ok).await);
    let keys = keys("k", 20);
    let all = jobs(&keys, &source.url("/"));
    // By many at once, each list with every key twice.
    let enqueued = (0..10).map(|_| bench.outbound.enqueue([all.clone(), all.clone()].concat()));
    for result in futures_util::future::join_all(enqueued).await {
        result.unwrap();
    }
    bench.wait_until_empty().await;
    bench.outbound.enqueue(all.clone()).await.unwrap();
    assert_eq!(bench.stats().await.queued, 0, "what was called is remembered");
    let (dir, log) = bench.stop().await;
    assert_eq!(log.len(), keys.len());
    // Also by the next run.
    let bench = Bench::start_in(dir, &["127.0.0.0/8"], Duration::from_secs(5), |_| {}).await;
    bench.outbound.enqueue(all).await.unwrap();
    let stats = bench.stats().await;
    assert_eq!((stats.queued, stats.delivered_total), (0, keys.len() as u64));
    assert_eq!(source.keys(), keys);
}

#[tokio::test]
async fn what_fails_is_tried_again_with_its_key_until_it_succeeds() {
    let bench = Bench::start().await;
    let source = Receiver::start(|_, before| match before {
        0 => answer(503, "back\r\nsoon"),
        1 => answer(500, ""),
        2 => answer(408, ""),
        _ => answer(204, ""),
    })
    .await;
    bench.outbound.enqueue(vec![job("k", &source.url("/"))]).await.unwrap();
    bench.wait_until_empty().await;
    assert_eq!(source.keys(), ["k", "k", "k", "k"]);
    let (_, log) = bench.stop().await;
    let told: Vec<_> = log.iter().map(|e| (e.status.as_str(), e.http_status, e.attempt)).collect();
    assert_eq!(told, [("failed", 503, 1), ("failed", 500, 2), ("failed", 408, 3), ("delivered", 204, 4)]);
    assert_eq!(log[0].error, "HTTP 503: back soon");
}

#[tokio::test]
async fn what_the_other_side_asks_to_wait_is_waited() {
    // Without it, the second attempt would come within 20 ms.
    let bench = Bench::start().await;
    let source = Receiver::start(|_, before| {
        let mut response = answer(if before == 0 { 429 } else { 200 }, "");
        response.headers_mut().insert("retry-after", "1".parse().unwrap());
        response
    })
    .await;
    bench.outbound.enqueue(vec![job("k", &source.url("/"))]).await.unwrap();
    bench.wait_until_empty().await;
    let seen = source.seen();
    let waited = seen[1].at - seen[0].at;
    assert!(seen.len() == 2 && waited >= Duration::from_millis(990), "{waited:?}");
}

#[tokio::test]
async fn what_cannot_succeed_is_a_dead_letter_at_once_and_redirects_are_not_followed() {
    let (bench, elsewhere) = (Bench::start().await, Receiver::start(ok).await);
    let to = elsewhere.url("/");
    let source = Receiver::start(move |seen, _| {
        let status = seen.path[1..].parse().unwrap();
        let mut response = answer(status, "no");
        response.headers_mut().insert("location", to.parse().unwrap());
        response
    })
    .await;
    let statuses = [301, 302, 303, 307, 308, 400, 401, 403, 404, 410];
    let all = statuses.map(|s| job(&format!("k{s}"), &source.url(&format!("/{s}"))));
    bench.outbound.enqueue(all.to_vec()).await.unwrap();
    bench.wait_until_empty().await;
    assert_eq!((source.seen().len(), elsewhere.seen().len()), (statuses.len(), 0));
    let (_, log) = bench.stop().await;
    let mut told: Vec<_> = log.iter().map(|e| (e.http_status, e.status.as_str())).collect();
    told.sort_unstable();
    assert_eq!(told, statuses.map(|status| (status, "dead")));
    let moved = log.iter().find(|entry| entry.http_status == 302).unwrap();
    assert_eq!(moved.error, "HTTP 302: redirects are not followed");
}

#[tokio::test]
async fn a_host_that_never_answers_keeps_no_other_waiting() {
    const HELD: usize = 4;
    let dir = tempfile::tempdir().unwrap();
    // Nothing times out while this test runs.
    let bench = Bench::start_in(dir, &["127.0.0.0/8"], LIMIT * 10, |_| {}).await;
    let tarpit = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = Receiver::start(ok).await;
    let stuck = keys("stuck", 200);
    let url = format!("http://{}/", tarpit.local_addr().unwrap());
    bench.outbound.enqueue(jobs(&stuck, &url)).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..HELD {
        held.push(tarpit.accept().await.unwrap());
    }
    let keys = keys("good", 300);
    bench.outbound.enqueue(jobs(&keys, &good.url("/"))).await.unwrap();
    eventually("the good host has all its calls", LIMIT, async || good.seen().len() == keys.len()).await;
    assert_eq!(good.keys(), keys);
    eventually("and they are settled", LIMIT, async || bench.stats().await.delivered_total == 300).await;
    let stats = bench.stats().await;
    assert_eq!((stats.queued, stats.in_flight), (stuck.len() as u64, HELD), "{stats:?}");
    // A fifth connection would be next in the queue of the tarpit.
    let mine = tokio::net::TcpStream::connect(tarpit.local_addr().unwrap()).await.unwrap();
    let (_, next) = tarpit.accept().await.unwrap();
    assert_eq!(next, mine.local_addr().unwrap(), "never more than {HELD} at once");
}

#[tokio::test]
async fn a_dead_host_costs_attempts_of_probes_alone_and_gets_all_when_it_is_back() {
    const PROBES: u64 = 12;
    let bench = Bench::start_with(|options| {
        options.breaker_failures = 3.try_into().unwrap();
        let retries = Retries {
            max_attempts: 4.try_into().unwrap(),
            first: Duration::from_millis(1),
            ..options.retries
        };
        options.retries = Retries { max: Duration::from_millis(1), ..retries };
    })
    .await;
    let addr = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let keys = keys("k", 40);
    bench.outbound.enqueue(jobs(&keys, &format!("http://{addr}/"))).await.unwrap();
    // Without a breaker, 40 jobs of 4 attempts a millisecond apart would be dead at once.
    eventually("probes have failed", LIMIT, async || bench.stats().await.failed_total > 6 + PROBES).await;
    let stats = bench.stats().await;
    assert_eq!((stats.dead, stats.queued), (0, keys.len() as u64), "{stats:?}");
    assert_ne!(stats.hosts[0].breaker, "closed", "{stats:?}");
    let source = Receiver::start_on(TcpListener::bind(addr).await.unwrap(), ok);
    bench.wait_until_empty().await;
    assert_eq!(source.keys(), keys);
    let (_, log) = bench.stop().await;
    assert!(log.iter().all(|entry| entry.status != "dead" && entry.attempt <= 2), "nobody was used up");
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
    let bench = Bench::start_with(|options| options.max_jobs = 8).await;
    let mut addresses = Vec::new();
    for _ in 0..5 {
        addresses.push(TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    }
    // Each host has its share, and there is no room for a fifth one.
    let full: Vec<Job> =
        (0..8).map(|n| job(&format!("k{n}"), &format!("http://{}/", addresses[n % 4]))).collect();
    bench.outbound.enqueue(full.clone()).await.unwrap();
    let more = vec![job("more", &format!("http://{}/", addresses[4]))];
    assert_eq!(bench.outbound.enqueue(more.clone()).await, Err(EnqueueError::Full));
    assert_eq!(bench.outbound.enqueue(full).await, Ok(()), "those are known");
    assert_eq!(bench.stats().await.queued, 8);
    let mut sources = Vec::new();
    for address in addresses {
        sources.push(Receiver::start_on(TcpListener::bind(address).await.unwrap(), ok));
    }
    bench.wait_until_empty().await;
    bench.outbound.enqueue(more).await.unwrap();
    bench.wait_until_empty().await;
    let called: HashSet<String> = sources.iter().flat_map(|source| source.keys()).collect();
    assert_eq!(called.len(), 9);
}

#[tokio::test]
async fn a_host_that_is_away_for_good_takes_no_room_from_others_and_is_given_up() {
    let bench = Bench::start_with(|options| {
        options.max_jobs = 40;
        options.breaker_failures = 1.try_into().unwrap();
        options.breaker_max = Duration::from_secs(3600);
        options.max_age_ms = 2_000;
    })
    .await;
    let source = Receiver::start(ok).await;
    let dead = format!("http://{}/", TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    bench.outbound.enqueue(jobs(&keys("gone", 100), &dead)).await.unwrap();
    let stats = bench.stats().await;
    assert_eq!((stats.queued, stats.dead), (10, 90), "a quarter of the queue");
    let others = keys("k", 10);
    bench.outbound.enqueue(jobs(&others, &source.url("/"))).await.unwrap();
    bench.wait_until_empty().await;
    assert_eq!(source.keys(), others);
    let stats = bench.stats().await;
    assert_eq!((stats.dead, stats.dead_total, stats.delivered_total), (100, 100, 10));
    let (_, log) = bench.stop().await;
    let died = |why: &str| log.iter().filter(|e| e.status == "dead" && e.error.contains(why)).count();
    assert_eq!((died("calls wait for its host"), died("older than")), (90, 10));
    assert!(log.iter().filter(|e| e.status == "failed").count() < 10, "most were never tried");
}

#[tokio::test]
async fn a_slow_answer_is_cut_off_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let timeout = Duration::from_millis(300);
    let bench = Bench::start_in(dir, &["127.0.0.0/8"], timeout, |options| {
        options.retries.max_attempts = 2.try_into().unwrap();
    })
    .await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    bench
        .outbound
        .enqueue(vec![job("k", &format!("http://{}/", silent.local_addr().unwrap()))])
        .await
        .unwrap();
    bench.wait_until_empty().await;
    let (_, log) = bench.stop().await;
    let told: Vec<_> = log.iter().map(|e| (e.status.as_str(), e.error.as_str())).collect();
    assert_eq!(told, [("failed", "no answer within 300 ms"), ("dead", "no answer within 300 ms")]);
    assert!(
        log.iter().all(|entry| entry.event["latency_ms"].as_u64() >= Some(300) && entry.http_status == 0)
    );
}
