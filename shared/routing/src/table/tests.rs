use proptest::prelude::*;
use traffoflex_model::{
    Campaign, CampaignId, ClickIdKey, Currency, Destination, DestinationId, DestinationKind, Domain,
    DomainId, Entities, EntityRef, NodeSettings, RedirectType, RuleNode, Snapshot, SnapshotDelta, SourceId,
    Status, Strategy as PickStrategy, Stream, StreamId, Target, TrafficSource,
};

use super::*;

pub fn settings() -> NodeSettings {
    NodeSettings {
        click_id_keys: vec![ClickIdKey { key: [1; 16] }],
        ip_hash_key: [2; 16],
        link_keys: Vec::new(),
    }
}

pub fn workspace() -> Workspace {
    Workspace {
        id: "w".into(),
        name: "w".into(),
        currency: Currency::USD,
        store_full_ip: false,
        geo: Default::default(),
        trafficback_destination_id: None,
        bots: Default::default(),
        people: Default::default(),
    }
}

pub fn head(id: &str) -> Campaign {
    Campaign {
        id: id.into(),
        workspace_id: "w".into(),
        slug: format!("slug-{id}"),
        public_id: format!("pub-{id}"),
        name: format!("Name {id}"),
        status: Status::Active,
        currency: Currency::USD,
        source_id: None,
        trafficback_destination_id: None,
        fallback_destination_id: None,
        geo: Default::default(),
        bot_policy: Default::default(),
        unique_window_hours: Campaign::DEFAULT_UNIQUE_WINDOW_HOURS,
        duplicate_window_seconds: Campaign::DEFAULT_DUPLICATE_WINDOW_SECONDS,
        domain_ids: Vec::new(),
        link_policy: Default::default(),
        attribution_window_hours: 0,
    }
}

pub fn campaign(id: &str) -> CompiledCampaign {
    CompiledCampaign::new(head(id), Vec::new())
}

pub fn destination(id: &str, status: Status) -> Destination {
    Destination {
        id: id.into(),
        workspace_id: "w".into(),
        name: id.into(),
        kind: DestinationKind::Offer,
        url: format!("https://{id}.example/?c={{click_id}}"),
        status,
        redirect: RedirectType::Http302,
        referrer_policy: None,
        schedule: None,
        caps: Vec::new(),
        geo: Default::default(),
        device_types: Vec::new(),
        health_check: Default::default(),
    }
}

pub fn stream(id: &str, campaign: &str, position: u32, targets: &[(&str, u32)]) -> Stream {
    Stream {
        id: id.into(),
        workspace_id: "w".into(),
        campaign_id: campaign.into(),
        name: id.into(),
        status: Status::Active,
        position,
        rules: RuleNode::default(),
        strategy: PickStrategy::Weighted,
        targets: targets
            .iter()
            .map(|(id, weight)| Target { destination_id: (*id).into(), weight: *weight })
            .collect(),
        kind: Default::default(),
        landings: Vec::new(),
        sticky: None,
        best_roi: Default::default(),
        unique_policy: None,
    }
}

pub fn snapshot(entities: Entities) -> Snapshot {
    Snapshot { generation: "g".into(), version: 1, created_at_ms: 1, settings: settings(), entities }
}

/// Everything a table answers, in a comparable form.
fn describe(table: &RoutingTable) -> Vec<String> {
    let mut lines = vec![format!("{:?}", table.counts())];
    for n in 0..6 {
        let id = n.to_string();
        lines.push(format!("destination {id}: {:?}", table.destination(&id)));
        lines.push(format!("source: {:?}", table.resolve_source(&"w".into(), &format!("s{id}"))));
        for slug in ["a", "b", "c", "d"] {
            if n == 0 {
                lines.push(format!("slug {slug}: {:?}", table.campaign_by_slug(slug)));
            }
        }
        lines.push(format!("host {id}: {:?}", table.domain_by_host(&format!("h{id}.example"))));
        lines.push(format!("public {id}: {:?}", table.campaign_by_public_id(&format!("pub-{id}"))));
    }
    lines
}

