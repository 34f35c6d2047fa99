//! `POST /api/postbacks/test`: what a postback would do, step by step, without doing it.
//!
//! Body: `{"url": "https://any.host/pb/everflow?..."}` (its path and query count), or `{"network": "everflow",
//! "fields": {...}}`; with either `body` (a form, or a JSON object), and `ip`, the address it would come from.
//! The steps are those of [`traffoflex_conversion::explain`], by the configuration that nodes are sent, the
//! warehouse's clicks and what is kept of the conversion. Only read from, all of them.

use std::net::IpAddr;

use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::value::RawValue;
use traffoflex_conversion::{
    RawFields,
    explain::{ClickAnswer, Explanation, Question, explain},
    normalise,
    outbound::CompiledSourcePostback,
};
use traffoflex_model::{FoundClick, Status};
use traffoflex_routing::click_id::ClickIdKeyring;
use url::{Url, form_urlencoded};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{intakes::Intakes, validate::Errors};
use crate::{
    access::WorkspaceApp, app::App, error::ApiError, openapi::Refusals, snapshot::build::State as Published,
    warehouse::clicks,
};

/// Of `/api/postbacks`, the parameter that names the network.
const NETWORK: &str = "network";
/// Makes the path of a URL whole that has no host.
const ANY_BASE: &str = "http://any.invalid";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(test_postback))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PostbackTest, examples(json!({ "url": "https://any.host/pb/everflow?click_id=abc&payout=12.50&status=approved" })))]
struct Input<'b> {
    /// Its path and query count. Either this or `network`.
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    network: Option<String>,
    /// Parameters: an object of texts and numbers.
    // As it is written: no amount goes through a float.
    #[serde(default, borrow)]
    #[schema(value_type = Option<Object>)]
    fields: Option<&'b RawValue>,
    /// A form, or a JSON object.
    #[serde(default)]
    body: Option<String>,
    /// The address that it would come from; none: not checked.
    #[serde(default)]
    #[schema(examples("192.0.2.7"))]
    ip: Option<String>,
}

/// A postback as it would arrive.
#[derive(Debug, PartialEq)]
struct Arriving {
    network: String,
    fields: RawFields,
    ip: Option<IpAddr>,
}

impl Input<'_> {
    fn check(self) -> Result<Arriving, ApiError> {
        let mut errors = Errors::default();
        let (mut network, mut fields) = match (&self.url, &self.network) {
            (Some(url), None) => match of_url(url) {
                Some(named) => named,
                None => {
                    errors.add("url", "a URL that ends in /pb/{network} or /api/postbacks, and its query");
                    Default::default()
                }
            },
            (None, Some(network)) => (network.clone(), RawFields::new()),
            _ => {
                errors.add("url", "either a URL or a network");
                Default::default()
            }
        };
        if let Some(own) = self.fields
            && let Err(error) = fields.push_json(own.get().as_bytes())
        {
            errors.add("fields", error.to_string());
        }
        if let Some(body) = &self.body {
            push_body(&mut fields, body, &mut errors);
        }
        let ip = self.ip.as_deref().map(str::parse::<IpAddr>).transpose();
        let ip = ip.unwrap_or_else(|_| {
            errors.add("ip", "an IPv4 or IPv6 address");
            None
        });
        if network.is_empty() {
            fields.get(NETWORK).unwrap_or_default().clone_into(&mut network);
        }
        errors.finish()?;
        Ok(Arriving { network, fields, ip })
    }
}

/// The network and the parameters of the query; the name is empty where the parameters have it.
fn of_url(text: &str) -> Option<(String, RawFields)> {
    let url = Url::parse(ANY_BASE).ok()?.join(text).ok()?;
    let fields = RawFields::from_query(url.query().unwrap_or_default());
    if url.path().ends_with("/api/postbacks") {
        return Some((String::new(), fields));
    }
    let (_, network) = url.path().rsplit_once("/pb/")?;
    (!network.is_empty() && !network.contains('/')).then(|| (network.to_owned(), fields))
}

fn push_body(fields: &mut RawFields, body: &str, errors: &mut Errors) {
    if body.trim_start().starts_with('{') {
        if let Err(error) = fields.push_json(body.as_bytes()) {
            errors.add("body", error.to_string());
        }
        return;
    }
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        fields.push(&name, &value);
    }
}

/// What a postback would do, step by step, without doing it
#[utoipa::path(
    post,
    path = "/api/postbacks/test",
    tag = "Conversions",
    request_body = Input,
    responses((status = 200, description = "Each step, up to where it would be refused.", body = Explanation), Refusals),
)]
async fn test_postback(app: WorkspaceApp, body: Bytes) -> Result<Json<Explanation>, ApiError> {
    let input: Input<'_> = serde_json::from_slice(&body)
        .map_err(|error| ApiError::field("body", format!("not what is expected: {error}")))?;
    let Arriving { network, fields, ip } = input.check()?;
    let intakes = app.publisher.inspect(|view| Intakes::of(view.state, &app.workspace_id)).await;
    let intake = intakes.find(&network);
    let read = intake.map(|intake| (intake, normalise(&fields, intake)));
    let looked_up = match &read {
        Some((_, read)) => look_up(&app, &read.click_id).await,
        None => LookedUp::Missing,
    };
    let known = match &read {
        Some((intake, read)) => match &read.postback {
            Ok(postback) => {
                let id = postback.conversion_id(intake, "");
                app.catalog.conversion(&app.workspace_id, &id).await?
            }
            Err(_) => None,
        },
        None => None,
    };
    let question = Question {
        network: &network,
        intake,
        fields: &fields,
        ip,
        click: looked_up.answer(),
        known: known.as_ref().map(|known| &known.kept),
        source_postbacks: looked_up.calls(),
        now_ms: jiff::Timestamp::now().as_millisecond(),
        random: 0,
    };
    Ok(Json(explain(&question)))
}

