//! The types every TraffoFlex process agrees on: entities of the configuration, the snapshot that
//! carries them to the nodes, and the events that travel back.
//!
//! No behaviour beyond parsing and formatting lives here, and no I/O. All types serialise the same
//! way to JSON, BSON and bincode: no `untagged`, `flatten` or `skip_serializing_if`, which bincode
//! (not self-describing) cannot read back.

mod campaign;
mod destination;
mod event;
mod id;
mod money;
mod rule;
mod snapshot;
mod source;
mod stream;

pub use campaign::{Campaign, Status};
pub use destination::{Destination, DestinationKind, RedirectType};
pub use event::{
    ClickDecision, ClickEvent, DropReason, NodeGapEvent, QueryPairs, TrafficbackEvent, TrafficbackReason,
};
pub use id::{CampaignId, DestinationId, NodeId, NodeIdError, SourceId, StreamId, WorkspaceId};
pub use money::{Currency, CurrencyError, Money, decimal_str};
pub use rule::{Condition, FieldKind, NamedField, Operator, RuleField, RuleNode, ValueCount};
pub use snapshot::{ClickIdKey, Entities, EntityRef, NodeSettings, Snapshot, SnapshotDelta, Workspace};
pub use source::TrafficSource;
pub use stream::{Strategy, Stream, Target};
