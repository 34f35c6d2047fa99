//! A change of one entity of the configuration: planned, kept beside the alert, carried out, and taken back.

use serde::{Deserialize, Serialize};
use traffoflex_model::{Campaign, Destination, Stream};
use utoipa::ToSchema;

use crate::catalog::entity::{Entity, Stored};

/// What an action comes to at one moment.
pub enum Plan {
    Notify(String),
    Edit(Box<Edit>),
    /// It is so already.
    Nothing(String),
    Impossible(Impossible),
}

/// Nothing that trying again would mend.
#[derive(Debug, thiserror::Error)]
pub enum Impossible {
    #[error("there is no such {0} any more")]
    Gone(&'static str),
    #[error("the alert is about no {0}, and the action names none")]
    NoneNamed(&'static str),
    #[error("{0}")]
    Invalid(&'static str),
}

/// An entity as it is, and as it is to be.
pub enum Edit {
    Destination(Edited<Destination>),
    Campaign(Edited<Campaign>),
    Stream(Edited<Stream>),
}

pub struct Edited<T> {
    pub before: Stored<T>,
    pub after: T,
    pub field: String,
    pub from: String,
    pub to: String,
}

impl<T: Entity> Edited<T> {
    /// # Errors
    /// An entity that is no JSON: there is none.
    pub fn change(&self, resource: ChangedResource) -> Result<Change, serde_json::Error> {
        Ok(Change {
            resource,
            id: self.before._id.clone(),
            revision: self.before.revision,
            name: self.before.entity.name().to_owned(),
            field: self.field.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            before: serde_json::to_string(&self.before.entity)?,
            after: serde_json::to_string(&self.after)?,
        })
    }
}

impl Edit {
    pub fn change(&self) -> Result<Change, serde_json::Error> {
        match self {
            Self::Destination(edited) => edited.change(ChangedResource::Destinations),
            Self::Campaign(edited) => edited.change(ChangedResource::Campaigns),
            Self::Stream(edited) => edited.change(ChangedResource::Streams),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangedResource {
    Destinations,
    Campaigns,
    Streams,
}

impl ChangedResource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Destinations => "destinations",
            Self::Campaigns => "campaigns",
            Self::Streams => "streams",
        }
    }
}

/// What an action changes, as it is kept with its alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub resource: ChangedResource,
    pub id: String,
    /// That it had before.
    pub revision: i64,
    pub name: String,
    pub field: String,
    pub from: String,
    pub to: String,
    /// The whole entity, as JSON.
    pub before: String,
    pub after: String,
}

impl Change {
    /// In words.
    pub fn what(&self) -> String {
        let Self { name, field, from, to, .. } = self;
        format!("{} {name:?}: {field} {from} -> {to}", self.resource.as_str().trim_end_matches('s'))
    }
}
