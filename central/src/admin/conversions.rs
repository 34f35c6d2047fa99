//! `GET /api/conversions` and `GET /api/conversions/{id}`: what each conversion is now, and how it came to it.
//!
//! The list and the last versions are MongoDB's. Versions that it has let go of, and conversions that it
//! does not know, are read from `conversion_versions`.

use axum::{
    Json,
    extract::{Path, RawQuery},
    routing::get,
};
use mongodb::bson::{DateTime, Document, doc};
use serde_json::{Map, Value, json};
use traffoflex_conversion::claim::Version;
use traffoflex_model::ConversionState;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::Page,
    log_query::{Filter, LogQuery},
};
use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::conversions::{ConversionList, StoredConversion},
    error::ApiError,
    report::limited,
    rfc3339,
};

const FILTERS: &[Filter] = &[
    Filter::any("network_id"),
    Filter::any("campaign_id"),
    Filter::any("stream_id"),
    Filter::any("destination_id"),
    Filter::any("source_id"),
    Filter::any("click_id"),
    Filter::any("transaction_id"),
    Filter::any("conversion_id"),
    Filter::any("event_type"),
    Filter { name: "status", values: &["lead", "sale", "rejected", "hold", "unmapped"] },
    Filter {
        name: "attribution",
        values: &["click", "no_click_id", "forged", "pending", "not_found", "outside_window"],
    },
];
/// Most versions of one conversion that are shown, the latest.
const MAX_VERSIONS_SHOWN: usize = 1000;

/// No alias is a column's name: conditions mean the column. The latest first, so that those count.
const VERSIONS_SQL: &str = "SELECT version, toUnixTimestamp64Milli(created_at) AS created_ms, \
     toUnixTimestamp64Milli(updated_at) AS updated_ms, toUnixTimestamp64Milli(clicked_at) AS clicked_ms, \
     network_id, transaction_id, event_type, status, raw_status, payout, currency, attribution, click_id, \
     campaign_id, stream_id, destination_id, source_id, postback_id \
     FROM conversion_versions WHERE workspace_id = {ws:String} AND conversion_id = {id:String} \
     ORDER BY version DESC, updated_at DESC LIMIT 1 BY version LIMIT {limit:UInt64}";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().route("/api/conversions", get(list)).route("/api/conversions/{id}", get(read))
}

async fn list(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Json<Page>, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), FILTERS)?;
    let LogQuery { limit, offset, .. } = query;
    let filter = filter_of(&app.workspace_id, &query);
    let (found, total) = app.catalog.list_conversions(ConversionList { filter, limit, offset }).await?;
    let items = found.iter().map(|stored| shown(stored).into()).collect();
    Ok(Json(Page { items, limit, offset, total }))
}

fn filter_of(workspace: &str, query: &LogQuery) -> Document {
    let mut filter = doc! { "workspace_id": workspace };
    for (name, values) in &query.filters {
        let path = match *name {
            "conversion_id" => "_id".to_owned(),
            "network_id" | "transaction_id" | "event_type" => (*name).to_owned(),
            "status" => "kept.current.state.status".to_owned(),
            other => format!("kept.current.state.click.{other}"),
        };
        let values = values.iter().map(|value| match *name {
            "event_type" => value.to_lowercase(),
            _ => value.clone(),
        });
        filter.insert(path, doc! { "$in": values.collect::<Vec<String>>() });
    }
    let mut period = Document::new();
    if let Some(from_ms) = query.from_ms {
        period.insert("$gte", DateTime::from_millis(from_ms));
    }
    if let Some(to_ms) = query.to_ms {
        period.insert("$lt", DateTime::from_millis(to_ms));
    }
    if !period.is_empty() {
        filter.insert("created_at", period);
    }
    filter
}

async fn read(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let stored = app.catalog.conversion(&app.workspace_id, &id).await?;
    let first = stored.as_ref().and_then(|s| s.kept.versions().next().map(|version| version.state.version));
    let older = match first {
        Some(1) => Vec::new(),
        _ => versions_in_warehouse(&app, &id).await?,
    };
    let is_older = |row: &&Value| first.is_none_or(|first| row["version"].as_u64() < Some(first));
    let mut history: Vec<Value> = older.iter().filter(is_older).map(change_of).collect();
    let mut item = match &stored {
        Some(stored) => shown(stored),
        // Known to the warehouse alone: the last version there is what it is.
        None => match older.last() {
            Some(Value::Object(last)) => identified(&id, last.clone()),
            _ => return Err(ApiError::NotFound),
        },
    };
    history.extend(stored.iter().flat_map(|stored| stored.kept.versions()).map(shown_version));
    item.insert("history".into(), history.into());
    Ok(Json(item.into()))
}

