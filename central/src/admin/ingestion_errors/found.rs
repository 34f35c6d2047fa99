//! Errors as they are read from the warehouse, those alone that the caller may see.
//!
//! Limits: which errors were dealt with is asked of MongoDB for the period, and is part of the query: beyond
//! [`MAX_HANDLED`] a list by state needs a shorter period.

use clickhouse::query::Query;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    IngestionErrorItem,
    states::{ErrorState, States},
};
use crate::{
    access::WorkspaceApp,
    admin::{log_page::Counted, log_query::LogQuery},
    error::ApiError,
};

/// 7 days.
const DEFAULT_PERIOD_MS: i64 = 7 * 24 * 3_600_000;
const MAX_HANDLED: i64 = 20_000;
/// So many ids fit.
const MAX_QUERY_BYTES: &str = "4000000";
const ID_CHARS: usize = 32;
/// Errors that are counted for a total.
const MAX_COUNTED: u64 = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Latest,
    Oldest,
}

#[derive(Deserialize)]
struct Total {
    total: u64,
}

/// Whom an error must belong to.
struct Sight {
    workspace: String,
    /// For the installation's admin: all that exist, so that what names none of them is seen.
    known: Option<Vec<String>>,
}

impl Sight {
    async fn of(app: &WorkspaceApp) -> Self {
        let known = match app.caller.is_installation_admin {
            true => Some(app.publisher.inspect(|view| view.state.workspaces.keys().cloned().collect()).await),
            false => None,
        };
        Self { workspace: app.workspace_id.to_string(), known }
    }

    fn condition(&self) -> &'static str {
        match &self.known {
            None => "workspace_id = {ws:String}",
            Some(_) => "(workspace_id = {ws:String} OR workspace_id NOT IN ({known:Array(String)}))",
        }
    }

    fn bind(&self, statement: Query) -> Query {
        let statement = statement.param("ws", &self.workspace);
        match &self.known {
            None => statement,
            Some(known) => statement.param("known", known),
        }
    }
}

