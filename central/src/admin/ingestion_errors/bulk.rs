//! `POST /api/ingestion-errors/reingest`: new errors that match are put in again as they came, the oldest
//! first, as after their cause was mended here. What fails again stays new.
//!
//! Limits: [`MAX_AT_ONCE`] of a request; `next_from` and `next_after` go on after them. Both are needed: what is refused
//! together has one time.

use axum::Json;
use serde::{Deserialize, Serialize};
use traffoflex_wire::{error_body::FieldError, topic::Topic};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{IngestionErrorItem, found, record, reingest, states::States};
use crate::{
    access::WorkspaceApp,
    admin::{
        input::{self, JsonBody, MAX_LIMIT},
        log_query::LogQuery,
        quoted,
    },
    app::App,
    error::ApiError,
    openapi::Refusals,
};

const MAX_AT_ONCE: i64 = MAX_LIMIT;
const MAX_SEARCH_BYTES: usize = 200;
const MAX_NAMES: usize = 100;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reingest_ingestion_errors))
}

/// Which errors are put in again: new ones that meet all of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct BulkReingest {
    /// Any of these; empty: of all.
    topics: Vec<String>,
    /// Any of these; empty: of all.
    node_ids: Vec<String>,
    /// Part of the error or the message.
    q: Option<String>,
    /// Included; RFC 3339. None: 7 days before `to`.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// With `from`, the `next_after` of the request before: of those at `from`, only what comes after this one.
    #[schema(min_length = 32, max_length = 32)]
    after: Option<String>,
    /// Excluded; RFC 3339. None: now.
    #[schema(format = DateTime)]
    to: Option<String>,
}

/// What became of them.
#[derive(Debug, Default, Serialize, ToSchema)]
struct BulkReingested {
    reingested: usize,
    /// They stay new.
    failed: Vec<FailedReingest>,
    /// The `from` of the next request; null when all that match were tried.
    #[schema(format = DateTime)]
    next_from: Option<String>,
    /// The `after` of the next request.
    next_after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FailedReingest {
    id: String,
    errors: Vec<FieldError>,
}

impl BulkReingest {
    fn query(self) -> Result<LogQuery, ApiError> {
        let time = |field: &str, text: Option<String>| {
            let parsed = text.map(|text| text.parse::<jiff::Timestamp>()).transpose();
            parsed.map_err(|_| ApiError::field(field, "an RFC 3339 time"))
        };
        let (from, to) = (time("from", self.from)?, time("to", self.to)?);
        for (field, names) in [("topics", &self.topics), ("node_ids", &self.node_ids)] {
            if names.len() > MAX_NAMES {
                return Err(ApiError::field(field, format!("at most {MAX_NAMES}")));
            }
        }
        if let Some(after) = &self.after {
            if from.is_none() {
                return Err(ApiError::field("after", "only with from"));
            }
            if !found::is_id(after) {
                return Err(ApiError::field("after", "the `next_after` of the request before"));
            }
        }
        if self.q.as_ref().is_some_and(|q| q.len() > MAX_SEARCH_BYTES) {
            return Err(ApiError::field("q", format!("at most {MAX_SEARCH_BYTES} bytes")));
        }
        let filters = [("topic", self.topics), ("node_id", self.node_ids), ("state", vec!["new".to_owned()])];
        let (from_ms, to_ms) = (from.map(|at| at.as_millisecond()), to.map(|at| at.as_millisecond()));
        if [from_ms, to_ms].into_iter().flatten().any(|ms| ms < 0) {
            return Err(ApiError::field("from", "not before 1970"));
        }
        Ok(LogQuery {
            from_ms,
            to_ms,
            filters: filters.into_iter().filter(|(_, values)| !values.is_empty()).collect(),
            q: self.q.filter(|q| !q.is_empty()),
            before: self.after,
            limit: MAX_AT_ONCE,
            ..LogQuery::default()
        })
    }
}

/// Puts all new errors that match in again, as they came.
///
/// At most 500 of a request, the oldest first; `next_from` and `next_after` are the `from` and `after` of the next one.
#[utoipa::path(
    post, path = "/api/ingestion-errors/reingest", tag = "logs", request_body = BulkReingest,
    responses((status = 200, body = BulkReingested), Refusals)
)]
async fn reingest_ingestion_errors(
    app: WorkspaceApp,
    JsonBody(body): JsonBody,
) -> Result<Json<BulkReingested>, ApiError> {
    let query = input::read::<BulkReingest>(body)?.query()?;
    let (items, total) = found::page(&app, &query, found::Order::Oldest).await?;
    let has_more = total.total > items.len() as u64;
    let mut answer = BulkReingested::default();
    let mut good: Vec<(Topic, String, &IngestionErrorItem)> = Vec::new();
    for item in &items {
        match reingest::check(&app, item, None).await {
            Ok((topic, line)) => good.push((topic, line, item)),
            Err(errors) => answer.failed.push(FailedReingest { id: item.id.clone(), errors }),
        }
    }
    let mut ended = Ok(());
    for topic in Topic::ALL {
        let of_topic = good.iter().filter(|(of, ..)| *of == topic);
        let of_topic = of_topic.map(|(_, line, item)| (&**line, *item)).collect();
        ended = insert(&app, topic, of_topic, &mut answer).await;
        if ended.is_err() {
            break;
        }
    }
    // What was put in before something failed was put in all the same.
    let what = format!("reingested {}, failed {}", answer.reingested, answer.failed.len());
    record(&app, String::new(), what).await?;
    ended?;
    for failed in &mut answer.failed {
        failed.errors = quoted::errors(&app, std::mem::take(&mut failed.errors));
    }
    if let Some(last) = items.last().filter(|_| has_more) {
        answer.next_from = Some(last.observed_at.clone());
        answer.next_after = Some(last.id.clone());
    }
    Ok(Json(answer))
}

async fn insert(
    app: &WorkspaceApp,
    topic: Topic,
    lines: Vec<(&str, &IngestionErrorItem)>,
    answer: &mut BulkReingested,
) -> Result<(), ApiError> {
    let joined: String = lines.iter().flat_map(|(line, _)| [line, "\n"]).collect();
    let refused = app.ingest.insert(topic, joined.into()).await?;
    let refusal = |line: &str| refused.iter().find(|refused| refused.text == line);
    let mut done = Vec::with_capacity(lines.len());
    for (line, item) in lines {
        match refusal(line) {
            None => done.push(item),
            Some(refused) => {
                let error = FieldError { field: "message".to_owned(), error: refused.error.clone() };
                answer.failed.push(FailedReingest { id: item.id.clone(), errors: vec![error] });
            }
        }
    }
    answer.reingested += done.len();
    Ok(States::new(app).reingested(&done, &app.caller.actor).await?)
}
