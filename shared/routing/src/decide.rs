//! From a click to where it goes: the one entry of routing.

mod pick;

use traffoflex_model::{BotPolicy, ClickDecision, DestinationId, Target, TrafficbackReason as Reason};

use self::pick::Picked;
pub use self::pick::SentUser;
use crate::{
    availability::Availability,
    cap::Charge,
    context::ClickContext,
    runtime::Runtime,
    stream_match::first_match,
    table::{CompiledCampaign, CompiledDestination, CompiledStream, RoutingTable},
};

/// Trafficback may bring a visitor back to us this often.
pub const MAX_TRAFFICBACK_DEPTH: u8 = 3;

/// How a click comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'e> {
    /// By the campaign's own link.
    Campaign,
    /// By a signed link, which may name the stream and one of its targets. Empty: not named.
    Link { stream_id: &'e str, destination_id: &'e str },
    /// From a landing page, on its way to one of the stream's targets.
    Landing { stream_id: &'e str, landing_id: &'e str },
    /// Not to be routed, for this reason: straight to trafficback.
    Trafficback(Reason),
    /// Not to be routed at all, for this reason.
    Refused(Reason),
}

/// Where a click goes. There is a destination exactly when it is sent somewhere; the rejection is none
/// exactly when it goes where a stream wants it.
#[derive(Debug, Clone)]
pub struct Decision<'t> {
    pub decision: ClickDecision,
    /// The stream that took the click, even if it could not serve it.
    pub stream: Option<&'t CompiledStream>,
    /// The landing page that the click passes.
    pub landing: Option<&'t CompiledDestination>,
    pub destination: Option<&'t CompiledDestination>,
    pub rejection: Option<Reason>,
    /// What was taken from caps; to be kept with the click.
    pub charges: Vec<Charge>,
    /// To be remembered with the click: this user was sent to the destination.
    pub user: Option<SentUser>,
}

/// Routes one click: the first matching stream, one of its available targets, else trafficback, else
/// the campaign's fallback, else nowhere. `entropy` is 64 evenly distributed bits.
pub fn decide<'t, R: Runtime>(
    table: &'t RoutingTable,
    campaign: &'t CompiledCampaign,
    ctx: &ClickContext<'_>,
    entry: Entry<'_>,
    runtime: &R,
    entropy: u64,
) -> Decision<'t> {
    let available = Availability::new(table, campaign, ctx, runtime);
    let stream = match entry {
        Entry::Refused(reason) => {
            return Decision { rejection: Some(reason), ..Decision::nowhere(ClickDecision::Blocked) };
        }
        Entry::Trafficback(reason) => return rejected(table, campaign, &available, ctx, None, reason),
        Entry::Campaign | Entry::Link { stream_id: "", destination_id: "" } => first_match(campaign, ctx),
        Entry::Link { stream_id, destination_id } => {
            match named_stream(campaign, stream_id, destination_id) {
                Some(stream) => Some(stream),
                // The link is good and what it names is gone: as good as any other click.
                None => return decide(table, campaign, ctx, Entry::Campaign, runtime, entropy),
            }
        }
        Entry::Landing { stream_id, .. } => named_stream(campaign, stream_id, ""),
    };
    if ctx.is_bot && campaign.bot_policy() != BotPolicy::Flag {
        let reason = Reason::BotOrLowQuality;
        return match campaign.bot_policy() {
            BotPolicy::Block => {
                Decision { stream, rejection: Some(reason), ..Decision::nowhere(ClickDecision::Blocked) }
            }
            _ => rejected(table, campaign, &available, ctx, stream, reason),
        };
    }
    let Some(stream) = stream else {
        return rejected(table, campaign, &available, ctx, None, Reason::NoMatchingStream);
    };
    let only = match entry {
        Entry::Link { destination_id, .. } if !destination_id.is_empty() => {
            stream.targets().iter().position(|target| *target.destination_id == *destination_id)
        }
        _ => None,
    };
    let pick = pick::Pick { available: &available, stream, ctx, campaign, runtime, entropy };
    let (landing, is_second_step) = match entry {
        Entry::Campaign | Entry::Link { destination_id: "", .. } => match pick.landing() {
            Some((page, charges)) => {
                return Decision {
                    stream: Some(stream),
                    landing: Some(page),
                    destination: Some(page),
                    charges,
                    ..Decision::nowhere(ClickDecision::Routed)
                };
            }
            None => (None, false),
        },
        Entry::Landing { landing_id, .. } => (table.destination(landing_id), true),
        _ => (None, false),
    };
    match pick.target(only) {
        Ok(Picked { destination, charges, user }) => Decision {
            decision: if is_second_step { ClickDecision::LandingClick } else { ClickDecision::Routed },
            stream: Some(stream),
            landing,
            destination: Some(destination),
            rejection: None,
            charges,
            user,
        },
        Err(reason) => {
            let decision = rejected(table, campaign, &available, ctx, Some(stream), reason);
            Decision { landing, ..decision }
        }
    }
}

