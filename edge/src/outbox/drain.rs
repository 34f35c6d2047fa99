//! Carries blocks from the file to the sink: in order of commit, many batches in flight, each block
//! released only when the sink has all of its events. An event is never given up here.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;
use traffoflex_model::NodeId;
use traffoflex_wire::topic::Topic;

use super::{
    Outbox,
    batch::{BatchError, TopicBatch},
    block::{self, Record},
    store::{StoreError, StoredBlock},
};
use crate::{
    backoff::Backoff,
    config::DrainConfig,
    sink::{Sink, breaker::Breaker},
};

/// Most bytes of blocks in one batch.
const MAX_BATCH_BYTES: usize = 4 << 20;
/// How often an idle drain looks for blocks without being woken.
const IDLE: Duration = Duration::from_secs(1);

/// Blocks on their way to the sink together.
struct Batch {
    first_seqs: Vec<u64>,
    topics: Vec<TopicBatch>,
}

impl Outbox {
    /// Drains until cancelled. What is in flight then stays in the file and is sent by the next run.
    pub async fn drain(self, sink: Sink, config: DrainConfig, cancelled: CancellationToken) {
        let mut drain = Drain {
            slots: Arc::new(Semaphore::new(config.in_flight.into())),
            breaker: Arc::new(Breaker::new(
                config.max_attempts,
                config.retry_backoff(),
                config.retry_backoff_max(),
            )),
            outbox: self,
            sink: Arc::new(sink),
            config,
            next_seq: 0,
            in_flight: BTreeMap::new(),
            sending: JoinSet::new(),
        };
        tokio::select! {
            () = cancelled.cancelled() => {}
            () = drain.run() => {}
        }
    }
}

struct Drain {
    outbox: Outbox,
    sink: Arc<Sink>,
    breaker: Arc<Breaker>,
    config: DrainConfig,
    slots: Arc<Semaphore>,
    /// Where the next batch starts.
    next_seq: u64,
    /// Commit time of each block on its way.
    in_flight: BTreeMap<u64, i64>,
    sending: JoinSet<Batch>,
}

impl Drain {
    async fn run(&mut self) {
        loop {
            let Ok(slot) = self.free_slot().await else { return };
            match self.next_batch().await {
                Ok(Some(batch)) => {
                    let send = send(
                        batch,
                        self.sink.clone(),
                        self.breaker.clone(),
                        self.outbox.clone(),
                        self.config.clone(),
                    );
                    self.sending.spawn(async move {
                        let batch = send.await;
                        drop(slot);
                        batch
                    });
                }
                Ok(None) => {
                    drop(slot);
                    self.wait_for_more().await;
                }
                Err(error) => {
                    drop(slot);
                    tracing::warn!(%error, "the outbox cannot be read now");
                    tokio::time::sleep(self.config.retry_backoff()).await;
                }
            }
        }
    }

    /// A place among the batches in flight, finishing those that are done meanwhile.
    async fn free_slot(&mut self) -> Result<tokio::sync::OwnedSemaphorePermit, tokio::sync::AcquireError> {
        let slots = self.slots.clone();
        let acquire = slots.acquire_owned();
        tokio::pin!(acquire);
        loop {
            tokio::select! {
                slot = &mut acquire => {
                    while let Some(Ok(batch)) = self.sending.try_join_next() {
                        self.release(&batch);
                    }
                    return slot;
                }
                Some(Ok(batch)) = self.sending.join_next() => self.release(&batch),
            }
        }
    }

    async fn wait_for_more(&mut self) {
        let outbox = self.outbox.clone();
        tokio::select! {
            () = outbox.0.committed.notified() => {}
            Some(Ok(batch)) = self.sending.join_next() => self.release(&batch),
            () = tokio::time::sleep(IDLE) => {}
        }
    }

    fn release(&mut self, batch: &Batch) {
        let shared = &self.outbox.0;
        let mut by_topic = [0; Topic::ALL.len()];
        for part in &batch.topics {
            by_topic[part.topic as usize] += part.lines.len() as u32;
        }
        shared.store.acknowledge(batch.first_seqs.iter().copied());
        for first_seq in &batch.first_seqs {
            self.in_flight.remove(first_seq);
        }
        shared.counters.published(by_topic);
        let oldest_ms = match self.in_flight.first_key_value() {
            Some((_, committed_at_ms)) => *committed_at_ms,
            None if shared.counters.held_events.load(Relaxed) > 0 => (shared.options.now_ms)(),
            None => 0,
        };
        shared.counters.oldest_ms.store(oldest_ms, Relaxed);
    }

