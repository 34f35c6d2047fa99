use proptest::prelude::*;
use traffoflex_model::{Entities, Status, Strategy as PickStrategy};

use super::*;
use crate::{
    runtime::AtRest,
    table::tests::{destination, head, snapshot, stream},
};

fn table(entities: Entities) -> RoutingTable {
    RoutingTable::build(&snapshot(entities)).unwrap()
}

fn with_targets(targets: &[(&str, u32)], destinations: &[(&str, Status)]) -> RoutingTable {
    table(Entities {
        campaigns: vec![head("1")],
        streams: vec![stream("st", "1", 1, targets)],
        destinations: destinations.iter().map(|(id, status)| destination(id, *status)).collect(),
        ..Entities::default()
    })
}

fn reason(table: &RoutingTable) -> Option<Reason> {
    let campaign = table.campaign_by_slug("slug-1").unwrap();
    decide(table, campaign, &ClickContext::default(), Entry::Campaign, &AtRest, 0).rejection
}

#[test]
fn each_reason_has_its_cause() {
    let active = [("a", Status::Active)];
    assert_eq!(reason(&with_targets(&[("a", 1)], &active)), None);
    assert_eq!(reason(&with_targets(&[("a", 0)], &active)), Some(Reason::NoDestinationAvailable));
    assert_eq!(reason(&with_targets(&[], &active)), Some(Reason::NoDestinationAvailable));
    assert_eq!(reason(&with_targets(&[("gone", 1)], &active)), Some(Reason::NoDestinationAvailable));
    let paused = [("a", Status::Paused)];
    assert_eq!(reason(&with_targets(&[("a", 1)], &paused)), Some(Reason::DestinationDisabled));
    let no_stream = table(Entities { campaigns: vec![head("1")], ..Entities::default() });
    assert_eq!(reason(&no_stream), Some(Reason::NoMatchingStream));
}

#[test]
fn trafficback_then_fallback_then_nowhere() {
    let build = |trafficback: Status, fallback: Status| {
        let mut campaign = head("1");
        campaign.trafficback_destination_id = Some("tb".into());
        campaign.fallback_destination_id = Some("fb".into());
        table(Entities {
            campaigns: vec![campaign],
            destinations: vec![destination("tb", trafficback), destination("fb", fallback)],
            ..Entities::default()
        })
    };
    let went = |table: &RoutingTable| {
        let campaign = table.campaign_by_slug("slug-1").unwrap();
        let decision = decide(table, campaign, &ClickContext::default(), Entry::Campaign, &AtRest, 0);
        (decision.decision, decision.destination.map(|d| d.id().to_string()))
    };
    let (on, off) = (Status::Active, Status::Paused);
    assert_eq!(went(&build(on, on)), (ClickDecision::Trafficback, Some("tb".into())));
    assert_eq!(went(&build(off, on)), (ClickDecision::Fallback, Some("fb".into())));
    assert_eq!(went(&build(off, off)), (ClickDecision::NoRoute, None));
}

#[test]
fn a_refused_click_goes_nowhere_and_says_why() {
    let table = with_targets(&[("a", 1)], &[("a", Status::Active)]);
    let campaign = table.campaign_by_slug("slug-1").unwrap();
    let entry = Entry::Refused(Reason::LinkReplayed);
    let decision = decide(&table, campaign, &ClickContext::default(), entry, &AtRest, 0);
    assert_eq!((decision.decision, decision.rejection), (ClickDecision::Blocked, Some(Reason::LinkReplayed)));
    assert!(decision.destination.is_none());
}

#[test]
fn streams_are_tried_by_position_then_id() {
    let table = table(Entities {
        campaigns: vec![head("1")],
        streams: vec![
            stream("late", "1", 9, &[("a", 1)]),
            stream("b-first", "1", 1, &[("a", 1)]),
            stream("a-first", "1", 1, &[("a", 1)]),
            traffoflex_model::Stream { status: Status::Paused, ..stream("paused", "1", 0, &[("a", 1)]) },
        ],
        destinations: vec![destination("a", Status::Active)],
        ..Entities::default()
    });
    let campaign = table.campaign_by_slug("slug-1").unwrap();
    let decision = decide(&table, campaign, &ClickContext::default(), Entry::Campaign, &AtRest, 0);
    assert_eq!(decision.stream.map(|s| s.id().to_string()), Some("a-first".into()));
}

