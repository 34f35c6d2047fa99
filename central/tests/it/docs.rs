//! The description of the API and its page, for whoever has not signed in.

use reqwest::Client;
use serde_json::Value;

use crate::world::World;

struct Fetched {
    status: u16,
    policy: String,
    text: String,
}

async fn fetch(world: &World, path: &str) -> Fetched {
    // Without credentials.
    let answer = Client::new().get(world.url(path)).send().await.unwrap();
    let policy = answer.headers().get("content-security-policy");
    let policy = policy.map(|policy| policy.to_str().unwrap().to_owned()).unwrap_or_default();
    Fetched { status: answer.status().as_u16(), policy, text: answer.text().await.unwrap() }
}

/// Values of an attribute in a page.
fn attributes<'t>(html: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!("{name}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_anything_from_elsewhere() {
    let world = World::start().await;
    let page = fetch(&world, "/api/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.policy.starts_with("default-src 'self';"), "{}", page.policy);
    let assets: Vec<&str> =
        ["src", "href"].into_iter().flat_map(|name| attributes(&page.text, name)).collect();
    assert!(assets.iter().filter(|asset| asset.ends_with(".js")).count() >= 3, "{assets:?}");
    assert!(assets.iter().any(|asset| asset.ends_with(".css")), "{assets:?}");
    for asset in assets {
        assert!(!asset.contains("//"), "{asset} is elsewhere");
        let asset = format!("/api/docs/{}", asset.trim_start_matches("./"));
        let found = fetch(&world, &asset).await;
        assert!(found.status == 200 && !found.text.is_empty(), "{asset}: {}", found.status);
    }
    let settings = fetch(&world, "/api/docs/swagger-initializer.js").await.text;
    assert!(
        settings.contains("/api/openapi.json") && settings.contains(r#""validatorUrl": "none""#),
        "{settings}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_what_the_command_prints() {
    let world = World::start().await;
    let served = fetch(&world, "/api/openapi.json").await;
    assert_eq!(served.status, 200);
    let served: Value = serde_json::from_str(&served.text).unwrap();
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1."), "{}", served["openapi"]);
    // Without a single setting.
    let command = traffoflex_local::services::binary("api-service").unwrap();
    let run = move || std::process::Command::new(command).env_clear().arg("openapi").output();
    let printed = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&printed.stdout).unwrap(), served);
    // Open to anybody is what says so, and nothing else.
    for (path, item) in served["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get").filter(|_| !path.contains('{')) else { continue };
        let is_open = operation["security"] == serde_json::json!([{}]);
        let status = fetch(&world, path).await.status;
        assert_eq!(status == 401, !is_open, "GET {path}: {status}");
    }
}
