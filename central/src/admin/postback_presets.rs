//! Ready templates of well-known networks and traffic sources: `GET /api/postback-templates/presets` and
//! `GET /api/traffic-sources/presets`, what a preset makes of a new template or source, and the postback URL
//! that is pasted into a network.
//!
//! A preset is only ever copied. A call that still holds what belongs to the user's account (`REPLACE_...`) is
//! copied paused, so that it is not made before it is filled in.

use axum::Json;
use serde::Serialize;
use serde_json::{Map, Value, json};
use traffoflex_conversion::{
    CompiledIntake,
    presets::{self, NetworkPreset, Preset, SourcePreset},
};
use traffoflex_model::{AffiliateNetwork, PostbackField, PostbackTemplate, Status};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{input, postback_templates, traffic_sources};
use crate::{app::App, error::ApiError, openapi::Refusals};

/// Where a node's address goes in what is shown of a preset.
const BASE: &str = "https://YOUR_POSTBACK_NODE";
const NETWORK_SLUG: &str = "YOUR_NETWORK";
/// Of a call that may not be made yet.
const TO_REPLACE: &str = "REPLACE_";
/// In the order in which people look for them.
const SHOWN: [PostbackField; 6] = [
    PostbackField::ClickId,
    PostbackField::TransactionId,
    PostbackField::Payout,
    PostbackField::Currency,
    PostbackField::Status,
    PostbackField::EventType,
];

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_network_presets)).routes(routes!(list_source_presets))
}

#[derive(Debug, Serialize, ToSchema)]
struct NetworkPresets {
    items: Vec<ShownNetworkPreset>,
}

/// Fields of a postback template as it would be sent, and what is to be done with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkPreset)]
struct ShownNetworkPreset {
    #[serde(flatten)]
    template: Map<String, Value>,
    /// The page that it follows, by its title.
    origin: &'static str,
    /// With the network's macros; address and slug are placeholders.
    postback_url: String,
    /// For the end of an offer's URL: hands the network our click id.
    offer_query: &'static str,
    paste: [Paste; 2],
}

#[derive(Debug, Serialize, ToSchema)]
struct SourcePresets {
    items: Vec<ShownSourcePreset>,
}

/// Fields of a traffic source as it would be sent, and what is to be done with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SourcePreset)]
struct ShownSourcePreset {
    #[serde(flatten)]
    source: Map<String, Value>,
    /// The page that it follows, by its title.
    origin: &'static str,
    /// With our macros.
    postback_url: &'static str,
    /// For the end of a campaign's URL, with the source's macros.
    tracking_query: &'static str,
    replace: Vec<Replace>,
    paste: [Paste; 2],
}

/// What belongs where.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresetPaste)]
struct Paste {
    #[serde(rename = "where")]
    place: &'static str,
    what: String,
}

/// What in the URL belongs to the user's account, and where to find it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresetReplace)]
struct Replace {
    what: &'static str,
    by: &'static str,
}

/// Ready templates of well-known networks
#[utoipa::path(
    get,
    path = "/api/postback-templates/presets",
    tag = "Postback templates",
    responses((status = 200, description = "All of them.", body = NetworkPresets), Refusals),
)]
async fn list_network_presets() -> Json<NetworkPresets> {
    let network = |preset: &Preset| match preset {
        Preset::Network(preset) => Some(shown_network(preset)),
        Preset::Source(_) => None,
    };
    Json(NetworkPresets { items: presets::all().iter().filter_map(network).collect() })
}

/// Ready traffic sources, with the calls that they are told of sales by
#[utoipa::path(
    get,
    path = "/api/traffic-sources/presets",
    tag = "Traffic sources",
    responses((status = 200, description = "All of them.", body = SourcePresets), Refusals),
)]
async fn list_source_presets() -> Json<SourcePresets> {
    let source = |preset: &Preset| match preset {
        Preset::Source(preset) => Some(shown_source(preset)),
        Preset::Network(_) => None,
    };
    Json(SourcePresets { items: presets::all().iter().filter_map(source).collect() })
}

