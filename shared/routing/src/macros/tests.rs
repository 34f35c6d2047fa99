use std::borrow::Cow;

use proptest::prelude::*;
use url::Url;

use traffoflex_template::SyntaxError;

use super::*;
use crate::table::tests::campaign;

fn render(template: &str, ctx: &ClickContext<'_>) -> String {
    let mut out = String::new();
    let campaign = campaign("c1");
    let values = MacroValues { ctx, campaign: &campaign, stream_id: "s1", destination_id: "d1", random: 42 };
    UrlTemplate::parse(template).unwrap().render(&values, &mut out);
    out
}

#[test]
fn without_values_only_defaults_are_left() {
    let template = UrlTemplate::parse("https://offer.example/{sub1}?c={click_id}&s={sub2|no/ne}").unwrap();
    assert_eq!(template.without_values(), "https://offer.example/?c=&s=no%2Fne");
}

#[test]
fn every_macro_of_the_contract_is_known() {
    let names = "click_id clickid subid source_click_id external_id externalid campaign_id campaign_slug campaign_name \
        stream_id destination_id source_id sub1 sub10 utm_source utm_medium utm_campaign utm_content utm_term country \
        region city isp asn device_type os browser language ip user_agent referrer cost currency timestamp \
        timestamp_ms random query.zone";
    for name in names.split_whitespace() {
        let template = UrlTemplate::parse(&format!("https://o.example/?v={{{name}}}")).unwrap();
        assert!(template.unknown_macros().is_empty(), "{name}");
    }
    let unknown = UrlTemplate::parse("https://o.example/?v={nope}&w={sub11}").unwrap();
    assert_eq!(unknown.unknown_macros(), ["nope", "sub11"]);
}

#[test]
fn values_defaults_and_raw() {
    let query = [(Cow::Borrowed("zone"), Cow::Borrowed("a b"))];
    let mut ctx =
        ClickContext { click_id: "CID", created_at_ms: 1_500_999, query: &query, ..Default::default() };
    ctx.subs[0] = "x&y=ü/";
    assert_eq!(
        render("https://o.example/{sub1}?c={CLICKID}&z={query.zone}&n={sub2|none}&u={nope}&e={sub3}", &ctx),
        "https://o.example/x%26y%3D%C3%BC%2F?c=CID&z=a%20b&n=none&u=&e="
    );
    assert_eq!(render("https://o.example/?r={raw:sub1}", &ctx), "https://o.example/?r=x&y=%C3%BC/");
    assert_eq!(
        render(
            "https://o.example/?t={timestamp}-{timestamp_ms}&d={destination_id}&r={random}&cost={cost}",
            &ctx
        ),
        "https://o.example/?t=1500-1500999&d=d1&r=42&cost=0"
    );
}

#[test]
fn what_could_lead_elsewhere_is_refused() {
    for (template, error) in [
        ("https://{sub1}.example/", TemplateError::MacroInHost),
        ("https://{raw:sub1}/", TemplateError::MacroInHost),
        ("https://o.example{sub1}", TemplateError::MacroInHost),
        ("https://o.example:{sub1}/", TemplateError::MacroInHost),
        ("https:///{raw:sub1}", TemplateError::NoHost),
        ("https://?{raw:sub1}", TemplateError::NoHost),
        ("{sub1}://o.example/", TemplateError::Scheme),
        ("javascript:alert(1)", TemplateError::Scheme),
        ("//o.example/", TemplateError::Scheme),
        ("https://user:pw@o.example/", TemplateError::UserInfo),
        ("https://o.example\\@evil.example/", TemplateError::Illegal),
        ("https://o.example/a b", TemplateError::Illegal),
        ("https://o.example/\r\nX: y", TemplateError::Illegal),
        ("https://o.example/{sub1", TemplateError::Syntax(SyntaxError::Unclosed(18))),
        ("https://o.example/sub1}", TemplateError::Syntax(SyntaxError::Unopened(22))),
        ("https://o.example/{a{b}}", TemplateError::Syntax(SyntaxError::Unclosed(18))),
        ("https://ö.example/", TemplateError::HostNotAscii),
    ] {
        assert_eq!(UrlTemplate::parse(template), Err(error), "{template}");
    }
    for bad in ["https://", "https:///path", "https://o.example:99999/", "http://[::1/"] {
        assert!(UrlTemplate::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_rendered_url_is_bounded() {
    let long = "ü".repeat(10_000);
    let mut ctx = ClickContext { click_id: "CID", ..Default::default() };
    ctx.subs[0] = &long;
    assert_eq!(render("https://o.example/?s={sub1}&c={click_id}", &ctx), "https://o.example/?s=&c=CID");
}

proptest! {
    #[test]
    fn no_value_changes_where_a_click_goes(value in "\\PC{0,60}|[\\x00-\\x7f]{0,60}", default in "[a-z./:@#?&=-]{0,12}") {
        let ctx = ClickContext { subs: [value.as_str(); 10], user_agent: &value, ..Default::default() };
        for template in [
            format!("https://o.example:8443/p/{{raw:sub1|{default}}}/{{sub2}}?a={{sub3|{default}}}&b={{raw:user_agent}}#{{raw:sub4}}"),
            format!("https://o.example:8443/{{raw:sub1|{default}}}"),
            format!("https://o.example:8443?{{raw:sub1|{default}}}"),
        ] {
            let rendered = render(&template, &ctx);
            prop_assert!(rendered.bytes().all(|b| (0x21..0x7f).contains(&b)), "{rendered:?}");
            let url = Url::parse(&rendered).unwrap();
            prop_assert_eq!((url.scheme(), url.host_str(), url.port()), ("https", Some("o.example"), Some(8443)));
            prop_assert_eq!((url.username(), url.password()), ("", None));
        }
    }

    #[test]
    fn no_template_makes_it_panic(text in "(https?://)?\\PC{0,60}") {
        let _ = UrlTemplate::parse(&text);
    }
}
