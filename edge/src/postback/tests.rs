//! Intake and pipeline on a real outbox, with a central that keeps conversions by the real rules in memory
//! and fails as it is told.

use std::{
    path::Path,
    sync::{Mutex, PoisonError, atomic::AtomicBool, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use clap::Parser;
use hashbrown::{HashMap, HashSet};
use tokio_util::sync::CancellationToken;
use traffoflex_conversion::claim::{self, Kept};
use traffoflex_model::{
    AffiliateNetwork, ClickIdKey, ConversionStatus, Entities, NodeSettings, PostbackTemplate, Snapshot,
    SourcePostback, Status, TrafficSource, Webhook, WebhookEvent,
};
use traffoflex_routing::table::RoutingTable;
use traffoflex_wire::{
    click_lookup::{self, ClickLookup, FoundClicks},
    conversion::{self as claims_api, ClaimAnswers, ClaimBatch, RefusedClaim},
};

use super::{book::Named, *};
use crate::{
    outbound::{Outbound, OutboundWriter},
    outbox::OutboxWriter,
    snapshot::SnapshotHandle,
};

const LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Default)]
struct FakeCentral(Arc<Fake>);

#[derive(Default)]
struct Fake {
    kept: Mutex<HashMap<String, Option<Kept>>>,
    /// How often each claim came.
    claimed: Mutex<HashMap<String, u32>>,
    /// Transactions whose claims are refused, and those for which a whole batch is.
    refused: Mutex<HashSet<String>>,
    poisoned: Mutex<HashSet<String>>,
    is_down: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeCentral {
    /// Its base URL.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route(claims_api::PATH, post(claim_all))
            .route(click_lookup::PATH, post(look_up))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn conversions(&self) -> usize {
        lock(&self.0.kept).len()
    }
}

async fn look_up(Json(_): Json<ClickLookup>) -> Json<FoundClicks> {
    Json(FoundClicks { clicks: Vec::new() })
}

async fn claim_all(State(central): State<FakeCentral>, Json(batch): Json<ClaimBatch>) -> Response {
    let fake = &*central.0;
    if fake.is_down.load(Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let poisoned = lock(&fake.poisoned);
    if batch.claims.iter().any(|claim| poisoned.contains(&claim.transaction_id)) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut answers = ClaimAnswers { settled: Vec::new(), refused: Vec::new() };
    for claim in batch.claims {
        *lock(&fake.claimed).entry(claim.claim_id.clone()).or_default() += 1;
        if lock(&fake.refused).contains(&claim.transaction_id) {
            answers.refused.push(RefusedClaim { claim_id: claim.claim_id, error: "not this one".into() });
            continue;
        }
        let mut kept = lock(&fake.kept);
        let conversion = kept.entry(claim.conversion_id.clone()).or_default();
        answers.settled.push(claim::apply(conversion, &claim).claimed);
    }
    Json(answers).into_response()
}

struct Bench {
    state: PostbackState,
    book: BookHandle,
    outbox: Outbox,
    cancelled: CancellationToken,
    pipeline: tokio::task::JoinHandle<()>,
    outbound: Outbound,
    writers: (OutboxWriter, OutboundWriter),
}

impl Bench {
    async fn start(dir: &Path, central_url: &str, max_jobs: &str, journal_max: &str) -> Self {
        let settings = [("--outbound-max-jobs", max_jobs), ("--postback-journal-max", journal_max)];
        Self::start_with(dir, central_url, &settings).await
    }

    async fn start_with(dir: &Path, central_url: &str, settings: &[(&str, &str)]) -> Self {
        let dir = dir.to_str().unwrap();
        let arguments =
            [("--node-token", "node-token-123456"), ("--central-url", central_url), ("--data-dir", dir)];
        let arguments = arguments.iter().chain(settings).flat_map(|(name, value)| [*name, *value]);
        let config = PostbackConfig::parse_from(std::iter::once("test").chain(arguments)).own_node().unwrap();
        std::fs::create_dir_all(&config.node.data_dir).unwrap();
        let snapshot = SnapshotHandle::default();
        snapshot.swap(RoutingTable::build(&configuration()).unwrap());
        // A read of the life before may still hold the file for a moment.
        let mut opened = Outbox::open(config.outbox_options());
        until("the file is free", || {
            if opened.is_err() {
                opened = Outbox::open(config.outbox_options());
            }
            opened.is_ok()
        })
        .await;
        let (outbox, writer) = opened.unwrap();
        let options = config.outbound.options(config.node.data_dir.clone());
        let (outbound, outbound_writer) = Outbound::open(options).unwrap();
        let (journal, newest) = Journal::open(outbox.clone(), config.journal.postback_journal_max).unwrap();
        let book = BookHandle::new(snapshot.clone());
        let state = PostbackState::new(&config, book.clone(), outbox.clone(), (journal.clone(), newest));
        let pipeline = Pipeline {
            snapshot,
            book: book.clone(),
            outbox: outbox.clone(),
            journal,
            central: Central::new(&config.node, config.journal.lookup_timeout()).unwrap(),
            outbound: outbound.clone(),
            rules: LookupRules {
                policy: config.journal.click_lookup_failure_policy,
                max_age_ms: config.journal.lookup_max_age_ms(),
            },
            status: PipelineStatus::default(),
            lookup_again_at: None,
        };
        let cancelled = CancellationToken::new();
        let pipeline = tokio::spawn(pipeline.run(cancelled.clone()));
        Self { state, book, outbox, cancelled, pipeline, outbound, writers: (writer, outbound_writer) }
    }

    async fn take(&self, query: &str) -> Result<Taken, Refused> {
        self.take_for("net", query).await
    }

    async fn take_for(&self, network: &str, query: &str) -> Result<Taken, Refused> {
        let Named::Network(network) = self.book.load().network(network) else { panic!("no network") };
        let sender = Sender::Network("192.0.2.1".parse().unwrap());
        self.state.0.take(&network, &RawFields::from_query(query), sender).await
    }

    /// A row of an import that names no time.
    async fn import(&self, network: &str, key: &str, query: &str) -> Taken {
        let Named::Network(network) = self.book.load().network(network) else { panic!("no network") };
        let sender = Sender::Import { received_at: None, key };
        self.state.0.take(&network, &RawFields::from_query(query), sender).await.unwrap()
    }

    fn sizes(&self) -> (u64, u64) {
        let size = self.outbox.journal_size().unwrap();
        (size.entries, size.aside)
    }

    fn conversion_events(&self) -> u64 {
        self.outbox.stats().topics[Topic::ConversionEvents as usize].queued_events
    }

    /// Without a last word, as a kill would be, but for the files' locks.
    async fn stop(self) {
        self.cancelled.cancel();
        self.pipeline.await.unwrap();
        self.writers.0.close().unwrap();
        tokio::task::spawn_blocking(move || self.writers.1.close()).await.unwrap().unwrap();
    }
}

fn configuration() -> Snapshot {
    let network = AffiliateNetwork {
        id: "n1".into(),
        workspace_id: "w".into(),
        slug: "net".into(),
        name: "Net".into(),
        status: Status::Active,
        template_id: None,
    };
    let each = AffiliateNetwork {
        id: "n2".into(),
        slug: "each".into(),
        template_id: Some("counts".into()),
        ..network.clone()
    };
    let template = PostbackTemplate {
        id: "counts".into(),
        workspace_id: "w".into(),
        slug: "counts".into(),
        name: "Counts".into(),
        status: Status::Active,
        preset: None,
        fields: Vec::new(),
        statuses: Vec::new(),
        default_status: None,
        default_event_type: None,
        required: Vec::new(),
        secret: None,
        allowed_ips: Vec::new(),
        currency: traffoflex_model::Currency::USD,
        payout_factor: rust_decimal::Decimal::ONE,
        duplicates: DuplicateMode::Count,
    };
    let webhook = Webhook {
        id: "hook".into(),
        workspace_id: "w".into(),
        name: "Hook".into(),
        status: Status::Active,
        url: "https://hook.example/".into(),
        events: vec![WebhookEvent::Conversion],
        secret: "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTI=".into(),
    };
    let fenced = AffiliateNetwork {
        id: "n3".into(),
        slug: "fenced".into(),
        template_id: Some("fence".into()),
        ..network.clone()
    };
    let fence = PostbackTemplate {
        id: "fence".into(),
        slug: "fence".into(),
        allowed_ips: vec!["198.51.100.0/24".into()],
        ..template.clone()
    };
    let elsewhere = Webhook { id: "hook-2".into(), url: "https://other.example/".into(), ..webhook.clone() };
    let settings =
        NodeSettings { click_id_keys: vec![ClickIdKey { key: [1; 16] }], ..NodeSettings::default() };
    let entities = Entities {
        networks: vec![network, each, fenced],
        postback_templates: vec![template, fence],
        sources: vec![source()],
        webhooks: vec![webhook, elsewhere],
        ..Entities::default()
    };
    Snapshot { generation: "g".into(), version: 1, created_at_ms: 0, settings, entities }
}

/// One that wants to hear of leads.
fn source() -> TrafficSource {
    let call = SourcePostback {
        id: "call".into(),
        name: "Call".into(),
        status: Status::Active,
        method: Default::default(),
        url: "https://source.example/?s={status}".into(),
        body: String::new(),
        content_type: Default::default(),
        statuses: vec![ConversionStatus::Lead],
        event_types: Vec::new(),
        on_payout_change: false,
    };
    TrafficSource {
        id: "s1".into(),
        workspace_id: "w".into(),
        slug: "s1".into(),
        name: "Source".into(),
        status: Status::Active,
        postbacks: vec![call],
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {} s: {what}", LIMIT.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_central_refuses_is_set_aside_and_holds_nobody_up() {
    let (dir, central) = (tempfile::tempdir().unwrap(), FakeCentral::default());
    lock(&central.0.refused).insert("bad".into());
    lock(&central.0.poisoned).insert("worse".into());
    central.0.is_down.store(true, Relaxed);
    let url = central.start().await;
    let bench = Bench::start(dir.path(), &url, "1000", "1000").await;
    for transaction in ["a", "bad", "b", "worse", "c", "d"] {
        bench.take(&format!("tid={transaction}&payout=1")).await.unwrap();
    }
    assert_eq!(bench.sizes(), (6, 0), "nothing is lost while central is down");
    central.0.is_down.store(false, Relaxed);
    until("the good ones are settled", || bench.sizes() == (0, 2)).await;
    assert_eq!((central.conversions(), bench.conversion_events()), (4, 4));
    let aside = bench.outbox.postbacks_aside(0, 10).unwrap().0;
    let aside: Vec<Entry> = aside.iter().map(|(_, record)| Entry::decode(record).unwrap()).collect();
    assert_eq!((aside[0].transaction_id.as_str(), aside[0].error.as_str()), ("bad", "not this one"));
    assert_eq!(aside[1].transaction_id, "worse");
    assert!(aside[1].error.contains("400"), "{}", aside[1].error);

    bench.stop().await;
    let bench = Bench::start(dir.path(), &url, "1000", "2").await;
    let refused = bench.take("tid=e&payout=1").await;
    assert!(matches!(refused, Err(Refused::NotStored(NotStored::JournalFull))), "they count: {refused:?}");
    lock(&central.0.refused).clear();
    lock(&central.0.poisoned).clear();
    assert_eq!(set_aside::put_back_all(&bench.state).await.unwrap(), 2);
    until("they are settled, too", || bench.sizes() == (0, 0)).await;
    assert_eq!((central.conversions(), bench.conversion_events()), (6, 2));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_cannot_be_enqueued_keep_their_postbacks_and_stop_no_conversion() {
    let (dir, central) = (tempfile::tempdir().unwrap(), FakeCentral::default());
    central.0.is_down.store(true, Relaxed);
    let url = central.start().await;
    let bench = Bench::start(dir.path(), &url, "1", "1000").await;
    for transaction in ["a", "b", "c"] {
        bench.take(&format!("tid={transaction}&payout=1")).await.unwrap();
    }
    central.0.is_down.store(false, Relaxed);
    until("all are claimed", || bench.conversion_events() == 3).await;
    assert_eq!(bench.sizes(), (3, 0), "webhooks have not heard of them");
    bench.stop().await;

    // In a life with a larger queue they are heard of, and nothing is claimed or counted again.
    let bench = Bench::start(dir.path(), &url, "1000", "1000").await;
    until("they are heard of", || bench.sizes() == (0, 0)).await;
    assert_eq!(central.conversions(), 3);
    assert!(lock(&central.0.claimed).values().all(|times| *times == 1));
    assert_eq!(bench.conversion_events(), 0, "those of the life before are counted there");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_journal_takes_nothing_and_everything_it_took_is_claimed_in_order() {
    let (dir, central) = (tempfile::tempdir().unwrap(), FakeCentral::default());
    central.0.is_down.store(true, Relaxed);
    let url = central.start().await;
    let bench = Bench::start(dir.path(), &url, "1000", "3").await;
    let words = ["lead", "hold", "sale", "rejected", "sale"];
    for word in words {
        let taken = bench.take(&format!("tid=t&payout=1&status={word}")).await;
        assert!(taken.is_ok(), "the size is read at intervals: {taken:?}");
    }
    bench.stop().await;
    let bench = Bench::start(dir.path(), &url, "1000", "3").await;
    let refused = bench.take("tid=other&payout=1").await;
    assert!(matches!(refused, Err(Refused::NotStored(NotStored::JournalFull))), "{refused:?}");
    central.0.is_down.store(false, Relaxed);
    until("all are settled", || bench.sizes() == (0, 0)).await;
    let kept = lock(&central.0.kept).values().next().unwrap().clone().unwrap();
    let versions: Vec<&str> = kept.versions().map(|version| version.state.status.as_str()).collect();
    assert_eq!(versions, words);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postback_that_is_cut_off_gives_its_turn_away() {
    let (dir, central) = (tempfile::tempdir().unwrap(), FakeCentral::default());
    let bench = Bench::start(dir.path(), &central.start().await, "1000", "1000").await;
    let verdicts = &bench.state.0.verdicts;
    let held = verdicts.turn(7).await;
    let waiting = tokio::time::timeout(Duration::from_millis(20), verdicts.turn(7)).await;
    assert!(waiting.is_err(), "two turns at once");
    assert_eq!(verdicts.under_way(), 1);
    drop((held, waiting));
    drop(verdicts.turn(7).await);
    assert_eq!(verdicts.under_way(), 0, "turns that ended are kept");
    bench.stop().await;
}

mod imports;
mod refusals;
pub mod untold;
