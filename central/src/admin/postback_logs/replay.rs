//! `POST /api/postback-logs/{event_id}/replay`: what a line of the log tells of is done again.
//!
//! **Inbound**: the parameters of the postback, without its secret, are given to a postback node as a row of an
//! import is, with the time at which it came. It is the same transaction, so it is a duplicate or an update
//! of its conversion, or a conversion at last when it had been refused. Its own id in the log says what it
//! repeats ([`replayed`]). As long as network and template stay what they are, a replay that was taken is the same
//! row again, and changes nothing. Where each repeat of a transaction counts, only what was refused is replayed,
//! and once.
//!
//! **Outbound**: a call that was given up is made again under its key, by the node that has it. One to a traffic source
//! that was delivered is made again as the log has it, as far as that is all of it: a GET with a URL that was not cut.
//! One that is under way, and one with a body, which is kept nowhere, are answered as conflicts.

use axum::{Json, extract::Path};
use serde::Serialize;
use serde_json::{Map, Value};
use traffoflex_conversion::{
    CompiledIntake,
    fields::{REMOVED, RawFields},
};
use traffoflex_model::{DuplicateMode, PostbackDirection};
use traffoflex_wire::{
    error_body::FieldError,
    outbound::{
        AGAIN_PATH, CallAgain, IMPORT_PATH, ImportAnswer, ImportAnswers, ImportBatch, ImportRow, SourceCall,
    },
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::item::{self, PostbackLogItem};
use crate::{
    access::WorkspaceApp,
    admin::{intakes::Intakes, quoted, shown_nodes::ShownNodes},
    app::App,
    audit_log::{self, Action, Change},
    dead_letters::{self, RetryRequest},
    error::ApiError,
    openapi::{NodeRefusals, Refusals},
    postback_nodes::NoNode,
    snapshot::build::State,
};

/// What the ids of replays begin with at the nodes: a replay is a row of an import of its own kind.
const ID_PREFIX: &str = "import-replay";
const KEY_PREFIX: &str = "replay";
/// Of the id of a postback that came by itself.
const ULID_CHARS: usize = 26;
/// At a key's end: by what the postback is read, in hexadecimal digits.
const READ_BY_CHARS: usize = 16;
/// Answers to postbacks that were taken.
const TAKEN: [&str; 3] = ["accepted", "duplicate", "updated"];
const OLDEST: &str = "ORDER BY created_at";
const LATEST: &str = "ORDER BY created_at DESC";
/// A node cuts what it logs of a call here.
const MAX_LOGGED_BYTES: usize = 2048;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(replay_postback_log))
}

/// What became of a replay.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayAnswer {
    /// Inbound: accepted, duplicate, updated or refused, as a postback would be answered. Outbound: queued.
    pub status: String,
    /// Inbound, unless it was refused.
    pub conversion_id: String,
    /// By which the log tells of it.
    pub postback_id: String,
    /// Why it was refused; where money is not shown, only the fields.
    pub errors: Vec<FieldError>,
}

/// What a replay repeats.
#[derive(Debug, PartialEq, Eq)]
pub struct Replayed {
    /// None: of a row of an import.
    pub postback_id: Option<String>,
}

/// By the id of a postback; none when it is no replay.
pub fn replayed(postback_id: &str) -> Option<Replayed> {
    let root = root_of(postback_id)?;
    let is_postback = root.len() == ULID_CHARS && ulid::Ulid::from_string(root).is_ok();
    Some(Replayed { postback_id: is_postback.then(|| root.to_owned()) })
}

/// What the id of a replay names as what it repeats: the id of a postback, or a hash of that of a row.
fn root_of(replay: &str) -> Option<&str> {
    let key = replay.strip_prefix(ID_PREFIX)?;
    key.get(..key.len().checked_sub(READ_BY_CHARS)?)
}

/// Does again what a line of the log tells of.
///
/// An inbound postback is put through the intake again, without its secret; an outbound call that was given up is
/// made again under the same idempotency key.
#[utoipa::path(
    post, path = "/api/postback-logs/{event_id}/replay", tag = "logs", params(("event_id" = String, Path)),
    responses((status = 200, body = ReplayAnswer), Refusals, NodeRefusals)
)]
async fn replay_postback_log(
    app: WorkspaceApp,
    Path(event_id): Path<String>,
) -> Result<Json<ReplayAnswer>, ApiError> {
    let line = line(&app, "event_id = {id:String}", &event_id, OLDEST).await?.ok_or(ApiError::NotFound)?;
    let answer = match line.direction {
        PostbackDirection::Inbound => inbound(&app, &line).await?,
        PostbackDirection::Outbound => outbound(&app, &line).await?,
    };
    let change = Change {
        action: Action::Done,
        resource: "postback-logs",
        id: event_id,
        name: line.postback_id,
        what: Some(format!("replayed: {}", answer.status)),
        before: None,
        after: None,
    };
    audit_log::record(&app, change).await?;
    Ok(Json(answer))
}

