//! Claims of nodes, against a real MongoDB: each is answered once and for ever, however many nodes claim at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_conversion::{claim::apply, dedupe_key::conversion_id};
use traffoflex_local::stack::NODE_TOKEN;
use traffoflex_model::{
    Attribution, Claim, ClaimKind, ClaimOutcome, Claimed, ConversionClick, ConversionStatus, Currency,
    DuplicateMode, NodeId,
};
use traffoflex_wire::conversion::{ClaimAnswers, ClaimBatch, MAX_CLAIMS, PATH};

use crate::world::World;

const AT_MS: i64 = 1_763_700_000_000;

use ClaimOutcome::{Attributed, Created, Duplicate, Late, Updated};
use ConversionStatus::{Hold, Lead, Rejected, Sale};

fn claim(
    workspace: &str,
    transaction: &str,
    id: &str,
    after_ms: i64,
    status: ConversionStatus,
    payout: &str,
) -> Claim {
    Claim {
        claim_id: format!("{transaction}-{id}"),
        kind: ClaimKind::Postback,
        conversion_id: conversion_id(workspace, "network", transaction, "", ""),
        workspace_id: workspace.into(),
        network_id: "network".into(),
        transaction_id: transaction.into(),
        event_type: String::new(),
        repeat: String::new(),
        received_at: AT_MS + after_ms,
        status,
        raw_status: format!("raw {}", status.as_str()),
        payout: (!payout.is_empty()).then(|| payout.parse().unwrap()),
        currency: Currency::USD,
        duplicates: DuplicateMode::Update,
        click: ConversionClick::without(Attribution::Pending, "click"),
        raw_payload: "payout=1".into(),
    }
}

fn tied(of: &Claim, campaign: &str) -> Claim {
    let click = ConversionClick {
        clicked_at: AT_MS - 1000,
        campaign_id: campaign.into(),
        source_id: "source".into(),
        ..ConversionClick::without(Attribution::Click, &of.click.click_id)
    };
    let claim_id = format!("{}{}", of.claim_id, Claim::ATTRIBUTION_SUFFIX);
    Claim { claim_id, kind: ClaimKind::Attribution, click, ..of.clone() }
}

