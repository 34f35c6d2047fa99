//! `/api/postback-templates`: how postbacks are read. A template may come from a preset
//! (`{"preset":"everflow"}`): what the body does not name is the preset's.
//!
//! A secret goes in and never comes out: only its salted hash is kept, and `has_secret` says that there is
//! one. A write that does not name `secret` keeps it, PUT too, since nobody can read it back to send it
//! again; `null` removes it.

mod template_input;

use std::borrow::Cow;

use mongodb::bson::{Document, doc};
use serde::Serialize;
use serde_json::Value;
use traffoflex_model::{AffiliateNetwork, PostbackTemplate, PostbackTemplateId, Status, WorkspaceId};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::template_input::PostbackTemplateInput;
use super::{
    crud::{
        Resource, places,
        schema::{self, FromPreset},
    },
    postback_presets,
    validate::Errors,
};
use crate::{access::WorkspaceApp, app::App, catalog::entity::Stored, error::ApiError};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_postback_templates, create_postback_template))
        .routes(routes!(
            read_postback_template,
            replace_postback_template,
            patch_postback_template,
            delete_postback_template
        ))
        .routes(routes!(archive_postback_template))
        .routes(routes!(restore_postback_template))
        .routes(routes!(set_status_of_postback_templates))
}

collection_handlers!(PostbackTemplates, "/api/postback-templates", "Postback templates", "a postback template",
    new = FromPreset<PostbackTemplateInput>, list = list_postback_templates, create = create_postback_template);
item_handlers!(
    PostbackTemplates,
    "/api/postback-templates",
    "Postback templates",
    "a postback template",
    read = read_postback_template,
    replace = replace_postback_template,
    patch = patch_postback_template,
    delete = delete_postback_template
);
status_handlers!(
    PostbackTemplates,
    "/api/postback-templates",
    "Postback templates",
    "a postback template",
    archive = archive_postback_template,
    restore = restore_postback_template,
    bulk = set_status_of_postback_templates
);

list_query!(PostbackTemplateQuery {
    /// Templates that were made from this preset.
    preset: String,
});

/// A template without its secret.
#[derive(Debug, Serialize)]
pub struct PostbackTemplateView {
    id: PostbackTemplateId,
    workspace_id: WorkspaceId,
    #[serde(flatten)]
    fields: PostbackTemplateInput,
}

impl PartialSchema for PostbackTemplateView {
    fn schema() -> RefOr<Schema> {
        let mut object = schema::object_of::<PostbackTemplateInput>();
        object.properties.shift_remove("secret");
        object.required = object.properties.keys().cloned().collect();
        for name in ["id", "workspace_id"] {
            schema::add(&mut object, name, Schema::Object(schema::text(None)), true);
        }
        RefOr::T(Schema::Object(object))
    }
}

impl ToSchema for PostbackTemplateView {
    fn name() -> Cow<'static, str> {
        "PostbackTemplate".into()
    }

    fn schemas(schemas: &mut schema::Schemas) {
        PostbackTemplateInput::schemas(schemas);
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HasSecret {
    has_secret: bool,
}

pub struct PostbackTemplates;

impl Resource for PostbackTemplates {
    type Entity = PostbackTemplate;
    type Input = PostbackTemplateInput;
    type View = PostbackTemplateView;
    type More = HasSecret;
    type Query = PostbackTemplateQuery;
    const NAME: &'static str = "postback-templates";
    const SEARCHED: &'static [&'static str] = &["name", "slug"];

    async fn filter(
        _: &WorkspaceApp,
        query: &PostbackTemplateQuery,
        filter: &mut Document,
    ) -> Result<(), ApiError> {
        if let Some(preset) = &query.preset {
            filter.insert("preset", preset);
        }
        Ok(())
    }

    fn prepare(body: Value) -> Result<Value, ApiError> {
        postback_presets::fill_template(body)
    }

    fn input_of(entity: PostbackTemplate) -> PostbackTemplateInput {
        entity.into()
    }

    async fn check(
        app: &WorkspaceApp,
        input: PostbackTemplateInput,
        id: &str,
        before: Option<&PostbackTemplate>,
        errors: &mut Errors,
    ) -> Result<PostbackTemplate, ApiError> {
        input.check(app, id, before.and_then(|before| before.secret.clone()), errors)
    }

    fn view(entity: &PostbackTemplate, _: bool) -> PostbackTemplateView {
        let (id, workspace_id) = (entity.id.clone(), entity.workspace_id.clone());
        PostbackTemplateView { id, workspace_id, fields: entity.clone().into() }
    }

    async fn more(_: &WorkspaceApp, stored: &[Stored<PostbackTemplate>]) -> Result<Vec<HasSecret>, ApiError> {
        Ok(stored.iter().map(|stored| HasSecret { has_secret: stored.entity.secret.is_some() }).collect())
    }

    async fn uses(app: &WorkspaceApp, id: &str) -> Result<Vec<(String, String)>, ApiError> {
        let filter = doc! { "workspace_id": &*app.workspace_id, "template_id": id };
        Ok(places("affiliate-networks", app.catalog.names::<AffiliateNetwork>(filter).await?))
    }

    fn status(entity: &mut PostbackTemplate) -> Option<&mut Status> {
        Some(&mut entity.status)
    }
}

/// As a client would send it, without its secret.
pub fn as_input(template: PostbackTemplate) -> Value {
    serde_json::to_value(PostbackTemplateInput::from(template)).unwrap_or_default()
}
