//! ClickHouse: the client, and what every use of it shares.

pub mod feed;
pub mod kafka;
pub mod migrate;

use std::time::Duration;

use bytes::Bytes;
use clickhouse::{Client, error::Error};
use traffoflex_wire::topic::Topic;

use crate::config::{ClickHouseConfig, identifier};

/// How long an insert may take to be sent, and then to be acknowledged.
const INSERT_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    #[error("CLICKHOUSE_HTTP_URL: {0}")]
    Url(String),
    #[error("{0}")]
    Unavailable(String),
    /// The query asked for more than its limits allow.
    #[error("{0}")]
    QueryLimit(String),
    /// The data or the statement is wrong: the same again fails again.
    #[error("{0}")]
    Refused(String),
    #[error("unexpected answer: {0}")]
    Decode(#[from] serde_json::Error),
}

/// The one place that tells what a failure means.
impl From<Error> for WarehouseError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::BadResponse(_) => {
                // ClickHouse's exception names; a server that starts, stops or is busy gets another try.
                let of = |names: &[&str]| names.iter().any(|name| text.contains(name));
                if of(&["TIMEOUT_EXCEEDED", "MEMORY_LIMIT_EXCEEDED", "TOO_MANY_ROWS", "TOO_MANY_BYTES"]) {
                    Self::QueryLimit(text)
                } else if of(&[
                    "CANNOT_PARSE",
                    "CANNOT_READ_ALL_DATA",
                    "CANNOT_CONVERT_TYPE",
                    "INCORRECT_DATA",
                    "ARGUMENT_OUT_OF_BOUND",
                    "VALUE_IS_OUT_OF_RANGE",
                    "DECIMAL_OVERFLOW",
                    "TYPE_MISMATCH",
                    "SYNTAX_ERROR",
                    "UNKNOWN_IDENTIFIER",
                ]) {
                    Self::Refused(text)
                } else {
                    Self::Unavailable(text)
                }
            }
            _ => Self::Unavailable(text),
        }
    }
}

#[derive(Clone)]
pub struct Warehouse {
    client: Client,
    database: String,
}

impl Warehouse {
    pub fn new(config: &ClickHouseConfig) -> Result<Self, WarehouseError> {
        let mut url = config.clickhouse_http_url.clone();
        let from_url =
            url.query_pairs().find(|(name, _)| name == "database").map(|(_, value)| value.into_owned());
        let database = match from_url {
            Some(name) => identifier(&name).map_err(WarehouseError::Url)?,
            None => config.clickhouse_database.clone(),
        };
        let or = |named: &str, otherwise: &str| {
            if named.is_empty() { otherwise.to_owned() } else { named.to_owned() }
        };
        let user = or(url.username(), &config.clickhouse_user);
        let password = or(url.password().unwrap_or_default(), &config.clickhouse_password);
        url.set_query(None);
        let wrong = |()| WarehouseError::Url("it has no host".into());
        url.set_username("").map_err(wrong)?;
        url.set_password(None).map_err(wrong)?;
        let mut client = Client::default().with_url(url.as_str().trim_end_matches('/'));
        if !user.is_empty() {
            client = client.with_user(user).with_password(password);
        }
        Ok(Self { client, database })
    }

    pub fn database(&self) -> &str {
        &self.database
    }

    /// Statements that name the database themselves, before it exists.
    fn server(&self) -> &Client {
        &self.client
    }

    pub fn client(&self) -> Client {
        self.client.clone().with_database(&self.database)
    }

    pub async fn ping(&self) -> Result<(), WarehouseError> {
        Ok(self.client.query_raw("SELECT 1").execute().await?)
    }

    /// Inserts lines of JSON and returns when they are stored.
    ///
    /// The server gathers inserts of many nodes into one part and answers when that is written, so
    /// that small batches cost little and an acknowledgement still means stored.
    pub async fn insert_json(&self, topic: Topic, lines: Bytes) -> Result<(), WarehouseError> {
        self.insert_json_into(topic.table(), lines).await
    }

    pub async fn insert_json_into(&self, table: &str, lines: Bytes) -> Result<(), WarehouseError> {
        let mut insert = self
            .client()
            .insert_formatted_with(format!("INSERT INTO {table} FORMAT JSONEachRow"))
            .with_setting("async_insert", "1")
            .with_setting("wait_for_async_insert", "1")
            .with_setting("input_format_skip_unknown_fields", "1")
            .with_setting("input_format_null_as_default", "1")
            .with_setting("date_time_input_format", "basic")
            .with_timeouts(Some(INSERT_TIMEOUT), Some(INSERT_TIMEOUT));
        insert.send(lines).await?;
        Ok(insert.end().await?)
    }

    /// Rows of a query as JSON objects; decimals as strings.
    pub async fn rows(
        &self,
        query: clickhouse::query::Query,
    ) -> Result<Vec<serde_json::Value>, WarehouseError> {
        let mut cursor = query
            .with_setting("output_format_json_quote_decimals", "1")
            .with_setting("output_format_json_quote_64bit_integers", "0")
            .fetch_bytes("JSONEachRow")?;
        let bytes = cursor.collect().await?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
    }
}
