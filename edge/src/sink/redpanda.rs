//! Messages to Redpanda or any Kafka: idempotent producer, all replicas acknowledge, key = click id.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures_util::future::try_join_all;
use rdkafka::{
    ClientConfig,
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord, Producer, future_producer::Delivery},
};
use traffoflex_wire::topic::Topic;

use super::SinkError;
use crate::outbox::batch::TopicBatch;

/// Pause when librdkafka's own queue is full: its threads are sending meanwhile.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(5);
/// Messages handed to librdkafka in one go.
const YIELD_EVERY: usize = 128;
/// Messages gather this long in librdkafka before a request goes out, in milliseconds.
const LINGER_MS: &str = "5";

pub struct RedpandaSink {
    config: ClientConfig,
    producer: ArcSwap<FutureProducer>,
    topics: [String; Topic::ALL.len()],
}

impl RedpandaSink {
    /// `topics` in the order of [`Topic::ALL`].
    pub fn new(
        brokers: &str,
        topics: [String; Topic::ALL.len()],
        timeout: Duration,
    ) -> Result<Self, KafkaError> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", brokers)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.codec", "lz4")
            .set("linger.ms", LINGER_MS)
            .set("message.timeout.ms", timeout.as_millis().to_string())
            .set("reconnect.backoff.max.ms", "2000");
        let producer = ArcSwap::from_pointee(config.create()?);
        Ok(Self { config, producer, topics })
    }

    pub async fn send(&self, batch: &TopicBatch) -> Result<(), SinkError> {
        let producer = self.producer.load_full();
        let topic = &self.topics[batch.topic as usize];
        let mut deliveries = Vec::with_capacity(batch.lines.len());
        for (at, (line, json)) in batch.messages().enumerate() {
            // Clicks are answered on this thread, too.
            if at % YIELD_EVERY == YIELD_EVERY - 1 {
                tokio::task::yield_now().await;
            }
            let mut record = FutureRecord::to(topic).key(line.key.as_ref()).payload(json);
            if let Some(traceparent) = &line.traceparent {
                let header = Header { key: "traceparent", value: Some(traceparent.as_ref()) };
                record = record.headers(OwnedHeaders::new_with_capacity(1).insert(header));
            }
            deliveries
                .push(enqueue(&producer, record).await.map_err(|error| self.failed(&producer, &error))?);
        }
        let results = try_join_all(deliveries).await.map_err(|_| stopped())?;
        for result in results {
            let _: Delivery = result.map_err(|(error, _)| self.failed(&producer, &error))?;
        }
        Ok(())
    }

    /// After a fatal error (a producer fenced or out of sequence) only a new producer helps.
    fn failed(&self, producer: &Arc<FutureProducer>, error: &KafkaError) -> SinkError {
        if producer.client().fatal_error().is_some()
            && let Ok(fresh) = self.config.create()
        {
            self.producer.store(Arc::new(fresh));
        }
        let code = error.rdkafka_error_code();
        SinkError {
            message: error.to_string(),
            retry_after: None,
            operator_must_act: matches!(
                code,
                Some(
                    RDKafkaErrorCode::UnknownTopic
                        | RDKafkaErrorCode::UnknownTopicOrPartition
                        | RDKafkaErrorCode::TopicAuthorizationFailed
                        | RDKafkaErrorCode::MessageSizeTooLarge
                )
            ),
        }
    }
}

fn stopped() -> SinkError {
    SinkError { message: "the producer was stopped".into(), retry_after: None, operator_must_act: false }
}

async fn enqueue(
    producer: &FutureProducer,
    record: FutureRecord<'_, str, [u8]>,
) -> Result<rdkafka::producer::DeliveryFuture, KafkaError> {
    let mut record = record;
    loop {
        match producer.send_result(record) {
            Ok(delivery) => return Ok(delivery),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                tokio::time::sleep(QUEUE_FULL_PAUSE).await;
            }
            Err((error, _)) => return Err(error),
        }
    }
}
