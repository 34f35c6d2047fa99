//! Which stream takes a click.

use crate::{
    context::ClickContext,
    table::{CompiledCampaign, CompiledStream},
};

/// The first active stream whose rules the click meets: forced ones before regular ones before default
/// ones, each by position and then id.
pub fn first_match<'t>(campaign: &'t CompiledCampaign, ctx: &ClickContext<'_>) -> Option<&'t CompiledStream> {
    campaign
        .active_streams()
        .iter()
        .map(AsRef::as_ref)
        .find(|stream: &&CompiledStream| stream.rules().matches(ctx))
}
