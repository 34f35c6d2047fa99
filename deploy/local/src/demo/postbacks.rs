//! Sends what the ledger says as postbacks, and holds the answers, the reports and the calls to the sources
//! against it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use reqwest::Client;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    counts::{Counts, Period},
    ledger::{self, Conversion, Step, Totals},
    receiver::Receiver,
    sign, thousands,
};
use crate::launcher::say;

const TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Nothing that moves for so long will get there. A source that was away is tried again within a minute.
const STALL_LIMIT: Duration = Duration::from_secs(100);
/// Postbacks that cannot be used, of each kind.
const UNUSABLE: u64 = 3;

pub struct Plan {
    pub postback_url: String,
    pub network: String,
    pub secret: String,
    pub concurrency: u16,
    pub conversions: Vec<Conversion>,
    /// In US dollars.
    pub euro: Option<Decimal>,
}

/// How often which answer was expected and which one came.
pub type Answers = BTreeMap<(&'static str, String), u64>;

/// Sends all, those of one conversion one after the other.
pub async fn send(plan: Arc<Plan>) -> Result<Answers> {
    let client = Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(plan.concurrency.into())
        .build()?;
    let next = Arc::new(Mutex::new(0..plan.conversions.len()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..plan.concurrency {
        let (client, plan, next) = (client.clone(), plan.clone(), next.clone());
        tasks.spawn(async move {
            let mut answers = Answers::new();
            loop {
                let index = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(conversion) = index.and_then(|index| plan.conversions.get(index)) else {
                    return answers;
                };
                for (step, expected) in conversion.answers() {
                    let got = postback(&client, &plan, conversion, step, &plan.secret).await;
                    *answers.entry((expected, got)).or_default() += 1;
                }
            }
        });
    }
    let mut all = unusable(&client, &plan).await;
    while let Some(answers) = tasks.join_next().await {
        for (kind, times) in answers? {
            *all.entry(kind).or_default() += times;
        }
    }
    Ok(all)
}

/// The answer's status, or in words what there is instead.
async fn postback(
    client: &Client,
    plan: &Plan,
    conversion: &Conversion,
    step: &Step,
    secret: &str,
) -> String {
    let payout = step.payout.to_string();
    let mut query = vec![
        ("subid", conversion.click_id.as_str()),
        ("goal", conversion.event_type),
        ("status", step.status.word()),
        ("payout", &payout),
        ("currency", conversion.currency),
        ("secret", secret),
    ];
    query.extend(conversion.transaction_id.as_deref().map(|id| ("tid", id)));
    answer(client, plan, &query).await
}

async fn answer(client: &Client, plan: &Plan, query: &[(&str, &str)]) -> String {
    let request = client.get(format!("{}/pb/{}", plan.postback_url, plan.network)).query(query);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return format!("no answer: {}", error.without_url()),
    };
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    match body["status"].as_str() {
        Some(said) if status.is_success() => said.to_owned(),
        _ => status.as_u16().to_string(),
    }
}

/// Postbacks that say too little, or that somebody else sent.
async fn unusable(client: &Client, plan: &Plan) -> Answers {
    let mut answers = Answers::new();
    for _ in 0..UNUSABLE {
        let nameless = [("payout", "5.00"), ("secret", plan.secret.as_str())];
        *answers.entry(("400", answer(client, plan, &nameless).await)).or_default() += 1;
        let stranger = [("tid", "stolen"), ("payout", "999.00"), ("secret", "guessed")];
        *answers.entry(("403", answer(client, plan, &stranger).await)).or_default() += 1;
    }
    answers
}

/// Prints what was answered; whether that is what was expected.
pub fn describe(answers: &Answers) -> bool {
    let sent: u64 = answers.values().sum();
    let right = |(expected, got): &(&'static str, String)| expected == got;
    let parts: Vec<String> = answers
        .iter()
        .filter(|(kind, _)| right(kind))
        .map(|((expected, _), times)| format!("{expected} {}", thousands(*times)))
        .collect();
    say(format_args!("postbacks sent {}, answered as they should be: {}", thousands(sent), parts.join(", ")));
    for ((expected, got), times) in answers.iter().filter(|(kind, _)| !right(kind)) {
        eprintln!("{} times {got} was answered instead of {expected}", thousands(*times));
    }
    answers.keys().all(right)
}

/// Waits until the reports say what the ledger says, and prints both. `period` has the run's clicks,
/// `all` everything since the first postback.
pub async fn reconcile(counts: &Counts, plan: &Plan, period: &Period, all: &Period) -> Result<bool> {
    let expected = [true, false].map(|only_tied| ledger::totals(&plan.conversions, only_tied, plan.euro));
    let shown = until_settled(
        async || Ok([counts.conversions(period).await?, counts.conversions(all).await?]),
        |shown| *shown == expected,
    )
    .await
    .context("conversions in the reports")?;
    for ((title, expected), shown) in ["tied to a click", "all"].into_iter().zip(expected).zip(shown) {
        print(title, &expected, &shown);
    }
    Ok(shown == expected)
}

fn print(title: &str, expected: &Totals, shown: &Totals) {
    let pair = |name: &str, expected: u64, shown: u64| {
        format!("{name} {} {} {}", thousands(expected), sign(expected == shown), thousands(shown))
    };
    let counts = [
        pair("conversions", expected.conversions, shown.conversions),
        pair("leads", expected.leads, shown.leads),
        pair("sales", expected.sales, shown.sales),
        pair("rejected", expected.rejected, shown.rejected),
    ];
    let revenue = format!(
        "revenue {} {} {}",
        expected.revenue.normalize(),
        sign(expected.revenue == shown.revenue),
        shown.revenue.normalize()
    );
    say(format_args!("{title} (ledger, report): {}, {revenue}", counts.join(", ")));
}

/// Waits until the sources were told all that is due, and nothing else.
pub async fn reconcile_calls(receiver: &Receiver, conversions: &[Conversion], run: &str) -> Result<bool> {
    let due = ledger::due(conversions);
    let calls = until_settled(async || Ok(receiver.calls(run)), |calls| *calls == due).await?;
    let (repeated, wrong) = receiver.repeated_and_wrong();
    say(format_args!(
        "calls to sources due {} {} received {} (repeated with the same key: {repeated}, wrong: {wrong})",
        thousands(due.len() as u64),
        sign(calls == due),
        thousands(calls.len() as u64),
    ));
    for missing in due.iter().filter(|call| !calls.contains(call)).take(3) {
        eprintln!("not received: {missing:?}");
    }
    for extra in calls.iter().filter(|call| !due.contains(call)).take(3) {
        eprintln!("not due: {extra:?}");
    }
    Ok(calls == due && wrong == 0)
}

/// Asks until it is as wanted, or has not moved for too long; what it was last.
async fn until_settled<T: PartialEq>(
    mut ask: impl AsyncFnMut() -> Result<T>,
    is_wanted: impl Fn(&T) -> bool,
) -> Result<T> {
    let mut moved_at = Instant::now();
    let mut last = ask().await?;
    while !is_wanted(&last) && moved_at.elapsed() < STALL_LIMIT {
        tokio::time::sleep(POLL_INTERVAL).await;
        let now = ask().await?;
        if now != last {
            moved_at = Instant::now();
        }
        last = now;
    }
    Ok(last)
}
