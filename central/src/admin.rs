//! The admin API, one file a resource.

mod affiliate_networks;
mod campaigns;
mod conversion_import;
mod conversions;
mod crud;
mod dead_letters;
mod destinations;
mod domains;
mod health;
pub mod input;
mod intakes;
mod link_keys;
mod links;
mod log_query;
mod nodes;
mod postback_logs;
mod postback_presets;
mod postback_schema;
mod postback_templates;
mod postback_test;
mod schema;
mod simulate;
mod streams;
mod traffic_sources;
pub(crate) mod validate;
mod webhooks;
mod word;
mod workspace;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
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
}
