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

#[derive(Clone, Copy)]
pub struct Click {
    pub number: usize,
    /// The network names an id that is not one of ours.
    pub is_forged: bool,
}

impl Click {
    /// As the network names it.
    pub fn named(self, id: &str) -> String {
        if self.is_forged { forge(id) } else { id.to_owned() }
    }

    fn ours(self) -> Option<usize> {
        (!self.is_forged).then_some(self.number)
    }
}

#[derive(Clone)]
pub struct Step {
    pub status: Status,
    pub payout: Decimal,
    /// 0 or 1.
    pub node: usize,
    /// To both nodes at once.
    pub both: bool,
    /// Whether it names the click.
    pub names_click: bool,
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
    /// A tenth of the postbacks repeat the one before, a tenth change the status and some the payout, a fifth go
    /// to both nodes. Every tenth conversion is of a click that is made just before.
    pub fn of(postbacks: usize, early: usize, late: usize, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut unused: Vec<usize> = (0..early).collect();
        random.shuffle(&mut unused);
        let mut made_late = early..early + late;
        let (mut conversions, mut sent) = (Vec::new(), 0);
        while sent < postbacks {
            let n = conversions.len();
            let is_forged = n.is_multiple_of(50);
            let number = if n % 10 == 6 { made_late.next() } else { unused.pop() };
            let click = Click { number: number.unwrap(), is_forged };
            let transaction = if n % 20 == 7 { String::new() } else { format!("t-{n}") };
            let mut steps = steps(&mut random, postbacks - sent);
            if transaction.is_empty() {
                steps.iter_mut().for_each(|step| step.names_click = true);
            }
            sent += steps.len();
            let currency = if n % 10 == 3 { "EUR" } else { "USD" };
            conversions.push(Planned { transaction, click, currency, steps });
        }
        Self { conversions }
    }

    /// Clicks from `first` on that conversions are of.
    pub fn clicks_from(&self, first: usize) -> Vec<usize> {
        self.conversions.iter().map(|planned| planned.click.number).filter(|n| *n >= first).collect()
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
            if let Some(click) = planned.click.ours() {
                count(ledger.by_source.entry(source_of(click)).or_default());
            }
        }
        ledger
    }

    /// One for each status that a conversion with a click came to, where its source wants to hear of it.
    pub fn due_calls(&self) -> Vec<DueCall> {
        let mut due = Vec::new();
        for planned in &self.conversions {
            let Some(click) = planned.click.ours() else { continue };
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
    /// `click_id`: as it is named.
    pub fn query(&self, step: &Step, click_id: &str, secret: &str) -> Vec<(&'static str, String)> {
        let word = match step.status {
            Status::Lead => "Pending",
            Status::Sale => "approved",
            Status::Rejected => "DECLINED",
        };
        let mut query = vec![
            ("payout", step.payout.to_string()),
            ("currency", self.currency.to_owned()),
            ("status", word.to_owned()),
            ("token", secret.to_owned()),
        ];
        if step.names_click {
            query.push(("clickid", click_id.to_owned()));
        }
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
    let step = |random: &mut fastrand::Rng, status| Step {
        status,
        payout,
        node: random.usize(0..2),
        both: random.u8(0..100) < 20,
        names_click: true,
    };
    let mut steps: Vec<Step> = statuses.into_iter().map(|status| step(random, status)).collect();
    if steps.len() < at_most && random.u8(0..100) < 10 {
        // To one node: what it says in turn, it says in this order, and which payout a source hears is certain.
        let (last, node) = (steps[steps.len() - 1].clone(), random.usize(0..2));
        steps.push(Step { payout: payout + Decimal::new(random.i64(1..500), 2), ..last });
        steps.iter_mut().for_each(|step| (step.node, step.both) = (node, false));
    }
    // The first one ties the conversion to its click.
    for step in steps.iter_mut().skip(1) {
        step.names_click = random.u8(0..100) < 70;
    }
    steps
}

/// The id with one character changed.
fn forge(id: &str) -> String {
    let last = if id.ends_with('A') { 'B' } else { 'A' };
    format!("{}{last}", &id[..id.len() - 1])
}
