//! The outbox alone: clicks a second from encoding to the answer, by number of clients waiting at
//! once, in both modes, with the events of a click as they are.

use std::{path::Path, sync::Arc, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::{runtime::Runtime, sync::Barrier};
use traffoflex_benches::click_event;
use traffoflex_edge::{
    clock,
    outbox::{AckMode, Appended, EncodedEvents, Outbox, OutboxOptions, OutboxWriter, WriteFailurePolicy},
};
use traffoflex_model::NodeId;
use traffoflex_wire::topic::Topic;

const CLIENTS: [usize; 4] = [1, 16, 64, 256];

fn open(dir: &Path, ack: AckMode) -> (Outbox, OutboxWriter) {
    let options = OutboxOptions {
        dir: dir.to_owned(),
        node_id: NodeId::parse("bench").expect("a valid id"),
        ack,
        // A click that cannot be kept ends the benchmark instead of making it faster.
        policy: WriteFailurePolicy::Closed,
        max_bytes: u64::MAX,
        queue_clicks: 1 << 16,
        buffered_flush: Duration::from_millis(5),
        now_ms: clock::now_ms,
    };
    Outbox::open(options).expect("a new outbox")
}

async fn one_click(outbox: &Outbox) {
    loop {
        let mut events = EncodedEvents::new();
        events.push(Topic::ClickEvents, &click_event("0123456789abcdef0123456789abcdef")).expect("encodes");
        match outbox.append(events).await {
            Ok(Appended::Committed | Appended::Buffered) => return,
            Ok(Appended::Dropped(reason)) => panic!("dropped: {reason:?}"),
            // Without a client's round trip `buffered` can outrun the disk: wait for room.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

fn bench(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("outbox_append");
    group.sample_size(10).measurement_time(Duration::from_secs(4)).throughput(Throughput::Elements(1));
    for (name, ack) in [("committed", AckMode::Committed), ("buffered", AckMode::Buffered)] {
        for clients in CLIENTS {
            let dir = tempfile::tempdir().expect("a temporary directory");
            let (outbox, writer) = {
                let _entered = runtime.enter();
                open(dir.path(), ack)
            };
            group.bench_function(BenchmarkId::new(name, clients), |bencher| {
                bencher.iter_custom(|clicks| {
                    runtime.block_on(async {
                        let start = Arc::new(Barrier::new(clients + 1));
                        let each = clicks.div_ceil(clients as u64);
                        let tasks: Vec<_> = (0..clients)
                            .map(|_| {
                                let (outbox, start) = (outbox.clone(), start.clone());
                                tokio::spawn(async move {
                                    start.wait().await;
                                    for _ in 0..each {
                                        one_click(&outbox).await;
                                    }
                                })
                            })
                            .collect();
                        start.wait().await;
                        let began = std::time::Instant::now();
                        for task in tasks {
                            task.await.expect("no click fails");
                        }
                        // Asked for `clicks`, did a few more: what these took is scaled away.
                        began.elapsed().mul_f64(clicks as f64 / (each * clients as u64) as f64)
                    })
                });
            });
            drop(outbox);
            writer.close().expect("the writer ends");
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
