//! Ways to have a node call into the network that it stands in. Each goes the whole way of a call, with the
//! real resolver, while somebody listens on loopback to see whether anyone comes.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::net::{TcpListener, TcpStream};
use traffoflex_dns::Resolver;
use traffoflex_edge::{
    address_guard::AddressGuard,
    outbound::call::{Call, CallError, Called, Caller},
};
use traffoflex_local::dns_server::{Answer, DnsServer};
use traffoflex_model::PostbackMethod;

use super::bench::{Bench, Receiver, answer, job, ok};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Somewhere that is not refused in these tests, beside where nobody may go.
const PUBLIC: &str = "127.0.0.2";

/// `PORT` is where somebody listens on 127.0.0.1 and, where there is IPv6, on ::1.
const EVASIONS: &[&str] = &[
    // Loopback as it is, and in every other writing.
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://017700000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://0x7F000001:PORT/",
    "http://0X7f.0.1:PORT/",
    "http://0177.0x0.0.1:PORT/",
    "http://127.000.000.001:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://127.255.255.254:PORT/",
    "HTTP://127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "http:\\\\127.0.0.1:PORT/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://%6c%6f%63%61%6c%68%6f%73%74:PORT/",
    "http://127。0。0。1:PORT/",
    "http://１２７.０.０.１:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
    "http://12\t7.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST.:PORT/",
    "http://inside.localhost:PORT/",
    // Somebody else's name before the address.
    "http://public.example@127.0.0.1:PORT/",
    "http://public.example:80@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@public.example/",
    "http://u:p@public.example:PORT/",
    "http://127.0.0.1:PORT#@public.example/",
    "http://127.0.0.1:PORT?@public.example/",
    // IPv6 that is loopback, or stands for an IPv4 address.
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[2001:0:7f00:1::]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fec0::1]:PORT/",
    "http://[fc00::1]:PORT/",
    "http://[fd00:ec2::254]:PORT/",
    "http://[ff02::1]:PORT/",
    "http://[2001:db8::1]:PORT/",
    // Other networks of nobody or somebody inside.
    "http://10.0.0.1:PORT/",
    "http://172.16.0.1:PORT/",
    "http://192.168.0.1:PORT/",
    "http://100.64.0.1:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://198.18.0.1:PORT/",
    "http://192.0.2.1:PORT/",
    "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    // Names, see `zone`.
    "http://loopback.example:PORT/",
    "http://LOOPBACK.EXAMPLE.:PORT/",
    "http://loopback6.example:PORT/",
    "http://mapped.example:PORT/",
    "http://nat64.example:PORT/",
    "http://private.example:PORT/",
    "http://cgnat.example:PORT/",
    "http://metadata.example/latest/meta-data/",
    "http://unspecified.example:PORT/",
    "http://alias.example:PORT/",
    "http://long-alias.example:PORT/",
    "http://one-of-two.example:PORT/",
    "http://other-of-two.example:PORT/",
    "http://six-of-both.example:PORT/",
    // Not the web.
    "ftp://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/",
    "unix:/run/docker.sock",
];

fn zone(dns: &DnsServer) {
    let ip = |text: &str| Answer::Ip(text.parse().unwrap());
    let alias = |name: &str| Answer::Cname(name.to_owned());
    for (name, answers) in [
        ("public.example", vec![ip(PUBLIC)]),
        ("loopback.example", vec![ip("127.0.0.1")]),
        ("loopback6.example", vec![ip("::1")]),
        ("mapped.example", vec![ip("::ffff:127.0.0.1")]),
        ("nat64.example", vec![ip("64:ff9b::7f00:1")]),
        ("private.example", vec![ip("192.168.1.1")]),
        ("cgnat.example", vec![ip("100.100.100.200")]),
        ("metadata.example", vec![ip("169.254.169.254")]),
        ("unspecified.example", vec![ip("0.0.0.0")]),
        ("alias.example", vec![alias("loopback.example")]),
        ("long-alias.example", vec![alias("alias.example")]),
        ("good-alias.example", vec![alias("public.example")]),
        ("one-of-two.example", vec![ip(PUBLIC), ip("127.0.0.1")]),
        ("other-of-two.example", vec![ip("127.0.0.1"), ip(PUBLIC)]),
        ("six-of-both.example", vec![ip(PUBLIC), ip("::1")]),
    ] {
        dns.set(name, answers);
    }
}

/// Listens on one port of 127.0.0.1 and ::1.
struct Inside {
    listeners: Vec<TcpListener>,
}

impl Inside {
    async fn start() -> Self {
        let v4 = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = v4.local_addr().unwrap().port();
        let v6 = TcpListener::bind(("::1", port)).await.ok();
        Self { listeners: [Some(v4), v6].into_iter().flatten().collect() }
    }

    fn port(&self) -> u16 {
        self.listeners[0].local_addr().unwrap().port()
    }

    /// Whoever had come before would be taken first.
    async fn assert_nobody_came(&self, url: &str) {
        for listener in &self.listeners {
            let mine = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (_, first) = listener.accept().await.unwrap();
            assert_eq!(first, mine.local_addr().unwrap(), "somebody came by {url:?}");
        }
    }
}

async fn caller(dns: &DnsServer) -> Caller {
    let guard = AddressGuard::new(vec![format!("{PUBLIC}/32").parse().unwrap()]);
    Caller::new(guard, Resolver::new(&[dns.address()]).unwrap(), TIMEOUT, 4).unwrap()
}

