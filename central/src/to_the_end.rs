//! Requests that go on when their client leaves.
//!
//! hyper drops the handler of a request whose connection ends, wherever it waits. That is right for a report, and
//! wrong for what has several steps: a code would be stored and never mailed, a lease held until it runs out, a
//! write not published. Routes behind [`run`] are handled in a task of their own; a service that stops waits for
//! them as for other requests.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use crate::{app::App, error::ApiError};

/// Middleware.
pub async fn run(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match app.begun.spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        // The service is gone before its tasks.
        Err(_) => ApiError::Busy.into_response(),
    }
}
