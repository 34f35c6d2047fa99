//! Beside `tests/it/ui.rs`, which asks a running api-service: here the files are made up, so that each is there.

use super::*;

const PAGE: &str =
    r#"<!doctype html><script>theme()</script><script type="module" src="/assets/a-1.js"></script>"#;

fn made_up(name: &str) -> Option<File> {
    let text = match name {
        "index.html" => PAGE,
        "assets/a-1.js" => "plain",
        "assets/a-1.js.br" => "brotli",
        "assets/a-1.js.gz" => "gzip",
        "favicon.svg" => "<svg/>",
        _ => return None,
    };
    Some(File { data: Cow::Borrowed(text.as_bytes()), sha256: Sha256::digest(text).into() })
}

fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn get(path: &str, pairs: &[(HeaderName, &'static str)]) -> Response {
    answer(&made_up, &Method::GET, path, &headers(pairs))
}

const BROWSER: (HeaderName, &str) = (header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");

fn said<'r>(response: &'r Response, name: &HeaderName) -> &'r str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn body(response: Response) -> String {
    String::from_utf8(axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn pages_of_the_ui_are_one_page() {
    for path in ["/", "/index.html", "/campaigns/01J", "/reports", "/adserver", "/apis"] {
        let page = get(path, &[BROWSER]);
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(said(&page, &header::CACHE_CONTROL), "no-cache", "{path}");
        assert_eq!(said(&page, &header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(body(page).await, PAGE, "{path}");
    }
    assert_eq!(get("/", &[]).status(), StatusCode::OK, "the root needs no browser");
}

#[test]
fn what_is_the_services_own_stays_its_own() {
    for path in ["/api", "/api/nothing", "/ads/x", "/internal/x", "/healthz/x", "/readyz/x", "/metrics/x"] {
        assert_eq!(get(path, &[BROWSER]).status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(get("/campaigns", &[(header::ACCEPT, "*/*")]).status(), StatusCode::NOT_FOUND);
    assert_eq!(get("/campaigns", &[(header::ACCEPT, "application/json")]).status(), StatusCode::NOT_FOUND);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        assert_eq!(
            answer(&made_up, &method, "/", &headers(&[BROWSER])).status(),
            StatusCode::NOT_FOUND,
            "{method}"
        );
    }
}

#[test]
fn nothing_leads_out() {
    let paths = [
        "/../Cargo.toml",
        "/assets/../../package.json",
        "/assets/%2e%2E/x",
        "/..%2fpackage.json",
        "/assets\\..\\x",
        "/assets/..%5cx",
        "/./index.html",
        "/a%00",
    ];
    for path in paths {
        assert_eq!(get(path, &[BROWSER]).status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_in_the_smallest_form_that_is_taken() {
    let forms = [
        ("gzip, deflate, br, zstd", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "gzip"),
        ("identity", "", "plain"),
    ];
    let mut etags = std::collections::BTreeSet::new();
    for (accepted, encoding, text) in forms {
        let asset = get("/assets/a-1.js", &[(header::ACCEPT_ENCODING, accepted)]);
        assert_eq!(said(&asset, &header::CONTENT_ENCODING), encoding, "{accepted}");
        assert_eq!(said(&asset, &header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(said(&asset, &header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(said(&asset, &header::VARY), "Accept-Encoding");
        etags.insert(said(&asset, &header::ETAG).to_owned());
        assert_eq!(body(asset).await, text, "{accepted}");
    }
    assert_eq!(etags.len(), 3, "another form is another text");
    assert_eq!(said(&get("/favicon.svg", &[]), &header::CACHE_CONTROL), "no-cache");
    // Neither a build that is gone nor a compressed form is a page.
    for path in ["/assets/gone-2.js", "/assets/a-1.js.br"] {
        assert_eq!(get(path, &[BROWSER]).status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let etag = said(&get("/", &[]), &header::ETAG).to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let mut asked = headers(&[BROWSER]);
        asked.insert(header::IF_NONE_MATCH, known.parse().unwrap());
        let response = answer(&made_up, &Method::GET, "/campaigns", &asked);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(said(&response, &header::ETAG), etag);
        assert!(body(response).await.is_empty());
    }
    assert_eq!(get("/", &[(header::IF_NONE_MATCH, "\"x\"")]).status(), StatusCode::OK);
}

#[test]
fn the_browser_runs_and_calls_nothing_from_elsewhere() {
    let page = get("/", &[]);
    let policy = said(&page, &header::CONTENT_SECURITY_POLICY);
    // The hash of `theme()`, as `openssl dgst -sha256 -binary | base64` has it.
    assert!(
        policy.starts_with(
            "default-src 'self'; script-src 'self' 'sha256-Rfr3GgHZFiXm+TmNr+li+0sZ4J9FGllo8jsXcJF5XZ8='; "
        ),
        "{policy}"
    );
    assert!(policy.contains("connect-src 'self';") && policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert_eq!(said(&page, &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(said(&page, &header::REFERRER_POLICY), "same-origin");
}

#[tokio::test]
async fn a_build_without_the_ui_says_how_to_build_it() {
    let page = answer(&|_: &str| None, &Method::GET, "/", &headers(&[BROWSER]));
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(body(page).await.contains("make ui build"));
}
