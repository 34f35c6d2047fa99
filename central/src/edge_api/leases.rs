//! `POST /internal/v1/leases`: see [`traffoflex_wire::lease`] and [`traffoflex_routing::lease`].

use std::collections::{HashMap, HashSet};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    routing::post,
};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use traffoflex_model::{CapAsk, CapGrant, DestinationId};
use traffoflex_routing::{
    cap::{CapId, CompiledCap},
    lease::ledger::{Asker, Ledger, Terms},
};
use traffoflex_wire::lease::{
    LeaseRequest, LeaseResponse, MAX_ASKS, MAX_BODY_BYTES, MAX_BUCKETS, MAX_TTL_MS, PATH,
};

use crate::{app::App, catalog::cap_ledgers::KeptLedger, error::ApiError, notifications::ReachedCap};

/// Ledgers written at once for one request.
const WRITES_AT_ONCE: usize = 16;
/// Of one cap; each lost round means that another request got through.
const MAX_ROUNDS: usize = 32;
/// Totals and wants beyond this are no node's of ours; below it no sum overflows.
const MAX_UNITS: i64 = i64::MAX / 64;

pub fn routes() -> Router<App> {
    Router::new().route(PATH, post(leases)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn leases(
    State(app): State<App>,
    body: Result<Json<LeaseRequest>, JsonRejection>,
) -> Result<Json<LeaseResponse>, ApiError> {
    let received_at_ms = now_ms();
    let Json(request) = body.map_err(|rejection| ApiError::field("body", rejection.body_text()))?;
    check(&request)?;
    if let Some(sent_at_ms) = request.sent_at_ms {
        app.node_clocks.heard(request.node_id.as_str(), sent_at_ms, received_at_ms);
    }
    let destinations: HashSet<&DestinationId> = request.asks.iter().map(|ask| &ask.destination_id).collect();
    let caps = caps_of(&app, destinations).await;
    let (known, unknown): (Vec<&CapAsk>, Vec<&CapAsk>) =
        request.asks.iter().partition(|ask| caps.contains_key(&CapId(ask.cap)));

    let asker = Asker {
        node: request.node_id.as_str(),
        epoch: request.lease_epoch,
        ttl_ms: request.ttl_ms,
        sent_at_ms: request.sent_at_ms,
    };
    let ids: Vec<CapId> = known.iter().map(|ask| CapId(ask.cap)).collect();
    let ledgers = app.catalog.cap_ledgers(&ids).await?;
    let mut answers = Vec::with_capacity(known.len());
    for (ask, kept) in known.into_iter().zip(ledgers) {
        if let Some(cap) = caps.get(&CapId(ask.cap)) {
            answers.push(answer(&app, asker, ask, cap, kept));
        }
    }
    let grants = stream::iter(answers).buffered(WRITES_AT_ONCE);
    let grants = grants.try_filter_map(future::ok).try_collect().await?;
    Ok(Json(LeaseResponse { grants, unknown: unknown.iter().map(|ask| ask.cap).collect() }))
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn check(request: &LeaseRequest) -> Result<(), ApiError> {
    if !(1..=MAX_TTL_MS).contains(&request.ttl_ms) {
        return Err(ApiError::field("ttl_ms", format!("1 to {MAX_TTL_MS}")));
    }
    if request.asks.len() > MAX_ASKS {
        return Err(ApiError::field("asks", format!("at most {MAX_ASKS}")));
    }
    let mut seen = HashSet::new();
    for (i, ask) in request.asks.iter().enumerate() {
        let wrong = |field: &str, message: &str| ApiError::field(format!("asks[{i}].{field}"), message);
        let totals = [
            ask.granted_units,
            ask.returned_units,
            ask.written_off_units,
            ask.spent_units,
            ask.want_units,
            ask.click_units,
        ];
        let in_range = |units: &i64| (0..=MAX_UNITS).contains(units);
        if !totals.iter().all(in_range) || !ask.buckets.iter().all(|(_, units)| in_range(units)) {
            return Err(wrong("units", "0 or above, and within range"));
        }
        if ask.buckets.len() > MAX_BUCKETS {
            return Err(wrong("buckets", &format!("at most {MAX_BUCKETS}")));
        }
        if !seen.insert(ask.cap) {
            return Err(wrong("cap", "once a request"));
        }
    }
    Ok(())
}

/// The leased caps of the destinations, as they are published.
async fn caps_of(app: &App, destinations: HashSet<&DestinationId>) -> HashMap<CapId, CompiledCap> {
    let published = app.publisher.inspect(|view| {
        let found = |id: &DestinationId| view.state.destinations.get(id.as_str());
        let caps = destinations.into_iter().filter_map(found).map(|d| (d.id.clone(), d.caps.clone()));
        caps.collect::<Vec<_>>()
    });
    let mut compiled = HashMap::new();
    for (destination, caps) in published.await {
        for cap in caps.iter().filter(|cap| cap.metric.is_leased()) {
            // Checked when it was saved.
            if let Ok(cap) = CompiledCap::compile(&destination, cap) {
                compiled.insert(cap.id(), cap);
            }
        }
    }
    compiled
}

/// Answers one ask: the answer counts only once the ledger that says so is written. None: others were
/// always faster, and the node comes again.
async fn answer(
    app: &App,
    asker: Asker<'_>,
    ask: &CapAsk,
    cap: &CompiledCap,
    mut kept: KeptLedger,
) -> Result<Option<CapGrant>, ApiError> {
    let terms = Terms { limit_units: cap.limit_units(), window: cap.window() };
    for _ in 0..MAX_ROUNDS {
        let mut next = kept.clone();
        let now_ms = now_ms();
        let is_skewed = ask.want_units > 0 && next.ledger.is_behind(asker, now_ms);
        let grant = next.ledger.answer(asker, ask, terms, now_ms);
        if next == kept || app.catalog.replace_cap_ledger(cap.id(), &next).await? {
            let granted = grant.granted_units - ask.granted_units;
            if granted > 0 {
                metrics::counter!("traffoflex_cap_lease_grants_total").increment(1);
            }
            metrics::counter!("traffoflex_cap_lease_skewed_total").increment(u64::from(is_skewed));
            tell_when_spent(app, ask, cap, &next.ledger, now_ms);
            return Ok(Some(grant));
        }
        metrics::counter!("traffoflex_cap_ledger_conflicts_total").increment(1);
        kept = app.catalog.cap_ledgers(&[cap.id()]).await?.pop().unwrap_or(kept);
    }
    metrics::counter!("traffoflex_cap_ledger_busy_total").increment(1);
    Ok(None)
}

/// A cap is reached when what is not spent of it is less than one more click takes.
fn tell_when_spent(app: &App, ask: &CapAsk, cap: &CompiledCap, ledger: &Ledger, now_ms: i64) {
    let used_units = ledger.spent_units();
    if cap.limit_units().saturating_sub(used_units) >= ask.click_units.max(1) {
        return;
    }
    let reached = ReachedCap {
        id: cap.id(),
        destination_id: &ask.destination_id,
        metric: cap.metric(),
        limit_units: cap.limit_units(),
        used_units,
        window: cap.window(),
    };
    app.notifications.cap_reached(&reached, now_ms);
}
