//! `/api/affiliate-networks`: who calls with conversions.
//!
//! A network that has conversions is not deleted but archived, since reports and postback logs name it:
//! `DELETE` then answers 200 with the archived network, else 204. An archived one takes no postbacks.

use std::collections::HashMap;

use axum::response::Response;
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use traffoflex_model::{AffiliateNetwork, PostbackTemplate, PostbackTemplateId, Status};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{Resource, write},
    postback_presets,
    validate::Errors,
};
use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::entity::{Entity, Stored},
    error::ApiError,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_affiliate_networks, create_affiliate_network))
        .routes(routes!(
            read_affiliate_network,
            replace_affiliate_network,
            patch_affiliate_network,
            delete_affiliate_network
        ))
        .routes(routes!(archive_affiliate_network))
        .routes(routes!(restore_affiliate_network))
        .routes(routes!(set_status_of_affiliate_networks))
}

collection_handlers!(
    AffiliateNetworks,
    "/api/affiliate-networks",
    "Affiliate networks",
    "an affiliate network",
    new = AffiliateNetworkInput,
    list = list_affiliate_networks,
    create = create_affiliate_network
);
item_handlers!(
    AffiliateNetworks,
    "/api/affiliate-networks",
    "Affiliate networks",
    "an affiliate network",
    read = read_affiliate_network,
    replace = replace_affiliate_network,
    patch = patch_affiliate_network,
    delete = delete_affiliate_network
);
status_handlers!(
    AffiliateNetworks,
    "/api/affiliate-networks",
    "Affiliate networks",
    "an affiliate network",
    archive = archive_affiliate_network,
    restore = restore_affiliate_network,
    bulk = set_status_of_affiliate_networks
);

list_query!(AffiliateNetworkQuery {
    /// Networks that are read by this template.
    template_id: String,
});

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AffiliateNetworkInput {
    name: String,
    slug: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    template_id: Option<PostbackTemplateId>,
}

/// What to paste into the network, for each postback node that is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostbackUrls {
    postback_path: String,
    postback_urls: Vec<String>,
}

pub struct AffiliateNetworks;

impl Resource for AffiliateNetworks {
    type Entity = AffiliateNetwork;
    type Input = AffiliateNetworkInput;
    type View = AffiliateNetwork;
    type More = PostbackUrls;
    type Query = AffiliateNetworkQuery;
    const NAME: &'static str = "affiliate-networks";
    const SEARCHED: &'static [&'static str] = &["name", "slug"];

    async fn filter(
        _: &WorkspaceApp,
        query: &AffiliateNetworkQuery,
        filter: &mut Document,
    ) -> Result<(), ApiError> {
        if let Some(template) = &query.template_id {
            filter.insert("template_id", template);
        }
        Ok(())
    }

    fn input_of(entity: AffiliateNetwork) -> AffiliateNetworkInput {
        let AffiliateNetwork { name, slug, status, template_id, .. } = entity;
        AffiliateNetworkInput { name, slug, status, template_id }
    }

    async fn check(
        app: &WorkspaceApp,
        input: AffiliateNetworkInput,
        id: &str,
        _: Option<&AffiliateNetwork>,
        errors: &mut Errors,
    ) -> Result<AffiliateNetwork, ApiError> {
        let AffiliateNetworkInput { name, slug, status, template_id } = input;
        errors.name(&name);
        errors.slug(&slug);
        if let Some(template) = &template_id {
            errors.exist::<PostbackTemplate>(app, &[("template_id".to_owned(), template)]).await?;
        }
        let workspace_id = app.workspace_id.clone();
        Ok(AffiliateNetwork { id: id.into(), workspace_id, slug, name, status, template_id })
    }

    fn view(entity: &AffiliateNetwork, _: bool) -> AffiliateNetwork {
        entity.clone()
    }

    async fn more(
        app: &WorkspaceApp,
        stored: &[Stored<AffiliateNetwork>],
    ) -> Result<Vec<PostbackUrls>, ApiError> {
        let ids: Vec<&str> =
            stored.iter().filter_map(|stored| stored.entity.template_id.as_deref()).collect();
        let filter = doc! { "_id": { "$in": ids }, PostbackTemplate::WORKSPACE: &*app.workspace_id };
        let templates = app.catalog.find_all::<PostbackTemplate>(filter).await?;
        let templates: HashMap<String, PostbackTemplate> =
            templates.into_iter().map(|stored| (stored._id, stored.entity)).collect();
        let urls = |stored: &Stored<AffiliateNetwork>| {
            let template = stored.entity.template_id.as_deref().and_then(|id| templates.get(id));
            let postback_path = postback_presets::postback_path(&stored.entity, template);
            let urls = app.postback_nodes.base_urls().map(|base| format!("{base}{postback_path}"));
            PostbackUrls { postback_urls: urls.collect(), postback_path }
        };
        Ok(stored.iter().map(urls).collect())
    }

    fn status(entity: &mut AffiliateNetwork) -> Option<&mut Status> {
        Some(&mut entity.status)
    }

    async fn delete(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError> {
        if app.catalog.has_conversions(&app.workspace_id, id).await? {
            return write::archive::<Self>(app, id).await;
        }
        write::delete::<Self>(app, id).await
    }
}
