//! How clients are told of their budget: `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use super::{Allowance, Exhausted};

static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

impl Allowance {
    pub fn tell(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(LIMIT.clone(), HeaderValue::from(self.limit));
        headers.insert(REMAINING.clone(), HeaderValue::from(self.remaining));
        headers.insert(RESET.clone(), HeaderValue::from(self.reset_s));
        response
    }
}

impl Exhausted {
    pub fn tell(&self, response: Response) -> Response {
        let mut response = self.allowance.tell(response);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_s));
        response
    }
}