/// The first line in this order that meets the condition.
async fn line(
    app: &WorkspaceApp,
    condition: &str,
    id: &str,
    order: &str,
) -> Result<Option<PostbackLogItem>, ApiError> {
    let _turn = app.reports.turn(&app.workspace_id).await?;
    let source = format!("FROM postback_log_events WHERE workspace_id = {{ws:String}} AND {condition}");
    let sql = item::select(&source, order, "LIMIT 1");
    let statement = app.warehouse.client().query_raw(&sql).param("ws", &*app.workspace_id).param("id", id);
    Ok(app.warehouse.rows_of(app.reports.limited(statement)).await?.pop())
}

async fn inbound(app: &WorkspaceApp, line: &PostbackLogItem) -> Result<ReplayAnswer, ApiError> {
    // Only the line of its arrival has what it said.
    let arrival = "postback_id = {id:String} AND direction = 'inbound' AND raw_payload != ''";
    let arrival = self::line(app, arrival, &line.postback_id, OLDEST).await?;
    let arrival = arrival.ok_or_else(|| conflict("nothing is kept of what it said"))?;
    let found = app
        .publisher
        .inspect(|view| {
            let intakes = Intakes::of(view.state, &app.workspace_id);
            let intake = intakes.find(&arrival.network_id).cloned()?;
            Some((intake, configuration(view.state, &arrival.network_id)))
        })
        .await;
    let (intake, configuration) = found.ok_or_else(|| conflict("its network is not active"))?;
    let key = key_of(&arrival, &intake, configuration)?;
    let row = ImportRow {
        network: arrival.network_id.clone(),
        fields: fields_of(arrival.raw_payload.as_deref().unwrap_or_default()),
        received_at: Some(ms_of(&arrival.created_at)),
        key: key.clone(),
    };
    let ImportAnswer { status, conversion_id, errors } = hand_over(app, row).await?;
    let errors = quoted::errors(app, errors);
    Ok(ReplayAnswer { status, conversion_id, postback_id: format!("import-{key}"), errors })
}

/// What the row of a replay is known by: the postback that it repeats, and what it is read by now.
fn key_of(
    arrival: &PostbackLogItem,
    intake: &CompiledIntake,
    configuration: u64,
) -> Result<String, ApiError> {
    let is_counted_each = intake.duplicates == DuplicateMode::Count;
    if is_counted_each && TAKEN.contains(&&*arrival.status) {
        return Err(conflict("each repeat counts in its network: it would count once more"));
    }
    let id = &arrival.postback_id;
    let root = match root_of(id) {
        Some(root) => root.to_owned(),
        None if ulid::Ulid::from_string(id).is_ok() => id.clone(),
        None => format!("{:032x}", xxh3_128(id.as_bytes())),
    };
    let read_by = if is_counted_each { 0 } else { configuration };
    Ok(format!("{KEY_PREFIX}{root}{read_by:016x}"))
}

/// Changes with anything by which a network's postbacks are read.
fn configuration(state: &State, network_id: &str) -> u64 {
    let network = state.networks.get(network_id);
    let template = network.and_then(|network| state.postback_templates.get(&**network.template_id.as_ref()?));
    xxh3_64(serde_json::to_string(&(network, template)).unwrap_or_default().as_bytes())
}

/// The parameters of a payload as the log keeps it: a name that came several times has an array. What stands for
/// a secret is left out; an import is not asked for one.
fn fields_of(payload: &str) -> Vec<(String, String)> {
    let object: Map<String, Value> = serde_json::from_str(payload).unwrap_or_default();
    let mut fields = RawFields::new();
    for (name, value) in &object {
        let values = match value {
            Value::Array(values) => values.iter().collect(),
            one => vec![one],
        };
        for text in values.into_iter().filter_map(Value::as_str).filter(|text| *text != REMOVED) {
            fields.push(name, text);
        }
    }
    fields.pairs().to_vec()
}

fn ms_of(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).unwrap_or_default()
}

