//! Postbacks that central refused to claim: kept until an operator has put right what was wrong.
//!
//! `GET /internal/postbacks/set-aside?limit&offset` lists them, `POST /internal/postbacks/retry` with
//! `{"ids":[..]}` or `{"all":true}` puts them back into the journal.

use axum::{
    Json,
    extract::{Extension, Query, State},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use traffoflex_telemetry::RequestId;

use super::{NotStored, PostbackId, PostbackState, Shared, entry::Entry};
use crate::{
    clock::now_ms,
    error::EdgeError,
    outbox::{EncodedEvents, marks::Mark},
};

const MAX_LIMIT: usize = 500;
/// Put back in one transaction.
const RETRIED_AT_ONCE: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Page {
    limit: usize,
    offset: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 100, offset: 0 }
    }
}

#[derive(Debug, Serialize)]
struct Item {
    postback_id: String,
    received_at: i64,
    network_id: String,
    conversion_id: String,
    click_id: String,
    transaction_id: String,
    error: String,
    raw_payload: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    ids: Vec<String>,
    all: bool,
}

pub async fn list(
    State(state): State<PostbackState>,
    Extension(request_id): Extension<RequestId>,
    Query(page): Query<Page>,
) -> Response {
    let limit = page.limit.clamp(1, MAX_LIMIT);
    let outbox = state.0.outbox.clone();
    let read = tokio::task::spawn_blocking(move || outbox.postbacks_aside(page.offset, limit)).await;
    let Ok(Ok((rows, total))) = read else {
        return EdgeError::NotStored.into_response_for(Some(request_id));
    };
    let items: Vec<Item> = rows.into_iter().map(|(id, record)| item(PostbackId(id), &record)).collect();
    Json(json!({ "items": items, "limit": limit, "offset": page.offset, "total": total })).into_response()
}

fn item(id: PostbackId, record: &[u8]) -> Item {
    let postback_id = id.to_string();
    match Entry::decode(record) {
        Ok(entry) => Item {
            postback_id,
            received_at: entry.received_at,
            network_id: entry.network_id.to_string(),
            conversion_id: entry.conversion_id,
            click_id: entry.click_id,
            transaction_id: entry.transaction_id,
            error: entry.error,
            raw_payload: entry.raw_payload,
        },
        Err(error) => Item {
            postback_id,
            received_at: id.at_ms(),
            network_id: String::new(),
            conversion_id: String::new(),
            click_id: String::new(),
            transaction_id: String::new(),
            error: format!("this build cannot read it: {error}"),
            raw_payload: String::new(),
        },
    }
}

pub async fn retry(
    State(state): State<PostbackState>,
    Extension(request_id): Extension<RequestId>,
    Json(retry): Json<Retry>,
) -> Response {
    match put_back(&state.0, retry).await {
        Ok(retried) => Json(json!({ "retried": retried })).into_response(),
        Err(error) => {
            tracing::warn!(%error, "postbacks set aside were not put back");
            EdgeError::NotStored.into_response_for(Some(request_id))
        }
    }
}

async fn put_back(shared: &Shared, retry: Retry) -> Result<usize, NotStored> {
    let mut retried = 0;
    if !retry.all {
        let named = retry.ids.iter().filter_map(|id| PostbackId::parse(id));
        let mut rows = Vec::new();
        for id in named {
            rows.extend(shared.outbox.postback_aside(id.0)?.map(|record| (id, record)));
        }
        for part in rows.chunks(RETRIED_AT_ONCE) {
            retried += put_back_part(shared, part).await?;
        }
        return Ok(retried);
    }
    // What this build cannot read stays and is passed over.
    let (mut unreadable, mut limit) = (0, None);
    loop {
        let (rows, total) = shared.outbox.postbacks_aside(unreadable, RETRIED_AT_ONCE)?;
        // Those that are refused again meanwhile are not put back again.
        if rows.is_empty() || retried >= *limit.get_or_insert(total as usize) {
            return Ok(retried);
        }
        let rows: Vec<_> = rows.into_iter().map(|(id, record)| (PostbackId(id), record)).collect();
        let put_back = put_back_part(shared, &rows).await?;
        unreadable += rows.len() - put_back;
        retried += put_back;
    }
}

async fn put_back_part(shared: &Shared, rows: &[(PostbackId, Vec<u8>)]) -> Result<usize, NotStored> {
    let (mut events, mut readable) = (EncodedEvents::new(), 0);
    for (id, record) in rows {
        let Ok(entry) = Entry::decode(record) else { continue };
        events.mark(Mark::Postback(Entry { error: String::new(), ..entry }.journal(*id, now_ms())?));
        readable += 1;
    }
    shared.outbox.append(events).await?;
    shared.journal.arrived();
    Ok(readable)
}

#[cfg(test)]
pub async fn put_back_all(state: &PostbackState) -> Result<usize, NotStored> {
    put_back(&state.0, Retry { all: true, ids: Vec::new() }).await
}
