//! Random clicks and conversions as they really come (in disorder, repeated, late, with costs corrected
//! afterwards), and random questions about them.

use reqwest::{Client, Method};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use traffoflex_local::stack::{NODE_TOKEN, Stack};
use traffoflex_model::{Attribution, ConversionEvent, ConversionStatus, NodeId};
use traffoflex_wire::event::EventIdentity;

use crate::{
    ledger::{ms, set_currency},
    world::{World, click},
};

/// Clocks change in Lord Howe (half an hour) before it, in Berlin on 2026-10-25 and in New York on 2026-11-01.
pub const FROM: &str = "2026-10-22T00:00:00Z";
pub const DAYS: i64 = 12;
pub const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Kiritimati",
];
pub const CURRENCY: &str = "EUR";
/// Currency, first day, dollars; none for JPY.
pub const RATES: [(&str, &str, &str); 5] = [
    ("EUR", "2026-10-01", "1.1"),
    ("EUR", "2026-10-26", "1.2345"),
    ("PLN", "2026-10-25", "0.25"),
    ("PLN", "2026-10-26", "0.26789"),
    ("PLN", "2026-10-29", "0.3"),
];
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const STATUSES: [ConversionStatus; 5] = ConversionStatus::ALL;
const CURRENCIES: [&str; 4] = ["EUR", "USD", "PLN", "JPY"];
/// Dimensions and what they may be asked for.
const DIMENSIONS: [(&str, &[&str]); 16] = [
    ("campaign", &[]),
    ("stream", &["st1", "st2", "st3"]),
    ("destination", &["d1", "d2", "d3", "d4"]),
    ("source", &["s1", "s2"]),
    ("country", &["DE", "PL", "US", "IN"]),
    ("device", &["mobile", "desktop"]),
    ("os", &["iOS", "Android", "Windows"]),
    ("browser", &["Safari", "Chrome"]),
    ("day", &[]),
    ("bot_reason", &["", "user_agent"]),
    ("sub1", &["a", "b", "c"]),
    ("sub2", &["x", "y"]),
    ("network", &["n1", "n2"]),
    ("offer", &["d1", "d2"]),
    ("event_type", &["", "deposit"]),
    ("conversion_status", &["sale", "hold"]),
];

pub struct Sample {
    pub world: World,
    pub workspace: String,
    pub rng: fastrand::Rng,
    campaigns: Vec<String>,
    clicks: Vec<Sent>,
    versions: u64,
    conversions: u64,
}

struct Sent {
    line: Vec<u8>,
    seq: u64,
    at: i64,
    campaign: String,
    is_second_step: bool,
}

pub struct Question {
    /// Without what it reads from.
    pub query: String,
    pub group_by: Vec<&'static str>,
    pub filters: Vec<(&'static str, Vec<String>)>,
    pub timezone: &'static str,
    pub from_ms: i64,
    pub to_ms: i64,
    pub conversion_time: &'static str,
}

impl Sample {
    pub async fn start(seed: u64) -> Self {
        let stack = Stack::start_with(false, &[("ROLLUP_INTERVAL_MS", "200")]).await.unwrap();
        let world = World { stack, client: Client::new() };
        let workspace = world.workspace_id().await;
        set_currency(&world, CURRENCY).await;
        let put = world.call(Method::PUT, "/api/currency-rates", Some(rates())).await;
        assert_eq!((put.status, &put.body["mirrored"]), (200, &json!(true)), "{}", put.body);
        let mut campaigns = Vec::new();
        for name in ["one", "two", "three"] {
            let made = world.post("/api/campaigns", json!({ "name": name, "slug": name })).await;
            campaigns.push(made.id().to_owned());
        }
        let rng = fastrand::Rng::with_seed(seed);
        Self { world, workspace, rng, campaigns, clicks: Vec::new(), versions: 0, conversions: 0 }
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.usize(..all.len())]
    }

    /// New ones at any time of the period; a few at the very edges of hours.
    pub async fn send_clicks(&mut self, count: usize) {
        let first = self.clicks.len();
        for _ in 0..count {
            let seq = self.clicks.len() as u64 + 1;
            let mut at = ms(FROM) + self.rng.i64(0..DAYS * DAY_MS);
            if self.rng.u8(..) < 40 {
                at = at / (HOUR_MS / 2) * (HOUR_MS / 2) - i64::from(self.rng.bool());
            }
            let campaign = self.campaigns[self.rng.usize(..3)].clone();
            let (is_bot, is_second_step) = (self.rng.u8(..) < 40, self.rng.u8(..) < 30);
            let own = json!({ "workspace_id": self.workspace, "campaign_id": campaign, "created_at": at,
                "stream_id": self.of(&["st1", "st2", "st3", "st4"]), "destination_id": self.of(&["d1", "d2", "d3", "d4"]),
                "landing_id": self.of(&["", "", "l1"]), "source_id": self.of(&["s1", "s2", "s3"]),
                "geo_country": self.of(&["DE", "PL", "US", "IN", ""]), "device_type": self.of(&["mobile", "desktop", "tablet"]),
                "os": self.of(&["iOS", "Android", "Windows"]), "browser": self.of(&["Safari", "Chrome", "Firefox"]),
                "sub1": self.of(&["a", "b", "c", "d"]), "sub2": self.of(&["x", "y", ""]),
                "bot_reason": if is_bot { "user_agent" } else { "" }, "is_bot": is_bot, "is_second_step": is_second_step,
                "is_unique": self.rng.bool(), "is_duplicate": self.rng.u8(..) < 50,
                "cost": if is_second_step { Decimal::ZERO } else { Decimal::new(self.rng.i64(0..3_000_000), 6) }.to_string(),
                "currency": self.of(&CURRENCIES) });
            let line = click("n1", 1, seq, own);
            self.clicks.push(Sent { line, seq, at, campaign, is_second_step });
        }
        self.deliver(first, self.clicks.len()).await;
    }

