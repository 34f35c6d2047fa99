use std::{path::Path, sync::atomic::AtomicI64};

use traffoflex_model::{NodeGapEvent, TrafficbackEvent, TrafficbackReason};
use traffoflex_wire::{codec, topic::Topic};

use super::*;

fn options(dir: &Path) -> OutboxOptions {
    OutboxOptions {
        dir: dir.to_owned(),
        node_id: NodeId::parse("t").unwrap(),
        ack: AckMode::Committed,
        policy: WriteFailurePolicy::Open,
        max_bytes: 1 << 20,
        queue_clicks: 1024,
        buffered_flush: Duration::from_millis(5),
        now_ms: tick,
    }
}

/// A clock that only grows.
fn tick() -> i64 {
    static NOW: AtomicI64 = AtomicI64::new(1_700_000_000_000);
    NOW.fetch_add(1, Relaxed)
}

fn event(click_id: &str) -> TrafficbackEvent<'_> {
    TrafficbackEvent {
        created_at: 1,
        click_id: click_id.into(),
        workspace_id: "w".into(),
        campaign_id: "c".into(),
        stream_id: "".into(),
        destination_id: "".into(),
        reason: TrafficbackReason::NoMatchingStream,
        depth: 0,
        visited_destinations: "".into(),
    }
}

/// One click of two events.
fn unit(click_id: &str) -> EncodedEvents {
    let mut events = EncodedEvents::new();
    events.push(Topic::TrafficbackEvents, &event(click_id)).unwrap();
    events.push(Topic::TrafficbackEvents, &event(click_id)).unwrap();
    events
}

fn blocks(outbox: &Outbox) -> Vec<store::StoredBlock> {
    outbox.0.store.read_from(0, usize::MAX, u64::MAX).unwrap().0
}

/// Every record in the file.
fn held(outbox: &Outbox) -> Vec<(u64, String)> {
    records(&blocks(outbox))
}

/// By number: the click id, or the gap it names.
fn records(blocks: &[store::StoredBlock]) -> Vec<(u64, String)> {
    let mut records = Vec::new();
    for stored in blocks {
        for (seq, record) in (stored.first_seq..).zip(block::read(&stored.bytes).unwrap().records) {
            let text = match record.topic {
                Topic::NodeGapEvents => {
                    let gap: NodeGapEvent = codec::decode_record(record.payload).unwrap();
                    format!("gap {}-{} {}", gap.first_seq, gap.last_seq, gap.reason.as_str())
                }
                _ => codec::decode_record::<TrafficbackEvent<'_>>(record.payload)
                    .unwrap()
                    .click_id
                    .into_owned(),
            };
            records.push((seq, text));
        }
    }
    records
}

