//! Reports as CSV.

use std::collections::BTreeMap;

use reqwest::Client;
use serde_json::json;
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, Stack};

use crate::world::{World, click, eventually};

struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    async fn get(world: &World, path: &str) -> Self {
        let answer = world.client.get(world.url(path)).bearer_auth(BOOTSTRAP_TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/csv"), "{path}");
        let text = answer.text().await.unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { columns, rows }
    }

    fn column(&self, name: &str) -> Vec<&str> {
        let place = self.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}"));
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_as_csv_is_whole_quoted_and_no_formula() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let campaign = world.post("/api/campaigns", json!({ "name": "=Best, \"ever\"", "slug": "best" })).await;
    let id = campaign.id();
    let now = jiff::Timestamp::now().as_millisecond();
    let own = |sub1: &str| json!({ "workspace_id": workspace, "campaign_id": id, "created_at": now, "sub1": sub1, "cost": "0.25", "currency": "USD" });
    let texts = ["=1+1", "@x", "a,\"b\"\nc", "-5", ""];
    let lines = (1..).zip(texts).flat_map(|(seq, text)| click("n1", 1, seq, own(text))).collect();
    world.ingest("n1", 1, (1, 5), lines).await;
    // Far more groups than a page has, and more than one block of ClickHouse.
    world.clickhouse(&format!(
        "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, created_at, click_id, workspace_id, campaign_id, sub2, cost, currency) \
         SELECT toString(number), 'n2', 1, number, fromUnixTimestamp64Milli({now}), toString(number), '{workspace}', '{id}', concat('v', toString(number)), 0.5, 'USD' \
         FROM numbers(150000)"
    )).await;
    let small = Table::get(
        &world,
        "/api/reports/grouped?group_by=campaign,sub1&sub2=&format=csv&sort=sub1&order=asc",
    )
    .await;
    assert_eq!(small.columns[..4], ["campaign", "campaign_name", "sub1", "clicks"]);
    assert_eq!(small.column("sub1"), ["", "'-5", "'=1+1", "'@x", "a,\"b\"\nc"]);
    assert_eq!(small.column("campaign_name"), ["'=Best, \"ever\""; 5]);
    assert_eq!(small.column("profit"), ["-0.25"; 5], "amounts are numbers");
    assert_eq!(small.column("roi"), ["-100"; 5]);
    assert_eq!(small.column("cpa"), [""; 5], "there is none");

    let large = Table::get(&world, "/api/reports/grouped?group_by=sub2,campaign&format=csv").await;
    assert_eq!(large.rows.len(), 150_001);
    let values: BTreeMap<&str, &str> = large.column("sub2").into_iter().zip(large.column("clicks")).collect();
    assert_eq!((values.len(), values["v149999"], values[""]), (150_001, "1", "5"));
    assert!(large.column("campaign_name").iter().all(|name| *name == "'=Best, \"ever\""));
    let limited =
        Table::get(&world, "/api/reports/grouped?group_by=sub2&format=csv&limit=700&offset=10").await;
    assert_eq!(limited.rows.len(), 700);

    for (path, rows) in [
        ("overview?compare=previous_period&", 1),
        ("daily?period=last_7_days&", 7),
        ("campaigns?", 1),
        ("cohort?days=2&", 1),
        ("funnel?group_by=country&", 1),
        ("trafficback?", 0),
        ("health?", 0),
        ("ingestion-errors?", 0),
    ] {
        let table = Table::get(&world, &format!("/api/reports/{path}format=csv")).await;
        assert_eq!(table.rows.len(), rows, "{path}");
        assert!(table.columns.len() >= 5, "{path}");
    }
    let overview = Table::get(&world, "/api/reports/overview?compare=previous_period&format=csv").await;
    assert_eq!((overview.column("clicks"), overview.column("previous_clicks")), (vec!["150005"], vec!["0"]));
    // What is wrong is said as JSON, before anything is sent.
    let wrong = world.get("/api/reports/grouped?group_by=country&format=csv&limit=1000001").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["limit"]));
    let refused =
        world.get("/api/reports/grouped?group_by=country&format=csv&filter[country][regex]=a{2000}").await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["filter"]), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ingestion_errors_are_counted_by_kind_and_workspace() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let row = |topic: &str, error: &str, owner: &str| {
        let raw = json!({ "workspace_id": owner }).to_string();
        json!({ "topic": topic, "partition": 0, "offset": 1, "error": error, "raw_message": raw }).to_string()
    };
    let rows = [
        row("clicks", "Cannot parse 'x' at row 1", &workspace),
        row("clicks", "Cannot parse 'yz' at row 22", &workspace),
        row("clicks", "Cannot parse 'x' at row 1", "somebody-else"),
        row("conversions", "too large", ""),
    ];
    let sql = format!("INSERT INTO kafka_ingestion_errors FORMAT JSONEachRow\n{}", rows.join("\n"));
    world.clickhouse(&sql).await;
    let report = world.get("/api/reports/ingestion-errors").await.body;
    let kinds: Vec<(&str, u64)> = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["topic"].as_str().unwrap(), row["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(kinds, [("clicks", 2), ("conversions", 1)], "{report}");
    assert_eq!(report["items"][0]["error"], "Cannot parse … at row #");
    assert_eq!(world.get("/api/reports/ingestion-errors?country=DE").await.fields(), ["country"]);
}

