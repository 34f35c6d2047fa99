//! Claims in any order and number against a model that sorts them first.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use traffoflex_model::{
    Attribution, Claim, ClaimKind, ClaimOutcome, Claimed, ConversionClick, ConversionStatus, Currency,
    DuplicateMode,
};

use super::{Kept, MAX_SAID, MAX_VERSIONS, apply};

use ConversionStatus::{Hold, Lead, Rejected, Sale};

fn claim(id: &str, received_at: i64, status: ConversionStatus, payout: Option<i64>) -> Claim {
    Claim {
        claim_id: id.to_owned(),
        kind: ClaimKind::Postback,
        conversion_id: "c".into(),
        workspace_id: "w".into(),
        network_id: "n".into(),
        transaction_id: "t".into(),
        event_type: String::new(),
        repeat: String::new(),
        received_at,
        status,
        raw_status: status.as_str().into(),
        payout: payout.map(Decimal::from),
        currency: Currency::USD,
        duplicates: DuplicateMode::Update,
        click: ConversionClick::without(Attribution::NoClickId, ""),
        raw_payload: String::new(),
    }
}

fn attribution(of: &Claim, attribution: Attribution) -> Claim {
    Claim {
        claim_id: format!("{}{}", of.claim_id, Claim::ATTRIBUTION_SUFFIX),
        kind: ClaimKind::Attribution,
        click: ConversionClick::without(attribution, "click"),
        ..of.clone()
    }
}

fn settle<'c>(claims: impl IntoIterator<Item = &'c Claim>) -> (Kept, Vec<Claimed>) {
    let mut kept = None;
    let answers = claims.into_iter().map(|claim| apply(&mut kept, claim).claimed).collect();
    (kept.unwrap(), answers)
}

fn outcomes(claims: &[Claim]) -> Vec<ClaimOutcome> {
    settle(claims).1.into_iter().map(|claimed| claimed.outcome).collect()
}

/// Status and payout of the sorted claims, told the plain way.
fn model(claims: &[Claim]) -> (ConversionStatus, Decimal) {
    let mut sorted: Vec<&Claim> = claims.iter().filter(|claim| claim.kind == ClaimKind::Postback).collect();
    sorted.sort_by_key(|claim| (claim.received_at, claim.claim_id.clone()));
    let mut stood: Vec<(ConversionStatus, Decimal)> = Vec::new();
    for claim in sorted {
        let known = stood.last().map_or(Decimal::ZERO, |(_, payout)| *payout);
        let next = (claim.status, claim.payout.unwrap_or(known));
        let copied = |(status, payout): &(ConversionStatus, Decimal)| {
            *status == claim.status && claim.payout.is_none_or(|named| named == *payout)
        };
        if matches!(claim.status, Lead | Hold) && stood.iter().any(copied) {
            continue;
        }
        stood.push(next);
    }
    *stood.last().unwrap()
}

#[test]
fn a_conversion_goes_its_way_and_late_copies_undo_nothing() {
    let claims = [
        claim("1", 10, Lead, Some(0)),
        claim("2", 20, Sale, Some(5)),
        claim("3", 30, Sale, None),
        claim("4", 15, Lead, Some(0)),
        claim("5", 40, Lead, Some(0)),
        claim("6", 50, Rejected, None),
        claim("7", 60, Sale, Some(5)),
        claim("8", 25, Hold, Some(1)),
    ];
    use ClaimOutcome::{Created, Duplicate, Late, Updated};
    let expected = [Created, Updated, Duplicate, Duplicate, Duplicate, Updated, Updated, Late];
    assert_eq!(outcomes(&claims), expected);
    let (kept, answers) = settle(&claims);
    let held = &answers[7].state;
    assert_eq!((held.status, held.payout, held.previous_status, held.updated_at), (Hold, 1.into(), Sale, 25));
    let state = &kept.current.state;
    assert_eq!((state.version, state.status, state.payout), (4, Sale, 5.into()));
    assert_eq!((state.created_at, state.updated_at), (10, 60));
    assert_eq!((state.previous_status, state.previous_payout), (Rejected, 5.into()));
}

