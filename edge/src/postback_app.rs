//! Builds the whole of postback-service and runs it.

use std::net::IpAddr;

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::Request,
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::body::Incoming;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use traffoflex_telemetry::{RequestId, prometheus::Metrics};
use traffoflex_wire::node_report::NodeRole;

use crate::{
    clock::now_ms,
    config::PostbackConfig,
    error,
    internal::{self, Tokens},
    node_base::NodeBase,
    outbound::{self, Dispatcher, Outbound, call::Caller},
    outbox::{Outbox, OutboxReadiness, OutboxStats},
    postback::{
        self, BookHandle, Central, Journal, LookupRules, Pipeline, PipelineStatus, PostbackPath,
        PostbackState, TestTool,
    },
    router,
    serve::Answer,
    snapshot::{SnapshotHandle, SnapshotStatus},
};

pub const SERVICE: &str = "postback-service";

/// Runs until `stop`, then finishes what is under way.
pub async fn run(config: PostbackConfig, stop: CancellationToken) -> Result<()> {
    let config = config.own_node().context("NODE_ID")?;
    let base =
        NodeBase::open(SERVICE, NodeRole::Postback, &config.process, &config.node, config.outbox_options())?;
    let (snapshot, outbox, metrics) = (base.snapshot.clone(), base.outbox.clone(), base.metrics.clone());
    let outbound_options = config.outbound.options(config.node.data_dir.clone());
    let (outbound, outbound_writer) = Outbound::open(outbound_options).context("outbound calls")?;
    let (journal, newest) =
        Journal::open(outbox.clone(), config.journal.postback_journal_max).context("journal")?;
    let book = BookHandle::new(snapshot.clone());
    let postbacks = PostbackState::new(&config, book.clone(), outbox.clone(), (journal.clone(), newest));
    let central = Central::new(&config.node, config.journal.lookup_timeout()).context("central")?;
    let tool = TestTool { snapshot: snapshot.clone(), book: book.clone(), central: central.clone() };
    let status = PipelineStatus::default();
    let pipeline = Pipeline {
        snapshot: snapshot.clone(),
        book: book.clone(),
        outbox: outbox.clone(),
        journal: journal.clone(),
        central,
        outbound: outbound.clone(),
        rules: LookupRules {
            policy: config.journal.click_lookup_failure_policy,
            max_age_ms: config.journal.lookup_max_age_ms(),
        },
        status: status.clone(),
        lookup_again_at: None,
    };

    let events = (&config.sink, &config.drain);
    let (mut background, listener) = base.start(config.addr, &config.node, events, &stop).await?;
    background.tasks.spawn(book.follow(stop.child_token()));
    background.tasks.spawn(journal.clone().watch(stop.child_token()));
    background.tasks.spawn(pipeline.run(stop.child_token()));
    let calls = Dispatcher::new(outbound.clone(), caller(&config)?, outbox.clone(), snapshot.clone());
    background.tasks.spawn(calls.run(stop.child_token()));

    let internal = postback::internal_routes(postbacks.clone(), tool)
        .merge(outbound::routes(outbound, snapshot.clone()));
    let state = ServiceState { snapshot, outbox, journal, status };
    let front = PostbackFront::new(postbacks, internal, state, Tokens::of(&config.node), metrics);
    background.serve(listener, &config.node, front, stop).await?;
    background.finish().await?;
    let closed = tokio::task::spawn_blocking(move || outbound_writer.close());
    closed.await.context("outbound writer")?.context("outbound calls")
}

fn caller(config: &PostbackConfig) -> Result<Caller> {
    let outbound = &config.outbound;
    let resolver = config.addresses.resolver().context("DNS_SERVERS")?;
    let kept = outbound.outbound_host_concurrency.into();
    Caller::new(outbound.guard(), resolver, outbound.timeout(), kept).context("outbound calls")
}

/// Postbacks, and behind them everything else.
struct PostbackFront {
    postbacks: PostbackState,
    others: Router,
}

impl PostbackFront {
    fn new(
        postbacks: PostbackState,
        internal: Router,
        state: ServiceState,
        tokens: Tokens,
        metrics: Metrics,
    ) -> Self {
        let internal = Router::new()
            .route("/internal/event-producer/stats", get(event_producer_stats))
            .route("/internal/snapshot", get(snapshot_status))
            .with_state(state.clone())
            .merge(internal);
        let health = Router::new()
            .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
            .route("/readyz", get(readyz))
            .with_state(state);
        let others = Router::new()
            .merge(internal::guarded(internal, tokens))
            .merge(health)
            .merge(router::metrics_routes(metrics))
            .fallback(error::not_found);
        Self { postbacks, others }
    }
}

impl Answer for PostbackFront {
    async fn answer(&self, request: Request<Incoming>, id: RequestId, peer: IpAddr) -> Response {
        match PostbackPath::of(request.uri().path()) {
            Some(path) => self.postbacks.answer(request, path, id, peer).await,
            None => router::answer_by(&self.others, request.map(Body::new), id).await,
        }
    }
}

#[derive(Clone)]
struct ServiceState {
    snapshot: SnapshotHandle,
    outbox: Outbox,
    journal: Journal,
    status: PipelineStatus,
}

async fn event_producer_stats(State(state): State<ServiceState>) -> Json<OutboxStats> {
    Json(state.outbox.stats())
}

async fn snapshot_status(State(state): State<ServiceState>) -> Json<SnapshotStatus> {
    Json(state.snapshot.status(now_ms()))
}

/// Ready: it has a configuration and can keep what it accepts. Central, the sink and sources being away does
/// not make it unready: postbacks are kept until they are back.
async fn readyz(State(state): State<ServiceState>) -> Response {
    let snapshot = state.snapshot.status(now_ms());
    let outbox = state.outbox.readiness();
    let is_full = state.journal.is_full();
    let ready = snapshot.state == "ready" && outbox == OutboxReadiness::Healthy && !is_full;
    let stats = state.outbox.stats();
    let sink = if stats.breaker_state == "open" { "unreachable" } else { "reachable" };
    let pipeline = state.status.report(now_ms());
    let body = json!({
        "status": if ready { "ready" } else { "not_ready" },
        "dependencies": {
            "snapshot": { "state": snapshot.state, "required": true, "version": snapshot.version, "age_ms": snapshot.age_ms, "refused_total": snapshot.refused_total },
            "outbox": { "state": outbox.as_str(), "required": true, "queued_events": stats.queued_events, "oldest_age_ms": stats.oldest_age_ms },
            "journal": { "state": if is_full { "full" } else { "healthy" }, "required": true, "of": state.journal.status() },
            "central": { "state": pipeline.claims, "required": false, "silent_for_ms": snapshot.confirmed_age_ms, "failing_for_ms": pipeline.failing_for_ms, "failures_total": pipeline.failures_total },
            "click_lookup": { "state": pipeline.lookups, "required": false },
            "outbound": { "state": pipeline.calls, "required": false },
            "sink": { "state": sink, "required": false },
        },
    });
    let status = if ready { http::StatusCode::OK } else { http::StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