fn shown_network(preset: &NetworkPreset) -> ShownNetworkPreset {
    let url = preset.postback_url(BASE, NETWORK_SLUG);
    ShownNetworkPreset {
        template: object(template_of(preset)),
        origin: preset.origin,
        postback_url: url.clone(),
        offer_query: preset.offer_query,
        paste: [
            Paste { place: "at the end of the offer's URL here", what: preset.offer_query.to_owned() },
            Paste { place: "as postback URL at the network", what: url },
        ],
    }
}

fn shown_source(preset: &SourcePreset) -> ShownSourcePreset {
    let query = preset.tracking_query;
    ShownSourcePreset {
        source: object(source_of(preset)),
        origin: preset.origin,
        postback_url: preset.postback_url,
        tracking_query: query,
        replace: preset.replace.iter().map(|(what, by)| Replace { what, by }).collect(),
        paste: [
            Paste { place: "at the end of the campaign's URL at the source", what: query.to_owned() },
            Paste {
                place: "as the URL of a postback of the source here",
                what: preset.postback_url.to_owned(),
            },
        ],
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// As a client would send it.
fn template_of(preset: &NetworkPreset) -> Value {
    postback_templates::as_input(preset.template("".into(), "".into()))
}

/// As a client would send it.
fn source_of(preset: &SourcePreset) -> Value {
    let mut postback = preset.postback("");
    if postback.url.contains(TO_REPLACE) {
        postback.status = Status::Paused;
    }
    json!({
        "name": preset.name,
        "slug": preset.slug,
        "postbacks": traffic_sources::as_input(vec![postback]),
    })
}

/// The body of a new template: what it does not name is its preset's, where it names one.
pub fn fill_template(body: Value) -> Result<Value, ApiError> {
    fill(body, |preset| match preset {
        Preset::Network(preset) => Some(template_of(preset)),
        Preset::Source(_) => None,
    })
}

/// The body of a new source, likewise; a source does not remember its preset.
pub fn fill_source(body: Value) -> Result<Value, ApiError> {
    let mut whole = fill(body, |preset| match preset {
        Preset::Source(preset) => Some(source_of(preset)),
        Preset::Network(_) => None,
    })?;
    if let Some(object) = whole.as_object_mut() {
        object.remove("preset");
    }
    Ok(whole)
}

fn fill(body: Value, of: impl Fn(&'static Preset) -> Option<Value>) -> Result<Value, ApiError> {
    let slug = match &body["preset"] {
        Value::Null => return Ok(body),
        other => other.as_str().unwrap_or_default(),
    };
    let mut whole = presets::find(slug)
        .and_then(of)
        .ok_or_else(|| ApiError::field("preset", "there is no such preset"))?;
    input::merge(&mut whole, body);
    Ok(whole)
}

/// Path and query of the network's postback URL: with the network's own macros where its template comes from
/// a preset, else with the name of each field where a macro goes.
pub fn postback_path(network: &AffiliateNetwork, template: Option<&PostbackTemplate>) -> String {
    let preset = template.and_then(|template| template.preset.as_deref()).and_then(presets::find);
    // What is saved compiles; another version of this program may have saved it.
    let intake = CompiledIntake::compile(network, template).ok();
    let secret = intake.as_ref().filter(|intake| intake.asks_for_secret());
    let secret = secret.and_then(|intake| pair(intake, PostbackField::Secret));
    let mut path = match preset {
        Some(Preset::Network(preset)) => preset.postback_url("", &network.slug),
        _ => {
            let pairs = SHOWN.into_iter().filter_map(|field| pair(intake.as_ref()?, field));
            format!("/pb/{}?{}", network.slug, pairs.collect::<Vec<String>>().join("&"))
        }
    };
    if let Some(secret) = secret {
        path.push('&');
        path.push_str(&secret);
    }
    path
}

fn pair(intake: &CompiledIntake, field: PostbackField) -> Option<String> {
    let name = intake.names(field).first()?;
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    Some(format!("{name}={{{}}}", field.as_str()))
}
