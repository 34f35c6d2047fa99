//! The file's form.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    admin::{
        affiliate_networks::AffiliateNetworkInput, campaigns::CampaignInput, crud::schema::Exported,
        destinations::DestinationInput, domains::DomainInput, postback_templates::PostbackTemplateInput,
        streams::StreamInput, traffic_sources::TrafficSourceInput, webhooks::WebhookInput,
        workspace::WorkspaceInput,
    },
    alerts::portable::AlertRuleInput,
    money::rates::portable::PortableRate,
    saved_views::SavedViewInput,
};

pub const FORMAT: &str = "traffoflex-workspace";
pub const VERSION: u32 = 1;

type ExportedCampaign = Exported<CampaignInput>;
type ExportedStream = Exported<StreamInput>;
type ExportedDestination = Exported<DestinationInput>;
type ExportedSource = Exported<TrafficSourceInput>;
type ExportedNetwork = Exported<AffiliateNetworkInput>;
type ExportedTemplate = Exported<PostbackTemplateInput>;
type ExportedDomain = Exported<DomainInput>;
type ExportedWebhook = Exported<WebhookInput>;
type ExportedRule = Exported<AlertRuleInput>;
type ExportedView = Exported<SavedViewInput>;

/// The configuration of a workspace: each thing as it would be sent to the API, and its id.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceFile {
    /// `traffoflex-workspace`.
    pub format: String,
    /// 1.
    pub version: u32,
    #[schema(format = DateTime)]
    pub exported_at: String,
    #[schema(value_type = WorkspaceInput)]
    pub workspace: Value,
    #[schema(value_type = Vec<ExportedSource>)]
    pub sources: Vec<Value>,
    #[schema(value_type = Vec<ExportedDomain>)]
    pub domains: Vec<Value>,
    #[schema(value_type = Vec<ExportedTemplate>)]
    pub templates: Vec<Value>,
    #[schema(value_type = Vec<ExportedNetwork>)]
    pub networks: Vec<Value>,
    #[schema(value_type = Vec<ExportedWebhook>)]
    pub webhooks: Vec<Value>,
    #[schema(value_type = Vec<ExportedDestination>)]
    pub destinations: Vec<Value>,
    #[schema(value_type = Vec<ExportedCampaign>)]
    pub campaigns: Vec<Value>,
    #[schema(value_type = Vec<ExportedStream>)]
    pub streams: Vec<Value>,
    pub rates: Vec<PortableRate>,
    #[schema(value_type = Vec<ExportedRule>)]
    pub alert_rules: Vec<Value>,
    /// The shared ones.
    #[schema(value_type = Vec<ExportedView>)]
    pub saved_views: Vec<Value>,
}

/// A file as it comes; what a list holds is read item by item, so that each error has its path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncomingFile {
    pub format: String,
    pub version: u32,
    #[serde(default, rename = "exported_at")]
    _exported_at: Option<String>,
    /// None: it stays as it is.
    #[serde(default)]
    pub workspace: Option<Value>,
    #[serde(default)]
    pub sources: Vec<Value>,
    #[serde(default)]
    pub domains: Vec<Value>,
    #[serde(default)]
    pub templates: Vec<Value>,
    #[serde(default)]
    pub networks: Vec<Value>,
    #[serde(default)]
    pub webhooks: Vec<Value>,
    #[serde(default)]
    pub destinations: Vec<Value>,
    #[serde(default)]
    pub campaigns: Vec<Value>,
    #[serde(default)]
    pub streams: Vec<Value>,
    #[serde(default)]
    pub rates: Vec<Value>,
    #[serde(default)]
    pub alert_rules: Vec<Value>,
    #[serde(default)]
    pub saved_views: Vec<Value>,
}