#[test]
fn an_older_word_that_comes_late_is_told_once() {
    let claims = [
        claim("sale, to b", 20, Sale, Some(5)),
        claim("lead, to a", 10, Lead, Some(0)),
        claim("lead, to b", 11, Lead, Some(0)),
        claim("sale, to a", 19, Sale, Some(5)),
    ];
    use ClaimOutcome::{Created, Duplicate, Late};
    assert_eq!(outcomes(&claims), [Created, Late, Duplicate, Duplicate]);
    let (kept, answers) = settle(&claims);
    let late = &answers[1].state;
    assert_eq!((late.status, late.previous_status, late.version), (Lead, ConversionStatus::Unmapped, 1));
    assert_eq!((kept.current.state.status, kept.current.state.version), (Sale, 1));
}

#[test]
fn what_could_not_be_told_is_told_once_the_click_is_known() {
    let tied = |name: &str, at, status, attribution| Claim {
        click: ConversionClick::without(attribution, "click"),
        ..claim(name, at, status, Some(5))
    };
    use ClaimOutcome::{Attributed, Created, Duplicate};
    // The later word is claimed first and looks for the click that the earlier one has found.
    let claims =
        [tied("rejected", 20, Rejected, Attribution::Pending), tied("sale", 10, Sale, Attribution::Click)];
    let (_, answers) = settle(&claims);
    assert_eq!(outcomes(&claims), [Created, Attributed]);
    let told = |claimed: &Claimed| -> Vec<(ConversionStatus, ConversionStatus)> {
        claimed.untold.iter().map(|then| (then.status, then.previous_status)).collect()
    };
    let none = ConversionStatus::Unmapped;
    assert_eq!(told(&answers[1]), [(Sale, none)]);
    assert_eq!(answers[1].untold[0].click.attribution, Attribution::Click);
    // A repeat brings the click that the first one did not name.
    let claims = [
        tied("1", 10, Sale, Attribution::NoClickId),
        tied("2", 20, Sale, Attribution::Click),
        tied("3", 30, Sale, Attribution::Click),
    ];
    let (_, answers) = settle(&claims);
    assert_eq!(outcomes(&claims), [Created, Attributed, Duplicate]);
    assert_eq!((told(&answers[1]), told(&answers[2])), (vec![(Sale, none)], vec![]));
    // An older word brings the click of a later one that named none, and a later one that of an older.
    let claims = [tied("sale", 20, Sale, Attribution::NoClickId), tied("lead", 10, Lead, Attribution::Click)];
    let (_, answers) = settle(&claims);
    assert_eq!((answers[1].outcome, told(&answers[1])), (Attributed, vec![(Lead, none), (Sale, Lead)]));
    let claims =
        [tied("sale", 20, Sale, Attribution::NoClickId), tied("lead", 10, Lead, Attribution::Pending)];
    let (_, answers) = settle(&claims);
    assert_eq!((answers[1].outcome, told(&answers[1])), (Attributed, vec![(Lead, none), (Sale, Lead)]));
    let claims =
        [tied("sale", 10, Sale, Attribution::Forged), tied("rejected", 20, Rejected, Attribution::Click)];
    let (_, answers) = settle(&claims);
    assert_eq!((answers[1].outcome, told(&answers[1])), (ClaimOutcome::Updated, vec![(Sale, none)]));
    // The first one looks for the click itself, and tells.
    let claims = [tied("1", 10, Sale, Attribution::Pending), tied("2", 20, Sale, Attribution::Click)];
    assert_eq!(told(&settle(&claims).1[1]), []);
}

#[test]
fn what_came_first_by_the_clock_still_names_the_payout() {
    let claims = [claim("sold", 20, Sale, None), claim("named", 10, Lead, Some(7))];
    assert_eq!(outcomes(&claims), [ClaimOutcome::Created, ClaimOutcome::Updated]);
    let (kept, _) = settle(&claims);
    let state = &kept.current.state;
    assert_eq!((state.status, state.payout, state.created_at, state.updated_at), (Sale, 7.into(), 20, 20));
}

