//! Clicks of bots from the request to the report: signs, policies, lists, and crawlers asked of DNS.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use serde_json::json;
use traffoflex_local::dns_server::{Answer, DnsServer};

use crate::world::{Node, World, eventually};

const LIMIT: Duration = Duration::from_secs(20);
const TRUSTED: (&str, &str) = ("TRUSTED_PROXY_CIDRS", "127.0.0.1/32");
const CHROME: (&str, &str) = (
    "user-agent",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
);
const GOOGLEBOT: (&str, &str) =
    ("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
const ENGLISH: (&str, &str) = ("accept-language", "en-US,en;q=0.9");

type Headers<'h> = &'h [(&'h str, &'h str)];

/// What is stored of a click.
#[derive(Debug, PartialEq, Eq)]
struct Judged {
    reasons: String,
    score: u8,
    is_bot: bool,
    is_proxy: bool,
}

/// Of each click by its sub1, which is different for each.
async fn judged(world: &World) -> BTreeMap<String, Judged> {
    let sql = "SELECT sub1, bot_reason, bot_score, is_bot::UInt8, is_proxy::UInt8 FROM click_events FINAL FORMAT TSV";
    let rows = world.rows(sql).await;
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let judged = Judged {
            reasons: fields[1].to_owned(),
            score: fields[2].parse().unwrap(),
            is_bot: fields[3] == "1",
            is_proxy: fields[4] == "1",
        };
        (fields[0].to_owned(), judged)
    };
    rows.lines().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_flags_sends_back_or_blocks_and_keeps_the_event() {
    let world = World::start().await;
    let back = world.destination("https://back.example/?id={click_id}").await;
    for (slug, policy) in [("flagged", "flag"), ("sent-back", "trafficback"), ("blocked", "block")] {
        let campaign = world.campaign(slug, "https://offer.example/?id={click_id}").await;
        let change = json!({ "bot_policy": policy, "trafficback_destination_id": back });
        world.patch("/api/campaigns", &campaign.id, change).await;
    }
    let node = world.node("node-a").await;
    let bot: Headers<'_> = &[GOOGLEBOT, ENGLISH];
    eventually("the policies reach the node", LIMIT, async || {
        node.snapshot_version().await == world.snapshot_version().await
    })
    .await;

    let flagged = node.get_with("/c/flagged?sub1=flag", bot).await;
    assert_eq!(flagged.location().host_str(), Some("offer.example"));
    let sent_back = node.get_with("/c/sent-back?sub1=back", bot).await;
    assert_eq!(sent_back.location().host_str(), Some("back.example"));
    let blocked = node.get_with("/c/blocked?sub1=block", bot).await;
    assert_eq!((blocked.status, blocked.error_code()), (403, "blocked".to_owned()));
    assert_eq!(blocked.header("location"), "");
    for slug in ["flagged", "sent-back", "blocked"] {
        let person = node.get_with(&format!("/c/{slug}?sub1=person-{slug}"), &[CHROME, ENGLISH]).await;
        assert_eq!(person.location().host_str(), Some("offer.example"), "{slug}");
    }

    world.wait_for_clicks(6).await;
    let overview = world.report("overview", &[]).await;
    assert_eq!((&overview["clicks"], &overview["bots"]), (&json!(3), &json!(3)), "{overview}");
    let decisions = world
        .rows("SELECT sub1, decision, is_bot::UInt8 FROM click_events FINAL WHERE sub1 NOT LIKE 'person%' ORDER BY sub1 FORMAT TSV")
        .await;
    assert_eq!(decisions.trim(), "back\ttrafficback\t1\nblock\tblocked\t1\nflag\trouted\t1");
    let reasons = world.rows("SELECT reason FROM trafficback_events FINAL FORMAT TSV").await;
    assert_eq!(reasons.trim(), "bot_or_low_quality\nbot_or_low_quality");

    let grouped = world.report("grouped", &[("group_by", "bot_reason"), ("sort", "bot_reason")]).await;
    let bots = grouped["items"].as_array().unwrap().iter().find(|row| row["bot_reason"] != "").unwrap();
    assert_eq!((&bots["bot_reason"], &bots["bots"]), (&json!("crawler_user_agent"), &json!(3)), "{grouped}");
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sign_reaches_the_event() {
    let world = World::start().await;
    world.campaign("signs", "https://offer.example/?id={click_id}").await;
    let files = tempfile::tempdir().unwrap();
    let (networks, hosting) = (files.path().join("asn.csv"), files.path().join("hosting.txt"));
    std::fs::write(&networks, "198.51.100.0,198.51.100.255,64512,Lab\n").unwrap();
    std::fs::write(&hosting, "64512 the lab\n").unwrap();
    let settings = [
        TRUSTED,
        ("GEOIP_ASN_PATH", networks.to_str().unwrap()),
        ("BOT_DATACENTER_ASNS_PATH", hosting.to_str().unwrap()),
        ("BOT_RATE_MAX_PER_MINUTE", "20"),
    ];
    let node = world.node_with("node-signs", &settings).await;
    let from_lab = ("x-forwarded-for", "198.51.100.7");
    let cases: [(&str, Headers<'_>, &str, bool); 13] = [
        ("person", &[CHROME, ENGLISH], "", false),
        ("crawler", &[GOOGLEBOT, ENGLISH], "crawler_user_agent", true),
        ("prefetch", &[CHROME, ENGLISH, ("sec-purpose", "prefetch;prerender")], "prefetch", true),
        ("preview", &[CHROME, ENGLISH, ("x-purpose", "preview")], "preview", true),
        ("moz", &[CHROME, ENGLISH, ("x-moz", "prefetch")], "prefetch", true),
        ("curl", &[("user-agent", "curl/8.5.0")], "http_client,missing_headers", false),
        ("no-agent", &[ENGLISH], "missing_user_agent", false),
        ("no-language", &[CHROME], "missing_headers", false),
        ("hints", &[CHROME, ENGLISH, ("sec-ch-ua-platform", "\"Android\"")], "contradictory_headers", false),
        (
            "forged",
            &[CHROME, ("sec-ch-ua-platform", "\"Linux\"")],
            "contradictory_headers,missing_headers",
            true,
        ),
        ("vpn", &[CHROME, ENGLISH, from_lab], "datacenter_asn", false),
        (
            "server",
            &[("user-agent", "curl/8.5.0"), from_lab],
            "datacenter_asn,http_client,missing_headers",
            true,
        ),
        ("proxy", &[CHROME, ENGLISH, ("x-forwarded-for", "192.168.1.9, 203.0.113.5")], "", false),
    ];
    for (name, headers, ..) in &cases {
        assert_eq!(node.get_with(&format!("/c/signs?sub1={name}"), headers).await.status, 302, "{name}");
    }
    let head = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("http://{}/c/signs?sub1=head", node.addr());
    let answer = head.head(url).header(CHROME.0, CHROME.1).header(ENGLISH.0, ENGLISH.1).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    // A public address that clicks more often than a person can; one on this side may.
    for n in 0..25 {
        let headers = [CHROME, ENGLISH, ("x-forwarded-for", "203.0.113.77")];
        node.get_with(&format!("/c/signs?sub1=often-{n:02}"), &headers).await;
        node.get_with(&format!("/c/signs?sub1=local-{n:02}"), &[CHROME, ENGLISH]).await;
    }

    world.wait_for_clicks(cases.len() + 1 + 50).await;
    let stored = judged(&world).await;
    for (name, _, reasons, is_bot) in cases {
        let got = &stored[name];
        assert_eq!((got.reasons.as_str(), got.is_bot), (reasons, is_bot), "{name}: {got:?}");
        assert_eq!(got.is_proxy, name == "proxy", "{name}");
        assert_eq!(got.score >= 60, is_bot, "{name}: {got:?}");
    }
    assert_eq!((stored["head"].reasons.as_str(), stored["head"].score), ("head_request", 70));
    let limited: Vec<&str> = stored
        .iter()
        .filter(|(_, judged)| judged.reasons == "rate_limit" && judged.is_bot)
        .map(|(name, _)| name.as_str())
        .collect();
    // Should a minute turn meanwhile, some of it is forgotten: never fewer than the limit go through.
    assert!(!limited.is_empty() && limited.iter().all(|name| *name >= "often-20"), "{limited:?}");

    let metrics = node.get("/metrics").await.body;
    let line = format!("traffoflex_bot_verdicts_total{{reason=\"rate_limit\"}} {}", limited.len());
    assert!(metrics.contains(&line), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_the_workspace_reach_the_node_and_people_win() {
    let world = World::start().await;
    world.campaign("lists", "https://offer.example/?id={click_id}").await;
    let node = world.node_with("node-lists", &[TRUSTED]).await;
    let click = async |name: &str, headers: Headers<'_>| {
        assert_eq!(node.get_with(&format!("/c/lists?sub1={name}"), headers).await.status, 302, "{name}");
    };
    let listed = ("x-forwarded-for", "203.0.113.9");
    click("before", &[CHROME, ENGLISH, listed]).await;
    world
        .patch_workspace(
            json!({ "bots": { "ips": ["203.0.113.0/24"], "user_agents": ["WIN64"], "asns": [] } }),
        )
        .await;
    reached(&world, &node).await;
    click("by-both", &[CHROME, ENGLISH, listed]).await;
    click("by-agent", &[CHROME, ENGLISH]).await;
    click(
        "by-neither",
        &[("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"), ENGLISH],
    )
    .await;
    world
        .patch_workspace(
            json!({ "people": { "ips": ["203.0.113.9"], "user_agents": ["googlebot"], "asns": [] } }),
        )
        .await;
    reached(&world, &node).await;
    click("person-by-ip", &[CHROME, ENGLISH, listed]).await;
    click("person-by-agent", &[GOOGLEBOT]).await;
    click("still-listed", &[CHROME, ENGLISH, ("x-forwarded-for", "203.0.113.10")]).await;

    world.wait_for_clicks(7).await;
    let stored = judged(&world).await;
    for (name, reasons, is_bot) in [
        ("before", "", false),
        ("by-both", "listed_ip,listed_user_agent", true),
        ("by-agent", "listed_user_agent", true),
        ("by-neither", "", false),
        ("person-by-ip", "", false),
        ("person-by-agent", "", false),
        ("still-listed", "listed_ip,listed_user_agent", true),
    ] {
        assert_eq!((stored[name].reasons.as_str(), stored[name].is_bot), (reasons, is_bot), "{name}");
    }
}

async fn reached(world: &World, node: &Node) {
    eventually("the workspace reaches the node", LIMIT, async || {
        node.snapshot_version().await == world.snapshot_version().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_crawler_is_told_from_one_that_takes_its_name() {
    let dns = DnsServer::start().await.unwrap();
    let (genuine, fake, rented) = ("66.249.66.1", "203.0.113.66", "203.0.113.67");
    let ip = |text: &str| -> IpAddr { text.parse().unwrap() };
    dns.set_reverse(ip(genuine), "crawl-66-249-66-1.googlebot.com");
    dns.set("crawl-66-249-66-1.googlebot.com", vec![Answer::Ip(ip(genuine))]);
    // Says it is Google's, and Google does not say so.
    dns.set_reverse(ip(fake), "crawl-66-249-66-1.googlebot.com");
    dns.set_reverse(ip(rented), "67.113.0.203.bc.googleusercontent.com");
    dns.set("67.113.0.203.bc.googleusercontent.com", vec![Answer::Ip(ip(rented))]);

    let world = World::start().await;
    world.campaign("crawlers", "https://offer.example/?id={click_id}").await;
    let servers = dns.address().to_string();
    let node = world.node_with("node-dns", &[TRUSTED, ("DNS_SERVERS", &servers)]).await;
    let click = async |address: &str, name: &str| {
        let headers = [GOOGLEBOT, ENGLISH, ("x-forwarded-for", address)];
        assert_eq!(node.get_with(&format!("/c/crawlers?sub1={name}"), &headers).await.status, 302);
    };
    for address in [genuine, fake, rented] {
        click(address, &format!("first-{address}")).await;
    }
    let answered = |answer: &str, count: u32| {
        format!("traffoflex_crawler_verifications_total{{answer=\"{answer}\"}} {count}\n")
    };
    eventually("DNS has answered", LIMIT, async || {
        let metrics = node.get("/metrics").await.body;
        metrics.contains(&answered("genuine", 1)) && metrics.contains(&answered("fake", 2))
    })
    .await;
    let asked = dns.queries();
    for address in [genuine, fake, rented] {
        click(address, &format!("second-{address}")).await;
    }
    assert_eq!(dns.queries(), asked, "verdicts are remembered");

    world.wait_for_clicks(6).await;
    let stored = judged(&world).await;
    let bot = |reasons: &str, score| Judged { reasons: reasons.into(), score, is_bot: true, is_proxy: false };
    for address in [genuine, fake, rented] {
        assert_eq!(stored[&format!("first-{address}")], bot("crawler_user_agent", 80), "{address}");
    }
    assert_eq!(stored[&format!("second-{genuine}")], bot("crawler_user_agent,verified_crawler", 80));
    for address in [fake, rented] {
        assert_eq!(stored[&format!("second-{address}")], bot("fake_crawler,crawler_user_agent", 100));
    }
}
