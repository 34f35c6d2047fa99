//! Counters of the outbox: `GET /internal/event-producer/stats`, `/readyz` and `/metrics`.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};

use metrics::{Counter, Gauge, Histogram};
use serde::Serialize;
use traffoflex_model::DropReason;
use traffoflex_wire::topic::Topic;

use super::{
    AckMode, EncodedEvents, OutboxOptions, WriteFailurePolicy,
    store::{Held, OpenedStore},
};

const TOPICS: usize = Topic::ALL.len();
const REASONS: usize = DropReason::ALL.len();

/// Whether the outbox takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Healthy,
    /// `OUTBOX_MAX_BYTES` are held.
    Full,
    /// The disk refuses.
    Failing,
}

pub type OutboxReadiness = State;

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Full => "full",
            Self::Failing => "failing",
        }
    }

    pub fn drop_reason(self) -> DropReason {
        match self {
            Self::Full => DropReason::OutboxFull,
            Self::Healthy | Self::Failing => DropReason::OutboxFailed,
        }
    }
}

/// Shared by the tasks that append, the writer and the drain.
pub struct Counters {
    state: AtomicU8,
    node_epoch: u64,
    pub last_seq: AtomicU64,
    pub waiting_clicks: AtomicU64,
    pub held_bytes: AtomicU64,
    pub held_events: AtomicU64,
    pub oldest_ms: AtomicI64,
    pub quarantined_blocks: AtomicU64,
    pub loss_window_us: AtomicU64,
    /// Drops whose numbers are still to be used up, by reason.
    pub gaps: [AtomicU64; REASONS],
    pub refused: [AtomicU64; REASONS],
    dropped: [AtomicU64; REASONS],
    dropped_by_topic: [AtomicU64; TOPICS],
    enqueue_failed_by_topic: [AtomicU64; TOPICS],
    held_by_topic: [AtomicU64; TOPICS],
    published_by_topic: [AtomicU64; TOPICS],
    publish_errors_by_topic: [AtomicU64; TOPICS],
    pub retries: AtomicU64,
    pub write_calls: AtomicU64,
    pub write_failures: AtomicU64,
    pub bytes_written: AtomicU64,
    pub last_success_ms: AtomicI64,
    pub last_failure_ms: AtomicI64,
    pub breaker_open: AtomicBool,
    pub closed: AtomicBool,
    meters: Meters,
}

struct Meters {
    dropped: [Counter; REASONS],
    published: Counter,
    retries: Counter,
    held_bytes: Gauge,
    held_events: Gauge,
    loss_window_ms: Gauge,
    commit_events: Histogram,
}

impl Counters {
    pub fn new(opened: &OpenedStore) -> Self {
        fn zeros<const N: usize>() -> [AtomicU64; N] {
            std::array::from_fn(|_| AtomicU64::new(0))
        }
        let meters = Meters {
            dropped: DropReason::ALL
                .map(|r| metrics::counter!("traffoflex_outbox_dropped_events_total", "reason" => r.as_str())),
            published: metrics::counter!("traffoflex_outbox_published_events_total"),
            retries: metrics::counter!("traffoflex_outbox_publish_retries_total"),
            held_bytes: metrics::gauge!("traffoflex_outbox_bytes"),
            held_events: metrics::gauge!("traffoflex_outbox_events"),
            loss_window_ms: metrics::gauge!("traffoflex_outbox_loss_window_ms"),
            commit_events: metrics::histogram!(traffoflex_telemetry::prometheus::COMMIT_EVENTS),
        };
        Self {
            state: AtomicU8::new(0),
            node_epoch: opened.epoch,
            last_seq: AtomicU64::new(opened.next_seq - 1),
            waiting_clicks: AtomicU64::new(0),
            held_bytes: AtomicU64::new(opened.held.bytes),
            held_events: AtomicU64::new(opened.held.events),
            oldest_ms: AtomicI64::new(opened.held.oldest_ms),
            quarantined_blocks: AtomicU64::new(opened.quarantined_blocks),
            loss_window_us: AtomicU64::new(0),
            gaps: zeros(),
            refused: zeros(),
            dropped: zeros(),
            dropped_by_topic: zeros(),
            enqueue_failed_by_topic: zeros(),
            held_by_topic: zeros(),
            published_by_topic: zeros(),
            publish_errors_by_topic: zeros(),
            retries: AtomicU64::new(0),
            write_calls: AtomicU64::new(0),
            write_failures: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
            last_success_ms: AtomicI64::new(0),
            last_failure_ms: AtomicI64::new(0),
            breaker_open: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            meters,
        }
    }

