//! `POST /internal/v1/conversions`: see [`traffoflex_wire::conversion`] and [`traffoflex_conversion::claim`].

mod check;
mod settle;

use std::collections::HashSet;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    routing::post,
};
use serde::Deserialize;
use serde_json::Value;
use traffoflex_model::{Claim, NodeId};
use traffoflex_wire::conversion::{ClaimAnswers, ClaimBatch, MAX_BODY_BYTES, MAX_CLAIMS, PATH, RefusedClaim};

use crate::{app::App, error::ApiError};

pub fn routes() -> Router<App> {
    Router::new().route(PATH, post(conversions)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn conversions(State(app): State<App>, body: Bytes) -> Result<Json<ClaimAnswers>, ApiError> {
    // A thousand claims take a while to read.
    let (claims, mut refused) = tokio::task::block_in_place(|| read(&body))?;
    let workspaces: HashSet<String> =
        app.publisher.inspect(|view| view.state.workspaces.keys().cloned().collect()).await;
    let mut usable = Vec::with_capacity(claims.len());
    for claim in claims {
        match check::check(&claim, &workspaces) {
            Ok(()) => usable.push(claim),
            Err(error) => {
                refused.push(RefusedClaim { claim_id: claim.claim_id, error: error.to_string() });
            }
        }
    }
    let settled = settle::settle(&app.catalog, &usable, &mut refused).await?;
    for claimed in &settled {
        metrics::counter!("traffoflex_claims_total", "outcome" => claimed.outcome.as_str()).increment(1);
    }
    metrics::counter!("traffoflex_claims_refused_total").increment(refused.len() as u64);
    Ok(Json(ClaimAnswers { settled, refused }))
}

/// The batch, or when some of its claims cannot be read, those that can.
fn read(body: &[u8]) -> Result<(Vec<Claim>, Vec<RefusedClaim>), ApiError> {
    let not_json =
        |error: serde_json::Error| ApiError::field("body", format!("not a batch of claims: {error}"));
    let (claims, refused) = match serde_json::from_slice::<ClaimBatch>(body) {
        Ok(batch) => (batch.claims, Vec::new()),
        Err(_) => one_by_one(serde_json::from_slice(body).map_err(not_json)?)?,
    };
    if claims.len() + refused.len() > MAX_CLAIMS {
        return Err(ApiError::field("claims", format!("at most {MAX_CLAIMS}")));
    }
    Ok((claims, refused))
}

/// A batch of which the claims are not read yet.
#[derive(Deserialize)]
struct Unread {
    #[serde(rename = "node_id")]
    _node_id: NodeId,
    claims: Vec<Value>,
}

fn one_by_one(batch: Unread) -> Result<(Vec<Claim>, Vec<RefusedClaim>), ApiError> {
    let (mut claims, mut refused) = (Vec::new(), Vec::new());
    for (i, claim) in batch.claims.into_iter().enumerate() {
        let claim_id = claim["claim_id"].as_str().map(str::to_owned);
        match (serde_json::from_value(claim), claim_id) {
            (Ok(claim), _) => claims.push(claim),
            (Err(error), Some(claim_id)) => refused.push(RefusedClaim { claim_id, error: error.to_string() }),
            // There is no name by which to refuse it.
            (Err(error), None) => return Err(ApiError::field(format!("claims[{i}]"), error.to_string())),
        }
    }
    Ok((claims, refused))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_that_cannot_be_read_is_refused_alone() {
        let body = |claims: Value| json!({ "node_id": "n1", "claims": claims }).to_string().into_bytes();
        let good = serde_json::to_value(check::tests::claim()).unwrap();
        let mut strange = good.clone();
        strange["status"] = "of tomorrow".into();
        let (claims, refused) = read(&body(json!([good, strange]))).unwrap();
        assert_eq!((claims.len(), refused.len()), (1, 1));
        assert_eq!(refused[0].claim_id, good["claim_id"]);
        assert!(read(&body(json!([{}]))).is_err());
        assert!(read(&body(vec![good; MAX_CLAIMS + 1].into())).is_err());
    }
}
