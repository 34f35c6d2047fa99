//! What the internet sends. Each has a defined answer; nothing panics and nothing is redirected to
//! where no destination points.

use crate::world::{Node, World};

async fn node_with_campaign(world: &World) -> Node {
    world
        .campaign("shop", "https://offer.example/land?cid={click_id}&a={sub1}&b={query.x}&c={user_agent}")
        .await;
    world.node("node-bad").await
}

/// The status line and head of the answer to raw bytes.
async fn raw(node: &Node, request: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(node.addr()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while !answer.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(n) => answer.extend_from_slice(&chunk[..n]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

fn request(target: &[u8], headers: &str) -> Vec<u8> {
    [
        b"GET ",
        target,
        b" HTTP/1.1\r\nHost: node.example\r\nConnection: close\r\n",
        headers.as_bytes(),
        b"\r\n",
    ]
    .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_request_has_its_answer() {
    let world = World::start().await;
    let node = node_with_campaign(&world).await;
    let long = |n: usize| "a".repeat(n);
    let many = (0..10_000).map(|n| format!("{n:x}=")).collect::<Vec<_>>().join("&");
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("unknown slug", request(b"/c/nothere", ""), 404),
        ("malformed slug", request(b"/c/..%2f..%2fetc", ""), 404),
        ("empty slug", request(b"/c/", ""), 404),
        ("slug of invalid UTF-8", request(b"/c/%ff%fe", ""), 404),
        ("long slug", request(format!("/c/{}", long(2000)).as_bytes(), ""), 404),
        ("slug in capitals", request(b"/c/SHOP", ""), 302),
        ("query of 60 KB", request(format!("/c/shop?sub1={}", long(60_000)).as_bytes(), ""), 302),
        ("target above 64 KB", request(format!("/c/shop?sub1={}", long(66_000)).as_bytes(), ""), 414),
        ("invalid UTF-8 in the query", request(b"/c/shop?sub1=%ff%fe%80&x=%C3%28", ""), 302),
        ("broken percent encoding", request(b"/c/shop?sub1=%&x=%zz&y=%4", ""), 302),
        ("raw bytes that are not UTF-8 in the query", request(b"/c/shop?sub1=\xff\xfe", ""), 400),
        ("10,000 parameters", request(format!("/c/shop?{many}").as_bytes(), ""), 302),
        ("20,000 braces", request(format!("/c/shop?sub1={}", "%7B".repeat(20_000)).as_bytes(), ""), 302),
        ("NUL in the query", request(b"/c/shop?sub1=%00", ""), 302),
        ("no User-Agent", request(b"/c/shop", ""), 302),
        ("User-Agent of 30 KB", request(b"/c/shop", &format!("User-Agent: {}\r\n", long(30_000))), 302),
        ("User-Agent of bytes", request(b"/c/shop", "User-Agent: \u{fffd}\u{1f600}\r\n"), 302),
        ("bad Host", b"GET /c/shop HTTP/1.1\r\nHost: a b\"<>\r\nConnection: close\r\n\r\n".to_vec(), 302),
        ("no Host", b"GET /c/shop HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(), 302),
        (
            "absolute target",
            b"GET http://evil.example/c/shop HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                .to_vec(),
            302,
        ),
        ("HEAD", b"HEAD /c/shop HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n".to_vec(), 302),
        ("OPTIONS", b"OPTIONS /c/shop HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n".to_vec(), 204),
        (
            "POST",
            b"POST /c/shop HTTP/1.1\r\nHost: n\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
            405,
        ),
        ("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n".to_vec(), 400),
        ("unknown path", request(b"/wp-admin", ""), 404),
        ("internal without token", request(b"/internal/snapshot", ""), 401),
        ("nothing internal without token", request(b"/internal/nowhere", ""), 401),
        (
            "internal with a wrong token",
            request(b"/internal/event-producer/stats", "Authorization: Bearer no\r\n"),
            401,
        ),
    ];
    for (name, bytes, expected) in cases {
        let head = raw(&node, &bytes).await;
        assert_eq!(status(&head), expected, "{name}: {}", head.lines().next().unwrap_or("closed"));
        if expected == 302 {
            let location = head.lines().find_map(|l| l.strip_prefix("location: ")).unwrap_or_default();
            assert!(location.starts_with("https://offer.example/land?cid="), "{name}: {location}");
        }
    }
    assert_eq!(node.get("/c/shop").await.status, 302, "and it still serves");
    assert!(!node.log().contains("panicked"), "{}", node.log());
    node.wait_until_drained().await;
    world.assert_audit_is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_breaks_in_any_parameter_stay_values() {
    let world = World::start().await;
    let node = node_with_campaign(&world).await;
    let names = [
        "clickid",
        "source",
        "cost",
        "currency",
        "sub1",
        "sub10",
        "s1",
        "aff_sub",
        "utm_source",
        "utm_term",
        "x",
        "url",
    ];
    for name in names {
        for evil in [
            "%0d%0aSet-Cookie:%20a=b",
            "%0aLocation:%20https://evil.example/",
            "%e5%98%8a%e5%98%8dX:y",
            "%E2%80%A8",
        ] {
            let head = raw(&node, &request(format!("/c/shop?{name}={evil}").as_bytes(), "")).await;
            assert_eq!(status(&head), 302, "{name}={evil}");
            assert!(!head.to_lowercase().contains("\nset-cookie"), "{name}: {head}");
            assert_eq!(head.matches("\nlocation: ").count(), 1, "{name}: {head}");
            assert!(head.contains("location: https://offer.example/land?"), "{name}: {head}");
        }
    }
}
