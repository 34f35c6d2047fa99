//! Engines and api-service together, each of which can be stopped and brought back: central as a
//! test sees it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Output,
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::{
    engines::{ClickHouse, Kafka, Mongod},
    services::{Service, binary},
};

pub const BOOTSTRAP_TOKEN: &str = "stack-bootstrap-token";
pub const NODE_TOKEN: &str = "stack-node-token-0123";
/// Who signs in as the installation's administrator.
pub const ADMIN_EMAIL: &str = "admin@example.com";
const JWT_SECRET: &str = "stack-sessions-7Qm2vX9kLr4TzB8wNc";
pub const DATABASE: &str = "traffoflex";

pub struct Stack {
    dir: TempDir,
    mongod: Option<Mongod>,
    clickhouse: Option<ClickHouse>,
    kafka: Option<Kafka>,
    api: Option<Service>,
    clickhouse_port: u16,
    kafka_ports: Option<(u16, u16)>,
    environment: BTreeMap<String, String>,
}

impl Stack {
    /// Everything in a temporary directory, on free ports.
    pub async fn start(with_kafka: bool) -> Result<Self> {
        Self::start_with(with_kafka, &[]).await
    }

    /// With settings of api-service beside those it needs.
    pub async fn start_with(with_kafka: bool, settings: &[(&str, &str)]) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("traffoflex-").tempdir()?;
        let (mongod, clickhouse) =
            tokio::try_join!(Mongod::start(dir.path()), ClickHouse::start(dir.path()))?;
        let kafka = if with_kafka { Some(Kafka::start(dir.path()).await?) } else { None };
        let mut environment = BTreeMap::from([
            ("API_SERVICE_ADDR".to_owned(), "127.0.0.1:0".to_owned()),
            ("MONGO_URI".to_owned(), mongod.uri()),
            ("MONGO_DATABASE".to_owned(), DATABASE.to_owned()),
            ("CLICKHOUSE_HTTP_URL".to_owned(), clickhouse.http_url()),
            ("AUTH_BOOTSTRAP_TOKEN".to_owned(), BOOTSTRAP_TOKEN.to_owned()),
            ("NODE_TOKEN".to_owned(), NODE_TOKEN.to_owned()),
            ("AUTH_ENV".to_owned(), "test".to_owned()),
            ("AUTH_DEV_RETURN_OTP".to_owned(), "true".to_owned()),
            ("AUTH_ADMIN_EMAIL".to_owned(), ADMIN_EMAIL.to_owned()),
            ("AUTH_JWT_SECRET".to_owned(), JWT_SECRET.to_owned()),
        ]);
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if let Some(kafka) = &kafka {
            environment.insert("EVENT_BROKERS".into(), kafka.brokers());
        }
        let mut stack = Self {
            clickhouse_port: clickhouse.port(),
            kafka_ports: kafka.as_ref().map(Kafka::ports),
            dir,
            mongod: Some(mongod),
            clickhouse: Some(clickhouse),
            kafka,
            api: None,
            environment,
        };
        let log = stack.dir.path().join("api-service.log");
        stack.api = Some(Service::start("api-service", stack.environment.clone(), &log).await?);
        Ok(stack)
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A fresh directory of this name.
    pub fn subdir(&self, name: &str) -> Result<PathBuf> {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    pub fn api(&self) -> Result<&Service> {
        self.api.as_ref().context("api-service was never started")
    }

    /// Another api-service on the same databases.
    pub async fn second_api(&self) -> Result<Service> {
        Service::start("api-service", self.environment.clone(), &self.dir.path().join("api-service-2.log"))
            .await
    }

    /// As api-service was given it.
    pub fn variable(&self, name: &str) -> &str {
        self.environment.get(name).map_or("", String::as_str)
    }

    /// What api-service is told when it is started again.
    pub fn set_for_api(&mut self, variable: &str, value: &str) -> Result<()> {
        self.environment.insert(variable.into(), value.into());
        self.api.as_mut().context("api-service was never started")?.set(variable, value);
        Ok(())
    }

    pub async fn stop_api(&mut self) -> Result<()> {
        self.api.as_mut().context("api-service was never started")?.stop().await
    }

    pub fn kill_api(&mut self) -> Result<()> {
        self.api.as_mut().context("api-service was never started")?.kill();
        Ok(())
    }

    /// On its port of before.
    pub async fn start_api(&mut self) -> Result<()> {
        self.api.as_mut().context("api-service was never started")?.start_again("API_SERVICE_ADDR").await
    }

    pub async fn stop_clickhouse(&mut self) -> Result<()> {
        match self.clickhouse.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    pub async fn start_clickhouse(&mut self) -> Result<()> {
        self.clickhouse = Some(ClickHouse::start_on(self.dir.path(), self.clickhouse_port).await?);
        Ok(())
    }

    pub async fn stop_kafka(&mut self) -> Result<()> {
        match self.kafka.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    pub async fn start_kafka(&mut self) -> Result<()> {
        let (port, controller_port) = self.kafka_ports.context("this stack has no Kafka")?;
        self.kafka = Some(Kafka::start_on(self.dir.path(), port, controller_port).await?);
        Ok(())
    }

    pub async fn stop_mongod(&mut self) -> Result<()> {
        match self.mongod.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Runs a command of api-service, such as `audit`, to its end.
    pub async fn command(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = std::process::Command::new(binary("api-service")?);
        command.env_clear().envs(&self.environment).args(arguments);
        Ok(tokio::task::spawn_blocking(move || command.output()).await??)
    }
}
