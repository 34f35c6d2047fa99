//! Reports say the same from what was added up and from the events, whatever happens to either.

use futures_util::{StreamExt, stream};
use serde_json::Value;
use traffoflex_central::{
    config::ClickHouseConfig,
    rollups::{self, Kind},
    warehouse::Warehouse,
};
use traffoflex_local::stack::DATABASE;

use crate::{
    ledger::ms,
    report_sample::{DAYS, FROM, Sample},
    world::{Answer, eventually},
};

/// Of each dimension.
const OPERATORS: usize = 2;
/// Reports under way at once.
const AT_ONCE: usize = 4;

/// Random questions, each answered both ways; how many of them used what was added up.
async fn same_both_ways(sample: &mut Sample, questions: usize, when: &str) -> usize {
    let mut rolled = 0;
    for _ in 0..questions {
        let question = sample.question();
        let (raw, auto) = tokio::join!(sample.answer(&question, "raw"), sample.answer(&question, "auto"));
        let what =
            format!("{when}: {} by {:?} from {}", question.query, question.group_by, auto["read_from"]);
        let keyed = |answer: &Value| -> std::collections::BTreeMap<String, Value> {
            let rows = answer["rows"].as_array().unwrap().iter();
            let key =
                |row: &Value| question.group_by.iter().map(|name| row[*name].to_string()).collect::<String>();
            rows.map(|row| (key(row), row.clone())).collect()
        };
        assert_eq!(keyed(&raw), keyed(&auto), "{what}");
        let sums = |answer: &Value| {
            let mut totals = answer["totals"].clone();
            for name in ["read_from", "rates_pending"] {
                totals.as_object_mut().unwrap().remove(name);
            }
            totals
        };
        assert_eq!(sums(&raw), sums(&auto), "{what}");
        rolled += usize::from(auto["read_from"] != "raw");
    }
    rolled
}

async fn published(sample: &Sample) -> u64 {
    let sql = "SELECT count() FROM rollup_builds FINAL WHERE published_at > 0";
    sample.world.clickhouse(sql).await.parse().unwrap()
}

async fn switch_rollups(sample: &mut Sample, to: &str) {
    sample.world.stack.stop_api().await.unwrap();
    sample.world.stack.set_for_api("REPORT_ROLLUPS", to).unwrap();
    sample.world.stack.start_api().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_the_same_from_rollups_and_from_events_whatever_comes_late() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut sample = Sample::start(seed).await;
    sample.send_clicks(3000).await;
    sample.send_conversions(400).await;
    sample.added_up().await;
    assert!(same_both_ways(&mut sample, 15, "at rest").await > 3, "seed {seed}");
    // While it is added up anew, and when that is done.
    for (round, what) in ["replays", "late", "costs", "conversions", "erased"].into_iter().enumerate() {
        match round {
            0 => sample.replay().await,
            1 => sample.send_clicks(200).await,
            2 => sample.correct_costs().await,
            3 => sample.send_conversions(100).await,
            _ => erase(&sample).await,
        }
        same_both_ways(&mut sample, 4, what).await;
        sample.added_up().await;
        assert!(same_both_ways(&mut sample, 8, what).await > 0, "seed {seed}");
    }
}

/// Takes away the clicks of one country, and says so.
async fn erase(sample: &Sample) {
    let sql = "ALTER TABLE click_events DELETE WHERE geo_country = 'PL' SETTINGS mutations_sync = 1";
    sample.world.clickhouse(sql).await;
    let config = ClickHouseConfig {
        clickhouse_http_url: sample.world.stack.variable("CLICKHOUSE_HTTP_URL").parse().unwrap(),
        clickhouse_user: String::new(),
        clickhouse_password: String::new(),
        clickhouse_database: DATABASE.to_owned(),
    };
    let warehouse = Warehouse::new(&config).unwrap();
    let whole = ms(FROM)..ms(FROM) + (DAYS + 3) * 86_400_000;
    for kind in [Kind::Clicks, Kind::Conversions] {
        rollups::mark(&warehouse, &sample.workspace, kind, whole.clone()).await.unwrap();
    }
}

