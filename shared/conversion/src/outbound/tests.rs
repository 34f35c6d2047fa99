use proptest::prelude::*;
use traffoflex_model::{Attribution, ConversionClick, ConversionEvent, Currency, FoundClick};
use traffoflex_template::MacroName;

use super::*;

fn call() -> SourcePostback {
    SourcePostback {
        id: "p1".into(),
        name: "Sales".into(),
        status: Status::Active,
        method: PostbackMethod::Get,
        url: "https://source.example/pb?id={external_id}".into(),
        body: String::new(),
        content_type: BodyType::Form,
        statuses: Vec::new(),
        event_types: Vec::new(),
        on_payout_change: false,
    }
}

fn state(status: ConversionStatus, previous: ConversionStatus) -> ConversionState {
    ConversionState {
        conversion_id: "conv".into(),
        version: 2,
        created_at: 1,
        updated_at: 2,
        status,
        raw_status: "raw".into(),
        payout: "10.500000".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        click: ConversionClick::without(Attribution::Click, "click"),
        previous_status: previous,
        previous_payout: "10.5".parse().unwrap(),
    }
}

fn click() -> FoundClick {
    let mut subs: [String; 10] = Default::default();
    subs[0] = "s1".into();
    subs[9] = "s&10".into();
    FoundClick {
        click_id: "click".into(),
        campaign_id: "camp".into(),
        source_click_id: "ext".into(),
        source_id: "src".into(),
        subs,
        geo_country: "DE".into(),
        asn: 64496,
        cost: "0.1000".parse().unwrap(),
        currency: "USD".into(),
        query: vec![("Zone".into(), "z 1".into())],
        ..Default::default()
    }
}

fn values<'a>(click: &'a FoundClick, state: &'a ConversionState) -> OutboundValues<'a> {
    OutboundValues {
        click,
        campaign_slug: "slug",
        campaign_name: "My campaign",
        state,
        transaction_id: "tx/1",
        event_type: "deposit",
        network_id: "net",
        random: 42,
        now_ms: 1_700_000_000_123,
    }
}

fn rendered(url: &str, status: ConversionStatus) -> String {
    let call = CompiledSourcePostback::compile(&SourcePostback { url: url.into(), ..call() }).unwrap();
    let (click, state) = (click(), state(status, ConversionStatus::Lead));
    call.render(&values(&click, &state)).url
}

fn errors(call: &SourcePostback) -> Vec<String> {
    let errors = CompiledSourcePostback::compile(call).expect_err("compiled");
    errors.into_iter().map(|error| error.field).collect()
}

use ClaimOutcome::{Attributed, Created, Duplicate, Ignored, Late, Updated};
use ConversionStatus::{Lead, Rejected, Sale, Unmapped};

#[test]
fn a_call_is_due_when_its_status_is_entered() {
    let due = |call: &SourcePostback, outcome, status, previous| {
        CompiledSourcePostback::compile(call).unwrap().is_due(outcome, &state(status, previous), "Deposit")
    };
    let sales = call();
    assert!(due(&sales, Created, Sale, Unmapped));
    assert!(due(&sales, Updated, Sale, Lead));
    assert!(due(&sales, Late, Sale, Lead), "it held for a while");
    assert!(!due(&sales, Created, Lead, Unmapped), "no statuses named: sales alone");
    assert!(!due(&sales, Updated, Sale, Sale), "only the payout changed");
    for nothing_new in [Duplicate, Ignored, Attributed] {
        assert!(!due(&sales, nothing_new, Sale, Lead), "{nothing_new:?}");
    }
    let both = SourcePostback { statuses: vec![Lead, Rejected, Unmapped], ..call() };
    assert!(due(&both, Created, Lead, Unmapped) && due(&both, Updated, Rejected, Sale));
    assert!(due(&both, Created, Unmapped, Unmapped) && !due(&both, Updated, Sale, Lead));

    let deposits = SourcePostback { event_types: vec!["DEPOSIT".into()], ..call() };
    assert!(due(&deposits, Created, Sale, Unmapped));
    let others = SourcePostback { event_types: vec!["reg".into()], ..call() };
    assert!(!due(&others, Created, Sale, Unmapped));
    assert!(!due(&SourcePostback { status: Status::Paused, ..call() }, Created, Sale, Unmapped));
}

