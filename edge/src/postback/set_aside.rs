//! Postbacks that central refused to claim: kept until an operator has put right what was wrong.
//!
//! `GET /internal/postbacks/set-aside?limit&offset&target_id&workspace_id` lists them in the shape of dead
//! letters, where the network stands for the target; `POST /internal/postbacks/retry` with `{"keys":[..]}`,
//! `{"all":true}` or `{"target_id":".."}`, and maybe `workspace_id`, puts them back into the journal.

use axum::{
    Json,
    body::Bytes,
    extract::{
        Extension, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use traffoflex_telemetry::RequestId;

use super::{NotStored, PostbackId, PostbackState, Shared, entry::Entry};
use crate::{
    clock::now_ms,
    error::EdgeError,
    internal::input::{self, Refusal},
    outbox::{EncodedEvents, marks::Mark, postbacks::AsideRow, store::StoreError},
};

/// Read or put back at once.
const ROWS_AT_ONCE: usize = 500;
const MAX_KEYS: usize = 10_000;

#[derive(Debug, Deserialize)]
pub struct Page {
    limit: Option<usize>,
    offset: Option<usize>,
    target_id: Option<String>,
    workspace_id: Option<String>,
}

/// As [`crate::outbound::dead_letters::DeadLetter`], and what the network said.
#[derive(Debug, Default, Serialize)]
struct Item {
    /// Of the postback.
    key: String,
    target_kind: &'static str,
    /// The network.
    target_id: String,
    postback_id: String,
    workspace_id: String,
    method: &'static str,
    url: &'static str,
    conversion_id: String,
    network_id: String,
    click_id: String,
    transaction_id: String,
    attempts: u32,
    http_status: u16,
    error: String,
    /// When it came. RFC 3339.
    created_at: String,
    /// When it was set aside; empty when that is not known.
    died_at: String,
    /// When it happened.
    received_at: String,
    raw_payload: String,
}

/// Which ones: exactly one of the three, narrowed down by the workspace.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    #[serde(alias = "ids")]
    keys: Vec<String>,
    all: bool,
    target_id: Option<String>,
    workspace_id: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Filter {
    target_id: Option<String>,
    workspace_id: Option<String>,
}

impl Filter {
    fn takes_all(&self) -> bool {
        self.target_id.is_none() && self.workspace_id.is_none()
    }

    /// What this build cannot read is nobody's.
    fn takes(&self, record: &[u8]) -> bool {
        self.takes_all()
            || Entry::decode(record).is_ok_and(|entry| {
                self.target_id.as_deref().is_none_or(|id| *entry.network_id == *id)
                    && self.workspace_id.as_deref().is_none_or(|id| *entry.workspace_id == *id)
            })
    }
}

pub async fn list(
    State(state): State<PostbackState>,
    Extension(request_id): Extension<RequestId>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Refusal> {
    let page = input::query(page, request_id)?;
    let (limit, offset) = (input::limit(page.limit, request_id)?, page.offset.unwrap_or(0));
    let filter = Filter { target_id: page.target_id, workspace_id: page.workspace_id };
    let read = tokio::task::spawn_blocking(move || rows(&state.0, &filter, offset, limit)).await;
    let Ok(Ok((rows, total))) = read else {
        return Err(Refusal::of(EdgeError::NotStored, request_id));
    };
    let items: Vec<Item> = rows.into_iter().map(|(id, record)| item(PostbackId(id), &record)).collect();
    Ok(Json(json!({ "items": items, "limit": limit, "offset": offset, "total": total })).into_response())
}

/// From the oldest on, those that the filter takes, and how many there are.
fn rows(
    shared: &Shared,
    filter: &Filter,
    offset: usize,
    limit: usize,
) -> Result<(Vec<AsideRow>, u64), StoreError> {
    if filter.takes_all() {
        return shared.outbox.postbacks_aside(offset, limit);
    }
    let (mut found, mut total, mut looked_at) = (Vec::new(), 0, 0);
    loop {
        let (rows, _) = shared.outbox.postbacks_aside(looked_at, ROWS_AT_ONCE)?;
        looked_at += rows.len();
        let is_last = rows.len() < ROWS_AT_ONCE;
        for row in rows.into_iter().filter(|(_, record)| filter.takes(record)) {
            if total >= offset as u64 && found.len() < limit {
                found.push(row);
            }
            total += 1;
        }
        if is_last {
            return Ok((found, total));
        }
    }
}

fn item(id: PostbackId, record: &[u8]) -> Item {
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string();
    let item = Item {
        key: id.to_string(),
        target_kind: "inbound_postback",
        created_at: at(id.at_ms()),
        ..Item::default()
    };
    match Entry::decode(record) {
        Ok(entry) => Item {
            postback_id: entry.postback_id(id),
            target_id: entry.network_id.to_string(),
            workspace_id: entry.workspace_id.to_string(),
            network_id: entry.network_id.to_string(),
            conversion_id: entry.conversion_id,
            click_id: entry.click_id,
            transaction_id: entry.transaction_id,
            attempts: entry.attempts,
            error: entry.error,
            died_at: if entry.aside_at > 0 { at(entry.aside_at) } else { String::new() },
            received_at: at(entry.received_at),
            raw_payload: entry.raw_payload,
            ..item
        },
        Err(error) => Item { error: format!("this build cannot read it: {error}"), ..item },
    }
}

pub async fn retry(
    State(state): State<PostbackState>,
    Extension(request_id): Extension<RequestId>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let retry: Retry = input::json(body, request_id)?;
    let named = [!retry.keys.is_empty(), retry.all, retry.target_id.is_some()];
    if named.into_iter().filter(|named| *named).count() != 1 {
        return Err(Refusal::field("keys", "either keys, or all, or target_id", request_id));
    }
    if retry.keys.len() > MAX_KEYS {
        return Err(Refusal::field("keys", &format!("more than {MAX_KEYS}"), request_id));
    }
    match put_back(&state.0, retry).await {
        Ok(retried) => Ok(Json(json!({ "retried": retried })).into_response()),
        Err(error) => {
            tracing::warn!(%error, "postbacks set aside were not put back");
            Err(Refusal::of(EdgeError::NotStored, request_id))
        }
    }
}

async fn put_back(shared: &Shared, retry: Retry) -> Result<usize, NotStored> {
    let Retry { keys, target_id, workspace_id, .. } = retry;
    let filter = Filter { target_id, workspace_id };
    let mut retried = 0;
    if !keys.is_empty() {
        let mut rows = Vec::new();
        for id in keys.iter().filter_map(|key| PostbackId::parse(key)) {
            let record = shared.outbox.postback_aside(id.0)?.filter(|record| filter.takes(record));
            rows.extend(record.map(|record| (id, record)));
        }
        for part in rows.chunks(ROWS_AT_ONCE) {
            retried += put_back_part(shared, part).await?;
        }
        return Ok(retried);
    }
    // What this build cannot read, or what is not meant, stays and is passed over.
    let (mut passed_over, mut limit) = (0, None);
    loop {
        let (rows, total) = shared.outbox.postbacks_aside(passed_over, ROWS_AT_ONCE)?;
        // Those that are refused again meanwhile are not put back again.
        if rows.is_empty() || retried + passed_over >= *limit.get_or_insert(total as usize) {
            return Ok(retried);
        }
        let looked_at = rows.len();
        let meant = rows.into_iter().filter(|(_, record)| filter.takes(record));
        let meant: Vec<_> = meant.map(|(id, record)| (PostbackId(id), record)).collect();
        let put_back = put_back_part(shared, &meant).await?;
        passed_over += looked_at - put_back;
        retried += put_back;
    }
}

async fn put_back_part(shared: &Shared, rows: &[(PostbackId, Vec<u8>)]) -> Result<usize, NotStored> {
    let (mut events, mut readable) = (EncodedEvents::new(), 0);
    for (id, record) in rows {
        let Ok(entry) = Entry::decode(record) else { continue };
        events.mark(Mark::Postback(
            Entry { error: String::new(), aside_at: 0, ..entry }.journal(*id, now_ms())?,
        ));
        readable += 1;
    }
    shared.outbox.append(events).await?;
    shared.journal.arrived();
    Ok(readable)
}

#[cfg(test)]
pub async fn put_back_all(state: &PostbackState) -> Result<usize, NotStored> {
    put_back(&state.0, Retry { all: true, ..Retry::default() }).await
}
