use traffoflex_model::{FieldNames, Status, StatusWord};

use super::*;
use crate::secret;

pub(crate) fn network() -> AffiliateNetwork {
    AffiliateNetwork {
        id: NetworkId::new("net-1"),
        workspace_id: WorkspaceId::new("ws-1"),
        slug: "net".into(),
        name: "Net".into(),
        status: Status::Active,
        template_id: Some("t".into()),
    }
}

pub(crate) fn template() -> PostbackTemplate {
    PostbackTemplate {
        id: "t".into(),
        workspace_id: WorkspaceId::new("ws-1"),
        slug: "t".into(),
        name: "T".into(),
        status: Status::Active,
        preset: None,
        fields: Vec::new(),
        statuses: Vec::new(),
        default_status: None,
        default_event_type: None,
        required: Vec::new(),
        secret: None,
        allowed_ips: Vec::new(),
        currency: Currency::USD,
        payout_factor: Decimal::ONE,
        duplicates: DuplicateMode::Update,
    }
}

pub(crate) fn names(field: PostbackField, names: &[&str]) -> FieldNames {
    FieldNames { field, names: names.iter().map(|name| (*name).to_owned()).collect() }
}

fn compiled(template: &PostbackTemplate) -> CompiledIntake {
    CompiledIntake::compile(&network(), Some(template)).unwrap()
}

#[test]
fn without_a_template_the_default_names_and_words_hold() {
    let intake = CompiledIntake::compile(&network(), None).unwrap();
    for field in PostbackField::ALL {
        assert_eq!(intake.names(field), default_names(field));
    }
    assert_eq!((intake.currency, intake.payout_factor), (Currency::USD, Decimal::ONE));
    assert_eq!((intake.default_status.as_str(), intake.default_event_type.as_str()), ("approved", ""));
    assert_eq!(intake.duplicates, DuplicateMode::Update);
    let anybody = RawFields::from_query("a=1");
    assert_eq!(intake.access(&anybody, "203.0.113.9".parse().unwrap()), Ok(()));
}

#[test]
fn a_template_s_names_come_first_and_take_their_name_from_other_fields() {
    let fields = vec![
        names(PostbackField::TransactionId, &["Token", "CID"]),
        names(PostbackField::ClickId, &["sub1"]),
    ];
    let intake = compiled(&PostbackTemplate { fields, ..template() });
    assert_eq!(intake.names(PostbackField::TransactionId)[..3], ["token", "cid", "transaction_id"]);
    assert_eq!(intake.names(PostbackField::ClickId)[..3], ["sub1", "click_id", "clickid"]);
    assert!(!intake.names(PostbackField::ClickId).contains(&"cid".to_owned()));
    assert_eq!(intake.names(PostbackField::Secret), ["secret", "key"]);
    assert!(intake.is_secret("KEY") && !intake.is_secret("token"));
}

#[test]
fn a_secret_is_asked_for_when_there_is_one() {
    let kept = Some(secret::hash("hunter2", &[9; 16]));
    let fields = vec![names(PostbackField::Secret, &["pass"])];
    let intake = compiled(&PostbackTemplate { secret: kept, fields, ..template() });
    let ask = |query: &str| intake.access(&RawFields::from_query(query), "192.0.2.1".parse().unwrap());
    assert!(intake.asks_for_secret());
    for right in ["pass=hunter2", "PASS=hunter2", "pass=&key=hunter2", "secret=hunter2", "pass=%20hunter2%20"]
    {
        assert_eq!(ask(right), Ok(()), "{right}");
    }
    for wrong in ["", "pass=", "pass=hunter", "pass=Hunter2", "pass=wrong&key=hunter2", "other=hunter2"] {
        assert_eq!(ask(wrong), Err(Refusal::Secret), "{wrong}");
    }
}

#[test]
fn addresses_are_compared_as_what_they_are() {
    let allowed_ips = ["192.0.2.0/24", "203.0.113.7", "2001:db8::/32", "::ffff:198.51.100.0/120"]
        .map(String::from)
        .to_vec();
    let intake = compiled(&PostbackTemplate { allowed_ips, ..template() });
    assert!(intake.restricts_addresses());
    for inside in ["192.0.2.200", "::ffff:192.0.2.200", "203.0.113.7", "2001:db8:1::1", "198.51.100.3"] {
        assert_eq!(intake.address(inside.parse().unwrap()), Ok(()), "{inside}");
    }
    for outside in ["192.0.3.1", "203.0.113.8", "::ffff:203.0.113.8", "2001:db9::1", "::1", "198.51.101.3"] {
        assert_eq!(intake.address(outside.parse().unwrap()), Err(Refusal::Address), "{outside}");
    }
}

#[test]
fn a_wrong_address_is_told_before_a_wrong_secret() {
    let kept = Some(secret::hash("x", &[9; 16]));
    let allowed_ips = vec!["192.0.2.1".to_owned()];
    let intake = compiled(&PostbackTemplate { secret: kept, allowed_ips, ..template() });
    let access = |ip: &str| intake.access(&RawFields::new(), ip.parse().unwrap());
    assert_eq!(access("192.0.2.2"), Err(Refusal::Address));
    assert_eq!(access("192.0.2.1"), Err(Refusal::Secret));
}

#[test]
fn what_is_wrong_with_a_template_is_named() {
    let word = |word: &str, status| StatusWord { word: word.into(), status };
    let wrong = PostbackTemplate {
        fields: vec![names(PostbackField::Payout, &["ok", " "])],
        statuses: vec![
            word("a", ConversionStatus::Sale),
            word("A", ConversionStatus::Lead),
            word("", ConversionStatus::Lead),
            word(&"x".repeat(129), ConversionStatus::Lead),
        ],
        default_status: Some("nope".into()),
        default_event_type: Some("e".repeat(65)),
        secret: Some(traffoflex_model::SecretHash { salt: "no".into(), hash: "hex".into() }),
        allowed_ips: vec!["192.0.2.1".into(), "192.0.2.0/33".into(), "example.com".into()],
        currency: "XXQ".parse().unwrap(),
        payout_factor: Decimal::ZERO,
        ..template()
    };
    let Err(errors) = CompiledIntake::compile(&network(), Some(&wrong)) else { panic!("compiled") };
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    let expected = [
        "statuses[1].word",
        "statuses[2].word",
        "statuses[3].word",
        "default_status",
        "currency",
        "payout_factor",
        "default_event_type",
        "fields[0].names[1]",
        "secret",
        "allowed_ips[1]",
        "allowed_ips[2]",
    ];
    assert_eq!(fields, expected);
}
