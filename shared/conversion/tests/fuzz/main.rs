//! Fuzzing of what reads strangers' input and of what writes to strangers' servers: the normaliser, and the
//! renderer of outbound calls.
//!
//! cargo-fuzz needs a nightly compiler, and this workspace is built with one stable toolchain, on machines
//! without network. So the targets are proptest runners that go on, with new random cases each time, until
//! [`SECONDS`] have passed; inputs are put together from what is known to be nasty (aliases of fields,
//! macros of every spelling, separators of numbers, control characters, broken UTF-8) as well as from noise.
//! A failure is shrunk and printed. Without the variable each target runs for a moment, as a test among the
//! others; `make fuzz` runs them for longer.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test crate that says how far it came")]

mod inputs;

use std::time::{Duration, Instant};

use inputs::{call_url, compiled, found_click, nasty, pairs, post, state, template};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseResult, TestError, TestRunner},
};
use rust_decimal::Decimal;
use traffoflex_conversion::{
    CompiledIntake, Normalised, Postback, RawFields, amount,
    fields::{MAX_TOTAL_BYTES, REMOVED},
    normalise,
    normalise::{CUT, MAX_EVENT_TYPE_CHARS, MAX_ID_BYTES, MAX_STATUS_BYTES},
    outbound::{CompiledSourcePostback, OutboundValues},
};
use traffoflex_model::{BodyType, PostbackField};
use traffoflex_template::MAX_RENDERED_BYTES;

/// Seconds for each target.
const SECONDS: &str = "FUZZ_SECONDS";
/// Cases between two looks at the clock.
const CASES_A_ROUND: u32 = 64;

/// Of a failure and its input.
const SHOWN_CHARS: usize = 2000;
/// Values shorter than this always fit into what is rendered; a longer one may be left out as a whole.
const ALWAYS_FITS_BYTES: usize = MAX_RENDERED_BYTES / 8;

/// Runs `test` on new cases until the time is over, and says how many there were.
fn fuzz<S: Strategy>(target: &str, strategy: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let budget: f64 = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok()).unwrap_or(0.5);
    let until = Instant::now() + Duration::from_secs_f64(budget);
    let config = Config { cases: CASES_A_ROUND, failure_persistence: None, ..Config::default() };
    let mut cases = 0_u64;
    loop {
        match TestRunner::new(config.clone()).run(&strategy, &test) {
            Ok(()) => cases += u64::from(CASES_A_ROUND),
            Err(TestError::Fail(reason, input)) => {
                let (reason, input) = (reason.to_string(), format!("{input:?}"));
                let shown = |text: &str| text.chars().take(SHOWN_CHARS).collect::<String>();
                panic!("{target}: {}\nwith {}", shown(&reason), shown(&input));
            }
            Err(TestError::Abort(reason)) => panic!("{target} gave up: {reason}"),
        }
        if Instant::now() >= until {
            break;
        }
    }
    println!("{target}: {cases} cases");
}

fn holds_promises(postback: &Postback) -> TestCaseResult {
    for id in [&postback.click_id, &postback.transaction_id] {
        prop_assert!(id.len() <= MAX_ID_BYTES && !id.chars().any(char::is_control) && id.trim() == id);
    }
    prop_assert!(!postback.key_transaction.is_empty());
    prop_assert!(postback.event_type.chars().count() <= MAX_EVENT_TYPE_CHARS);
    prop_assert!(!postback.event_type.chars().any(char::is_control));
    prop_assert!(postback.raw_status.len() <= MAX_STATUS_BYTES);
    prop_assert!(amount::currency(postback.currency.as_str()).is_some());
    if let Some(payout) = postback.payout {
        prop_assert!(payout >= Decimal::ZERO && payout.scale() <= 6, "{}", payout);
        prop_assert!(payout < Decimal::from(1_000_000_000_000_u64), "{}", payout);
    }
    let known = |flag: &str| flag == CUT || PostbackField::ALL.iter().any(|field| field.as_str() == flag);
    prop_assert!(postback.flags.iter().all(|flag| known(flag)));
    Ok(())
}

