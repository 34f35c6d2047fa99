//! Whatever the configuration, the state and the click: a decision is one of those that may be.

use std::cell::RefCell;

use proptest::{collection::vec, option, prelude::*};
use traffoflex_model::{
    BotPolicy, Cap, CapMetric, Entities, ExhaustedMode, GeoRule, Schedule, ScheduleWindow, Status, Stream,
    StreamKind, Target, UniquePolicy, Weekday, Workspace,
};

use super::*;
use crate::{
    cap::{CapId, CompiledCap},
    macros::MacroValues,
    runtime::{Earned, Visit},
    table::tests::{destination, head, snapshot, stream, workspace},
};

const DESTINATIONS: u8 = 6;

/// A state drawn at random: bits by which destination is unhealthy, cap full, user seen, spend refused.
#[derive(Debug, Clone)]
struct Drawn {
    unhealthy: u8,
    full_caps: u64,
    seen: u64,
    /// Spends that fail because another click was faster.
    refused_spends: u8,
    taken: RefCell<Vec<Charge>>,
    tries: RefCell<u8>,
    claimed: RefCell<Vec<Visit>>,
}

impl Drawn {
    fn is_full(&self, cap: CapId) -> bool {
        self.full_caps >> (cap.0 % 64) & 1 == 1
    }
}

fn number(id: &str) -> u8 {
    id.trim_start_matches('d').parse().unwrap_or(u8::MAX)
}

impl Runtime for Drawn {
    fn is_healthy(&self, destination: &DestinationId) -> bool {
        self.unhealthy >> (number(destination) % 8) & 1 == 0
    }

    fn has_room(&self, cap: &CompiledCap, _: Option<&Charge>) -> bool {
        !self.is_full(cap.id())
    }

    fn spend(&self, charges: &[Charge]) -> bool {
        let mut tries = self.tries.borrow_mut();
        *tries += 1;
        let taken = *tries > self.refused_spends;
        if taken {
            self.taken.borrow_mut().extend(charges);
        }
        taken
    }

    fn next_turn(&self, _: &traffoflex_model::StreamId) -> u64 {
        self.full_caps
    }

    fn earned(&self, _: &traffoflex_model::StreamId, destination: &DestinationId) -> Option<Earned> {
        let clicks = self.seen.rotate_left(u32::from(number(destination))) % 300;
        Some(Earned { clicks, roi: f64::from(number(destination)) - 2.0 })
    }

    fn was_sent(&self, visit: Visit, _: u32, _: i64) -> bool {
        self.seen >> (visit.0 % 64) & 1 == 1
    }

    fn claim_visit(&self, visit: Visit, _: u32, _: i64) -> bool {
        self.claimed.borrow_mut().push(visit);
        true
    }

    fn forget_visit(&self, visit: Visit) {
        self.claimed.borrow_mut().retain(|claimed| *claimed != visit);
    }
}

fn name(n: u8) -> String {
    format!("d{n}")
}

fn geo() -> impl Strategy<Value = GeoRule> {
    let countries = || vec(prop_oneof![Just("DE"), Just("US")].prop_map(str::to_owned), 0..2);
    (countries(), countries()).prop_map(|(allow, block)| GeoRule { allow, block })
}

fn a_destination(n: u8) -> impl Strategy<Value = traffoflex_model::Destination> {
    let schedule = option::weighted(
        0.3,
        (0..7_usize, 0..24_u8).prop_map(|(day, hour)| {
            let window = ScheduleWindow {
                weekdays: vec![Weekday::ALL[day]],
                start: format!("{hour:02}:00").parse().unwrap(),
                end: "24:00".parse().unwrap(),
            };
            Schedule { timezone: "Europe/Berlin".into(), windows: vec![window] }
        }),
    );
    let cap = (0..4_usize, option::of(0..DESTINATIONS + 1)).prop_map(|(metric, redirect)| Cap {
        metric: CapMetric::ALL[metric],
        limit: 10.into(),
        window_hours: Some(1),
        calendar_timezone: None,
        redirect_destination_id: redirect.map(|n| name(n).into()),
    });
    (prop::bool::weighted(0.8), schedule, vec(cap, 0..3), geo(), prop::bool::weighted(0.2)).prop_map(
        move |(active, schedule, caps, geo, mobile_only)| traffoflex_model::Destination {
            schedule,
            caps,
            geo,
            device_types: if mobile_only { vec!["mobile".into()] } else { Vec::new() },
            ..destination(&name(n), if active { Status::Active } else { Status::Paused })
        },
    )
}