#[test]
fn a_click_is_tied_once() {
    let first = claim("1", 10, Sale, Some(5));
    let pending = Claim { click: ConversionClick::without(Attribution::Pending, "click"), ..first.clone() };
    let found = attribution(&pending, Attribution::Click);
    let late = Claim {
        click: ConversionClick::without(Attribution::Click, "another"),
        ..claim("2", 20, Sale, Some(5))
    };
    use ClaimOutcome::{Attributed, Created, Duplicate};
    let claims = [pending.clone(), found.clone(), late.clone(), attribution(&late, Attribution::Click)];
    let (kept, answers) = settle(&claims);
    assert_eq!(outcomes(&claims), [Created, Attributed, Duplicate, Duplicate]);
    assert_eq!((kept.current.state.version, &*kept.current.state.click.click_id), (2, "click"));
    // A node that asks again with what it has found sees the click, whoever found it.
    assert_eq!(answers[3].state.click.attribution, Attribution::Click);
    // A postback that brings the click makes the version itself.
    assert_eq!(outcomes(&[pending, late]), [Created, Attributed]);
}

#[test]
fn ignoring_a_repeat_leaves_even_its_click_aside() {
    let first = claim("1", 10, Lead, Some(1));
    let repeat = Claim { duplicates: DuplicateMode::Ignore, ..claim("2", 20, Sale, Some(9)) };
    let (kept, answers) = settle([&first, &repeat, &repeat]);
    assert_eq!((answers[1].outcome, kept.current.state.status), (ClaimOutcome::Ignored, Lead));
    assert_eq!(answers[1], answers[2]);
}

#[test]
fn a_repeat_that_counts_is_told_to_be_a_conversion_of_its_own() {
    let counted =
        |name: &str, at| Claim { duplicates: DuplicateMode::Count, ..claim(name, at, Sale, Some(5)) };
    let claims = [counted("1", 10), counted("2", 5), counted("1", 10)];
    let (kept, answers) = settle(&claims);
    let outcomes: Vec<_> = answers.iter().map(|claimed| claimed.outcome).collect();
    assert_eq!(outcomes, [ClaimOutcome::Created, ClaimOutcome::Repeat, ClaimOutcome::Created]);
    assert_eq!((kept.current.state.version, kept.said.len()), (1, 1));
}

#[test]
fn a_late_copy_is_one_also_of_what_is_long_ago() {
    let mut claims = vec![claim("first", 0, Lead, Some(0))];
    claims.extend((1..=2 * MAX_SAID as i64).map(|at| claim(&format!("{at:03}"), at, Sale, Some(5))));
    claims.extend([claim("copy", 1000, Lead, Some(0)), claim("held", 1001, Hold, None)]);
    let (kept, answers) = settle(&claims);
    assert_eq!(answers[claims.len() - 2].outcome, ClaimOutcome::Duplicate);
    assert_eq!((kept.current.state.version, kept.current.state.status), (3, Hold));
    assert_eq!(kept.said.len(), MAX_SAID);
}

#[test]
fn payouts_are_kept_as_the_warehouse_keeps_them() {
    let fine = Claim { payout: Some("0.12345678".parse().unwrap()), ..claim("1", 10, Sale, None) };
    let same = Claim { claim_id: "2".into(), ..fine.clone() };
    assert_eq!(outcomes(&[fine.clone(), same]), [ClaimOutcome::Created, ClaimOutcome::Duplicate]);
    assert_eq!(settle([&fine]).0.current.state.payout.to_string(), "0.123457");
}

#[test]
fn another_currency_is_another_payout() {
    let euros = Claim { currency: "EUR".parse().unwrap(), ..claim("2", 20, Sale, Some(5)) };
    let claims = [claim("1", 10, Sale, Some(5)), euros];
    assert_eq!(outcomes(&claims), [ClaimOutcome::Created, ClaimOutcome::Updated]);
}

fn any_status() -> impl Strategy<Value = ConversionStatus> {
    prop::sample::select(ConversionStatus::ALL.to_vec())
}

