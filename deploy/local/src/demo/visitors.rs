//! Who clicks: real User-Agent strings by their share of real traffic, addresses of real networks.

use std::{fs, net::Ipv4Addr, path::Path};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use serde::Deserialize;

#[derive(Deserialize)]
struct Agent {
    #[serde(rename = "userAgent")]
    user_agent: String,
    #[serde(default)]
    language: Option<String>,
    weight: f64,
}

pub struct Visitors {
    agents: Vec<Agent>,
    /// Sum of the weights up to and with each agent.
    cumulative: Vec<f64>,
    /// First and last address of each network.
    networks: Vec<(u32, u32)>,
}

pub struct Visitor<'a> {
    pub user_agent: &'a str,
    pub language: &'a str,
    pub address: Ipv4Addr,
}

impl Visitors {
    pub fn load(user_agents: &Path, asn_csv: &Path) -> Result<Self> {
        let text = fs::read(user_agents).with_context(|| user_agents.display().to_string())?;
        let agents: Vec<Agent> =
            serde_json::from_slice(&text).with_context(|| user_agents.display().to_string())?;
        let table = fs::read_to_string(asn_csv).with_context(|| asn_csv.display().to_string())?;
        Self::new(agents, table.lines().filter_map(network).collect())
    }

    fn new(agents: Vec<Agent>, networks: Vec<(u32, u32)>) -> Result<Self> {
        ensure!(!agents.is_empty() && !networks.is_empty(), "no user agents or no networks to draw from");
        let mut sum = 0.0;
        let cumulative = agents
            .iter()
            .map(|agent| {
                sum += agent.weight;
                sum
            })
            .collect();
        Ok(Self { agents, cumulative, networks })
    }

    pub fn draw(&self, rng: &mut Rng) -> Visitor<'_> {
        let total = self.cumulative.last().copied().unwrap_or_default();
        let point = rng.f64() * total;
        let index = self.cumulative.partition_point(|sum| *sum <= point).min(self.agents.len() - 1);
        let agent = &self.agents[index];
        let (first, last) = self.networks[rng.usize(..self.networks.len())];
        Visitor {
            user_agent: &agent.user_agent,
            language: agent.language.as_deref().unwrap_or("en-US"),
            address: Ipv4Addr::from(rng.u32(first..=last)),
        }
    }
}

/// `first,last,number,name`.
fn network(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(',');
    let first: Ipv4Addr = fields.next()?.parse().ok()?;
    let last: Ipv4Addr = fields.next()?.parse().ok()?;
    (first <= last).then_some((first.into(), last.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(name: &str, weight: f64) -> Agent {
        Agent { user_agent: name.into(), language: None, weight }
    }

    #[test]
    fn drawn_by_weight_and_within_the_networks() {
        let networks: Vec<_> = ["1.0.0.0,1.0.0.255,1,\"A, Inc.\"", "broken", "8.8.8.8,8.8.8.8,2,B"]
            .into_iter()
            .filter_map(network)
            .collect();
        assert_eq!(networks.len(), 2);
        let visitors =
            Visitors::new(vec![agent("rare", 0.1), agent("never", 0.0), agent("often", 0.9)], networks)
                .unwrap();
        let mut rng = Rng::with_seed(7);
        let mut rare = 0;
        for _ in 0..10_000 {
            let visitor = visitors.draw(&mut rng);
            assert_ne!(visitor.user_agent, "never");
            rare += u32::from(visitor.user_agent == "rare");
            let [a, b, ..] = visitor.address.octets();
            assert!((a, b) == (1, 0) || (a, b) == (8, 8));
        }
        assert!((800..1200).contains(&rare), "{rare}");
    }
}
