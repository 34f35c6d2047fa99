//! Imports that are sent again, to the same node and to another.

use super::*;

fn kept(central: &FakeCentral) -> Vec<Kept> {
    lock(&central.0.kept).values().flatten().cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_sent_again_counts_no_repeat_of_its_own() {
    let (dirs, central) = ([(); 2].map(|()| tempfile::tempdir().unwrap()), FakeCentral::default());
    let url = central.start().await;
    let rows = ["k1", "k2", "k3"];
    let mut ids = Vec::new();
    for dir in &dirs {
        let bench = Bench::start(dir.path(), &url, "1000", "1000").await;
        let mut taken = Vec::new();
        for key in rows {
            taken.push(bench.import("each", key, "tid=t&payout=1").await);
        }
        until("the rows are settled", || bench.sizes() == (0, 0)).await;
        for (key, first) in rows.into_iter().zip(&taken) {
            assert_eq!(first.verdict, Verdict::Accepted, "each row counts of its own");
            let again = bench.import("each", key, "tid=t&payout=1").await;
            let expected = Taken { verdict: Verdict::Duplicate, conversion_id: first.conversion_id.clone() };
            assert_eq!(again, expected);
        }
        assert_eq!(bench.sizes(), (0, 0), "what is known is not claimed again");
        bench.stop().await;
        ids.push(taken.into_iter().map(|taken| taken.conversion_id).collect::<Vec<_>>());
        assert_eq!(central.conversions(), rows.len(), "whichever node it is sent to");
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_sent_again_does_not_undo_what_was_said_since() {
    let (dirs, central) = ([(); 2].map(|()| tempfile::tempdir().unwrap()), FakeCentral::default());
    let url = central.start().await;
    let bench = Bench::start(dirs[0].path(), &url, "1000", "1000").await;
    bench.import("net", "k1", "tid=t&payout=5&status=lead").await;
    bench.import("net", "k2", "tid=t&payout=5&status=sale").await;
    bench.take("tid=t&payout=5&status=rejected").await.unwrap();
    until("they are settled", || bench.sizes() == (0, 0)).await;
    let before = kept(&central);
    let versions: Vec<_> = before[0].versions().map(|version| version.state.status.as_str()).collect();
    assert_eq!(versions, ["lead", "sale", "rejected"]);
    let again = bench.import("net", "k2", "tid=t&payout=5&status=sale").await;
    assert_eq!((again.verdict, bench.sizes()), (Verdict::Duplicate, (0, 0)));
    bench.stop().await;

    let bench = Bench::start(dirs[1].path(), &url, "1000", "1000").await;
    bench.import("net", "k2", "tid=t&payout=5&status=sale").await;
    until("it is settled", || bench.sizes() == (0, 0)).await;
    assert_eq!(kept(&central), before, "central knows it by its name");
    assert_eq!(before[0].current.state.status, ConversionStatus::Rejected);
    bench.stop().await;
}
