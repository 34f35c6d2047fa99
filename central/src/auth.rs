//! Who may call what: the admin API by the bootstrap token, `/internal/` by node or operator token.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{config::AuthConfig, error::ApiError};

const API_KEY: &str = "x-api-key";

#[derive(Clone)]
pub struct Tokens(Arc<[String]>);

impl Tokens {
    pub fn admin(config: &AuthConfig) -> Self {
        Self([config.bootstrap_token.clone()].into())
    }

    pub fn internal(config: &AuthConfig) -> Self {
        Self([Some(config.node_token.clone()), config.operator_token.clone()].into_iter().flatten().collect())
    }

    fn open(&self, headers: &HeaderMap) -> bool {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.as_bytes().split_at_checked(7))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
            .map(|(_, token)| token);
        let shown = bearer.or_else(|| headers.get(API_KEY).map(|value| value.as_bytes()));
        // All tokens are compared, so that time tells neither which one nor how far it agreed.
        shown.is_some_and(|shown| {
            self.0.iter().fold(false, |open, token| open | same(shown, token.as_bytes()))
        })
    }
}

fn same(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0, |bits, (a, b)| bits | (a ^ b));
    left.len() == right.len() && std::hint::black_box(differing) == 0
}

/// Middleware.
pub async fn require(State(tokens): State<Tokens>, request: Request, next: Next) -> Response {
    if tokens.open(request.headers()) {
        next.run(request).await
    } else {
        ApiError::Unauthorized.into_response()
    }
}
