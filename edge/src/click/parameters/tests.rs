use proptest::prelude::*;

use super::*;

#[test]
fn the_contracts_order_wins_whatever_the_order_of_arrival() {
    let p = Parameters::parse("gclid=G&clickid=&external_id=E&CLICK_ID=C&cid=D");
    assert_eq!(p.id(Field::SourceClickId), "C");
    let rest: Vec<_> = p.rest.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect();
    assert_eq!(rest, [("gclid", "G"), ("external_id", "E"), ("cid", "D")], "what lost is kept");
}

#[test]
fn every_alias_of_the_contract() {
    for name in alias_names() {
        assert!(field_of(&name).is_some(), "{name}");
    }
    for name in ["sub0", "sub11", "sub01", "s0", "aff_sub1", "aff_sub6", "sub_id_11", "sub", "s", "clickids"]
    {
        assert!(field_of(name).is_none(), "{name}");
    }
    for n in 1..=10 {
        for query in [format!("sub{n}=v"), format!("s{n}=v"), format!("SUB_ID_{n}=v")] {
            assert_eq!(Parameters::parse(&query).sub(n), "v", "{query}");
        }
    }
    assert_eq!(Parameters::parse("aff_sub=a&aff_sub5=b").sub(5), "b");
}

fn alias_names() -> Vec<String> {
    let fixed = "clickid click_id external_click_id external_id externalid source_click_id cid sclid fbclid gclid ttclid yclid \
        msclkid cost cpc price bid spend currency source_id source campaign utm_source utm_medium utm_campaign utm_content \
        utm_term aff_sub aff_sub2 aff_sub3 aff_sub4 aff_sub5";
    fixed.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn unreplaced_macros_are_stored_flagged_and_no_ids() {
    for value in [
        "{clickid}",
        "{{click.id}}",
        "[CLICKID]",
        "${CLICK_ID}",
        "##ID##",
        "%click_id%",
        "__CLICKID__",
        "pre-{zone}",
    ] {
        let query = format!("clickid={value}&sub1={value}&sub2=fine");
        let p = Parameters::parse(&query);
        assert_eq!((p.id(Field::SourceClickId), p.flags.as_str()), ("", "source_click_id,sub1"), "{value}");
        assert_eq!(p.text(Field::SourceClickId), value);
    }
    for value in ["a_b", "100%", "a%25b", "[]", "{}", "__", "50%off%now", "a[1]", "{not a name}"] {
        assert_eq!(Parameters::parse(&format!("sub1={value}")).flags, "", "{value}");
    }
    let encoded = Parameters::parse("clickid=%7Bclickid%7D&gclid=G");
    assert_eq!(encoded.id(Field::SourceClickId), "G", "a real value wins over a macro");
}

#[test]
fn costs_are_decimals() {
    let cost = |text: &str| Parameters::parse(&format!("cost={text}")).cost().map(|c| c.to_string());
    for (text, expected) in [
        ("0.015", Some("0.015")),
        ("0,015", Some("0.015")),
        ("1.50", Some("1.5")),
        ("", Some("0")),
        ("{cost}", Some("0")),
        ("1000000", Some("1000000")),
        ("1000000.01", None),
        ("-1", None),
        ("0.0000001", None),
        ("1e3", None),
        ("NaN", None),
        ("1.2.3", None),
        ("12abc", None),
    ] {
        assert_eq!(cost(text).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn limits_hold_and_are_flagged() {
    let many = (0..10_000).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let p = Parameters::parse(&many);
    assert_eq!((p.rest.len(), p.flags.as_str()), (MAX_PARAMETERS, "truncated"));
    let long = format!("sub1={}&x={}&y={}", "ä".repeat(40_000), "b".repeat(5000), "c".repeat(5000));
    let p = Parameters::parse(&long);
    assert!(p.sub(1).len() <= MAX_VALUE_BYTES && p.sub(1).chars().all(|c| c == 'ä'));
    assert!(p.raw.len() <= MAX_RAW_QUERY_BYTES);
    assert!(p.rest.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>() <= MAX_REST_BYTES);
}

#[test]
fn plain_values_are_borrowed() {
    let p = Parameters::parse("sub1=abc&zone=7");
    assert!(matches!(p.values[Field::Sub(1).index()].text, Cow::Borrowed("abc")));
    assert!(matches!(&p.rest[0], (Cow::Borrowed("zone"), Cow::Borrowed("7"))));
    assert_eq!(Parameters::parse("sub1=a%20b+c%C3%28").sub(1), "a b c\u{fffd}(");
}

proptest! {
    #[test]
    fn no_query_makes_it_panic(query in "[a-z0-9&=%+{}\\[\\]#$_ÿ🦀]{0,200}|\\PC{0,100}") {
        let p = Parameters::parse(&query);
        let _ = (p.cost(), p.currency(), p.id(Field::SourceId));
    }
}

#[test]
fn a_preset_value_takes_the_place_of_the_query() {
    let mut parameters = Parameters::parse("sub1=mine&s2={macro}&sub3=same&sub10=x");
    assert_eq!(parameters.flags, "sub2");
    for (n, value) in [(1, "signed"), (2, "signed too"), (3, "same"), (4, "new")] {
        parameters.preset_sub(n, value);
    }
    let subs: Vec<&str> = (1..=10).map(|n| parameters.sub(n)).collect();
    assert_eq!(subs, ["signed", "signed too", "same", "new", "", "", "", "", "", "x"]);
    let rest: Vec<(&str, &str)> = parameters.rest.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).collect();
    assert_eq!(rest, [("sub1", "mine"), ("s2", "{macro}")]);
    assert_eq!(parameters.flags, "");
}