/// A conversion that was there before its click takes what the click says as soon as that comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_comes_after_its_conversion_is_found() {
    let mut sample = Sample::start(7).await;
    // An hour added up before its clicks vanish would keep them: nothing tells it of a TRUNCATE.
    switch_rollups(&mut sample, "off").await;
    sample.send_clicks(50).await;
    sample.send_conversions(20).await;
    let lost = "SELECT countIf(attribution = 'click') FROM conversion_events FINAL";
    let tied: u64 = sample.world.clickhouse(lost).await.parse().unwrap();
    assert!(tied > 5);
    // Their clicks are not there (yet): what is added up says so too.
    sample.world.clickhouse("TRUNCATE TABLE click_events").await;
    switch_rollups(&mut sample, "on").await;
    eventually("conversions are added up", async || {
        let sql = "SELECT count() FROM rollup_builds FINAL WHERE kind = 'conversions' AND published_at > 0 AND notEmpty(waits)";
        sample.world.clickhouse(sql).await != "0"
    })
    .await;
    same_both_ways(&mut sample, 10, "without clicks").await;
    sample.replay_all().await;
    same_both_ways(&mut sample, 10, "just come").await;
    sample.added_up().await;
    same_both_ways(&mut sample, 10, "added up anew").await;
    let countries = "SELECT count() FROM conversion_rollup WHERE click_click_id != ''";
    assert_ne!(sample.world.clickhouse(countries).await, "0");
}

/// kill -9 while it builds: what is half done counts nowhere, and the next process goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_builder_that_is_killed_halfway_leaves_nothing_that_counts() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut sample = Sample::start(seed).await;
    switch_rollups(&mut sample, "off").await;
    sample.send_clicks(3000).await;
    sample.send_conversions(300).await;
    let due: u64 = sample
        .world
        .clickhouse(
            "SELECT uniqExact(kind, hour) + uniqExactIf(intDiv(hour, 24), kind = 'clicks') FROM rollup_marks",
        )
        .await
        .parse()
        .unwrap();
    switch_rollups(&mut sample, "on").await;
    eventually("some are built", async || published(&sample).await > 0).await;
    sample.world.kill_api().await;
    let built = published(&sample).await;
    assert!(built < due, "all {due} were built before the kill");
    sample.world.stack.start_api().await.unwrap();
    same_both_ways(&mut sample, 12, "killed").await;
    sample.send_clicks(20).await;
    same_both_ways(&mut sample, 5, "killed, and more came").await;
    let half: u64 = sample
        .world
        .clickhouse("SELECT count() FROM rollup_builds FINAL WHERE published_at = 0")
        .await
        .parse()
        .unwrap();
    println!("{half} spans were begun and not finished");
    sample.added_up().await;
    assert!(same_both_ways(&mut sample, 12, "in the end").await > 2, "seed {seed}");
}

/// A day that cannot be built keeps no other one back, nor what is to be cleared away.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_cannot_be_built_is_put_off() {
    let mut sample = Sample::start(11).await;
    // The newest of them: it comes first in every pass.
    let last = (ms(FROM) + DAYS * 86_400_000) / 3_600_000 - 24;
    let refuse = format!("ALTER TABLE click_rollup ADD CONSTRAINT refused CHECK hour < {last}");
    sample.world.clickhouse(&refuse).await;
    let abandoned = "INSERT INTO rollup_builds (workspace_id, kind, hour, build, begun_at) VALUES ('w', 'clicks', 7, 7, now64(3) - toIntervalHour(3))";
    sample.world.clickhouse(abandoned).await;
    sample.send_clicks(600).await;
    let missing = |and: &str| {
        format!(
            "SELECT count() FROM (SELECT DISTINCT hour FROM rollup_marks WHERE kind = 'clicks' AND {and}) AS m WHERE hour NOT IN \
             (SELECT hour FROM rollup_builds FINAL WHERE kind = 'clicks' AND published_at > 0)"
        )
    };
    let older = missing(&format!("hour < {last}"));
    eventually("older days are built", async || sample.world.clickhouse(&older).await == "0").await;
    let newest = missing(&format!("hour >= {last}"));
    assert_ne!(sample.world.clickhouse(&newest).await, "0");
    same_both_ways(&mut sample, 4, "without the last day").await;
    let left = "SELECT count() FROM rollup_builds WHERE workspace_id = 'w'";
    eventually("what was abandoned is cleared away", async || sample.world.clickhouse(left).await == "0")
        .await;
    sample.world.clickhouse("ALTER TABLE click_rollup DROP CONSTRAINT refused").await;
    sample.added_up().await;
}

