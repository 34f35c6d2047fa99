//! How long reports take over many clicks, through the API of a running api-service, beside the same aggregate
//! as a statement written by hand.
//!
//! `reports <clicks> <rounds>` starts the engines and api-service (built in the same profile), fills ClickHouse
//! with clicks of 30 days (see `benches/reports/*.sql`) and a conversion for every 100th, and waits until all of it
//! is added up. Each round asks for every report once: from rollups, from the events (`read_from=raw`), and by
//! hand from the events, deduplicated as reports are. A round before the first warms up. Figures are medians.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use traffoflex_local::stack::{BOOTSTRAP_TOKEN, DATABASE, Stack};

const CLICKS: &str = include_str!("../../reports/clicks.sql");
const CONVERSIONS: &str = include_str!("../../reports/conversions.sql");
const FROM: &str = "2026-09-15T00:00:00Z";
const TO: &str = "2026-10-15T00:00:00Z";
const FROM_MS: i64 = 1_789_430_400_000;
const PERIOD_MS: i64 = 30 * 86_400_000;
/// Clicks of one statement.
const CHUNK: u64 = 2_000_000;
const CONVERSION_EVERY: u64 = 100;
const ROLLUPS_WITHIN: Duration = Duration::from_secs(1800);

/// Path, parameters, and the dimensions by hand: name, of the click, of the conversion.
type Report = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const REPORTS: [Report; 9] = [
    ("overview", "overview", "", &[]),
    ("30 days, daily", "daily", "", &[("toDate(c.created_at)", "toDate(v.created_at)")]),
    (
        "30 days, daily, Europe/Berlin",
        "daily",
        "&timezone=Europe/Berlin",
        &[("toDate(c.created_at, 'Europe/Berlin')", "toDate(v.created_at, 'Europe/Berlin')")],
    ),
    ("campaign x country", "grouped", "&group_by=campaign,country", &[CAMPAIGN, COUNTRY]),
    (
        "campaign x country x device",
        "grouped",
        "&group_by=campaign,country,device",
        &[CAMPAIGN, COUNTRY, ("c.device_type", "c.device_type")],
    ),
    (
        "stream x destination x os",
        "grouped",
        "&group_by=stream,destination,os",
        &[("c.stream_id", "v.stream_id"), ("c.destination_id", "v.destination_id"), ("c.os", "c.os")],
    ),
    (
        "day x campaign x country, Asia/Kolkata",
        "grouped",
        "&group_by=day,campaign,country&timezone=Asia/Kolkata",
        &[
            ("toDate(c.created_at, 'Asia/Kolkata')", "toDate(v.created_at, 'Asia/Kolkata')"),
            CAMPAIGN,
            COUNTRY,
        ],
    ),
    (
        "campaign x country x sub1 (from the events)",
        "grouped",
        "&group_by=campaign,country,sub1",
        &[CAMPAIGN, COUNTRY, ("c.sub1", "c.sub1")],
    ),
    ("sub2 (from the events)", "grouped", "&group_by=sub2", &[("c.sub2", "c.sub2")]),
];
const CAMPAIGN: (&str, &str) = ("c.campaign_id", "v.campaign_id");
const COUNTRY: (&str, &str) = ("c.geo_country", "c.geo_country");

