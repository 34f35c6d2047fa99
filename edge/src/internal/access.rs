//! Who may ask for `/internal/*`: `Authorization: Bearer <node or operator token>`.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::any,
};
use traffoflex_telemetry::RequestId;

use crate::{
    config::NodeConfig,
    error::{self, EdgeError},
};

/// A clone is cheap.
#[derive(Clone)]
pub struct Tokens(Arc<[String]>);

impl Tokens {
    pub fn of(node: &NodeConfig) -> Self {
        let tokens = [Some(node.node_token.clone()), node.operator_token.clone()];
        Self(tokens.into_iter().flatten().collect())
    }
}

/// Routes under `/internal/` behind the tokens, and 404 for the rest of them.
pub fn guarded(routes: Router, tokens: Tokens) -> Router {
    routes
        // Whoever has no token does not learn what is there.
        .route("/internal/{*rest}", any(error::not_found))
        .layer(middleware::from_fn_with_state(tokens, require_token))
}

async fn require_token(State(tokens): State<Tokens>, request: Request, next: Next) -> Response {
    if bears_one_of(request.headers(), &tokens.0) {
        return next.run(request).await;
    }
    let request_id = request.extensions().get::<RequestId>().copied();
    let mut response = EdgeError::Unauthorized.into_response_for(request_id);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

pub fn bears_one_of(headers: &HeaderMap, tokens: &[String]) -> bool {
    let Some(shown) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().split_at_checked(7))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
        .map(|(_, token)| token)
    else {
        return false;
    };
    // All tokens are compared, so that time tells neither which one nor how far it agreed.
    tokens.iter().fold(false, |found, token| found | constant_time_eq(shown, token.as_bytes()))
}

fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && std::hint::black_box(left.iter().zip(right).fold(0, |differs, (a, b)| differs | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_token_opens() {
        let tokens = ["node-token-123456".to_owned(), "operator-token-12".to_owned()];
        let ask = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            bears_one_of(&headers, &tokens)
        };
        assert!(ask("Bearer node-token-123456"));
        assert!(ask("bearer operator-token-12"));
        for bad in
            ["", "Bearer ", "Bearer node-token-12345", "Bearer node-token-1234567", "Basic node-token-123456"]
        {
            assert!(!ask(bad), "{bad:?}");
        }
        assert!(!bears_one_of(&HeaderMap::new(), &tokens));
    }
}