impl Decision<'_> {
    fn nowhere(decision: ClickDecision) -> Self {
        Self {
            decision,
            stream: None,
            landing: None,
            destination: None,
            rejection: None,
            charges: Vec::new(),
            user: None,
        }
    }
}

/// Why a target takes no traffic now; none when it does.
pub fn unusable<R: Runtime>(
    table: &RoutingTable,
    campaign: &CompiledCampaign,
    target: &Target,
    ctx: &ClickContext<'_>,
    runtime: &R,
) -> Option<Reason> {
    if target.weight == 0 {
        return Some(Reason::NoDestinationAvailable);
    }
    Availability::new(table, campaign, ctx, runtime).of(&target.destination_id).err()
}

/// The active stream of this id, or the first that has the destination for a target.
fn named_stream<'t>(
    campaign: &'t CompiledCampaign,
    stream_id: &str,
    destination_id: &str,
) -> Option<&'t CompiledStream> {
    let has = |stream: &CompiledStream| {
        destination_id.is_empty() || stream.targets().iter().any(|t| *t.destination_id == *destination_id)
    };
    let named = |stream: &CompiledStream| stream_id.is_empty() || **stream.id() == *stream_id;
    campaign.active_streams().iter().map(AsRef::as_ref).find(|stream| named(stream) && has(stream))
}

/// The campaign's trafficback, else the workspace's, else the campaign's fallback, else nowhere.
fn rejected<'t, R: Runtime>(
    table: &'t RoutingTable,
    campaign: &'t CompiledCampaign,
    available: &Availability<'t, '_, R>,
    ctx: &ClickContext<'_>,
    stream: Option<&'t CompiledStream>,
    reason: Reason,
) -> Decision<'t> {
    if ctx.depth >= MAX_TRAFFICBACK_DEPTH {
        let nowhere = Decision::nowhere(ClickDecision::TrafficbackLimit);
        return Decision { stream, rejection: Some(reason), ..nowhere };
    }
    let take = |id: Option<&DestinationId>| {
        let destination = available.of_last_resort(id?).ok()?;
        available.spend(destination).map(|charges| (destination, charges))
    };
    let of_workspace = || table.workspace(campaign.workspace_id())?.trafficback_destination_id.as_ref();
    let trafficback = take(campaign.trafficback_destination_id()).or_else(|| take(of_workspace()));
    let (decision, taken) = match trafficback {
        Some(taken) => (ClickDecision::Trafficback, Some(taken)),
        None => match take(campaign.fallback_destination_id()) {
            Some(taken) => (ClickDecision::Fallback, Some(taken)),
            None => (ClickDecision::NoRoute, None),
        },
    };
    let (destination, charges) = taken.map_or((None, Vec::new()), |(to, charges)| (Some(to), charges));
    Decision { stream, destination, charges, rejection: Some(reason), ..Decision::nowhere(decision) }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
