//! `/internal/outbound/*`, to be put behind the check of the token and under the layer that gives request ids.

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use traffoflex_model::{BodyType, PostbackMethod, Status, Webhook};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::{
    error_body::FieldError,
    outbound::{
        AGAIN_PATH, CallAgain, MAX_BODY_BYTES, MAX_MESSAGES, MESSAGES_PATH, Messages, SourceCall,
        WebhookMessage,
    },
};

use super::{
    Job, Outbound, Target,
    dead_letters::{RetryAnswer, RetryError, Selection, Which},
};
use crate::{
    clock::now_ms,
    error::EdgeError,
    internal::input::{self, Refusal},
    snapshot::SnapshotHandle,
};

pub const DEAD_LETTERS_PATH: &str = "/internal/outbound/dead-letters";
pub const RETRY_PATH: &str = "/internal/outbound/retry";
pub const STATS_PATH: &str = "/internal/outbound/stats";

/// A message for a webhook that is still unknown after so long is for one that is gone.
const UNKNOWN_WAIT_MS: i64 = 10 * 60 * 1000;
/// Keys of one request.
const MAX_KEYS: usize = 10_000;
/// Of one message, in bytes.
const MAX_MESSAGE_BYTES: usize = 256 << 10;

#[derive(Clone)]
struct Api {
    outbound: Outbound,
    snapshot: SnapshotHandle,
}

pub fn routes(outbound: Outbound, snapshot: SnapshotHandle) -> Router {
    Router::new()
        .route(MESSAGES_PATH, post(messages))
        .route(DEAD_LETTERS_PATH, get(dead_letters))
        .route(RETRY_PATH, post(retry))
        .route(AGAIN_PATH, post(again))
        .route(STATS_PATH, get(stats))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Api { outbound, snapshot })
}

type Answer = Result<Response, Refusal>;
type Body = Result<Bytes, BytesRejection>;

/// Webhooks of what only central sees: 204 once they are on disk. A webhook that is not known may be newer than
/// this node's configuration: its messages are asked for again, while they are young.
async fn messages(State(api): State<Api>, Extension(id): Extension<RequestId>, body: Body) -> Answer {
    let Messages { messages } = input::json(body, id)?;
    check(&messages).map_err(|details| Refusal::fields(details, id))?;
    let (mut jobs, mut dropped, mut is_early) = (Vec::with_capacity(messages.len()), 0, false);
    {
        let table = api.snapshot.load();
        let Some(table) = table.as_deref() else {
            return Err(Refusal::of(EdgeError::NotReady, id));
        };
        let (webhooks, now_ms) = (&table.postbacks().webhooks, now_ms());
        for message in &messages {
            match webhooks.get(&message.webhook_id) {
                Some(webhook) if webhook.status == Status::Active => jobs.push(job(message, webhook)),
                None if now_ms - message.created_at < UNKNOWN_WAIT_MS => is_early = true,
                Some(_) | None => dropped += 1,
            }
        }
    }
    // The others do not wait for those.
    api.outbound.enqueue(jobs).await.map_err(|_| Refusal::of(EdgeError::Busy, id))?;
    if is_early {
        return Err(Refusal::of(EdgeError::NotReady, id));
    }
    metrics::counter!("traffoflex_outbound_messages_dropped_total").increment(dropped);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn check(messages: &[WebhookMessage]) -> Result<(), Vec<FieldError>> {
    let wrong = |field: String, error: String| Err(vec![FieldError { field, error }]);
    if messages.len() > MAX_MESSAGES {
        return wrong("messages".to_owned(), format!("more than {MAX_MESSAGES}"));
    }
    for (n, message) in messages.iter().enumerate() {
        let is_key = (1..=Job::MAX_KEY_BYTES).contains(&message.id.len())
            && message.id.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            let error = format!("1 to {} visible ASCII characters", Job::MAX_KEY_BYTES);
            return wrong(format!("messages[{n}].id"), error);
        }
        if message.body.len() > MAX_MESSAGE_BYTES {
            return wrong(format!("messages[{n}].body"), format!("longer than {MAX_MESSAGE_BYTES} bytes"));
        }
    }
    Ok(())
}

