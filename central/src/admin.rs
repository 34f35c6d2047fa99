//! The admin API, one file a resource.

#[macro_use]
pub mod input;
#[macro_use]
pub mod crud;

mod affiliate_networks;
mod audit_log;
mod bot_lists;
mod cache_reload;
pub mod campaigns;
mod clicks;
mod conversion_import;
mod conversions;
mod dead_letters;
pub mod destinations;
mod domains;
mod health;
mod ingestion_errors;
mod intakes;
mod link_keys;
mod links;
mod log_names;
mod log_page;
mod log_query;
mod nodes;
mod postback_logs;
mod postback_presets;
mod postback_schema;
mod postback_templates;
mod postback_test;
mod quoted;
mod schema;
mod shown_nodes;
mod simulate;
pub mod streams;
mod traffic_sources;
pub mod validate;
mod webhooks;
mod word;
mod workspace;
pub(crate) mod workspace_file;

use utoipa_axum::router::OpenApiRouter;

pub use clicks::Tails;
pub use ingestion_errors::states::States as IngestionErrorStates;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(campaigns::routes())
        .merge(schema::routes())
        .merge(simulate::routes())
        .merge(streams::routes())
        .merge(destinations::routes())
        .merge(destinations::landings::routes())
        .merge(audit_log::routes())
        .merge(bot_lists::routes())
        .merge(workspace_file::routes())
        .merge(health::routes())
        .merge(cache_reload::routes())
        .merge(traffic_sources::routes())
        .merge(workspace::routes())
        .merge(domains::routes())
        .merge(links::routes())
        .merge(link_keys::routes())
        .merge(nodes::routes())
        .merge(affiliate_networks::routes())
        .merge(postback_templates::routes())
        .merge(postback_presets::routes())
        .merge(postback_schema::routes())
        .merge(webhooks::routes())
        .merge(postback_test::routes())
        .merge(conversion_import::routes())
        .merge(dead_letters::routes())
        .merge(conversions::routes())
        .merge(postback_logs::routes())
        .merge(clicks::routes())
        .merge(ingestion_errors::routes())
}
