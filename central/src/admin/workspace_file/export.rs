//! What a workspace's file says. Each kind is read at once, by id: of two exports of one state the files are
//! equal but for their time.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use mongodb::bson::doc;
use serde_json::{Value, json};
use traffoflex_model::{Campaign, PostbackTemplate, Stream};

use super::file::{FORMAT, VERSION, WorkspaceFile};
use crate::{
    admin::{
        affiliate_networks::AffiliateNetworks, campaigns::Campaigns, crud::Resource,
        destinations::Destinations, domains::Domains, postback_templates::PostbackTemplates,
        streams::Streams, traffic_sources::TrafficSources, webhooks::Webhooks, workspace::Workspaces,
    },
    alerts::portable as portable_rules,
    catalog::{
        Catalog,
        entity::{Entity, Stored},
    },
    error::ApiError,
    money::rates::portable,
    saved_views::portable as portable_views,
};

pub async fn file(catalog: &Catalog, workspace_id: &str) -> Result<WorkspaceFile, ApiError> {
    let from = &From { catalog, workspace_id };
    let workspace = catalog.get(workspace_id, workspace_id).await?.ok_or(ApiError::NotFound)?.entity;
    let nothing = |_: &_| json!({});
    Ok(WorkspaceFile {
        format: FORMAT.into(),
        version: VERSION,
        exported_at: Timestamp::now().to_string(),
        workspace: serde_json::to_value(Workspaces::input_of(workspace)).unwrap_or_default(),
        sources: all::<TrafficSources>(from, nothing).await?,
        domains: all::<Domains>(from, |_| json!({})).await?,
        templates: all::<PostbackTemplates>(
            from,
            |template: &PostbackTemplate| json!({ "has_secret": template.secret.is_some() }),
        )
        .await?,
        networks: all::<AffiliateNetworks>(from, |_| json!({})).await?,
        webhooks: all::<Webhooks>(from, |_| json!({ "has_secret": true })).await?,
        destinations: all::<Destinations>(from, |_| json!({})).await?,
        campaigns: all::<Campaigns>(from, |campaign: &Campaign| json!({ "public_id": campaign.public_id }))
            .await?,
        streams: all::<Streams>(from, |stream: &Stream| json!({ "campaign_id": stream.campaign_id })).await?,
        rates: portable::export(catalog, workspace_id).await?,
        alert_rules: alert_rules(from).await?,
        saved_views: shared_views(from).await?,
    })
}

/// Where it is read.
struct From<'f> {
    catalog: &'f Catalog,
    workspace_id: &'f str,
}

async fn all<R: Resource>(
    from: &From<'_>,
    more: impl Fn(&R::Entity) -> Value,
) -> Result<Vec<Value>, ApiError> {
    let filter = doc! { R::Entity::WORKSPACE: from.workspace_id };
    let found = from.catalog.collection::<R::Entity>().find(filter).sort(doc! { "_id": 1 }).await?;
    let found: Vec<Stored<R::Entity>> = found.try_collect().await?;
    Ok(found.into_iter().map(|stored| exported::<R>(stored, &more)).collect())
}

fn exported<R: Resource>(stored: Stored<R::Entity>, more: impl Fn(&R::Entity) -> Value) -> Value {
    let more = more(&stored.entity);
    let mut whole = serde_json::to_value(R::input_of(stored.entity)).unwrap_or_default();
    if let (Some(object), Value::Object(more)) = (whole.as_object_mut(), more) {
        // Nobody reads it back from here.
        object.remove("secret");
        object.insert("id".into(), stored._id.into());
        object.extend(more);
    }
    whole
}

async fn alert_rules(from: &From<'_>) -> Result<Vec<Value>, ApiError> {
    let rules = portable_rules::of_workspace(from.catalog, from.workspace_id).await?;
    Ok(rules.into_iter().map(|rule| with_id(&rule._id, portable_rules::input_of(rule.entity))).collect())
}

fn with_id(id: &str, mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.insert("id".into(), id.into());
    }
    body
}

async fn shared_views(from: &From<'_>) -> Result<Vec<Value>, ApiError> {
    let views = portable_views::shared(from.catalog, from.workspace_id).await?;
    let shown = |stored: portable_views::Stored| {
        with_id(&stored._id, serde_json::to_value(stored.view).unwrap_or_default())
    };
    Ok(views.into_iter().map(shown).collect())
}
