//! ClickHouse: the client, and what every use of it shares.

pub mod clicks;
mod cost_version;
pub mod feed;
pub mod kafka;
pub mod migrate;

use std::time::Duration;

pub(crate) use cost_version::wait_for_inserts;

use bytes::Bytes;
use clickhouse::{Client, error::Error, query::BytesCursor};

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
        if !matches!(error, Error::BadResponse(_)) {
            return Self::Unavailable(text);
        }
        // Everything else, a server that starts or a column that is missing, may be put right.
        match exception(&text) {
            "TIMEOUT_EXCEEDED" | "MEMORY_LIMIT_EXCEEDED" | "TOO_MANY_ROWS" | "TOO_MANY_BYTES" => {
                Self::QueryLimit(text)
            }
            "CANNOT_READ_ALL_DATA"
            | "CANNOT_CONVERT_TYPE"
            | "INCORRECT_DATA"
            | "ARGUMENT_OUT_OF_BOUND"
            | "VALUE_IS_OUT_OF_RANGE"
            | "DECIMAL_OVERFLOW" => Self::Refused(text),
            name if name.starts_with("CANNOT_PARSE") => Self::Refused(text),
            _ => Self::Unavailable(text),
        }
    }
}

/// The name that ClickHouse puts at an exception's end: `Code: 69. ... (ARGUMENT_OUT_OF_BOUND) (version
/// 26.7.2.1)`. The text before it quotes data and says nothing.
fn exception(text: &str) -> &str {
    let head = text.rsplit_once(" (version").map_or(text, |(head, _)| head);
    head.rsplit_once('(').map_or("", |(_, name)| name.trim_end().trim_end_matches(')'))
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
    /// Not `gathered`: the server writes a part for this insert alone, at once.
    pub async fn insert_json_into(
        &self,
        table: &str,
        lines: Bytes,
        gathered: bool,
    ) -> Result<(), WarehouseError> {
        let mut insert = self
            .client()
            .insert_formatted_with(format!("INSERT INTO {table} FORMAT JSONEachRow"))
            .with_setting("async_insert", if gathered { "1" } else { "0" })
            .with_setting("wait_for_async_insert", "1")
            .with_setting("input_format_skip_unknown_fields", "1")
            .with_setting("input_format_null_as_default", "1")
            .with_setting("date_time_input_format", "basic")
            .with_timeouts(Some(INSERT_TIMEOUT), Some(INSERT_TIMEOUT));
        let inserted = match insert.send(lines).await {
            Ok(()) => insert.end().await,
            Err(error) => Err(error),
        };
        match inserted.map_err(WarehouseError::from) {
            // The server has too much to do: that is no fault of these rows.
            Err(WarehouseError::QueryLimit(text)) => Err(WarehouseError::Unavailable(text)),
            other => other,
        }
    }

    /// Rows of a query as lines of JSON objects, while they are found; decimals as strings.
    pub fn json_rows(&self, query: clickhouse::query::Query) -> Result<BytesCursor, WarehouseError> {
        Ok(exact(query).fetch_bytes("JSONEachRow")?)
    }

    /// Rows of a query with `LIMIT`, and how many there were before that: ClickHouse knows as it sorts, and keeps no
    /// more of them than it answers with.
    pub async fn page(&self, query: clickhouse::query::Query) -> Result<Page, WarehouseError> {
        let query = exact(query).with_setting("exact_rows_before_limit", "1");
        let bytes = query.fetch_bytes("JSON")?.collect().await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Rows of a query as JSON objects; decimals as strings.
    pub async fn rows(
        &self,
        query: clickhouse::query::Query,
    ) -> Result<Vec<serde_json::Value>, WarehouseError> {
        let bytes = self.json_rows(query)?.collect().await?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
    }

    /// The same as values of a type that has the query's columns as fields.
    pub async fn rows_of<T: serde::de::DeserializeOwned>(
        &self,
        query: clickhouse::query::Query,
    ) -> Result<Vec<T>, WarehouseError> {
        let rows = self.rows(query).await?.into_iter();
        Ok(rows.map(serde_json::from_value).collect::<Result<_, _>>()?)
    }
}

/// Numbers as they are: decimals as strings, and integers as integers.
fn exact(query: clickhouse::query::Query) -> clickhouse::query::Query {
    query
        .with_setting("output_format_json_quote_decimals", "1")
        .with_setting("output_format_json_quote_64bit_integers", "0")
}

/// As ClickHouse names it.
#[derive(serde::Deserialize)]
pub struct Page {
    pub data: Vec<serde_json::Value>,
    pub rows_before_limit_at_least: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_exception_means() {
        let of = |text: &str| WarehouseError::from(Error::BadResponse(text.to_owned()));
        let beyond = "Code: 69. DB::Exception: Decimal value is too big: (at row 1)\n: While executing \
                      ParallelParsingBlockInputFormat. (ARGUMENT_OUT_OF_BOUND) (version 26.7.2.1)";
        assert!(matches!(of(beyond), WarehouseError::Refused(_)));
        let unparsed = "Code: 27. DB::Exception: expected '\"' before: 'x' (CANNOT_PARSE_INPUT_ASSERTION_FAILED) (version 26.7.2.1)";
        assert!(matches!(of(unparsed), WarehouseError::Refused(_)));
        // What the data says of itself is no exception's name.
        let column = "Code: 16. DB::Exception: No such column (CANNOT_PARSE) in table (NO_SUCH_COLUMN_IN_TABLE) (version 26.7.2.1)";
        assert!(matches!(of(column), WarehouseError::Unavailable(_)));
        let memory = "Code: 241. DB::Exception: too much (MEMORY_LIMIT_EXCEEDED) (version 26.7.2.1)";
        assert!(matches!(of(memory), WarehouseError::QueryLimit(_)));
        assert!(matches!(of("nothing of the kind"), WarehouseError::Unavailable(_)));
    }
}
