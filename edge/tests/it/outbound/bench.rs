//! The engine that makes outbound calls, on a disk of its own, and those whom it calls.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use traffoflex_dns::Resolver;
use traffoflex_edge::{
    address_guard::AddressGuard,
    clock::now_ms,
    outbound::{
        Dispatcher, Job, Outbound, OutboundOptions, OutboundWriter, Retries, Target, call::Caller,
        dead_letters::OutboundStats,
    },
    outbox::{AckMode, Outbox, OutboxOptions, OutboxWriter, WriteFailurePolicy, block, store::Store},
    snapshot::SnapshotHandle,
};
use traffoflex_local::dns_server::DnsServer;
use traffoflex_model::{NodeId, PostbackLogEvent, PostbackMethod};
use traffoflex_wire::{codec, topic::Topic};

pub const LIMIT: Duration = Duration::from_secs(60);

pub fn options(dir: &Path) -> OutboundOptions {
    OutboundOptions {
        dir: dir.to_owned(),
        max_jobs: 10_000,
        max_dead_letters: 100,
        remember_ms: 86_400_000,
        parallelism: 64,
        host_concurrency: 4,
        breaker_failures: 1_000_000.try_into().unwrap(),
        breaker_max: Duration::from_millis(50),
        max_age_ms: 86_400_000,
        retries: Retries {
            max_attempts: 12.try_into().unwrap(),
            first: Duration::from_millis(20),
            max: Duration::from_secs(5),
        },
        now_ms,
    }
}

pub struct Bench {
    path: PathBuf,
    /// None for one that somebody else removes.
    dir: Option<TempDir>,
    pub outbound: Outbound,
    pub snapshot: SnapshotHandle,
    pub dns: DnsServer,
    writer: OutboundWriter,
    outbox: Outbox,
    outbox_writer: OutboxWriter,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// A row of the postback log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    pub key: String,
    pub status: String,
    pub http_status: u16,
    pub attempt: u32,
    pub error: String,
    /// All of it.
    pub event: Value,
}

impl Bench {
    /// May call anything on loopback.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut OutboundOptions)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::start_in(dir, &["127.0.0.0/8"], Duration::from_secs(5), change).await
    }

    pub async fn start_in(
        dir: TempDir,
        allowed: &[&str],
        timeout: Duration,
        change: impl FnOnce(&mut OutboundOptions),
    ) -> Self {
        let bench = Self::start_at(dir.path(), allowed, timeout, change).await;
        Self { dir: Some(dir), ..bench }
    }

    pub async fn start_at(
        dir: &Path,
        allowed: &[&str],
        timeout: Duration,
        change: impl FnOnce(&mut OutboundOptions),
    ) -> Self {
        let mut options = options(dir);
        change(&mut options);
        let dns = DnsServer::start().await.unwrap();
        let guard = AddressGuard::new(allowed.iter().map(|cidr| cidr.parse().unwrap()).collect());
        let resolver = Resolver::new(&[dns.address()]).unwrap();
        let caller = Caller::new(guard, resolver, timeout, options.host_concurrency).unwrap();
        let (outbox, outbox_writer) = Outbox::open(outbox_options(dir)).unwrap();
        let (outbound, writer) = Outbound::open(options).unwrap();
        let snapshot = SnapshotHandle::default();
        let stop = CancellationToken::new();
        let dispatcher = Dispatcher::new(outbound.clone(), caller, outbox.clone(), snapshot.clone());
        let running = tokio::spawn(dispatcher.run(stop.clone()));
        let path = dir.to_owned();
        Self { path, dir: None, outbound, snapshot, dns, writer, outbox, outbox_writer, stop, running }
    }

    pub async fn stats(&self) -> OutboundStats {
        self.outbound.stats().await.unwrap()
    }

    /// Waits until nothing is queued.
    pub async fn wait_until_empty(&self) {
        crate::world::eventually("nothing is queued", LIMIT, async || self.stats().await.queued == 0).await;
    }

    /// Ends in good order; the directory and what was logged.
    pub async fn stop(self) -> (TempDir, Vec<Logged>) {
        let Self { path, dir, outbound, writer, outbox, outbox_writer, stop, running, .. } = self;
        stop.cancel();
        running.await.unwrap();
        drop((outbound, outbox));
        tokio::task::spawn_blocking(move || {
            writer.close().unwrap();
            outbox_writer.close().unwrap();
        })
        .await
        .unwrap();
        (dir.unwrap(), read_log(&path))
    }

    /// The file as a kill at this moment would leave it: not closed.
    pub fn image(&self) -> TempDir {
        let image = tempfile::tempdir().unwrap();
        std::fs::copy(self.path.join("outbound.redb"), image.path().join("outbound.redb")).unwrap();
        image
    }
}