fn check(fields: &RawFields, intake: &CompiledIntake) -> TestCaseResult {
    let Normalised { postback, raw_payload, .. } = normalise(fields, intake);
    prop_assert_eq!(&normalise(fields, intake).postback, &postback, "it says the same again");
    let payload: serde_json::Value = serde_json::from_str(&raw_payload).unwrap();
    for (name, value) in payload.as_object().unwrap() {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        prop_assert!(
            !intake.is_secret(name) || values.iter().all(|value| value == REMOVED),
            "{}",
            raw_payload
        );
    }
    let bytes: usize = fields.pairs().iter().map(|(name, value)| name.len() + value.len()).sum();
    prop_assert!(bytes <= MAX_TOTAL_BYTES);
    let _ = intake.access(fields, "192.0.2.1".parse().unwrap());
    match postback {
        Ok(postback) => holds_promises(&postback),
        Err(errors) => {
            let named = errors.iter().map(|error| error.field.as_str());
            prop_assert!(!errors.is_empty());
            prop_assert!(named.clone().all(|field| PostbackField::ALL.iter().any(|f| f.as_str() == field)));
            Ok(())
        }
    }
}

#[test]
fn normaliser() {
    fuzz("normaliser", (pairs(), proptest::option::of(template())), |(pairs, template)| {
        let fields: RawFields = pairs.into_iter().collect();
        match compiled(template.as_ref()) {
            Ok(intake) => check(&fields, &intake),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                check(&fields, &compiled(None).unwrap())
            }
        }
    });
}

#[test]
fn bodies_and_queries() {
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..200),
        pairs().prop_map(|pairs| {
            let members = pairs.into_iter().map(|(name, value)| (name, serde_json::Value::from(value)));
            serde_json::Value::Object(members.collect()).to_string().into_bytes()
        }),
    ];
    let intake = compiled(None).unwrap();
    fuzz("bodies and queries", bytes, |bytes| {
        if let Ok(fields) = RawFields::from_json(&bytes) {
            check(&fields, &intake)?;
        }
        check(&RawFields::from_query(&String::from_utf8_lossy(&bytes)), &intake)
    });
}

/// A value is never cut in the middle.
fn is_whole(rendered: &str, value: &str) -> bool {
    rendered == value || (rendered.is_empty() && value.len() > ALWAYS_FITS_BYTES)
}

#[test]
fn renderer() {
    fuzz("renderer", (call_url(), nasty()), |(url, value)| {
        let (click, state) = (found_click(&value), state());
        let values = OutboundValues {
            click: &click,
            campaign_slug: &value,
            campaign_name: &value,
            state: &state,
            transaction_id: &value,
            event_type: &value,
            network_id: &value,
            random: 7,
            now_ms: -1,
        };
        let form = "a={sub1}&b={transaction_id}&c=1";
        if let Ok(call) = CompiledSourcePostback::compile(&post(url, BodyType::Form, form)) {
            let request = call.render(&values);
            prop_assert!(request.url.bytes().all(|b| b.is_ascii_graphic()), "{}", request.url);
            let parsed = url::Url::parse(&request.url).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(parsed.host_str(), Some(call.host()));
            prop_assert!(parsed.username().is_empty() && parsed.password().is_none());
            let fields: Vec<_> = url::form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
            prop_assert_eq!((fields.len(), fields[2].1.as_str()), (3, "1"));
            prop_assert!(
                is_whole(&fields[0].1, &value) && is_whole(&fields[1].1, &value),
                "{}",
                request.body
            );
        }
        let json = r#"{"a":"{sub1}","b":{"c":"{event_type}"},"d":1}"#;
        let call = post("https://h.example/".into(), BodyType::Json, json);
        let request = CompiledSourcePostback::compile(&call).unwrap().render(&values);
        let body: serde_json::Value =
            serde_json::from_str(&request.body).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let texts = [body["a"].as_str(), body["b"]["c"].as_str()];
        prop_assert!(texts.iter().all(|text| text.is_some_and(|text| is_whole(text, &value))), "{}", body);
        prop_assert_eq!(&body["d"], &serde_json::Value::from(1));
        Ok(())
    });
}
