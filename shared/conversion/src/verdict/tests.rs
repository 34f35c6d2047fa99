use proptest::prelude::*;
use traffoflex_model::{Attribution, ClaimOutcome, ConversionClick};

use super::*;
use crate::{
    CompiledIntake, claim,
    intake::tests::{network, template},
    normalise::Arrival,
};

fn postback(status: ConversionStatus, payout: Option<&str>) -> Postback {
    Postback {
        click_id: "c".into(),
        transaction_id: "t".into(),
        key_transaction: "t".into(),
        event_type: String::new(),
        status,
        raw_status: String::new(),
        payout: payout.map(|payout| payout.parse().unwrap()),
        currency: Currency::USD,
        flags: Vec::new(),
    }
}

/// The verdicts on postbacks one after the other.
fn verdicts(mode: DuplicateMode, said: &[(ConversionStatus, Option<&str>)]) -> Vec<Verdict> {
    let mut known = None;
    let judged = said.iter().map(|(status, payout)| {
        let (verdict, next) = judge(mode, known.as_ref(), &postback(*status, *payout));
        known = Some(next);
        verdict
    });
    judged.collect()
}

use ConversionStatus::{Hold, Lead, Rejected, Sale, Unmapped};
use Verdict::{Accepted, Duplicate, Updated};

#[test]
fn a_conversion_goes_its_way_and_late_copies_undo_nothing() {
    let way = [
        (Lead, Some("0"), Accepted),
        (Lead, Some("0.00"), Duplicate),
        (Lead, None, Duplicate),
        (Sale, Some("10"), Updated),
        (Lead, Some("0"), Duplicate),
        (Lead, None, Duplicate),
        (Sale, Some("10.0"), Duplicate),
        (Rejected, None, Updated),
        (Sale, Some("10"), Updated),
        (Hold, None, Updated),
        (Sale, Some("12"), Updated),
        (Hold, None, Duplicate),
        (Unmapped, None, Updated),
    ];
    let said: Vec<_> = way.iter().map(|(status, payout, _)| (*status, *payout)).collect();
    let expected: Vec<_> = way.iter().map(|(_, _, verdict)| *verdict).collect();
    assert_eq!(verdicts(DuplicateMode::Update, &said), expected);
}

#[test]
fn a_lead_of_another_payout_is_no_late_copy() {
    let said = [(Lead, Some("1")), (Sale, Some("10")), (Lead, Some("2"))];
    assert_eq!(verdicts(DuplicateMode::Update, &said), [Accepted, Updated, Updated]);
}

#[test]
fn modes() {
    let said = [(Lead, None), (Sale, Some("1")), (Sale, Some("1"))];
    assert_eq!(verdicts(DuplicateMode::Ignore, &said), [Accepted, Duplicate, Duplicate]);
    assert_eq!(verdicts(DuplicateMode::Count, &said), [Accepted, Accepted, Accepted]);
}

#[test]
fn a_payout_stays_until_another_is_named_and_a_currency_is_part_of_it() {
    let first = postback(Sale, Some("5"));
    let (_, known) = judge(DuplicateMode::Update, None, &first);
    let (_, rejected) = judge(DuplicateMode::Update, Some(&known), &postback(Rejected, None));
    assert_eq!(rejected.current.payout, Decimal::from(5));
    let euros = Postback { currency: "EUR".parse().unwrap(), ..first.clone() };
    assert_eq!(judge(DuplicateMode::Update, Some(&known), &euros).0, Updated);
    let nothing = |currency: &str| Postback {
        payout: Some(Decimal::ZERO),
        currency: currency.parse().unwrap(),
        ..first.clone()
    };
    let (_, free) = judge(DuplicateMode::Update, None, &nothing("USD"));
    assert_eq!(judge(DuplicateMode::Update, Some(&free), &nothing("EUR")).0, Duplicate);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut known = None;
    for payout in 0..(3 * MAX_SEEN) {
        let said = postback(Sale, Some(&payout.to_string()));
        known = Some(judge(DuplicateMode::Update, known.as_ref(), &said).1);
    }
    let known = known.unwrap();
    assert_eq!(known.earlier.len() + 1, MAX_SEEN);
    let json = serde_json::to_string(&known).unwrap();
    assert_eq!(serde_json::from_str::<Known>(&json).unwrap(), known);
}

proptest! {
    /// A node that hears everything in order judges as central does.
    #[test]
    fn the_rules_are_central_s(
        words in prop::collection::vec((0_usize..5, prop::option::of(0_i64..3), any::<bool>()), 1..14),
        ignore in any::<bool>(),
    ) {
        let duplicates = if ignore { DuplicateMode::Ignore } else { DuplicateMode::Update };
        let template = traffoflex_model::PostbackTemplate { duplicates, ..template() };
        let intake = CompiledIntake::compile(&network(), Some(&template)).unwrap();
        let (mut known, mut kept) = (None, None);
        for (at, (status, payout, euro)) in words.into_iter().enumerate() {
            let postback = Postback {
                payout: payout.map(Decimal::from),
                currency: if euro { "EUR".parse().unwrap() } else { Currency::USD },
                ..postback(ConversionStatus::ALL[status], None)
            };
            let (verdict, next) = judge(duplicates, known.as_ref(), &postback);
            known = Some(next);
            let id = at.to_string();
            let arrival =
                Arrival { postback_id: &id, received_at_ms: at as i64, repeat: "", raw_payload: "{}" };
            let click = ConversionClick::without(Attribution::Pending, "c");
            let claimed = claim::apply(&mut kept, &postback.claim(&intake, arrival, click)).claimed;
            let expected = match claimed.outcome {
                ClaimOutcome::Created => Accepted,
                ClaimOutcome::Updated => Updated,
                _ => Duplicate,
            };
            prop_assert_eq!(verdict, expected, "{}: {:?} is {:?}", at, postback, claimed.outcome);
        }
    }
}
