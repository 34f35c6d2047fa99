//! Events arriving over HTTP, and the audit over what arrived.

use serde_json::json;

use crate::world::{World, click};

#[tokio::test(flavor = "multi_thread")]
async fn repeats_change_nothing_and_bad_lines_are_kept_aside() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let now = jiff::Timestamp::now().as_millisecond();
    let line = |seq: u64| {
        click(
            "n1",
            7,
            seq,
            json!({ "workspace_id": workspace, "created_at": now + seq as i64, "cost": "0.25" }),
        )
    };
    let batch = |from: u64, to: u64| (from..=to).flat_map(line).collect::<Vec<u8>>();
    for (from, to) in [(1, 100), (1, 100), (50, 150), (1, 150)] {
        let answer = world.ingest("n1", 7, (from, to), batch(from, to)).await;
        assert_eq!(
            (answer.status, &answer.body),
            (200, &json!({ "accepted": to - from + 1, "rejected": 0 }))
        );
    }
    let overview = world.get("/api/reports/overview").await.body;
    assert_eq!((&overview["clicks"], &overview["cost"]), (&json!(150), &json!("37.5")), "{overview}");
    let stored = world
        .clickhouse("SELECT toUnixTimestamp64Milli(created_at) FROM click_events FINAL WHERE node_seq = 3")
        .await;
    assert_eq!(stored, (now + 3).to_string(), "milliseconds exactly");

    // One line that is no event, one that only ClickHouse refuses (a cost beyond Decimal(18,6)).
    let beyond = click(
        "n1",
        7,
        152,
        json!({ "workspace_id": workspace, "created_at": now, "cost": "9999999999999999" }),
    );
    let body = [line(151), b"{\"nonsense\"\n".to_vec(), beyond, line(153)].concat();
    let answer = world.ingest("n1", 7, (151, 153), body).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({ "accepted": 2, "rejected": 2 })));
    assert_eq!(world.clickhouse("SELECT count() FROM kafka_ingestion_errors").await, "2");
    assert_eq!(world.get("/api/reports/overview").await.body["clicks"], 152);

    let audit = world.stack.command(&["audit", "--json"]).await.unwrap();
    assert!(!audit.status.success(), "152 is missing");
    let report: serde_json::Value = serde_json::from_slice(&audit.stdout).unwrap();
    assert_eq!(report["epochs"][0]["unexplained"], json!([{ "first": 152, "last": 152 }]));
    assert_eq!(report["epochs"][0]["contiguous_mark"], 151);
    let tail = world.stack.command(&["audit", "--expect-last", "n1:7:160"]).await.unwrap();
    assert!(String::from_utf8_lossy(&tail.stdout).contains("missing: 154..160"));
}

/// Numbers are counted in buckets of 2^20: holes within one, between two, and over whole ones.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_holes_wherever_they_are() {
    let world = World::start().await;
    let insert = async |seqs: &str| {
        world
            .clickhouse(&format!(
                "INSERT INTO click_events (event_id, node_id, node_epoch, node_seq, created_at) \
                 SELECT toString(seq), 'big', 1, seq, now64(3) FROM (SELECT arrayJoin({seqs}) AS seq)"
            ))
            .await
    };
    insert("range(1, 1048576)").await;
    insert("range(500, 600)").await;
    let report = async || {
        let audit = world.stack.command(&["audit", "--json", "--node", "big"]).await.unwrap();
        serde_json::from_slice::<serde_json::Value>(&audit.stdout).unwrap()
    };
    let whole = report().await;
    assert_eq!(
        (&whole["clean"], &whole["epochs"][0]["present"]),
        (&json!(true), &json!(1_048_575)),
        "{whole}"
    );
    // Rows that were given no number are none of the sequence.
    insert("[0]").await;
    world
        .clickhouse("INSERT INTO click_events (node_id, node_epoch, node_seq, created_at) VALUES ('odd', 1, 0, now64(3))")
        .await;
    let all = world.stack.command(&["audit", "--json"]).await.unwrap();
    let all: serde_json::Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(all, whole);
    insert("[1048576, 1048579, 5000000, 5242880]").await;
    let holes = report().await;
    assert_eq!(
        holes["epochs"][0]["unexplained"],
        json!([
            { "first": 1_048_577, "last": 1_048_578 },
            { "first": 1_048_580, "last": 4_999_999 },
            { "first": 5_000_001, "last": 5_242_879 },
        ]),
        "{holes}"
    );
    assert_eq!((&holes["epochs"][0]["contiguous_mark"], &holes["clean"]), (&json!(1_048_576), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_batches_are_refused_whole() {
    let world = World::start().await;
    assert_eq!(world.ingest("n1", 7, (0, 5), Vec::new()).await.status, 400);
    assert_eq!(world.ingest("n1", 7, (5, 4), Vec::new()).await.status, 400);
    assert_eq!(world.ingest("Bad Node", 7, (1, 4), Vec::new()).await.status, 400);
    // One byte too many, so that all of it is read before the answer and nothing cuts that off.
    let too_large = vec![b'x'; traffoflex_wire::event::MAX_BATCH_BYTES + 1];
    assert_eq!(world.ingest("n1", 7, (1, 4), too_large).await.status, 413);
    assert_eq!(world.ingest("n1", 7, (1, 4), Vec::new()).await.body, json!({ "accepted": 0, "rejected": 0 }));
}