/// Claims of one conversion, some of them with one for their click, and an order in which all of them arrive
/// at least once.
fn any_claims(most: usize) -> impl Strategy<Value = (Vec<Claim>, Vec<usize>)> {
    let postback = (0..12_i64, any_status(), prop::option::of(0..3_i64), 0..8_usize);
    prop::collection::vec(postback, 1..=most).prop_flat_map(|postbacks| {
        let mut claims = Vec::new();
        for (number, (at, status, payout, tied)) in postbacks.into_iter().enumerate() {
            let said = claim(&format!("{number:03}"), at, status, payout);
            if let Some(found) = Attribution::ALL.get(tied) {
                claims.push(attribution(&said, *found));
            }
            claims.push(said);
        }
        let count = claims.len();
        let all = Just((0..count).collect::<Vec<usize>>()).prop_shuffle();
        let again = prop::collection::vec(0..count, 0..count);
        let order = (all, again, any::<u64>()).prop_map(|(mut all, again, seed)| {
            for (n, index) in again.into_iter().enumerate() {
                all.insert((seed as usize).wrapping_mul(n + 1) % (all.len() + 1), index);
            }
            all
        });
        (Just(claims), order)
    })
}

/// Dense from 1, of one creation, and as the last of them says.
fn check_versions(answers: &[Claimed], kept: &Kept) -> Result<(), TestCaseError> {
    let made = answers.iter().filter(|claimed| claimed.outcome.is_version());
    let versions: BTreeMap<u64, &Claimed> = made.map(|claimed| (claimed.state.version, claimed)).collect();
    let last = kept.current.state.version;
    prop_assert!(versions.keys().copied().eq(1..=last), "{:?}", versions.keys());
    for (version, claimed) in &versions {
        prop_assert_eq!(claimed.outcome == ClaimOutcome::Created, *version == 1);
        prop_assert_eq!(claimed.state.created_at, kept.current.state.created_at);
        if let Some(before) = versions.get(&(version - 1)) {
            prop_assert_eq!(claimed.state.previous_status, before.state.status);
            prop_assert_eq!(claimed.state.previous_payout, before.state.payout);
            prop_assert!(claimed.state.updated_at >= before.state.updated_at);
        }
    }
    prop_assert_eq!(&versions[&last].state, &kept.current.state);
    Ok(())
}

proptest! {
    #[test]
    fn any_order_and_repetition_ends_as_if_sorted((claims, order) in any_claims(14)) {
        let (kept, answers) = settle(order.iter().map(|at| &claims[*at]));
        // Claims for a click that come before their postback say the same as it does.
        prop_assert_eq!((kept.current.state.status, kept.current.state.payout), model_of(&claims, &order));
        let known = claims.iter().map(|claim| claim.click.attribution).max_by_key(|a| super::knowledge(*a));
        prop_assert_eq!(Some(kept.current.state.click.attribution), known);
        check_versions(&answers, &kept)?;
        let mut by_claim: BTreeMap<&str, &Claimed> = BTreeMap::new();
        for claimed in &answers {
            let first = *by_claim.entry(&claimed.claim_id).or_insert(claimed);
            prop_assert_eq!(first.outcome, claimed.outcome);
            if claimed.outcome.is_version() {
                prop_assert_eq!(&first.state, &claimed.state);
            }
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_forgotten_makes_no_version((claims, order) in any_claims(200)) {
        let (kept, answers) = settle(order.iter().map(|at| &claims[*at]));
        prop_assert!(kept.said.len() <= MAX_SAID && kept.versions().count() <= MAX_VERSIONS);
        check_versions(&answers, &kept)?;
        let made: BTreeSet<&str> = answers.iter().filter(|a| a.outcome.is_version()).map(|a| &*a.claim_id).collect();
        prop_assert_eq!(made.len() as u64, kept.current.state.version);
        let mut again = Some(kept.clone());
        for claim in &claims {
            prop_assert!(!apply(&mut again, claim).changed);
        }
        prop_assert_eq!(again, Some(kept));
    }
}

/// With what a creating claim for a click says, which is then the first to be heard of its postback.
fn model_of(claims: &[Claim], order: &[usize]) -> (ConversionStatus, Decimal) {
    let mut said = claims.to_vec();
    said[order[0]].kind = ClaimKind::Postback;
    model(&said)
}
