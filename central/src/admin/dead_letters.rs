//! `/api/outbound`: calls to traffic sources and webhooks that were given up, at the nodes that hold them.
//! `/api/postbacks/set-aside`: postbacks that a node keeps because central refused to claim them.
//!
//! Both are narrowed to the workspace by the nodes. A call's URL and what a postback said may hold amounts: where
//! money is not shown, they are not either, nor is the error that may quote them. Of a click that was erased nothing is shown.

use std::mem;

use axum::{Json, extract::RawQuery};
use traffoflex_wire::error_body::FieldError;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    input::{self, JsonBody},
    log_query::{Filter, LogQuery, LogShape, Paging, described},
    quoted,
    shown_nodes::ShownNodes,
};
use crate::{
    access::WorkspaceApp,
    app::App,
    audit_log::{self, Action, Change},
    dead_letters::{self, DeadLetter, Kind, List, ListRequest, Retried, RetryRequest, SetAsideRetry},
    error::ApiError,
    openapi::{NodeRefusals, Refusals},
    privacy,
};

const SHAPE: LogShape = LogShape {
    filters: &[
        Filter::any("target_id").about("A traffic source, one of its postbacks, a webhook, or a network.")
    ],
    paging: Paging::Page,
    searches: None,
    sorts: &[],
    has_csv: false,
};

/// In place of an error that may quote the click.
const ERASED: &str = "its click was erased";

described!(DeadLetterParameters, SHAPE);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_dead_letters))
        .routes(routes!(retry_dead_letters))
        .routes(routes!(list_set_aside_postbacks))
        .routes(routes!(retry_set_aside_postbacks))
}

/// Calls that were given up, at all nodes.
///
/// The lists of the nodes one after the other, of each the latest first. A node that does not answer is named.
#[utoipa::path(
    get, path = "/api/outbound/dead-letters", tag = "logs", params(DeadLetterParameters),
    responses((status = 200, body = List), Refusals, NodeRefusals)
)]
async fn list_dead_letters(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Json<List>, ApiError> {
    listed(&app, Kind::Outbound, raw).await
}

/// Postbacks that were set aside, at all nodes.
///
/// A node sets a postback aside when its claim was refused, until somebody has put right what was wrong.
#[utoipa::path(
    get, path = "/api/postbacks/set-aside", tag = "logs", params(DeadLetterParameters),
    responses((status = 200, body = List), Refusals, NodeRefusals)
)]
async fn list_set_aside_postbacks(
    app: WorkspaceApp,
    RawQuery(raw): RawQuery,
) -> Result<Json<List>, ApiError> {
    listed(&app, Kind::SetAside, raw).await
}

async fn listed(app: &WorkspaceApp, kind: Kind, raw: Option<String>) -> Result<Json<List>, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &SHAPE)?;
    let target_id = match query.values("target_id") {
        [] => None,
        [one] => Some(one.clone()),
        _ => return Err(ApiError::field("target_id", "one")),
    };
    let request = ListRequest {
        kind,
        limit: query.limit.unsigned_abs(),
        offset: query.offset,
        target_id,
        workspace_id: Some(app.workspace_id.to_string()),
    };
    let mut found = dead_letters::list(&app.postback_nodes, &request).await;
    let nodes = ShownNodes::of_postbacks(app);
    for node in &mut found.nodes {
        node.node = nodes.name(mem::take(&mut node.node));
        node.failed = node.failed.take().map(|failed| nodes.failed(failed));
    }
    if found.nodes.iter().all(|node| node.failed.is_some()) {
        return Err(unreachable(found.nodes.iter().map(|node| (&node.node, node.failed.as_deref()))));
    }
    let erased = privacy::erased_among(app, found.items.iter().map(|item| &*item.click_id)).await?;
    for item in &mut found.items {
        if erased.contains(&item.click_id) {
            forget(item);
        }
        item.node = nodes.name(mem::take(&mut item.node));
        if app.caller.masks_money {
            (item.url, item.raw_payload) = (None, None);
            item.error = quoted::text(app, mem::take(&mut item.error));
        }
    }
    Ok(Json(found))
}

/// Leaves what is needed to put it back.
fn forget(item: &mut DeadLetter) {
    for text in [&mut item.click_id, &mut item.conversion_id, &mut item.transaction_id] {
        text.clear();
    }
    (item.url, item.raw_payload) = (None, None);
    item.error = ERASED.to_owned();
}

/// Makes calls that were given up again, with the keys that they had.
#[utoipa::path(
    post, path = "/api/outbound/retry", tag = "logs", request_body = RetryRequest,
    responses((status = 200, body = Retried), Refusals, NodeRefusals)
)]
async fn retry_dead_letters(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Json<Retried>, ApiError> {
    let request = input::read::<RetryRequest>(body)?;
    request.check().map_err(|(field, error)| ApiError::field(field, error))?;
    let retried = dead_letters::retry(&app.postback_nodes, &request, Some(&app.workspace_id)).await;
    told(&app, "outbound", serde_json::to_value(&request).ok(), retried).await
}

/// Puts postbacks that were set aside back on their way.
#[utoipa::path(
    post, path = "/api/postbacks/set-aside/retry", tag = "logs", request_body = SetAsideRetry,
    responses((status = 200, body = Retried), Refusals, NodeRefusals)
)]
async fn retry_set_aside_postbacks(
    app: WorkspaceApp,
    JsonBody(body): JsonBody,
) -> Result<Json<Retried>, ApiError> {
    let request = input::read::<SetAsideRetry>(body)?;
    request.check().map_err(|(field, error)| ApiError::field(field, error))?;
    let retried = dead_letters::retry_set_aside(&app.postback_nodes, &request, Some(&app.workspace_id)).await;
    told(&app, "postbacks", serde_json::to_value(&request).ok(), retried).await
}

async fn told(
    app: &WorkspaceApp,
    resource: &'static str,
    which: Option<serde_json::Value>,
    mut retried: Retried,
) -> Result<Json<Retried>, ApiError> {
    let nodes = ShownNodes::of_postbacks(app);
    for node in &mut retried.nodes {
        node.node = nodes.name(mem::take(&mut node.node));
        node.failed = node.failed.take().map(|failed| nodes.failed(failed));
    }
    if retried.nodes.iter().all(|node| node.failed.is_some()) {
        return Err(unreachable(retried.nodes.iter().map(|node| (&node.node, node.failed.as_deref()))));
    }
    let change = Change {
        action: Action::Done,
        resource,
        id: String::new(),
        name: String::new(),
        what: Some(format!("retried {}", retried.retried)),
        before: None,
        after: which,
    };
    audit_log::record(app, change).await?;
    Ok(Json(retried))
}

fn unreachable<'n>(nodes: impl Iterator<Item = (&'n String, Option<&'n str>)>) -> ApiError {
    let details = nodes.map(|(node, failed)| FieldError {
        field: node.clone(),
        error: failed.unwrap_or_default().to_owned(),
    });
    ApiError::NodesUnreachable { message: "no postback node answered".into(), details: details.collect() }
}
