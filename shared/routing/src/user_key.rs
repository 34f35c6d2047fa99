//! The user behind a click, as a hash: for sticky targets and for anti-repeat.

use traffoflex_model::{DestinationId, RuleField, UserKey, WorkspaceId};
use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::{context::ClickContext, rule::with_text, runtime::Visit};

/// One user of a workspace. Hashes of different kinds of keys never mean the same user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct User(u64);

impl User {
    /// None when the click does not carry what tells users apart.
    pub fn of(key: &UserKey, workspace: &WorkspaceId, ctx: &ClickContext<'_>) -> Option<Self> {
        match key {
            UserKey::Visitor if ctx.ip.is_empty() => None,
            UserKey::Visitor => Some(Self::hash(workspace, "visitor", &[ctx.ip, ctx.user_agent])),
            UserKey::SourceClickId if ctx.source_click_id.is_empty() => None,
            UserKey::SourceClickId => Some(Self::hash(workspace, "source_click_id", &[ctx.source_click_id])),
            UserKey::Field(field) => with_text(field, ctx, |text| {
                let name = match field {
                    RuleField::Named(named) => named.as_str(),
                    RuleField::Sub(n) => return Self::numbered(workspace, *n, text),
                    RuleField::Query(name) => name,
                };
                (!text.is_empty()).then(|| Self::hash(workspace, name, &[text]))
            }),
        }
    }

    fn numbered(workspace: &WorkspaceId, number: u8, text: &str) -> Option<Self> {
        let name = [number];
        let name = std::str::from_utf8(&name).unwrap_or_default();
        (!text.is_empty()).then(|| Self::hash(workspace, name, &[text]))
    }

    fn hash(workspace: &WorkspaceId, name: &str, values: &[&str]) -> Self {
        let mut hasher = Xxh3::new();
        for part in [workspace.as_str(), name].iter().chain(values) {
            hasher.update(&(part.len() as u32).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(hasher.digest())
    }

    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub fn bits(self) -> u64 {
        self.0
    }

    pub fn at(self, destination: &DestinationId) -> Visit {
        Visit(xxh3_64_with_seed(destination.as_bytes(), self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_workspaces_and_values_are_told_apart() {
        let mut subs = [""; 10];
        (subs[0], subs[1]) = ("x", "x");
        let ctx = ClickContext { ip: "1.2.3.4", user_agent: "x", subs, ..Default::default() };
        let of = |key: &str, workspace: &str| User::of(&key.parse().unwrap(), &workspace.into(), &ctx);
        assert_eq!(of("sub1", "w"), of("sub1", "w"));
        let different =
            [of("sub1", "w"), of("sub2", "w"), of("sub1", "v"), of("user_agent", "w"), of("visitor", "w")];
        for (i, one) in different.iter().enumerate() {
            assert!(one.is_some() && !different[..i].contains(one), "{i}");
        }
        assert_eq!(of("sub3", "w"), None);
        assert_eq!(of("source_click_id", "w"), None);
        let user = of("sub1", "w").unwrap();
        assert_ne!(user.at(&"a".into()), user.at(&"b".into()));
    }
}
