//! Money of several currencies in reports, against a ledger that is kept here in plain decimals.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use reqwest::Method;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde_json::{Value, json};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::{Attribution, ConversionEvent, ConversionStatus, NodeId};
use traffoflex_wire::event::EventIdentity;

use crate::world::{World, click};

const FROM: &str = "2026-10-23T22:00:00Z";
const TO: &str = "2026-10-28T23:00:00Z";
const ZONE: &str = "Europe/Berlin";
/// Currency, first day, dollars.
const RATES: [(&str, &str, &str); 5] = [
    ("EUR", "2026-10-01", "1.1"),
    ("EUR", "2026-10-26", "1.2345"),
    // The first one holds for the days before it as well.
    ("PLN", "2026-10-25", "0.25"),
    ("PLN", "2026-10-26", "0.26789"),
    ("PLN", "2026-10-28", "0.3"),
];
const COUNTRIES: [&str; 3] = ["DE", "PL", "US"];
const CURRENCIES: [&str; 4] = ["EUR", "USD", "PLN", "JPY"];
const STATUSES: [ConversionStatus; 5] = ConversionStatus::ALL;

pub fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// The same numbers each time, and no pattern in them.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

#[derive(Clone)]
struct Click {
    seq: u64,
    at: i64,
    country: &'static str,
    cost: Decimal,
    currency: &'static str,
    is_bot: bool,
    is_second_step: bool,
}

#[derive(Clone)]
struct Conversion {
    at: i64,
    /// The click it is tied to.
    click: Option<Click>,
    status: ConversionStatus,
    payout: Decimal,
    currency: &'static str,
    network: &'static str,
}

/// Dollars for one, as of a day.
fn dollars(currency: &str, at: i64) -> Option<Decimal> {
    let day = Timestamp::from_millisecond(at).unwrap().to_zoned(TimeZone::UTC).date().to_string();
    if currency == "USD" {
        return Some(Decimal::ONE);
    }
    let rates: Vec<_> = RATES.iter().filter(|rate| rate.0 == currency).collect();
    let rate = rates.iter().rev().find(|rate| rate.1 <= day.as_str()).or(rates.first())?;
    Some(rate.2.parse().unwrap())
}

/// Zero without a rate.
fn in_euro(amount: Decimal, currency: &str, at: i64) -> Decimal {
    match (dollars(currency, at), dollars("EUR", at)) {
        _ if currency == "EUR" => amount,
        (Some(rate), Some(euro)) => amount * rate / euro,
        _ => Decimal::ZERO,
    }
}

#[derive(Default, Debug)]
struct Account {
    clicks: u64,
    bots: u64,
    by_status: [u64; 5],
    revenue: Decimal,
    pending: Decimal,
    cost: Decimal,
}

impl Account {
    fn check(&self, row: &Value, what: &str) {
        let [lead, sale, rejected, hold, _] = self.by_status;
        let conversions = lead + sale + hold;
        let round =
            |amount: Decimal| amount.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero);
        let (revenue, cost) = (round(self.revenue), round(self.cost));
        for (name, expected) in [
            ("clicks", self.clicks),
            ("bots", self.bots),
            ("leads", lead),
            ("sales", sale),
            ("rejected", rejected),
            ("holds", hold),
            ("conversions", conversions),
        ] {
            assert_eq!(row[name], expected, "{what}: {name} of {row}");
        }
        let per = |amount: Decimal, of: u64| (of > 0).then(|| round(amount / Decimal::from(of)));
        for (name, expected) in [
            ("revenue", Some(revenue)),
            ("revenue_pending", Some(round(self.pending))),
            ("cost", Some(cost)),
            ("profit", Some(revenue - cost)),
            ("epc", per(revenue, self.clicks)),
            ("cpc", per(cost, self.clicks)),
            ("cpa", per(cost, conversions)),
        ] {
            let told = row[name].as_str().map(|text| text.parse::<Decimal>().unwrap());
            assert_eq!(told, expected, "{what}: {name} of {row}");
        }
        let percent = |part: Decimal, of: Decimal| {
            (!of.is_zero()).then(|| (part / of * Decimal::ONE_HUNDRED).to_f64().unwrap())
        };
        for (name, expected) in
            [("roi", percent(revenue - cost, cost)), ("cr", percent(conversions.into(), self.clicks.into()))]
        {
            match (row[name].as_f64(), expected) {
                (Some(told), Some(expected)) => {
                    assert!((told - expected).abs() < 0.0001, "{what}: {name} {expected} of {row}");
                }
                (told, expected) => assert_eq!(told, expected, "{what}: {name} of {row}"),
            }
        }
    }
}

