//! The evaluation: measures every active rule, moves its alerts on, and has their actions done.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use mongodb::{
    bson::{DateTime, doc},
    error::Result,
};
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use super::{
    MAX_SUBJECTS, act,
    condition::{MeasureError, Reading, Scene},
    incident::{self, Incident, IncidentState, Resolution, Step, Taken},
    rule::AlertRule,
    store::{self, Evaluation, EvaluationOutcome},
};
use crate::{app::App, catalog::entity::Stored};

const LEASE: &str = "alert_evaluation";
/// Of one rule.
const MEASURE_LIMIT: Duration = Duration::from_secs(30);
/// Evaluations that may be missed without the time between them counting as unseen.
const GAP_EVALUATIONS: u32 = 4;
/// However short the interval.
const MIN_GAP: Duration = Duration::from_secs(60);

const EVALUATIONS: &str = "traffoflex_alert_evaluations_total";
const OPENED: &str = "traffoflex_alerts_opened_total";
const RESOLVED: &str = "traffoflex_alerts_resolved_total";
const OPEN: &str = "traffoflex_alerts_open";
const ROUND_MS: &str = "traffoflex_alert_round_ms";

/// Evaluates every `interval` until `stop`, in one process of all.
pub async fn keep_evaluated(app: App, interval: Duration, stop: CancellationToken) {
    loop {
        let rounds = app.catalog.exclusively(LEASE, rounds(&app, interval, &stop));
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = rounds => ended,
        };
        match ended {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "alert rules are not evaluated here for now"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

async fn rounds(app: &App, interval: Duration, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let max_gap = (interval * GAP_EVALUATIONS).max(MIN_GAP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let began = std::time::Instant::now();
        if let Err(error) = round(app, max_gap).await {
            metrics::counter!(EVALUATIONS, "outcome" => "failed").increment(1);
            tracing::warn!(%error, "alert rules could not be evaluated: nothing is concluded from that");
        }
        metrics::gauge!(ROUND_MS).set(began.elapsed().as_millis() as f64);
    }
}

async fn round(app: &App, max_gap: Duration) -> Result<()> {
    // What a crash left undone first.
    act::finish_all(app).await?;
    let rules = store::active_rules(&app.catalog).await?;
    for Stored { entity: rule, .. } in &rules {
        evaluate(app, rule, max_gap).await?;
    }
    resolve_of_gone(app, &rules).await?;
    metrics::gauge!(OPEN).set(store::count_open(&app.catalog).await? as f64);
    Ok(())
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

async fn evaluate(app: &App, rule: &AlertRule, max_gap: Duration) -> Result<()> {
    let now = DateTime::now();
    let (readings, error) = match measure(app, rule, now.timestamp_millis()).await {
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
    store::note(
        &app.catalog,
        &Evaluation { _id: rule.id.clone(), at: now, outcome, error, subjects, holding },
    )
    .await?;
    match readings {
        Some(readings) => settle(app, rule, readings, max_gap, now.timestamp_millis()).await,
        None => Ok(()),
    }
}

/// Moves the alerts of a rule on.
async fn settle(
    app: &App,
    rule: &AlertRule,
    readings: Vec<Reading>,
    max_gap: Duration,
    now_ms: i64,
) -> Result<()> {
    let unresolved = store::unresolved(&app.catalog, doc! { "rule_id": &rule.id }).await?;
    let mut known: HashMap<String, Incident> =
        unresolved.into_iter().map(|incident| (incident.key.clone(), incident)).collect();
    let max_gap_ms = max_gap.as_millis() as i64;
    for reading in readings {
        let key = incident::key(rule, &reading.subject);
        match (known.remove(&key), reading.holds) {
            (Some(incident), holds) => {
                let values = holds.then_some(reading.values);
                advance(app, rule, incident, values, max_gap_ms, now_ms).await?;
            }
            (None, true) => begin(app, rule, &key, reading, max_gap_ms, now_ms).await?,
            (None, false) => {}
        }
    }
    // What can no longer be measured does not hold.
    for incident in known.into_values() {
        advance(app, rule, incident, None, max_gap_ms, now_ms).await?;
    }
    Ok(())
}

async fn begin(
    app: &App,
    rule: &AlertRule,
    key: &str,
    reading: Reading,
    max_gap_ms: i64,
    now_ms: i64,
) -> Result<()> {
    let resolved_at = store::last_resolved(&app.catalog, key).await?;
    let cools = |at: DateTime| now_ms - at.timestamp_millis() < rule.cooldown_ms();
    if resolved_at.is_some_and(cools) {
        return Ok(());
    }
    let values = reading.values.clone();
    let incident = Incident::new(Ulid::generate().to_string(), rule, reading.subject, reading.values, now_ms);
    if store::begin(&app.catalog, &incident).await? {
        advance(app, rule, incident, Some(values), max_gap_ms, now_ms).await?;
    }
    Ok(())
}

/// `values` when the condition holds.
async fn advance(
    app: &App,
    rule: &AlertRule,
    mut incident: Incident,
    values: Option<Vec<super::condition::Measured>>,
    max_gap_ms: i64,
    now_ms: i64,
) -> Result<()> {
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
                act::finish(app, incident).await?;
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
    Ok(rule.is_some_and(|rule| rule.entity.status == super::rule::RuleStatus::Active))
}
