//! Nodes and central over a network that delays, repeats, reorders and loses, with crashes, lost
//! disks and changing limits: what is spent in any window never exceeds the limit.

use std::collections::BTreeMap;

use proptest::prelude::*;
use traffoflex_model::{Cap, CapAsk, CapGrant};

use super::{
    CLOCK_MARGIN_MS, TTL_MARGIN_MS,
    holder::{Holder, Kept, Need},
    ledger::{Asker, Ledger, Terms},
};
use crate::cap::{CapId, CapWindow};

const CLICK: i64 = Cap::SCALE;
const INTERVAL_MS: i64 = 1_000;
const TTL_MS: i64 = 10 * 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const NODES: usize = 3;
/// No network keeps a message for longer.
const LONGEST_DELAY_MS: i64 = 20 * DAY_MS;

#[derive(Debug, Clone)]
enum Step {
    /// Milliseconds.
    Pass(i64),
    /// To so many milliseconds after the next step of the window begins, or before.
    PassTo(i64),
    /// A request and its answer at once.
    Sync(usize),
    /// The node spends and asks by turns until it gets no more.
    SpendAll(usize),
    Click {
        node: usize,
        count: i64,
        units: i64,
    },
    /// The node prepares a request, keeps what it says, and sends it.
    Ask(usize),
    /// Central gets the message at this place of those under way, or a node does; `again`: and it stays.
    Deliver {
        place: usize,
        again: bool,
    },
    Lose(usize),
    /// Memory is lost, the disk stays. `half_done`: in between keeping and sending.
    Crash {
        node: usize,
        half_done: bool,
    },
    LoseDisk(usize),
    Limit(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let node = 0..NODES;
    prop_oneof![
        4 => (0..3_000_i64).prop_map(Step::Pass),
        1 => (0..20 * 60_000_i64).prop_map(Step::Pass),
        1 => (0..30 * HOUR_MS).prop_map(Step::Pass),
        2 => (-6_000..6_000_i64).prop_map(Step::PassTo),
        6 => node.clone().prop_map(Step::Sync),
        3 => node.clone().prop_map(Step::SpendAll),
        10 => (node.clone(), 1..40_i64, prop_oneof![3 => Just(CLICK), 1 => 1..3 * CLICK])
            .prop_map(|(node, count, units)| Step::Click { node, count, units }),
        10 => node.clone().prop_map(Step::Ask),
        16 => (0..64_usize, prop::bool::weighted(0.15)).prop_map(|(place, again)| Step::Deliver { place, again }),
        2 => (0..64_usize).prop_map(Step::Lose),
        1 => (node.clone(), any::<bool>()).prop_map(|(node, half_done)| Step::Crash { node, half_done }),
        1 => node.prop_map(Step::LoseDisk),
        1 => prop_oneof![Just(100 * CLICK), (0..200_i64).prop_map(|clicks| clicks * CLICK)].prop_map(Step::Limit),
    ]
}

#[derive(Clone)]
enum Message {
    Ask { node: usize, epoch: i64, life: u64, sent_at_ms: i64, ask: CapAsk },
    Grant { node: usize, epoch: i64, life: u64, sent_at_ms: i64, ask: CapAsk, grant: CapGrant },
}

struct Node {
    /// Disk: the lease file and what clicks took.
    epoch: i64,
    kept: Kept,
    spent: BTreeMap<i64, i64>,
    /// Memory.
    holder: Holder,
    held: i64,
    refused: Option<i64>,
    life: u64,
    /// How far its clock is from central's.
    skew_ms: i64,
}

impl Node {
    fn new(epoch: i64, skew_ms: i64) -> Self {
        let kept = Kept::default();
        let holder = Holder::new(CapId(1), "d".into(), kept);
        Self { epoch, kept, spent: BTreeMap::new(), holder, held: 0, refused: None, life: 0, skew_ms }
    }

    fn total(&self) -> i64 {
        self.kept.spent(self.spent.values().sum())
    }

    fn crash(&mut self) {
        self.holder = Holder::new(CapId(1), "d".into(), self.kept);
        self.held = self.kept.held(self.total());
        (self.refused, self.life) = (None, self.life + 1);
    }
}

struct World {
    now_ms: i64,
    window: CapWindow,
    limit: i64,
    highest_limit: i64,
    ledger: Ledger,
    nodes: Vec<Node>,
    under_way: Vec<Message>,
    /// By the node's clock, and what was spent.
    spends: Vec<(i64, i64)>,
    epochs: i64,
}

impl World {
    fn new(window: CapWindow, skews_ms: [i64; NODES]) -> Self {
        let nodes = (0..).zip(skews_ms).map(|(epoch, skew_ms)| Node::new(epoch, skew_ms)).collect();
        Self {
            now_ms: 1_000 * DAY_MS,
            window,
            limit: 100 * CLICK,
            highest_limit: 100 * CLICK,
            ledger: Ledger::default(),
            nodes,
            under_way: Vec::new(),
            spends: Vec::new(),
            epochs: NODES as i64,
        }
    }

