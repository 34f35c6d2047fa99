//! So much of a cap is used up. Clicks and cost count as nodes reported them spent out of their leases;
//! conversions and revenue as the warehouse has them, as for the nodes' own runtime feed.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use traffoflex_model::{Cap, CapMetric, Destination, Status};
use traffoflex_routing::cap::{CapId, CapWindow};
use utoipa::ToSchema;

use super::{MeasureError, Measured, Reading, Scene, Subject, SubjectKind, check_destination};
use crate::{
    access::WorkspaceApp,
    admin::validate::Errors,
    error::ApiError,
    runtime_feed::{self, Demand, MeasuredAs},
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapNearlyReached {
    /// Of the cap's limit, 1 to 100.
    pub percent: u32,
    /// Null: the caps of every active destination.
    #[serde(default)]
    pub destination_id: Option<String>,
}

/// A cap of a destination.
struct Watched {
    destination_id: String,
    name: String,
    id: CapId,
    key: String,
    metric: CapMetric,
    limit_units: i64,
    window: CapWindow,
}

impl CapNearlyReached {
    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        if !(1..=100).contains(&self.percent) {
            errors.add("percent", "1 to 100");
        }
        check_destination(app, errors, self.destination_id.as_deref()).await
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        let (watched, currency) = self.watched(scene).await;
        let used = used(scene, &watched, currency).await?;
        let reading = |cap: &Watched| {
            let used_units = used.get(&cap.id).copied().unwrap_or(0);
            let is_money = matches!(cap.metric, CapMetric::Cost | CapMetric::Revenue);
            let amount = |name: &str, units: i64| {
                let amount = (Decimal::from(units) / Decimal::from(Cap::SCALE)).normalize();
                if is_money { Measured::money(name, amount) } else { Measured::plain(name, amount) }
            };
            // In 128 bits nothing overflows.
            let used_percent = i128::from(used_units) * 100 / i128::from(cap.limit_units);
            let subject = Subject {
                part: cap.key.clone(),
                ..Subject::of(SubjectKind::Destination, &cap.destination_id, &cap.name)
            };
            Reading {
                subject,
                holds: used_percent >= i128::from(self.percent),
                values: vec![
                    Measured::plain("metric", cap.metric.as_str()),
                    amount("used", used_units),
                    amount("limit", cap.limit_units),
                    Measured { is_money, ..Measured::plain("used_percent", used_percent) },
                ],
            }
        };
        Ok(watched.iter().map(reading).collect())
    }

    /// The caps, and what the workspace counts in. A limit of nothing is a choice, and never nearly reached.
    async fn watched(&self, scene: &Scene<'_>) -> (Vec<Watched>, String) {
        let is_watched = |destination: &&Destination| {
            destination.workspace_id.as_str() == scene.workspace_id
                && destination.status == Status::Active
                && self.destination_id.as_ref().is_none_or(|id| *id == *destination.id.as_str())
        };
        let caps_of = |destination: &Destination| {
            let of = |cap: &Cap| {
                Some(Watched {
                    destination_id: destination.id.to_string(),
                    name: destination.name.clone(),
                    id: CapId::of(&destination.id, &cap.key()),
                    key: cap.key(),
                    metric: cap.metric,
                    limit_units: cap.limit_units(),
                    window: CapWindow::of(cap).ok()?,
                })
            };
            destination.caps.iter().filter_map(of).filter(|cap| cap.limit_units > 0).collect::<Vec<_>>()
        };
        let look = scene.app.publisher.inspect(|view| {
            let caps = view.state.destinations.values().filter(is_watched).flat_map(caps_of).collect();
            let workspace = view.state.workspaces.get(scene.workspace_id);
            (caps, workspace.map(|workspace| workspace.currency.to_string()).unwrap_or_default())
        });
        look.await
    }
}

async fn used(
    scene: &Scene<'_>,
    watched: &[Watched],
    currency: String,
) -> Result<HashMap<CapId, i64>, MeasureError> {
    let (leased, measured): (Vec<&Watched>, Vec<&Watched>) =
        watched.iter().partition(|cap| cap.metric.is_leased());
    let ids: Vec<CapId> = leased.iter().map(|cap| cap.id).collect();
    let ledgers = scene.app.catalog.cap_ledgers(&ids).await?;
    let spent = leased.iter().zip(ledgers);
    let mut used: HashMap<CapId, i64> =
        spent.map(|(cap, kept)| (cap.id, kept.ledger.spent_units_at(&cap.window, scene.now_ms))).collect();
    if measured.is_empty() {
        return Ok(used);
    }
    let demand = Demand {
        workspaces: vec![scene.workspace_id.to_owned()],
        currencies: vec![currency],
        caps: measured.iter().map(|cap| as_demanded(cap)).collect(),
        ..Demand::default()
    };
    let found = runtime_feed::measure_caps(&scene.app.warehouse, &demand, scene.now_ms).await?;
    used.extend(found.into_iter().map(|cap| (CapId(cap.cap), cap.used_units)));
    Ok(used)
}

fn as_demanded(cap: &Watched) -> MeasuredAs {
    MeasuredAs {
        id: cap.id,
        destination_id: cap.destination_id.as_str().into(),
        metric: cap.metric,
        limit_units: cap.limit_units,
        window: cap.window.clone(),
    }
}
