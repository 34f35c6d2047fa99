//! Asks ClickHouse and puts names to ids.

use std::collections::HashMap;

use clickhouse::query::Query;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::doc;
use serde_json::{Map, Value, json};
use traffoflex_model::{AffiliateNetwork, Campaign, Destination, Stream, TrafficSource};

use super::{
    compile::{Compiled, Parameter, compile},
    dimension::{Dimension, Names},
    metric::{RATIOS, SUMS, Sum},
    query::{ReadFrom, ReportQuery},
    source::Source,
};
use crate::{
    access::WorkspaceApp,
    catalog::entity::Entity,
    error::ApiError,
    money,
    rollups::{
        HOUR_MS,
        fresh::{Fresh, fresh},
    },
};

/// Limits of one query, so that a report never takes the server down. Seconds, bytes.
const LIMITS: [(&str, &str); 5] = [
    ("max_execution_time", "30"),
    ("max_memory_usage", "4000000000"),
    ("readonly", "2"),
    // Runs of builds are written into the statement.
    ("max_query_size", "16000000"),
    // A client that went away does not need its answer.
    ("cancel_http_readonly_queries_on_client_close", "1"),
];

/// What is added up at the time of a request: all its statements read the same.
pub struct Reading(Option<Fresh>);

impl Reading {
    pub async fn of(app: &WorkspaceApp, query: &ReportQuery) -> Result<Self, ApiError> {
        if query.read_from == ReadFrom::Raw || !app.report_rollups {
            return Ok(Self(None));
        }
        let hours = query.from_ms.div_euclid(HOUR_MS) as u32..(query.to_ms.div_euclid(HOUR_MS) + 1) as u32;
        match fresh(&app.warehouse, &app.workspace_id, hours).await {
            Ok(fresh) => Ok(Self(Some(fresh))),
            Err(error) => Err(error.into()),
        }
    }

    fn source(&self, query: &ReportQuery, grouped: bool) -> Source {
        match &self.0 {
            Some(fresh) => Source::of(query, query.dimensions(grouped), fresh),
            None => Source::raw(query),
        }
    }

    /// What the answer says its rows were read from.
    pub fn name(&self, query: &ReportQuery, grouped: bool) -> &'static str {
        self.source(query, grouped).name()
    }
}

async fn ask(
    app: &WorkspaceApp,
    query: &ReportQuery,
    grouped: bool,
    reading: &Reading,
) -> Result<Vec<Value>, ApiError> {
    let currency = money::currency(app).await;
    let query = ReportQuery { workspace_id: app.workspace_id.to_string(), currency, ..clone_of(query) };
    let Compiled { sql, parameters } = compile(&query, grouped, &reading.source(&query, grouped));
    let mut statement = app.warehouse.client().query_raw(&sql);
    for (name, value) in parameters {
        statement = match value {
            Parameter::Text(text) => statement.param(&name, text),
            Parameter::Texts(texts) => statement.param(&name, texts),
            Parameter::Number(number) => statement.param(&name, number),
        };
    }
    Ok(app.warehouse.rows(limited(statement)).await?)
}

pub fn limited(statement: Query) -> Query {
    LIMITS.iter().fold(statement, |statement, (name, value)| statement.with_setting(*name, *value))
}

/// The metrics over everything the query covers. Currencies without a rate are named in the row.
pub async fn totals(app: &WorkspaceApp, query: &ReportQuery, reading: &Reading) -> Result<Value, ApiError> {
    Ok(ask(app, query, false, reading).await?.pop().unwrap_or_else(|| json!({})))
}

/// One page of groups, and how many groups there are.
pub async fn rows(
    app: &WorkspaceApp,
    query: &ReportQuery,
    reading: &Reading,
) -> Result<(Vec<Value>, u64), ApiError> {
    let (mut rows, total) = page(query, |limit, offset| {
        let query = ReportQuery { limit, offset, ..clone_of(query) };
        async move { ask(app, &query, true, reading).await }
    })
    .await?;
    for dimension in &query.group_by {
        put_names(app, dimension, &mut rows).await?;
    }
    Ok((rows, total))
}

