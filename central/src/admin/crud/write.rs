//! Writes of one entity.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use mongodb::bson::DateTime;
use serde_json::Value;
use traffoflex_model::Status;
use traffoflex_wire::error_body::FieldError;
use ulid::Ulid;

use super::{Resource, Shown, created, get_of, in_use, published, written};
use crate::{
    access::WorkspaceApp,
    admin::{input, validate::Errors},
    audit_log::{Action, Change, Entry},
    catalog::{
        entity::{Entity, Stored},
        work::{Named, Refused, Work},
    },
    error::ApiError,
};

/// A write that names no revision meets others at most this often.
const MAX_MEETINGS: usize = 10;
/// What [`set_status`] says it did.
pub const ARCHIVED: &str = "archived";
pub const RESTORED: &str = "restored";

pub fn new_id() -> String {
    Ulid::generate().to_string()
}

/// Writes, and publishes what was written; the version it is in.
pub async fn commit(app: &WorkspaceApp, work: &Work) -> Result<u64, ApiError> {
    app.catalog.commit(work).await?;
    Ok(app.publisher.publish_written(&work.written).await?)
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Taken { field, .. } => Self::field(field, "already taken"),
            // Who knows the entity says at which revision it is.
            Refused::Stale { collection, id } => Self::Conflict {
                message: "somebody else changed it meanwhile".into(),
                details: vec![FieldError {
                    field: format!("{collection}/{id}"),
                    error: "changed meanwhile".into(),
                }],
            },
            Refused::Gone { paths } => {
                let gone = |field| FieldError { field, error: "does not exist".into() };
                Self::Validation(paths.into_iter().map(gone).collect())
            }
            Refused::Mongo(error) => Self::Mongo(error),
        }
    }
}

/// The entry of a change of one entity.
pub fn entry<R: Resource>(
    app: &WorkspaceApp,
    action: Action,
    what: Option<String>,
    before: Option<&Stored<R::Entity>>,
    after: Option<&Stored<R::Entity>>,
) -> Option<Entry> {
    let stored = after.or(before)?;
    let (id, name) = (stored._id.clone(), stored.entity.name().to_owned());
    let (before, after) = R::recorded(before, after);
    let change = Change { action, resource: R::RECORDED, id, name, what, before, after };
    let entry = Entry::of(app, change);
    Some(match R::campaign(&stored.entity) {
        Some(campaign) => entry.in_history_of(campaign),
        None => entry,
    })
}

/// Adds the entry, and the state of the campaign that it belongs to.
pub fn record<R: Resource>(
    app: &WorkspaceApp,
    work: &mut Work,
    action: Action,
    what: Option<String>,
    before: Option<&Stored<R::Entity>>,
    after: Option<&Stored<R::Entity>>,
) {
    let Some(entry) = entry::<R>(app, action, what, before, after) else { return };
    work.record(entry);
    if let Some(campaign) = after.or(before).and_then(|stored| R::campaign(&stored.entity)) {
        work.remember(campaign, &app.workspace_id);
    }
}

pub async fn create<R: Resource>(app: &WorkspaceApp, body: Value) -> Result<Response, ApiError> {
    let input = input::read::<R::Input>(R::prepare(body)?)?;
    let mut errors = Errors::default();
    let entity = R::check(app, input, &new_id(), None, &mut errors).await?;
    let named = errors.named();
    errors.finish()?;
    insert::<R>(app, &format!("/api/{}", R::NAME), entity, named).await
}

/// Writes a new entity that was checked; the answer's `Location` is `path` and the id.
pub async fn insert<R: Resource>(
    app: &WorkspaceApp,
    path: &str,
    entity: R::Entity,
    named: Vec<Named>,
) -> Result<Response, ApiError> {
    let stored = Stored::new(entity, DateTime::now());
    let mut work = Work::default();
    work.names(named);
    work.insert(&stored)?;
    record::<R>(app, &mut work, Action::Created, None, None, Some(&stored));
    let version = commit(app, &work).await?;
    let id = stored._id.clone();
    Ok(created(path, &id, Shown::<R>::new(app, stored).await?, version))
}

pub async fn replace<R: Resource>(
    app: &WorkspaceApp,
    id: &str,
    mut body: Value,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = get_of::<R>(app, id).await?;
    write::<R>(app, before, input::read(body)?, revision).await
}

pub async fn patch<R: Resource>(app: &WorkspaceApp, id: &str, mut body: Value) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = get_of::<R>(app, id).await?;
    let mut whole = serde_json::to_value(R::input_of(before.entity.clone())).unwrap_or_default();
    input::merge(&mut whole, body);
    write::<R>(app, before, input::read(whole)?, revision).await
}

