//! What is said of nodes that were asked. Where they listen, and why a call failed, is for the installation's admin;
//! for others a node has its place in the configured list as its name.

use traffoflex_wire::error_body::FieldError;

use crate::access::WorkspaceApp;

const FAILED: &str = "it could not be asked, or refused";

pub struct ShownNodes {
    is_open: bool,
    addresses: Vec<String>,
}

impl ShownNodes {
    pub fn of_traffic(app: &WorkspaceApp) -> Self {
        Self { is_open: app.caller.is_installation_admin, addresses: app.nodes.names() }
    }

    pub fn of_postbacks(app: &WorkspaceApp) -> Self {
        Self { is_open: app.caller.is_installation_admin, addresses: app.postback_nodes.names() }
    }

    pub fn name(&self, address: String) -> String {
        match self.place(&address) {
            Some(place) if !self.is_open => format!("node-{place}"),
            _ => address,
        }
    }

    pub fn failed(&self, why: String) -> String {
        if self.is_open { why } else { FAILED.to_owned() }
    }

    /// Lines that name a node; others stay.
    pub fn details(&self, details: Vec<FieldError>) -> Vec<FieldError> {
        let shown = |FieldError { field, error }| match self.place(&field) {
            Some(_) => FieldError { field: self.name(field), error: self.failed(error) },
            None => FieldError { field, error },
        };
        details.into_iter().map(shown).collect()
    }

    /// From 1 on.
    fn place(&self, address: &str) -> Option<usize> {
        self.addresses.iter().position(|known| known == address).map(|place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_for_the_installations_admin() {
        let of = |is_open| {
            let nodes = ShownNodes { is_open, addresses: vec!["http://a:1".into(), "http://b:2".into()] };
            let details = ["http://b:2", "rows"]
                .map(|field| FieldError { field: field.into(), error: "refused by 10.0.0.1".into() });
            let details = nodes.details(details.into());
            let [node, rows] = &details[..] else { panic!("{details:?}") };
            assert_eq!((&*rows.field, &*rows.error), ("rows", "refused by 10.0.0.1"));
            (node.field.clone(), node.error.clone())
        };
        assert_eq!(of(true), ("http://b:2".to_owned(), "refused by 10.0.0.1".to_owned()));
        assert_eq!(of(false), ("node-2".to_owned(), FAILED.to_owned()));
    }
}
