//! `cidr`: an address within one of several networks.

use std::net::IpAddr;

use ipnet::IpNet;

/// Networks that do not overlap, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks(Box<[IpNet]>);

impl Networks {
    /// Networks as `203.0.113.0/24`, or single addresses. An error names the index of the value.
    pub fn new(values: &[String]) -> Result<Self, (usize, String)> {
        let parse = |(index, value): (usize, &String)| {
            let text = value.trim();
            let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| (index, "a network such as 203.0.113.0/24, or an address".to_owned()))
        };
        let networks = values.iter().enumerate().map(parse).collect::<Result<Vec<IpNet>, _>>()?;
        let mut networks = IpNet::aggregate(&networks);
        networks.sort_unstable_by_key(|network| (network.network(), network.prefix_len()));
        Ok(Self(networks.into()))
    }

    pub fn contain(&self, address: &str) -> bool {
        address.parse().is_ok_and(|address| self.contain_ip(address))
    }

    pub fn contain_ip(&self, address: IpAddr) -> bool {
        let after = self.0.partition_point(|network| network.network() <= address);
        after.checked_sub(1).is_some_and(|at| self.0[at].contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_search(
            networks in proptest::collection::vec((any::<u32>(), 0_u8..=32), 1..20),
            address: u32,
        ) {
            let networks: Vec<IpNet> =
                networks.iter().map(|(a, len)| IpNet::new(IpAddr::from(a.to_be_bytes()), *len).unwrap().trunc()).collect();
            let address = IpAddr::from(address.to_be_bytes());
            let set = Networks::new(&networks.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(set.contain(&address.to_string()), networks.iter().any(|n| n.contains(&address)));
        }
    }

    #[test]
    fn both_families_and_single_addresses() {
        let networks = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"].map(str::to_owned);
        let networks = Networks::new(&networks).unwrap();
        for inside in ["10.255.0.1", "2001:db8::1", "192.0.2.7"] {
            assert!(networks.contain(inside), "{inside}");
        }
        for outside in ["11.0.0.1", "2001:db9::1", "192.0.2.8", "", "x"] {
            assert!(!networks.contain(outside), "{outside}");
        }
        assert_eq!(Networks::new(&["10.0.0.0/8".into(), "10.0.0.0/33".into()]).unwrap_err().0, 1);
    }
}
