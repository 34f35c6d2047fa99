//! `GET /api/conversions` and `GET /api/conversions/{id}`: what each conversion is now, and how it came to it.
//!
//! The list and the last versions are MongoDB's. Versions that it has let go of, and conversions that it
//! does not know, are read from `conversion_versions`. As CSV a list is streamed whole, as it is read.
//!
//! Limits: a list is counted up to [`MAX_COUNTED`]; what takes longer than [`conversions::MAX_READ`] to find is
//! refused as too expensive.
//!
//! [`conversions::MAX_READ`]: crate::catalog::conversions::MAX_READ

mod csv_export;
pub mod history;
pub mod item;

use axum::{
    Json,
    extract::{Path, RawQuery},
    response::{IntoResponse, Response},
};
use mongodb::bson::{DateTime, Document, doc};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::item::{ConversionHistory, ConversionItem};
use super::{
    log_page::{Counted, LogPage},
    log_query::{Filter, LogQuery, LogShape, Paging, described},
};
use crate::{
    access::WorkspaceApp, app::App, catalog::conversions::ConversionList, error::ApiError, openapi::Refusals,
};

const SHAPE: LogShape = LogShape {
    filters: &[
        Filter::any("network_id"),
        Filter::any("campaign_id"),
        Filter::any("stream_id"),
        Filter::any("destination_id"),
        Filter::any("source_id"),
        Filter::any("click_id"),
        Filter::any("transaction_id"),
        Filter::any("conversion_id"),
        Filter::any("event_type"),
        Filter::one_of("status", &["lead", "sale", "rejected", "hold", "unmapped"]),
        Filter::one_of(
            "attribution",
            &["click", "no_click_id", "forged", "pending", "not_found", "outside_window"],
        ),
    ],
    paging: Paging::Offset,
    searches: None,
    sorts: &["created_at", "updated_at"],
    has_csv: true,
};
/// Conversions that are counted for a total.
const MAX_COUNTED: u64 = 50_000;

described!(ConversionListParameters, SHAPE);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_conversions)).routes(routes!(read_conversion))
}

/// Conversions as they are now.
///
/// `from` and `to` are of the first postback. `format=csv` answers all of them as they are found, whatever the page.
#[utoipa::path(
    get, path = "/api/conversions", tag = "logs", params(ConversionListParameters),
    responses(
        (status = 200, content((LogPage<ConversionItem> = "application/json"), (String = "text/csv"))),
        Refusals
    )
)]
async fn list_conversions(app: WorkspaceApp, RawQuery(raw): RawQuery) -> Result<Response, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &SHAPE)?;
    let filter = filter_of(&app.workspace_id, &query);
    let list = ConversionList { filter, sort: sort_of(&query), limit: query.limit, offset: query.offset };
    if query.is_csv {
        return csv_export::answer(&app, list).await;
    }
    let (found, counted) = app.catalog.list_conversions(list, MAX_COUNTED + 1).await?;
    let mut items: Vec<ConversionItem> = found.iter().map(ConversionItem::of).collect();
    item::dress(&app, &mut items).await?;
    Ok(Json(LogPage::counted(&query, items, Counted::bounded(counted, MAX_COUNTED))).into_response())
}

/// One conversion and its versions.
#[utoipa::path(
    get, path = "/api/conversions/{id}", tag = "logs", params(("id" = String, Path)),
    responses((status = 200, body = ConversionHistory), Refusals)
)]
async fn read_conversion(
    app: WorkspaceApp,
    Path(id): Path<String>,
) -> Result<Json<ConversionHistory>, ApiError> {
    let _turn = app.reports.turn(&app.workspace_id).await?;
    Ok(Json(history::read(&app, &id).await?))
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

fn sort_of(query: &LogQuery) -> Document {
    let direction = if query.is_ascending { 1 } else { -1 };
    match query.sort {
        "updated_at" => doc! { "kept.current.state.updated_at": direction, "_id": direction },
        _ => doc! { "created_at": direction, "_id": direction },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_paths_of_the_document() {
        let raw =
            "status=sale,lead&campaign_id=c&event_type=Deposit&from=1970-01-01T00:00:01Z&sort=updated_at";
        let query = LogQuery::parse(raw, &SHAPE).unwrap();
        let expected = doc! {
            "workspace_id": "w",
            "kept.current.state.status": { "$in": ["sale", "lead"] },
            "kept.current.state.click.campaign_id": { "$in": ["c"] },
            "event_type": { "$in": ["deposit"] },
            "created_at": { "$gte": DateTime::from_millis(1000) },
        };
        assert_eq!(filter_of("w", &query), expected);
        assert_eq!(sort_of(&query), doc! { "kept.current.state.updated_at": -1, "_id": -1 });
    }
}
