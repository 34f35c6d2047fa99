//! `/api/webhooks`: who else is told of what happens. The secret that signs is shown when the webhook is
//! made and when it is rotated, and never again.
//!
//! Whether a host may be called is for the node that calls to say, each time it calls: it alone knows what a
//! name stands for, and which networks it was allowed (`OUTBOUND_ALLOWED_CIDRS`). Here only the form counts.

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{Status, Webhook, WebhookEvent};
use ulid::Ulid;
use url::Url;
use utoipa_axum::router::OpenApiRouter;

use super::{
    crud::{self, nothing_more, show},
    input::{self, JsonBody, ListParameters},
    validate::Errors,
    word,
};
use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::{Replaced, entity::Stored, installation::random_bytes},
    error::ApiError,
};

const PATH: &str = "/api/webhooks";
/// Of a URL, in bytes.
const MAX_URL_BYTES: usize = 2048;
/// As Standard Webhooks has it: what stands before the base64 of 24 to 64 bytes.
const SECRET_PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const NEW_SECRET_BYTES: usize = 32;
/// A rotation meets another write of the same webhook at most this often.
const ROTATE_ATTEMPTS: usize = 5;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route(PATH, get(list).post(create))
        .route("/api/webhooks/{id}", get(read).put(replace).patch(patch).delete(delete))
        .route("/api/webhooks/{id}/rotate-secret", post(rotate))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    #[serde(default)]
    status: Status,
    url: String,
    events: Vec<String>,
    /// None: as it was, or a new one.
    #[serde(default)]
    secret: Option<String>,
}

impl Input {
    /// `before` is the secret so far.
    fn check(self, app: &WorkspaceApp, id: String, before: Option<String>) -> Result<Webhook, ApiError> {
        let mut errors = Errors::default();
        errors.name(&self.name);
        if let Err(error) = check_url(&self.url) {
            errors.add("url", error);
        }
        if self.events.is_empty() {
            errors.add("events", "at least one");
        }
        let events = word::each_of(&mut errors, "events", &self.events, &WebhookEvent::ALL);
        if self.secret.as_deref().is_some_and(|secret| !is_secret(secret)) {
            let (min, max) = (SECRET_BYTES.start(), SECRET_BYTES.end());
            errors.add("secret", format!("{SECRET_PREFIX} and base64 of {min} to {max} bytes"));
        }
        errors.finish()?;
        let secret = match self.secret.or(before) {
            Some(secret) => secret,
            None => new_secret()?,
        };
        let workspace_id = app.workspace_id.clone();
        let Self { name, status, url, .. } = self;
        Ok(Webhook { id: id.into(), workspace_id, name, status, url, events, secret })
    }
}

fn is_secret(secret: &str) -> bool {
    let bytes = secret.strip_prefix(SECRET_PREFIX).and_then(|base64| BASE64_STANDARD.decode(base64).ok());
    bytes.is_some_and(|bytes| SECRET_BYTES.contains(&bytes.len()))
}

fn new_secret() -> Result<String, ApiError> {
    let bytes = random_bytes::<NEW_SECRET_BYTES>().map_err(mongodb::error::Error::custom)?;
    Ok(format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(bytes)))
}

fn check_url(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_URL_BYTES || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("at most 2048 bytes, without white space");
    }
    let url: Url = text.parse().map_err(|_| "an http or https URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("an http or https URL");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("user name and password are not allowed");
    }
    if url.host().is_none() {
        return Err("an http or https URL");
    }
    Ok(())
}

fn shown(stored: &Stored<Webhook>) -> Value {
    let mut shown = show(stored, nothing_more);
    if let Some(object) = shown.as_object_mut() {
        object.remove("secret");
    }
    shown
}

fn shown_with_secret(stored: &Stored<Webhook>) -> Value {
    show(stored, nothing_more)
}

async fn list(app: WorkspaceApp, Query(query): Query<ListParameters>) -> Result<Json<crud::Page>, ApiError> {
    let request = query.check(&app.workspace_id, &["name", "url"])?;
    crud::list(&app, request, shown).await
}

async fn create(app: WorkspaceApp, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let entity = input::read::<Input>(body)?.check(&app, Ulid::generate().to_string(), None)?;
    let stored = crud::create(&app, entity).await?;
    let version = app.publisher.publish::<Webhook>(&stored._id).await?;
    Ok(crud::created(PATH, &stored._id, shown_with_secret(&stored), version))
}

async fn read(app: WorkspaceApp, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    Ok(Json(shown(&crud::get(&app, &id).await?)))
}

async fn replace(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = crud::get::<Webhook>(&app, &id).await?.entity;
    write(&app, before, input::read(body)?, revision).await
}

async fn patch(
    app: WorkspaceApp,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Result<Response, ApiError> {
    let revision = input::take_revision(&mut body)?;
    let before = crud::get::<Webhook>(&app, &id).await?.entity;
    let Webhook { name, status, url, events, .. } = before.clone();
    let events = events.into_iter().map(word::name_of).collect();
    let kept = Input { name, status, url, events, secret: None };
    let mut whole = serde_json::to_value(kept).unwrap_or_default();
    input::merge(&mut whole, body);
    write(&app, before, input::read(whole)?, revision).await
}

async fn write(
    app: &WorkspaceApp,
    before: Webhook,
    input: Input,
    revision: i64,
) -> Result<Response, ApiError> {
    let entity = input.check(app, before.id.to_string(), Some(before.secret))?;
    let (stored, version) = crud::replace(app, entity, revision).await?;
    Ok(crud::published((StatusCode::OK, Json(shown(&stored))).into_response(), version))
}

async fn delete(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    crud::delete::<Webhook>(&app, &id).await
}

/// Takes effect at once: nodes sign with the new secret as soon as they have this version.
async fn rotate(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let secret = new_secret()?;
    let mut current = 0;
    for _ in 0..ROTATE_ATTEMPTS {
        let Stored { entity, revision, .. } = crud::get::<Webhook>(&app, &id).await?;
        current = revision;
        let rotated = Webhook { secret: secret.clone(), ..entity };
        if let Replaced::Done(stored) = app.catalog.replace(rotated, revision).await? {
            let version = app.publisher.publish::<Webhook>(&stored._id).await?;
            let body = Json(shown_with_secret(&stored));
            return Ok(crud::published((StatusCode::OK, body).into_response(), version));
        }
    }
    Err(ApiError::RevisionConflict { current })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_one_that_can_be_called_and_the_node_says_whether_it_may_be() {
        for good in [
            "https://hooks.example/in?x=1",
            "http://8.8.8.8:8080/",
            "https://[2606:4700::1111]/",
            // A node may be allowed to call these.
            "http://127.0.0.1/",
            "http://[fc00::1]/",
        ] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "hooks.example",
            "https://",
            "ftp://hooks.example/",
            "javascript:alert(1)",
            "https://user@hooks.example/",
            "https://:pw@hooks.example/",
            "https://hooks.example/a b",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
        assert!(check_url(&format!("https://hooks.example/{}", "a".repeat(MAX_URL_BYTES))).is_err());
    }

    #[test]
    fn a_secret_is_of_the_standards_form() {
        assert!(is_secret(&new_secret().unwrap()));
        let of = |bytes: usize| format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(vec![7; bytes]));
        assert!(is_secret(&of(24)) && is_secret(&of(64)));
        for bad in [of(23), of(65), of(24).replace(SECRET_PREFIX, ""), "whsec_***".to_owned(), String::new()]
        {
            assert!(!is_secret(&bad), "{bad}");
        }
    }
}
