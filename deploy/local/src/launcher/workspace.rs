//! The demo workspace: made through the admin API on the first start, and left alone afterwards.

use std::{collections::HashMap, fs, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::say;

const TIMEOUT: Duration = Duration::from_secs(30);
/// The most entries that one page of a list can have.
const LIST_LIMIT: u32 = 500;
/// Says that the workspace was made: what the user deleted since stays deleted.
const MARKER: &str = "demo-workspace";

/// Name, kind, URL.
const DESTINATIONS: [(&str, &str, &str); 8] = [
    ("Summer sale - mobile", "offer", "https://shop.example.com/summer/m?click={click_id}&sub={sub1}"),
    ("Summer sale - desktop", "offer", "https://shop.example.com/summer?click={click_id}&sub={sub1}"),
    ("Summer sale - Europe", "offer", "https://eu.example.com/summer?click={click_id}&geo={country}"),
    ("VPN - plan A", "offer", "https://vpn.example.net/a?cid={click_id}&zone={sub2}"),
    ("VPN - plan B", "offer", "https://vpn.example.net/b?cid={click_id}&zone={sub2}"),
    ("Puzzle game - store", "offer", "https://games.example.org/puzzle?ref={click_id}&os={os}"),
    ("Puzzle game - web", "url", "https://games.example.org/play?ref={click_id}&src={sub3}"),
    ("Fallback", "fallback", "https://www.example.com/?from={campaign_slug}"),
];

/// Slug and name. The demo clicks use the slugs.
pub const SOURCES: [(&str, &str); 2] = [("push-network", "Push network"), ("search-ads", "Search ads")];

const CAMPAIGNS: [&str; 3] = ["summer-sale", "vpn-plans", "puzzle-game"];

/// Makes the workspace when it is not there, and names the slugs of its campaigns.
pub async fn ensure(api_url: &str, token: &str, data_dir: &Path) -> Result<Vec<String>> {
    let client = Client::builder().no_proxy().timeout(TIMEOUT).build()?;
    let api = Api { client, url: api_url.to_owned(), token: token.to_owned() };
    let marker = data_dir.join(MARKER);
    let existing = api.ids("campaigns", "slug").await?;
    // With a database of the user's own, the marker may be of another one.
    if !marker.exists() || existing.is_empty() {
        create(&api, &existing).await.context("demo workspace")?;
        fs::write(&marker, "made; delete this file to have missing parts made again\n")?;
    }
    let existing = api.ids("campaigns", "slug").await?;
    Ok(CAMPAIGNS.into_iter().filter(|slug| existing.contains_key(*slug)).map(str::to_owned).collect())
}

/// Each part by its slug or name, so that a start that was interrupted is carried on.
async fn create(api: &Api, campaigns: &HashMap<String, String>) -> Result<()> {
    let mut destinations = api.ids("destinations", "name").await?;
    for (name, kind, url) in DESTINATIONS {
        if !destinations.contains_key(name) {
            let id = api.create("destinations", json!({ "name": name, "kind": kind, "url": url })).await?;
            destinations.insert(name.to_owned(), id);
        }
    }
    let mut sources = api.ids("traffic-sources", "slug").await?;
    for (slug, name) in SOURCES {
        if !sources.contains_key(slug) {
            let id = api.create("traffic-sources", json!({ "name": name, "slug": slug })).await?;
            sources.insert(slug.to_owned(), id);
        }
    }
    let mut made = 0;
    for slug in CAMPAIGNS.into_iter().filter(|slug| !campaigns.contains_key(*slug)) {
        api.create("campaigns", campaign(slug, &destinations, &sources)?).await?;
        made += 1;
    }
    say(format_args!("demo workspace: {made} campaigns made"));
    Ok(())
}

fn campaign(
    slug: &str,
    destinations: &HashMap<String, String>,
    sources: &HashMap<String, String>,
) -> Result<Value> {
    let targets = |weights: &[(&str, u32)]| {
        let target = |(name, weight): &(&str, u32)| {
            let id = destinations.get(*name).with_context(|| format!("no destination {name}"))?;
            Ok(json!({ "destination_id": id, "weight": weight }))
        };
        weights.iter().map(target).collect::<Result<Vec<Value>>>()
    };
    let (name, source, streams) = match slug {
        "summer-sale" => (
            "Summer sale",
            "push-network",
            vec![
                stream(
                    "Phones in North America",
                    json!({ "all": [is("device_type", "in", &["mobile", "tablet"]), is("country", "in", &["US", "CA", "MX"])] }),
                    targets(&[("Summer sale - mobile", 1)])?,
                ),
                stream(
                    "Europe",
                    json!({ "any": [is("country", "in", &["DE", "FR", "GB", "IT", "ES", "NL", "PL"]), is("sub1", "eq", &["europe"])] }),
                    targets(&[("Summer sale - Europe", 70), ("Summer sale - desktop", 30)])?,
                ),
                stream(
                    "Everyone else",
                    json!({ "all": [] }),
                    targets(&[("Summer sale - desktop", 60), ("Summer sale - mobile", 40)])?,
                ),
            ],
        ),
        "vpn-plans" => (
            "VPN plans",
            "search-ads",
            vec![
                stream(
                    "Search, outside Asia's largest",
                    json!({ "all": [is("source", "eq", &["search-ads"]), { "not": is("country", "in", &["CN", "IN"]) }] }),
                    targets(&[("VPN - plan A", 80), ("VPN - plan B", 20)])?,
                ),
                stream(
                    "Split test",
                    json!({ "all": [] }),
                    targets(&[("VPN - plan A", 50), ("VPN - plan B", 50)])?,
                ),
            ],
        ),
        _ => (
            "Puzzle game",
            "push-network",
            vec![
                stream(
                    "Phones",
                    json!({ "all": [is("device_type", "in", &["mobile", "tablet"])] }),
                    targets(&[("Puzzle game - store", 1)])?,
                ),
                stream("Browsers", json!({ "all": [] }), targets(&[("Puzzle game - web", 1)])?),
            ],
        ),
    };
    let streams: Vec<Value> = streams
        .into_iter()
        .enumerate()
        .map(|(position, mut stream)| {
            stream["position"] = position.into();
            stream
        })
        .collect();
    Ok(json!({
        "name": name,
        "slug": slug,
        "source_id": sources.get(source),
        "fallback_destination_id": destinations.get("Fallback"),
        "streams": streams,
    }))
}

fn stream(name: &str, rules: Value, targets: Vec<Value>) -> Value {
    json!({ "name": name, "rules": rules, "targets": targets })
}

fn is(field: &str, operator: &str, values: &[&str]) -> Value {
    json!({ "condition": { "field": field, "operator": operator, "values": values } })
}

/// The admin API.
struct Api {
    client: Client,
    url: String,
    token: String,
}

impl Api {
    /// Ids of all entries by one of their fields.
    async fn ids(&self, resource: &str, field: &str) -> Result<HashMap<String, String>> {
        let list = self.call(Method::GET, &format!("{resource}?limit={LIST_LIMIT}"), None).await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let pair = |item: &Value| Some((item[field].as_str()?.to_owned(), item["id"].as_str()?.to_owned()));
        Ok(items.iter().filter_map(pair).collect())
    }

    async fn create(&self, resource: &str, body: Value) -> Result<String> {
        let created = self.call(Method::POST, resource, Some(body)).await?;
        Ok(created["id"].as_str().with_context(|| format!("{resource}: no id in the answer"))?.to_owned())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let url = format!("{}/api/{path}", self.url);
        let mut request = self.client.request(method, &url).bearer_auth(&self.token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("/api/{path} answered {status}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("/api/{path}"))
    }
}
