//! What can be watched: a closed list, a file each.

mod cap_nearly_reached;
mod conversion_rate_drop;
mod cost_above;
mod destination_unhealthy;
mod earnings;
mod late_conversions;
mod node_silent;
mod outbox_growing;
mod roi_below;

use cap_nearly_reached::CapNearlyReached;
use conversion_rate_drop::ConversionRateDrop;
use cost_above::CostAbove;
use destination_unhealthy::DestinationUnhealthy;
use node_silent::NodeSilent;
use outbox_growing::OutboxGrowing;
use roi_below::RoiBelow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use traffoflex_model::{Campaign, Destination};
use utoipa::ToSchema;

use crate::{
    access::WorkspaceApp,
    admin::{input, validate::Errors},
    app::App,
    catalog::entity::Entity,
    error::ApiError,
    runtime_feed::RuntimeFeedError,
    warehouse::WarehouseError,
};

/// Limits of one query of a condition. Seconds, bytes.
const LIMITS: [(&str, &str); 3] = [
    ("max_execution_time", "20"),
    ("max_memory_usage", "2000000000"),
    ("do_not_merge_across_partitions_select_final", "1"),
];
/// Longest window that a condition looks at, in minutes: 35 days.
const MAX_WINDOW_MINUTES: u32 = 35 * 24 * 60;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = AlertCondition)]
pub enum Condition {
    CapNearlyReached(CapNearlyReached),
    ConversionRateDrop(ConversionRateDrop),
    DestinationUnhealthy(DestinationUnhealthy),
    NodeSilent(NodeSilent),
    OutboxGrowing(OutboxGrowing),
    CostAbove(CostAbove),
    RoiBelow(RoiBelow),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// All of the workspace together.
    Workspace,
    Campaign,
    Destination,
    Node,
}

/// What a measurement is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: String,
    pub name: String,
    /// Which of several things of the same id: a destination's cap, as metric and window.
    pub part: String,
}

impl Subject {
    fn of(kind: SubjectKind, id: &str, name: &str) -> Self {
        Self { kind, id: id.to_owned(), name: name.to_owned(), part: String::new() }
    }

    /// Unique among the subjects of a rule.
    pub fn key(&self) -> String {
        format!("{:?}:{}:{}", self.kind, self.id, self.part)
    }
}

/// A number that a condition rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measured {
    pub name: String,
    /// A decimal string, a time or a word; null when it is an amount that the caller may not see, or is not known.
    pub value: Option<String>,
    pub is_money: bool,
}

impl Measured {
    fn plain(name: &str, value: impl ToString) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_string()), is_money: false }
    }

    fn money(name: &str, value: impl ToString) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_string()), is_money: true }
    }

    pub fn masked(mut self, masks_money: bool) -> Self {
        if masks_money && self.is_money {
            self.value = None;
        }
        self
    }
}

/// How a subject stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub subject: Subject,
    /// The condition holds.
    pub holds: bool,
    pub values: Vec<Measured>,
}

/// It could not be measured: nothing follows from that.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error("mongodb: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error("clickhouse: {0}")]
    Warehouse(#[from] WarehouseError),
    #[error("{0}")]
    Feed(#[from] RuntimeFeedError),
    #[error("{0}")]
    NotYet(&'static str),
    #[error("it took longer than {0} s")]
    TooSlow(u64),
}

impl MeasureError {
    /// For clients: nothing of the inside.
    pub fn public(&self) -> &'static str {
        match self {
            Self::Mongo(_) => "MongoDB did not answer",
            Self::Warehouse(_) | Self::Feed(_) => "ClickHouse did not answer",
            Self::NotYet(why) => why,
            Self::TooSlow(_) => "the measurement took too long",
        }
    }
}

/// Where and when it is measured.
pub struct Scene<'a> {
    pub app: &'a App,
    pub workspace_id: &'a str,
    pub now_ms: i64,
}