    pub fn node_epoch(&self) -> u64 {
        self.node_epoch
    }

    pub fn state(&self) -> State {
        match self.state.load(Relaxed) {
            0 => State::Healthy,
            1 => State::Full,
            _ => State::Failing,
        }
    }

    /// Returns the state before.
    pub fn set_state(&self, state: State) -> State {
        let before = self.state();
        self.state.store(state as u8, Relaxed);
        before
    }

    pub fn drop_events(&self, events: &EncodedEvents, reason: DropReason) {
        for (counter, n) in self.dropped_by_topic.iter().zip(events.by_topic()) {
            counter.fetch_add(u64::from(n), Relaxed);
        }
        self.dropped[reason as usize].fetch_add(u64::from(events.count()), Relaxed);
        self.meters.dropped[reason as usize].increment(u64::from(events.count()));
    }

    pub fn enqueue_failed(&self, events: &EncodedEvents) {
        for (counter, n) in self.enqueue_failed_by_topic.iter().zip(events.by_topic()) {
            counter.fetch_add(u64::from(n), Relaxed);
        }
    }

    /// A commit that once was reported as failed turned out to be on disk.
    pub fn undrop(&self, reason: DropReason, events: u64) {
        self.dropped[reason as usize].fetch_sub(events, Relaxed);
    }

    pub fn committed(&self, by_topic: [u32; TOPICS], bytes: u64, last_seq: u64, at_ms: i64) {
        let events: u32 = by_topic.iter().sum();
        for (counter, n) in self.held_by_topic.iter().zip(by_topic) {
            counter.fetch_add(u64::from(n), Relaxed);
        }
        self.held_events.fetch_add(u64::from(events), Relaxed);
        self.held_bytes.fetch_add(bytes, Relaxed);
        self.bytes_written.fetch_add(bytes, Relaxed);
        self.last_seq.store(last_seq, Relaxed);
        self.last_success_ms.store(at_ms, Relaxed);
        // The drain moves it on; only the first block after an empty outbox is set here.
        let _ = self.oldest_ms.compare_exchange(0, at_ms, Relaxed, Relaxed);
        self.meters.commit_events.record(f64::from(events));
        self.show_held();
    }

    /// The sink has these events; they leave the file with the next commit.
    pub fn published(&self, by_topic: [u32; TOPICS]) {
        for (n, (published, held)) in
            by_topic.into_iter().zip(self.published_by_topic.iter().zip(&self.held_by_topic))
        {
            published.fetch_add(u64::from(n), Relaxed);
            subtract(held, u64::from(n));
        }
        let events = u64::from(by_topic.iter().sum::<u32>());
        subtract(&self.held_events, events);
        self.meters.published.increment(events);
        self.show_held();
    }

    pub fn publish_failed(&self, topic: Topic) {
        self.publish_errors_by_topic[topic as usize].fetch_add(1, Relaxed);
        self.retries.fetch_add(1, Relaxed);
        self.meters.retries.increment(1);
    }

    /// What the file holds, read anew.
    pub fn reset_held(&self, held: Held) {
        self.held_bytes.store(held.bytes, Relaxed);
        self.held_events.store(held.events, Relaxed);
        self.oldest_ms.store(held.oldest_ms, Relaxed);
        self.show_held();
    }

    pub fn removed_bytes(&self, bytes: u64) {
        subtract(&self.held_bytes, bytes);
        self.show_held();
    }

    /// No longer among what waits for the sink.
    pub fn quarantined(&self, bytes: u64, events: u64) {
        subtract(&self.held_events, events);
        self.removed_bytes(bytes);
    }

    pub fn waited(&self, us: u64) {
        if self.loss_window_us.fetch_max(us, Relaxed) < us {
            self.meters.loss_window_ms.set(us as f64 / 1000.0);
        }
    }

    fn show_held(&self) {
        self.meters.held_bytes.set(self.held_bytes.load(Relaxed) as f64);
        self.meters.held_events.set(self.held_events.load(Relaxed) as f64);
    }