/// Every dimension and operator, comparisons, conditions, cohorts and funnels, as the same service answers them
/// with what was added up and without.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_asked_is_the_same_without_rollups() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut sample = Sample::start(seed).await;
    sample.send_clicks(2500).await;
    sample.send_conversions(400).await;
    sample.added_up().await;
    // Some hours are stale, and stay so.
    sample.world.stack.stop_api().await.unwrap();
    sample.world.stack.set_for_api("ROLLUP_INTERVAL_MS", "3600000").unwrap();
    sample.world.stack.start_api().await.unwrap();
    sample.send_clicks(60).await;
    sample.send_conversions(20).await;
    let asked = asked(&mut sample).await;
    let mut answers = Vec::new();
    let mut rolled = 0;
    for (path, mut answer) in asked.iter().zip(answers_of(&sample, &asked).await) {
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let read_from = answer.body.as_object_mut().unwrap().remove("read_from");
        rolled += usize::from(read_from.is_some_and(|from| from != "raw"));
        answers.push(answer.body);
    }
    assert!(rolled > asked.len() / 3, "{rolled} of {}", asked.len());
    switch_rollups(&mut sample, "off").await;
    let raw = answers_of(&sample, &asked).await.into_iter().map(|answer| answer.body);
    for ((path, expected), mut answer) in asked.iter().zip(answers).zip(raw) {
        if let Some(read_from) = answer.as_object_mut().unwrap().remove("read_from") {
            assert_eq!(read_from, "raw", "{path}");
        }
        assert_eq!(answer, expected, "seed {seed}: {path}");
    }
}

async fn answers_of(sample: &Sample, paths: &[String]) -> Vec<Answer> {
    stream::iter(paths).map(|path| sample.world.get(path)).buffered(AT_ONCE).collect().await
}

/// Paths of reports; each in a timezone and a period of its own. Every dimension is in some; which operators and
/// which comparisons, is drawn anew in each run.
async fn asked(sample: &mut Sample) -> Vec<String> {
    let schema = sample.world.get("/api/schema/reports").await.body;
    let dimensions = schema["dimensions"].as_array().unwrap();
    let mut all = Vec::new();
    let mut of_time = |sample: &mut Sample, own: String| {
        let question = sample.question();
        let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap();
        let (from, to) = (at(question.from_ms), at(question.to_ms));
        let sep = if own.contains('?') { '&' } else { '?' };
        all.push(format!("/api/reports/{own}{sep}from={from}&to={to}&timezone={}", question.timezone));
    };
    for dimension in dimensions {
        let name = dimension["name"].as_str().unwrap();
        let by = sample.rng.choice(["clicks", "cost", "conversions", name]).unwrap();
        let time = sample.rng.choice(["click", "conversion"]).unwrap();
        let more = sample.rng.choice(["", ",country", ",campaign,os", ",day"]).unwrap();
        let own = format!("grouped?group_by={name}{more}&limit=500&sort={by}&conversion_time={time}");
        of_time(sample, own.clone());
        if sample.rng.bool() {
            of_time(sample, format!("{own}&compare=previous_period&having[clicks][gte]=2"));
        }
        let mut operators = dimension["operators"].as_array().unwrap().clone();
        sample.rng.shuffle(&mut operators);
        for operator in operators.iter().take(OPERATORS) {
            let value = match (name, operator.as_str().unwrap()) {
                (_, "exists" | "not_exists") => "",
                ("hour", _) => "2026-10-25T02:00:00%2B01:00",
                ("day" | "week", _) => "2026-10-26",
                ("month", _) => "2026-10",
                (_, "cidr") => "10.0.0.0/8",
                ("is_bot" | "is_unique", _) => "true",
                ("os_version" | "browser_version", _) => "9",
                ("hour_of_day" | "weekday" | "asn" | "days_since_click", _) => "3",
                ("country", _) => "DE",
                ("os", _) => "iOS",
                ("stream", _) => "st1",
                _ => "a",
            };
            let group = sample.rng.choice(["country", "day", "hour_of_day", "campaign"]).unwrap();
            let operator = operator.as_str().unwrap();
            of_time(sample, format!("grouped?group_by={group}&limit=500&filter[{name}][{operator}]={value}"));
        }
    }
    for by in ["day", "week", "month"] {
        of_time(sample, format!("cohort?by={by}&days=3&metric=revenue"));
        of_time(sample, format!("cohort?by={by}&days=2&country=DE,US&cumulative=true"));
    }
    for group in ["country", "campaign,os", "day", "is_bot", "landing"] {
        of_time(sample, format!("funnel?group_by={group}&limit=500"));
    }
    for compare in ["previous_period", "previous_year", "2026-10-24T00:00:00Z..2026-10-27T12:00:00Z"] {
        of_time(sample, format!("daily?compare={compare}"));
        of_time(sample, format!("overview?compare={compare}&os=iOS"));
    }
    all
}
