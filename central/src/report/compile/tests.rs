use proptest::prelude::*;
use traffoflex_model::Operator;

use super::{
    super::query::{Format, GROUPED},
    *,
};

fn query(raw: &str) -> ReportQuery {
    let raw = format!("from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&{raw}");
    ReportQuery { workspace_id: "w".into(), ..ReportQuery::parse(&raw, &[], GROUPED).unwrap() }
}

#[test]
fn the_statement_of_a_grouped_report() {
    let compiled =
        grouped(&query("group_by=campaign,country&sub1=a,b&sort=roi&order=asc&limit=10&offset=20"));
    insta::assert_snapshot!(compiled.sql);
}

#[test]
fn the_statement_of_an_overview() {
    insta::assert_snapshot!(totals(&query("")).sql);
}

#[test]
fn the_statement_of_conversions_by_the_time_of_their_click() {
    let compiled = grouped(&query("group_by=network,country,day&conversion_time=click&os=iOS"));
    insta::assert_snapshot!(compiled.sql);
}

#[test]
fn the_statement_of_a_comparison_with_conditions_on_metrics() {
    let raw = "group_by=hour&filter[country][not_in]=US&filter[asn][gte]=100&having[clicks][gte]=100&having[roi][lt]=-5.5\
               &compare=previous_period&sort=cost,hour&order=desc,asc";
    insta::assert_snapshot!(grouped(&query(raw)).sql);
    insta::assert_snapshot!(totals(&query(raw)).sql);
}

#[test]
fn nothing_that_is_masked_is_selected() {
    let masked = ReportQuery { masks_money: true, ..query("group_by=country&compare=previous_year") };
    let compiled = grouped(&masked).sql;
    let (selected, _) = compiled.split_once(" FROM (").unwrap();
    for metric in metric::all() {
        for prefix in ["", PREVIOUS, CHANGE] {
            let hidden = format!("NULL AS {prefix}{}", metric.name);
            assert_eq!(selected.contains(&hidden), metric.is_money, "{hidden}");
        }
    }
    assert_eq!(query("format=csv").format, Format::Csv);
}

proptest! {
    #[test]
    fn no_text_of_a_client_becomes_sql(value in "[^&,]{1,40}") {
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let compiled = grouped(&query(&format!("group_by=campaign&country={encoded}")));
        let plain = grouped(&query("group_by=campaign&country=x"));
        prop_assert_eq!(compiled.sql, plain.sql, "the statement does not depend on the value");
        prop_assert!(compiled.parameters.contains(&("f0".into(), Bound::Texts(vec![value]))));
    }

    /// Whatever the operator, and however deep it stands.
    #[test]
    fn no_value_of_any_operator_becomes_sql(value in "\\PC{1,30}", of in 0..Operator::ALL.len(), dimension in 0..super::super::dimension::ALL.len()) {
        let (operator, dimension) = (Operator::ALL[of], super::super::dimension::ALL[dimension]);
        let request = |value: &str| {
            let values: Vec<&str> = if matches!(operator, Operator::Exists | Operator::NotExists) { vec![] } else { vec![value] };
            let condition = serde_json::json!({ "condition": { "field": dimension.name, "operator": operator, "values": values } });
            let filters = serde_json::json!({ "any": [{ "not": condition.clone() }, { "all": [condition] }] });
            serde_json::from_value(serde_json::json!({
                "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z", "group_by": ["os"], "filters": filters })).unwrap()
        };
        let plain = match operator { Operator::Cidr => "10.0.0.0/8", _ => "1" };
        let Ok(plain) = ReportQuery::of_request(request(plain)) else { return Ok(()) };
        let Ok(asked) = ReportQuery::of_request(request(&value)) else { return Ok(()) };
        let (plain, asked) = (grouped(&plain), grouped(&asked));
        prop_assert_eq!(&asked.sql, &plain.sql);
        let names = |compiled: &Compiled| compiled.parameters.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        prop_assert_eq!(names(&asked), names(&plain));
    }
}
