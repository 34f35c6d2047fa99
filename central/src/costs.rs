//! `POST /api/costs`: what clicks cost, told afterwards.
//!
//! A row names a campaign, optionally a source and further filters, a range of time, and either a `total`
//! that its clicks cost together or a `cpc` that each of them cost:
//!
//! ```json
//! {"campaign_id": "..", "source_id": "..", "filters": {"country": "US,CA"}, "from": "2026-11-01T00:00",
//!  "to": "2026-11-02T00:00", "timezone": "Europe/Berlin", "currency": "EUR", "total": "120.50"}
//! ```
//!
//! The body is one row, `{"items": [..]}`, or CSV (`Content-Type: text/csv`, a header line; columns that are
//! none of these are filters), at most [`MAX_ROWS`]. `from` is included and `to` is not; without an offset
//! of their own they are in `timezone`, UTC if none is named. Each row is answered for itself.
//!
//! - **Which clicks**: all first steps that match, those of people and of bots, as the metric `cost` counts
//!   both: the source was paid for them. Second steps from a landing page never cost anything. A `total` that
//!   no click matches is an error of its row.
//! - **To the last place**: a `total` is spread so that its clicks cost exactly that together; where it does
//!   not divide, the first ones cost 0.000001 more. Clicks are corrected one by one, so every drill-down adds up.
//! - **Again and again**: a cost is set, not added, so the same again changes nothing; with an
//!   `Idempotency-Key` a repeat is answered as the first was and not even done. Of two rows for the same
//!   click the later holds, in a list and from request to request.
//! - **Late clicks**: what arrives after the update keeps the cost that it came with. Nodes spend cost caps by
//!   what clicks said when they came.
//! - **Nothing is lost**: a request is a document in MongoDB before it is answered. When ClickHouse or we
//!   fail, or it takes longer than [`ANSWER_WITHIN`], the answer is 202 and it is finished later;
//!   `GET /api/costs/{id}` says how it went.
//! - **Never for ever**: a row whose clicks are too many for ClickHouse's limits fails by itself, after smaller
//!   statements were tried; what was corrected before stays so.
//!
//! A correction is the click once more with another cost and a `cost_version`, see
//! [`crate::warehouse`]: (number of the row << 8) | attempt, by which later rows win over earlier ones and
//! a second attempt over the first, whichever is carried out first.

mod apply;
mod input;
mod jobs;
mod plan;

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, rejection::BytesRejection},
};
use http::{HeaderMap, StatusCode};
use jobs::{Job, RowAnswer};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::WorkspaceApp,
    app::App,
    audit_log::{self, Action, Change},
    csv_rows,
    error::ApiError,
    openapi::Refusals,
};

/// Rows in one request.
const MAX_ROWS: usize = 10_000;
const MAX_BODY_BYTES: usize = 4 << 20;
const MAX_KEY_BYTES: usize = 200;
/// What takes longer goes on after the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);
/// How often requests that were not finished are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);
const FAILURES: &str = "traffoflex_cost_update_failures_total";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(update_costs))
        .routes(routes!(show_cost_update))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

pub use jobs::{migrate, next_version};

