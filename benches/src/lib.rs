//! What the benchmarks share: a snapshot of any size, shaped like a media buyer's configuration.

use std::borrow::Cow;

use rust_decimal::Decimal;
use traffoflex_model::{
    AffiliateNetwork, Campaign, Cap, CapMetric, ClickEvent, ClickIdKey, Condition, Currency, Destination,
    DestinationKind, DuplicateMode, Entities, ExhaustedMode, GeoRule, NamedField, NodeSettings, Operator,
    PostbackField, PostbackTemplate, QueryPairs, RedirectType, RuleField, RuleNode, Schedule, ScheduleWindow,
    Snapshot, Status, Strategy, Stream, Target, TrafficSource, UniquePolicy, UserKey, Weekday, Workspace,
    WorkspaceId,
};

pub const STREAMS_PER_CAMPAIGN: usize = 5;
pub const RULES_PER_STREAM: usize = 4;
pub const TARGETS_PER_STREAM: usize = 3;
const DESTINATIONS: usize = 1000;

/// Slug of the campaign with this number; number 0 is `bench`.
pub fn slug(number: usize) -> String {
    if number == 0 { "bench".into() } else { format!("campaign-{number}") }
}

/// A snapshot of `campaigns` campaigns, each of 5 streams with 4 rules; the last stream takes every
/// click, so that a click that matches none of the others passes all 20 rules.
pub fn snapshot_of(campaigns: usize) -> Snapshot {
    snapshot_with_streams(campaigns, STREAMS_PER_CAMPAIGN)
}

/// The same with fewer streams, of which the first are left out.
pub fn snapshot_with_streams(campaigns: usize, streams: usize) -> Snapshot {
    let first = STREAMS_PER_CAMPAIGN.saturating_sub(streams);
    let workspace = WorkspaceId::from("workspace-1");
    Snapshot {
        generation: "bench".into(),
        version: 1,
        created_at_ms: 1,
        settings: NodeSettings {
            click_id_keys: vec![ClickIdKey { key: [7; 16] }],
            ip_hash_key: [9; 16],
            link_keys: Vec::new(),
        },
        entities: Entities {
            workspaces: vec![Workspace {
                id: workspace.clone(),
                name: "Bench".into(),
                currency: Currency::USD,
                store_full_ip: false,
                geo: Default::default(),
                trafficback_destination_id: None,
                bots: Default::default(),
                people: Default::default(),
            }],
            campaigns: (0..campaigns).map(|n| campaign(n, &workspace)).collect(),
            streams: (0..campaigns)
                .flat_map(|n| (first..STREAMS_PER_CAMPAIGN).map(move |position| (n, position)))
                .map(|(n, position)| stream(n, position, &workspace))
                .collect(),
            destinations: (0..DESTINATIONS).map(|n| destination(n, &workspace)).collect(),
            sources: vec![TrafficSource {
                id: "source-1".into(),
                workspace_id: workspace.clone(),
                slug: "demo".into(),
                name: "Demo".into(),
                status: Status::Active,
                postbacks: Vec::new(),
            }],
            networks: vec![network(&workspace)],
            postback_templates: vec![postback_template(&workspace)],
            ..Entities::default()
        },
    }
}

/// Takes postbacks at `/pb/bench`.
fn network(workspace: &WorkspaceId) -> AffiliateNetwork {
    AffiliateNetwork {
        id: "network-1".into(),
        workspace_id: workspace.clone(),
        slug: "bench".into(),
        name: "Bench".into(),
        status: Status::Active,
        template_id: Some("template-1".into()),
    }
}

/// The default names, and a secret: `bench-secret`.
fn postback_template(workspace: &WorkspaceId) -> PostbackTemplate {
    PostbackTemplate {
        id: "template-1".into(),
        workspace_id: workspace.clone(),
        slug: "bench".into(),
        name: "Bench".into(),
        status: Status::Active,
        preset: None,
        fields: Vec::new(),
        statuses: Vec::new(),
        default_status: None,
        default_event_type: None,
        required: vec![PostbackField::TransactionId],
        secret: Some(traffoflex_conversion::secret::hash("bench-secret", &[5; 16])),
        allowed_ips: Vec::new(),
        currency: Currency::USD,
        payout_factor: Decimal::ONE,
        duplicates: DuplicateMode::Update,
    }
}

/// The same with every feature in use: country lists at all levels, a schedule, caps, device types and a health
/// check on each destination, anti-repeat and ROI ranking in each stream.
pub fn snapshot_with_everything(campaigns: usize) -> Snapshot {
    let mut snapshot = snapshot_of(campaigns);
    let geo = |block: &str| GeoRule { allow: Vec::new(), block: vec![block.into(), "KP".into()] };
    for workspace in &mut snapshot.entities.workspaces {
        workspace.geo = geo("IR");
        workspace.bots.ips = (0..100).map(|n| format!("198.51.{n}.0/24")).collect();
        workspace.bots.asns = (64_512..64_612).collect();
    }
    for campaign in &mut snapshot.entities.campaigns {
        campaign.geo = geo("CU");
    }
    for stream in &mut snapshot.entities.streams {
        stream.strategy = Strategy::BestRoi;
        stream.unique_policy = Some(UniquePolicy {
            user_key: UserKey::Visitor,
            history_window_hours: 24,
            exhausted_mode: ExhaustedMode::AllowRepeat,
        });
    }
    for destination in &mut snapshot.entities.destinations {
        let always = ScheduleWindow {
            weekdays: Weekday::ALL.to_vec(),
            start: "00:00".parse().unwrap_or_else(|_| unreachable!()),
            end: "24:00".parse().unwrap_or_else(|_| unreachable!()),
        };
        destination.schedule = Some(Schedule { timezone: "America/New_York".into(), windows: vec![always] });
        let cap = |metric, limit: u32| Cap {
            metric,
            limit: limit.into(),
            window_hours: Some(24),
            calendar_timezone: None,
            redirect_destination_id: None,
        };
        destination.caps =
            vec![cap(CapMetric::Clicks, 1_000_000_000), cap(CapMetric::Conversions, 1_000_000)];
        destination.geo = geo("SY");
        destination.device_types = vec!["mobile".into(), "desktop".into()];
        destination.health_check.enabled = true;
    }
    snapshot
}

