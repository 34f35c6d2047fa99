//! One of a stream's targets: those available, less those the user has seen, by the stream's strategy.

use traffoflex_model::{ExhaustedMode, Strategy, Target, TrafficbackReason as Reason};

use crate::{
    availability::Availability,
    cap::Charge,
    context::ClickContext,
    runtime::Runtime,
    strategy::{best_roi, round_robin, sticky, waterfall, weighted},
    table::{CompiledCampaign, CompiledDestination, CompiledStream},
    user_key::User,
};

/// A user who is sent to a destination of a stream with a `unique_policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentUser {
    pub user: User,
    pub window_hours: u32,
}

pub(super) struct Picked<'t> {
    pub destination: &'t CompiledDestination,
    pub charges: Vec<Charge>,
    pub user: Option<SentUser>,
}

pub(super) struct Pick<'p, 't, R> {
    pub available: &'p Availability<'t, 'p, R>,
    pub stream: &'t CompiledStream,
    pub campaign: &'t CompiledCampaign,
    pub ctx: &'p ClickContext<'p>,
    pub runtime: &'p R,
    pub entropy: u64,
}

/// Which targets may be picked, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Usable([u64; MAX_TARGETS / 64]);

/// More targets than a stream may have.
const MAX_TARGETS: usize = 256;

impl Usable {
    const NONE: Self = Self([0; MAX_TARGETS / 64]);

    fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn set(&mut self, index: usize, usable: bool) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word = *word & !(1 << (index % 64)) | u64::from(usable) << (index % 64);
        }
    }
}

