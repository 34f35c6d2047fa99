//! `POST /api/campaigns/{id}/clone`: a copy with ids, links and a history of its own.

use axum::{extract::Path, response::Response};
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use traffoflex_model::Campaign;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{CampaignInput, One, whole};
use crate::{
    access::WorkspaceApp,
    admin::{
        crud,
        input::{self, JsonBodyOrNone},
        streams::StreamInput,
        validate::{MAX_NAME_CHARS, MAX_SLUG_LEN},
    },
    app::App,
    error::ApiError,
    openapi::Refusals,
};

const COPY_OF: &str = "Copy of ";
/// `slug-2`, `slug-3` and so on, up to this.
const MAX_NUMBER: u32 = 1000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(clone_campaign))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// Missing: `Copy of` and the name.
    #[serde(default)]
    name: Option<String>,
    /// Missing: the slug with a number that makes it unique.
    #[serde(default)]
    slug: Option<String>,
}

/// Copies a campaign with its streams.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/clone",
    tag = "Campaigns",
    params(("id" = String, Path)),
    request_body = Copy,
    responses((status = 201, body = One), Refusals)
)]
async fn clone_campaign(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBodyOrNone(body): JsonBodyOrNone,
) -> Result<Response, ApiError> {
    let Copy { name, slug } = input::read(body)?;
    let original = crud::get::<Campaign>(&app, &id).await?.entity;
    let streams = app.catalog.streams_of(&id).await?;
    let mut input = CampaignInput::of(original.clone());
    input.name = name.unwrap_or_else(|| copy_of(&original.name));
    input.slug = Some(match slug {
        Some(slug) => slug,
        None => free_slug(&app, &original.slug).await?,
    });
    let streams = streams.into_iter().map(|stored| StreamInput::of(stored.entity)).collect();
    whole::create(&app, input, streams, Some(format!("cloned from {id}"))).await
}

fn copy_of(name: &str) -> String {
    COPY_OF.chars().chain(name.chars()).take(MAX_NAME_CHARS).collect()
}

/// Over all workspaces, as slugs are. Another request may take it first: that one's field is then wrong.
async fn free_slug(app: &WorkspaceApp, slug: &str) -> Result<String, ApiError> {
    let numbered = |n: u32| {
        let end = format!("-{n}");
        let start: String = slug.chars().take(MAX_SLUG_LEN - end.len()).collect();
        format!("{start}{end}")
    };
    let wanted: Vec<String> = (2..=MAX_NUMBER).map(numbered).collect();
    let filter = doc! { "slug": { "$in": &wanted } };
    let taken = app.catalog.collection::<Campaign>().distinct("slug", filter).await?;
    let is_free = |slug: &String| !taken.iter().any(|taken| taken.as_str() == Some(slug));
    wanted.into_iter().find(is_free).ok_or_else(|| ApiError::field("slug", "name one: all numbers are taken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_long_name_still_fits() {
        assert_eq!(copy_of("a"), "Copy of a");
        assert_eq!(copy_of(&"ä".repeat(MAX_NAME_CHARS)).chars().count(), MAX_NAME_CHARS);
    }
}