impl Condition {
    /// From what a client sent, with the path of what is wrong.
    pub fn read(value: Value) -> Result<Self, ApiError> {
        let (kind, rest) = take_kind(value, "condition")?;
        let read = match kind.as_str() {
            "cap_nearly_reached" => input::read(rest).map(Self::CapNearlyReached),
            "conversion_rate_drop" => input::read(rest).map(Self::ConversionRateDrop),
            "destination_unhealthy" => input::read(rest).map(Self::DestinationUnhealthy),
            "node_silent" => input::read(rest).map(Self::NodeSilent),
            "outbox_growing" => input::read(rest).map(Self::OutboxGrowing),
            "cost_above" => input::read(rest).map(Self::CostAbove),
            "roi_below" => input::read(rest).map(Self::RoiBelow),
            _ => return Err(ApiError::field("condition.kind", "no such condition")),
        };
        read.map_err(|error| below(error, "condition"))
    }

    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        errors.below("condition");
        let checked = match self {
            Self::CapNearlyReached(condition) => condition.check(app, errors).await,
            Self::ConversionRateDrop(condition) => condition.check(app, errors).await,
            Self::DestinationUnhealthy(condition) => condition.check(app, errors).await,
            Self::CostAbove(condition) => condition.check(app, errors).await,
            Self::RoiBelow(condition) => condition.check(app, errors).await,
            Self::NodeSilent(condition) => {
                condition.check(errors);
                Ok(())
            }
            Self::OutboxGrowing(condition) => {
                condition.check(errors);
                Ok(())
            }
        };
        errors.below("");
        checked
    }

    /// Every subject that can be measured now.
    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        match self {
            Self::CapNearlyReached(condition) => condition.measure(scene).await,
            Self::ConversionRateDrop(condition) => condition.measure(scene).await,
            Self::DestinationUnhealthy(condition) => condition.measure(scene).await,
            Self::NodeSilent(condition) => condition.measure(scene).await,
            Self::OutboxGrowing(condition) => condition.measure(scene).await,
            Self::CostAbove(condition) => condition.measure(scene).await,
            Self::RoiBelow(condition) => condition.measure(scene).await,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::CapNearlyReached(_) => "cap_nearly_reached",
            Self::ConversionRateDrop(_) => "conversion_rate_drop",
            Self::DestinationUnhealthy(_) => "destination_unhealthy",
            Self::NodeSilent(_) => "node_silent",
            Self::OutboxGrowing(_) => "outbox_growing",
            Self::CostAbove(_) => "cost_above",
            Self::RoiBelow(_) => "roi_below",
        }
    }

    /// Of what kind each subject is.
    pub fn subject_kind(&self) -> SubjectKind {
        let of = |campaign: &Option<String>, each: bool| match (campaign, each) {
            (None, false) => SubjectKind::Workspace,
            _ => SubjectKind::Campaign,
        };
        match self {
            Self::CapNearlyReached(_) | Self::DestinationUnhealthy(_) => SubjectKind::Destination,
            Self::NodeSilent(_) | Self::OutboxGrowing(_) => SubjectKind::Node,
            Self::ConversionRateDrop(condition) => of(&condition.campaign_id, condition.each_campaign),
            Self::CostAbove(condition) => of(&condition.campaign_id, condition.each_campaign),
            Self::RoiBelow(condition) => of(&condition.campaign_id, condition.each_campaign),
        }
    }

    /// It tells of amounts by holding or not.
    pub fn is_about_money(&self) -> bool {
        matches!(self, Self::CostAbove(_) | Self::RoiBelow(_))
    }

    /// Takes amounts out.
    pub fn mask(&mut self) {
        match self {
            Self::CostAbove(condition) => condition.amount = None,
            Self::RoiBelow(condition) => {
                condition.roi_percent = None;
                condition.min_cost = None;
            }
            _ => {}
        }
    }
}

/// The `kind` of a tagged object, and the rest of it.
pub(super) fn take_kind(mut value: Value, path: &str) -> Result<(String, Value), ApiError> {
    let Some(object) = value.as_object_mut() else { return Err(ApiError::field(path, "expected an object")) };
    match object.remove("kind") {
        Some(Value::String(kind)) => Ok((kind, value)),
        Some(_) => Err(ApiError::field(format!("{path}.kind"), "expected a string")),
        None => Err(ApiError::field(format!("{path}.kind"), "required")),
    }
}

/// The same error with its fields below a path.
pub(super) fn below(error: ApiError, path: &str) -> ApiError {
    let ApiError::Validation(mut details) = error else { return error };
    for detail in &mut details {
        detail.field =
            if detail.field == "body" { path.to_owned() } else { format!("{path}.{}", detail.field) };
    }
    ApiError::Validation(details)
}

/// A named entity must be of the workspace.
async fn check_named<T: Entity>(
    app: &WorkspaceApp,
    errors: &mut Errors,
    field: &str,
    id: Option<&str>,
) -> Result<(), ApiError> {
    if let Some(id) = id
        && !errors.comes::<T>(id)
        && app.catalog.get::<T>(&app.workspace_id, id).await?.is_none()
    {
        errors.add(field, "there is no such thing");
    }
    Ok(())
}

async fn check_campaign(
    app: &WorkspaceApp,
    errors: &mut Errors,
    id: Option<&str>,
    each: bool,
) -> Result<(), ApiError> {
    if id.is_some() && each {
        errors.add("each_campaign", "either this or campaign_id");
    }
    check_named::<Campaign>(app, errors, "campaign_id", id).await
}

async fn check_destination(
    app: &WorkspaceApp,
    errors: &mut Errors,
    id: Option<&str>,
) -> Result<(), ApiError> {
    check_named::<Destination>(app, errors, "destination_id", id).await
}

fn check_minutes(errors: &mut Errors, field: &str, minutes: u32) {
    if !(1..=MAX_WINDOW_MINUTES).contains(&minutes) {
        errors.add(field, format!("1 to {MAX_WINDOW_MINUTES}"));
    }
}

/// By their ids, as they are published; the workspace itself by none.
async fn campaign_names(scene: &Scene<'_>) -> std::collections::HashMap<String, String> {
    let of_workspace = |view: &crate::snapshot::publish::PublishedView<'_>| {
        let all = view.state.campaigns.values();
        let own = all.filter(|campaign| campaign.workspace_id.as_str() == scene.workspace_id);
        own.map(|campaign| (campaign.id.to_string(), campaign.name.clone())).collect()
    };
    scene.app.publisher.inspect(|view| of_workspace(view)).await
}
