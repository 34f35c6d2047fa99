use serde_json::json;
use traffoflex_model::{
    Attribution, BodyType, Claim, ConversionClick, DuplicateMode, PostbackMethod, PostbackTemplate,
    SourcePostback, Status,
};

use super::*;
use crate::{
    claim,
    intake::tests::{network, template},
    normalise::Arrival,
    secret,
};

const NOW_MS: i64 = 1_700_000_000_000;
const HOUR_MS: i64 = 3_600_000;

fn intake(template: &PostbackTemplate) -> CompiledIntake {
    CompiledIntake::compile(&network(), Some(template)).unwrap()
}

fn click() -> FoundClick {
    FoundClick {
        click_id: "c1".into(),
        created_at: NOW_MS - HOUR_MS,
        campaign_id: "camp".into(),
        source_id: "src".into(),
        source_click_id: "ext".into(),
        ..Default::default()
    }
}

fn calls() -> Vec<CompiledSourcePostback> {
    let call = |id: &str, status| SourcePostback {
        id: id.into(),
        name: id.into(),
        status,
        method: PostbackMethod::Get,
        url: "https://source.example/?id={external_id}&sum={payout}&c={campaign_slug}".into(),
        body: String::new(),
        content_type: BodyType::Form,
        statuses: Vec::new(),
        event_types: Vec::new(),
        on_payout_change: false,
    };
    let calls = [call("p1", Status::Active), call("p2", Status::Paused)];
    calls.iter().map(|call| CompiledSourcePostback::compile(call).unwrap()).collect()
}

fn found(click: &FoundClick, window_hours: u32) -> ClickAnswer<'_> {
    ClickAnswer::Found { click, campaign_slug: "slug", campaign_name: "Name", window_hours }
}

fn ask<'a>(intake: &'a CompiledIntake, fields: &'a RawFields, click: ClickAnswer<'a>) -> Question<'a> {
    Question {
        network: "net",
        intake: Some(intake),
        fields,
        ip: Some("192.0.2.1".parse().unwrap()),
        click,
        known: None,
        source_postbacks: &[],
        now_ms: NOW_MS,
        random: 1,
    }
}

fn names(explanation: &Explanation) -> Vec<StepName> {
    explanation.steps.iter().map(|step| step.name).collect()
}

fn step(explanation: &Explanation, name: StepName) -> &Step {
    explanation.steps.iter().find(|step| step.name == name).unwrap()
}

#[test]
fn a_good_postback_is_told_to_the_call_that_would_be_sent() {
    let (intake, click, calls) = (intake(&template()), click(), calls());
    let fields = RawFields::from_query("subid=c1&tx=t1&payout=12,5&status=1&key=k");
    let question = Question { source_postbacks: &calls, ..ask(&intake, &fields, found(&click, 0)) };
    let told = explain(&question);
    assert_eq!((told.http_status, told.verdict), (200, "accepted"));
    assert!(told.steps.iter().all(|step| step.ok), "{told:#?}");
    use StepName::*;
    let all =
        [Network, Address, Secret, Fields, Status, Transaction, Click, Attribution, Conversion, Outbound];
    assert_eq!(names(&told), all);

    let fields = &step(&told, Fields).detail;
    assert_eq!(fields["parameters"]["click_id"], "subid");
    assert_eq!(fields["values"]["payout"], "12.5");
    assert!(!serde_json::to_string(&told).unwrap().contains("\"k\""), "the secret");
    let calls = &step(&told, Outbound).detail["calls"];
    let url = "https://source.example/?id=ext&sum=12.5&c=slug";
    assert_eq!((&calls[0]["due"], &calls[0]["request"]["url"]), (&json!(true), &json!(url)));
    assert_eq!((&calls[1]["due"], &calls[1]["reason"]), (&json!(false), &json!("it is paused")));

    // It is what the real way makes of it.
    let postback = normalise(question.fields, &intake).postback.unwrap();
    assert_eq!(told.conversion_id, postback.conversion_id(&intake, ""));
}

#[test]
fn an_unknown_network_ends_it() {
    let fields = RawFields::from_query("cid=c");
    let intake = intake(&template());
    let told = explain(&Question { intake: None, ..ask(&intake, &fields, ClickAnswer::NotFound) });
    assert_eq!((told.http_status, told.verdict), (404, "unknown_network"));
    assert_eq!((names(&told), told.steps[0].ok), (vec![StepName::Network], false));
}