/// The query's page of what `ask` answers to a limit and an offset, and how many rows there are in all, which
/// each row says in `total_rows`.
pub async fn page<A: Future<Output = Result<Vec<Value>, ApiError>>>(
    query: &ReportQuery,
    ask: impl Fn(u32, u32) -> A,
) -> Result<(Vec<Value>, u64), ApiError> {
    let mut rows = ask(query.limit, query.offset).await?;
    let mut total = take_total(&mut rows);
    // A page past the end has no row to say how many there are.
    if rows.is_empty() && query.offset > 0 {
        total = take_total(&mut ask(1, 0).await?);
    }
    Ok((rows, total))
}

fn take_total(rows: &mut [Value]) -> u64 {
    let taken = rows.iter_mut().filter_map(|row| row.as_object_mut()?.remove("total_rows")?.as_u64());
    taken.last().unwrap_or_default()
}

/// A row a calendar day of the period in its timezone, days without clicks included.
pub async fn days(
    app: &WorkspaceApp,
    query: &ReportQuery,
    reading: &Reading,
) -> Result<Vec<Value>, ApiError> {
    let found = ask(app, &ReportQuery { limit: MAX_DAYS, ..clone_of(query) }, true, reading).await?;
    let mut by_day: HashMap<String, Value> = HashMap::new();
    for mut row in found {
        if let Some(object) = row.as_object_mut() {
            object.remove("total_rows");
        }
        by_day.insert(row["day"].as_str().unwrap_or_default().to_owned(), row);
    }
    let date =
        |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(query.timezone.clone()).date();
    let (mut day, last) = (date(query.from_ms), date(query.to_ms - 1));
    let mut rows = Vec::new();
    while day <= last {
        let name = day.to_string();
        rows.push(by_day.remove(&name).unwrap_or_else(|| empty_day(&name)));
        match day.tomorrow() {
            Ok(tomorrow) => day = tomorrow,
            Err(_) => break,
        }
    }
    Ok(rows)
}

/// More days than the longest period has.
const MAX_DAYS: u32 = 5000;

fn clone_of(query: &ReportQuery) -> ReportQuery {
    ReportQuery {
        workspace_id: query.workspace_id.clone(),
        timezone: query.timezone.clone(),
        group_by: query.group_by.clone(),
        filters: query.filters.clone(),
        sort: query.sort.clone(),
        ..*query
    }
}

/// What ClickHouse would say of no rows: zero sums, no ratios.
fn empty_day(day: &str) -> Value {
    let mut row = Map::from_iter([("day".to_owned(), day.into())]);
    for Sum { name, is_money, .. } in SUMS {
        row.insert(name.into(), if is_money { json!("0") } else { json!(0) });
    }
    for (name, _) in RATIOS {
        row.insert(name.into(), if name == "profit" { json!("0") } else { Value::Null });
    }
    Value::Object(row)
}

async fn put_names(app: &WorkspaceApp, dimension: &Dimension, rows: &mut [Value]) -> Result<(), ApiError> {
    let ids: Vec<String> =
        rows.iter().filter_map(|row| row[dimension.name].as_str().map(str::to_owned)).collect();
    let names = match dimension.names {
        Names::None => return Ok(()),
        Names::Campaigns => names_of::<Campaign>(app, &ids).await?,
        Names::Streams => names_of::<Stream>(app, &ids).await?,
        Names::Destinations => names_of::<Destination>(app, &ids).await?,
        Names::Sources => names_of::<TrafficSource>(app, &ids).await?,
        Names::Networks => names_of::<AffiliateNetwork>(app, &ids).await?,
    };
    for (row, id) in rows.iter_mut().zip(&ids) {
        // Deleted since, or never ours: the id has to do.
        let name = names.get(id).cloned().map_or(Value::Null, Value::String);
        row[format!("{}_name", dimension.name)] = name;
    }
    Ok(())
}

pub async fn names_of<T: Entity>(
    app: &WorkspaceApp,
    ids: &[String],
) -> Result<HashMap<String, String>, ApiError> {
    let filter = doc! { "_id": { "$in": ids }, "workspace_id": &*app.workspace_id };
    let found: Vec<_> = app.catalog.collection::<T>().find(filter).await?.try_collect().await?;
    Ok(found.into_iter().map(|stored| (stored._id, stored.entity.name().to_owned())).collect())
}