struct Bench {
    client: Client,
    api: String,
    clickhouse: String,
    workspace: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<u64> =
        std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>().context("numbers")?;
    let [clicks, rounds] = arguments[..] else { bail!("usage: reports <clicks> <rounds>") };
    ensure!(clicks >= 100_000 && rounds > 0, "out of range");
    // What takes longer, or more memory, than a report may is measured as well.
    let settings = [
        ("ROLLUP_INTERVAL_MS", "1000"),
        ("REPORT_MAX_EXECUTION_SECONDS", "600"),
        ("REPORT_MAX_MEMORY_BYTES", "16000000000"),
    ];
    let stack = Stack::start_with(false, &settings).await?;
    let mut bench = Bench {
        client: Client::new(),
        api: stack.api()?.url(),
        clickhouse: format!("{}/?database={DATABASE}", stack.variable("CLICKHOUSE_HTTP_URL")),
        workspace: String::new(),
    };
    bench.workspace = bench.api("/api/workspace").await?["id"].as_str().context("no workspace")?.to_owned();
    bench.fill(clicks).await?;
    bench.wait_for_rollups().await?;
    let sizes = bench
        .ask(
            "SELECT arrayStringConcat(groupArray(text), '; ') FROM (SELECT concat(table, if(table = 'click_rollup', concat(' ', partition), ''), \
             ': ', formatReadableQuantity(sum(rows)), ' rows, ', formatReadableSize(sum(bytes_on_disk))) AS text FROM system.parts \
             WHERE active AND database = currentDatabase() AND table IN ('click_events', 'conversion_events', 'click_rollup', 'conversion_rollup') \
             GROUP BY table, if(table = 'click_rollup', partition, '') AS partition ORDER BY sum(rows) DESC)",
        )
        .await?;
    println!("reports {}", sizes.trim());
    println!(
        "reports | report | API, rollups: ms | API, events: ms | by hand: ms | rollups / by hand | events / by hand | read from |"
    );
    println!("reports |---|---:|---:|---:|---:|---:|---|");
    let mut times = vec![[const { Vec::new() }; 3]; REPORTS.len()];
    let mut sources = vec![String::new(); REPORTS.len()];
    for round in 0..=rounds {
        for (i, report) in REPORTS.iter().enumerate() {
            let url = url(report);
            let (rolled, source) = bench.timed(&url).await?;
            let (raw, _) = bench.timed(&format!("{url}&read_from=raw")).await?;
            let began = Instant::now();
            bench.ask(&by_hand(&bench.workspace, report.3)).await?;
            let hand = began.elapsed();
            sources[i] = source;
            if round > 0 {
                for (all, time) in times[i].iter_mut().zip([rolled, raw, hand]) {
                    all.push(time.as_secs_f64() * 1000.0);
                }
            }
        }
    }
    for (i, report) in REPORTS.iter().enumerate() {
        let [rolled, raw, hand] = &times[i];
        let ratio = |of: &[f64]| median(of.iter().zip(hand).map(|(a, b)| a / b).collect());
        println!(
            "reports | {} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {} |",
            report.0,
            median(rolled.clone()),
            median(raw.clone()),
            median(hand.clone()),
            ratio(rolled),
            ratio(raw),
            sources[i]
        );
    }
    Ok(())
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn url((_, path, parameters, _): &Report) -> String {
    format!("/api/reports/{path}?from={FROM}&to={TO}{parameters}")
}

/// What somebody would write who knows that all clicks are there, what is in which column, and what the rates were.
fn by_hand(workspace: &str, dimensions: &[(&str, &str)]) -> String {
    let columns = |of: &dyn Fn(&(&str, &str)) -> String| -> String {
        dimensions.iter().enumerate().map(|(i, d)| format!("{} AS d{i}, ", of(d))).collect()
    };
    let keys: Vec<String> = (0..dimensions.len()).map(|i| format!("d{i}")).collect();
    let group = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
    let using = if keys.is_empty() { "1 AS one".to_owned() } else { keys.join(", ") };
    let one = if keys.is_empty() { "1 AS one, " } else { "" };
    let period = |column: &str| {
        format!(
            "{column} >= fromUnixTimestamp64Milli({FROM_MS}) AND {column} < fromUnixTimestamp64Milli({})",
            FROM_MS + PERIOD_MS
        )
    };
    let from_click: Vec<String> = dimensions
        .iter()
        .filter_map(|(_, conversion)| conversion.strip_prefix("c.").map(|column| format!(", {column}")))
        .collect();
    let joined = match from_click.is_empty() {
        true => String::new(),
        false => format!(
            " LEFT ANY JOIN (SELECT click_id{} FROM click_events FINAL WHERE workspace_id = '{workspace}' \
             AND click_id IN (SELECT click_id FROM conversion_events WHERE workspace_id = '{workspace}')) AS c ON c.click_id = v.click_id",
            from_click.concat()
        ),
    };
    let using = if keys.is_empty() { "one".to_owned() } else { using };
    format!(
        "SELECT * FROM (SELECT {one}{}countIf(NOT c.is_bot AND NOT c.is_second_step) AS clicks, \
         countIf(NOT c.is_bot AND c.is_unique AND NOT c.is_second_step) AS unique_clicks, \
         countIf(NOT c.is_bot AND c.is_duplicate AND NOT c.is_second_step) AS duplicates, \
         countIf(c.is_bot AND NOT c.is_second_step) AS bots, \
         countIf(NOT c.is_bot AND c.landing_id != '' AND NOT c.is_second_step) AS lp_views, \
         countIf(NOT c.is_bot AND c.is_second_step AND NOT c.is_duplicate) AS lp_clicks, sum(c.cost * {}) AS cost \
         FROM click_events AS c FINAL WHERE c.workspace_id = '{workspace}' AND {}{group}) AS clicks \
         LEFT JOIN (SELECT {one}{}countIf(v.status IN ('lead', 'sale', 'hold')) AS conversions, countIf(v.status = 'lead') AS leads, \
         countIf(v.status = 'sale') AS sales, countIf(v.status = 'rejected') AS rejected, sumIf(v.payout * {}, v.status = 'sale') AS revenue \
         FROM conversion_events AS v FINAL{joined} WHERE v.workspace_id = '{workspace}' AND {}{group}) AS conversions USING ({using}) \
         ORDER BY clicks DESC LIMIT 100 SETTINGS do_not_merge_across_partitions_select_final = 1",
        columns(&|d| d.0.to_owned()),
        in_dollars("c"),
        period("c.created_at"),
        columns(&|d| d.1.to_owned()),
        in_dollars("v"),
        period("v.created_at"),
    )
}

/// The rates that [`Bench::fill`] writes.
fn in_dollars(of: &str) -> String {
    format!(
        "multiIf({of}.currency = 'USD', toDecimal64(1, 2), {of}.currency = 'EUR', \
         if({of}.created_at < toDateTime('2026-10-01 00:00:00', 'UTC'), toDecimal64(1.1, 2), toDecimal64(1.12, 2)), \
         {of}.currency = 'GBP', toDecimal64(1.3, 2), toDecimal64(0.26, 2))"
    )
}

impl Bench {
    async fn api(&self, path: &str) -> Result<Value> {
        let answer =
            self.client.get(format!("{}{path}", self.api)).bearer_auth(BOOTSTRAP_TOKEN).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        ensure!(status.is_success(), "{path}: {body}");
        Ok(body)
    }

