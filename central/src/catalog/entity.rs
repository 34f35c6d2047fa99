//! A document: the entity, and what only the database and the API know of it.

use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use traffoflex_model::{
    AffiliateNetwork, Campaign, Destination, Domain, EntityRef, PostbackTemplate, Stream, TrafficSource,
    Webhook, Workspace,
};

/// What the catalogue keeps.
pub trait Entity: Serialize + DeserializeOwned + Clone + PartialEq + Unpin + Send + Sync + 'static {
    const COLLECTION: &'static str;
    /// The field that names the workspace it belongs to.
    const WORKSPACE: &'static str = "workspace_id";
    fn id(&self) -> &str;
    fn workspace_id(&self) -> &str;
    fn name(&self) -> &str;
    fn reference(id: &str) -> EntityRef;
}

macro_rules! entity {
    ($type:ty, $collection:literal, $reference:ident) => {
        impl Entity for $type {
            const COLLECTION: &'static str = $collection;
            fn id(&self) -> &str {
                &self.id
            }
            fn workspace_id(&self) -> &str {
                &self.workspace_id
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn reference(id: &str) -> EntityRef {
                EntityRef::$reference(id.into())
            }
        }
    };
}

entity!(Campaign, "campaigns", Campaign);
entity!(Stream, "streams", Stream);
entity!(Destination, "destinations", Destination);
entity!(TrafficSource, "traffic_sources", Source);
entity!(AffiliateNetwork, "affiliate_networks", Network);
entity!(PostbackTemplate, "postback_templates", PostbackTemplate);
entity!(Webhook, "webhooks", Webhook);

impl Entity for Domain {
    const COLLECTION: &'static str = "domains";
    fn id(&self) -> &str {
        &self.id
    }
    fn workspace_id(&self) -> &str {
        &self.workspace_id
    }
    fn name(&self) -> &str {
        &self.host
    }
    fn reference(id: &str) -> EntityRef {
        EntityRef::Domain(id.into())
    }
}

impl Entity for Workspace {
    const COLLECTION: &'static str = "workspaces";
    const WORKSPACE: &'static str = "id";
    fn id(&self) -> &str {
        &self.id
    }
    fn workspace_id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn reference(id: &str) -> EntityRef {
        EntityRef::Workspace(id.into())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored<T> {
    pub _id: String,
    /// From 1, one higher with every write.
    pub revision: i64,
    pub created_at: DateTime,
    pub updated_at: DateTime,
    #[serde(flatten)]
    pub entity: T,
}

impl<T: Entity> Stored<T> {
    pub fn new(entity: T, now: DateTime) -> Self {
        Self { _id: entity.id().to_owned(), revision: 1, created_at: now, updated_at: now, entity }
    }
}
