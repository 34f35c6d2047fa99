//! Routing one click: find the campaign by its slug, match 5 streams of 4 rules, choose a destination.
//!
//! `hot`: every click goes to one campaign and passes all 20 rules, at 10, 10 k and 1 M campaigns in
//! the snapshot. `spread`: each click goes to a campaign drawn evenly from all, which the processor's
//! caches cannot hold at 1 M. `whole_click`: as `hot`, with minting the click id and rendering the URL.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use traffoflex_benches::{slug, snapshot_of};
use traffoflex_model::NodeId;
use traffoflex_routing::{
    click_id::node_tag,
    context::ClickContext,
    decide::{Entry, decide},
    macros::MacroValues,
    runtime::AtRest,
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

criterion_group!(benches, bench);
criterion_main!(benches);