async fn hand_over(app: &WorkspaceApp, row: ImportRow) -> Result<ImportAnswer, ApiError> {
    let refused = |NoNode { failed, .. }| ApiError::NoPostbackNode {
        message: "no postback node took the replay".into(),
        details: ShownNodes::of_postbacks(app).details(failed),
    };
    let batch = ImportBatch { rows: vec![row] };
    let body = app.postback_nodes.post_to_any(IMPORT_PATH, &batch).await.map_err(refused)?;
    let answers = serde_json::from_slice::<ImportAnswers>(&body).ok();
    answers.and_then(|mut answers| answers.rows.pop()).ok_or_else(|| ApiError::NoPostbackNode {
        message: "the postback node gave an answer that cannot be read".into(),
        details: Vec::new(),
    })
}

async fn outbound(app: &WorkspaceApp, line: &PostbackLogItem) -> Result<ReplayAnswer, ApiError> {
    let key = line.postback_id.clone();
    let request = RetryRequest { keys: vec![key.clone()], ..RetryRequest::default() };
    let retried = dead_letters::retry(&app.postback_nodes, &request, Some(&app.workspace_id)).await;
    if retried.retried > 0 {
        return Ok(queued(key));
    }
    let silent: Vec<FieldError> = retried
        .nodes
        .into_iter()
        .filter_map(|node| Some(FieldError { field: node.node, error: node.failed? }))
        .collect();
    // Whoever did not answer may be the one that has it.
    if !silent.is_empty() || app.postback_nodes.is_empty() {
        let message = "not every postback node answered".to_owned();
        return Err(ApiError::NodesUnreachable {
            message,
            details: ShownNodes::of_postbacks(app).details(silent),
        });
    }
    again(app, &key).await?;
    Ok(queued(key))
}

fn queued(key: String) -> ReplayAnswer {
    let status = "queued".to_owned();
    ReplayAnswer { status, conversion_id: String::new(), postback_id: key, errors: Vec::new() }
}

/// Makes a call again that no node has any more.
async fn again(app: &WorkspaceApp, key: &str) -> Result<(), ApiError> {
    let attempts = "postback_id = {id:String} AND direction = 'outbound'";
    let last = line(app, attempts, key, LATEST).await?.ok_or(ApiError::NotFound)?;
    let call = source_call(app, last).map_err(conflict)?;
    let body =
        app.postback_nodes.post_to_any(AGAIN_PATH, &call).await.map_err(|NoNode { failed, .. }| {
            ApiError::NoPostbackNode {
                message: "no postback node took the call".into(),
                details: ShownNodes::of_postbacks(app).details(failed),
            }
        })?;
    match serde_json::from_slice::<CallAgain>(&body) {
        Ok(CallAgain { queued: true }) => Ok(()),
        _ => Err(conflict("the call is under way")),
    }
}

/// The call as its last attempt shows it, or why it cannot be made again.
fn source_call(app: &WorkspaceApp, last: PostbackLogItem) -> Result<SourceCall, &'static str> {
    if last.status != "delivered" {
        return Err("no node has given this call up: it is under way, or was cancelled");
    }
    let request = last.raw_payload.unwrap_or_default();
    let url = request.strip_prefix("GET ").filter(|_| request.len() < MAX_LOGGED_BYTES);
    let url = url.ok_or("it was delivered, and what was sent is not kept")?;
    let (_, call_id) = last.postback_id.rsplit_once('.').ok_or("its key names no call of a source")?;
    Ok(SourceCall {
        workspace_id: app.workspace_id.clone(),
        source_id: last.target_id.as_str().into(),
        postback_id: call_id.to_owned(),
        url: url.to_owned(),
        conversion_id: last.conversion_id,
        network_id: last.network_id.as_str().into(),
        click_id: last.click_id,
        transaction_id: last.transaction_id,
        key: last.postback_id,
    })
}

fn conflict(message: &str) -> ApiError {
    ApiError::Conflict { message: message.to_owned(), details: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_becomes_the_parameters_it_was_made_of() {
        let payload = r#"{"tid":"t1","sub":["a","b"],"secret":"[removed]","payout":"1.50"}"#;
        let mut fields = fields_of(payload);
        fields.sort();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(fields, [pair("payout", "1.50"), pair("sub", "a"), pair("sub", "b"), pair("tid", "t1")]);
        assert!(fields_of("not JSON").is_empty());
    }

    #[test]
    fn the_id_of_a_replay_says_what_it_repeats() {
        let id = ulid::Ulid::generate().to_string();
        let of = |postback_id: &str| replayed(postback_id).map(|replayed| replayed.postback_id);
        assert_eq!(of(&id), None);
        assert_eq!(of("import-0123456789abcdef"), None);
        assert_eq!(of(&format!("import-{KEY_PREFIX}{id}0000000000000001")), Some(Some(id)));
        let of_a_row = format!("import-{KEY_PREFIX}{:032x}{:016x}", u128::MAX, 1);
        assert_eq!(of(&of_a_row), Some(None));
    }
}
