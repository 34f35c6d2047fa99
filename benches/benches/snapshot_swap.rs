//! Taking over a change of one destination: what a node does between a delta's arrival and the swap.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use traffoflex_benches::snapshot_of;
use traffoflex_model::{Entities, SnapshotDelta};
use traffoflex_routing::table::RoutingTable;

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("snapshot_swap");
    for campaigns in [10, 10_000, 100_000] {
        let mut snapshot = snapshot_of(campaigns);
        let table = RoutingTable::build(&snapshot).expect("a valid snapshot");
        let mut changed = snapshot.entities.destinations.swap_remove(0);
        changed.url = "https://offer.example/changed".into();
        let delta = SnapshotDelta {
            generation: snapshot.generation,
            from_version: 1,
            to_version: 2,
            created_at_ms: 2,
            settings: None,
            upserts: Entities { destinations: vec![changed], ..Entities::default() },
            removed: Vec::new(),
        };
        group.bench_function(BenchmarkId::new("one_destination", campaigns), |bencher| {
            bencher.iter(|| black_box(table.apply(black_box(&delta))).is_ok());
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
