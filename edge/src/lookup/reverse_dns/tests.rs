use std::time::{Duration, Instant};

use traffoflex_local::dns_server::{Answer, DnsServer};

use super::*;

struct Running {
    server: DnsServer,
    verifier: CrawlerVerifier,
    stop: CancellationToken,
}

impl Running {
    async fn start() -> Self {
        let server = DnsServer::start().await.unwrap();
        let verifier = CrawlerVerifier::new(Resolver::new(&[server.address()]).unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(verifier.clone().run(stop.clone()));
        Self { server, verifier, stop }
    }

    async fn learns(&self, ip: &str, engine: SearchEngine, expected: Identity, now_ms: i64) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.verifier.identity(ip.parse().unwrap(), engine, now_ms) != expected {
            assert!(Instant::now() < deadline, "{ip} is not {expected:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn names_are_looked_up_both_ways() {
    let dns = Running::start().await;
    let set = |ip: &str, name: &str, addresses: &[&str]| {
        dns.server.set_reverse(ip.parse().unwrap(), name);
        let answers = addresses.iter().map(|address| Answer::Ip(address.parse().unwrap())).collect();
        dns.server.set(name, answers);
    };
    set("66.249.66.1", "crawl-66-249-66-1.googlebot.com", &["66.249.66.1"]);
    set("2001:4860:4801::1", "crawl-v6.googlebot.com", &["192.0.2.1", "2001:4860:4801::1"]);
    set("192.0.2.66", "crawl-1.googlebot.com", &["66.249.66.1"]);
    set("192.0.2.67", "host.evil.example", &["192.0.2.67"]);
    set("192.0.2.68", "68.2.0.192.bc.googleusercontent.com", &["192.0.2.68"]);

    let now = now_ms();
    let first = dns.verifier.identity("66.249.66.1".parse().unwrap(), SearchEngine::Google, now);
    assert_eq!(first, Identity::Unknown, "a click does not wait");
    for (ip, engine, expected) in [
        ("66.249.66.1", SearchEngine::Google, Identity::Genuine),
        ("2001:4860:4801::1", SearchEngine::Google, Identity::Genuine),
        ("66.249.66.1", SearchEngine::Bing, Identity::Fake),
        ("192.0.2.66", SearchEngine::Google, Identity::Fake),
        ("192.0.2.67", SearchEngine::Google, Identity::Fake),
        ("192.0.2.68", SearchEngine::Google, Identity::Fake),
        ("192.0.2.99", SearchEngine::Google, Identity::Fake),
    ] {
        dns.learns(ip, engine, expected, now).await;
    }

    // Known verdicts ask nobody, and end.
    let asked = dns.server.queries();
    for _ in 0..100 {
        dns.verifier.identity("66.249.66.1".parse().unwrap(), SearchEngine::Google, now);
    }
    assert_eq!(dns.server.queries(), asked);
    let later = now_ms() + FAKE_MS + 1;
    let again = dns.verifier.identity("192.0.2.66".parse().unwrap(), SearchEngine::Google, later);
    assert_eq!(again, Identity::Fake, "the old verdict stands while it is renewed");
}

#[tokio::test]
async fn a_silent_resolver_makes_nobody_a_liar() {
    let dns = Running::start().await;
    let ip: IpAddr = "66.249.66.9".parse().unwrap();
    dns.server.set_reverse(ip, "crawl-9.googlebot.com");
    dns.server.set("crawl-9.googlebot.com", vec![Answer::Ip(ip)]);
    dns.server.fail(true);
    let now = now_ms();
    assert_eq!(dns.verifier.identity(ip, SearchEngine::Google, now), Identity::Unknown);
    let deadline = Instant::now() + Duration::from_secs(20);
    while dns.server.queries() == 0 {
        assert!(Instant::now() < deadline, "nobody was asked");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    dns.server.fail(false);
    // Each look is a minute later than the one before, so that each asks again.
    let mut at = now;
    loop {
        at += UNKNOWN_MS + 1;
        match dns.verifier.identity(ip, SearchEngine::Google, at) {
            Identity::Genuine => break,
            identity => assert_eq!(identity, Identity::Unknown),
        }
        assert!(Instant::now() < deadline, "never verified");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn more_questions_than_fit_are_not_asked() {
    let server = DnsServer::start().await.unwrap();
    // Nobody answers: nothing runs.
    let verifier = CrawlerVerifier::new(Resolver::new(&[server.address()]).unwrap());
    for n in 0..QUEUE as u32 + 10 {
        let ip = IpAddr::from((0xcb00_7100 + n).to_be_bytes());
        assert_eq!(verifier.identity(ip, SearchEngine::Google, 0), Identity::Unknown);
    }
    assert_eq!(verifier.0.queue.capacity(), 0);
    assert_eq!(server.queries(), 0);
}