async fn write<R: Resource>(
    app: &WorkspaceApp,
    before: Stored<R::Entity>,
    input: R::Input,
    revision: i64,
) -> Result<Response, ApiError> {
    let mut errors = Errors::default();
    let entity = R::check(app, input, &before._id, Some(&before.entity), &mut errors).await?;
    let named = errors.named();
    errors.finish()?;
    if before.revision != revision {
        return Err(ApiError::RevisionConflict { current: before.revision });
    }
    let after = before.next(entity);
    let mut work = Work::default();
    work.names(named);
    match save_with::<R>(app, work, (&before, &after), None).await? {
        Some(version) => Ok(written(Shown::<R>::of(app, after).await?, version)),
        None => Err(ApiError::RevisionConflict { current: get_of::<R>(app, &before._id).await?.revision }),
    }
}

/// None: it is not at that revision any more.
pub async fn save<R: Resource>(
    app: &WorkspaceApp,
    before: &Stored<R::Entity>,
    after: &Stored<R::Entity>,
    what: Option<String>,
) -> Result<Option<u64>, ApiError> {
    save_with::<R>(app, Work::default(), (before, after), what).await
}

async fn save_with<R: Resource>(
    app: &WorkspaceApp,
    mut work: Work,
    (before, after): (&Stored<R::Entity>, &Stored<R::Entity>),
    what: Option<String>,
) -> Result<Option<u64>, ApiError> {
    work.replace(after)?;
    record::<R>(app, &mut work, Action::Updated, what, Some(before), Some(after));
    let version = match commit_if_current(app, &work).await? {
        Some(version) => version,
        None => return Ok(None),
    };
    R::settled(app, &before.entity, Some(&after.entity)).await?;
    Ok(Some(version))
}

async fn commit_if_current(app: &WorkspaceApp, work: &Work) -> Result<Option<u64>, ApiError> {
    match app.catalog.commit(work).await {
        Ok(()) => Ok(Some(app.publisher.publish_written(&work.written).await?)),
        Err(Refused::Stale { .. }) => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

/// Changes an entity whatever its revision; None from `change` leaves it as it is.
pub async fn change<R: Resource>(
    app: &WorkspaceApp,
    id: &str,
    what: &str,
    change: impl Fn(R::Entity) -> Result<Option<R::Entity>, ApiError> + Send + Sync,
) -> Result<(Stored<R::Entity>, u64), ApiError> {
    let mut current = 0;
    for _ in 0..MAX_MEETINGS {
        let before = get_of::<R>(app, id).await?;
        let Some(entity) = change(before.entity.clone())? else {
            return Ok((before, app.publisher.version()));
        };
        current = before.revision;
        let after = before.next(entity);
        if let Some(version) = save::<R>(app, &before, &after, Some(what.to_owned())).await? {
            return Ok((after, version));
        }
    }
    Err(ApiError::RevisionConflict { current })
}

pub async fn archive<R: Resource>(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError> {
    set_status::<R>(app, id, ARCHIVED, Status::Archived).await
}

pub async fn set_status<R: Resource>(
    app: &WorkspaceApp,
    id: &str,
    what: &str,
    wanted: Status,
) -> Result<Response, ApiError> {
    let set = |mut entity: R::Entity| match R::status(&mut entity) {
        Some(status) if *status != wanted => {
            *status = wanted;
            Ok(Some(entity))
        }
        _ => Ok(None),
    };
    let (stored, version) = change::<R>(app, id, what, set).await?;
    Ok(written(Shown::<R>::of(app, stored).await?, version))
}

/// Refused while something points at it.
pub async fn delete<R: Resource>(app: &WorkspaceApp, id: &str) -> Result<Response, ApiError> {
    let mut current = 0;
    for _ in 0..MAX_MEETINGS {
        let named = app.catalog.times_named::<R::Entity>(id).await?;
        let before = get_of::<R>(app, id).await?;
        in_use(R::uses(app, id).await?)?;
        current = before.revision;
        let mut work = Work::default();
        work.delete_unused(&before, named);
        record::<R>(app, &mut work, Action::Deleted, None, Some(&before), None);
        if let Some(version) = commit_if_current(app, &work).await? {
            R::settled(app, &before.entity, None).await?;
            return Ok(published(StatusCode::NO_CONTENT.into_response(), version));
        }
    }
    Err(ApiError::RevisionConflict { current })
}