fn job(message: &WebhookMessage, webhook: &Webhook) -> Job {
    Job {
        key: message.id.clone(),
        target: Target::Webhook { webhook_id: webhook.id.clone() },
        workspace_id: webhook.workspace_id.clone(),
        method: PostbackMethod::Post,
        url: webhook.url.clone(),
        content_type: Some(BodyType::Json),
        body: message.body.clone(),
        conversion_id: String::new(),
        network_id: "".into(),
        click_id: String::new(),
        transaction_id: String::new(),
        created_at_ms: message.created_at,
        queued_at_ms: 0,
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    limit: Option<usize>,
    offset: Option<usize>,
    target_id: Option<String>,
    workspace_id: Option<String>,
}

async fn dead_letters(
    State(api): State<Api>,
    Extension(id): Extension<RequestId>,
    page: Result<Query<Page>, QueryRejection>,
) -> Answer {
    let page = input::query(page, id)?;
    let limit = input::limit(page.limit, id)?;
    let offset = page.offset.unwrap_or(0);
    match api.outbound.dead_letters(limit, offset, page.target_id, page.workspace_id).await {
        Ok(list) => Ok(Json(list).into_response()),
        Err(error) => Err(unreadable(&error, id)),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Retry {
    keys: Vec<String>,
    all: bool,
    target_id: Option<String>,
    workspace_id: Option<String>,
}

impl Retry {
    /// Exactly one says which; a workspace narrows it down.
    fn selection(self) -> Result<Selection, &'static str> {
        let Self { keys, all, target_id, workspace_id } = self;
        let which = match (keys.is_empty(), all, target_id) {
            (false, false, None) => Which::Keys(keys),
            (true, true, None) => Which::All,
            (true, false, Some(id)) => Which::Target(id),
            _ => return Err("either keys, or all, or target_id"),
        };
        Ok(Selection { which, workspace_id })
    }
}

async fn retry(State(api): State<Api>, Extension(id): Extension<RequestId>, body: Body) -> Answer {
    let request: Retry = input::json(body, id)?;
    let selection = request.selection().map_err(|error| Refusal::field("keys", error, id))?;
    if let Which::Keys(keys) = &selection.which
        && keys.len() > MAX_KEYS
    {
        return Err(Refusal::field("keys", &format!("more than {MAX_KEYS}"), id));
    }
    match api.outbound.retry(selection).await {
        Ok(retried) => Ok(Json(RetryAnswer { retried }).into_response()),
        Err(error @ (RetryError::Full { .. } | RetryError::Unavailable)) => {
            tracing::warn!(%error, "dead letters were not all put back");
            Err(Refusal::of(EdgeError::Busy, id))
        }
    }
}

/// A call that ended is made again, under its key.
async fn again(State(api): State<Api>, Extension(id): Extension<RequestId>, body: Body) -> Answer {
    let call: SourceCall = input::json(body, id)?;
    let is_key = (1..=Job::MAX_KEY_BYTES).contains(&call.key.len())
        && call.key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_key {
        let error = format!("1 to {} visible ASCII characters", Job::MAX_KEY_BYTES);
        return Err(Refusal::field("key", &error, id));
    }
    match api.outbound.again(call).await {
        Ok(queued) => Ok(Json(CallAgain { queued }).into_response()),
        Err(error) => {
            tracing::warn!(%error, "a call was not queued again");
            Err(Refusal::of(EdgeError::Busy, id))
        }
    }
}

async fn stats(State(api): State<Api>, Extension(id): Extension<RequestId>) -> Answer {
    match api.outbound.stats().await {
        Ok(stats) => Ok(Json(stats).into_response()),
        Err(error) => Err(unreadable(&error, id)),
    }
}

fn unreadable(error: &super::OutboundError, id: RequestId) -> Refusal {
    tracing::error!(%error, "the outbound queue cannot be read");
    Refusal::of(EdgeError::Busy, id)
}
