use traffoflex_model::{PostbackTemplate, StatusWord};

use super::*;
use crate::intake::tests::{names, network, template};

fn intake(template: &PostbackTemplate) -> CompiledIntake {
    CompiledIntake::compile(&network(), Some(template)).unwrap()
}

fn read(query: &str) -> Normalised {
    normalise(&RawFields::from_query(query), &CompiledIntake::compile(&network(), None).unwrap())
}

fn postback(query: &str) -> Postback {
    read(query).postback.unwrap_or_else(|errors| panic!("{query}: {errors:?}"))
}

fn wrong(query: &str) -> Vec<String> {
    let errors = read(query).postback.expect_err(query);
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn a_postback_by_the_default_names() {
    let found = postback("ClickID=c1&TXID=t1&sum=12,50&currency=eur&goal=Deposit&CNV_STATUS=Pending&other=x");
    let expected = Postback {
        click_id: "c1".into(),
        transaction_id: "t1".into(),
        key_transaction: "t1".into(),
        event_type: "deposit".into(),
        status: ConversionStatus::Lead,
        raw_status: "Pending".into(),
        payout: Some("12.5".parse().unwrap()),
        currency: "EUR".parse().unwrap(),
        flags: Vec::new(),
    };
    assert_eq!(found, expected);
}

#[test]
fn every_default_name_is_read_and_the_first_with_a_value_wins() {
    for field in PostbackField::ALL {
        let names = crate::intake::default_names(field);
        for (at, name) in names.iter().enumerate() {
            let earlier = names[..at].iter().map(|name| format!("{name}=&"));
            let later = names[at + 1..].iter().map(|name| format!("{name}=wrong&"));
            let mut query: String = later.chain(earlier).collect();
            query += &format!("{name}=5");
            let found = read(&format!("{query}&click_id=zz"));
            match field {
                PostbackField::ClickId => assert_eq!(read(&query).click_id, "5", "{query}"),
                PostbackField::TransactionId => assert_eq!(found.transaction_id, "5", "{query}"),
                PostbackField::Payout => {
                    assert_eq!(found.postback.unwrap().payout, Some(Decimal::from(5)), "{query}")
                }
                PostbackField::EventType => assert_eq!(found.postback.unwrap().event_type, "5", "{query}"),
                PostbackField::Status => assert_eq!(found.postback.unwrap().raw_status, "5", "{query}"),
                PostbackField::Secret => assert!(!found.raw_payload.contains("\"5\""), "{query}"),
                PostbackField::Currency => {}
            }
        }
    }
}

#[test]
fn without_a_status_it_is_a_sale_and_an_unmapped_one_is_kept() {
    let found = postback("cid=c");
    assert_eq!((found.status, found.raw_status.as_str()), (ConversionStatus::Sale, "approved"));
    let found = postback("cid=c&status=Wibble");
    assert_eq!((found.status, found.raw_status.as_str()), (ConversionStatus::Unmapped, "Wibble"));
    let long = postback(&format!("cid=c&status={}", "é".repeat(100)));
    assert!(long.raw_status.len() <= MAX_STATUS_BYTES && long.flags == [CUT]);
    let control = postback("cid=c&status=a%00b");
    assert_eq!(control.raw_status, "ab");
}

#[test]
fn a_template_names_maps_multiplies_and_has_defaults() {
    let template = PostbackTemplate {
        fields: vec![names(PostbackField::Payout, &["cents"]), names(PostbackField::ClickId, &["s2"])],
        statuses: vec![StatusWord { word: "1".into(), status: ConversionStatus::Lead }],
        default_status: Some("1".into()),
        default_event_type: Some(" FTD ".into()),
        currency: "EUR".parse().unwrap(),
        payout_factor: "0.01".parse().unwrap(),
        ..template()
    };
    let read = |query: &str| normalise(&RawFields::from_query(query), &intake(&template)).postback.unwrap();
    let found = read("s2=mine&cid=theirs&cents=1250&payout=9");
    assert_eq!((found.click_id.as_str(), found.payout), ("mine", Some("12.5".parse().unwrap())));
    assert_eq!((found.status, found.event_type.as_str()), (ConversionStatus::Lead, "ftd"));
    assert_eq!(found.currency.as_str(), "EUR");
    // Its own map comes before the default one, which goes on to hold for other words.
    assert_eq!(read("cid=c&status=1").status, ConversionStatus::Lead);
    assert_eq!(read("cid=c&status=PAID").status, ConversionStatus::Sale);
    // The default names still hold where its own have no value.
    assert_eq!(read("cid=theirs&payout=300").payout, Some(Decimal::from(3)));
}

#[test]
fn unreplaced_macros_are_no_values_and_flagged() {
    for spelling in
        ["{x}", "{{x}}", "[X]", "${X}", "##X##", "%25x%25", "__X__", "%23leadid%23", "[[[order_id]]]"]
    {
        let spelling = spelling.replace("##", "%23%23");
        let found = postback(&format!(
            "cid=c&txid={spelling}&payout={spelling}&status={spelling}&goal={spelling}&currency={spelling}"
        ));
        assert_eq!(found.key_transaction, "click:c", "{spelling}");
        assert_eq!((found.payout, found.currency), (None, Currency::USD), "{spelling}");
        assert_eq!((found.status, found.event_type.as_str()), (ConversionStatus::Sale, ""), "{spelling}");
        let flags = ["currency", "event_type", "payout", "status", "transaction_id"];
        assert_eq!(found.flags, flags, "{spelling}");
        assert_eq!(wrong(&format!("click_id={spelling}")), ["transaction_id"]);
    }
    // A later name may still have a value.
    let found = postback("click_id={clickid}&subid=real&txid=t");
    assert_eq!((found.click_id.as_str(), found.flags), ("real", vec!["click_id".to_owned()]));
}

#[test]
fn a_postback_that_cannot_be_told_from_others_is_unusable() {
    assert_eq!(wrong("payout=1"), ["transaction_id"]);
    let by_click = postback("cid=abc");
    assert_eq!((by_click.transaction_id.as_str(), by_click.key_transaction.as_str()), ("", "click:abc"));
    assert_eq!(postback("txid=t").click_id, "");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_logged() {
    let found = read("cid=c1&txid=t1&payout=-5&currency=BTC");
    assert_eq!((found.click_id.as_str(), found.transaction_id.as_str()), ("c1", "t1"));
    assert_eq!(wrong("cid=c1&payout=-5&currency=BTC"), ["payout", "currency"]);
    assert_eq!(wrong("cid=c&payout=abc"), ["payout"]);
    assert_eq!(wrong("cid=c&payout=1000000000000"), ["payout"]);
    assert_eq!(wrong("cid=a%00b&txid=t"), ["click_id"]);
    assert_eq!(wrong(&format!("cid=c&txid={}", "t".repeat(MAX_ID_BYTES + 1))), ["transaction_id"]);
    assert_eq!(wrong(&format!("cid=c&goal={}", "g".repeat(MAX_EVENT_TYPE_CHARS + 1))), ["event_type"]);
    assert_eq!(postback(&format!("cid={}", "c".repeat(MAX_ID_BYTES))).click_id.len(), MAX_ID_BYTES);
    assert_eq!(postback(&format!("cid=c&goal={}", "%C3%A9".repeat(64))).event_type.chars().count(), 64);
}

#[test]
fn required_fields_must_be_in_the_postback() {
    let template = PostbackTemplate {
        required: PostbackField::ALL.to_vec(),
        default_event_type: Some("e".into()),
        ..template()
    };
    let intake = intake(&template);
    let errors = |query: &str| match normalise(&RawFields::from_query(query), &intake).postback {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.field).collect::<Vec<_>>(),
    };
    let all = "click_id=c&txid=t&payout=1&currency=USD&goal=g&status=sale&key=k";
    assert_eq!(errors(all), [""; 0]);
    for (pair, field) in all.split('&').zip([
        "click_id",
        "transaction_id",
        "payout",
        "currency",
        "event_type",
        "status",
        "secret",
    ]) {
        let without = all.replace(pair, "x=1");
        // The secret is asked for before, and of nobody who imports.
        let missing: &[&str] = if field == "secret" { &[] } else { &[field] };
        assert_eq!(errors(&without), missing, "{without}");
    }
}

#[test]
fn the_currency_stands_in_a_parameter_beside_the_payout_or_in_the_template() {
    let currency = |query: &str| postback(query).currency.to_string();
    assert_eq!(currency("cid=c&payout=1 EUR&currency=gbp"), "GBP");
    assert_eq!(currency("cid=c&payout=1 EUR"), "EUR");
    assert_eq!(currency("cid=c&payout=1"), "USD");
    assert_eq!(currency("cid=c"), "USD");
}

#[test]
fn secrets_are_not_written_down() {
    let found = read("cid=c&token=t0psecret&KEY=s3cret&secret=x9x9&tx=1");
    for secret in ["t0psecret", "s3cret", "x9x9"] {
        assert!(!found.raw_payload.contains(secret), "{}", found.raw_payload);
    }
    assert!(found.raw_payload.contains("\"tx\":\"1\"") && found.postback.is_ok());
}

#[test]
fn a_claim_says_what_the_postback_said() {
    let intake = CompiledIntake::compile(&network(), None).unwrap();
    let said = postback("cid=c&goal=Deposit&payout=3");
    let arrival = Arrival { postback_id: "p", received_at_ms: 5, repeat: "", raw_payload: "{}" };
    let click = ConversionClick::without(traffoflex_model::Attribution::Pending, "c");
    let claim = said.claim(&intake, arrival, click);
    assert_eq!(claim.conversion_id, dedupe_key::conversion_id("ws-1", "net-1", "click:c", "deposit", ""));
    assert_eq!((claim.transaction_id.as_str(), claim.claim_id.as_str()), ("click:c", "p"));
    assert_ne!(claim.conversion_id, said.conversion_id(&intake, "p"));
}
