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
    /// A landing page by weight; none when the stream has none that is available.
    pub fn landing(&self) -> Option<&'t CompiledDestination> {
        let landings = self.stream.landings();
        if landings.is_empty() {
            return None;
        }
        let available = |target: &Target| self.available.of(&target.destination_id).is_ok();
        let weights = landings.iter().map(|target| if available(target) { target.weight } else { 0 });
        let index = weighted::pick(weights, self.entropy)?;
        self.available.of(&landings[index].destination_id).ok()
    }

    /// A target, or what kept the last one away. `only`: this one alone.
    pub fn target(&self, only: Option<usize>) -> Result<Picked<'t>, Reason> {
        let targets = self.stream.targets();
        let (mut usable, mut kept_away) = (Usable::NONE, Reason::NoDestinationAvailable);
        for (index, target) in targets.iter().enumerate() {
            if target.weight == 0 || only.is_some_and(|only| only != index) {
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
        if let (Some(sent), Some(policy)) = (user, policy) {
            let fresh = self.not_seen(usable, sent);
            if fresh == Usable::NONE && usable != Usable::NONE {
                if policy.exhausted_mode == ExhaustedMode::NoDestination {
                    return Err(Reason::AllDestinationsSeen);
                }
            } else {
                usable = fresh;
            }
        }
        while let Some(index) = self.by_strategy(usable) {
            if let Ok(destination) = self.available.of(&targets[index].destination_id)
                && let Some(charges) = self.available.spend(destination)
            {
                return Ok(Picked { destination, charges, user });
            }
            // Another click took the last of its cap.
            usable.set(index, false);
            kept_away = later(kept_away, Reason::CapReached);
        }
        Err(kept_away)
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
        let targets = self.stream.targets().iter().enumerate();
        targets.map(move |(index, target)| if usable.has(index) { target.weight } else { 0 })
    }
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
