//! `POST /ads/click`: a click that was made elsewhere, told to the node.
//!
//! ```json
//! {"clickId": "5dbb7845-..", "ad_id": "<stream id>", "name": "ad", "ip": "203.0.113.7", "timestamp": "2025-09-06T00:37:45.123Z"}
//! ```
//! `{"data":"click event received"}` is said only after the event is on disk, whatever `OUTBOX_ACK` says. An ad
//! is a stream, and the click counts as one of its campaign, at `timestamp`; it leads nowhere and takes nothing
//! from caps. Errors are `{"errors":{"code","message","details":[{"field","error"}],"timestamp"}}`.
//!
//! **Once by `clickId`**: the id is kept in the transaction of the event, as the nonce of a link for one click
//! is (see [`super::nonce`]), for `ADS_CLICK_WINDOW_HOURS`; a `timestamp` further back is refused, so that no
//! repeat can come after its id is forgotten. The click id is derived from `clickId` and `timestamp` with the
//! installation's key, so that two nodes give a click the same one. A node knows the ids that it
//! took itself; where a sender repeats a click to another one, central takes the later event back, about a minute
//! after it came, and until then both count.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use traffoflex_model::{ClickDecision, ClickEvent, QueryPairs};
use traffoflex_routing::table::{CompiledCampaign, RoutingTable};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::{error_body::FieldError, topic::Topic};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::{
    ClickState, Shared, click_event,
    nonce::{Claim, MARGIN_MS},
};
use crate::{
    clock::now_ms,
    error::{EdgeError, RETRY_AFTER_S},
    internal::{bears_one_of, input::read_json},
    outbox::{
        EncodedEvents,
        marks::{Mark, NONCE_BYTES},
    },
    runtime::visitors::Visitor,
};

const PATH: &str = "/ads/click";
const MAX_BODY_BYTES: usize = 16 * 1024;
/// How long a client may take over its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_CLICK_ID_BYTES: usize = 128;
const MAX_NAME_BYTES: usize = 256;
/// How far the sender's clock may be ahead.
const MAX_AHEAD_MS: i64 = 300_000;
const MS_PER_HOUR: i64 = 3_600_000;
/// Keeps these ids apart from the nonces of links.
const NONCE_PURPOSE: &str = "ads/click";
/// Where the ad's name is kept, among the query's parameters.
const NAME: &str = "ad_name";

/// What `/ads/click` needs besides what every click shares.
pub struct AdClicks {
    token: Option<String>,
    window_ms: i64,
    /// Ids whose event is on its way to the disk: neither known nor unknown yet.
    under_way: Mutex<HashSet<[u8; NONCE_BYTES]>>,
}

impl AdClicks {
    pub fn new(token: Option<String>, window_hours: u32) -> Self {
        Self { token, window_ms: i64::from(window_hours) * MS_PER_HOUR, under_way: Mutex::default() }
    }
}

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "clickId")]
    click_id: String,
    ad_id: String,
    #[serde(default)]
    name: String,
    ip: String,
    timestamp: String,
}

struct AdClick {
    click_id: String,
    name: String,
    ip: IpAddr,
    created_at_ms: i64,
}

enum Refusal {
    Fields(Vec<FieldError>),
    Error(EdgeError),
}

impl From<EdgeError> for Refusal {
    fn from(error: EdgeError) -> Self {
        Self::Error(error)
    }
}

pub fn routes(clicks: ClickState) -> Router {
    Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(clicks)
}

async fn take(State(ClickState(shared)): State<ClickState>, request: Request) -> Response {
    match take_one(shared, request).await {
        Ok(()) => Json(json!({ "data": "click event received" })).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn take_one(shared: Arc<Shared>, request: Request) -> Result<(), Refusal> {
    if let Some(token) = &shared.ad_clicks.token
        && !bears_one_of(request.headers(), std::slice::from_ref(token))
    {
        return Err(EdgeError::Unauthorized.into());
    }
    let table = shared.snapshot.load();
    shared.hosts.check(table.as_deref().ok_or(EdgeError::NotReady)?, &request)?;
    let request_id = request.extensions().get::<RequestId>().map(RequestId::to_string).unwrap_or_default();
    let read = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, &()));
    let body = match read.await {
        Err(_) => return Err(EdgeError::BodyTimeout.into()),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(EdgeError::BodyTooLarge.into());
        }
        Ok(Err(_)) => return Err(Refusal::field("body", "broke off")),
        Ok(Ok(body)) => body,
    };
    if shared.outbox.refuses() {
        return Err(EdgeError::OutboxUnavailable.into());
    }
    let input = read_json::<Input>(&body).map_err(|error| Refusal::Fields(vec![error]))?;
    let ad_id = input.ad_id.clone();
    let click = check(input, now_ms(), shared.ad_clicks.window_ms).map_err(Refusal::Fields)?;
    // A task of its own: what was claimed is settled even when the client hangs up.
    let kept = tokio::spawn(async move { keep(&shared, &ad_id, click, &request_id).await });
    Ok(kept.await.unwrap_or(Err(EdgeError::Internal))?)
}

