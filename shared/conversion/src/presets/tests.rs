use std::collections::HashSet;

use traffoflex_model::{
    AffiliateNetwork, ClaimOutcome, ConversionClick, ConversionState, FoundClick, NetworkId,
};
use traffoflex_template::MacroName;

use super::*;
use crate::{
    CompiledIntake, RawFields, normalise,
    outbound::{CompiledSourcePostback, OutboundMacro, OutboundValues},
};

/// What a postback of a network says.
pub(super) struct Expected {
    pub click_id: &'static str,
    pub transaction_id: &'static str,
    pub event_type: &'static str,
    pub status: ConversionStatus,
    pub raw_status: &'static str,
    pub payout: Option<&'static str>,
    pub currency: &'static str,
}

fn intake(preset: &NetworkPreset) -> CompiledIntake {
    let network = AffiliateNetwork {
        id: NetworkId::new("n"),
        workspace_id: "w".into(),
        slug: "net".into(),
        name: "Net".into(),
        status: Status::Active,
        template_id: None,
    };
    CompiledIntake::compile(&network, Some(&preset.template("t".into(), "w".into()))).unwrap()
}

/// The postback URL as the network fills it in; `with` comes before `filled`.
fn query(preset: &NetworkPreset, filled: &[(&str, &str)], with: &[(&str, &str)]) -> String {
    let mut query = preset.postback_query.to_owned();
    for (name, value) in with.iter().chain(filled) {
        assert!(preset.postback_query.contains(name), "{name} is not in the URL");
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        query = query.replace(name, &encoded);
    }
    assert!(!query.contains(['{', '[', '#']), "not filled in: {query}");
    query
}

pub(super) fn says(
    preset: &NetworkPreset,
    filled: &[(&str, &str)],
    with: &[(&str, &str)],
    expected: Expected,
) {
    let intake = intake(preset);
    let normalised = normalise(&RawFields::from_query(&query(preset, filled, with)), &intake);
    let postback = normalised.postback.expect("usable");
    assert_eq!(postback.click_id, expected.click_id);
    assert_eq!(postback.transaction_id, expected.transaction_id);
    assert_eq!(postback.event_type, expected.event_type);
    assert_eq!((postback.status, postback.raw_status.as_str()), (expected.status, expected.raw_status));
    assert_eq!(postback.payout.map(|payout| payout.to_string()).as_deref(), expected.payout);
    assert_eq!(postback.currency.as_str(), expected.currency);
    assert_eq!(postback.flags, [""; 0]);
    if let Some((_, secret)) = filled.iter().find(|(name, _)| name.contains("password")) {
        assert!(!normalised.raw_payload.contains(secret));
    }

    // The URL as it is pasted, before the network fills it in, says nothing.
    let pasted = preset.postback_query.replace('#', "%23");
    let unfilled = normalise(&RawFields::from_query(&pasted), &intake);
    assert_eq!((unfilled.click_id.as_str(), unfilled.transaction_id.as_str()), ("", ""));
    assert!(unfilled.postback.is_err());
}

/// A sale of 12.5 EUR, of a click with an id that has to be escaped.
pub(super) fn calls(preset: &SourcePreset, expected: &str) {
    let call = CompiledSourcePostback::compile(&preset.postback("p1")).unwrap();
    let mut subs: [String; 10] = Default::default();
    subs[0] = "zone-9".into();
    let click = FoundClick { source_click_id: "src click/1".into(), subs, ..Default::default() };
    let state = ConversionState {
        conversion_id: "conv-1".into(),
        version: 1,
        created_at: 1,
        updated_at: 1,
        status: ConversionStatus::Sale,
        raw_status: "approved".into(),
        payout: "12.500000".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        click: ConversionClick::without(traffoflex_model::Attribution::Click, "c"),
        previous_status: ConversionStatus::Unmapped,
        previous_payout: Default::default(),
    };
    assert!(call.is_due(ClaimOutcome::Created, &state, ""));
    let values = OutboundValues {
        click: &click,
        campaign_slug: "slug",
        campaign_name: "Name",
        state: &state,
        transaction_id: "tx 7",
        event_type: "",
        network_id: "n",
        random: 7,
        now_ms: 1_700_000_000_000,
    };
    let request = call.render(&values);
    assert_eq!((request.url.as_str(), request.content_type), (expected, None));
}

#[test]
fn slugs_are_unique_and_found() {
    assert!(all().len() >= 20);
    let slugs: HashSet<_> = all().iter().map(Preset::slug).collect();
    assert_eq!(slugs.len(), all().len());
    for preset in all() {
        assert_eq!(find(preset.slug()).map(Preset::name), Some(preset.name()));
        let json = serde_json::to_value(preset).unwrap();
        assert!(!json["origin"].as_str().unwrap().is_empty() && json["kind"].is_string());
    }
    assert_eq!(find("nope"), None);
}

#[test]
fn networks_hand_over_our_click_id_and_keep_to_limits() {
    for preset in all() {
        let Preset::Network(preset) = preset else { continue };
        assert!(preset.offer_query.contains("={click_id}"), "{}", preset.slug);
        let ours = preset.offer_query.split(['{', '}']).skip(1).step_by(2);
        assert!(ours.into_iter().all(|name| OutboundMacro::parse(name).is_some()), "{}", preset.slug);
        assert!(
            preset
                .postback_url("https://pb.example", "net")
                .starts_with("https://pb.example/pb/net?click_id=")
        );
        assert!(preset.currency.parse::<Currency>().is_ok(), "{}", preset.slug);
    }
}

#[test]
fn sources_fill_what_a_click_reads_and_placeholders_are_explained() {
    for preset in all() {
        let Preset::Source(preset) = preset else { continue };
        assert!(preset.tracking_query.starts_with("external_id="), "{}", preset.slug);
        for pair in preset.tracking_query.split('&') {
            let name = pair.split('=').next().unwrap_or_default();
            assert!(matches!(name, "external_id" | "cost" | "sub1" | "sub2" | "sub3" | "sub4"), "{pair}");
        }
        for (placeholder, _) in preset.replace {
            assert!(preset.postback_url.contains(placeholder), "{}: {placeholder}", preset.slug);
        }
        assert_eq!(preset.postback_url.matches("REPLACE_").count(), preset.replace.len(), "{}", preset.slug);
    }
}