/// A conversion as the warehouse has it.
fn identified(id: &str, mut version: Map<String, Value>) -> Map<String, Value> {
    version.remove("claim_id");
    version.insert("id".into(), id.into());
    version.insert("conversion_id".into(), id.into());
    version
}

/// What a version made of a conversion, without what is the same in all.
fn change_of(version: &Value) -> Value {
    let mut change = version.clone();
    if let Some(fields) = change.as_object_mut() {
        for same in ["created_at", "network_id", "transaction_id", "event_type"] {
            fields.remove(same);
        }
    }
    change
}

/// Oldest first.
async fn versions_in_warehouse(app: &WorkspaceApp, id: &str) -> Result<Vec<Value>, ApiError> {
    let statement = app.warehouse.client().query_raw(VERSIONS_SQL);
    let statement =
        statement.param("ws", &*app.workspace_id).param("id", id).param("limit", MAX_VERSIONS_SHOWN as u64);
    let mut rows = app.warehouse.rows(limited(statement)).await?;
    rows.reverse();
    for row in &mut rows {
        let Some(fields) = row.as_object_mut() else { continue };
        for (from, to) in
            [("created_ms", "created_at"), ("updated_ms", "updated_at"), ("clicked_ms", "clicked_at")]
        {
            let ms = fields.remove(from).and_then(|ms| ms.as_i64()).unwrap_or_default();
            let is_none = to == "clicked_at" && ms == 0;
            fields.insert(to.into(), if is_none { Value::Null } else { rfc3339::of_ms(ms).into() });
        }
        let claim = fields.remove("postback_id").unwrap_or_default();
        fields.insert("claim_id".into(), claim);
    }
    Ok(rows)
}

fn shown(stored: &StoredConversion) -> Map<String, Value> {
    let state = &stored.kept.current.state;
    let mut item = what_it_is(state);
    let own = json!({
        "id": stored._id,
        "conversion_id": stored._id,
        "network_id": stored.network_id,
        "transaction_id": stored.named_transaction(),
        "event_type": stored.event_type,
        "created_at": rfc3339::of_ms(state.created_at),
    });
    if let Value::Object(own) = own {
        item.extend(own);
    }
    item
}

fn shown_version(version: &Version) -> Value {
    let mut item = what_it_is(&version.state);
    item.insert("claim_id".into(), version.claim_id.clone().into());
    item.insert("outcome".into(), version.outcome.as_str().into());
    item.into()
}

fn what_it_is(state: &ConversionState) -> Map<String, Value> {
    let click = &state.click;
    let clicked_at = (click.clicked_at > 0).then(|| rfc3339::of_ms(click.clicked_at));
    let fields = json!({
        "version": state.version,
        "updated_at": rfc3339::of_ms(state.updated_at),
        "status": state.status.as_str(),
        "raw_status": state.raw_status,
        "payout": state.payout.normalize().to_string(),
        "currency": state.currency.as_str(),
        "attribution": click.attribution.as_str(),
        "click_id": click.click_id,
        "clicked_at": clicked_at,
        "campaign_id": click.campaign_id,
        "stream_id": click.stream_id,
        "destination_id": click.destination_id,
        "source_id": click.source_id,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_paths_of_the_document() {
        let raw = "status=sale,lead&campaign_id=c&event_type=Deposit&from=1970-01-01T00:00:01Z";
        let filter = filter_of("w", &LogQuery::parse(raw, FILTERS).unwrap());
        let expected = doc! {
            "workspace_id": "w",
            "kept.current.state.status": { "$in": ["sale", "lead"] },
            "kept.current.state.click.campaign_id": { "$in": ["c"] },
            "event_type": { "$in": ["deposit"] },
            "created_at": { "$gte": DateTime::from_millis(1000) },
        };
        assert_eq!(filter, expected);
    }
}