fn check(input: Input, now_ms: i64, window_ms: i64) -> Result<AdClick, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, error: String| errors.push(FieldError { field: field.into(), error });
    let Input { click_id, ad_id, name, ip, timestamp } = input;
    let is_plain = |text: &str| !text.chars().any(char::is_control);
    if !(1..=MAX_CLICK_ID_BYTES).contains(&click_id.len()) || !is_plain(&click_id) {
        wrong("clickId", format!("1 to {MAX_CLICK_ID_BYTES} bytes without control characters"));
    }
    if ad_id.is_empty() {
        wrong("ad_id", "the id of an ad".into());
    }
    if name.len() > MAX_NAME_BYTES || !is_plain(&name) {
        wrong("name", format!("at most {MAX_NAME_BYTES} bytes without control characters"));
    }
    let ip = ip.parse().inspect_err(|_| wrong("ip", "an IPv4 or IPv6 address".into())).ok();
    let created_at_ms = match timestamp.parse::<Timestamp>() {
        Err(error) => {
            wrong("timestamp", format!("an RFC 3339 time such as 2025-09-06T00:37:45.123Z: {error}"));
            None
        }
        Ok(at) if at.as_millisecond() > now_ms + MAX_AHEAD_MS => {
            wrong("timestamp", format!("at most {} s ahead", MAX_AHEAD_MS / 1000));
            None
        }
        Ok(at) if at.as_millisecond() <= now_ms - window_ms => {
            wrong("timestamp", format!("not more than {} hours ago", window_ms / MS_PER_HOUR));
            None
        }
        Ok(at) => Some(at.as_millisecond()),
    };
    match (ip, created_at_ms) {
        (Some(ip), Some(created_at_ms)) if errors.is_empty() => {
            Ok(AdClick { click_id, name, ip, created_at_ms })
        }
        _ => Err(errors),
    }
}

/// Returns once the click's event is on disk, now or before.
async fn keep(shared: &Shared, ad_id: &str, click: AdClick, request_id: &str) -> Result<(), EdgeError> {
    let nonce = xxh3_128(format!("{NONCE_PURPOSE}\0{}", click.click_id).as_bytes()).to_be_bytes();
    // Until a repeat would be refused for its age, whatever time it gives.
    let forget_ms = now_ms() + shared.ad_clicks.window_ms + MAX_AHEAD_MS + MARGIN_MS;
    let Some(_under_way) = UnderWay::enter(&shared.ad_clicks, nonce) else { return Err(EdgeError::Busy) };
    match shared.nonces.claim(nonce, forget_ms, now_ms()) {
        Claim::Used => return Ok(()),
        Claim::Full => return Err(EdgeError::Busy),
        Claim::Taken => {}
    }
    let kept = async {
        let mut events = encode(shared, ad_id, &click, request_id)?;
        events.mark(Mark::Nonce { nonce, forget_ms });
        shared.outbox.append(events).await.map_err(|_| EdgeError::OutboxUnavailable)
    };
    match kept.await {
        Ok(appended) => {
            shared.metrics.reported(appended);
            Ok(())
        }
        Err(error) => {
            shared.nonces.release(&nonce);
            Err(error)
        }
    }
}

fn encode(
    shared: &Shared,
    ad_id: &str,
    click: &AdClick,
    request_id: &str,
) -> Result<EncodedEvents, EdgeError> {
    let table = shared.snapshot.load();
    let table = table.as_deref().ok_or(EdgeError::NotReady)?;
    let campaign = table.campaign_of_stream(ad_id).ok_or(EdgeError::AdNotFound)?;
    let mut events = EncodedEvents::new();
    let event = Event { shared, table, campaign, ad_id, click, request_id };
    event.push_to(&mut events).map_err(|_| EdgeError::Internal)?;
    Ok(events)
}

/// Until it is dropped, the id is neither known nor unknown.
struct UnderWay<'a> {
    clicks: &'a AdClicks,
    nonce: [u8; NONCE_BYTES],
}

impl<'a> UnderWay<'a> {
    /// None: somebody else is at it.
    fn enter(clicks: &'a AdClicks, nonce: [u8; NONCE_BYTES]) -> Option<Self> {
        let is_new = clicks.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(nonce);
        is_new.then_some(Self { clicks, nonce })
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.clicks.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.nonce);
    }
}