    fn run(&mut self, step: &Step) {
        let now_ms = self.now_ms;
        self.under_way.retain(|message| match message {
            Message::Ask { sent_at_ms, .. } | Message::Grant { sent_at_ms, .. } => {
                now_ms - sent_at_ms < LONGEST_DELAY_MS
            }
        });
        match *step {
            Step::Pass(ms) => self.now_ms += ms,
            Step::PassTo(offset_ms) => {
                let start = self.window.bucket_ms(self.now_ms);
                let step = match &self.window {
                    CapWindow::Rolling { hours } => i64::from(*hours) * HOUR_MS / 60,
                    CapWindow::Day(_) => DAY_MS,
                };
                self.now_ms = self.now_ms.max(start + step + offset_ms);
            }
            Step::Sync(node) => self.sync(node, false),
            Step::SpendAll(node) => {
                for _ in 0..20 {
                    (0..150).for_each(|_| self.click(node, CLICK));
                    self.sync(node, false);
                }
            }
            Step::Click { node, count, units } => (0..count).for_each(|_| self.click(node, units)),
            Step::Ask(node) => self.ask(node, false),
            Step::Deliver { place, again } => {
                if !self.under_way.is_empty() {
                    let place = place % self.under_way.len();
                    let message = self.under_way[place].clone();
                    if !again {
                        self.under_way.remove(place);
                    }
                    self.deliver(message);
                }
            }
            Step::Lose(place) => {
                if !self.under_way.is_empty() {
                    self.under_way.remove(place % self.under_way.len());
                }
            }
            Step::Crash { node, half_done } => {
                if half_done {
                    self.ask(node, false);
                    self.under_way.pop();
                }
                self.nodes[node].crash();
            }
            Step::LoseDisk(node) => {
                let life = self.nodes[node].life + 1;
                self.epochs += 1;
                self.nodes[node] = Node { life, ..Node::new(self.epochs, self.nodes[node].skew_ms) };
            }
            Step::Limit(limit) => {
                (self.limit, self.highest_limit) = (limit, self.highest_limit.max(limit));
            }
        }
    }

    fn click(&mut self, node: usize, units: i64) {
        let now_ms = self.now_ms;
        let node = &mut self.nodes[node];
        let is_valid = now_ms <= node.kept.synced_at_ms + TTL_MS;
        if !is_valid || node.held < units {
            node.refused = Some(node.refused.map_or(units, |least| least.min(units)));
            return;
        }
        node.held -= units;
        let at_ms = now_ms + node.skew_ms;
        *node.spent.entry(self.window.bucket_ms(at_ms)).or_default() += units;
        self.spends.push((at_ms, units));
    }

    /// `all`: everything goes back.
    fn ask(&mut self, index: usize, all: bool) {
        let node = &mut self.nodes[index];
        let spent = node.total();
        let need = Need {
            limit_units: self.limit,
            held: node.held,
            spent,
            refused_units: node.refused,
            click_units: CLICK,
            is_scarce: node.holder.is_scarce,
        };
        let mut plan = node.holder.pace.plan(&need, INTERVAL_MS, self.now_ms);
        if all {
            (plan.give_back, plan.want) = (node.held, 0);
        }
        plan.give_back = plan.give_back.min(node.held).max(0);
        node.held -= plan.give_back;
        node.kept = node.holder.telling(plan.give_back, spent);
        node.holder.adopt(node.kept);
        let buckets: Vec<(i64, i64)> = node.spent.iter().map(|(start, units)| (*start, *units)).collect();
        let ask = node.holder.ask(spent, &buckets, plan);
        let (epoch, life, sent_at_ms) = (node.epoch, node.life, self.now_ms);
        self.under_way.push(Message::Ask { node: index, epoch, life, sent_at_ms, ask });
    }

    /// A request and its answer, at once.
    fn sync(&mut self, node: usize, all: bool) {
        self.ask(node, all);
        for _ in 0..2 {
            if let Some(message) = self.under_way.pop() {
                self.deliver(message);
            }
        }
    }

    fn deliver(&mut self, message: Message) {
        match message {
            Message::Ask { node, epoch, life, sent_at_ms, ask } => {
                let name = format!("node-{node}");
                // The first is of a build that does not say: a late request of it is granted as well.
                let by_its_clock_ms = (node > 0).then_some(sent_at_ms + self.nodes[node].skew_ms);
                let asker = Asker { node: &name, epoch, ttl_ms: TTL_MS, sent_at_ms: by_its_clock_ms };
                let terms = Terms { limit_units: self.limit, window: &self.window };
                let grant = self.ledger.answer(asker, &ask, terms, self.now_ms);
                self.under_way.push(Message::Grant { node, epoch, life, sent_at_ms, ask, grant });
            }
            Message::Grant { node, epoch, life, sent_at_ms, ask, grant } => {
                let node = &mut self.nodes[node];
                // An answer to a request of an earlier life finds nobody.
                if node.epoch != epoch || node.life != life {
                    return;
                }
                node.kept = node.holder.kept().after(&grant, sent_at_ms, TTL_MS);
                node.holder.adopt(node.kept);
                node.held = node.kept.held(node.total());
                node.holder.confirm(&ask, &grant);
                node.refused = None;
            }
        }
    }

