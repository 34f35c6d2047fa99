//! The answer that sends a visitor on.

mod page;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use traffoflex_model::RedirectType;
use traffoflex_routing::{
    context::ClickContext, decide::Decision, macros::MacroValues, table::CompiledCampaign,
};

use crate::error::EdgeError;

/// A rendered URL and its macros take about this much.
const USUAL_URL_BYTES: usize = 256;

#[derive(Debug)]
pub struct Redirect {
    way: Way,
    referrer_policy: Option<HeaderValue>,
}

#[derive(Debug)]
enum Way {
    Location(HeaderValue),
    Page(String),
}

impl Redirect {
    /// Renders the decided destination; no destination is `NoRoute`.
    pub fn to(
        decision: &Decision<'_>,
        campaign: &CompiledCampaign,
        ctx: &ClickContext<'_>,
    ) -> Result<Self, EdgeError> {
        let destination = decision.destination.ok_or(EdgeError::NoRoute)?;
        let values = MacroValues {
            ctx,
            campaign,
            stream_id: decision.stream.map_or("", |stream| stream.id()),
            destination_id: destination.id(),
            random: fastrand::u64(..),
        };
        let mut url = String::with_capacity(USUAL_URL_BYTES);
        destination.url().render(&values, &mut url);
        let way = match destination.redirect() {
            RedirectType::Http302 => {
                Way::Location(HeaderValue::try_from(url).map_err(|_| EdgeError::Internal)?)
            }
            RedirectType::MetaRefresh => Way::Page(page::meta_refresh(&url)),
            RedirectType::Javascript => Way::Page(page::javascript(&url)),
            RedirectType::Interstitial => Way::Page(page::interstitial(&url)),
        };
        let header = |text: &str| HeaderValue::from_str(text).map_err(|_| EdgeError::Internal);
        Ok(Self { way, referrer_policy: destination.referrer_policy().map(header).transpose()? })
    }
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
        response
    }
}
