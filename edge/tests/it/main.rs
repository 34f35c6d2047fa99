//! traffic-service against the real thing: api-service, MongoDB, ClickHouse and Kafka as processes.

mod bad_input;
mod click;
mod outage;
mod restart;
mod storage;
mod world;