#[test]
fn a_forbidden_postback_is_read_and_goes_no_further() {
    let secret = Some(secret::hash("s3cret", &[1; 16]));
    let allowed_ips = vec!["198.51.100.0/24".to_owned()];
    let intake = intake(&PostbackTemplate { secret, allowed_ips, ..template() });
    let fields = RawFields::from_query("cid=c&payout=1&key=wr0ng");
    let told = explain(&ask(&intake, &fields, ClickAnswer::NotFound));
    assert_eq!((told.http_status, told.verdict), (403, "forbidden"));
    assert!(!step(&told, StepName::Address).ok && !step(&told, StepName::Secret).ok);
    assert_eq!(names(&told).last(), Some(&StepName::Transaction));
    let text = serde_json::to_string(&told).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("wr0ng"), "{text}");

    let right = RawFields::from_query("cid=c&payout=1&key=s3cret");
    let question = ask(&intake, &right, ClickAnswer::NotFound);
    assert_eq!(explain(&Question { ip: None, ..question }).http_status, 200, "no address given");
}

#[test]
fn an_unusable_postback_names_its_fields() {
    let intake = intake(&template());
    let fields = RawFields::from_query("cid={clickid}&payout=abc");
    let told = explain(&ask(&intake, &fields, ClickAnswer::NotFound));
    assert_eq!((told.http_status, told.verdict), (400, "refused"));
    let errors = &step(&told, StepName::Fields).detail["errors"];
    assert_eq!((&errors[0]["field"], &errors[1]["field"]), (&json!("payout"), &json!("transaction_id")));
}

#[test]
fn what_became_of_the_click_is_told() {
    let (intake, click) = (intake(&template()), click());
    let fields = RawFields::from_query("cid=c1&status=what");
    let attribution = |answer| {
        let told = explain(&ask(&intake, &fields, answer));
        assert_eq!((told.http_status, told.verdict), (200, "accepted"));
        assert!(!step(&told, StepName::Status).ok);
        step(&told, StepName::Attribution).detail["attribution"].as_str().unwrap().to_owned()
    };
    assert_eq!(attribution(found(&click, 1)), "click");
    assert_eq!(attribution(ClickAnswer::NotFound), "pending");
    assert_eq!(attribution(ClickAnswer::Failed), "pending");
    assert_eq!(attribution(ClickAnswer::Forged), "forged");
    let old = FoundClick { created_at: NOW_MS - 2 * HOUR_MS, ..click.clone() };
    assert_eq!(attribution(found(&old, 1)), "outside_window");
    let without = RawFields::from_query("tx=t");
    let told = explain(&ask(&intake, &without, ClickAnswer::NotFound));
    assert_eq!(step(&told, StepName::Attribution).detail["attribution"], "no_click_id");
    assert_eq!(step(&told, StepName::Outbound).detail["calls"], json!([]));
}

/// What central keeps after a postback.
fn kept(intake: &CompiledIntake, query: &str, received_at_ms: i64) -> Option<Kept> {
    let postback = normalise(&RawFields::from_query(query), intake).postback.unwrap();
    let arrival = Arrival { postback_id: "p0", received_at_ms, repeat: "", raw_payload: "{}" };
    let click = ConversionClick::without(Attribution::Pending, "c1");
    let claim: Claim = postback.claim(intake, arrival, click);
    let mut kept = None;
    claim::apply(&mut kept, &claim);
    kept
}

#[test]
fn what_is_known_of_the_conversion_counts() {
    let click = click();
    let calls = calls();
    let told = |mode, query: &str| {
        let intake = intake(&PostbackTemplate { duplicates: mode, ..template() });
        let known = kept(&intake, "cid=c1&status=lead&payout=1", NOW_MS - 10);
        let fields = RawFields::from_query(query);
        let question = Question {
            known: known.as_ref(),
            source_postbacks: &calls,
            ..ask(&intake, &fields, found(&click, 0))
        };
        let told = explain(&question);
        let due = step(&told, StepName::Outbound).detail["calls"][0]["due"] == true;
        (told.verdict, due, told.conversion_id)
    };
    let (verdict, due, id) = told(DuplicateMode::Update, "cid=c1&status=sale&payout=9");
    assert_eq!((verdict, due), ("updated", true));
    let (verdict, due, _) = told(DuplicateMode::Ignore, "cid=c1&status=sale&payout=9");
    assert_eq!((verdict, due), ("duplicate", false));
    let (verdict, due, other) = told(DuplicateMode::Count, "cid=c1&status=sale&payout=9");
    assert_eq!((verdict, due), ("accepted", true));
    assert_ne!(id, other, "a conversion of its own");
}
