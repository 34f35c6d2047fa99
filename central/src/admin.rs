//! The admin API, one file a resource.

mod campaigns;
mod conversions;
mod crud;
mod destinations;
mod domains;
mod health;
pub mod input;
mod link_keys;
mod links;
mod log_query;
mod postback_logs;
mod schema;
mod simulate;
mod streams;
mod traffic_sources;
mod validate;
mod workspace;

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .merge(campaigns::routes())
        .merge(schema::routes())
        .merge(simulate::routes())
        .merge(streams::routes())
        .merge(destinations::routes())
        .merge(health::routes())
        .merge(traffic_sources::routes())
        .merge(workspace::routes())
        .merge(domains::routes())
        .merge(links::routes())
        .merge(link_keys::routes())
        .merge(conversions::routes())
        .merge(postback_logs::routes())
}