/// Accounts by what `key` says of a row: its time, its country and its network.
fn accounts(
    clicks: &[Click],
    conversions: &[Conversion],
    by_click: bool,
    key: impl Fn(i64, &str, &str) -> String,
) -> BTreeMap<String, Account> {
    let period = ms(FROM)..ms(TO);
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for click in clicks.iter().filter(|click| period.contains(&click.at)) {
        let account = accounts.entry(key(click.at, click.country, "")).or_default();
        account.clicks += u64::from(!click.is_bot && !click.is_second_step);
        account.bots += u64::from(click.is_bot && !click.is_second_step);
        account.cost += in_euro(click.cost, click.currency, click.at);
    }
    for conversion in conversions {
        let clicked = conversion.click.as_ref().filter(|_| by_click).map(|click| click.at);
        let at = clicked.unwrap_or(conversion.at);
        if !period.contains(&at) {
            continue;
        }
        let country = conversion.click.as_ref().map_or("", |click| click.country);
        let account = accounts.entry(key(at, country, conversion.network)).or_default();
        let status = STATUSES.iter().position(|status| *status == conversion.status).unwrap();
        account.by_status[status] += 1;
        // By the rate of its own day, whichever day it counts on.
        let payout = in_euro(conversion.payout, conversion.currency, conversion.at);
        match conversion.status {
            ConversionStatus::Sale => account.revenue += payout,
            ConversionStatus::Lead | ConversionStatus::Hold => account.pending += payout,
            ConversionStatus::Rejected | ConversionStatus::Unmapped => {}
        }
    }
    accounts
}

fn make_clicks(dice: &mut Dice) -> Vec<Click> {
    let span = (ms(TO) - ms(FROM)) as u64 + 2 * 86_400_000;
    (1..=600)
        .map(|seq| {
            let is_second_step = seq % 11 == 0;
            Click {
                seq,
                at: ms(FROM) - 86_400_000 + dice.below(span) as i64,
                country: dice.of(&COUNTRIES),
                cost: match is_second_step {
                    true => Decimal::ZERO,
                    false => Decimal::new(dice.below(5_000_000) as i64, 6),
                },
                currency: dice.of(&CURRENCIES),
                is_bot: seq % 7 == 0,
                is_second_step,
            }
        })
        .collect()
}

/// Lines of one version of a conversion.
struct Version<'a> {
    workspace: &'a str,
    id: u64,
    version: u64,
    seq: u64,
    state: &'a Conversion,
}

impl Version<'_> {
    fn line(&self) -> Vec<u8> {
        let Self { workspace, id, version, seq, state } = *self;
        let node_id = NodeId::parse("n1-pb").unwrap();
        let click_id = state.click.as_ref().map(|click| format!("click-n1-{}", click.seq));
        // One that is tied to no click may well name one.
        let named = click_id.clone().unwrap_or_else(|| format!("click-n1-{id}"));
        let event = ConversionEvent {
            created_at: state.at,
            updated_at: state.at + version as i64,
            conversion_id: format!("conversion-{id}").into(),
            version,
            click_id: named.into(),
            transaction_id: format!("t{id}").into(),
            workspace_id: workspace.into(),
            campaign_id: if click_id.is_some() { "c1" } else { "" }.into(),
            stream_id: "".into(),
            destination_id: "".into(),
            source_id: "".into(),
            network_id: state.network.into(),
            offer_id: "".into(),
            event_type: "".into(),
            status: state.status,
            raw_status: "".into(),
            payout: state.payout,
            currency: state.currency.into(),
            attribution: if click_id.is_some() { Attribution::Click } else { Attribution::OutsideWindow },
            raw_payload: "".into(),
            clicked_at: state.click.as_ref().map_or(0, |click| click.at),
            postback_id: "".into(),
        };
        let mut line = Vec::new();
        let identity = EventIdentity { node_id: &node_id, node_epoch: 1, node_seq: seq };
        identity.write_json(&event, &mut line).unwrap();
        line.push(b'\n');
        line
    }
}

fn make_conversion(dice: &mut Dice, clicks: &[Click]) -> Conversion {
    let click = clicks[dice.below(clicks.len() as u64) as usize].clone();
    let click = (!click.is_second_step && dice.below(4) > 0).then_some(click);
    let after = dice.below(3 * 86_400_000) as i64;
    Conversion {
        at: click.as_ref().map_or(ms(FROM) + dice.below(400_000_000) as i64, |click| click.at + after),
        click,
        status: dice.of(&STATUSES),
        payout: Decimal::new(dice.below(90_000_000) as i64, 6),
        currency: dice.of(&CURRENCIES),
        network: dice.of(&["n1", "n2"]),
    }
}

