//! What the verdict on bots adds to a click whose agent is known already.
//!
//! `person`: a Chrome with all its headers. `listed`: the same in a workspace that lists 1000 networks,
//! 1000 parts of User-Agents and 1000 ASNs of bots and of people. `curl`: a request with weak signs,
//! whose names are put together. `new_agent`: parsing an agent for the first time, which a node does
//! once for each that it sees; the share of the crawler list is in it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, Method, header};
use traffoflex_edge::{
    bot::{BotDetector, Suspect},
    config::BotsConfig,
    lookup::user_agent::{AgentHeaders, UserAgents},
};
use traffoflex_model::ClientList;
use traffoflex_routing::table::{Clients, WorkspaceClients};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const LISTED: u32 = 1000;

fn headers(user_agent: &'static str, browser: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &'static str| headers.insert(name, http::HeaderValue::from_static(value));
    set(header::HOST, "t.example");
    set(header::USER_AGENT, user_agent);
    set(header::ACCEPT, "*/*");
    if browser {
        set(header::ACCEPT_LANGUAGE, "en-US,en;q=0.9");
        set(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd");
        for (name, value) in [
            ("sec-ch-ua", r#""Chromium";v="141", "Google Chrome";v="141", "Not?A_Brand";v="8""#),
            ("sec-ch-ua-mobile", "?0"),
            ("sec-ch-ua-platform", "\"Windows\""),
            ("sec-fetch-mode", "navigate"),
        ] {
            set(http::HeaderName::from_static(name), value);
        }
    }
    headers
}

fn listed(first: u32) -> Clients {
    let numbers = || first..first + LISTED;
    let list = ClientList {
        ips: numbers().map(|n| format!("11.{}.{}.0/24", n >> 8, n & 255)).collect(),
        user_agents: numbers().map(|n| format!("agent-{n}/")).collect(),
        asns: numbers().collect(),
    };
    Clients::compile(&list).expect("a valid list")
}

fn bench(criterion: &mut Criterion) {
    let config = BotsConfig {
        bot_score_threshold: 60,
        bot_crawlers_path: None,
        bot_datacenter_asns_path: None,
        bot_rate_max_per_minute: u32::MAX,
        bot_rate_addresses: 65_536,
    };
    let bots = BotDetector::new(&config, None).expect("the built-in lists");
    let agents = UserAgents::new(bots.crawlers().clone()).expect("the built-in patterns");
    let clients = WorkspaceClients { bots: listed(0), people: listed(LISTED) };
    let mut group = criterion.benchmark_group("bot_verdict");
    let mut address = 0_u32;
    for (name, user_agent, browser, lists) in [
        ("person", CHROME, true, None),
        ("listed", CHROME, true, Some(&clients)),
        ("curl", "curl/8.5.0", false, None),
    ] {
        let headers = headers(user_agent, browser);
        let agent = agents.parse(&AgentHeaders::of(&headers));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                address = address.wrapping_add(0x9e37_79b9);
                let suspect = Suspect {
                    ip: address.to_be_bytes().into(),
                    asn: 3320,
                    method: &Method::GET,
                    headers: black_box(&headers),
                    user_agent,
                    agent: &agent,
                    clients: lists,
                    from_proxy: false,
                    now_ms: 1_800_000_000_000,
                };
                let verdict = bots.judge(black_box(&suspect));
                black_box(verdict.names().len())
            });
        });
    }
    let mut number = 0_u64;
    group.bench_function("new_agent", |bencher| {
        bencher.iter(|| {
            number += 1;
            let user_agent = format!("{CHROME} {number}");
            agents.parse(&AgentHeaders { user_agent: &user_agent, ..AgentHeaders::default() })
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