#[derive(Debug, Clone)]
enum Edit {
    Campaign(u8, Option<(u8, bool)>),
    Stream(u8, Option<(u8, u32, bool)>),
    Destination(u8, Option<bool>),
    Source(u8, Option<u8>),
    Domain(u8, Option<(u8, bool)>),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        (0..4_u8, proptest::option::of((0..4_u8, any::<bool>()))).prop_map(|(id, to)| Edit::Campaign(id, to)),
        (0..6_u8, proptest::option::of((0..4_u8, 0..3_u32, any::<bool>())))
            .prop_map(|(id, to)| Edit::Stream(id, to)),
        (0..6_u8, proptest::option::of(any::<bool>())).prop_map(|(id, to)| Edit::Destination(id, to)),
        (0..4_u8, proptest::option::of(0..4_u8)).prop_map(|(id, to)| Edit::Source(id, to)),
        (0..4_u8, proptest::option::of((0..4_u8, any::<bool>()))).prop_map(|(id, to)| Edit::Domain(id, to)),
    ];
    proptest::collection::vec(edit, 1..12)
}

fn status(active: bool) -> Status {
    if active { Status::Active } else { Status::Paused }
}

/// Central's side: what the entities are after an edit, as full lists.
#[derive(Default, Clone)]
struct Model {
    entities: Entities,
}

impl Model {
    /// Applies the edit and returns the delta; none when it would break a rule central keeps.
    fn edit(&mut self, edit: &Edit, version: u64) -> Option<SnapshotDelta> {
        let mut delta = SnapshotDelta {
            generation: "g".into(),
            from_version: version,
            to_version: version + 1,
            created_at_ms: 1,
            settings: None,
            upserts: Entities::default(),
            removed: Vec::new(),
        };
        let entities = &mut self.entities;
        match edit {
            Edit::Campaign(id, Some((slug, active))) => {
                let slug = ["a", "b", "c", "d"][usize::from(*slug)];
                let id = id.to_string();
                if entities.campaigns.iter().any(|c| c.slug == slug && *c.id != *id) {
                    return None;
                }
                let campaign = Campaign { slug: slug.into(), status: status(*active), ..head(&id) };
                entities.campaigns.retain(|c| *c.id != *id);
                entities.campaigns.push(campaign.clone());
                delta.upserts.campaigns.push(campaign);
            }
            Edit::Campaign(id, None) => {
                let id = CampaignId::from(id.to_string());
                entities.campaigns.retain(|c| c.id != id);
                entities.streams.retain(|s| s.campaign_id != id);
                delta.removed.push(EntityRef::Campaign(id));
            }
            Edit::Stream(id, Some((campaign, position, active))) => {
                let campaign = campaign.to_string();
                entities.campaigns.iter().find(|c| *c.id == *campaign)?;
                let mut stream = stream(&format!("st{id}"), &campaign, *position, &[("0", 1)]);
                stream.status = status(*active);
                entities.streams.retain(|s| s.id != stream.id);
                entities.streams.push(stream.clone());
                delta.upserts.streams.push(stream);
            }
            Edit::Stream(id, None) => {
                let id = StreamId::from(format!("st{id}"));
                entities.streams.retain(|s| s.id != id);
                delta.removed.push(EntityRef::Stream(id));
            }
            Edit::Destination(id, Some(active)) => {
                let destination = destination(&id.to_string(), status(*active));
                entities.destinations.retain(|d| d.id != destination.id);
                entities.destinations.push(destination.clone());
                delta.upserts.destinations.push(destination);
            }
            Edit::Destination(id, None) => {
                let id = DestinationId::from(id.to_string());
                entities.destinations.retain(|d| d.id != id);
                delta.removed.push(EntityRef::Destination(id));
            }
            Edit::Source(id, Some(slug)) => {
                let (id, slug) = (SourceId::from(id.to_string()), format!("s{slug}"));
                if entities.sources.iter().any(|s| s.slug == slug && s.id != id) {
                    return None;
                }
                let source = TrafficSource {
                    id: id.clone(),
                    workspace_id: "w".into(),
                    slug,
                    name: String::new(),
                    status: Status::Active,
                    postbacks: Vec::new(),
                };
                entities.sources.retain(|s| s.id != id);
                entities.sources.push(source.clone());
                delta.upserts.sources.push(source);
            }
            Edit::Source(id, None) => {
                let id = SourceId::from(id.to_string());
                entities.sources.retain(|s| s.id != id);
                delta.removed.push(EntityRef::Source(id));
            }
            Edit::Domain(id, Some((host, verified))) => {
                let domain = Domain {
                    id: id.to_string().into(),
                    workspace_id: "w".into(),
                    host: format!("h{host}.example"),
                    status: Status::Active,
                    verification_token: String::new(),
                    verified: *verified,
                };
                if entities.domains.iter().any(|d| d.host == domain.host && d.id != domain.id) {
                    return None;
                }
                entities.domains.retain(|d| d.id != domain.id);
                entities.domains.push(domain.clone());
                delta.upserts.domains.push(domain);
            }
            Edit::Domain(id, None) => {
                let id = DomainId::from(id.to_string());
                entities.domains.retain(|d| d.id != id);
                delta.removed.push(EntityRef::Domain(id));
            }
        }
        Some(delta)
    }
}

