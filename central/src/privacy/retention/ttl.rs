//! The TTL of the event tables, from the settings of all workspaces.
//!
//! A table's rows go by `DELETE WHERE workspace_id IN (...)`, one clause for each number of days; what a workspace
//! keeps for ever is in none. A column's values go by an expression that is far in the future for everybody
//! else. Nothing but our own ids ([`super::super::is_plain_id`]) and numbers becomes part of a statement. What a
//! table has is read from its own definition, in ClickHouse's way of writing it, so that nothing is
//! altered that is so already: each alteration has all parts looked through.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::Days;
use crate::warehouse::{Warehouse, WarehouseError};

/// How many days a workspace keeps something.
type DaysOf = fn(&Days) -> Option<u32>;

/// When an event was.
const CREATED: &str = "toDateTime(created_at)";
/// How long each table's rows are kept, by which time. Rollups have none: what goes from them must first be known
/// to be gone, and `rollups::retain` sees to that.
const TABLES: [(&str, &str, DaysOf); 7] = [
    ("click_events", CREATED, |days| days.clicks_days),
    ("trafficback_events", CREATED, |days| days.clicks_days),
    ("conversion_events", CREATED, |days| days.conversions_days),
    ("conversion_versions", CREATED, |days| days.conversions_days),
    ("postback_log_events", CREATED, |days| days.postback_logs_days),
    ("click_rollup", CREATED, |_| None),
    ("conversion_rollup", CREATED, |_| None),
];
/// How long the values of some columns of `click_events` are kept; with their types.
const COLUMNS: [(&str, &str, DaysOf); 4] = [
    ("raw_query", "String", |days| days.raw_query_days),
    ("query", "Map(String, String)", |days| days.raw_query_days),
    ("unreplaced", "String", |days| days.raw_query_days),
    ("ip", "String", |days| days.full_ip_days),
];
const COLUMNS_OF: &str = "click_events";
/// How long one look waits for merges; the next one goes on.
const LONGEST_MERGE: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Alters what is not as it should be.
pub async fn ensure(warehouse: &Warehouse, settings: &[(&str, Days)]) -> Result<(), WarehouseError> {
    for (table, time, days_of) in TABLES {
        let wanted = match rows_ttl(time, &by_days(settings, days_of)) {
            Some(ttl) => Some(normal(warehouse, &ttl).await?),
            None => None,
        };
        let (engine, _) = definition(warehouse, table).await?;
        let has = table_ttl(&engine);
        match &wanted {
            wanted if has == wanted.as_deref() => continue,
            Some(ttl) => execute(warehouse, &format!("ALTER TABLE {table} MODIFY TTL {ttl}")).await?,
            None => execute(warehouse, &format!("ALTER TABLE {table} REMOVE TTL")).await?,
        }
        tracing::info!(table, ttl = wanted.unwrap_or_default(), "how long events are kept was set");
    }
    for (column, kind, days_of) in COLUMNS {
        let (_, create) = definition(warehouse, COLUMNS_OF).await?;
        let has_any = create.contains(&format!("`{column}` {kind} TTL "));
        let statement = match column_ttl(&by_days(settings, days_of)) {
            Some(ttl) => {
                let ttl = normal(warehouse, &ttl).await?;
                if create.contains(&format!("`{column}` {kind} TTL {ttl},")) {
                    continue;
                }
                format!("ALTER TABLE {COLUMNS_OF} MODIFY COLUMN `{column}` TTL {ttl}")
            }
            None if has_any => format!("ALTER TABLE {COLUMNS_OF} MODIFY COLUMN `{column}` REMOVE TTL"),
            None => continue,
        };
        execute(warehouse, &statement).await?;
        tracing::info!(column, "how long values are kept was set");
    }
    Ok(())
}

/// Merges that began before now may still go by what a table said then.
pub async fn wait_for_merges(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    let began = Instant::now();
    let sql = "SELECT count() FROM system.merges WHERE database = {db:String} AND table IN ('click_events', 'conversion_events') \
               AND elapsed > {s:Float64}";
    loop {
        let query = warehouse.client().query_raw(sql).param("db", warehouse.database());
        if query.param("s", began.elapsed().as_secs_f64()).fetch_one::<u64>().await? == 0 {
            return Ok(());
        }
        if began.elapsed() > LONGEST_MERGE {
            return Err(WarehouseError::Unavailable("a merge that began before takes long".to_owned()));
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

async fn execute(warehouse: &Warehouse, statement: &str) -> Result<(), WarehouseError> {
    Ok(warehouse.client().query_raw(statement).execute().await?)
}

/// The workspaces of each number of days.
fn by_days<'s>(settings: &[(&'s str, Days)], days_of: DaysOf) -> BTreeMap<u32, Vec<&'s str>> {
    let mut by_days: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (workspace, days) in settings {
        if let Some(days) = days_of(days) {
            by_days.entry(days).or_default().push(workspace);
        }
    }
    by_days
}