fn outbox_options(dir: &Path) -> OutboxOptions {
    OutboxOptions {
        dir: PathBuf::from(dir),
        node_id: NodeId::parse("t-pb").unwrap(),
        ack: AckMode::Committed,
        policy: WriteFailurePolicy::Open,
        max_bytes: 1 << 26,
        queue_clicks: 1024,
        buffered_flush: Duration::from_millis(5),
        now_ms,
    }
}

/// Every entry of the postback log, in order.
fn read_log(dir: &Path) -> Vec<Logged> {
    let (store, _) = Store::open(dir, now_ms()).unwrap();
    let (blocks, _) = store.read_from(0, usize::MAX, u64::MAX).unwrap();
    let mut log = Vec::new();
    for stored in &blocks {
        for record in block::read(&stored.bytes).unwrap().records {
            assert_eq!(record.topic, Topic::PostbackLogEvents);
            let mut scratch = Vec::new();
            let event: PostbackLogEvent<'_> =
                codec::decode_record_of_any_age(record.payload, &mut scratch).unwrap();
            log.push(Logged {
                key: event.postback_id.to_string(),
                status: event.status.to_string(),
                http_status: event.http_status,
                attempt: event.attempt,
                error: event.error.to_string(),
                event: serde_json::to_value(&event).unwrap(),
            });
        }
    }
    log
}

/// A GET to a source.
pub fn job(key: &str, url: &str) -> Job {
    Job {
        key: key.to_owned(),
        target: Target::SourcePostback { source_id: "source-1".into(), postback_id: "sp-1".to_owned() },
        workspace_id: "w1".into(),
        method: PostbackMethod::Get,
        url: url.to_owned(),
        content_type: None,
        body: String::new(),
        conversion_id: format!("conversion-of-{key}"),
        network_id: "n1".into(),
        click_id: "click-1".to_owned(),
        transaction_id: "tx-1".to_owned(),
        created_at_ms: now_ms(),
        queued_at_ms: 0,
    }
}

/// One call as the other side saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: Instant,
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn key(&self) -> &str {
        self.header("idempotency-key")
    }
}

/// Answers a call; it is given how many came before.
type Habit = dyn Fn(&Seen, usize) -> Response + Send + Sync;

/// A traffic source, or whoever has a webhook.
pub struct Receiver {
    pub addr: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Receiver {
    pub async fn start(habit: impl Fn(&Seen, usize) -> Response + Send + Sync + 'static) -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), habit)
    }

    pub fn start_on(
        listener: TcpListener,
        habit: impl Fn(&Seen, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let state = (seen.clone(), Arc::new(habit) as Arc<Habit>);
        let router = Router::new().fallback(receive).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.seen().iter().map(|seen| seen.key().to_owned()).collect();
        keys.sort();
        keys
    }
}

type Shared = (Arc<Mutex<Vec<Seen>>>, Arc<Habit>);

async fn receive(State((all, habit)): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let seen = Seen {
        at: Instant::now(),
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        body,
    };
    let before = {
        let mut all = all.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    habit(&seen, before)
}

pub fn answer(status: u16, body: &str) -> Response {
    let mut response = Response::new(body.to_owned().into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

pub fn ok(_: &Seen, _: usize) -> Response {
    answer(200, "OK")
}
