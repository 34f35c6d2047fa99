//! Whether what the settings point at answers.

use std::time::Duration;

use anyhow::Context;
use futures_util::future::join_all;
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer},
};
use reqwest::{Client, StatusCode, redirect::Policy};
use url::Url;

use super::{Check, sign_in};
use crate::{
    catalog::Catalog,
    command::context,
    config::{CentralConfig, KafkaConfig, NodesConfig},
    health::cause,
    router,
    warehouse::Warehouse,
};

/// What takes longer is not there.
pub const LIMIT: Duration = Duration::from_secs(5);
/// Known by nodes of both kinds, and wants the node token.
const NODE_PATH: &str = "internal/event-producer/stats";

/// What can be told of the settings without asking anybody.
pub fn settings(config: &CentralConfig) -> Vec<Check> {
    let said = |outcome: anyhow::Result<()>| match outcome {
        Ok(()) => Ok("can be read".to_owned()),
        Err(error) => Err(format!("{error:#}")),
    };
    let origin = router::cors(&config.server.admin_frontend_origin).map(drop);
    vec![
        Check::new(
            "CLICKHOUSE_HTTP_URL",
            said(Warehouse::new(&config.clickhouse).map(drop).map_err(Into::into)),
        ),
        Check::new("ADMIN_FRONTEND_ORIGIN", said(origin)),
        sign_in::settings(config),
    ]
}

pub async fn everything(config: &CentralConfig) -> Vec<Check> {
    let (mongo, clickhouse, kafka, mail, nodes) = tokio::join!(
        mongo(config),
        clickhouse(config),
        kafka(&config.kafka),
        sign_in::mail(config),
        nodes(config)
    );
    let mut checks = vec![Check::new("MONGO_URI", mongo), Check::new("CLICKHOUSE_HTTP_URL", clickhouse)];
    checks.extend(kafka.map(|kafka| Check::new("EVENT_BROKERS", kafka)));
    checks.extend(mail);
    checks.extend(nodes);
    checks
}

async fn in_time<T>(work: impl Future<Output = anyhow::Result<T>>) -> Result<T, String> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done.map_err(|error| format!("{error:#}")),
        Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
    }
}

async fn mongo(config: &CentralConfig) -> Result<String, String> {
    let is_set_up = in_time(async {
        let catalog = Catalog::connect(&config.mongo).await?;
        catalog.ping().await?;
        Ok(context::is_set_up(&catalog).await?)
    });
    Ok(match is_set_up.await? {
        true => "MongoDB answers".to_owned(),
        false => {
            "MongoDB answers; nothing is set up yet, `api-service migrate` or a start does it".to_owned()
        }
    })
}

async fn clickhouse(config: &CentralConfig) -> Result<String, String> {
    let ping = in_time(async { Ok(Warehouse::new(&config.clickhouse)?.ping().await?) });
    ping.await.map(|()| "ClickHouse answers".to_owned())
}

async fn kafka(config: &KafkaConfig) -> Option<Result<String, String>> {
    let brokers = config.event_brokers.clone();
    if brokers.is_empty() {
        return None;
    }
    let asked = tokio::task::spawn_blocking(move || {
        let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
        client.fetch_metadata(None, LIMIT).map(|metadata| metadata.brokers().len())
    });
    Some(match asked.await {
        Ok(Ok(count)) => Ok(format!("Kafka answers, {count} brokers")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    })
}

async fn nodes(config: &CentralConfig) -> Vec<Check> {
    let client = Client::builder().timeout(LIMIT).redirect(Policy::none()).no_proxy().build();
    let client = match client.context("TLS") {
        Ok(client) => client,
        Err(error) => return vec![Check::new("TRAFFIC_SERVICE_URL", Err(format!("{error:#}")))],
    };
    let NodesConfig { traffic_service_url, postback_service_url } = &config.nodes;
    let traffic = traffic_service_url.0.iter().map(|url| ("TRAFFIC_SERVICE_URL", url));
    let postback = postback_service_url.0.iter().map(|url| ("POSTBACK_SERVICE_URL", url));
    let calls = traffic.chain(postback).map(|(variable, url)| node(&client, variable, url, config));
    join_all(calls).await
}

async fn node(client: &Client, variable: &'static str, base: &Url, config: &CentralConfig) -> Check {
    let name = base.origin().ascii_serialization();
    let mut url = base.clone();
    url.set_path(&format!("{}/{NODE_PATH}", base.path().trim_end_matches('/')));
    let answer = client.get(url).bearer_auth(&config.auth.node_token).send().await;
    match answer.map(|answer| answer.status()) {
        Ok(StatusCode::OK) => Check::new(variable, Ok(format!("{name} answers"))),
        Ok(StatusCode::UNAUTHORIZED) => {
            Check::new("NODE_TOKEN", Err(format!("{name} has another one: it refuses this one")))
        }
        Ok(status) => Check::new(variable, Err(format!("{name} answers {status}: is that a node?"))),
        Err(error) => Check::new(variable, Err(format!("{name} cannot be reached: {}", cause(&error)))),
    }
}