async fn send(world: &World, url: &str, claims: &[Claim]) -> ClaimAnswers {
    let batch = ClaimBatch { node_id: NodeId::parse("n1").unwrap(), claims: claims.to_vec() };
    let answer =
        world.client.post(format!("{url}{PATH}")).bearer_auth(NODE_TOKEN).json(&batch).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn settle(world: &World, claims: &[Claim]) -> Vec<Claimed> {
    let answers = send(world, &world.url(""), claims).await;
    assert_eq!(answers.refused, []);
    answers.settled
}

fn outcomes(settled: &[Claimed]) -> Vec<ClaimOutcome> {
    settled.iter().map(|claimed| claimed.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_answered_the_same_for_ever() {
    let mut world = World::start().await;
    let w = world.workspace_id().await;
    let lead = claim(&w, "t", "1", 0, Lead, "0");
    let first = settle(&world, &[lead.clone(), claim(&w, "t", "2", 10, Sale, "1.5")]).await;
    assert_eq!(outcomes(&first), [Created, Updated]);
    assert_eq!((first[0].state.version, first[0].state.status), (1, Lead), "as of its own version");
    let second = [
        claim(&w, "t", "3", 20, Sale, "1.50"),
        claim(&w, "t", "4", 5, Hold, ""),
        tied(&lead, "campaign"),
        claim(&w, "t", "5", 30, Lead, "0"),
        claim(&w, "other", "1", 0, Sale, ""),
        claim(&w, "t", "6", 40, Rejected, ""),
        tied(&claim(&w, "t", "6", 40, Rejected, ""), "campaign"),
    ];
    let settled = settle(&world, &second).await;
    assert_eq!(outcomes(&settled), [Duplicate, Late, Attributed, Duplicate, Created, Updated, Duplicate]);
    let last = &settled[6].state;
    assert_eq!((last.version, last.status, &*last.payout.to_string()), (4, Rejected, "1.5"));
    assert_eq!((last.created_at, last.updated_at, last.previous_status), (AT_MS, AT_MS + 40, Sale));
    assert_eq!((&*last.click.click_id, &*last.click.campaign_id), ("click", "campaign"));

    world.stack.kill_api().unwrap();
    world.stack.start_api().await.unwrap();
    assert_eq!(settle(&world, &second).await, settled);
    assert_eq!(settle(&world, &[lead, claim(&w, "t", "2", 10, Sale, "1.5")]).await, first);
    // Alone and read only, which is confirmed by a write of its own.
    assert_eq!(settle(&world, &second[6..]).await, settled[6..]);
    assert!(settle(&world, &[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_cannot_be_settled_holds_up_no_other() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    let good = claim(&w, "good", "1", 0, Sale, "1");
    let stranger = Claim { workspace_id: "another".into(), ..claim(&w, "stranger", "1", 0, Sale, "1") };
    let nameless = ConversionClick::without(Attribution::NoClickId, "");
    let nameless =
        Claim { click: nameless, transaction_id: String::new(), ..claim(&w, "x", "1", 0, Sale, "1") };
    settle(&world, &[claim(&w, "taken", "1", 0, Sale, "1")]).await;
    // The same transaction under another id: the unique index has the last word.
    let foreign = Claim { conversion_id: "foreign".into(), ..claim(&w, "taken", "2", 1, Sale, "2") };
    let answers = send(&world, &world.url(""), &[stranger, foreign, good, nameless]).await;
    assert_eq!(outcomes(&answers.settled), [Created]);
    let refused: BTreeSet<&str> = answers.refused.iter().map(|refused| &*refused.claim_id).collect();
    assert_eq!(refused, BTreeSet::from(["stranger-1", "taken-2", "x-1"]));
    let text = format!("{:?}", answers.refused);
    assert!(text.contains("the transaction belongs to a conversion of another id"), "{text}");

    // Postbacks without a transaction are told apart by their clicks.
    let by_click = |click: &str| Claim {
        transaction_id: String::new(),
        conversion_id: format!("of-{click}"),
        click: ConversionClick::without(Attribution::Pending, click),
        ..claim(&w, click, "1", 0, Sale, "1")
    };
    assert_eq!(outcomes(&settle(&world, &[by_click("c1"), by_click("c2")]).await), [Created, Created]);

    // What cannot even be read is refused by its name.
    let mut strange = serde_json::to_value(claim(&w, "strange", "1", 0, Sale, "1")).unwrap();
    strange["status"] = "of tomorrow".into();
    let fine = serde_json::to_value(claim(&w, "fine", "1", 0, Sale, "1")).unwrap();
    let body = json!({ "node_id": "n1", "claims": [strange, fine] });
    let answer = world.call_as(Method::POST, PATH, Some(body), NODE_TOKEN).await;
    assert_eq!((answer.status, &answer.body["refused"][0]["claim_id"]), (200, &json!("strange-1")));
    assert_eq!(answer.body["settled"][0]["outcome"], "created");

    let many = vec![fine_claim(&w); MAX_CLAIMS + 1];
    let body = json!({ "node_id": "n1", "claims": many });
    assert_eq!(world.call_as(Method::POST, PATH, Some(body), NODE_TOKEN).await.status, 400);
    let body = json!({ "node_id": "n1", "claims": [] });
    assert_eq!(world.call_as(Method::POST, PATH, Some(body), "wrong").await.status, 401);
}

fn fine_claim(workspace: &str) -> Value {
    serde_json::to_value(claim(workspace, "many", "1", 0, Sale, "1")).unwrap()
}

/// Claims of so many conversions, in ever other order for each node: some claims are sent by all nodes, others by one.
fn claims_of_node(w: &str, node: usize, conversions: usize) -> Vec<Claim> {
    let mut claims = Vec::new();
    for number in 0..conversions {
        let t = format!("t{number}");
        let shared = claim(w, &t, "shared", 0, Lead, "0");
        claims.push(tied(&shared, "campaign"));
        claims.push(shared);
        let after_ms = 10 * (1 + ((node + number) % 4) as i64);
        let status = [Sale, Rejected, Sale, Hold][(node + number) % 4];
        claims.push(claim(
            w,
            &t,
            &format!("of-{node}"),
            after_ms,
            status,
            if node == 0 { "" } else { "3.25" },
        ));
        claims.push(claim(w, &t, &format!("again-{node}"), after_ms + 1, status, ""));
    }
    fastrand::Rng::with_seed(node as u64).shuffle(&mut claims);
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_claim_the_same_at_once_make_one_chain_of_versions() {
    const NODES: usize = 6;
    const CONVERSIONS: usize = 120;
    let world = World::start().await;
    let w = world.workspace_id().await;
    let second = world.stack.second_api().await.unwrap();
    let urls = [world.url(""), second.url().to_owned()];
    let node = async |node: usize| {
        let mut answers = Vec::new();
        let claims = claims_of_node(&w, node, CONVERSIONS);
        // Twice: what a node did not hear the answer of, it sends again, and maybe to another central.
        for round in 0..2 {
            for batch in claims.chunks(80) {
                let url = &urls[(node + round) % 2];
                let answered = send(&world, url, batch).await;
                assert_eq!(answered.refused, []);
                assert!(answered.settled.iter().map(|c| &c.claim_id).eq(batch.iter().map(|c| &c.claim_id)));
                answers.extend(answered.settled);
            }
        }
        answers
    };
    let answers: Vec<Claimed> = join_all((0..NODES).map(node)).await.into_iter().flatten().collect();

    // Or nothing would be proven here.
    assert!(conflicts(&world, &urls).await > 0, "no node was ever in another's way");

    let mut by_claim: BTreeMap<&str, &Claimed> = BTreeMap::new();
    let mut versions: BTreeMap<&str, BTreeMap<u64, &str>> = BTreeMap::new();
    for claimed in &answers {
        let first = *by_claim.entry(&claimed.claim_id).or_insert(claimed);
        assert_eq!(first.outcome, claimed.outcome, "{}", claimed.claim_id);
        if claimed.outcome.is_version() {
            assert_eq!(first.state, claimed.state);
            let maker = versions.entry(&claimed.state.conversion_id).or_default();
            let maker = maker.entry(claimed.state.version).or_insert(&claimed.claim_id);
            assert_eq!(*maker, claimed.claim_id, "two claims made the same version");
        }
    }
    assert_eq!(versions.len(), CONVERSIONS);
    let all: Vec<Claim> = (0..NODES).flat_map(|node| claims_of_node(&w, node, CONVERSIONS)).collect();
    for (conversion, made) in versions {
        assert!(made.keys().copied().eq(1..=made.len() as u64), "{made:?}");
        let answer = world.get(&format!("/api/conversions/{conversion}")).await.body;
        let mut sorted: Vec<&Claim> = all.iter().filter(|claim| claim.conversion_id == conversion).collect();
        sorted.sort_by_key(|claim| (claim.received_at, &claim.claim_id));
        let mut kept = None;
        for claim in sorted {
            apply(&mut kept, claim);
        }
        let expected = kept.unwrap().current.state;
        assert_eq!(answer["status"], expected.status.as_str(), "{answer}");
        assert_eq!(answer["payout"], expected.payout.normalize().to_string());
        assert_eq!((&answer["attribution"], &answer["campaign_id"]), (&json!("click"), &json!("campaign")));
        assert_eq!(answer["version"], made.len());
        let history: Vec<&str> =
            answer["history"].as_array().unwrap().iter().map(|v| v["claim_id"].as_str().unwrap()).collect();
        assert!(history.into_iter().eq(made.into_values()));
    }
}

/// Writes that somebody else was faster with, of all these api-services.
async fn conflicts(world: &World, urls: &[String]) -> u64 {
    let mut all = 0;
    for url in urls {
        let answer = world.client.get(format!("{url}/metrics")).send().await.unwrap();
        let text = answer.text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("traffoflex_claim_conflicts_total "));
        all += line.map_or(0, |count| count.trim().parse::<u64>().unwrap());
    }
    all
}

async fn ids(world: &World, query: &str) -> (Vec<String>, u64) {
    let answer = world.get(&format!("/api/conversions?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    let ids = items.iter().map(|item| item["transaction_id"].as_str().unwrap().to_owned());
    (ids.collect(), answer.body["total"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn conversions_are_listed_and_read_with_their_history() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    let sold = claim(&w, "sold", "1", 1000, Sale, "2.5");
    let click = ConversionClick::without(Attribution::Forged, "forged");
    let forged = Claim { click, ..claim(&w, "forged", "1", 2000, Lead, "") };
    let other = Claim {
        network_id: "n2".into(),
        event_type: "Deposit".into(),
        ..claim(&w, "late", "1", 3000, Hold, "1")
    };
    settle(&world, &[sold.clone(), forged, other, tied(&sold, "c1")]).await;
    settle(&world, &[claim(&w, "sold", "2", 4000, Rejected, "")]).await;

    let all = ["late", "forged", "sold"].map(str::to_owned).to_vec();
    assert_eq!(ids(&world, "").await, (all, 3));
    let time = |after_ms: i64| jiff::Timestamp::from_millisecond(AT_MS + after_ms).unwrap().to_string();
    let cases = [
        ("status=rejected".to_owned(), "sold"),
        ("status=lead,sale".into(), "forged"),
        ("attribution=click".into(), "sold"),
        ("campaign_id=c1&source_id=source".into(), "sold"),
        ("network_id=n2".into(), "late"),
        ("event_type=dEPOSIT".into(), "late"),
        ("click_id=forged".into(), "forged"),
        ("transaction_id=sold".into(), "sold"),
        (format!("conversion_id={}", sold.conversion_id), "sold"),
        (format!("from={}&to={}", time(2000), time(3000)), "forged"),
    ];
    for (query, expected) in cases {
        assert_eq!(ids(&world, &query).await, (vec![expected.to_owned()], 1), "{query}");
    }
    assert_eq!(ids(&world, "limit=1&offset=1").await, (vec!["forged".to_owned()], 3));
    assert_eq!(ids(&world, "status=sale").await, (vec![], 0));
    let wrong = world.get("/api/conversions?limit=501&status=sold&nope=1").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["limit", "status", "nope"]));

    let path = format!("/api/conversions/{}", sold.conversion_id);
    let answer = world.get(&path).await.body;
    let told = |name: &str| -> Vec<Value> {
        answer["history"].as_array().unwrap().iter().map(|version| version[name].clone()).collect()
    };
    assert_eq!(told("status"), [json!("sale"), json!("sale"), json!("rejected")]);
    assert_eq!(told("outcome"), [json!("created"), json!("attributed"), json!("updated")]);
    assert_eq!(told("version"), [json!(1), json!(2), json!(3)]);
    assert_eq!((&answer["payout"], &answer["clicked_at"]), (&json!("2.5"), &json!(time(-1000))));
    assert_eq!((&answer["created_at"], &answer["updated_at"]), (&json!(time(1000)), &json!(time(4000))));
    assert_eq!(world.get("/api/conversions/unknown").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_mongodb_has_lost_or_let_go_of_is_read_from_the_warehouse() {
    let world = World::start().await;
    let w = world.workspace_id().await;
    let turn = |n: i64| claim(&w, "long", &n.to_string(), n, if n % 2 == 0 { Sale } else { Rejected }, "1");
    let turns: Vec<Claim> = (0..70).map(turn).collect();
    let long = turns[0].conversion_id.clone();
    settle(&world, &turns).await;
    let row = |id: &str, version: u64, status: &str| {
        format!(
            "('e-{id}-{version}', 'n1', 1, {version}, '{id}', {version}, '{w}', fromUnixTimestamp64Milli({AT_MS}), \
             fromUnixTimestamp64Milli({AT_MS}), '{status}', 'gone', 2.5, 'USD', 'pending', 'p{version}')"
        )
    };
    let rows = [
        row("gone", 1, "lead"),
        row("gone", 2, "sale"),
        row("gone", 2, "sale"),
        row(&long, 1, "sale"),
        // Also in MongoDB, and shown once.
        row(&long, 7, "sale"),
    ];
    let insert = format!(
        "INSERT INTO conversion_events (event_id, node_id, node_epoch, node_seq, conversion_id, version, workspace_id, \
         created_at, updated_at, status, transaction_id, payout, currency, attribution, postback_id) VALUES {}",
        rows.join(", ")
    );
    world.clickhouse(&insert).await;

    let gone = world.get("/api/conversions/gone").await.body;
    assert_eq!(
        (&gone["status"], &gone["payout"], &gone["id"]),
        (&json!("sale"), &json!("2.5"), &json!("gone"))
    );
    let created_at = jiff::Timestamp::from_millisecond(AT_MS).unwrap().to_string();
    assert_eq!((&gone["created_at"], &gone["clicked_at"]), (&json!(created_at), &Value::Null));
    assert_eq!(gone["history"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&gone["history"][0]["status"], &gone["history"][1]["claim_id"]),
        (&json!("lead"), &json!("p2"))
    );

    let long = world.get(&format!("/api/conversions/{long}")).await.body;
    let versions: Vec<u64> =
        long["history"].as_array().unwrap().iter().map(|v| v["version"].as_u64().unwrap()).collect();
    assert!(versions.iter().copied().eq([1].into_iter().chain(7..=70)), "{versions:?}");
    assert_eq!((&long["status"], &long["version"]), (&json!("rejected"), &json!(70)));
}

/// A sale that is tied to a click.
pub fn sale(
    workspace: &str,
    campaign: &str,
    click: &str,
    transaction: &str,
    at_ms: i64,
    payout: &str,
) -> Claim {
    let of = claim(workspace, transaction, "1", 0, Sale, payout);
    let raw_payload = format!("payout={payout}");
    let click = ConversionClick {
        clicked_at: at_ms,
        campaign_id: campaign.into(),
        ..ConversionClick::without(Attribution::Click, click)
    };
    Claim { received_at: at_ms, click, raw_payload, ..of }
}

pub async fn settle_all(world: &World, claims: &[Claim]) {
    settle(world, claims).await;
}
