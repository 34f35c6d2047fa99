//! The evaluation: measures every active rule and moves its alerts on.
//!
//! Each workspace has a turn of its own, in which its rules are measured one after the other, [`MEASURED_AT_ONCE`] rules
//! of all workspaces at a time. Who has many or slow rules looks at them more rarely ([`Pace`]) and keeps nobody
//! else from theirs. What opened is acted on beside all that ([`act`], [`mail`]).

mod pace;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use mongodb::{
    bson::{DateTime, doc},
    error::Result,
};
use pace::Pace;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::{
    MAX_SUBJECTS,
    act::{self, Bell, mail},
    condition::{MeasureError, Reading, Scene},
    incident::{self, Incident, IncidentState, Resolution, Step, Taken},
    rule::{AlertRule, RuleStatus},
    store::{self, Evaluation, EvaluationOutcome},
};
use crate::{app::App, catalog::entity::Stored};

/// One evaluation.
#[derive(Clone, Copy)]
struct Moment {
    now_ms: i64,
    /// How long after the one before it may come for the time between them to count as seen.
    max_gap_ms: i64,
}

const LEASE: &str = "alert_evaluation";
/// Of one rule.
const MEASURE_LIMIT: Duration = Duration::from_secs(30);
/// Rules that are measured at a time, of as many workspaces.
const MEASURED_AT_ONCE: usize = 4;

const EVALUATIONS: &str = "traffoflex_alert_evaluations_total";
const OPENED: &str = "traffoflex_alerts_opened_total";
const RESOLVED: &str = "traffoflex_alerts_resolved_total";
const OPEN: &str = "traffoflex_alerts_open";
const ROUND_MS: &str = "traffoflex_alert_round_ms";

