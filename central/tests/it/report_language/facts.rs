//! Clicks and conversions that a test made up, and what they add up to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::{World, click};

pub const FROM: &str = "2026-10-22T22:00:00Z";
pub const TO: &str = "2026-10-28T23:00:00Z";
const CLICKS: u64 = 900;
const CONVERSIONS: u64 = 350;
const DAY_MS: u64 = 86_400_000;

pub fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[derive(Clone, Default)]
pub struct Click {
    pub seq: u64,
    pub at: i64,
    pub country: String,
    pub sub1: String,
    pub asn: u32,
    pub os_version: String,
    pub ip_prefix: String,
    pub referrer: String,
    pub landing: String,
    pub cost: Decimal,
    pub is_bot: bool,
    pub is_unique: bool,
    pub is_second_step: bool,
}

impl Click {
    /// Of what is tied to no click.
    pub fn nobody() -> Self {
        Self::default()
    }

    pub fn is_nobody(&self) -> bool {
        self.seq == 0
    }
}

#[derive(Clone)]
pub struct Conversion {
    pub at: i64,
    pub click: Option<Click>,
    pub status: &'static str,
    pub payout: Decimal,
}

#[derive(Debug, Default, Clone)]
pub struct Account {
    pub clicks: u64,
    pub unique: u64,
    pub bots: u64,
    pub lp_views: u64,
    pub lp_clicks: u64,
    pub leads: u64,
    pub sales: u64,
    pub rejected: u64,
    pub holds: u64,
    pub revenue: Decimal,
    pub cost: Decimal,
}

impl Account {
    fn click(&mut self, click: &Click) {
        let first = !click.is_second_step;
        self.clicks += u64::from(!click.is_bot && first);
        self.unique += u64::from(!click.is_bot && first && click.is_unique);
        self.bots += u64::from(click.is_bot && first);
        self.lp_views += u64::from(!click.is_bot && first && !click.landing.is_empty());
        self.lp_clicks += u64::from(!click.is_bot && click.is_second_step);
        self.cost += click.cost;
    }

    pub fn convert(&mut self, conversion: &Conversion) {
        match conversion.status {
            "lead" => self.leads += 1,
            "hold" => self.holds += 1,
            "rejected" => self.rejected += 1,
            _ => {
                self.sales += 1;
                self.revenue += conversion.payout;
            }
        }
    }

    pub fn plus(&self, other: &Self) -> Self {
        Self {
            clicks: self.clicks + other.clicks,
            unique: self.unique + other.unique,
            bots: self.bots + other.bots,
            lp_views: self.lp_views + other.lp_views,
            lp_clicks: self.lp_clicks + other.lp_clicks,
            leads: self.leads + other.leads,
            sales: self.sales + other.sales,
            rejected: self.rejected + other.rejected,
            holds: self.holds + other.holds,
            revenue: self.revenue + other.revenue,
            cost: self.cost + other.cost,
        }
    }

    pub fn check(&self, row: &Value, what: &str) {
        for (name, expected) in [
            ("clicks", self.clicks),
            ("unique_clicks", self.unique),
            ("bots", self.bots),
            ("lp_views", self.lp_views),
            ("lp_clicks", self.lp_clicks),
            ("leads", self.leads),
            ("sales", self.sales),
            ("rejected", self.rejected),
            ("holds", self.holds),
            ("conversions", self.leads + self.sales + self.holds),
        ] {
            assert_eq!(row[name], expected, "{what}: {name} of {row}");
        }
        let round =
            |of: Decimal| of.round_dp_with_strategy(6, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let per = |amount: Decimal, of: u64| (of > 0).then(|| round(amount / Decimal::from(of)));
        let profit = self.revenue - self.cost;
        for (name, expected) in [
            ("revenue", Some(self.revenue)),
            ("cost", Some(self.cost)),
            ("profit", Some(profit)),
            ("cpl", per(self.cost, self.leads)),
            ("cps", per(self.cost, self.sales)),
            ("profit_per_click", per(profit, self.clicks)),
        ] {
            let told = row[name].as_str().map(|text| text.parse::<Decimal>().unwrap());
            assert_eq!(told, expected, "{what}: {name} of {row}");
        }
        let decided = self.sales + self.rejected;
        let approval = (decided > 0).then(|| self.sales as f64 / decided as f64 * 100.0);
        match (row["approval_rate"].as_f64(), approval) {
            (Some(told), Some(expected)) => assert!((told - expected).abs() < 0.001, "{what}: {row}"),
            (told, expected) => assert_eq!(told, expected, "{what}: {row}"),
        }
    }
}

/// The same each time.
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

pub struct Facts {
    pub clicks: Vec<Click>,
    pub conversions: Vec<Conversion>,
}

impl Facts {
    pub async fn send(world: &World) -> Self {
        let workspace = world.workspace_id().await;
        let mut dice = Dice(11);
        let clicks: Vec<Click> = (1..=CLICKS).map(|seq| made_click(&mut dice, seq)).collect();
        let lines = clicks.iter().map(|c| line(c, &workspace)).collect::<Vec<_>>().concat();
        let accepted = world.ingest("n1", 1, (1, CLICKS), lines).await;
        assert_eq!(accepted.body["accepted"], CLICKS, "{}", accepted.body);
        let conversions: Vec<Conversion> =
            (0..CONVERSIONS).map(|_| made_conversion(&mut dice, &clicks)).collect();
        let rows: Vec<String> = conversions.iter().enumerate().map(|(i, c)| row(i, c, &workspace)).collect();
        let sql = format!(
            "INSERT INTO conversion_events SETTINGS date_time_input_format = 'basic' FORMAT JSONEachRow\n{}",
            rows.join("\n")
        );
        world.clickhouse(&sql).await;
        Self { clicks, conversions }
    }

