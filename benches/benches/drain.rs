//! How fast a full outbox empties into a real broker, against librdkafka's own producer sending the
//! same payloads with the same settings. Both in turn, round by round, so that a drift of the
//! machine meets both alike.

#![expect(clippy::print_stdout, reason = "the result")]
#![expect(
    clippy::disallowed_methods,
    reason = "the plain producer's thread waits for room as such programs do"
)]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use rdkafka::{
    ClientConfig, ClientContext,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer},
};
use tokio_util::sync::CancellationToken;
use traffoflex_benches::click_event;
use traffoflex_edge::{
    clock,
    config::DrainConfig,
    outbox::{AckMode, EncodedEvents, Outbox, OutboxOptions, WriteFailurePolicy},
    sink::{Sink, redpanda::RedpandaSink},
};
use traffoflex_local::engines::Kafka;
use traffoflex_model::NodeId;
use traffoflex_wire::{
    event::EventIdentity,
    topic::{PARTITIONS, Topic},
};

const EVENTS: u64 = 200_000;
const ROUNDS: usize = 5;
const TIMEOUT: Duration = Duration::from_secs(60);
const SINK_TIMEOUT: Duration = Duration::from_secs(30);

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether it runs at all.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    tokio::runtime::Runtime::new()?.block_on(compare())
}

async fn compare() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let kafka = Kafka::start(dir.path()).await?;
    let mut ratios = Vec::with_capacity(ROUNDS);
    println!("drain: {EVENTS} click events a round, into one Kafka broker on this machine");
    for round in 0..=ROUNDS {
        let brokers = kafka.brokers();
        let plain_topic = format!("plain-{round}");
        let topics = Topic::ALL.map(|topic| format!("drain-{round}-{}", topic.table()));
        create(&brokers, std::iter::once(&plain_topic).chain(&topics)).await?;
        let plain = plain(&brokers, &plain_topic).await?;
        let drained = drain(&brokers, topics, &dir.path().join(format!("outbox-{round}"))).await?;
        // The first round warms the broker up.
        if round > 0 {
            let rate = |took: Duration| EVENTS as f64 / took.as_secs_f64();
            let ratio = rate(drained) / rate(plain);
            println!(
                "round {round}: plain {:.0}/s, drain {:.0}/s, ratio {ratio:.2}",
                rate(plain),
                rate(drained)
            );
            ratios.push(ratio);
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!("drain/plain, median of {ROUNDS}: {:.2} (target: at least 0.50)", ratios[ROUNDS / 2]);
    kafka.stop().await
}

async fn create(brokers: &str, names: impl Iterator<Item = &String>) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let topics: Vec<NewTopic<'_>> =
        names.map(|name| NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1))).collect();
    for created in admin.create_topics(&topics, &AdminOptions::new()).await? {
        created.map_err(|(topic, code)| anyhow::anyhow!("{topic}: {code}"))?;
    }
    Ok(())
}

fn click_id(n: u64) -> String {
    format!("{n:032x}")
}

/// From the first batch read to the last block released, with the events already on disk.
async fn drain(brokers: &str, topics: [String; Topic::ALL.len()], dir: &Path) -> Result<Duration> {
    std::fs::create_dir_all(dir)?;
    let options = OutboxOptions {
        dir: dir.to_owned(),
        node_id: NodeId::parse("bench")?,
        ack: AckMode::Buffered,
        policy: WriteFailurePolicy::Closed,
        max_bytes: u64::MAX,
        queue_clicks: EVENTS as usize,
        buffered_flush: Duration::from_millis(5),
        now_ms: clock::now_ms,
    };
    let (outbox, writer) = Outbox::open(options)?;
    for n in 0..EVENTS {
        let mut events = EncodedEvents::new();
        events.push(Topic::ClickEvents, &click_event(&click_id(n)))?;
        outbox.append(events).await.context("append")?;
    }
    wait_until("the outbox holds them", || outbox.stats().last_seq >= EVENTS).await?;
    let sink = Sink::Redpanda(RedpandaSink::new(brokers, topics, SINK_TIMEOUT)?);
    let cancel = CancellationToken::new();
    let began = Instant::now();
    let draining = tokio::spawn(outbox.clone().drain(sink, drain_config(), cancel.clone()));
    wait_until("the outbox is empty", || outbox.stats().published_total >= EVENTS).await?;
    let took = began.elapsed();
    cancel.cancel();
    draining.await?;
    drop(outbox);
    tokio::task::spawn_blocking(|| writer.close()).await??;
    Ok(took)
}

/// As a node has it when nothing is set.
fn drain_config() -> DrainConfig {
    DrainConfig {
        batch_size: 5000,
        batch_timeout_ms: 100,
        in_flight: 8,
        max_attempts: 5,
        retry_backoff_ms: 100,
        retry_backoff_max_ms: 5_000,
    }
}

struct Delivered(Arc<AtomicU64>);

impl ClientContext for Delivered {}

impl ProducerContext for Delivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.as_ref().is_ok_and(|message| message.payload_len() > 0) {
            self.0.fetch_add(1, Relaxed);
        }
    }
}

/// Keys and payloads ready in memory; from the first send to the last acknowledgement.
async fn plain(brokers: &str, topic: &str) -> Result<Duration> {
    let node_id = NodeId::parse("bench")?;
    let messages = (1..=EVENTS)
        .map(|node_seq| {
            let key = click_id(node_seq);
            let mut json = Vec::with_capacity(1024);
            EventIdentity { node_id: &node_id, node_epoch: 1, node_seq }
                .write_json(&click_event(&key), &mut json)?;
            Ok((key, json))
        })
        .collect::<Result<Vec<(String, Vec<u8>)>>>()?;
    let delivered = Arc::new(AtomicU64::new(0));
    let producer: ThreadedProducer<Delivered> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.codec", "lz4")
        .set("linger.ms", "5")
        .create_with_context(Delivered(delivered.clone()))?;
    let topic = topic.to_owned();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        for (key, json) in &messages {
            let mut record = BaseRecord::to(&topic).key(key.as_str()).payload(json.as_slice());
            while let Err((error, back)) = producer.send(record) {
                let full = matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull));
                ensure!(full, "{error}");
                std::thread::sleep(Duration::from_millis(1));
                record = back;
            }
        }
        producer.flush(TIMEOUT)?;
        let took = began.elapsed();
        ensure!(delivered.load(Relaxed) == EVENTS, "{} of {EVENTS} delivered", delivered.load(Relaxed));
        Ok(took)
    })
    .await?
}

async fn wait_until(what: &str, holds: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + TIMEOUT;
    while !holds() {
        ensure!(Instant::now() < deadline, "not within {} s: {what}", TIMEOUT.as_secs());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
