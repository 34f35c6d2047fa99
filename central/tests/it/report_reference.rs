//! Reports against a reference that another engine computes from the exported events: DuckDB, by statements that
//! share nothing with ours (`report_reference/reference.py`).

use std::{path::Path, process::Command};

use serde_json::{Map, Value, json};

use crate::report_sample::{CURRENCY, Question, Sample, rates};

const QUESTIONS: usize = 200;

const CLICKS: &str = "SELECT node_id, click_id, workspace_id, campaign_id, stream_id, destination_id, landing_id, source_id, \
     geo_country, device_type, os, browser, bot_reason, sub1, sub2, sub3, currency, node_epoch, node_seq, \
     toUnixTimestamp64Milli(created_at) AS at_ms, cost, is_bot, is_unique, is_duplicate, is_second_step, cost_version \
     FROM click_events FORMAT JSONEachRow";
const VERSIONS: &str = "SELECT conversion_id, click_id, workspace_id, campaign_id, stream_id, destination_id, source_id, network_id, \
     offer_id, event_type, status, currency, attribution, version, toUnixTimestamp64Milli(created_at) AS at_ms, \
     toUnixTimestamp64Milli(clicked_at) AS clicked_ms, payout FROM conversion_versions FORMAT JSONEachRow";

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_random_reports_equal_a_reference_in_another_engine() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut sample = Sample::start(seed).await;
    // Repeats stay rows of their own, for the reference to see.
    for table in ["click_events", "conversion_versions"] {
        sample.world.clickhouse(&format!("SYSTEM STOP MERGES {table}")).await;
    }
    sample.send_clicks(4000).await;
    sample.send_conversions(600).await;
    sample.correct_costs().await;
    sample.replay().await;
    sample.added_up().await;
    // Late ones: some hours are read from the events from here on, until they are added up anew.
    sample.world.stack.stop_api().await.unwrap();
    sample.world.stack.set_for_api("ROLLUP_INTERVAL_MS", "3600000").unwrap();
    sample.world.stack.start_api().await.unwrap();
    sample.send_clicks(150).await;
    sample.send_conversions(60).await;
    sample.correct_costs().await;
    sample.replay().await;

    let (mut cases, mut mixed) = (Vec::new(), 0);
    for _ in 0..QUESTIONS {
        let question = sample.question();
        let mut answers = Map::new();
        let (auto, raw) = tokio::join!(sample.answer(&question, "auto"), sample.answer(&question, "raw"));
        for (read_from, answer) in [("auto", auto), ("raw", raw)] {
            mixed += usize::from(answer["read_from"] != "raw");
            assert!(read_from == "auto" || answer["read_from"] == "raw", "{answer}");
            answers.insert(read_from.to_owned(), answer);
        }
        cases.push(case(&question, answers));
    }
    assert!(mixed > QUESTIONS / 4, "{mixed} of {QUESTIONS} used what was added up");
    let dir = sample.world.stack.subdir("reference").unwrap();
    for (name, sql) in [("clicks", CLICKS), ("versions", VERSIONS)] {
        let sql = format!(
            "{sql} SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_quote_decimals = 1"
        );
        std::fs::write(dir.join(format!("{name}.jsonl")), sample.world.clickhouse(&sql).await).unwrap();
    }
    let whole =
        json!({ "workspace": sample.workspace, "currency": CURRENCY, "rates": rates(), "cases": cases });
    std::fs::write(dir.join("cases.json"), whole.to_string()).unwrap();
    compare(&dir, seed);
}

fn case(question: &Question, answers: Map<String, Value>) -> Value {
    let filters: Map<String, Value> =
        question.filters.iter().map(|(name, values)| ((*name).to_owned(), json!(values))).collect();
    json!({ "query": question.query, "group_by": question.group_by, "filters": filters, "timezone": question.timezone,
        "from": question.from_ms, "to": question.to_ms, "conversion_time": question.conversion_time, "answers": answers })
}

fn compare(dir: &Path, seed: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = Command::new(root.join("../deploy/python-tools")).output().unwrap();
    assert!(tools.status.success(), "{}", String::from_utf8_lossy(&tools.stderr));
    let python = Path::new(String::from_utf8(tools.stdout).unwrap().trim()).join("python");
    let script = root.join("tests/it/report_reference/reference.py");
    let output = Command::new(python).arg(script).arg(dir).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    #[expect(clippy::print_stdout, reason = "what was compared, for whoever reads the log")]
    {
        println!("{said}");
    }
    assert!(output.status.success(), "seed {seed}: {said}");
}