/// What a node would learn of the click.
enum LookedUp {
    Found(Box<Found>),
    Missing,
    Forged,
    Failed,
}

struct Found {
    click: FoundClick,
    campaign_slug: String,
    campaign_name: String,
    window_hours: u32,
    calls: Vec<CompiledSourcePostback>,
}

impl LookedUp {
    fn answer(&self) -> ClickAnswer<'_> {
        match self {
            Self::Found(found) => ClickAnswer::Found {
                click: &found.click,
                campaign_slug: &found.campaign_slug,
                campaign_name: &found.campaign_name,
                window_hours: found.window_hours,
            },
            Self::Missing => ClickAnswer::NotFound,
            Self::Forged => ClickAnswer::Forged,
            Self::Failed => ClickAnswer::Failed,
        }
    }

    fn calls(&self) -> &[CompiledSourcePostback] {
        match self {
            Self::Found(found) => &found.calls,
            Self::Missing | Self::Forged | Self::Failed => &[],
        }
    }
}

async fn look_up(app: &WorkspaceApp, click_id: &str) -> LookedUp {
    if click_id.is_empty() {
        return LookedUp::Missing;
    }
    let keyring = app.publisher.inspect(|view| ClickIdKeyring::new(&view.state.settings)).await;
    if !keyring.is_ok_and(|keyring| keyring.verify(click_id).is_ok()) {
        return LookedUp::Forged;
    }
    match clicks::find(&app.warehouse, &[click_id.to_owned()]).await {
        Err(error) => {
            tracing::warn!(%error, "the click of a tested postback cannot be looked up");
            LookedUp::Failed
        }
        Ok(found) => match found.into_iter().next() {
            None => LookedUp::Missing,
            // Another workspace's click is nobody's here.
            Some(click) if *click.workspace_id != *app.workspace_id => LookedUp::Forged,
            Some(click) => {
                let found = app.publisher.inspect(|view| Found::of(click, view.state)).await;
                LookedUp::Found(Box::new(found))
            }
        },
    }
}

impl Found {
    /// A campaign that is gone has no window, and a source that is gone or paused no calls.
    fn of(click: FoundClick, state: &Published) -> Self {
        let campaign = state.campaigns.get(&click.campaign_id);
        let source = state.sources.get(&click.source_id).filter(|source| source.status == Status::Active);
        let calls = source.iter().flat_map(|source| &source.postbacks);
        Self {
            campaign_slug: campaign.map(|campaign| campaign.slug.clone()).unwrap_or_default(),
            campaign_name: campaign.map(|campaign| campaign.name.clone()).unwrap_or_default(),
            window_hours: campaign.map_or(0, |campaign| campaign.attribution_window_hours),
            calls: calls.filter_map(|call| CompiledSourcePostback::compile(call).ok()).collect(),
            click,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_path_and_query_count() {
        for (url, network) in [
            ("https://node.example/pb/everflow?click_id=c", Some("everflow")),
            ("http://127.0.0.1:8081/edge/pb/Everflow?click_id=c", Some("Everflow")),
            ("/pb/everflow?click_id=c", Some("everflow")),
            ("https://node.example/api/postbacks?network=everflow&click_id=c", Some("")),
            ("https://node.example/pb/", None),
            ("https://node.example/pb/a/b", None),
            ("https://node.example/c/campaign", None),
            ("http://", None),
        ] {
            let read = of_url(url);
            assert_eq!(read.as_ref().map(|(network, _)| network.as_str()), network, "{url}");
            assert!(read.is_none_or(|(_, fields)| fields.get("click_id") == Some("c")), "{url}");
        }
    }

    #[test]
    fn parameters_come_from_query_fields_and_body() {
        let check = |json: &str| serde_json::from_str::<Input<'_>>(json).unwrap().check();
        let read = check(
            r#"{"url":"/api/postbacks?a=1","fields":{"network":"n","payout":1.10},"body":"b=2&c=%20","ip":"::1"}"#,
        );
        let Arriving { network, fields, ip } = read.unwrap();
        assert_eq!((network.as_str(), ip), ("n", Some("::1".parse().unwrap())));
        assert_eq!(
            [fields.get("a"), fields.get("payout"), fields.get("b")],
            [Some("1"), Some("1.10"), Some("2")]
        );
        assert_eq!(check(r#"{"network":"n","body":"{\"x\":2.50}"}"#).unwrap().fields.get("x"), Some("2.50"));
        for bad in [
            "{}",
            r#"{"url":"/pb/n","network":"n"}"#,
            r#"{"url":"/c/n"}"#,
            r#"{"network":"n","fields":[]}"#,
            r#"{"network":"n","body":"{"}"#,
            r#"{"network":"n","ip":"here"}"#,
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
