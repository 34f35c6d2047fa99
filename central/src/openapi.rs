//! The description of the API (OpenAPI 3.1), gathered from the handlers, and its human page.
//!
//! Each handler describes itself; what holds for many of them stands here once: the [`Refusals`] with
//! their headers, and that any body may be too large. `api-service openapi` prints all of it without any database,
//! and `central/openapi.json` is that print: `make check` fails when it is not (`make openapi` writes it).

use axum::{Json, Router, middleware, response::Response as AnyResponse, routing::get};
use http::{HeaderValue, header};
use traffoflex_model::Condition;
use traffoflex_wire::error_body::ErrorBody;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi,
        OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, ServerBuilder,
        path::Operation,
        schema::Type,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
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

/// Of routes that ask nodes.
#[derive(IntoResponses)]
pub enum NodeRefusals {
    /// No node could be asked: each is named, with what is wrong.
    #[response(status = 504)]
    NodesUnreachable(#[to_schema] ErrorBody),
}

pub const JSON_PATH: &str = "/api/openapi.json";
const DOCS_PATH: &str = "/api/docs";
const SESSION: &str = "session";
const API_KEY: &str = "api_key";
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const BODY_TOO_LARGE: &str = "413";
const TOO_LARGE: &str = "The body is larger than the route takes.";

/// In the order of the page.
const TAGS: &[(&str, &str)] = &[
    ("Auth", "Signing in and out."),
    ("Me", "Who is calling, and their sessions."),
    ("Campaigns", "Campaigns, their history, where a click would go, and signed links."),
    ("Streams", "The rules of a campaign, and the destinations that share its clicks."),
    ("Destinations", "Where clicks are sent."),
    ("Landings", "Destinations that are the first step of a click."),
    ("Traffic sources", "Where clicks come from, and the calls that tell of conversions there."),
    ("Affiliate networks", "Who says that clicks became conversions."),
    ("Postback templates", "How postbacks of networks are read."),
    ("Domains", "Host names of campaigns, proven by DNS."),
    ("Webhooks", "Who else is told of what happens."),
    ("Bot lists", "Addresses, networks and User-Agents that are bots, or people."),
    ("Conversions", "Import, and what a postback would do."),
    ("Money", "Costs told afterwards and rates of currencies."),
    ("Reports", "What the events add up to."),
    ("Saved views", "Reports under a name."),
    ("Ads", "Clicks that were made elsewhere."),
    ("Logs", "Clicks, conversions, postbacks, health, errors, and calls that were given up."),
    ("Nodes", "The nodes that serve clicks and postbacks."),
    ("Alerts", "Rules that are watched, and what they found."),
    ("Privacy", "Retention and erasure."),
    ("Audit log", "Who changed what."),
    ("Workspace", "The workspace itself, as a whole and as one file."),
    ("Workspaces", "Those that the caller is in."),
    ("Members", "Who is in the workspace, and what they may."),
    ("Users", "Who can sign in at all."),
    ("Api keys", "Keys of scripts."),
    ("Schema", "What rules, URLs, templates and reports can be made of: for forms and pickers."),
    ("Operation", "Whether the service works; open to anybody."),
];

const ABOUT: &str = "Configuration, logs and reports of a TraffoFlex installation.

Lists answer `{items, limit, offset, total}`. Errors have one shape, with the path of every field that is wrong. \
Writes carry the `revision` that was read: a stale one is refused with 409. Amounts are decimal strings with a \
currency beside them, times are RFC 3339 in UTC.

Sign in with a session (`Authorization: Bearer`) or an API key (`X-Api-Key`); `X-Workspace-Id` names the workspace \
where a caller is in several. Every answer has an `X-Request-Id`, which is also in the service's log.";

/// What holds for all of it.
pub fn base() -> OpenApi {
    let license = LicenseBuilder::new().name("AGPL-3.0-only").identifier(Some("AGPL-3.0-only")).build();
    let info = InfoBuilder::new()
        .title("TraffoFlex")
        .description(Some(ABOUT))
        .license(Some(license))
        .version(env!("CARGO_PKG_VERSION"));
    let tags = TAGS
        .iter()
        .map(|(name, description)| TagBuilder::new().name(*name).description(Some(*description)).build());
    let mut api = OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .tags(Some(tags))
        .security(Some([
            SecurityRequirement::new::<_, _, String>(SESSION, []),
            SecurityRequirement::new::<_, _, String>(API_KEY, []),
        ]))
        .build();
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(SESSION, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components
        .add_security_scheme(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key"))));
    // Of a rule tree, whose schema does not follow what it refers to, or it would follow itself.
    let mut of_rules = vec![(Condition::name().into_owned(), Condition::schema())];
    Condition::schemas(&mut of_rules);
    components.schemas.extend(of_rules);
    api
}

/// Adds to the gathered operations what none of them has to say for itself, and names what many of them share.
pub fn finish(mut api: OpenApi) -> OpenApi {
    let shared = shared_refusals();
    for item in api.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.options,
            &mut item.head,
            &mut item.patch,
            &mut item.trace,
        ];
        operations.into_iter().flatten().for_each(|operation| finish_operation(operation, &shared));
    }
    let components = api.components.get_or_insert_default();
    open_parts(components);
    let mut schemas = vec![(ErrorBody::name().into_owned(), ErrorBody::schema())];
    ErrorBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components
        .responses
        .extend(shared.into_iter().map(|refusal| (refusal.name.to_owned(), refusal.named.into())));
    api
}

/// A type that is a part of another (`serde(flatten)`) cannot forbid what the other has beside it: composed so,
/// no value would meet the description.
fn open_parts(components: &mut Components) {
    let mut parts: Vec<String> = Vec::new();
    components.schemas.values_mut().for_each(|schema| open_within(schema, &mut parts));
    for part in parts {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(&part) {
            object.additional_properties = None;
        }
    }
}

/// The same of what is composed within a schema; `parts` are told of those that have a name.
fn open_within(schema: &mut RefOr<Schema>, parts: &mut Vec<String>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(|property| open_within(property, parts));
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(|item| open_within(item, parts)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|item| open_within(item, parts)),
        Schema::AllOf(whole) => {
            for part in &mut whole.items {
                match part {
                    RefOr::Ref(reference) => {
                        parts.extend(reference.ref_location.rsplit('/').next().map(str::to_owned))
                    }
                    RefOr::T(Schema::Object(object)) => object.additional_properties = None,
                    RefOr::T(_) => {}
                }
                open_within(part, parts);
            }
        }
        _ => {}
    }
}