/// Sends clicks and conversions, versions in disorder and some twice, and returns the last versions.
async fn send(world: &World, workspace: &str, dice: &mut Dice, clicks: &[Click]) -> Vec<Conversion> {
    let lines = clicks.iter().map(|c| {
        let own = json!({ "workspace_id": workspace, "campaign_id": "c1", "created_at": c.at, "geo_country": c.country,
            "cost": c.cost.to_string(), "currency": c.currency, "is_bot": c.is_bot, "is_second_step": c.is_second_step });
        click("n1", 1, c.seq, own)
    });
    let accepted = world.ingest("n1", 1, (1, 600), lines.flatten().collect()).await;
    assert_eq!(accepted.body["accepted"], 600, "{}", accepted.body);
    let (mut last, mut lines) = (Vec::new(), Vec::new());
    for id in 1..=300_u64 {
        let mut state = make_conversion(dice, clicks);
        for version in 1..=1 + dice.below(4) {
            state.status = dice.of(&STATUSES);
            state.payout = Decimal::new(dice.below(90_000_000) as i64, 6);
            state.currency = dice.of(&CURRENCIES);
            let seq = lines.len() as u64 + 1;
            lines.push(Version { workspace, id, version, seq, state: &state }.line());
        }
        last.push(state);
    }
    let count = lines.len() as u64;
    for i in (1..lines.len()).rev() {
        lines.swap(i, dice.below(i as u64 + 1) as usize);
    }
    for batch in [lines.concat(), lines[..100].concat()] {
        let query = format!("node_id=n1-pb&node_epoch=1&first_seq=1&last_seq={count}");
        let url = world.url(&format!("/internal/v1/events/conversion_events?{query}"));
        let answer = world.client.post(url).bearer_auth(NODE_TOKEN).body(batch).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["rejected"], 0, "{body}");
    }
    last
}

pub async fn set_currency(world: &World, currency: &str) {
    let workspace = world.get("/api/workspace").await.body;
    let patch = json!({ "revision": workspace["revision"], "currency": currency });
    let patched = world.call(Method::PATCH, "/api/workspace", Some(patch)).await;
    assert_eq!(patched.status, 200, "{}", patched.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_equal_a_ledger_of_several_currencies_by_click_and_by_conversion_time() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    set_currency(&world, "EUR").await;
    let rates: Vec<Value> = RATES
        .iter()
        .map(|(currency, date, rate)| json!({ "currency": currency, "date": date, "rate": rate }))
        .collect();
    let put = world.call(Method::PUT, "/api/currency-rates", Some(json!(rates))).await;
    assert_eq!((put.status, &put.body["mirrored"]), (200, &json!(true)), "{}", put.body);
    let mut dice = Dice(7);
    let clicks = make_clicks(&mut dice);
    let conversions = send(&world, &workspace, &mut dice, &clicks).await;
    let zone = TimeZone::get(ZONE).unwrap();
    let day_of = |at: i64| Timestamp::from_millisecond(at).unwrap().to_zoned(zone.clone()).date().to_string();
    for time in ["conversion", "click"] {
        let by_click = time == "click";
        let query = format!("from={FROM}&to={TO}&timezone={ZONE}&conversion_time={time}");
        let overview = world.get(&format!("/api/reports/overview?{query}")).await.body;
        let whole = accounts(&clicks, &conversions, by_click, |_, _, _| "all".into());
        whole["all"].check(&overview, time);
        assert_eq!(overview["currency"], "EUR");
        assert_eq!(overview["missing_rates"], json!(["JPY"]));
        assert_eq!(overview["rates_pending"], false);

        // The 25th has 25 hours.
        let daily = world.get(&format!("/api/reports/daily?{query}")).await.body;
        assert_eq!(daily["missing_rates"], json!(["JPY"]));
        let expected = accounts(&clicks, &conversions, by_click, |at, _, _| day_of(at));
        let days: Vec<&str> =
            daily["items"].as_array().unwrap().iter().map(|row| row["day"].as_str().unwrap()).collect();
        assert_eq!(days, expected.keys().collect::<Vec<_>>());
        for row in daily["items"].as_array().unwrap() {
            let day = row["day"].as_str().unwrap();
            expected[day].check(row, &format!("{time} {day}"));
        }

        let grouped = world.get(&format!("/api/reports/grouped?{query}&group_by=country,network")).await.body;
        assert_eq!(grouped["missing_rates"], json!(["JPY"]));
        let expected =
            accounts(&clicks, &conversions, by_click, |_, country, network| format!("{country}/{network}"));
        assert_eq!(grouped["total"], expected.len());
        for row in grouped["items"].as_array().unwrap() {
            let key = format!("{}/{}", row["country"].as_str().unwrap(), row["network"].as_str().unwrap());
            expected[&key].check(row, &format!("{time} {key}"));
        }
        // Filtered by what only the click says.
        let polish = world.get(&format!("/api/reports/overview?{query}&country=PL")).await.body;
        let expected = accounts(&clicks, &conversions, by_click, |_, country, _| country.into());
        expected["PL"].check(&polish, &format!("{time} PL"));
    }
    // Kept as it came, whatever it is shown in.
    let kept = world.clickhouse("SELECT uniqExact(currency) FROM conversion_events FINAL").await;
    assert_eq!(kept, "4");
}
