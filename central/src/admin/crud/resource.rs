//! What differs from one resource to the next.

use axum::response::Response;
use mongodb::bson::{Document, doc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use traffoflex_model::Status;
use utoipa::ToSchema;

use super::write;
use crate::{
    access::WorkspaceApp,
    admin::{input::ListQuery, validate::Errors},
    catalog::entity::{Entity, Stored},
    error::ApiError,
    rfc3339,
};

/// Fields that lists are sorted by: as clients and as documents name them.
pub type Sorted = &'static [(&'static str, &'static str)];

pub const BY_NAME: Sorted = &[("name", "name"), ("created_at", "created_at"), ("updated_at", "updated_at")];

/// What has no name is called by its host.
pub const BY_HOST: Sorted =
    &[("name", "host"), ("host", "host"), ("created_at", "created_at"), ("updated_at", "updated_at")];

pub trait Resource: Sized + Send + Sync + 'static {
    type Entity: Entity;
    /// What a client sends to make or replace one. Unknown fields are refused.
    type Input: Serialize + DeserializeOwned + ToSchema + Send;
    /// What is shown of the entity: never a secret.
    type View: Serialize + ToSchema + Send + Sync;
    /// What is shown besides, from elsewhere.
    type More: Serialize + ToSchema + Send + Sync;
    type Query: ListQuery;

    /// The segment of its path.
    const NAME: &'static str;
    /// Its name in the audit log.
    const RECORDED: &'static str = Self::NAME;
    /// Fields of the document that `q` is looked for in.
    const SEARCHED: &'static [&'static str];
    const SORTED: Sorted = BY_NAME;

    /// Which of the entities are the resource's.
    fn scope() -> Document {
        doc! {}
    }

    /// Filters of its own.
    fn filter(
        _app: &WorkspaceApp,
        _query: &Self::Query,
        _filter: &mut Document,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        async { Ok(()) }
    }

    /// The body of a new one, before it is read as its input.
    fn prepare(body: Value) -> Result<Value, ApiError> {
        Ok(body)
    }

    /// As a client would send it: what a patch changes.
    fn input_of(entity: Self::Entity) -> Self::Input;

    /// The entity that the input makes; what is wrong is added to `errors`.
    fn check(
        app: &WorkspaceApp,
        input: Self::Input,
        id: &str,
        before: Option<&Self::Entity>,
        errors: &mut Errors,
    ) -> impl Future<Output = Result<Self::Entity, ApiError>> + Send;

    fn view(entity: &Self::Entity, sees_money: bool) -> Self::View;

    /// One for each, in their order.
    fn more(
        app: &WorkspaceApp,
        stored: &[Stored<Self::Entity>],
    ) -> impl Future<Output = Result<Vec<Self::More>, ApiError>> + Send;

    /// Adds what only the answer to its creation shows.
    fn reveal(_entity: &Self::Entity, _more: &mut Self::More) {}

    /// Where it is used, which keeps it from being deleted: paths and names.
    fn uses(
        _app: &WorkspaceApp,
        _id: &str,
    ) -> impl Future<Output = Result<Vec<(String, String)>, ApiError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// None: it has none.
    fn status(_entity: &mut Self::Entity) -> Option<&mut Status> {
        None
    }

    /// The campaign whose history a change of it is in.
    fn campaign(_entity: &Self::Entity) -> Option<&str> {
        None
    }

    /// What the audit log keeps of a change: the thing before and after.
    fn recorded(
        before: Option<&Stored<Self::Entity>>,
        after: Option<&Stored<Self::Entity>>,
    ) -> (Option<Value>, Option<Value>) {
        (before.map(audited::<Self>), after.map(audited::<Self>))
    }

    fn create(app: &WorkspaceApp, body: Value) -> impl Future<Output = Result<Response, ApiError>> + Send {
        write::create::<Self>(app, body)
    }

    fn delete(app: &WorkspaceApp, id: &str) -> impl Future<Output = Result<Response, ApiError>> + Send {
        write::delete::<Self>(app, id)
    }

    /// After a write; without `after` it was deleted.
    fn settled(
        _app: &WorkspaceApp,
        _before: &Self::Entity,
        _after: Option<&Self::Entity>,
    ) -> impl Future<Output = Result<(), ApiError>> + Send {
        async { Ok(()) }
    }
}

/// For resources that show nothing besides their entity.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct Nothing {}

/// A resource as clients see it: its fields, then what the database knows.
#[derive(Serialize)]
#[serde(bound = "")]
pub struct Shown<R: Resource> {
    #[serde(flatten)]
    view: R::View,
    #[serde(flatten)]
    more: R::More,
    revision: i64,
    created_at: String,
    updated_at: String,
}

impl<R: Resource> Shown<R> {
    pub async fn of(app: &WorkspaceApp, stored: Stored<R::Entity>) -> Result<Self, ApiError> {
        let mut shown = Self::of_all(app, vec![stored]).await?;
        shown.pop().ok_or(ApiError::NotFound)
    }

    /// As the answer to its creation.
    pub async fn new(app: &WorkspaceApp, stored: Stored<R::Entity>) -> Result<Self, ApiError> {
        let entity = stored.entity.clone();
        let mut shown = Self::of(app, stored).await?;
        R::reveal(&entity, &mut shown.more);
        Ok(shown)
    }

    pub async fn of_all(app: &WorkspaceApp, stored: Vec<Stored<R::Entity>>) -> Result<Vec<Self>, ApiError> {
        let more = R::more(app, &stored).await?;
        let sees_money = !app.caller.masks_money;
        let pairs = stored.into_iter().zip(more);
        Ok(pairs
            .map(|(stored, more)| Self {
                view: R::view(&stored.entity, sees_money),
                more,
                revision: stored.revision,
                created_at: rfc3339::of(stored.created_at),
                updated_at: rfc3339::of(stored.updated_at),
            })
            .collect())
    }
}

/// As the audit log keeps it.
pub fn audited<R: Resource>(stored: &Stored<R::Entity>) -> Value {
    let mut view = serde_json::to_value(R::view(&stored.entity, true)).unwrap_or_default();
    if let Some(object) = view.as_object_mut() {
        object.insert("revision".into(), stored.revision.into());
    }
    view
}