async fn get(caller: &Caller, url: &str) -> Called {
    let (method, key) = (PostbackMethod::Get, "k");
    caller.call(Call { method, url, key, content_type: None, body: "", headers: Default::default() }).await
}

/// A receiver on the one address that is not refused.
async fn public(port: u16) -> Receiver {
    let addr = SocketAddr::new(PUBLIC.parse::<IpAddr>().unwrap(), port);
    Receiver::start_on(TcpListener::bind(addr).await.unwrap(), ok)
}

#[tokio::test]
async fn no_evasion_reaches_what_is_inside() {
    assert!(EVASIONS.len() >= 40);
    let (dns, inside) = (DnsServer::start().await.unwrap(), Inside::start().await);
    zone(&dns);
    let (port, caller) = (inside.port(), caller(&dns).await);
    let outside = public(port).await;
    for evasion in EVASIONS {
        let url = evasion.replace("PORT", &port.to_string());
        let called = get(&caller, &url).await;
        let is_refused = matches!(called.failure, Some(CallError::Refused(_) | CallError::Url(_)));
        // `localhost` is a name that a resolver may know nothing of; of all others it knows what they hide.
        let host = url.parse::<url::Url>().ok().and_then(|url| url.host_str().map(str::to_owned));
        let is_local = host.is_some_and(|host| host.trim_end_matches('.').ends_with("localhost"));
        let is_nowhere = is_local && matches!(called.failure, Some(CallError::Dns(_)));
        assert!(is_refused || is_nowhere, "{url:?}: {called:?}");
        assert!(called.http_status.is_none(), "{url:?}: {called:?}");
        inside.assert_nobody_came(&url).await;
    }
    assert!(outside.seen().is_empty(), "and not by way of who may be called");
}

#[tokio::test]
async fn who_may_be_called_is_called() {
    let dns = DnsServer::start().await.unwrap();
    zone(&dns);
    let (outside, caller) = (public(0).await, caller(&dns).await);
    let port = outside.addr.port();
    for (n, host) in [
        "127.0.0.2",
        "127.2",
        "0x7f000002",
        "[::ffff:127.0.0.2]",
        "public.example",
        "PUBLIC.example.",
        "good-alias.example",
    ]
    .into_iter()
    .enumerate()
    {
        let url = format!("http://{host}:{port}/{n}");
        let called = get(&caller, &url).await;
        // An IPv4 listener is not reached by the mapped address everywhere; it is not refused anywhere.
        assert!(
            !matches!(called.failure, Some(CallError::Refused(_) | CallError::Url(_))),
            "{url}: {called:?}"
        );
        if !host.starts_with('[') {
            assert_eq!(called.http_status, Some(200), "{url}: {called:?}");
        }
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let (dns, inside) = (DnsServer::start().await.unwrap(), Inside::start().await);
    let (port, caller) = (inside.port(), caller(&dns).await);
    let outside = public(port).await;
    let ip = |text: &str| vec![Answer::Ip(text.parse().unwrap())];
    // The first look sees a public address, every later one what is inside.
    dns.set_in_turn("rebinding.example", [ip(PUBLIC), ip("127.0.0.1")]);
    let url = format!("http://rebinding.example:{port}/");
    let first = get(&caller, &url).await;
    assert_eq!(first.http_status, Some(200), "what was checked is what was called: {first:?}");
    inside.assert_nobody_came(&url).await;
    // By now it is inside: a caller without a connection to the old address refuses it.
    let anew = self::caller(&dns).await;
    let second = get(&anew, &url).await;
    assert!(matches!(second.failure, Some(CallError::Refused(_))), "{second:?}");
    inside.assert_nobody_came(&url).await;
    assert_eq!(outside.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_leads_nowhere_and_a_refused_job_is_a_dead_letter() {
    let inside = Inside::start().await;
    let port = inside.port();
    let dir = tempfile::tempdir().unwrap();
    let bench = Bench::start_in(dir, &["127.0.0.2/32"], TIMEOUT, |_| {}).await;
    zone(&bench.dns);
    let to = format!("http://127.0.0.1:{port}/");
    let listener = TcpListener::bind((PUBLIC, 0)).await.unwrap();
    let source = Receiver::start_on(listener, move |_, _| {
        let mut response = answer(307, "");
        response.headers_mut().insert("location", to.parse().unwrap());
        response
    });
    let public = format!("http://public.example:{}/", source.addr.port());
    let private = format!("http://alias.example:{port}/");
    bench.outbound.enqueue(vec![job("moved", &public), job("inside", &private)]).await.unwrap();
    bench.wait_until_empty().await;
    inside.assert_nobody_came("a redirect or an alias").await;
    assert_eq!(source.seen().len(), 1);
    let (_, mut log) = bench.stop().await;
    log.sort_by(|a, b| a.key.cmp(&b.key));
    let told: Vec<_> = log.iter().map(|e| (e.key.as_str(), e.status.as_str(), e.error.as_str())).collect();
    let refused = "refused: alias.example resolves to 127.0.0.1, which is not a public address (loopback)";
    assert_eq!(
        told,
        [("inside", "dead", refused), ("moved", "dead", "HTTP 307: redirects are not followed")]
    );
}
