//! `GET /api/postback-logs`: every postback that came in, and every attempt to send one out, newest first. Of the
//! last [`DEFAULT_PERIOD_MS`], unless a period is named, or an id that leads to few rows.
//! `POST /api/postback-logs/{event_id}/replay`: see [`replay`].
//!
//! What a postback said holds amounts: where money is not shown, the payload is not either.

mod item;
mod replay;

use axum::{Json, extract::RawQuery};
use clickhouse::query::Query;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::item::PostbackLogItem;
use super::{
    log_page::{Counted, LogPage},
    log_query::{Filter, LogQuery, LogShape, Paging, described},
};
use crate::{access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals};

const SHAPE: LogShape = LogShape {
    filters: &[
        Filter::any("network_id"),
        Filter::any("click_id"),
        Filter::any("transaction_id"),
        Filter::any("conversion_id"),
        Filter::any("postback_id"),
        Filter::any("target_id"),
        Filter::any("node_id"),
        Filter::any("status"),
        Filter::any("http_status"),
        Filter::one_of("direction", &["inbound", "outbound"]),
    ],
    paging: Paging::Offset,
    searches: Some("an error"),
    sorts: &[],
    has_csv: false,
};

/// Filters that name few rows, of whatever age they are.
const IDS: [&str; 4] = ["click_id", "transaction_id", "conversion_id", "postback_id"];
/// 7 days, as for reports.
const DEFAULT_PERIOD_MS: i64 = 7 * 24 * 3_600_000;
const NEWEST_FIRST: &str = "ORDER BY created_at DESC, node_id DESC, node_epoch DESC, node_seq DESC";
/// Lines that are counted for a total.
const MAX_COUNTED: u64 = 100_000;
/// What is told of one click.
const MAX_OF_CLICK: u64 = 500;

described!(PostbackLogParameters, SHAPE);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_postback_logs)).merge(replay::routes())
}

#[derive(Deserialize)]
struct Total {
    total: u64,
}

/// Postbacks that came in and calls that went out.
#[utoipa::path(
    get, path = "/api/postback-logs", tag = "logs", params(PostbackLogParameters),
    responses((status = 200, body = LogPage<PostbackLogItem>), Refusals)
)]
async fn list_postback_logs(
    app: WorkspaceApp,
    RawQuery(raw): RawQuery,
) -> Result<Json<LogPage<PostbackLogItem>>, ApiError> {
    let mut query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &SHAPE)?;
    check(&app, &query)?;
    keep_recent(&mut query, jiff::Timestamp::now().as_millisecond());
    let _turn = app.reports.turn(&app.workspace_id).await?;
    let source = source(&query);
    let part = format!("LIMIT {} OFFSET {}", query.limit, query.offset);
    let page = item::select(&source, NEWEST_FIRST, &part);
    let count = format!("SELECT count() AS total FROM (SELECT 1 {source} LIMIT {})", MAX_COUNTED + 1);
    let rows = app.warehouse.rows_of::<PostbackLogItem>(app.reports.limited(bound(&app, &page, &query)));
    let counted = app.warehouse.rows_of::<Total>(app.reports.limited(bound(&app, &count, &query)));
    let (mut items, counted) = tokio::try_join!(rows, counted)?;
    item::dress(&app, &mut items).await?;
    let total = counted.first().map_or(0, |counted| counted.total);
    Ok(Json(LogPage::counted(&query, items, Counted::bounded(total, MAX_COUNTED))))
}

fn check(app: &WorkspaceApp, query: &LogQuery) -> Result<(), ApiError> {
    // An error may quote the amount that was wrong.
    if query.q.is_some() && app.caller.masks_money {
        return Err(ApiError::field("q", "is not for those to whom money is not shown"));
    }
    if !query.values("http_status").iter().all(|status| status.parse::<u16>().is_ok()) {
        return Err(ApiError::field("http_status", "one or more numbers"));
    }
    Ok(())
}

fn keep_recent(query: &mut LogQuery, now_ms: i64) {
    if !query.is_filtered_by(&IDS) && query.from_ms.is_none() && query.to_ms.is_none() {
        query.from_ms = Some(now_ms - DEFAULT_PERIOD_MS);
    }
}

/// What was told of a click since it was taken, oldest first.
pub async fn of_click(
    app: &WorkspaceApp,
    click_id: &str,
    from_ms: i64,
) -> Result<Vec<PostbackLogItem>, ApiError> {
    let source = "FROM postback_log_events FINAL WHERE workspace_id = {ws:String} AND click_id = {click:String} \
                  AND created_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')";
    let order = "ORDER BY created_at, node_id, node_epoch, node_seq";
    let sql = item::select(source, order, &format!("LIMIT {MAX_OF_CLICK}"));
    let statement = app.warehouse.client().query_raw(&sql).param("ws", &*app.workspace_id);
    let statement = unmerged(statement.param("click", click_id).param("from", from_ms));
    let mut items = app.warehouse.rows_of(app.reports.limited(statement)).await?;
    item::dress(app, &mut items).await?;
    Ok(items)
}

/// Names come from [`SHAPE`]; values are bound.
fn source(query: &LogQuery) -> String {
    let mut sql = "FROM postback_log_events FINAL WHERE workspace_id = {ws:String}".to_owned();
    if query.from_ms.is_some() {
        sql.push_str(" AND created_at >= fromUnixTimestamp64Milli({from:Int64})");
    }
    if query.to_ms.is_some() {
        sql.push_str(" AND created_at < fromUnixTimestamp64Milli({to:Int64})");
    }
    for (name, _) in &query.filters {
        let kind = if *name == "http_status" { "UInt16" } else { "String" };
        sql.push_str(&format!(" AND {name} IN ({{{name}:Array({kind})}})"));
    }
    if query.q.is_some() {
        sql.push_str(" AND positionCaseInsensitiveUTF8(error, {q:String}) > 0");
    }
    sql
}

fn bound(app: &WorkspaceApp, sql: &str, query: &LogQuery) -> Query {
    let mut statement = app.warehouse.client().query_raw(sql).param("ws", &*app.workspace_id);
    if let Some(from_ms) = query.from_ms {
        statement = statement.param("from", from_ms);
    }
    if let Some(to_ms) = query.to_ms {
        statement = statement.param("to", to_ms);
    }
    if let Some(q) = &query.q {
        statement = statement.param("q", q);
    }
    for (name, values) in &query.filters {
        let numbers = || values.iter().filter_map(|value| value.parse::<u16>().ok()).collect::<Vec<_>>();
        statement = match *name {
            "http_status" => statement.param(name, numbers()),
            _ => statement.param(name, values),
        };
    }
    unmerged(statement)
}

/// Copies of a row are of the same month.
fn unmerged(statement: Query) -> Query {
    statement.with_setting("do_not_merge_across_partitions_select_final", "1")
}