    /// Some of those that were sent, once more.
    pub async fn replay(&mut self) {
        let end = self.clicks.len();
        let first = self.rng.usize(..end / 2);
        self.deliver(first, end.min(first + end / 3)).await;
    }

    pub async fn replay_all(&self) {
        self.deliver(0, self.clicks.len()).await;
    }

    async fn deliver(&self, first: usize, end: usize) {
        for part in self.clicks[first..end].chunks(2000) {
            let lines = part.iter().flat_map(|sent| sent.line.clone()).collect();
            let range = (part[0].seq, part[part.len() - 1].seq);
            let accepted = self.world.ingest("n1", 1, range, lines).await;
            assert_eq!(accepted.body["accepted"], part.len(), "{}", accepted.body);
        }
    }

    /// Each in several versions, which come in disorder and partly twice. Some are of clicks that come later or never.
    pub async fn send_conversions(&mut self, count: usize) {
        let mut lines = Vec::new();
        for _ in 0..count {
            self.conversions += 1;
            let click = self.rng.usize(..self.clicks.len());
            let (seq, clicked_at, campaign) = {
                let sent = &self.clicks[click];
                (sent.seq, sent.at, sent.campaign.clone())
            };
            let tied = !self.clicks[click].is_second_step && self.rng.u8(..) < 200;
            let never = tied && self.rng.u8(..) < 10;
            let at = if tied { clicked_at } else { ms(FROM) + self.rng.i64(0..DAYS * DAY_MS) };
            let created_at = at + self.rng.i64(0..2 * DAY_MS);
            let (stream, destination) = (self.of(&["st1", "st2"]), self.of(&["d1", "d2", "d3"]));
            let (source, network) = (self.of(&["s1", "s2"]), self.of(&["n1", "n2", "n3"]));
            let (offer, event_type) = (self.of(&["d1", "d2", ""]), self.of(&["", "deposit", "registration"]));
            let currency = self.of(&CURRENCIES);
            let count = self.rng.u64(1..4);
            let states: Vec<(ConversionStatus, Decimal)> = (0..count)
                .map(|_| (self.of(&STATUSES), Decimal::new(self.rng.i64(0..90_000_000), 6)))
                .collect();
            let workspace = self.workspace.clone();
            let event = ConversionEvent {
                created_at,
                updated_at: 0,
                conversion_id: format!("conversion-{}", self.conversions).into(),
                version: 0,
                click_id: if never { format!("never-{seq}") } else { format!("click-n1-{seq}") }.into(),
                transaction_id: format!("t{}", self.conversions).into(),
                workspace_id: workspace.as_str().into(),
                campaign_id: if tied { campaign.as_str() } else { "" }.into(),
                stream_id: stream.into(),
                destination_id: destination.into(),
                source_id: source.into(),
                network_id: network.into(),
                offer_id: offer.into(),
                event_type: event_type.into(),
                status: STATUSES[0],
                raw_status: "".into(),
                payout: Decimal::ZERO,
                currency: currency.into(),
                attribution: if tied { Attribution::Click } else { Attribution::OutsideWindow },
                raw_payload: "".into(),
                clicked_at: if tied { clicked_at } else { 0 },
                postback_id: "".into(),
            };
            for (version, (status, payout)) in (1..).zip(states) {
                self.versions += 1;
                let updated_at = event.created_at + version as i64;
                lines.push(line(
                    self.versions,
                    &ConversionEvent { version, status, payout, updated_at, ..event.clone() },
                ));
            }
        }
        self.rng.shuffle(&mut lines);
        for batch in [lines.concat(), lines[..lines.len() / 3].concat()] {
            let query = format!("node_id=n1-pb&node_epoch=1&first_seq=1&last_seq={}", self.versions);
            let url = self.world.url(&format!("/internal/v1/events/conversion_events?{query}"));
            let answer =
                self.world.client.post(url).bearer_auth(NODE_TOKEN).body(batch).send().await.unwrap();
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["rejected"], 0, "{body}");
        }
    }

    pub async fn correct_costs(&mut self) {
        let mut rows = Vec::new();
        for _ in 0..3 {
            let campaign = self.campaigns[self.rng.usize(..3)].clone();
            let day = ms(FROM) + self.rng.i64(0..DAYS - 2) * DAY_MS;
            let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
            rows.push(json!({ "campaign_id": campaign, "from": at(day + HOUR_MS / 2), "to": at(day + DAY_MS),
                "currency": self.of(&["EUR", "USD", "PLN"]), "cpc": Decimal::new(self.rng.i64(1..2_000_000), 6).to_string() }));
        }
        let answer = self.world.post("/api/costs", json!(rows)).await;
        assert_eq!((answer.status, &answer.body["applied"]), (200, &json!(3)), "{}", answer.body);
    }

    pub fn question(&mut self) -> Question {
        let mut all: Vec<usize> = (0..DIMENSIONS.len()).collect();
        self.rng.shuffle(&mut all);
        let (grouped, filtered) = (self.of(&[0, 1, 1, 2, 2, 3, 4]), self.of(&[0, 0, 1, 1, 2]));
        let group_by: Vec<&'static str> = all[..grouped].iter().map(|i| DIMENSIONS[*i].0).collect();
        self.rng.shuffle(&mut all);
        let mut filters = Vec::new();
        for i in &all[..filtered] {
            let (name, values) = DIMENSIONS[*i];
            let mut values: Vec<String> = match name {
                "campaign" => self.campaigns.clone(),
                "day" => continue,
                _ => values.iter().map(|value| (*value).to_owned()).collect(),
            };
            self.rng.shuffle(&mut values);
            values.truncate(1 + self.rng.usize(..values.len()));
            filters.push((name, values));
        }
        let (mut from_ms, mut to_ms) = (self.moment(), self.moment());
        if from_ms > to_ms {
            std::mem::swap(&mut from_ms, &mut to_ms);
        }
        to_ms = to_ms.max(from_ms + 1);
        if self.rng.bool() {
            (from_ms, to_ms) = (ms(FROM), ms(FROM) + DAYS * DAY_MS);
        }
        let (timezone, conversion_time) = (self.of(&ZONES), self.of(&["conversion", "click"]));
        let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
        let mut query = format!(
            "from={}&to={}&timezone={timezone}&conversion_time={conversion_time}",
            at(from_ms),
            at(to_ms)
        );
        for (name, values) in &filters {
            query.push_str(&format!("&{name}={}", values.join(",")));
        }
        Question { query, group_by, filters, timezone, from_ms, to_ms, conversion_time }
    }

    /// A day's, an hour's, or any.
    fn moment(&mut self) -> i64 {
        let at = ms(FROM) + self.rng.i64(0..(DAYS + 1) * DAY_MS);
        let unit = self.of(&[1, HOUR_MS / 2, HOUR_MS, DAY_MS]);
        at / unit * unit
    }

    /// All rows, totals and what was read.
    pub async fn answer(&self, question: &Question, read_from: &str) -> Value {
        let query = format!("{}&read_from={read_from}", question.query);
        if question.group_by.is_empty() {
            let totals = self.world.get(&format!("/api/reports/overview?{query}")).await;
            assert_eq!(totals.status, 200, "{query}: {}", totals.body);
            return json!({ "rows": [], "read_from": totals.body["read_from"], "totals": totals.body });
        }
        let group_by = question.group_by.join(",");
        let (mut rows, mut page) = (Vec::new(), Value::Null);
        while rows.is_empty() || rows.len() < page["total"].as_u64().unwrap() as usize {
            let path =
                format!("/api/reports/grouped?{query}&group_by={group_by}&limit=500&offset={}", rows.len());
            let answer = self.world.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            page = answer.body;
            rows.extend(page["items"].as_array().unwrap().clone());
            if page["total"] == 0 {
                break;
            }
        }
        json!({ "rows": rows, "read_from": page["read_from"], "totals": page["totals"] })
    }

    /// How many spans are computed and none is waited for; false while some are due.
    pub async fn is_added_up(&self) -> bool {
        let query = format!("from={FROM}&to=2026-11-12T00:00:00Z");
        let report = self.world.get(&format!("/api/reports/overview?{query}")).await;
        report.body["read_from"] == "rollup"
    }
}

pub fn rates() -> Value {
    let rates = RATES.iter();
    rates.map(|(currency, date, rate)| json!({ "currency": currency, "date": date, "rate": rate })).collect()
}

fn line(seq: u64, event: &ConversionEvent) -> Vec<u8> {
    let node_id = NodeId::parse("n1-pb").unwrap();
    let mut line = Vec::new();
    EventIdentity { node_id: &node_id, node_epoch: 1, node_seq: seq }.write_json(event, &mut line).unwrap();
    line.push(b'\n');
    line
}
