//! Whether a destination takes a click now, and if not, why.

use traffoflex_model::{DestinationId, GeoRule, TrafficbackReason as Reason};

use crate::{
    cap::Charge,
    context::ClickContext,
    runtime::Runtime,
    table::{CompiledCampaign, CompiledDestination, RoutingTable},
};

/// A cap that is reached may name a destination that takes its clicks, which may have caps of its own.
const MAX_CAP_REDIRECTS: usize = 3;

/// What the check of each destination shares within one click.
pub struct Availability<'t, 'c, R> {
    table: &'t RoutingTable,
    runtime: &'c R,
    ctx: &'c ClickContext<'c>,
    /// Whether campaign or workspace let the country in; destinations may say otherwise.
    country_is_let_in: bool,
}

impl<'t, 'c, R: Runtime> Availability<'t, 'c, R> {
    pub fn new(
        table: &'t RoutingTable,
        campaign: &CompiledCampaign,
        ctx: &'c ClickContext<'c>,
        runtime: &'c R,
    ) -> Self {
        let opinion = |rule: &GeoRule| if rule.is_empty() { None } else { rule.opinion(ctx.country) };
        let general =
            || table.workspace(campaign.workspace_id()).and_then(|workspace| opinion(&workspace.geo));
        let country_is_let_in = opinion(campaign.geo()).or_else(general).unwrap_or(true);
        Self { table, runtime, ctx, country_is_let_in }
    }

    /// The destination that takes the click in the name of `id`: itself, or where a reached cap points.
    pub fn of(&self, id: &DestinationId) -> Result<&'t CompiledDestination, Reason> {
        self.following_caps(id, self.country_is_let_in)
    }

    /// The same for where unrouted clicks go, which workspace and campaign keep no country from.
    pub fn of_last_resort(&self, id: &DestinationId) -> Result<&'t CompiledDestination, Reason> {
        self.following_caps(id, true)
    }

    /// Whoever came back to us from there is not sent there again.
    fn not_visited(&self, id: &DestinationId) -> Result<(), Reason> {
        let visited = self.ctx.visited;
        match !visited.is_empty() && visited.split(',').any(|visited| *visited == **id) {
            true => Err(Reason::NoDestinationAvailable),
            false => Ok(()),
        }
    }

    fn following_caps(
        &self,
        id: &DestinationId,
        country_is_let_in: bool,
    ) -> Result<&'t CompiledDestination, Reason> {
        let mut id = id;
        for _ in 0..=MAX_CAP_REDIRECTS {
            self.not_visited(id)?;
            let destination = self.table.destination(id).ok_or(Reason::NoDestinationAvailable)?;
            match self.reached_cap(destination, country_is_let_in)? {
                None => return Ok(destination),
                Some(None) => return Err(Reason::CapReached),
                Some(Some(next)) => id = next,
            }
        }
        Err(Reason::CapReached)
    }

    /// A reached cap as where it points; an error when something else keeps the click away.
    fn reached_cap(
        &self,
        destination: &'t CompiledDestination,
        country_is_let_in: bool,
    ) -> Result<Option<Option<&'t DestinationId>>, Reason> {
        if !destination.is_active() {
            return Err(Reason::DestinationDisabled);
        }
        let Some(conditions) = destination.conditions() else {
            return match country_is_let_in {
                true => self.healthy(destination).map(|()| None),
                false => Err(Reason::GeoNotAllowed),
            };
        };
        let ctx = self.ctx;
        if !conditions.geo.opinion(ctx.country).unwrap_or(country_is_let_in) {
            return Err(Reason::GeoNotAllowed);
        }
        let devices = &conditions.device_types;
        if !devices.is_empty() && !devices.iter().any(|device| **device == *ctx.device_type) {
            return Err(Reason::DeviceNotAllowed);
        }
        if conditions.schedule.as_ref().is_some_and(|schedule| !schedule.is_open(ctx.created_at_ms)) {
            return Err(Reason::ScheduleClosed);
        }
        self.healthy(destination)?;
        let reached = conditions.caps.iter().find(|cap| {
            let charge = cap.charge(ctx.cost, ctx.created_at_ms);
            !self.runtime.has_room(cap, charge.as_ref())
        });
        Ok(reached.map(|cap| cap.redirect_destination_id()))
    }

    fn healthy(&self, destination: &CompiledDestination) -> Result<(), Reason> {
        match self.runtime.is_healthy(destination.id()) {
            true => Ok(()),
            false => Err(Reason::DestinationUnhealthy),
        }
    }

    /// Takes what the click costs the destination's caps. False when another click was faster.
    pub fn spend(&self, destination: &CompiledDestination) -> Option<Vec<Charge>> {
        let ctx = self.ctx;
        let charges: Vec<Charge> =
            destination.caps().iter().filter_map(|cap| cap.charge(ctx.cost, ctx.created_at_ms)).collect();
        (charges.is_empty() || self.runtime.spend(&charges)).then_some(charges)
    }
}
