//! Routing one click: find the campaign by its slug, match 5 streams of 4 rules, choose a destination.
//!
//! `hot`: every click goes to one campaign and passes all 20 rules, at 10, 10 k and 1 M campaigns in
//! the snapshot. `spread`: each click goes to a campaign drawn evenly from all, which the processor's
//! caches cannot hold at 1 M. `whole_click`: as `hot`, with minting the click id and rendering the URL.
//! `everything`: as `hot`, with every feature in use: country lists, schedules in a time zone, caps paid from
//! leases, ROI ranking and anti-repeat against the memory of a node.

use std::{hint::black_box, net::Ipv4Addr, sync::Arc};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hashbrown::HashMap;
use traffoflex_benches::{slug, snapshot_of, snapshot_with_everything};
use traffoflex_edge::{
    outbox::marks::KeptVisit,
    runtime::{
        NodeRuntime,
        caps::{Caps, Cell},
        history::History,
        visitors::Visitors,
    },
};
use traffoflex_model::{NodeId, StreamId};
use traffoflex_routing::{
    cap::CompiledCap,
    click_id::node_tag,
    context::ClickContext,
    decide::{Entry, decide},
    macros::MacroValues,
    runtime::{AtRest, Earned},
    table::RoutingTable,
};

const SIZES: [usize; 3] = [10, 10_000, 1_000_000];
/// Slugs drawn beforehand, so that drawing them is not measured.
const DRAWN: usize = 1 << 16;

/// Matches only the last stream.
fn context<'a>(query: &'a [traffoflex_routing::context::QueryPair<'a>]) -> ClickContext<'a> {
    let mut subs = [""; 10];
    subs[0] = "creative-7";
    ClickContext {
        country: "US",
        device_type: "mobile",
        os: "Android",
        subs,
        query,
        ..ClickContext::default()
    }
}

fn bench(criterion: &mut Criterion) {
    let query = [("zone".into(), "42".into())];
    for campaigns in SIZES {
        let table = RoutingTable::build(&snapshot_of(campaigns)).expect("a valid snapshot");
        let ctx = context(&query);
        let mut group = criterion.benchmark_group("decide");
        group.bench_function(BenchmarkId::new("hot", campaigns), |bencher| {
            bencher.iter(|| {
                let campaign = table.campaign_by_slug(black_box("bench"))?;
                let decision =
                    decide(&table, campaign, black_box(&ctx), Entry::Campaign, &AtRest, fastrand::u64(..));
                black_box(decision.destination).map(|destination| destination.id().len())
            });
        });
        let mut random = fastrand::Rng::with_seed(7);
        let drawn: Vec<String> = (0..DRAWN).map(|_| slug(random.usize(..campaigns))).collect();
        group.bench_function(BenchmarkId::new("spread", campaigns), |bencher| {
            let mut next = 0;
            bencher.iter(|| {
                next = (next + 1) % DRAWN;
                let campaign = table.campaign_by_slug(black_box(&drawn[next]))?;
                let decision =
                    decide(&table, campaign, black_box(&ctx), Entry::Campaign, &AtRest, fastrand::u64(..));
                black_box(decision.destination).map(|destination| destination.id().len())
            });
        });
        let tag = node_tag(&NodeId::parse("bench").expect("a valid id"));
        group.bench_function(BenchmarkId::new("whole_click", campaigns), |bencher| {
            let (mut sequence, mut url) = (0u32, String::with_capacity(256));
            bencher.iter(|| {
                sequence = sequence.wrapping_add(1);
                let click_id = table.keyring().mint(1_790_000_000_000, tag, sequence);
                let ctx = ClickContext { click_id: click_id.as_str(), ..ctx };
                let campaign = table.campaign_by_slug(black_box("bench"))?;
                let decision =
                    decide(&table, campaign, black_box(&ctx), Entry::Campaign, &AtRest, fastrand::u64(..));
                url.clear();
                let destination = decision.destination?;
                let values = MacroValues {
                    ctx: &ctx,
                    campaign,
                    stream_id: decision.stream.map_or("", |stream| stream.id()),
                    destination_id: destination.id(),
                    random: fastrand::u64(..),
                };
                destination.url().render(&values, &mut url);
                black_box(Some(url.len()))
            });
        });
        group.finish();
    }
}

/// A node that holds leases of all caps and knows what everything earned, as after a sync.
fn node(table: &RoutingTable, streams: impl Iterator<Item = StreamId>) -> NodeRuntime {
    let caps = Caps::default();
    let held = |cap: &CompiledCap| {
        let cell = Cell::new(i64::MAX / 2, 0, []);
        cell.renew(caps.now().plus_ms(24 * 3_600_000));
        (cap.id(), Arc::new(cell))
    };
    let cells = table.destinations().flat_map(|destination| destination.caps()).map(held).collect();
    caps.set_cells(cells);
    caps.set_measured(HashMap::new());
    let runtime = NodeRuntime::new(History::new(1 << 20), Visitors::new(1 << 20), caps);
    let earned = |stream: StreamId| {
        let each = table.destinations().take(100);
        let each = each.map(|d| (d.id().clone(), Earned { clicks: 1000, roi: d.id().len() as f64 }));
        (stream, each.collect())
    };
    runtime.earnings().replace(streams.map(earned).collect());
    runtime
}

fn everything(criterion: &mut Criterion) {
    let query = [("zone".into(), "42".into())];
    for campaigns in [10, 10_000] {
        let snapshot = snapshot_with_everything(campaigns);
        let table = RoutingTable::build(&snapshot).expect("a valid snapshot");
        let runtime = node(&table, snapshot.entities.streams.iter().take(50).map(|stream| stream.id.clone()));
        drop(snapshot);
        let mut random = fastrand::Rng::with_seed(7);
        let mut users = Vec::with_capacity(DRAWN);
        users.resize_with(DRAWN, || Ipv4Addr::from_bits(random.u32(..)).to_string());
        let mut now_ms = 1_795_262_400_000_i64;
        criterion.benchmark_group("decide").bench_function(
            BenchmarkId::new("everything", campaigns),
            |bencher| {
                let mut next = 0;
                bencher.iter(|| {
                    next = (next + 1) % DRAWN;
                    now_ms += 1;
                    let ctx = ClickContext {
                        ip: &users[next],
                        user_agent: "Mozilla/5.0 (Linux; Android 10; K)",
                        created_at_ms: now_ms,
                        cost: 1.into(),
                        ..context(&query)
                    };
                    let campaign = table.campaign_by_slug(black_box("bench"))?;
                    let entropy = fastrand::u64(..);
                    let decision =
                        decide(&table, campaign, black_box(&ctx), Entry::Campaign, &runtime, entropy);
                    let (destination, sent) = (decision.destination?, decision.user?);
                    let visit = sent.user.at(destination.id());
                    let kept = KeptVisit { visit, at_ms: now_ms, forget_ms: now_ms + 86_400_000 };
                    runtime.learn_visit(Some(kept));
                    assert_eq!((decision.rejection, decision.charges.len()), (None, 1));
                    Some(destination.id().len())
                });
            },
        );
    }
}

criterion_group!(benches, bench, everything);
criterion_main!(benches);