    /// The next blocks as lines. Under light load it lingers, so that a sink gets batches, not single clicks.
    async fn next_batch(&mut self) -> Result<Option<Batch>, StoreError> {
        let (mut blocks, more) = self.read().await?;
        let events = blocks
            .iter()
            .map(|b| block::head(&b.bytes).map_or(0, |(_, count)| u64::from(count)))
            .sum::<u64>();
        if blocks.is_empty() {
            return Ok(None);
        }
        // The batch is full also when the next block would not fit.
        if !more && events < self.config.batch_size {
            tokio::time::sleep(self.config.batch_timeout()).await;
            (blocks, _) = self.read().await?;
        }
        let node_id = self.outbox.node_id().clone();
        let epoch = self.outbox.0.counters.node_epoch();
        // Thousands of events to decode and format: not on the threads that answer clicks.
        let built = tokio::task::spawn_blocking(move || build(&blocks, &node_id, epoch)).await;
        let Ok(Built { batch, unreadable, times, next_seq }) = built else { return Ok(None) };
        for (first_seq, error) in unreadable {
            self.quarantine(first_seq, &error).await?;
        }
        self.next_seq = next_seq;
        self.in_flight.extend(times);
        Ok(Some(batch))
    }

    async fn read(&self) -> Result<(Vec<StoredBlock>, bool), StoreError> {
        let (outbox, next_seq, batch_size) = (self.outbox.clone(), self.next_seq, self.config.batch_size);
        tokio::task::spawn_blocking(move || outbox.0.store.read_from(next_seq, MAX_BATCH_BYTES, batch_size))
            .await
            .unwrap_or(Err(StoreError::Reopening))
    }

    async fn quarantine(&self, first_seq: u64, error: &BatchError) -> Result<(), StoreError> {
        tracing::error!(first_seq, %error, "a block of the outbox cannot be read: moved to quarantine");
        self.outbox.0.counters.quarantined_blocks.fetch_add(1, Relaxed);
        metrics::counter!("traffoflex_outbox_quarantined_blocks_total").increment(1);
        let outbox = self.outbox.clone();
        let moved = tokio::task::spawn_blocking(move || outbox.0.store.quarantine(first_seq)).await;
        let (bytes, events) = moved.unwrap_or(Err(StoreError::Reopening))?;
        self.outbox.0.counters.quarantined(bytes, events);
        Ok(())
    }
}

struct Built {
    batch: Batch,
    unreadable: Vec<(u64, BatchError)>,
    times: Vec<(u64, i64)>,
    next_seq: u64,
}

fn build(blocks: &[StoredBlock], node_id: &NodeId, epoch: u64) -> Built {
    let mut built = Built {
        batch: Batch { first_seqs: Vec::new(), topics: Vec::new() },
        unreadable: Vec::new(),
        times: Vec::new(),
        next_seq: blocks.last().map_or(0, |block| block.first_seq + 1),
    };
    for stored in blocks {
        // A block is sent whole or not at all: first into batches of its own.
        match build_block(stored, node_id, epoch) {
            Ok((committed_at_ms, parts)) => {
                built.batch.first_seqs.push(stored.first_seq);
                built.times.push((stored.first_seq, committed_at_ms));
                for part in parts {
                    part_of(&mut built.batch.topics, part.topic).append(part);
                }
            }
            Err(error) => built.unreadable.push((stored.first_seq, error)),
        }
    }
    built
}

fn build_block(
    stored: &StoredBlock,
    node_id: &NodeId,
    epoch: u64,
) -> Result<(i64, Vec<TopicBatch>), BatchError> {
    let block = block::read(&stored.bytes)?;
    let mut parts: Vec<TopicBatch> = Vec::new();
    for (seq, Record { topic, payload }) in (stored.first_seq..).zip(block.records) {
        part_of(&mut parts, topic).push(node_id, epoch, seq, payload)?;
    }
    Ok((block.committed_at_ms, parts))
}

fn part_of(parts: &mut Vec<TopicBatch>, topic: Topic) -> &mut TopicBatch {
    let at = parts.iter().position(|part| part.topic == topic).unwrap_or_else(|| {
        parts.push(TopicBatch::new(topic));
        parts.len() - 1
    });
    &mut parts[at]
}

/// Sends every topic's part until the sink has it.
async fn send(
    batch: Batch,
    sink: Arc<Sink>,
    breaker: Arc<Breaker>,
    outbox: Outbox,
    config: DrainConfig,
) -> Batch {
    let counters = &outbox.0.counters;
    for part in &batch.topics {
        let mut backoff = Backoff::new(config.retry_backoff(), config.retry_backoff_max());
        loop {
            breaker.admitted().await;
            let error = match sink.send(part, outbox.node_id(), counters.node_epoch()).await {
                Ok(()) => {
                    counters.breaker_open.store(false, Relaxed);
                    breaker.succeeded();
                    break;
                }
                Err(error) => error,
            };
            counters.publish_failed(part.topic);
            let opened = breaker.failed();
            counters.breaker_open.store(breaker.is_open(), Relaxed);
            let wait = error.retry_after.unwrap_or_else(|| backoff.next_wait());
            if opened || error.operator_must_act {
                tracing::error!(%error, sink = sink.name(), first_seq = part.first_seq, "the sink does not take events, they stay in the outbox");
            } else {
                tracing::warn!(%error, sink = sink.name(), retry_in_ms = wait.as_millis() as u64, "sending events failed");
            }
            tokio::time::sleep(wait).await;
        }
    }
    batch
}