/// An error that many operations answer with.
struct SharedRefusal {
    status: &'static str,
    name: &'static str,
    /// As handlers say it.
    said: Option<RefOr<Response>>,
    /// As it stands among the components.
    named: Response,
}

fn shared_refusals() -> Vec<SharedRefusal> {
    let mut said = Refusals::responses();
    said.extend(NodeRefusals::responses());
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
    let header = |kind: Type, description: &str| {
        let schema = ObjectBuilder::new().schema_type(kind).build();
        HeaderBuilder::new().schema(schema).description(Some(description)).build()
    };
    let shared = |(status, name): (&'static str, &'static str)| {
        let said = said.get(status).cloned();
        let description = match &said {
            Some(RefOr::T(response)) => response.description.clone(),
            _ => TOO_LARGE.to_owned(),
        };
        let mut named =
            ResponseBuilder::new().description(description).content("application/json", body.clone());
        match status {
            "401" => named = named.header("WWW-Authenticate", header(Type::String, "How to sign in.")),
            "429" | "503" => named = named.header("Retry-After", header(Type::Integer, "Seconds to wait.")),
            _ => {}
        }
        SharedRefusal { status, name, said, named: named.build() }
    };
    let names = [
        ("400", "Validation"),
        ("401", "Unauthorized"),
        ("403", "Forbidden"),
        ("404", "NotFound"),
        ("409", "Conflict"),
        (BODY_TOO_LARGE, "TooLarge"),
        ("429", "TooMany"),
        ("503", "Unavailable"),
        ("504", "NodesUnreachable"),
    ];
    names.map(shared).into()
}

/// Tags in one spelling. Any body may be too large. What an operation says of an error in its own words stays.
fn finish_operation(operation: &mut Operation, shared: &[SharedRefusal]) {
    for tag in operation.tags.iter_mut().flatten() {
        *tag = tag.replace('-', " ");
        tag[..1].make_ascii_uppercase();
    }
    let responses = &mut operation.responses.responses;
    for refusal in shared {
        let reference = || RefOr::Ref(Ref::from_response_name(refusal.name));
        if refusal.status == BODY_TOO_LARGE && operation.request_body.is_some() {
            responses.entry(refusal.status.to_owned()).or_insert_with(reference);
        } else if let Some(response) = responses.get_mut(refusal.status)
            && Some(&*response) == refusal.said.as_ref()
        {
            *response = reference();
        }
    }
}

/// As it is committed.
pub fn text(api: &OpenApi) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(api)? + "\n")
}

/// Open to anybody, as the code is. The page is served from here and loads nothing from elsewhere: its policy
/// forbids that to the browser.
pub fn routes<S: Clone + Send + Sync + 'static>(description: OpenApi) -> Router<S> {
    // A description never leaves for a validator; a token stays over a reload, in the browser's own storage.
    let config = Config::from(JSON_PATH).validator_url("none").persist_authorization(true);
    let page = Router::from(SwaggerUi::new(DOCS_PATH).config(config));
    let page = page.layer(middleware::map_response(async |mut response: AnyResponse| {
        let policy = HeaderValue::from_static(PAGE_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }));
    Router::new().route(JSON_PATH, get(|| async move { Json(description) })).merge(page)
}