pub fn is_id(text: &str) -> bool {
    text.len() == ID_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One page, and how many there are. `before` of the query is the id of the one before the page, the oldest first.
pub async fn page(
    app: &WorkspaceApp,
    query: &LogQuery,
    order: Order,
) -> Result<(Vec<IngestionErrorItem>, Counted), ApiError> {
    if query.q.is_some() && app.caller.masks_money {
        return Err(ApiError::field("q", "is not for those to whom money is not shown"));
    }
    let to_ms = query.to_ms.unwrap_or_else(|| Timestamp::now().as_millisecond() + 1000);
    let period = (query.from_ms.unwrap_or((to_ms - DEFAULT_PERIOD_MS).max(0)), to_ms);
    let sight = Sight::of(app).await;
    let _turn = app.reports.turn(&app.workspace_id).await?;
    let Some(of_states) = of_states(app, query, period).await? else {
        return Ok((Vec::new(), Counted::exact(0)));
    };
    let condition = format!("{} AND {}{of_states}", sight.condition(), condition(query));
    let direction = if order == Order::Latest { "DESC" } else { "ASC" };
    let part = format!(
        "ORDER BY observed_at {direction}, id {direction} LIMIT 1 BY id LIMIT {} OFFSET {}",
        query.limit, query.offset
    );
    let (page, count) = (
        format!("{} ORDER BY observed_at {direction}, id {direction}", select(&condition, &part)),
        format!(
            "SELECT count() AS total FROM (SELECT DISTINCT id FROM kafka_ingestion_errors WHERE {condition} LIMIT {})",
            MAX_COUNTED + 1
        ),
    );
    let bound = |sql: &str| {
        app.reports.limited(bind(sight.bind(app.warehouse.client().query_raw(sql)), query, period))
    };
    let (page, count) = (bound(&page), bound(&count));
    let items = app.warehouse.rows_of(page.with_setting("max_query_size", MAX_QUERY_BYTES));
    let total = app.warehouse.rows_of::<Total>(count.with_setting("max_query_size", MAX_QUERY_BYTES));
    let (items, total) = tokio::try_join!(items, total)?;
    Ok((items, Counted::bounded(total.first().map_or(0, |total| total.total), MAX_COUNTED)))
}

pub async fn one(app: &WorkspaceApp, id: &str) -> Result<IngestionErrorItem, ApiError> {
    if !is_id(id) {
        return Err(ApiError::NotFound);
    }
    let _turn = app.reports.turn(&app.workspace_id).await?;
    let sight = Sight::of(app).await;
    let sql = select(&format!("{} AND id = {{id:String}}", sight.condition()), "LIMIT 1");
    let statement = sight.bind(app.warehouse.client().query_raw(&sql)).param("id", id);
    app.warehouse.rows_of(app.reports.limited(statement)).await?.pop().ok_or(ApiError::NotFound)
}

fn select(condition: &str, part: &str) -> String {
    format!(
        "SELECT * REPLACE (toUnixTimestamp64Milli(observed_at) AS observed_at) FROM (SELECT id, observed_at, topic, \
         partition, offset, node_id, workspace_id, error, raw_message FROM kafka_ingestion_errors \
         WHERE {condition} {part})"
    )
}

/// A condition for the states that are asked for, empty for any; none: there can be no such error.
async fn of_states(
    app: &WorkspaceApp,
    query: &LogQuery,
    period: (i64, i64),
) -> Result<Option<String>, ApiError> {
    let asked = query.values("state");
    let is_asked = |state: ErrorState| asked.iter().any(|name| name == state.as_str());
    let handled = [ErrorState::Reingested, ErrorState::Dismissed];
    let is_new = is_asked(ErrorState::New);
    if asked.is_empty() || (is_new && handled.into_iter().all(is_asked)) {
        return Ok(Some(String::new()));
    }
    // New ones are those that are in none of the other states.
    let named: Vec<ErrorState> = handled.into_iter().filter(|state| is_asked(*state) != is_new).collect();
    let ids = States::new(app).ids(&named, period, MAX_HANDLED + 1).await?;
    if ids.len() as i64 > MAX_HANDLED {
        let error = format!("a shorter period: more than {MAX_HANDLED} errors were dealt with in this one");
        return Err(ApiError::field("from", error));
    }
    if ids.is_empty() {
        return Ok(is_new.then(String::new));
    }
    // Ids are hexadecimal digits, and of our own making.
    let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    Ok(Some(format!(" AND id {} ({})", if is_new { "NOT IN" } else { "IN" }, ids.join(", "))))
}

fn condition(query: &LogQuery) -> String {
    let mut sql = "observed_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') \
                   AND observed_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')"
        .to_owned();
    if query.before.is_some() {
        sql.push_str(
            " AND (observed_at > fromUnixTimestamp64Milli({from:Int64}, 'UTC') OR id > {after:String})",
        );
    }
    for name in ["topic", "node_id"] {
        if !query.values(name).is_empty() {
            sql.push_str(&format!(" AND {name} IN ({{{name}:Array(String)}})"));
        }
    }
    if query.q.is_some() {
        sql.push_str(" AND positionCaseInsensitiveUTF8(concat(error, '\\n', raw_message), {q:String}) > 0");
    }
    sql
}

fn bind(mut statement: Query, query: &LogQuery, (from_ms, to_ms): (i64, i64)) -> Query {
    statement = statement.param("from", from_ms).param("to", to_ms);
    if let Some(after) = &query.before {
        statement = statement.param("after", after);
    }
    for name in ["topic", "node_id"] {
        let values = query.values(name);
        if !values.is_empty() {
            statement = statement.param(name, values);
        }
    }
    match &query.q {
        Some(q) => statement.param("q", q),
        None => statement,
    }
}
