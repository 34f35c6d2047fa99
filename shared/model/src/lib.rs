//! The types every TraffoFlex process agrees on: entities of the configuration, the snapshot that
//! carries them to the nodes, and the events that travel back.
//!
//! No behaviour beyond parsing and formatting lives here, and no I/O. All types serialise the same
//! way to JSON, BSON and bincode: no `untagged`, `flatten` or `skip_serializing_if`, which bincode
//! (not self-describing) cannot read back.

mod bot;
mod campaign;
mod cap;
mod conversion;
mod destination;
mod domain;
mod event;
mod geo;
mod id;
mod lease;
mod money;
mod network;
mod postback_event;
mod rule;
mod schedule;
mod snapshot;
mod source;
mod stream;
#[cfg(feature = "openapi")]
mod text_schema;
mod user_key;
mod webhook;
mod workspace;

pub use bot::{BotReason, BotReasons};
pub use campaign::{BotPolicy, Campaign, LinkPolicy, LinkRefusal, Status};
pub use cap::{Cap, CapMetric, units};
pub use conversion::{
    Attribution, Claim, ClaimKind, ClaimOutcome, Claimed, ConversionClick, ConversionState, ConversionStatus,
    FoundClick, optional_decimal,
};
pub use destination::{Destination, DestinationKind, Health, HealthCheck, RedirectType};
pub use domain::Domain;
pub use event::{
    ClickDecision, ClickEvent, DestinationHealthEvent, DropReason, NodeGapEvent, QueryPairs,
    TrafficbackEvent, TrafficbackReason,
};
pub use geo::GeoRule;
pub use id::{
    CampaignId, DestinationId, DomainId, NetworkId, NodeId, NodeIdError, PostbackTemplateId, SourceId,
    StreamId, WebhookId, WorkspaceId,
};
pub use lease::{CapAsk, CapGrant};
pub use money::{Currency, CurrencyError, Money, decimal_str};
pub use network::{
    AffiliateNetwork, DuplicateMode, FieldNames, PostbackField, PostbackTemplate, SecretHash, StatusWord,
};
pub use postback_event::{ConversionEvent, PostbackDirection, PostbackLogEvent};
pub use rule::{Condition, FieldKind, NamedField, Operator, RuleField, RuleNode, ValueCount};
pub use schedule::{Schedule, ScheduleWindow, TimeOfDay, TimeOfDayError, Weekday};
pub use snapshot::{ClickIdKey, Entities, EntityRef, LinkKey, NodeSettings, Snapshot, SnapshotDelta};
pub use source::{BodyType, PostbackMethod, SourcePostback, TrafficSource};
pub use stream::{BestRoi, ExhaustedMode, Strategy, Stream, StreamKind, Target, UniquePolicy};
pub use user_key::{UserKey, UserKeyError};
pub use webhook::{Webhook, WebhookEvent};
pub use workspace::{ClientList, Workspace};