fn targets() -> impl Strategy<Value = Vec<Target>> {
    let target = (0..DESTINATIONS + 1, 0..3_u32);
    vec(target.prop_map(|(n, weight)| Target { destination_id: name(n).into(), weight }), 0..5)
}

fn a_stream() -> impl Strategy<Value = Stream> {
    let policy = option::of((any::<bool>(), 1..48_u32)).prop_map(|policy| {
        policy.map(|(none, history_window_hours)| UniquePolicy {
            user_key: "sub1".parse().unwrap(),
            history_window_hours,
            exhausted_mode: if none { ExhaustedMode::NoDestination } else { ExhaustedMode::AllowRepeat },
        })
    });
    let shape = (0..4_usize, 0..3_usize, any::<bool>(), policy);
    (shape, targets(), prop_oneof![2 => Just(Vec::new()), 1 => targets()]).prop_map(
        |((strategy, kind, sticky, unique_policy), targets, landings)| Stream {
            strategy: traffoflex_model::Strategy::ALL[strategy],
            kind: StreamKind::ALL[kind],
            sticky: sticky.then(|| "visitor".parse().unwrap()),
            unique_policy,
            landings,
            targets,
            ..stream("st", "1", 1, &[])
        },
    )
}

prop_compose! {
    fn a_configuration()(
        streams in vec(a_stream(), 0..3),
        destinations in (0..DESTINATIONS).map(a_destination).collect::<Vec<_>>(),
        of_campaign in geo(),
        of_workspace in geo(),
        ends in (option::of(0..DESTINATIONS), option::of(0..DESTINATIONS), option::of(0..DESTINATIONS)),
        bot_policy in 0..3_usize,
    ) -> Entities {
        let mut campaign = head("1");
        campaign.geo = of_campaign;
        campaign.bot_policy = BotPolicy::ALL[bot_policy];
        campaign.trafficback_destination_id = ends.0.map(|n| name(n).into());
        campaign.fallback_destination_id = ends.1.map(|n| name(n).into());
        let streams = streams.into_iter().enumerate();
        Entities {
            workspaces: vec![Workspace {
                geo: of_workspace,
                trafficback_destination_id: ends.2.map(|n| name(n).into()),
                ..workspace()
            }],
            campaigns: vec![campaign],
            streams: streams.map(|(i, stream)| Stream { id: format!("st{i}").into(), ..stream }).collect(),
            destinations,
            ..Entities::default()
        }
    }
}

prop_compose! {
    fn a_state()(unhealthy: u8, full_caps: u64, seen: u64, refused_spends in 0..4_u8) -> Drawn {
        Drawn {
            unhealthy: unhealthy & unhealthy.rotate_left(3),
            full_caps: full_caps & full_caps.rotate_left(7),
            seen,
            refused_spends,
            taken: RefCell::default(),
            tries: RefCell::default(),
            claimed: RefCell::default(),
        }
    }
}

