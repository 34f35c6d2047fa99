//! `/api/domains`: host names that campaigns may be bound to, once DNS has proven them.

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use traffoflex_model::{Campaign, Domain, DomainId, Status};
use ulid::Ulid;
use url::Host;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, show},
    input::{self, JsonBody, ListParameters, ListRequest},
    validate::Errors,
};
use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::{ListQuery, domain_checks::DomainCheck, entity::Stored, installation::random_bytes},
    domains::{self, TXT_PREFIX, txt_value},
    error::ApiError,
    rfc3339,
};

const PATH: &str = "/api/domains";
/// Of a name in DNS, in characters.
const MAX_NAME_LEN: usize = 253;
const MAX_LABEL_LEN: usize = 63;
/// Domains of a campaign.
const MAX_OF_CAMPAIGN: usize = 100;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/domains/{id}", get(read).put(replace).patch(patch).delete(delete))
        .route("/api/domains/{id}/verify", post(verify))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    host: String,
    #[serde(default)]
    status: Status,
}

/// Lower case, internationalised names in ASCII, no final dot. None: no host name of its own.
fn normal_host(host: &str) -> Option<String> {
    let Ok(Host::Domain(name)) = Host::parse(host.trim()) else { return None };
    let name = name.trim_end_matches('.').to_owned();
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = |label: &str| {
        (1..=MAX_LABEL_LEN).contains(&label.len())
            && label.bytes().all(legal)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Room for the TXT record's name.
    let fits = name.len() + TXT_PREFIX.len() <= MAX_NAME_LEN;
    (fits && name.contains('.') && name.split('.').all(label)).then_some(name)
}

/// Bound to a campaign: each must exist.
pub async fn check_ids(app: &WorkspaceApp, ids: &[DomainId], errors: &mut Errors) -> Result<(), ApiError> {
    if ids.len() > MAX_OF_CAMPAIGN {
        errors.add("domain_ids", format!("at most {MAX_OF_CAMPAIGN}"));
        return Ok(());
    }
    let named: Vec<(String, &str)> =
        ids.iter().enumerate().map(|(i, id)| (format!("domain_ids[{i}]"), &**id)).collect();
    errors.exist::<Domain>(app, &named).await
}

fn new_token() -> Result<String, ApiError> {
    let bytes = random_bytes::<16>().map_err(mongodb::error::Error::custom)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// With what to set in DNS, and what the last look-up found.
fn shown(app: &WorkspaceApp, stored: &Stored<Domain>, check: &DomainCheck) -> Value {
    show(stored, |domain| {
        let txt = json!({
            "type": "TXT",
            "name": format!("{TXT_PREFIX}{}", domain.host),
            "value": txt_value(&domain.verification_token),
        });
        let target = app.domains.cname_target();
        let cname = json!({ "type": "CNAME", "name": domain.host, "value": target });
        let instructions = if target.is_empty() { vec![txt] } else { vec![cname, txt] };
        let checked_at = check.checked_at.map(rfc3339::of);
        json!({
            "instructions": instructions,
            "check": { "checked_at": checked_at, "method": check.method, "error": check.error },
        })
    })
}

async fn shown_now(app: &WorkspaceApp, stored: &Stored<Domain>) -> Result<Value, ApiError> {
    Ok(shown(app, stored, &app.catalog.domain_check(&stored._id).await?))
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<Value>, ApiError> {
    let ListRequest { filter, sort, limit, offset } = query.check(&app.workspace_id, &["host"])?;
    let (found, total) = app.catalog.list::<Domain>(ListQuery { filter, sort, limit, offset }).await?;
    let ids: Vec<&str> = found.iter().map(|stored| stored._id.as_str()).collect();
    let mut checks = app.catalog.domain_checks_of(&ids).await?;
    let mut check_of = |stored: &Stored<Domain>| checks.remove(&stored._id).unwrap_or_default();
    let items: Vec<Value> = found.iter().map(|stored| shown(&app, stored, &check_of(stored))).collect();
    Ok(Json(json!({ "items": items, "limit": limit, "offset": offset, "total": total })))
}

async fn create(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let Input { host, status } = input::read(body)?;
    let domain = Domain {
        id: Ulid::generate().to_string().into(),
        workspace_id: app.workspace_id.clone(),
        host: checked(&host)?,
        status,
        verification_token: new_token()?,
        verified: false,
    };
    let stored = crud::create(&app, domain).await?;
    let version = app.publisher.publish::<Domain>(&stored._id).await?;
    Ok(crud::created(PATH, &stored._id, shown(&app, &stored, &DomainCheck::default()), version))
}

fn checked(host: &str) -> Result<String, ApiError> {
    let wrong = "a host name with a dot in it, such as go.example.com; no wildcard, address, scheme or port";
    normal_host(host).ok_or_else(|| ApiError::field("host", wrong))
}

async fn read(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    Ok(Json(shown_now(&app, &crud::get(&app, &id).await?).await?))
}

async fn replace(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let stored = crud::get::<Domain>(&app, &id).await?;
    write(&app, stored.entity, input::read(body)?, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let stored = crud::get::<Domain>(&app, &id).await?;
    let Domain { host, status, .. } = stored.entity.clone();
    let mut whole = serde_json::to_value(Input { host, status }).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, stored.entity, input::read(whole)?, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: Domain,
    input: Input,
    revision: i64,
) -> Result<Response, ApiError> {
    let host = checked(&input.host)?;
    let is_same = host == before.host;
    let (verification_token, verified) = match is_same {
        true => (before.verification_token, before.verified),
        false => (new_token()?, false),
    };
    let domain = Domain { host, status: input.status, verification_token, verified, ..before };
    let (stored, version) = crud::replace(app, domain, revision).await?;
    if !is_same {
        // What was found of the other host is not about this one.
        app.catalog.forget_domain_check(&stored._id).await?;
    }
    Ok(crud::published((StatusCode::OK, Json(shown_now(app, &stored).await?)).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let campaigns = app.catalog.names::<Campaign>(doc! { "domain_ids": &id }).await?;
    crud::in_use(campaigns.into_iter().map(|(id, name)| (format!("campaigns/{id}"), name)).collect())?;
    let response = crud::delete::<Domain>(&app, &id).await?;
    app.catalog.forget_domain_check(&id).await?;
    Ok(response)
}

/// Looks it up now.
async fn verify(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let stored = crud::get::<Domain>(&app, &id).await?;
    let (stored, check) = domains::check(&app, stored, false).await?;
    Ok(Json(shown(&app, &stored, &check)))
}

#[cfg(test)]
mod tests {
    use super::normal_host;

    #[test]
    fn hosts_are_written_in_one_way() {
        for (given, normal) in [
            ("Go.Example.COM", "go.example.com"),
            ("go.example.com.", "go.example.com"),
            (" bücher.example ", "xn--bcher-kva.example"),
            ("1a.example", "1a.example"),
        ] {
            assert_eq!(normal_host(given).as_deref(), Some(normal), "{given}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for bad in [
            "",
            ".",
            "localhost",
            "*.example.com",
            "192.0.2.1",
            "[::1]",
            "http://a.example",
            "a.example:80",
            "a.example/x",
            "a_b.example",
            "-a.example",
            "a..example",
            "a b.example",
            "user@a.example",
            &long,
        ] {
            assert_eq!(normal_host(bad), None, "{bad}");
        }
    }
}
