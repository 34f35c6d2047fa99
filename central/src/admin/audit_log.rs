//! `/api/audit-log`: who changed what. Entries hold amounts, so callers whose eyes they are not for do not see
//! the log.
//!
//! An entry may be megabytes. A page of the log holds only so much of what was before and after; of the other
//! entries it says that this is left out, and each is read by itself.

use axum::{
    Json,
    extract::{Path, Query},
};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, doc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::PageOf,
    input::{self, containing},
    log_query::time as read_time,
};
use crate::{
    access::{Actor, WorkspaceApp},
    app::App,
    audit_log::{
        self, Action, Entry, State,
        diff::{self, Difference},
    },
    error::ApiError,
    openapi::Refusals,
    rfc3339,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit_log)).routes(routes!(read_audit_entry))
}

/// An entry of more is shown in a page without what was before and after. Bytes of its document.
const MAX_LISTED_BYTES: i32 = 256 << 10;
/// What was before and after in one page, in bytes of documents.
const MAX_PAGE_BYTES: usize = 8 << 20;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditLogQuery {
    /// 1 to 500; 100 when missing.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    #[param(value_type = Option<i64>, minimum = 0, maximum = 2147483647)]
    offset: Option<String>,
    /// `installation`, for its administrator: sign-ins, users, keys of links and what else is no workspace's.
    #[param(inline, value_type = Option<AuditScope>)]
    scope: Option<String>,
    /// Id or name of the user, key or rule, or the kind of actor.
    actor: Option<String>,
    /// Path segment of the resource: `campaigns`.
    resource: Option<String>,
    resource_id: Option<String>,
    #[param(value_type = Option<Action>)]
    action: Option<String>,
    /// RFC 3339, inclusive.
    #[param(format = DateTime)]
    from: Option<String>,
    /// RFC 3339, exclusive.
    #[param(format = DateTime)]
    to: Option<String>,
    /// Part of the thing's or the actor's name, or of what was done.
    #[param(max_length = 100)]
    q: Option<String>,
}

/// Whose entries are listed; the workspace's when missing.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a parameter")]
enum AuditScope {
    Workspace,
    Installation,
}

/// One thing that somebody did.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    pub id: String,
    #[schema(format = DateTime)]
    at: String,
    actor: Actor,
    action: Action,
    /// Path segment of the resource: `campaigns`.
    resource: String,
    resource_id: String,
    /// Of the thing, as it was then.
    name: String,
    /// In words, where `action` does not say it all.
    what: Option<String>,
    /// As the API shows it, without secrets; null for what is new, or where nothing is known of it.
    before: Value,
    /// Likewise; null for what is gone.
    after: Value,
    diff: Vec<Difference>,
    state: State,
    /// `before`, `after` and `diff` are too much for a page, and are in the entry when it is read by itself.
    is_cut: bool,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            diff: diff::between(entry.before.as_ref(), entry.after.as_ref()),
            id: entry._id,
            at: rfc3339::of(entry.at),
            actor: entry.actor,
            action: entry.action,
            resource: entry.resource,
            resource_id: entry.resource_id,
            name: entry.name,
            what: entry.what,
            before: entry.before.unwrap_or_default(),
            after: entry.after.unwrap_or_default(),
            state: entry.state,
            is_cut: false,
        }
    }
}

/// An entry as a page reads it.
#[derive(Deserialize)]
struct Listed {
    /// Of the document.
    bytes: i32,
    entry: Entry,
}

/// Takes from each entry what has no place in the page.
fn cut(listed: Listed, room: &mut usize) -> AuditEntry {
    let Listed { bytes, mut entry } = listed;
    let size = usize::try_from(bytes).unwrap_or_default();
    let holds_states = entry.before.is_some() || entry.after.is_some();
    let is_cut = bytes > MAX_LISTED_BYTES || holds_states && size > *room;
    if is_cut {
        (entry.before, entry.after) = (None, None);
    } else if holds_states {
        *room -= size;
    }
    AuditEntry { is_cut, ..AuditEntry::from(entry) }
}

type AuditPage = PageOf<AuditEntry>;