#[test]
fn a_waterfall_falls_to_the_next_only_when_the_first_is_not_usable() {
    let went = |first: Status| {
        let targets = [("none", 0), ("a", 1), ("b", 100)];
        let waterfall =
            traffoflex_model::Stream { strategy: PickStrategy::Waterfall, ..stream("st", "1", 1, &targets) };
        let table = table(Entities {
            campaigns: vec![head("1")],
            streams: vec![waterfall],
            destinations: vec![
                destination("none", Status::Active),
                destination("a", first),
                destination("b", Status::Active),
            ],
            ..Entities::default()
        });
        let campaign = table.campaign_by_slug("slug-1").unwrap();
        let each = [0, 1 << 63, u64::MAX].map(|entropy| {
            let decision =
                decide(&table, campaign, &ClickContext::default(), Entry::Campaign, &AtRest, entropy);
            decision.destination.map(|d| d.id().to_string()).unwrap()
        });
        assert!(each.iter().all(|id| *id == each[0]), "chance plays no part: {each:?}");
        each[0].clone()
    };
    assert_eq!(went(Status::Active), "a");
    assert_eq!(went(Status::Paused), "b");
}

proptest! {
    /// The promise: a click goes to a usable target of the stream that took it, to the campaign's
    /// trafficback or fallback, or nowhere with a reason.
    #[test]
    fn only_ever_a_configured_destination(
        targets in proptest::collection::vec((0..6_u8, 0..3_u32), 0..6),
        active in proptest::collection::vec(any::<bool>(), 4),
        trafficback in proptest::option::of(0..6_u8),
        fallback in proptest::option::of(0..6_u8),
        entropy: u64,
        sub in "\\PC{0,20}",
        strategy in proptest::sample::select(&PickStrategy::ALL[..]),
    ) {
        let name = |n: u8| format!("d{n}");
        let status = |on: bool| if on { Status::Active } else { Status::Archived };
        let mut campaign = head("1");
        campaign.trafficback_destination_id = trafficback.map(|n| name(n).into());
        campaign.fallback_destination_id = fallback.map(|n| name(n).into());
        let named: Vec<(String, u32)> = targets.iter().map(|(n, w)| (name(*n), *w)).collect();
        let targets: Vec<(&str, u32)> = named.iter().map(|(n, w)| (n.as_str(), *w)).collect();
        let table = table(Entities {
            campaigns: vec![campaign],
            streams: vec![traffoflex_model::Stream { strategy, ..stream("st", "1", 1, &targets) }],
            destinations: (0..4).map(|n| destination(&name(n), status(active[usize::from(n)]))).collect(),
            ..Entities::default()
        });
        let ctx = ClickContext { subs: [sub.as_str(); 10], ..Default::default() };
        let decision = decide(&table, table.campaign_by_slug("slug-1").unwrap(), &ctx, Entry::Campaign, &AtRest, entropy);
        let usable = |id: &str| table.destination(id).is_some_and(CompiledDestination::is_active);
        let went = decision.destination.map(|d| d.id().to_string());
        prop_assert!(went.as_deref().is_none_or(usable));
        prop_assert_eq!(decision.rejection.is_none(), decision.decision == ClickDecision::Routed);
        match decision.decision {
            ClickDecision::Routed => {
                let went = went.unwrap();
                prop_assert!(targets.iter().any(|(id, weight)| *id == went && *weight > 0));
            }
            ClickDecision::Trafficback => prop_assert_eq!(went, trafficback.map(name)),
            ClickDecision::Fallback => prop_assert_eq!(went, fallback.map(name)),
            other => {
                prop_assert_eq!(other, ClickDecision::NoRoute);
                prop_assert_eq!(went, None);
                prop_assert!(!targets.iter().any(|(id, weight)| *weight > 0 && usable(id)));
            }
        }
    }
}