    pub fn stats(&self, options: &OutboxOptions) -> OutboxStats {
        let waiting = self.waiting_clicks.load(Relaxed);
        let queued_events = self.held_events.load(Relaxed) + waiting;
        let oldest_ms = self.oldest_ms.load(Relaxed);
        let by_reason = |counters: &[AtomicU64; REASONS]| {
            DropReason::ALL.map(|r| (r.as_str(), counters[r as usize].load(Relaxed)))
        };
        let reasons = |counters| DroppedByReason(by_reason(counters));
        let sum = |counters: &[AtomicU64]| counters.iter().map(|c| c.load(Relaxed)).sum::<u64>();
        let closed = self.closed.load(Relaxed);
        OutboxStats {
            node_id: options.node_id.to_string(),
            node_epoch: self.node_epoch,
            last_seq: self.last_seq.load(Relaxed),
            state: self.state(),
            ack: options.ack,
            policy: options.policy,
            queue_capacity: options.queue_clicks as u64,
            waiting_clicks: waiting,
            queued_events,
            queued_bytes: self.held_bytes.load(Relaxed),
            max_bytes: options.max_bytes,
            oldest_age_ms: match oldest_ms {
                0 => 0,
                oldest_ms => ((options.now_ms)() - oldest_ms).max(0),
            },
            published_total: sum(&self.published_by_topic),
            retries_total: self.retries.load(Relaxed),
            dropped_total: sum(&self.dropped),
            dropped_by_reason: reasons(&self.dropped),
            refused_total: sum(&self.refused),
            quarantined_blocks: self.quarantined_blocks.load(Relaxed),
            write_calls_total: self.write_calls.load(Relaxed),
            write_failure_total: self.write_failures.load(Relaxed),
            bytes_written_total: self.bytes_written.load(Relaxed),
            last_success_at_ms: non_zero(self.last_success_ms.load(Relaxed)),
            last_failure_at_ms: non_zero(self.last_failure_ms.load(Relaxed)),
            loss_window_ms: match options.ack {
                AckMode::Committed => 0.0,
                AckMode::Buffered => self.loss_window_us.load(Relaxed) as f64 / 1000.0,
            },
            breaker_state: if self.breaker_open.load(Relaxed) { "open" } else { "closed" },
            closed,
            topics: Topic::ALL.map(|topic| {
                let i = topic as usize;
                TopicStats {
                    topic: topic.kafka_name(),
                    queue_capacity: options.queue_clicks as u64,
                    queued_events: self.held_by_topic[i].load(Relaxed),
                    published_count: self.published_by_topic[i].load(Relaxed),
                    dropped_count: self.dropped_by_topic[i].load(Relaxed),
                    publish_errors: self.publish_errors_by_topic[i].load(Relaxed),
                    failed_enqueue_count: self.enqueue_failed_by_topic[i].load(Relaxed),
                    closed,
                }
            }),
        }
    }
}

fn non_zero(ms: i64) -> Option<i64> {
    (ms != 0).then_some(ms)
}

/// Never below zero: what an earlier run left is drained without having been counted by topic.
fn subtract(counter: &AtomicU64, n: u64) {
    let _ = counter.fetch_update(Relaxed, Relaxed, |held| Some(held.saturating_sub(n)));
}

#[derive(Debug, Serialize)]
pub struct OutboxStats {
    pub node_id: String,
    pub node_epoch: u64,
    /// Highest number given in this epoch.
    pub last_seq: u64,
    pub state: State,
    pub ack: AckMode,
    pub policy: WriteFailurePolicy,
    /// Clicks that may wait for the writer.
    pub queue_capacity: u64,
    pub waiting_clicks: u64,
    /// Handed over or on disk, and not yet acknowledged by the sink.
    pub queued_events: u64,
    pub queued_bytes: u64,
    pub max_bytes: u64,
    pub oldest_age_ms: i64,
    pub published_total: u64,
    pub retries_total: u64,
    pub dropped_total: u64,
    pub dropped_by_reason: DroppedByReason,
    /// Clicks answered with 503 under the closed policy.
    pub refused_total: u64,
    pub quarantined_blocks: u64,
    pub write_calls_total: u64,
    pub write_failure_total: u64,
    pub bytes_written_total: u64,
    pub last_success_at_ms: Option<i64>,
    pub last_failure_at_ms: Option<i64>,
    /// Longest time an event was answered and not on disk; 0 in committed mode.
    pub loss_window_ms: f64,
    pub breaker_state: &'static str,
    pub closed: bool,
    pub topics: [TopicStats; TOPICS],
}

#[derive(Debug)]
pub struct DroppedByReason([(&'static str, u64); REASONS]);

impl Serialize for DroppedByReason {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().copied())
    }
}

#[derive(Debug, Serialize)]
pub struct TopicStats {
    pub topic: &'static str,
    pub queue_capacity: u64,
    pub queued_events: u64,
    pub published_count: u64,
    pub dropped_count: u64,
    pub publish_errors: u64,
    pub failed_enqueue_count: u64,
    pub closed: bool,
}
