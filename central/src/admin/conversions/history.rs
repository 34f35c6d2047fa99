//! One conversion with all its versions: the last ones from MongoDB, those that it has let go of, and
//! conversions that it does not know, from `conversion_versions`.

use serde::Deserialize;

use super::item::{self, ConversionHistory, ConversionItem, ConversionStanding, ConversionVersion};
use crate::{access::WorkspaceApp, catalog::conversions::StoredConversion, error::ApiError, rfc3339};

/// Most versions of one conversion that are shown, the latest.
const MAX_VERSIONS_SHOWN: usize = 1000;

/// Conditions mean the columns: the times become numbers outside. The latest first, so that those count.
const VERSIONS_SQL: &str = "SELECT * REPLACE (toUnixTimestamp64Milli(created_at) AS created_at, \
     toUnixTimestamp64Milli(updated_at) AS updated_at, toUnixTimestamp64Milli(clicked_at) AS clicked_at) \
     FROM (SELECT version, created_at, updated_at, clicked_at, network_id, transaction_id, event_type, status, \
     raw_status, payout, currency, attribution, click_id, campaign_id, stream_id, destination_id, source_id, \
     postback_id FROM conversion_versions WHERE workspace_id = {ws:String} AND conversion_id = {id:String} \
     ORDER BY version DESC, updated_at DESC LIMIT 1 BY version LIMIT {limit:UInt64}) ORDER BY version";

/// A version as the warehouse has it.
#[derive(Deserialize)]
struct Row {
    #[serde(flatten)]
    became: ConversionStanding,
    created_at: i64,
    network_id: String,
    transaction_id: String,
    event_type: String,
    postback_id: String,
}

pub async fn read(app: &WorkspaceApp, id: &str) -> Result<ConversionHistory, ApiError> {
    let stored = app.catalog.conversion(&app.workspace_id, id).await?;
    of(app, id, stored).await?.ok_or(ApiError::NotFound)
}

pub async fn of(
    app: &WorkspaceApp,
    id: &str,
    stored: Option<StoredConversion>,
) -> Result<Option<ConversionHistory>, ApiError> {
    let first = stored.as_ref().and_then(|s| s.kept.versions().next().map(|version| version.state.version));
    let older = match first {
        Some(1) => Vec::new(),
        _ => versions_in_warehouse(app, id).await?,
    };
    let conversion = match (&stored, older.last()) {
        (Some(stored), _) => ConversionItem::of(stored),
        // Known to the warehouse alone: the last version there is what it is.
        (None, Some(last)) => identified(id, last),
        (None, None) => return Ok(None),
    };
    let older = older.into_iter().filter(|row| first.is_none_or(|first| row.became.version < first));
    let mut history: Vec<ConversionVersion> = older
        .map(|row| ConversionVersion { became: row.became, claim_id: row.postback_id, outcome: None })
        .collect();
    history.extend(stored.iter().flat_map(|stored| stored.kept.versions()).map(ConversionVersion::of));
    history.iter_mut().for_each(|version| item::mask(app, &mut version.became));
    let mut conversion = [conversion];
    item::dress(app, &mut conversion).await?;
    let [conversion] = conversion;
    Ok(Some(ConversionHistory { conversion, history }))
}

fn identified(id: &str, row: &Row) -> ConversionItem {
    ConversionItem {
        id: id.to_owned(),
        conversion_id: id.to_owned(),
        network_id: row.network_id.clone(),
        network_name: None,
        transaction_id: row.transaction_id.clone(),
        event_type: row.event_type.clone(),
        created_at: rfc3339::of_ms(row.created_at),
        campaign_name: None,
        source_name: None,
        now: row.became.clone(),
    }
}

/// Oldest first.
async fn versions_in_warehouse(app: &WorkspaceApp, id: &str) -> Result<Vec<Row>, ApiError> {
    let statement = app.warehouse.client().query_raw(VERSIONS_SQL);
    let statement =
        statement.param("ws", &*app.workspace_id).param("id", id).param("limit", MAX_VERSIONS_SHOWN as u64);
    Ok(app.warehouse.rows_of(app.reports.limited(statement)).await?)
}