proptest! {
    #[test]
    fn deltas_end_where_a_full_snapshot_does(edits in edits()) {
        let mut model = Model::default();
        let mut table = RoutingTable::build(&snapshot(Entities::default())).unwrap();
        for edit in &edits {
            let before = describe(&table);
            if let Some(delta) = model.edit(edit, table.version()) {
                let next = table.apply(&delta).unwrap();
                prop_assert_eq!(describe(&table), before, "the version before must not change");
                table = next;
            }
            let full = RoutingTable::build(&snapshot(model.entities.clone())).unwrap();
            prop_assert_eq!(describe(&table), describe(&full));
            let mut by_parts = TableBuilder::new("g", 1, 1, &settings()).unwrap();
            let Entities { campaigns, streams, .. } = model.entities.clone();
            by_parts.add(Entities { campaigns, ..Entities::default() }).unwrap();
            let (one, other) = streams.split_at(streams.len() / 2);
            by_parts.add(Entities { streams: one.to_vec(), ..Entities::default() }).unwrap();
            let rest = Entities { campaigns: Vec::new(), streams: other.to_vec(), ..model.entities.clone() };
            by_parts.add(rest).unwrap();
            prop_assert_eq!(describe(&by_parts.finish()), describe(&full));
        }
    }
}

#[test]
fn a_slug_is_kept_by_its_new_holder_whatever_the_order() {
    let named = |id: &str, slug: &str| Campaign { slug: slug.into(), ..head(id) };
    let start = snapshot(Entities { campaigns: vec![named("1", "a")], ..Entities::default() });
    let table = RoutingTable::build(&start).unwrap();
    let step = |table: &RoutingTable, upserts: Vec<Campaign>, removed: Vec<EntityRef>| {
        let upserts = Entities { campaigns: upserts, ..Entities::default() };
        let (from_version, to_version) = (table.version(), table.version() + 1);
        let generation = start.generation.clone();
        let delta = SnapshotDelta {
            generation,
            from_version,
            to_version,
            created_at_ms: 1,
            settings: None,
            upserts,
            removed,
        };
        table.apply(&delta).unwrap()
    };
    // The new holder is heard of before the old one gave it up.
    let both = step(&table, vec![named("2", "a")], Vec::new());
    for then in [
        step(&both, vec![named("1", "b")], Vec::new()),
        step(&both, Vec::new(), vec![EntityRef::Campaign("1".into())]),
    ] {
        assert_eq!(then.campaign_by_slug("a").map(|c| c.id().to_string()), Some("2".into()));
    }
}

#[test]
fn slugs_change_hands_within_one_delta() {
    let named = |id: &str, slug: &str| Campaign { slug: slug.into(), ..head(id) };
    let before = Entities { campaigns: vec![named("1", "a"), named("2", "b")], ..Entities::default() };
    let table = RoutingTable::build(&snapshot(before)).unwrap();
    let delta = SnapshotDelta {
        generation: "g".into(),
        from_version: 1,
        to_version: 2,
        created_at_ms: 2,
        settings: None,
        upserts: Entities { campaigns: vec![named("1", "b"), named("2", "a")], ..Entities::default() },
        removed: vec![],
    };
    let next = table.apply(&delta).unwrap();
    assert_eq!(next.campaign_by_slug("a").map(|c| c.id().to_string()), Some("2".into()));
    assert_eq!(next.campaign_by_slug("b").map(|c| c.id().to_string()), Some("1".into()));
}

#[test]
fn what_does_not_compile_is_named() {
    let orphan = Entities { streams: vec![stream("st", "nope", 1, &[])], ..Entities::default() };
    let error = RoutingTable::build(&snapshot(orphan)).err().unwrap();
    assert_eq!(error.to_string(), "stream st, campaign_id: there is no campaign nope");
    let mut bad = destination("d", Status::Active);
    bad.url = "https://{sub1}/".into();
    let error = RoutingTable::build(&snapshot(Entities { destinations: vec![bad], ..Entities::default() }))
        .err()
        .unwrap();
    assert!(error.to_string().starts_with("destination d, url: "), "{error}");
}
