//! A list of conversions as CSV, sent while it is read: however long it is, little of it is held at a time.
//! Networks send what they like as transaction, event, status and click: no text is a formula.

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use csv::Writer;
use futures_util::TryStreamExt;
use http::header;

use super::item::{ConversionItem, mask};
use crate::{
    access::WorkspaceApp, catalog::conversions::ConversionList, error::ApiError, spreadsheet::guarded,
};

/// Rows that are sent together.
const ROWS_AT_ONCE: usize = 500;
const COLUMNS: [&str; 18] = [
    "conversion_id",
    "created_at",
    "updated_at",
    "version",
    "network_id",
    "transaction_id",
    "event_type",
    "status",
    "raw_status",
    "payout",
    "currency",
    "attribution",
    "click_id",
    "clicked_at",
    "campaign_id",
    "stream_id",
    "destination_id",
    "source_id",
];

pub async fn answer(app: &WorkspaceApp, list: ConversionList) -> Result<Response, ApiError> {
    // What is wrong with the question is answered as an error, not in the middle of a file.
    let mut found = app.catalog.stream_conversions(list).await?;
    let app = app.clone();
    let chunks = async_stream::try_stream! {
        let mut rows = Writer::from_writer(Vec::new());
        rows.write_record(COLUMNS).map_err(std::io::Error::other)?;
        let mut held = 0;
        while let Some(stored) = found.try_next().await.map_err(std::io::Error::other)? {
            let mut item = ConversionItem::of(&stored);
            mask(&app, &mut item.now);
            write(&mut rows, &item).map_err(std::io::Error::other)?;
            held += 1;
            if held == ROWS_AT_ONCE {
                held = 0;
                yield take(&mut rows)?;
            }
        }
        yield take(&mut rows)?;
    };
    let chunks: std::pin::Pin<Box<dyn futures_util::Stream<Item = std::io::Result<Bytes>> + Send>> =
        Box::pin(chunks);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"conversions.csv\""),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

fn take(rows: &mut Writer<Vec<u8>>) -> std::io::Result<Bytes> {
    let written = std::mem::replace(rows, Writer::from_writer(Vec::new()));
    written.into_inner().map(Bytes::from).map_err(|error| std::io::Error::other(error.to_string()))
}

fn write(rows: &mut Writer<Vec<u8>>, item: &ConversionItem) -> csv::Result<()> {
    let now = &item.now;
    let version = now.version.to_string();
    rows.write_record([
        &*item.conversion_id,
        &item.created_at,
        &now.updated_at,
        &version,
        &guarded(&item.network_id),
        &guarded(&item.transaction_id),
        &guarded(&item.event_type),
        now.status.as_str(),
        &guarded(&now.raw_status),
        // A number of ours: it may well begin with a minus.
        now.payout.as_deref().unwrap_or_default(),
        &now.currency,
        now.attribution.as_str(),
        &guarded(&now.click_id),
        now.clicked_at.as_deref().unwrap_or_default(),
        &now.campaign_id,
        &now.stream_id,
        &now.destination_id,
        &now.source_id,
    ])
}
