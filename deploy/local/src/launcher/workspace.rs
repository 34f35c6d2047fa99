//! The demo workspace: made through the admin API on the first start, and left alone afterwards.

use std::{collections::HashMap, fs, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{Secrets, say};

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

/// Is called on every status and payout; the other one on sales.
pub const TOLD_EVERYTHING: &str = "push-network";
/// Slug and name. The demo clicks use the slugs.
pub const SOURCES: [(&str, &str); 2] = [("push-network", "Push network"), ("search-ads", "Search ads")];

/// Slug of the affiliate network and of its template.
pub const NETWORK: &str = "demo-network";

/// Currency, first day, US dollars.
const RATE: (&str, &str, &str) = ("EUR", "2020-01-01", "1.08");

const CAMPAIGNS: [&str; 3] = ["summer-sale", "vpn-plans", "puzzle-game"];

/// What there is of the demo workspace.
pub struct Demo {
    /// Slugs.
    pub campaigns: Vec<String>,
    /// None: it was deleted.
    pub network: Option<String>,
}

/// Makes the workspace when it is not there, and says what there is of it. Its sources call `receiver`.
pub async fn ensure(api_url: &str, secrets: &Secrets, receiver: SocketAddr, data_dir: &Path) -> Result<Demo> {
    let client = Client::builder().no_proxy().timeout(TIMEOUT).build()?;
    let api = Api { client, url: api_url.to_owned(), token: secrets.bootstrap_token.clone() };
    let marker = data_dir.join(MARKER);
    let existing = api.ids("campaigns", "slug").await?;
    // With a database of the user's own, the marker may be of another one.
    if !marker.exists() || existing.is_empty() {
        create(&api, &existing, receiver, &secrets.demo_network_secret()).await.context("demo workspace")?;
        fs::write(&marker, "made; delete this file to have missing parts made again\n")?;
    }
    let existing = api.ids("campaigns", "slug").await?;
    let campaigns = CAMPAIGNS.into_iter().filter(|slug| existing.contains_key(*slug)).map(str::to_owned);
    let networks = api.ids("affiliate-networks", "slug").await?;
    Ok(Demo {
        campaigns: campaigns.collect(),
        network: networks.contains_key(NETWORK).then(|| NETWORK.to_owned()),
    })
}

/// Each part by its slug or name, so that a start that was interrupted is carried on.
async fn create(
    api: &Api,
    campaigns: &HashMap<String, String>,
    receiver: SocketAddr,
    network_secret: &str,
) -> Result<()> {
    let mut destinations = api.ids("destinations", "name").await?;
    for (name, kind, url) in DESTINATIONS {
        if !destinations.contains_key(name) {
            let id = api.create("destinations", json!({ "name": name, "kind": kind, "url": url })).await?;
            destinations.insert(name.to_owned(), id);
        }
    }
    let sources = create_sources(api, receiver).await?;
    create_network(api, network_secret).await?;
    create_rate(api).await?;
    let mut made = 0;
    for slug in CAMPAIGNS.into_iter().filter(|slug| !campaigns.contains_key(*slug)) {
        api.create("campaigns", campaign(slug, &destinations, &sources)?).await?;
        made += 1;
    }
    say(format_args!("demo workspace: {made} campaigns made"));
    Ok(())
}

/// Ids by slug. A source that calls nobody yet is made to call the receiver.
async fn create_sources(api: &Api, receiver: SocketAddr) -> Result<HashMap<String, String>> {
    let mut ids = HashMap::new();
    let existing = api.items("traffic-sources").await?;
    for (slug, name) in SOURCES {
        let postbacks = json!([call(slug, receiver)]);
        let id = match existing.iter().find(|source| source["slug"] == slug) {
            None => {
                let source = json!({ "name": name, "slug": slug, "postbacks": postbacks });
                api.create("traffic-sources", source).await?
            }
            Some(source) => {
                let id = source["id"].as_str().context("a source without an id")?;
                if source["postbacks"].as_array().is_none_or(Vec::is_empty) {
                    let change = json!({ "revision": source["revision"], "postbacks": postbacks });
                    api.call(Method::PATCH, &format!("traffic-sources/{id}"), Some(change)).await?;
                }
                id.to_owned()
            }
        };
        ids.insert(slug.to_owned(), id);
    }
    Ok(ids)
}

/// What a source is told: one hears of everything in the query of a GET, the other one of sales in JSON.
fn call(source: &str, receiver: SocketAddr) -> Value {
    let url = format!("http://{receiver}/{source}");
    if source == TOLD_EVERYTHING {
        let query = "run={sub10}&click={source_click_id}&goal={event_type}&status={status}&payout={payout}";
        return json!({
            "name": "Demo receiver",
            "method": "GET",
            "url": format!("{url}?{query}"),
            "statuses": ["lead", "hold", "sale", "rejected"],
            "on_payout_change": true,
        });
    }
    json!({
        "name": "Demo receiver",
        "method": "POST",
        "url": url,
        "content_type": "json",
        "body": r#"{"run":"{sub10}","click":"{source_click_id}","goal":"{event_type}","status":"{status}","payout":"{payout}"}"#,
        "statuses": ["sale"],
    })
}

async fn create_network(api: &Api, secret: &str) -> Result<()> {
    if api.ids("affiliate-networks", "slug").await?.contains_key(NETWORK) {
        return Ok(());
    }
    let templates = api.ids("postback-templates", "slug").await?;
    let template = match templates.get(NETWORK) {
        Some(id) => id.clone(),
        None => {
            let body =
                json!({ "name": "Demo network", "slug": NETWORK, "secret": secret, "currency": "USD" });
            api.create("postback-templates", body).await?
        }
    };
    let network = json!({ "name": "Demo network", "slug": NETWORK, "template_id": template });
    api.create("affiliate-networks", network).await?;
    Ok(())
}

/// So that payouts in euros count. A rate of the user's own stays.
async fn create_rate(api: &Api) -> Result<()> {
    let (currency, date, rate) = RATE;
    let known = api.call(Method::GET, &format!("currency-rates?currency={currency}&limit=1"), None).await?;
    if known["total"] == 0 {
        let rates = json!([{ "currency": currency, "date": date, "rate": rate }]);
        api.call(Method::PUT, "currency-rates", Some(rates)).await?;
    }
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
        let items = self.items(resource).await?;
        let pair = |item: &Value| Some((item[field].as_str()?.to_owned(), item["id"].as_str()?.to_owned()));
        Ok(items.iter().filter_map(pair).collect())
    }

    async fn items(&self, resource: &str) -> Result<Vec<Value>> {
        let list = self.call(Method::GET, &format!("{resource}?limit={LIST_LIMIT}"), None).await?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
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
