//! Who must not see money sees none of it, and learns nothing of it by sorting or choosing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, click};

const MONEY: [&str; 11] = [
    "revenue",
    "revenue_pending",
    "cost",
    "profit",
    "roi",
    "epc",
    "cpc",
    "cpa",
    "cpl",
    "cps",
    "profit_per_click",
];

fn is_masked(row: &Value, what: &str) {
    for name in MONEY {
        assert_eq!(row.get(name), Some(&Value::Null), "{what}: {name} of {row}");
    }
    assert_eq!(row["clicks"], 4, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_null_and_nothing_is_found_out_by_them() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let now = jiff::Timestamp::now().as_millisecond();
    let own = json!({ "workspace_id": workspace, "campaign_id": "c1", "created_at": now, "geo_country": "DE", "cost": "1.25", "currency": "USD" });
    let lines = (1..=4).flat_map(|seq| click("n1", 1, seq, own.clone())).collect();
    world.ingest("n1", 1, (1, 4), lines).await;
    let analyst = world.member("masked", None).await;
    let plain = world.member("analyst", None).await;
    let ask = async |path: &str| world.call_as(Method::GET, path, None, &analyst.token).await;

    let seen = world.call_as(Method::GET, "/api/reports/overview", None, &plain.token).await.body;
    assert_eq!(seen["cost"], "5", "{seen}");
    let overview = ask("/api/reports/overview?compare=previous_period").await.body;
    is_masked(&overview, "overview");
    for name in MONEY {
        assert_eq!(
            (&overview["previous"][name], &overview["change"][name]),
            (&Value::Null, &Value::Null),
            "{name}"
        );
    }
    let grouped = ask("/api/reports/grouped?group_by=country").await.body;
    is_masked(&grouped["items"][0], "grouped");
    is_masked(&grouped["totals"], "totals");
    let daily = ask("/api/reports/daily?period=last_7_days&compare=previous_period").await.body;
    let days = daily["items"].as_array().unwrap();
    is_masked(days.last().unwrap(), "today");
    assert_eq!(
        (&days[0]["cost"], &days[0]["previous"]["cost"]),
        (&Value::Null, &Value::Null),
        "an empty day"
    );
    let cohort = ask("/api/reports/cohort?days=1").await.body;
    assert_eq!((&cohort["items"][0]["clicks"], &cohort["items"][0]["cost"]), (&json!(4), &Value::Null));
    let url = world.url("/api/reports/grouped?group_by=country&format=csv");
    let csv = world.client.get(url).bearer_auth(&analyst.token).send().await.unwrap().text().await.unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    for (name, cell) in names.iter().zip(&row) {
        assert!(!MONEY.contains(&name) || cell.is_empty(), "{name}: {cell}");
    }

    for forbidden in [
        "/api/reports/grouped?group_by=country&sort=cost",
        "/api/reports/grouped?group_by=country&sort=clicks,roi",
        "/api/reports/grouped?group_by=country&having[revenue][gt]=1",
        "/api/reports/grouped?group_by=country&having[epc][gt]=1&format=csv",
        "/api/reports/cohort?metric=revenue",
    ] {
        let answer = ask(forbidden).await;
        assert_eq!((answer.status, answer.code()), (403, "forbidden"), "{forbidden}");
    }
    let body = json!({ "group_by": ["country"], "sort": [{ "by": "profit" }] });
    let answer = world.call_as(Method::POST, "/api/reports/query", Some(body), &analyst.token).await;
    assert_eq!(answer.status, 403);
}
