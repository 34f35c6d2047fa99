//! Budgets of callers and of addresses.

use reqwest::Method;
use serde_json::Value;
use traffoflex_local::stack::{NODE_TOKEN, Stack};

use crate::world::{Answer, World};

async fn world_with(settings: &[(&str, &str)]) -> World {
    World { stack: Stack::start_with(false, settings).await.unwrap(), client: reqwest::Client::new() }
}

impl World {
    /// Without credentials, as somebody behind a proxy.
    async fn stranger(&self, method: Method, path: &str, address: &str) -> Answer {
        let request = self.client.request(method, self.url(path)).header("x-forwarded-for", address);
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }
}

fn number(answer: &Answer, header: &str) -> u64 {
    answer.headers[header].to_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_has_a_budget() {
    let world = world_with(&[("API_RATE_LIMIT_PER_MINUTE", "6"), ("API_RATE_LIMIT_BURST", "4")]).await;
    let (_, secret) = world.api_key(&["config:read"]).await;
    let call = || world.call_as(Method::GET, "/api/campaigns", None, &secret);
    for left in [3, 2, 1, 0] {
        let answer = call().await;
        assert_eq!((answer.status, number(&answer, "ratelimit-remaining")), (200, left));
        assert_eq!(
            (number(&answer, "ratelimit-limit"), number(&answer, "ratelimit-reset")),
            (4, (4 - left) * 10)
        );
    }
    let refused = call().await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limited"), "{}", refused.body);
    assert!((1..=10).contains(&number(&refused, "retry-after")));
    assert_eq!(number(&refused, "ratelimit-remaining"), 0);
    // Others have their own, and nodes none.
    assert_eq!(world.get("/api/campaigns").await.status, 200);
    for _ in 0..8 {
        let answer = world.call_as(Method::GET, "/internal/v1/nothing", None, NODE_TOKEN).await;
        assert_eq!(answer.status, 404);
    }
    let metrics = world.client.get(world.url("/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("traffoflex_rate_limited_total{budget=\"caller\"} 1"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_is_slowed_and_its_neighbours_are_not() {
    let settings = [("AUTH_RATE_LIMIT_PER_MINUTE", "3"), ("TRUSTED_PROXY_CIDRS", "127.0.0.1/32")];
    let world = world_with(&settings).await;
    let (a, b) = ("198.51.100.1", "198.51.100.2");
    for expected in [401, 401, 401, 429, 429] {
        assert_eq!(world.stranger(Method::GET, "/api/campaigns", a).await.status, expected);
    }
    // What strangers write before the proxy's word makes no new address of them.
    let forged = format!("192.0.2.77, {a}");
    let refused = world.stranger(Method::GET, "/api/campaigns", &forged).await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limited"));
    assert!((1..=20).contains(&number(&refused, "retry-after")));
    // Signing in spends of the same budget, and is stopped before anybody looks at it.
    assert_eq!(world.stranger(Method::POST, "/api/auth/request-otp", a).await.status, 429);
    assert_ne!(world.stranger(Method::POST, "/api/auth/request-otp", b).await.status, 429);
    for expected in [401, 401, 429] {
        assert_eq!(world.stranger(Method::GET, "/api/campaigns", b).await.status, expected);
    }
    // A valid credential is good from there all the same.
    let request = world.client.get(world.url("/api/campaigns")).header("x-forwarded-for", a);
    let token = traffoflex_local::stack::BOOTSTRAP_TOKEN;
    assert_eq!(request.bearer_auth(token).send().await.unwrap().status(), 200);
    assert_eq!(world.client.get(world.url("/healthz")).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_trusted_proxy_a_header_makes_no_address() {
    let world = world_with(&[("AUTH_RATE_LIMIT_PER_MINUTE", "2")]).await;
    for (i, expected) in [401, 401, 429, 429].into_iter().enumerate() {
        let answer = world.stranger(Method::GET, "/api/campaigns", &format!("198.51.100.{i}")).await;
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_not_there_costs_as_much_as_any_other() {
    let world = world_with(&[("API_RATE_LIMIT_PER_MINUTE", "6"), ("API_RATE_LIMIT_BURST", "3")]).await;
    let (_, secret) = world.api_key(&["config:read"]).await;
    let person = world.sign_in("ann@people.example").await;
    let approve = format!("/api/users/{}/approve", person.id);
    assert_eq!(world.call(Method::POST, &approve, None).await.status, 200);
    for token in [&secret, &person.token] {
        for (left, expected) in [(2, 404), (1, 404), (0, 404), (0, 429)] {
            let answer = world.call_in(Method::GET, "/api/campaigns", None, token, Some("nope")).await;
            assert_eq!((answer.status, number(&answer, "ratelimit-remaining")), (expected, left));
        }
    }
}
