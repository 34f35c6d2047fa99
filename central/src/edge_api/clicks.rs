//! `POST /internal/v1/clicks/lookup`: see [`traffoflex_wire::click_lookup`].

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    routing::post,
};
use traffoflex_wire::click_lookup::{ClickLookup, FoundClicks, MAX_BODY_BYTES, MAX_IDS, PATH};

use crate::{app::App, error::ApiError, warehouse::clicks};

pub fn routes() -> Router<App> {
    Router::new().route(PATH, post(lookup)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn lookup(
    State(app): State<App>,
    body: Result<Json<ClickLookup>, JsonRejection>,
) -> Result<Json<FoundClicks>, ApiError> {
    let Json(ClickLookup { click_ids }) =
        body.map_err(|rejection| ApiError::field("body", rejection.body_text()))?;
    if click_ids.len() > MAX_IDS {
        return Err(ApiError::field("click_ids", format!("at most {MAX_IDS}")));
    }
    let asked = click_ids.len() as u64;
    let clicks = clicks::find(&app.warehouse, &click_ids).await?;
    metrics::counter!("traffoflex_click_lookups_total").increment(asked);
    metrics::counter!("traffoflex_click_lookups_found_total").increment(clicks.len() as u64);
    Ok(Json(FoundClicks { clicks }))
}
