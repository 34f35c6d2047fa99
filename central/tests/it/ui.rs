//! The admin UI as a running api-service serves it: as `make ui` built it, or the page that says how to.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use reqwest::{Client, Method, Response, header};

use crate::world::World;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn ask(world: &World, method: Method, path: &str, accept: &str, encodings: &str) -> Response {
    let request = Client::new().request(method, world.url(path)).header(header::ACCEPT, accept);
    request.header(header::ACCEPT_ENCODING, encodings).send().await.unwrap()
}

async fn open(world: &World, path: &str) -> Response {
    ask(world, Method::GET, path, BROWSER, "identity").await
}

fn said(response: &Response, name: header::HeaderName) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn is_built() -> bool {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../admin-frontend/dist/index.html").exists()
}

/// Past a client that would tidy up the path.
fn raw(world: &World, path: &str) -> String {
    let url = world.url("");
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {BROWSER}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_apis_own_answers_as_before() {
    let world = World::start().await;
    for (path, status) in [("/api/no-such-thing", 404), ("/internal/no-such-thing", 401), ("/metrics/x", 404)]
    {
        let answer = open(&world, path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(said(&answer, header::CONTENT_TYPE), "application/json", "{path}");
        assert!(answer.text().await.unwrap().contains("request_id"), "{path}");
    }
    let program = ask(&world, Method::GET, "/campaigns", "application/json", "identity").await;
    assert_eq!(
        (program.status().as_u16(), said(&program, header::CONTENT_TYPE).as_str()),
        (404, "application/json")
    );
    let post = ask(&world, Method::POST, "/", BROWSER, "identity").await;
    assert_eq!(post.status(), 404);
    for path in
        ["/../Cargo.toml", "/assets/../../package.json", "/assets/%2e%2e/%2e%2e/package.json", "//etc/passwd"]
    {
        let answer = raw(&world, path);
        assert!(!answer.contains("\"scripts\"") && !answer.contains("root:"), "{path}: {answer}");
        assert!(path.starts_with("//") || answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ui_is_served_at_the_root() {
    let world = World::start().await;
    let page = open(&world, "/").await;
    if !is_built() {
        assert_eq!(page.status(), 503);
        assert!(page.text().await.unwrap().contains("make ui build"));
        return;
    }
    assert_eq!((page.status().as_u16(), said(&page, header::CACHE_CONTROL).as_str()), (200, "no-cache"));
    assert!(said(&page, header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
    let etag = said(&page, header::ETAG);
    let html = page.text().await.unwrap();
    assert_eq!(open(&world, "/campaigns/any/streams").await.text().await.unwrap(), html, "a page of the UI");
    let again = Client::new().get(world.url("/")).header(header::IF_NONE_MATCH, &etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let head = ask(&world, Method::HEAD, "/", BROWSER, "identity").await;
    assert_eq!((head.status().as_u16(), said(&head, header::CONTENT_LENGTH)), (200, html.len().to_string()));

    let (_, rest) = html.split_once("src=\"/assets/").expect("no script in the page");
    let script = format!("/assets/{}", rest.split('"').next().unwrap());
    let plain = ask(&world, Method::GET, &script, "*/*", "identity").await;
    assert!(said(&plain, header::CACHE_CONTROL).ends_with("immutable"));
    assert_eq!(said(&plain, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
    let plain = plain.bytes().await.unwrap().len();
    for (encodings, encoding) in [("gzip, br", "br"), ("gzip", "gzip")] {
        let packed = ask(&world, Method::GET, &script, "*/*", encodings).await;
        assert_eq!(said(&packed, header::CONTENT_ENCODING), encoding);
        assert!(packed.bytes().await.unwrap().len() < plain, "{encoding}");
    }
    assert_eq!(open(&world, "/assets/gone-12345678.js").await.status(), 404);
}