impl AuditLogQuery {
    fn filter(&self, app: &WorkspaceApp) -> Result<Document, ApiError> {
        let mut filter = match self.scope.as_deref() {
            None | Some("workspace") => doc! { "workspace_id": &*app.workspace_id },
            Some("installation") if app.caller.is_installation_admin => doc! { "workspace_id": Bson::Null },
            Some("installation") => return Err(ApiError::Forbidden),
            Some(_) => return Err(ApiError::field("scope", "workspace or installation")),
        };
        let mut all: Vec<Document> = Vec::new();
        if let Some(actor) = &self.actor {
            let any = ["actor.id", "actor.name", "actor.kind"].map(|field| doc! { field: actor });
            all.push(doc! { "$or": any.to_vec() });
        }
        if let Some(resource) = &self.resource {
            filter.insert("resource", resource);
        }
        if let Some(id) = &self.resource_id {
            filter.insert("resource_id", id);
        }
        if let Some(action) = &self.action {
            let known = serde_json::from_value::<Action>(Value::from(action.as_str()));
            known.map_err(|_| ApiError::field("action", "created, updated, deleted or done"))?;
            filter.insert("action", action);
        }
        let time = |field: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => match read_time(text) {
                Ok(at) => Ok(Some(DateTime::from_millis(at))),
                Err(error) => Err(ApiError::field(field, error)),
            },
        };
        if let Some(from) = time("from", &self.from)? {
            all.push(doc! { "at": { "$gte": from } });
        }
        if let Some(to) = time("to", &self.to)? {
            all.push(doc! { "at": { "$lt": to } });
        }
        if let Some(q) = self.q.as_deref().filter(|q| !q.is_empty()) {
            all.push(containing(q, &["name", "actor.name", "what", "resource_id"])?);
        }
        if !all.is_empty() {
            filter.insert("$and", all);
        }
        Ok(filter)
    }
}

/// Lists what was changed in the workspace, by whom, newest first.
#[utoipa::path(
    get,
    path = "/api/audit-log",
    tag = "Audit log",
    params(AuditLogQuery),
    responses((status = 200, body = AuditPage), Refusals)
)]
async fn list_audit_log(
    app: WorkspaceApp,
    Query(query): Query<AuditLogQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    if app.caller.masks_money {
        return Err(ApiError::Forbidden);
    }
    let filter = query.filter(&app)?;
    let (limit, offset) = input::page(query.limit, query.offset)?;
    Ok(Json(page(&app, filter, limit, offset).await?))
}

/// A page of entries, newest first.
pub async fn page(
    app: &WorkspaceApp,
    filter: Document,
    limit: i64,
    offset: u64,
) -> Result<PageOf<AuditEntry>, ApiError> {
    let log = audit_log::entries(&app.catalog);
    let total = log.count_documents(filter.clone()).await?;
    let fits = doc! { "$lte": ["$bytes", MAX_LISTED_BYTES] };
    let if_it_fits = |field: &str| doc! { "$cond": [&fits, format!("$entry.{field}"), null] };
    let pipeline = [
        doc! { "$match": filter },
        doc! { "$sort": { "_id": -1 } },
        doc! { "$skip": i64::try_from(offset).unwrap_or(i64::MAX) },
        doc! { "$limit": limit },
        doc! { "$replaceWith": { "bytes": { "$bsonSize": "$$ROOT" }, "entry": "$$ROOT" } },
        doc! { "$set": { "entry.before": if_it_fits("before"), "entry.after": if_it_fits("after") } },
    ];
    let mut found = log.aggregate(pipeline).with_type::<Listed>().await?;
    let (mut items, mut room) = (Vec::new(), MAX_PAGE_BYTES);
    while let Some(listed) = found.try_next().await? {
        items.push(cut(listed, &mut room));
    }
    Ok(PageOf { items, limit, offset, total })
}

/// Reads one entry, with all that was before and after.
#[utoipa::path(
    get,
    path = "/api/audit-log/{id}",
    tag = "Audit log",
    params(("id" = String, Path)),
    responses((status = 200, body = AuditEntry), Refusals)
)]
async fn read_audit_entry(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<AuditEntry>, ApiError> {
    if app.caller.masks_money {
        return Err(ApiError::Forbidden);
    }
    let filter = doc! { "_id": id, "workspace_id": &*app.workspace_id };
    let found = audit_log::entries(&app.catalog).find_one(filter).await?;
    Ok(Json(found.ok_or(ApiError::NotFound)?.into()))
}
