//! From a click to where it goes: the one entry of routing.

use traffoflex_model::{ClickDecision, DestinationId, Strategy, Target, TrafficbackReason};

use crate::{
    context::ClickContext,
    strategy::{waterfall, weighted},
    stream_match::first_match,
    table::{CompiledCampaign, CompiledDestination, CompiledStream, RoutingTable},
};

/// Where a click goes. The destination is none exactly when the decision is `NoRoute`; the
/// rejection is none exactly when it is `Routed`.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'t> {
    pub decision: ClickDecision,
    /// The stream that took the click, even if it could not serve it.
    pub stream: Option<&'t CompiledStream>,
    pub destination: Option<&'t CompiledDestination>,
    pub rejection: Option<TrafficbackReason>,
}

/// Routes one click: the first matching stream, one of its usable targets, else trafficback, else
/// the campaign's fallback, else nowhere. `entropy` is 64 evenly distributed bits.
pub fn decide<'t>(
    table: &'t RoutingTable,
    campaign: &'t CompiledCampaign,
    ctx: &ClickContext<'_>,
    entropy: u64,
) -> Decision<'t> {
    let stream = first_match(campaign, ctx);
    let picked = match stream {
        Some(stream) => pick_target(table, stream, entropy),
        None => Err(TrafficbackReason::NoMatchingStream),
    };
    match picked {
        Ok(destination) => Decision {
            decision: ClickDecision::Routed,
            stream,
            destination: Some(destination),
            rejection: None,
        },
        Err(reason) => rejected(table, campaign, stream, reason),
    }
}

/// Why a target takes no traffic now; none when it does.
pub fn unusable(table: &RoutingTable, target: &Target) -> Option<TrafficbackReason> {
    match table.destination(&target.destination_id) {
        None => Some(TrafficbackReason::NoDestinationAvailable),
        Some(destination) if !destination.is_active() => Some(TrafficbackReason::DestinationDisabled),
        Some(_) => (target.weight == 0).then_some(TrafficbackReason::NoDestinationAvailable),
    }
}

fn pick_target<'t>(
    table: &'t RoutingTable,
    stream: &CompiledStream,
    entropy: u64,
) -> Result<&'t CompiledDestination, TrafficbackReason> {
    let targets = stream.targets();
    let usable = |id: &DestinationId| table.destination(id).filter(|destination| destination.is_active());
    let weights = targets.iter().map(|t| if usable(&t.destination_id).is_some() { t.weight } else { 0 });
    let picked = match stream.strategy() {
        Strategy::Weighted => weighted::pick(weights, entropy),
        Strategy::Waterfall => waterfall::pick(weights),
    };
    picked.and_then(|index| usable(&targets[index].destination_id)).ok_or_else(|| why_none(table, stream))
}

/// `DestinationDisabled` when there are targets that would take traffic and every one of them is
/// paused or archived; `NoDestinationAvailable` when there is none, or one does not exist.
fn why_none(table: &RoutingTable, stream: &CompiledStream) -> TrafficbackReason {
    let mut weighted = stream.targets().iter().filter(|target| target.weight > 0).peekable();
    if weighted.peek().is_some() && weighted.all(|target| table.destination(&target.destination_id).is_some())
    {
        TrafficbackReason::DestinationDisabled
    } else {
        TrafficbackReason::NoDestinationAvailable
    }
}

fn rejected<'t>(
    table: &'t RoutingTable,
    campaign: &'t CompiledCampaign,
    stream: Option<&'t CompiledStream>,
    reason: TrafficbackReason,
) -> Decision<'t> {
    let active =
        |id: Option<&DestinationId>| id.and_then(|id| table.destination(id)).filter(|d| d.is_active());
    let (decision, destination) = match active(campaign.trafficback_destination_id()) {
        Some(destination) => (ClickDecision::Trafficback, Some(destination)),
        None => match active(campaign.fallback_destination_id()) {
            Some(destination) => (ClickDecision::Fallback, Some(destination)),
            None => (ClickDecision::NoRoute, None),
        },
    };
    Decision { decision, stream, destination, rejection: Some(reason) }
}

#[cfg(test)]
mod tests;
