//! Entries as a client names them, and what they do to a list.

use std::{collections::HashSet, hash::Hash, net::IpAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use traffoflex_model::ClientList;
use utoipa::ToSchema;

use super::BotList;
use crate::{admin::validate::Errors, error::ApiError};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotListEntries {
    list: BotList,
    /// Addresses and CIDRs.
    #[serde(default)]
    ips: Vec<String>,
    /// Parts of a User-Agent.
    #[serde(default)]
    user_agents: Vec<String>,
    /// Numbers of autonomous systems.
    #[serde(default)]
    asns: Vec<u32>,
    /// Lines of text or CSV: an address, a CIDR, `AS` and a number, or a part of a User-Agent.
    #[serde(default)]
    text: Option<String>,
}

impl BotListEntries {
    /// What is wrong in a line is named by `text[i]`, from 0.
    pub fn check(self) -> Result<(BotList, ClientList), ApiError> {
        let mut errors = Errors::default();
        let mut named = ClientList { ips: self.ips, user_agents: self.user_agents, asns: self.asns };
        // Their paths are those of this body.
        let mut own = Errors::default();
        own.clients("", &named);
        if let Err(ApiError::Validation(found)) = own.finish() {
            for error in found {
                errors.add(error.field.trim_start_matches('.'), error.error);
            }
        }
        for (i, line) in self.text.iter().flat_map(|text| text.lines()).enumerate() {
            if let Err(error) = read_line(line, &mut named) {
                errors.add(&format!("text[{i}]"), error);
            }
        }
        errors.finish()?;
        if named == ClientList::default() {
            return Err(ApiError::field("ips", "at least one entry, here or in user_agents, asns or text"));
        }
        Ok((self.list, named))
    }
}

fn read_line(line: &str, named: &mut ClientList) -> Result<(), String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    let (kind, value) = match line.split_once(',') {
        Some((kind, value)) => (kind.trim().to_ascii_lowercase(), value.trim().trim_matches('"')),
        None => (String::new(), line),
    };
    match kind.as_str() {
        "ip" | "cidr" if is_address(value) => named.ips.push(value.to_owned()),
        "ip" | "cidr" => return Err("an address or a CIDR, for example 192.0.2.0/24".into()),
        "asn" => named.asns.push(asn(value).ok_or("the number of an autonomous system")?),
        "user_agent" => named.user_agents.push(user_agent(value)?),
        _ if is_address(line) => named.ips.push(line.to_owned()),
        _ => match line.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).and_then(|_| asn(line)) {
            Some(number) => named.asns.push(number),
            // A number or half an address would never be found in a User-Agent, and was not meant as one.
            None if line.chars().all(|c| c.is_ascii_digit() || ".:/".contains(c)) => {
                return Err("neither an address nor a CIDR; a network's number has AS in front".into());
            }
            None => named.user_agents.push(user_agent(line)?),
        },
    }
    Ok(())
}

fn is_address(text: &str) -> bool {
    text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok()
}

fn asn(text: &str) -> Option<u32> {
    let number = match text.get(..2) {
        Some(start) if start.eq_ignore_ascii_case("as") => &text[2..],
        _ => text,
    };
    number.trim().parse().ok()
}

fn user_agent(text: &str) -> Result<String, String> {
    let max = ClientList::MAX_USER_AGENT_BYTES;
    if text.is_empty() || text.len() > max {
        return Err(format!("1 to {max} bytes of a User-Agent"));
    }
    Ok(text.to_owned())
}

/// How many were not there before.
pub fn add(list: &mut ClientList, named: &ClientList) -> usize {
    add_to(&mut list.ips, &named.ips)
        + add_to(&mut list.user_agents, &named.user_agents)
        + add_to(&mut list.asns, &named.asns)
}

fn add_to<T: Clone + Eq + Hash>(list: &mut Vec<T>, named: &[T]) -> usize {
    let mut known: HashSet<T> = list.iter().cloned().collect();
    let before = list.len();
    list.extend(named.iter().filter(|entry| known.insert((*entry).clone())).cloned());
    list.len() - before
}

/// How many were there.
pub fn remove(list: &mut ClientList, named: &ClientList) -> usize {
    remove_from(&mut list.ips, &named.ips)
        + remove_from(&mut list.user_agents, &named.user_agents)
        + remove_from(&mut list.asns, &named.asns)
}

fn remove_from<T: Eq + Hash>(list: &mut Vec<T>, named: &[T]) -> usize {
    let named: HashSet<&T> = named.iter().collect();
    let before = list.len();
    list.retain(|entry| !named.contains(entry));
    before - list.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(text: &str) -> Result<ClientList, ApiError> {
        let text = Some(text.to_owned());
        let (list, ips) = (BotList::Bots, Vec::new());
        BotListEntries { list, ips, user_agents: Vec::new(), asns: Vec::new(), text }
            .check()
            .map(|(_, named)| named)
    }

    #[test]
    fn a_line_says_what_it_is() {
        let text = "# known\n192.0.2.0/24\n2001:db8::1\nAS64500\n\nas64501\nGooglebot\n\
            ip,192.0.2.1\nasn,64502\nASN, AS64503\nuser_agent,\"Foo, bar\"\nKHTML, like Gecko";
        let named = of_text(text).unwrap();
        assert_eq!(named.ips, ["192.0.2.0/24", "2001:db8::1", "192.0.2.1"]);
        assert_eq!(named.asns, [64500, 64501, 64502, 64503]);
        assert_eq!(named.user_agents, ["Googlebot", "Foo, bar", "KHTML, like Gecko"]);
    }

    #[test]
    fn every_wrong_line_is_named() {
        let wrong = of_text("Googlebot\n192.0.2.0/33\n64500\nip,nowhere\nasn,x\nuser_agent,");
        let Err(ApiError::Validation(found)) = wrong else { panic!("{wrong:?}") };
        let fields: Vec<&str> = found.iter().map(|found| found.field.as_str()).collect();
        assert_eq!(fields, ["text[1]", "text[2]", "text[3]", "text[4]", "text[5]"]);
        assert!(of_text("# nothing\n").is_err());
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        let mut list = ClientList { asns: vec![1, 2], ..ClientList::default() };
        let named =
            ClientList { asns: vec![2, 3, 3], ips: vec!["192.0.2.1".into()], ..ClientList::default() };
        assert_eq!(add(&mut list, &named), 2);
        assert_eq!(list.asns, [1, 2, 3]);
        assert_eq!(remove(&mut list, &named), 3);
        assert_eq!((list.asns, list.ips.len()), (vec![1], 0));
    }
}