#[test]
fn a_change_of_the_payout_is_told_where_it_is_asked_for() {
    let call = SourcePostback { on_payout_change: true, ..call() };
    let call = CompiledSourcePostback::compile(&call).unwrap();
    let mut changed = state(Sale, Sale);
    assert!(!call.is_due(Updated, &changed, ""));
    changed.previous_payout = "3".parse().unwrap();
    assert!(call.is_due(Updated, &changed, ""));
    changed.status = Lead;
    assert!(!call.is_due(Updated, &changed, ""));
}

#[test]
fn every_macro_says_what_it_is_called() {
    let url = "https://s.example/{conversion_id}/{click_id}?a={source_click_id}&b={campaign_slug}&c={campaign_name}\
               &d={sub1}&e={SUB10}&f={query.zone}&g={country}&h={asn}&i={cost}&j={currency}&k={payout}&l={revenue}\
               &m={status}&n={event_type}&o={transaction_id}&p={network_id}&q={timestamp}&r={timestamp_ms}&s={random}\
               &t={city|nowhere}&u={source_id}&v={campaign_id}";
    let expected = "https://s.example/conv/click?a=ext&b=slug&c=My%20campaign&d=s1&e=s%2610&f=z%201&g=DE&h=64496&i=0.1\
                    &j=EUR&k=10.5&l=10.5&m=sale&n=deposit&o=tx%2F1&p=net&q=1700000000&r=1700000000123&s=42&t=nowhere\
                    &u=src&v=camp";
    assert_eq!(rendered(url, Sale), expected);
    assert_eq!(rendered("https://s.example/{payout}/{revenue}", Rejected), "https://s.example/10.5/0");
    assert_eq!(
        rendered("https://s.example/{clickid}{subid}{externalid}", Sale),
        "https://s.example/clickclickext"
    );
    // What a click can say elsewhere, it can say here.
    for (name, _) in OutboundMacro::named() {
        assert!(OutboundMacro::parse(&name.to_uppercase()).is_some());
    }
    assert!(OutboundMacro::parse("sub11").is_none() && OutboundMacro::parse("payouts").is_none());
}