    async fn timed(&self, path: &str) -> Result<(Duration, String)> {
        let began = Instant::now();
        let body = self.api(path).await?;
        let took = began.elapsed();
        let of = body.get("totals").unwrap_or(&body);
        ensure!(of["clicks"].is_null() || of["clicks"].as_u64() > Some(0), "{path}: no clicks");
        Ok((took, body["read_from"].as_str().unwrap_or_default().to_owned()))
    }

    async fn ask(&self, sql: &str) -> Result<String> {
        self.ask_with(sql, &[]).await
    }

    async fn ask_with(&self, sql: &str, parameters: &[(&str, String)]) -> Result<String> {
        let named: Vec<(String, &String)> =
            parameters.iter().map(|(name, value)| (format!("param_{name}"), value)).collect();
        let answer = self.client.post(&self.clickhouse).query(&named).body(sql.to_owned()).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{text}");
        Ok(text)
    }

    async fn fill(&self, clicks: u64) -> Result<()> {
        let rates = json!([
            { "currency": "EUR", "date": "2026-09-01", "rate": "1.1" },
            { "currency": "EUR", "date": "2026-10-01", "rate": "1.12" },
            { "currency": "GBP", "date": "2026-09-01", "rate": "1.3" },
            { "currency": "PLN", "date": "2026-09-01", "rate": "0.26" },
        ]);
        let put = self.client.put(format!("{}/api/currency-rates", self.api)).bearer_auth(BOOTSTRAP_TOKEN);
        put.json(&rates).send().await?.error_for_status()?;
        let began = Instant::now();
        for first in (0..clicks).step_by(CHUNK as usize) {
            let parameters = [
                ("ws", self.workspace.clone()),
                ("from_ms", FROM_MS.to_string()),
                ("period_ms", PERIOD_MS.to_string()),
                ("rows", clicks.to_string()),
                ("first", first.to_string()),
                ("count", CHUNK.min(clicks - first).to_string()),
            ];
            self.ask_with(CLICKS, &parameters).await?;
        }
        let every = [("ws", self.workspace.clone()), ("every", CONVERSION_EVERY.to_string())];
        self.ask_with(CONVERSIONS, &every).await?;
        println!("reports filled with {clicks} clicks in {:.0} s", began.elapsed().as_secs_f64());
        Ok(())
    }

    async fn wait_for_rollups(&self) -> Result<()> {
        let began = Instant::now();
        while self.api(&url(&REPORTS[0])).await?["read_from"] != "rollup" {
            ensure!(began.elapsed() < ROLLUPS_WITHIN, "not everything was added up in time");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        println!("reports all added up {:.0} s later", began.elapsed().as_secs_f64());
        Ok(())
    }
}
