use std::time::Instant;

use traffoflex_model::PostbackMethod;

use super::*;

/// A day.
const REMEMBER_MS: i64 = 86_400_000;

fn options(dir: &std::path::Path) -> OutboundOptions {
    OutboundOptions {
        dir: dir.to_owned(),
        max_jobs: 100,
        max_dead_letters: 100,
        remember_ms: REMEMBER_MS,
        parallelism: 1,
        host_concurrency: 1,
        breaker_failures: NonZeroU32::MIN,
        breaker_max: Duration::from_secs(1),
        max_age_ms: REMEMBER_MS,
        retries: Retries { max_attempts: NonZeroU32::MIN, first: Duration::ZERO, max: Duration::ZERO },
        now_ms: crate::clock::now_ms,
    }
}

pub fn job(key: &str) -> Job {
    Job {
        key: key.to_owned(),
        target: Target::Webhook { webhook_id: "h".into() },
        workspace_id: "w".into(),
        method: PostbackMethod::Get,
        url: "http://a.example/".to_owned(),
        content_type: None,
        body: String::new(),
        conversion_id: String::new(),
        network_id: "".into(),
        click_id: String::new(),
        transaction_id: String::new(),
        created_at_ms: 1,
        queued_at_ms: 0,
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_for_a_while_refuses_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (outbound, writer) = Outbound::open(options(dir.path())).unwrap();
    outbound.enqueue(vec![job("before")]).await.unwrap();
    outbound.core.news.take();
    let (file, away) = (dir.path().join(store::FILE_NAME), dir.path().join("away"));
    std::fs::rename(&file, &away).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(outbound.core.store.reopen().is_err());
    assert_eq!(outbound.enqueue(vec![job("meanwhile")]).await, Err(EnqueueError::Unavailable));
    // What became of a call waits until it can be written.
    let settled = tokio::spawn({
        let outbound = outbound.clone();
        async move { outbound.settle(1, End::Delivered).await }
    });
    assert_eq!(outbound.enqueue(vec![job("meanwhile")]).await, Err(EnqueueError::Unavailable));
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&away, &file).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while outbound.enqueue(vec![job("after")]).await.is_err() {
        assert!(Instant::now() < deadline, "the file is there again");
        tokio::task::yield_now().await;
    }
    settled.await.unwrap();
    let stats = outbound.stats().await.unwrap();
    assert_eq!((stats.queued, stats.delivered_total), (1, 1));
    let due: Vec<String> = outbound.core.news.take().into_values().map(|(host, _)| host.label).collect();
    assert_eq!(due, ["http://a.example"], "whoever waits for work hears of it");
    tokio::task::spawn_blocking(move || writer.close().unwrap()).await.unwrap();
    assert_eq!(outbound.enqueue(vec![job("late")]).await, Err(EnqueueError::Unavailable));
}

#[tokio::test]
async fn old_keys_are_forgotten_however_many_they_are() {
    // More than a few transactions forget.
    const KEYS: u64 = 20_000;
    let dir = tempfile::tempdir().unwrap();
    let (outbound, writer) = Outbound::open(OutboundOptions {
        // Keys are old at once.
        remember_ms: -1,
        max_jobs: KEYS * HOST_SHARE,
        ..options(dir.path())
    })
    .unwrap();
    let jobs: Vec<Job> = (0..KEYS).map(|n| job(&n.to_string())).collect();
    outbound.enqueue(jobs.clone()).await.unwrap();
    futures_util::future::join_all((1..=KEYS).map(|seq| outbound.settle(seq, End::Cancelled))).await;
    outbound.enqueue(jobs.clone()).await.unwrap();
    assert_eq!(outbound.stats().await.unwrap().queued, 0, "remembered until they are swept");
    outbound.commands.send(Command::Sweep).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while outbound.stats().await.unwrap().queued < KEYS {
        assert!(Instant::now() < deadline, "one sweep leads to the next");
        outbound.enqueue(jobs.clone()).await.unwrap();
    }
    tokio::task::spawn_blocking(move || writer.close().unwrap()).await.unwrap();
}
