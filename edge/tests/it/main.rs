//! traffic-service against the real thing: api-service, MongoDB, ClickHouse and Kafka as processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod caps;
mod click;
mod outage;
mod restart;
mod routing;
mod storage;
mod world;
