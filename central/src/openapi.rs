//! The description of the API (OpenAPI 3.1), gathered from the handlers, and its human page.

use axum::{Json, Router, routing::get};
use traffoflex_wire::error_body::ErrorBody;
use utoipa::IntoResponses;
use utoipa::openapi::{
    InfoBuilder, OpenApi, OpenApiBuilder,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The errors that any route behind the gate may answer with; in `responses(...)` of a handler.
#[derive(IntoResponses)]
pub enum Refusals {
    /// Some fields are wrong: each is named.
    #[response(status = 400)]
    Validation(#[to_schema] ErrorBody),
    /// No valid credentials.
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// The role or the key's scopes do not allow it.
    #[response(status = 403)]
    Forbidden(#[to_schema] ErrorBody),
    /// There is no such thing in the caller's workspace.
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
    /// Somebody else changed it meanwhile, it is in use, or its name is taken.
    #[response(status = 409)]
    Conflict(#[to_schema] ErrorBody),
    /// Too many requests; `Retry-After` says when to come again.
    #[response(status = 429)]
    TooMany(#[to_schema] ErrorBody),
    /// A database or node cannot be reached; `Retry-After` says when to come again.
    #[response(status = 503)]
    Unavailable(#[to_schema] ErrorBody),
}

pub const JSON_PATH: &str = "/api/openapi.json";
const DOCS_PATH: &str = "/api/docs";
const SESSION: &str = "session";
const API_KEY: &str = "api_key";

/// What holds for all of it.
pub fn base() -> OpenApi {
    let mut api = OpenApiBuilder::new()
        .info(InfoBuilder::new().title("TraffoFlex").version(env!("CARGO_PKG_VERSION")).build())
        .security(Some([
            SecurityRequirement::new::<_, _, String>(SESSION, []),
            SecurityRequirement::new::<_, _, String>(API_KEY, []),
        ]))
        .build();
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(SESSION, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components
        .add_security_scheme(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key"))));
    api
}

/// Open to anybody, as the code is.
pub fn routes<S: Clone + Send + Sync + 'static>(description: OpenApi) -> Router<S> {
    Router::new()
        .route(JSON_PATH, get(|| async move { Json(description) }))
        .merge(SwaggerUi::new(DOCS_PATH).config(Config::from(JSON_PATH)))
}
