//! Sets up the way from Kafka into ClickHouse, however long the brokers take to come.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable};
use tokio_util::sync::CancellationToken;

use super::{Warehouse, kafka};
use crate::config::KafkaConfig;

const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(15);

/// Whether the tables that read Kafka are there.
#[derive(Clone)]
pub struct Feed {
    set_up: Option<Arc<AtomicBool>>,
}

impl Feed {
    pub fn new(config: &KafkaConfig) -> Self {
        Self { set_up: (!config.event_brokers.is_empty()).then(Arc::default) }
    }

    /// For `/readyz`. Not being set up delays events, and loses none.
    pub fn state(&self) -> &'static str {
        match &self.set_up {
            None => "not_configured",
            Some(set_up) if set_up.load(Ordering::Relaxed) => "ready",
            Some(_) => "waiting",
        }
    }

    /// Tries until it is done or `stop`.
    pub async fn set_up(self, warehouse: Warehouse, config: KafkaConfig, stop: CancellationToken) {
        let Some(set_up) = self.set_up else { return };
        let retry =
            ExponentialBuilder::new().with_min_delay(RETRY_FIRST).with_max_delay(RETRY_MAX).with_jitter();
        let attempt = move || {
            let (warehouse, config) = (warehouse.clone(), config.clone());
            async move { kafka::set_up(&warehouse, &config).await }
        };
        let done = attempt.retry(retry.without_max_times()).notify(|error, wait| {
            metrics::counter!("traffoflex_kafka_setup_failures_total").increment(1);
            tracing::warn!(
                error = format!("{error:#}"),
                wait_ms = wait.as_millis() as u64,
                "Kafka is not set up yet"
            );
        });
        if let Some(Ok(())) = stop.run_until_cancelled(done).await {
            set_up.store(true, Ordering::Relaxed);
        }
    }
}
