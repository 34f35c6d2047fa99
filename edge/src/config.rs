//! Configuration: one struct a concern, from the environment or the command line, checked at start.

pub mod drain;
pub mod node;
pub mod outbox;
pub mod server;
pub mod sink;

pub use drain::DrainConfig;
pub use node::NodeConfig;
pub use outbox::OutboxConfig;
pub use server::ServerConfig;
pub use sink::SinkConfig;