struct Event<'e> {
    shared: &'e Shared,
    table: &'e RoutingTable,
    campaign: &'e CompiledCampaign,
    ad_id: &'e str,
    click: &'e AdClick,
    request_id: &'e str,
}

impl Event<'_> {
    fn push_to(&self, events: &mut EncodedEvents) -> Result<(), traffoflex_wire::codec::CodecError> {
        let Self { table, campaign, click, .. } = self;
        let AdClick { click_id, name, ip, created_at_ms } = click;
        let of_id = xxh3_64(click_id.as_bytes());
        let minted = table.keyring().mint(*created_at_ms, (of_id >> 32) as u32, of_id as u32);
        let address = click_event::Address::of(*ip, &table.settings().ip_hash_key);
        let keeps_ip = table.workspace(campaign.workspace_id()).is_some_and(|w| w.store_full_ip);
        let place = self.shared.geoip.place(*ip);
        let (unique, duplicate) = (campaign.unique_window_hours(), campaign.duplicate_window_seconds());
        let visitor = Visitor::of(campaign.id(), *ip, "");
        let seen = self.shared.runtime.visitors().see(visitor, now_ms(), unique, duplicate, true);
        let query = (!name.is_empty()).then(|| (NAME.into(), name.as_str().into()));
        events.push(
            Topic::ClickEvents,
            &ClickEvent {
                created_at: *created_at_ms,
                click_id: minted.as_str().into(),
                workspace_id: campaign.workspace_id().as_str().into(),
                campaign_id: campaign.id().as_str().into(),
                stream_id: self.ad_id.into(),
                source_id: campaign.source_id().map_or("", |id| id.as_str()).into(),
                source_click_id: click_id.as_str().into(),
                ip_hash: address.hash().into(),
                ip_prefix: address.prefix().into(),
                ip: if keeps_ip { ip.to_string().into() } else { "".into() },
                geo_country: place.country.into(),
                geo_region: place.region.into(),
                city: place.city.into(),
                asn: place.asn,
                isp: place.isp.into(),
                currency: campaign.currency().as_str().into(),
                decision: ClickDecision::Reported,
                query: QueryPairs(query.into_iter().collect()),
                request_id: self.request_id.into(),
                is_unique: seen.is_unique,
                is_duplicate: seen.is_duplicate,
                ..ClickEvent::default()
            },
        )
    }
}

impl Refusal {
    fn field(field: &str, error: &str) -> Self {
        Self::Fields(vec![FieldError { field: field.into(), error: error.into() }])
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message, details) = match self {
            Self::Fields(details) => {
                (StatusCode::BAD_REQUEST, "BAD_REQUEST".to_owned(), "Body validation failed.", details)
            }
            Self::Error(error) => {
                let (status, code, message) = error.parts();
                (status, code.to_uppercase(), message, Vec::new())
            }
        };
        let timestamp = Timestamp::from_millisecond(now_ms()).unwrap_or_default().to_string();
        let errors = json!({ "code": code, "message": message, "details": details, "timestamp": timestamp });
        let mut response = (status, Json(json!({ "errors": errors }))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_757_119_065_000;

    fn fields(change: serde_json::Value) -> Vec<String> {
        let mut body = json!({
            "clickId": "5dbb7845", "ad_id": "s1", "ip": "127.0.0.1", "timestamp": "2025-09-06T00:37:45Z",
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let input = match read_json::<Input>(body.to_string().as_bytes()) {
            Ok(input) => input,
            Err(error) => return vec![error.field],
        };
        match check(input, NOW_MS, 24 * MS_PER_HOUR) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.field).collect(),
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        assert_eq!(fields(json!({})), [""; 0]);
        assert_eq!(fields(json!({ "ip": "2001:db8::1", "name": "mc donalds" })), [""; 0]);
        let wrong =
            json!({ "clickId": "", "ad_id": "", "name": "\n", "ip": "1.2.3", "timestamp": "2025-09-06T1" });
        assert_eq!(fields(wrong), ["clickId", "ad_id", "name", "ip", "timestamp"]);
        assert_eq!(fields(json!({ "clickId": 7 })), ["clickId"]);
        assert_eq!(fields(json!({ "timestamp": "2025-09-05T00:37:45Z" })), ["timestamp"], "too old");
        assert_eq!(fields(json!({ "timestamp": "2025-09-05T00:37:46Z" })), [""; 0]);
        assert_eq!(fields(json!({ "timestamp": "2025-09-06T00:43:00Z" })), ["timestamp"], "ahead");
    }
}
