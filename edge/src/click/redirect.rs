//! The answer that sends a visitor on.

mod page;

use std::fmt::Write as _;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use traffoflex_model::{ClickDecision, RedirectType};
use traffoflex_routing::{
    context::ClickContext,
    decide::Decision,
    macros::{ClickMacro, MacroValues},
    table::{CompiledCampaign, CompiledDestination},
};

use crate::error::EdgeError;

/// A rendered URL and its macros take about this much.
const USUAL_URL_BYTES: usize = 256;

#[derive(Debug)]
pub struct Redirect {
    way: Way,
    referrer_policy: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
}

#[derive(Debug)]
enum Way {
    Location(HeaderValue),
    Page(String),
}

impl Redirect {
    /// Renders the decided destination; none is the error that the decision stands for. `amend` may add to the
    /// query of the URL of a destination on this host.
    pub fn to(
        decision: &Decision<'_>,
        campaign: &CompiledCampaign,
        ctx: &ClickContext<'_>,
        amend: impl FnOnce(&str, &CompiledDestination, &mut String),
    ) -> Result<Self, EdgeError> {
        let destination = decision.destination.ok_or(match decision.decision {
            ClickDecision::Blocked => EdgeError::blocked(decision.rejection),
            ClickDecision::TrafficbackLimit => EdgeError::TrafficbackLimit,
            _ => EdgeError::NoRoute,
        })?;
        let values = MacroValues {
            ctx,
            campaign,
            stream_id: decision.stream.map_or("", |stream| stream.id()),
            destination_id: destination.id(),
            random: fastrand::u64(..),
        };
        let mut url = String::with_capacity(USUAL_URL_BYTES);
        destination.url().render(&values, &mut url);
        let is_landing = decision.landing.is_some() && decision.decision == ClickDecision::Routed;
        if is_landing && !destination.url().has(&ClickMacro::ClickId) {
            append_to_query(&mut url, "cid", ctx.click_id);
        }
        amend(destination.url().host(), destination, &mut url);
        let way = match destination.redirect() {
            RedirectType::Http302 => {
                Way::Location(HeaderValue::try_from(url).map_err(|_| EdgeError::Internal)?)
            }
            RedirectType::MetaRefresh => Way::Page(page::meta_refresh(&url)),
            RedirectType::Javascript => Way::Page(page::javascript(&url)),
            RedirectType::Interstitial => Way::Page(page::interstitial(&url)),
        };
        let header = |text: &str| HeaderValue::from_str(text).map_err(|_| EdgeError::Internal);
        let referrer_policy = destination.referrer_policy().map(header).transpose()?;
        Ok(Self { way, referrer_policy, cookie: None })
    }

    pub fn set_cookie(&mut self, cookie: Option<HeaderValue>) {
        self.cookie = cookie;
    }
}

/// Adds to the query what needs no encoding.
pub fn append_to_query(url: &mut String, name: &str, value: &str) {
    let fragment = url.find('#').map(|at| url.split_off(at));
    let separator = if url.contains('?') { '&' } else { '?' };
    let _ = write!(url, "{separator}{name}={value}");
    url.push_str(fragment.as_deref().unwrap_or_default());
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let mut response = match self.way {
            Way::Location(url) => {
                let mut response = StatusCode::FOUND.into_response();
                response.headers_mut().insert(header::LOCATION, url);
                response
            }
            Way::Page(page) => Html(page).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(policy) = self.referrer_policy {
            headers.insert(header::REFERRER_POLICY, policy);
        }
        if let Some(cookie) = self.cookie {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }
}
