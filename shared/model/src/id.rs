//! Identifiers. Entity ids are opaque strings (ULIDs when minted by central) behind newtypes, so
//! that a stream id cannot be passed for a campaign id. `Arc<str>` makes a clone free of allocation.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! entity_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }
        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", &self.0)
            }
        }
    };
}

entity_id!(
    /// A tenant. On every document, event and query from the first day.
    WorkspaceId
);
entity_id!(CampaignId);
entity_id!(StreamId);
entity_id!(DestinationId);
entity_id!(SourceId);
entity_id!(DomainId);
entity_id!(NetworkId);
entity_id!(PostbackTemplateId);
entity_id!(WebhookId);

/// The name an operator gives a node: 1 to 48 characters of `a-z`, `0-9` and `-`.
///
/// It is part of every event's identity and of Kafka headers, hence the narrow alphabet.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct NodeId(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a node id is 1 to {max} characters of a-z, 0-9 and '-', got {got:?}", max = NodeId::MAX_LEN)]
pub struct NodeIdError {
    pub got: String,
}

impl NodeId {
    pub const MAX_LEN: usize = 48;

    pub fn parse(id: &str) -> Result<Self, NodeIdError> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if id.is_empty() || id.len() > Self::MAX_LEN || !id.bytes().all(legal) {
            return Err(NodeIdError { got: id.chars().take(Self::MAX_LEN * 2).collect() });
        }
        Ok(Self(id.into()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for NodeId {
    type Err = NodeIdError;
    fn from_str(id: &str) -> Result<Self, NodeIdError> {
        Self::parse(id)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let id = String::deserialize(d)?;
        Self::parse(&id).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::NodeId;

    #[test]
    fn node_ids_are_narrow() {
        assert!(NodeId::parse("fra-1").is_ok());
        for bad in ["", "FRA", "a b", "a.b", "ä", &"x".repeat(49)] {
            assert!(NodeId::parse(bad).is_err(), "{bad:?} must be refused");
        }
    }
}
