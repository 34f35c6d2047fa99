use super::*;

fn fields(raw: &str) -> Vec<String> {
    match ReportQuery::parse(raw, &[], GROUPED) {
        Err(ApiError::Validation(details)) => details.into_iter().map(|d| d.field).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => Vec::new(),
    }
}

#[test]
fn a_filter_named_twice_means_either() {
    let query = ReportQuery::parse("country=US&os=iOS&country=CA,MX", &[], GROUPED).unwrap();
    let conditions = query.conditions();
    assert_eq!(conditions.len(), 2);
    assert_eq!(conditions[0].values, ["US", "CA", "MX"]);
}

#[test]
fn every_wrong_parameter_is_named() {
    assert_eq!(
        fields(
            "from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00%2B01:00&timezone=Europe/Berlin&group_by=campaign,sub1&country=US,CA&sort=roi"
        ),
        [""; 0]
    );
    assert_eq!(
        fields("from=yesterday&timezone=Mars&group_by=x&limit=0&offset=-1&order=up&sort=y&evil=1").len(),
        8
    );
    assert_eq!(fields("from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z"), ["to"]);
    assert_eq!(fields("from=2000-11-02T00:00:00Z&to=2026-11-01T00:00:00Z"), ["from"]);
    assert_eq!(fields("from=9999-12-01T00:00:00Z&to=9999-12-30T22:00:00Z"), ["from", "to"]);
    assert_eq!(fields("period=today&from=2026-11-02T00:00:00Z"), ["period"]);
    assert_eq!(fields("conversion_time=click"), [""; 0]);
    assert_eq!(fields("conversion_time=midnight"), ["conversion_time"]);
    assert_eq!(fields("format=csv&limit=1000000"), [""; 0]);
    assert_eq!(fields("format=xml"), ["format"]);
    assert_eq!(fields("sort=country"), ["sort"], "not grouped by it");
    assert_eq!(fields("group_by=day,campaign,stream,source,os,browser"), ["group_by"]);
    assert_eq!(fields("group_by=os&sort=clicks,os&order=desc,asc"), [""; 0]);
    assert_eq!(fields("sort=clicks&order=desc,asc"), ["order"]);
    assert_eq!(fields("compare=tomorrow"), ["compare"]);
}

#[test]
fn what_is_wrong_with_a_filter_is_named_by_its_parameter() {
    for good in [
        "filter[country][not_in]=US,CA&filter[os_version][gte]=17.2&filter[asn][lt]=65000",
        "filter[ip_prefix][cidr]=203.0.113.0/24,2001:db8::/32&filter[sub1][exists]=",
        "filter[browser][regex]=^(chrome|fire,fox)$&having[clicks][gte]=100&having[roi][lt]=-12.5",
    ] {
        assert_eq!(fields(good), [""; 0], "{good}");
    }
    for bad in [
        "filter[planet][eq]=Mars",
        "filter[country][cidr]=10.0.0.0/8",
        "filter[country][like]=x",
        "filter[asn][gt]=many",
        "filter[ip_prefix][cidr]=10.0.0.0/99",
        "filter[browser][regex]=(",
        "filter[is_bot][eq]=maybe",
        "filter[campaign][contains]=x",
        "having[planets][gt]=1",
        "having[clicks][in]=1",
        "having[clicks][gt]=0.0000001",
    ] {
        let name = bad.split('=').next().unwrap();
        assert_eq!(fields(bad), [name], "{bad}");
    }
    let body = serde_json::json!({ "filters": { "all": [{ "any": [] }, { "not": { "condition":
        { "field": "country", "operator": "gt", "values": [] } } }] }, "having": [{ "metric": "x", "operator": "gt", "value": "1" }] });
    let Err(ApiError::Validation(details)) = ReportQuery::of_request(serde_json::from_value(body).unwrap())
    else {
        panic!("it was taken")
    };
    let fields: Vec<&str> = details.iter().map(|detail| &*detail.field).collect();
    assert_eq!(fields, ["having[0]", "filters.all[1].not.condition.values"]);
}