    pub fn account(
        &self,
        period: impl Fn(i64) -> bool,
        clicks: impl Fn(&Click) -> bool,
        conversions: impl Fn(&Conversion) -> bool,
    ) -> Account {
        let mut account = Account::default();
        self.clicks.iter().filter(|c| period(c.at) && clicks(c)).for_each(|c| account.click(c));
        self.conversions.iter().filter(|c| period(c.at) && conversions(c)).for_each(|c| account.convert(c));
        account
    }

    /// By the keys that clicks and conversions have.
    pub fn accounts(
        &self,
        period: impl Fn(i64) -> bool,
        of_click: impl Fn(&Click) -> String,
        of_conversion: impl Fn(&Conversion) -> String,
    ) -> BTreeMap<String, Account> {
        let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
        for c in self.clicks.iter().filter(|c| period(c.at)) {
            accounts.entry(of_click(c)).or_default().click(c);
        }
        for c in self.conversions.iter().filter(|c| period(c.at)) {
            accounts.entry(of_conversion(c)).or_default().convert(c);
        }
        accounts
    }
}

fn made_click(dice: &mut Dice, seq: u64) -> Click {
    let span = (ms(TO) - ms(FROM)) as u64 + 2 * DAY_MS;
    let is_second_step = seq.is_multiple_of(13);
    Click {
        seq,
        at: ms(FROM) - DAY_MS as i64 + dice.below(span) as i64,
        country: dice.of(&["DE", "DE", "DE", "US", "US", "FR", "BR", ""]).to_owned(),
        sub1: match dice.below(9) {
            0 => "=cmd()".to_owned(),
            n if n < 4 => "zone-3".to_owned(),
            _ => format!("zone-{}", 100 + dice.below(200)),
        },
        asn: dice.of(&[0, 900, 1000, 2000, 3000, 4000]),
        os_version: dice.of(&["9.2", "9.10", "10", ""]).to_owned(),
        ip_prefix: dice.of(&["10.1.2.0/24", "10.2.0.0/24", "2001:db8::/48", ""]).to_owned(),
        referrer: dice.of(&["https://www.news.example/a?b", "https://blog.example/", ""]).to_owned(),
        landing: if is_second_step || dice.below(3) == 0 { "lp".into() } else { String::new() },
        cost: if is_second_step { Decimal::ZERO } else { Decimal::new(dice.below(2_000_000) as i64, 6) },
        is_bot: seq.is_multiple_of(9),
        is_unique: dice.below(2) == 0,
        is_second_step,
    }
}

fn line(c: &Click, workspace: &str) -> Vec<u8> {
    let own = json!({ "workspace_id": workspace, "campaign_id": "c1", "created_at": c.at, "geo_country": c.country,
        "sub1": c.sub1, "asn": c.asn, "os_version": c.os_version, "ip_prefix": c.ip_prefix, "referrer": c.referrer,
        "landing_id": c.landing, "cost": c.cost.to_string(), "currency": "USD", "is_bot": c.is_bot,
        "is_unique": c.is_unique, "is_second_step": c.is_second_step });
    click("n1", 1, c.seq, own)
}

fn made_conversion(dice: &mut Dice, clicks: &[Click]) -> Conversion {
    let click = clicks[dice.below(clicks.len() as u64) as usize].clone();
    let click = (!click.is_second_step && dice.below(5) > 0).then_some(click);
    let after = dice.below(5 * DAY_MS) as i64;
    Conversion {
        at: click.as_ref().map_or(ms(FROM) + dice.below(400_000_000) as i64, |click| click.at + after),
        click,
        status: dice.of(&["lead", "sale", "sale", "rejected", "hold"]),
        payout: Decimal::new(dice.below(90_000_000) as i64, 6),
    }
}

fn row(i: usize, c: &Conversion, workspace: &str) -> String {
    let click_id = c.click.as_ref().map(|click| format!("click-n1-{}", click.seq)).unwrap_or_default();
    json!({ "event_id": format!("v{i}"), "conversion_id": format!("v{i}"), "version": 1, "click_id": click_id,
        "workspace_id": workspace, "campaign_id": if c.click.is_some() { "c1" } else { "" },
        "created_at": c.at, "clicked_at": c.click.as_ref().map_or(0, |click| click.at),
        "attribution": if c.click.is_some() { "click" } else { "none" },
        "status": c.status, "payout": c.payout.to_string(), "currency": "USD" })
    .to_string()
}