/// Evaluates every `interval` until `stop`, in one process of all.
pub async fn keep_evaluated(app: App, interval: Duration, stop: CancellationToken) {
    let bell = Bell::default();
    loop {
        let all = async {
            tokio::join!(
                rounds(&app, interval, &bell, &stop),
                act::keep_acting(&app, interval, &bell, &stop),
                mail::keep_sending(&app, interval, &bell, &stop),
            )
        };
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = app.catalog.exclusively(LEASE, all) => ended,
        };
        match ended {
            Ok(_) => return,
            Err(error) => tracing::warn!(%error, "alert rules are not evaluated here for now"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// With every tick each workspace whose rules are not being evaluated begins to evaluate them, one after the other.
async fn rounds(app: &App, interval: Duration, bell: &Bell, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // In the order in which they are asked for: a workspace waits for no more than one rule of each other one.
    let seats = Semaphore::new(MEASURED_AT_ONCE);
    let mut paces: HashMap<String, Pace> = HashMap::new();
    let mut turns = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(ended) = turns.next() => {
                let (workspace, pace): (String, Pace) = ended;
                metrics::gauge!(ROUND_MS).set(pace.took().as_millis() as f64);
                paces.insert(workspace, pace);
            }
            _ = ticks.tick() => match look(app).await {
                Ok(rules) => {
                    // A workspace that has no rules any more is forgotten.
                    paces.retain(|workspace, pace| pace.is_under_way || rules.contains_key(workspace));
                    for (workspace, rules) in rules {
                        let pace = paces.entry(workspace.clone()).or_insert_with(|| Pace::new(interval));
                        if !pace.is_under_way {
                            pace.begin();
                            turns.push(turn(app, &seats, bell, workspace, rules, *pace));
                        }
                    }
                }
                Err(error) => {
                    metrics::counter!(EVALUATIONS, "outcome" => "failed").increment(1);
                    tracing::warn!(%error, "alert rules could not be read: nothing is concluded from that");
                }
            },
        }
    }
}

/// Ids of active rules by their workspaces.
async fn look(app: &App) -> Result<BTreeMap<String, Vec<String>>> {
    let active = store::active_rules(&app.catalog).await?;
    resolve_of_gone(app, &active).await?;
    metrics::gauge!(OPEN).set(store::count_open(&app.catalog).await? as f64);
    let mut by_workspace: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Stored { _id, entity, .. } in active {
        by_workspace.entry(entity.workspace_id.to_string()).or_default().push(_id);
    }
    Ok(by_workspace)
}

/// Of one workspace.
async fn turn(
    app: &App,
    seats: &Semaphore,
    bell: &Bell,
    workspace: String,
    rules: Vec<String>,
    mut pace: Pace,
) -> (String, Pace) {
    for rule in rules {
        // A seat is for one rule. They are never closed.
        let _seat = seats.acquire().await.ok();
        if let Err(error) = evaluate(app, &workspace, &rule, &pace, bell).await {
            metrics::counter!(EVALUATIONS, "outcome" => "failed").increment(1);
            tracing::warn!(rule, %error, "an alert rule could not be evaluated: nothing is concluded from that");
        }
    }
    pace.end();
    (workspace, pace)
}

/// What the condition says now; no more than [`MAX_SUBJECTS`].
pub async fn measure(
    app: &App,
    rule: &AlertRule,
    now_ms: i64,
) -> std::result::Result<Vec<Reading>, MeasureError> {
    let scene = Scene { app, workspace_id: &rule.workspace_id, now_ms };
    let measured = tokio::time::timeout(MEASURE_LIMIT, rule.condition.measure(&scene)).await;
    let mut readings = measured.map_err(|_| MeasureError::TooSlow(MEASURE_LIMIT.as_secs()))??;
    // Those that hold are not the ones that are left out.
    readings.sort_by_key(|reading| !reading.holds);
    readings.truncate(MAX_SUBJECTS);
    Ok(readings)
}

async fn evaluate(app: &App, workspace: &str, id: &str, pace: &Pace, bell: &Bell) -> Result<()> {
    // As it is now: the turn may have begun a while ago.
    let Some(Stored { entity: rule, .. }) = store::rule(&app.catalog, workspace, id).await? else {
        return Ok(());
    };
    if rule.status != RuleStatus::Active {
        return Ok(());
    }
    let now = DateTime::now();
    let (readings, error) = match measure(app, &rule, now.timestamp_millis()).await {
        Ok(readings) => (Some(readings), None),
        Err(error) => {
            tracing::warn!(rule = rule.id, %error, "an alert rule could not be evaluated");
            (None, Some(error.public().to_owned()))
        }
    };
    let count = |of: fn(&&Reading) -> bool| readings.iter().flatten().filter(of).count() as i64;
    let outcome = if error.is_none() { EvaluationOutcome::Measured } else { EvaluationOutcome::Skipped };
    let label = if error.is_none() { "measured" } else { "skipped" };
    metrics::counter!(EVALUATIONS, "outcome" => label).increment(1);
    let (subjects, holding) = (count(|_| true), count(|reading| reading.holds));
    let note = Evaluation { _id: rule.id.clone(), at: now, outcome, error, subjects, holding };
    store::note(&app.catalog, &note).await?;
    let Some(readings) = readings else { return Ok(()) };
    let moment = Moment { now_ms: now.timestamp_millis(), max_gap_ms: pace.max_gap().as_millis() as i64 };
    settle(app, &rule, readings, moment, bell).await
}

/// Moves the alerts of a rule on.
async fn settle(
    app: &App,
    rule: &AlertRule,
    readings: Vec<Reading>,
    moment: Moment,
    bell: &Bell,
) -> Result<()> {
    let unresolved = store::unresolved(&app.catalog, doc! { "rule_id": &rule.id }).await?;
    let mut known: HashMap<String, Incident> =
        unresolved.into_iter().map(|incident| (incident.key.clone(), incident)).collect();
    for reading in readings {
        let key = incident::key(rule, &reading.subject);
        match (known.remove(&key), reading.holds) {
            (Some(incident), holds) => {
                let values = holds.then_some(reading.values);
                advance(app, rule, incident, values, moment, bell).await?;
            }
            (None, true) => begin(app, rule, &key, reading, moment, bell).await?,
            (None, false) => {}
        }
    }
    // What can no longer be measured does not hold.
    for incident in known.into_values() {
        advance(app, rule, incident, None, moment, bell).await?;
    }
    Ok(())
}

async fn begin(
    app: &App,
    rule: &AlertRule,
    key: &str,
    reading: Reading,
    moment: Moment,
    bell: &Bell,
) -> Result<()> {
    let resolved_at = store::last_resolved(&app.catalog, key).await?;
    let Moment { now_ms, .. } = moment;
    let cools = |at: DateTime| now_ms - at.timestamp_millis() < rule.cooldown_ms();
    if resolved_at.is_some_and(cools) {
        return Ok(());
    }
    let values = reading.values.clone();
    let incident = Incident::new(Ulid::generate().to_string(), rule, reading.subject, reading.values, now_ms);
    if store::begin(&app.catalog, &incident).await? {
        advance(app, rule, incident, Some(values), moment, bell).await?;
    }
    Ok(())
}

/// `values` when the condition holds.
async fn advance(
    app: &App,
    rule: &AlertRule,
    mut incident: Incident,
    values: Option<Vec<super::condition::Measured>>,
    moment: Moment,
    bell: &Bell,
) -> Result<()> {
    let Moment { now_ms, max_gap_ms } = moment;
    let holds = values.is_some();
    if let Some(values) = values {
        incident.values = values;
    }
    // It was opened by another rule, so to speak: of the same id.
    let is_other = incident.dry_run != rule.dry_run || incident.condition != rule.condition.kind();
    if is_other && incident.state == IncidentState::Open {
        incident.resolve(Resolution::RuleChanged, now_ms);
        metrics::counter!(RESOLVED, "condition" => rule.condition.kind()).increment(1);
        return store::keep(&app.catalog, &mut incident).await.map(drop);
    }
    incident.dry_run = rule.dry_run;
    match incident.step(holds, rule.for_ms(), max_gap_ms, now_ms) {
        Step::Drop => store::drop_pending(&app.catalog, &incident).await,
        Step::Stay => store::keep(&app.catalog, &mut incident).await.map(drop),
        Step::Resolve => {
            metrics::counter!(RESOLVED, "condition" => rule.condition.kind()).increment(1);
            store::keep(&app.catalog, &mut incident).await.map(drop)
        }
        Step::Open => {
            incident.rule_name.clone_from(&rule.name);
            incident.actions = rule.actions.iter().cloned().map(Taken::planned).collect();
            if store::keep(&app.catalog, &mut incident).await? {
                metrics::counter!(OPENED, "condition" => rule.condition.kind()).increment(1);
                tracing::info!(
                    alert = incident._id,
                    rule = rule.id,
                    dry_run = rule.dry_run,
                    "an alert opened"
                );
                bell.ring();
            }
            Ok(())
        }
    }
}

/// Of rules that are paused or deleted.
async fn resolve_of_gone(app: &App, active: &[Stored<AlertRule>]) -> Result<()> {
    let active: HashSet<&str> = active.iter().map(|stored| &*stored._id).collect();
    for mut incident in store::unresolved(&app.catalog, doc! {}).await? {
        // The rule may have been made a moment ago.
        if active.contains(&*incident.rule_id) || is_active(app, &incident).await? {
            continue;
        }
        if incident.state == IncidentState::Pending {
            store::drop_pending(&app.catalog, &incident).await?;
            continue;
        }
        incident.resolve(Resolution::RuleGone, DateTime::now().timestamp_millis());
        metrics::counter!(RESOLVED, "condition" => incident.condition.clone()).increment(1);
        store::keep(&app.catalog, &mut incident).await?;
    }
    Ok(())
}

async fn is_active(app: &App, incident: &Incident) -> Result<bool> {
    let rule = store::rule(&app.catalog, &incident.workspace_id, &incident.rule_id).await?;
    Ok(rule.is_some_and(|rule| rule.entity.status == RuleStatus::Active))
}
