//! Asks ClickHouse and puts names to ids.

use std::collections::HashMap;

use clickhouse::query::Query;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::doc;
use serde_json::{Map, Value};
use traffoflex_model::{AffiliateNetwork, Campaign, Destination, Stream, TrafficSource};

use super::{
    compile::{self, Compiled},
    dimension::{Dimension, Names},
    filter::Bound,
    query::ReportQuery,
};
use crate::{access::WorkspaceApp, catalog::entity::Entity, error::ApiError, warehouse::WarehouseError};

/// Columns by their names, as ClickHouse answers.
pub type Row = Map<String, Value>;
/// More days than the longest period has.
const MAX_DAYS: u32 = 5000;

/// A statement with its parameters, within the limits of reports.
pub fn bind(app: &WorkspaceApp, compiled: Compiled) -> Query {
    app.reports.limited(bound(app, compiled))
}

/// The same of one whose rows are sent as they come, however long that takes.
pub fn bind_streamed(app: &WorkspaceApp, compiled: Compiled) -> Query {
    app.reports.limited_while_sent(bound(app, compiled))
}

fn bound(app: &WorkspaceApp, Compiled { sql, parameters }: Compiled) -> Query {
    let mut statement = app.warehouse.client().query_raw(&sql);
    for (name, value) in parameters {
        statement = match value {
            Bound::None => statement,
            Bound::Text(text) => statement.param(&name, text),
            Bound::Texts(texts) => statement.param(&name, texts),
            Bound::Number(number) => statement.param(&name, number),
            Bound::Numbers(numbers) => statement.param(&name, numbers),
        };
    }
    statement
}

pub async fn ask(app: &WorkspaceApp, compiled: Compiled) -> Result<Vec<Row>, ApiError> {
    Ok(objects(app.warehouse.rows(bind(app, compiled)).await.map_err(refused)?))
}

/// A page of rows, and how many there are in all.
pub async fn ask_page(app: &WorkspaceApp, compiled: Compiled) -> Result<(Vec<Row>, u64), ApiError> {
    page(app, bind(app, compiled)).await
}

async fn page(app: &WorkspaceApp, statement: Query) -> Result<(Vec<Row>, u64), ApiError> {
    let page = app.warehouse.page(statement).await.map_err(refused)?;
    Ok((objects(page.data), page.rows_before_limit_at_least))
}

/// A pattern that only ClickHouse knows to be none is the client's to mend.
pub fn refused(error: WarehouseError) -> ApiError {
    match error.to_string().contains("(CANNOT_COMPILE_REGEXP)") {
        true => ApiError::field("filter", "a pattern that RE2 does not know"),
        false => error.into(),
    }
}

fn objects(rows: Vec<Value>) -> Vec<Row> {
    rows.into_iter().filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect()
}

/// The metrics over everything the query covers. Currencies without a rate are named in the row.
pub async fn totals(app: &WorkspaceApp, query: &ReportQuery) -> Result<Row, ApiError> {
    Ok(ask(app, compile::totals(query)).await?.pop().unwrap_or_default())
}

/// One page of groups, with the names of their ids, and how many groups there are.
pub async fn rows(app: &WorkspaceApp, query: &ReportQuery) -> Result<(Vec<Row>, u64), ApiError> {
    let (mut rows, total) = ask_page(app, compile::grouped(query)).await?;
    put_names(app, query, &mut NameBook::default(), &mut rows).await?;
    Ok((rows, total))
}

/// The same of a statement that is no report of metrics; it has `{limit:UInt32}` and `{offset:UInt32}`.
pub async fn listed(
    app: &WorkspaceApp,
    query: &ReportQuery,
    statement: Query,
) -> Result<(Vec<Row>, u64), ApiError> {
    let statement = statement.param("limit", query.limit).param("offset", query.offset);
    page(app, app.reports.limited(statement)).await
}

/// A row a calendar day of the period in its timezone, and of the one it is compared with: None for days on which
/// nothing happened.
pub async fn days(app: &WorkspaceApp, query: &ReportQuery) -> Result<Vec<(String, Option<Row>)>, ApiError> {
    let found = ask(app, compile::grouped(&ReportQuery { limit: MAX_DAYS, ..query.clone() })).await?;
    let mut by_day: HashMap<String, Row> = HashMap::new();
    for row in found {
        let day = row.get("day").and_then(Value::as_str).unwrap_or_default().to_owned();
        by_day.insert(day, row);
    }
    let date =
        |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(query.timezone.clone()).date();
    let (mut day, last) = (date(query.from_ms), date(query.to_ms - 1));
    // A longer period to compare with goes on after the last day.
    let last =
        query.compared.and_then(|other| other.last_day(&query.timezone)).map_or(last, |day| day.max(last));
    let mut rows = Vec::new();
    while day <= last {
        let name = day.to_string();
        let row = by_day.remove(&name);
        rows.push((name, row));
        match day.tomorrow() {
            Ok(tomorrow) => day = tomorrow,
            Err(_) => break,
        }
    }
    Ok(rows)
}

/// Names that were looked up before, so that a long report asks for each once.
#[derive(Default)]
pub struct NameBook(HashMap<(Names, String), Option<String>>);

/// Adds `<dimension>_name` to rows, null where the id is of nothing that is still here.
pub async fn put_names(
    app: &WorkspaceApp,
    query: &ReportQuery,
    book: &mut NameBook,
    rows: &mut [Row],
) -> Result<(), ApiError> {
    for dimension in query.group_by.iter().filter(|dimension| dimension.names != Names::None) {
        book.learn(app, dimension, rows).await?;
        for row in rows.iter_mut() {
            let id = row.get(dimension.name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = book.0.get(&(dimension.names, id)).cloned().flatten();
            row.insert(format!("{}_name", dimension.name), name.map_or(Value::Null, Value::String));
        }
    }
    Ok(())
}

impl NameBook {
    async fn learn(
        &mut self,
        app: &WorkspaceApp,
        dimension: &Dimension,
        rows: &[Row],
    ) -> Result<(), ApiError> {
        let of = dimension.names;
        let ids = rows.iter().filter_map(|row| row.get(dimension.name)?.as_str());
        let mut unknown: Vec<String> =
            ids.filter(|id| !self.0.contains_key(&(of, (*id).to_owned()))).map(str::to_owned).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut names = match of {
            Names::None => HashMap::new(),
            Names::Campaigns => names_of::<Campaign>(app, &unknown).await?,
            Names::Streams => names_of::<Stream>(app, &unknown).await?,
            Names::Destinations => names_of::<Destination>(app, &unknown).await?,
            Names::Sources => names_of::<TrafficSource>(app, &unknown).await?,
            Names::Networks => names_of::<AffiliateNetwork>(app, &unknown).await?,
        };
        for id in unknown {
            // Deleted since, or never ours: the id has to do.
            let name = names.remove(&id);
            self.0.insert((of, id), name);
        }
        Ok(())
    }
}

pub async fn names_of<T: Entity>(
    app: &WorkspaceApp,
    ids: &[String],
) -> Result<HashMap<String, String>, ApiError> {
    let filter = doc! { "_id": { "$in": ids }, "workspace_id": &*app.workspace_id };
    let found: Vec<_> = app.catalog.collection::<T>().find(filter).await?.try_collect().await?;
    Ok(found.into_iter().map(|stored| (stored._id, stored.entity.name().to_owned())).collect())
}
