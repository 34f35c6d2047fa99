//! `/internal/`: nodes and operators, by token.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::tokens;
pub use super::tokens::Tokens;
use crate::{config::AuthConfig, error::ApiError};

pub fn tokens(config: &AuthConfig) -> Tokens {
    Tokens::new([Some(config.node_token.clone()), config.operator_token.clone()].into_iter().flatten())
}

/// Middleware.
pub async fn require(State(tokens): State<Tokens>, request: Request, next: Next) -> Response {
    match tokens::shown(request.headers()) {
        Some(shown) if tokens.open(shown) => next.run(request).await,
        _ => ApiError::Unauthorized.into_response(),
    }
}
