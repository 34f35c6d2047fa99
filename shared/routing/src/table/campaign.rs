//! A campaign with its streams, ready for a decision.

use std::sync::Arc;

use traffoflex_model::{
    BestRoi, BotPolicy, Campaign, CampaignId, Currency, DestinationId, DomainId, GeoRule, LinkPolicy,
    SourceId, Status, Strategy, Stream, StreamId, StreamKind, Target, UniquePolicy, UserKey, WorkspaceId,
};

use super::TableError;
use crate::rule::CompiledRule;

#[derive(Debug)]
pub struct CompiledCampaign {
    head: Campaign,
    /// Active ones first, in the order they are tried; the others are kept for the next delta.
    streams: Box<[Arc<CompiledStream>]>,
    active_streams: usize,
}

#[derive(Debug)]
pub struct CompiledStream {
    id: StreamId,
    campaign_id: CampaignId,
    position: u32,
    status: Status,
    rules: CompiledRule,
    strategy: Strategy,
    targets: Box<[Target]>,
    kind: StreamKind,
    landings: Box<[Target]>,
    sticky: Option<UserKey>,
    best_roi: BestRoi,
    unique_policy: Option<UniquePolicy>,
}

impl CompiledCampaign {
    pub(super) fn new(head: Campaign, mut streams: Vec<Arc<CompiledStream>>) -> Self {
        streams.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
        let active_streams = streams.partition_point(|stream| stream.status == Status::Active);
        Self { head, streams: streams.into(), active_streams }
    }

    pub fn id(&self) -> &CampaignId {
        &self.head.id
    }

    pub fn workspace_id(&self) -> &WorkspaceId {
        &self.head.workspace_id
    }

    pub fn slug(&self) -> &str {
        &self.head.slug
    }

    pub fn public_id(&self) -> &str {
        &self.head.public_id
    }

    pub fn name(&self) -> &str {
        &self.head.name
    }

    pub fn currency(&self) -> Currency {
        self.head.currency
    }

    /// The source of clicks that name none.
    pub fn source_id(&self) -> Option<&SourceId> {
        self.head.source_id.as_ref()
    }

    /// A campaign that is not active is not found.
    pub fn is_active(&self) -> bool {
        self.head.status == Status::Active
    }

    pub fn trafficback_destination_id(&self) -> Option<&DestinationId> {
        self.head.trafficback_destination_id.as_ref()
    }

    pub fn fallback_destination_id(&self) -> Option<&DestinationId> {
        self.head.fallback_destination_id.as_ref()
    }

    pub fn geo(&self) -> &GeoRule {
        &self.head.geo
    }

    pub fn bot_policy(&self) -> BotPolicy {
        self.head.bot_policy
    }

    pub fn unique_window_hours(&self) -> u32 {
        self.head.unique_window_hours
    }

    pub fn duplicate_window_seconds(&self) -> u32 {
        self.head.duplicate_window_seconds
    }

    /// None: it answers on every host of the node.
    pub fn domain_ids(&self) -> &[DomainId] {
        &self.head.domain_ids
    }

    /// 0: a conversion counts however old its click is.
    pub fn attribution_window_hours(&self) -> u32 {
        self.head.attribution_window_hours
    }

    pub fn link_policy(&self) -> LinkPolicy {
        self.head.link_policy
    }

    /// In the order they are tried: forced ones, then regular ones, then default ones.
    pub fn active_streams(&self) -> &[Arc<CompiledStream>] {
        &self.streams[..self.active_streams]
    }

    pub(super) fn head(&self) -> &Campaign {
        &self.head
    }

    pub(super) fn streams(&self) -> &[Arc<CompiledStream>] {
        &self.streams
    }
}

impl CompiledStream {
    pub(super) fn compile(stream: &Stream) -> Result<Self, TableError> {
        let rules = CompiledRule::compile(&stream.rules).map_err(|error| TableError::Entity {
            kind: "stream",
            id: stream.id.to_string(),
            field: format!("rules.{}", error.path),
            message: error.message,
        })?;
        Ok(Self {
            id: stream.id.clone(),
            campaign_id: stream.campaign_id.clone(),
            position: stream.position,
            status: stream.status,
            rules,
            strategy: stream.strategy,
            targets: stream.targets.as_slice().into(),
            kind: stream.kind,
            landings: stream.landings.as_slice().into(),
            sticky: stream.sticky.clone(),
            best_roi: stream.best_roi,
            unique_policy: stream.unique_policy.clone(),
        })
    }

    pub fn id(&self) -> &StreamId {
        &self.id
    }

    pub fn rules(&self) -> &CompiledRule {
        &self.rules
    }

    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    pub fn kind(&self) -> StreamKind {
        self.kind
    }

    /// Landing pages before the targets; none: clicks go to a target at once.
    pub fn landings(&self) -> &[Target] {
        &self.landings
    }

    /// What keeps a user's clicks together, for `weighted`.
    pub fn sticky(&self) -> Option<&UserKey> {
        self.sticky.as_ref()
    }

    pub fn best_roi(&self) -> &BestRoi {
        &self.best_roi
    }

    pub fn unique_policy(&self) -> Option<&UniquePolicy> {
        self.unique_policy.as_ref()
    }

    pub(super) fn campaign_id(&self) -> &CampaignId {
        &self.campaign_id
    }

    fn order(&self) -> (bool, StreamKind, u32, &str) {
        (self.status != Status::Active, self.kind, self.position, &self.id)
    }
}