/// Where a click named to `id` may end: there, or along the redirects of its caps.
fn may_end(table: &RoutingTable, id: &str) -> Vec<String> {
    let mut ends = vec![id.to_owned()];
    let mut next = 0;
    while let Some(id) = ends.get(next).cloned() {
        next += 1;
        let caps = table.destination(&id).map_or(&[][..], CompiledDestination::caps);
        let redirects = caps.iter().filter_map(|cap| cap.redirect_destination_id().map(ToString::to_string));
        for redirect in redirects.collect::<Vec<_>>() {
            if !ends.contains(&redirect) {
                ends.push(redirect);
            }
        }
    }
    ends
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_is_one_that_may_be(
        entities in a_configuration(),
        state in a_state(),
        entry in 0..7_usize,
        is_bot: bool,
        country in prop_oneof![Just(""), Just("DE"), Just("US"), Just("FR")],
        device in prop_oneof![Just("mobile"), Just("desktop")],
        sub1 in "[a-c]{0,1}",
        depth in 0..5_u8,
        visited in option::of(0..DESTINATIONS),
        created_at_ms in 1_790_000_000_000..1_800_000_000_000_i64,
        entropy: u64,
    ) {
        let table = RoutingTable::build(&snapshot(entities)).unwrap();
        let visited = visited.map(name).unwrap_or_default();
        let mut subs = [""; 10];
        subs[0] = &sub1;
        let ctx = ClickContext {
            country, device_type: device, is_bot, subs, depth, created_at_ms, cost: 1.into(),
            visited: &visited, click_id: "id", ip: "192.0.2.1", ..Default::default()
        };
        let campaign = table.campaign_by_slug("slug-1").unwrap();
        let entry = [
            Entry::Campaign,
            Entry::Link { stream_id: "", destination_id: "" },
            Entry::Link { stream_id: "st0", destination_id: "d1" },
            Entry::Link { stream_id: "", destination_id: "d2" },
            Entry::Landing { stream_id: "st0", landing_id: "d0" },
            Entry::Trafficback(Reason::LinkExpired),
            Entry::Refused(Reason::LinkReplayed),
        ][entry];
        let decision = decide(&table, campaign, &ctx, entry, &state, entropy);

        // Exactly one of: where a stream wants it, a typed rejection.
        let is_wanted = matches!(decision.decision, ClickDecision::Routed | ClickDecision::LandingClick);
        prop_assert_eq!(decision.rejection.is_none(), is_wanted, "{:?}", decision.decision);
        let is_sent = is_wanted || matches!(decision.decision, ClickDecision::Trafficback | ClickDecision::Fallback);
        prop_assert_eq!(decision.destination.is_some(), is_sent);
        prop_assert_eq!(&decision.charges, &*state.taken.borrow(), "what is charged is what was taken");

        let visit = decision.user.zip(decision.destination).map(|(sent, to)| sent.user.at(to.id()));
        prop_assert!(state.claimed.borrow().iter().all(|claimed| Some(*claimed) == visit), "no claim is left behind");

        let Some(to) = decision.destination else {
            return Ok(());
        };
        let id = to.id().as_str();
        // It pays whatever its caps ask of a click, wherever it is sent.
        let due: Vec<Charge> = to.caps().iter().filter_map(|cap| cap.charge(ctx.cost, created_at_ms)).collect();
        prop_assert_eq!(&decision.charges, &due);
        // Never to what is closed for any reason.
        prop_assert!(to.is_active() && state.is_healthy(to.id()));
        prop_assert!(to.caps().iter().all(|cap| !state.is_full(cap.id())));
        if let Some(conditions) = to.conditions() {
            prop_assert!(conditions.schedule.as_ref().is_none_or(|schedule| schedule.is_open(created_at_ms)));
            prop_assert!(conditions.geo.opinion(country) != Some(false));
            prop_assert!(conditions.device_types.is_empty() || device == "mobile");
        }
        if is_wanted {
            let stream = decision.stream.unwrap();
            let is_first_step = decision.landing.is_some() && decision.decision == ClickDecision::Routed;
            let from = if is_first_step { stream.landings() } else { stream.targets() };
            let pinned = if let Entry::Link { destination_id, .. } = entry { destination_id } else { "" };
            let named = from.iter().filter(|target| target.weight > 0 || *target.destination_id == *pinned);
            prop_assert!(named.clone().any(|target| may_end(&table, &target.destination_id).iter().any(|end| end == id)));
            prop_assert!(!is_bot || campaign.bot_policy() == BotPolicy::Flag);
            let lets_in = |rule: &GeoRule| rule.opinion(country);
            let general = lets_in(campaign.geo())
                .or_else(|| lets_in(&table.workspace(campaign.workspace_id()).unwrap().geo));
            let own = to.conditions().and_then(|conditions| lets_in(&conditions.geo));
            prop_assert!(own.or(general).unwrap_or(true));
            // A user is not sent to the same place while there is another, unless the policy allows it.
            if let (Some(sent), Some(policy)) = (decision.user, stream.unique_policy())
                && policy.exhausted_mode == ExhaustedMode::NoDestination
            {
                prop_assert!(!state.was_sent(sent.user.at(to.id()), sent.window_hours, created_at_ms));
            }
        } else {
            prop_assert!(depth < MAX_TRAFFICBACK_DEPTH);
            prop_assert_ne!(id, visited.as_str());
        }
        // Rendering changes neither scheme nor host.
        let values = MacroValues { ctx: &ctx, campaign, stream_id: "", destination_id: id, random: entropy };
        let mut url = String::new();
        to.url().render(&values, &mut url);
        let prefix = format!("https://{id}.example/");
        prop_assert!(url.starts_with(&prefix), "{}", url);
    }
}
