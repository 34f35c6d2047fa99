//! What the targets are fed with.

use proptest::{collection::vec, prelude::*, sample::select};
use rust_decimal::Decimal;
use traffoflex_conversion::{CompiledIntake, FieldError, intake::default_names, outbound::OutboundMacro};
use traffoflex_model::{
    AffiliateNetwork, Attribution, BodyType, ConversionClick, ConversionState, ConversionStatus, Currency,
    DuplicateMode, FieldNames, FoundClick, PostbackField, PostbackMethod, PostbackTemplate, SourcePostback,
    Status, StatusWord,
};

/// Values that somebody has sent, would send, or might try.
pub fn nasty() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        " ",
        "0",
        "1",
        "2",
        "5",
        "-1",
        "1.5",
        "1,5",
        "1,234.50",
        "1.234,50",
        "1 234,5",
        "1,2,3",
        "..",
        "1e9",
        "999999999999.999999",
        "99999999999999999999",
        "0.0000001",
        "NaN",
        "$12",
        "12 EUR",
        "€",
        "USD",
        "usd",
        "XXX",
        "null",
        "{payout}",
        "{{x}}",
        "${SUBID}",
        "##X##",
        "#x#",
        "[X]",
        "[[[x]]]",
        "%x%",
        "__X__",
        "{",
        "}}",
        "approved",
        "TRASH",
        "İ",
        "ß",
        "\u{0}",
        "\r\nSet-Cookie: a=b",
        "\"",
        "\\",
        "'",
        "<script>",
        "../..",
        "@evil",
        "?a=b&c=d#e",
        "\u{202e}abc",
        "\u{feff}",
        "%00",
        "%",
        "é",
        "\u{1f600}",
        "click:x",
    ]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        2 => "\\PC{0,20}",
        1 => "[\\x00-\\x7f]{0,20}",
        1 => "[0-9., '$-]{0,24}",
        1 => ("\\PC{1,4}", 1_usize..1200).prop_map(|(text, times)| text.repeat(times)),
    ]
}

fn parameter_name() -> impl Strategy<Value = String> {
    let known: Vec<&str> = PostbackField::ALL.into_iter().flat_map(default_names).copied().collect();
    prop_oneof![
        6 => select(known).prop_map(str::to_owned),
        2 => select(vec!["sub1", "PAYOUT", " cid ", "X", ""]).prop_map(str::to_owned),
        1 => "\\PC{0,10}",
    ]
}

pub fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((parameter_name(), nasty()), 0..16)
}

fn a_status() -> impl Strategy<Value = ConversionStatus> {
    select(ConversionStatus::ALL.to_vec())
}

pub fn template() -> impl Strategy<Value = PostbackTemplate> {
    let field = (select(PostbackField::ALL.to_vec()), vec(parameter_name(), 0..3))
        .prop_map(|(field, names)| FieldNames { field, names });
    let word = (nasty(), a_status()).prop_map(|(word, status)| StatusWord { word, status });
    let factor = select(vec!["1", "0.01", "0", "-1", "3.1415926535", "1000000"]);
    let currency = select(vec!["USD", "EUR", "XXQ"]);
    let ips = vec(select(vec!["192.0.2.0/24", "::/0", "x", "10.0.0.1"]).prop_map(str::to_owned), 0..3);
    (vec(field, 0..5), vec(word, 0..5), factor, currency, ips).prop_map(
        |(fields, statuses, factor, currency, allowed_ips)| PostbackTemplate {
            id: "t".into(),
            workspace_id: "w".into(),
            slug: "t".into(),
            name: "T".into(),
            status: Status::Active,
            preset: None,
            fields,
            statuses,
            default_status: None,
            default_event_type: None,
            required: Vec::new(),
            secret: None,
            allowed_ips,
            currency: currency.parse().unwrap(),
            payout_factor: factor.parse().unwrap(),
            duplicates: DuplicateMode::Update,
        },
    )
}

pub fn compiled(template: Option<&PostbackTemplate>) -> Result<CompiledIntake, Vec<FieldError>> {
    let network = AffiliateNetwork {
        id: "n".into(),
        workspace_id: "w".into(),
        slug: "net".into(),
        name: "Net".into(),
        status: Status::Active,
        template_id: None,
    };
    CompiledIntake::compile(&network, template)
}

pub fn call_url() -> impl Strategy<Value = String> {
    let names: Vec<&str> = OutboundMacro::named().into_iter().map(|(name, _)| name).collect();
    let part = prop_oneof![
        select(names.clone()).prop_map(|name| format!("{{{name}}}")),
        select(names).prop_map(|name| format!("{{raw:{name}|none}}")),
        select(vec![
            "{sub1}",
            "{query.zone}",
            "{nope}",
            "{",
            "}",
            "a=",
            "&b=",
            "/",
            "?",
            "#",
            "%",
            "é",
            " ",
            "@",
            ":"
        ])
        .prop_map(str::to_owned),
        "[a-z0-9.&=/-]{0,8}",
    ];
    let start = select(vec![
        "https://h.example/",
        "http://h.example:81?",
        "https://h.example",
        "//h",
        "https://{sub1}",
    ]);
    (start, vec(part, 0..10)).prop_map(|(start, parts)| format!("{start}{}", parts.concat()))
}

pub fn found_click(value: &str) -> FoundClick {
    let text = || value.to_owned();
    FoundClick {
        click_id: text(),
        campaign_id: text(),
        source_click_id: text(),
        subs: std::array::from_fn(|_| text()),
        utm_source: text(),
        city: text(),
        user_agent: text(),
        referrer: text(),
        query: vec![("zone".into(), text())],
        ..Default::default()
    }
}

pub fn state() -> ConversionState {
    ConversionState {
        conversion_id: "conv".into(),
        version: 1,
        created_at: 0,
        updated_at: 0,
        status: ConversionStatus::Sale,
        raw_status: String::new(),
        payout: Decimal::new(1050, 2),
        currency: Currency::USD,
        click: ConversionClick::without(Attribution::Click, ""),
        previous_status: ConversionStatus::Unmapped,
        previous_payout: Decimal::ZERO,
    }
}

pub fn post(url: String, content_type: BodyType, body: &str) -> SourcePostback {
    SourcePostback {
        id: "p".into(),
        name: "P".into(),
        status: Status::Active,
        method: PostbackMethod::Post,
        url,
        body: body.to_owned(),
        content_type,
        statuses: Vec::new(),
        event_types: Vec::new(),
        on_payout_change: false,
    }
}