fn quoted(workspaces: &[&str]) -> String {
    workspaces.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ")
}

fn rows_ttl(time: &str, by_days: &BTreeMap<u32, Vec<&str>>) -> Option<String> {
    let clauses: Vec<String> = by_days
        .iter()
        .map(|(days, workspaces)| {
            format!("{time} + toIntervalDay({days}) DELETE WHERE workspace_id IN ({})", quoted(workspaces))
        })
        .collect();
    (!clauses.is_empty()).then(|| clauses.join(", "))
}

fn column_ttl(by_days: &BTreeMap<u32, Vec<&str>>) -> Option<String> {
    if by_days.is_empty() {
        return None;
    }
    let cases: Vec<String> = by_days
        .iter()
        .map(|(days, workspaces)| {
            format!(
                "workspace_id IN ({}), toDateTime(created_at) + toIntervalDay({days})",
                quoted(workspaces)
            )
        })
        .collect();
    Some(format!("multiIf({}, toDateTime('2105-01-01 00:00:00'))", cases.join(", ")))
}

/// As ClickHouse writes it.
async fn normal(warehouse: &Warehouse, ttl: &str) -> Result<String, WarehouseError> {
    let create = format!("CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x TTL {ttl}");
    let query = warehouse.client().query_raw("SELECT formatQuerySingleLine({q:String})").param("q", create);
    let formatted: String = query.fetch_one().await?;
    let ttl = formatted.split_once(" TTL ").map(|(_, ttl)| ttl.to_owned());
    ttl.ok_or_else(|| WarehouseError::Refused("a table's TTL could not be written".to_owned()))
}

/// Engine and whole definition.
async fn definition(warehouse: &Warehouse, table: &str) -> Result<(String, String), WarehouseError> {
    let sql = "SELECT engine_full, create_table_query FROM system.tables WHERE database = {db:String} AND name = {name:String}";
    let query = warehouse.client().query_raw(sql).param("db", warehouse.database()).param("name", table);
    let found = query.fetch_all::<(String, String)>().await?.pop();
    found.ok_or_else(|| WarehouseError::Unavailable(format!("there is no table {table}")))
}

/// What an engine's definition says of it.
fn table_ttl(engine: &str) -> Option<&str> {
    let (_, rest) = engine.split_once(" TTL ")?;
    Some(rest.split_once(" SETTINGS ").map_or(rest, |(ttl, _)| ttl))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_of_as_many_days_share_a_clause() {
        let days = |clicks_days| Days { clicks_days, ..Days::default() };
        let settings =
            [("a", days(Some(30))), ("b", days(None)), ("c", days(Some(7))), ("d", days(Some(30)))];
        let by_days = by_days(&settings, |days| days.clicks_days);
        assert_eq!(
            rows_ttl(CREATED, &by_days).unwrap(),
            "toDateTime(created_at) + toIntervalDay(7) DELETE WHERE workspace_id IN ('c'), \
             toDateTime(created_at) + toIntervalDay(30) DELETE WHERE workspace_id IN ('a', 'd')"
        );
        assert_eq!(
            column_ttl(&by_days).unwrap(),
            "multiIf(workspace_id IN ('c'), toDateTime(created_at) + toIntervalDay(7), workspace_id IN ('a', 'd'), \
             toDateTime(created_at) + toIntervalDay(30), toDateTime('2105-01-01 00:00:00'))"
        );
        assert_eq!((rows_ttl(CREATED, &BTreeMap::new()), column_ttl(&BTreeMap::new())), (None, None));
    }

    #[test]
    fn what_a_table_has_is_found_in_its_engine() {
        let engine =
            "MergeTree PARTITION BY p ORDER BY (a, b) TTL t + toIntervalDay(1) WHERE w = 'x' SETTINGS s = 1";
        assert_eq!(table_ttl(engine), Some("t + toIntervalDay(1) WHERE w = 'x'"));
        assert_eq!(table_ttl("MergeTree ORDER BY a SETTINGS s = 1"), None);
    }
}
