//! Filters, conditions on metrics, sorting, comparison, cohorts and funnels, each against numbers that are
//! reckoned here from the same facts.

mod facts;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::World;
use facts::{Account, Click, Conversion, FROM, Facts, TO, ms};

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name} of {row}"))
}

fn amount(row: &Value, name: &str) -> Decimal {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}")).parse().unwrap()
}

fn period() -> String {
    format!("from={FROM}&to={TO}")
}

fn in_period(at: i64) -> bool {
    (ms(FROM)..ms(TO)).contains(&at)
}

type ByClick = fn(&Click) -> bool;

/// A filter, and what it keeps; what knows no click is told as one of which nothing is known.
const FILTERS: &[(&str, ByClick)] = &[
    ("country=DE,US", |c| ["DE", "US"].contains(&&*c.country)),
    ("filter[country][not_in]=DE", |c| c.country != "DE"),
    ("filter[country][neq]=US", |c| c.country != "US"),
    ("filter[country][exists]=", |c| !c.country.is_empty()),
    ("filter[country][not_exists]=", |c| c.country.is_empty()),
    ("filter[sub1][contains]=ZONE-1", |c| c.sub1.contains("zone-1")),
    ("filter[sub1][not_contains]=zone-1", |c| !c.sub1.contains("zone-1")),
    ("filter[sub1][starts_with]=%3D", |c| c.sub1.starts_with('=')),
    ("filter[sub1][ends_with]=7,3", |c| c.sub1.ends_with('7') || c.sub1.ends_with('3')),
    ("filter[sub1][regex]=^Zone-1[0-4]{1,2}$", |c| {
        c.sub1.strip_prefix("zone-1").is_some_and(|rest| {
            (1..=2).contains(&rest.len()) && rest.bytes().all(|b| (b'0'..=b'4').contains(&b))
        })
    }),
    ("filter[asn][gte]=3000", |c| c.asn >= 3000),
    ("filter[asn][lt]=3000", |c| c.asn > 0 && c.asn < 3000),
    ("filter[asn][in]=1000,4000", |c| [1000, 4000].contains(&c.asn)),
    ("filter[os_version][gt]=9.2", |c| c.os_version == "10" || c.os_version == "9.10"),
    ("filter[os_version][lte]=9.2", |c| c.os_version == "9.2"),
    ("filter[ip_prefix][cidr]=10.1.0.0/16,192.168.0.0/16", |c| c.ip_prefix.starts_with("10.1.")),
    ("filter[referrer][eq]=news.example", |c| c.referrer.contains("//www.news.example")),
    ("filter[is_bot][eq]=true", |c| c.is_bot && !c.is_nobody()),
    ("filter[is_unique][eq]=false", |c| !c.is_unique && !c.is_nobody()),
    ("filter[landing][eq]=lp", |c| c.landing == "lp"),
    ("filter[country][eq]=DE&filter[asn][gte]=2000&sub1=zone-3", |c| {
        c.country == "DE" && c.asn >= 2000 && c.sub1 == "zone-3"
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn filters_conditions_and_sorting_equal_a_ledger() {
    let world = World::start().await;
    let facts = Facts::send(&world).await;
    let nobody = Click::nobody();
    for (filter, keeps) in FILTERS {
        let report = world.get(&format!("/api/reports/overview?{}&{filter}", period())).await;
        assert_eq!(report.status, 200, "{filter}: {}", report.body);
        let expected = facts.account(in_period, keeps, |c| keeps(c.click.as_ref().unwrap_or(&nobody)));
        expected.check(&report.body, filter);
        assert!(expected.clicks + expected.bots > 0, "{filter} proves nothing");
    }
    nested(&world, &facts, &nobody).await;
    groups(&world, &facts).await;
    every_dimension(&world, &facts).await;
}

/// A tree of conditions in a body; what only a conversion says leaves no click.
async fn nested(world: &World, facts: &Facts, nobody: &Click) {
    let is = |field: &str, operator: &str, value: &str| json!({ "condition": { "field": field, "operator": operator, "values": [value] } });
    let filters = json!({ "any": [
        { "all": [is("country", "eq", "DE"), { "not": is("asn", "lt", "3000") }] },
        is("conversion_status", "eq", "sale"),
    ] });
    let body = json!({ "from": FROM, "to": TO, "filters": filters });
    let report = world.post("/api/reports/query", body).await;
    assert_eq!(report.status, 200, "{}", report.body);
    let of_click = |c: &Click| c.country == "DE" && !(c.asn > 0 && c.asn < 3000);
    let expected = facts
        .account(in_period, of_click, |c| of_click(c.click.as_ref().unwrap_or(nobody)) || c.status == "sale");
    expected.check(&report.body["totals"], "nested");
    let wrong = json!({ "filters": { "all": [{ "condition": { "field": "country", "operator": "cidr", "values": ["x"] } }] } });
    let wrong = world.post("/api/reports/query", wrong).await;
    assert_eq!(wrong.fields(), ["filters.all[0].condition.operator"]);
    let unknown = world.post("/api/reports/query", json!({ "group_by": [], "evil": 1 })).await;
    assert_eq!((unknown.status, unknown.fields()), (400, vec!["evil"]));
}

async fn groups(world: &World, facts: &Facts) {
    let accounts = facts.accounts(
        in_period,
        |c| c.country.clone(),
        |c| c.click.as_ref().map(|c| c.country.clone()).unwrap_or_default(),
    );
    let least = 100;
    let query = format!(
        "{}&group_by=country&having[clicks][gte]={least}&sort=sales,country&order=desc,asc",
        period()
    );
    let report = world.get(&format!("/api/reports/grouped?{query}")).await.body;
    let mut expected: Vec<(&String, &Account)> = accounts.iter().filter(|(_, a)| a.clicks >= least).collect();
    assert!(expected.len() > 1 && expected.len() < accounts.len(), "the limit divides them");
    expected.sort_by(|a, b| b.1.sales.cmp(&a.1.sales).then(a.0.cmp(b.0)));
    let shown: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|row| row["country"].as_str().unwrap()).collect();
    assert_eq!(shown, expected.iter().map(|(country, _)| country.as_str()).collect::<Vec<_>>());
    assert_eq!(report["total"], expected.len());
    for (row, (country, account)) in report["items"].as_array().unwrap().iter().zip(&expected) {
        account.check(row, country);
    }
    let sum = expected.iter().fold(Account::default(), |sum, (_, account)| sum.plus(account));
    sum.check(&report["totals"], "totals of the groups that passed");
    // The second page has the same totals.
    let page = world.get(&format!("/api/reports/grouped?{query}&limit=1&offset=1")).await.body;
    assert_eq!((&page["totals"], &page["items"][0]), (&report["totals"], &report["items"][1]));
    let bare = world.get(&format!("/api/reports/grouped?{query}&with_total=false")).await.body;
    assert_eq!(
        (&bare["total"], &bare["totals"], &bare["items"]),
        (&Value::Null, &Value::Null, &report["items"])
    );
    let none = world
        .get(&format!("/api/reports/grouped?{}&group_by=country&having[roi][gt]=1000000", period()))
        .await
        .body;
    assert_eq!((&none["total"], &none["totals"]["clicks"]), (&json!(0), &json!(0)));
    let sum_of_all = facts.account(in_period, |_| true, |_| true);
    let all =
        world.get(&format!("/api/reports/grouped?{}&group_by=asn&sort=asn&order=asc", period())).await.body;
    sum_of_all.check(&all["totals"], "all");
    let asns: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|row| row["asn"].as_str().unwrap()).collect();
    assert_eq!(asns, ["900", "1000", "2000", "3000", "4000", ""], "numbers sort as numbers");
}

/// Whatever rows are grouped by, they are the same rows.
async fn every_dimension(world: &World, facts: &Facts) {
    let schema = world.get("/api/schema/reports").await.body;
    let dimensions = schema["dimensions"].as_array().unwrap();
    assert!(dimensions.len() >= 30, "{}", dimensions.len());
    let expected = facts.account(in_period, |_| true, |_| true);
    for dimension in dimensions {
        let name = dimension["name"].as_str().unwrap();
        let url =
            format!("/api/reports/grouped?{}&timezone=Asia/Kolkata&limit=500&group_by={name}", period());
        let report = world.get(&url).await;
        assert_eq!(report.status, 200, "{name}: {}", report.body);
        let rows = report.body["items"].as_array().unwrap();
        let clicks: u64 = rows.iter().map(|row| number(row, "clicks")).sum();
        let sales: u64 = rows.iter().map(|row| number(row, "sales")).sum();
        let revenue: Decimal = rows.iter().map(|row| amount(row, "revenue")).sum();
        assert_eq!((clicks, sales, revenue), (expected.clicks, expected.sales, expected.revenue), "{name}");
        assert_eq!(report.body["total"], rows.len(), "{name}");
        // Its first group, as a filter, is that group again.
        let value: String =
            url::form_urlencoded::byte_serialize(rows[0][name].as_str().unwrap().as_bytes()).collect();
        let operator = dimension["operators"].as_array().unwrap().contains(&json!("eq"));
        assert!(operator, "{name}");
        let filtered = world.get(&format!("{url}&filter[{name}][eq]={value}")).await.body;
        assert_eq!((&filtered["total"], &filtered["items"][0]), (&json!(1), &rows[0]), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_and_hours_follow_the_clock_of_the_timezone() {
    let world = World::start().await;
    let facts = Facts::send(&world).await;
    // The 25th of October has 25 hours in Berlin.
    for (zone, from, to) in [
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z"),
        ("Asia/Kolkata", "2026-10-24T18:30:00Z", "2026-10-26T18:30:00Z"),
    ] {
        let tz = TimeZone::get(zone).unwrap();
        let local = move |at: i64| Timestamp::from_millisecond(at).unwrap().to_zoned(tz.clone());
        let now = ms(from)..ms(to);
        let moved = |at: i64| local(at).checked_add(2.days()).unwrap();
        let start = local(ms(from)).checked_sub(2.days()).unwrap().timestamp().as_millisecond();
        let before = start..ms(from);
        let base = format!("from={from}&to={to}&timezone={zone}");
        let report = world.get(&format!("/api/reports/daily?{base}&compare=previous_period")).await.body;
        assert_eq!(report["compared_with"]["from"].as_str().map(ms), Some(start), "{zone}");
        let days = |range: std::ops::Range<i64>, day: &dyn Fn(i64) -> String| {
            facts.accounts(|at| range.contains(&at), |c| day(c.at), |c| day(c.at))
        };
        let current = days(now.clone(), &|at| local(at).date().to_string());
        let previous = days(before.clone(), &|at| moved(at).date().to_string());
        let rows = report["items"].as_array().unwrap();
        assert_eq!(rows.len(), 2, "{zone}: {report}");
        for row in rows {
            let day = row["day"].as_str().unwrap();
            current[day].check(row, &format!("{zone} {day}"));
            previous[day].check(&row["previous"], &format!("{zone} before {day}"));
            let (was, is) = (previous[day].clicks as f64, current[day].clicks as f64);
            let change = row["change"]["clicks"].as_f64().unwrap();
            assert!((change - (is - was) / was * 100.0).abs() < 0.001, "{zone} {day}: {change}");
        }
        // Hours of the clock, the doubled one twice.
        let hour = |at: i64| local(at).strftime("%Y-%m-%dT%H:00:00%:z").to_string();
        let hours = facts.accounts(|at| now.contains(&at), |c| hour(c.at), |c| hour(c.at));
        let report = world.get(&format!("/api/reports/grouped?{base}&group_by=hour&limit=500")).await.body;
        check_groups(&report, "hour", &hours);
        let of_day = |at: i64| local(at).hour().to_string();
        let hours = facts.accounts(|at| now.contains(&at), |c| of_day(c.at), |c| of_day(c.at));
        let report = world.get(&format!("/api/reports/grouped?{base}&group_by=hour_of_day")).await.body;
        check_groups(&report, "hour_of_day", &hours);
        // In the order of time, also where the clock shows an hour twice.
        let sorted: Vec<String> = {
            let path = format!("/api/reports/grouped?{base}&group_by=hour&limit=500&sort=hour&order=asc");
            let rows = world.get(&path).await.body["items"].as_array().unwrap().clone();
            rows.iter().map(|row| row["hour"].as_str().unwrap().to_owned()).collect()
        };
        assert!(sorted.len() > 40 && sorted.is_sorted_by_key(|hour| ms(hour)), "{sorted:?}");
        // And cut there: the second of the two hours of a clock is after the first.
        let first = sorted[sorted.len() / 2].clone();
        let from: String = url::form_urlencoded::byte_serialize(first.as_bytes()).collect();
        let path = format!("/api/reports/grouped?{base}&group_by=hour&limit=500&filter[hour][gte]={from}");
        assert_eq!(world.get(&path).await.body["total"], sorted.len() - sorted.len() / 2, "{first}");
        for (name, pattern) in [("month", "%Y-%m"), ("weekday", "%u")] {
            let text = |at: i64| local(at).strftime(pattern).to_string();
            let groups = facts.accounts(|at| now.contains(&at), |c| text(c.at), |c| text(c.at));
            let report = world.get(&format!("/api/reports/grouped?{base}&group_by={name}")).await.body;
            check_groups(&report, name, &groups);
        }
    }
    countries_compared(&world, &facts).await;
    doubled_hour(&world).await;
    a_longer_period(&world, &facts).await;
}

/// Two o'clock comes twice in Berlin on the 25th: whoever asks for the second one does not get the first.
async fn doubled_hour(world: &World) {
    let base =
        "from=2026-10-24T22:00:00Z&to=2026-10-25T23:00:00Z&timezone=Europe/Berlin&group_by=hour&limit=500";
    let path = format!("/api/reports/grouped?{base}&filter[hour][lt]=2026-10-25T02:00:00%2B01:00");
    let report = world.get(&path).await.body;
    let hours: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|row| row["hour"].as_str().unwrap()).collect();
    assert!(hours.iter().all(|hour| ms(hour) < ms("2026-10-25T01:00:00Z")), "{hours:?}");
    assert!(hours.contains(&"2026-10-25T02:00:00+02:00"), "{hours:?}");
    let wrong = world.get(&format!("/api/reports/grouped?{base}&filter[hour][lt]=noon")).await;
    assert_eq!(wrong.fields(), ["filter[hour][lt]"]);
}

/// Days that are in the other period alone have rows of their own: rows add up to the whole.
async fn a_longer_period(world: &World, facts: &Facts) {
    let query = "from=2026-10-26T00:00:00Z&to=2026-10-27T00:00:00Z&compare=2026-10-23T00:00:00Z..2026-10-25T12:00:00Z";
    let report = world.get(&format!("/api/reports/daily?{query}")).await.body;
    let whole = world.get(&format!("/api/reports/overview?{query}")).await.body;
    let rows = report["items"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{report}");
    let sum: u64 = rows.iter().map(|row| number(&row["previous"], "clicks")).sum();
    let other = ms("2026-10-23T00:00:00Z")..ms("2026-10-25T12:00:00Z");
    assert_eq!(sum, facts.account(|at| other.contains(&at), |_| true, |_| true).clicks);
    assert_eq!(whole["previous"]["clicks"], sum);
}

fn check_groups(report: &Value, name: &str, expected: &BTreeMap<String, Account>) {
    let rows = report["items"].as_array().unwrap();
    assert_eq!(rows.len(), expected.len(), "{name}: {report}");
    for row in rows {
        let key = row[name].as_str().unwrap();
        expected.get(key).unwrap_or_else(|| panic!("{name} {key}")).check(row, &format!("{name} {key}"));
    }
}

/// What is in one of the periods alone is shown too, and conditions look at this one.
async fn countries_compared(world: &World, facts: &Facts) {
    let (from, to) = ("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let (other_from, other_to) = ("2026-10-23T00:00:00Z", "2026-10-25T12:00:00Z");
    let of = |from: &str, to: &str| {
        let range = ms(from)..ms(to);
        facts.accounts(
            |at| range.contains(&at),
            |c| c.sub1.clone(),
            |c| c.click.as_ref().map(|c| c.sub1.clone()).unwrap_or_default(),
        )
    };
    let (now, before) = (of(from, to), of(other_from, other_to));
    let keys: std::collections::BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    assert!(keys.len() > now.len() && keys.len() > before.len(), "some are in one period alone");
    let query = format!("from={from}&to={to}&group_by=sub1&limit=500&compare={other_from}..{other_to}");
    let report = world.get(&format!("/api/reports/grouped?{query}")).await.body;
    assert_eq!(report["total"], keys.len());
    let (none, rows) = (Account::default(), report["items"].as_array().unwrap());
    for row in rows {
        let key = row["sub1"].as_str().unwrap();
        now.get(key).unwrap_or(&none).check(row, key);
        before.get(key).unwrap_or(&none).check(&row["previous"], key);
        if before.get(key).is_none_or(|account| account.clicks == 0) {
            assert_eq!(row["change"]["clicks"], Value::Null, "{row}");
        }
    }
    let sum =
        |all: &BTreeMap<String, Account>| all.values().fold(Account::default(), |sum, one| sum.plus(one));
    sum(&now).check(&report["totals"], "totals");
    sum(&before).check(&report["totals"]["previous"], "previous totals");
    let report = world.get(&format!("/api/reports/grouped?{query}&having[clicks][gte]=2")).await.body;
    let passed: Vec<&String> =
        keys.iter().copied().filter(|key| now.get(*key).is_some_and(|a| a.clicks >= 2)).collect();
    assert_eq!(report["total"], passed.len());
    let previous: u64 = passed.iter().map(|key| before.get(*key).map_or(0, |account| account.clicks)).sum();
    assert_eq!(report["totals"]["previous"]["clicks"], previous);
}

#[tokio::test(flavor = "multi_thread")]
async fn cohorts_and_funnels_follow_clicks() {
    let world = World::start().await;
    let facts = Facts::send(&world).await;
    let tz = TimeZone::get("Europe/Berlin").unwrap();
    let day = |at: i64| Timestamp::from_millisecond(at).unwrap().to_zoned(tz.clone()).date().to_string();
    let base = format!("{}&timezone=Europe/Berlin", period());
    for cumulative in [false, true] {
        let cohorts = |metric: &'static str| {
            format!("/api/reports/cohort?{base}&days=3&metric={metric}&cumulative={cumulative}")
        };
        let conversions = world.get(&cohorts("conversions")).await.body;
        let revenue = world.get(&cohorts("revenue")).await.body;
        let rows = conversions["items"].as_array().unwrap();
        let clicks = facts.accounts(in_period, |c| day(c.at), |_| String::new());
        for (row, revenue) in rows.iter().zip(revenue["items"].as_array().unwrap()) {
            let cohort = row["cohort"].as_str().unwrap();
            assert_eq!(row["clicks"], clicks[cohort].clicks, "{cohort}");
            assert_eq!(amount(row, "cost"), clicks[cohort].cost, "{cohort}");
            for age in 0..=3_i64 {
                let within = |c: &&Conversion| {
                    let Some(click) = &c.click else { return false };
                    let days = (c.at - click.at) / 86_400_000;
                    let fits = if cumulative { days <= age } else { days == age };
                    in_period(click.at) && day(click.at) == cohort && fits
                };
                let mut sum = Account::default();
                facts.conversions.iter().filter(within).for_each(|conversion| sum.convert(conversion));
                let cell = age as usize;
                assert_eq!(row["cells"][cell], sum.leads + sum.sales + sum.holds, "{cohort} {age}");
                assert_eq!(
                    revenue["cells"][cell].as_str().unwrap().parse::<Decimal>().unwrap(),
                    sum.revenue,
                    "{cohort} {age}"
                );
            }
        }
        assert_eq!(rows.len(), clicks.keys().filter(|key| !key.is_empty()).count());
    }
    // What has not begun yet is not zero.
    let young = world.get("/api/reports/cohort?period=today&days=2&by=week").await.body;
    assert_eq!(young["items"], json!([]));
    assert_eq!(world.get("/api/reports/cohort?days=91").await.fields(), ["days"]);

    funnel(&world, &facts).await;
}

async fn funnel(world: &World, facts: &Facts) {
    let steps = |keeps: &dyn Fn(&Click) -> bool| -> [u64; 5] {
        let clicks = facts.account(in_period, |c| keeps(c), |_| false);
        let reached = |statuses: &[&str]| {
            let of = facts.conversions.iter().filter(|c| statuses.contains(&c.status));
            let of = of
                .filter_map(|c| c.click.as_ref())
                .filter(|click| in_period(click.at) && !click.is_bot && keeps(click));
            of.map(|click| click.seq).collect::<std::collections::BTreeSet<u64>>().len() as u64
        };
        [
            clicks.clicks,
            clicks.lp_views,
            clicks.lp_clicks,
            reached(&["lead", "hold", "sale"]),
            reached(&["sale"]),
        ]
    };
    let counts = |steps: &Value| -> Vec<u64> {
        steps.as_array().unwrap().iter().map(|step| number(step, "count")).collect()
    };
    let report = world.get(&format!("/api/reports/funnel?{}&group_by=country", period())).await.body;
    assert_eq!(counts(&report["totals"]), steps(&|_| true));
    let rows = report["items"].as_array().unwrap();
    for row in rows.iter().filter(|row| row["country"] != "") {
        let country = row["country"].as_str().unwrap();
        let expected = steps(&|c| c.country == country);
        assert_eq!(counts(&row["steps"]), expected, "{country}");
        let rate = row["steps"][4]["total_rate"].as_f64().unwrap();
        assert!((rate - expected[4] as f64 / expected[0] as f64 * 100.0).abs() < 0.001, "{row}");
    }
    assert_eq!(report["total"], rows.len());
}
