//! `POST /internal/postbacks/test`: what a postback would do on this node, step by step. Changes nothing.
//!
//! `{"url":".."}`, of which path and query count, or `{"network":"..","fields":{..}}`; with `ip` the address
//! that it would come from. What central keeps of the conversion is not asked for: here it is always new.

use std::{collections::BTreeMap, net::IpAddr};

use axum::{
    Json,
    body::Bytes,
    extract::{Extension, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use traffoflex_conversion::{
    CompiledIntake, FieldError, RawFields,
    explain::{ClickAnswer, Question, explain},
    normalise,
};
use traffoflex_model::FoundClick;
use traffoflex_routing::table::RoutingTable;
use traffoflex_telemetry::RequestId;
use url::Url;

use super::{Central, PostbackPath, book::Named, request, request::NETWORK};
use crate::{
    clock::now_ms,
    error::EdgeError,
    internal::input::{self, Refusal},
    postback::BookHandle,
    snapshot::SnapshotHandle,
};

#[derive(Clone)]
pub struct TestTool {
    pub snapshot: SnapshotHandle,
    pub book: BookHandle,
    pub central: Central,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    url: Option<String>,
    network: String,
    fields: BTreeMap<String, String>,
    ip: Option<IpAddr>,
}

impl Asked {
    /// The network's name and the parameters.
    fn read(&self) -> Result<(String, RawFields), FieldError> {
        let Some(url) = &self.url else {
            return Ok((self.network.clone(), self.fields.iter().collect()));
        };
        let url: Url =
            url.parse().map_err(|error: url::ParseError| FieldError::new("url", error.to_string()))?;
        let fields = RawFields::from_query(url.query().unwrap_or_default());
        match PostbackPath::of(url.path()) {
            Some(PostbackPath::Network(network)) => Ok((network, fields)),
            Some(PostbackPath::Api) => Ok((fields.get(NETWORK).unwrap_or_default().to_owned(), fields)),
            None => Err(FieldError::new("url", "its path is neither /pb/{network} nor /api/postbacks")),
        }
    }
}

pub async fn test(
    State(tool): State<TestTool>,
    Extension(request_id): Extension<RequestId>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let asked: Asked = input::json(body, request_id)?;
    let (network, fields) = match asked.read() {
        Ok(read) => read,
        Err(error) => {
            return Err(Refusal::fields(request::field_errors(vec![error]), request_id));
        }
    };
    let book = tool.book.load();
    let intake = match book.network(&network) {
        Named::Network(intake) => Some(intake),
        Named::Unknown => None,
        Named::Unreadable | Named::NotReady => {
            return Err(Refusal::of(EdgeError::NotReady, request_id));
        }
    };
    let Some(table) = tool.snapshot.load().clone() else {
        return Err(Refusal::of(EdgeError::NotReady, request_id));
    };
    let click = match &intake {
        Some(intake) => look_up(&tool.central, &table, intake, &fields).await,
        None => LookedUp::NotFound,
    };
    let found = match &click {
        LookedUp::Found(click) => Some(click),
        _ => None,
    };
    let campaign = found.and_then(|click| table.campaign(&click.campaign_id));
    let source = found.map(|click| click.source_id.as_str().into());
    let calls = match (&intake, &source) {
        (Some(intake), Some(source)) => book.calls_of(&intake.workspace_id, source),
        _ => &[],
    };
    let click = match &click {
        LookedUp::Forged => ClickAnswer::Forged,
        LookedUp::NotFound => ClickAnswer::NotFound,
        LookedUp::Failed => ClickAnswer::Failed,
        LookedUp::Found(click) => ClickAnswer::Found {
            click,
            campaign_slug: campaign.map_or("", |campaign| campaign.slug()),
            campaign_name: campaign.map_or("", |campaign| campaign.name()),
            window_hours: campaign.map_or(0, |campaign| campaign.attribution_window_hours()),
        },
    };
    let question = Question {
        network: &network,
        intake: intake.as_deref(),
        fields: &fields,
        ip: asked.ip,
        click,
        known: None,
        source_postbacks: calls,
        now_ms: now_ms(),
        random: fastrand::u64(..),
    };
    Ok(Json(explain(&question)).into_response())
}

enum LookedUp {
    Found(Box<FoundClick>),
    NotFound,
    Forged,
    Failed,
}

async fn look_up(
    central: &Central,
    table: &RoutingTable,
    intake: &CompiledIntake,
    fields: &RawFields,
) -> LookedUp {
    let click_id = normalise(fields, intake).click_id;
    if click_id.is_empty() {
        return LookedUp::NotFound;
    }
    if table.keyring().verify(&click_id).is_err() {
        return LookedUp::Forged;
    }
    match central.look_up(vec![click_id.clone()]).await.map(|mut clicks| clicks.remove(&click_id)) {
        Ok(Some(click)) if click.workspace_id == *intake.workspace_id => LookedUp::Found(Box::new(click)),
        Ok(Some(_)) => LookedUp::Forged,
        Ok(None) => LookedUp::NotFound,
        Err(_) => LookedUp::Failed,
    }
}
