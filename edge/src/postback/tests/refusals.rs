//! Postbacks that are refused, many of them.

use super::*;

const OUTBOX_BYTES: u64 = 2 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn refused_postbacks_leave_room_for_those_that_are_taken() {
    let (dir, central) = (tempfile::tempdir().unwrap(), FakeCentral::default());
    let url = central.start().await;
    let limit = OUTBOX_BYTES.to_string();
    let bench = Bench::start_with(dir.path(), &url, &[("--outbox-max-bytes", &limit)]).await;
    // Nobody drains the outbox.
    let held = || bench.outbox.stats().queued_bytes;
    let long = (0..7).map(|n| format!("&a{n}={}", "x".repeat(2_000))).collect::<String>();
    let forbidden = bench.take_for("fenced", &format!("tid=t&payout=1{long}")).await;
    assert!(matches!(forbidden, Err(Refused::Forbidden)), "{forbidden:?}");
    assert!((1..2_000).contains(&held()), "of a stranger's words nothing is kept: {}", held());
    // Three times as much as there is room for.
    let times = OUTBOX_BYTES * 3 / long.len() as u64;
    for _ in 0..times {
        let unusable = bench.take(&format!("payout=1{long}")).await;
        assert!(matches!(unusable, Err(Refused::Unusable(_))), "{unusable:?}");
    }
    assert!((OUTBOX_BYTES / 2..OUTBOX_BYTES / 2 + 50_000).contains(&held()), "{}", held());
    let forbidden = bench.take_for("fenced", "tid=t&payout=1").await;
    assert!(matches!(forbidden, Err(Refused::Forbidden)), "{forbidden:?}");
    let taken = bench.take(&format!("tid=t&payout=1{long}")).await.unwrap();
    assert_eq!(taken.verdict, Verdict::Accepted);
    bench.stop().await;
}
