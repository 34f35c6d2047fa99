//! Configuration: one struct a concern, from the environment or the command line, checked at start.

pub mod address;
pub mod bots;
pub mod caps;
pub mod drain;
pub mod health;
pub mod lookup;
pub mod memory;
pub mod node;
pub mod outbound;
pub mod outbox;
pub mod postback;
pub mod process;
pub mod runtime;
pub mod server;
pub mod sink;

pub use address::AddressConfig;
pub use bots::BotsConfig;
pub use caps::CapsConfig;
pub use drain::DrainConfig;
pub use health::HealthConfig;
pub use lookup::LookupConfig;
pub use memory::MemoryConfig;
pub use node::NodeConfig;
pub use outbound::OutboundConfig;
pub use outbox::OutboxConfig;
pub use postback::{JournalConfig, LookupFailurePolicy, PostbackConfig};
pub use process::ProcessConfig;
pub use runtime::RuntimeConfig;
pub use server::ServerConfig;
pub use sink::SinkConfig;

use crate::{clock::now_ms, outbox::OutboxOptions};

/// traffic-service: answers clicks on a node, from its own disk.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "traffic-service", version, about)]
pub struct EdgeConfig {
    #[command(flatten)]
    pub server: ServerConfig,
    #[command(flatten)]
    pub process: ProcessConfig,
    #[command(flatten)]
    pub node: NodeConfig,
    #[command(flatten)]
    pub lookup: LookupConfig,
    #[command(flatten)]
    pub bots: BotsConfig,
    #[command(flatten)]
    pub outbox: OutboxConfig,
    #[command(flatten)]
    pub memory: MemoryConfig,
    #[command(flatten)]
    pub caps: CapsConfig,
    #[command(flatten)]
    pub drain: DrainConfig,
    #[command(flatten)]
    pub sink: SinkConfig,
    #[command(flatten)]
    pub health: HealthConfig,
    #[command(flatten)]
    pub runtime: RuntimeConfig,
}

impl EdgeConfig {
    pub fn outbox_options(&self) -> OutboxOptions {
        self.outbox.options(&self.node, now_ms)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_example_lists_every_variable_with_its_default() {
        let missing = traffoflex_local::example::missing(&EdgeConfig::command());
        assert!(missing.is_empty(), "not in .env.example: {missing:?}");
    }
}
