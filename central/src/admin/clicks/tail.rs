//! `GET /api/clicks/tail`: clicks as they arrive, as server-sent events.
//!
//! | event | data | when |
//! |---|---|---|
//! | `click` | a click, as in the list | it arrived |
//! | `skipped` | `{"clicks": n, "is_at_least": false}` | more arrived than a connection is sent: so many were passed over |
//!
//! Within a connection a click is sent once, and none is missed without a `skipped`: see [`window`]. Each event's id is
//! the time from which a connection that names it in `Last-Event-ID` goes on; it may send again what was sent
//! shortly before.
//!
//! A connection asks for more only when the client has taken what was sent, so that a slow one holds up itself
//! alone. It ends when its session does ([`SESSION_CHECK`]), after [`LONGEST`], when the service stops, or with
//! its client. A workspace has `CLICK_TAIL_MAX_CONNECTIONS` at once in a process; beyond: 429.

mod slots;
mod window;

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use axum::{
    Extension,
    extract::RawQuery,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::slots::Tails;
use self::{slots::Slot, window::Window};
use super::{
    filter::{ClickTailParameters, TAIL},
    item::ClickItem,
};
use crate::{
    access::{Permission, WorkspaceApp, gate::Gate},
    admin::log_query::LogQuery,
    app::App,
    error::ApiError,
    openapi::Refusals,
};

/// How often arrivals are asked for.
const POLL: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often it is asked whether the caller may still see this.
const SESSION_CHECK: Duration = Duration::from_secs(10);
/// A client comes back by itself, and its session is new then.
const LONGEST: Duration = Duration::from_secs(3600);
/// While ClickHouse cannot be asked.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(tail_clicks))
}

/// More clicks arrived than a connection is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkippedClicks {
    pub clicks: usize,
    /// There may have been more.
    pub is_at_least: bool,
}

/// Clicks as they arrive, as server-sent events.
///
/// Events `click` with a click, and `skipped` with how many were passed over because too many arrived.
/// `Last-Event-ID` goes on after that event; it may repeat what was sent shortly before.
#[utoipa::path(
    get, path = "/api/clicks/tail", tag = "logs",
    params(ClickTailParameters, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, content_type = "text/event-stream", body = ClickItem), Refusals)
)]
async fn tail_clicks(
    app: WorkspaceApp,
    Extension(gate): Extension<Gate>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Response, ApiError> {
    let query = LogQuery::parse(raw.as_deref().unwrap_or_default(), &TAIL)?;
    let last_id = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let resume_ms = last_id.map(|id| {
        let ms = id.parse::<i64>().ok().filter(|ms| *ms >= 0);
        ms.ok_or_else(|| ApiError::field("Last-Event-ID", "the id of an earlier event"))
    });
    let slot = app.click_tails.enter(&app.workspace_id).ok_or(ApiError::Busy)?;
    // What is wrong is answered as an error, not in the stream.
    let window = Window::open(&app, query, resume_ms.transpose()?).await?;
    let stop = app.click_tails.stopping();
    let tail = Tail { app, gate, headers, window, stop, _slot: slot };
    let sse = Sse::new(tail.events()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    let headers = [
        (NO_BUFFERING, HeaderValue::from_static("no")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, sse).into_response())
}

/// One connection.
struct Tail {
    app: WorkspaceApp,
    gate: Gate,
    headers: HeaderMap,
    window: Window,
    stop: CancellationToken,
    _slot: Slot,
}

impl Tail {
    fn events(mut self) -> impl Stream<Item = Result<Event, Infallible>> {
        let (began, mut checked) = (Instant::now(), Instant::now());
        async_stream::stream! {
            // The head of the answer goes with its first bytes: a client learns at once that it is connected.
            yield Ok(Event::default().comment("connected"));
            while began.elapsed() < LONGEST {
                if checked.elapsed() >= SESSION_CHECK {
                    if !self.is_still_admitted().await {
                        return;
                    }
                    checked = Instant::now();
                }
                let wait = match self.window.next(&self.app).await {
                    Ok(arrived) => {
                        let id = self.window.resume_ms().to_string();
                        if arrived.skipped > 0 || arrived.is_at_least {
                            let (clicks, is_at_least) = (arrived.skipped, arrived.is_at_least);
                            let skipped = SkippedClicks { clicks, is_at_least };
                            yield Ok(event("skipped", &id, &skipped));
                        }
                        for click in &arrived.clicks {
                            yield Ok(event("click", &id, click));
                        }
                        POLL
                    }
                    Err(error) => {
                        tracing::warn!(%error, "arriving clicks could not be read");
                        AFTER_FAILURE
                    }
                };
                if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                    return;
                }
            }
        }
    }

    /// A session that ended, a key that was taken back, a member who left or whose rights are others.
    async fn is_still_admitted(&self) -> bool {
        match self.gate.caller(&self.headers).await {
            Ok(caller) => {
                caller.workspace_id.as_ref() == Some(&self.app.workspace_id)
                    && caller.may(Permission::LogsRead)
                    && caller.masks_money == self.app.caller.masks_money
            }
            // Nobody knows while the database is away: it is asked again.
            Err(ApiError::Mongo(_)) => true,
            Err(_) => false,
        }
    }
}

fn event(name: &str, id: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name).id(id);
    // Only a map with keys that are no text could fail.
    event.json_data(data).unwrap_or_else(|_| Event::default().comment("unreadable"))
}