#[test]
fn a_post_has_a_body_in_its_own_language() {
    let json = SourcePostback {
        method: PostbackMethod::Post,
        content_type: BodyType::Json,
        body: r#"{"id":"{external_id}","sum":"{payout}","deep":{"s":"{sub10}"}}"#.into(),
        ..call()
    };
    let (click, state) = (click(), state(Sale, Lead));
    let request = CompiledSourcePostback::compile(&json).unwrap().render(&values(&click, &state));
    assert_eq!(request.content_type, Some("application/json"));
    assert_eq!(request.body, r#"{"id":"ext","sum":"10.5","deep":{"s":"s&10"}}"#);
    let form = SourcePostback { content_type: BodyType::Form, body: "s={sub10}&x=1".into(), ..json };
    let request = CompiledSourcePostback::compile(&form).unwrap().render(&values(&click, &state));
    assert_eq!((request.body.as_str(), request.method), ("s=s%2610&x=1", PostbackMethod::Post));
    let get = CompiledSourcePostback::compile(&call()).unwrap().render(&values(&click, &state));
    assert_eq!((get.content_type, get.body.as_str()), (None, ""));
}

#[test]
fn what_is_wrong_with_a_call_is_named() {
    assert_eq!(errors(&SourcePostback { url: "ftp://x/".into(), ..call() }), ["url"]);
    assert_eq!(errors(&SourcePostback { url: "https://{sub1}.example/".into(), ..call() }), ["url"]);
    assert_eq!(
        errors(&SourcePostback { url: "https://x.example/{nope}{no}".into(), ..call() }),
        ["url", "url"]
    );
    assert_eq!(errors(&SourcePostback { body: "a=1".into(), ..call() }), ["body"]);
    let post = |content_type, body: &str| SourcePostback {
        method: PostbackMethod::Post,
        content_type,
        body: body.into(),
        ..call()
    };
    assert_eq!(errors(&post(BodyType::Form, "a={nope}")), ["body"]);
    assert_eq!(errors(&post(BodyType::Form, "a={sub1")), ["body"]);
    assert_eq!(errors(&post(BodyType::Json, r#"{"a":{payout}}"#)), ["body"]);
    assert_eq!(errors(&post(BodyType::Json, "a=1")), ["body"]);
    assert_eq!(errors(&post(BodyType::Form, &"a".repeat(SourcePostback::MAX_BODY_BYTES + 1))), ["body"]);
    assert!(CompiledSourcePostback::compile(&post(BodyType::Json, "")).is_ok());
}

#[test]
fn a_key_is_of_one_postback_and_one_target() {
    assert_eq!(idempotency_key("pb", "p1"), "pb.p1");
}

#[test]
fn a_webhook_tells_the_whole_conversion() {
    let event = ConversionEvent {
        created_at: 1_700_000_000_000,
        updated_at: 1_700_000_001_500,
        conversion_id: "conv".into(),
        version: 3,
        click_id: "click".into(),
        transaction_id: "tx".into(),
        workspace_id: "w".into(),
        campaign_id: "camp".into(),
        stream_id: "stream".into(),
        destination_id: "dest".into(),
        source_id: "src".into(),
        network_id: "net".into(),
        offer_id: "dest".into(),
        event_type: "deposit".into(),
        status: Sale,
        raw_status: "1".into(),
        payout: "12.340000".parse().unwrap(),
        currency: Currency::USD.to_string().into(),
        attribution: Attribution::Click,
        raw_payload: "{\"cid\":\"click\"}".into(),
        clicked_at: 0,
        postback_id: "pb".into(),
    };
    let body: serde_json::Value = serde_json::from_str(&webhook_body(&event, 1_700_000_002_000)).unwrap();
    assert_eq!(body["type"], "conversion");
    assert_eq!(body["timestamp"], "2023-11-14T22:13:22.000Z");
    let data = &body["data"];
    assert_eq!((&data["payout"], &data["currency"]), (&"12.34".into(), &"USD".into()));
    assert_eq!(data["updated_at"], "2023-11-14T22:13:21.500Z");
    assert_eq!((&data["status"], &data["attribution"]), (&"sale".into(), &"click".into()));
    assert!(data["clicked_at"].is_null());
    // A field of the event that the webhook lacks is one that somebody added and forgot here.
    for (field, _) in serde_json::to_value(&event).unwrap().as_object().unwrap() {
        assert!(data.get(field).is_some(), "{field}");
    }
}

proptest! {
    #[test]
    fn no_value_can_leave_its_parameter_or_the_host(value in "\\PC{0,40}|[\\x00-\\x7f]{0,40}", n in 1_u8..=10) {
        let url = format!("https://source.example:8443/pb/{{sub{n}}}?v={{sub{n}}}&w={{raw:sub{n}}}&x=1");
        let call = CompiledSourcePostback::compile(&SourcePostback { url, ..call() }).unwrap();
        let mut click = click();
        click.subs[usize::from(n - 1)] = value.clone();
        let state = state(Sale, Lead);
        let request = call.render(&values(&click, &state));
        prop_assert!(request.url.bytes().all(|b| b.is_ascii_graphic()));
        let url = url::Url::parse(&request.url).unwrap();
        prop_assert_eq!((url.host_str(), url.port()), (Some("source.example"), Some(8443)));
        prop_assert_eq!(url.query_pairs().next().unwrap(), ("v".into(), value.into()));
    }
}
