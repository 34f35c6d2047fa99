//! Which stream takes a click.

use crate::{
    context::ClickContext,
    table::{CompiledCampaign, CompiledStream},
};

/// The first active stream, by position and then id, whose rules the click meets.
pub fn first_match<'t>(campaign: &'t CompiledCampaign, ctx: &ClickContext<'_>) -> Option<&'t CompiledStream> {
    campaign
        .active_streams()
        .iter()
        .map(AsRef::as_ref)
        .find(|stream: &&CompiledStream| stream.rules().matches(ctx))
}
