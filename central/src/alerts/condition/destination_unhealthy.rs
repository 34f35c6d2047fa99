//! Nodes have agreed for so long that a destination is unhealthy.

use serde::{Deserialize, Serialize};
use traffoflex_model::Destination;
use utoipa::ToSchema;

use super::{MeasureError, Measured, Reading, Scene, Subject, SubjectKind, check_destination, check_minutes};
use crate::{access::WorkspaceApp, admin::validate::Errors, error::ApiError, rfc3339};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationUnhealthy {
    /// How long it has been so; at least 1.
    pub minutes: u32,
    /// Null: any destination.
    #[serde(default)]
    pub destination_id: Option<String>,
}

impl DestinationUnhealthy {
    pub async fn check(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        check_minutes(errors, "minutes", self.minutes);
        check_destination(app, errors, self.destination_id.as_deref()).await
    }

    pub async fn measure(&self, scene: &Scene<'_>) -> Result<Vec<Reading>, MeasureError> {
        let documents =
            scene.app.health.of_workspace(scene.workspace_id, self.destination_id.as_deref()).await?;
        let name_of = |destination: &Destination| destination.name.clone();
        let names = scene
            .app
            .publisher
            .inspect(|view| {
                let name = |id: &str| view.state.destinations.get(id).map(name_of);
                documents.iter().map(|document| name(&document._id)).collect::<Vec<_>>()
            })
            .await;
        let reading = |(document, name): (&crate::health::agreement::HealthDocument, Option<String>)| {
            let unhealthy_ms = scene.now_ms - document.since.timestamp_millis();
            let is_unhealthy = document.current == traffoflex_model::Health::Unhealthy;
            Some(Reading {
                subject: Subject::of(SubjectKind::Destination, &document._id, &name?),
                holds: is_unhealthy && unhealthy_ms >= i64::from(self.minutes) * 60_000,
                values: vec![
                    Measured::plain("health", document.current.as_str()),
                    Measured::plain("since", rfc3339::of(document.since)),
                ],
            })
        };
        Ok(documents.iter().zip(names).filter_map(reading).collect())
    }
}
