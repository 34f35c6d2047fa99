//! Whether a claim can be settled at all. One that cannot is refused by itself, so that it holds up no other.

use std::collections::HashSet;

use rust_decimal::Decimal;
use traffoflex_model::Claim;

use crate::catalog::conversions::transaction_of;

/// Of any one text, in bytes; what is longer was cut or refused where it came in.
const MAX_TEXT_BYTES: usize = 2048;
/// Of an id that we have made ourselves, in bytes.
const MAX_ID_BYTES: usize = 128;
/// What `Decimal(18, 6)` holds, excluded.
const PAYOUT_LIMIT: i64 = 1_000_000_000_000;
/// 1970 to 2199, UTC milliseconds: what the warehouse can store.
const TIMES_MS: std::ops::Range<i64> = 0..7_258_118_400_000;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{0}: 1 to {MAX_ID_BYTES} bytes")]
    Id(&'static str),
    #[error("{0}: at most {MAX_TEXT_BYTES} bytes")]
    TooLong(&'static str),
    #[error("there is no such workspace")]
    Workspace,
    #[error("it names neither a transaction nor a click")]
    Nameless,
    #[error("payout: less than {PAYOUT_LIMIT} either way")]
    Payout,
    #[error("received_at: from 1970 to 2199")]
    Time,
}

pub(super) fn check(claim: &Claim, workspaces: &HashSet<String>) -> Result<(), Unusable> {
    let ids = [
        ("claim_id", &*claim.claim_id),
        ("conversion_id", &*claim.conversion_id),
        ("network_id", claim.network_id.as_str()),
    ];
    if let Some((name, _)) = ids.iter().find(|(_, id)| !(1..=MAX_ID_BYTES).contains(&id.len())) {
        return Err(Unusable::Id(name));
    }
    let click = &claim.click;
    let texts = [
        ("transaction_id", &*claim.transaction_id),
        ("event_type", &*claim.event_type),
        ("repeat", &*claim.repeat),
        ("raw_status", &*claim.raw_status),
        ("click_id", &*click.click_id),
        ("campaign_id", click.campaign_id.as_str()),
        ("stream_id", click.stream_id.as_str()),
        ("destination_id", click.destination_id.as_str()),
        ("source_id", click.source_id.as_str()),
    ];
    if let Some((name, _)) = texts.iter().find(|(_, text)| text.len() > MAX_TEXT_BYTES) {
        return Err(Unusable::TooLong(name));
    }
    if !workspaces.contains(claim.workspace_id.as_str()) {
        return Err(Unusable::Workspace);
    }
    if transaction_of(claim).is_empty() {
        return Err(Unusable::Nameless);
    }
    if claim.payout.is_some_and(|payout| payout.abs() >= Decimal::from(PAYOUT_LIMIT)) {
        return Err(Unusable::Payout);
    }
    if !TIMES_MS.contains(&claim.received_at) || !TIMES_MS.contains(&click.clicked_at) {
        return Err(Unusable::Time);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use traffoflex_model::{
        Attribution, ClaimKind, ConversionClick, ConversionStatus, Currency, DuplicateMode,
    };

    use super::*;

    fn known() -> HashSet<String> {
        HashSet::from(["w1".to_owned()])
    }

    pub fn claim() -> Claim {
        Claim {
            claim_id: "p1".into(),
            kind: ClaimKind::Postback,
            conversion_id: "c1".into(),
            workspace_id: "w1".into(),
            network_id: "n1".into(),
            transaction_id: "t1".into(),
            event_type: "Deposit".into(),
            repeat: String::new(),
            received_at: 1_790_000_000_000,
            status: ConversionStatus::Sale,
            raw_status: "approved".into(),
            payout: Some(Decimal::ONE),
            currency: Currency::USD,
            duplicates: DuplicateMode::Update,
            click: ConversionClick::without(Attribution::NoClickId, ""),
            raw_payload: String::new(),
        }
    }

    #[test]
    fn what_can_never_be_settled_says_why() {
        assert_eq!(check(&claim(), &known()), Ok(()));
        let click = ConversionClick::without(Attribution::Pending, "click");
        let by_click = Claim { transaction_id: String::new(), click, ..claim() };
        assert_eq!(check(&by_click, &known()), Ok(()));
        let cases = [
            (Claim { claim_id: String::new(), ..claim() }, Unusable::Id("claim_id")),
            (Claim { conversion_id: "c".repeat(129), ..claim() }, Unusable::Id("conversion_id")),
            (Claim { transaction_id: "t".repeat(2049), ..claim() }, Unusable::TooLong("transaction_id")),
            (Claim { workspace_id: "w2".into(), ..claim() }, Unusable::Workspace),
            (Claim { transaction_id: String::new(), ..claim() }, Unusable::Nameless),
            (Claim { payout: Some((-PAYOUT_LIMIT).into()), ..claim() }, Unusable::Payout),
            (Claim { received_at: -1, ..claim() }, Unusable::Time),
        ];
        for (claim, expected) in cases {
            assert_eq!(check(&claim, &known()), Err(expected));
        }
    }
}