/// Events that gaps name.
fn named(records: &[(u64, String)]) -> u64 {
    let ranges = records
        .iter()
        .filter_map(|(_, text)| text.strip_prefix("gap ")?.strip_suffix(" outbox_full")?.split_once('-'));
    ranges.map(|(first, last)| last.parse::<u64>().unwrap() - first.parse::<u64>().unwrap() + 1).sum()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_events_outlive_the_process_and_numbers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut epoch = None;
    for life in 0..3 {
        let (outbox, writer) = Outbox::open(options(dir.path())).unwrap();
        let stats = outbox.stats();
        assert_eq!(
            *epoch.get_or_insert(stats.node_epoch),
            stats.node_epoch,
            "the same file is the same epoch"
        );
        assert_eq!(stats.queued_events, life * 20);
        let appends = (0..10).map(|n| {
            let outbox = outbox.clone();
            tokio::spawn(async move { outbox.append(unit(&format!("{life}-{n}"))).await })
        });
        for append in appends.collect::<Vec<_>>() {
            assert_eq!(append.await.unwrap(), Ok(Appended::Committed));
        }
        writer.close().unwrap();
        drop(outbox);
    }
    let (outbox, _writer) = Outbox::open(options(dir.path())).unwrap();
    let records = held(&outbox);
    assert!(records.iter().map(|(seq, _)| *seq).eq(1..=60), "dense from 1: {records:?}");
    for pair in records.chunks(2) {
        assert_eq!(pair[0].1, pair[1].1, "a click's events stand together");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_blocks_go_and_their_space_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let (outbox, writer) = Outbox::open(options(dir.path())).unwrap();
    for n in 0..5 {
        outbox.append(unit(&n.to_string())).await.unwrap();
    }
    outbox.0.store.acknowledge(blocks(&outbox).iter().map(|b| b.first_seq));
    until("the writer removes them when idle", || outbox.stats().queued_bytes == 0).await;
    assert!(held(&outbox).is_empty());
    outbox.append(unit("next")).await.unwrap();
    assert_eq!(held(&outbox)[0].0, 11, "numbers are never given again");
    writer.close().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_outbox_drops_counts_and_names_the_gap() {
    let dir = tempfile::tempdir().unwrap();
    let (outbox, writer) = Outbox::open(OutboxOptions { max_bytes: 2000, ..options(dir.path()) }).unwrap();
    while outbox.append(unit("x")).await.unwrap() == Appended::Committed {}
    assert_eq!(outbox.append(unit("x")).await, Ok(Appended::Dropped(DropReason::OutboxFull)));
    assert_eq!(outbox.readiness(), OutboxReadiness::Full);
    assert_eq!(outbox.stats().dropped_total, 4);

    // The first drop can be named already, in the room that was too small for the click.
    let drained = blocks(&outbox);
    outbox.0.store.acknowledge(drained.iter().map(|b| b.first_seq));
    until("space comes back", || outbox.readiness() == OutboxReadiness::Healthy).await;
    until("the drops are written down", || named(&held(&outbox)) + named(&records(&drained)) >= 4).await;
    assert_eq!(named(&held(&outbox)) + named(&records(&drained)), 4);
    outbox.append(unit("after")).await.unwrap();
    // Numbers of the gaps and of the records make one dense sequence.
    let last = held(&outbox).last().unwrap().0;
    assert_eq!(last, outbox.stats().last_seq);
    writer.close().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_closed_policy_refuses_and_leaves_no_gap() {
    let dir = tempfile::tempdir().unwrap();
    let closed = OutboxOptions { max_bytes: 1000, policy: WriteFailurePolicy::Closed, ..options(dir.path()) };
    let (outbox, writer) = Outbox::open(closed).unwrap();
    while outbox.append(unit("x")).await.is_ok() {}
    assert_eq!(outbox.append(unit("x")).await, Err(OutboxRefused { reason: DropReason::OutboxFull }));
    let stats = outbox.stats();
    assert_eq!((stats.dropped_total, stats.refused_total), (0, 2));
    assert!(held(&outbox).iter().all(|(_, text)| text == "x"));
    writer.close().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn buffered_mode_answers_first_and_commits_within_its_window() {
    let dir = tempfile::tempdir().unwrap();
    let buffered = OutboxOptions { ack: AckMode::Buffered, ..options(dir.path()) };
    let (outbox, writer) = Outbox::open(buffered).unwrap();
    for n in 0..100 {
        assert_eq!(outbox.append(unit(&n.to_string())).await, Ok(Appended::Buffered));
    }
    until("all are committed", || outbox.stats().last_seq == 200).await;
    assert!(outbox.stats().loss_window_ms > 0.0);
    assert!(outbox.stats().write_calls_total < 100, "clicks share commits");
    writer.close().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_is_a_higher_epoch_even_if_the_clock_went_back() {
    let dir = tempfile::tempdir().unwrap();
    let first = {
        let (outbox, writer) = Outbox::open(options(dir.path())).unwrap();
        writer.close().unwrap();
        outbox.stats().node_epoch
    };
    std::fs::remove_file(dir.path().join(store::FILE_NAME)).unwrap();
    let early = OutboxOptions { now_ms: || 5, ..options(dir.path()) };
    let (outbox, writer) = Outbox::open(early).unwrap();
    assert!(outbox.stats().node_epoch > first);
    writer.close().unwrap();
}

#[tokio::test]
async fn a_second_process_is_told_that_the_outbox_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let (_outbox, _writer) = Outbox::open(options(dir.path())).unwrap();
    let error = Outbox::open(options(dir.path())).err().unwrap();
    assert!(error.to_string().contains("in use by another process"), "{error}");
}
