//! The answer that sends a visitor on.

use axum::response::{IntoResponse, Response};
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
    location: HeaderValue,
    referrer_policy: Option<HeaderValue>,
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
        let header = |text: &str| HeaderValue::from_str(text).map_err(|_| EdgeError::Internal);
        match destination.redirect() {
            RedirectType::Http302 => Ok(Self {
                location: HeaderValue::try_from(url).map_err(|_| EdgeError::Internal)?,
                referrer_policy: destination.referrer_policy().map(header).transpose()?,
            }),
        }
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let mut response = StatusCode::FOUND.into_response();
        let headers = response.headers_mut();
        headers.insert(header::LOCATION, self.location);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(policy) = self.referrer_policy {
            headers.insert(header::REFERRER_POLICY, policy);
        }
        response
    }
}