/// Whoever takes a report and does not read it gives its turn back; half a report does not look like a whole one.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_on_loses_its_report() {
    let settings = [
        ("REPORT_MAX_CONCURRENT", "1"),
        ("REPORT_QUEUE_TIMEOUT_MS", "100"),
        ("REPORT_SEND_TIMEOUT_MS", "1500"),
    ];
    let world = World { stack: Stack::start_with(false, &settings).await.unwrap(), client: Client::new() };
    let workspace = world.workspace_id().await;
    let now = jiff::Timestamp::now().as_millisecond();
    world.clickhouse(&format!(
        "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, created_at, click_id, workspace_id, campaign_id, sub2, cost, currency) \
         SELECT toString(number), 'n2', 1, number, fromUnixTimestamp64Milli({now}), toString(number), '{workspace}', 'c', \
         concat(toString(number), repeat('x', 300)), 0.5, 'PLN' FROM numbers(200000)"
    )).await;
    for what in ["grouped?group_by=sub2", "funnel?group_by=sub2"] {
        let path = format!("/api/reports/{what}&format=csv");
        let unread = world.client.get(world.url(&path)).bearer_auth(BOOTSTRAP_TOKEN).send().await.unwrap();
        assert_eq!(
            (unread.status().as_u16(), unread.headers()["x-rates-pending"].to_str().unwrap()),
            (200, "false"),
            "{what}"
        );
        assert_eq!(world.get("/api/reports/overview").await.status, 429, "{what}: its turn is taken");
        eventually("its turn is free", async || world.get("/api/reports/overview").await.status == 200).await;
        assert!(unread.bytes().await.is_err(), "{what}: it is not whole");
    }
    // Read on, it is whole; what is in no amount is named.
    let table = Table::get(&world, "/api/reports/funnel?group_by=sub2&format=csv").await;
    assert_eq!(
        (table.rows.len(), table.columns[..2].to_vec()),
        (200_000, vec!["sub2".to_owned(), "clicks".to_owned()])
    );
    assert_eq!(table.column("clicks_total_rate")[7], "100.0");
    for report in ["overview?", "daily?period=today&", "campaigns?"] {
        let table = Table::get(&world, &format!("/api/reports/{report}format=csv")).await;
        assert_eq!((table.column("missing_rates")[0], table.column("cost")[0]), ("PLN", "0"), "{report}");
    }
    let without = Table::get(&world, "/api/reports/overview?sub2=none&format=csv").await;
    assert_eq!(without.column("missing_rates"), [""]);
}
