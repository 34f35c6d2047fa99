//! `/api/webhooks`: who else is told of what happens. The secret that signs is shown when the webhook is
//! made and when it is rotated, and never again.
//!
//! Whether a host may be called is for the node that calls to say, each time it calls: it alone knows what a
//! name stands for, and which networks it was allowed (`OUTBOUND_ALLOWED_CIDRS`). Here only the form counts.

use axum::{extract::Path, response::Response};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use traffoflex_model::{Status, Webhook, WebhookEvent, WebhookId, WorkspaceId};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    crud::{self, Resource, Shown, write},
    validate::Errors,
    word,
};
use crate::{
    access::WorkspaceApp,
    app::App,
    catalog::{entity::Stored, installation::random_bytes},
    error::ApiError,
    openapi::Refusals,
};

/// Of a URL, in bytes.
const MAX_URL_BYTES: usize = 2048;
/// As Standard Webhooks has it: what stands before the base64 of 24 to 64 bytes.
const SECRET_PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const NEW_SECRET_BYTES: usize = 32;
/// As the audit log calls it.
const ROTATED: &str = "secret rotated";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(read_webhook, replace_webhook, patch_webhook, delete_webhook))
        .routes(routes!(archive_webhook))
        .routes(routes!(restore_webhook))
        .routes(routes!(set_status_of_webhooks))
        .routes(routes!(rotate_webhook_secret))
}

collection_handlers!(
    Webhooks,
    "/api/webhooks",
    "Webhooks",
    "a webhook",
    new = WebhookInput,
    list = list_webhooks,
    create = create_webhook
);
item_handlers!(
    Webhooks,
    "/api/webhooks",
    "Webhooks",
    "a webhook",
    read = read_webhook,
    replace = replace_webhook,
    patch = patch_webhook,
    delete = delete_webhook
);
status_handlers!(
    Webhooks,
    "/api/webhooks",
    "Webhooks",
    "a webhook",
    archive = archive_webhook,
    restore = restore_webhook,
    bulk = set_status_of_webhooks
);

list_query!(WebhookQuery {});

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    name: String,
    #[serde(default)]
    status: Status,
    url: String,
    #[schema(value_type = Vec<WebhookEvent>, min_items = 1)]
    events: Vec<String>,
    /// `whsec_` and base64 of 24 to 64 bytes. Missing or null: as it was, or a new one.
    #[serde(default)]
    secret: Option<String>,
}

/// A webhook without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    id: WebhookId,
    workspace_id: WorkspaceId,
    name: String,
    status: Status,
    url: String,
    events: Vec<WebhookEvent>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SecretOnce {
    /// Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

pub struct Webhooks;

impl Resource for Webhooks {
    type Entity = Webhook;
    type Input = WebhookInput;
    type View = WebhookView;
    type More = SecretOnce;
    type Query = WebhookQuery;
    const NAME: &'static str = "webhooks";
    const SEARCHED: &'static [&'static str] = &["name", "url"];

    fn input_of(entity: Webhook) -> WebhookInput {
        let Webhook { name, status, url, events, .. } = entity;
        let events = events.into_iter().map(word::name_of).collect();
        WebhookInput { name, status, url, events, secret: None }
    }

    async fn check(
        app: &WorkspaceApp,
        input: WebhookInput,
        id: &str,
        before: Option<&Webhook>,
        errors: &mut Errors,
    ) -> Result<Webhook, ApiError> {
        errors.name(&input.name);
        if let Err(error) = check_url(&input.url) {
            errors.add("url", error);
        }
        if input.events.is_empty() {
            errors.add("events", "at least one");
        }
        let events = word::each_of(errors, "events", &input.events, &WebhookEvent::ALL);
        if input.secret.as_deref().is_some_and(|secret| !is_secret(secret)) {
            let (min, max) = (SECRET_BYTES.start(), SECRET_BYTES.end());
            errors.add("secret", format!("{SECRET_PREFIX} and base64 of {min} to {max} bytes"));
        }
        let secret = match input.secret.or_else(|| before.map(|before| before.secret.clone())) {
            Some(secret) => secret,
            None => new_secret()?,
        };
        let workspace_id = app.workspace_id.clone();
        let WebhookInput { name, status, url, .. } = input;
        Ok(Webhook { id: id.into(), workspace_id, name, status, url, events, secret })
    }

    fn view(entity: &Webhook, _: bool) -> WebhookView {
        let Webhook { id, workspace_id, name, status, url, events, .. } = entity.clone();
        WebhookView { id, workspace_id, name, status, url, events }
    }

    async fn more(_: &WorkspaceApp, stored: &[Stored<Webhook>]) -> Result<Vec<SecretOnce>, ApiError> {
        Ok(stored.iter().map(|_| SecretOnce::default()).collect())
    }

    fn reveal(entity: &Webhook, more: &mut SecretOnce) {
        more.secret = Some(entity.secret.clone());
    }

    fn status(entity: &mut Webhook) -> Option<&mut Status> {
        Some(&mut entity.status)
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

/// Gives it a new secret, which only this answer shows. Takes effect at once: nodes sign with the new secret as
/// soon as they have this version.
#[utoipa::path(
    post,
    path = "/api/webhooks/{id}/rotate-secret",
    tag = "Webhooks",
    summary = "Gives a webhook a new secret",
    params(("id" = String, Path)),
    responses((status = 200, body = One), Refusals)
)]
async fn rotate_webhook_secret(app: WorkspaceApp, Path(id): Path<String>) -> Result<Response, ApiError> {
    let secret = new_secret()?;
    let rotate = |webhook: Webhook| Ok(Some(Webhook { secret: secret.clone(), ..webhook }));
    let (stored, version) = write::change::<Webhooks>(&app, &id, ROTATED, rotate).await?;
    Ok(crud::written(Shown::<Webhooks>::new(&app, stored).await?, version))
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