    fn assert_never_over(&self) {
        let limit = self.highest_limit;
        match &self.window {
            CapWindow::Rolling { hours } => {
                let mut spends = self.spends.clone();
                spends.sort_unstable();
                let (mut sum, mut first) = (0, 0);
                for (at_ms, units) in &spends {
                    sum += units;
                    while spends[first].0 <= at_ms - i64::from(*hours) * HOUR_MS {
                        sum -= spends[first].1;
                        first += 1;
                    }
                    assert!(sum <= limit, "{sum} spent within {hours} h to {at_ms}, the limit is {limit}");
                }
            }
            CapWindow::Day(_) => {
                let mut days: BTreeMap<i64, i64> = BTreeMap::new();
                for (at_ms, units) in &self.spends {
                    *days.entry(self.window.bucket_ms(*at_ms)).or_default() += units;
                }
                for (day, sum) in days {
                    assert!(sum <= limit, "{sum} spent on {day}, the limit is {limit}");
                }
            }
        }
    }

    /// All nodes give back what they hold, and central hears of it.
    fn return_all(&mut self) {
        self.under_way.clear();
        for node in 0..NODES {
            // Twice: the first answer may bring what was granted and never arrived.
            for _ in 0..2 {
                self.sync(node, true);
            }
        }
    }

    /// Clicks everywhere until nobody gets any more.
    fn spend_all(&mut self) {
        for _ in 0..100 {
            for node in 0..NODES {
                self.click(node, CLICK);
                self.sync(node, false);
                (0..200).for_each(|_| self.click(node, CLICK));
            }
            self.now_ms += INTERVAL_MS;
        }
    }

    fn spent_since(&self, since_ms: i64) -> i64 {
        self.spends.iter().filter(|(at_ms, _)| *at_ms >= since_ms).map(|(_, units)| units).sum()
    }
}

fn windows() -> impl Strategy<Value = CapWindow> {
    let day = CapWindow::Day(jiff::tz::TimeZone::UTC);
    prop_oneof![(1..5_u32).prop_map(|hours| CapWindow::Rolling { hours }), Just(day)]
}

fn skew() -> impl Strategy<Value = i64> {
    -CLOCK_MARGIN_MS..CLOCK_MARGIN_MS
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_window_is_ever_overspent(
        window in windows(),
        skews_ms in (skew(), skew(), prop_oneof![3 => skew(), 1 => -3 * DAY_MS..3 * DAY_MS]).prop_map(<[i64; NODES]>::from),
        steps in prop::collection::vec(step(), 1..250),
    ) {
        let mut world = World::new(window, skews_ms);
        for step in &steps {
            world.run(step);
        }
        world.assert_never_over();

        // Healed: after a window and a time to live nothing is in the way of the whole limit.
        world.limit = world.highest_limit;
        world.return_all();
        world.now_ms += 4 * DAY_MS + 2 * TTL_MS + TTL_MARGIN_MS;
        world.now_ms = world.window.bucket_ms(world.now_ms) + HOUR_MS;
        let from_ms = world.now_ms - CLOCK_MARGIN_MS;
        world.return_all();
        prop_assert_eq!(world.ledger.used_units(), 0);
        world.spend_all();
        world.assert_never_over();
        let spent = world.spent_since(from_ms);
        prop_assert_eq!(spent, world.highest_limit / CLICK * CLICK, "all of the limit can be spent");
    }

    /// Without lost disks and long silences nothing is lost on the way: what comes back can be spent at once.
    #[test]
    fn what_is_returned_can_be_spent_by_others(
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut world = World::new(CapWindow::Day(jiff::tz::TimeZone::UTC), [0; NODES]);
        let begin_ms = world.now_ms;
        for step in &steps {
            match step {
                Step::LoseDisk(_) | Step::Limit(_) | Step::PassTo(_) => {}
                Step::Click { units, .. } if *units != CLICK => {}
                Step::Pass(ms) => world.run(&Step::Pass(ms % 2_000)),
                step => world.run(step),
            }
        }
        world.return_all();
        prop_assert_eq!(world.ledger.used_units(), world.spent_since(begin_ms));
        world.spend_all();
        prop_assert_eq!(world.spent_since(begin_ms), world.limit);
        world.assert_never_over();
    }
}