/// How a request stands.
#[derive(Debug, Serialize, ToSchema)]
struct CostUpdate {
    id: String,
    state: CostState,
    /// Rows.
    applied: usize,
    failed: usize,
    items: Vec<RowAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CostState {
    Applied,
    /// It goes on by itself.
    Pending,
}

/// Says what clicks cost
///
/// JSON or CSV with a header line, up to 10,000 rows, each answered for itself. A cost is set, not added.
#[utoipa::path(
    post,
    path = "/api/costs",
    tag = "Money",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            description = "A repeat with the same key and body is answered as the first was, and not done."),
    ),
    request_body(content(
        (input::Body = "application/json"),
        (String = "text/csv", example = "campaign_id,from,to,timezone,currency,total,country\n01JD...,2026-11-20,2026-11-21,Europe/Berlin,EUR,120.50,DE\n"),
    )),
    responses(
        (status = 200, description = "Done, as far as each row says.", body = CostUpdate),
        (status = 202, description = "Taken, and not done yet.", body = CostUpdate),
        Refusals,
    ),
)]
async fn update_costs(
    app: WorkspaceApp,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<CostUpdate>), ApiError> {
    let body = body.map_err(|_| ApiError::TooLarge { limit_bytes: MAX_BODY_BYTES })?;
    let rows = if csv_rows::is_csv(&headers) { input::from_csv(&body)? } else { input::from_json(&body)? };
    let rows = input::check(&app, rows).await?;
    let job = Job::new(&app, rows, key(&headers)?.as_deref(), &body).await?;
    let count = job.rows.len();
    let id = match jobs::take(&app, job).await? {
        jobs::Taken::New(id) => {
            record(&app, &id, count).await?;
            id
        }
        jobs::Taken::Known(id) => id,
        jobs::Taken::Other => {
            let message = "another request had this Idempotency-Key".to_owned();
            return Err(ApiError::Conflict { message, details: Vec::new() });
        }
    };
    // A task of its own: a client that hangs up must not stop it halfway.
    let (of, work) = (id.clone(), App::clone(&app));
    let done = tokio::spawn(async move {
        if let Err(error) = apply::run(&work, &of).await {
            metrics::counter!(FAILURES).increment(1);
            tracing::warn!(%error, "costs are taken and will be corrected later");
        }
    });
    // However it ended, or whether it goes on: the document says how it stands.
    let _ = tokio::time::timeout(ANSWER_WITHIN, done).await;
    Ok(answer(&jobs::find(&app, &id).await?.ok_or(ApiError::NotFound)?))
}

/// How a request to set costs stands
#[utoipa::path(
    get,
    path = "/api/costs/{id}",
    tag = "Money",
    params(("id" = String, Path, description = "Of the request.")),
    responses(
        (status = 200, description = "It is done.", body = CostUpdate),
        (status = 202, description = "It goes on.", body = CostUpdate),
        Refusals,
    ),
)]
async fn show_cost_update(
    app: WorkspaceApp,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<CostUpdate>), ApiError> {
    Ok(answer(&jobs::find(&app, &id).await?.ok_or(ApiError::NotFound)?))
}

async fn record(app: &WorkspaceApp, id: &str, rows: usize) -> Result<(), ApiError> {
    let change = Change {
        action: Action::Done,
        resource: "costs",
        id: id.to_owned(),
        name: "costs of clicks".to_owned(),
        what: Some(format!("set by {rows} rows")),
        before: None,
        after: None,
    };
    audit_log::record(app, change).await
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=MAX_KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::field("Idempotency-Key", format!("1 to {MAX_KEY_BYTES} printable characters"))),
    }
}

/// 200 when it is done, 202 when it will be.
fn answer(job: &Job) -> (StatusCode, Json<CostUpdate>) {
    let items = job.shown();
    let of = |wanted: fn(&RowAnswer) -> bool| items.iter().filter(|row| wanted(row)).count();
    let (status, state) = if job.done {
        (StatusCode::OK, CostState::Applied)
    } else {
        (StatusCode::ACCEPTED, CostState::Pending)
    };
    let body = CostUpdate {
        id: job.id.clone(),
        state,
        applied: of(|row| matches!(row, RowAnswer::Applied { .. })),
        failed: of(|row| matches!(row, RowAnswer::Failed { .. })),
        items,
    };
    (status, Json(body))
}

/// Carries out what a crash or an outage left, until `stop`.
pub async fn finish_pending(app: App, stop: CancellationToken) {
    loop {
        if stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_none() {
            return;
        }
        let finished = async {
            for id in jobs::pending(&app).await? {
                // What is wrong with one keeps no other back.
                if let Err(error) = apply::run(&app, &id).await {
                    metrics::counter!(FAILURES).increment(1);
                    tracing::warn!(%error, id, "costs are still to be corrected");
                }
            }
            Ok::<_, ApiError>(())
        };
        match stop.run_until_cancelled(finished).await {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => {
                metrics::counter!(FAILURES).increment(1);
                tracing::warn!(%error, "costs that are to be corrected cannot be looked for");
            }
        }
    }
}
