//! A workspace with its lists of clients, ready to be asked on every click: addresses by bisection,
//! parts of a User-Agent by one pass over it, networks by bisection.

use std::net::IpAddr;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use traffoflex_model::{ClientList, Workspace, WorkspaceId};

use super::TableError;
use crate::rule::Networks;

/// Lists of up to so many bytes of User-Agents are compiled for speed, into some megabytes at most;
/// longer ones for size.
const MAX_FAST_BYTES: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct CompiledWorkspace {
    head: Workspace,
    clients: WorkspaceClients,
}

/// Whom a workspace takes for bots and for people.
#[derive(Debug, Default)]
pub struct WorkspaceClients {
    pub bots: Clients,
    /// Stronger than `bots` and than every other sign.
    pub people: Clients,
}

/// A [`ClientList`], compiled. An empty part matches nothing and costs nothing.
#[derive(Debug, Default)]
pub struct Clients {
    networks: Option<Networks>,
    /// In lower case.
    user_agents: Option<AhoCorasick>,
    /// Sorted.
    asns: Box<[u32]>,
}

impl CompiledWorkspace {
    pub fn compile(workspace: &Workspace) -> Result<Self, TableError> {
        let compile = |name: &str, list: &ClientList| {
            Clients::compile(list).map_err(|(field, message)| TableError::Entity {
                kind: "workspace",
                id: workspace.id.to_string(),
                field: format!("{name}.{field}"),
                message,
            })
        };
        let clients = WorkspaceClients {
            bots: compile("bots", &workspace.bots)?,
            people: compile("people", &workspace.people)?,
        };
        Ok(Self { head: workspace.clone(), clients })
    }

    pub fn id(&self) -> &WorkspaceId {
        &self.head.id
    }

    pub fn head(&self) -> &Workspace {
        &self.head
    }

    pub fn clients(&self) -> &WorkspaceClients {
        &self.clients
    }
}

impl Clients {
    /// An error names the field within the list.
    pub fn compile(list: &ClientList) -> Result<Self, (String, String)> {
        let networks = match &*list.ips {
            [] => None,
            ips => Some(Networks::new(ips).map_err(|(at, message)| (format!("ips[{at}]"), message))?),
        };
        if let Some(at) = list.user_agents.iter().position(String::is_empty) {
            return Err((format!("user_agents[{at}]"), "not empty: every User-Agent contains that".into()));
        }
        let user_agents = match &*list.user_agents {
            [] => None,
            parts => Some(
                AhoCorasick::builder()
                    .kind(is_short(parts).then_some(AhoCorasickKind::DFA))
                    .ascii_case_insensitive(true)
                    .build(parts.iter().map(|part| part.to_lowercase()))
                    .map_err(|error| ("user_agents".to_owned(), error.to_string()))?,
            ),
        };
        let mut asns = list.asns.clone();
        asns.sort_unstable();
        Ok(Self { networks, user_agents, asns: asns.into() })
    }

    pub fn has_ip(&self, ip: IpAddr) -> bool {
        self.networks.as_ref().is_some_and(|networks| networks.contain_ip(ip))
    }

    pub fn has_user_agent(&self, user_agent: &str) -> bool {
        self.user_agents.as_ref().is_some_and(|parts| match user_agent.is_ascii() {
            true => parts.is_match(user_agent),
            false => parts.is_match(&user_agent.to_lowercase()),
        })
    }

    /// An unknown network (0) is in no list.
    pub fn has_asn(&self, asn: u32) -> bool {
        asn != 0 && self.asns.binary_search(&asn).is_ok()
    }

    /// Any of the three.
    pub fn have(&self, ip: IpAddr, user_agent: &str, asn: u32) -> bool {
        self.has_ip(ip) || self.has_asn(asn) || self.has_user_agent(user_agent)
    }
}

fn is_short(parts: &[String]) -> bool {
    parts.iter().map(String::len).sum::<usize>() <= MAX_FAST_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ips: &[&str], user_agents: &[&str], asns: &[u32]) -> ClientList {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        ClientList { ips: owned(ips), user_agents: owned(user_agents), asns: asns.to_vec() }
    }

    #[test]
    fn each_part_finds_its_clients() {
        let ips = ["192.0.2.7", "198.51.100.0/24", "2001:db8::/48"];
        let clients = Clients::compile(&list(&ips, &["BadBot/", "élan"], &[64512, 7])).unwrap();
        for ip in ["192.0.2.7", "198.51.100.255", "2001:db8:0:1::9"] {
            assert!(clients.has_ip(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["192.0.2.8", "198.51.101.0", "2001:db8:1::"] {
            assert!(!clients.has_ip(ip.parse().unwrap()), "{ip}");
        }
        for user_agent in ["x badbot/2", "BADBOT/", "ÉLAN 1"] {
            assert!(clients.has_user_agent(user_agent), "{user_agent}");
        }
        assert!(!clients.has_user_agent("badbot") && !clients.has_user_agent(""));
        assert!(clients.has_asn(7) && clients.has_asn(64512) && !clients.has_asn(0) && !clients.has_asn(8));
        assert!(clients.have("203.0.113.1".parse().unwrap(), "", 7));
        assert!(!clients.have("203.0.113.1".parse().unwrap(), "x", 9));
    }

    #[test]
    fn an_empty_list_has_nobody_and_zero_is_no_network() {
        let clients = Clients::compile(&list(&[], &[], &[0])).unwrap();
        assert!(!clients.have("192.0.2.7".parse().unwrap(), "", 0));
    }

    #[test]
    fn a_long_list_says_the_same() {
        let parts: Vec<String> = (0..ClientList::MAX_ENTRIES).map(|n| format!("Agent-{n:05}/")).collect();
        assert!(!is_short(&parts) && is_short(&parts[..1000]));
        let list = |parts: &[String]| ClientList { user_agents: parts.to_vec(), ..ClientList::default() };
        let (long, short) =
            (Clients::compile(&list(&parts)).unwrap(), Clients::compile(&list(&parts[..1000])).unwrap());
        for user_agent in ["x AGENT-00007/1", "agent-00999/", "agent-0100", ""] {
            assert_eq!(long.has_user_agent(user_agent), short.has_user_agent(user_agent), "{user_agent}");
        }
        assert!(long.has_user_agent("agent-09999/") && !short.has_user_agent("agent-09999/"));
    }

    #[test]
    fn what_central_should_not_have_let_pass_is_named() {
        let of = |list: ClientList| Clients::compile(&list).unwrap_err().0;
        assert_eq!(of(list(&["192.0.2.7", "x"], &[], &[])), "ips[1]");
        assert_eq!(of(list(&[], &["a", ""], &[])), "user_agents[1]");
    }
}