impl<'t, R: Runtime> Pick<'_, 't, R> {
    /// A landing page by weight and what it took; none when the stream has none that is available.
    pub fn landing(&self) -> Option<(&'t CompiledDestination, Vec<Charge>)> {
        let landings = self.stream.landings();
        let mut usable = Usable::NONE;
        for (index, target) in landings.iter().enumerate() {
            usable.set(index, target.weight > 0 && self.available.of(&target.destination_id).is_ok());
        }
        while let Some(index) = weighted::pick(weights(landings, usable), self.entropy) {
            if let Ok(page) = self.available.of(&landings[index].destination_id)
                && let Some(charges) = self.available.spend(page)
            {
                return Some((page, charges));
            }
            usable.set(index, false);
        }
        None
    }

    /// A target, or what kept the last one away. `only`: this one alone.
    pub fn target(&self, only: Option<usize>) -> Result<Picked<'t>, Reason> {
        let targets = self.stream.targets();
        let (mut usable, mut kept_away) = (Usable::NONE, Reason::NoDestinationAvailable);
        for (index, target) in targets.iter().enumerate() {
            // A target that is asked for by name takes the click whatever its share of the others.
            if only.map_or(target.weight == 0, |only| only != index) {
                continue;
            }
            match self.available.of(&target.destination_id) {
                Ok(_) => usable.set(index, true),
                Err(reason) => kept_away = later(kept_away, reason),
            }
        }
        let policy = self.stream.unique_policy();
        let user = policy.and_then(|policy| {
            let user = User::of(&policy.user_key, self.campaign.workspace_id(), self.ctx)?;
            Some(SentUser { user, window_hours: policy.history_window_hours })
        });
        let (Some(sent), Some(policy)) = (user, policy) else {
            return self.first_that_spends(usable, only, None, kept_away);
        };
        let fresh = self.not_seen(usable, sent);
        let seen = if usable == Usable::NONE { kept_away } else { Reason::AllDestinationsSeen };
        match self.first_that_spends(fresh, only, Some(sent), seen) {
            Ok(picked) => Ok(picked),
            Err(Reason::AllDestinationsSeen) if policy.exhausted_mode == ExhaustedMode::AllowRepeat => {
                let picked = self.first_that_spends(usable, only, None, kept_away)?;
                Ok(Picked { user, ..picked })
            }
            Err(reason) => Err(reason),
        }
    }

    /// By strategy, passing over what another click took meanwhile: the last of a cap, or, for `sent`, the
    /// user's first visit.
    fn first_that_spends(
        &self,
        mut usable: Usable,
        only: Option<usize>,
        sent: Option<SentUser>,
        mut kept_away: Reason,
    ) -> Result<Picked<'t>, Reason> {
        while let Some(index) = only.filter(|index| usable.has(*index)).or_else(|| self.by_strategy(usable)) {
            match self.take(index, sent) {
                Ok(picked) => return Ok(picked),
                Err(reason) => kept_away = later(kept_away, reason),
            }
            usable.set(index, false);
        }
        Err(kept_away)
    }

    fn take(&self, index: usize, sent: Option<SentUser>) -> Result<Picked<'t>, Reason> {
        let destination = self.available.of(&self.stream.targets()[index].destination_id)?;
        let visit = sent.map(|sent| (sent.user.at(destination.id()), sent.window_hours));
        let now_ms = self.ctx.created_at_ms;
        if visit.is_some_and(|(visit, hours)| !self.runtime.claim_visit(visit, hours, now_ms)) {
            return Err(Reason::AllDestinationsSeen);
        }
        match self.available.spend(destination) {
            Some(charges) => Ok(Picked { destination, charges, user: sent }),
            None => {
                visit.inspect(|(visit, _)| self.runtime.forget_visit(*visit));
                Err(Reason::CapReached)
            }
        }
    }

    fn not_seen(&self, usable: Usable, sent: SentUser) -> Usable {
        let mut fresh = usable;
        for (index, target) in self.stream.targets().iter().enumerate() {
            // Seen is where the user really went: past a reached cap that is not the target itself.
            if let Some(destination) =
                usable.has(index).then(|| self.available.of(&target.destination_id).ok()).flatten()
            {
                let visit = sent.user.at(destination.id());
                if self.runtime.was_sent(visit, sent.window_hours, self.ctx.created_at_ms) {
                    fresh.set(index, false);
                }
            }
        }
        fresh
    }

    fn by_strategy(&self, usable: Usable) -> Option<usize> {
        let stream = self.stream;
        if stream.strategy() != Strategy::BestRoi {
            return self.by(stream.strategy(), usable, self.entropy);
        }
        let settings = stream.best_roi();
        let (explores, entropy) = best_roi::explores(settings.exploration_percent, self.entropy);
        let earned = |index: usize| self.runtime.earned(stream.id(), &stream.targets()[index].destination_id);
        let best = || best_roi::pick(self.weights(usable), settings.min_clicks, earned);
        let best = if explores { None } else { best() };
        best.or_else(|| self.by(settings.fallback_strategy, usable, entropy))
    }

    fn by(&self, strategy: Strategy, usable: Usable, entropy: u64) -> Option<usize> {
        let weights = self.weights(usable);
        match (strategy, self.stream.sticky()) {
            (Strategy::Waterfall, _) => waterfall::pick(weights),
            (Strategy::RoundRobin, _) => round_robin::pick(weights, self.runtime.next_turn(self.stream.id())),
            // Checked when saved: best_roi does not fall back on itself.
            (Strategy::Weighted | Strategy::BestRoi, None) => weighted::pick(weights, entropy),
            (Strategy::Weighted | Strategy::BestRoi, Some(key)) => {
                match User::of(key, self.campaign.workspace_id(), self.ctx) {
                    Some(user) => {
                        let names = self.stream.targets().iter().map(|target| &*target.destination_id);
                        sticky::pick(names.zip(weights), user.bits())
                    }
                    None => weighted::pick(weights, entropy),
                }
            }
        }
    }

    fn weights(&self, usable: Usable) -> impl Iterator<Item = u32> + Clone {
        weights(self.stream.targets(), usable)
    }
}

/// 0 for what may not be picked.
fn weights(targets: &[Target], usable: Usable) -> impl Iterator<Item = u32> + Clone {
    let weight = move |(index, target): (usize, &Target)| if usable.has(index) { target.weight } else { 0 };
    targets.iter().enumerate().map(weight)
}

/// Of two reasons the one of the check that comes later: what kept away the target that came nearest.
fn later(one: Reason, other: Reason) -> Reason {
    let rank = |reason: Reason| match reason {
        Reason::NoDestinationAvailable => 0,
        Reason::DestinationDisabled => 1,
        Reason::GeoNotAllowed => 2,
        Reason::DeviceNotAllowed => 3,
        Reason::ScheduleClosed => 4,
        Reason::DestinationUnhealthy => 5,
        Reason::CapReached => 6,
        _ => 7,
    };
    if rank(other) > rank(one) { other } else { one }
}