fn campaign(number: usize, workspace: &WorkspaceId) -> Campaign {
    Campaign {
        id: format!("campaign-id-{number:08}").into(),
        workspace_id: workspace.clone(),
        slug: slug(number),
        public_id: format!("p{number:09}"),
        name: format!("Campaign {number}"),
        status: Status::Active,
        currency: Currency::USD,
        source_id: Some("source-1".into()),
        trafficback_destination_id: Some("destination-0000".into()),
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

fn stream(campaign: usize, position: usize, workspace: &WorkspaceId) -> Stream {
    let condition = |field, operator, values: &[&str]| {
        RuleNode::Condition(Condition {
            field,
            operator,
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            case_sensitive: false,
        })
    };
    let last = position + 1 == STREAMS_PER_CAMPAIGN;
    let countries =
        [&["DE", "AT", "CH"][..], &["FR", "BE"], &["BR", "PT"], &["JP", "KR"], &["ZZ"]][position % 5];
    // Three conditions every click meets and one that decides, so that all four are looked at.
    let rules = RuleNode::All(vec![
        condition(RuleField::Named(NamedField::DeviceType), Operator::NotIn, &["bot", "console"]),
        condition(RuleField::Query("zone".into()), Operator::Neq, &["blocked"]),
        condition(RuleField::Sub(1), Operator::NotIn, &["bad-creative", "worse-creative"]),
        condition(
            RuleField::Named(NamedField::Country),
            if last { Operator::NotIn } else { Operator::In },
            countries,
        ),
    ]);
    let target = |n: usize| Target {
        destination_id: format!("destination-{:04}", (campaign * 7 + position * 3 + n) % DESTINATIONS).into(),
        weight: [50, 30, 20][n % 3],
    };
    Stream {
        id: format!("stream-id-{campaign:08}-{position}").into(),
        workspace_id: workspace.clone(),
        campaign_id: format!("campaign-id-{campaign:08}").into(),
        name: format!("Stream {position}"),
        status: Status::Active,
        position: position as u32,
        rules,
        strategy: Strategy::Weighted,
        targets: (0..TARGETS_PER_STREAM).map(target).collect(),
        kind: Default::default(),
        landings: Vec::new(),
        sticky: None,
        best_roi: Default::default(),
        unique_policy: None,
    }
}

fn destination(number: usize, workspace: &WorkspaceId) -> Destination {
    Destination {
        id: format!("destination-{number:04}").into(),
        workspace_id: workspace.clone(),
        name: format!("Offer {number}"),
        kind: DestinationKind::Offer,
        url: format!("https://offer.example/{number}?cid={{click_id}}&s={{sub1}}&geo={{country}}"),
        status: Status::Active,
        redirect: RedirectType::Http302,
        referrer_policy: None,
        schedule: None,
        caps: Vec::new(),
        geo: Default::default(),
        device_types: Vec::new(),
        health_check: Default::default(),
    }
}

/// A click as it is recorded on an average day: about 700 bytes in the outbox.
pub fn click_event(click_id: &str) -> ClickEvent<'_> {
    let text = Cow::Borrowed;
    ClickEvent {
        created_at: 1_790_000_000_000,
        click_id: text(click_id),
        workspace_id: text("01M7YS1K5VF9FV2E9S3MYQB93D"),
        campaign_id: text("01M7YS1K5VF9FV2E9S3MYQB93E"),
        stream_id: text("01M7YS1K5VF9FV2E9S3MYQB93F"),
        destination_id: text("01M7YS1K5VF9FV2E9S3MYQB93G"),
        source_id: text("01M7YS1K5VF9FV2E9S3MYQB93H"),
        source_click_id: text("ab12cd34ef56"),
        ip_hash: text("0123456789abcdef"),
        ip_prefix: text("203.0.113.0/24"),
        user_agent: text(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        ),
        ua_hash: text("fedcba9876543210"),
        geo_country: text("DE"),
        asn: 3320,
        isp: text("Deutsche Telekom AG"),
        device_type: text("mobile"),
        os: text("Android"),
        os_version: text("10"),
        browser: text("Chrome Mobile"),
        browser_version: text("126.0.0"),
        language: text("en-US"),
        sub1: text("creative-7"),
        sub2: text("zone-42"),
        raw_query: text("clickid=ab12cd34ef56&source=demo&cost=0.0125&sub1=creative-7&sub2=zone-42"),
        query: QueryPairs(vec![(text("zone"), text("42"))]),
        request_id: text("0b3d1c5e-9a3f-4c1e-8f57-2a6b7c8d9e0f"),
        ..ClickEvent::default()
    }
}
