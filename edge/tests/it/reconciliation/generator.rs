//! What a network says of 5,000 clicks, and what must come of it. Knows nothing of the product.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

pub struct Plan {
    pub conversions: Vec<Planned>,
}

/// One conversion, from its first postback to its last.
pub struct Planned {
    /// Empty: the network sends none, and the click stands for it.
    pub transaction: String,
    pub click: Click,
    pub currency: &'static str,
    pub steps: Vec<Step>,
}

pub struct Click {
    pub id: String,
    /// None: the id is not one of ours.
    pub number: Option<usize>,
}

#[derive(Clone)]
pub struct Step {
    pub status: Status,
    pub payout: Decimal,
    /// 0 or 1.
    pub node: usize,
    /// To both nodes, one after the other.
    pub both: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    Lead,
    Sale,
    Rejected,
}

impl Status {
    /// In our own words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Sale => "sale",
            Self::Rejected => "rejected",
        }
    }
}

#[derive(Default)]
pub struct Counts {
    pub leads: u64,
    pub sales: u64,
    pub rejected: u64,
    pub revenue: Decimal,
}

pub struct Ledger {
    pub total: Counts,
    pub by_source: BTreeMap<&'static str, Counts>,
}

/// A call that a source must get: its path, what it knows the click by, the status, the payout.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueCall {
    pub path: &'static str,
    pub source_click_id: String,
    pub status: &'static str,
    pub payout: Decimal,
}

pub fn source_of(click: usize) -> &'static str {
    if click.is_multiple_of(2) { "alpha" } else { "beta" }
}

impl Plan {
    /// A tenth of the postbacks repeat the one before, a tenth change the status, a fifth go to both nodes.
    pub fn of(postbacks: usize, clicks: &[String], seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut unused: Vec<usize> = (0..clicks.len()).collect();
        random.shuffle(&mut unused);
        let (mut conversions, mut sent) = (Vec::new(), 0);
        while sent < postbacks {
            let n = conversions.len();
            let number = unused.pop().unwrap();
            let is_forged = n.is_multiple_of(50);
            let id = if is_forged { forge(&clicks[number]) } else { clicks[number].clone() };
            let click = Click { id, number: (!is_forged).then_some(number) };
            let transaction = if n % 20 == 7 { String::new() } else { format!("t-{n}") };
            let steps = steps(&mut random, postbacks - sent);
            sent += steps.len();
            let currency = if n % 10 == 3 { "EUR" } else { "USD" };
            conversions.push(Planned { transaction, click, currency, steps });
        }
        Self { conversions }
    }

    pub fn ledger(&self, eur: Decimal) -> Ledger {
        let mut ledger = Ledger { total: Counts::default(), by_source: BTreeMap::new() };
        for planned in &self.conversions {
            let last = planned.steps.last().unwrap();
            let rate = if planned.currency == "EUR" { eur } else { Decimal::ONE };
            let count = |counts: &mut Counts| match last.status {
                Status::Lead => counts.leads += 1,
                Status::Rejected => counts.rejected += 1,
                Status::Sale => {
                    counts.sales += 1;
                    counts.revenue += last.payout * rate;
                }
            };
            count(&mut ledger.total);
            if let Some(click) = planned.click.number {
                count(ledger.by_source.entry(source_of(click)).or_default());
            }
        }
        ledger
    }

    /// One for each status that a conversion with a click came to, where its source wants to hear of it.
    pub fn due_calls(&self) -> Vec<DueCall> {
        let mut due = Vec::new();
        for planned in &self.conversions {
            let Some(click) = planned.click.number else { continue };
            let mut before = None;
            for step in &planned.steps {
                let path = match (source_of(click), step.status) {
                    ("alpha", Status::Sale) => Some("alpha"),
                    ("beta", Status::Sale) => Some("beta"),
                    ("beta", Status::Lead | Status::Rejected) => Some("beta-others"),
                    _ => None,
                };
                if let Some(path) = path.filter(|_| before != Some(step.status)) {
                    due.push(DueCall {
                        path,
                        source_click_id: format!("ext-{click}"),
                        status: step.status.name(),
                        payout: step.payout,
                    });
                }
                before = Some(step.status);
            }
        }
        due.sort();
        due
    }
}

impl Planned {
    pub fn query(&self, step: &Step, secret: &str) -> Vec<(&'static str, String)> {
        let word = match step.status {
            Status::Lead => "Pending",
            Status::Sale => "approved",
            Status::Rejected => "DECLINED",
        };
        let mut query = vec![
            ("clickid", self.click.id.clone()),
            ("payout", step.payout.to_string()),
            ("currency", self.currency.to_owned()),
            ("status", word.to_owned()),
            ("token", secret.to_owned()),
        ];
        if !self.transaction.is_empty() {
            query.push(("txid", self.transaction.clone()));
        }
        query
    }
}

fn steps(random: &mut fastrand::Rng, at_most: usize) -> Vec<Step> {
    let payout = Decimal::new(random.i64(1..10_000), 2);
    let first = if random.u8(0..100) < 25 { Status::Lead } else { Status::Sale };
    let mut statuses = vec![first];
    if random.u8(0..100) < 12 {
        let next = if first == Status::Lead { Status::Sale } else { Status::Rejected };
        statuses.push(next);
    }
    if random.u8(0..100) < 12 {
        statuses.push(*statuses.last().unwrap());
    }
    statuses.truncate(at_most);
    let mut step = |status| Step { status, payout, node: random.usize(0..2), both: random.u8(0..100) < 20 };
    statuses.into_iter().map(&mut step).collect()
}

/// The id with one character changed.
fn forge(id: &str) -> String {
    let last = if id.ends_with('A') { 'B' } else { 'A' };
    format!("{}{last}", &id[..id.len() - 1])
}
