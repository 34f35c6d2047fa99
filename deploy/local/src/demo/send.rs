//! Sends the clicks: GETs over kept-alive connections, redirects not followed, nothing sent twice.

use std::{
    collections::BTreeMap,
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use fastrand::Rng;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use url::Url;

use super::{thousands, visitors::Visitors};
use crate::launcher::say;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Highest cost of a click, in ten-thousandths of a dollar.
const MAX_COST: u32 = 2_500;
/// How often a plain line tells how far it is.
const PLAIN_INTERVAL: Duration = Duration::from_secs(2);
const SOURCES: [&str; 3] = ["push-network", "search-ads", "unlisted"];
const CREATIVES: [&str; 5] = ["banner-a", "banner-b", "video", "native", "europe"];
const ZONES: u32 = 40;
const CLICK_ID_NAMES: [&str; 3] = ["click", "cid", "ref"];
const KEYWORDS: [&str; 4] = ["beach", "privacy", "puzzle", "deal"];

pub struct Plan {
    pub traffic_url: String,
    pub campaigns: Vec<String>,
    pub clicks: u64,
    pub concurrency: u16,
    pub seed: u64,
    pub marker: String,
}

/// A click as its traffic source and its affiliate network know it.
pub struct SentClick {
    /// The source's name of it.
    pub source_click_id: String,
    /// Slug.
    pub source: &'static str,
    /// Ours, as it stood in the redirect.
    pub click_id: String,
    number: u64,
}

#[derive(Default)]
pub struct Sent {
    pub redirected: u64,
    /// Those that a postback can name, by number.
    pub clicks: Vec<SentClick>,
    /// Everything but a 302, by what it was.
    failures: BTreeMap<String, u64>,
}

impl Sent {
    pub fn describe_failures(&self) {
        for (what, times) in &self.failures {
            eprintln!("not redirected {} times: {what}", thousands(*times));
        }
    }
}

pub async fn all(plan: Arc<Plan>, visitors: Arc<Visitors>) -> Result<Sent> {
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(TIMEOUT)
        .tcp_nodelay(true)
        .pool_max_idle_per_host(plan.concurrency.into())
        .build()?;
    let next = Arc::new(AtomicU64::new(0));
    let progress = Arc::new(Progress::start(plan.clicks));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..plan.concurrency {
        let (client, plan, visitors) = (client.clone(), plan.clone(), visitors.clone());
        let (next, progress) = (next.clone(), progress.clone());
        tasks.spawn(async move {
            let mut sent = Sent::default();
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= plan.clicks {
                    return sent;
                }
                match click(&client, &plan, &visitors, number).await {
                    Ok((StatusCode::FOUND, click)) => {
                        sent.redirected += 1;
                        sent.clicks.extend(click);
                    }
                    Ok((status, _)) => *sent.failures.entry(format!("answered {status}")).or_default() += 1,
                    Err(error) => *sent.failures.entry(cause(&error)).or_default() += 1,
                }
                progress.one_more();
            }
        });
    }
    let mut total = Sent::default();
    while let Some(sent) = tasks.join_next().await {
        let sent = sent?;
        total.redirected += sent.redirected;
        total.clicks.extend(sent.clicks);
        for (what, times) in sent.failures {
            *total.failures.entry(what).or_default() += times;
        }
    }
    progress.done();
    total.clicks.sort_unstable_by_key(|click| click.number);
    let answered = total.redirected + total.failures.values().sum::<u64>();
    ensure!(answered == plan.clicks, "{answered} clicks were sent, not {}", plan.clicks);
    Ok(total)
}

/// Each click has its own generator: the same seed makes the same clicks, whichever connection takes them.
async fn click(
    client: &Client,
    plan: &Plan,
    visitors: &Visitors,
    number: u64,
) -> reqwest::Result<(StatusCode, Option<SentClick>)> {
    let mut rng = Rng::with_seed(plan.seed.wrapping_add(number));
    let visitor = visitors.draw(&mut rng);
    let campaign = &plan.campaigns[rng.usize(..plan.campaigns.len())];
    let cost = rng.u32(1..=MAX_COST);
    let zone = rng.u32(1..=ZONES);
    let source = rng.choice(SOURCES).unwrap_or_default();
    let source_click_id = format!("{}-{number}", plan.marker);
    let url = format!(
        "{}/c/{campaign}?source={source}&cost={}.{:04}&currency=USD&sub1={}&sub2=zone-{zone}&sub3={}&sub10={}&clickid={source_click_id}",
        plan.traffic_url,
        cost / 10_000,
        cost % 10_000,
        rng.choice(CREATIVES).unwrap_or_default(),
        rng.choice(KEYWORDS).unwrap_or_default(),
        plan.marker,
    );
    let request = client
        .get(url)
        .header(header::USER_AGENT, visitor.user_agent)
        .header(header::ACCEPT_LANGUAGE, visitor.language)
        .header("X-Forwarded-For", visitor.address.to_string());
    let answer = request.send().await?;
    let status = answer.status();
    let click_id =
        answer.headers().get(header::LOCATION).and_then(|location| click_id(location.to_str().ok()?));
    // Read to its end, so that the connection can be used again.
    answer.bytes().await?;
    Ok((status, click_id.map(|click_id| SentClick { source_click_id, source, click_id, number })))
}

/// What the offers of the demo workspace call the click id. The fallback is not told.
fn click_id(location: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    let named = url.query_pairs().find(|(name, _)| CLICK_ID_NAMES.contains(&&**name));
    named.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}

/// The innermost reason; the outer ones repeat the URL, which differs for each click.
fn cause(error: &reqwest::Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A bar on a terminal, now and then a line elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    clicks: u64,
    done: AtomicU64,
    began: Instant,
    lines: AtomicU64,
}

impl Progress {
    fn start(clicks: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = "{wide_bar} {human_pos}/{human_len} {per_sec} {eta}";
            let style = ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar());
            ProgressBar::new(clicks).with_style(style)
        });
        Self { bar, clicks, done: AtomicU64::new(0), began: Instant::now(), lines: AtomicU64::new(0) }
    }

    fn one_more(&self) {
        let done = self.done.fetch_add(1, Relaxed) + 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            return;
        }
        let due = (self.began.elapsed().as_secs_f64() / PLAIN_INTERVAL.as_secs_f64()) as u64;
        if self.lines.fetch_max(due, Relaxed) < due {
            say(format_args!("  {} of {}", thousands(done), thousands(self.clicks)));
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let took = self.began.elapsed().as_secs_f64();
        let rate = (self.clicks as f64 / took.max(0.001)) as u64;
        say(format_args!("sent in {took:.1} s, {} clicks a second", thousands(rate)));
    }
}
