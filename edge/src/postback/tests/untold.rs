//! What webhooks hear when it could not be enqueued at first.

use traffoflex_model::{
    Attribution, ClaimKind, ClaimOutcome, Claimed, ConversionClick, ConversionState, NodeId,
};
use traffoflex_routing::click_id::node_tag;

use super::*;
use crate::{
    outbox::postbacks::{DueRow, PostbackMark, Queue},
    postback::{
        batch::{self, Next},
        central::{Answers, Clicks},
        entry::{Entry, Step},
        settle::{self, Found, Settlement},
    },
};

pub fn entry(status: ConversionStatus) -> Entry {
    Entry {
        received_at: 1_000,
        workspace_id: "w".into(),
        network_id: "n1".into(),
        conversion_id: "conversion".into(),
        transaction_id: "t".into(),
        key_transaction: "t".into(),
        event_type: String::new(),
        repeat: String::new(),
        status,
        raw_status: status.as_str().to_owned(),
        payout: None,
        currency: traffoflex_model::Currency::USD,
        duplicates: DuplicateMode::Update,
        click_id: "click".into(),
        raw_payload: String::new(),
        attempts: 0,
        step: Step::Unclaimed,
        error: String::new(),
        import_key: String::new(),
        untold: None,
        aside_at: 0,
        misses: 0,
        missed_since: 0,
    }
}

fn state(status: ConversionStatus) -> ConversionState {
    let click =
        ConversionClick { source_id: "s1".into(), ..ConversionClick::without(Attribution::Click, "click") };
    ConversionState {
        conversion_id: "conversion".into(),
        version: 3,
        created_at: 1_000,
        updated_at: 2_000,
        status,
        raw_status: status.as_str().to_owned(),
        payout: Default::default(),
        currency: traffoflex_model::Currency::USD,
        click,
        previous_status: Default::default(),
        previous_payout: Default::default(),
    }
}

/// Settles one postback and returns the calls, and what the journal keeps when they cannot be enqueued.
fn settled(entry: Entry, answer: Option<Claimed>) -> (Vec<String>, Option<Entry>) {
    let id = PostbackId(7 << 80);
    let record = match entry.journal(id, 0).unwrap() {
        PostbackMark::Journal { record, .. } => record,
        other => panic!("{other:?}"),
    };
    let queue = Queue::Unclaimed;
    let row = DueRow { id: id.0, queue, conversion: 1, record, is_ahead: false };
    let mut item = batch::decode(vec![row]).0.remove(0);
    let mut answers = Answers::default();
    if let Some(answer) = answer {
        let claim = item.entry.claim(id, ClaimKind::Postback, answer.state.click.clone());
        answers
            .settled
            .insert(claim.claim_id.clone(), Claimed { claim_id: claim.claim_id.clone(), ..answer });
        item.next = Next::Claim { claim: Box::new(claim), is_click_there: true };
    } else {
        item.next = Next::Call;
    }
    let table = RoutingTable::build(&configuration()).unwrap();
    let book = Book::of(&table);
    let click = traffoflex_model::FoundClick { click_id: "click".into(), ..Default::default() };
    let clicks: Clicks = [("click".to_owned(), click)].into_iter().collect();
    let found = Found {
        table: &table,
        book: &book,
        answers: &answers,
        clicks: &clicks,
        are_clicks_known: true,
        max_age_ms: i64::MAX,
        now_ms: 5_000,
    };
    let mut settlement = Settlement::default();
    settle::settle(item, &found, &mut settlement).unwrap();
    let calls = std::mem::take(&mut settlement.jobs);
    let calls = calls.into_iter().map(|job| format!("{} {} {}", job.key, job.url, job.body)).collect();
    let events = settlement.into_events(false);
    let kept = events.marks().iter().find_map(|mark| match mark {
        Mark::Postback(PostbackMark::Journal { record, .. }) => Some(Entry::decode(record).unwrap()),
        _ => None,
    });
    (calls, kept)
}

#[test]
fn webhooks_hear_later_of_the_version_and_of_no_other_word() {
    let lead = ConversionStatus::Lead;
    let claimed = |outcome| Claimed {
        claim_id: String::new(),
        outcome,
        state: state(if outcome == ClaimOutcome::Late { lead } else { ConversionStatus::Sale }),
        untold: Default::default(),
    };
    // A late copy: its source hears of it, and webhooks hear of nothing, then or later.
    let (calls, kept) = settled(entry(lead), Some(claimed(ClaimOutcome::Late)));
    assert!(calls.len() == 1 && calls[0].contains("source.example"), "{calls:?}");
    let kept = kept.expect("it is tried again");
    assert_eq!(settled(kept, None).0, calls);
    // A version of its own that tells its source of an older word, too.
    let (calls, kept) = settled(entry(ConversionStatus::Sale), Some(claimed(ClaimOutcome::Created)));
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls.iter().all(|call| call.starts_with("conversion.3.hook") && call.contains("sale")));
    let again = settled(kept.expect("it is tried again"), None).0;
    assert_eq!(again, calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_do_not_wait_for_a_click_once_there_is_room() {
    let (dir, central) = (tempfile::tempdir().unwrap(), FakeCentral::default());
    let url = central.start().await;
    let bench = Bench::start(dir.path(), &url, "1", "1000").await;
    let table = RoutingTable::build(&configuration()).unwrap();
    let click = table.keyring().mint(now_ms(), node_tag(&NodeId::parse("n").unwrap()), 1);
    bench.take(&format!("cid={}&tid=t&payout=1", click.as_str())).await.unwrap();
    until("it is claimed", || bench.conversion_events() == 1).await;
    bench.stop().await;

    let bench = Bench::start(dir.path(), &url, "1000", "1000").await;
    let deadline = Instant::now() + LIMIT;
    while bench.outbound.stats().await.unwrap().queued < 2 {
        assert!(Instant::now() < deadline, "webhooks have not heard of it");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(bench.sizes(), (1, 0), "its click is still looked for");
    bench.stop().await;
}
